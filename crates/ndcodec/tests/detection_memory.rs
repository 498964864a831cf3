//! Detection looks at the beginning and the end of data, and copies nothing of what is between: its memory does not grow with
//! them. The allocator of this binary counts, so there is one test in it.
#![expect(unsafe_code, reason = "an allocator that counts is an allocator")]

mod counting;

use ndcodec::{ArrayView, Chain, Detected, detect};

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
}
