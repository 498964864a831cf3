//! Predictions from what lies before, above, and between them: they are undone four rows at a time.

use super::running::running_sum;
use crate::numbers::Word;

/// How a number is told from the one before, the one above and the one between them.
pub(super) trait Corner {
    /// Whether numbers are compared as two's complement.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "only kernels want to know"))]
    const IS_SIGNED: bool;
    /// Whether it is the median.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "as above"))]
    const IS_MEDIAN: bool;

    /// What a number is told to be.
    fn predicted<T: Word<N>, const N: usize>(before: T, above: T, diagonal: T) -> T;
}

/// The median of the element before, the one above, and their sum less the one between them: that of
/// [JPEG-LS](https://www.itu.int/rec/T-REC-T.87), which follows an edge in either direction.
pub(super) struct Median<const SIGNED: bool>;

impl<const SIGNED: bool> Corner for Median<SIGNED> {
    const IS_SIGNED: bool = SIGNED;
    const IS_MEDIAN: bool = true;

    #[inline]
    fn predicted<T: Word<N>, const N: usize>(before: T, above: T, diagonal: T) -> T {
        let key = |number| key::<T, N>(SIGNED, number);
        let (least, most) = (key(before).min(key(above)), key(before).max(key(above)));
        // The sum of both less the diagonal, or the nearer of both if that is beyond them.
        let opposite = key(diagonal).max(least).min(most);
        key(least.plus(most).minus(opposite))
    }
}

/// The mean of the element before and the one above, rounded down, which carries half of their noise.
pub(super) struct Mean<const SIGNED: bool>;

impl<const SIGNED: bool> Corner for Mean<SIGNED> {
    const IS_SIGNED: bool = SIGNED;
    const IS_MEDIAN: bool = false;

    #[inline]
    fn predicted<T: Word<N>, const N: usize>(before: T, above: T, _: T) -> T {
        let key = |number| key::<T, N>(SIGNED, number);
        key(key(before).mean(key(above)))
    }
}

/// The element before and the one above, less the one between them: planes are told exactly.
pub(super) struct Lorenzo;

impl Corner for Lorenzo {
    const IS_SIGNED: bool = false;
    const IS_MEDIAN: bool = false;

    #[inline]
    fn predicted<T: Word<N>, const N: usize>(before: T, above: T, diagonal: T) -> T {
        before.plus(above.minus(diagonal))
    }
}

/// In two's complement the order is that of unsigned integers but for the highest bit.
#[inline]
fn key<T: Word<N>, const N: usize>(is_signed: bool, number: T) -> T {
    if is_signed { number ^ T::TOP } else { number }
}

/// Rows that are undone at once. Each element waits for the one before it in its row, so that a row alone leaves the
/// processor idle most of the time.
const ROWS: usize = 4;

/// Undoes the prediction in rows of `row` elements.
pub(super) fn decode<C: Corner, T: Word<N>, const N: usize>(
    row: usize,
    residuals: &[[u8; N]],
    out: &mut [[u8; N]],
) {
    running_sum::<T, N>(&residuals[..row], &mut out[..row], T::default());
    let mut done = row;
    #[cfg(target_arch = "x86_64")]
    {
        done += super::slant_vectors::decode::<C, N>(row, residuals, out);
    }
    while row >= ROWS && out.len() - done >= ROWS * row {
        let (before, now) = out.split_at_mut(done);
        decode_rows::<C, T, N>(
            &residuals[done..][..ROWS * row],
            &before[done - row..],
            &mut now[..ROWS * row],
        );
        done += ROWS * row;
    }
    while done < out.len() {
        let (before, now) = out.split_at_mut(done);
        let len = now.len().min(row);
        decode_row::<C, T, N>(&residuals[done..][..len], &before[done - row..], &mut now[..len]);
        done += len;
    }
}

fn decode_row<C: Corner, T: Word<N>, const N: usize>(
    residuals: &[[u8; N]],
    above: &[[u8; N]],
    out: &mut [[u8; N]],
) {
    // The first of a row has none before it, and is predicted from the one above.
    let mut before = above.first().map_or(T::default(), |above| T::from_le(*above));
    let mut diagonal = before;
    for ((to, residual), above) in out.iter_mut().zip(residuals).zip(above) {
        let above = T::from_le(*above);
        before = T::from_le(*residual).unzigzag().plus(C::predicted::<T, N>(before, above, diagonal));
        diagonal = above;
        *to = before.to_le();
    }
}

/// [`ROWS`] rows, each one element behind the row above it: what a row needs of that one was made in the step before.
fn decode_rows<C: Corner, T: Word<N>, const N: usize>(
    residuals: &[[u8; N]],
    above: &[[u8; N]],
    out: &mut [[u8; N]],
) {
    let row = above.len();
    let mut rows = Rows::<T, ROWS>::default();
    for column in 0..ROWS {
        rows.step::<C, N>(column, 0, column + 1, residuals, above, out);
    }
    for column in ROWS..row {
        rows.step::<C, N>(column, 0, ROWS, residuals, above, out);
    }
    for column in row.max(ROWS)..row + ROWS - 1 {
        rows.step::<C, N>(column, column + 1 - row, ROWS, residuals, above, out);
    }
}

/// Of each of some rows, the element that was undone last, and the one above it.
struct Rows<T, const ROWS: usize> {
    before: [T; ROWS],
    diagonal: [T; ROWS],
}

impl<T: Copy + Default, const ROWS: usize> Default for Rows<T, ROWS> {
    fn default() -> Self {
        Self { before: [T::default(); ROWS], diagonal: [T::default(); ROWS] }
    }
}

impl<T, const ROWS: usize> Rows<T, ROWS> {
    /// Undoes element `column` of the first row, the one before it of the second, and so on, in the rows `from` to `to`.
    #[inline]
    fn step<C: Corner, const N: usize>(
        &mut self,
        column: usize,
        from: usize,
        to: usize,
        residuals: &[[u8; N]],
        above: &[[u8; N]],
        out: &mut [[u8; N]],
    ) where
        T: Word<N>,
    {
        for lane in (from..to).rev() {
            let at = lane * above.len() + column - lane;
            let above = if lane == 0 { T::from_le(above[column]) } else { self.before[lane - 1] };
            // The first of a row has none before it, and is predicted from the one above.
            let is_first = column == lane;
            let before = if is_first { above } else { self.before[lane] };
            let diagonal = if is_first { above } else { self.diagonal[lane] };
            let told = C::predicted::<T, N>(before, above, diagonal);
            let number = T::from_le(residuals[at]).unzigzag().plus(told);
            (self.before[lane], self.diagonal[lane]) = (number, above);
            out[at] = number.to_le();
        }
    }
}
