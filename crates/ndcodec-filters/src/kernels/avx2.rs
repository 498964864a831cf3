//! 32 bytes at a time, as two lanes of 16 that never mix: the low one has the first half of a tile.

use std::arch::x86_64::*;

use bytemuck::must_cast;

use super::network::{bits_by_shifts, blocks, transposition, zip_by_rounds};

pub(super) type Vector = __m256i;
pub(super) const WIDTH: usize = 32;
/// Registers are too few for two tiles of elements of eight bytes, and yet it pays: whole cache lines to each row.
pub(super) const PAIRED: usize = 8;

transposition!("avx2");
blocks!("avx2");
zip_by_rounds!("avx2");
bits_by_shifts!("avx2");

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn zero() -> Vector {
    _mm256_setzero_si256()
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load(row: [u8; WIDTH]) -> Vector {
    must_cast(row)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn store(vector: Vector) -> [u8; WIDTH] {
    must_cast(vector)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load_tile<const S: usize>(tile: &[[u8; WIDTH]; S]) -> [Vector; S] {
    let mut vectors = [zero(); S];
    for at in 0..S {
        let (low, high): ([__m128i; 2], [__m128i; 2]) =
            (must_cast(tile[at / 2]), must_cast(tile[(S + at) / 2]));
        vectors[at] = _mm256_set_m128i(high[at % 2], low[at % 2]);
    }
    vectors
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn store_tile<const S: usize>(vectors: [Vector; S], tile: &mut [[u8; WIDTH]; S]) {
    for at in 0..S / 2 {
        let (a, b) = (vectors[2 * at], vectors[2 * at + 1]);
        tile[at] = must_cast(_mm256_permute2x128_si256::<0x20>(a, b));
        tile[S / 2 + at] = must_cast(_mm256_permute2x128_si256::<0x31>(a, b));
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn zip(a: Vector, b: Vector) -> (Vector, Vector) {
    (_mm256_unpacklo_epi8(a, b), _mm256_unpackhi_epi8(a, b))
}

/// The bytes of the elements in each lane by their position in the element, then rounds that interleave the groups of one
/// position. One instruction each, where `unzip` takes three.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn unzip_all<const S: usize>(mut vectors: [Vector; S]) -> [Vector; S] {
    let places: [u8; 16] = const { by_position(S) };
    let places = must_cast([places; 2]);
    for at in 0..S {
        vectors[at] = _mm256_shuffle_epi8(vectors[at], places);
    }
    for _ in 0..S.ilog2() {
        let from = vectors;
        for i in 0..S / 2 {
            let (a, b) = (from[i], from[i + S / 2]);
            (vectors[2 * i], vectors[2 * i + 1]) = match S {
                2 => (_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b)),
                4 => (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b)),
                8 => (_mm256_unpacklo_epi16(a, b), _mm256_unpackhi_epi16(a, b)),
                _ => zip(a, b),
            };
        }
    }
    vectors
}

/// Where the bytes of a lane of elements of `itemsize` bytes come from for those of one position to be together.
const fn by_position(itemsize: usize) -> [u8; 16] {
    let mut places = [0; 16];
    let mut from = 0_u8;
    while from < 16 {
        let (element, position) = (from as usize / itemsize, from as usize % itemsize);
        places[position * (16 / itemsize) + element] = from;
        from += 1;
    }
    places
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
