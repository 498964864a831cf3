//! That the two backends agree.
#![cfg(feature = "c")]

use std::sync::Arc;

use ndcodec_core::stream::SliceSource;
use ndcodec_core::{Codec, CodecError, DecodeLimits, ErrorKind, Input, Output, Pool, build_codec};
use proptest::prelude::*;

use super::{Shape, Zstd};

fn pure(window: Option<i64>, has_checksum: bool) -> Arc<dyn Codec> {
    Arc::new(Zstd { has_checksum, shape: Shape::new(window), joined: Pool::of_buffers() })
}

fn encode(codec: &Arc<dyn Codec>, input: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut out = Output::to_vec(&mut bytes);
    codec.encode(&Input::new(&[input]), &mut out).unwrap();
    out.finish();
    bytes
}

fn decode(codec: &Arc<dyn Codec>, encoded: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    let mut out = Output::to_vec(&mut bytes).limited(1 << 22);
    codec.decode(encoded, &mut out)?;
    out.finish();
    Ok(bytes)
}

/// What a stream gives, and how it ends.
fn stream(codec: &Arc<dyn Codec>, encoded: &[u8]) -> (Vec<u8>, Result<(), CodecError>) {
    let limits = DecodeLimits::new().with_max_bytes(1 << 22);
    let mut decoder = codec.clone().decoder(Box::new(SliceSource::new(encoded)), &limits).unwrap();
    let (mut given, mut buf) = (Vec::new(), [0; 777]);
    loop {
        match decoder.read(&mut buf) {
            Ok(0) => return (given, Ok(())),
            Ok(n) => given.extend_from_slice(&buf[..n]),
            Err(error) => return (given, Err(error)),
        }
    }
}

/// Bytes with matches near and far, runs, and what nothing makes smaller.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        (any::<u8>(), 0..5000_usize).prop_map(|(byte, len)| vec![byte; len]),
        prop::collection::vec(any::<u8>(), 0..2000),
        prop::collection::vec(0..4_u8, 0..5000),
        (prop::collection::vec(any::<u8>(), 1..50), 1..200_usize).prop_map(|(bytes, n)| bytes.repeat(n)),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| {
        let whole = pieces.concat();
        // The first part again, so that something reaches far back.
        [&whole[..], &whole[..whole.len() / 2]].concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn each_decodes_what_the_other_wrote(
        input in content(),
        level in -5..=19_i64,
        window in prop::option::of(10..=20_i64),
        checksum in any::<bool>(),
    ) {
        let theirs = build_codec(&match window {
            Some(window) => format!("zstd({level},checksum={checksum},window={window})"),
            None => format!("zstd({level},checksum={checksum})"),
        }).unwrap();
        let ours = pure(window, checksum);
        let (from_c, from_rust) = (encode(&theirs, &input), encode(&ours, &input));
        prop_assert!(from_rust.len() <= ours.max_encoded_len(input.len()).unwrap());
        for frame in [&from_c, &from_rust] {
            for codec in [&theirs, &ours] {
                prop_assert!(decode(codec, frame).unwrap() == input);
                let (given, end) = stream(codec, frame);
                prop_assert!(end.is_ok() && given == input);
            }
            prop_assert_eq!(theirs.claimed_len(frame), ours.claimed_len(frame));
        }
    }

    /// Where a byte is wrong the backends need not agree on whether that is an error; but a checksum lets neither give
    /// other data, and neither panics.
    #[test]
    fn wrong_bytes_give_the_same_or_an_error(
        input in content(),
        level in 1..=19_i64,
        at in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let theirs = build_codec(&format!("zstd({level},checksum=true)")).unwrap();
        let ours = pure(None, true);
        for mut frame in [encode(&theirs, &input), encode(&ours, &input)] {
            for (index, flip) in &at {
                // The flag of the checksum itself stays.
                let index = index.index(frame.len());
                if index != 4 {
                    frame[index] ^= flip;
                }
            }
            if let Some(cut) = cut {
                frame.truncate(cut.index(frame.len()));
            }
            let at_once = decode(&ours, &frame);
            let (given, streamed) = stream(&ours, &frame);
            prop_assert_eq!(at_once.is_ok(), streamed.is_ok());
            match (&at_once, decode(&theirs, &frame)) {
                (Ok(ours), Ok(theirs)) => prop_assert!(*ours == theirs && given == theirs),
                (Ok(ours), Err(_)) => prop_assert!(*ours == input),
                (Err(ours), Ok(_)) => prop_assert_ne!(ours.kind(), ErrorKind::Internal),
                (Err(ours), Err(theirs)) => {
                    if theirs.kind() == ErrorKind::Truncated {
                        prop_assert_eq!(ours.kind(), theirs.kind());
                    }
                }
            }
        }
    }
}
