//! Sizes near the ends of `usize` and of `i64` are errors or empty arrays, never smaller ones.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use ndcodec_core::{Chain, DecodeLimits, DecodeOptions};
use ndcodec_npy as _;
use proptest::prelude::*;

fn file(descr: &str, shape: &str) -> Vec<u8> {
    let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let len = u16::try_from(text.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00", &len[..], text.as_bytes()].concat()
}

fn dims() -> impl Strategy<Value = Vec<u128>> {
    let near =
        |at: u128| (0..4_u128, any::<bool>()).prop_map(move |(by, up)| if up { at + by } else { at - by });
    let dim = prop_oneof![
        near(1 << 31),
        near(1 << 32),
        near(1 << 62),
        near(1 << 63),
        near(1 << 64),
        near((1 << 64) / 3),
        0..4_u128,
    ];
    prop::collection::vec(dim, 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn headers_of_any_size_are_taken_at_their_word(
        descr in prop::sample::select(vec!["|u1", "<i2", "<f8", "<c16", "|V0", "|V3", "|S2147483647"]),
        dims in dims(),
    ) {
        let shape: String = dims.iter().map(|dim| format!("{dim},")).collect();
        let bytes = file(descr, &format!("({shape})"));
        let npy = Chain::parse("npy").unwrap();
        let itemsize = match descr {
            "|S2147483647" => i32::MAX.unsigned_abs().into(),
            _ => descr[2..].parse::<u128>().unwrap(),
        };
        let total = dims.iter().try_fold(itemsize, |total, dim| total.checked_mul(*dim));
        let is_empty = itemsize == 0 || dims.contains(&0);
        let fits = is_empty || total.is_some_and(|total| total <= isize::MAX as u128);
        let limits = DecodeLimits::none();
        match npy.inspect_with(&bytes, &limits.into()) {
            Ok(found) => {
                prop_assert!(fits);
                let expected = if is_empty { 0 } else { total.unwrap() };
                prop_assert_eq!(found.nbytes.unwrap() as u128, expected);
            }
            // Of an empty array too, numpy counts the dimensions that are not zero.
            Err(_) => prop_assert!(!fits || is_empty),
        }
        let options = DecodeOptions::new().with_limits(limits);
        let decoded = npy.decode_with(&bytes, &options);
        prop_assert!(decoded.is_err() || is_empty);
        let mut reader = match npy.decoder(&*bytes) {
            Ok(reader) => reader,
            Err(_) => return Ok(()),
        };
        prop_assert!(reader.pull(&mut [0; 16]).is_err() || is_empty);
        prop_assert!(npy.decode_rows(&bytes, 0..usize::MAX).is_err() || dims[0] == u128::from(u64::MAX));
    }
}
