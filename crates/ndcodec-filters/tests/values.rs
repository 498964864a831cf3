//! What `delta`, `xor` and `bitround` make of values, byte orders and dtypes.

use ndcodec_core::{ArrayFilter, DType, ErrorKind, Pipeline};
use ndcodec_filters::{BitRound, Delta, Xor};

fn dtype(text: &str) -> DType {
    DType::parse(text).expect("it is a dtype")
}

fn encode(filter: &dyn ArrayFilter, dtype_text: &str, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0x55; payload.len()];
    filter.encode(&dtype(dtype_text), payload, &mut out).expect("it encodes");
    out
}

fn decode(filter: &dyn ArrayFilter, dtype_text: &str, filtered: &[u8]) -> Vec<u8> {
    let mut out = vec![0x55; filtered.len()];
    filter.decode(&dtype(dtype_text), filtered, &mut out).expect("it decodes");
    out
}

fn bytes<const N: usize>(values: &[[u8; N]]) -> Vec<u8> {
    values.concat()
}

#[test]
fn delta_wraps_in_the_byte_order_of_the_dtype() {
    let values: [i16; 5] = [1000, 999, i16::MIN, i16::MAX, 0];
    let differences: [i16; 5] = [1000, -1, 0x7c19, -1, -32767];
    let delta = Delta::of_arrays();
    let (little, big) = (values.map(i16::to_le_bytes), values.map(i16::to_be_bytes));
    assert_eq!(encode(&delta, "<i2", &bytes(&little)), bytes(&differences.map(i16::to_le_bytes)));
    assert_eq!(encode(&delta, ">u2", &bytes(&big)), bytes(&differences.map(i16::to_be_bytes)));
    assert_eq!(decode(&delta, ">i2", &bytes(&differences.map(i16::to_be_bytes))), bytes(&big));
}

#[test]
fn delta_copies_bytes_that_fill_no_element() {
    assert_eq!(
        encode(&Delta::of_arrays(), "<u4", &[1, 0, 0, 0, 3, 0, 0, 0, 7, 8, 9]),
        [1, 0, 0, 0, 2, 0, 0, 0, 7, 8, 9]
    );
    assert_eq!(encode(&Delta::of_arrays(), "<u4", &[7, 8, 9]), [7, 8, 9]);
}

#[test]
fn delta_of_booleans_is_whether_they_differ() {
    assert_eq!(encode(&Delta::of_arrays(), "|b1", &[1, 1, 0, 1, 0, 0]), [1, 0, 1, 1, 1, 0]);
    assert_eq!(decode(&Delta::of_arrays(), "|b1", &[1, 0, 1, 1, 1, 0]), [1, 1, 0, 1, 0, 0]);
}

#[test]
fn delta_of_an_array_of_floats_is_refused() {
    let message = |text| Delta::of_arrays().check(&dtype(text)).unwrap_err().to_string();
    assert_eq!(
        message("<f4"),
        "`delta` cannot encode this array: differences of `<f4` are rounded; use `xor`, which is exact"
    );
    assert_eq!(
        message("|S3"),
        "`delta` cannot encode this array: elements of dtype `|S3` have no differences"
    );
    assert!(Delta::of_arrays().check(&dtype("|V4")).is_err());
}

#[test]
fn delta_of_floats_with_the_type_given_is_exact_or_an_error() {
    let delta = Delta::of_bytes();
    let exact = bytes(&[-0.0_f64, 1.5, 1.25, -3.0, 1e300, 1e300].map(f64::to_be_bytes));
    assert_eq!(decode(&delta, ">f8", &encode(&delta, ">f8", &exact)), exact);
    let rounded = bytes(&[1.0_f32, 2.0, 1e-10].map(f32::to_le_bytes));
    let error = delta.encode(&dtype("<f4"), &rounded, &mut [0; 12]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    assert_eq!(
        error.to_string(),
        "the sum of float differences is rounded at element 2; use `xor` (at byte 8)"
    );
}

#[test]
fn xor_is_of_whole_elements() {
    assert_eq!(encode(&Xor, "|V3", &[1, 2, 3, 1, 2, 4, 0, 2]), [1, 2, 3, 0, 0, 7, 1, 0]);
    assert_eq!(encode(&Xor, "<f8", &[7]), [7]);
    for itemsize in (0..=17).chain([32]) {
        let payload: Vec<u8> = (0..=255).chain(0..99).map(|i: u8| i.wrapping_mul(i)).collect();
        let text = format!("|V{itemsize}");
        assert_eq!(decode(&Xor, &text, &encode(&Xor, &text, &payload)), payload, "{text}");
    }
}

#[test]
fn bitround_rounds_to_the_nearest_and_ties_to_even() {
    let round = |bits, value: f32| {
        f32::from_le_bytes(encode(&BitRound::new(bits), "<f4", &value.to_le_bytes()).try_into().unwrap())
    };
    assert_eq!(round(0, 1.4), 1.0);
    assert_eq!(round(0, 1.6), 2.0);
    assert_eq!(round(1, 1.25), 1.0);
    assert_eq!(round(1, 1.75), 2.0);
    assert_eq!(round(2, -1.25), -1.25);
    assert_eq!(round(2, f32::MAX), f32::INFINITY);
    assert_eq!(round(23, 0.1), 0.1);
}

#[test]
fn bitround_is_that_of_numcodecs() {
    for (dtype, bits, values, rounded) in [
        ("<f2", 3, "8835933a493536bd", "8035803a803500bd"),
        ("<f4", 7, "67c5673f358be43ec47509bf28c4143f", "0000683f0000e53e000009bf0000153f"),
        ("<f8", 12, "ee2fa9752755d73f52e2741b11d3d23f", "000000000055d73f0000000000d3d23f"),
        ("<f8", 12, "2fb2b853b81a9d3ff690b93bac7ee13f", "00000000001b9d3f00000000007fe13f"),
    ] {
        assert_eq!(
            encode(&BitRound::new(bits), dtype, &bytes_of_hex(values)),
            bytes_of_hex(rounded),
            "{dtype}"
        );
    }
}

fn bytes_of_hex(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).expect("hex is ASCII"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("it is hex")).collect()
}

#[test]
fn bitround_leaves_what_is_not_finite() {
    for value in
        [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::from_bits(0x7f80_0001), f32::from_bits(u32::MAX)]
    {
        assert_eq!(encode(&BitRound::new(0), "<f4", &value.to_le_bytes()), value.to_le_bytes());
    }
}

#[test]
fn bitround_knows_the_byte_order_and_both_parts_of_complex_numbers() {
    let (value, rounded) = (std::f64::consts::PI, 3.0_f64);
    assert_eq!(
        encode(&BitRound::new(1), ">c16", &bytes(&[value.to_be_bytes(); 2])),
        bytes(&[rounded.to_be_bytes(); 2])
    );
    // bfloat16 is the upper half of a `<f4`: 1.75 has two bits of mantissa.
    assert_eq!(encode(&BitRound::new(1), "bfloat16", &[0xe0, 0x3f]), [0x00, 0x40]);
}

#[test]
fn bitround_says_how_many_bits_there_are() {
    let message = |bits, text| BitRound::new(bits).check(&dtype(text)).unwrap_err().to_string();
    assert_eq!(
        message(11, "<f2"),
        "`bitround` cannot encode this array: the mantissa of `<f2` has 10 bits, fewer than 11"
    );
    assert_eq!(
        message(3, "<i4"),
        "`bitround` cannot encode this array: elements of dtype `<i4` are no floats of 16, 32 or 64 bits"
    );
    assert!(BitRound::new(10).check(&dtype("<f2")).is_ok());
}

#[test]
fn what_cannot_be_built_says_why() {
    let message = |text| Pipeline::parse(text).unwrap_err().to_string();
    assert_eq!(
        message("bitshuffle(4,12)"),
        "a block of 12 elements is no multiple of 8\n  |  bitshuffle(4,12)\n  |               ^^"
    );
    assert_eq!(
        message("bitround(30,<f4)"),
        "`bitround` cannot encode this array: the mantissa of `<f4` has 23 bits, fewer than 30\n  |  \
         bitround(30,<f4)\n  |  ^^^^^^^^^^^^^^^^"
    );
}
