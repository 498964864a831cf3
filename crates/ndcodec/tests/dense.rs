//! What is many times as long as its encoded form, and says no length, is measured before memory is taken for it.

#![expect(unsafe_code, reason = "an allocator that counts is an allocator")]
#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]
#![cfg(feature = "full")]

mod counting;

use std::io::Write;

use counting::peak_of;
use ndcodec::error::Limit;
use ndcodec::{Chain, DecodeLimits, DecodeOptions, ErrorKind, Pipeline};

const MIB: usize = 1 << 20;
/// A period of several bytes: of one that repeats zstd would have told.
const PATTERN: &[u8] = b"0123456789abcdef";

/// So many MiB of a pattern, written as a stream, which nobody told how long it will be.
fn stream_of(word: &str, mib: usize) -> Vec<u8> {
    let piece = PATTERN.repeat(MIB / PATTERN.len());
    let mut encoded = Vec::new();
    let mut writer = Pipeline::parse(word).unwrap().encoder(&mut encoded).unwrap();
    (0..mib).for_each(|_| writer.write_all(&piece).unwrap());
    writer.finish().unwrap();
    encoded
}

/// One after the other, since an allocator that counts sees all threads.
#[test]
fn what_is_dense_is_measured() {
    a_bomb_takes_neither_memory_nor_time();
    what_is_dense_and_fits_is_decoded();
}

fn a_bomb_takes_neither_memory_nor_time() {
    let options = DecodeOptions::from(DecodeLimits::new().with_max_bytes(56 * MIB));
    for word in ["zstd", "zlib", "gzip", "deflate", "lz4"] {
        let bomb = stream_of(word, 60);
        // 32 MiB, twice while they move; up to 256 MiB zstd decodes at once, to room for all that it may be.
        let most = if word == "zstd" { 60 * MIB } else { 66 * MIB };
        let pipeline = Pipeline::parse(word).unwrap();
        let (peak, refused) = peak_of(|| pipeline.decode_with(&bomb, &options));
        let error = refused.unwrap_err();
        assert_eq!((error.kind(), error.limit()), (ErrorKind::Limit, Some(Limit::Bytes)), "{word}");
        let report = error.report();
        assert!(report.contains("the result is larger than the limit of 58720256 bytes"), "{word}: {report}");
        assert!(peak < most, "{word}: {} MiB", peak >> 20);
    }
}

fn what_is_dense_and_fits_is_decoded() {
    let options = DecodeOptions::from(DecodeLimits::new().with_max_bytes(56 * MIB));
    let content = PATTERN.repeat(36 * MIB / PATTERN.len());
    for word in ["zlib", "lz4"] {
        let encoded = stream_of(word, 36);
        let pipeline = Pipeline::parse(word).unwrap();
        let mut both = b"before".to_vec();
        let len = pipeline.decode_append_with(&encoded, &mut both, &options).unwrap();
        assert!(len == content.len() && both.starts_with(b"before") && both[6..] == content, "{word}");
        let array = Chain::parse(&format!("raw(|u1)|{word}")).unwrap();
        assert!(*array.decode_with(&encoded, &options).unwrap().payload() == content, "{word}");
    }
    // What is wrong with it is said as it is of what is short.
    for word in ["zlib", "gzip", "deflate", "lz4", "zstd"] {
        let pipeline = Pipeline::parse(word).unwrap();
        let [short, long] = [1, 36].map(|mib| {
            let encoded = stream_of(word, mib);
            pipeline.decode_with(&encoded[..encoded.len() - 5], &options).unwrap_err()
        });
        assert!(matches!(long.kind(), ErrorKind::Truncated | ErrorKind::Corrupt), "{word}: {long}");
        assert_eq!((long.kind(), long.to_string()), (short.kind(), short.to_string()), "{word}");
    }
}
