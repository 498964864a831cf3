//! Every `.npz` of the corpus: each array right, or refused by name.

#![allow(missing_docs, clippy::panic, clippy::unwrap_used, reason = "a test")]

use std::io::Cursor;

use ndcodec_core::{DecodeLimits, ErrorKind, Order};
use ndcodec_npz::{MemberEncoding, Npz, NpzWriter};
use ndcodec_testkit::corpus::{canonical_bytes, sha256_hex};
use ndcodec_testkit::{Outcome, Row, corpus, corpus_or_skip};
use serde_json::Value;

fn open(row: &Row) -> Npz<Cursor<Vec<u8>>> {
    let npz = Npz::open(Cursor::new(row.read()));
    npz.unwrap_or_else(|error| panic!("{}: {}", row.path, error.report()))
}

fn expected(row: &Row) -> Vec<Value> {
    serde_json::from_slice(&row.read_expected().unwrap()).unwrap()
}

#[test]
fn every_array_is_read_or_refused_as_the_sidecars_say() {
    let Some(corpus) = corpus_or_skip() else { return };
    let (mut archives, mut arrays, mut refused) = (0, 0, 0);
    for row in corpus.of_kind("npz") {
        let npz = open(row);
        let expected = expected(row);
        archives += 1;
        let mut names: Vec<&str> = expected.iter().map(|array| array["name"].as_str().unwrap()).collect();
        let mut found: Vec<&str> = npz.names().collect();
        names.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, names, "{}", row.path);
        let mut refused_here = 0;
        for array in &expected {
            let name = array["name"].as_str().unwrap();
            let limits = DecodeLimits::new();
            let layout = npz.layout_with(name, &limits.into());
            match npz.read_with(name, &limits.into()) {
                Ok(read) => {
                    assert_eq!(*read.layout(), layout.unwrap());
                    let dtype = corpus::parse_dtype(&text(&array["dtype"])).unwrap();
                    assert_eq!(*read.dtype(), dtype, "{} {name}", row.path);
                    assert_eq!(serde_json::json!(read.shape()), array["shape"], "{} {name}", row.path);
                    let order = if array["order"] == "F" { Order::Fortran } else { Order::C };
                    assert_eq!(read.layout().order(), order, "{} {name}", row.path);
                    assert_eq!(
                        sha256_hex(&canonical_bytes(&read.view())),
                        array["sha256"],
                        "{} {name}",
                        row.path
                    );
                    arrays += 1;
                }
                Err(error) => {
                    assert_eq!(row.outcome, Outcome::Refuse, "{} {name}: {}", row.path, error.report());
                    assert_eq!(error.kind(), ErrorKind::Refused, "{}", error.report());
                    assert!(
                        error.report().starts_with(&format!("the member `{name}.npy`")),
                        "{}",
                        error.report()
                    );
                    assert!(error.report().contains("Python objects"), "{}", error.report());
                    refused_here += 1;
                }
            }
        }
        assert_eq!(row.outcome == Outcome::Refuse, refused_here > 0, "{}", row.path);
        refused += refused_here;
    }
    println!("{archives} archives: {arrays} arrays read, {refused} refused");
    assert!(archives > 0);
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[test]
fn what_is_read_is_written_and_read_again() {
    let Some(corpus) = corpus_or_skip() else { return };
    for row in corpus.of_kind("npz").filter(|row| row.outcome == Outcome::Decode) {
        for encoding in [MemberEncoding::Stored, MemberEncoding::Deflated, MemberEncoding::Zstd] {
            let npz = open(row);
            let mut writer = NpzWriter::new(Cursor::new(Vec::new())).with_encoding(encoding);
            let names: Vec<String> = npz.names().map(str::to_owned).collect();
            for name in &names {
                writer.add(name, &npz.read(name).unwrap().view()).unwrap();
            }
            let again = Npz::open(writer.finish().unwrap()).unwrap();
            assert_eq!(again.names().collect::<Vec<_>>(), names);
            for name in &names {
                let (a, b) = (npz.read(name), again.read(name));
                let (a, b) = (a.unwrap(), b.unwrap());
                assert_eq!((a.layout(), a.payload()), (b.layout(), b.payload()), "{} {name}", row.path);
            }
        }
    }
}
