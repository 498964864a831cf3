//! Every `.npy` of the corpus: read right or refused, and written back to the byte where numpy wrote it.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use ndcodec_core::{Array, Chain, DecodeLimits, DecodeOptions, Error, ErrorKind, Extension, Kind, Limit};
use ndcodec_npy as _;
use ndcodec_testkit::corpus::canonical_bytes;
use ndcodec_testkit::{Corpus, Outcome, Row, corpus_or_skip};

/// What the pickles of the corpus would leave behind if something loaded them.
const EXECUTED: &str = "/tmp/ndcodec_pickle_executed";

fn npy() -> Chain {
    Chain::parse("npy").unwrap()
}

/// Decodes as the row is meant to be decoded. The rows with large headers are there for who raises the limit.
fn decode(row: &Row, bytes: &[u8]) -> Result<Array, Error> {
    let limits = match row.kind.as_str() {
        "npy/header-v2" => DecodeLimits::new().with_max_header(4 << 20),
        _ => DecodeLimits::new(),
    };
    npy().decode_with(bytes, &DecodeOptions::new().with_limits(limits))
}

/// dtype, shape and order, where the manifest has them.
fn check_layout(row: &Row, array: &Array) {
    let layout = array.layout();
    if let Some(dtype) = row.dtype() {
        assert_eq!(*layout.dtype(), dtype, "{}", row.path);
    }
    if let Some(shape) = row.shape() {
        assert_eq!(layout.shape(), shape, "{}", row.path);
    }
    if let Some(order) = row.order {
        assert_eq!(layout.order(), order, "{}", row.path);
    }
}

#[test]
fn every_file_is_decoded_or_refused_as_the_manifest_says() {
    let Some(corpus) = corpus_or_skip() else { return };
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let rows = corpus.check("npy", |row| {
        let bytes = row.read();
        let start = Instant::now();
        let result = decode(row, &bytes);
        assert!(start.elapsed() < Duration::from_secs(1), "{} took {:?}", row.path, start.elapsed());
        match &result {
            Ok(array) => check_layout(row, array),
            Err(error) if row.outcome == Outcome::Refuse => {
                assert_eq!(error.kind(), ErrorKind::Refused, "{}: {}", row.path, error.report());
                assert!(error.report().contains("Python objects"), "{}: {}", row.path, error.report());
            }
            Err(_) => {}
        }
        let ending = if result.is_ok() { "decoded" } else { "error" };
        *counts.entry((row.kind.clone(), format!("{:?}, {ending}", row.outcome))).or_default() += 1;
        Some(result.map(|array| canonical_bytes(&array.view())).map_err(|error| error.report()))
    });
    assert!(!Path::new(EXECUTED).exists(), "a pickle of the corpus was executed");
    println!("{rows} rows: {counts:#?}");
}

/// A header above the limit is an error that says which limit; those of wide tables are within the default.
#[test]
fn large_headers_need_a_higher_limit() {
    let Some(corpus) = corpus_or_skip() else { return };
    for row in corpus.of_kind("npy/header-v2") {
        let options = DecodeOptions::new().with_limits(DecodeLimits::new().with_max_header(10_000));
        let error = npy().decode_with(&row.read(), &options).unwrap_err();
        assert_eq!((error.kind(), error.limit()), (ErrorKind::Limit, Some(Limit::Header)), "{}", row.path);
        assert!(npy().decode(&row.read()).is_ok(), "{}", row.path);
    }
}

#[test]
fn pickles_are_refused_by_name() {
    let Some(corpus) = corpus_or_skip() else { return };
    // joblib's are compressed, and so no pickle yet.
    for row in corpus.of_kind("pickle").filter(|row| row.path.ends_with(".pkl")) {
        let error = npy().decode(&row.read()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{}: {}", row.path, error.report());
        assert!(error.report().contains("Python pickle"), "{}", error.report());
    }
    assert!(!Path::new(EXECUTED).exists(), "a pickle of the corpus was executed");
}

/// Whether `numpy.save` of today wrote this file: its version is the oldest that can hold it, and its header padded.
fn is_by_modern_numpy(row: &Row, bytes: &[u8]) -> bool {
    let is_numpys = row.path.contains("/numpy_roundtrip/") || row.path.contains("/numpy_types/");
    // numpy's own tests also write versions newer than needed. ml_dtypes' scalars are void when they are read.
    let is_forced = row.path.contains("/numpy_roundtrip/") && bytes.get(6) != Some(&1);
    is_numpys && !is_forced && !row.is_kind("npy/extension-dtype")
}

#[test]
fn what_numpy_wrote_is_written_to_the_byte() {
    let Some(corpus) = corpus_or_skip() else { return };
    let mut counts = (0, Vec::new());
    for row in rows_with_arrays(&corpus) {
        let bytes = row.read();
        let array = decode(row, &bytes).unwrap();
        let written = npy().encode(&array.view()).unwrap();
        if written == bytes {
            counts.0 += 1;
        } else if is_by_modern_numpy(row, &bytes) {
            counts.1.push(row.path.clone());
        }
        // Whoever wrote it, what is written back reads the same.
        let again = decode(row, &written).unwrap();
        assert_eq!((again.layout(), again.payload()), (array.layout(), array.payload()), "{}", row.path);
    }
    println!("{} files are equal to the byte", counts.0);
    assert!(counts.1.is_empty(), "differ from what numpy wrote: {:#?}", counts.1);
}

/// numpy keeps no more of these types than their size, so each of that size may be named, and is written as it was.
#[test]
fn extension_scalars_are_read_by_name() {
    let Some(corpus) = corpus_or_skip() else { return };
    for row in corpus.of_kind("npy/extension-dtype") {
        let bytes = row.read();
        let stored = npy().decode(&bytes).unwrap();
        for extension in Extension::ALL {
            let npy = Chain::parse(&format!("npy(dtype={})", extension.name())).unwrap();
            let array = npy.decode(&bytes);
            if extension.itemsize() != stored.dtype().itemsize() {
                assert_eq!(array.unwrap_err().kind(), ErrorKind::Corrupt, "{}", row.path);
                continue;
            }
            let array = array.unwrap();
            assert_eq!(*array.dtype().kind(), Kind::Extension(*extension));
            assert_eq!(npy.encode(&array.view()).unwrap(), bytes, "{}", row.path);
            assert_eq!(npy.encode(&stored.view()).unwrap(), bytes, "{}", row.path);
            let bare = self::npy();
            assert_eq!(bare.encode(&array.view()).unwrap(), bytes, "{}", row.path);
            assert_eq!(bare.resolve(array.layout()).unwrap(), npy);
        }
    }
}

fn rows_with_arrays(corpus: &Corpus) -> impl Iterator<Item = &Row> {
    let is_array = |row: &&Row| row.outcome == Outcome::Decode || row.is_kind("npy/header-v2");
    corpus.of_kind("npy").filter(is_array)
}
