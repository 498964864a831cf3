//! Arrays in JSON fields.
#![cfg(all(feature = "serde", feature = "npy", feature = "raw", feature = "zlib", feature = "base64"))]

use ndcodec::{ArrayView, Chain, ChainText, DecodeLimits, DecodeOptions, Encoded, Error, ErrorKind};

#[test]
fn an_encoded_array_carries_its_resolved_chain() {
    let x = [1i16, 2, 3, 4, 5, 6];
    let chain = Chain::parse("raw|zlib|base64").unwrap();
    let encoded = Encoded::new(&chain, &ArrayView::from_slice(&x, &[2, 3]).unwrap()).unwrap();
    let json = serde_json::to_string(&encoded).unwrap();
    assert!(json.starts_with(r#"{"chain":"raw(<i2,2x3)|zlib|base64","data":""#), "{json}");
    let back: Encoded = serde_json::from_str(&json).unwrap();
    let array = back.decode().unwrap();
    assert_eq!((array.shape(), array.as_slice::<i16>().unwrap()), (&[2, 3][..], &x[..]));
    let limits = DecodeOptions::from(DecodeLimits::new().with_max_bytes(11));
    assert_eq!(back.decode_with(&limits).unwrap_err().kind(), Some(ErrorKind::Limit));
}

#[test]
fn what_cannot_stand_in_a_field_is_an_error() {
    let view = ArrayView::from_slice(&[1u8], &[1]).unwrap();
    let error = Encoded::new(&Chain::parse("npy|zlib").unwrap(), &view).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`zlib` cannot encode this array: `npy|zlib` does not end in text; put `base64` at its end"
    );
    let lied: Encoded = serde_json::from_str(r#"{"chain":"nothing","data":""}"#).unwrap();
    assert!(matches!(lied.decode(), Err(Error::Chain(_))));
    assert!(serde_json::from_str::<Encoded>(r#"{"chain":"npy","data":"","more":1}"#).is_err());
}

#[test]
fn a_chain_is_its_text() {
    let chain = ChainText(Chain::parse("npy| zlib(6) |base64").unwrap());
    let json = serde_json::to_string(&chain).unwrap();
    assert_eq!(json, r#""npy|zlib|base64""#);
    assert_eq!(serde_json::from_str::<ChainText>(&json).unwrap(), chain);
    let error = serde_json::from_str::<ChainText>(r#""npy|zlob""#).unwrap_err().to_string();
    assert!(error.contains("did you mean `zlib`?"), "{error}");
}
