//! [`EncodedData`]: encoded data in memory, in a file, or behind a reader.

use std::fmt;
use std::io::Read;

use crate::{Buffer, RandomAccess};

/// Encoded data, wherever they lie.
#[non_exhaustive]
pub enum EncodedData<'e> {
    /// In memory.
    Slice(&'e [u8]),
    /// Where they can be read at any place, such as a file.
    At(Box<dyn RandomAccess + 'e>),
    /// Where they come one after the other, such as a socket.
    Reader(Box<dyn Read + Send + 'e>),
}

impl<'e> EncodedData<'e> {
    /// Data that can be read at any place.
    pub fn at(data: impl RandomAccess + 'e) -> Self {
        Self::At(Box::new(data))
    }

    /// Data that come one after the other.
    pub fn reader(reader: impl Read + Send + 'e) -> Self {
        Self::Reader(Box::new(reader))
    }
}

impl<'e> From<&'e [u8]> for EncodedData<'e> {
    fn from(bytes: &'e [u8]) -> Self {
        Self::Slice(bytes)
    }
}

impl<'e> From<&'e Vec<u8>> for EncodedData<'e> {
    fn from(bytes: &'e Vec<u8>) -> Self {
        Self::Slice(bytes)
    }
}

impl<'e, const N: usize> From<&'e [u8; N]> for EncodedData<'e> {
    fn from(bytes: &'e [u8; N]) -> Self {
        Self::Slice(bytes)
    }
}

impl<'e> From<&'e Buffer> for EncodedData<'e> {
    fn from(bytes: &'e Buffer) -> Self {
        Self::Slice(bytes)
    }
}

impl<'e> From<&'e String> for EncodedData<'e> {
    fn from(text: &'e String) -> Self {
        Self::Slice(text.as_bytes())
    }
}

impl<'e> From<&'e str> for EncodedData<'e> {
    fn from(text: &'e str) -> Self {
        Self::Slice(text.as_bytes())
    }
}

impl From<Vec<u8>> for EncodedData<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::at(bytes)
    }
}

impl<'e> From<&'e std::fs::File> for EncodedData<'e> {
    fn from(file: &'e std::fs::File) -> Self {
        Self::at(file)
    }
}

impl From<std::fs::File> for EncodedData<'_> {
    fn from(file: std::fs::File) -> Self {
        Self::at(file)
    }
}

impl fmt::Debug for EncodedData<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Slice(_) => "EncodedData::Slice",
            Self::At(_) => "EncodedData::At",
            Self::Reader(_) => "EncodedData::Reader",
        })
    }
}
