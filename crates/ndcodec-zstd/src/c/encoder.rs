//! Encoding: frames in one shot, and [`EncoderSink`] for streams.

use ndcodec_core::stream::{BoxSink, Sink};
use ndcodec_core::{Buffer, CodecError, ErrorKind, PooledOwned};
use zstd_safe::zstd_sys::ZSTD_EndDirective;
use zstd_safe::{CCtx, CParameter, InBuffer, OutBuffer, ResetDirective};

use super::error;

/// What costs much to make and is used again.
pub(crate) struct Context {
    zstd: CCtx<'static>,
    /// Output of a streaming encoder on its way to the next sink; empty until one needs it.
    output: Buffer,
}

impl Context {
    pub(crate) fn new(parameters: &[CParameter]) -> Result<Self, CodecError> {
        let mut zstd = CCtx::try_create().ok_or_else(error::no_memory)?;
        for parameter in parameters {
            zstd.set_parameter(*parameter).map_err(error::encoding)?;
        }
        Ok(Self { zstd, output: Buffer::new() })
    }

    /// The bytes that it occupies.
    pub(crate) fn size(&self) -> usize {
        self.zstd.sizeof() + self.output.capacity()
    }

    /// Writes `input` as one frame to the beginning of `room`, which has the bound's length, and returns the
    /// frame's.
    pub(crate) fn encode(&mut self, input: &[u8], room: &mut [u8]) -> Result<usize, CodecError> {
        // Drops by itself what a stream may have left behind.
        self.zstd.compress2(room, input).map_err(error::encoding)
    }
}

/// Writes one frame to a sink, in bounded memory.
pub(crate) struct EncoderSink<'s> {
    context: PooledOwned<Context>,
    /// How much will be written, if it is known; the frame's header says it.
    len: Option<u64>,
    written: u64,
    next: BoxSink<'s>,
}

impl<'s> EncoderSink<'s> {
    pub(crate) fn new(
        mut context: PooledOwned<Context>,
        len: Option<u64>,
        next: BoxSink<'s>,
    ) -> Result<Self, CodecError> {
        context.zstd.reset(ResetDirective::SessionOnly).map_err(error::encoding)?;
        context.zstd.set_pledged_src_size(len).map_err(error::encoding)?;
        context.output.set_len(CCtx::out_size());
        Ok(Self { context, len, written: 0, next })
    }

    /// Gives `bytes` to the backend and passes on what comes out.
    fn feed(&mut self, bytes: &[u8], end: ZSTD_EndDirective) -> Result<(), CodecError> {
        let Context { zstd, output } = &mut *self.context;
        let mut input = InBuffer::around(bytes);
        loop {
            let mut room = OutBuffer::around(&mut output[..]);
            let left = zstd.compress_stream2(&mut room, &mut input, end).map_err(error::encoding)?;
            let len = room.pos();
            if len > 0 {
                self.next.write(&output[..len])?;
            }
            let is_done = match end {
                ZSTD_EndDirective::ZSTD_e_end => left == 0,
                _ => input.pos() == bytes.len(),
            };
            if is_done {
                return Ok(());
            }
        }
    }

    fn wrong_len(&self) -> CodecError {
        let (said, written) = (self.len.unwrap_or_default(), self.written);
        CodecError::new(ErrorKind::Input, format!("the stream announced {said} bytes, but it has {written}"))
    }
}

impl Sink for EncoderSink<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        self.written = self.written.saturating_add(bytes.len() as u64);
        if self.len.is_some_and(|len| self.written > len) {
            return Err(self.wrong_len());
        }
        self.feed(bytes, ZSTD_EndDirective::ZSTD_e_continue)
    }

    fn finish(mut self: Box<Self>) -> Result<(), CodecError> {
        if self.len.is_some_and(|len| self.written != len) {
            return Err(self.wrong_len());
        }
        self.feed(&[], ZSTD_EndDirective::ZSTD_e_end)?;
        self.next.finish()
    }
}
