//! Bare and sized blocks, and a naive decoder to hold the backend's fast one against.

use std::sync::Arc;

use ndcodec_core::{Codec, ErrorKind, LenClaim, Output};

use super::{decode, encode, mixed, noise};
use crate::block::{Lz4Block, decoded_len};

fn bare() -> Arc<Lz4Block> {
    Arc::new(Lz4Block::new(false, None))
}

fn sized() -> Arc<Lz4Block> {
    Arc::new(Lz4Block::new(true, None))
}

/// The block format by the letter and byte by byte.
pub(super) fn naive_decode(block: &[u8]) -> Option<Vec<u8>> {
    fn length(nibble: u8, rest: &mut impl Iterator<Item = u8>) -> Option<usize> {
        let mut sum = usize::from(nibble);
        let mut more = if nibble == 15 { 255 } else { 0 };
        while more == 255 {
            more = rest.next()?;
            sum += usize::from(more);
        }
        Some(sum)
    }
    let mut rest = block.iter().copied().peekable();
    let mut out = Vec::new();
    loop {
        let token = rest.next()?;
        for _ in 0..length(token >> 4, &mut rest)? {
            out.push(rest.next()?);
        }
        if rest.peek().is_none() {
            return Some(out);
        }
        let offset = usize::from(u16::from_le_bytes([rest.next()?, rest.next()?]));
        for _ in 0..length(token & 15, &mut rest)? + 4 {
            let from = out.len().checked_sub(offset).filter(|_| offset > 0)?;
            out.push(out[from]);
        }
    }
}

#[test]
fn agrees_with_a_naive_decoder_on_damaged_blocks() {
    let mut random = noise(1 << 16, 21).into_iter().cycle();
    let mut next = move || usize::from(random.next().unwrap());
    for round in 0..3000 {
        let mut block = encode(&bare(), &mixed(round % 700));
        for _ in 0..round % 4 {
            let at = (next() << 8 | next()) % block.len();
            match next() % 3 {
                0 => block[at] = u8::try_from(next()).unwrap(),
                1 => block[at] = [0, 1, 15, 0x1f, 0xf0, 0xff][next() % 6],
                _ => block.truncate(at.max(1)),
            }
        }
        let expected = naive_decode(&block);
        let result = decode(&bare(), &block);
        assert!(result.as_ref().ok() == expected.as_ref(), "{block:02x?}");
        if let Some(expected) = expected {
            assert_eq!(decoded_len(&block).unwrap(), expected.len());
            let size = u32::try_from(expected.len()).unwrap().to_le_bytes();
            assert!(decode(&sized(), &[&size[..], &block].concat()).unwrap() == expected);
        }
    }
}

#[test]
fn come_back() {
    for len in [0, 1, 2, 3, 12, 13, 100, 65_534, 65_535, 65_536, 1 << 20] {
        for bytes in [vec![0; len], noise(len, 5), mixed(len)] {
            for codec in [bare(), sized()] {
                let encoded = encode(&codec, &bytes);
                assert!(encoded.len() <= codec.max_encoded_len(len).unwrap());
                assert!(decode(&codec, &encoded).unwrap() == bytes, "{codec:?} {len}");
            }
        }
    }
}

#[test]
fn sized_is_the_layout_of_numcodecs() {
    assert_eq!(encode(&sized(), b""), [0, 0, 0, 0, 0]);
    assert_eq!(encode(&sized(), b"abc"), [3, 0, 0, 0, 0x30, b'a', b'b', b'c']);
    assert_eq!(encode(&bare(), b"abc"), [0x30, b'a', b'b', b'c']);
    assert_eq!(sized().claimed_len(&[0xff, 0xff, 0xff, 0xff, 0]), LenClaim::Exact(u32::MAX.into()));
    assert_eq!(sized().claimed_len(&[0xff]), LenClaim::AtMost(255));
}

#[test]
fn every_cut_of_a_sized_block_is_noticed() {
    let encoded = encode(&sized(), &mixed(3000));
    for cut in 0..encoded.len() {
        assert!(decode(&sized(), &encoded[..cut]).is_err(), "cut to {cut}");
    }
    for byte in 0..=255 {
        assert!(decode(&sized(), &[&encoded[..], &[byte]].concat()).is_err());
    }
}

/// The compressor's tables are reused, which must not show in what it writes.
#[test]
fn bytes_do_not_depend_on_what_was_encoded_before() {
    let codec = bare();
    let small = mixed(3000);
    let fresh = encode(&codec, &small);
    encode(&codec, &mixed(200_000));
    assert_eq!(encode(&codec, &small), fresh);
}

#[test]
fn messages() {
    for (codec, block, kind, message) in [
        (bare(), &[][..], ErrorKind::Truncated, "the input ends inside a sequence of the block (at byte 0)"),
        (
            bare(),
            &[0x30, 1],
            ErrorKind::Truncated,
            "the input ends inside a sequence of the block (at byte 2)",
        ),
        (
            bare(),
            &[0xf0, 255],
            ErrorKind::Truncated,
            "the input ends inside a sequence of the block (at byte 2)",
        ),
        (
            bare(),
            &[0x10, 1, 2],
            ErrorKind::Truncated,
            "the input ends inside a sequence of the block (at byte 3)",
        ),
        (bare(), &[0x10, 1, 2, 0, 0], ErrorKind::Corrupt, "a match from before the beginning of the data"),
        (
            sized(),
            &[1, 0],
            ErrorKind::Truncated,
            "the input ends inside the size before the block (at byte 2)",
        ),
        (
            sized(),
            &[0xff, 0xff, 0xff, 0x7f, 0x10, 1],
            ErrorKind::Corrupt,
            "a block of 2 bytes cannot hold 2147483647 (at byte 0)",
        ),
        (
            sized(),
            &[2, 0, 0, 0, 0x10, 1],
            ErrorKind::Corrupt,
            "the block holds 1 bytes, but its size says 2 (at byte 0)",
        ),
        (
            sized(),
            &[0, 0, 0, 0, 0x10, 1],
            ErrorKind::Corrupt,
            "a block that holds more than it may (at byte 4)",
        ),
    ] {
        let error = decode(&codec, block).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, message), "{block:?}");
    }
}

/// A few bytes that decode to many do so only within the limit, and before any room is made.
#[test]
fn a_bomb_meets_the_limit() {
    let bomb = [&[0x1f, 0, 1, 0][..], &[255; 1000], &[0, 0]].concat();
    let len = 1 + 4 + 15 + 255 * 1000;
    assert_eq!(decode(&bare(), &bomb).unwrap().len(), len);
    let mut vec = Vec::new();
    let error = bare().decode(&bomb, &mut Output::to_vec(&mut vec).limited(len - 1)).unwrap_err();
    assert_eq!((error.kind(), vec.capacity()), (ErrorKind::Limit, 0));
}

#[test]
fn parameters_of_frames_are_refused() {
    for (stage, message) in [
        ("lz4(framing=block,checksum=true)", "`checksum` is for frames, not for `framing=block`"),
        ("lz4(sized,64KiB)", "`block` is for frames, not for `framing=sized`"),
    ] {
        assert!(ndcodec_core::build_codec("lz4(sized,256KiB,false)").is_ok());
        assert!(ndcodec_core::build_codec(stage).unwrap_err().to_string().contains(message), "{stage}");
    }
}
