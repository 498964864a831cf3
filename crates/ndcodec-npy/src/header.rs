//! The header: magic, version, length, and a Python dict as text.
//!
//! ```text
//! \x93NUMPY  major minor  length (u16, from version 2.0 on u32; little-endian)
//! {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }    spaces    \n
//! ```
//!
//! Where filters rewrote the payload there is one more key, `'filters'`, in the place that numpy's order of keys
//! (sorted) gives it: `{'descr': '<f8', 'filters': 'shuffle', 'fortran_order': …`. numpy refuses a header with other
//! keys than its three, and so nothing takes filtered bytes for elements.

mod advice;
mod place;
mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::write;

use ndcodec_core::DType;

/// The first bytes of every file.
pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";

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
