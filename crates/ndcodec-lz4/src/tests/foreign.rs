//! Frames as other writers make them, and as none should.

use lz4_flex::block::{compress_into_with_dict, get_maximum_output_size};
use ndcodec_core::{Codec, ErrorKind, LenClaim};
use twox_hash::XxHash32;

use super::{codec, decode, decode_stream, encode, mixed, noise};

/// A frame by hand.
#[derive(Clone)]
struct Frame {
    flags: u8,
    sizes: u8,
    content_size: Option<u64>,
    dictionary: Option<u32>,
    blocks: Vec<u8>,
    content: Vec<u8>,
}

impl Frame {
    /// Independent blocks of 64 KiB at most.
    fn new() -> Self {
        let (flags, sizes) = (0b0110_0000, 0x40);
        Self { flags, sizes, content_size: None, dictionary: None, blocks: Vec::new(), content: Vec::new() }
    }

    fn block(mut self, bytes: &[u8]) -> Self {
        let history = if self.flags & 0x20 == 0 { &self.content[..] } else { &[] };
        let history = &history[history.len().saturating_sub(64 << 10)..];
        let mut data = vec![0; get_maximum_output_size(bytes.len())];
        let len = compress_into_with_dict(bytes, &mut data, history).unwrap();
        self.content.extend_from_slice(bytes);
        self.raw_block(u32::try_from(len).unwrap(), &data[..len])
    }

    fn stored(mut self, bytes: &[u8]) -> Self {
        self.content.extend_from_slice(bytes);
        self.raw_block(u32::try_from(bytes.len()).unwrap() | 1 << 31, bytes)
    }

    fn raw_block(mut self, head: u32, data: &[u8]) -> Self {
        self.blocks.extend(head.to_le_bytes());
        self.blocks.extend(data);
        if self.flags & 0x10 != 0 {
            self.blocks.extend(XxHash32::oneshot(0, data).to_le_bytes());
        }
        self
    }

    fn with_flags(mut self, flags: u8) -> Self {
        self.flags = flags;
        self
    }

    fn with_size(mut self, size: u64) -> Self {
        self.flags |= 8;
        self.content_size = Some(size);
        self
    }

    fn unfinished(&self) -> Vec<u8> {
        let mut descriptor = vec![self.flags, self.sizes];
        descriptor.extend(self.content_size.iter().flat_map(|size| size.to_le_bytes()));
        descriptor.extend(self.dictionary.iter().flat_map(|id| id.to_le_bytes()));
        let checksum = XxHash32::oneshot(0, &descriptor).to_le_bytes()[1];
        [&[0x04, 0x22, 0x4d, 0x18][..], &descriptor, &[checksum], &self.blocks].concat()
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.unfinished();
        bytes.extend([0; 4]);
        if self.flags & 4 != 0 {
            bytes.extend(XxHash32::oneshot(0, &self.content).to_le_bytes());
        }
        bytes
    }
}

fn skippable(number: u8, content: &[u8]) -> Vec<u8> {
    let len = u32::try_from(content.len()).unwrap().to_le_bytes();
    [&[0x50 | number, 0x2a, 0x4d, 0x18][..], &len, content].concat()
}

/// Decodes in one shot and as a stream, which must agree to the message.
fn both(encoded: &[u8]) -> Result<Vec<u8>, (ErrorKind, String)> {
    let codec = codec("256KiB", false);
    let say = |error: ndcodec_core::CodecError| (error.kind(), error.to_string());
    let whole = decode(&codec, encoded).map_err(say);
    for step in [1, 1000] {
        let streamed = decode_stream(&codec, encoded, step).map_err(say);
        assert!(whole == streamed, "{:?} but {:?}", whole.as_ref().err(), streamed.as_ref().err());
    }
    whole
}

#[test]
fn linked_blocks_reach_back() {
    let content = mixed(400_000);
    for size in [1000, 20_000, 65_536] {
        let mut frame = Frame::new().with_flags(0b0100_0000);
        for (i, block) in content.chunks(size).enumerate() {
            frame = if i % 5 == 3 { frame.stored(block) } else { frame.block(block) };
        }
        assert!(both(&frame.bytes()).unwrap() == content, "blocks of {size}");
        // A further frame begins without history.
        let orphan = Frame::new().with_flags(0b0100_0000).raw_block(4, &[0x00, 1, 0, 0x00]);
        let (kind, message) = both(&[frame.bytes(), orphan.bytes()].concat()).unwrap_err();
        let offset = frame.bytes().len() + 11;
        assert_eq!(kind, ErrorKind::Corrupt);
        assert_eq!(message, format!("a match from before the beginning of the data (at byte {offset})"));
    }
}

#[test]
fn every_option_of_a_header_is_read() {
    let content = mixed(150_000);
    for flags in [0b0100_0000, 0b0101_0000, 0b0110_0100, 0b0111_0100] {
        let mut frame = Frame::new().with_flags(flags);
        for block in content.chunks(60_000) {
            frame = frame.block(block).stored(&[]);
        }
        assert!(both(&frame.bytes()).unwrap() == content, "{flags:#b}");
        let sized = frame.with_size(150_000).bytes();
        assert!(both(&sized).unwrap() == content, "{flags:#b}");
        assert_eq!(codec("64KiB", false).claimed_len(&sized), LenClaim::Exact(150_000));
        let twice = [&skippable(1, b"..")[..], &sized, &skippable(2, b""), &sized].concat();
        assert_eq!(codec("64KiB", false).claimed_len(&twice), LenClaim::Exact(300_000));
        assert_eq!(codec("64KiB", false).claimed_len(&twice[..twice.len() - 1]), LenClaim::Unknown);
    }
}

#[test]
fn frames_follow_each_other() {
    let (a, b) = (Frame::new().stored(b"abc").bytes(), encode(&codec("1MiB", true), &mixed(5000)));
    let expected = [b"abc", &mixed(5000)[..], b"abc"].concat();
    let frames =
        [&skippable(0, b"hello")[..], &a, &skippable(15, &noise(70_000, 3)), &b, &a, &skippable(7, b"")];
    assert!(both(&frames.concat()).unwrap() == expected);
}

#[test]
fn a_content_size_is_not_trusted() {
    for (claim, bytes) in [(u64::MAX, &b"abc"[..]), (4, b"abc"), (2, b"abc"), (0, b"abc"), (1, b"")] {
        let frame = Frame::new().with_size(claim).stored(bytes);
        assert_eq!(both(&frame.bytes()).unwrap_err().0, ErrorKind::Corrupt, "{claim} for {}", bytes.len());
        let frame = Frame::new().with_size(claim).block(bytes);
        assert_eq!(both(&frame.bytes()).unwrap_err().0, ErrorKind::Corrupt, "{claim} for {}", bytes.len());
    }
}

#[test]
fn messages() {
    let frame = Frame::new().stored(b"abc");
    let with = |change: &dyn Fn(&mut Frame)| {
        let mut frame = frame.clone();
        change(&mut frame);
        frame.bytes()
    };
    let patched = |at: usize, byte: u8| {
        let mut bytes = frame.bytes();
        bytes[at] = byte;
        bytes
    };
    let checked = Frame::new().with_flags(0b0111_0100).stored(b"abc").bytes();
    let bomb = Frame::new().raw_block(302, &[&[0x1f, b'a', 1, 0][..], &[255; 297], &[0]].concat());
    for (encoded, kind, message) in [
        (vec![], ErrorKind::Truncated, "the input ends inside the magic number of an lz4 frame (at byte 0)"),
        (
            skippable(3, b"x"),
            ErrorKind::Truncated,
            "the input ends inside the magic number of an lz4 frame (at byte 9)",
        ),
        (
            skippable(3, b"x")[..8].to_vec(),
            ErrorKind::Truncated,
            "the input ends inside a skippable frame (at byte 8)",
        ),
        (patched(0, 5), ErrorKind::Corrupt, "0x184d2205 is not the magic number of an lz4 frame (at byte 0)"),
        (
            [0x02, 0x21, 0x4c, 0x18, 0, 0, 0, 0].to_vec(),
            ErrorKind::Unsupported,
            "a legacy lz4 frame, which does not say where it ends (at byte 0)",
        ),
        (
            with(&|f| f.flags = 0xa0),
            ErrorKind::Unsupported,
            "unknown lz4 frame version 2; expected 1 (at byte 4)",
        ),
        (
            with(&|f| f.flags |= 2),
            ErrorKind::Corrupt,
            "reserved bits are set in the descriptor 0x62 0x40 of the frame (at byte 4)",
        ),
        (
            with(&|f| f.sizes |= 0x80),
            ErrorKind::Corrupt,
            "reserved bits are set in the descriptor 0x60 0xc0 of the frame (at byte 4)",
        ),
        (
            with(&|f| f.sizes = 0x30),
            ErrorKind::Corrupt,
            "unknown block size code 3; expected 4 to 7 (at byte 5)",
        ),
        (
            with(&|f| (f.flags, f.dictionary) = (0x61, Some(7))),
            ErrorKind::Unsupported,
            "the frame needs the dictionary 0x00000007 (at byte 4)",
        ),
        (
            patched(6, 0),
            ErrorKind::Checksum,
            "the header checksum is 0x00, but the header gives 0x82 (at byte 6)",
        ),
        (
            frame.unfinished(),
            ErrorKind::Truncated,
            "the input ends inside an lz4 frame, before its end mark (at byte 14)",
        ),
        (
            frame.unfinished()[..12].to_vec(),
            ErrorKind::Truncated,
            "the input ends inside a block (at byte 12)",
        ),
        (
            Frame::new().raw_block(65_537, &[0; 65_537]).bytes(),
            ErrorKind::Corrupt,
            "a block of 65537 bytes is larger than the frame's maximum of 65536 (at byte 7)",
        ),
        (bomb.bytes(), ErrorKind::Corrupt, "a block that holds more than it may (at byte 11)"),
        (
            Frame::new().raw_block(3, &[0x40, 1, 2]).bytes(),
            ErrorKind::Corrupt,
            "a block that ends inside a sequence (at byte 11)",
        ),
        (
            Frame::new().raw_block(4, &[0x10, 1, 0, 0]).bytes(),
            ErrorKind::Corrupt,
            "a match with the offset 0 (at byte 11)",
        ),
        (
            [&frame.bytes()[..], b"abcdef"].concat(),
            ErrorKind::Trailing,
            "0x64636261 follows the frame; expected another frame or the end (at byte 18)",
        ),
        (
            [&frame.bytes()[..], b"\n"].concat(),
            ErrorKind::Trailing,
            "1 byte follows the end of the frame (at byte 18)",
        ),
        (
            Frame::new().with_size(4).stored(b"abc").bytes(),
            ErrorKind::Corrupt,
            "the frame ends after 3 bytes, but its header gives 4 (at byte 26)",
        ),
        (
            Frame::new().with_size(2).stored(b"abc").bytes(),
            ErrorKind::Corrupt,
            "the frame goes on after the 2 bytes that its header gives (at byte 19)",
        ),
        (
            [&checked[..14], &[0; 4], &checked[18..]].concat(),
            ErrorKind::Checksum,
            "the block checksum is 0x00000000, but the data give 0x32d153ff (at byte 14)",
        ),
        (
            [&checked[..22], &[0; 4]].concat(),
            ErrorKind::Checksum,
            "the content checksum is 0x00000000, but the data give 0x32d153ff (at byte 22)",
        ),
    ] {
        assert_eq!(both(&encoded), Err((kind, message.to_owned())));
    }
}
