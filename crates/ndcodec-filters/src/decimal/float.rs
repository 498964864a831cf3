//! Floats of both widths, by operations that IEEE 754 fixes to the last bit.

use crate::scalars::Scalar;

/// A float of `N` bytes.
pub(super) trait Float<const N: usize>: Scalar<N> {
    /// The largest integer by size that stands for one.
    const MOST: f64;
    /// The integers below this one are floats, each with a neighbour at a distance of one or less.
    const EXACT: f64;
    /// The most decimal places that are tried.
    const PLACES: usize;

    fn to_f64(self) -> f64;

    fn bits(self) -> u64;

    /// `integer / 10^places`, rounded once to `f64` and then to this float.
    fn quotient(integer: f64, power: f64) -> Self;

    /// `integer × 10^-places`, both as this float.
    fn product(integer: f64, inverse: f64) -> Self;
}

impl Float<8> for f64 {
    const MOST: f64 = (1_u64 << 51) as f64;
    const EXACT: f64 = (1_u64 << 53) as f64;
    const PLACES: usize = 15;

    #[inline]
    fn to_f64(self) -> f64 {
        self
    }

    #[inline]
    fn bits(self) -> u64 {
        self.to_bits()
    }

    #[inline]
    fn quotient(integer: f64, power: f64) -> Self {
        integer / power
    }

    #[inline]
    fn product(integer: f64, inverse: f64) -> Self {
        integer * inverse
    }
}

impl Float<4> for f32 {
    const MOST: f64 = (1_u64 << 31) as f64;
    const EXACT: f64 = (1_u64 << 24) as f64;
    const PLACES: usize = 10;

    #[inline]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    #[inline]
    fn bits(self) -> u64 {
        self.to_bits().into()
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "it is to be rounded")]
    fn quotient(integer: f64, power: f64) -> Self {
        (integer / power) as Self
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "they are to be rounded")]
    fn product(integer: f64, inverse: f64) -> Self {
        integer as Self * inverse as Self
    }
}

/// The powers of ten that a float of 64 bits holds exactly.
pub(super) const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// The floats nearest to their inverses.
pub(super) const INVERSES: [f64; 23] = [
    1e0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12, 1e-13, 1e-14, 1e-15,
    1e-16, 1e-17, 1e-18, 1e-19, 1e-20, 1e-21, 1e-22,
];

/// The nearest integer, ties to even, of numbers below 2^51; what is not such a number becomes some number.
#[inline]
pub(super) fn round(value: f64) -> f64 {
    (value + SHIFT) - SHIFT
}

/// An integer below 2^51 as such: a cast would be an instruction that no vector has without AVX-512.
#[inline]
pub(super) fn as_integer(value: f64) -> i64 {
    (value + SHIFT).to_bits().wrapping_sub(SHIFT.to_bits()).cast_signed()
}

/// In a float of this size the last bit of the mantissa is worth one.
const SHIFT: f64 = (3_u64 << 51) as f64;
