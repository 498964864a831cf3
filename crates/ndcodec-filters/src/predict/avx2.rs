//! Running sums 32 bytes at a time, as two lanes of 16 that are summed up each by itself first.
//!
//! From step to step there is one addition to wait for: what the steps before sum up to is added to both lanes, and what the
//! low lane sums up to is added to the high one.

#![expect(unsafe_code, reason = "the callers know whether the processor has AVX2")]

use std::arch::x86_64::*;

use bytemuck::must_cast;

use crate::kernels::has_avx2;
use crate::numbers::Word;

const WIDTH: usize = 32;
const LANE: usize = WIDTH / 2;

/// Writes the running sums of zigzagged `residuals`, after `carry`. Returns the last sum and how many elements are done: none
/// if the processor has no AVX2.
pub(super) fn running_sum<T: Word<N>, const N: usize>(
    residuals: &[[u8; N]],
    out: &mut [[u8; N]],
    carry: T,
) -> (T, usize) {
    if !has_avx2() || residuals.len() * N < WIDTH {
        return (carry, 0);
    }
    // SAFETY: the processor has AVX2.
    unsafe { running::<T, N>(residuals, out, carry) }
}

/// Adds to each residual, zigzagged or as it is, what is `before.len()` elements before, at most eight bytes away. Returns how
/// many elements are done: whole rows of so many, or none if the processor has no AVX2.
pub(super) fn sums<const N: usize, const ZIGZAG: bool>(
    before: &[[u8; N]],
    residuals: &[[u8; N]],
    out: &mut [[u8; N]],
) -> usize {
    if !has_avx2() {
        return 0;
    }
    let before = before.as_flattened();
    let (residuals, out) = (residuals.as_flattened(), out.as_flattened_mut());
    // SAFETY: the processor has AVX2.
    let done = unsafe {
        match before.len() {
            1 if N == 1 => rows::<N, 1, ZIGZAG>(before, residuals, out),
            2 if N <= 2 => rows::<N, 2, ZIGZAG>(before, residuals, out),
            3 if N == 1 => rows::<N, 3, ZIGZAG>(before, residuals, out),
            4 if N <= 4 => rows::<N, 4, ZIGZAG>(before, residuals, out),
            5 if N == 1 => rows::<N, 5, ZIGZAG>(before, residuals, out),
            6 if N <= 2 => rows::<N, 6, ZIGZAG>(before, residuals, out),
            7 if N == 1 => rows::<N, 7, ZIGZAG>(before, residuals, out),
            8 => rows::<N, 8, ZIGZAG>(before, residuals, out),
            _ => 0,
        }
    };
    done / N
}

#[target_feature(enable = "avx2")]
fn running<T: Word<N>, const N: usize>(residuals: &[[u8; N]], out: &mut [[u8; N]], carry: T) -> (T, usize) {
    let mut carry = repeat::<N>(&carry.to_le());
    let vectors = residuals.as_flattened().as_chunks::<WIDTH>().0;
    let rows = out.as_flattened_mut().as_chunks_mut::<WIDTH>().0;
    for (to, from) in rows.iter_mut().zip(vectors) {
        let sums = lane_sums::<N, N>(unzigzag::<N>(must_cast(*from)));
        let (all, sum) = both_lanes::<N, N>(sums, carry);
        *to = must_cast(all);
        carry = sum;
    }
    let bytes: [u8; WIDTH] = must_cast(carry);
    let last = bytes.first_chunk::<N>().copied().unwrap_or([0; N]);
    (T::from_le(last), vectors.len() * WIDTH / N)
}

/// Rows of `D` bytes, as many as fit a lane.
#[target_feature(enable = "avx2")]
fn rows<const N: usize, const D: usize, const ZIGZAG: bool>(
    before: &[u8],
    residuals: &[u8],
    out: &mut [u8],
) -> usize {
    let of_lane = LANE / D * D;
    let mut carry = repeat::<D>(before);
    let mut done = 0;
    while done + of_lane + LANE <= residuals.len().min(out.len()) {
        let lane = |at: usize| -> __m128i {
            must_cast(residuals[at..].first_chunk::<LANE>().copied().unwrap_or([0; LANE]))
        };
        let residuals = _mm256_set_m128i(lane(done + of_lane), lane(done));
        let residuals = if ZIGZAG { unzigzag::<N>(residuals) } else { residuals };
        let (all, sum) = both_lanes::<N, D>(lane_sums::<N, D>(residuals), carry);
        let [low, high]: [[u8; LANE]; 2] = must_cast(all);
        // The last bytes of a lane may be no whole row. The next lane writes over them.
        out[done..done + LANE].copy_from_slice(&low);
        out[done + of_lane..done + of_lane + LANE].copy_from_slice(&high);
        carry = sum;
        done += 2 * of_lane;
    }
    done
}

/// The sums of both lanes from the beginning, and the last of them, in every row of `D` bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn both_lanes<const N: usize, const D: usize>(sums: __m256i, carry: __m256i) -> (__m256i, __m256i) {
    let last = _mm256_shuffle_epi8(sums, must_cast(last_row::<D>()));
    let of_low_lane = _mm256_permute2x128_si256::<0x08>(last, last);
    let of_other_lane = _mm256_permute2x128_si256::<0x01>(last, last);
    let all = add::<N>(add::<N>(sums, of_low_lane), carry);
    (all, add::<N>(carry, add::<N>(last, of_other_lane)))
}

/// For each byte of a lane the one at its place in the last whole row of `D` bytes.
#[expect(clippy::cast_possible_truncation, reason = "places in a lane")]
const fn last_row<const D: usize>() -> [u8; WIDTH] {
    let mut places = [0; WIDTH];
    let mut at = 0;
    while at < WIDTH {
        places[at] = (LANE / D * D - D + at % LANE % D) as u8;
        at += 1;
    }
    places
}

/// The first `D` bytes again and again, in each lane from its beginning.
#[inline]
#[target_feature(enable = "avx2")]
fn repeat<const D: usize>(first: &[u8]) -> __m256i {
    let bytes: [u8; WIDTH] = std::array::from_fn(|at| first[at % LANE % D]);
    must_cast(bytes)
}

/// The running sums of rows of `D` bytes within each lane.
#[inline]
#[target_feature(enable = "avx2")]
fn lane_sums<const N: usize, const D: usize>(mut sums: __m256i) -> __m256i {
    sums = add::<N>(sums, up(sums, D));
    if 2 * D < LANE {
        sums = add::<N>(sums, up(sums, 2 * D));
    }
    if 4 * D < LANE {
        sums = add::<N>(sums, up(sums, 4 * D));
    }
    if 8 * D < LANE {
        sums = add::<N>(sums, up(sums, 8 * D));
    }
    sums
}

/// A shift within each lane by bytes that the compiler knows, which has to be a literal.
#[inline]
#[target_feature(enable = "avx2")]
fn up(a: __m256i, bytes: usize) -> __m256i {
    macro_rules! up {
        ($($bytes:literal)*) => {
            match bytes {
                $($bytes => _mm256_slli_si256::<$bytes>(a),)*
                _ => _mm256_setzero_si256(),
            }
        };
    }
    up!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
}

#[inline]
#[target_feature(enable = "avx2")]
fn add<const N: usize>(a: __m256i, b: __m256i) -> __m256i {
    match N {
        1 => _mm256_add_epi8(a, b),
        2 => _mm256_add_epi16(a, b),
        4 => _mm256_add_epi32(a, b),
        _ => _mm256_add_epi64(a, b),
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn unzigzag<const N: usize>(a: __m256i) -> __m256i {
    let zero = _mm256_setzero_si256();
    match N {
        1 => {
            let (one, half) = (_mm256_set1_epi8(1), _mm256_set1_epi8(0x7f));
            let sign = _mm256_sub_epi8(zero, _mm256_and_si256(a, one));
            _mm256_xor_si256(_mm256_and_si256(_mm256_srli_epi16::<1>(a), half), sign)
        }
        2 => {
            let sign = _mm256_sub_epi16(zero, _mm256_and_si256(a, _mm256_set1_epi16(1)));
            _mm256_xor_si256(_mm256_srli_epi16::<1>(a), sign)
        }
        4 => {
            let sign = _mm256_sub_epi32(zero, _mm256_and_si256(a, _mm256_set1_epi32(1)));
            _mm256_xor_si256(_mm256_srli_epi32::<1>(a), sign)
        }
        _ => {
            let sign = _mm256_sub_epi64(zero, _mm256_and_si256(a, _mm256_set1_epi64x(1)));
            _mm256_xor_si256(_mm256_srli_epi64::<1>(a), sign)
        }
    }
}
