//! What each word writes, and what it says of what is wrong.

use ndcodec_core::stream::{Sink, SliceSource};
use ndcodec_core::{CodecError, ErrorKind, build_codec};

use super::*;

fn encode(stage: &str, input: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut out = Output::to_vec(&mut bytes);
    build_codec(stage).unwrap().encode(&Input::new(&[input]), &mut out).unwrap();
    out.finish();
    bytes
}

fn failure(stage: &str, encoded: &[u8]) -> (ErrorKind, String) {
    let mut bytes = Vec::new();
    let result = build_codec(stage).unwrap().decode(encoded, &mut Output::to_vec(&mut bytes));
    let error = result.unwrap_err();
    (error.kind(), error.to_string())
}

#[test]
fn the_length_has_the_width_and_order_asked_for() {
    assert_eq!(encode("prefix", b"abc"), b"\x03\0\0\0abc");
    assert_eq!(encode("prefix(u32,be)", b"abc"), b"\0\0\0\x03abc");
    assert_eq!(encode("prefix(u64)", b"abc"), b"\x03\0\0\0\0\0\0\0abc");
    assert_eq!(encode("prefix(u64,order=be)", b"abc"), b"\0\0\0\0\0\0\0\x03abc");
}

#[test]
fn a_length_that_is_not_that_of_what_follows_is_an_error() {
    let expected = |kind, message: &str| (kind, message.to_owned());
    assert_eq!(
        failure("prefix", b"\x03\0\0\0ab"),
        expected(ErrorKind::Truncated, "the input ends inside the data: 2 bytes of 3")
    );
    assert_eq!(
        failure("prefix", b"\x03\0\0\0abcde"),
        expected(ErrorKind::Trailing, "2 bytes follow the end of the 3 bytes of data")
    );
    assert_eq!(
        failure("prefix(u64)", b"\xff\xff\xff\xff\xff\xff\xff\xff"),
        expected(ErrorKind::Truncated, "the input ends inside the data: 0 bytes of 18446744073709551615")
    );
    assert_eq!(
        failure("prefix", b"\x03\0"),
        expected(ErrorKind::Truncated, "the input ends inside the length: 2 bytes, fewer than its own 4")
    );
}

#[test]
fn a_length_of_32_bits_has_an_end() {
    let codec = Prefix { width: 4, is_big_endian: false };
    assert!(codec.write(u64::from(u32::MAX)).is_ok());
    let error = codec.write(1 << 32).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    assert_eq!(
        error.to_string(),
        "4294967296 bytes do not fit a length of 32 bits; expected at most 4294967295"
    );
}

struct Forget;

impl Sink for Forget {
    fn write(&mut self, _: &[u8]) -> Result<(), CodecError> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), CodecError> {
        Ok(())
    }
}

#[test]
fn a_stream_of_another_length_than_was_told_is_an_error() {
    let codec = build_codec("prefix").unwrap();
    let mut sink = codec.clone().encoder(Some(3), Box::new(Forget)).unwrap();
    sink.write(b"ab").unwrap();
    let error = sink.finish().unwrap_err();
    assert_eq!(error.to_string(), "the stream is 1 bytes shorter than the 3 bytes that were announced");
    let mut sink = codec.encoder(Some(3), Box::new(Forget)).unwrap();
    assert_eq!(
        sink.write(b"abcd").unwrap_err().to_string(),
        "the stream has more than the 3 bytes that were announced"
    );
}

#[test]
fn a_stream_is_read_as_far_as_it_is_asked_for() {
    let codec = build_codec("prefix").unwrap();
    let encoded = encode("prefix", &[7; 1000]);
    let mut source = codec.decoder(Box::new(SliceSource::new(&encoded)), &DecodeLimits::new()).unwrap();
    let mut buf = [0; 600];
    assert_eq!(source.read(&mut buf).unwrap(), 600);
    assert_eq!(source.read(&mut buf).unwrap(), 400);
    assert_eq!(source.read(&mut buf).unwrap(), 0);
}
