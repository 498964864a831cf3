//! [`Shuffle`]: bytes by their position in the element.

use ndcodec_core::{ArrayError, ArrayFilter, CodecError, DType};

use crate::kernels::{self, Place};
use crate::strips::{SCRATCH, Scratch, by_strips, gather, scatter, starts};

/// The first byte of every element, then the second of every element, and so on. Bytes at the end that fill no element
/// are copied.
///
/// A struct or complex number is one element.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shuffle;

impl ArrayFilter for Shuffle {
    fn check(&self, _: &DType) -> Result<(), ArrayError> {
        Ok(())
    }

    fn planes(&self, dtype: &DType) -> usize {
        dtype.itemsize().max(1)
    }

    fn is_identity(&self, dtype: &DType) -> bool {
        dtype.itemsize() < 2
    }

    fn encode(&self, dtype: &DType, payload: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        let itemsize = dtype.itemsize();
        let whole = whole_items(payload.len(), itemsize);
        out[whole..].copy_from_slice(&payload[whole..]);
        if whole > 0 {
            by_strips!(itemsize, split(itemsize, &payload[..whole], &mut out[..whole]));
        }
        Ok(())
    }

    fn decode(&self, dtype: &DType, filtered: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        let itemsize = dtype.itemsize();
        let whole = whole_items(filtered.len(), itemsize);
        out[whole..].copy_from_slice(&filtered[whole..]);
        if whole > 0 {
            by_strips!(itemsize, join(itemsize, &filtered[..whole], &mut out[..whole]));
        }
        Ok(())
    }

    fn decode_parts(&self, dtype: &DType, parts: &[&[u8]], out: &mut [u8]) -> Result<(), CodecError> {
        let joined = match dtype.itemsize() {
            2 => join_apart::<2>(parts, out),
            4 => join_apart::<4>(parts, out),
            8 => join_apart::<8>(parts, out),
            16 => join_apart::<16>(parts, out),
            _ => None,
        };
        match joined {
            Some(()) => Ok(()),
            None => self.decode(dtype, &parts.concat(), out),
        }
    }
}

/// Joins planes that lie apart. `None` where the parts are not the planes of elements of `S` bytes.
fn join_apart<const S: usize>(parts: &[&[u8]], out: &mut [u8]) -> Option<()> {
    let planes: &[&[u8]; S] = parts.try_into().ok()?;
    let len = out.len() / S;
    if planes.iter().any(|plane| plane.len() != len) || len * S != out.len() {
        return None;
    }
    kernels::join_apart(planes, out);
    Some(())
}

/// How many of `len` bytes are elements that shuffling would move.
fn whole_items(len: usize, itemsize: usize) -> usize {
    if itemsize < 2 { 0 } else { len - len % itemsize }
}

fn split<const S: usize>(itemsize: usize, items: &[u8], planes: &mut [u8]) {
    let stride = items.len() / itemsize;
    if itemsize == S {
        return kernels::split::<S, false>(items, planes, Place { stride, at: 0, len: stride });
    }
    let mut strip = Scratch::new();
    let mut at = 0;
    for block in items.chunks((SCRATCH / S).saturating_mul(itemsize)) {
        let place = Place { stride, at, len: block.len() / itemsize };
        let strip = &mut strip.0[..place.len * S];
        for start in starts::<S>(itemsize) {
            gather::<S>(block, itemsize, start, strip);
            kernels::split::<S, false>(strip, &mut planes[start * stride..], place);
        }
        at += place.len;
    }
}

fn join<const S: usize>(itemsize: usize, planes: &[u8], items: &mut [u8]) {
    let stride = items.len() / itemsize;
    if itemsize == S {
        return kernels::join::<S, false>(planes, Place { stride, at: 0, len: stride }, items);
    }
    let mut strip = Scratch::new();
    let mut at = 0;
    for block in items.chunks_mut((SCRATCH / S).saturating_mul(itemsize)) {
        let place = Place { stride, at, len: block.len() / itemsize };
        let strip = &mut strip.0[..place.len * S];
        for start in starts::<S>(itemsize) {
            kernels::join::<S, false>(&planes[start * stride..], place, strip);
            scatter::<S>(strip, itemsize, start, block);
        }
        at += place.len;
    }
}
