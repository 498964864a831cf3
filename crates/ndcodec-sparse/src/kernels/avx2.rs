//! Words packed and spread by permutations from a table.

use std::arch::x86_64::*;

use bytemuck::must_cast;

use super::words::{PACK, SPREAD, kernels, nonzero};
use crate::block::{BLOCK, DENSE, ROOM, is_dense, write_dense};

kernels!("avx2,popcnt");

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
