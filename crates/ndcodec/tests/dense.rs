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
    slow_blocks_that_cost_nothing_are_refused();
}

/// Blocks of DEFLATE that are codes of all symbols, and no symbol but the end.
fn blocks_of_tables(count: usize) -> Vec<u8> {
    let mut bits = Vec::new();
    let mut put = |value: u32, width: u32| bits.extend((0..width).map(|i| value >> i & 1));
    for _ in 0..8 {
        [(0, 1), (2, 2), (0, 5), (0, 5), (14, 4)].iter().for_each(|(value, width)| put(*value, *width));
        for length in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1] {
            let width = [(16, 1), (8, 2), (1, 3), (9, 3)].iter().find(|known| known.0 == length);
            put(width.map_or(0, |known| known.1), 3);
        }
        put(0b01, 2);
        (0..42).for_each(|_| put(0b110, 3));
        [(0b01, 2), (0b01, 2), (0b111, 3), (0b111, 3), (0b011, 3), (0x1ff, 9)]
            .iter()
            .for_each(|(value, width)| put(*value, *width));
    }
    let bytes = bits.chunks(8).map(|byte| (0..).zip(byte).fold(0, |byte, (i, bit)| byte | bit << i));
    let eight: Vec<u8> = bytes.map(|byte| u8::try_from(byte).unwrap()).collect();
    eight.repeat(count / 8)
}

/// Input that the caller gave pays for its time; of what another codec made of little, blocks are counted.
fn slow_blocks_that_cost_nothing_are_refused() {
    let content = vec![7; 130 * 0xffff];
    let stored = [&[0, 0xff, 0xff, 0, 0][..], &content[..0xffff]].concat().repeat(130);
    let sum = Pipeline::parse("crc32").unwrap().encode(&content).unwrap();
    let member = [
        &b"\x1f\x8b\x08\0\0\0\0\0\0\xff"[..],
        &stored,
        &blocks_of_tables(140_000),
        &[1, 0, 0, 0xff, 0xff],
        &sum[..4],
        &u32::try_from(content.len()).unwrap().to_le_bytes(),
    ]
    .concat();
    assert!(Pipeline::parse("gzip").unwrap().decode(&member).map(|found| found == content).unwrap());
    let around = Pipeline::parse("zstd").unwrap().encode(&member).unwrap();
    assert!(around.len() < member.len() / 100);
    let error = Pipeline::parse("gzip|zstd").unwrap().decode(&around).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    assert!(error.report().contains("small blocks of deflate data"), "{error}");
    let error = Chain::parse("raw(|u1)|gzip|zstd").unwrap().decode(&around).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
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
