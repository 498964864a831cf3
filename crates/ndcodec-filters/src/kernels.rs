//! Transposing bytes and bits: what `shuffle` and `bitshuffle` are made of.

#![allow(
    clippy::needless_range_loop,
    reason = "iterators' adaptors are not inlined into functions that are compiled for more than the target has"
)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
mod choice;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
mod network;
mod portable;
#[cfg(target_arch = "x86_64")]
mod sse2;
#[cfg(all(test, any(target_arch = "aarch64", target_arch = "x86_64")))]
mod tests;

use crate::strips::{SCRATCH, Scratch};

/// A part of the rows of a matrix: bytes `at` to `at + len` of every row. A row begins `stride` bytes after the one before.
/// `len` is not 0.
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
    #[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
    for kernel in choice::splits::<S, BITS>() {
        done = kernel(tiles, rows, place, done);
        if done == place.len {
            return;
        }
    }
    portable::split::<S, BITS>(tiles, rows, place, done);
}

/// Undoes [`split`].
pub(crate) fn join<const S: usize, const BITS: bool>(rows: &[u8], place: Place, tiles: &mut [u8]) {
    let mut done = 0;
    #[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
    for kernel in choice::joins::<S, BITS>() {
        done = kernel(rows, place, tiles, done);
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
    #[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
    for kernel in choice::joins_apart::<S>() {
        done = kernel(rows, tiles, done);
        if done == len {
            return;
        }
    }
    portable::join_apart(rows, tiles, done);
}

/// As [`split`] with `BITS`, of elements of `S` bytes: row 8 × `b` + `i` is bit `i` of byte `b` of all elements. Between the
/// two, the bytes are in `planes`.
pub(crate) fn split_bits<const S: usize>(items: &[u8], rows: &mut [u8], place: Place, planes: &mut Scratch) {
    #[cfg(target_arch = "x86_64")]
    let done = choice::split_bits::<S>(items, rows, place, planes);
    #[cfg(not(target_arch = "x86_64"))]
    let done = 0;
    let mut at = place.at + done;
    for items in items[done * 8 * S..].chunks(SCRATCH) {
        let (count, planes) = (items.len() / S, &mut planes.0[..items.len()]);
        split::<S, false>(items, planes, Place { stride: count, at: 0, len: count });
        split::<8, true>(planes, rows, Place { at, len: count / 8, ..place });
        at += count / 8;
    }
}

/// Undoes [`split_bits`].
pub(crate) fn join_bits<const S: usize>(rows: &[u8], place: Place, items: &mut [u8], planes: &mut Scratch) {
    #[cfg(target_arch = "x86_64")]
    let done = choice::join_bits::<S>(rows, place, items, planes);
    #[cfg(not(target_arch = "x86_64"))]
    let done = 0;
    let mut at = place.at + done;
    for items in items[done * 8 * S..].chunks_mut(SCRATCH) {
        let (count, planes) = (items.len() / S, &mut planes.0[..items.len()]);
        join::<8, true>(rows, Place { at, len: count / 8, ..place }, planes);
        join::<S, false>(planes, Place { stride: count, at: 0, len: count }, items);
        at += count / 8;
    }
}
