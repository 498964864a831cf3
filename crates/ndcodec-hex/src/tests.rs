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
    decode_by(&Hex::new(false, false, ""), text)
}

fn decode_by(codec: &Hex, text: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut vec = Vec::new();
    let mut out = Output::to_vec(&mut vec);
    codec.decode(text, &mut out)?;
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
    stream_by(&Arc::new(Hex::new(false, false, "")), text)
}

fn stream_by(codec: &Arc<Hex>, text: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut source = codec.clone().decoder(Box::new(Slowly(text)), &DecodeLimits::new())?;
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
    assert_eq!(encode(&Hex::new(false, false, ""), &bytes), lower.as_bytes());
    assert_eq!(encode(&Hex::new(true, false, ""), &bytes), lower.to_uppercase().as_bytes());
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
            let message = format!("`g` is not a hexadecimal digit (at byte {at})");
            assert_eq!(decode(text).unwrap_err().to_string(), message);
            assert_eq!(decode_stream(text).unwrap_err().to_string(), message);
        }
    }
    let cut = &digits[..digits.len() - 1];
    for error in [decode(cut).unwrap_err(), decode_stream(cut).unwrap_err()] {
        let message = format!("the input ends inside a pair of digits (at byte {})", cut.len());
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::Truncated, message));
    }
    let error = decode(b"00\n\n").unwrap_err();
    assert_eq!(error.to_string(), "the byte 0x0a is not a hexadecimal digit (at byte 2)");
    assert!(error.help().unwrap().contains("`hex(whitespace=true)`"));
}

#[test]
fn sniffs_digits_in_pairs() {
    let is_hex = |bytes: &[u8], is_whole| {
        let sample = if is_whole { Sample::whole(bytes) } else { Sample::prefix(bytes) };
        sniff(&sample).is_some()
    };
    assert!(is_hex(b"00ffFF", true) && is_hex(b"00f", false));
    assert!(!is_hex(b"00f", true) && !is_hex(b"", true) && !is_hex(b"0x", true) && !is_hex(b"0y00", true));
    let stage = |bytes: &[u8]| sniff(&Sample::whole(bytes)).unwrap().stage;
    for (text, expected) in [
        (&b"00ff\n"[..], "hex"),
        (b"00ff\n00ff\n", "hex(whitespace=true)"),
        (b"00 ff", "hex(whitespace=true)"),
        (b"0x00ff\r\n", "hex(prefix=0x)"),
        (b"\\x00ff", r"hex(prefix=\x)"),
        (b"\\x00ff\n00ff", r"hex(whitespace=true,prefix=\x)"),
    ] {
        assert_eq!(stage(text), expected);
    }
    // The beginning of a long text decides, and its length.
    let digits = "0f".repeat(50_000);
    let lines = "0f0f0f0f\n".repeat(10_000);
    for (text, expected) in [(digits.clone(), "hex"), (lines, "hex(whitespace=true)")] {
        assert_eq!(stage(text.as_bytes()), expected);
    }
    assert!(!is_hex((digits.clone() + "0").as_bytes(), true) && is_hex((digits + "0").as_bytes(), false));
}

/// Every byte in front of, inside and behind a text: it is a digit, it is passed over by a parameter that says so, or it is
/// an error at its place; in one shot and as a stream alike.
#[test]
fn every_byte_anywhere_is_read_or_refused_at_its_place() {
    let digits = "00ff".repeat(CHUNK / 3);
    for (codec, prefix) in [
        (Hex::new(false, false, ""), ""),
        (Hex::new(false, true, ""), ""),
        (Hex::new(false, false, "0x"), "0x"),
        (Hex::new(true, true, r"\x"), r"\x"),
    ] {
        let codec = Arc::new(codec);
        for len in [4, digits.len()] {
            let plain = [prefix.as_bytes(), &digits.as_bytes()[..len]].concat();
            for place in [0, prefix.len(), prefix.len() + 3, plain.len()] {
                for byte in 0..=255_u8 {
                    let text = [&plain[..place], &[byte], &plain[place..]].concat();
                    let at_once = decode_by(&codec, &text);
                    if len > 4 && byte % 16 != 10 {
                        continue;
                    }
                    let streamed = stream_by(&codec, &text);
                    let is_end = place == plain.len() && byte == b'\n';
                    let is_skipped = codec.skips_whitespace && byte.is_ascii_whitespace();
                    match (at_once, streamed) {
                        (Ok(a), Ok(b)) => {
                            assert!(is_end || is_skipped, "{byte:#04x} at {place} of {len} is passed over");
                            assert!(a == b && a.len() == len / 2);
                        }
                        (Err(a), Err(b)) => {
                            assert!(!is_end && !is_skipped, "{byte:#04x} at {place}: {a}");
                            assert_eq!((a.to_string(), a.kind()), (b.to_string(), b.kind()));
                            if place >= prefix.len() && !byte.is_ascii_hexdigit() {
                                assert_eq!(a.offset(), Some(place as u64), "{byte:#04x}: {a}");
                            }
                        }
                        (a, b) => {
                            panic!("{byte:#04x} at {place}: {} but as a stream {}", a.is_ok(), b.is_ok())
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn what_tools_print_around_digits_gets_its_help() {
    for (text, help) in [
        ("0x00ff", "`hex(prefix=0x)`"),
        (r"\x00ff", r"`hex(prefix=\x)`"),
        (r"\x00\xff", "remove each"),
        ("X'00FF'", "between the quotes"),
        ("\"00ff\"", "in quotes"),
        ("b'00ff'", "b'…'"),
        ("00 ff", "`hex(whitespace=true)`"),
        ("00:ff", "`:` seems to separate the bytes"),
        ("\u{feff}00ff", "byte-order mark"),
        ("00ff\0", "NUL"),
        ("eJxjYGD4DwABAgEA", "base64"),
    ] {
        let error = decode(text.as_bytes()).unwrap_err();
        assert!(error.help().is_some_and(|found| found.contains(help)), "{text}: {:?}", error.help());
    }
    let prefixed = Hex::new(false, false, "0x");
    assert_eq!(decode_by(&prefixed, b"0X00fF\n").unwrap(), [0, 255]);
    let error = decode_by(&prefixed, b"00ff").unwrap_err();
    assert_eq!(error.to_string(), "the text does not begin with `0x` (at byte 0)");
    assert!(error.help().unwrap().contains("`hex`"));
    assert_eq!(encode(&prefixed, &[0, 255]), b"0x00ff");
}
