//! [`Decoder`]: from a wrapped DEFLATE stream to its data, a step at a time; in memory and as a stream.

use std::fmt;
use std::ops::Range;

use ndcodec_core::stream::{BoxSource, CHUNK, Source};
use ndcodec_core::{Buffer, CodecError, ErrorKind, Output, PooledOwned, Units};

use zlib_rs::{Inflate, InflateFlush, Status};

use crate::Wrapper;
use crate::check::{Check, Trailer};
use crate::header::{Fixed, GZIP_FIRST, GzipHeader, Header};

/// What costs much to make and is used again.
pub(crate) struct Context {
    inflate: Inflate,
    /// Input of a streaming decoder; empty until one needs it.
    input: Buffer,
}

impl Context {
    pub(crate) fn new() -> Self {
        Self { inflate: Inflate::new(false, WINDOW_BITS), input: Buffer::new() }
    }

    /// The bytes that it occupies: a window of 32 KiB, tables of about as much, and the input.
    pub(crate) fn size(&self) -> usize {
        (64 << 10) + self.input.capacity()
    }
}

/// The largest window of DEFLATE, 32 KiB.
const WINDOW_BITS: u8 = 15;

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("input", &self.input.len()).finish_non_exhaustive()
    }
}

/// One stream, or one run of gzip members, that is being decoded.
#[derive(Debug)]
pub(crate) struct Decoder {
    context: PooledOwned<Context>,
    wrapper: Wrapper,
    check: Check,
    state: State,
    /// Bytes of input taken so far.
    at: u64,
    /// Members so far, and the bytes that they hold.
    members: Units,
    held: u64,
    /// Small blocks so far, of those that were counted.
    blocks: u64,
}

#[derive(Debug)]
enum State {
    Header(Header),
    Data,
    Trailer(Trailer),
    /// After a gzip member: another one may follow, or padding.
    Between,
    /// Zeros after the last gzip member, as on a tape, up to the end.
    Padding,
    /// After the end; every further byte is one too many.
    Ended,
}

/// Whether to look at the beginning only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peek {
    Yes,
    No,
}

/// The most bytes that may hold `held`: blocks, names and extra fields that give nothing cost time all the same, and
/// another codec makes GiB of them from a few KiB. A writer that flushes after every few bytes stays far below.
fn most_taken(held: u64) -> u64 {
    (2 << 20) + held.saturating_mul(4)
}

/// How many small blocks may stand in what holds `held`. One with codes of its own takes 3 µs for its tables and 28 bytes of
/// input, and the rest of the input can make any number of bytes from a few: only their number bounds their time. A writer that
/// flushes after each 128 bytes or more never comes here.
const fn most_blocks(held: u64) -> u64 {
    (1 << 16) + held / 128
}

/// What such a block gives at most; from more, the result grows with the time.
const SMALL: usize = 256;
/// What it takes at least. The empty block of a flush takes five bytes.
const SMALLEST: usize = 9;
/// From here on blocks are counted. To stop at each of them costs a copy of the window.
const UNCOUNTED: u64 = 1 << 20;
/// How many blocks of ten bits may lie in what the backend has read ahead, so that a call neither reads nor writes.
const AHEAD: u32 = 8;

/// How much a peek decodes at a time: enough for the header of most formats.
const FEW: usize = 4 << 10;

/// How far a step came.
#[derive(Debug, Default, Clone, Copy)]
struct Progress {
    read: usize,
    written: usize,
}

impl Decoder {
    pub(crate) fn new(wrapper: Wrapper, mut context: PooledOwned<Context>) -> Self {
        context.inflate.reset(false);
        let state = match wrapper {
            Wrapper::None => State::Data,
            Wrapper::Zlib => State::Header(Header::Zlib(Fixed::new())),
            Wrapper::Gzip => State::Header(Header::Gzip(GzipHeader::new())),
        };
        let check = Check::new(wrapper);
        Self { context, wrapper, check, state, at: 0, members: Units::new(), held: 0, blocks: 0 }
    }

    /// Decodes all of `encoded` to `out`; or, with a peek, stops as soon as a header has told how much more there
    /// will be, if that is more than was decoded to get there, and returns `true`.
    pub(crate) fn decode(
        mut self,
        encoded: &[u8],
        peek: Peek,
        out: &mut Output<'_>,
    ) -> Result<bool, CodecError> {
        let mut rest = encoded;
        loop {
            let mut step = Progress::default();
            let mut room = out.spare_step();
            if peek == Peek::Yes {
                let few = room.len().min(FEW);
                room = &mut room[..few];
            }
            if room.is_empty() {
                // Whether the data end at the ceiling or go on, only trying tells.
                self.step(rest, &mut [0], &mut step)?;
                if step.written > 0 {
                    return Err(out.ceiling_error());
                }
            } else {
                self.step(rest, room, &mut step)?;
                out.commit(step.written)?;
                if peek == Peek::Yes && out.expected().is_some_and(|more| more > out.len()) {
                    return Ok(true);
                }
            }
            rest = &rest[step.read..];
            if step.read == 0 && step.written == 0 {
                return match rest.len() {
                    0 => self.end().map(|()| false),
                    count if self.has_ended() => Err(CodecError::trailing(count, self.name()).at(self.at)),
                    _ => Err(stuck()),
                };
            }
        }
    }

    /// Decodes from the beginning of `input` to the beginning of `output`, which is not empty, and counts
    /// both in `progress`, in case of an error too. Without progress it wants more input, or has ended.
    fn step(&mut self, input: &[u8], output: &mut [u8], progress: &mut Progress) -> Result<(), CodecError> {
        let begun = self.at;
        // No more than what is looked at again, so that it does not matter in which pieces the input comes.
        let len = self.left().saturating_add(1).min(input.len() as u64);
        let result = self.advance(&input[..usize::try_from(len).unwrap_or(input.len())], output, progress);
        self.at = begun + progress.read as u64;
        result.and_then(|()| self.worth()).map_err(|error| error.at(self.at))
    }

    /// How many more bytes may be taken without any that they hold.
    fn left(&self) -> u64 {
        match self.state {
            State::Padding | State::Ended => u64::MAX,
            _ => most_taken(self.held).saturating_sub(self.at),
        }
    }

    /// Whether what was taken so far holds enough for its length.
    fn worth(&self) -> Result<(), CodecError> {
        if self.at <= most_taken(self.held) || matches!(self.state, State::Padding | State::Ended) {
            return Ok(());
        }
        let (taken, held) = (self.at, self.held);
        let message = format!(
            "{taken} bytes of deflate data hold only {held}; expected a byte for every 4 beyond the first 2 MiB"
        );
        Err(CodecError::new(ErrorKind::Refused, message))
    }

    fn advance(
        &mut self,
        input: &[u8],
        output: &mut [u8],
        progress: &mut Progress,
    ) -> Result<(), CodecError> {
        loop {
            let rest = &input[progress.read..];
            match &mut self.state {
                State::Header(header) => {
                    let (read, is_complete) = header.take(rest)?;
                    progress.read += read;
                    if !is_complete {
                        return Ok(());
                    }
                    self.state = State::Data;
                }
                State::Data => {
                    if !self.inflate(rest, &mut output[progress.written..], progress)? {
                        return Ok(());
                    }
                    self.state = State::Trailer(Trailer::default());
                }
                State::Trailer(stored) => {
                    let wanted = self.check.trailer().as_slice().len() - stored.as_slice().len();
                    let read = wanted.min(rest.len());
                    stored.extend(&rest[..read]);
                    progress.read += read;
                    if read < wanted {
                        return Ok(());
                    }
                    self.check.verify(stored)?;
                    self.members.count("gzip members", self.held)?;
                    self.state = if self.wrapper == Wrapper::Gzip { State::Between } else { State::Ended };
                }
                State::Between => match rest.first() {
                    None => return Ok(()),
                    Some(&GZIP_FIRST) => {
                        self.context.inflate.reset(false);
                        self.check = Check::new(self.wrapper);
                        self.state = State::Header(Header::Gzip(GzipHeader::new()));
                    }
                    Some(0) => self.state = State::Padding,
                    Some(_) => self.state = State::Ended,
                },
                State::Padding => {
                    let zeros = rest.iter().take_while(|byte| **byte == 0).count();
                    progress.read += zeros;
                    if zeros == rest.len() {
                        return Ok(());
                    }
                    self.state = State::Ended;
                }
                State::Ended => return Ok(()),
            }
        }
    }

    /// Inflates, and returns whether the stream has ended.
    fn inflate(
        &mut self,
        input: &[u8],
        output: &mut [u8],
        progress: &mut Progress,
    ) -> Result<bool, CodecError> {
        if output.is_empty() {
            return Ok(false);
        }
        let is_counted = self.at > UNCOUNTED;
        let flush = if is_counted { InflateFlush::Block } else { InflateFlush::NoFlush };
        let (mut read, mut written, mut idle) = (0, 0, 0);
        loop {
            let inflate = &mut self.context.inflate;
            let before = (inflate.total_in(), inflate.total_out());
            let result = inflate.decompress(&input[read..], &mut output[written..], flush);
            let took = difference(inflate.total_in(), before.0)?;
            let gave = difference(inflate.total_out(), before.1)?;
            self.check.update(&output[written..][..gave]);
            (read, written) = (read + took, written + gave);
            progress.read += took;
            progress.written += gave;
            self.held += gave as u64;
            match result {
                Ok(Status::StreamEnd) => return Ok(true),
                Ok(_) if !is_counted || written == output.len() => return Ok(false),
                Ok(_) if took == 0 && gave == 0 => {
                    idle += 1;
                    if idle == AHEAD {
                        return Ok(false);
                    }
                }
                Ok(_) => {
                    idle = 0;
                    // With input and room left, it is the end of a block.
                    let is_small = read < input.len() && took >= SMALLEST && gave < SMALL;
                    self.blocks += u64::from(is_small);
                    if self.blocks > most_blocks(self.held) {
                        let (blocks, held) = (self.blocks, self.held);
                        let message = format!(
                            "{blocks} small blocks of deflate data stand in what holds only {held} bytes: they are made \
                             to cost time"
                        );
                        return Err(CodecError::new(ErrorKind::Refused, message));
                    }
                }
                Err(_) => {
                    let why = self
                        .context
                        .inflate
                        .error_message()
                        .map_or_else(String::new, |why| format!(": {why}"));
                    let error = CodecError::corrupt("the deflate data are corrupt");
                    return Err(error.with_source(format!("deflate decompression error{why}")));
                }
            }
        }
    }

    fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    /// What the end of the input means.
    fn end(&self) -> Result<(), CodecError> {
        let missing = match &self.state {
            State::Between | State::Padding | State::Ended => return Ok(()),
            State::Header(header) => header.name(),
            State::Data => "the deflate data",
            State::Trailer(_) if self.wrapper == Wrapper::Gzip => "the gzip trailer",
            State::Trailer(_) => "the Adler-32",
        };
        Err(CodecError::truncated(missing).at(self.at))
    }

    fn name(&self) -> &'static str {
        match self.wrapper {
            Wrapper::None => "the deflate stream",
            Wrapper::Zlib => "the zlib stream",
            Wrapper::Gzip => "the last gzip member",
        }
    }
}

/// How far a counter of the backend went in one call.
pub(crate) fn difference(after: u64, before: u64) -> Result<usize, CodecError> {
    usize::try_from(after.wrapping_sub(before)).map_err(|_| {
        CodecError::new(ErrorKind::Internal, format!("the backend's count went from {before} to {after}"))
    })
}

/// The error if the backend makes no progress though it has all it needs.
pub(crate) fn stuck() -> CodecError {
    CodecError::new(ErrorKind::Internal, "the backend takes no input and gives no output")
}

/// A [`Decoder`] over a source, in bounded memory.
pub(crate) struct DecoderSource<'s> {
    decoder: Decoder,
    source: BoxSource<'s>,
    /// The input that was read and not yet taken, in the context's buffer.
    unread: Range<usize>,
    /// An error that was met after data, which are given first.
    failure: Option<CodecError>,
}

impl<'s> DecoderSource<'s> {
    pub(crate) fn new(decoder: Decoder, source: BoxSource<'s>) -> Self {
        Self { decoder, source, unread: 0..0, failure: None }
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
        if let Some(error) = self.failure.take() {
            return Err(error);
        }
        loop {
            let mut step = Progress::default();
            // Taken out for the call, because the decoder holds it.
            let input = std::mem::take(&mut self.decoder.context.input);
            let result = self.decoder.step(&input[self.unread.clone()], buf, &mut step);
            self.decoder.context.input = input;
            self.unread.start += step.read;
            match result {
                Err(error) if step.written == 0 => return Err(error),
                Err(error) => self.failure = Some(error),
                Ok(()) => {}
            }
            if step.written > 0 {
                return Ok(step.written);
            }
            if step.read > 0 {
                continue;
            }
            if self.decoder.has_ended() {
                return match !self.unread.is_empty() || self.refill()? {
                    false => Ok(0),
                    true => Err(CodecError::new(
                        ErrorKind::Trailing,
                        format!("bytes follow the end of {}", self.decoder.name()),
                    )
                    .at(self.decoder.at)),
                };
            }
            if !self.unread.is_empty() {
                return Err(stuck());
            }
            if !self.refill()? {
                return self.decoder.end().map(|()| 0);
            }
        }
    }
}
