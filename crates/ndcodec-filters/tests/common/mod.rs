//! What tests of filters share.

#![allow(dead_code, reason = "each test binary uses some of it")]

use std::sync::Arc;

use ndcodec_core::{ArrayError, ArrayFilter, BoundFilter, DType, Layout, Order, Output};

pub(crate) fn dtype(text: &str) -> DType {
    DType::parse(text).expect("it is a dtype")
}

/// The filter of this text, of those that this crate submits.
pub(crate) fn filter(text: &str) -> Arc<dyn ArrayFilter> {
    // Naming the crate links it.
    let _ = &ndcodec_filters::SHUFFLE;
    ndcodec_core::build_filter(text).expect("it is a filter")
}

pub(crate) fn bind(
    filter: &dyn ArrayFilter,
    dtype_text: &str,
    shape: &[usize],
    order: Order,
) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
    filter.bind(&Layout::new(dtype(dtype_text), shape, order).expect("it fits in memory"))
}

pub(crate) fn forward(bound: &dyn BoundFilter, payload: &[u8]) -> Vec<u8> {
    let mut filtered = Vec::new();
    let mut out = Output::to_vec(&mut filtered);
    bound.forward(payload, &mut out).expect("it encodes");
    out.finish();
    filtered
}

pub(crate) fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..len).map(next).collect()
}

/// Undoes `filtered`, which is all that the filter made.
pub(crate) fn backward(bound: &dyn BoundFilter, filtered: &[u8], payload: &mut [u8]) {
    bound.backward(&[filtered], payload).expect("it decodes");
}
