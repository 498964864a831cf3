//! Filters that stand within each other work in one array beside the result, and not in one each.

#![expect(unsafe_code, reason = "an allocator that counts is an allocator")]
#![cfg(feature = "full")]

mod counting;

use counting::peak_of;
use ndcodec::{ArrayView, Chain, DecodeLimits, DecodeOptions};

const NBYTES: usize = 8 << 20;
/// The result, the filtered form and one array between are touched; what is counted are capacities, of which a buffer that
/// grows has two. One array more would be beyond it.
const MOST: usize = 6 * NBYTES;

#[test]
fn filters_within_filters_share_what_they_work_in() {
    // No filter makes fewer bytes of these.
    let mix = |i: u64| f64::from_bits(i.wrapping_mul(0xd134_2543_de82_ef95).rotate_left(29) ^ i << 40);
    let noise: Vec<f64> = (1..=NBYTES as u64 / 8).map(mix).collect();
    let view = ArrayView::from_slice(&noise, &[NBYTES / 64, 8]).expect("a shape of this length");
    let options = DecodeOptions::from(DecodeLimits::default().with_max_bytes(NBYTES + 256));
    for filters in [
        "decimal|dict|bitshuffle",
        "decimal|dict|delta|bitshuffle",
        "predict|decimal|dict|shuffle",
        "columns|decimal|dict|delta|shuffle",
        "xor|predict|shuffle",
        "decimal|delta|dict|shuffle",
        "xor|decimal|dict|bitshuffle",
        "decimal|delta|xor|dict|delta|shuffle",
    ] {
        let text = format!("npy|{filters}|lz4");
        let parse = || Chain::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let encoded = parse().encode(&view).unwrap_or_else(|error| panic!("{text}: {error}"));
        // One that has encoded keeps memory, which would not count.
        let chain = parse();
        let (peak, decoded) = peak_of(|| chain.decode_with(&encoded, &options));
        let decoded = decoded.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(decoded.view().payload() == view.payload(), "{text}");
        assert!(peak <= MOST, "{text}: {} MiB, and not {}", peak >> 20, MOST >> 20);
    }
}
