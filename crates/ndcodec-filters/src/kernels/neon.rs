//! 16 bytes at a time, on every aarch64.

use std::arch::aarch64::*;

use bytemuck::must_cast;

use super::network::{bits_by_shifts, blocks, transposition, unzip_by_rounds, zip_by_rounds};

type Vector = uint8x16_t;
const WIDTH: usize = 16;
/// No elements are done in pairs of tiles: there are too few registers.
const PAIRED: usize = 0;

transposition!("neon");
blocks!("neon");
unzip_by_rounds!("neon");
zip_by_rounds!("neon");
bits_by_shifts!("neon");

#[inline]
#[target_feature(enable = "neon")]
fn zero() -> Vector {
    vdupq_n_u8(0)
}

#[inline]
#[target_feature(enable = "neon")]
fn load(row: [u8; WIDTH]) -> Vector {
    must_cast(row)
}

#[inline]
#[target_feature(enable = "neon")]
fn store(vector: Vector) -> [u8; WIDTH] {
    must_cast(vector)
}

#[inline]
#[target_feature(enable = "neon")]
fn load_tile<const S: usize>(tile: &[[u8; WIDTH]; S]) -> [Vector; S] {
    let mut vectors = [zero(); S];
    for at in 0..S {
        vectors[at] = must_cast(tile[at]);
    }
    vectors
}

#[inline]
#[target_feature(enable = "neon")]
fn store_tile<const S: usize>(vectors: [Vector; S], tile: &mut [[u8; WIDTH]; S]) {
    for at in 0..S {
        tile[at] = must_cast(vectors[at]);
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn zip(a: Vector, b: Vector) -> (Vector, Vector) {
    (vzip1q_u8(a, b), vzip2q_u8(a, b))
}

#[inline]
#[target_feature(enable = "neon")]
fn unzip(a: Vector, b: Vector) -> (Vector, Vector) {
    (vuzp1q_u8(a, b), vuzp2q_u8(a, b))
}

#[inline]
#[target_feature(enable = "neon")]
fn shift_left<const N: i32>(a: Vector) -> Vector {
    vshlq_n_u8::<N>(a)
}

#[inline]
#[target_feature(enable = "neon")]
fn shift_right<const N: i32>(a: Vector) -> Vector {
    vshrq_n_u8::<N>(a)
}

#[inline]
#[target_feature(enable = "neon")]
fn and(a: Vector, b: Vector) -> Vector {
    vandq_u8(a, b)
}

#[inline]
#[target_feature(enable = "neon")]
fn xor(a: Vector, b: Vector) -> Vector {
    veorq_u8(a, b)
}

#[inline]
#[target_feature(enable = "neon")]
fn repeat(byte: u8) -> Vector {
    vdupq_n_u8(byte)
}
