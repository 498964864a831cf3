//! Bits of elements of 2, 4 and 8 bytes, from elements to rows within registers, in blocks of 8 KiB.
//!
//! Below, `e0` to `e8` are the bits of an element's number, from the lowest; `b0` to `b2` of a byte's position in its
//! element; `k0` to `k2` of a bit's position in its byte. Sixteen vectors are worked on at a time. The address of a byte in
//! them has four bits that count vectors and six that count the bytes of one. Every step brings one bit from the four to the
//! six and another back, at one instruction a vector:
//!
//! 1. A permutation of pairs of vectors makes the address end in `e2 e1 e0`.
//! 2. The bits of every eight bytes are transposed: now it ends in `k2 k1 k0`.
//! 3. More steps take these to the numbers of the vectors, and bring bits of the element in their place.
//!
//! Rows then are vectors, or halves of some. What a step costs on Zen 4 decides which are used: permutations have two ports,
//! interleaving has three, transposing bits has ports of its own, and a permutation of two vectors takes the port by which
//! vectors are stored. Blocks of one size have rows a constant distance apart; as long as it was a variable, the addresses
//! of the rows took a third of the time.

use std::arch::x86_64::*;

use bytemuck::{must_cast, must_cast_mut, must_cast_ref};

use super::Block;

type Vector = __m512i;
const LINE: usize = 64;
const TILE: usize = 16;
type Tile = [Vector; TILE];
/// A tile in memory.
type Lines = [[u8; LINE]; TILE];

/// Sixteen statements in place of a loop, which the compiler would not always unroll; then the vectors went by way of memory.
macro_rules! each {
    ($n:ident => $body:expr) => { each!($n => $body; 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15) };
    ($n:ident => $body:expr; $($i:literal)*) => { $({ const $n: usize = $i; $body; })* };
}

/// The bits of elements of `S` bytes to rows, block by block.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
pub(super) fn split_blocks<const S: usize>(items: &[Block], rows: &mut [Block]) {
    let count = items.len().min(rows.len());
    for at in 0..count {
        match S {
            2 => split_2(must_cast_ref(&items[at]), must_cast_mut(&mut rows[at])),
            4 => split_4(must_cast_ref(&items[at]), must_cast_mut(&mut rows[at])),
            _ => split_8(must_cast_ref(&items[at]), must_cast_mut(&mut rows[at])),
        }
    }
}

/// Undoes [`split_blocks`].
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
pub(super) fn join_blocks<const S: usize>(rows: &[Block], items: &mut [Block]) {
    let count = items.len().min(rows.len());
    for at in 0..count {
        match S {
            2 => join_2(must_cast_ref(&rows[at]), must_cast_mut(&mut items[at])),
            4 => join_4(must_cast_ref(&rows[at]), must_cast_mut(&mut items[at])),
            _ => join_8(must_cast_ref(&rows[at]), must_cast_mut(&mut items[at])),
        }
    }
}

// Two bytes: a tile is `e8 e7 e6 e5 | e4 e3 e2 e1 e0 b0`, and `k0 k1 k2 b0 | e8 e7 e6 e5 e4 e3` in the end.

const FIRST_OF_2: [u8; 7] = [1, 2, 3, 4, 5, 6, 0];
const LAST_OF_2: [u8; 7] = [2, 4, 5, 3, 6, 0, 1];

/// The row of a vector.
const fn row_of_2(number: usize) -> usize {
    (number & 1) << 3 | number >> 3 & 1 | number >> 1 & 2 | number << 1 & 4
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn split_2(tiles: &[Lines; 8], rows: &mut [[[u8; 64]; 8]; 16]) {
    for turn in 0..8 {
        let tile = permute::<1>(load(&tiles[turn]), const { reversed(pair(FIRST_OF_2)) });
        let tile = pack_dwords::<2>(transpose_bits(tile));
        let tile = swap_halves::<8>(permute::<4>(tile, const { pair(LAST_OF_2) }));
        each!(N => rows[row_of_2(N)][turn] = must_cast(tile[N]));
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn join_2(rows: &[[[u8; 64]; 8]; 16], tiles: &mut [Lines; 8]) {
    for turn in 0..8 {
        let mut tile = [zero(); TILE];
        each!(N => tile[N] = must_cast(rows[row_of_2(N) ^ 7][turn]));
        let tile = permute::<4>(swap_halves::<8>(tile), const { pair(undone(LAST_OF_2)) });
        let tile = transpose_bits(zip_dwords::<2>(tile));
        store(permute::<1>(tile, const { pair(undone(FIRST_OF_2)) }), &mut tiles[turn]);
    }
}

// Four bytes: a tile is `e7 e6 e5 e4 | e3 e2 e1 e0 b1 b0`, and `k1 k2 b1 b0 | k0 e7 e6 e5 e4 e3` in the end.

const FIRST_OF_4: [u8; 7] = [2, 3, 4, 1, 5, 6, 0];
const LAST_OF_4: [u8; 7] = [4, 5, 2, 3, 6, 0, 1];

/// The row of the first half of a vector; that of the second is the next.
const fn row_of_4(number: usize) -> usize {
    (number & 3) << 3 | number >> 2 & 2 | number & 4
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn split_4(tiles: &[Lines; 8], rows: &mut [[[u8; 32]; 8]; 32]) {
    for turn in 0..8 {
        let tile = permute::<1>(load(&tiles[turn]), const { reversed(pair(FIRST_OF_4)) });
        let tile = pack_dwords::<4>(swap_quads::<2>(transpose_bits(tile)));
        let tile = permute::<8>(tile, const { pair(LAST_OF_4) });
        each!(N => {
            rows[row_of_4(N)][turn] = must_cast(_mm512_castsi512_si256(tile[N]));
            rows[row_of_4(N) + 1][turn] = must_cast(_mm512_extracti64x4_epi64::<1>(tile[N]));
        });
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn join_4(rows: &[[[u8; 32]; 8]; 32], tiles: &mut [Lines; 8]) {
    for turn in 0..8 {
        let mut tile = [zero(); TILE];
        each!(N => tile[N] = both(rows[row_of_4(N) ^ 7][turn], rows[row_of_4(N) ^ 6][turn]));
        let tile = permute::<8>(tile, const { pair(undone(LAST_OF_4)) });
        let tile = transpose_bits(swap_quads::<2>(zip_dwords::<4>(tile)));
        store(permute::<1>(tile, const { pair(undone(FIRST_OF_4)) }), &mut tiles[turn]);
    }
}

// Eight bytes: a tile is made of two, `e7 e6 e5 e4 e3 | e2 e1 e0 b2 b1 b0`, for each value of `b1` in turn. The first step
// makes it `e6 e5 e4 e3 | b2 e7 b0 e2 e1 e0`, and it is `b0 k2 k1 k0 | b2 e7 e6 e5 e4 e3` in the end.

const FIRST_OF_8: [u8; 6] = [3, 4, 5, 0, 6, 2];
const LAST_OF_8: [u8; 6] = [3, 6, 5, 0, 1, 2];

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn split_8(tiles: &[[Lines; 2]; 4], rows: &mut [[[u8; 32]; 4]; 64]) {
    split_bytes_of_8::<0>(tiles, rows);
    split_bytes_of_8::<1>(tiles, rows);
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn split_bytes_of_8<const B1: usize>(tiles: &[[Lines; 2]; 4], rows: &mut [[[u8; 32]; 4]; 64]) {
    let places = must_cast(const { reversed([places(FIRST_OF_8, if B1 == 0 { 0 } else { 1 << 1 }); 2])[0] });
    for turn in 0..4 {
        let [a, b] = &tiles[turn];
        let mut tile = [zero(); TILE];
        each!(N => tile[N] = _mm512_permutex2var_epi8(must_cast(a[N]), places, must_cast(b[N])));
        let tile = transpose_lanes(transpose_bits(tile));
        each!(N => {
            rows[16 * B1 + N][turn] = must_cast(_mm512_castsi512_si256(tile[N]));
            rows[16 * B1 + 32 + N][turn] = must_cast(_mm512_extracti64x4_epi64::<1>(tile[N]));
        });
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn join_8(rows: &[[[u8; 32]; 4]; 64], tiles: &mut [[Lines; 2]; 4]) {
    let (low, high) =
        (must_cast(const { places(LAST_OF_8, 0) }), must_cast(const { places(LAST_OF_8, 1 << 4) }));
    for turn in 0..4 {
        let (mut even, mut odd) = ([zero(); TILE], [zero(); TILE]);
        each!(N => even[N] = both(rows[N ^ 7][turn], rows[32 + (N ^ 7)][turn]));
        even = transpose_bits(transpose_lanes(even));
        each!(N => odd[N] = both(rows[16 + (N ^ 7)][turn], rows[48 + (N ^ 7)][turn]));
        odd = transpose_bits(transpose_lanes(odd));
        let [a, b] = &mut tiles[turn];
        each!(N => {
            a[N] = must_cast(_mm512_permutex2var_epi8(even[N], low, odd[N]));
            b[N] = must_cast(_mm512_permutex2var_epi8(even[N], high, odd[N]));
        });
    }
}

/// Transposes the bits of every eight bytes. The instruction takes the rows of its matrix from the last byte to the first, so
/// the bytes, or the vectors they will come from, stand in reverse.
#[inline]
#[target_feature(enable = "avx512f,gfni")]
fn transpose_bits(mut tile: Tile) -> Tile {
    let one_bit_each = _mm512_set1_epi64(i64::from_le_bytes([1, 2, 4, 8, 16, 32, 64, 128]));
    for at in 0..TILE {
        tile[at] = _mm512_gf2p8affine_epi64_epi8::<0>(one_bit_each, tile[at]);
    }
    tile
}

/// Transposes the 16 × 16 bytes of each lane: four steps, each of which brings a bit to the lowest place in the lane.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn transpose_lanes(tile: Tile) -> Tile {
    zip_bytes::<1>(zip_bytes::<2>(zip_bytes::<4>(zip_bytes::<8>(tile))))
}

/// Defines steps, of all pairs of vectors whose numbers differ by `STEP`.
macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident($a:ident, $b:ident) = $low:expr, $high:expr;)*) => {$(
        $(#[$doc])*
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw")]
        fn $name<const STEP: usize>(mut tile: Tile) -> Tile {
            for at in 0..TILE {
                if at & STEP == 0 {
                    let ($a, $b) = (tile[at], tile[at | STEP]);
                    (tile[at], tile[at | STEP]) = ($low, $high);
                }
            }
            tile
        }
    )*};
}

steps! {
    /// `p5 p4 p3 p2 p1 p0` to `v p4 p3 p2 p1 p0`.
    swap_halves(a, b) = _mm512_shuffle_i64x2::<0x44>(a, b), _mm512_shuffle_i64x2::<0xee>(a, b);
    /// To `p5 p4 v p2 p1 p0`.
    swap_quads(a, b) = _mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b);
    /// To `p5 p4 v p3 p1 p0`.
    pack_dwords(a, b) =
        must_cast(_mm512_shuffle_ps::<0x88>(must_cast(a), must_cast(b))),
        must_cast(_mm512_shuffle_ps::<0xdd>(must_cast(a), must_cast(b)));
    /// To `p5 p4 p2 v p1 p0`, which undoes `pack_dwords`.
    zip_dwords(a, b) = _mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b);
    /// To `p5 p4 p2 p1 p0 v`.
    zip_bytes(a, b) = _mm512_unpacklo_epi8(a, b), _mm512_unpackhi_epi8(a, b);
}

/// Any step.
#[inline]
#[target_feature(enable = "avx512f,avx512vbmi")]
fn permute<const STEP: usize>(mut tile: Tile, places: [Places; 2]) -> Tile {
    let (low, high) = (must_cast(places[0]), must_cast(places[1]));
    for at in 0..TILE {
        if at & STEP == 0 {
            let (a, b) = (tile[at], tile[at | STEP]);
            tile[at] = _mm512_permutex2var_epi8(a, low, b);
            tile[at | STEP] = _mm512_permutex2var_epi8(a, high, b);
        }
    }
    tile
}

/// The places in two vectors that the bytes of one come from.
type Places = [u8; LINE];

/// After it, bit `i` of an address, from the right, is what bit `from[i]` was before; 6 says which of two vectors. Bits that
/// none is taken from are those of `others`.
const fn places(from: [u8; 6], others: u8) -> Places {
    let mut places = [others; LINE];
    let mut to = 0_u8;
    while (to as usize) < LINE {
        let mut bit = 0;
        while bit < 6 {
            places[to as usize] |= (to >> bit & 1) << from[bit];
            bit += 1;
        }
        to += 1;
    }
    places
}

/// The same for two vectors; the last of `from` says which.
const fn pair(from: [u8; 7]) -> [Places; 2] {
    let [a, b, c, d, e, f, which] = from;
    [places([a, b, c, d, e, f], 0), places([a, b, c, d, e, f], 1 << which)]
}

const fn undone(from: [u8; 7]) -> [u8; 7] {
    let mut undone = [0; 7];
    let mut to = 0_u8;
    while to < 7 {
        undone[from[to as usize] as usize] = to;
        to += 1;
    }
    undone
}

/// The same with every eight bytes turned around.
const fn reversed(places: [Places; 2]) -> [Places; 2] {
    let mut reversed = places;
    let mut to = 0;
    while to < 2 * LINE {
        reversed[to / LINE][to % LINE] = places[to / LINE][(to % LINE) ^ 7];
        to += 1;
    }
    reversed
}

#[inline]
#[target_feature(enable = "avx512f")]
fn zero() -> Vector {
    _mm512_setzero_si512()
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(lines: &Lines) -> Tile {
    let mut tile = [zero(); TILE];
    each!(N => tile[N] = must_cast(lines[N]));
    tile
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(tile: Tile, lines: &mut Lines) {
    each!(N => lines[N] = must_cast(tile[N]));
}

#[inline]
#[target_feature(enable = "avx512f")]
fn both(low: [u8; 32], high: [u8; 32]) -> Vector {
    _mm512_inserti64x4::<1>(_mm512_castsi256_si512(must_cast(low)), must_cast(high))
}
