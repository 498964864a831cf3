//! Blocks of longer matches, read by a naive decoder and by the library, and what the format says of their ends.

use std::sync::Arc;

use lz4_flex::block::decompress;
use ndcodec_core::{Codec, Content, Input, Output, build_codec};

use super::blocks::naive_decode;
use super::{decode, encode, mixed, noise};
use crate::block::{Lz4Block, bound};
use crate::compress::{MinMatch, Places, compress};

fn all() -> impl Iterator<Item = MinMatch> {
    (5..=8).map(|bytes| MinMatch::new(bytes).unwrap())
}

/// Its block in room of the bound, behind which nothing may be written.
fn block_of(bytes: &[u8], places: &mut Places, min: MinMatch) -> Vec<u8> {
    let mut room = vec![0; bound(bytes.len())];
    let len = compress(bytes, &mut room, places, min).unwrap();
    room.truncate(len);
    room
}

/// Where each match of a block begins, and how long it is.
fn matches(block: &[u8]) -> Vec<(usize, usize)> {
    let (mut at, mut to, mut found) = (0, 0, Vec::new());
    let length = |at: &mut usize, nibble: u8| {
        let mut sum = usize::from(nibble);
        let mut more = if nibble == 15 { 255 } else { 0 };
        while more == 255 {
            more = block[*at];
            *at += 1;
            sum += usize::from(more);
        }
        sum
    };
    loop {
        let token = block[at];
        at += 1;
        let literals = length(&mut at, token >> 4);
        (at, to) = (at + literals, to + literals);
        if at == block.len() {
            return found;
        }
        at += 2;
        let len = 4 + length(&mut at, token & 15);
        found.push((to, len));
        to += len;
    }
}

fn samples() -> Vec<Vec<u8>> {
    let mut samples = vec![noise(70_000, 3), mixed(700_000), vec![7; 100_000], b"abcdefgh".repeat(9000)];
    for len in (0..70).chain([254, 255, 256, 270, 271, 272, 1000, 65_535, 65_536, 65_537]) {
        samples.extend([mixed(len), vec![0; len], b"0123456".repeat(len / 7 + 1)]);
        // Literals, then a match that reaches the end.
        let mut twice = noise(len, 9);
        twice.extend_from_within(..);
        samples.push(twice);
    }
    samples
}

#[test]
fn come_back_by_any_decoder() {
    let mut places = Places::new();
    for bytes in samples() {
        for min in all() {
            let block = block_of(&bytes, &mut places, min);
            assert!(naive_decode(&block).as_ref() == Some(&bytes), "{min:?}, {} bytes", bytes.len());
            assert!(decompress(&block, bytes.len()).unwrap() == bytes, "{min:?}, {} bytes", bytes.len());
        }
    }
}

/// The last match begins at least twelve bytes before the end of a block, and the last five bytes are literals: decoders of
/// others rely on it. No match is shorter than was asked for, and where some are long they are found.
#[test]
fn matches_are_where_the_format_wants_them_and_no_shorter_than_asked() {
    let mut places = Places::new();
    let mut count = 0;
    for bytes in samples() {
        for (shortest, min) in (5..).zip(all()) {
            for (at, len) in matches(&block_of(&bytes, &mut places, min)) {
                assert!(len >= shortest, "{min:?}: a match of {len} bytes");
                // A match may begin before the place where it was found.
                assert!(at + shortest + 5 <= bytes.len() && at + len + 5 <= bytes.len(), "{min:?}, at {at}");
                assert!(at + 12 <= bytes.len(), "{min:?}: a match begins at {at} of {}", bytes.len());
                count += 1;
            }
        }
    }
    assert!(count > 10_000, "{count} matches");
    let period = block_of(&b"abcdefgh".repeat(9000), &mut places, MinMatch::new(8).unwrap());
    assert_eq!(matches(&period), [(8, 72_000 - 8 - 5)]);
}

/// What was seen in other blocks is forgotten, also when the count of bytes begins again.
#[test]
fn bytes_do_not_depend_on_what_was_compressed_before() {
    let (small, other) = (mixed(3000), mixed(200_000));
    for min in all() {
        let fresh = block_of(&small, &mut Places::new(), min);
        for counted in [0, 1, u32::MAX - 203_000, u32::MAX - 202_999, u32::MAX - 1000, u32::MAX] {
            let mut places = Places::counted_to(counted);
            block_of(&other, &mut places, min);
            assert!(block_of(&small, &mut places, min) == fresh, "{min:?}, behind {counted} bytes");
            assert!(block_of(&small, &mut places, min) == fresh, "{min:?}, behind {counted} bytes");
        }
    }
}

#[test]
fn room_that_is_too_small_is_noticed() {
    let mut places = Places::new();
    for bytes in [mixed(3000), noise(300, 1), vec![0; 5000], Vec::new()] {
        for min in all() {
            let block = block_of(&bytes, &mut places, min);
            for room in 0..block.len() {
                assert_eq!(compress(&bytes, &mut vec![0; room], &mut places, min), None, "{room} bytes");
            }
            let mut room = vec![0; block.len()];
            assert_eq!(compress(&bytes, &mut room, &mut places, min), Some(block.len()));
            assert_eq!(room, block);
        }
    }
}

fn encode_plane<C: Codec + ?Sized>(codec: &C, bytes: &[u8]) -> Vec<u8> {
    let mut vec = Vec::new();
    let mut out = Output::to_vec(&mut vec);
    codec.encode(&Input::new(&[bytes]).of(Content::BytePlane), &mut out).unwrap();
    out.finish();
    vec
}

/// Unless it is given, byte planes have matches of six bytes or more, and all else any; every framing knows the parameter.
#[test]
fn what_is_not_given_depends_on_the_content() {
    let bytes = mixed(100_000);
    for framing in ["frame", "block", "sized"] {
        let by = |min: &str| build_codec(&format!("lz4(framing={framing}{min})")).unwrap();
        let plain = |min: &str| {
            let mut vec = Vec::new();
            let mut out = Output::to_vec(&mut vec);
            by(min).encode(&Input::new(&[&bytes]), &mut out).unwrap();
            out.finish();
            vec
        };
        assert!(plain("") == plain(",min_match=4") && plain("") != plain(",min_match=6"), "{framing}");
        assert!(encode_plane(&*by(""), &bytes) == plain(",min_match=6"), "{framing}");
        assert!(encode_plane(&*by(",min_match=4"), &bytes) == plain(""), "{framing}");
        assert!(by("").hints().has_plane_mode && !by(",min_match=8").hints().has_plane_mode, "{framing}");
    }
    for wrong in ["3", "9", "0", "-4"] {
        let error = build_codec(&format!("lz4(min_match={wrong})")).unwrap_err().to_string();
        assert!(error.contains("min_match"), "{error}");
    }
}

#[test]
fn blocks_of_codecs_come_back() {
    for min in all() {
        for is_sized in [false, true] {
            let codec = Arc::new(Lz4Block::new(is_sized, Some(min)));
            for bytes in samples() {
                let encoded = encode(&codec, &bytes);
                assert!(encoded.len() <= codec.max_encoded_len(bytes.len()).unwrap());
                assert!(decode(&codec, &encoded).unwrap() == bytes, "{min:?}, {} bytes", bytes.len());
            }
        }
    }
}
