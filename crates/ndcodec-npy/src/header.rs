//! The header: magic, version, length, and a Python dict as text.
//!
//! ```text
//! \x93NUMPY  major minor  length (u16, from version 2.0 on u32; little-endian)
//! {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }    spaces    \n
//! ```
//!
//! A payload that filters rewrote stands behind a header of our own, which no reader of `.npy` takes for one, neither by
//! its first bytes nor by its keys:
//!
//! ```text
//! \x93NDNPY  major minor  length
//! {'dtype': '<f8', 'filters': 'shuffle', 'order': 'C', 'dims': (3, 4), }
//! ```
//!
//! Many readers look at no magic number, and for their keys wherever they stand: version 0.1.0 wrote numpy's header with
//! one more key, `'filters'`, which numpy refuses, and others read as plain numbers. Such files are read, and written no
//! more.

mod advice;
mod place;
mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::write;

use ndcodec_core::DType;

/// The first bytes of every file.
pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";

/// The first bytes where filters rewrote the payload.
pub(crate) const FILTERED_MAGIC: &[u8] = b"\x93NDNPY";

/// Whether these are the first bytes of a file, of a filtered one too.
pub(crate) fn is_begin(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC) || bytes.starts_with(FILTERED_MAGIC)
}

/// The version of the format. They differ in the width of the length and in the encoding of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    /// u16, Latin-1.
    V1,
    /// u32, Latin-1.
    V2,
    /// u32, UTF-8.
    V3,
}

impl Version {
    /// The bytes for it after the magic: major, minor.
    const fn bytes(self) -> [u8; 2] {
        match self {
            Self::V1 => [1, 0],
            Self::V2 => [2, 0],
            Self::V3 => [3, 0],
        }
    }

    /// How many bytes stand before the text.
    const fn prefix_len(self) -> usize {
        let width = match self {
            Self::V1 => size_of::<u16>(),
            Self::V2 | Self::V3 => size_of::<u32>(),
        };
        MAGIC.len() + 2 + width
    }
}

/// Whether numpy can make an array of this shape: without its zeros, itemsize × shape fits in memory. Items of no
/// bytes count as one, so that the number of elements fits too.
fn is_addressable(dtype: &DType, shape: &[usize]) -> bool {
    let nonzero = shape.iter().filter(|dim| **dim > 0);
    let product = nonzero.copied().try_fold(dtype.itemsize().max(1), usize::checked_mul);
    product.is_some_and(|product| isize::try_from(product).is_ok())
}
