//! `dict` against the plainest program that does the same, and tables that nobody wrote.

mod common;

use std::collections::BTreeMap;

use common::{bind, decoded, filter, forward, noise, undone};
use ndcodec_core::Order;

/// The bytes that a value is sorted by: unsigned, the most significant first.
fn key(dtype: &str, element: &[u8]) -> Vec<u8> {
    let mut key = element.to_vec();
    if dtype.starts_with('<') && !dtype.starts_with("<U") && !dtype.starts_with("<c") {
        key.reverse();
    }
    let is_negative = key[0] & 0x80 != 0;
    match dtype.as_bytes()[1] {
        b'f' if is_negative => key.iter_mut().for_each(|byte| *byte = !*byte),
        b'f' | b'i' | b'M' => key[0] ^= 0x80,
        _ => {}
    }
    key
}

fn width(values: usize) -> usize {
    [1, 2, 4].into_iter().find(|width| values <= 1 << (8 * width)).unwrap_or(8)
}

fn oracle(dtype: &str, itemsize: usize, payload: &[u8]) -> Vec<u8> {
    let is_number = !matches!(dtype.as_bytes()[1], b'S' | b'U' | b'V' | b'c');
    let elements = || payload.chunks(itemsize);
    let mut table: BTreeMap<Vec<u8>, (&[u8], usize)> =
        elements().map(|it| (key(dtype, it), (it, 0))).collect();
    table.values_mut().enumerate().for_each(|(rank, (_, to))| *to = rank);
    let (values, count) = (table.len(), payload.len() / itemsize);
    let width = width(values);
    if values == 0 || 1 + width + values * itemsize + count * width >= payload.len() {
        let plain = |element| {
            if is_number { key(dtype, element).into_iter().rev().collect() } else { element.to_vec() }
        };
        return [vec![0], elements().flat_map(plain).collect()].concat();
    }
    let mut out = vec![u8::try_from(width).expect("it is small")];
    out.extend(&(values - 1).to_le_bytes()[..width]);
    if is_number {
        let number = |key: &Vec<u8>| key.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let numbers: Vec<u64> = table.keys().map(number).collect();
        let before = [&[0], &numbers[..values - 1]].concat();
        let differences: Vec<[u8; 8]> =
            numbers.iter().zip(before).map(|(now, before)| (now - before).to_le_bytes()).collect();
        for place in 0..itemsize {
            out.extend(differences.iter().map(|bytes| bytes[place]));
        }
    } else {
        table.values().for_each(|(element, _)| out.extend(*element));
    }
    for element in elements() {
        out.extend(&table[&key(dtype, element)].1.to_le_bytes()[..width]);
    }
    out
}

#[test]
fn ranks_are_what_the_oracle_says() {
    let noise = noise(1 << 20);
    let dtypes = [
        ("|u1", 1),
        ("<u2", 2),
        (">i2", 2),
        ("<i4", 4),
        ("<f4", 4),
        (">f8", 8),
        ("<M8[s]", 8),
        ("<f2", 2),
        ("|S3", 3),
        ("<U2", 8),
        ("|V5", 5),
        ("<c8", 8),
    ];
    for (dtype, itemsize) in dtypes {
        for count in [0, 1, 2, 100, 700, 3000] {
            for distinct in [1, 2, 7, 256, 257, 2000] {
                // The values are noise; which of them an element has is noise too.
                let element = |at: usize| {
                    let which = usize::from(noise[2 * at]) << 8 | usize::from(noise[2 * at + 1]);
                    &noise[200_000 + which % distinct * itemsize..][..itemsize]
                };
                let payload = (0..count).map(element).collect::<Vec<_>>().concat();
                let bound = bind(&*filter("dict"), dtype, &[count], Order::C).expect("it is taken");
                let bound = bound.expect("it is ranked");
                let filtered = forward(&*bound, &payload);
                assert!(
                    filtered == oracle(dtype, itemsize, &payload),
                    "{count} of {dtype}, {distinct} values"
                );
                assert!(decoded(&*bound, &filtered, payload.len()) == payload, "{count} of {dtype}: decoded");
            }
        }
    }
}

#[test]
fn every_bit_of_a_float_counts() {
    let floats = [0.0, -0.0, f64::NAN, -f64::NAN, f64::from_bits(0x7ff0_0000_0000_0001), f64::INFINITY, 1.5];
    let payload: Vec<u8> = floats.iter().cycle().take(700).flat_map(|float| float.to_le_bytes()).collect();
    let bound = bind(&*filter("dict"), "<f8", &[70, 10], Order::Fortran).unwrap().unwrap();
    let filtered = forward(&*bound, &payload);
    assert_eq!(filtered[..2], [1, 6]);
    assert_eq!(filtered.len(), 2 + 7 * 8 + 700);
    assert_eq!(decoded(&*bound, &filtered, payload.len()), payload);
    let front = bound.read_front(&filtered).unwrap();
    assert_eq!(format!("{} {}", front.layout.dtype(), front.layout.shape_text()), "|u1 70x10");
    assert_eq!(front.layout.order(), Order::Fortran);
}

#[test]
fn tables_that_nobody_wrote_are_errors() {
    let bound = bind(&*filter("dict"), "<u2", &[6], Order::C).unwrap().unwrap();
    let report = |filtered: &[u8]| undone(&*bound, filtered, 12).unwrap_err().to_string();
    // Of three values: 5, 6, 8.
    let right = [1, 2, 5, 1, 2, 0, 0, 0, 0, 1, 2, 2, 1, 0];
    assert_eq!(undone(&*bound, &right, 12).unwrap(), [5, 0, 6, 0, 8, 0, 8, 0, 6, 0, 5, 0]);
    let with = |at: usize, byte| {
        let mut bytes = right;
        bytes[at] = byte;
        bytes
    };
    assert_eq!(report(&with(13, 3)), "the rank 3 is beyond the table of 3 values");
    assert_eq!(report(&with(3, 0)), "value 1 of the table is not above the one before it");
    let mut wrapping = with(5, 0xff);
    wrapping[7] = 0xff;
    assert_eq!(report(&wrapping), "value 2 of the table is not above the one before it");
    assert_eq!(report(&with(1, 6)), "the table has more values than the 6 elements");
    assert_eq!(report(&with(0, 3)), "integers of 3 bytes; expected 1, 2, 4 or 8");
    assert_eq!(report(&with(0, 4)), "the table has more values than the 6 elements");
    assert!(report(&right[..7]).contains("the table"));
    assert!(report(&[]).contains("the table"));
}
