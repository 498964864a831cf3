//! 64 bytes at a time, with permutations of all bytes of a vector, and bit matrices.
//!
//! Of one vector, because permutations of two cost twice as much.

use std::arch::x86_64::*;

use bytemuck::must_cast;

use super::network::transposition;

type Vector = __m512i;
const WIDTH: usize = 64;
/// Two cache lines to each row.
const PAIRED: usize = 8;

transposition!("avx512f,avx512bw,avx512vbmi,gfni");

#[inline]
#[target_feature(enable = "avx512f")]
fn zero() -> Vector {
    _mm512_setzero_si512()
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(row: [u8; WIDTH]) -> Vector {
    must_cast(row)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(vector: Vector) -> [u8; WIDTH] {
    must_cast(vector)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load_tile<const S: usize>(tile: &[[u8; WIDTH]; S]) -> [Vector; S] {
    let mut vectors = [zero(); S];
    for at in 0..S {
        vectors[at] = must_cast(tile[at]);
    }
    vectors
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store_tile<const S: usize>(vectors: [Vector; S], tile: &mut [[u8; WIDTH]; S]) {
    for at in 0..S {
        tile[at] = must_cast(vectors[at]);
    }
}

/// The bytes of the elements in each vector by their position in the element, then, as those of one position are a group
/// now, the groups of one position from every vector.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn unzip_all<const S: usize>(vectors: [Vector; S]) -> [Vector; S] {
    swap_groups(permute(vectors, const { by_position(S) }))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn zip_all<const S: usize>(vectors: [Vector; S]) -> [Vector; S] {
    permute(swap_groups(vectors), const { by_position(WIDTH / S) })
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn bits_to_rows<const S: usize>(vectors: [Vector; S]) -> [Vector; S] {
    unzip_all(transpose_bits(permute(vectors, const { reversed(by_position(1)) })))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn rows_to_bits<const S: usize>(vectors: [Vector; S]) -> [Vector; S] {
    transpose_bits(permute(swap_groups(vectors), const { reversed(by_position(WIDTH / S)) }))
}

/// A permutation: the places that the bytes of a vector come from.
type Places = [u8; WIDTH];

#[inline]
#[target_feature(enable = "avx512f,avx512vbmi")]
fn permute<const S: usize>(mut vectors: [Vector; S], places: Places) -> [Vector; S] {
    let places = must_cast(places);
    for at in 0..S {
        vectors[at] = _mm512_permutexvar_epi8(places, vectors[at]);
    }
    vectors
}

/// The bytes of elements of `itemsize` bytes, those of one position in the element together.
const fn by_position(itemsize: usize) -> Places {
    let mut places = [0; WIDTH];
    let mut from = 0_u8;
    while (from as usize) < WIDTH {
        let (element, position) = (from as usize / itemsize, from as usize % itemsize);
        places[position * (WIDTH / itemsize) + element] = from;
        from += 1;
    }
    places
}

/// The same with every eight bytes turned around.
const fn reversed(places: Places) -> Places {
    let mut reversed = places;
    let mut to = 0;
    while to < WIDTH {
        reversed[to] = places[to ^ 7];
        to += 1;
    }
    reversed
}

/// Transposes the matrix of `S` vectors of `S` groups each. It undoes itself.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn swap_groups<const S: usize>(vectors: [Vector; S]) -> [Vector; S] {
    match S {
        2 => swap::<S, HALVES>(vectors, 1),
        4 => swap::<S, LANES>(swap::<S, LANES>(vectors, 1), 2),
        8 => swap::<S, LANES>(swap::<S, LANES>(swap::<S, QUADS>(vectors, 1), 2), 4),
        _ => {
            let vectors = swap::<S, DOUBLES>(swap::<S, DOUBLES>(vectors, 2), 1);
            swap::<S, LANES>(swap::<S, LANES>(vectors, 4), 8)
        }
    }
}

/// Groups of 32, 16, 8 and 4 bytes. Of lanes, and of double words within a lane, there are four to move, and the
/// instruction takes two bits of the address one further; two steps move both.
const HALVES: usize = 32;
const LANES: usize = 16;
const QUADS: usize = 8;
const DOUBLES: usize = 4;

/// A step of the transposition, on the pairs of vectors whose numbers differ by `step`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn swap<const S: usize, const GROUP: usize>(mut vectors: [Vector; S], step: usize) -> [Vector; S] {
    for low in 0..S {
        if low & step == 0 {
            let (a, b) = (vectors[low], vectors[low | step]);
            (vectors[low], vectors[low | step]) = match GROUP {
                HALVES => (_mm512_shuffle_i64x2::<0x44>(a, b), _mm512_shuffle_i64x2::<0xee>(a, b)),
                LANES => (_mm512_shuffle_i64x2::<0x88>(a, b), _mm512_shuffle_i64x2::<0xdd>(a, b)),
                QUADS => (_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b)),
                _ => (_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b)),
            };
        }
    }
    vectors
}

/// Transposes the bits of every eight bytes, which stand in reverse: the instruction takes the rows of its matrix from the
/// last byte to the first.
#[inline]
#[target_feature(enable = "avx512f,gfni")]
fn transpose_bits<const S: usize>(mut vectors: [Vector; S]) -> [Vector; S] {
    let one_bit_each = _mm512_set1_epi64(i64::from_le_bytes([1, 2, 4, 8, 16, 32, 64, 128]));
    for at in 0..S {
        vectors[at] = _mm512_gf2p8affine_epi64_epi8::<0>(one_bit_each, vectors[at]);
    }
    vectors
}
