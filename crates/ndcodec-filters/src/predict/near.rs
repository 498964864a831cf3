//! Running sums at a small distance: rows of a few elements, such as the colours of a pixel.
//!
//! Row by row, each row waits for the one before it, and is too short for a vector.

#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "intrinsics that every x86-64 has want to be told so")
)]

use crate::numbers::Word;

/// The most bytes of a distance at which it pays to be here.
pub(super) const MOST_BYTES: usize = 64;

/// From `from` on, writes each residual plus the number `distance` before it, which is at most [`MOST_BYTES`] away, to
/// `out`. Residuals are zigzagged, or else summed up as they are. Returns how many elements are done: the last few may not
/// be.
pub(super) fn sums<T: Word<N>, const N: usize, const ZIGZAG: bool>(
    distance: usize,
    from: usize,
    residuals: &[[u8; N]],
    out: &mut [[u8; N]],
) -> usize {
    let (before, out) = out.split_at_mut(from);
    let before = &before[from - distance..];
    let residuals = &residuals[from..];
    #[cfg(target_arch = "x86_64")]
    let done = {
        let done = super::avx2::sums::<N, ZIGZAG>(before, residuals, out);
        let (ready, out) = out.split_at_mut(done);
        let before = if done > 0 { &ready[done - distance..] } else { before };
        // SAFETY: every x86-64 has SSE2.
        done + unsafe { sse2::sums::<N, ZIGZAG>(before, &residuals[done..], out) }
    };
    #[cfg(not(target_arch = "x86_64"))]
    let done = few::<T, N, ZIGZAG>(before, residuals, out);
    from + done
}

/// Of up to four elements, one after the other, but none by way of memory.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn few<T: Word<N>, const N: usize, const ZIGZAG: bool>(
    before: &[[u8; N]],
    residuals: &[[u8; N]],
    out: &mut [[u8; N]],
) -> usize {
    fn of<T: Word<N>, const N: usize, const ZIGZAG: bool, const COUNT: usize>(
        before: &[[u8; N]],
        residuals: &[[u8; N]],
        out: &mut [[u8; N]],
    ) -> usize {
        let mut sums = [T::default(); COUNT];
        sums.iter_mut().zip(before).for_each(|(sum, before)| *sum = T::from_le(*before));
        let rows = residuals.as_chunks::<COUNT>().0;
        for (to, row) in out.as_chunks_mut::<COUNT>().0.iter_mut().zip(rows) {
            for ((to, residual), sum) in to.iter_mut().zip(row).zip(&mut sums) {
                let residual = T::from_le(*residual);
                *sum = sum.plus(if ZIGZAG { residual.unzigzag() } else { residual });
                *to = sum.to_le();
            }
        }
        rows.len() * COUNT
    }
    match before.len() {
        1 => of::<T, N, ZIGZAG, 1>(before, residuals, out),
        2 => of::<T, N, ZIGZAG, 2>(before, residuals, out),
        3 => of::<T, N, ZIGZAG, 3>(before, residuals, out),
        4 => of::<T, N, ZIGZAG, 4>(before, residuals, out),
        _ => 0,
    }
}

#[cfg(target_arch = "x86_64")]
mod sse2 {
    use std::arch::x86_64::*;

    use bytemuck::must_cast;

    use super::MOST_BYTES;
    use crate::predict::running::sse2::{add, unzigzag};

    /// Returns how many elements are done.
    #[target_feature(enable = "sse2")]
    pub(super) fn sums<const N: usize, const ZIGZAG: bool>(
        before: &[[u8; N]],
        residuals: &[[u8; N]],
        out: &mut [[u8; N]],
    ) -> usize {
        let (residuals, out) = (residuals.as_flattened(), out.as_flattened_mut());
        let mut rows = [0; MOST_BYTES];
        let distance = before.as_flattened().len();
        rows[..distance].copy_from_slice(before.as_flattened());
        let done = match distance {
            1 if N == 1 => within::<N, 1, ZIGZAG>(&rows, residuals, out),
            2 if N <= 2 => within::<N, 2, ZIGZAG>(&rows, residuals, out),
            3 if N == 1 => within::<N, 3, ZIGZAG>(&rows, residuals, out),
            4 if N <= 4 => within::<N, 4, ZIGZAG>(&rows, residuals, out),
            5 if N == 1 => within::<N, 5, ZIGZAG>(&rows, residuals, out),
            6 if N <= 2 => within::<N, 6, ZIGZAG>(&rows, residuals, out),
            7 if N == 1 => within::<N, 7, ZIGZAG>(&rows, residuals, out),
            8 => within::<N, 8, ZIGZAG>(&rows, residuals, out),
            0..=16 => across::<N, 1, ZIGZAG>(distance, &rows, residuals, out),
            17..=32 => across::<N, 2, ZIGZAG>(distance, &rows, residuals, out),
            33..=48 => across::<N, 3, ZIGZAG>(distance, &rows, residuals, out),
            _ => across::<N, 4, ZIGZAG>(distance, &rows, residuals, out),
        };
        done / N
    }

    /// Several rows of `D` bytes in a vector, of which the last bytes belong to none. As in running sums, the sums of a
    /// vector are made without those before it.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn within<const N: usize, const D: usize, const ZIGZAG: bool>(
        before: &[u8; MOST_BYTES],
        residuals: &[u8],
        out: &mut [u8],
    ) -> usize {
        let mut carry = repeat::<D>(vector(before));
        let mut done = 0;
        while let (Some(from), Some(to)) = (
            residuals.get(done..).and_then(<[u8]>::first_chunk::<16>),
            out.get_mut(done..).and_then(<[u8]>::first_chunk_mut::<16>),
        ) {
            let mut sums = residual::<N, ZIGZAG>(must_cast(*from));
            sums = add::<N>(sums, up(sums, D));
            if 2 * D < 16 {
                sums = add::<N>(sums, up(sums, 2 * D));
            }
            if 4 * D < 16 {
                sums = add::<N>(sums, up(sums, 4 * D));
            }
            if 8 * D < 16 {
                sums = add::<N>(sums, up(sums, 8 * D));
            }
            *to = must_cast(add::<N>(sums, carry));
            // The last whole row alone.
            carry = add::<N>(carry, repeat::<D>(down(sums, 16 / D * D - D)));
            done += 16 / D * D;
        }
        done
    }

    /// One row of at most `VECTORS` vectors at a time. What is written beyond it belongs to the next.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn across<const N: usize, const VECTORS: usize, const ZIGZAG: bool>(
        distance: usize,
        before: &[u8; MOST_BYTES],
        residuals: &[u8],
        out: &mut [u8],
    ) -> usize {
        let mut sums: [__m128i; VECTORS] = std::array::from_fn(|at| {
            let mut sum = [0; 16];
            sum.copy_from_slice(&before[16 * at..][..16]);
            must_cast(sum)
        });
        let mut done = 0;
        while let (Some(from), Some(to)) = (
            residuals.get(done..).and_then(|from| from.as_chunks::<16>().0.first_chunk::<VECTORS>()),
            out.get_mut(done..).and_then(|to| to.as_chunks_mut::<16>().0.first_chunk_mut::<VECTORS>()),
        ) {
            for at in 0..VECTORS {
                sums[at] = add::<N>(sums[at], residual::<N, ZIGZAG>(must_cast(from[at])));
                to[at] = must_cast(sums[at]);
            }
            done += distance;
        }
        done
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn residual<const N: usize, const ZIGZAG: bool>(a: __m128i) -> __m128i {
        if ZIGZAG { unzigzag::<N>(a) } else { a }
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn vector(bytes: &[u8; MOST_BYTES]) -> __m128i {
        must_cast(*bytes.first_chunk::<16>().unwrap_or(&[0; 16]))
    }

    /// The first `D` bytes again and again.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn repeat<const D: usize>(a: __m128i) -> __m128i {
        let mut all = down(up(a, 16 - D), 16 - D);
        all = _mm_or_si128(all, up(all, D));
        if 2 * D < 16 {
            all = _mm_or_si128(all, up(all, 2 * D));
        }
        if 4 * D < 16 {
            all = _mm_or_si128(all, up(all, 4 * D));
        }
        if 8 * D < 16 {
            all = _mm_or_si128(all, up(all, 8 * D));
        }
        all
    }

    /// A shift by bytes that the compiler knows, which has to be a literal.
    macro_rules! shift {
        ($name:ident, $by:ident: $($bytes:literal)*) => {
            #[inline]
            #[target_feature(enable = "sse2")]
            fn $name(a: __m128i, bytes: usize) -> __m128i {
                match bytes {
                    0 => a,
                    $($bytes => $by::<$bytes>(a),)*
                    _ => _mm_setzero_si128(),
                }
            }
        };
    }
    shift!(up, _mm_slli_si128: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    shift!(down, _mm_srli_si128: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Word<N> + std::fmt::Debug, const N: usize, const ZIGZAG: bool>() {
        let noise: Vec<[u8; N]> = (0..300_u64)
            .map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15).swap_bytes().to_le_bytes())
            .map(|bytes| *bytes.first_chunk().expect("it has N bytes"))
            .collect();
        for distance in 1..=MOST_BYTES / N {
            for len in (0..3 * distance).chain(noise.len() - distance - 20..noise.len() - distance) {
                let mut expected = noise[..distance + len].to_vec();
                for at in distance..distance + len {
                    let residual = T::from_le(noise[at]);
                    let residual = if ZIGZAG { residual.unzigzag() } else { residual };
                    expected[at] = residual.plus(T::from_le(expected[at - distance])).to_le();
                }
                let mut quick = noise[..distance + len].to_vec();
                quick[distance..].fill([0x55; N]);
                let done = sums::<T, N, ZIGZAG>(distance, distance, &noise[..distance + len], &mut quick);
                assert_eq!(quick[..done], expected[..done], "{len} elements of {N} bytes, {distance} apart");
                let mut plain = noise[..distance + len].to_vec();
                let (before, out) = plain.split_at_mut(distance);
                let done = few::<T, N, ZIGZAG>(before, &noise[distance..distance + len], out);
                assert_eq!(out[..done], expected[distance..][..done], "{len} elements, {distance} apart");
                assert!(distance > 4 || done + distance > len, "{done} of {len}, {distance} apart");
            }
        }
    }

    #[test]
    fn vectors_sum_up_at_a_distance_what_single_elements_do() {
        check::<u8, 1, true>();
        check::<u16, 2, true>();
        check::<u32, 4, true>();
        check::<u64, 8, true>();
        check::<u8, 1, false>();
        check::<u16, 2, false>();
        check::<u32, 4, false>();
        check::<u64, 8, false>();
    }
}
