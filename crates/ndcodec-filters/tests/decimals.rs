//! `decimal` of numbers that people wrote, undone by the plainest program, and fronts that nobody wrote.
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    reason = "floats are made of integers; in a test an `unwrap` is an assertion"
)]

mod common;

use common::{bind, decoded, filter, forward, noise, undone};
use ndcodec_core::{BoundFilter, Order};

fn bound(dtype: &str, shape: &[usize], order: Order) -> Box<dyn BoundFilter> {
    bind(&*filter("decimal"), dtype, shape, order).unwrap().unwrap()
}

/// What the documentation says of the front, word for word; little-endian.
fn oracle(filtered: &[u8], size: usize, rows: usize, columns: usize, order: Order) -> Vec<u8> {
    let int = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    let width = usize::from(filtered[0]);
    let mut at = 1;
    let mut forms = Vec::new();
    for _ in 0..columns {
        let form = filtered[at];
        at += 1;
        if form == 0xff {
            forms.push((form, 0));
            continue;
        }
        forms.push((form, int(&filtered[at..at + 8]).cast_signed()));
        at += 8;
    }
    let count = int(&filtered[at..at + 4]) as usize;
    at += 4;
    let (gaps, after) = (at, at + 4 * count);
    let array = after + size * count;
    let mut payload = Vec::new();
    for element in 0..rows * columns {
        let (form, least) = forms[if order == Order::C { element % columns } else { element / rows }];
        let value = int(&filtered[array + element * width..][..width]);
        let bits = if form == 0xff {
            let top = 1_u64 << (8 * size - 1);
            if value & top != 0 { value ^ top } else { !value & (top | (top - 1)) }
        } else {
            let integer = (least + value.cast_signed()) as f64;
            let power = 10_f64.powi(i32::from(form & 0x7f));
            match (size, form & 0x80) {
                (8, 0) => (integer / power).to_bits(),
                (8, _) => (integer * format!("1e-{}", form & 0x7f).parse::<f64>().unwrap()).to_bits(),
                (_, 0) => u64::from(((integer / power) as f32).to_bits()),
                _ => {
                    let inverse = format!("1e-{}", form & 0x7f).parse::<f64>().unwrap() as f32;
                    u64::from((integer as f32 * inverse).to_bits())
                }
            }
        };
        payload.extend(&bits.to_le_bytes()[..size]);
    }
    let mut element = 0;
    for exception in 0..count {
        element += int(&filtered[gaps + 4 * exception..][..4]) as usize;
        let value = &filtered[after + size * exception..][..size];
        payload[element * size..][..size].copy_from_slice(value);
    }
    payload
}

fn check(dtype: &str, shape: &[usize], order: Order, payload: &[u8]) -> Vec<u8> {
    let bound = bound(dtype, shape, order);
    let filtered = forward(&*bound, payload);
    assert!(decoded(&*bound, &filtered, payload.len()) == payload, "{dtype} {shape:?}: decoded");
    let size = if dtype.ends_with('4') { 4 } else { 8 };
    let columns = if shape.len() > 1 && shape[shape.len() - 1] <= 64 { shape[shape.len() - 1] } else { 1 };
    let columns = if payload.is_empty() { 0 } else { columns };
    let rows = payload.len() / size / columns.max(1);
    let expected = oracle(&filtered, size, rows, columns, order);
    let mut little = payload.to_vec();
    if dtype.starts_with('>') {
        little.chunks_mut(size).for_each(<[u8]>::reverse);
    }
    assert!(expected == little, "{dtype} {shape:?} {order}: the oracle");
    filtered
}

fn f8(values: impl IntoIterator<Item = f64>) -> Vec<u8> {
    values.into_iter().flat_map(f64::to_le_bytes).collect()
}

#[test]
fn decimals_become_integers_of_the_width_that_they_need() {
    for (places, span, width) in
        [(0, 200, 1), (1, 256, 1), (2, 257, 2), (2, 60_000, 2), (3, 100_000, 4), (8, 1 << 40, 8)]
    {
        let integers =
            |at: i64| at.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64.cast_signed()).rem_euclid(span) - span / 3;
        let power = 10_f64.powi(places);
        let ends = [-span / 3, span - 1 - span / 3];
        let payload = f8((0..998).map(integers).chain(ends).map(|k| k as f64 / power));
        let filtered = check("<f8", &[1000], Order::C, &payload);
        assert_eq!(usize::from(filtered[0]), width, "{places} places, {span} integers");
        assert_eq!(i32::from(filtered[1]), places);
        assert_eq!(filtered.len(), 1 + 9 + 4 + 1000 * width, "there are no exceptions");
    }
}

#[test]
fn floats_of_32_bits_may_be_products() {
    let payload: Vec<u8> = (0..5000_i16).flat_map(|k| (f32::from(k) * 0.001).to_le_bytes()).collect();
    let filtered = check("<f4", &[5000], Order::C, &payload);
    assert_eq!(filtered[..2], [2, 0x83]);
    let payload: Vec<u8> =
        (0..5000_i32).flat_map(|k| ((f64::from(k) / 100.0) as f32).to_be_bytes()).collect();
    let filtered = check(">f4", &[5000], Order::C, &payload);
    assert_eq!(filtered[..2], [2, 2]);
}

/// Every float of 32 bits from 256 on is the nearest to some decimal of five places.
#[test]
fn decimals_that_every_float_is_become_bits() {
    let noise = noise(2 * 4000);
    let floats = |least: f32| {
        let steps = noise.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        steps.map(move |step| least + f32::from(step) / 8192.0)
    };
    let payload: Vec<u8> = floats(296.0).flat_map(f32::to_le_bytes).collect();
    assert_eq!(check("<f4", &[4000], Order::C, &payload)[..2], [4, 0xff]);
    // Of decimals up to 0.5 some are large; what most say counts.
    let measured = floats(0.0).enumerate().map(|(at, float)| {
        let float = (f64::from(float) * 1000.0).round() / 1000.0;
        (if at % 3 == 0 { float + 30_000.0 } else { float }) as f32
    });
    let payload: Vec<u8> = measured.flat_map(f32::to_le_bytes).collect();
    assert_eq!(check("<f4", &[4000], Order::C, &payload)[..2], [4, 3]);
}

#[test]
fn exceptions_keep_every_bit() {
    let odd =
        [f64::NAN, f64::from_bits(0xfff8_0000_dead_beef), f64::INFINITY, -0.0, 1.0 / 3.0, 5e-324, 1e300];
    let value = |at: usize| if at % 11 == 3 { odd[at / 11 % 7] } else { (at % 100) as f64 / 4.0 };
    for dtype in ["<f8", ">f8"] {
        let mut payload = f8((0..1001).map(value));
        if dtype == ">f8" {
            payload.chunks_mut(8).for_each(<[u8]>::reverse);
        }
        let filtered = check(dtype, &[1001], Order::C, &payload);
        assert_eq!(filtered[..2], [2, 2], "two places, and integers up to 2475");
        assert_eq!(filtered.len(), 1 + 9 + 4 + 91 * 12 + 2 * 1001);
    }
    // Not-a-numbers before the first number, and in the half of a column.
    let payload = f8((0..1000).map(|at| if at < 3 || at % 2 == 0 { f64::NAN } else { (at % 9) as f64 }));
    assert_eq!(check("<f8", &[1000], Order::C, &payload)[0], 8, "more than the half are exceptions");
    let payload = f8((0..1000).map(|at| if at % 3 == 0 { f64::NAN } else { (at % 9) as f64 }));
    assert_eq!(check("<f8", &[1000], Order::C, &payload)[0], 1);
}

/// Elements are converted 64 at a time, and what an exception leaves is the integer before it, of any block.
#[test]
fn exceptions_lie_anywhere_among_the_blocks() {
    for leading in [0, 1, 63, 64, 65, 129] {
        for alone in [leading + 1, 191, 192, 193, 255, 256, 299] {
            let value = |at: usize| match at {
                at if at < leading => f64::NAN,
                at if at == alone => 1.0 / 3.0,
                at => (at * 7 % 1000) as f64 / 4.0,
            };
            let filtered = check("<f8", &[300], Order::C, &f8((0..300).map(value)));
            assert_eq!(filtered[..2], [2, 2], "{leading} and {alone}");
            let array = &filtered[filtered.len() - 2 * 300..];
            assert_eq!(array[2 * alone..][..2], array[2 * (alone - 1)..][..2], "{leading} and {alone}");
            let pairs = f8((0..300).flat_map(|at| [value(at), value(299 - at)]));
            let filtered = check("<f8", &[300, 2], Order::C, &pairs);
            assert_eq!([filtered[0], filtered[1], filtered[10]], [2, 2, 2], "{leading} and {alone}");
        }
    }
}

#[test]
fn each_column_has_its_own_power_and_may_be_bits() {
    let random = noise(8 * 300);
    let row = |at: usize| {
        let float = f64::from_le_bytes(*random[8 * at..].first_chunk().unwrap());
        [at as f64 * 0.5, 20.0 + at as f64 / 1000.0, float]
    };
    let c_order = f8((0..300).flat_map(row));
    let filtered = check("<f8", &[300, 3], Order::C, &c_order);
    assert_eq!([filtered[0], filtered[1], filtered[10], filtered[19]], [8, 1, 3, 0xff]);
    let f_order = f8((0..3).flat_map(|column| (0..300).map(move |at| row(at)[column])));
    assert_eq!(check("<f8", &[300, 3], Order::Fortran, &f_order)[..20], filtered[..20]);
    // Without the noise, two bytes are enough for both.
    let two = f8((0..300).flat_map(|at| [row(at)[0], row(at)[1]]));
    assert_eq!(check("<f8", &[10, 30, 2], Order::C, &two)[0], 2);
    assert_eq!(check("<f8", &[2, 300], Order::C, &two)[..2], [4, 3], "a long axis is not columns");
}

#[test]
fn what_is_no_decimal_is_bits_in_the_order_of_values() {
    let payload = noise(8 * 500);
    assert_eq!(check("<f8", &[500], Order::C, &payload)[..2], [8, 0xff]);
    assert_eq!(check(">f4", &[500, 2], Order::C, &payload)[..3], [4, 0xff, 0xff]);
    for shape in [&[][..], &[1], &[0], &[0, 3], &[3, 0]] {
        let count: usize = shape.iter().product();
        check("<f8", shape, Order::C, &payload[..8 * count]);
        check("<f4", shape, Order::C, &payload[..4 * count]);
    }
    for dtype in ["<i4", "<f2", "<c16", "|S3", "|b1"] {
        assert!(bind(&*filter("decimal"), dtype, &[4], Order::C).unwrap().is_none(), "{dtype}");
    }
}

#[test]
fn fronts_that_nobody_wrote_are_errors() {
    let bound = bound("<f4", &[3], Order::C);
    // One decimal place, from 5 on; the second element is an exception.
    let right =
        [&[1, 1, 5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0][..], &7_f32.to_le_bytes(), &[0, 1, 2]]
            .concat();
    let expected: Vec<u8> = [0.5_f32, 7.0, 0.7].iter().flat_map(|float| float.to_le_bytes()).collect();
    assert_eq!(undone(&*bound, &right, 12).unwrap(), expected);
    let report = |at: usize, byte| {
        let mut bytes = right.clone();
        bytes[at] = byte;
        undone(&*bound, &bytes, 12).unwrap_err().to_string()
    };
    assert_eq!(report(0, 8), "integers of 8 bytes for floats of 4");
    assert_eq!(report(0, 3), "integers of 3 bytes; expected 1, 2, 4 or 8");
    assert_eq!(report(1, 23), "23 decimal places; expected at most 22");
    assert_eq!(report(1, 0xff), "floats of 4 bytes in integers of 1");
    assert_eq!(report(9, 0x7f), "the least integer is 9151314442816847877, which no float holds");
    assert_eq!(report(10, 4), "it claims 4 exceptions, but has 3 elements");
    assert_eq!(report(14, 3), "an exception at element 3 of 3");
    for cut in 0..right.len() - 3 {
        assert!(bound.read_front(&right[..cut]).is_err(), "cut at {cut}");
    }
}
