//! A reader in Python that shares no code with ours, made from `docs/formats/chunked.md`, reads what we write.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod common;
#[path = "golden/mod.rs"]
mod golden;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{Kind, array, chain};
use golden::GOLDENS;
use ndcodec_core::{Array, Order};
use ndcodec_testkit::corpus::sha256_hex;
use ndcodec_testkit::python_or_skip;

fn read(python: &Path, paths: &[PathBuf]) -> Output {
    let reader = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reader.py");
    Command::new(python).arg(reader).args(paths).output().unwrap()
}

/// What the reader prints for an array.
fn line(array: &Array) -> String {
    let layout = array.layout().clone().canonical();
    let shape: Vec<String> = layout.shape().iter().map(ToString::to_string).collect();
    let order = if layout.order() == Order::Fortran { "F" } else { "C" };
    let sha256 = sha256_hex(array.payload());
    format!("[\"{}\", [{}], \"{order}\", \"{sha256}\"]", layout.dtype(), shape.join(", "))
}

#[test]
fn another_reader_agrees() {
    let Some(python) = python_or_skip() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (mut paths, mut expected) = (Vec::new(), Vec::new());
    for golden in GOLDENS.iter().filter(|golden| golden.chain.starts_with("chunked")) {
        paths.push(golden.path());
        expected.push(line(&golden.array()));
    }
    let structs = "[('a', '<i4'), ('b', [('c', '>f8'), ('d', '|u1', (2, 3))])]";
    for inner in ["lz4", "zstd", "shuffle", "shuffle|lz4", "shuffle|zstd(level=1)", "shuffle|zstd|lz4"] {
        for (dtype, shape, order, kind) in [
            ("<f8", &[2000][..], Order::C, Kind::Measured),
            ("<f8", &[1000], Order::C, Kind::Noise),
            (">u4", &[5, 40, 10], Order::Fortran, Kind::Measured),
            ("<M8[ns]", &[1100], Order::C, Kind::Zeros),
            ("<U4", &[], Order::C, Kind::Zeros),
            (structs, &[150], Order::C, Kind::Measured),
            ("|b1", &[4, 0], Order::C, Kind::Zeros),
        ] {
            let array = array(dtype, shape, order, kind);
            let path = folder.path().join(paths.len().to_string());
            fs::write(&path, chain(&format!("chunked({inner},size=4KiB)")).encode(&array.view()).unwrap())
                .unwrap();
            paths.push(path);
            expected.push(line(&array));
        }
    }
    let output = read(&python, &paths);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    for (path, (actual, expected)) in paths.iter().zip(lines.iter().zip(&expected)) {
        assert_eq!(actual, expected, "{}", path.display());
    }
    assert_eq!(lines.len(), expected.len());
}

/// The reader looks at every checksum: it refuses a flipped bit anywhere.
#[test]
fn another_reader_notices_damage() {
    let Some(python) = python_or_skip() else { return };
    let folder = tempfile::tempdir().unwrap();
    let encoded =
        fs::read(GOLDENS.iter().find(|golden| golden.name == "planes-alone").unwrap().path()).unwrap();
    for step in 0..12 {
        let mut bytes = encoded.clone();
        let at = step * (bytes.len() - 1) / 11;
        bytes[at] ^= 1;
        let path = folder.path().join("damaged");
        fs::write(&path, bytes).unwrap();
        assert!(!read(&python, &[path]).status.success(), "byte {at}");
    }
}
