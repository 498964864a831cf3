//! Detection looks at the beginning and the end of data, and copies nothing of what is between: its memory does not grow with
//! them. Neither does that of an error. The allocator of this binary counts, so there is one test in it.
#![cfg(feature = "full")]
#![expect(unsafe_code, reason = "an allocator that counts is an allocator")]

mod counting;

use ndcodec::{ArrayView, Chain, DecodeOptions, Detected, Pipeline, detect};

/// Windows and tables of what is looked into, for each stage that may be one.
const PEAK: usize = 1 << 20;

#[test]
fn detection_takes_no_memory_of_the_data() {
    let elements: Vec<f64> = (0..1_000_000_u32).map(|i| f64::from(i % 1009) / 8.0).collect();
    let x = ArrayView::from_slice(&elements, &[1000, 1000]).unwrap();
    for text in ["npy", "npy|base64", "npy|hex", "npy|zlib|base64"] {
        let chain = Chain::parse(text).unwrap();
        let encoded = chain.encode(&x).unwrap();
        let (peak, found) = counting::peak_of(|| detect(&encoded));
        assert_eq!(found, Detected::Chain(chain), "{text}");
        assert!(peak < PEAK, "`{text}`: {} bytes, and {peak} to detect it", encoded.len());
    }
    // Nor does an error that says what the data are.
    for data in [vec![b'a'; 8 << 20], b"a\xc3\xa4".repeat(3 << 20), b"{\"a\": ".repeat(1 << 20)] {
        for text in ["dataurl", "base64", "hex", "zlib", "gzip", "zstd", "lz4", "crc32"] {
            let pipeline = Pipeline::parse(text).unwrap();
            let options = DecodeOptions::new().with_max_bytes(1 << 10);
            let (peak, decoded) = counting::peak_of(|| pipeline.decode_with(&data, &options));
            assert!(decoded.is_err(), "{text}");
            assert!(peak < PEAK, "`{text}`: {} bytes, and {peak} to refuse them", data.len());
        }
    }
}
