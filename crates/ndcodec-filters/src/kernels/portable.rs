//! One byte at a time, for what is too short for vectors, and for other machines.

use super::Place;

/// As [`super::split`], from byte `done` of each row on.
pub(super) fn split<const S: usize, const BITS: bool>(
    tiles: &[u8],
    rows: &mut [u8],
    place: Place,
    done: usize,
) {
    for (turn, run) in tiles.chunks_exact(place.len * S).enumerate() {
        let start = turn * S * place.stride + place.at;
        for (at, tile) in run.as_chunks::<S>().0.iter().enumerate().skip(done) {
            let tile = if BITS { transpose(*tile) } else { *tile };
            for (row, byte) in tile.into_iter().enumerate() {
                rows[start + row * place.stride + at] = byte;
            }
        }
    }
}

/// As [`super::join`], from byte `done` of each row on.
pub(super) fn join<const S: usize, const BITS: bool>(
    rows: &[u8],
    place: Place,
    tiles: &mut [u8],
    done: usize,
) {
    for (turn, run) in tiles.chunks_exact_mut(place.len * S).enumerate() {
        let start = turn * S * place.stride + place.at;
        for (at, tile) in run.as_chunks_mut::<S>().0.iter_mut().enumerate().skip(done) {
            for (row, byte) in tile.iter_mut().enumerate() {
                *byte = rows[start + row * place.stride + at];
            }
            if BITS {
                *tile = transpose(*tile);
            }
        }
    }
}

/// As [`super::join_apart`], from byte `done` of each row on.
pub(super) fn join_apart<const S: usize>(rows: &[&[u8]; S], tiles: &mut [u8], done: usize) {
    for (at, tile) in tiles.as_chunks_mut::<S>().0.iter_mut().enumerate().skip(done) {
        for (byte, row) in tile.iter_mut().zip(rows) {
            *byte = row[at];
        }
    }
}

/// Transposes a matrix of 8 × 8 bits by swapping ever smaller squares of it.
fn transpose<const S: usize>(bytes: [u8; S]) -> [u8; S] {
    let mut matrix = bytes.iter().rev().fold(0_u64, |matrix, byte| matrix << 8 | u64::from(*byte));
    for (shift, mask) in
        [(7, 0x00aa_00aa_00aa_00aa), (14, 0x0000_cccc_0000_cccc), (28, 0x0000_0000_f0f0_f0f0)]
    {
        let differ = (matrix ^ matrix >> shift) & mask;
        matrix ^= differ ^ differ << shift;
    }
    let mut transposed = [0; S];
    transposed.iter_mut().zip(matrix.to_le_bytes()).for_each(|(to, from)| *to = from);
    transposed
}
