//! Arrays and chains in fields of documents.
#![cfg(all(feature = "serde", feature = "npy", feature = "raw", feature = "zlib", feature = "base64"))]

use ndcodec::{
    Array, ArrayView, Chain, DType, DecodeLimits, DecodeOptions, Encoded, Error, ErrorKind, Registry, words,
};
use serde::{Deserialize, Serialize};

#[test]
fn an_encoded_array_carries_its_resolved_chain() {
    let x = [1i16, 2, 3, 4, 5, 6];
    let chain = Chain::parse("raw|zlib|base64").unwrap();
    let encoded = Encoded::new(&chain, &ArrayView::from_slice(&x, &[2, 3]).unwrap()).unwrap();
    let json = serde_json::to_string(&encoded).unwrap();
    assert!(json.starts_with(r#"{"chain":"raw(<i2,2x3)|zlib|base64","data":""#), "{json}");
    let back: Encoded<'_> = serde_json::from_str(&json).unwrap();
    assert!(json.as_bytes().as_ptr_range().contains(&back.data().as_ptr()), "the data are borrowed");
    let array = back.decode().unwrap();
    assert_eq!((array.shape(), array.as_slice::<i16>().unwrap()), (&[2, 3][..], &x[..]));
    let limits = DecodeOptions::from(DecodeLimits::new().with_max_bytes(11));
    assert_eq!(back.decode_with(&limits).unwrap_err().kind(), ErrorKind::Limit);
    let narrow = Registry::only(&[&words::RAW, &words::BASE64]);
    assert_eq!(back.decode_in(&narrow, &DecodeOptions::new()).unwrap_err().kind(), ErrorKind::Chain);
    assert_eq!(back.into_owned(), encoded);
}

#[test]
fn bytes_and_escaped_text_and_further_fields_are_read() {
    let view = ArrayView::from_slice(&[1u8, 200], &[2]).unwrap();
    let encoded = Encoded::new(&Chain::parse("npy|zlib").unwrap(), &view).unwrap();
    let json = serde_json::to_string(&encoded).unwrap();
    let back: Encoded<'_> = serde_json::from_str(&json).unwrap();
    assert_eq!(back.decode().unwrap().as_slice::<u8>().unwrap(), [1, 200]);
    let json = r#"{"chain":"raw(|u1)|base64","by":"somebody","data":"\u0041QL\/"}"#;
    let back: Encoded<'_> = serde_json::from_str(json).unwrap();
    assert_eq!(back.decode().unwrap().as_slice::<u8>().unwrap(), [1, 2, 255]);
    assert_eq!(Encoded::from_bytes("raw(|u1)|base64", b"AQL/").decode().unwrap().payload(), [1, 2, 255]);
    let lied: Encoded<'_> = serde_json::from_str(r#"{"chain":"nothing","data":""}"#).unwrap();
    assert!(matches!(lied.decode(), Err(Error::Chain(_))));
}

#[test]
fn chains_and_dtypes_are_their_text() {
    let chain = Chain::parse("npy| zlib(6) |base64").unwrap();
    let json = serde_json::to_string(&chain).unwrap();
    assert_eq!(json, r#""npy|zlib|base64""#);
    assert_eq!(serde_json::from_str::<Chain>(&json).unwrap(), chain);
    let error = serde_json::from_str::<Chain>(r#""npy|zlob""#).unwrap_err().to_string();
    assert!(error.contains("did you mean `zlib`?"), "{error}");
    assert_eq!(serde_json::to_string(&DType::of::<u8>()).unwrap(), r#""|u1""#);
}

ndcodec::serde_with!(mod small = "raw|zlib|base64", max_bytes = 64);
ndcodec::serde_with!(mod wrong = "raw|zlob");

#[derive(Debug, Serialize, Deserialize)]
struct Run {
    name: String,
    #[serde(with = "small")]
    x: Vec<i32>,
}

#[derive(Debug, Serialize)]
struct Wrong {
    #[serde(with = "wrong")]
    x: Vec<i32>,
}

#[derive(Deserialize)]
struct Untyped {
    #[serde(with = "small")]
    x: Array,
}

#[test]
fn a_field_may_be_an_array() {
    let json = serde_json::to_string(&Run { name: "a".to_owned(), x: vec![1, 2, 3] }).unwrap();
    assert_eq!(serde_json::from_str::<Run>(&json).unwrap().x, [1, 2, 3]);
    assert_eq!(serde_json::from_str::<Untyped>(&json).unwrap().x.shape(), [3]);
    let says = |json: &str| serde_json::from_str::<Run>(json).unwrap_err().to_string();
    let large = serde_json::to_string(&Run { name: String::new(), x: vec![0; 17] }).unwrap();
    assert!(says(&large).contains("the limit of 64"), "{}", says(&large));
    let other = json.replace("zlib|", "");
    assert!(says(&other).contains("and `raw|zlib|base64` is expected"), "{}", says(&other));
    let floats = json.replace("<i4", "<f4");
    assert!(says(&floats).contains("which is not `<i4`"), "{}", says(&floats));
    let error = serde_json::to_string(&Wrong { x: vec![1] }).unwrap_err().to_string();
    assert!(error.contains("did you mean `zlib`?"), "{error}");
}
