//! [`Member`]: what the archive's directory says of an array.

use zip::CompressionMethod;
use zip::read::ZipFileEntry;

use crate::{NpzError, SUFFIX};

/// What the archive's directory says of a member. The lengths are claims until the member was read.
#[derive(Debug)]
pub struct Member {
    name: String,
    file: String,
    encoding: MemberEncoding,
    encoded_len: u64,
    decoded_len: u64,
    pub(crate) crc: u32,
    /// Its place in the directory.
    pub(crate) index: usize,
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
}

impl From<CompressionMethod> for MemberEncoding {
    fn from(method: CompressionMethod) -> Self {
        match method {
            CompressionMethod::Stored => Self::Stored,
            CompressionMethod::Deflated => Self::Deflated,
            CompressionMethod::Zstd => Self::Zstd,
            #[expect(deprecated, reason = "the number is in no other place")]
            CompressionMethod::Unsupported(method) => Self::Unknown(method),
            _ => Self::Unknown(u16::MAX),
        }
    }
}

impl Member {
    /// `None` for a folder, which holds nothing.
    pub(crate) fn new(index: usize, entry: &ZipFileEntry<'_>) -> Result<Option<Self>, NpzError> {
        let file = match entry.name() {
            Ok(file) => file.into_owned(),
            Err(error) => return Err(NpzError::Archive(crate::error::zip_failure(error))),
        };
        if entry.is_dir() && entry.size() == 0 {
            return Ok(None);
        }
        let name = file.strip_suffix(SUFFIX).unwrap_or(&file).to_owned();
        let (encoded_len, decoded_len) = (entry.compressed_size(), entry.size());
        let encoding = entry.compression().into();
        Ok(Some(Self { name, file, encoding, encoded_len, decoded_len, crc: entry.crc32(), index }))
    }

    /// The array's name: that of the member, without `.npy`, as numpy has it.
    pub fn name(&self) -> &str {
        &self.name
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
        self.encoded_len
    }

    /// The bytes of the `.npy`.
    pub fn decoded_len(&self) -> u64 {
        self.decoded_len
    }
}
