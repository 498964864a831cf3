//! [`Residuals`]: what a prediction does not tell of numbers. Each is made of the numbers alone, so all of it suits vectors.

#![allow(
    clippy::needless_range_loop,
    reason = "iterators' adaptors are not inlined into functions that are compiled for more than the target has"
)]

use std::marker::PhantomData;

use super::slant::{Corner, Lorenzo, Mean, Median};
use super::{From, Prediction};
use crate::kernels::Wide;
use crate::numbers::Word;

/// Writes the zigzagged residuals of all numbers, which are as many.
pub(super) struct Residuals<'n, T, const N: usize> {
    pub(super) prediction: Prediction,
    pub(super) numbers: &'n [[u8; N]],
    pub(super) out: &'n mut [[u8; N]],
    /// The integers that the numbers are read as.
    pub(super) words: PhantomData<T>,
}

impl<T: Word<N>, const N: usize> Wide for Residuals<'_, T, N> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { prediction, numbers, out, .. } = self;
        let (row, plane) = (prediction.row.min(numbers.len()), prediction.plane.min(numbers.len()));
        // The first row is predicted from the number before, the first plane from the row before.
        let first = if let From::Before = prediction.from { numbers.len() } else { row };
        differences::<T, N>(1, &numbers[..first], &mut out[..first]);
        match prediction.from {
            From::Before => {}
            From::RowBefore => differences::<T, N>(row, numbers, out),
            From::PlaneBefore => {
                differences::<T, N>(row, &numbers[..plane], &mut out[..plane]);
                differences::<T, N>(plane, numbers, out);
            }
            From::Lorenzo if row < numbers.len() => {
                // The number before the first of a row is the last of the row above.
                let before_first = T::from_le(numbers[row - 1]).plus(T::from_le(numbers[0]));
                out[row] = T::from_le(numbers[row]).minus(before_first).zigzag().to_le();
                corners::<Lorenzo, T, N>(row, row + 1, numbers, &mut out[row + 1..]);
            }
            From::Lorenzo => {}
            From::Median { is_signed: true } => rows::<Median<true>, T, N>(row, numbers, out),
            From::Median { is_signed: false } => rows::<Median<false>, T, N>(row, numbers, out),
            From::Mean { is_signed: true } => rows::<Mean<true>, T, N>(row, numbers, out),
            From::Mean { is_signed: false } => rows::<Mean<false>, T, N>(row, numbers, out),
        }
    }
}

/// The difference of each number from the one `distance` before; the first `distance` are left, but for the very first of
/// all if the distance is 1.
#[inline(always)]
fn differences<T: Word<N>, const N: usize>(distance: usize, numbers: &[[u8; N]], out: &mut [[u8; N]]) {
    if let ([first, ..], [to, ..], 1) = (numbers, &mut *out, distance) {
        *to = T::from_le(*first).zigzag().to_le();
    }
    let Some(now) = numbers.get(distance..) else { return };
    let (before, out) = (&numbers[..now.len()], &mut out[distance..][..now.len()]);
    for at in 0..now.len() {
        out[at] = T::from_le(now[at]).minus(T::from_le(before[at])).zigzag().to_le();
    }
}

/// What the corner does not tell of the numbers of all rows but the first. All go through one loop, since rows may be as
/// short as the colours of a pixel; the first of each row is then done again.
#[inline(always)]
fn rows<C: Corner, T: Word<N>, const N: usize>(row: usize, numbers: &[[u8; N]], out: &mut [[u8; N]]) {
    if row < numbers.len() {
        corners::<C, T, N>(row, row + 1, numbers, &mut out[row + 1..]);
    }
    let mut start = row;
    while start < numbers.len() {
        // It has none before it in its row.
        out[start] = T::from_le(numbers[start]).minus(T::from_le(numbers[start - row])).zigzag().to_le();
        start += row;
    }
}

/// What the corner does not tell of the numbers from `from` on.
#[inline(always)]
fn corners<C: Corner, T: Word<N>, const N: usize>(
    row: usize,
    from: usize,
    numbers: &[[u8; N]],
    out: &mut [[u8; N]],
) {
    let now = &numbers[from..];
    let (before, above, diagonal) = (
        &numbers[from - 1..][..now.len()],
        &numbers[from - row..][..now.len()],
        &numbers[from - row - 1..][..now.len()],
    );
    let out = &mut out[..now.len()];
    for at in 0..now.len() {
        let (before, above) = (T::from_le(before[at]), T::from_le(above[at]));
        let predicted = C::predicted(before, above, T::from_le(diagonal[at]));
        out[at] = T::from_le(now[at]).minus(predicted).zigzag().to_le();
    }
}
