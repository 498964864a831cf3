//! Files that some version wrote, and every later one reads.
#![cfg(all(
    feature = "npy",
    feature = "delta",
    feature = "xor",
    feature = "shuffle",
    feature = "bitshuffle"
))]

use std::path::Path;

use ndcodec::{Chain, Detected, Order, detect};

/// The file, the chain that wrote it, dtype, shape, order, and the elements as they lie.
type Row = (&'static str, &'static str, &'static str, &'static [usize], Order, Vec<u8>);

fn rows() -> Vec<Row> {
    let integers: Vec<u8> = (0..6_i32).flat_map(i32::to_le_bytes).collect();
    let floats: Vec<u8> = (0..6).flat_map(|i| (f64::from(i) * 0.5).to_le_bytes()).collect();
    let structs = [(1_i16, 1.5_f32), (-2, 2.5)];
    let structs: Vec<u8> =
        structs.iter().flat_map(|(a, b)| a.to_le_bytes().into_iter().chain(b.to_le_bytes())).collect();
    let mut rows = Vec::new();
    for header in ["numpys-magic", "own-magic"] {
        let name = |what: &str| &*Box::leak(format!("{what}-{header}.npy").into_boxed_str());
        rows.push((name("delta"), "npy|delta", "<i4", &[6][..], Order::C, integers.clone()));
        let (chain, name_of) = ("npy|xor|shuffle", name("xor-shuffle-fortran"));
        rows.push((name_of, chain, "<f8", &[2, 3][..], Order::Fortran, floats.clone()));
        let dtype = "[('整', '<i2'), ('b', '<f4')]";
        let (chain, name_of) = ("npy|bitshuffle", name("bitshuffle-struct"));
        rows.push((name_of, chain, dtype, &[2][..], Order::C, structs.clone()));
    }
    rows
}

#[test]
fn filtered_files_of_every_version_are_read() {
    for (file, chain, dtype, shape, order, payload) in rows() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file);
        let bytes = std::fs::read(&path).unwrap();
        for chain in [chain, "npy"] {
            let array = Chain::parse(chain).unwrap().decode(&bytes).unwrap();
            let layout = array.layout();
            assert_eq!((layout.dtype().to_string(), layout.shape()), (dtype.to_owned(), shape), "{file}");
            assert_eq!((layout.order(), array.payload()), (order, &*payload), "{file}");
        }
        assert_eq!(detect(&bytes), Detected::Chain(Chain::parse(chain).unwrap()), "{file}");
    }
}

#[test]
fn what_is_written_today_is_what_the_newest_version_wrote() {
    for (file, chain, ..) in rows().iter().filter(|row| row.0.contains("own-magic")) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file);
        let bytes = std::fs::read(&path).unwrap();
        let chain = Chain::parse(chain).unwrap();
        let array = chain.decode(&bytes).unwrap();
        assert_eq!(chain.encode(&array.view()).unwrap(), bytes, "{file}");
        assert!(bytes.starts_with(b"\x93NDNPY"), "{file}");
    }
}
