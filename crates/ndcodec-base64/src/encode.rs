//! Encoding of bytes that come in pieces.

use std::sync::Arc;

use ndcodec_core::stream::{BoxSink, CHUNK, Sink};
use ndcodec_core::{Buffer, CodecError, PooledOwned};

use crate::Base64;

/// How many bytes are encoded at once if they come in pieces: groups of three, and enough of them for the
/// engine's vectors, so that a header of 128 bytes or a stream of numbers does not cost more than its length.
const STEP: usize = 384;
/// How many digits those are. A chunk is a multiple of it.
const STEP_DIGITS: usize = STEP / 3 * 4;

/// The bytes of a step whose others have not come yet.
pub(crate) struct Steps {
    held: [u8; STEP],
    len: usize,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self { held: [0; STEP], len: 0 }
    }

    /// Encodes the beginning of `bytes` into `room`, and returns how many bytes it took and digits it wrote. It
    /// takes at least one byte if `room` holds a step.
    pub(crate) fn encode(
        &mut self,
        codec: &Base64,
        bytes: &[u8],
        room: &mut [u8],
    ) -> Result<(usize, usize), CodecError> {
        if self.len > 0 || bytes.len() < STEP {
            let taken = bytes.len().min(STEP - self.len);
            self.held[self.len..self.len + taken].copy_from_slice(&bytes[..taken]);
            self.len += taken;
            if self.len < STEP {
                return Ok((taken, 0));
            }
            self.len = 0;
            return Ok((taken, codec.engine.encode(&self.held, room)?));
        }
        let whole = (bytes.len() / STEP).min(room.len() / STEP_DIGITS) * STEP;
        Ok((whole, codec.engine.encode(&bytes[..whole], room)?))
    }

    /// Encodes what is held, the end of the text.
    pub(crate) fn finish(&self, codec: &Base64, room: &mut [u8]) -> Result<usize, CodecError> {
        if self.len == 0 {
            return Ok(0);
        }
        codec.engine.encode(&self.held[..self.len], room)
    }
}

/// The streaming encoder.
pub(crate) struct Encoder<'s> {
    codec: Arc<Base64>,
    next: BoxSink<'s>,
    steps: Steps,
    /// Digits for `next`, in whole steps.
    text: PooledOwned<Buffer>,
    len: usize,
}

impl<'s> Encoder<'s> {
    pub(crate) fn new(codec: Arc<Base64>, next: BoxSink<'s>) -> Self {
        let mut text = codec.buffers.buffer_owned();
        text.set_len(CHUNK);
        Self { codec, next, steps: Steps::new(), text, len: 0 }
    }
}

impl Sink for Encoder<'_> {
    fn write(&mut self, mut bytes: &[u8]) -> Result<(), CodecError> {
        while !bytes.is_empty() {
            let (used, written) = self.steps.encode(&self.codec, bytes, &mut self.text[self.len..])?;
            bytes = &bytes[used..];
            self.len += written;
            if self.len == CHUNK {
                self.next.write(&self.text)?;
                self.len = 0;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), CodecError> {
        // There is room for a step, as a full text is written at once.
        self.len += self.steps.finish(&self.codec, &mut self.text[self.len..])?;
        if self.len > 0 {
            self.next.write(&self.text[..self.len])?;
        }
        self.next.finish()
    }
}
