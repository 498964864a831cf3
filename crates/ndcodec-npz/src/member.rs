//! [`Member`]: what the archive's directory says of an array.

use std::ops::RangeInclusive;

use rawzip::{CompressionMethod, ZipArchiveEntryWayfinder, ZipFileHeaderRecord};

use crate::SUFFIX;
use crate::directory::decoded;

/// What the archive's directory says of a member. The lengths are claims until the member was read.
#[derive(Debug)]
pub struct Member {
    file: String,
    encoding: MemberEncoding,
    /// Its place in the archive, and its lengths.
    pub(crate) at: ZipArchiveEntryWayfinder,
    /// Where its local header begins.
    pub(crate) header_at: u64,
    /// Where what follows it begins: another member, or the directory.
    pub(crate) border: u64,
    pub(crate) crc: u32,
    pub(crate) is_encrypted: bool,
}

/// How a member's bytes are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum MemberEncoding {
    /// As they are, which is what `numpy.savez` writes.
    #[default]
    Stored,
    /// Deflate, which is what `numpy.savez_compressed` writes.
    Deflated,
    /// A zstd frame. Python's `zipfile`, and so numpy, reads it from Python 3.14 on.
    Zstd,
    /// One that ndcodec does not know; the number is zip's.
    Unknown(u16),
}

impl MemberEncoding {
    /// `stored`, `deflated`, `zstd` or `unknown`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Deflated => "deflated",
            Self::Zstd => "zstd",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The levels that a writer may be told, if there are any.
    pub fn levels(self) -> Option<RangeInclusive<i32>> {
        match self {
            Self::Stored | Self::Unknown(_) => None,
            Self::Deflated => Some(1..=9),
            Self::Zstd => Some(-131_072..=22),
        }
    }
}

impl From<CompressionMethod> for MemberEncoding {
    fn from(method: CompressionMethod) -> Self {
        match method {
            CompressionMethod::STORE => Self::Stored,
            CompressionMethod::DEFLATE => Self::Deflated,
            CompressionMethod::ZSTD => Self::Zstd,
            other => Self::Unknown(other.as_u16()),
        }
    }
}

impl Member {
    pub(crate) fn new(entry: &ZipFileHeaderRecord<'_>) -> Self {
        Self {
            file: decoded(entry.file_path().as_bytes()).into_owned(),
            encoding: entry.compression_method().into(),
            at: entry.wayfinder(),
            header_at: entry.local_header_offset(),
            border: 0,
            crc: entry.crc32(),
            is_encrypted: entry.flags().is_encrypted(),
        }
    }

    /// The array's name: that of the member, without `.npy`, as numpy has it.
    pub fn name(&self) -> &str {
        self.file.strip_suffix(SUFFIX).unwrap_or(&self.file)
    }

    /// The member's name in the archive.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// How it is encoded.
    pub fn encoding(&self) -> MemberEncoding {
        self.encoding
    }

    /// The bytes that it takes in the archive.
    pub fn encoded_len(&self) -> u64 {
        self.at.compressed_size_hint()
    }

    /// The bytes of the `.npy`.
    pub fn decoded_len(&self) -> u64 {
        self.at.uncompressed_size_hint()
    }
}
