//! One bit of a map after the other.

use super::words::{differing, kernels, nonzero};
use crate::block::{BLOCK, DENSE, ROOM, is_dense, write_dense};

kernels!();

#[inline]
fn pack(word: u64, mut bits: u8) -> u64 {
    let (mut packed, mut shift) = (0, 0);
    while bits != 0 {
        packed |= (word >> (8 * bits.trailing_zeros()) & 0xff) << shift;
        shift += 8;
        bits &= bits - 1;
    }
    packed
}

#[inline]
fn spread(mut packed: u64, mut bits: u8) -> u64 {
    let mut word = 0;
    while bits != 0 {
        word |= (packed & 0xff) << (8 * bits.trailing_zeros());
        packed >>= 8;
        bits &= bits - 1;
    }
    word
}
