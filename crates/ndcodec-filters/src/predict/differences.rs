//! Residuals of little-endian integers, and the integers again. Everything here is flat: a row is some number of elements.

use std::marker::PhantomData;

use super::residuals::Residuals;
use super::running::running_sum;
use super::slant::{self, Mean, Median};
use super::{Prediction, near};
use crate::kernels;
use crate::numbers::Word;

/// From the numbers to what the prediction did not tell of them, zigzagged.
pub(super) fn encode<T: Word<N>, const N: usize>(
    prediction: Prediction,
    numbers: &[[u8; N]],
    out: &mut [[u8; N]],
) {
    kernels::as_wide(Residuals::<T, N> { prediction, numbers, out, words: PhantomData });
}

/// Undoes [`encode`].
pub(super) fn decode<T: Word<N>, const N: usize>(
    prediction: Prediction,
    residuals: &[[u8; N]],
    out: &mut [[u8; N]],
) {
    let (row, plane) = (prediction.row.min(out.len()), prediction.plane.min(out.len()));
    match prediction.from {
        super::From::Before => drop(running_sum::<T, N>(residuals, out, T::default())),
        super::From::RowBefore => {
            running_sum::<T, N>(&residuals[..row], &mut out[..row], T::default());
            sums_at_distance::<T, N>(row, row, residuals, out);
        }
        super::From::PlaneBefore => {
            running_sum::<T, N>(&residuals[..row], &mut out[..row], T::default());
            sums_at_distance::<T, N>(row, row, &residuals[..plane], &mut out[..plane]);
            sums_at_distance::<T, N>(plane, plane, residuals, out);
        }
        super::From::Lorenzo => {
            // Whole rows at once, so that what one step leaves is in the cache for the next.
            let mut carry = running_sum::<T, N>(&residuals[..row], &mut out[..row], T::default());
            let mut done = row;
            while done < out.len() {
                let end = out.len().min(done + row.max(BLOCK));
                carry = running_sum::<T, N>(&residuals[done..end], &mut out[done..end], carry);
                add_at_distance::<T, N>(row, done, &mut out[..end]);
                done = end;
            }
        }
        super::From::Median { is_signed: true } => slant::decode::<Median<true>, T, N>(row, residuals, out),
        super::From::Median { is_signed: false } => slant::decode::<Median<false>, T, N>(row, residuals, out),
        super::From::Mean { is_signed: true } => slant::decode::<Mean<true>, T, N>(row, residuals, out),
        super::From::Mean { is_signed: false } => slant::decode::<Mean<false>, T, N>(row, residuals, out),
    }
}

/// Elements that are worked on at a time if rows are short.
const BLOCK: usize = 2048;

/// From `from` on, each residual added to the number `distance` before.
fn sums_at_distance<T: Word<N>, const N: usize>(
    distance: usize,
    from: usize,
    residuals: &[[u8; N]],
    out: &mut [[u8; N]],
) {
    let from = if is_near::<N>(distance, out.len() - from) {
        near::sums::<T, N, true>(distance, from, residuals, out)
    } else {
        from
    };
    kernels::as_wide(FarSums::<T, N> { distance, from, residuals, out, words: PhantomData });
}

/// From `from` on, each residual added to the number `distance` before.
struct FarSums<'n, T, const N: usize> {
    distance: usize,
    from: usize,
    residuals: &'n [[u8; N]],
    out: &'n mut [[u8; N]],
    /// The integers that the numbers are read as.
    words: PhantomData<T>,
}

impl<T: Word<N>, const N: usize> kernels::Wide for FarSums<'_, T, N> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        /// What is as far is ready before it is needed, whether a row ends in between or not.
        const AT_ONCE: usize = near::MOST_BYTES;
        let Self { distance, from, residuals, out, .. } = self;
        let count = AT_ONCE / N;
        let mut at = from;
        while distance >= count && at + count <= out.len() {
            let mut sums = [0; AT_ONCE];
            sums.copy_from_slice(out[at - distance..][..count].as_flattened());
            let residuals = residuals[at..][..count].as_flattened();
            let (sums_of, residuals) = (sums.as_chunks_mut::<N>().0, residuals.as_chunks::<N>().0);
            for i in 0..count {
                sums_of[i] = T::from_le(residuals[i]).unzigzag().plus(T::from_le(sums_of[i])).to_le();
            }
            out[at..at + count].as_flattened_mut().copy_from_slice(&sums);
            at += count;
        }
        while at < out.len() && distance > 0 {
            out[at] = T::from_le(residuals[at]).unzigzag().plus(T::from_le(out[at - distance])).to_le();
            at += 1;
        }
    }
}

/// From `from` on, each number added to the one `distance` before, which was summed up already.
pub(super) fn add_at_distance<T: Word<N>, const N: usize>(
    distance: usize,
    mut from: usize,
    out: &mut [[u8; N]],
) {
    if is_near::<N>(distance, out.len() - from) {
        // The kernels read and write apart.
        let mut numbers = [[0; N]; BLOCK];
        loop {
            let start = from - distance;
            let end = out.len().min(start + BLOCK);
            let numbers = &mut numbers[..end - start];
            numbers.copy_from_slice(&out[start..end]);
            let done =
                near::sums::<T, N, false>(distance, distance, numbers, &mut out[start..end]) - distance;
            from += done;
            // What is not done may be overwritten.
            out[from..end].copy_from_slice(&numbers[from - start..]);
            if done == 0 || end == out.len() {
                break;
            }
        }
    }
    by_distance(distance, from, out, |_, before, now| {
        for (to, before) in now.iter_mut().zip(before) {
            *to = T::from_le(*to).plus(T::from_le(*before)).to_le();
        }
    });
}

/// Whether there are vectors for sums at this distance, and enough elements.
fn is_near<const N: usize>(distance: usize, len: usize) -> bool {
    distance > 0 && distance * N <= near::MOST_BYTES && len > near::MOST_BYTES
}

/// Calls `step` for stretches of at most `distance` elements from `from` on: where one starts, what lies `distance` before
/// it, and itself.
#[inline]
fn by_distance<const N: usize>(
    distance: usize,
    from: usize,
    out: &mut [[u8; N]],
    mut step: impl FnMut(usize, &[[u8; N]], &mut [[u8; N]]),
) {
    let mut start = from;
    while start < out.len() && distance > 0 {
        let (before, now) = out.split_at_mut(start);
        let len = now.len().min(distance);
        step(start, &before[start - distance..], &mut now[..len]);
        start += len;
    }
}

/// The difference of each number from the one `distance` before, as it is.
pub(super) fn subtract_at_distance<T: Word<N>, const N: usize>(
    distance: usize,
    numbers: &[[u8; N]],
    out: &mut [[u8; N]],
) {
    let first = distance.min(numbers.len());
    out[..first].copy_from_slice(&numbers[..first]);
    for ((to, now), before) in out[first..].iter_mut().zip(&numbers[first..]).zip(numbers) {
        *to = T::from_le(*now).minus(T::from_le(*before)).to_le();
    }
}
