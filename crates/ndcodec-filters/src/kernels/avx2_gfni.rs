//! As [`avx2`](super::avx2), if there are bit matrices too: on processors whose vectors have 32 bytes and no more.

use std::arch::x86_64::*;

use bytemuck::must_cast;

use super::avx2::{PAIRED, Vector, WIDTH, load, load_tile, store, store_tile, unzip_all, zero, zip_all};
use super::network::{blocks, transposition};

transposition!("avx2,gfni");
blocks!("avx2,gfni");

#[inline]
#[target_feature(enable = "avx2,gfni")]
fn bits_to_rows<const S: usize>(mut vectors: [Vector; S]) -> [Vector; S] {
    let reversed: [u8; 16] = [7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8];
    let reversed = must_cast([reversed; 2]);
    for at in 0..S {
        vectors[at] = transpose_bits(_mm256_shuffle_epi8(vectors[at], reversed));
    }
    unzip_all(vectors)
}

#[inline]
#[target_feature(enable = "avx2,gfni")]
fn rows_to_bits<const S: usize>(mut vectors: [Vector; S]) -> [Vector; S] {
    vectors.reverse();
    let mut vectors = zip_all(vectors);
    for at in 0..S {
        vectors[at] = transpose_bits(vectors[at]);
    }
    vectors
}

/// Transposes the bits of every eight bytes, which stand in reverse: the instruction takes the rows of its matrix from the
/// last byte to the first.
#[inline]
#[target_feature(enable = "avx2,gfni")]
fn transpose_bits(vector: Vector) -> Vector {
    _mm256_gf2p8affine_epi64_epi8::<0>(
        _mm256_set1_epi64x(i64::from_le_bytes([1, 2, 4, 8, 16, 32, 64, 128])),
        vector,
    )
}
