//! [`Found`]: what a header says of the payload.

use std::ops::Range;
use std::sync::Arc;

use crate::chain::bound::BoundRun;
use crate::{ALIGNMENT, Buffer, Header, Layout};

/// The payload of an array: its layout, and the filters that rewrote it.
#[derive(Debug)]
pub(in crate::chain) struct Found {
    pub(in crate::chain) layout: Layout,
    pub(in crate::chain) filters: Option<Arc<BoundRun>>,
}

impl Found {
    /// Whether the payload lies as it is in the format's bytes.
    pub(in crate::chain) fn is_plain(&self, header: &Header) -> bool {
        header.body().is_none() && self.filters.as_ref().is_none_or(|filters| filters.is_identity())
    }
}

/// Where in `buffer` the payload is, of `nbytes` bytes behind the head, once it lies aligned.
pub(super) fn aligned(buffer: &mut Buffer, head_len: usize, nbytes: usize) -> Range<usize> {
    let payload = head_len..head_len + nbytes;
    if head_len.is_multiple_of(ALIGNMENT) {
        return payload;
    }
    // Headers of numpy before 1.14 end at multiples of 16 bytes only.
    buffer.copy_within(payload, 0);
    0..nbytes
}
