//! What each word writes, and what it says of what is wrong.

use std::sync::atomic::{AtomicUsize, Ordering};

use ndcodec_core::stream::{Sink, SliceSource, read_to_end};
use ndcodec_core::{CodecError, ErrorKind, build_codec};

use super::*;

fn encode(stage: &str, input: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut out = Output::to_vec(&mut bytes);
    build_codec(stage).unwrap().encode(&Input::new(&[input]), &mut out).unwrap();
    out.finish();
    bytes
}

fn decode(stage: &str, encoded: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    let mut out = Output::to_vec(&mut bytes);
    build_codec(stage).unwrap().decode(encoded, &mut out)?;
    out.finish();
    Ok(bytes)
}

/// The checks of each algorithm: the sum of `123456789`.
#[test]
fn sums_are_the_published_ones_little_endian() {
    for (stage, sum) in [
        ("crc32c", &0xe306_9283_u32.to_le_bytes()[..]),
        ("crc32(at=end)", &0xcbf4_3926_u32.to_le_bytes()),
        ("adler32(at=end)", &0x091e_01de_u32.to_le_bytes()),
        ("fletcher32", &0x09df_09d5_u32.to_le_bytes()),
    ] {
        assert_eq!(encode(stage, b"123456789"), [b"123456789", sum].concat(), "{stage}");
    }
    assert_eq!(encode("xxh3", b""), 0x2d06_8005_38d3_94c2_u64.to_le_bytes());
    assert_eq!(encode("xxh3", b"abc"), [b"abc", &0x78af_5f94_892f_3950_u64.to_le_bytes()[..]].concat());
    assert_eq!(encode("crc32", b"123456789"), [&0xcbf4_3926_u32.to_le_bytes()[..], b"123456789"].concat());
}

#[test]
fn a_wrong_checksum_says_both() {
    let error = decode("crc32c", b"123456789\x83\x92\x06\xe4").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Checksum);
    assert_eq!(error.to_string(), "the crc32c is 0xe4069283, but the data give 0xe3069283");
}

#[test]
fn fewer_bytes_than_a_checksum_are_truncated() {
    let error = decode("xxh3", b"1234567").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Truncated);
    assert_eq!(error.to_string(), "the input ends inside the xxh3: 7 bytes, fewer than its own 8");
}

#[test]
fn nothing_is_given_of_what_does_not_verify() {
    let mut bytes = b"before".to_vec();
    let mut out = Output::to_vec(&mut bytes);
    build_codec("adler32").unwrap().decode(b"\0\0\0\0data", &mut out).unwrap_err();
    out.finish();
    assert_eq!(bytes, b"before");
}

#[test]
fn a_stream_with_the_sum_at_the_end_gives_the_data_on_at_once() {
    struct Count<'a>(&'a AtomicUsize);
    impl Sink for Count<'_> {
        fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
            self.0.fetch_add(bytes.len(), Ordering::Relaxed);
            Ok(())
        }
        fn finish(self: Box<Self>) -> Result<(), CodecError> {
            Ok(())
        }
    }
    let count = AtomicUsize::new(0);
    let codec = build_codec("crc32c").unwrap();
    let mut sink = codec.encoder(None, Box::new(Count(&count))).unwrap();
    sink.write(&[7; 1000]).unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 1000);
    sink.finish().unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 1004);
}

#[test]
fn a_stream_that_does_not_verify_fails_at_its_end() {
    for stage in ["crc32c", "crc32"] {
        let mut encoded = encode(stage, &[1; 300_000]);
        encoded[150_000] ^= 1;
        let codec = build_codec(stage).unwrap();
        let mut source = codec.decoder(Box::new(SliceSource::new(&encoded)), &DecodeLimits::new()).unwrap();
        assert!(source.read(&mut [0; 100]).is_ok());
        let mut bytes = Vec::new();
        let error = read_to_end(&mut *source, &mut Output::to_vec(&mut bytes)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Checksum, "{stage}");
    }
}
