//! numcodecs, h5py and zarr read chunks that we wrote.

use std::process::Command;

use ndcodec::{ArrayView, Chain};
use ndcodec_testkit::{python_or_skip, skip};

/// The file that `peers_chunks.py` looks for, and the chain that writes it.
const CHUNKS: &[(&str, &str)] = &[
    ("numcodecs-base64", "raw|base64"),
    ("numcodecs-zlib", "raw|zlib"),
    ("numcodecs-gzip", "raw|gzip"),
    ("numcodecs-zstd", "raw|zstd"),
    ("numcodecs-lz4", "raw|lz4(framing=sized)"),
    ("numcodecs-shuffle-zstd", "raw|shuffle(4)|zstd"),
    ("numcodecs-delta", "raw|delta(<i4)"),
    ("numcodecs-crc32", "raw|crc32"),
    ("numcodecs-crc32c", "raw|crc32c"),
    ("numcodecs-adler32", "raw|adler32"),
    ("numcodecs-fletcher32", "raw|fletcher32"),
    ("h5py-gzip", "raw|zlib"),
    ("h5py-shuffle-gzip", "raw|shuffle|zlib"),
    ("h5py-shuffle-gzip-fletcher32", "raw|shuffle|zlib|fletcher32"),
    ("zarr-zstd", "raw|zstd"),
    ("zarr-gzip-crc32c", "raw|gzip|crc32c"),
    ("zarr-zstd-crc32c", "raw|zstd|crc32c"),
    ("zarr-v2-shuffle-lz4", "raw|shuffle|lz4(framing=sized)"),
];

#[test]
fn chunks_that_we_write_are_read_by_others() {
    let Some(python) = python_or_skip() else { return };
    let folder = tempfile::tempdir().unwrap();
    let values: Vec<f32> = (0..48 * 32).map(|i| (i as f32 * 0.01).sin()).collect();
    let array = ArrayView::from_slice(&values, &[48, 32]).unwrap();
    std::fs::write(folder.path().join("payload.bin"), array.payload()).unwrap();
    for (name, chain) in CHUNKS {
        let chunk = Chain::parse(chain).unwrap().encode(&array).unwrap();
        std::fs::write(folder.path().join(name), chunk).unwrap();
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers_chunks.py");
    let output = Command::new(python).arg(script).arg(folder.path()).output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stdout}{stderr}");
    let read = stdout.lines().count();
    if read < CHUNKS.len() && stderr.contains("zarr 3 needs Python 3.11") {
        skip("zarr and crc32c of numcodecs need Python 3.11");
        return;
    }
    assert_eq!(read, CHUNKS.len(), "{stdout}");
}
