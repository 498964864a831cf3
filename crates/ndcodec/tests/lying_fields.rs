//! Fields that lie: in encoded arrays of every family each run of bytes says the largest number, the next one and nothing,
//! one after the other, under a small limit. Peak memory stays within three times the limit and 32 MiB, and no decode takes
//! long.
#![expect(unsafe_code, reason = "an allocator that counts is an allocator")]
#![cfg(feature = "full")]

mod counting;

use std::time::{Duration, Instant};

use counting::peak_of;
use ndcodec::{ArrayView, Chain, DecodeLimits, DecodeOptions, ErrorKind, Opened, detect};

const LIMIT: usize = 64 << 10;
const MOST: usize = 3 * LIMIT + (32 << 20);
/// The processor may be busy with other things.
const LONGEST: Duration = Duration::from_secs(5);

const CHAINS: &[&str] = &[
    "npy",
    "npy|zstd",
    "npy|zlib",
    "npy|gzip",
    "npy|deflate",
    "npy|lz4",
    "npy|lz4(framing=block)",
    "npy|lz4(framing=sized)",
    "npy|prefix(u32)",
    "npy|prefix(u64)",
    "npy|pco",
    "npy|sparse",
    "npy|bitshuffle|sparse|lz4",
    "npy|dict",
    "npy|decimal",
    "npy|predict",
    "npy|columns|dict",
    "npy|columns|decimal",
    "npy|decimal|dict|zstd",
    "npy|decimal|predict|pco",
    "npy|predict|pco|lz4",
    "npy|xor|bitshuffle|zlib",
    "raw(<f8,40x10)|pco",
    "raw(<f8,40x10)|dict",
    "raw(<f8,40x10)|columns|decimal|dict",
    "raw(<f8,?x10)|decimal",
    "raw(<f8)|predict|zstd",
    "chunked(shuffle|lz4)",
    "chunked(zstd)",
    "chunked(decimal|dict|lz4,size=1KiB)",
    "chunked(pco)",
    "auto",
    "auto(fast)",
];

#[test]
fn fields_that_lie_cost_nothing() {
    let values: Vec<f64> = (0..400_u32).map(|i| f64::from(i * i % 97) * 0.25).collect();
    let array = ArrayView::from_slice(&values, &[40, 10]).unwrap();
    let options =
        DecodeOptions::new().with_limits(DecodeLimits::new().with_max_bytes(LIMIT).with_max_window(LIMIT));
    let (mut count, mut worst, mut longest) = (0, 0, Duration::ZERO);
    for text in CHAINS {
        let chain = Chain::parse(text).unwrap();
        let encoded = chain.encode(&array).unwrap_or_else(|error| panic!("{text}: {}", error.report()));
        let lies: [&[u8]; 7] = [
            &[0xff; 8],
            &[0xff; 4],
            &[0xff; 2],
            &[0x7f],
            &[0xff, 0xff, 0xff, 0x7f],
            &[0, 0, 0, 0, 0, 0, 0, 0x7f],
            &[0; 8],
        ];
        // Headers and fronts stand at the beginning, tables at the end.
        let places =
            (0..encoded.len().min(300)).chain(encoded.len().saturating_sub(100).max(300)..encoded.len());
        for at in places {
            for lie in lies {
                let mut lying = encoded.clone();
                lie.iter().zip(&mut lying[at..]).for_each(|(lie, byte)| *byte = *lie);
                for way in 0..3 {
                    let start = Instant::now();
                    let (peak, error) = peak_of(|| match way {
                        0 => chain.decode_with(&lying, &options).err(),
                        1 => chain.decoder_with(&lying[..], &options).and_then(Opened::into_array).err(),
                        _ => {
                            drop(detect(&lying));
                            chain.decode_rows_with(&lying, 3..5, &options).err()
                        }
                    });
                    let took = start.elapsed();
                    let what = format!("{text}: {lie:?} at {at}, way {way}");
                    assert!(peak <= MOST, "{what}: {peak} bytes");
                    assert!(took <= LONGEST, "{what}: {took:?}");
                    assert!(error.is_none_or(|error| error.kind() != ErrorKind::Internal), "{what}");
                    (count, worst, longest) = (count + 1, worst.max(peak), longest.max(took));
                }
            }
        }
    }
    println!("{} chains, {count} decodes: at most {worst} bytes and {longest:?}", CHAINS.len());
    assert!(count > 50_000);
}

/// pco's fields are runs of bits: which table or window a chunk has stands in half a byte, and its length behind that.
#[test]
fn packed_fields_that_lie_cost_nothing() {
    let values: Vec<f64> = (0..400_u32).map(|i| f64::from(i * i % 97) * 0.25).collect();
    let chain = Chain::parse("raw(<f8,40x10)|pco").unwrap();
    let encoded = chain.encode(&ArrayView::from_slice(&values, &[40, 10]).unwrap()).unwrap();
    let options = DecodeOptions::new().with_max_bytes(LIMIT);
    let mut refused = 0;
    for at in 0..24 {
        for first in 0..=u8::MAX {
            // The highest bits of what is padded are zeros.
            for rest in [[0; 3], [0xff; 3], [0xff, 0xff, 0x1f], [0xff, 0x1f, 0], [0x17, 0, 0]] {
                let mut lying = encoded.clone();
                lying[at] = first;
                lying[at + 1..at + 4].copy_from_slice(&rest);
                let (peak, error) = peak_of(|| chain.decode_with(&lying, &options).err());
                assert!(peak <= MOST, "{first}, {rest:?} at {at}: {peak} bytes");
                refused += usize::from(error.is_some());
            }
        }
    }
    assert!(refused > 10_000, "{refused}");
}
