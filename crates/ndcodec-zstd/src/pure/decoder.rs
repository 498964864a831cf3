//! Decoding: [`Decoder`], which goes block by block, in memory and as a stream.

use std::hash::Hasher as _;
use std::io::Read as _;

use ndcodec_core::stream::{BoxSource, CHUNK, Source};
use ndcodec_core::{CodecError, DecodeLimits, ErrorKind, Limit, Output, Units};
use ruzstd::decoding::errors::{DecodeBlockContentError, DecompressBlockError, FrameDecoderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use twox_hash::XxHash64;

use crate::MAX_WINDOW;
use crate::frames::{self, BLOCK_HEADER, BLOCK_MAX, Block, FRAME, Header, MAGIC, Start, UNITS};

/// A block that ends its frame and holds nothing.
const END: [u8; BLOCK_HEADER] = [1, 0, 0];

/// A run of frames that is being decoded.
pub(crate) struct Decoder {
    max_window: usize,
    /// The most bytes of a window that a single segment may have, and other frames, which are told that they have no more.
    limit: u64,
    most: u64,
    /// Bytes of input taken so far.
    at: u64,
    state: State,
    /// What has come of what is wanted next.
    gathered: Vec<u8>,
    has_frame: bool,
    /// Frames and blocks so far, and the bytes that all before this frame hold.
    units: Units,
    held: u64,
    /// What is to be said once everything before it was given.
    failure: Option<CodecError>,
}

/// What comes next.
enum State {
    Start,
    /// So many bytes of a skippable frame.
    Skipped(u64),
    Block(Box<Frame>),
    /// What is left of a frame, and then its checksum, if it has one.
    End(Box<Frame>),
    Failed,
}

/// A frame that is being decoded.
struct Frame {
    header: Header,
    backend: FrameDecoder,
    /// The bytes that the backend keeps to reach back.
    window: u64,
    /// Whether it wants more, so that it may hold no more than it is given.
    is_cut: bool,
    hash: Option<XxHash64>,
    /// Bytes given so far, and what its blocks hold at most.
    given: u64,
    most: u64,
}

/// How far a step came.
enum Step {
    /// So many bytes were written, at least one.
    Gave(usize),
    /// There is nothing to give before there is more input.
    Wants,
}

impl Decoder {
    pub(crate) fn new(limits: &DecodeLimits) -> Self {
        // As the backend in C has it: a power of two, and nothing reaches further back than to the beginning of what
        // may come out.
        let limit = 1u64 << limits.max_window.max(1).ilog2().clamp(10, MAX_WINDOW);
        let result = limits.max_bytes.checked_next_power_of_two().map_or(u64::MAX, |bytes| bytes as u64);
        Self {
            max_window: limits.max_window,
            limit,
            most: limit.min(result.max(BLOCK_MAX)),
            at: 0,
            state: State::Start,
            gathered: Vec::new(),
            has_frame: false,
            units: Units::new(),
            held: 0,
            failure: None,
        }
    }

    /// Decodes all of `encoded` to `out`.
    pub(crate) fn decode(mut self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let mut rest = encoded;
        loop {
            let room = out.spare_step();
            let step = if room.is_empty() {
                // Whether the data end at the ceiling or go on, only trying tells.
                match self.step(&mut rest, &mut [0])? {
                    Step::Gave(_) => return Err(out.ceiling_error()),
                    Step::Wants => Step::Wants,
                }
            } else {
                self.step(&mut rest, room)?
            };
            match step {
                Step::Gave(n) => out.commit(n)?,
                Step::Wants if self.end()? => return Ok(()),
                Step::Wants => {}
            }
        }
    }

    /// Decodes from the beginning of `input`, of which it takes what it needs, to the beginning of `output`, which is not
    /// empty.
    fn step(&mut self, input: &mut &[u8], output: &mut [u8]) -> Result<Step, CodecError> {
        loop {
            if let State::Block(frame) | State::End(frame) = &mut self.state {
                let given = frame.give(output).map_err(|error| error.at(self.at))?;
                if given > 0 {
                    return Ok(Step::Gave(given));
                }
            }
            if let Some(failure) = self.failure.take() {
                self.state = State::Failed;
                return Err(failure);
            }
            match self.advance(input) {
                Ok(true) => {}
                Ok(false) => return Ok(Step::Wants),
                Err(error) => self.fail(error.at(self.at)),
            }
        }
    }

    /// Takes what is wanted next, if `input` has it all; returns whether it had.
    fn advance(&mut self, input: &mut &[u8]) -> Result<bool, CodecError> {
        match std::mem::replace(&mut self.state, State::Failed) {
            State::Start => {
                self.state = State::Start;
                let start = loop {
                    let start = Start::of(&self.gathered).map_err(|error| match error.kind() {
                        ErrorKind::Corrupt if self.has_frame => CodecError::new(
                            ErrorKind::Trailing,
                            "bytes follow the end of the last zstd frame",
                        ),
                        _ => error,
                    })?;
                    if let Some(start) = start {
                        break start;
                    }
                    if !self.gather(input, self.gathered.len() + 1) {
                        return Ok(false);
                    }
                };
                self.gathered.clear();
                self.units.count(UNITS, self.held)?;
                self.state = match start {
                    Start::Skippable(len) => State::Skipped(len.into()),
                    Start::Frame(header) => State::Block(Box::new(self.frame(header)?)),
                };
                Ok(true)
            }
            State::Skipped(left) => {
                let taken = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
                *input = &input[taken..];
                self.at += taken as u64;
                let left = left - taken as u64;
                self.has_frame |= left == 0;
                self.state = if left == 0 { State::Start } else { State::Skipped(left) };
                Ok(left == 0)
            }
            State::Block(frame) => {
                self.state = State::Block(frame);
                let is_whole = self.gather(input, BLOCK_HEADER);
                let Some(&header) = self.gathered.first_chunk().filter(|_| is_whole) else {
                    return Ok(false);
                };
                let block = Block::of(header)?;
                if !self.gather(input, BLOCK_HEADER + block.stored) {
                    return Ok(false);
                }
                self.block(block).map(|()| true)
            }
            State::End(frame) => {
                if frame.hash.is_some() && !self.gather(input, frame.header.checksum_len()) {
                    self.state = State::End(frame);
                    return Ok(false);
                }
                if let Some(hash) = &frame.hash
                    && !hash.finish().to_le_bytes().starts_with(&self.gathered)
                {
                    return Err(CodecError::new(
                        ErrorKind::Checksum,
                        "a frame's XXH64 does not match its content",
                    ));
                }
                self.gathered.clear();
                self.held += frame.given;
                self.has_frame = true;
                self.state = State::Start;
                Ok(true)
            }
            State::Failed => Err(CodecError::internal("the stream was used after it had failed")),
        }
    }

    /// Takes from `input` until `wanted` bytes have come; returns whether they have.
    fn gather(&mut self, input: &mut &[u8], wanted: usize) -> bool {
        let taken = wanted.saturating_sub(self.gathered.len()).min(input.len());
        self.gathered.extend_from_slice(&input[..taken]);
        *input = &input[taken..];
        self.at += taken as u64;
        self.gathered.len() >= wanted
    }

    /// Begins a frame.
    fn frame(&self, header: Header) -> Result<Frame, CodecError> {
        if header.dictionary != 0 {
            return Err(CodecError::unsupported("a frame needs a dictionary"));
        }
        // A block may have as many bytes as the window, and 128 KiB. The frames of `zstd --long=31` are mostly small, and
        // need no more than what they hold.
        let may_be_cut = !header.is_single_segment && self.most >= BLOCK_MAX;
        if header.window > self.limit && !may_be_cut {
            return Err(self.window_too_large(""));
        }
        let window = if may_be_cut { header.window.min(self.most) } else { header.window };
        let mut backend = FrameDecoder::new();
        backend.set_max_window_size(u64::MAX);
        // The backend sees a single segment of the window's length: so it may have any.
        let mut start = MAGIC.to_vec();
        start.push(0b1110_0000);
        start.extend_from_slice(&window.to_le_bytes());
        let its_own = |error| CodecError::internal("the backend refuses a header").with_source(error);
        backend.init(&start[..]).map_err(its_own)?;
        let hash = header.has_checksum.then(XxHash64::default);
        Ok(Frame { header, backend, window, is_cut: window < header.window, hash, given: 0, most: 0 })
    }

    /// Decodes the block that was gathered.
    fn block(&mut self, block: Block) -> Result<(), CodecError> {
        let State::Block(mut frame) = std::mem::replace(&mut self.state, State::Failed) else {
            return Ok(());
        };
        let counted = self.units.count(UNITS, self.held + frame.given);
        let checked = counted.and_then(|()| frame.header.check(&block));
        let decoded = checked.and_then(|()| frame.block(block, &self.gathered));
        self.gathered.clear();
        let (is_over, is_last) = (frame.is_cut && frame.total() > frame.window, block.is_last);
        self.state = if is_last { State::End(frame) } else { State::Block(frame) };
        decoded?;
        if is_over { Err(self.window_too_large(", and holds more than that")) } else { Ok(()) }
    }

    /// The frame wants more of a window than it may have, and `needs` it.
    fn window_too_large(&self, needs: &str) -> CodecError {
        let limit = self.max_window;
        let message = format!("a frame needs a window larger than the limit of {limit} bytes{needs}");
        CodecError::over(Limit::Window, message)
    }

    /// Ends with `error`, but first gives what was decoded before.
    fn fail(&mut self, error: CodecError) {
        if let State::Block(frame) = &mut self.state {
            // Else the backend keeps what the next block may reach back to.
            frame.backend.decode_blocks(&END[..], BlockDecodingStrategy::UptoBlocks(1)).ok();
        }
        self.failure = Some(error);
    }

    /// Takes the end of the input; returns whether everything is whole, and was given.
    fn end(&mut self) -> Result<bool, CodecError> {
        match self.state {
            State::Start if self.gathered.is_empty() && self.has_frame => return Ok(true),
            State::Start if self.gathered.is_empty() => return Err(frames::empty()),
            _ => self.fail(CodecError::truncated(FRAME).at(self.at)),
        }
        Ok(false)
    }
}

impl Frame {
    /// Decodes a whole block.
    fn block(&mut self, block: Block, bytes: &[u8]) -> Result<(), CodecError> {
        self.most = self.most.saturating_add(block.holds.min(self.header.block_max()));
        let decoded = self.backend.decode_blocks(bytes, BlockDecodingStrategy::UptoBlocks(1));
        if let Err(error) = decoded {
            if is_half_done(&error) {
                self.backend = FrameDecoder::new();
            }
            return Err(CodecError::corrupt("a zstd frame is corrupt").with_source(error));
        }
        let total = self.total();
        if total > self.most {
            let most = self.header.block_max();
            return Err(CodecError::corrupt(format!("a block of a zstd frame holds more than {most} bytes")));
        }
        match self.header.content_size {
            Some(claim) if total > claim || block.is_last && total < claim => {
                let more = if block.is_last { "" } else { " at least" };
                Err(CodecError::corrupt(format!("a frame claims {claim} bytes, but holds {total}{more}")))
            }
            _ => Ok(()),
        }
    }

    /// The bytes decoded so far: exactly so if the last block was decoded, or they are more than the window.
    fn total(&self) -> u64 {
        let ready = self.backend.can_collect() as u64;
        let kept = if ready > 0 && !self.backend.is_finished() { self.window } else { 0 };
        self.given + ready + kept
    }

    /// Writes what is ready to the beginning of `output`.
    fn give(&mut self, output: &mut [u8]) -> Result<usize, CodecError> {
        let given = self.backend.read(output).map_err(CodecError::io)?;
        if let Some(hash) = &mut self.hash {
            hash.write(&output[..given]);
        }
        self.given += given as u64;
        Ok(given)
    }
}

/// Whether a part of the block was decoded, which cannot be told from what was before.
fn is_half_done(error: &FrameDecoderError) -> bool {
    use DecodeBlockContentError::DecompressBlockError as InBlock;
    matches!(
        error,
        FrameDecoderError::FailedToReadBlockBody(InBlock(DecompressBlockError::ExecuteSequencesError(_)))
    )
}

/// A [`Decoder`] over a source, in bounded memory.
pub(crate) struct DecoderSource<'s> {
    decoder: Decoder,
    source: BoxSource<'s>,
    input: Vec<u8>,
    /// The bytes of the input that were taken, and that there are.
    taken: usize,
    filled: usize,
}

impl<'s> DecoderSource<'s> {
    pub(crate) fn new(decoder: Decoder, source: BoxSource<'s>) -> Self {
        Self { decoder, source, input: vec![0; CHUNK], taken: 0, filled: 0 }
    }
}

impl Source for DecoderSource<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        loop {
            let mut rest = &self.input[self.taken..self.filled];
            let step = self.decoder.step(&mut rest, buf);
            self.taken = self.filled - rest.len();
            match step? {
                Step::Gave(n) => return Ok(n),
                Step::Wants => {
                    (self.taken, self.filled) = (0, self.source.read(&mut self.input)?);
                    if self.filled == 0 && self.decoder.end()? {
                        return Ok(0);
                    }
                }
            }
        }
    }
}
