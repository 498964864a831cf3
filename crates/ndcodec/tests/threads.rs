//! Sixteen threads share a dozen chains, both directions, every way in, with damaged data, parsing, detection and the
//! memory that is kept between calls beside them. `cargo xtask sanitize` runs it under ThreadSanitizer.
#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]
#![cfg(feature = "full")]

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use ndcodec::{ArrayView, Chain, DecodeOptions, Detected, EncodeOptions, Opened, Pipeline, detect, memory};

const THREADS: usize = 16;
const CHAINS: [&str; 13] = [
    "npy",
    "npy|zstd",
    "npy|zlib|base64",
    "npy|gzip",
    "npy|lz4",
    "npy|shuffle|zstd(1)",
    "npy|xor|bitshuffle|lz4|crc32c",
    "npy|decimal|dict|zstd",
    "npy|columns|pco",
    "chunked(bitshuffle|sparse,size=4KiB)",
    "chunked(shuffle|lz4,size=4KiB)",
    "chunked(predict|zstd,size=4KiB)|base64",
    "auto(fast)",
];

/// What every thread works on: a chain that all share, an array, and what it encodes to.
struct Work {
    text: &'static str,
    chain: Chain,
    values: Vec<f64>,
    encoded: Vec<u8>,
}

fn works() -> Vec<Work> {
    let work = |(i, text): (usize, &&'static str)| {
        let values: Vec<f64> =
            (0..3000 + 100 * i).map(|k| f64::from(u16::try_from(k % 900).unwrap()) * 0.25).collect();
        let chain = Chain::parse(text).unwrap();
        let encoded =
            chain.encode(&ArrayView::from_slice(&values, &[values.len() / 10, 10]).unwrap()).unwrap();
        Work { text, chain, values, encoded }
    };
    CHAINS.iter().enumerate().map(work).collect()
}

/// A round by one thread: another chain and another way each time.
fn round(works: &[Work], turn: usize) {
    let work = &works[turn % works.len()];
    let Work { text, chain, values, encoded } = work;
    let array = ArrayView::from_slice(values, &[values.len() / 10, 10]).unwrap();
    let two = NonZeroUsize::new(2).unwrap();
    match turn / works.len() % 9 {
        0 => assert!(chain.encode(&array).unwrap() == *encoded, "{text}"),
        1 => assert!(chain.decode(encoded).unwrap().payload() == array.payload(), "{text}"),
        2 => assert!(
            chain.decoder(&encoded[..]).and_then(Opened::into_array).unwrap().payload() == array.payload()
        ),
        3 => {
            let mut room = vec![0; array.payload().len()];
            chain.decode_into_slice(encoded, &mut room).unwrap();
            assert!(room == array.payload(), "{text}");
        }
        4 => assert_eq!(
            chain.decode_rows(encoded, 7..9).unwrap().payload(),
            &array.payload()[560..720],
            "{text}"
        ),
        5 => {
            let mut damaged = encoded.clone();
            let at = turn * 7919 % damaged.len();
            damaged[at] ^= 1;
            drop(chain.decode(&damaged));
            assert!(chain.decode(&damaged[..at]).is_err(), "{text}");
        }
        6 => {
            assert!(!matches!(detect(encoded), Detected::Unknown { guess: None, .. }), "{text}");
            assert_eq!(Chain::parse(text).unwrap(), *chain);
            Pipeline::parse("zstd|base64").unwrap();
        }
        7 => {
            let mut written = Vec::new();
            chain.encode_to(&array, &mut written).unwrap();
            assert!(
                chain.decode_with(&written, &DecodeOptions::new().with_threads(two)).unwrap().payload()
                    == array.payload()
            );
        }
        _ => {
            let mut out = Vec::new();
            chain.encode_into_with(&array, &mut out, &EncodeOptions::new().with_threads(two)).unwrap();
            assert!(out == *encoded, "{text}");
            if turn.is_multiple_of(5) {
                memory::trim();
            }
        }
    }
}

#[test]
fn sixteen_threads_share_chains() {
    let works = works();
    // So long that all of them meet: more if there is time, `NDCODEC_SECONDS` says how much.
    let seconds = std::env::var("NDCODEC_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let (start, least) = (Instant::now(), works.len() * 9);
    let rounds: usize = std::thread::scope(|scope| {
        let work = |id: usize| {
            let mut turn = id * 31;
            while turn - id * 31 < least || start.elapsed() < Duration::from_secs(seconds) {
                round(&works, turn);
                turn += 1;
            }
            turn - id * 31
        };
        let threads: Vec<_> = (0..THREADS).map(|id| scope.spawn(move || work(id))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    println!("{rounds} rounds by {THREADS} threads");
    assert!(rounds >= least * THREADS && memory::kept() <= memory::budget());
}
