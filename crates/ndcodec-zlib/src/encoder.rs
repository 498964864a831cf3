//! [`Encoder`]: from data to a wrapped DEFLATE stream; in memory and as a stream.

use std::sync::Arc;

use flate2::{Compress, Compression, FlushCompress, Status};
use ndcodec_core::stream::{BoxSink, CHUNK, Sink};
use ndcodec_core::{Buffer, Codec, CodecError, ErrorKind, Input, Output, PooledOwned};

use crate::check::Check;
use crate::decoder::{difference, stuck};
use crate::header;
use crate::{Deflate, Wrapper};

/// What costs much to make and is used again.
#[derive(Debug)]
pub(crate) struct Context {
    deflate: Compress,
    /// Whether the stream before was left half-way.
    is_torn: bool,
    /// Input that does not fill a chunk yet.
    held: Buffer,
    /// Output of a streaming encoder on its way to the next sink; empty until one needs it.
    output: Buffer,
}

impl Context {
    pub(crate) fn new(level: Compression) -> Self {
        Self {
            deflate: Compress::new(level, false),
            is_torn: false,
            held: Buffer::new(),
            output: Buffer::new(),
        }
    }

    /// The bytes that it occupies: the tables of zlib-rs, which does not say how large they are, and the buffers.
    pub(crate) fn size(&self) -> usize {
        (320 << 10) + self.held.capacity() + self.output.capacity()
    }
}

/// One stream that is being encoded.
///
/// The backend's output depends on how its input is cut. So the encoder cuts at multiples of [`CHUNK`],
/// wherever the parts or writes that it is given begin and end, and copies only the chunks that lie across
/// such an end. That makes the bytes the same for one slice, several parts and a stream.
#[derive(Debug)]
pub(crate) struct Encoder {
    context: PooledOwned<Context>,
    /// The header, until it is written.
    header: &'static [u8],
    check: Check,
    /// How much room to offer: stored blocks are as long as there is room for, so less than this changes the
    /// bytes.
    room: usize,
}

/// Room for what the backend makes of a chunk and of what it held back before, at most a chunk too.
const ROOM: usize = 3 * CHUNK;

impl Encoder {
    /// An encoder whose output is taken away after each chunk.
    pub(crate) fn new(wrapper: Wrapper, level: Compression, mut context: PooledOwned<Context>) -> Self {
        if context.is_torn {
            // zlib-rs 0.6.8 does not reset whether a block is open: at level 1 the next stream would begin
            // without a block header, and not decode.
            context.deflate = Compress::new(level, false);
        } else {
            context.deflate.reset();
        }
        context.is_torn = true;
        context.held.clear();
        Self {
            context,
            header: header::bytes(wrapper, level.level()),
            check: Check::new(wrapper),
            room: ROOM,
        }
    }

    /// Encodes the joined `parts` to `out`, which has room for their `bound`.
    pub(crate) fn encode(
        mut self,
        parts: &[&[u8]],
        bound: usize,
        out: &mut Output<'_>,
    ) -> Result<(), CodecError> {
        self.room = bound;
        let Some((last, first)) = parts.split_last() else { return self.finish(&[], out) };
        first.iter().try_for_each(|part| self.write(part, out))?;
        self.finish(last, out)
    }

    /// Encodes `bytes`; the last of them may be held back.
    fn write(&mut self, bytes: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let rest = self.write_chunks(bytes, out)?;
        self.context.held.extend_from_slice(rest);
        Ok(())
    }

    /// Encodes `last` and ends the stream.
    fn finish(&mut self, last: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let rest = self.write_chunks(last, out)?;
        if self.context.held.is_empty() {
            self.feed(rest, FlushCompress::Finish, out)?;
        } else {
            self.context.held.extend_from_slice(rest);
            self.feed_held(FlushCompress::Finish, out)?;
        }
        self.context.is_torn = false;
        out.push(self.check.trailer().as_slice())
    }

    /// Encodes all whole chunks of what is held and `bytes`; returns the rest, which is to be held.
    fn write_chunks<'b>(
        &mut self,
        mut bytes: &'b [u8],
        out: &mut Output<'_>,
    ) -> Result<&'b [u8], CodecError> {
        let held = &mut self.context.held;
        if !held.is_empty() {
            let (fill, after) = bytes.split_at(bytes.len().min(CHUNK - held.len()));
            if held.len() + fill.len() < CHUNK {
                return Ok(bytes);
            }
            held.extend_from_slice(fill);
            self.feed_held(FlushCompress::None, out)?;
            bytes = after;
        }
        while let Some((chunk, after)) = bytes.split_at_checked(CHUNK) {
            self.feed(chunk, FlushCompress::None, out)?;
            bytes = after;
        }
        Ok(bytes)
    }

    fn feed_held(&mut self, flush: FlushCompress, out: &mut Output<'_>) -> Result<(), CodecError> {
        let mut held = std::mem::take(&mut self.context.held);
        let result = self.feed(&held, flush, out);
        held.clear();
        self.context.held = held;
        result
    }

    /// Gives a chunk to the backend.
    fn feed(
        &mut self,
        mut chunk: &[u8],
        flush: FlushCompress,
        out: &mut Output<'_>,
    ) -> Result<(), CodecError> {
        self.room = self.room.saturating_sub(self.header.len());
        out.push(std::mem::take(&mut self.header))?;
        self.check.update(chunk);
        let deflate = &mut self.context.deflate;
        loop {
            let (read, written) = (deflate.total_in(), deflate.total_out());
            let room = out.spare(if self.room > 0 { self.room } else { LEAST })?;
            let status = deflate.compress(chunk, room, flush).map_err(|error| {
                CodecError::new(ErrorKind::Internal, "the backend fails to encode").with_source(error)
            })?;
            let read = difference(deflate.total_in(), read)?;
            let written = difference(deflate.total_out(), written)?;
            out.commit(written)?;
            self.room = self.room.saturating_sub(written);
            chunk = &chunk[read..];
            let is_done = match flush {
                FlushCompress::Finish => status == Status::StreamEnd,
                _ => chunk.is_empty(),
            };
            if is_done {
                return Ok(());
            }
            if read == 0 && written == 0 {
                return Err(stuck());
            }
        }
    }
}

/// Room that is offered if the backend's bound did not hold, so that nothing but memory is lost.
const LEAST: usize = 64;

/// An [`Encoder`] into a sink, in bounded memory.
pub(crate) struct EncoderSink<'s> {
    encoder: Encoder,
    next: BoxSink<'s>,
}

impl<'s> EncoderSink<'s> {
    pub(crate) fn new(encoder: Encoder, next: BoxSink<'s>) -> Self {
        Self { encoder, next }
    }

    /// Lets `work` encode, and passes on what comes out.
    fn pass_on(
        &mut self,
        work: impl FnOnce(&mut Encoder, &mut Output<'_>) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        let mut output = std::mem::take(&mut self.encoder.context.output);
        output.clear();
        let mut out = Output::to_buffer(&mut output);
        self.encoder.room = ROOM;
        work(&mut self.encoder, &mut out)?;
        if out.finish() > 0 {
            self.next.write(&output)?;
        }
        self.encoder.context.output = output;
        Ok(())
    }
}

impl Sink for EncoderSink<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        // A chunk at a time, lest a large write fill a large buffer.
        bytes.chunks(CHUNK).try_for_each(|chunk| self.pass_on(|encoder, out| encoder.write(chunk, out)))
    }

    fn finish(mut self: Box<Self>) -> Result<(), CodecError> {
        self.pass_on(|encoder, out| encoder.finish(&[], out))?;
        self.next.finish()
    }
}

/// A stream that is one slice if it ends before [`HELD`] bytes, and then has the bytes of that slice; else an
/// [`EncoderSink`].
pub(crate) struct HoldingSink<'s> {
    codec: Arc<Deflate>,
    held: PooledOwned<Buffer>,
    next: Next<'s>,
}

enum Next<'s> {
    Held(BoxSink<'s>),
    Stream(Box<EncoderSink<'s>>),
    /// Between the two, and after an error.
    None,
}

/// So much of a stream is held back: little memory, and most messages.
const HELD: usize = 1 << 20;

impl<'s> HoldingSink<'s> {
    pub(crate) fn new(codec: Arc<Deflate>, next: BoxSink<'s>) -> Self {
        let held = codec.held.buffer_owned();
        Self { codec, held, next: Next::Held(next) }
    }
}

impl Sink for HoldingSink<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        match std::mem::replace(&mut self.next, Next::None) {
            Next::Held(next) if self.held.len() + bytes.len() <= HELD => {
                self.held.extend_from_slice(bytes);
                self.next = Next::Held(next);
            }
            Next::Held(next) => {
                let mut stream = EncoderSink::new(self.codec.start_encoder(), next);
                stream.write(&self.held)?;
                stream.write(bytes)?;
                self.held.clear();
                self.next = Next::Stream(Box::new(stream));
            }
            Next::Stream(mut stream) => {
                stream.write(bytes)?;
                self.next = Next::Stream(stream);
            }
            Next::None => {
                return Err(CodecError::new(ErrorKind::Internal, "a stream was written after it failed"));
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), CodecError> {
        match self.next {
            Next::Held(mut next) => {
                let mut encoded = Buffer::new();
                let mut out = Output::to_buffer(&mut encoded);
                self.codec.encode(&Input::new(&[&self.held]), &mut out)?;
                out.finish();
                next.write(&encoded)?;
                next.finish()
            }
            Next::Stream(stream) => stream.finish(),
            Next::None => Err(CodecError::new(ErrorKind::Internal, "a stream was ended after it failed")),
        }
    }
}

/// An [`Output`] as a sink.
pub(crate) struct OutputSink<'a, 'o>(pub(crate) &'a mut Output<'o>);

impl Sink for OutputSink<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        self.0.push(bytes)
    }

    fn finish(self: Box<Self>) -> Result<(), CodecError> {
        Ok(())
    }
}
