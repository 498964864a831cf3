//! A header that is read, written again for what it says, reads as the same by the chain that is resolved for it: that names a
//! dtype that headers store as void.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use ndcodec::{ArrayView, Chain, DecodeLimits, Inspection, Layout};

/// Payloads larger than this are not made for the header's sake.
const LARGEST: usize = 1 << 20;

static NPY: LazyLock<Chain> = LazyLock::new(|| Chain::parse("npy").expect("`npy` is built in"));

fuzz_target!(|data: &[u8]| {
    let Ok(read) = NPY.inspect(data) else { return };
    let layout = layout(&read);
    let nbytes = layout.nbytes();
    if nbytes > LARGEST || !read.filters.is_empty() {
        return;
    }
    let payload = vec![0; nbytes];
    let array = ArrayView::new(layout.clone(), &payload).expect("the payload has the layout's length");
    let written = NPY.encode(&array).expect("what was read can be written");
    let resolved = NPY.resolve(&layout).expect("what was read can be written");
    let again =
        resolved.inspect_with(&written, &DecodeLimits::none().into()).expect("what was written can be read");
    assert_eq!(layout, self::layout(&again));
    assert_eq!((again.nbytes, again.header_len + nbytes), (Some(nbytes), written.len()));
    let decoded =
        resolved.decode_with(&written, &DecodeLimits::none().into()).expect("what was written decodes");
    assert_eq!((decoded.layout(), decoded.payload()), (&layout, &*payload));
});

fn layout(read: &Inspection) -> Layout {
    let shape: Option<Vec<usize>> = read.shape.dims().iter().copied().collect();
    let shape = shape.expect("a `.npy` leaves no dimension open");
    Layout::new(read.dtype.clone(), shape, read.order).expect("a header that is read is of a possible array")
}
