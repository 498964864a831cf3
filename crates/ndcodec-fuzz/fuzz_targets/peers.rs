//! lz4 blocks and base64 decode as other implementations decode them.
//!
//! liblz4 refuses blocks whose last five bytes are not literals, which lz4_flex and we take: the format's description asks
//! encoders for them and says nothing of decoders, and no byte is read or written out of place for want of them.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use ndcodec::{DecodeLimits, DecodeOptions, Pipeline};

const ROOM: usize = 1 << 16;

fuzz_target!(|data: &[u8]| {
    let options = DecodeOptions::new().with_limits(DecodeLimits::new().with_max_bytes(ROOM));
    let lz4 = Pipeline::parse("lz4(framing=block)").expect("a codec");
    let ours = lz4.decode_with(data, &options);
    let mut room = vec![0; ROOM];
    let theirs = lz4_flex::block::decompress_into(data, &mut room).map(|len| &room[..len]);
    match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => assert_eq!(ours, theirs),
        (Err(_), Err(_)) => {}
        (ours, theirs) => panic!("lz4: we {:?}, lz4_flex {:?}", ours.is_ok(), theirs.is_ok()),
    }
    let ours = Pipeline::parse("base64").expect("a codec").decode_with(data, &options);
    // One line end behind the text is not part of it.
    let text = data.strip_suffix(b"\n").unwrap_or(data);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    match (ours, STANDARD.decode(text)) {
        (Ok(ours), Ok(theirs)) => assert_eq!(ours, theirs),
        (Ok(_), Err(error)) => panic!("base64: only we take it: {error}"),
        (Err(error), Ok(theirs)) if text.len() == data.len() && theirs.len() <= ROOM => {
            panic!("base64: only we refuse it: {}", error.report())
        }
        _ => {}
    }
});
