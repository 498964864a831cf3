//! [`Shuffle`]: bytes by their position in the element.

use ndcodec_core::{ArrayError, ArrayFilter, BoundFilter, CodecError, Layout};

use crate::kernels::{self, Place};
use crate::strips::{SCRATCH, Scratch, by_strips, gather, scatter, starts};
use crate::transform::{Bound, Transform};

/// The first byte of every element, then the second of every element, and so on.
///
/// A struct or complex number is one element.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shuffle;

/// Shuffling of elements of so many bytes, at least two.
#[derive(Debug, Clone, Copy)]
struct Shuffled {
    itemsize: usize,
}

impl ArrayFilter for Shuffle {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        let itemsize = layout.dtype().itemsize();
        Ok((itemsize > 1).then(|| Bound::boxed(layout, Shuffled { itemsize })))
    }
}

/// What `shuffle` makes of elements of `itemsize` bytes, which are at least two.
pub(crate) fn split_bytes(itemsize: usize, payload: &[u8], out: &mut [u8]) {
    if !payload.is_empty() {
        by_strips!(itemsize, split(itemsize, payload, out));
    }
}

/// Undoes [`split_bytes`], of the planes one by one.
pub(crate) fn join_planes(itemsize: usize, planes: &[&[u8]], out: &mut [u8]) {
    let joined = match itemsize {
        2 => join_apart::<2>(planes, out),
        4 => join_apart::<4>(planes, out),
        8 => join_apart::<8>(planes, out),
        16 => join_apart::<16>(planes, out),
        _ => None,
    };
    if joined.is_none() && !out.is_empty() {
        by_strips!(itemsize, join(itemsize, &planes.concat(), out));
    }
}

impl Transform for Shuffled {
    fn planes(&self) -> usize {
        self.itemsize
    }

    fn encode(&self, payload: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        split_bytes(self.itemsize, payload, out);
        Ok(())
    }

    fn decode(&self, filtered: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        if !filtered.is_empty() {
            by_strips!(self.itemsize, join(self.itemsize, filtered, out));
        }
        Ok(())
    }

    fn decode_planes(&self, planes: &[&[u8]], out: &mut [u8]) -> Result<(), CodecError> {
        join_planes(self.itemsize, planes, out);
        Ok(())
    }
}

/// Joins planes that lie apart. `None` if the parts are not the planes of elements of `S` bytes.
fn join_apart<const S: usize>(parts: &[&[u8]], out: &mut [u8]) -> Option<()> {
    let planes: &[&[u8]; S] = parts.try_into().ok()?;
    let len = out.len() / S;
    if planes.iter().any(|plane| plane.len() != len) || len * S != out.len() {
        return None;
    }
    kernels::join_apart(planes, out);
    Some(())
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
