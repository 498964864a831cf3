//! The two backends beside each other: whichever decodes, the verdict, the bytes and the message are the same.

use std::sync::Arc;

use ndcodec_core::{Buffer, Codec, CodecError, Input, Output};

use crate::Wrapper;

use super::{codec, encode, noise, stream};

/// Decodes into a buffer with room for `capacity` bytes, so that libdeflate has the first try.
fn decode_in(
    codec: &Arc<dyn Codec>,
    encoded: &[u8],
    capacity: usize,
    limit: usize,
) -> Result<Vec<u8>, CodecError> {
    let mut buffer = Buffer::with_capacity(capacity);
    let mut out = Output::to_buffer(&mut buffer).limited(limit);
    codec.decode(encoded, &mut out)?;
    out.finish();
    Ok(buffer.to_vec())
}

/// Decodes as a stream, which is always zlib-rs.
fn decode_streamed(codec: &Arc<dyn Codec>, encoded: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut source = stream(codec, encoded);
    let (mut decoded, mut room) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        match source.read(&mut room)? {
            0 => return Ok(decoded),
            n => decoded.extend_from_slice(&room[..n]),
        }
    }
}

/// Noise, runs and repeats: every kind of block.
fn mixed(len: usize) -> Vec<u8> {
    let noise = noise(len);
    let pieces = noise.chunks(97).enumerate().flat_map(|(i, piece)| match i % 4 {
        0 => piece.to_vec(),
        1 => vec![piece[0]; 97],
        2 => piece.iter().map(|byte| byte % 5).collect(),
        _ => noise[..97.min(noise.len())].to_vec(),
    });
    pieces.take(len).collect()
}

#[test]
fn damaged_streams_get_the_same_verdict() {
    for word in ["zlib", "gzip"] {
        for level in [0, 1, 6, 9] {
            let codec = codec(&format!("{word}({level})"));
            for len in [0, 1, 63, 64, 300, 5000] {
                let bytes = mixed(len);
                let sound = encode(&codec, &bytes);
                assert!(decode_in(&codec, &sound, len + 1, usize::MAX).unwrap() == bytes);
                for bit in (0..sound.len() * 8).step_by(1 + sound.len() / 60) {
                    let mut damaged = sound.clone();
                    damaged[bit / 8] ^= 1 << (bit % 8);
                    if bit % 5 == 0 {
                        damaged.truncate(bit / 8 + 1);
                    }
                    let found = decode_in(&codec, &damaged, 2 * len + 100, usize::MAX);
                    match (found, decode_streamed(&codec, &damaged)) {
                        (Ok(found), Ok(expected)) => assert!(found == expected && found == bytes),
                        (Err(found), Err(expected)) => {
                            assert_eq!((found.kind(), found.offset()), (expected.kind(), expected.offset()));
                        }
                        (found, expected) => panic!("{word} {level} {len} {bit}: {found:?}, {expected:?}"),
                    }
                }
            }
        }
    }
}

#[test]
fn whichever_room_there_is_the_result_is_the_same() {
    for word in ["zlib", "gzip", "deflate"] {
        let codec = codec(word);
        for len in [100, 5000, 100_000] {
            let bytes = mixed(len);
            let encoded = encode(&codec, &bytes);
            for capacity in [0, 64, encoded.len(), len - 1, len, len + 1, 10 * len] {
                assert!(
                    decode_in(&codec, &encoded, capacity, usize::MAX).unwrap() == bytes,
                    "{word} {capacity}"
                );
                let over = decode_in(&codec, &encoded, capacity, len - 1).unwrap_err();
                assert_eq!(
                    over.to_string(),
                    format!("the result is larger than the limit of {} bytes", len - 1)
                );
                assert!(decode_in(&codec, &encoded, capacity, len).is_ok());
            }
            let longer = [&encoded[..], b"\x01"].concat();
            let twice = encoded.repeat(2);
            for capacity in [0, 10 * len] {
                assert!(decode_in(&codec, &longer, capacity, usize::MAX).is_err());
                let twice = decode_in(&codec, &twice, capacity, usize::MAX);
                assert_eq!(twice.is_ok(), word == "gzip", "{word}");
                assert!(twice.is_err() || twice.is_ok_and(|found| found == bytes.repeat(2)));
            }
        }
    }
}

/// Encodes as a stream, in writes of `piece` bytes.
fn encode_streamed(codec: &Arc<dyn Codec>, input: &[u8], piece: usize) -> Vec<u8> {
    let mut encoded = Vec::new();
    let mut out = Output::to_vec(&mut encoded);
    let mut sink = codec.clone().encoder(None, Box::new(crate::encoder::OutputSink(&mut out))).unwrap();
    input.chunks(piece).for_each(|piece| sink.write(piece).unwrap());
    sink.finish().unwrap();
    out.finish();
    encoded
}

/// A stream of at most 1 MiB has the bytes of the slice; a longer one is whole.
#[test]
fn short_streams_are_slices() {
    for level in [1, 6] {
        let codec = codec(&format!("zlib({level})"));
        for len in [0, 1, 100_000, 1 << 20] {
            let bytes = mixed(len);
            assert!(
                encode_streamed(&codec, &bytes, 70_001) == encode(&codec, &bytes),
                "level {level}, {len} bytes"
            );
        }
        let bytes = mixed((1 << 20) + 1);
        for piece in [1 << 10, 1 << 20, 1 << 22] {
            assert!(decode_streamed(&codec, &encode_streamed(&codec, &bytes, piece)).unwrap() == bytes);
        }
    }
}

/// Numbers that count up as float32 have long matches, of which zlib-rs at level 6 finds few.
#[test]
fn where_libdeflate_finds_more_it_is_taken() {
    let counted: Vec<u8> = (0..250_000_u32).flat_map(|i| (i as f32).to_le_bytes()).collect();
    let codec = codec("zlib");
    let mut streamed = Vec::new();
    let mut out = Output::to_vec(&mut streamed);
    let context = crate::encoder::Context::new(flate2::Compression::new(6));
    let pool = ndcodec_core::Pool::new();
    let encoder =
        crate::encoder::Encoder::new(Wrapper::Zlib, flate2::Compression::new(6), pool.take_owned(|| context));
    encoder.encode(&[&counted], codec.max_encoded_len(counted.len()).unwrap(), &mut out).unwrap();
    out.finish();
    let found = encode(&codec, &counted);
    assert!(found.len() * 5 < streamed.len() * 4, "{} and {}", found.len(), streamed.len());
}

/// The bytes must not tell how the input was cut, nor what was encoded before.
#[test]
fn equal_input_gives_equal_bytes() {
    for level in 0..=9 {
        let codec = codec(&format!("zlib({level})"));
        for len in [64, 16 << 10, (16 << 10) + 1, 100_000, 300_000] {
            for bytes in [mixed(len), vec![1; len], noise(len)] {
                let expected = encode(&codec, &bytes);
                assert!(expected.len() <= codec.max_encoded_len(len).unwrap());
                for cut in [0, 1, len / 2, len - 1] {
                    let (head, rest) = bytes.split_at(cut);
                    let mut vec = Vec::new();
                    let mut out = Output::to_vec(&mut vec);
                    codec.encode(&Input::new(&[head, &[], rest]), &mut out).unwrap();
                    out.finish();
                    assert!(vec == expected, "level {level}, {len} bytes cut at {cut}");
                }
                // With room for the result and not for the bound.
                let mut tight = vec![0; expected.len()];
                let mut out = Output::to_slice(&mut tight);
                codec.encode(&Input::new(&[&bytes]), &mut out).unwrap();
                assert_eq!(out.finish(), expected.len());
                assert!(tight == expected, "level {level}, {len} bytes in a tight room");
                let mut out = Output::to_slice(&mut tight[1..]);
                assert!(codec.encode(&Input::new(&[&bytes]), &mut out).is_err());
                assert!(decode_streamed(&codec, &expected).unwrap() == bytes);
            }
        }
    }
}
