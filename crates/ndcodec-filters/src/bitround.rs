//! [`BitRound`]: floats with fewer bits.

use ndcodec_core::{ArrayError, ArrayFilter, BoundFilter, CodecError, DType, Extension, Kind, Layout};

use crate::scalars::{Scalar, by_order};
use crate::transform::{Bound, Transform};

/// Floats rounded to the nearest with so many bits of mantissa, ties to even; the bits after those are zero, which codecs
/// make small. Decoding leaves the rounded floats as they are.
///
/// Of `<f2`, `<f4`, `<f8`, `bfloat16` and both parts of complex numbers. Not-a-numbers and infinities stay what they are;
/// `numcodecs.BitRound` rounds some not-a-numbers to infinity or -0.
#[derive(Debug, Clone, Copy)]
pub struct BitRound {
    bits: u32,
}

/// Bits of a float: all of them, and those of the mantissa.
#[derive(Debug, Clone, Copy)]
struct Widths {
    bytes: usize,
    mantissa: u32,
}

impl BitRound {
    /// Rounding to `bits` bits of mantissa.
    pub const fn new(bits: u32) -> Self {
        Self { bits }
    }

    fn widths(self, dtype: &DType) -> Result<Widths, ArrayError> {
        let unsupported = |reason| Err(ArrayError::unsupported("bitround", reason));
        let (bytes, mantissa) = match (dtype.kind(), dtype.itemsize()) {
            (Kind::Float, 2) => (2, 10),
            (Kind::Extension(Extension::BFloat16), _) => (2, 7),
            (Kind::Float, 4) | (Kind::Complex, 8) => (4, 23),
            (Kind::Float, 8) | (Kind::Complex, 16) => (8, 52),
            _ => {
                return unsupported(format!(
                    "elements of dtype `{dtype}` are not floats of 16, 32 or 64 bits"
                ));
            }
        };
        if self.bits > mantissa {
            let bits = self.bits;
            return unsupported(format!("the mantissa of `{dtype}` has {mantissa} bits, fewer than {bits}"));
        }
        Ok(Widths { bytes, mantissa })
    }
}

impl ArrayFilter for BitRound {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        let Widths { bytes, mantissa } = self.widths(layout.dtype())?;
        let rounding =
            Rounding { dtype: layout.dtype().clone(), bytes, mantissa, drop: mantissa - self.bits };
        Ok((rounding.drop > 0).then(|| Bound::boxed(layout, rounding)))
    }
}

/// Rounding of floats of one dtype.
#[derive(Debug)]
struct Rounding {
    dtype: DType,
    /// Of a float, which may be one of two parts of an element.
    bytes: usize,
    mantissa: u32,
    /// The bits of the mantissa that are rounded away, at least one.
    drop: u32,
}

impl Transform for Rounding {
    fn encode(&self, payload: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        let Self { dtype, bytes, mantissa, drop } = self;
        match bytes {
            2 => by_order!(dtype, round::<u16, 2>(payload, out, *mantissa, *drop)),
            4 => by_order!(dtype, round::<u32, 4>(payload, out, *mantissa, *drop)),
            _ => by_order!(dtype, round::<u64, 8>(payload, out, *mantissa, *drop)),
        }
        Ok(())
    }

    fn decode(&self, filtered: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        out.copy_from_slice(filtered);
        Ok(())
    }
}

/// The bits of a float as an integer.
trait Bits<const N: usize>: Scalar<N> {
    /// Rounds the last `drop` bits away, `drop` from 1 on; `mantissa` is the bits of the mantissa.
    fn round(self, mantissa: u32, drop: u32) -> Self;
}

macro_rules! bits {
    ($($type:ty, $bytes:literal;)*) => {$(
        impl Bits<$bytes> for $type {
            fn round(self, mantissa: u32, drop: u32) -> Self {
                let one: Self = 1;
                // A carry out of the mantissa makes the exponent larger, as it must.
                let exponent = (Self::MAX >> 1) & (Self::MAX << mantissa);
                let half = (one << (drop - 1)) - 1 + ((self >> drop) & 1);
                let rounded = self.wrapping_add(half) & (Self::MAX << drop);
                if self & exponent == exponent { self } else { rounded }
            }
        }
    )*};
}

bits! {
    u16, 2;
    u32, 4;
    u64, 8;
}

fn round<T: Bits<N>, const N: usize, const BIG: bool>(
    payload: &[u8],
    out: &mut [u8],
    mantissa: u32,
    drop: u32,
) {
    let (floats, rounded) = (payload.as_chunks::<N>().0, out.as_chunks_mut::<N>().0);
    for (to, float) in rounded.iter_mut().zip(floats) {
        *to = T::read::<BIG>(*float).round(mantissa, drop).write::<BIG>();
    }
}
