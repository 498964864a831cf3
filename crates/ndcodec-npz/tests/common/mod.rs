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

/// What can be wrong with a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bad {
    Crc,
    /// The `.npy` is shorter than its header announces.
    Truncated,
    /// The deflate stream is.
    CutStream,
    Method,
    Encrypted,
    Objects,
    NoHeader,
    /// No file of any system has this name.
    Name,
    Duplicate,
}

impl Bad {
    pub(crate) const ALL: [Self; 9] = [
        Self::Crc,
        Self::Truncated,
        Self::CutStream,
        Self::Method,
        Self::Encrypted,
        Self::Objects,
        Self::NoHeader,
        Self::Name,
        Self::Duplicate,
    ];

    /// The bad member, which is two members if that is what is bad, and what is said of it.
    pub(crate) fn members(self) -> (Vec<Member>, &'static str) {
        let good = npy("|u1", 100, &[7; 100]);
        let stored = Member::stored("bad.npy", &good);
        match self {
            Self::Crc => (vec![Member { crc: stored.crc ^ 1, ..stored }], "the CRC-32 is 0x"),
            Self::Truncated => {
                let bytes = npy("|u1", 100, &[7; 99]);
                (
                    vec![Member::stored("bad.npy", &bytes)],
                    "announces 228 bytes in all, but the directory says 227",
                )
            }
            Self::CutStream => {
                let mut member = Member::deflated("bad.npy", &good);
                member.data.truncate(member.data.len() / 2);
                (vec![member], "the input ends inside")
            }
            Self::Method => (vec![Member { method: 12, ..stored }], "compressed by bzip2 (number 12 of zip)"),
            Self::Encrypted => (vec![Member { flags: 0x801, ..stored }], "it is encrypted"),
            Self::Objects => {
                (vec![Member::stored("bad.npy", &npy("|O", 1, b"\x80\x04N."))], "Python objects")
            }
            Self::NoHeader => (vec![Member::stored("bad.npy", b"hello")], "begins with `\\x93NUMPY`"),
            Self::Name => (vec![Member::stored("../bad.npy", &good)], "it has the part `.` or `..`"),
            Self::Duplicate => (vec![stored.clone(), stored], "2"),
        }
    }

    /// The name of its array.
    pub(crate) fn name(self) -> &'static str {
        if self == Self::Name { "../bad" } else { "bad" }
    }
}
