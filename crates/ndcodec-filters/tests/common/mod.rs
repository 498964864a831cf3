//! What tests of filters share.

#![allow(dead_code, reason = "each test binary uses some of it")]

use std::sync::Arc;

use ndcodec_core::{
    ArrayError, ArrayFilter, BoundFilter, CodecError, DType, Filtered, Layout, Order, Output,
};

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

/// What `filtered` was made of, whether front and array or a whole.
pub(crate) fn undone(bound: &dyn BoundFilter, filtered: &[u8], len: usize) -> Result<Vec<u8>, CodecError> {
    let mut payload = vec![0x55; len];
    let lens: Vec<usize> = match bound.output() {
        Filtered::Fronted { .. } => {
            let front = bound.read_front(filtered)?;
            vec![front.len, front.layout.nbytes()]
        }
        Filtered::Arrays(layouts) => layouts.iter().map(Layout::nbytes).collect(),
        _ => vec![filtered.len()],
    };
    let (mut parts, mut rest) = (Vec::new(), filtered);
    for len in lens {
        let (part, after) = rest.split_at_checked(len).ok_or_else(|| CodecError::truncated("a part"))?;
        parts.push(part);
        rest = after;
    }
    assert!(rest.is_empty(), "{} bytes behind the parts", rest.len());
    bound.backward(&parts, &mut payload)?;
    Ok(payload)
}

pub(crate) fn decoded(bound: &dyn BoundFilter, filtered: &[u8], len: usize) -> Vec<u8> {
    undone(bound, filtered, len).expect("it decodes")
}
