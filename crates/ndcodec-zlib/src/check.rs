//! [`Check`]: the checksum that a wrapper keeps of its data, and the trailer that holds it.

use ndcodec_core::CodecError;

use crate::Wrapper;

/// A running checksum.
#[derive(Debug)]
pub(crate) enum Check {
    None,
    /// Adler-32, big-endian at the end.
    Zlib(u32),
    /// CRC-32 and length modulo 2³², little-endian at the end.
    Gzip {
        crc: u32,
        len: u64,
    },
}

impl Check {
    pub(crate) fn new(wrapper: Wrapper) -> Self {
        match wrapper {
            Wrapper::None => Self::None,
            Wrapper::Zlib => Self::Zlib(1),
            Wrapper::Gzip => Self::Gzip { crc: 0, len: 0 },
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::None => {}
            Self::Zlib(adler) => *adler = zlib_rs::adler32::adler32(*adler, bytes),
            Self::Gzip { crc, len } => {
                *crc = zlib_rs::crc32::crc32(*crc, bytes);
                *len = len.wrapping_add(bytes.len() as u64);
            }
        }
    }

    /// The trailer, as far as the wrapper has one.
    pub(crate) fn trailer(&self) -> Trailer {
        let mut trailer = Trailer::default();
        match self {
            Self::None => {}
            Self::Zlib(adler) => trailer.extend(&adler.to_be_bytes()),
            Self::Gzip { crc, len } => {
                trailer.extend(&crc.to_le_bytes());
                trailer.extend(&len.to_le_bytes()[..4]);
            }
        }
        trailer
    }

    /// Compares the data with the trailer that came after them.
    pub(crate) fn verify(&self, stored: &Trailer) -> Result<(), CodecError> {
        if *stored == self.trailer() {
            return Ok(());
        }
        let [a, b, c, d, len @ ..] = stored.bytes;
        match self {
            Self::None => Ok(()),
            Self::Zlib(adler) => {
                Err(CodecError::checksum("Adler-32", u32::from_be_bytes([a, b, c, d]), *adler))
            }
            Self::Gzip { crc, .. } if u32::from_le_bytes([a, b, c, d]) != *crc => {
                Err(CodecError::checksum("CRC-32", u32::from_le_bytes([a, b, c, d]), *crc))
            }
            Self::Gzip { len: actual, .. } => Err(CodecError::corrupt(format!(
                "the gzip trailer gives {} bytes (modulo 2^32), but the member holds {actual}",
                u32::from_le_bytes(len)
            ))),
        }
    }
}

/// The bytes after the data: none, four or eight.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trailer {
    bytes: [u8; 8],
    len: usize,
}

impl Trailer {
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.bytes[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}
