//! `sparse`: the bytes that differ from the commonest one, behind bit maps of where they lie.
//!
//! Made for the bit planes of numbers, which are zeroes with few exceptions: there a compressor that looks for matches finds
//! short ones, each of which costs a jump that no processor foresees. With vectors, `sparse` jumps only by whether a block is
//! empty or dense, so that its speed hardly depends on the data. The idea is that of "zero elimination" in the [LC framework](https://github.com/burtscher/LC-framework); the
//! bytes are ours.
//!
//! # The bytes
//!
//! The commonest byte, then the length of the input as a varint (LEB128), then one block behind the other, each of 512 bytes of
//! the input, the last perhaps of fewer. A block of `n` bytes is one of the two:
//!
//! - **Three maps and what is kept.** In the lowest map, of 64 bytes, bit `i % 8` of byte `i / 8` is set if byte `i` of the
//!   block is not the commonest byte. The middle map, of eight bytes, says in the same way which bytes of the lowest are not
//!   zero, and the highest, of one byte, which bytes of the middle one are not. The highest map stands first, then the bytes
//!   of the middle map that are not zero, then those of the lowest, then the bytes of the block whose bit is set, each
//!   exclusive or the commonest byte. So 512 times the commonest byte are one byte, a zero.
//! - **A dense block**, if that is shorter: the bytes 1 and 0, which no maps begin with, then the `n` bytes as they are.
//!
//! The encoder takes for the commonest byte the one that stands most often at 256 places; of several, the lowest. Place `k`
//! is `(k * 2654435769 mod 2^32) * length / 2^32`, rounded down. A decoder takes any byte.

mod block;
mod kernels;

use std::sync::Arc;

use ndcodec_core::{
    Codec, CodecError, ErrorKind, Input, LenClaim, Output, ParamError, Params, StageDescriptor,
};

use crate::block::{BLOCK, MOST, ROOM, decode_checked, decode_end, decode_last, encode_last};
use crate::kernels::Kernels;

/// The bytes that differ from the commonest one, and where they lie.
pub static SPARSE: StageDescriptor = StageDescriptor::codec("sparse", env!("CARGO_PKG_NAME"), &build)
    .with_summary("keeps the bytes that differ from the commonest one, and bit maps of where they lie")
    .with_specification("https://docs.rs/ndcodec-sparse")
    .named_by_data()
    .truncation_detected()
    .stable_bytes();
ndcodec_core::submit!(SPARSE);

fn build(_: &Params) -> Result<Arc<dyn Codec>, ParamError> {
    Ok(Arc::new(Sparse))
}

/// The codec.
#[derive(Debug)]
struct Sparse;

/// The most bytes of a varint of 64 bits.
const MAX_VARINT: usize = 10;

/// How much of the input is encoded at a time.
const STEP: usize = 128 * BLOCK;

impl Codec for Sparse {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        let kernels = Kernels::best();
        let common = commonest(input.parts(), input.len());
        out.reserve_room(most(input.len()).saturating_add(ROOM))?;
        out.push(&[common])?;
        write_varint(input.len() as u64, out)?;
        // The beginning of a block whose end is in another part of the input.
        let (mut held, mut held_len) = ([0; BLOCK], 0);
        for mut part in input.parts().iter().copied() {
            if held_len > 0 {
                let (head, rest) = part.split_at(part.len().min(BLOCK - held_len));
                held[held_len..][..head.len()].copy_from_slice(head);
                (held_len, part) = (held_len + head.len(), rest);
                if held_len < BLOCK {
                    continue;
                }
                encode_blocks(kernels, &[held], common, out)?;
            }
            let (blocks, rest) = part.as_chunks::<BLOCK>();
            encode_blocks(kernels, blocks, common, out)?;
            held[..rest.len()].copy_from_slice(rest);
            held_len = rest.len();
        }
        if held_len > 0 {
            let mut room = [0; ROOM];
            let len = encode_last(kernels, &held[..held_len], common, &mut room);
            out.push(&room[..len])?;
        }
        Ok(())
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let head = Head::read(encoded)?;
        let Ok(len) = usize::try_from(head.len) else { return Err(out.ceiling_error()) };
        let room = out.spare(len)?;
        let source = &encoded[head.size..];
        let (blocks, last) = room.as_chunks_mut::<BLOCK>();
        let kernels = Kernels::best();
        let (mut at, mut done) = (0, 0);
        while done < blocks.len() {
            let (read, more) = (kernels.decode)(&source[at..], head.common, &mut blocks[done..]);
            (at, done) = (at + read, done + more);
            let (read, more) = decode_end(kernels, &source[at..], head.common, &mut blocks[done..]);
            (at, done) = (at + read, done + more);
            // The kernels do not say what is wrong.
            if let Some(block) = blocks.get_mut(done) {
                let placed = |error: CodecError| error.at((head.size + at) as u64);
                at += decode_checked(&source[at..], head.common, block).map_err(placed)?;
                done += 1;
            }
        }
        if !last.is_empty() {
            let placed = |error: CodecError| error.at((head.size + at) as u64);
            at += decode_last(kernels, &source[at..], head.common, last).map_err(placed)?;
        }
        match source.len() - at {
            0 => out.commit(len),
            more => Err(CodecError::trailing(more, "the last block")),
        }
    }

    fn max_encoded_len(&self, input_len: usize) -> Option<usize> {
        Some(most(input_len))
    }

    fn claimed_len(&self, encoded: &[u8]) -> LenClaim {
        Head::read(encoded).map_or(LenClaim::Unknown, |head| LenClaim::Exact(head.len))
    }
}

/// The most bytes that so many become.
fn most(len: usize) -> usize {
    // A dense block has two bytes more than its content.
    let more = (MOST - BLOCK).saturating_mul(len.div_ceil(BLOCK));
    len.saturating_add(more).saturating_add(1 + MAX_VARINT)
}

/// Appends whole blocks.
fn encode_blocks(
    kernels: Kernels,
    mut blocks: &[[u8; BLOCK]],
    common: u8,
    out: &mut Output<'_>,
) -> Result<(), CodecError> {
    while !blocks.is_empty() {
        let some = &blocks[..blocks.len().min(STEP / BLOCK)];
        let room = out.spare_at_most(some.len() * MOST + ROOM - MOST);
        let (done, written) = (kernels.encode)(some, common, room);
        out.commit(written)?;
        blocks = &blocks[done..];
        if done < some.len() {
            // A kernel wants more room than most blocks take: near the end of it they are copied.
            let mut room = [0; ROOM];
            let len = encode_last(kernels, &blocks[0], common, &mut room);
            out.push(&room[..len])?;
            blocks = &blocks[1..];
        }
    }
    Ok(())
}

/// The byte that stands most often at 256 places of the parts, which have `len` bytes together.
///
/// The places have no common step, which would be that of rows or columns of some array: multiples of the golden ratio fall
/// everywhere.
fn commonest(parts: &[&[u8]], len: usize) -> u8 {
    const GOLDEN: u32 = 0x9e37_79b9;

    let mut counts = [0_u16; 256];
    for k in 0..256_u32 {
        let product = u128::from(k.wrapping_mul(GOLDEN)) * len as u128;
        let mut place = usize::try_from(product >> 32).unwrap_or(len);
        for part in parts {
            if let Some(byte) = part.get(place) {
                counts[usize::from(*byte)] += 1;
                break;
            }
            place -= part.len();
        }
    }
    let most = counts.iter().max().copied().unwrap_or(0);
    (0..=u8::MAX).find(|byte| counts[usize::from(*byte)] == most).unwrap_or(0)
}

fn write_varint(mut number: u64, out: &mut Output<'_>) -> Result<(), CodecError> {
    loop {
        let low = number.to_le_bytes()[0] & 0x7f;
        number >>= 7;
        if number == 0 {
            return out.push(&[low]);
        }
        out.push(&[low | 0x80])?;
    }
}

/// What stands before the blocks.
struct Head {
    common: u8,
    len: u64,
    /// The bytes that it has.
    size: usize,
}

impl Head {
    fn read(encoded: &[u8]) -> Result<Self, CodecError> {
        let truncated = || CodecError::truncated("the head").at(encoded.len() as u64);
        let (&common, rest) = encoded.split_first().ok_or_else(truncated)?;
        let (mut len, mut digits) = (0_u64, 0);
        loop {
            let byte = *rest.get(digits).ok_or_else(truncated)?;
            let digit = u64::from(byte & 0x7f);
            if digits == MAX_VARINT || digits == MAX_VARINT - 1 && digit > 1 || byte == 0 && digits > 0 {
                return Err(CodecError::corrupt(
                    "the length is not a number of 64 bits in its shortest form",
                )
                .at(1));
            }
            len |= digit << (7 * digits);
            digits += 1;
            if byte < 0x80 {
                break;
            }
        }
        let size = 1 + digits;
        let blocks = (encoded.len() - size) as u64;
        if len.div_ceil(BLOCK as u64) > blocks {
            let message = format!("the data end too soon for the {len} bytes that the head gives");
            return Err(CodecError::new(ErrorKind::Truncated, message).at(1));
        }
        Ok(Self { common, len, size })
    }
}

#[cfg(test)]
mod tests;
