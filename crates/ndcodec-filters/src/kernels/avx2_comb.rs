//! Numbers that lie apart, such as one colour of pixels, taken together and put back, 16 bytes at a time.

use std::arch::x86_64::*;

use bytemuck::must_cast;

/// Takes number `first` of every `STEP` numbers of `N` bytes together in `out`. Returns how many are done.
///
/// As many as fill a vector lie in `STEP` vectors.
#[target_feature(enable = "avx2")]
pub(super) fn gather<const N: usize, const STEP: usize>(items: &[u8], first: usize, out: &mut [u8]) -> usize {
    let mut places = [_mm_setzero_si128(); STEP];
    for at in 0..STEP {
        places[at] = must_cast(places_taken::<N, STEP>(first, at));
    }
    let groups = items.as_chunks::<16>().0.as_chunks::<STEP>().0;
    let out = out.as_chunks_mut::<16>().0;
    let count = groups.len().min(out.len());
    for group in 0..count {
        let mut numbers = _mm_setzero_si128();
        for at in 0..STEP {
            let from: __m128i = must_cast(groups[group][at]);
            numbers = _mm_or_si128(numbers, _mm_shuffle_epi8(from, places[at]));
        }
        out[group] = must_cast(numbers);
    }
    count * 16 / N
}

/// Undoes [`gather`]: the other numbers of `items` stay.
#[target_feature(enable = "avx2")]
pub(super) fn scatter<const N: usize, const STEP: usize>(
    numbers: &[u8],
    first: usize,
    items: &mut [u8],
) -> usize {
    let mut places = [_mm_setzero_si128(); STEP];
    for at in 0..STEP {
        places[at] = must_cast(places_put::<N, STEP>(first, at));
    }
    let numbers = numbers.as_chunks::<16>().0;
    let groups = items.as_chunks_mut::<16>().0.as_chunks_mut::<STEP>().0;
    let count = groups.len().min(numbers.len());
    for group in 0..count {
        let from: __m128i = must_cast(numbers[group]);
        for at in 0..STEP {
            // The highest bit of a place chooses.
            let others: __m128i = must_cast(groups[group][at]);
            let ours = _mm_shuffle_epi8(from, places[at]);
            groups[group][at] = must_cast(_mm_blendv_epi8(ours, others, places[at]));
        }
    }
    count * 16 / N
}

/// Where in no vector.
const NOWHERE: u8 = 0x80;

/// For each byte of the numbers that are taken together, its place in vector `at` of the group.
fn places_taken<const N: usize, const STEP: usize>(first: usize, at: usize) -> [u8; 16] {
    let mut places = [NOWHERE; 16];
    for byte in 0..16 {
        let place = (byte / N * STEP + first) * N + byte % N;
        if place / 16 == at {
            places[byte] = NIBBLES[place % 16];
        }
    }
    places
}

/// For each byte of vector `at` of the group, its place among the numbers that are taken together.
fn places_put<const N: usize, const STEP: usize>(first: usize, at: usize) -> [u8; 16] {
    let mut places = [NOWHERE; 16];
    for byte in 0..16 {
        let place = 16 * at + byte;
        if place / N % STEP == first {
            places[byte] = NIBBLES[(place / N / STEP * N + place % N) % 16];
        }
    }
    places
}

const NIBBLES: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
