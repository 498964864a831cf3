//! [`Pco`]: the filter of arrays.

use std::sync::Arc;

use ndcodec_core::{
    ArrayError, ArrayFilter, BoundFilter, Codec, CodecError, DType, Filtered, Layout, Output, ParamError,
};

use crate::codec::PcoCodec;
use crate::numbers::{Effort, Numbers, Work};

/// The filter.
#[derive(Debug, Clone, Copy)]
pub struct Pco {
    effort: Effort,
}

impl Pco {
    /// The filter with this effort in encoding.
    pub const fn new(effort: Effort) -> Self {
        Self { effort }
    }
}

impl ArrayFilter for Pco {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        let numbers = Numbers::of(layout.dtype()).ok_or_else(|| {
            let reason = format!("elements of dtype `{}` are not numbers that it knows", layout.dtype());
            ArrayError::unsupported("pco", reason)
        })?;
        let at_most = numbers.max_encoded_len(layout.nbytes()).ok_or_else(|| {
            ArrayError::unsupported("pco", format!("an array of {} bytes is too large", layout.nbytes()))
        })?;
        Ok(Some(Box::new(Bound { work: Work::new(numbers, self.effort), at_most })))
    }

    fn typed_codec(&self, dtype: &DType) -> Option<Result<Arc<dyn Codec>, ParamError>> {
        Some(match Numbers::of(dtype) {
            Some(numbers) => Ok(Arc::new(PcoCodec::new(Work::new(numbers, self.effort)))),
            None => {
                Err(ParamError::new("type", format!("`{dtype}` is not a type of numbers that `pco` knows")))
            }
        })
    }
}

/// The filter of arrays of one layout.
#[derive(Debug)]
struct Bound {
    work: Work,
    at_most: usize,
}

impl BoundFilter for Bound {
    fn output(&self) -> Filtered {
        Filtered::Bytes { at_most: self.at_most }
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        self.work.encode(payload, out)
    }

    fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        match parts {
            [whole] => self.work.decode_exact(whole, payload),
            parts => self.work.decode_exact(&parts.concat(), payload),
        }
    }
}
