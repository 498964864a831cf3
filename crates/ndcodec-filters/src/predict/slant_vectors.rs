//! Predictions of numbers of one or two bytes, undone 16 or 8 rows at a time by SSE2, which every x86-64 has.

#![expect(unsafe_code, reason = "intrinsics that every x86-64 has want to be told so")]

use std::arch::x86_64::*;
use std::marker::PhantomData;

use bytemuck::must_cast;

use super::running::sse2::{add, unzigzag};
use super::slant::Corner;
use crate::kernels::{Place, join, split};

/// Undoes whole groups of rows after the first row, which is undone already, of elements of one or two bytes. Returns how
/// many elements are done.
pub(super) fn decode<C: Corner, const N: usize>(
    row: usize,
    residuals: &[[u8; N]],
    out: &mut [[u8; N]],
) -> usize {
    match N {
        1 => groups::<C, N, 16>(row, residuals, out),
        2 => groups::<C, N, 8>(row, residuals, out),
        _ => 0,
    }
}

/// Columns of a group that are worked on at a time, so that what one step leaves is in the cache for the next.
const COLUMNS: usize = 1024;

/// A column of vectors goes down a slant: row `i` is `i` elements behind the first. So the rows are transposed as if they
/// were one element shorter, and nothing has to be shifted. The columns at either end have elements of some rows only.
fn groups<C: Corner, const N: usize, const ROWS: usize>(
    row: usize,
    residuals: &[[u8; N]],
    out: &mut [[u8; N]],
) -> usize {
    if row < 2 * ROWS || out.len() / row <= ROWS {
        return 0;
    }
    let columns = row + ROWS - 1;
    let place = |from, to| Place { stride: N * (row - 1), at: N * from, len: N * (to - from) };
    let mut tiles = [[0; 16]; COLUMNS];
    let mut done = row;
    while out.len() - done >= ROWS * row {
        let (before, now) = out.split_at_mut(done);
        let (above, now) = (&before[done - row..], &mut now[..ROWS * row]);
        let residuals = residuals[done..][..ROWS * row].as_flattened();
        let mut slant = Slant::<C, N, ROWS>::new(above);
        for from in (0..columns).step_by(COLUMNS) {
            let to = columns.min(from + COLUMNS);
            let tiles = &mut tiles[..to - from];
            join::<ROWS, false>(residuals, place(from, to), tiles.as_flattened_mut());
            // SAFETY: every x86-64 has SSE2.
            unsafe { slant.undo(from, tiles) };
            // A place ends with its rows, which here are one element shorter.
            let (first, last) = (from.max(ROWS - 1), to.min(row - 1));
            if first < last {
                let tiles = tiles[first - from..last - from].as_flattened();
                split::<ROWS, false>(tiles, now.as_flattened_mut(), place(first, last));
            }
            for column in (from..to.min(ROWS - 1)).chain(from.max(row - 1)..to) {
                for lane in (0..ROWS).filter(|lane| (*lane..lane + row).contains(&column)) {
                    now[lane * row + column - lane] = element::<N>(&tiles[column - from], lane);
                }
            }
        }
        done += ROWS * row;
    }
    done - row
}

/// Of 16 bytes, first the first bytes of each row's element, then the second.
fn element<const N: usize>(tile: &[u8; 16], lane: usize) -> [u8; N] {
    std::array::from_fn(|byte| tile[byte * 16 / N + lane])
}

/// A group of rows that are undone from left to right.
struct Slant<'r, C, const N: usize, const ROWS: usize> {
    /// The row above the first.
    above: &'r [[u8; N]],
    before: __m128i,
    diagonal: __m128i,
    corner: PhantomData<C>,
}

impl<'r, C: Corner, const N: usize, const ROWS: usize> Slant<'r, C, N, ROWS> {
    /// Whether numbers are compared as what they are not, signed or unsigned: of SSE2's instructions, those of bytes are
    /// unsigned, and of two bytes signed but for the mean.
    const IS_FLIPPED: bool = C::IS_SIGNED == (N == 1 || !C::IS_MEDIAN);

    fn new(above: &'r [[u8; N]]) -> Self {
        let zero = must_cast([0_u8; 16]);
        Self { above, before: zero, diagonal: zero, corner: PhantomData }
    }

    /// Undoes one tile after the other, in place, from column `from` on.
    #[target_feature(enable = "sse2")]
    fn undo(&mut self, from: usize, tiles: &mut [[u8; 16]]) {
        let edge = ROWS.saturating_sub(from).min(tiles.len());
        for (column, tile) in (from..).zip(&mut tiles[..edge]) {
            // A row that begins here has none before it, and is predicted from the one above.
            let begun: [u8; 16] = std::array::from_fn(|byte| if byte / N < column { 0xff } else { 0 });
            let begun: __m128i = must_cast(begun);
            let above = self.above(column);
            let or_above = |a| _mm_or_si128(_mm_and_si128(begun, a), _mm_andnot_si128(begun, above));
            (self.before, self.diagonal) = (or_above(self.before), or_above(self.diagonal));
            self.step(above, tile);
        }
        for (column, tile) in (from + edge..).zip(&mut tiles[edge..]) {
            self.step(self.above(column), tile);
        }
    }

    /// The elements above those of a column: the row above a row was undone in the step before.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn above(&self, column: usize) -> __m128i {
        let mut first = [0; 4];
        first[..N].copy_from_slice(self.above.get(column).unwrap_or(&[0; N]));
        if Self::IS_FLIPPED {
            first[N - 1] ^= 0x80;
        }
        let shifted =
            if N == 1 { _mm_slli_si128::<1>(self.before) } else { _mm_slli_si128::<2>(self.before) };
        _mm_or_si128(shifted, _mm_cvtsi32_si128(i32::from_le_bytes(first)))
    }

    /// Undoes a tile.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn step(&mut self, above: __m128i, tile: &mut [u8; 16]) {
        let bytes: __m128i = must_cast(*tile);
        let zigzag = if N == 1 { bytes } else { _mm_unpacklo_epi8(bytes, _mm_srli_si128::<8>(bytes)) };
        let (residual, before) = (unzigzag::<N>(zigzag), self.before);
        let number = if C::IS_MEDIAN {
            let all = add::<N>(residual, add::<N>(before, above));
            let (least, most) = (min::<N>(before, above), max::<N>(before, above));
            sub::<N>(all, min::<N>(max::<N>(self.diagonal, least), most))
        } else {
            // The instruction rounds up.
            let odd = _mm_and_si128(_mm_xor_si128(before, above), one::<N>());
            add::<N>(mean::<N>(before, above), sub::<N>(residual, odd))
        };
        (self.before, self.diagonal) = (number, above);
        let made = if Self::IS_FLIPPED { _mm_xor_si128(number, top::<N>()) } else { number };
        *tile = must_cast(if N == 1 {
            made
        } else {
            _mm_packus_epi16(_mm_and_si128(made, _mm_set1_epi16(0xff)), _mm_srli_epi16::<8>(made))
        });
    }
}

macro_rules! of_bytes_or_words {
    ($($name:ident: $bytes:ident, $words:ident;)*) => {$(
        #[inline]
        #[target_feature(enable = "sse2")]
        fn $name<const N: usize>(a: __m128i, b: __m128i) -> __m128i {
            if N == 1 { $bytes(a, b) } else { $words(a, b) }
        }
    )*};
}

of_bytes_or_words! {
    min: _mm_min_epu8, _mm_min_epi16;
    max: _mm_max_epu8, _mm_max_epi16;
    mean: _mm_avg_epu8, _mm_avg_epu16;
    sub: _mm_sub_epi8, _mm_sub_epi16;
}

#[inline]
#[target_feature(enable = "sse2")]
fn one<const N: usize>() -> __m128i {
    if N == 1 { _mm_set1_epi8(1) } else { _mm_set1_epi16(1) }
}

/// The highest bit of each number.
#[inline]
#[target_feature(enable = "sse2")]
fn top<const N: usize>() -> __m128i {
    if N == 1 { _mm_set1_epi8(i8::MIN) } else { _mm_set1_epi16(i16::MIN) }
}
