//! However a stream is cut into pieces, it gives what one shot gives: of whole data, of damaged data, and while encoding.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ndcodec::{ArrayView, Chain, DecodeLimits, DecodeOptions, Error, ErrorKind, Pipeline};
use ndcodec_fuzz::pick;
use ndcodec_fuzz::pieces::{Lengths, Pieces, pulled};

const CHAINS: [&str; 23] = [
    "npy",
    "npy|zstd",
    "npy|zstd(checksum=true)",
    "npy|gzip",
    "npy|zlib",
    "npy|deflate",
    "npy|lz4",
    "npy|lz4(framing=block)",
    "npy|lz4(framing=sized,min_match=6)",
    "npy|base64",
    "npy|hex",
    "npy|dataurl",
    "npy|crc32c|zstd",
    "npy|prefix|fletcher32",
    "npy|xor|shuffle|gzip|base64",
    "npy|decimal|dict|zstd",
    "npy|columns|pco",
    "npy|bitshuffle|sparse",
    "npy|predict|bitshuffle|lz4|hex",
    "chunked(shuffle|lz4,size=1KiB)",
    "chunked(xor|zstd)|base64",
    "auto",
    "auto|gzip",
];
const LIMIT: usize = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let [chain, columns, count, rest @ ..] = data else { return };
    let Some((lengths, rest)) = rest.split_at_checked(usize::from(count % 16)) else { return };
    let Some((damage, payload)) = rest.split_at_checked(usize::from(count / 16 % 4) * 3) else { return };
    let text = pick(&CHAINS, *chain);
    let chain = Chain::parse(text).expect("a chain");
    let columns = usize::from(columns % 5) + 1;
    let payload = &payload[..payload.len() / (8 * columns) * (8 * columns)];
    let values: Vec<f64> =
        payload.chunks_exact(8).map(|item| f64::from_le_bytes(item.try_into().expect("8 bytes"))).collect();
    let array = ArrayView::from_slice(&values, &[values.len() / columns, columns]).expect("a view");
    let mut encoded = chain.encode(&array).expect("any array");

    let mut written = Vec::new();
    let mut writer = chain.encoder(array.layout(), &mut written).expect("a writer");
    let (mut left, mut pieces) = (array.payload(), Lengths::new(lengths));
    while !left.is_empty() {
        let (piece, after) = left.split_at(pieces.next_len().min(left.len()));
        writer.push(piece).expect("the payload is taken");
        left = after;
    }
    writer.finish().expect("the payload is whole");
    assert_eq!(
        chain.decode(&written).expect("what was streamed decodes").payload(),
        array.payload(),
        "{text}"
    );
    if text == "auto" || text.starts_with("chunked") {
        assert!(written == encoded, "{text}: the bytes depend on how the array arrives");
    }

    for step in damage.chunks_exact(3) {
        damaged(&mut encoded, step);
    }
    let options = DecodeOptions::new().with_limits(DecodeLimits::new().with_max_bytes(LIMIT));
    let whole = chain.decode_with(&encoded, &options).map(|array| array.payload().to_vec());
    let streamed = chain
        .decoder_with(Pieces(&encoded, Lengths::new(lengths)), &options)
        .and_then(|mut reader| pulled(Lengths::new(lengths), |buf| reader.pull(buf)));
    compared(text, whole, streamed);
    let Some((_, codecs)) = text.split_once('|').filter(|(_, codecs)| Pipeline::parse(codecs).is_ok()) else {
        return;
    };
    let pipeline = Pipeline::parse(codecs).expect("it was parsed");
    let whole = pipeline.decode_with(&encoded, &options);
    let streamed = pipeline
        .decoder_with(Pieces(&encoded, Lengths::new(lengths)), &options)
        .and_then(|mut reader| pulled(Lengths::new(lengths), |buf| reader.pull(buf)));
    compared(codecs, whole, streamed);
});

/// Another bit, an end, more behind the end, or a piece that stands twice.
fn damaged(encoded: &mut Vec<u8>, step: &[u8]) {
    let (at, how) = (usize::from(step[0]) << 8 | usize::from(step[1]), step[2]);
    if encoded.is_empty() {
        return;
    }
    let at = at % encoded.len();
    match how % 4 {
        0 => encoded[at] ^= 1 << (how / 4 % 8),
        1 => encoded.truncate(at),
        2 => encoded.extend_from_slice(step),
        _ => encoded.extend_from_within(at..),
    }
}

fn compared(text: &str, whole: Result<Vec<u8>, Error>, streamed: Result<Vec<u8>, Error>) {
    match (whole, streamed) {
        (Ok(whole), Ok(streamed)) => assert!(whole == streamed, "{text}: other bytes"),
        (Err(_), Err(_)) => {}
        // Only a stream needs memory for a frame's window, and so only there it is limited.
        (Ok(_), Err(error)) if error.kind() == ErrorKind::Limit => {}
        (Ok(_), Err(error)) => panic!("{text}: only the stream fails: {}", error.report()),
        (Err(error), Ok(_)) => panic!("{text}: only in memory it fails: {}", error.report()),
    }
}
