//! The kernels that this processor has.

#![expect(
    unsafe_code,
    reason = "a function for some processors is called only where the processor is found to be one"
)]

use super::Place;
#[cfg(target_arch = "x86_64")]
use crate::strips::Scratch;

/// Goes on from a byte of each row, and answers how far it came.
type Split = fn(&[u8], &mut [u8], Place, usize) -> usize;
type Join = fn(&[u8], Place, &mut [u8], usize) -> usize;
type JoinApart<const S: usize> = fn(&[&[u8]; S], &mut [u8], usize) -> usize;

/// The widest kernel that there is, then a narrow one for what it leaves.
#[cfg(target_arch = "x86_64")]
pub(super) fn splits<const S: usize, const BITS: bool>() -> [Split; 2] {
    // SAFETY: every x86-64 has SSE2.
    let narrow: Split =
        |tiles, rows, place, done| unsafe { super::sse2::split::<S, BITS>(tiles, rows, place, done) };
    let wide: Split = if has_avx512() {
        // SAFETY: this one has what `has_avx512` asks for.
        |tiles, rows, place, done| unsafe { super::avx512::split::<S, BITS>(tiles, rows, place, done) }
    } else if is_x86_feature_detected!("avx2") {
        // SAFETY: this one has AVX2.
        |tiles, rows, place, done| unsafe { super::avx2::split::<S, BITS>(tiles, rows, place, done) }
    } else {
        narrow
    };
    [wide, narrow]
}

/// As [`splits`].
#[cfg(target_arch = "x86_64")]
pub(super) fn joins<const S: usize, const BITS: bool>() -> [Join; 2] {
    // SAFETY: every x86-64 has SSE2.
    let narrow: Join =
        |rows, place, tiles, done| unsafe { super::sse2::join::<S, BITS>(rows, place, tiles, done) };
    let wide: Join = if has_avx512() {
        // SAFETY: this one has what `has_avx512` asks for.
        |rows, place, tiles, done| unsafe { super::avx512::join::<S, BITS>(rows, place, tiles, done) }
    } else if is_x86_feature_detected!("avx2") {
        // SAFETY: this one has AVX2.
        |rows, place, tiles, done| unsafe { super::avx2::join::<S, BITS>(rows, place, tiles, done) }
    } else {
        narrow
    };
    [wide, narrow]
}

/// As [`splits`].
#[cfg(target_arch = "x86_64")]
pub(super) fn joins_apart<const S: usize>() -> [JoinApart<S>; 2] {
    // SAFETY: every x86-64 has SSE2.
    let narrow: JoinApart<S> =
        |rows, tiles, done| unsafe { super::sse2::join_apart::<S, false>(rows, tiles, done) };
    let wide: JoinApart<S> = if has_avx512() {
        // SAFETY: this one has what `has_avx512` asks for.
        |rows, tiles, done| unsafe { super::avx512::join_apart::<S, false>(rows, tiles, done) }
    } else if is_x86_feature_detected!("avx2") {
        // SAFETY: this one has AVX2.
        |rows, tiles, done| unsafe { super::avx2::join_apart::<S, false>(rows, tiles, done) }
    } else {
        narrow
    };
    [wide, narrow]
}

/// As [`super::split_bits`], with what the processor has for it. Answers how many bytes of each row are done.
#[cfg(target_arch = "x86_64")]
pub(super) fn split_bits<const S: usize>(
    items: &[u8],
    rows: &mut [u8],
    place: Place,
    planes: &mut Scratch,
) -> usize {
    if !has_avx512() {
        return 0;
    }
    // SAFETY: this one has what `has_avx512` asks for.
    unsafe { super::avx512::split_bits::<S>(items, rows, place, planes) }
}

/// As [`super::join_bits`], with what the processor has for it. Answers how many bytes of each row are done.
#[cfg(target_arch = "x86_64")]
pub(super) fn join_bits<const S: usize>(
    rows: &[u8],
    place: Place,
    items: &mut [u8],
    planes: &mut Scratch,
) -> usize {
    if !has_avx512() {
        return 0;
    }
    // SAFETY: this one has what `has_avx512` asks for.
    unsafe { super::avx512::join_bits::<S>(rows, place, items, planes) }
}

#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vbmi")
        && is_x86_feature_detected!("gfni")
}

#[cfg(target_arch = "aarch64")]
pub(super) fn splits<const S: usize, const BITS: bool>() -> [Split; 1] {
    // SAFETY: every aarch64 that Rust has a target for has NEON.
    [|tiles, rows, place, done| unsafe { super::neon::split::<S, BITS>(tiles, rows, place, done) }]
}

/// As [`splits`].
#[cfg(target_arch = "aarch64")]
pub(super) fn joins<const S: usize, const BITS: bool>() -> [Join; 1] {
    // SAFETY: every aarch64 that Rust has a target for has NEON.
    [|rows, place, tiles, done| unsafe { super::neon::join::<S, BITS>(rows, place, tiles, done) }]
}

/// As [`splits`].
#[cfg(target_arch = "aarch64")]
pub(super) fn joins_apart<const S: usize>() -> [JoinApart<S>; 1] {
    // SAFETY: every aarch64 that Rust has a target for has NEON.
    [|rows, tiles, done| unsafe { super::neon::join_apart::<S, false>(rows, tiles, done) }]
}

/// The kernels that this processor has, by name.
#[cfg(all(test, target_arch = "x86_64"))]
pub(super) fn every<const S: usize, const BITS: bool>() -> Vec<(&'static str, Split, Join, JoinApart<S>)> {
    let mut every: Vec<(_, Split, Join, JoinApart<S>)> = vec![(
        "sse2",
        // SAFETY: every x86-64 has SSE2.
        |tiles, rows, place, done| unsafe { super::sse2::split::<S, BITS>(tiles, rows, place, done) },
        // SAFETY: as above.
        |rows, place, tiles, done| unsafe { super::sse2::join::<S, BITS>(rows, place, tiles, done) },
        // SAFETY: as above.
        |rows, tiles, done| unsafe { super::sse2::join_apart::<S, false>(rows, tiles, done) },
    )];
    if is_x86_feature_detected!("avx2") {
        every.push((
            "avx2",
            // SAFETY: this one has AVX2.
            |tiles, rows, place, done| unsafe { super::avx2::split::<S, BITS>(tiles, rows, place, done) },
            // SAFETY: as above.
            |rows, place, tiles, done| unsafe { super::avx2::join::<S, BITS>(rows, place, tiles, done) },
            // SAFETY: as above.
            |rows, tiles, done| unsafe { super::avx2::join_apart::<S, false>(rows, tiles, done) },
        ));
    }
    if has_avx512() {
        every.push((
            "avx512",
            // SAFETY: this one has what `has_avx512` asks for.
            |tiles, rows, place, done| unsafe { super::avx512::split::<S, BITS>(tiles, rows, place, done) },
            // SAFETY: as above.
            |rows, place, tiles, done| unsafe { super::avx512::join::<S, BITS>(rows, place, tiles, done) },
            // SAFETY: as above.
            |rows, tiles, done| unsafe { super::avx512::join_apart::<S, false>(rows, tiles, done) },
        ));
    }
    every
}

/// The kernels that this processor has, by name.
#[cfg(all(test, target_arch = "aarch64"))]
pub(super) fn every<const S: usize, const BITS: bool>() -> Vec<(&'static str, Split, Join, JoinApart<S>)> {
    let ([split], [join], [join_apart]) = (splits::<S, BITS>(), joins::<S, BITS>(), joins_apart::<S>());
    vec![("neon", split, join, join_apart)]
}
