//! What `delta`, `xor` and `bitround` make of values, byte orders and dtypes.

use ndcodec_core::{ArrayError, ArrayFilter, BoundFilter, DType, ErrorKind, Layout, Order, Output, Pipeline};
use ndcodec_filters::{BitRound, Delta, Xor};

fn dtype(text: &str) -> DType {
    DType::parse(text).expect("it is a dtype")
}

/// A filter for `len` bytes of elements.
fn bind(
    filter: &dyn ArrayFilter,
    dtype_text: &str,
    len: usize,
) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
    let dtype = dtype(dtype_text);
    let count = len.checked_div(dtype.itemsize()).unwrap_or(0);
    assert_eq!(count * dtype.itemsize(), len, "the bytes of {dtype_text} are not whole elements");
    filter.bind(&Layout::new(dtype, [count], Order::C).expect("it fits in memory"))
}

fn encode(filter: &dyn ArrayFilter, dtype_text: &str, payload: &[u8]) -> Vec<u8> {
    let mut filtered = Vec::new();
    let mut out = Output::to_vec(&mut filtered);
    match bind(filter, dtype_text, payload.len()).expect("it takes the dtype") {
        Some(bound) => bound.forward(payload, &mut out).expect("it encodes"),
        None => out.push(payload).expect("there is memory"),
    }
    out.finish();
    filtered
}

fn decode(filter: &dyn ArrayFilter, dtype_text: &str, filtered: &[u8]) -> Vec<u8> {
    let mut payload = vec![0x55; filtered.len()];
    match bind(filter, dtype_text, filtered.len()).expect("it takes the dtype") {
        Some(bound) => bound.backward(&[filtered], &mut payload).expect("it decodes"),
        None => payload.copy_from_slice(filtered),
    }
    payload
}

/// What a filter makes of any bytes, with its type given.
fn encode_bytes(stage: &str, bytes: &[u8]) -> Vec<u8> {
    Pipeline::parse(stage).expect("it is a stage").encode(bytes).expect("it encodes")
}

fn decode_bytes(stage: &str, filtered: &[u8]) -> Vec<u8> {
    Pipeline::parse(stage).expect("it is a stage").decode(filtered).expect("it decodes")
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
    let (bytes, filtered) = ([1, 0, 0, 0, 3, 0, 0, 0, 7, 8, 9], [1, 0, 0, 0, 2, 0, 0, 0, 7, 8, 9]);
    assert_eq!(encode_bytes("delta(<u4)", &bytes), filtered);
    assert_eq!(decode_bytes("delta(<u4)", &filtered), bytes);
    assert_eq!(encode_bytes("delta(<u4)", &[7, 8, 9]), [7, 8, 9]);
    assert_eq!(decode_bytes("delta(<u4)", &[7, 8, 9]), [7, 8, 9]);
}

#[test]
fn delta_of_booleans_is_whether_they_differ() {
    assert_eq!(encode(&Delta::of_arrays(), "|b1", &[1, 1, 0, 1, 0, 0]), [1, 0, 1, 1, 1, 0]);
    assert_eq!(decode(&Delta::of_arrays(), "|b1", &[1, 0, 1, 1, 1, 0]), [1, 1, 0, 1, 0, 0]);
}

#[test]
fn delta_of_an_array_of_floats_is_refused() {
    let message = |text| bind(&Delta::of_arrays(), text, 0).unwrap_err().to_string();
    assert_eq!(
        message("<f4"),
        "`delta` cannot encode this array: differences of `<f4` are rounded; use `xor`, which is exact"
    );
    assert_eq!(
        message("|S3"),
        "`delta` cannot encode this array: elements of dtype `|S3` have no differences"
    );
    assert!(bind(&Delta::of_arrays(), "|V4", 0).is_err());
}

#[test]
fn delta_of_floats_with_the_type_given_is_exact_or_an_error() {
    let delta = Delta::of_bytes();
    let exact = bytes(&[-0.0_f64, 1.5, 1.25, -3.0, 1e300, 1e300].map(f64::to_be_bytes));
    assert_eq!(decode(&delta, ">f8", &encode(&delta, ">f8", &exact)), exact);
    let rounded = bytes(&[1.0_f32, 2.0, 1e-10].map(f32::to_le_bytes));
    let bound = bind(&delta, "<f4", rounded.len()).unwrap().unwrap();
    let error = bound.forward(&rounded, &mut Output::to_slice(&mut [0; 12])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    assert_eq!(
        error.to_string(),
        "the sum of float differences is rounded at element 2; use `xor` (at byte 8)"
    );
}

#[test]
fn xor_is_of_whole_elements() {
    assert_eq!(encode(&Xor, "|V3", &[1, 2, 3, 1, 2, 4]), [1, 2, 3, 0, 0, 7]);
    assert_eq!(encode_bytes("xor(3)", &[1, 2, 3, 1, 2, 4, 0, 2]), [1, 2, 3, 0, 0, 7, 1, 0]);
    assert_eq!(encode_bytes("xor(<f8)", &[7]), [7]);
    for itemsize in (0..=17).chain([32]) {
        let payload: Vec<u8> = (0..=255).chain(0..99).map(|i: u8| i.wrapping_mul(i)).collect();
        let (text, stage) = (format!("|V{itemsize}"), format!("xor(|V{itemsize})"));
        let filtered = encode_bytes(&stage, &payload);
        assert_eq!(decode_bytes(&stage, &filtered), payload, "{stage}");
        let whole = payload.len().checked_div(itemsize).unwrap_or(0) * itemsize;
        assert_eq!(encode(&Xor, &text, &payload[..whole]), filtered[..whole], "{text}");
        assert_eq!(decode(&Xor, &text, &filtered[..whole]), payload[..whole], "{text}");
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
    let message = |bits, text| bind(&BitRound::new(bits), text, 0).unwrap_err().to_string();
    assert_eq!(
        message(11, "<f2"),
        "`bitround` cannot encode this array: the mantissa of `<f2` has 10 bits, fewer than 11"
    );
    assert_eq!(
        message(3, "<i4"),
        "`bitround` cannot encode this array: elements of dtype `<i4` are not floats of 16, 32 or 64 bits"
    );
    assert!(bind(&BitRound::new(10), "<f2", 0).is_ok());
}

#[test]
fn what_cannot_be_built_says_why() {
    let message = |text| Pipeline::parse(text).unwrap_err().to_string();
    assert_eq!(
        message("bitshuffle(4,12)"),
        "a block of 12 elements is not a multiple of 8\n  |  bitshuffle(4,12)\n  |               ^^"
    );
    assert_eq!(
        message("bitround(30,<f4)"),
        "`bitround` cannot encode this array: the mantissa of `<f4` has 23 bits, fewer than 30\n  |  \
         bitround(30,<f4)\n  |  ^^^^^^^^^^^^^^^^"
    );
}
