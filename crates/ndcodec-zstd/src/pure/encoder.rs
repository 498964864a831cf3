//! Encoding: [`Frame`], whose blocks come from `ruzstd`, and [`EncoderSink`] for streams.

use std::hash::Hasher as _;
use std::io::{self, Read};

use ndcodec_core::stream::{BoxSink, Sink};
use ndcodec_core::{CodecError, ErrorKind, Output};
use ruzstd::encoding::{CompressionLevel, FrameCompressor, MatchGeneratorDriver};
use twox_hash::XxHash64;

use crate::frames::{BLOCK_HEADER, BLOCK_MAX, MAGIC};

/// The log2 of the most bytes that a block has, and so of how far back matches reach: the backend looks for them in their
/// own block alone.
const BLOCK_LOG: u8 = 17;
const _: () = assert!(1 << BLOCK_LOG == BLOCK_MAX, "no block is larger");

/// What the backend writes in front of its blocks: magic number, descriptor, window.
const ITS_HEADER: usize = 6;

/// The last block of a frame whose other blocks hold all: a stored one of nothing.
const EMPTY_BLOCK: [u8; BLOCK_HEADER] = [1, 0, 0];

/// How a frame is cut into blocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    window_log: u8,
}

impl Shape {
    /// Of a window of so many bytes, as a log2, if it was given.
    pub(crate) fn new(window: Option<i64>) -> Self {
        let given = window.and_then(|log| u8::try_from(log).ok());
        Self { window_log: given.unwrap_or(BLOCK_LOG) }
    }

    /// The bytes of each block but the last. No block is larger than the window (RFC 8878, 3.1.1.2.4).
    fn block(self) -> usize {
        1 << self.window_log.min(BLOCK_LOG)
    }

    /// The most bytes of a frame that holds so many.
    pub(crate) fn max_encoded_len(self, input_len: usize) -> Option<usize> {
        let around = 4 + 1 + 1 + 8 + 4;
        let headers = (input_len / self.block() + 1).checked_mul(BLOCK_HEADER)?;
        let bound = headers.checked_add(around)?.checked_add(input_len)?;
        isize::try_from(bound).is_ok().then_some(bound)
    }
}

/// A frame on its way: its blocks are the backend's, and its header says the length and the window, as that of the
/// backend does not.
pub(crate) struct Frame {
    compressor: FrameCompressor<Piece, Vec<u8>, MatchGeneratorDriver>,
    shape: Shape,
    hash: Option<XxHash64>,
    /// A block as the backend makes it, within a frame of its own.
    framed: Vec<u8>,
}

/// What becomes one block.
#[derive(Default)]
struct Piece {
    bytes: Vec<u8>,
    at: usize,
}

impl Read for Piece {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = (&self.bytes[self.at..]).read(buf)?;
        self.at += read;
        Ok(read)
    }
}

impl Frame {
    pub(crate) fn new(shape: Shape, has_checksum: bool) -> Self {
        Self {
            compressor: FrameCompressor::new(CompressionLevel::Fastest),
            shape,
            hash: has_checksum.then(XxHash64::default),
            framed: Vec::new(),
        }
    }

    /// Encodes all of `input`.
    pub(crate) fn encode(mut self, input: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        out.push(&self.header(Some(input.len() as u64)))?;
        let mut rest = input;
        loop {
            let (piece, after) = rest.split_at(rest.len().min(self.shape.block()));
            out.push(self.block(piece, after.is_empty())?)?;
            if after.is_empty() {
                break;
            }
            rest = after;
        }
        out.push(&self.checksum())
    }

    /// The header of a frame that holds `len` bytes, if it is known how many (RFC 8878, 3.1.1.1).
    fn header(&self, len: Option<u64>) -> Vec<u8> {
        let is_single_segment = len.is_some_and(|len| len <= 1 << self.shape.window_log);
        let (size_flag, size_len) = match len {
            None => (0, 0),
            Some(0..256) if is_single_segment => (0, 1),
            Some(len @ 256..=0x100ff) if len >= 256 => (1, 2),
            Some(len) if u32::try_from(len).is_ok() => (2, 4),
            Some(_) => (3, 8),
        };
        let mut header = MAGIC.to_vec();
        header.push(size_flag << 6 | u8::from(is_single_segment) << 5 | u8::from(self.hash.is_some()) << 2);
        if !is_single_segment {
            header.push((self.shape.window_log - 10) << 3);
        }
        let size = len.unwrap_or(0) - if size_len == 2 { 256 } else { 0 };
        header.extend_from_slice(&size.to_le_bytes()[..size_len]);
        header
    }

    /// Encodes a block.
    fn block(&mut self, bytes: &[u8], is_last: bool) -> Result<&[u8], CodecError> {
        if let Some(hash) = &mut self.hash {
            hash.write(bytes);
        }
        if bytes.is_empty() {
            return Ok(&EMPTY_BLOCK);
        }
        let mut piece = self.compressor.take_source().unwrap_or_default();
        piece.bytes.clear();
        piece.bytes.extend_from_slice(bytes);
        piece.at = 0;
        self.compressor.set_source(piece);
        let mut framed = std::mem::take(&mut self.framed);
        framed.clear();
        self.compressor.set_drain(framed);
        self.compressor.compress();
        self.framed = self.compressor.take_drain().unwrap_or_default();
        // The backend sees that a full block was the last when it asks for more, and ends with an empty one.
        if bytes.len() as u64 == BLOCK_MAX && self.framed.ends_with(&EMPTY_BLOCK) {
            self.framed.truncate(self.framed.len() - BLOCK_HEADER);
        }
        let block = self.framed.get_mut(ITS_HEADER..).unwrap_or_default();
        let Some(flags) = block.first_mut() else {
            return Err(CodecError::internal("the backend gives no block"));
        };
        *flags = *flags & !1 | u8::from(is_last);
        Ok(block)
    }

    /// What follows the last block.
    fn checksum(&self) -> Vec<u8> {
        let lower_half = |hash: &XxHash64| hash.finish().to_le_bytes()[..4].to_vec();
        self.hash.as_ref().map(lower_half).unwrap_or_default()
    }
}

/// Writes one frame to a sink, in bounded memory.
pub(crate) struct EncoderSink<'s> {
    frame: Frame,
    /// How much will be written, if it is known; the frame's header says it.
    len: Option<u64>,
    written: u64,
    /// What waits until it fills a block, and another byte tells that this is not the last.
    pending: Vec<u8>,
    next: BoxSink<'s>,
}

impl<'s> EncoderSink<'s> {
    pub(crate) fn new(frame: Frame, len: Option<u64>, mut next: BoxSink<'s>) -> Result<Self, CodecError> {
        next.write(&frame.header(len))?;
        Ok(Self { frame, len, written: 0, pending: Vec::new(), next })
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
        let block = self.frame.shape.block();
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.pending.len() == block {
                self.next.write(self.frame.block(&self.pending, false)?)?;
                self.pending.clear();
            }
            let (piece, after) = rest.split_at(rest.len().min(block - self.pending.len()));
            self.pending.extend_from_slice(piece);
            rest = after;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), CodecError> {
        if self.len.is_some_and(|len| self.written != len) {
            return Err(self.wrong_len());
        }
        self.next.write(self.frame.block(&self.pending, true)?)?;
        self.next.write(&self.frame.checksum())?;
        self.next.finish()
    }
}
