//! The codec's own tests; laws and corpus are in `tests/`.

use std::sync::Arc;

use ndcodec_core::stream::{CHUNK, Source};
use ndcodec_core::{Codec, CodecError, DecodeLimits, ErrorKind, Input, Output, Sample};

use crate::{Hex, STEP, sniff};

fn encode(codec: &Hex, bytes: &[u8]) -> Vec<u8> {
    let mut vec = Vec::new();
    let mut out = Output::to_vec(&mut vec);
    codec.encode(&Input::new(&[bytes]), &mut out).unwrap();
    out.finish();
    vec
}

fn decode(text: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut vec = Vec::new();
    let mut out = Output::to_vec(&mut vec);
    Hex::new(false).decode(text, &mut out)?;
    out.finish();
    Ok(vec)
}

/// Gives one byte at a time.
struct Slowly<'a>(&'a [u8]);

impl Source for Slowly<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
        (buf[0], self.0) = (*first, rest);
        Ok(1)
    }
}

fn decode_stream(text: &[u8]) -> Result<Vec<u8>, CodecError> {
    let codec = Arc::new(Hex::new(false));
    let mut source = codec.decoder(Box::new(Slowly(text)), &DecodeLimits::new())?;
    let (mut bytes, mut buf) = (Vec::new(), vec![0; 999]);
    loop {
        match source.read(&mut buf)? {
            0 => return Ok(bytes),
            n => bytes.extend_from_slice(&buf[..n]),
        }
    }
}

#[test]
fn writes_one_case_and_reads_both() {
    let bytes: Vec<u8> = (0..=255).collect();
    let lower: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(encode(&Hex::new(false), &bytes), lower.as_bytes());
    assert_eq!(encode(&Hex::new(true), &bytes), lower.to_uppercase().as_bytes());
    assert_eq!(decode(lower.as_bytes()).unwrap(), bytes);
    assert_eq!(decode(lower.to_uppercase().as_bytes()).unwrap(), bytes);
    assert_eq!(decode(b"aAbB").unwrap(), [0xaa, 0xbb]);
}

#[test]
fn faults_are_found_where_they_are() {
    let digits = "0f".repeat(2 * CHUNK).into_bytes();
    for at in [0, 1, 31, STEP - 1, STEP, STEP + 1, CHUNK - 1, CHUNK, 2 * CHUNK + 7, digits.len() - 1] {
        let mut text = digits.clone();
        text[at] = b'g';
        for text in [&text[..], &text[..text.len() - usize::from(at + 1 < text.len())]] {
            let message = format!("`g` is no hexadecimal digit (at byte {at})");
            assert_eq!(decode(text).unwrap_err().to_string(), message);
            assert_eq!(decode_stream(text).unwrap_err().to_string(), message);
        }
    }
    let cut = &digits[..digits.len() - 1];
    for error in [decode(cut).unwrap_err(), decode_stream(cut).unwrap_err()] {
        let message = format!("the input ends inside a pair of digits (at byte {})", cut.len());
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::Truncated, message));
    }
    let error = decode(b"00\n").unwrap_err();
    assert_eq!(error.to_string(), "the byte 0x0a is no hexadecimal digit (at byte 2)");
}

#[test]
fn sniffs_digits_in_pairs() {
    let is_hex = |bytes: &[u8], is_whole| {
        let sample = if is_whole { Sample::whole(bytes) } else { Sample::prefix(bytes) };
        sniff(&sample).is_some()
    };
    assert!(is_hex(b"00ffFF", true) && is_hex(b"00f", false));
    assert!(
        !is_hex(b"00f", true) && !is_hex(b"", true) && !is_hex(b"00\n\n", true) && !is_hex(b"0x00", true)
    );
}
