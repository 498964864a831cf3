//! Reading frames.

use std::ops::Range;

use lz4_flex::block::DecompressError;
use ndcodec_core::stream::{BoxSource, Source};
use ndcodec_core::{Buffer, CodecError, Output, PooledOwned};

use crate::Lz4;
use crate::block::{bad_block, decompress, decompress_behind, max_decoded};
use crate::frame::{Block, BlockSize, Frames, only_block};
use crate::input::{Input, SliceInput, SourceInput};
use crate::kernel;

/// How far back a match may reach, and so how much of the blocks before a linked block needs.
const HISTORY: usize = 64 << 10;

/// Decodes all frames of `encoded`.
pub(crate) fn decode(codec: &Lz4, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
    match only_block(encoded) {
        Some((data, true)) => return out.push(data),
        Some((data, false)) => {
            let room = out.spare_step();
            let fitting = BlockSize::DEFAULT.bytes().min(room.len());
            if let Some(len) = kernel::decode(data, &mut room[..fitting], 0) {
                return out.commit(len);
            }
        }
        None => {}
    }
    let mut input = SliceInput::new(encoded);
    let mut frames = Frames::default();
    let mut window = None;
    while let Some(block) = frames.advance(&mut input)? {
        let left = input.left();
        let data = block.checked(input.take(block.len, "a block")?)?;
        if block.is_stored && !block.is_linked {
            frames.accept(&block, data)?;
            out.push(data)?;
            continue;
        }
        let claim = frames.claimed_rest().map(|rest| usize::try_from(rest).unwrap_or(usize::MAX));
        // No more than the input may hold, whatever the header says.
        let claim = claim.map(|rest| rest.min(max_decoded(left)));
        let is_direct = !block.is_linked && is_direct(&block, data, claim, out);
        if !is_direct && !block.is_linked {
            // The room that is there anyway is often enough: a caller's buffer that is used again, a small message.
            let room = out.spare_step();
            let fitting = most(&block, data).min(room.len());
            if let Some(len) = kernel::decode(data, &mut room[..fitting], 0) {
                frames.accept(&block, &room[..len])?;
                out.commit(len)?;
                continue;
            }
        }
        if !is_direct {
            let window = window.get_or_insert_with(|| Window::new(codec));
            let decoded = window.decode(&block, data)?;
            frames.accept(&block, decoded)?;
            out.push(decoded)?;
            continue;
        }
        let most = most(&block, data);
        let room = match out.expected() {
            Some(_) => out.spare_step(),
            None => out.spare_at_most(claim.unwrap_or(0).max(most)),
        };
        let fitting = most.min(room.len());
        let len = match decompress(data, &mut room[..fitting]) {
            Ok(len) => len,
            Err(DecompressError::OutputTooSmall { .. }) if fitting < most => return Err(out.ceiling_error()),
            Err(error) => return Err(bad_block(error).at(block.at)),
        };
        frames.accept(&block, &room[..len])?;
        out.commit(len)?;
    }
    Ok(())
}

/// The most that a block may decode to.
fn most(block: &Block, data: &[u8]) -> usize {
    block.max_decoded.min(max_decoded(data.len()))
}

/// Whether to decode an independent block in its place.
///
/// If nobody knows how long the result will be, room for the largest block would be most of a small
/// result's cost: the first blocks go through a window.
fn is_direct(block: &Block, data: &[u8], claim: Option<usize>, out: &Output<'_>) -> bool {
    out.expected().is_some() || claim.is_some() || out.len() >= most(block, data)
}

/// A block and what was decoded before it.
struct Window {
    /// [`HISTORY`] bytes, then the last block.
    buffer: PooledOwned<Buffer>,
    /// How many bytes of history there are, at its end.
    history: usize,
    /// The length of the last block.
    len: usize,
}

impl Window {
    fn new(codec: &Lz4) -> Self {
        Self { buffer: codec.buffer(), history: 0, len: 0 }
    }

    fn decode(&mut self, block: &Block, data: &[u8]) -> Result<&[u8], CodecError> {
        self.slide(block);
        let room = if block.is_stored { data.len() } else { most(block, data) };
        if self.buffer.len() < HISTORY + room {
            self.buffer.try_set_len(HISTORY + room)?;
        }
        self.len = if block.is_stored {
            self.buffer[HISTORY..][..room].copy_from_slice(data);
            data.len()
        } else {
            let behind = &mut self.buffer[HISTORY - self.history..HISTORY + room];
            decompress_behind(data, behind, self.history).map_err(|error| bad_block(error).at(block.at))?
        };
        Ok(&self.buffer[self.last()])
    }

    /// Where the last block lies.
    fn last(&self) -> Range<usize> {
        HISTORY..HISTORY + self.len
    }

    /// Makes the last block history, if the next one needs it.
    fn slide(&mut self, next: &Block) {
        if next.is_first || !next.is_linked {
            self.history = 0;
        } else {
            let known = HISTORY.min(self.history + self.len);
            let end = HISTORY + self.len;
            self.buffer.copy_within(end - known..end, HISTORY - known);
            self.history = known;
        }
        self.len = 0;
    }
}

/// The streaming decoder.
pub(crate) struct Decoder<'s> {
    input: SourceInput<'s>,
    frames: Frames,
    window: Window,
    /// The part of the window's block that nobody has read yet.
    unread: Range<usize>,
}

impl<'s> Decoder<'s> {
    pub(crate) fn new(codec: &Lz4, source: BoxSource<'s>) -> Self {
        let input = SourceInput::new(source, codec.buffer());
        Self { input, frames: Frames::default(), window: Window::new(codec), unread: 0..0 }
    }
}

impl Source for Decoder<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        while self.unread.is_empty() {
            let Some(block) = self.frames.advance(&mut self.input)? else { return Ok(0) };
            let data = block.checked(self.input.take(block.len, "a block")?)?;
            self.frames.accept(&block, self.window.decode(&block, data)?)?;
            self.unread = self.window.last();
        }
        let n = buf.len().min(self.unread.len());
        let from = self.unread.start;
        buf[..n].copy_from_slice(&self.window.buffer[from..from + n]);
        self.unread.start += n;
        Ok(n)
    }
}
