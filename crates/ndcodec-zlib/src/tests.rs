//! The codec's own tests; laws and corpus are in `tests/`.

#[cfg(feature = "libdeflate")]
mod at_once;

use ndcodec_core::stream::{BoxSource, SliceSource, read_to_end};
use ndcodec_core::{Codec, CodecError, DecodeLimits, ErrorKind, Output, Pipeline, build_codec};

use super::*;

const WORDS: [&str; 3] = ["zlib", "gzip", "deflate"];

fn codec(text: &str) -> Arc<dyn Codec> {
    build_codec(text).unwrap()
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
    let mut out = Output::to_vec(&mut bytes).limited(1 << 26);
    codec.decode(encoded, &mut out)?;
    out.finish();
    Ok(bytes)
}

fn stream<'a>(codec: &Arc<dyn Codec>, encoded: &'a [u8]) -> BoxSource<'a> {
    codec.clone().decoder(Box::new(SliceSource::new(encoded)), &DecodeLimits::new()).unwrap()
}

/// Pseudo-random bytes.
fn noise(len: usize) -> Vec<u8> {
    let mut x = 1u64;
    let mut next = || {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        x.to_be_bytes()[0]
    };
    (0..len).map(|_| next()).collect()
}

/// What decoding says; as a stream it must be the same kind of failure.
fn complaint(word: &str, encoded: &[u8]) -> (ErrorKind, String) {
    let codec = codec(word);
    let error = decode(&codec, encoded).unwrap_err();
    let streamed = read_to_end(&mut *stream(&codec, encoded), &mut Output::to_vec(&mut Vec::new()));
    assert_eq!(streamed.unwrap_err().kind(), error.kind(), "streamed, after {error}");
    (error.kind(), error.to_string())
}

#[test]
fn every_length_around_a_chunk_comes_back_within_its_bound() {
    for word in WORDS {
        for level in 0..=9 {
            let codec = codec(&format!("{word}({level})"));
            for len in [0, 1, 100, (64 << 10) - 1, 64 << 10, (64 << 10) + 1, 1 << 20] {
                for input in [noise(len), vec![0; len]] {
                    let encoded = encode(&codec, &input);
                    assert!(encoded.len() <= codec.max_encoded_len(len).unwrap(), "{word}({level}), {len}");
                    assert!(decode(&codec, &encoded).unwrap() == input, "{word}({level}), {len}");
                }
            }
        }
    }
}

#[test]
fn a_bound_that_no_memory_holds_is_none() {
    for word in WORDS {
        assert_eq!(codec(word).max_encoded_len(usize::MAX), None);
        assert!(codec(word).max_encoded_len(usize::MAX / 2).is_some());
    }
}

#[test]
fn the_wrappers_are_what_every_writer_writes() {
    assert_eq!(encode(&codec("gzip"), b""), *b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x03\0\0\0\0\0\0\0\0\0");
    assert_eq!(encode(&codec("gzip(9)"), b"")[8..10], [2, 255]);
    assert_eq!(encode(&codec("gzip(1)"), b"")[8..10], [4, 255]);
    assert_eq!(encode(&codec("zlib"), b""), *b"\x78\x9c\x03\0\0\0\0\x01");
    for (level, head) in [(0, 0x7801), (1, 0x7801), (5, 0x785e), (6, 0x789c), (7, 0x78da), (9, 0x78da_u16)] {
        let encoded = encode(&codec(&format!("zlib({level})")), b"head");
        assert_eq!(encoded[..2], head.to_be_bytes());
        assert!(header::check_zlib(head.to_be_bytes()).is_ok());
    }
    assert_eq!(encode(&codec("deflate"), b""), [3, 0]);
}

/// As gzip does, which pads on tapes.
#[test]
fn zeros_behind_the_last_gzip_member_are_padding() {
    let gzip = codec("gzip");
    let member = encode(&gzip, b"content");
    for count in [1, 4, 511, 512, 100_000] {
        let padded = [&member[..], &vec![0; count]].concat();
        assert_eq!(decode(&gzip, &padded).unwrap(), b"content");
        let mut vec = Vec::new();
        let mut out = Output::to_vec(&mut vec);
        read_to_end(&mut *stream(&gzip, &padded), &mut out).unwrap();
        out.finish();
        assert_eq!(vec, b"content");
        // But nothing hides behind them, not even a member.
        for rest in [&b"\x01"[..], &member] {
            let (kind, message) = complaint("gzip", &[&padded[..], rest].concat());
            assert_eq!(kind, ErrorKind::Trailing, "{message}");
        }
    }
    assert_eq!(complaint("gzip", &[0; 100]).0, ErrorKind::Corrupt);
    for word in ["zlib", "deflate"] {
        let padded = [&encode(&codec(word), b"content")[..], &[0]].concat();
        assert_eq!(complaint(word, &padded).0, ErrorKind::Trailing);
    }
}

/// A gzip member whose header has every field. The CRC-16 is of the 27 bytes before it.
fn member_with_all_fields() -> Vec<u8> {
    let mut header = b"\x1f\x8b\x08\x1e\x01\x02\x03\x04\0\x03\x04\0ABCDname\0comment\0".to_vec();
    let crc = zlib_rs::crc32::crc32(0, &header);
    header.extend_from_slice(&crc.to_le_bytes()[..2]);
    [&header, &encode(&codec("gzip"), b"content")[10..]].concat()
}

#[test]
fn what_holds_next_to_nothing_is_refused_before_it_costs_time() {
    // Stored blocks of no bytes; blocks with tables of their own and no symbol; a name in each member.
    let stored = [0, 0, 0, 0xff, 0xff].repeat(1 << 20);
    let expected = (
        ErrorKind::Refused,
        "2097153 bytes of deflate data hold only 0; expected a byte for every 4 beyond the first 2 MiB",
    );
    let complaint = |word: &str, encoded: &[u8]| {
        let (kind, message) = complaint(word, encoded);
        (kind, message.split(" (at byte").next().unwrap_or_default().to_owned())
    };
    assert_eq!(complaint("deflate", &stored), (expected.0, expected.1.to_owned()));
    for (word, head) in [("zlib", &b"\x78\x9c"[..]), ("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\xff")] {
        let whole = [head, &stored, &[1, 0, 0, 0xff, 0xff, 0, 0, 0, 1]].concat();
        assert_eq!(complaint(word, &whole), (expected.0, expected.1.to_owned()), "{word}");
    }
    let extra =
        [&b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\xff\xff"[..], &[0; 0xffff], &[3, 0, 0, 0, 0, 0, 0, 0, 0, 0]]
            .concat();
    assert_eq!(complaint("gzip", &extra.repeat(40)), (expected.0, expected.1.to_owned()));
    // A writer that flushes after every three bytes is not made to cost time.
    let mut flushed = [&[0, 3, 0, 0xfc, 0xff][..], b"abc", &[0, 0, 0, 0xff, 0xff]].concat().repeat(1 << 20);
    flushed.extend_from_slice(&[1, 0, 0, 0xff, 0xff]);
    assert_eq!(decode(&codec("deflate"), &flushed).unwrap().len(), 3 << 20);
    // Zeros behind a member are padding, however many.
    let padded = [encode(&codec("gzip"), b"x"), vec![0; 5 << 20]].concat();
    assert_eq!(decode(&codec("gzip"), &padded).unwrap(), b"x");
}

/// DEFLATE of blocks with codes of all 257 symbols, and no symbol but the end.
fn blocks_of_tables(count: usize) -> Vec<u8> {
    let mut bits = Vec::new();
    let mut put = |value: u32, width: u32| bits.extend((0..width).map(|i| value >> i & 1));
    // Codes of code lengths: 16 (the last again) `0`, 8 `10`, 1 `110`, 9 `111`, whose first bit comes first.
    for _ in 0..8 {
        [(0, 1), (2, 2), (0, 5), (0, 5), (14, 4)].iter().for_each(|(value, width)| put(*value, *width));
        for length in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1] {
            let width = [(16, 1), (8, 2), (1, 3), (9, 3)].iter().find(|known| known.0 == length);
            put(width.map_or(0, |known| known.1), 3);
        }
        // 255 symbols of eight bits, two of nine, a distance of one; then the end, which is nine ones.
        put(0b01, 2);
        (0..42).for_each(|_| put(0b110, 3));
        [(0b01, 2), (0b01, 2), (0b111, 3), (0b111, 3), (0b011, 3), (0x1ff, 9)]
            .iter()
            .for_each(|(value, width)| put(*value, *width));
    }
    let bytes = bits.chunks(8).map(|byte| (0..).zip(byte).fold(0, |byte, (i, bit)| byte | bit << i));
    let eight: Vec<u8> = bytes.map(|byte| u8::try_from(byte).unwrap()).collect();
    assert_eq!(bits.len() % 8, 0);
    eight.repeat(count / 8)
}

/// A few bytes may make MiB, so that their sum says nothing of blocks that make none.
#[test]
fn small_blocks_are_counted_however_much_the_others_hold() {
    let plenty = [0, 0xff, 0xff, 0, 0].iter().chain(&[7; 0xffff]).copied().collect::<Vec<u8>>().repeat(100);
    let body = [&plenty[..], &blocks_of_tables(300_000), &[1, 0, 0, 0xff, 0xff]].concat();
    let whole = [&b"\x78\x9c"[..], &body, &[0, 0, 0, 1]].concat();
    for (word, encoded) in [("deflate", &body), ("zlib", &whole)] {
        let (kind, message) = complaint(word, encoded);
        assert_eq!(kind, ErrorKind::Refused, "{word}: {message}");
        assert!(
            message.contains("small blocks of deflate data stand in what holds only"),
            "{word}: {message}"
        );
    }
    // Fewer of them are decoded, and so is what a writer flushes record by record, in memory and in small pieces.
    let few = [&plenty[..], &blocks_of_tables(100_000), &[1, 0, 0, 0xff, 0xff]].concat();
    assert_eq!(decode(&codec("deflate"), &few).unwrap().len(), 100 * 0xffff);
    let record = [&[0, 150, 0, !150, 0xff][..], &[9; 150], &[0, 0, 0, 0xff, 0xff]].concat();
    let records = [&record.repeat(200_000)[..], &[1, 0, 0, 0xff, 0xff]].concat();
    assert_eq!(decode(&codec("deflate"), &records).unwrap().len(), 150 * 200_000);
}

/// Input that the caller gave pays for its time; of what another codec made of little, blocks are counted.
#[cfg(feature = "libdeflate")]
#[test]
fn slow_blocks_that_cost_nothing_are_refused() {
    let content = vec![7; 130 * 0xffff];
    let stored = [&[0, 0xff, 0xff, 0, 0][..], &content[..0xffff]].concat().repeat(130);
    let gzip = encode(&codec("gzip"), &content);
    let (head, trailer) = (&gzip[..10], &gzip[gzip.len() - 8..]);
    let member = [head, &stored, &blocks_of_tables(140_000), &[1, 0, 0, 0xff, 0xff], trailer].concat();
    assert!(Pipeline::parse("gzip").unwrap().decode(&member).unwrap() == content);
    let around = encode(&codec("zlib"), &member);
    assert!(around.len() < member.len() / 100);
    for text in ["gzip|zlib", "gzip|zlib|deflate"] {
        let encoded = if text == "gzip|zlib" { around.clone() } else { encode(&codec("deflate"), &around) };
        let error = Pipeline::parse(text).unwrap().decode(&encoded).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{text}: {error}");
        assert!(error.report().contains("small blocks of deflate data"), "{text}: {error}");
    }
}

#[test]
fn gzip_members_are_joined_whatever_their_headers_hold() {
    let gzip = codec("gzip");
    let members = [member_with_all_fields(), encode(&gzip, b""), encode(&gzip, b", and more")].concat();
    assert_eq!(decode(&gzip, &members).unwrap(), b"content, and more");
    let expected =
        (ErrorKind::Trailing, "2 bytes follow the end of the last gzip member (at byte 98)".into());
    assert_eq!(complaint("gzip", &[&members[..], b"\x01\0"].concat()), expected);
}

#[test]
fn gzip_headers_are_checked() {
    let member = member_with_all_fields();
    let with = |at: usize, byte: u8| {
        let mut member = member.clone();
        member[at] = byte;
        complaint("gzip", &member)
    };
    assert_eq!(
        with(0, 0x1e),
        (ErrorKind::Corrupt, "1e 8b is not the magic number of gzip; expected 1f 8b (at byte 0)".into())
    );
    assert_eq!(
        with(2, 7),
        (
            ErrorKind::Unsupported,
            "unknown compression method 7 in the gzip header; expected 8 (at byte 0)".into()
        )
    );
    assert_eq!(
        with(3, 0x3e),
        (ErrorKind::Unsupported, "the gzip header has the reserved flags 0x20 (at byte 0)".into())
    );
    let (kind, message) = with(17, b'N');
    assert_eq!(kind, ErrorKind::Checksum);
    assert!(message.starts_with("the gzip header's CRC-16 is 0x"), "{message}");
}

#[test]
fn zlib_headers_are_checked() {
    let say = |head: [u8; 2]| complaint("zlib", &[&head[..], &[3, 0, 0, 0, 0, 1]].concat());
    assert_eq!(say([0x78, 0x9d]), (ErrorKind::Corrupt, "78 9d is not a zlib header (at byte 0)".into()));
    let method = (
        ErrorKind::Unsupported,
        "unknown compression method 9 in the zlib header; expected 8 (at byte 0)".into(),
    );
    assert_eq!(say([0x79, 0x18]), method);
    let window = "the zlib header asks for a window of 2^16 bytes; expected 2^15 at most (at byte 0)";
    assert_eq!(say([0x88, 0x1c]), (ErrorKind::Corrupt, window.into()));
    let dictionary = (ErrorKind::Unsupported, "the zlib stream needs a preset dictionary (at byte 0)".into());
    assert_eq!(say([0x78, 0xbb]), dictionary);
}

#[test]
fn trailers_are_checked() {
    let mut zlib = encode(&codec("zlib"), b"abc");
    *zlib.last_mut().unwrap() ^= 1;
    let message = "the Adler-32 is 0x024d0126, but the data give 0x024d0127 (at byte 11)";
    assert_eq!(complaint("zlib", &zlib), (ErrorKind::Checksum, message.into()));

    let gzip = encode(&codec("gzip"), b"abc");
    let end = gzip.len();
    let mut wrong = gzip.clone();
    wrong[end - 8] ^= 1;
    let message = "the CRC-32 is 0x352441c3, but the data give 0x352441c2 (at byte 23)";
    assert_eq!(complaint("gzip", &wrong), (ErrorKind::Checksum, message.into()));
    let mut wrong = gzip;
    wrong[end - 4] = 9;
    let message = "the gzip trailer gives 9 bytes (modulo 2^32), but the member holds 3 (at byte 23)";
    assert_eq!(complaint("gzip", &wrong), (ErrorKind::Corrupt, message.into()));
}

#[test]
fn every_truncation_says_what_is_missing() {
    let say = |word: &str, encoded: &[u8]| {
        let (kind, message) = complaint(word, encoded);
        assert_eq!(kind, ErrorKind::Truncated);
        message
    };
    for word in WORDS {
        let encoded = encode(&codec(word), b"a few bytes, a few bytes more");
        (0..encoded.len()).for_each(|len| drop(say(word, &encoded[..len])));
    }
    let gzip = encode(&codec("gzip"), b"abc");
    assert_eq!(say("gzip", &[]), "the input ends inside a gzip header (at byte 0)");
    assert_eq!(say("gzip", &gzip[..12]), "the input ends inside the deflate data (at byte 12)");
    assert_eq!(say("gzip", &gzip[..gzip.len() - 1]), "the input ends inside the gzip trailer (at byte 22)");
    assert_eq!(
        say("zlib", &encode(&codec("zlib"), b"abc")[..10]),
        "the input ends inside the Adler-32 (at byte 10)"
    );
}

#[test]
fn no_flipped_bit_under_a_checksum_changes_the_data() {
    for word in ["zlib", "gzip"] {
        let codec = codec(word);
        let input = b"a few bytes, a few bytes more".repeat(3);
        let encoded = encode(&codec, &input);
        let mut ignored = 0;
        for bit in 0..encoded.len() * 8 {
            let mut wrong = encoded.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            if let Ok(decoded) = decode(&codec, &wrong) {
                assert_eq!(decoded, input, "{word}, bit {bit}");
                ignored += 1;
            }
        }
        // The padding of the last byte of DEFLATE; FTEXT, MTIME, XFL and OS of gzip's header.
        let header = if word == "gzip" { 1 + 6 * 8 } else { 0 };
        assert!((header..header + 8).contains(&ignored), "{word}: {ignored} bits may be flipped");
    }
}

#[test]
fn a_distance_out_of_range_is_an_error() {
    // A fixed block: the literal `a`, then a match of 3 bytes at a distance of 4.
    let error = decode(&codec("deflate"), &[0x4b, 0x04, 0x62, 0x00]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().starts_with("the deflate data are corrupt (at byte "), "{error}");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "deflate decompression error: invalid distance too far back");
}

#[test]
fn bytes_after_the_end_are_counted() {
    for (word, what) in [("zlib", "the zlib stream"), ("deflate", "the deflate stream")] {
        let mut encoded = encode(&codec(word), b"abc");
        let end = encoded.len();
        encoded.push(0);
        let expected = (ErrorKind::Trailing, format!("1 byte follows the end of {what} (at byte {end})"));
        assert_eq!(complaint(word, &encoded), expected);
    }
}

#[test]
fn a_stream_gives_what_it_has_before_it_fails() {
    for word in WORDS {
        let codec = codec(word);
        let input = noise(300_000);
        let encoded = encode(&codec, &input);
        let mut decoder = stream(&codec, &encoded[..200_000]);
        let (mut given, mut buf) = (Vec::new(), vec![0; 1 << 20]);
        let error = loop {
            match decoder.read(&mut buf) {
                Ok(n) => given.extend_from_slice(&buf[..n]),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::Truncated);
        assert!(given.len() > 190_000 && input.starts_with(&given), "{word}: {} bytes", given.len());
    }
}

#[test]
fn sniffing_tells_the_wrappers_apart() {
    let sniffed = |descriptor: &StageDescriptor, bytes: &[u8]| {
        descriptor.sniff(&Sample::whole(bytes)).map(|sniffed| (sniffed.stage, sniffed.is_certain))
    };
    assert_eq!(sniffed(&GZIP, &encode(&codec("gzip"), b"")), Some(("gzip", true)));
    assert_eq!(sniffed(&ZLIB, &encode(&codec("zlib"), b"")), Some(("zlib", false)));
    assert_eq!(sniffed(&ZLIB, &encode(&codec("gzip"), b"")), None);
    assert_eq!(sniffed(&ZLIB, &[0x78]), None);
    assert_eq!(sniffed(&DEFLATE, &encode(&codec("deflate"), b"")), None);
}

#[test]
fn a_stream_that_was_left_half_way_does_not_harm_the_next() {
    let input = noise(100_000);
    for word in WORDS {
        for level in 0..=9 {
            let codec = codec(&format!("{word}({level})"));
            let expected = encode(&codec, &input);
            assert!(codec.encode(&Input::new(&[&input]), &mut Output::to_slice(&mut [0; 70_000])).is_err());
            assert!(encode(&codec, &input) == expected, "{word}({level})");
            assert!(decode(&codec, &expected[..70_000]).is_err());
            assert!(decode(&codec, &expected).unwrap() == input, "{word}({level})");
        }
    }
}
