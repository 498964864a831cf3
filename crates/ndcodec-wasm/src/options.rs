//! Layouts and limits from the numbers and strings of JavaScript.

use js_sys::Number;
use ndcodec::{DType, DecodeLimits, DecodeOptions, EncodeOptions, Layout, Order};

use crate::error::{Outcome, misuse, no_dtype, thrown};

/// Limits from `[maxBytes, maxHeader, maxWindow]`; what is not a number stays the default, infinity is not a limit.
pub(crate) fn options(limits: &[f64]) -> DecodeOptions {
    let or = |index: usize, default: usize| match limits.get(index) {
        Some(limit) if !limit.is_nan() => whole(*limit),
        _ => default,
    };
    let defaults = DecodeLimits::new();
    let limits = defaults
        .with_max_bytes(or(0, defaults.max_bytes))
        .with_max_header(or(1, defaults.max_header))
        .with_max_window(or(2, defaults.max_window));
    DecodeOptions::new().with_limits(limits)
}

/// How an array is encoded: with a header of at most so many characters; if it is not a number, of the usual length.
pub(crate) fn to_encode(max_header: f64) -> EncodeOptions {
    let options = EncodeOptions::new();
    if max_header.is_nan() { options } else { options.with_max_header(whole(max_header)) }
}

/// A layout from numpy's notation for the dtype, the lengths of the dimensions, and the order.
pub(crate) fn layout(dtype: &str, shape: &[f64], is_fortran: bool) -> Outcome<Layout> {
    let dtype = DType::parse(dtype).map_err(no_dtype)?;
    let shape = shape.iter().map(|dim| dimension(*dim)).collect::<Outcome<Vec<usize>>>()?;
    let order = if is_fortran { Order::Fortran } else { Order::C };
    Layout::new(dtype, shape, order).map_err(thrown)
}

fn dimension(dim: f64) -> Outcome<usize> {
    if dim >= 0.0 && dim.fract() == 0.0 && dim < 9_007_199_254_740_992.0 {
        return Ok(whole(dim));
    }
    // As JavaScript prints it, which has that; Rust's printing of floats would be 10 kB of the module.
    let shown = Number::from(dim).to_string_with_radix(10).map(String::from).unwrap_or_default();
    Err(misuse(&format!("a dimension is a whole number of at least 0, not {shown}")))
}

/// A whole number that is not negative; what is above memory's end becomes its end.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts of floats saturate, and the end of memory is a limit that nothing passes"
)]
pub(crate) fn whole(number: f64) -> usize {
    number as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_that_were_given() {
        let given = options(&[1024.0, f64::NAN, f64::INFINITY]).limits;
        assert_eq!(given.max_bytes, 1024);
        assert_eq!(given.max_header, DecodeLimits::new().max_header);
        assert_eq!(given.max_window, usize::MAX);
    }
}
