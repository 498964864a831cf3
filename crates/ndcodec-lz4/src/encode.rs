//! Writing frames.

use std::hash::Hasher as _;
use std::sync::Arc;

use ndcodec_core::stream::{BoxSink, Sink};
use ndcodec_core::{Buffer, CodecError, Content, ErrorKind, Input, Output, PooledOwned};
use twox_hash::XxHash32;

use crate::Lz4;
use crate::block::{Tables, bound};
use crate::compress::MinMatch;
use crate::frame::{self, END_MARK};

/// What compressing a frame takes, reused from call to call.
pub(crate) struct Compressor {
    /// The beginning of a block whose end is in another piece of the input.
    held: Buffer,
    blocks: BlockWriter,
}

impl Compressor {
    fn new() -> Self {
        let blocks = BlockWriter { tables: Tables::new(), scratch: Buffer::new() };
        Self { held: Buffer::new(), blocks }
    }

    /// The bytes that it occupies.
    pub(crate) fn size(&self) -> usize {
        Tables::SIZE + self.held.capacity() + self.blocks.scratch.capacity()
    }
}

/// Cuts a piece of the input into blocks of `size` bytes, joining in `held` what lies in two pieces.
///
/// `is_last` says that no piece comes after this one. Of what is held in the end, the caller makes a block.
fn cut(
    mut piece: &[u8],
    size: usize,
    is_last: bool,
    held: &mut Buffer,
    mut write: impl FnMut(&[u8]) -> Result<(), CodecError>,
) -> Result<(), CodecError> {
    while !piece.is_empty() {
        let (now, later) = piece.split_at(piece.len().min(size - held.len()));
        piece = later;
        // A block that lies in one piece is compressed where it is.
        if held.is_empty() && (now.len() == size || is_last) {
            write(now)?;
            continue;
        }
        held.extend_from_slice(now);
        if held.len() == size {
            write(held)?;
            held.clear();
        }
    }
    Ok(())
}

/// Compresses blocks.
struct BlockWriter {
    tables: Tables,
    /// A block for which the output has no room, or has it elsewhere.
    scratch: Buffer,
}

impl BlockWriter {
    /// A block with its head, in scratch memory.
    fn write_to_scratch(&mut self, block: &[u8], min: MinMatch) -> Result<&[u8], CodecError> {
        self.scratch.try_set_len(room_for(block))?;
        let len = write_block(&mut self.tables, block, min, &mut self.scratch)?;
        Ok(&self.scratch[..len])
    }

    /// Appends a block with its head to `out`.
    fn write_to(&mut self, block: &[u8], min: MinMatch, out: &mut Output<'_>) -> Result<(), CodecError> {
        let room = out.spare_at_most(room_for(block));
        if room.len() < room_for(block) {
            return out.push(self.write_to_scratch(block, min)?);
        }
        let len = write_block(&mut self.tables, block, min, room)?;
        out.commit(len)
    }
}

fn room_for(block: &[u8]) -> usize {
    END_MARK.len() + bound(block.len())
}

/// Room for a whole frame, the bound of its last block included: growing block by block takes 1.8 times as long for
/// 1.7 MB that do not compress.
fn room_for_all(parts: &[&[u8]], block: usize) -> usize {
    let len = parts.iter().fold(0_usize, |sum, part| sum.saturating_add(part.len()));
    let heads = END_MARK.len().saturating_mul(len.div_ceil(block) + 1);
    let last = len.min(block);
    len.saturating_add(heads).saturating_add(bound(last) - last).saturating_add(16)
}

/// Compresses `block` into `room`, or copies it if that does not pay, and returns how long it is with its head.
fn write_block(
    tables: &mut Tables,
    block: &[u8],
    min: MinMatch,
    room: &mut [u8],
) -> Result<usize, CodecError> {
    let (head, body) = room.split_at_mut(END_MARK.len());
    let mut len = tables.compress(block, body, min)?;
    let is_stored = len >= block.len();
    if is_stored {
        body[..block.len()].copy_from_slice(block);
        len = block.len();
    }
    let Ok(len_in_head) = u32::try_from(len) else {
        return Err(CodecError::new(
            ErrorKind::Internal,
            format!("a block of {len} bytes is larger than a frame may have"),
        ));
    };
    head.copy_from_slice(&frame::block_head(len_in_head, is_stored));
    Ok(head.len() + len)
}

/// Encodes `input` as one frame.
pub(crate) fn encode(codec: &Lz4, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
    let (parts, min) = (input.parts(), MinMatch::of(codec.min_match, input.content()));
    let mut compressor = codec.compressors.take(Compressor::new);
    let Compressor { held, blocks } = &mut *compressor;
    held.clear();
    let mut hash = codec.has_checksum.then(|| XxHash32::with_seed(0));
    out.reserve_room(room_for_all(parts, codec.block.bytes()))?;
    out.push(&frame::header(codec.block, codec.has_checksum))?;
    let mut write = |block: &[u8]| {
        if let Some(hash) = &mut hash {
            hash.write(block);
        }
        blocks.write_to(block, min, out)
    };
    for (i, part) in parts.iter().enumerate() {
        let is_last = i + 1 == parts.len();
        cut(part, codec.block.bytes(), is_last, held, &mut write)?;
    }
    if !held.is_empty() {
        write(held)?;
    }
    out.push(&END_MARK)?;
    match hash {
        Some(hash) => out.push(&hash.finish_32().to_le_bytes()),
        None => Ok(()),
    }
}

/// The streaming encoder.
pub(crate) struct Encoder<'s> {
    codec: Arc<Lz4>,
    next: BoxSink<'s>,
    compressor: PooledOwned<Compressor>,
    hash: Option<XxHash32>,
    is_begun: bool,
}

impl<'s> Encoder<'s> {
    pub(crate) fn new(codec: Arc<Lz4>, next: BoxSink<'s>) -> Self {
        let hash = codec.has_checksum.then(|| XxHash32::with_seed(0));
        let mut compressor = codec.compressors.take_owned(Compressor::new);
        compressor.held.clear();
        Self { codec, next, compressor, hash, is_begun: false }
    }

    /// Writes the blocks that `bytes` fill, and at the end, which has no bytes, what is held.
    fn advance(&mut self, bytes: &[u8], is_end: bool) -> Result<(), CodecError> {
        let Self { codec, next, compressor, hash, is_begun } = self;
        if !std::mem::replace(is_begun, true) {
            next.write(&frame::header(codec.block, codec.has_checksum))?;
        }
        let Compressor { held, blocks } = &mut **compressor;
        let min = MinMatch::of(codec.min_match, Content::Bytes);
        let mut write = |block: &[u8]| {
            if let Some(hash) = hash {
                hash.write(block);
            }
            next.write(blocks.write_to_scratch(block, min)?)
        };
        cut(bytes, codec.block.bytes(), false, held, &mut write)?;
        if is_end && !held.is_empty() {
            write(held)?;
        }
        Ok(())
    }
}

impl Sink for Encoder<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        self.advance(bytes, false)
    }

    fn finish(mut self: Box<Self>) -> Result<(), CodecError> {
        self.advance(&[], true)?;
        self.next.write(&END_MARK)?;
        if let Some(hash) = &self.hash {
            self.next.write(&hash.finish_32().to_le_bytes())?;
        }
        self.next.finish()
    }
}
