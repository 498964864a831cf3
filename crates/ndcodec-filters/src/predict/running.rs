//! Running sums of zigzagged integers: what undoing a prediction costs.

#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "intrinsics that every x86-64 has want to be told so")
)]

use crate::numbers::Word;

/// Writes the running sums of `residuals`, after `carry`, and returns the last.
#[inline]
pub(super) fn running_sum<T: Word<N>, const N: usize>(
    residuals: &[[u8; N]],
    out: &mut [[u8; N]],
    carry: T,
) -> T {
    #[cfg(target_arch = "x86_64")]
    let (residuals, out, carry) = {
        let (carry, done) = super::avx2::running_sum::<T, N>(residuals, out, carry);
        let (residuals, out) = (&residuals[done..], &mut out[done..]);
        // SAFETY: every x86-64 has SSE2.
        let (carry, done) = unsafe { sse2::running_sum::<T, N>(residuals, out, carry) };
        (&residuals[done..], &mut out[done..], carry)
    };
    one_by_one(residuals, out, carry)
}

fn one_by_one<T: Word<N>, const N: usize>(residuals: &[[u8; N]], out: &mut [[u8; N]], carry: T) -> T {
    let mut sum = carry;
    for (to, residual) in out.iter_mut().zip(residuals) {
        sum = sum.plus(T::from_le(*residual).unzigzag());
        *to = sum.to_le();
    }
    sum
}

/// Sixteen bytes at a time, on every x86-64. The sum of a vector is made without the one before it, so that from vector to
/// vector there is one addition to wait for.
#[cfg(target_arch = "x86_64")]
pub(super) mod sse2 {
    use std::arch::x86_64::*;

    use bytemuck::must_cast;

    use crate::numbers::Word;

    /// Returns the last sum and how many elements are done.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn running_sum<T: Word<N>, const N: usize>(
        residuals: &[[u8; N]],
        out: &mut [[u8; N]],
        carry: T,
    ) -> (T, usize) {
        // Of eight bytes, two additions at a time are no quicker than one.
        if N == 8 {
            return (carry, 0);
        }
        let mut first = [0; 16];
        first[..N].copy_from_slice(&carry.to_le());
        let mut carry: __m128i = spread::<N>(must_cast(first), 0);
        let (vectors, rows) =
            (residuals.as_flattened().as_chunks::<16>().0, out.as_flattened_mut().as_chunks_mut::<16>().0);
        for (to, from) in rows.iter_mut().zip(vectors) {
            let sums = sums::<N>(unzigzag::<N>(must_cast(*from)));
            *to = must_cast(add::<N>(sums, carry));
            carry = add::<N>(carry, spread::<N>(sums, 16 / N - 1));
        }
        let done = vectors.len() * 16 / N;
        let bytes: [u8; 16] = must_cast(carry);
        let last = bytes.first_chunk::<N>().copied().unwrap_or([0; N]);
        (T::from_le(last), done)
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(in crate::predict) fn add<const N: usize>(a: __m128i, b: __m128i) -> __m128i {
        match N {
            1 => _mm_add_epi8(a, b),
            2 => _mm_add_epi16(a, b),
            4 => _mm_add_epi32(a, b),
            _ => _mm_add_epi64(a, b),
        }
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(in crate::predict) fn unzigzag<const N: usize>(a: __m128i) -> __m128i {
        let zero = _mm_setzero_si128();
        match N {
            1 => {
                let (one, half) = (_mm_set1_epi8(1), _mm_set1_epi8(0x7f));
                let sign = _mm_sub_epi8(zero, _mm_and_si128(a, one));
                _mm_xor_si128(_mm_and_si128(_mm_srli_epi16::<1>(a), half), sign)
            }
            2 => {
                let sign = _mm_sub_epi16(zero, _mm_and_si128(a, _mm_set1_epi16(1)));
                _mm_xor_si128(_mm_srli_epi16::<1>(a), sign)
            }
            4 => {
                let sign = _mm_sub_epi32(zero, _mm_and_si128(a, _mm_set1_epi32(1)));
                _mm_xor_si128(_mm_srli_epi32::<1>(a), sign)
            }
            _ => {
                let sign = _mm_sub_epi64(zero, _mm_and_si128(a, _mm_set1_epi64x(1)));
                _mm_xor_si128(_mm_srli_epi64::<1>(a), sign)
            }
        }
    }

    /// The running sums within a vector.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn sums<const N: usize>(mut a: __m128i) -> __m128i {
        if N <= 1 {
            a = _mm_add_epi8(a, _mm_slli_si128::<1>(a));
        }
        if N <= 2 {
            a = add::<N>(a, _mm_slli_si128::<2>(a));
        }
        a = add::<N>(a, _mm_slli_si128::<4>(a));
        add::<N>(a, _mm_slli_si128::<8>(a))
    }

    /// Element `at`, which is the first or the last, in every place.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn spread<const N: usize>(a: __m128i, at: usize) -> __m128i {
        let is_first = at == 0;
        match N {
            1 => {
                let pairs = if is_first { _mm_unpacklo_epi8(a, a) } else { _mm_unpackhi_epi8(a, a) };
                spread::<2>(pairs, if is_first { 0 } else { 7 })
            }
            2 if is_first => _mm_shuffle_epi32::<0>(_mm_shufflelo_epi16::<0>(a)),
            2 => _mm_shuffle_epi32::<0xff>(_mm_shufflehi_epi16::<0xff>(a)),
            _ if is_first => _mm_shuffle_epi32::<0>(a),
            _ => _mm_shuffle_epi32::<0xff>(a),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Word<N> + std::fmt::Debug, const N: usize>() {
        let noise: Vec<[u8; N]> = (0..200_u64)
            .map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15).swap_bytes().to_le_bytes())
            .map(|bytes| *bytes.first_chunk().expect("it has N bytes"))
            .collect();
        for len in 0..noise.len() {
            let carry = T::from_le(noise[len / 2]);
            let (mut quick, mut plain) = (vec![[0; N]; len], vec![[0; N]; len]);
            let ends = [
                running_sum::<T, N>(&noise[..len], &mut quick, carry),
                one_by_one::<T, N>(&noise[..len], &mut plain, carry),
            ];
            assert_eq!((ends[0], quick), (ends[1], plain), "{len} elements of {N} bytes");
        }
    }

    #[test]
    fn vectors_sum_up_what_single_elements_do() {
        check::<u8, 1>();
        check::<u16, 2>();
        check::<u32, 4>();
        check::<u64, 8>();
    }
}
