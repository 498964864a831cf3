//! [`Delta`]: differences.

use ndcodec_core::{ArrayError, ArrayFilter, BoundFilter, CodecError, DType, ErrorKind, Kind, Layout};

use crate::scalars::{Number, by_order};
use crate::transform::{Bound, Transform};
use crate::xor;

/// The first element, then the difference of each element from the one before, wrapping, in the byte order of the dtype.
///
/// Of integers, dates and durations; of booleans it is whether they differ, as numpy has it.
///
/// Differences of floats are rounded, so that what comes back is not what was there: an array of floats is refused.
/// But others write them (`numcodecs.Delta`). So, with the type given, `delta(<f8)`, they are decoded, as numpy
/// decodes them, and those floats encoded that come back to the last bit.
#[derive(Debug, Clone, Copy)]
pub struct Delta {
    /// Whether the type was given.
    is_of_bytes: bool,
}

/// What a difference is.
#[derive(Debug, Clone, Copy)]
enum Difference {
    Integer,
    Bool,
    Float,
}

impl Delta {
    /// The filter of arrays, whose type may be any.
    pub const fn of_arrays() -> Self {
        Self { is_of_bytes: false }
    }

    /// The filter of bytes, for which somebody chose the type: floats are allowed, and an itemsize alone, `|V4`, is that
    /// of little-endian integers.
    pub const fn of_bytes() -> Self {
        Self { is_of_bytes: true }
    }

    fn difference(self, dtype: &DType) -> Result<Difference, ArrayError> {
        let unsupported = |reason| Err(ArrayError::unsupported("delta", reason));
        match (dtype.kind(), dtype.itemsize()) {
            (Kind::Int | Kind::UInt | Kind::DateTime(_) | Kind::TimeDelta(_), _) => Ok(Difference::Integer),
            (Kind::Bool, _) => Ok(Difference::Bool),
            (Kind::Void, 1 | 2 | 4 | 8) if self.is_of_bytes => Ok(Difference::Integer),
            (Kind::Float, 4 | 8) if self.is_of_bytes => Ok(Difference::Float),
            (Kind::Float | Kind::Complex, _) => {
                unsupported(format!("differences of `{dtype}` are rounded; use `xor`, which is exact"))
            }
            _ => unsupported(format!("elements of dtype `{dtype}` have no differences")),
        }
    }
}

impl ArrayFilter for Delta {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        let dtype = layout.dtype().clone();
        let difference = self.difference(&dtype)?;
        Ok(Some(Bound::boxed(layout, Differences { dtype, difference })))
    }
}

/// Differences of elements of one dtype.
#[derive(Debug)]
struct Differences {
    dtype: DType,
    difference: Difference,
}

impl Transform for Differences {
    fn encode(&self, payload: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        let dtype = &self.dtype;
        match (self.difference, dtype.itemsize()) {
            (Difference::Bool, _) => xor::encode(1, payload, out),
            (Difference::Integer, 1) => encode::<u8, 1, false>(payload, out),
            (Difference::Integer, 2) => by_order!(dtype, encode::<u16, 2>(payload, out)),
            (Difference::Integer, 4) => by_order!(dtype, encode::<u32, 4>(payload, out)),
            (Difference::Integer, _) => by_order!(dtype, encode::<u64, 8>(payload, out)),
            (Difference::Float, 4) => {
                by_order!(dtype, encode::<f32, 4>(payload, out));
                by_order!(dtype, comes_back::<f32, 4>(payload, out))?;
            }
            (Difference::Float, _) => {
                by_order!(dtype, encode::<f64, 8>(payload, out));
                by_order!(dtype, comes_back::<f64, 8>(payload, out))?;
            }
        }
        Ok(())
    }

    fn decode(&self, filtered: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        let dtype = &self.dtype;
        match (self.difference, dtype.itemsize()) {
            (Difference::Bool, _) => xor::decode(1, filtered, out),
            (Difference::Integer, 1) => decode::<u8, 1, false>(filtered, out),
            (Difference::Integer, 2) => by_order!(dtype, decode::<u16, 2>(filtered, out)),
            (Difference::Integer, 4) => by_order!(dtype, decode::<u32, 4>(filtered, out)),
            (Difference::Integer, _) => by_order!(dtype, decode::<u64, 8>(filtered, out)),
            (Difference::Float, 4) => by_order!(dtype, decode::<f32, 4>(filtered, out)),
            (Difference::Float, _) => by_order!(dtype, decode::<f64, 8>(filtered, out)),
        }
        Ok(())
    }
}

fn encode<T: Number<N>, const N: usize, const BIG: bool>(payload: &[u8], out: &mut [u8]) {
    let (values, differences) = (payload.as_chunks::<N>().0, out.as_chunks_mut::<N>().0);
    let ([first, after @ ..], [first_out, after_out @ ..]) = (values, differences) else { return };
    *first_out = *first;
    for ((difference, value), before) in after_out.iter_mut().zip(after).zip(values) {
        *difference = T::read::<BIG>(*value).minus(T::read::<BIG>(*before)).write::<BIG>();
    }
}

fn decode<T: Number<N>, const N: usize, const BIG: bool>(filtered: &[u8], out: &mut [u8]) {
    let (differences, values) = (filtered.as_chunks::<N>().0, out.as_chunks_mut::<N>().0);
    let ([first, after @ ..], [first_out, after_out @ ..]) = (differences, values) else { return };
    *first_out = *first;
    // Not from zero: of floats, 0 + -0 is not -0.
    let mut sum = T::read::<BIG>(*first);
    for (value, difference) in after_out.iter_mut().zip(after) {
        sum = sum.plus(T::read::<BIG>(*difference));
        *value = sum.write::<BIG>();
    }
}

/// Whether decoding `differences` gives `payload`, bit for bit.
fn comes_back<T: Number<N>, const N: usize, const BIG: bool>(
    payload: &[u8],
    differences: &[u8],
) -> Result<(), CodecError> {
    let (values, differences) = (payload.as_chunks::<N>().0, differences.as_chunks::<N>().0);
    let Some((first, after)) = differences.split_first() else { return Ok(()) };
    let mut sum = T::read::<BIG>(*first);
    for (index, (value, difference)) in values.iter().skip(1).zip(after).enumerate() {
        sum = sum.plus(T::read::<BIG>(*difference));
        if sum.write::<BIG>() != *value {
            let message =
                format!("the sum of float differences is rounded at element {}; use `xor`", index + 1);
            return Err(CodecError::new(ErrorKind::Input, message).at(((index + 1) * N) as u64));
        }
    }
    Ok(())
}
