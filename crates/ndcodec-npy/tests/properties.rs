//! What is written is read; what is not a header is an error and never a panic.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod arrays;
mod changes;

use arrays::layouts;
use changes::{apply, changes};
use ndcodec_core::{ArrayView, Chain, Layout};
use ndcodec_npy as _;
use proptest::prelude::*;

fn npy() -> Chain {
    Chain::parse("npy").unwrap()
}

fn encode(layout: &Layout) -> Vec<u8> {
    let payload: Vec<u8> = (0..=255).cycle().take(layout.nbytes()).collect();
    npy().encode(&ArrayView::new(layout.clone(), &payload).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(layout in layouts()) {
        let bytes = encode(&layout);
        let array = npy().decode(&bytes).unwrap();
        prop_assert_eq!(array.layout(), &layout.clone().canonical());
        prop_assert_eq!(encode(array.layout()), bytes);
    }

    /// A changed header is an error, or reads as an array that is written and read again.
    #[test]
    fn malformed_headers_never_panic(layout in layouts(), changes in changes()) {
        let mut bytes = encode(&layout);
        bytes.truncate(bytes.len() - layout.nbytes());
        apply(&changes, &mut bytes);
        let Ok(inspection) = npy().inspect(&bytes) else { return Ok(()) };
        let shape: Vec<usize> = inspection.shape.dims().iter().flatten().copied().collect();
        let layout = Layout::new(inspection.dtype, shape, inspection.order).unwrap();
        let filters = &inspection.filters;
        if layout.nbytes() < 1 << 20 && filters.is_empty() {
            let array = npy().decode(&encode(&layout)).unwrap();
            prop_assert_eq!(array.layout(), &layout);
        }
    }

    #[test]
    fn random_headers_never_panic(version in 1..=3_u8, text in prop::collection::vec(any::<u8>(), 0..200)) {
        let len = text.len().to_le_bytes();
        let width = if version == 1 { 2 } else { 4 };
        let bytes = [b"\x93NUMPY", &[version, 0][..], &len[..width], &text].concat();
        let _ = npy().inspect(&bytes);
    }
}
