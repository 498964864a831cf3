//! Streaming both ways.

use std::ops::Range;
use std::sync::Arc;

use ndcodec_core::stream::{BoxSink, BoxSource, CHUNK, Sink, Source, read_full};
use ndcodec_core::{Buffer, CodecError, PooledOwned};

use crate::{Hex, decode_to, odd};

/// The streaming encoder.
pub(crate) struct Encoder<'s> {
    codec: Arc<Hex>,
    next: BoxSink<'s>,
    text: PooledOwned<Buffer>,
    len: usize,
}

impl<'s> Encoder<'s> {
    pub(crate) fn new(codec: Arc<Hex>, next: BoxSink<'s>) -> Self {
        Self { text: codec.buffer(CHUNK), codec, next, len: 0 }
    }
}

impl Sink for Encoder<'_> {
    fn write(&mut self, mut bytes: &[u8]) -> Result<(), CodecError> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min((CHUNK - self.len) / 2));
            self.codec.encode_to(now, &mut self.text[self.len..][..now.len() * 2])?;
            self.len += now.len() * 2;
            bytes = later;
            if self.len == CHUNK {
                self.next.write(&self.text)?;
                self.len = 0;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), CodecError> {
        if self.len > 0 {
            self.next.write(&self.text[..self.len])?;
        }
        self.next.finish()
    }
}

/// The streaming decoder.
pub(crate) struct Decoder<'s> {
    source: BoxSource<'s>,
    text: PooledOwned<Buffer>,
    /// Where in the input `text` begins.
    at: u64,
    decoded: PooledOwned<Buffer>,
    /// The part of `decoded` that nobody has read yet.
    unread: Range<usize>,
    is_at_end: bool,
}

impl<'s> Decoder<'s> {
    pub(crate) fn new(codec: &Hex, source: BoxSource<'s>) -> Self {
        let (text, decoded) = (codec.buffer(CHUNK), codec.buffer(CHUNK / 2));
        Self { source, text, at: 0, decoded, unread: 0..0, is_at_end: false }
    }
}

impl Source for Decoder<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        if self.unread.is_empty() && !self.is_at_end {
            let filled = read_full(&mut *self.source, &mut self.text)?;
            self.is_at_end = filled < self.text.len();
            let text = &self.text[..filled];
            if !filled.is_multiple_of(2) {
                return Err(odd(text, self.at));
            }
            decode_to(text, self.at, &mut self.decoded[..filled / 2])?;
            self.at += filled as u64;
            self.unread = 0..filled / 2;
        }
        let n = buf.len().min(self.unread.len());
        let from = self.unread.start;
        buf[..n].copy_from_slice(&self.decoded[from..from + n]);
        self.unread.start += n;
        Ok(n)
    }
}
