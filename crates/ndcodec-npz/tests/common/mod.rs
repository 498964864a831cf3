//! Archives made field by field, so that any of them can be wrong.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "only tests use it, and there an `unwrap` is an assertion")]

use std::io::Write;

use flate2::{Compression, Crc, write::DeflateEncoder};

/// A member, as the directory and its local header have it.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: Vec<u8>,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) crc: u32,
    pub(crate) data: Vec<u8>,
    pub(crate) decoded_len: u32,
}

impl Member {
    /// `bytes` as they are.
    pub(crate) fn stored(name: &str, bytes: &[u8]) -> Self {
        let mut crc = Crc::new();
        crc.update(bytes);
        Self {
            name: name.into(),
            method: 0,
            // Its name is UTF-8.
            flags: 0x800,
            crc: crc.sum(),
            data: bytes.to_vec(),
            decoded_len: u32::try_from(bytes.len()).unwrap(),
        }
    }

    pub(crate) fn deflated(name: &str, bytes: &[u8]) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        Self { method: 8, data: encoder.finish().unwrap(), ..Self::stored(name, bytes) }
    }

    /// A zstd frame of blocks that are not compressed.
    pub(crate) fn zstd(name: &str, bytes: &[u8]) -> Self {
        const LARGEST: usize = 128 << 10;
        let mut data = b"\x28\xb5\x2f\xfd\xa0".to_vec();
        data.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
        for (index, block) in bytes.chunks(LARGEST).enumerate() {
            let is_last = u32::from((index + 1) * LARGEST >= bytes.len());
            let header = u32::try_from(block.len()).unwrap() << 3 | is_last;
            data.extend(&header.to_le_bytes()[..3]);
            data.extend(block);
        }
        Self { method: 93, data, ..Self::stored(name, bytes) }
    }

    fn fields(&self) -> Vec<u8> {
        let mut out = vec![20, 0];
        out.extend(self.flags.to_le_bytes());
        out.extend(self.method.to_le_bytes());
        out.extend([0, 0, 33, 0]);
        out.extend(self.crc.to_le_bytes());
        out.extend(u32::try_from(self.data.len()).unwrap().to_le_bytes());
        out.extend(self.decoded_len.to_le_bytes());
        out.extend(u16::try_from(self.name.len()).unwrap().to_le_bytes());
        out.extend([0, 0]);
        out
    }
}

/// An archive of these members.
pub(crate) fn archive(members: &[Member]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(member.fields());
        directory.extend([0; 10]);
        directory.extend(u32::try_from(out.len()).unwrap().to_le_bytes());
        directory.extend(&member.name);
        out.extend(b"PK\x03\x04");
        out.extend(member.fields());
        out.extend(&member.name);
        out.extend(&member.data);
    }
    let (start, len) = (out.len(), directory.len());
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    let count = u16::try_from(members.len()).unwrap().to_le_bytes();
    out.extend([count, count].concat());
    out.extend(u32::try_from(len).unwrap().to_le_bytes());
    out.extend(u32::try_from(start).unwrap().to_le_bytes());
    out.extend([0, 0]);
    out
}

/// A `.npy` of `descr` and this payload, of one dimension.
pub(crate) fn npy(descr: &str, count: usize, payload: &[u8]) -> Vec<u8> {
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({count},), }}");
    text.push_str(&" ".repeat(117 - text.len()));
    text.push('\n');
    [b"\x93NUMPY\x01\x00\x76\x00", text.as_bytes(), payload].concat()
}

/// A good member, of what members may be: how it is encoded, and its `.npy`.
pub(crate) fn good_members(name: &str) -> Vec<(Member, Vec<u8>)> {
    let arrays = [
        npy("|u1", 100, &(0..100).collect::<Vec<u8>>()),
        npy(">f8", 3, &[1; 24]),
        npy("<M8[ns]", 2, &[2; 16]),
        npy("|S5", 0, b""),
    ];
    let encoded = |bytes: &Vec<u8>| {
        [Member::stored(name, bytes), Member::deflated(name, bytes), Member::zstd(name, bytes)]
            .map(|member| (member, bytes.clone()))
    };
    arrays.iter().flat_map(encoded).collect()
}

/// What can be wrong with a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bad {
    Crc,
    /// The `.npy` is shorter than its header announces.
    Truncated,
    /// It is longer.
    Trailing,
    /// The directory says another length than the data have.
    Length,
    /// The deflate stream is cut off.
    CutStream,
    /// What deflate gives is not a stream of it.
    NoStream,
    /// The zstd frame is cut off.
    CutFrame,
    Bzip2,
    Lzma,
    UnknownMethod,
    Encrypted,
    Objects,
    /// It begins as no `.npy` does.
    NoMagic,
    Empty,
    Version,
    /// The header ends inside.
    CutHeader,
    /// The header is not a dict.
    Header,
    /// No such dtype.
    Descr,
    Shape,
    /// The line end of the header was translated.
    LineEnd,
    /// More bytes than the limit.
    TooLarge,
    /// A header of more characters than the limit.
    WideHeader,
    /// No file of any system has this name.
    Name,
    Duplicate,
}

impl Bad {
    pub(crate) const ALL: [Self; 24] = [
        Self::Crc,
        Self::Truncated,
        Self::Trailing,
        Self::Length,
        Self::CutStream,
        Self::NoStream,
        Self::CutFrame,
        Self::Bzip2,
        Self::Lzma,
        Self::UnknownMethod,
        Self::Encrypted,
        Self::Objects,
        Self::NoMagic,
        Self::Empty,
        Self::Version,
        Self::CutHeader,
        Self::Header,
        Self::Descr,
        Self::Shape,
        Self::LineEnd,
        Self::TooLarge,
        Self::WideHeader,
        Self::Name,
        Self::Duplicate,
    ];

    /// The bad member, which is two members if that is what is bad, and what is said of it.
    pub(crate) fn members(self) -> (Vec<Member>, &'static str) {
        let good = npy("|u1", 100, &[7; 100]);
        let stored = Member::stored("bad.npy", &good);
        let replaced = |from: &[u8], to: &[u8]| {
            let at = good.windows(from.len()).position(|part| part == from).unwrap();
            let bytes = [&good[..at], to, &good[at + from.len()..]].concat();
            Member::stored("bad.npy", &bytes)
        };
        let (member, reason) = match self {
            Self::Crc => (Member { crc: stored.crc ^ 1, ..stored }, "the CRC-32 is 0x"),
            Self::Truncated => (
                Member::stored("bad.npy", &npy("|u1", 100, &[7; 99])),
                "announces 228 bytes in all, but the directory says 227",
            ),
            Self::Trailing => (
                Member::stored("bad.npy", &npy("|u1", 100, &[7; 101])),
                "announces 228 bytes in all, but the directory says 229",
            ),
            Self::Length => {
                (Member { decoded_len: 230, ..Member::deflated("bad.npy", &good) }, "the directory says 230")
            }
            Self::CutStream => {
                let mut member = Member::deflated("bad.npy", &good);
                member.data.truncate(member.data.len() / 2);
                (member, "the input ends inside")
            }
            Self::NoStream => {
                (Member { data: vec![0xff; 50], ..Member::deflated("bad.npy", &good) }, "deflate")
            }
            Self::CutFrame => {
                let mut member = Member::zstd("bad.npy", &good);
                member.data.truncate(150);
                (member, "the input ends inside")
            }
            Self::Bzip2 => (Member { method: 12, ..stored }, "compressed by bzip2 (number 12 of zip)"),
            Self::Lzma => (Member { method: 14, ..stored }, "compressed by lzma (number 14 of zip)"),
            Self::UnknownMethod => (Member { method: 250, ..stored }, "number 250 of zip"),
            Self::Encrypted => (Member { flags: 0x801, ..stored }, "it is encrypted"),
            Self::Objects => (Member::stored("bad.npy", &npy("|O", 1, b"\x80\x04N.")), "Python objects"),
            Self::NoMagic => (Member::stored("bad.npy", b"hello"), "begins with `\\x93NUMPY`"),
            Self::Empty => (Member::stored("bad.npy", b""), "the input ends inside the header"),
            Self::Version => (replaced(b"NUMPY\x01", b"NUMPY\x07"), "unknown format version 7.0"),
            Self::CutHeader => (Member::stored("bad.npy", &good[..60]), "the input ends inside the header"),
            Self::Header => (replaced(b"{'descr'", b"['descr'"), "the header is "),
            Self::Descr => (replaced(b"'|u1'", b"'<q9'"), "unknown dtype `<q9`"),
            Self::Shape => (replaced(b"(100,)", b"(-10,)"), "dimension 0 of `shape` is `-10`"),
            Self::LineEnd => (replaced(b"\n", b"\r\n"), "in place of `\\n`"),
            Self::TooLarge => {
                let bytes = npy("|u1", 2_000_000_000, &[7; 100_000]);
                let member = Member::deflated("bad.npy", &bytes);
                (Member { decoded_len: 2_000_000_128, ..member }, "more than the limit of 1073741824")
            }
            Self::WideHeader => {
                let mut bytes = b"\x93NUMPY\x02\x00\x00\x00\x10\x00".to_vec();
                bytes.resize(0x10_0000, b' ');
                (Member::deflated("bad.npy", &bytes), "more than the limit of 262144")
            }
            Self::Name => (Member::stored("../bad.npy", &good), "it has the part `.` or `..`"),
            Self::Duplicate => return (vec![stored.clone(), stored], "2"),
        };
        (vec![member], reason)
    }

    /// The name of its array.
    pub(crate) fn name(self) -> &'static str {
        if self == Self::Name { "../bad" } else { "bad" }
    }

    /// Whether its header is as good as any, so that only decoding it shows what is wrong.
    pub(crate) fn has_good_header(self) -> bool {
        matches!(
            self,
            Self::Crc | Self::CutStream | Self::CutFrame | Self::Length | Self::Name | Self::TooLarge
        )
    }

    /// Whether a limit is passed.
    pub(crate) fn is_limit(self) -> bool {
        matches!(self, Self::TooLarge | Self::WideHeader)
    }
}
