//! Filters that do harm are left out: no array comes out a third larger than without them.

#![cfg(feature = "full")]
#![allow(missing_docs, clippy::cast_possible_truncation, clippy::unwrap_used, reason = "a test")]

use ndcodec::{ArrayView, Chain};

/// With and without filters.
const PAIRS: [[&str; 2]; 4] = [
    ["chunked(shuffle|zstd(1))", "chunked(zstd(1))"],
    ["chunked(bitshuffle|zstd(1))", "chunked(zstd(1))"],
    ["chunked(shuffle|zstd)", "chunked(zstd)"],
    ["chunked(shuffle|zstd(-1))", "chunked(zstd(-1))"],
];

fn chain(text: &str) -> Chain {
    Chain::parse(text).unwrap()
}

fn check(name: &str, array: &ArrayView<'_>) {
    for [filtered, plain] in PAIRS {
        let [filtered_len, plain_len] =
            [filtered, plain].map(|text| chain(text).encode(array).unwrap().len());
        assert!(filtered_len <= plain_len / 3 * 4, "{name}: {filtered} {filtered_len}, {plain} {plain_len}");
    }
}

/// A number of a fixed sequence, below `n`.
fn pick(state: &mut u64, n: usize) -> usize {
    *state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
    (*state >> 33) as usize % n
}

/// Elements of a table come again in any order, in twos, or in whole records: planes of them are noise, or nearly so.
#[test]
fn what_comes_again_is_not_hidden() {
    for (dtype, width) in [("<f8", 8), ("<f4", 4), ("<i8", 8), ("<u4", 4)] {
        for (values, run) in [(300, 1), (3000, 1), (3000, 4), (20_000, 16)] {
            let mut state = values as u64;
            let table: Vec<u8> = (0..values * width).map(|_| pick(&mut state, 256) as u8).collect();
            let mut payload = Vec::new();
            while payload.len() < 2 << 20 {
                let from = pick(&mut state, values - run) * width;
                payload.extend_from_slice(&table[from..][..run * width]);
            }
            let count = payload.len() / width;
            let raw = chain(&format!("raw({dtype},{count})")).decode(&payload).unwrap();
            check(&format!("{dtype}, {values} values in runs of {run}"), &raw.view());
        }
    }
}

/// Arrays that were measured.
#[test]
fn measured_arrays_are_not_a_third_larger() {
    let Some(corpus) = ndcodec_testkit::corpus_or_skip() else { return };
    let files = std::fs::read_dir(corpus.root().join("real")).unwrap();
    let npy = |path: &std::path::Path| path.extension().is_some_and(|extension| extension == "npy");
    let mut count = 0;
    for path in files.map(|file| file.unwrap().path()).filter(|path| npy(path)) {
        let array = chain("npy").decode(&std::fs::read(&path).unwrap()).unwrap();
        check(&path.display().to_string(), &array.view());
        count += 1;
    }
    assert!(count > 0, "there are arrays");
}
