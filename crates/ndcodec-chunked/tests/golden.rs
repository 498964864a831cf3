//! What older versions wrote decodes for ever. `tests/golden/README.md` says how to add a file.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod common;
#[path = "golden/mod.rs"]
mod golden;

use std::fs;

use common::{Few, chain};
use golden::GOLDENS;

#[test]
fn golden_files_decode() {
    for golden in GOLDENS {
        let (name, path, expected) = (golden.name, golden.path(), golden.array());
        if !path.exists() && std::env::var_os("NDCODEC_BLESS").is_some() {
            fs::write(&path, chain(golden.chain).encode(&expected.view()).unwrap()).unwrap();
        }
        let encoded = fs::read(&path).unwrap();
        let word = golden.chain.split('(').next().unwrap();
        for reader in [word, golden.chain] {
            let reader = chain(reader);
            for decoded in [reader.decode(&encoded), reader.decode_from(Few(&encoded, 100))] {
                let decoded = decoded.unwrap_or_else(|error| panic!("{name}: {}", error.report()));
                assert_eq!(*decoded.layout(), expected.layout().clone().canonical(), "{name}");
                assert!(decoded.payload() == expected.payload(), "{name}");
            }
            if let Some(rows) = golden.shape.first().filter(|rows| **rows > 2) {
                let decoded = reader.decode_rows(&encoded, 1..rows - 1).unwrap();
                assert!(decoded.payload() == expected.view().rows(1..rows - 1).unwrap().payload(), "{name}");
            }
        }
    }
}

#[test]
fn every_golden_file_is_in_the_table() {
    let folder = GOLDENS[0].path().parent().unwrap().to_owned();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_listed = GOLDENS.iter().any(|golden| golden.path() == path);
        let is_golden = path.extension().is_some_and(|extension| extension == "ndch");
        assert_eq!(is_listed, is_golden, "{}", path.display());
    }
}
