//! Words packed and spread by permutations from a table.

use std::arch::x86_64::*;

use bytemuck::must_cast;

use super::words::{kernels, nonzero};
use crate::block::{BLOCK, DENSE, ROOM, is_dense, write_dense};

kernels!("avx2,popcnt");

/// For each eight bits, which byte of a word each byte of the packed word comes from.
const PACK: [u64; 256] = {
    let mut table = [0; 256];
    let mut bits = 0;
    while bits < 256 {
        let (mut bit, mut to) = (0, 0);
        while bit < 8 {
            if bits >> bit & 1 == 1 {
                table[bits] |= bit << (8 * to);
                to += 1;
            }
            bit += 1;
        }
        bits += 1;
    }
    table
};

/// For each eight bits, which byte of the packed word each byte of a word comes from; 128 where it is zero.
const SPREAD: [u64; 256] = {
    let mut table = [0; 256];
    let mut bits = 0;
    while bits < 256 {
        let (mut bit, mut from) = (0, 0);
        while bit < 8 {
            let is_kept = bits >> bit & 1 == 1;
            table[bits] |= (if is_kept { from } else { 128 }) << (8 * bit);
            from += is_kept as u64;
            bit += 1;
        }
        bits += 1;
    }
    table
};

#[inline]
#[target_feature(enable = "avx2")]
fn differing(group: &[u8; 64], byte: u8) -> u64 {
    let [low, high]: [__m256i; 2] = must_cast(*group);
    let byte = _mm256_set1_epi8(byte.cast_signed());
    let same = |half| u64::from(_mm256_movemask_epi8(_mm256_cmpeq_epi8(half, byte)).cast_unsigned());
    !(same(low) | same(high) << 32)
}

#[inline]
#[target_feature(enable = "avx2")]
fn pack(word: u64, bits: u8) -> u64 {
    permuted(word, PACK[usize::from(bits)])
}

#[inline]
#[target_feature(enable = "avx2")]
fn spread(packed: u64, bits: u8) -> u64 {
    permuted(packed, SPREAD[usize::from(bits)])
}

#[inline]
#[target_feature(enable = "avx2")]
fn permuted(word: u64, places: u64) -> u64 {
    let [word, _]: [u64; 2] = must_cast(_mm_shuffle_epi8(must_cast([word, 0]), must_cast([places, 0])));
    word
}
