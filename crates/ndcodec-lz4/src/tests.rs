//! What is written, and what of that comes back. What others may write is in `foreign`.

mod blocks;
mod compress;
mod foreign;
mod kernel;

use std::sync::Arc;

use ndcodec_core::stream::{BoxSink, BoxSource, Sink, Source};
use ndcodec_core::{Codec, CodecError, DecodeLimits, Input, LenClaim, Output, Sample};

use crate::frame::BlockSize;
use crate::{Lz4, sniff};

const SIZES: [&str; 4] = ["64KiB", "256KiB", "1MiB", "4MiB"];

fn codec(block: &str, has_checksum: bool) -> Arc<Lz4> {
    Arc::new(Lz4::new(BlockSize::of(block), has_checksum, None))
}

fn encode_joined<C: Codec>(codec: &Arc<C>, parts: &[&[u8]]) -> Vec<u8> {
    let mut vec = Vec::new();
    let mut out = Output::to_vec(&mut vec);
    codec.encode(&Input::new(parts), &mut out).unwrap();
    out.finish();
    vec
}

fn encode<C: Codec>(codec: &Arc<C>, bytes: &[u8]) -> Vec<u8> {
    encode_joined(codec, &[bytes])
}

fn decode<C: Codec>(codec: &Arc<C>, encoded: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut vec = Vec::new();
    let mut out = Output::to_vec(&mut vec).limited(64 << 20);
    codec.decode(encoded, &mut out)?;
    out.finish();
    Ok(vec)
}

struct Collect<'a>(&'a mut Vec<u8>);

impl Sink for Collect<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), CodecError> {
        Ok(())
    }
}

fn encode_stream<'p>(codec: &Arc<Lz4>, pieces: impl Iterator<Item = &'p [u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let next: BoxSink<'_> = Box::new(Collect(&mut bytes));
    let mut sink = codec.clone().encoder(None, next).unwrap();
    pieces.for_each(|piece| sink.write(piece).unwrap());
    sink.finish().unwrap();
    bytes
}

/// Gives at most `step` bytes at a time.
struct Slowly<'a> {
    rest: &'a [u8],
    step: usize,
}

impl Source for Slowly<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let n = buf.len().min(self.step).min(self.rest.len());
        buf[..n].copy_from_slice(&self.rest[..n]);
        self.rest = &self.rest[n..];
        Ok(n)
    }
}

fn decode_stream(codec: &Arc<Lz4>, encoded: &[u8], step: usize) -> Result<Vec<u8>, CodecError> {
    let source: BoxSource<'_> = Box::new(Slowly { rest: encoded, step });
    let mut source = codec.clone().decoder(source, &DecodeLimits::new())?;
    let (mut bytes, mut buf) = (Vec::new(), vec![0; step.clamp(2, 100_000) - 1]);
    loop {
        match source.read(&mut buf)? {
            0 => return Ok(bytes),
            n => bytes.extend_from_slice(&buf[..n]),
        }
    }
}

fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[5]
    };
    (0..len).map(|_| next()).collect()
}

/// Runs, repeats and noise by turns.
fn mixed(len: usize) -> Vec<u8> {
    let source = noise(len, 77);
    let mut out = Vec::with_capacity(len + 70_000);
    for (i, chunk) in source.chunks(701).cycle().enumerate() {
        if out.len() >= len {
            break;
        }
        match i % 4 {
            0 => out.extend_from_slice(chunk),
            1 => out.extend(std::iter::repeat_n(chunk[0], 3 * chunk.len())),
            2 => out.extend(chunk.iter().map(|byte| byte % 4)),
            _ => out.extend_from_within(out.len() / 2..),
        }
    }
    out.truncate(len);
    out
}

#[test]
fn sizes_around_the_blocks_come_back() {
    for block in SIZES {
        for has_checksum in [false, true] {
            let codec = codec(block, has_checksum);
            let size = codec.block.bytes();
            for len in
                [0, 1, 2, 3, 100, (64 << 10) - 1, 64 << 10, (64 << 10) + 1, size - 1, size, size + 1, 1 << 20]
            {
                for bytes in [vec![0; len], noise(len, 5), mixed(len)] {
                    let encoded = encode(&codec, &bytes);
                    assert!(encoded.len() <= codec.max_encoded_len(len).unwrap(), "{block} {len}");
                    assert!(decode(&codec, &encoded).unwrap() == bytes, "{block} {len}");
                    assert!(decode_stream(&codec, &encoded, 65_537).unwrap() == bytes, "{block} {len}");
                }
            }
        }
    }
}

#[test]
fn parts_and_streams_give_the_bytes_of_one_shot() {
    let bytes = mixed(700_001);
    for (block, has_checksum) in [("64KiB", true), ("256KiB", false)] {
        let codec = codec(block, has_checksum);
        let encoded = encode(&codec, &bytes);
        for piece in [1, 3, 1000, 65_535, 65_536, 65_537, 262_144, 700_000] {
            // Single bytes of a part only; the rest in one.
            let streamed = encode_stream(&codec, bytes[..300_000].chunks(piece).chain([&bytes[300_000..]]));
            assert!(streamed == encoded, "{block}, pieces of {piece}");
            let parts: Vec<&[u8]> = bytes.chunks(piece.max(999)).chain([&[][..]]).collect();
            assert!(encode_joined(&codec, &parts) == encoded, "{block}, parts of {piece}");
        }
        for cut in [1, 128, 65_536, 700_000] {
            let (head, payload) = bytes.split_at(cut);
            assert!(encode_joined(&codec, &[head, payload]) == encoded, "{block}, cut at {cut}");
        }
        assert!(decode_stream(&codec, &encoded, 7).unwrap() == bytes);
    }
}

#[test]
fn a_frame_is_what_the_format_says() {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    assert_eq!(hex(&encode(&codec("256KiB", false), b"")), "04 22 4d 18 60 50 fb 00 00 00 00");
    // The last four bytes are the xxh32 of nothing.
    assert_eq!(hex(&encode(&codec("64KiB", true), b"")), "04 22 4d 18 64 40 a7 00 00 00 00 05 5d cc 02");
    let abc = "04 22 4d 18 60 70 73 03 00 00 80 61 62 63 00 00 00 00";
    assert_eq!(hex(&encode(&codec("4MiB", false), b"abc")), abc);
}

#[test]
fn noise_is_stored() {
    let codec = codec("64KiB", false);
    assert_eq!(encode(&codec, &noise(200_000, 1)).len(), 7 + 4 * 4 + 200_000 + 4);
    assert_eq!(codec.max_encoded_len(200_000), Some(7 + 4 * 4 + 200_000 + 4 + 4));
    assert_eq!(codec.max_encoded_len(usize::MAX), None);
}

#[test]
fn every_cut_is_noticed() {
    let bytes = mixed(1500);
    for has_checksum in [false, true] {
        let codec = codec("64KiB", has_checksum);
        let encoded = encode(&codec, &bytes);
        for cut in 0..encoded.len() {
            assert!(decode(&codec, &encoded[..cut]).is_err(), "cut to {cut}");
            assert!(decode_stream(&codec, &encoded[..cut], 100).is_err(), "cut to {cut}");
        }
        for byte in 0..=255 {
            let longer = [&encoded[..], &[byte]].concat();
            assert!(decode(&codec, &longer).is_err() && decode_stream(&codec, &longer, 100).is_err());
        }
    }
}

/// A frame of one block takes a way of its own in memory, which must judge as the walk over any frames does.
#[test]
fn small_frames_are_judged_as_streams_are() {
    let codec = codec("256KiB", false);
    let next = |seed: &mut u64| {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) as usize
    };
    let mut seed = 7;
    let mut accepted = [0; 2];
    for bytes in [vec![], noise(3, 1), noise(300, 2), mixed(300), mixed(1200), vec![0; 70_000]] {
        let encoded = encode(&codec, &bytes);
        for round in 0..2000 {
            let mut changed = encoded.clone();
            match round % 4 {
                0 => changed.extend_from_slice(&encoded[..next(&mut seed) % (encoded.len() + 1)]),
                1 => changed.truncate(next(&mut seed) % encoded.len()),
                // What decides is in the first 11 bytes and the last 4.
                2 => changed[next(&mut seed) % 12.min(encoded.len())] ^= 1 << (next(&mut seed) % 8),
                _ => {
                    *changed.iter_mut().rev().nth(next(&mut seed) % 9).unwrap() ^= 1 << (next(&mut seed) % 8);
                }
            }
            let (whole, streamed) = (decode(&codec, &changed), decode_stream(&codec, &changed, 1000));
            accepted[usize::from(whole.is_ok())] += 1;
            match (whole, streamed) {
                (Ok(whole), Ok(streamed)) => assert_eq!(whole, streamed, "round {round}"),
                (Err(whole), Err(streamed)) => assert_eq!(whole.kind(), streamed.kind(), "round {round}"),
                (whole, streamed) => panic!("round {round}: {whole:?}, but {streamed:?}"),
            }
        }
    }
    assert!(accepted.iter().all(|n| *n > 500), "{accepted:?}");
}

#[test]
fn every_flipped_bit_is_noticed_under_a_checksum() {
    let codec = codec("64KiB", true);
    let bytes = mixed(1500);
    let encoded = encode(&codec, &bytes);
    for bit in 0..encoded.len() * 8 {
        let mut flipped = encoded.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        // In a run, a match may begin at another place and still give the same.
        for result in [decode(&codec, &flipped), decode_stream(&codec, &flipped, 1000)] {
            assert!(result.is_err() || result.is_ok_and(|decoded| decoded == bytes), "bit {bit}");
        }
    }
}

#[test]
fn a_dropped_encoder_leaves_no_frame() {
    let codec = codec("64KiB", false);
    let mut bytes = Vec::new();
    let mut sink = codec.clone().encoder(None, Box::new(Collect(&mut bytes))).unwrap();
    sink.write(&mixed(100_000)).unwrap();
    drop(sink);
    assert!(!bytes.is_empty() && decode(&codec, &bytes).is_err());
}

#[test]
fn frames_are_recognised_behind_skippable_ones() {
    let sniffed = |bytes: &[u8]| sniff(&Sample::whole(bytes)).map(|found| (found.stage, found.is_certain));
    let frame = encode(&codec("256KiB", false), b"abc");
    let skippable = [&[0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..], &frame].concat();
    assert_eq!(sniffed(&frame), Some(("lz4", true)));
    assert_eq!(sniffed(&skippable), Some(("lz4", true)));
    assert_eq!(sniffed(&skippable[..11]), None);
    assert_eq!(sniffed(&[0x5a, 0x2a, 0x4d, 0x18, 0xff, 0xff, 0xff, 0xff]), None);
    assert_eq!(sniffed(b"(\xb5/\xfd"), None);
    assert_eq!(sniffed(b""), None);
    assert_eq!(codec("64KiB", false).claimed_len(&frame), LenClaim::Unknown);
}
