//! Transposing bytes and bits: what `shuffle` and `bitshuffle` are made of.

#![allow(
    clippy::needless_range_loop,
    reason = "iterators' adaptors are not inlined into functions that are compiled for more than the target has"
)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx2_comb;
#[cfg(target_arch = "x86_64")]
mod avx2_gfni;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod avx512_bits;
mod choice;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
mod network;
mod portable;
#[cfg(target_arch = "x86_64")]
mod sse2;
#[cfg(test)]
mod tests;

pub use choice::InstructionSet;
#[cfg(target_arch = "x86_64")]
pub(crate) use choice::has_avx2;
pub(crate) use choice::{Wide, as_wide};

use crate::strips::{SCRATCH, Scratch};

/// What kernels for whole blocks take: as much as the bitshuffle library has in a block.
type Block = [u8; SCRATCH];

/// A part of the rows of a matrix: bytes `at` to `at + len` of every row. A row begins `stride` bytes after the one before.
/// `len` is not 0, and what is written ends before the next row begins; rows that are read may lie over each other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) stride: usize,
    pub(crate) at: usize,
    pub(crate) len: usize,
}

/// Writes byte `i` of each group of `S` bytes in `tiles` to row `i`; with `BITS`, which wants an `S` of 8, bit `i` of each
/// byte: the row's bytes have the bits of eight bytes, the first in the lowest bit.
///
/// `S` is a power of two up to 16. Groups that the place in `S` rows has no more room for go to the next `S` rows.
pub(crate) fn split<const S: usize, const BITS: bool>(tiles: &[u8], rows: &mut [u8], place: Place) {
    let mut done = 0;
    for kernels in choice::kernels::<S, BITS>() {
        done = (kernels.split)(tiles, rows, place, done);
        if done == place.len {
            return;
        }
    }
    portable::split::<S, BITS>(tiles, rows, place, done);
}

/// Undoes [`split`].
pub(crate) fn join<const S: usize, const BITS: bool>(rows: &[u8], place: Place, tiles: &mut [u8]) {
    let mut done = 0;
    for kernels in choice::kernels::<S, BITS>() {
        done = (kernels.join)(rows, place, tiles, done);
        if done == place.len {
            return;
        }
    }
    portable::join::<S, BITS>(rows, place, tiles, done);
}

/// As [`join`] without `BITS`, of rows that lie apart, each of as many bytes as there are tiles.
pub(crate) fn join_apart<const S: usize>(rows: &[&[u8]; S], tiles: &mut [u8]) {
    let len = tiles.len() / S;
    let mut done = 0;
    for kernels in choice::kernels::<S, false>() {
        done = (kernels.join_apart)(rows, tiles, done);
        if done == len {
            return;
        }
    }
    portable::join_apart(rows, tiles, done);
}

/// Takes item `first` of every `step` items together in `out`, if there is a kernel for that: returns how many are done.
pub(crate) fn gather<const N: usize>(
    items: &[[u8; N]],
    first: usize,
    step: usize,
    out: &mut [[u8; N]],
) -> usize {
    let Some((gather, _)) = choice::combs::<N>(step) else { return 0 };
    gather(items.as_flattened(), first, out.as_flattened_mut())
}

/// Undoes [`gather`].
pub(crate) fn scatter<const N: usize>(
    numbers: &[[u8; N]],
    first: usize,
    step: usize,
    items: &mut [[u8; N]],
) -> usize {
    let Some((_, scatter)) = choice::combs::<N>(step) else { return 0 };
    scatter(numbers.as_flattened(), first, items.as_flattened_mut())
}

/// As [`split`] with `BITS`, of elements of `S` bytes: row 8 × `b` + `i` is bit `i` of byte `b` of all elements. Between the
/// two, the bytes are in `planes`.
pub(crate) fn split_bits<const S: usize>(items: &[u8], rows: &mut [u8], place: Place, planes: &mut Scratch) {
    let mut at = place.at;
    let (blocks, rest) = items.as_chunks::<SCRATCH>();
    let rest = match choice::blocks::<S>() {
        Some((split, _)) => {
            let width = SCRATCH / (8 * S);
            for block in blocks {
                split(std::slice::from_ref(block), std::slice::from_mut(&mut planes.0));
                for (row, from) in planes.0.chunks_exact(width).enumerate() {
                    rows[row * place.stride + at..][..width].copy_from_slice(from);
                }
                at += width;
            }
            rest
        }
        None => items,
    };
    for items in rest.chunks(SCRATCH) {
        let (count, planes) = (items.len() / S, &mut planes.0[..items.len()]);
        split::<S, false>(items, planes, Place { stride: count, at: 0, len: count });
        split::<8, true>(planes, rows, Place { at, len: count / 8, ..place });
        at += count / 8;
    }
}

/// Undoes [`split_bits`].
pub(crate) fn join_bits<const S: usize>(rows: &[u8], place: Place, items: &mut [u8], planes: &mut Scratch) {
    let mut at = place.at;
    let kernels = choice::blocks::<S>();
    let whole = if kernels.is_some() { items.len() / SCRATCH * SCRATCH } else { 0 };
    let (blocks, rest) = items.split_at_mut(whole);
    if let Some((_, join)) = kernels {
        let width = SCRATCH / (8 * S);
        for block in blocks.as_chunks_mut::<SCRATCH>().0 {
            for (row, to) in planes.0.chunks_exact_mut(width).enumerate() {
                to.copy_from_slice(&rows[row * place.stride + at..][..width]);
            }
            join(std::slice::from_ref(&planes.0), std::slice::from_mut(block));
            at += width;
        }
    }
    for items in rest.chunks_mut(SCRATCH) {
        let (count, planes) = (items.len() / S, &mut planes.0[..items.len()]);
        join::<8, true>(rows, Place { at, len: count / 8, ..place }, planes);
        join::<S, false>(planes, Place { stride: count, at: 0, len: count }, items);
        at += count / 8;
    }
}

/// As [`split_bits`], of whole blocks of [`SCRATCH`] bytes each, if there is a kernel for them: returns how many bytes
/// are done.
pub(crate) fn split_blocks<const S: usize>(items: &[u8], rows: &mut [u8]) -> usize {
    let Some((split, _)) = choice::blocks::<S>() else { return 0 };
    let blocks = items.as_chunks().0;
    split(blocks, rows.as_chunks_mut().0);
    blocks.len() * SCRATCH
}

/// Undoes [`split_blocks`].
pub(crate) fn join_blocks<const S: usize>(rows: &[u8], items: &mut [u8]) -> usize {
    let Some((_, join)) = choice::blocks::<S>() else { return 0 };
    let blocks = rows.as_chunks().0;
    join(blocks, items.as_chunks_mut().0);
    blocks.len() * SCRATCH
}
