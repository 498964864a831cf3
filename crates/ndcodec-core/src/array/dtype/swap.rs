//! Payload bytes from one byte order to the other.

use super::{ByteOrder, DType, DTypeError, Kind};

impl DType {
    /// Reverses the bytes of every scalar in a payload of this dtype, in fields and sub-arrays too; padding,
    /// byte strings and void stay. Twice is nothing. The values stay the same if each scalar's order is
    /// taken for the opposite afterwards.
    ///
    /// # Errors
    /// [`DTypeError::PayloadLength`] if the payload is not whole elements; it is unchanged then.
    pub fn swap_bytes_in_place(&self, payload: &mut [u8]) -> Result<(), DTypeError> {
        self.check_len(payload)?;
        self.swap_where(payload, &|_| true);
        Ok(())
    }

    /// Turns a payload of this dtype into one of [`DType::with_byte_order`]`(order)`: reverses the scalars
    /// that are in the other order, which in a struct may be some of them.
    ///
    /// # Errors
    /// [`DTypeError::PayloadLength`] if the payload is not whole elements; it is unchanged then.
    pub fn convert_in_place(&self, order: ByteOrder, payload: &mut [u8]) -> Result<(), DTypeError> {
        self.check_len(payload)?;
        if order != ByteOrder::NotApplicable {
            self.swap_where(payload, &|dtype| dtype.byte_order() != order);
        }
        Ok(())
    }

    fn check_len(&self, payload: &[u8]) -> Result<(), DTypeError> {
        let (len, itemsize) = (payload.len(), self.itemsize());
        // Only zero is a multiple of zero.
        if len.is_multiple_of(itemsize) { Ok(()) } else { Err(DTypeError::PayloadLength { len, itemsize }) }
    }

    /// Recursion ends: the nesting of a struct is bounded when it is made.
    fn swap_where(&self, payload: &mut [u8], wanted: &impl Fn(&DType) -> bool) {
        let Kind::Struct(fields) = self.kind() else {
            if wanted(self) {
                swap_scalars(self.swap_width(), payload);
            }
            return;
        };
        if self.itemsize() == 0 {
            return;
        }
        for element in payload.chunks_exact_mut(self.itemsize()) {
            for field in fields.iter() {
                if let Some(bytes) = element.get_mut(field.offset()..field.offset() + field.size()) {
                    field.dtype().swap_where(bytes, wanted);
                }
            }
        }
    }
}

fn swap_scalars(width: Option<usize>, payload: &mut [u8]) {
    match width {
        None | Some(0 | 1) => {}
        Some(2) => swap_each(payload, |b| u16::from_ne_bytes(b).swap_bytes().to_ne_bytes()),
        Some(4) => swap_each(payload, |b| u32::from_ne_bytes(b).swap_bytes().to_ne_bytes()),
        Some(8) => swap_each(payload, |b| u64::from_ne_bytes(b).swap_bytes().to_ne_bytes()),
        Some(width) => payload.chunks_exact_mut(width).for_each(<[u8]>::reverse),
    }
}

/// With the width known to the compiler the loop becomes vector shuffles; for `[u8; 4]::reverse` it does not, which
/// takes four times as long.
fn swap_each<const WIDTH: usize>(payload: &mut [u8], swap: impl Fn([u8; WIDTH]) -> [u8; WIDTH]) {
    payload.as_chunks_mut::<WIDTH>().0.iter_mut().for_each(|scalar| *scalar = swap(*scalar));
}
