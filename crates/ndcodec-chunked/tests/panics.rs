//! A stage of a third party that panics in a thread is an error of that stage, and everything works afterwards.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod common;

use std::num::NonZeroUsize;

use common::{DISLIKED, chain, layout, register_toys};
use ndcodec_core::{ArrayView, DecodeOptions, EncodeOptions, Error, ErrorKind, Order};

#[test]
fn a_panic_is_an_error_of_its_stage() {
    register_toys();
    let chunked = chain("chunked(panics,size=1KiB)");
    let layout = layout("|u1", &[64 << 10], Order::C);
    let mut payload = vec![7; 64 << 10];
    for threads in [1, 2, 8] {
        let threads = NonZeroUsize::new(threads).unwrap();
        let (encode, decode) =
            (EncodeOptions::new().with_threads(threads), DecodeOptions::new().with_threads(threads));
        payload[40_000] = DISLIKED[0];
        payload[40_001] = 1;
        let mut out = Vec::new();
        let error =
            chunked.encode_into_with(&ArrayView::new(layout.clone(), &payload).unwrap(), &mut out, &encode);
        check(error.unwrap_err(), "cannot encode stage 0 `chunked`: chunk 39 of 64 cannot be encoded");
        assert!(out.is_empty());

        payload[40_000] = DISLIKED[1];
        let array = ArrayView::new(layout.clone(), &payload).unwrap();
        chunked.encode_into_with(&array, &mut out, &encode).unwrap();
        let error = chunked.decode_with(&out, &decode).unwrap_err();
        check(error, "cannot decode stage 0 `chunked`: chunk 39 of 64 is damaged");
        check(
            chunked.decoder_with(&*out, &decode).unwrap().into_array().unwrap_err(),
            "cannot decode stage 0 `chunked`: chunk 39 of 64 is damaged",
        );

        // The same chain goes on with what it likes.
        payload[40_000] = 7;
        let array = ArrayView::new(layout.clone(), &payload).unwrap();
        let mut good = Vec::new();
        chunked.encode_into_with(&array, &mut good, &encode).unwrap();
        assert_eq!(chunked.decode_with(&good, &decode).unwrap().payload(), payload);
    }
}

fn check(error: Error, begins: &str) {
    let report = error.report();
    let ends = "stage 0 `panics`: it panicked: a byte that it does not like";
    assert!(report.starts_with(begins) && report.ends_with(ends), "{report}");
    assert_eq!(error.kind(), ErrorKind::Internal);
}
