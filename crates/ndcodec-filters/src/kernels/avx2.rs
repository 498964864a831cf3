//! 32 bytes at a time, as two lanes of 16 that never mix: the low one has the first half of a tile.

use std::arch::x86_64::*;

use bytemuck::must_cast;

use super::network::{bits_by_shifts, rounds, transposition};

type Vector = __m256i;
const WIDTH: usize = 32;
/// No elements are done in pairs of tiles: there are too few registers.
const PAIRED: usize = 0;

transposition!("avx2");
rounds!("avx2");
bits_by_shifts!("avx2");

#[inline]
#[target_feature(enable = "avx2")]
fn zero() -> Vector {
    _mm256_setzero_si256()
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(row: [u8; WIDTH]) -> Vector {
    must_cast(row)
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(vector: Vector) -> [u8; WIDTH] {
    must_cast(vector)
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_tile<const S: usize>(tile: &[[u8; WIDTH]; S]) -> [Vector; S] {
    let mut vectors = [zero(); S];
    let (lows, highs) = tile.as_flattened().as_chunks::<16>().0.split_at(S);
    for ((vector, low), high) in vectors.iter_mut().zip(lows).zip(highs) {
        *vector = _mm256_set_m128i(must_cast(*high), must_cast(*low));
    }
    vectors
}

#[inline]
#[target_feature(enable = "avx2")]
fn store_tile<const S: usize>(vectors: [Vector; S], tile: &mut [[u8; WIDTH]; S]) {
    let (lows, highs) = tile.split_at_mut(S / 2);
    for (((pair, _), low), high) in (vectors.as_chunks::<2>().0.iter().zip(0..)).zip(lows).zip(highs) {
        *low = must_cast(_mm256_permute2x128_si256::<0x20>(pair[0], pair[1]));
        *high = must_cast(_mm256_permute2x128_si256::<0x31>(pair[0], pair[1]));
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn zip(a: Vector, b: Vector) -> (Vector, Vector) {
    (_mm256_unpacklo_epi8(a, b), _mm256_unpackhi_epi8(a, b))
}

#[inline]
#[target_feature(enable = "avx2")]
fn unzip(a: Vector, b: Vector) -> (Vector, Vector) {
    let even = _mm256_set1_epi16(0xff);
    (
        _mm256_packus_epi16(_mm256_and_si256(a, even), _mm256_and_si256(b, even)),
        _mm256_packus_epi16(_mm256_srli_epi16::<8>(a), _mm256_srli_epi16::<8>(b)),
    )
}

#[inline]
#[target_feature(enable = "avx2")]
fn shift_left<const N: i32>(a: Vector) -> Vector {
    _mm256_slli_epi16::<N>(a)
}

#[inline]
#[target_feature(enable = "avx2")]
fn shift_right<const N: i32>(a: Vector) -> Vector {
    _mm256_srli_epi16::<N>(a)
}

#[inline]
#[target_feature(enable = "avx2")]
fn and(a: Vector, b: Vector) -> Vector {
    _mm256_and_si256(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
fn xor(a: Vector, b: Vector) -> Vector {
    _mm256_xor_si256(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
fn repeat(byte: i8) -> Vector {
    _mm256_set1_epi8(byte)
}
