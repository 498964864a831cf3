//! 16 bytes at a time, on every x86-64.

use std::arch::x86_64::*;

use bytemuck::must_cast;

use super::network::{bits_by_shifts, blocks, transposition, unzip_by_rounds, zip_by_rounds};

type Vector = __m128i;
const WIDTH: usize = 16;
/// No elements are done in pairs of tiles: there are too few registers.
const PAIRED: usize = 0;

transposition!("sse2");
blocks!("sse2");
unzip_by_rounds!("sse2");
zip_by_rounds!("sse2");
bits_by_shifts!("sse2");

#[inline]
#[target_feature(enable = "sse2")]
fn zero() -> Vector {
    _mm_setzero_si128()
}

#[inline]
#[target_feature(enable = "sse2")]
fn load(row: [u8; WIDTH]) -> Vector {
    must_cast(row)
}

#[inline]
#[target_feature(enable = "sse2")]
fn store(vector: Vector) -> [u8; WIDTH] {
    must_cast(vector)
}

#[inline]
#[target_feature(enable = "sse2")]
fn load_tile<const S: usize>(tile: &[[u8; WIDTH]; S]) -> [Vector; S] {
    let mut vectors = [zero(); S];
    for at in 0..S {
        vectors[at] = must_cast(tile[at]);
    }
    vectors
}

#[inline]
#[target_feature(enable = "sse2")]
fn store_tile<const S: usize>(vectors: [Vector; S], tile: &mut [[u8; WIDTH]; S]) {
    for at in 0..S {
        tile[at] = must_cast(vectors[at]);
    }
}

#[inline]
#[target_feature(enable = "sse2")]
fn zip(a: Vector, b: Vector) -> (Vector, Vector) {
    (_mm_unpacklo_epi8(a, b), _mm_unpackhi_epi8(a, b))
}

#[inline]
#[target_feature(enable = "sse2")]
fn unzip(a: Vector, b: Vector) -> (Vector, Vector) {
    let even = _mm_set1_epi16(0xff);
    (
        _mm_packus_epi16(_mm_and_si128(a, even), _mm_and_si128(b, even)),
        _mm_packus_epi16(_mm_srli_epi16::<8>(a), _mm_srli_epi16::<8>(b)),
    )
}

#[inline]
#[target_feature(enable = "sse2")]
fn shift_left<const N: i32>(a: Vector) -> Vector {
    _mm_slli_epi16::<N>(a)
}

#[inline]
#[target_feature(enable = "sse2")]
fn shift_right<const N: i32>(a: Vector) -> Vector {
    _mm_srli_epi16::<N>(a)
}

#[inline]
#[target_feature(enable = "sse2")]
fn and(a: Vector, b: Vector) -> Vector {
    _mm_and_si128(a, b)
}

#[inline]
#[target_feature(enable = "sse2")]
fn xor(a: Vector, b: Vector) -> Vector {
    _mm_xor_si128(a, b)
}

#[inline]
#[target_feature(enable = "sse2")]
fn repeat(byte: i8) -> Vector {
    _mm_set1_epi8(byte)
}
