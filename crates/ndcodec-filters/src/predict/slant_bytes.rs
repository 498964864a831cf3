//! Predictions of bytes, undone eight rows at a time by SSE2, which every x86-64 has.

#![expect(unsafe_code, reason = "intrinsics that every x86-64 has want to be told so")]

use std::arch::x86_64::*;

use bytemuck::must_cast;

use super::slant::{Corner, Rows};
use crate::kernels::{Place, join, split};

/// Rows that are undone at once: a vector has 16 bits for each, so that no sum wraps.
const ROWS: usize = 8;

/// Undoes whole groups of [`ROWS`] rows after the first row, which is undone already. Returns how many elements are done.
///
/// A column of vectors goes down a slant: row `i` is `i` elements behind the first. So the rows are transposed as if they
/// were one element shorter, and nothing has to be shifted.
pub(super) fn decode<C: Corner>(row: usize, residuals: &[u8], out: &mut [u8]) -> usize {
    let mut done = row;
    if row < 4 * ROWS {
        return done;
    }
    let slant = Place { stride: row - 1, at: ROWS - 1, len: row + 1 - ROWS };
    let mut tiles = vec![0; slant.len * ROWS];
    while out.len() - done >= ROWS * row {
        let (before, now) = out.split_at_mut(done);
        let (above, now) = (&before[done - row..], &mut now[..ROWS * row]);
        let residuals = &residuals[done..][..ROWS * row];
        let (above_each, of_each) = (above.as_chunks().0, residuals.as_chunks().0);
        let mut rows = Rows::<u8, ROWS>::default();
        for column in 0..ROWS - 1 {
            rows.step::<C, 1>(column, 0, column + 1, of_each, above_each, now.as_chunks_mut().0);
        }
        // The last row begins here, and needs what its first element is predicted from.
        rows.step::<C, 1>(ROWS - 1, 0, ROWS, of_each, above_each, now.as_chunks_mut().0);
        join::<ROWS, false>(residuals, slant, &mut tiles);
        let first = (rows.before, rows.diagonal);
        let [head, rest @ ..] = tiles.as_chunks_mut::<ROWS>().0 else { return done };
        *head = first.0;
        // SAFETY: every x86-64 has SSE2.
        unsafe { undo::<C>(&above[ROWS..], rest, &mut rows) };
        split::<ROWS, false>(&tiles, now, slant);
        for column in row..row + ROWS - 1 {
            rows.step::<C, 1>(column, column + 1 - row, ROWS, of_each, above_each, now.as_chunks_mut().0);
        }
        done += ROWS * row;
    }
    done
}

/// Undoes one tile after the other, in place. `above` is the row above the first.
#[target_feature(enable = "sse2")]
fn undo<C: Corner>(above: &[u8], tiles: &mut [[u8; ROWS]], rows: &mut Rows<u8, ROWS>) {
    let mut before = widen::<C>(rows.before);
    let mut diagonal = widen::<C>(rows.diagonal);
    let (zero, one) = (_mm_setzero_si128(), _mm_set1_epi16(1));
    for (tile, first) in tiles.iter_mut().zip(above) {
        let zigzag = _mm_unpacklo_epi8(_mm_cvtsi64_si128(i64::from_le_bytes(*tile)), zero);
        let sign = _mm_sub_epi16(zero, _mm_and_si128(zigzag, one));
        let residual = _mm_xor_si128(_mm_srli_epi16::<1>(zigzag), sign);
        let first = if C::IS_SIGNED { i32::from(first.cast_signed()) & 0xffff } else { i32::from(*first) };
        // The row above a row was undone in the step before.
        let above = _mm_or_si128(_mm_slli_si128::<2>(before), _mm_cvtsi32_si128(first));
        let both = _mm_add_epi16(before, above);
        let predicted = if C::IS_MEDIAN {
            let plane = _mm_sub_epi16(both, diagonal);
            let (least, most) = (_mm_min_epi16(before, above), _mm_max_epi16(before, above));
            _mm_min_epi16(_mm_max_epi16(plane, least), most)
        } else {
            _mm_srai_epi16::<1>(both)
        };
        let sum = _mm_add_epi16(predicted, residual);
        let low = _mm_and_si128(sum, _mm_set1_epi16(0xff));
        diagonal = above;
        before = if C::IS_SIGNED { _mm_srai_epi16::<8>(_mm_slli_epi16::<8>(sum)) } else { low };
        *tile = _mm_cvtsi128_si64(_mm_packus_epi16(low, low)).to_le_bytes();
    }
    rows.before = narrow(before);
    rows.diagonal = narrow(diagonal);
}

#[inline]
#[target_feature(enable = "sse2")]
fn widen<C: Corner>(bytes: [u8; ROWS]) -> __m128i {
    let wide = bytes.map(|byte| if C::IS_SIGNED { i16::from(byte.cast_signed()) } else { i16::from(byte) });
    must_cast(wide)
}

#[inline]
#[target_feature(enable = "sse2")]
fn narrow(vector: __m128i) -> [u8; ROWS] {
    let wide: [[u8; 2]; ROWS] = must_cast(vector);
    wide.map(|[low, _]| low)
}
