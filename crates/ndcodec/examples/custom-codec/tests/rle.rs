//! The third party's stage in a chain with built-in ones, and under the laws that every stage obeys.

use custom_codec as _;
use ndcodec::{ArrayView, Chain};

#[test]
fn the_word_is_there_as_soon_as_the_crate_is_linked() {
    let chain = Chain::parse("npy|rle|base64").unwrap();
    let zeros = [0u8; 1000];
    let text = chain.encode_text(&ArrayView::from_slice(&zeros, &[10, 100]).unwrap()).unwrap();
    assert!(text.len() < 300, "{} characters", text.len());
    assert_eq!(chain.decode(text.as_bytes()).unwrap().as_slice::<u8>().unwrap(), zeros);
}

#[test]
fn it_is_suggested_for_a_misspelt_word() {
    let error = Chain::parse("npy|rel").unwrap_err();
    assert!(error.help().is_some_and(|help| help.starts_with("did you mean `rle`?")), "{error}");
}

#[test]
fn it_obeys_the_laws() {
    ndcodec_conformance::laws::check_stage(&custom_codec::RLE);
}
