//! Decoding: whole frames in one shot, and [`Decoder`], which goes a step at a time, in memory and as a
//! stream.

use std::ops::Range;

use ndcodec_core::stream::{BoxSource, CHUNK, Source};
use ndcodec_core::{Buffer, CodecError, DecodeLimits, ErrorKind, Limit, Output, PooledOwned, Units};
use zstd_safe::zstd_sys::ZSTD_ErrorCode;
use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer, ResetDirective, is_error_kind};

use super::error;
use crate::frames::{Contents, Start};
use crate::{MAX_WINDOW, frames};

/// What costs much to make and is used again.
pub(crate) struct Context {
    zstd: DCtx<'static>,
    /// Input of a streaming decoder; empty until one needs it.
    input: Buffer,
}

impl Context {
    pub(crate) fn new() -> Result<Self, CodecError> {
        Ok(Self { zstd: DCtx::try_create().ok_or_else(error::no_memory)?, input: Buffer::new() })
    }

    /// The bytes that it occupies.
    pub(crate) fn size(&self) -> usize {
        self.zstd.sizeof() + self.input.capacity()
    }

    /// Decodes all frames of `encoded` to `out` in one shot, which needs no window and no copy.
    pub(crate) fn decode(
        &mut self,
        encoded: &[u8],
        contents: Contents,
        out: &mut Output<'_>,
    ) -> Result<(), CodecError> {
        let Contents { most, is_exact, .. } = contents;
        let fits = most <= out.remaining() as u64;
        if is_exact {
            contents.check(encoded.len())?;
        }
        let wanted = usize::try_from(most).unwrap_or(usize::MAX);
        let room = out.spare_at_most(wanted);
        if room.is_empty() && wanted > 0 {
            return Err(out.ceiling_error());
        }
        match self.zstd.decompress(room, encoded) {
            Ok(len) if is_exact && len as u64 != most => {
                Err(CodecError::corrupt(format!("the frames claim {most} bytes, but hold {len}")))
            }
            Ok(len) => out.commit(len),
            Err(code) if !fits && is_error_kind(code, ZSTD_ErrorCode::ZSTD_error_dstSize_tooSmall) => {
                Err(out.ceiling_error())
            }
            Err(code) => Err(error::decoding(code)),
        }
    }
}

/// The first bytes of a frame that zstd wants; after these it says itself how many it wants next.
const FRAME_START: usize = 5;

/// The longest header of a frame (RFC 8878, 3.1.1.1): magic, descriptor, window, dictionary and content size.
const HEADER_MAX: usize = 4 + 1 + 1 + 4 + 8;

/// Where in a frame the byte stands that says how large its window is, if its descriptor announces one.
const WINDOW_AT: usize = 5;

/// The log2 of the smallest window that frames are given: a block has as many bytes.
const LEAST_WINDOW: u32 = 17;

/// The header of the next block, which zstd wants along with a block.
const BLOCK_HEADER: usize = 3;

/// A run of frames that is being decoded.
pub(crate) struct Decoder {
    context: PooledOwned<Context>,
    max_window: usize,
    /// Bytes of input taken so far.
    at: u64,
    /// Bytes up to the end of the block, or of the header, that zstd is in. To give no more makes an error
    /// cost no block but the one that it is in.
    wanted: usize,
    /// The bytes of all of that block, block's header, or frame's header.
    piece: usize,
    /// Bytes of the frame taken so far.
    taken: u64,
    is_inside: bool,
    has_frame: bool,
    /// The first bytes of the frame, which say how much it holds.
    head: Vec<u8>,
    /// Bytes that the frame has given so far.
    content: u64,
    /// Frames and blocks so far, and the bytes that all before this frame hold.
    units: Units,
    held: u64,
    /// The log2 of the window that frames are given at most, which are told that they have no more.
    most_log: u32,
    /// Whether this frame wants more, so that it may hold no more than it is given.
    is_cut: bool,
}

/// How far a step came.
#[derive(Debug, Clone, Copy)]
struct Progress {
    read: usize,
    written: usize,
}

impl Decoder {
    pub(crate) fn new(mut context: PooledOwned<Context>, limits: &DecodeLimits) -> Result<Self, CodecError> {
        context.zstd.reset(ResetDirective::SessionOnly).map_err(error::decoding)?;
        // The backend takes powers of two from 1 KiB: rounded down, the limit holds.
        let log = limits.max_window.max(1).ilog2().clamp(10, MAX_WINDOW);
        context.zstd.set_parameter(DParameter::WindowLogMax(log)).map_err(error::decoding)?;
        // Nothing reaches further back than to the beginning of what may come out.
        let result_log = limits.max_bytes.checked_next_power_of_two().map_or(MAX_WINDOW, usize::ilog2);
        let most_log = log.min(result_log.max(LEAST_WINDOW));
        Ok(Self {
            context,
            max_window: limits.max_window,
            at: 0,
            wanted: FRAME_START,
            piece: FRAME_START,
            taken: 0,
            is_inside: false,
            has_frame: false,
            head: Vec::with_capacity(HEADER_MAX),
            content: 0,
            units: Units::new(),
            held: 0,
            most_log,
            is_cut: false,
        })
    }

    /// Decodes all of `encoded` to `out`.
    pub(crate) fn decode(mut self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let mut rest = encoded;
        loop {
            let room = out.spare_step();
            let step = if room.is_empty() {
                // Whether the data end at the ceiling or go on, only trying tells.
                let step = self.step(rest, &mut [0])?;
                if step.written > 0 {
                    return Err(out.ceiling_error());
                }
                step
            } else {
                let step = self.step(rest, room)?;
                out.commit(step.written)?;
                step
            };
            rest = &rest[step.read..];
            if step.read == 0 && step.written == 0 {
                return if rest.is_empty() { self.end() } else { Err(self.stuck()) };
            }
        }
    }

    /// Decodes from the beginning of `input` to the beginning of `output`, which is not empty. Without
    /// progress it wants more input.
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Progress, CodecError> {
        let mut input = &input[..self.wanted.min(input.len())];
        let narrowed;
        if self.head.len() == WINDOW_AT
            && let Some(given) = input.first().and_then(|wanted| self.narrower(*wanted))
        {
            self.is_cut = true;
            narrowed = [given];
            input = &narrowed;
        } else if self.head.len() < WINDOW_AT {
            // The byte that says how large the window is comes first in the next step.
            input = &input[..input.len().min(WINDOW_AT - self.head.len())];
        }
        let (mut taken, mut output) = (InBuffer::around(input), OutBuffer::around(output));
        let wanted = self.context.zstd.decompress_stream(&mut output, &mut taken);
        let step = Progress { read: taken.pos(), written: output.pos() };
        let begun = self.taken;
        self.at += step.read as u64;
        self.taken += step.read as u64;
        self.content += step.written as u64;
        if self.is_cut && self.content > 1 << self.most_log {
            return Err(self.window_too_large(", and holds more than that").at(self.at));
        }
        let more = step.read.min(HEADER_MAX - self.head.len());
        self.head.extend_from_slice(&input[..more]);
        match wanted {
            Ok(0) => {
                self.check_content()?;
                (self.is_inside, self.has_frame) = (false, true);
                (self.wanted, self.piece, self.taken) = (FRAME_START, FRAME_START, 0);
            }
            Ok(wanted) => {
                self.is_inside |= step.read > 0;
                let wanted = if wanted > BLOCK_HEADER { wanted - BLOCK_HEADER } else { wanted };
                // A piece was taken whole, and the next begins. Behind a frame's header, one of three bytes begins a block.
                let is_next = step.read > 0 && wanted != self.wanted.saturating_sub(step.read);
                if is_next && self.piece == BLOCK_HEADER && begun >= self.header_len() {
                    self.units.count(frames::UNITS, self.held + self.content)?;
                }
                if is_next {
                    self.piece = wanted;
                }
                self.wanted = wanted;
            }
            Err(code) => return Err(self.explain(code)),
        }
        Ok(step)
    }

    /// The bytes of the frame's header, once it is known.
    fn header_len(&self) -> u64 {
        match Start::of(&self.head) {
            Ok(Some(Start::Frame(header))) => header.len as u64,
            _ => u64::MAX,
        }
    }

    /// What a frame whose header gives `wanted` for its window is told that it has, if it wants more than it may have.
    ///
    /// The window is memory that the backend takes before there is a byte to put there. A frame that holds no more than
    /// it is given needs no more, whatever its header says: those of `zstd --long=31` are mostly small.
    fn narrower(&self, wanted: u8) -> Option<u8> {
        let [0x28, 0xb5, 0x2f, 0xfd, descriptor] = *self.head else { return None };
        // A block may have as many bytes as the window, and 128 KiB.
        let has_window = descriptor >> 5 & 1 == 0 && self.most_log >= LEAST_WINDOW;
        let given = u8::try_from(self.most_log - 10).ok()? << 3;
        (has_window && wanted > given).then_some(given)
    }

    /// The frame wants more of a window than it may have, and `needs` it.
    fn window_too_large(&self, needs: &str) -> CodecError {
        let limit = self.max_window;
        let message = format!("a frame needs a window larger than the limit of {limit} bytes{needs}");
        CodecError::over(Limit::Window, message)
    }

    /// Holds what the frame has given against what its header says: a stream of the backend does not, if
    /// the last block is empty.
    fn check_content(&mut self) -> Result<(), CodecError> {
        let content = std::mem::take(&mut self.content);
        self.held += content;
        self.is_cut = false;
        self.units.count(frames::UNITS, self.held)?;
        let claim = zstd_safe::get_frame_content_size(&self.head).ok().flatten();
        self.head.clear();
        match claim {
            Some(claim) if claim != content => {
                let message = format!("a frame claims {claim} bytes, but holds {content}");
                Err(CodecError::corrupt(message).at(self.at))
            }
            _ => Ok(()),
        }
    }

    fn explain(&self, code: zstd_safe::ErrorCode) -> CodecError {
        let is = |kind| is_error_kind(code, kind);
        let error = if self.has_frame && is(ZSTD_ErrorCode::ZSTD_error_prefix_unknown) {
            CodecError::new(ErrorKind::Trailing, "bytes follow the end of the last zstd frame")
        } else if is(ZSTD_ErrorCode::ZSTD_error_frameParameter_windowTooLarge) {
            self.window_too_large("")
        } else {
            error::decoding(code)
        };
        error.at(self.at)
    }

    /// What the end of the input means.
    fn end(&self) -> Result<(), CodecError> {
        match (self.is_inside, self.has_frame) {
            (true, _) => Err(CodecError::truncated("a zstd frame").at(self.at)),
            (false, false) => Err(frames::empty()),
            (false, true) => Ok(()),
        }
    }

    fn stuck(&self) -> CodecError {
        CodecError::new(ErrorKind::Internal, "the backend takes no input and gives no output").at(self.at)
    }
}

/// A [`Decoder`] over a source, in bounded memory.
pub(crate) struct DecoderSource<'s> {
    decoder: Decoder,
    source: BoxSource<'s>,
    /// The input that was read and not yet taken, in the context's buffer.
    unread: Range<usize>,
}

impl<'s> DecoderSource<'s> {
    pub(crate) fn new(decoder: Decoder, source: BoxSource<'s>) -> Self {
        Self { decoder, source, unread: 0..0 }
    }

    /// Reads more input; returns whether there was any.
    fn refill(&mut self) -> Result<bool, CodecError> {
        let input = &mut self.decoder.context.input;
        input.set_len(CHUNK);
        self.unread = 0..self.source.read(input)?;
        Ok(!self.unread.is_empty())
    }
}

impl Source for DecoderSource<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        loop {
            // Taken out for the call, because the decoder holds it.
            let input = std::mem::take(&mut self.decoder.context.input);
            let step = self.decoder.step(&input[self.unread.clone()], buf);
            self.decoder.context.input = input;
            let step = step?;
            self.unread.start += step.read;
            if step.written > 0 {
                return Ok(step.written);
            }
            if step.read > 0 {
                continue;
            }
            if !self.unread.is_empty() {
                return Err(self.decoder.stuck());
            }
            if !self.refill()? {
                return self.decoder.end().map(|()| 0);
            }
        }
    }
}
