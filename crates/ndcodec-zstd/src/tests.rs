//! The codec's own tests; laws and corpus are in `tests/`.

use ndcodec_core::stream::SliceSource;
use ndcodec_core::{
    Codec, CodecError, DecodeLimits, ErrorKind, Input, LenClaim, Limit, Output, Sample, build_codec,
};

use super::*;

const SKIPPABLE: &[u8] = b"\x50\x2a\x4d\x18\x03\0\0\0abc";

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

/// A frame that does not say how much it holds.
fn encode_stream(codec: &Arc<dyn Codec>, input: &[u8]) -> Vec<u8> {
    struct Collect<'a>(&'a mut Vec<u8>);
    impl ndcodec_core::stream::Sink for Collect<'_> {
        fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
            self.0.extend_from_slice(bytes);
            Ok(())
        }
        fn finish(self: Box<Self>) -> Result<(), CodecError> {
            Ok(())
        }
    }
    let mut bytes = Vec::new();
    let mut sink = codec.clone().encoder(None, Box::new(Collect(&mut bytes))).unwrap();
    sink.write(input).unwrap();
    sink.finish().unwrap();
    bytes
}

fn decode_within(encoded: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    let mut out = Output::to_vec(&mut bytes).limited(limit);
    codec("zstd").decode(encoded, &mut out)?;
    out.finish();
    Ok(bytes)
}

fn decode(encoded: &[u8]) -> Result<Vec<u8>, CodecError> {
    decode_within(encoded, 1 << 26)
}

fn stream(encoded: &[u8], limits: &DecodeLimits) -> (Vec<u8>, Result<(), CodecError>) {
    let codec = codec("zstd");
    let mut decoder = codec.clone().decoder(Box::new(SliceSource::new(encoded)), limits).unwrap();
    let (mut given, mut buf) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        match decoder.read(&mut buf) {
            Ok(0) => return (given, Ok(())),
            Ok(n) => given.extend_from_slice(&buf[..n]),
            Err(error) => return (given, Err(error)),
        }
    }
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

/// What decoding says in one shot and as a stream, which must be the same kind of failure.
fn complaint(encoded: &[u8]) -> (ErrorKind, String) {
    let error = decode(encoded).unwrap_err();
    let (_, streamed) = stream(encoded, &DecodeLimits::new());
    assert_eq!(streamed.unwrap_err().kind(), error.kind(), "streamed, after {error}");
    (error.kind(), error.to_string())
}

#[cfg(feature = "c")]
#[test]
fn the_ranges_are_the_backend_s() {
    assert_eq!(MIN_LEVEL, i64::from(zstd_safe::min_c_level()));
    assert_eq!(MAX_LEVEL, i64::from(zstd_safe::max_c_level()));
    assert_eq!(zstd_safe::CLEVEL_DEFAULT, 3);
    assert_eq!(u64::from(zstd_safe::BLOCKSIZE_MAX), frames::BLOCK_MAX);
    let mut context = zstd_safe::CCtx::create();
    let mut takes = |window| context.set_parameter(zstd_safe::CParameter::WindowLog(window)).is_ok();
    assert!(takes(10) && takes(MAX_WINDOW) && !takes(9) && !takes(MAX_WINDOW + 1));
}

#[test]
fn no_window_is_written_that_is_not_read_by_default() {
    assert_eq!(1 << MAX_WRITTEN_WINDOW, DecodeLimits::new().max_window);
    assert!(build_codec("zstd(window=27)").is_ok());
    let error = build_codec("zstd(window=28)").unwrap_err().to_string();
    assert!(error.contains("27"), "{error}");
}

#[test]
fn every_length_around_a_block_comes_back_within_its_bound() {
    for text in ["zstd", "zstd(-5)", "zstd(1,checksum=true)", "zstd(19,window=10)"] {
        let codec = codec(text);
        for len in [0, 1, 100, (64 << 10) - 1, 64 << 10, (64 << 10) + 1, (128 << 10) + 1, 1 << 20] {
            for input in [noise(len), vec![0; len]] {
                for encoded in [encode(&codec, &input), encode_stream(&codec, &input)] {
                    assert!(encoded.len() <= codec.max_encoded_len(len).unwrap(), "{text}, {len}");
                    assert!(decode(&encoded).unwrap() == input, "{text}, {len}");
                }
            }
        }
    }
}

#[test]
fn a_bound_that_no_memory_holds_is_none() {
    assert_eq!(codec("zstd").max_encoded_len(usize::MAX), None);
    assert_eq!(codec("zstd").max_encoded_len(usize::MAX / 2), None);
    assert!(codec("zstd").max_encoded_len(1 << 40).is_some());
}

#[test]
fn frames_and_skippable_frames_are_joined() {
    let codec = codec("zstd");
    let (a, b) = (encode(&codec, b"one, "), encode_stream(&codec, b"two"));
    let frames = [SKIPPABLE, &a, SKIPPABLE, SKIPPABLE, &b, SKIPPABLE].concat();
    assert_eq!(decode(&frames).unwrap(), b"one, two");
    assert_eq!(stream(&frames, &DecodeLimits::new()).0, b"one, two");
    assert_eq!(decode(SKIPPABLE).unwrap(), b"");
}

#[test]
fn claims_add_up() {
    let codec = codec("zstd");
    let (a, b) = (encode(&codec, &noise(1000)), encode_stream(&codec, b"two"));
    assert_eq!(codec.claimed_len(&[SKIPPABLE, &a, &a].concat()), LenClaim::Exact(2000));
    assert_eq!(codec.claimed_len(&[&a[..], &b].concat()), LenClaim::AtMost(1000 + 3));
    let zeros = encode_stream(&codec, &vec![0; 200_000]);
    assert!(matches!(codec.claimed_len(&zeros), LenClaim::AtMost(200_000..=262_144)));
    assert_eq!(codec.claimed_len(&a[..20]), LenClaim::Unknown);
    assert_eq!(codec.claimed_len(b""), LenClaim::Unknown);
}

#[test]
fn a_claim_that_cannot_be_true_makes_no_room() {
    // A single segment of 2^60 bytes in one raw block of 1.
    let mut frame = b"\x28\xb5\x2f\xfd\xe0".to_vec();
    frame.extend_from_slice(&(1u64 << 60).to_le_bytes());
    frame.extend_from_slice(b"\x09\0\0x");
    assert_eq!(codec("zstd").claimed_len(&frame), LenClaim::Exact(1 << 60));
    assert_eq!(decode(&frame).unwrap_err().kind(), ErrorKind::Limit);
    let error = decode_within(&frame, usize::MAX).unwrap_err();
    let message = "the frames claim 1152921504606846976 bytes, but their 17 bytes hold 557056 at most";
    assert_eq!((error.kind(), &*error.to_string()), (ErrorKind::Corrupt, message));
    let error = stream(&frame, &DecodeLimits::new()).1.unwrap_err();
    let message = "a frame needs a window larger than the limit of 134217728 bytes (at byte ";
    assert!(error.to_string().starts_with(message), "{error}");
    assert_eq!(error.limit(), Some(Limit::Window));
}

#[test]
fn a_wrong_content_size_is_an_error() {
    let mut frame = encode(&codec("zstd"), &noise(1000));
    // Two bytes, less 256.
    assert_eq!(frame[4..7], [0x60, 0xe8, 0x02]);
    for byte in [0xe7, 0xe9] {
        frame[5] = byte;
        assert_eq!(complaint(&frame).0, ErrorKind::Corrupt);
    }
}

#[test]
fn every_truncation_and_every_byte_more_is_noticed() {
    let codec = codec("zstd(checksum=true)");
    for frame in [encode(&codec, b"a few bytes, a few bytes more"), encode_stream(&codec, &noise(100))] {
        for len in 1..frame.len() {
            let expected = (ErrorKind::Truncated, "the input ends inside a zstd frame (at byte 0)".into());
            assert_eq!(complaint(&frame[..len]), expected, "{len}");
        }
        let longer = [&frame[..], b"x"].concat();
        let expected = (
            ErrorKind::Trailing,
            format!("1 byte follows the end of the last zstd frame (at byte {})", frame.len()),
        );
        assert_eq!(complaint(&longer), expected);
    }
    assert_eq!(
        complaint(b""),
        (ErrorKind::Truncated, "the input has 0 bytes: there is no zstd frame".into())
    );
    let expected = (ErrorKind::Corrupt, "the input does not begin with a zstd frame (at byte 0)".into());
    assert_eq!(complaint(b"text, and no frame"), expected);
    assert_eq!(complaint(b"t"), expected);
}

#[test]
fn no_flipped_bit_under_a_checksum_changes_the_data() {
    let input = b"a few bytes, a few bytes more".repeat(3);
    let frame = encode(&codec("zstd(checksum=true)"), &input);
    let mut ignored = Vec::new();
    for bit in 0..frame.len() * 8 {
        let mut wrong = frame.clone();
        wrong[bit / 8] ^= 1 << (bit % 8);
        let (given, result) = stream(&wrong, &DecodeLimits::new());
        assert_eq!(result.is_ok(), decode(&wrong).is_ok(), "bit {bit}");
        if result.is_ok() {
            assert!(given == input, "bit {bit}");
            ignored.push(bit);
        }
    }
    // Among them the bit without a meaning, and Single_Segment_Flag, which makes the content's size a
    // window's. The backend in Rust writes tables that hold more than is used.
    let most = if cfg!(feature = "c") { 8 } else { 32 };
    assert!(ignored.starts_with(&[36, 37]) && ignored.len() < most, "{ignored:?}");
    let mut wrong = frame;
    *wrong.last_mut().unwrap() ^= 1;
    let (kind, message) = complaint(&wrong);
    assert_eq!(kind, ErrorKind::Checksum);
    assert!(message.starts_with("a frame's XXH64 does not match its content"), "{message}");
}

#[test]
fn a_dictionary_is_not_supported() {
    // A frame that names the dictionary 1.
    let frame = b"\x28\xb5\x2f\xfd\x21\x01\x01\x09\0\0x";
    let (kind, message) = complaint(frame);
    assert_eq!(kind, ErrorKind::Unsupported);
    assert!(message.starts_with("a frame needs a dictionary"), "{message}");
}

#[test]
fn the_window_s_limit_holds_for_streams() {
    let frame = encode_stream(&codec("zstd(1,window=20)"), b"small, in a large window");
    let limits = DecodeLimits::new();
    assert!(stream(&frame, &limits.with_max_window(1 << 20)).1.is_ok());
    // It holds less than it is given, whatever it wants.
    assert!(stream(&frame, &limits.with_max_window((1 << 20) - 1)).1.is_ok());
    assert!(stream(&frame, &DecodeLimits::none()).1.is_ok());
    let error = stream(&frame, &limits.with_max_window(0)).1.unwrap_err();
    assert_eq!((error.kind(), error.limit()), (ErrorKind::Limit, Some(Limit::Window)));
}

/// A frame that reaches further back than it may is never decoded to something else.
#[test]
fn a_window_that_is_needed_is_refused() {
    let near = noise(300 << 10);
    let far = [&near[..], &vec![7; 600 << 10], &near[..]].concat();
    let codec = codec("zstd(1,window=20)");
    for (content, window, is_right) in
        [(&near, 1 << 19, true), (&near, 1 << 18, false), (&far, 1 << 21, true), (&far, 1 << 19, false)]
    {
        let frame = encode_stream(&codec, content);
        let (given, result) = stream(&frame, &DecodeLimits::new().with_max_window(window));
        assert_eq!(result.is_ok(), is_right, "{window}");
        assert!(content.starts_with(&given) && (!is_right || given.len() == content.len()), "{window}");
        if let Err(error) = result {
            assert_eq!(error.limit(), Some(Limit::Window), "{error}");
        }
    }
}

/// `zstd --long=31` writes this into every header.
#[test]
fn a_small_frame_may_want_any_window() {
    let content = noise(10_000);
    let mut frame = encode_stream(&codec("zstd(window=20)"), &content);
    assert_eq!(frame[4] >> 5 & 1, 0, "it has a window");
    frame[5] = 21 << 3;
    for limits in [DecodeLimits::new(), DecodeLimits::new().with_max_bytes(10_000)] {
        assert!(stream(&frame, &limits).0 == content);
    }
    assert!(decode(&frame).unwrap() == content);
}

#[test]
fn a_million_frames_of_nothing_are_refused() {
    let frame = encode(&codec("zstd"), b"");
    let few = frame.repeat(1000);
    assert!(decode(&few).unwrap().is_empty() && stream(&few, &DecodeLimits::new()).1.is_ok());
    let blocks = [&b"\x28\xb5\x2f\xfd\x00\x88"[..], &b"\0\0\0".repeat(200_000), b"\x01\0\0"].concat();
    for many in [frame.repeat(200_000), blocks] {
        assert_eq!(decode(&many).unwrap_err().kind(), ErrorKind::Refused);
        assert_eq!(stream(&many, &DecodeLimits::new()).1.unwrap_err().kind(), ErrorKind::Refused);
    }
}

#[test]
fn what_says_no_size_and_expands_much_is_decoded_by_steps() {
    let zeros = vec![0; 4 << 20];
    let frame = encode_stream(&codec("zstd"), &zeros);
    #[cfg(feature = "c")]
    assert!(frames::Contents::of(&frame).unwrap().is_sparse(frame.len()));
    assert!(decode(&frame).unwrap() == zeros);
    assert!(decode_within(&frame, zeros.len()).unwrap() == zeros);
    assert_eq!(decode_within(&frame, zeros.len() - 1).unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn a_stream_gives_what_it_has_before_it_fails() {
    let input = noise(1 << 20);
    let mut frame = encode_stream(&codec("zstd"), &input);
    let (given, result) = stream(&frame[..700_000], &DecodeLimits::new());
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Truncated);
    assert!(given.len() >= 650_000 && input.starts_with(&given), "{} bytes", given.len());
    // The fourth block of 128 KiB, behind a header of 6 bytes, is made one of the reserved type.
    frame[6 + 3 * (3 + (128 << 10))] |= 6;
    let (given, result) = stream(&frame, &DecodeLimits::new());
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Corrupt);
    assert!(given == input[..3 * (128 << 10)], "{} bytes", given.len());
}

#[test]
fn a_stream_of_another_length_than_was_told_is_refused() {
    struct Null;
    impl ndcodec_core::stream::Sink for Null {
        fn write(&mut self, _: &[u8]) -> Result<(), CodecError> {
            Ok(())
        }
        fn finish(self: Box<Self>) -> Result<(), CodecError> {
            Ok(())
        }
    }
    let codec = codec("zstd");
    let mut sink = codec.clone().encoder(Some(3), Box::new(Null)).unwrap();
    let error = sink.write(b"four").unwrap_err();
    let message = "the stream announced 3 bytes, but it has 4";
    assert_eq!((error.kind(), &*error.to_string()), (ErrorKind::Input, message));
    let mut sink = codec.clone().encoder(Some(3), Box::new(Null)).unwrap();
    sink.write(b"2!").unwrap();
    assert_eq!(sink.finish().unwrap_err().kind(), ErrorKind::Input);
    let sink = codec.clone().encoder(Some(0), Box::new(Null)).unwrap();
    sink.finish().unwrap();
}

#[test]
fn sniffing_looks_behind_skippable_frames() {
    let sniffed = |bytes: &[u8], is_whole| {
        let sample = if is_whole { Sample::whole(bytes) } else { Sample::prefix(bytes) };
        ZSTD.sniff(&sample).map(|sniffed| (sniffed.stage, sniffed.is_certain))
    };
    let frame = encode(&codec("zstd"), b"");
    assert_eq!(sniffed(&frame, true), Some(("zstd", true)));
    assert_eq!(sniffed(&[SKIPPABLE, SKIPPABLE, &frame].concat(), true), Some(("zstd", true)));
    assert_eq!(sniffed(&[SKIPPABLE, b"\x04\x22\x4d\x18"].concat(), false), None);
    assert_eq!(sniffed(SKIPPABLE, true), Some(("zstd", false)));
    assert_eq!(sniffed(&SKIPPABLE[..9], false), Some(("zstd", false)));
    assert_eq!(sniffed(&SKIPPABLE[..9], true), None);
    assert_eq!(sniffed(b"", true), None);
}

#[cfg(feature = "c")]
#[test]
fn level_1_without_a_window_encodes_planes_in_its_own_way_and_others_do_not() {
    use ndcodec_core::Content;
    // The upper bytes of counts that wander: runs, and short matches that are worth nothing.
    let steps = noise(64 << 10);
    let wander = steps.iter().scan(0_u16, |sum, &byte| {
        *sum = sum.wrapping_add(byte.into()).wrapping_sub(127);
        Some(sum.to_be_bytes()[0])
    });
    let plane: Vec<u8> = wander.collect();
    let as_plane = |stage: &str, parts: &[&[u8]]| {
        let mut out = Vec::new();
        let mut output = Output::to_vec(&mut out);
        codec(stage).encode(&Input::new(parts).of(Content::BytePlane), &mut output).unwrap();
        output.finish();
        out
    };
    for stage in ["zstd(1)", "zstd(1,checksum=true)", "zstd(1,window=12)", "zstd", "zstd(-1)", "zstd(2)"] {
        let encoded = as_plane(stage, &[&plane]);
        let (head, rest) = plane.split_at(1000);
        assert!(as_plane(stage, &[head, rest]) == encoded, "{stage}, in parts");
        assert!(decode(&encoded).unwrap() == plane, "{stage}");
        let has_plane_mode = ["zstd(1)", "zstd(1,checksum=true)"].contains(&stage);
        assert_eq!(encoded != encode(&codec(stage), &plane), has_plane_mode, "{stage}");
        assert_eq!(codec(stage).hints().has_plane_mode, has_plane_mode, "{stage}");
    }
    assert!(as_plane("zstd(1)", &[&plane]).len() < plane.len() / 2);
}

/// Blocks that are stored or repeat a byte tell how much they hold: a bomb is refused before memory is taken for it.
#[test]
fn a_bomb_of_repeated_bytes_takes_no_memory() {
    let repeated = [&((128 << 10) << 3 | 2_u32).to_le_bytes()[..3], b"x"].concat();
    let bomb = [&b"\x28\xb5\x2f\xfd\x00\x88"[..], &repeated.repeat(1 << 16), b"\x01\0\0"].concat();
    let mut bytes = Vec::new();
    let mut out = Output::to_vec(&mut bytes).limited(1 << 30);
    let error = codec("zstd").decode(&bomb, &mut out).unwrap_err();
    drop(out);
    assert_eq!((error.kind(), error.limit()), (ErrorKind::Limit, Some(Limit::Bytes)));
    assert_eq!(
        (error.to_string(), bytes.capacity()),
        ("the result is larger than the limit of 1073741824 bytes".to_owned(), 0)
    );
}

#[test]
fn what_blocks_tell_holds() {
    let noise = noise(300 << 10);
    let zeros = vec![0; 700 << 10];
    for content in [&noise[..], &zeros, &[&zeros[..], &noise, &zeros].concat(), b"", b"x"] {
        for text in ["zstd(-5)", "zstd", "zstd(9)"] {
            for frame in [encode_stream(&codec(text), content), encode(&codec(text), content)] {
                let two = [&frame[..], SKIPPABLE, &frame].concat();
                for (frames, len) in [(&frame, content.len()), (&two, 2 * content.len())] {
                    let contents = frames::Contents::of(frames).unwrap();
                    assert!((contents.least..=contents.most).contains(&(len as u64)), "{contents:?}, {len}");
                    assert!(decode_within(frames, len).unwrap().len() == len, "{text}");
                }
            }
        }
    }
}

/// A frame whose window is small allows its blocks no more than that (RFC 8878, 3.1.1.2.3), whatever their type, in memory and
/// in streams. (libzstd takes such blocks in memory if they repeat a byte, which the fuzz target `decode` found.)
#[test]
fn a_block_of_more_than_the_window_is_refused_in_memory_and_in_streams() {
    const WINDOW: usize = 5;

    let block = |kind: u32, size: u32| (size << 3 | kind << 1 | 1).to_le_bytes()[..3].to_vec();
    let frame = |block: &[u8], content: &[u8]| [b"\x28\xb5\x2f\xfd\x00\x00", block, content].concat();
    let text = |len: usize| {
        b"the quick brown fox jumps over ".iter().copied().cycle().take(len).collect::<Vec<u8>>()
    };
    // What compresses is made by an encoder that does not know the length, and then told to have the least window.
    let compressed = |len: usize| {
        let mut frame = encode_stream(&codec("zstd"), &text(len));
        assert_eq!((frame[4] & 0xe0, frame.len() < len), (0, true), "it names a window, and is compressed");
        frame[WINDOW] = 0;
        frame
    };
    let cases = [
        ("stored", frame(&block(0, 1024), &noise(1024)), frame(&block(0, 1025), &noise(1025))),
        ("repeated", frame(&block(1, 1024), b"x"), frame(&block(1, 1025), b"x")),
        ("compressed", compressed(1024), compressed(20_000)),
    ];
    for (kind, good, bad) in cases {
        let (streamed, end) = stream(&good, &DecodeLimits::none());
        end.unwrap();
        assert_eq!((streamed.len(), decode(&good).unwrap().len()), (1024, 1024), "{kind}");
        assert_eq!(decode(&bad).unwrap_err().kind(), ErrorKind::Corrupt, "{kind}, in memory");
        assert_eq!(stream(&bad, &DecodeLimits::none()).1.unwrap_err().kind(), ErrorKind::Corrupt, "{kind}");
    }
    let (kind, text) = complaint(b"\x28\xb5\x2f\xfd\x01\0\0\x2b\x59\0\0");
    let expected = "a block of a zstd frame has 2853 bytes; the frame's window allows 1024";
    assert!(kind == ErrorKind::Corrupt && text.starts_with(expected), "{text}");
}

/// Frames of stored and repeated blocks around every bound, in windows around 128 KiB: whatever they are, memory and streams
/// agree.
#[test]
fn memory_and_streams_agree_on_blocks_of_any_length_in_any_window() {
    const WINDOWS: [u8; 6] = [0, 1, 0x08, 0x37, 0x38, 0x58];
    const SIZES: [usize; 10] = [0, 1, 1024, 1025, 1152, 1153, 2048, 122_881, 131_072, 131_073];

    let (mut good, mut bad) = (0, 0);
    for window in WINDOWS {
        for (first, second) in SIZES.iter().flat_map(|a| SIZES.map(|b| (*a, b))) {
            for kinds in 0..4_u8 {
                let mut frame = b"\x28\xb5\x2f\xfd\x00".to_vec();
                frame.push(window);
                for (size, kind, is_last) in [(first, kinds & 1, 0), (second, kinds >> 1, 1)] {
                    let header = size << 3 | usize::from(kind) << 1 | is_last;
                    frame.extend(&header.to_le_bytes()[..3]);
                    frame.resize(frame.len() + if kind == 0 { size } else { 1 }, b'x');
                }
                let case = format!("window {window:#x}, blocks of {first} and {second}, kinds {kinds}");
                let (streamed, end) = stream(&frame, &DecodeLimits::new());
                match (decode(&frame), end) {
                    (Ok(bytes), Ok(())) => {
                        assert!(bytes == streamed && bytes.len() == first + second, "{case}");
                    }
                    (Err(error), Err(other)) => {
                        assert_eq!(error.kind(), other.kind(), "{case}: {error}, and {other}");
                        bad += 1;
                        continue;
                    }
                    (decoded, end) => {
                        panic!("{case}: {:?} in memory, {end:?} in a stream", decoded.map(|_| ()))
                    }
                }
                good += 1;
            }
        }
    }
    assert!(good > 500 && bad > 500, "{good} are decoded, and {bad} are refused");
}
