//! Decoding to fresh memory, with large pages and without: `cargo run --release -p ndcodec-benches --example fresh`.
//!
//! The two take turns, and each result is compared. Linux only, as the pages are.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    unsafe_code,
    reason = "a measurement asserts and prints"
)]

use std::hint::black_box;

use ndcodec::{ArrayView, Chain};
use ndcodec_benches::{Budget, measurements};

fn main() {
    println!("chain,bytes,large_pages_ns,small_pages_ns,ratio");
    for size in [4 << 20, 16 << 20, 64 << 20] {
        let elements: Vec<f64> = measurements(size)
            .chunks_exact(8)
            .map(|item| f64::from_le_bytes(item.try_into().unwrap()))
            .collect();
        let array = ArrayView::from_slice(&elements, &[elements.len()]).unwrap();
        for text in ["npy", "npy|base64", "npy|lz4|base64"] {
            let chain = Chain::parse(text).unwrap();
            let encoded = chain.encode(&array).unwrap();
            assert!(chain.decode(&encoded).unwrap().payload() == array.payload());
            let decode = |large: bool| {
                allow_large_pages(large);
                black_box(chain.decode(black_box(&encoded)).unwrap());
            };
            let found = ndcodec_measure::pair(&Budget::FULL, || decode(true), || decode(false));
            println!("{text},{size},{:.0},{:.0},{:.3}", found.ours * 1e9, found.theirs * 1e9, found.ratio);
        }
    }
}

/// Whether this process may have large pages at all.
#[cfg(target_os = "linux")]
fn allow_large_pages(allowed: bool) {
    // SAFETY: the call takes numbers, and changes nothing but how later faults are served.
    unsafe { libc::prctl(libc::PR_SET_THP_DISABLE, libc::c_ulong::from(!allowed), 0, 0, 0) };
}

#[cfg(not(target_os = "linux"))]
fn allow_large_pages(_: bool) {}
