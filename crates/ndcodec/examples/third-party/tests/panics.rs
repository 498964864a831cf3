//! A stage that panics in the threads of a container is an error of that stage, and the chain works afterwards.

use std::sync::Arc;

use ndcodec::stage::{Codec, CodecError, Input, Output, RegisterError, StageDescriptor, register};
use ndcodec::{ArrayView, Chain, ErrorKind};
use third_party as _;

/// The first of each sixteen bytes; panics on what ends with a certain one.
#[derive(Debug)]
struct Panics;

static PANICS: StageDescriptor = StageDescriptor::codec("panics", "tests", &|_| Ok(Arc::new(Panics)))
    .with_summary("panics on what ends with 13 in encoding, and with 14 in decoding");
/// Another stage of the same name.
static OTHER: StageDescriptor = StageDescriptor::codec("panics", "others", &|_| Ok(Arc::new(Panics)));

impl Codec for Panics {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        let bytes = input.to_bytes();
        assert!(!bytes.ends_with(&[13]), "thirteen");
        bytes.chunks(16).try_for_each(|chunk| out.push(&chunk[..1]))
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        assert!(!encoded.ends_with(&[14]), "fourteen");
        encoded.iter().try_for_each(|byte| out.push(&[*byte; 16]))
    }
}

#[test]
fn a_panic_inside_a_container_is_an_error() {
    register(&PANICS).unwrap();
    register(&PANICS).unwrap();
    assert!(matches!(register(&OTHER), Err(RegisterError::Taken { holder, .. }) if holder == "tests"));
    for text in ["chunked(panics,size=1KiB)", "packed(panics)"] {
        let chain = Chain::parse(text).unwrap();
        let encode = |last: u8| {
            let mut bytes = [3_u8; 16 << 10];
            bytes[16 * 1023..].fill(last);
            chain.encode(&ArrayView::from_slice(&bytes, &[16 << 10]).unwrap())
        };
        let error = encode(13).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal, "{text}");
        assert!(error.report().ends_with("it panicked: thirteen"), "{}", error.report());
        let error = chain.decode(&encode(14).unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal, "{text}");
        assert!(error.report().ends_with("it panicked: fourteen"), "{}", error.report());
        let encoded = encode(15).unwrap();
        assert_eq!(chain.decode(&encoded).unwrap().payload()[16 * 1023], 15, "{text}");
    }
}
