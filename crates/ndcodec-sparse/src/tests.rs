//! The codec beside a plain oracle, by every kernel.

use ndcodec_core::{Buffer, DecodeLimits};

use super::*;
use crate::block::DENSE;

/// Pseudo-random numbers, always the same.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[3]
    }
}

/// Bytes of which so many in a thousand are not `common`, in runs of one or of `run`.
fn mostly(common: u8, thousandths: u64, run: usize, len: usize) -> Vec<u8> {
    let mut random = Random(thousandths + len as u64 + 88_172_645_463_325_252);
    let mut bytes = Vec::with_capacity(len);
    while bytes.len() < len {
        let is_other = random.next() >> 20 & 1023 < thousandths;
        let run = run.min(len - bytes.len());
        bytes.extend((0..run).map(|_| if is_other { random.byte() } else { common }));
    }
    bytes
}

fn samples() -> Vec<Vec<u8>> {
    let lens = [0, 1, 7, 8, 63, 64, 65, 511, 512, 513, 1000, 4096, 5000, 70_001];
    let of = |common| {
        let shares =
            [(0, 1), (2, 1), (30, 1), (200, 1), (500, 1), (860, 1), (1024, 1), (300, 64), (500, 700)];
        shares.into_iter().flat_map(move |(share, run)| lens.map(|len| mostly(common, share, run, len)))
    };
    [0, 0xff, 0x41].into_iter().flat_map(of).collect()
}

/// The blocks of the format, as its description says it, without a thought of speed.
fn oracle(bytes: &[u8], common: u8) -> Vec<u8> {
    let map = |bytes: &[u8], common: u8| -> Vec<u8> {
        let byte = |eight: &[u8]| (0..eight.len()).map(|i| u8::from(eight[i] != common) << i).sum();
        bytes.chunks(8).map(byte).collect()
    };
    let others = |bytes: &[u8], common: u8| -> Vec<u8> {
        bytes.iter().filter(|byte| **byte != common).map(|byte| byte ^ common).collect()
    };
    let mut all = Vec::new();
    for block in bytes.chunks(BLOCK) {
        let lower = map(&[block, &vec![common; BLOCK - block.len()]].concat(), common);
        let middle = map(&lower, 0);
        let maps = [map(&middle, 0), others(&middle, 0), others(&lower, 0), others(block, common)].concat();
        let dense = [&DENSE, block].concat();
        all.extend(if maps.len() > dense.len() { dense } else { maps });
    }
    all
}

fn encode(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut out = Output::to_vec(&mut bytes);
    Sparse.encode(&Input::new(parts), &mut out).unwrap();
    out.finish();
    bytes
}

fn decode(encoded: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    let mut out = Output::to_vec(&mut bytes).with_limits(&DecodeLimits::new().with_max_bytes(1 << 20));
    Sparse.decode(encoded, &mut out)?;
    out.finish();
    Ok(bytes)
}

#[test]
fn bytes_are_those_of_the_oracle() {
    for bytes in samples() {
        let encoded = encode(&[&bytes]);
        let head = Head::read(&encoded).unwrap();
        assert_eq!(head.len, bytes.len() as u64);
        assert_eq!(encoded[head.size..], oracle(&bytes, head.common), "{} bytes", bytes.len());
        assert!(encoded.len() <= most(bytes.len()), "{} bytes", bytes.len());
        assert_eq!(decode(&encoded).unwrap(), bytes);
    }
}

#[test]
fn every_kernel_makes_and_reads_the_same_blocks() {
    for bytes in samples() {
        for common in [0, 0xff, 0x41, 0x7b] {
            let (blocks, _) = bytes.as_chunks::<BLOCK>();
            let expected = oracle(blocks.as_flattened(), common);
            for (at, kernels) in Kernels::available().enumerate() {
                let mut room = vec![0xaa; blocks.len() * MOST + ROOM];
                let (done, written) = (kernels.encode)(blocks, common, &mut room);
                assert_eq!((done, &room[..written]), (blocks.len(), &expected[..]), "kernel {at}");
                let mut decoded = vec![[0xbb; BLOCK]; blocks.len()];
                let (read, done) = (kernels.decode)(&room, common, &mut decoded);
                assert_eq!((read, done), (written, blocks.len()), "kernel {at}");
                assert!(decoded == blocks, "kernel {at}");
                // Of data that end, blocks that are read past the end are left to others.
                let (read, done) = (kernels.decode)(&expected, common, &mut decoded);
                assert!(read <= expected.len() && decoded[..done] == blocks[..done], "kernel {at}");
            }
        }
    }
}

/// A kernel stops before a block for which the room may be too short.
#[test]
fn kernels_leave_what_may_have_no_room() {
    let bytes = mostly(0, 100, 1, 20 * BLOCK);
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    for kernels in Kernels::available() {
        for room in [0, 1, ROOM - 1, ROOM, ROOM + 1, 3 * ROOM] {
            let mut room = vec![0; room];
            let (done, written) = (kernels.encode)(blocks, 0, &mut room);
            assert_eq!(room[..written], oracle(&bytes[..done * BLOCK], 0));
            assert!(done == blocks.len() || room.len() - written < ROOM);
        }
    }
}

#[test]
fn parts_of_any_length_give_the_bytes_of_the_whole() {
    let bytes = mostly(0, 150, 1, 9000);
    let whole = encode(&[&bytes]);
    for at in [0, 1, 100, 511, 512, 513, 1024, 8999, 9000] {
        for more in [0, 1, 300, 600] {
            let (first, rest) = bytes.split_at(at);
            let (second, third) = rest.split_at(more.min(rest.len()));
            assert_eq!(encode(&[first, second, &[], third]), whole, "{at} and {more}");
        }
    }
}

/// All that a slice of any length holds, or an error.
#[test]
fn room_that_is_too_short_is_noticed() {
    for bytes in [mostly(0, 50, 1, 3000), mostly(9, 1024, 1, 2000)] {
        let whole = encode(&[&bytes]);
        for len in 0..whole.len() + 2 {
            let mut room = vec![0; len];
            let mut out = Output::to_slice(&mut room);
            let result = Sparse.encode(&Input::new(&[&bytes]), &mut out);
            assert_eq!(result.is_ok(), len >= whole.len(), "{len} of {}", whole.len());
            if let Err(error) = result {
                assert_eq!(error.kind(), ErrorKind::OutputFull);
                continue;
            }
            out.finish();
            assert_eq!(room[..whole.len()], whole);
        }
    }
}

/// No step through the input is that of the rows of a picture, whose first columns are like no others.
#[test]
fn the_commonest_byte_is_found_whatever_the_rows() {
    for row in 2..700 {
        let mut bytes = vec![0; 300 * row];
        bytes.iter_mut().step_by(row).enumerate().for_each(|(i, byte)| *byte = i.to_le_bytes()[0] | 1);
        assert_eq!(commonest(&[&bytes], bytes.len()), 0, "rows of {row}");
    }
}

#[test]
fn data_that_end_too_early_are_truncated() {
    for bytes in [mostly(0, 60, 1, 3000), vec![0; 5000], mostly(3, 1024, 1, 1300), vec![7; 100]] {
        let encoded = encode(&[&bytes]);
        for len in 0..encoded.len() {
            assert_eq!(decode(&encoded[..len]).unwrap_err().kind(), ErrorKind::Truncated, "{len}");
        }
        let longer = [&encoded[..], &[0]].concat();
        assert_eq!(decode(&longer).unwrap_err().kind(), ErrorKind::Trailing);
    }
}

/// A changed byte is an error, or gives other bytes of the same length: never a panic, and by every length of the end alike.
#[test]
fn changed_bytes_are_read_as_the_checked_decoder_reads_them() {
    let bytes = mostly(0, 40, 1, 3 * BLOCK + 100);
    let encoded = encode(&[&bytes]);
    let head = Head::read(&encoded).unwrap();
    let mut random = Random(7);
    for _ in 0..20_000 {
        let mut changed = encoded.clone();
        let at = head.size + usize::from(random.next().to_le_bytes()[2]) % (changed.len() - head.size);
        changed[at] = random.byte();
        // The same with so much behind it that no kernel is near the end.
        let mut plain = vec![0; bytes.len()];
        let mut read = head.size;
        let result = plain.chunks_mut(BLOCK).try_for_each(|block| {
            read += decode_checked(&changed[read..], head.common, block)?;
            Ok::<(), CodecError>(())
        });
        match (decode(&changed), result) {
            (Ok(decoded), Ok(())) => assert_eq!((decoded, read), (plain, changed.len())),
            (Err(error), Ok(())) => {
                assert_eq!((error.kind(), read < changed.len()), (ErrorKind::Trailing, true));
            }
            (Err(error), Err(expected)) => {
                assert_eq!(error.to_string(), expected.at(read as u64).to_string());
            }
            (Ok(_), Err(error)) => panic!("{error}"),
        }
    }
}

#[test]
fn what_is_wrong_is_said() {
    let said = |encoded: &[u8]| {
        let error = decode(encoded).unwrap_err();
        (error.kind(), error.to_string())
    };
    // A hundred zeroes: a head of two bytes, and a block of one.
    assert_eq!(decode(&[0, 100, 0]).unwrap(), [0; 100]);
    for (encoded, kind, text) in [
        (&[][..], ErrorKind::Truncated, "the head"),
        (&[0, 0x80], ErrorKind::Truncated, "the head"),
        (&[0, 0x80, 0], ErrorKind::Corrupt, "in its shortest form"),
        (&[0, 100, 2, 0, 0], ErrorKind::Corrupt, "byte 1 of a map is zero"),
        (&[0, 100, 2, 1, 0], ErrorKind::Corrupt, "byte 8 of a map is zero"),
        (&[0, 100, 2, 0x80, 1, 9], ErrorKind::Corrupt, "beyond the end"),
        (&[0, 100, 2, 0x80, 1, 0], ErrorKind::Corrupt, "beyond the end"),
        (&[0, 100, 1, 1, 2, 0], ErrorKind::Corrupt, "never kept"),
        (&[0, 100, 1, 0, 9], ErrorKind::Truncated, "a block"),
        (&[0, 0x81, 0x08, 0], ErrorKind::Truncated, "too soon for the 1025 bytes"),
    ] {
        let (found, message) = said(encoded);
        assert!(found == kind && message.contains(text), "{encoded:?}: {found:?}, {message}");
    }
    let too_long = [&[0][..], &[0xff; 9], &[2, 0]].concat();
    assert_eq!(said(&too_long).0, ErrorKind::Corrupt);
}

/// By hand: two blocks, of which the second has twelve bytes, first with three maps, then dense.
#[test]
fn the_bytes_are_these() {
    let mut bytes = vec![b'a'; BLOCK];
    (bytes[3], bytes[8 * 9 + 7], bytes[8 * 9 + 6]) = (b'b', b'c', b'a' ^ 0xff);
    // Bytes 0 and 9 of the lowest map, which are bit 0 of byte 0 and bit 1 of byte 1 of the middle one.
    let first = [0b11, 0b1, 0b10, 0b1000, 0b1100_0000, 3, 0xff, 2];
    let sparse = [&bytes[..], b"aaaabaaaaaaa"].concat();
    assert_eq!(encode(&[&sparse]), [&[b'a', 0x8c, 4], &first[..], &[1, 1, 1 << 4, 3]].concat());
    let dense = [&bytes[..], b"bbbbbbbbbbbb"].concat();
    assert_eq!(encode(&[&dense]), [&[b'a', 0x8c, 4], &first[..], &[1, 0], b"bbbbbbbbbbbb"].concat());
}

/// Data that claim more than they can hold take no memory.
#[test]
fn a_claim_has_to_be_possible() {
    let claim = [&[0][..], &[0xff, 0xff, 0xff, 0xff, 0x7f], &[0; 100]].concat();
    let mut buffer = Buffer::new();
    let error = Sparse.decode(&claim, &mut Output::to_buffer(&mut buffer)).unwrap_err();
    assert_eq!((error.kind(), buffer.capacity()), (ErrorKind::Truncated, 0));
}
