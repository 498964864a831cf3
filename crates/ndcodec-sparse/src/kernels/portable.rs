//! One byte after the other, without jumps.

use super::words::{kernels, nonzero};
use crate::block::{BLOCK, DENSE, ROOM, is_dense, write_dense};

kernels!();

fn differing(group: &[u8; 64], byte: u8) -> u64 {
    let byte = u64::from_le_bytes([byte; 8]);
    let mut maps = [0; 8];
    for (map, word) in maps.iter_mut().zip(group.as_chunks().0) {
        *map = nonzero(u64::from_le_bytes(*word) ^ byte);
    }
    u64::from_le_bytes(maps)
}

#[inline]
fn pack(word: u64, bits: u8) -> u64 {
    let (mut packed, mut shift) = (0, 0);
    for (byte, bit) in word.to_le_bytes().into_iter().zip(0..8) {
        let is_kept = u32::from(bits >> bit & 1);
        packed |= u64::from(byte).wrapping_mul(is_kept.into()) << (shift & 63);
        shift += 8 * is_kept;
    }
    packed
}

#[inline]
fn spread(packed: u64, bits: u8) -> u64 {
    let (mut word, mut rest) = (0, packed);
    for bit in 0..8 {
        let is_kept = u32::from(bits >> bit & 1);
        word |= (rest & 0xff).wrapping_mul(is_kept.into()) << (8 * bit);
        rest = rest.checked_shr(8 * is_kept).unwrap_or(0);
    }
    word
}
