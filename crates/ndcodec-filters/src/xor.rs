//! [`Xor`]: bits that differ.

use std::ops::BitXor;

use ndcodec_core::{ArrayError, ArrayFilter, BoundFilter, CodecError, Layout};

use crate::scalars::Scalar;
use crate::transform::{Bound, Transform};

/// The first element, then the exclusive or of each element with the one before. In neighbouring floats, sign, exponent
/// and the first bits of the mantissa are mostly the same, and become zeros.
///
/// Of elements of any dtype. With the type given, bytes at the end that fill no element go with those one itemsize before.
#[derive(Debug, Clone, Copy, Default)]
pub struct Xor;

/// The differing bits of elements of so many bytes, at least one.
#[derive(Debug, Clone, Copy)]
struct Differing {
    itemsize: usize,
}

impl ArrayFilter for Xor {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        let itemsize = layout.dtype().itemsize();
        Ok((itemsize > 0).then(|| Bound::boxed(layout, Differing { itemsize })))
    }

    fn pads_last_element(&self) -> bool {
        true
    }
}

impl Transform for Differing {
    fn encode(&self, payload: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        encode(self.itemsize, payload, out);
        Ok(())
    }

    fn decode(&self, filtered: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        decode(self.itemsize, filtered, out);
        Ok(())
    }
}

pub(crate) fn encode(itemsize: usize, payload: &[u8], out: &mut [u8]) {
    let first = itemsize.min(payload.len());
    out[..first].copy_from_slice(&payload[..first]);
    for ((to, byte), before) in out[first..].iter_mut().zip(&payload[first..]).zip(payload) {
        *to = byte ^ before;
    }
}

pub(crate) fn decode(itemsize: usize, filtered: &[u8], out: &mut [u8]) {
    match itemsize {
        1 => decode_words::<u8, 1>(filtered, out),
        2 => decode_words::<u16, 2>(filtered, out),
        4 => decode_words::<u32, 4>(filtered, out),
        8 => decode_words::<u64, 8>(filtered, out),
        16 => decode_words::<u128, 16>(filtered, out),
        _ => {
            let (mut before, mut rest) = (&mut [][..], out);
            for element in filtered.chunks(itemsize) {
                let (now, after) = rest.split_at_mut(element.len());
                now.copy_from_slice(element);
                now.iter_mut().zip(&*before).for_each(|(to, before)| *to ^= before);
                (before, rest) = (now, after);
            }
        }
    }
}

/// With the width known to the compiler, the element before stays in a register.
fn decode_words<T: Scalar<N> + BitXor<Output = T>, const N: usize>(filtered: &[u8], out: &mut [u8]) {
    let (words, values) = (filtered.as_chunks::<N>().0, out.as_chunks_mut::<N>().0);
    let mut before = T::default();
    for (value, word) in values.iter_mut().zip(words) {
        before = before ^ T::from_le(*word);
        *value = before.to_le();
    }
}
