//! Whatever happens to a container's bytes is an error, and names the chunk where it happened to one.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test"
)]

mod common;

use std::ops::Range;

use common::{Few, Kind, array, bytes, chain};
use ndcodec_core::{Array, Chain, ErrorKind, Order};

/// A container of seven chunks: parts encoded, stored and constant, whole chunks stored, and a last one that is short.
struct Subject {
    chain: Chain,
    array: Array,
    encoded: Vec<u8>,
    records: Vec<Range<usize>>,
}

impl Subject {
    fn new(inner: &str) -> Self {
        let chain = chain(&format!("chunked({inner},size=1KiB)"));
        // High bytes that repeat, low bytes of noise.
        let noise = bytes(Kind::Noise, 2 << 10);
        let mut payload: Vec<u8> = (0_u8..=255)
            .flat_map(|high| {
                noise[8 * usize::from(high)..][..8].iter().flat_map(move |low| [*low, high / 16])
            })
            .collect();
        payload.extend(bytes(Kind::Noise, 1 << 10));
        payload.extend(bytes(Kind::Zeros, 1 << 10));
        payload.extend([0, 1].repeat(100));
        let shape = [payload.len() / 2];
        let layout = common::layout("<i2", &shape, Order::C);
        let array = Array::new(layout, payload[..].into()).unwrap();
        let encoded = chain.encode(&array.view()).unwrap();
        let records = records(&encoded);
        assert_eq!(records.len(), 7);
        Self { chain, array, encoded, records }
    }

    /// What every way of decoding says to `bytes`, which must be an error.
    fn errors(&self, what: &str, bytes: &[u8]) -> [ndcodec_core::Error; 2] {
        let whole = self.chain.decode(bytes);
        let streamed = self.chain.decode_from(Few(bytes, 5000));
        match (whole, streamed) {
            (Err(whole), Err(streamed)) => [whole, streamed],
            (whole, streamed) => {
                panic!("{what}: decodes: {}, as a stream: {}", whole.is_ok(), streamed.is_ok())
            }
        }
    }

    /// Both errors name the chunk.
    fn names(&self, what: &str, bytes: &[u8], chunk: usize) {
        for error in self.errors(what, bytes) {
            let name = format!("chunk {chunk} of 7 is damaged");
            assert!(error.report().contains(&name), "{what}: {}", error.report());
        }
    }

    fn chunk_at(&self, at: usize) -> Option<usize> {
        self.records.iter().position(|record| record.contains(&at))
    }
}

/// Where the records lie, by the index, read as `docs/formats/chunked.md` says.
fn records(encoded: &[u8]) -> Vec<Range<usize>> {
    let u64_at = |at: usize| u64::from_le_bytes(encoded[at..at + 8].try_into().unwrap()) as usize;
    let begin = u64_at(encoded.len() - 24);
    let mut ends: Vec<usize> = (begin..encoded.len() - 28).step_by(8).map(u64_at).collect();
    ends.push(begin);
    ends.windows(2).map(|ends| ends[0]..ends[1]).collect()
}

#[test]
fn a_flipped_bit_is_an_error_that_names_its_chunk() {
    for inner in ["shuffle|lz4", "zstd(level=1)"] {
        let subject = Subject::new(inner);
        let mut bytes = subject.encoded.clone();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                bytes[at] ^= 1 << bit;
                let what = format!("{inner}: bit {bit} of byte {at} of {}", bytes.len());
                match subject.chunk_at(at) {
                    Some(chunk) => subject.names(&what, &bytes, chunk),
                    None => drop(subject.errors(&what, &bytes)),
                }
                bytes[at] ^= 1 << bit;
            }
        }
    }
}

#[test]
fn a_cut_is_an_error_that_names_its_chunk() {
    for inner in ["shuffle|lz4", "zstd(level=1)"] {
        let subject = Subject::new(inner);
        for cut in 0..subject.encoded.len() {
            let what = format!("cut to {cut} of {}", subject.encoded.len());
            match subject.chunk_at(cut) {
                Some(chunk) => subject.names(&what, &subject.encoded[..cut], chunk),
                None => {
                    for error in subject.errors(&what, &subject.encoded[..cut]) {
                        assert_eq!(error.kind(), ErrorKind::Truncated, "{what}: {}", error.report());
                    }
                }
            }
        }
    }
}

#[test]
fn swapped_chunks_are_an_error_that_names_one() {
    let subject = Subject::new("shuffle|lz4");
    let equal = Subject::new("shuffle");
    assert!(equal.records[0].len() == equal.records[1].len(), "two chunks have one length");
    for subject in [subject, equal] {
        for first in 0..7 {
            for second in first + 1..7 {
                let (a, b) = (subject.records[first].clone(), subject.records[second].clone());
                let bytes = &subject.encoded;
                let (before, after) = (&bytes[..a.start], &bytes[b.end..]);
                let swapped = [before, &bytes[b.clone()], &bytes[a.end..b.start], &bytes[a], after].concat();
                subject.names(&format!("{first} and {second}"), &swapped, first);
            }
        }
    }
}

#[test]
fn a_chunk_of_another_array_is_an_error_that_names_it() {
    let subject = Subject::new("shuffle");
    let other = chain("chunked(shuffle,size=1KiB)");
    let layout = common::layout("<u2", subject.array.shape(), Order::C);
    let other = other.encode(&Array::new(layout, subject.array.payload().into()).unwrap().view()).unwrap();
    for (chunk, (ours, theirs)) in subject.records.iter().zip(records(&other)).enumerate() {
        let mut bytes = subject.encoded.clone();
        assert_eq!(ours.len(), theirs.len());
        bytes[ours.clone()].copy_from_slice(&other[theirs]);
        subject.names(&format!("chunk {chunk} of another"), &bytes, chunk);
    }
}

#[test]
fn bytes_more_or_less_are_errors() {
    let subject = Subject::new("shuffle|lz4");
    for more in [&[0][..], b"\n", &[0xff; 100], &subject.encoded] {
        let bytes = [&subject.encoded[..], more].concat();
        for error in subject.errors("more", &bytes) {
            assert_eq!(error.kind(), ErrorKind::Trailing, "{}", error.report());
        }
    }
    for (chunk, record) in subject.records.iter().enumerate() {
        let without = [&subject.encoded[..record.start], &subject.encoded[record.end..]].concat();
        drop(subject.errors("without one", &without));
        let mut longer = subject.encoded.clone();
        longer.insert(record.start + 6, 0);
        subject.names("a byte inserted", &longer, chunk);
        let mut shorter = subject.encoded.clone();
        shorter.remove(record.start + 6);
        subject.names("a byte removed", &shorter, chunk);
    }
}

#[test]
fn what_is_said_is_a_sentence() {
    let subject = Subject::new("shuffle|lz4");
    let mut bytes = subject.encoded.clone();
    let at = subject.records[3].end - 1;
    bytes[at] ^= 0x80;
    let [whole, streamed] = subject.errors("a checksum", &bytes);
    assert_eq!(whole.report(), streamed.report());
    assert_eq!(whole.kind(), ErrorKind::Checksum);
    let report = whole.report();
    let start = "cannot decode stage 0 `chunked`: chunk 3 of 7 is damaged: the crc32c is 0x";
    assert!(report.starts_with(start) && report.contains(", but the data give 0x"), "{report}");
    let [whole, streamed] = subject.errors("no end", &subject.encoded[..subject.encoded.len() - 1]);
    assert_eq!(
        whole.report(),
        "cannot decode stage 0 `chunked`: it does not end with the end mark of `chunked`: it was cut, or bytes follow it"
    );
    assert_eq!(streamed.report(), "cannot decode stage 0 `chunked`: the input ends inside the index");
}

/// Damage of many kinds: it fails, by every way alike, or nothing was changed.
#[test]
fn damaged_containers_never_give_another_array() {
    let subject = Subject::new("shuffle|zstd(level=1)");
    let mut state = 7_u64;
    let mut below = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    for _ in 0..3000 {
        let mut bytes = subject.encoded.clone();
        for _ in 0..=below(3) {
            let at = if below(2) == 0 { below(90) } else { below(bytes.len()) };
            let other = below(bytes.len());
            match below(6) {
                0 => bytes[at] = [0, 1, 0x7f, 0xff][below(4)],
                1 => bytes[at..].iter_mut().take(8).for_each(|byte| *byte = 0xff),
                2 => bytes.insert(at, 0),
                3 => drop(bytes.remove(at)),
                4 => {
                    let end = bytes.len().min(other + 16);
                    bytes.copy_within(other..end, at.min(500));
                }
                _ => bytes.swap(at, other),
            }
        }
        let results = [subject.chain.decode(&bytes), subject.chain.decode_from(Few(&bytes, 977))];
        for decoded in results.into_iter().flatten() {
            assert!(bytes == subject.encoded && decoded.payload() == subject.array.payload());
        }
        if let Ok(rows) = subject.chain.decode_rows(&bytes, 600..1100) {
            // Rows are decoded without a look at chunks that hold none of them.
            assert_eq!(rows.payload(), subject.array.view().rows(600..1100).unwrap().payload());
        }
    }
}

#[test]
fn small_arrays_are_as_safe() {
    for (dtype, shape) in [("<f8", &[][..]), ("<f8", &[0]), ("|V0", &[5]), ("<f4", &[3, 2])] {
        let array = array(dtype, shape, Order::C, Kind::Measured);
        let chain = chain("chunked(shuffle|lz4)");
        let encoded = chain.encode(&array.view()).unwrap();
        let mut bytes = encoded.clone();
        for bit in 0..8 * bytes.len() {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(
                chain.decode(&bytes).is_err() && chain.decode_from(&*bytes).is_err(),
                "{dtype}: bit {bit}"
            );
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        for cut in 0..encoded.len() {
            assert!(chain.decode(&encoded[..cut]).is_err() && chain.decode_from(&encoded[..cut]).is_err());
        }
    }
}
