//! Elements of a payload as values of a Rust type, in one pass over memory.

use bytemuck::checked;

use crate::dtype::element_dtype;
use crate::{ArrayError, Buffer, ByteOrder, DType, Element, fresh};

/// Bytes that are converted at a time if there is no faster way, so that they stay in the first-level cache.
const BLOCK: usize = 8 << 10;

/// Appends the elements of `payload`, in native byte order, to `elements`.
///
/// # Errors
/// If `dtype`, whatever its byte order, is not that of `T`, or a byte is not a value of `T`. Some elements may have been
/// appended then.
pub(crate) fn extend<T: Element>(
    elements: &mut Vec<T>,
    dtype: &DType,
    payload: &[u8],
) -> Result<(), ArrayError> {
    let expected = element_dtype::<T>()?;
    let is_as_it_lies = *dtype == expected;
    if !is_as_it_lies && dtype.with_byte_order(ByteOrder::NATIVE) != expected {
        return Err(wrong_dtype(&expected, dtype));
    }
    let size = size_of::<T>();
    let count = payload.len().checked_div(size).unwrap_or(0);
    fresh::reserve(elements, count).map_err(|_| ArrayError::NoMemory { bytes: payload.len() })?;
    if is_as_it_lies && let Ok(found) = checked::try_cast_slice(payload) {
        elements.extend_from_slice(found);
        return Ok(());
    }
    let is_whole_swap = !is_as_it_lies && dtype.swap_width() == Some(size);
    let is_valid = match size {
        2 if is_whole_swap => {
            extend_by(elements, payload, |b| u16::from_ne_bytes(b).swap_bytes().to_ne_bytes())
        }
        4 if is_whole_swap => {
            extend_by(elements, payload, |b| u32::from_ne_bytes(b).swap_bytes().to_ne_bytes())
        }
        8 if is_whole_swap => {
            extend_by(elements, payload, |b| u64::from_ne_bytes(b).swap_bytes().to_ne_bytes())
        }
        0 => payload.is_empty(),
        _ => extend_in_blocks(elements, dtype, payload)?,
    };
    if is_valid { Ok(()) } else { Err(ArrayError::Value { dtype: expected.to_string() }) }
}

/// Appends elements of `N` bytes, each through `convert`; whether all are values of `T`.
///
/// An iterator that knows its length is a vector loop into memory that nobody zeroed.
fn extend_by<T: Element, const N: usize>(
    elements: &mut Vec<T>,
    payload: &[u8],
    convert: impl Fn([u8; N]) -> [u8; N],
) -> bool {
    let stored = payload.as_chunks::<N>().0;
    // Of types that may have any bits, which is nearly all, the compiler drops this loop.
    let is_valid = stored.iter().all(|b| checked::try_pod_read_unaligned::<T>(&convert(*b)).is_ok());
    if is_valid {
        elements.extend(stored.iter().map(|b| checked::pod_read_unaligned::<T>(&convert(*b))));
    }
    is_valid
}

/// Appends elements through a small aligned buffer: structs, complex numbers, and what is not aligned.
fn extend_in_blocks<T: Element>(
    elements: &mut Vec<T>,
    dtype: &DType,
    payload: &[u8],
) -> Result<bool, ArrayError> {
    let size = size_of::<T>();
    let mut block = Buffer::new();
    for stored in payload.chunks((BLOCK / size).max(1) * size) {
        block.clear();
        block.extend_from_slice(stored);
        dtype.convert_in_place(ByteOrder::NATIVE, &mut block)?;
        match checked::try_cast_slice(&block) {
            Ok(found) => elements.extend_from_slice(found),
            Err(_) => return Ok(false),
        }
    }
    Ok(true)
}

pub(crate) fn wrong_dtype(expected: &DType, actual: &DType) -> ArrayError {
    ArrayError::DType { expected: expected.to_string(), actual: actual.to_string() }
}

#[cfg(test)]
mod tests {
    use bytemuck::{CheckedBitPattern, NoUninit};

    use super::*;
    use crate::{ArrayView, Layout, Order};

    /// Every length around the blocks and the vectors, aligned and not, beside the plainest loop.
    fn check<T: Element + PartialEq + std::fmt::Debug, const N: usize>(from_be: fn([u8; N]) -> T) {
        let bytes: Vec<u8> = (0..251).cycle().take(2 * BLOCK + 200).collect();
        let be = T::dtype().with_byte_order(ByteOrder::Big);
        for count in (0..40).chain([BLOCK / N - 1, BLOCK / N, BLOCK / N + 1, 2 * BLOCK / N]) {
            for at in [0, 1, 3] {
                let stored = &bytes[at..][..count * N];
                let layout = Layout::new(be.clone(), [count], Order::C).unwrap();
                let expected: Vec<T> = stored.as_chunks::<N>().0.iter().map(|b| from_be(*b)).collect();
                let array = ArrayView::new(layout, stored).unwrap();
                assert_eq!(array.to_vec::<T>().unwrap(), expected, "{be} × {count} at {at}");
                let native = array.to_byte_order(ByteOrder::NATIVE);
                let moved = [&[0; 5], native.payload()].concat();
                let moved = ArrayView::new(native.layout().clone(), &moved[5..]).unwrap();
                assert_eq!(moved.to_vec::<T>().unwrap(), expected, "{be} × {count} at {at}");
            }
        }
    }

    #[test]
    fn every_width_is_converted() {
        check::<u8, 1>(u8::from_be_bytes);
        check::<i16, 2>(i16::from_be_bytes);
        check::<u32, 4>(u32::from_be_bytes);
        check::<i64, 8>(i64::from_be_bytes);
        #[cfg(feature = "num-complex")]
        check::<num_complex::Complex<u16>, 4>(|b| num_complex::Complex {
            re: u16::from_be_bytes([b[0], b[1]]),
            im: u16::from_be_bytes([b[2], b[3]]),
        });
    }

    #[cfg(feature = "num-complex")]
    impl Element for num_complex::Complex<u16> {
        fn dtype() -> DType {
            DType::parse("[('re', 'u2'), ('im', 'u2')]").unwrap()
        }
    }

    #[derive(Debug, Clone, Copy, PartialEq, NoUninit, CheckedBitPattern)]
    #[repr(u16)]
    enum Level {
        Low = 1,
        High = 2,
    }

    impl Element for Level {
        fn dtype() -> DType {
            DType::of::<u16>()
        }
    }

    #[test]
    fn bytes_that_are_no_value_are_refused_in_either_order() {
        let of = |dtype: &str, bytes: &'static [u8]| {
            let layout = Layout::new(DType::parse(dtype).unwrap(), [2], Order::C).unwrap();
            ArrayView::new(layout, bytes).unwrap().to_vec::<Level>()
        };
        assert_eq!(of(">u2", &[0, 1, 0, 2]).unwrap(), [Level::Low, Level::High]);
        assert_eq!(of("<u2", &[1, 0, 2, 0]).unwrap(), [Level::Low, Level::High]);
        for (dtype, bytes) in [(">u2", &[0, 1, 2, 0]), ("<u2", &[1, 0, 3, 0])] {
            assert!(matches!(of(dtype, bytes), Err(ArrayError::Value { .. })), "{dtype}");
        }
    }
}
