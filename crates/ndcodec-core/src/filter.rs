//! [`ArrayFilter`]: a stage that rearranges an array's payload so that codecs find more in it.

use std::fmt;

use crate::{ArrayError, Buffer, Codec, CodecError, DType, DecodeLimits, LenClaim, Output, ParamError};

/// A stage array → array of the same size, such as `shuffle` or `delta`.
///
/// It works on the payload alone, given the dtype; the format's header stays as it is.
pub trait ArrayFilter: fmt::Debug + Send + Sync {
    /// Whether elements of this dtype can be filtered.
    ///
    /// # Errors
    /// The reason why not.
    fn check(&self, dtype: &DType) -> Result<(), ArrayError>;

    /// Into how many parts of equal length the filtered form falls whose bytes are of different kinds, such as the
    /// byte planes of `shuffle`. A container may encode them one by one, and keep as they are those that hold noise.
    fn planes(&self, dtype: &DType) -> usize {
        let _ = dtype;
        1
    }

    /// Whether the filtered form of elements of this dtype is the payload as it lies, such as `shuffle` of single bytes:
    /// a container then leaves the filter out.
    fn is_identity(&self, dtype: &DType) -> bool {
        let _ = dtype;
        false
    }

    /// Writes the filtered form of `payload` to `out`, which has the same length.
    ///
    /// # Errors
    /// Where this payload cannot be filtered.
    fn encode(&self, dtype: &DType, payload: &[u8], out: &mut [u8]) -> Result<(), CodecError>;

    /// Writes what `filtered` was made of to `out`, which has the same length.
    ///
    /// # Errors
    /// Where these bytes are not a filtered payload.
    fn decode(&self, dtype: &DType, filtered: &[u8], out: &mut [u8]) -> Result<(), CodecError>;

    /// As [`decode`](Self::decode), of a filtered form that lies in several pieces of equal length, such as its
    /// [`planes`](Self::planes). The default joins them.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    fn decode_parts(&self, dtype: &DType, parts: &[&[u8]], out: &mut [u8]) -> Result<(), CodecError> {
        let mut joined = Buffer::with_capacity(out.len());
        parts.iter().for_each(|part| joined.extend_from_slice(part));
        self.decode(dtype, &joined, out)
    }
}

/// A filter with its type given, as a codec on any bytes: `shuffle(8)`, `delta(<i4)`.
#[derive(Debug)]
pub(crate) struct TypedFilter {
    filter: Box<dyn ArrayFilter>,
    dtype: DType,
}

impl TypedFilter {
    pub(crate) fn new(filter: Box<dyn ArrayFilter>, dtype: DType) -> Result<Self, ParamError> {
        match filter.check(&dtype) {
            Ok(()) => Ok(Self { filter, dtype }),
            Err(error) => Err(ParamError { param: None, message: error.to_string() }),
        }
    }
}

impl Codec for TypedFilter {
    fn encode(&self, input: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        self.filter.encode(&self.dtype, input, out.spare(input.len())?)?;
        out.commit(input.len())
    }

    fn decode(&self, encoded: &[u8], _: &DecodeLimits, out: &mut Output<'_>) -> Result<(), CodecError> {
        self.filter.decode(&self.dtype, encoded, out.spare(encoded.len())?)?;
        out.commit(encoded.len())
    }

    fn max_encoded_len(&self, input_len: usize) -> Option<usize> {
        Some(input_len)
    }

    fn claimed_len(&self, encoded: &[u8]) -> LenClaim {
        LenClaim::Exact(encoded.len() as u64)
    }
}
