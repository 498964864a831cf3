//! Reading what stands in front of an array, which may come from anyone.

use ndcodec_core::{ByteOrder, CodecError, DType, Kind, Layout};

/// The rest of a front.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes<'f> {
    rest: &'f [u8],
    of: &'static str,
}

impl<'f> Bytes<'f> {
    /// All of a front; `of` is what an error says that is truncated.
    pub(crate) fn new(front: &'f [u8], of: &'static str) -> Self {
        Self { rest: front, of }
    }

    pub(crate) fn take(&mut self, len: usize) -> Result<&'f [u8], CodecError> {
        let Some((taken, rest)) = self.rest.split_at_checked(len) else {
            return Err(CodecError::truncated(self.of));
        };
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let bytes = self.take(N)?;
        bytes.first_chunk().copied().ok_or_else(|| CodecError::truncated(self.of))
    }

    pub(crate) fn byte(&mut self) -> Result<u8, CodecError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// An unsigned integer of `width` bytes, at most 8.
    pub(crate) fn unsigned(&mut self, width: usize) -> Result<u64, CodecError> {
        let mut bytes = [0; 8];
        bytes[..width].copy_from_slice(self.take(width)?);
        Ok(u64::from_le_bytes(bytes))
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }
}

/// Unsigned integers of so many bytes, 1, 2, 4 or 8, in place of each element of `layout`.
pub(crate) fn integers(layout: &Layout, width: usize) -> Result<Layout, CodecError> {
    let dtype = DType::scalar(Kind::UInt, width, ByteOrder::Little)
        .map_err(|_| CodecError::corrupt(format!("integers of {width} bytes; expected 1, 2, 4 or 8")))?;
    Layout::new(dtype, layout.shape(), layout.order())
        .map_err(|error| CodecError::corrupt("the integers are too many").with_source(error))
}

/// The bytes that an unsigned integer up to `most` needs: 1, 2, 4 or 8.
pub(crate) fn width_of(most: u64) -> usize {
    match most {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    }
}
