//! Words packed and spread by permutations from a table.

use std::arch::aarch64::*;

use bytemuck::must_cast;

use super::words::{PACK, SPREAD, differing, kernels, nonzero};
use crate::block::{BLOCK, DENSE, ROOM, is_dense, write_dense};

kernels!("neon");

#[inline]
#[target_feature(enable = "neon")]
fn pack(word: u64, bits: u8) -> u64 {
    permuted(word, PACK[usize::from(bits)])
}

#[inline]
#[target_feature(enable = "neon")]
fn spread(packed: u64, bits: u8) -> u64 {
    permuted(packed, SPREAD[usize::from(bits)])
}

#[inline]
#[target_feature(enable = "neon")]
fn permuted(word: u64, places: u64) -> u64 {
    must_cast(vtbl1_u8(must_cast(word), must_cast(places)))
}
