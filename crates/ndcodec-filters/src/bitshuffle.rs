//! [`Bitshuffle`]: bits by their position in the element.

use std::num::NonZeroUsize;
use std::sync::Arc;

use ndcodec_core::{ArrayError, ArrayFilter, BoundFilter, CodecError, Layout, Pool};

use crate::kernels::{self, Place};
use crate::strips::{SCRATCH, Scratch, by_strips, gather, scatter, starts};
use crate::transform::{Bound, Transform};

/// Elements come in eights, whose bits of one position make a byte.
const EIGHT: usize = 8;

/// In every block of elements: the lowest bit of the first byte of every element, eight elements to a byte, then the next
/// bit, and so on. The last block may be shorter; elements at its end that fill no byte are copied.
#[derive(Debug, Default)]
pub struct Bitshuffle {
    /// Elements to a block, a multiple of eight; the library's choice if `None`.
    block: Option<NonZeroUsize>,
    /// Room for planes and for a strip. To fill it with zeros for each payload takes a fifth of the time on 64 KiB.
    scratch: Arc<Pool<[Scratch; 2]>>,
}

/// Bit shuffling of elements of so many bytes, in blocks of so many bytes.
#[derive(Debug)]
struct Bitshuffled {
    itemsize: usize,
    block: usize,
    /// Whether all is one block, of elements in eights: then the bits of each position are a plane.
    is_one_block: bool,
    scratch: Arc<Pool<[Scratch; 2]>>,
}

impl Bitshuffle {
    /// With blocks of `elements`; 0 is the library's choice. `None` if they do not come in eights.
    pub fn with_block(elements: usize) -> Option<Self> {
        let block = NonZeroUsize::new(elements);
        elements.is_multiple_of(EIGHT).then(|| Self { block, scratch: Arc::default() })
    }

    /// The bytes of a block.
    fn block_bytes(&self, itemsize: usize) -> usize {
        // What the library does: 8 KiB, a multiple of eight elements, at least 128.
        let default = || (8192 / itemsize / EIGHT * EIGHT).max(128);
        self.block.map_or_else(default, NonZeroUsize::get).saturating_mul(itemsize)
    }
}

impl ArrayFilter for Bitshuffle {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        let itemsize = layout.dtype().itemsize();
        let bind = || {
            let (block, scratch) = (self.block_bytes(itemsize), self.scratch.clone());
            let nbytes = layout.nbytes();
            let is_one_block = nbytes > 0
                && nbytes <= block
                && matches!(itemsize, 1 | 2 | 4 | 8)
                && whole_eights(nbytes, itemsize) == nbytes;
            Bound::boxed(layout, Bitshuffled { itemsize, block, is_one_block, scratch })
        };
        Ok((itemsize > 0).then(bind))
    }
}

impl Transform for Bitshuffled {
    fn planes(&self) -> usize {
        if self.is_one_block { EIGHT * self.itemsize } else { 1 }
    }

    fn encode(&self, payload: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        let Self { itemsize, block, .. } = *self;
        let whole = whole_eights(payload.len(), itemsize);
        out[whole..].copy_from_slice(&payload[whole..]);
        if whole > 0 {
            let (payload, out) = (&payload[..whole], &mut out[..whole]);
            let done = match itemsize {
                _ if block != SCRATCH => 0,
                2 => kernels::split_blocks::<2>(payload, out),
                4 => kernels::split_blocks::<4>(payload, out),
                8 => kernels::split_blocks::<8>(payload, out),
                _ => 0,
            };
            if done < whole {
                let mut scratch = self.scratch.take(room);
                let (payload, out) = (&payload[done..], &mut out[done..]);
                by_strips!(itemsize, split(itemsize, block, &mut scratch, payload, out));
            }
        }
        Ok(())
    }

    fn decode(&self, filtered: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        let Self { itemsize, block, .. } = *self;
        let whole = whole_eights(filtered.len(), itemsize);
        out[whole..].copy_from_slice(&filtered[whole..]);
        if whole > 0 {
            let (filtered, out) = (&filtered[..whole], &mut out[..whole]);
            let done = match itemsize {
                _ if block != SCRATCH => 0,
                2 => kernels::join_blocks::<2>(filtered, out),
                4 => kernels::join_blocks::<4>(filtered, out),
                8 => kernels::join_blocks::<8>(filtered, out),
                _ => 0,
            };
            if done < whole {
                let mut scratch = self.scratch.take(room);
                let (filtered, out) = (&filtered[done..], &mut out[done..]);
                by_strips!(itemsize, join(itemsize, block, &mut scratch, filtered, out));
            }
        }
        Ok(())
    }

    /// Of one block. Some bytes of each plane make the block that [`decode`](Self::decode) has kernels for, in the first-level
    /// cache.
    fn decode_planes(&self, planes: &[&[u8]], out: &mut [u8]) -> Result<(), CodecError> {
        let (itemsize, len) = (self.itemsize, out.len() / planes.len().max(1));
        if !self.is_one_block
            || planes.len() != EIGHT * itemsize
            || planes.iter().any(|plane| plane.len() != len)
        {
            return self.decode(&planes.concat(), out);
        }
        let (mut bits, mut scratch) = (Scratch::new(), self.scratch.take(room));
        let mut at = 0;
        for items in out.chunks_mut(SCRATCH) {
            let bits = &mut bits.0[..items.len()];
            let width = items.len() / planes.len();
            for (to, plane) in bits.chunks_exact_mut(width).zip(planes) {
                to.copy_from_slice(&plane[at..at + width]);
            }
            at += width;
            let done = match itemsize {
                2 => kernels::join_blocks::<2>(bits, items),
                4 => kernels::join_blocks::<4>(bits, items),
                8 => kernels::join_blocks::<8>(bits, items),
                _ => 0,
            };
            if done < items.len() {
                by_strips!(itemsize, join(itemsize, SCRATCH, &mut scratch, bits, items));
            }
        }
        Ok(())
    }
}

fn room() -> [Scratch; 2] {
    [Scratch::new(), Scratch::new()]
}

/// How many of `len` bytes are elements in eights.
fn whole_eights(len: usize, itemsize: usize) -> usize {
    match itemsize.checked_mul(EIGHT) {
        None | Some(0) => 0,
        Some(eight) => len - len % eight,
    }
}

/// `block` is in bytes. Both slices are elements in eights.
fn split<const S: usize>(
    itemsize: usize,
    block: usize,
    scratch: &mut [Scratch; 2],
    items: &[u8],
    bits: &mut [u8],
) {
    let [planes, strip] = scratch;
    for (items, bits) in items.chunks(block).zip(bits.chunks_mut(block)) {
        let stride = items.len() / itemsize / EIGHT;
        let mut place = Place { stride, at: 0, len: stride };
        if itemsize == 1 {
            kernels::split::<8, true>(items, bits, place);
            continue;
        }
        if itemsize == S {
            kernels::split_bits::<S>(items, bits, place, planes);
            continue;
        }
        for part in items.chunks((SCRATCH / S).saturating_mul(itemsize)) {
            place.len = part.len() / itemsize / EIGHT;
            let strip = &mut strip.0[..place.len * EIGHT * S];
            for start in starts::<S>(itemsize) {
                gather::<S>(part, itemsize, start, strip);
                kernels::split_bits::<S>(strip, &mut bits[start * 8 * stride..], place, planes);
            }
            place.at += place.len;
        }
    }
}

/// Undoes [`split`].
fn join<const S: usize>(
    itemsize: usize,
    block: usize,
    scratch: &mut [Scratch; 2],
    bits: &[u8],
    items: &mut [u8],
) {
    let [planes, strip] = scratch;
    for (bits, items) in bits.chunks(block).zip(items.chunks_mut(block)) {
        let stride = items.len() / itemsize / EIGHT;
        let mut place = Place { stride, at: 0, len: stride };
        if itemsize == 1 {
            kernels::join::<8, true>(bits, place, items);
            continue;
        }
        if itemsize == S {
            kernels::join_bits::<S>(bits, place, items, planes);
            continue;
        }
        for part in items.chunks_mut((SCRATCH / S).saturating_mul(itemsize)) {
            place.len = part.len() / itemsize / EIGHT;
            let strip = &mut strip.0[..place.len * EIGHT * S];
            for start in starts::<S>(itemsize) {
                kernels::join_bits::<S>(&bits[start * 8 * stride..], place, strip, planes);
                scatter::<S>(strip, itemsize, start, part);
            }
            place.at += place.len;
        }
    }
}
