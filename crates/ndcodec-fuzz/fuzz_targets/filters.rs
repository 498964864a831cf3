//! Filters that undo bytes which anybody may have written give an array of the layout that was asked for, or an error, in
//! memory and as a stream alike, within small limits; and what they gave goes through them and back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ndcodec::{Chain, DecodeLimits, DecodeOptions, Opened};
use ndcodec_fuzz::{memory, pick};

const FILTERS: [&str; 14] = [
    "decimal",
    "dict",
    "columns",
    "predict",
    "predict(axis)",
    "pco",
    "delta",
    "xor",
    "shuffle",
    "bitshuffle",
    "bitround(7)",
    "delta|dict",
    "columns|decimal",
    "predict|shuffle",
];
const DTYPES: [(&str, usize); 12] = [
    ("<f8", 8),
    ("<f4", 4),
    ("<f2", 2),
    (">f8", 8),
    ("<i8", 8),
    ("<i4", 4),
    ("|u1", 1),
    ("<u2", 2),
    ("<c8", 8),
    ("|S5", 5),
    ("<M8[s]", 8),
    ("[('a', '<f4'), ('b', '<i2')]", 6),
];
const LIMIT: usize = 1 << 16;

fuzz_target!(|data: &[u8]| {
    let [dtype, first, second, rows, columns, encoded @ ..] = data else { return };
    let (dtype, itemsize) = pick(&DTYPES, *dtype);
    let columns = columns % 12;
    let shape = if columns == 0 { format!("{rows}") } else { format!("{rows}x{columns}") };
    let mut text = format!("raw(\"{dtype}\",{shape})|{}", pick(&FILTERS, *first));
    if second % 3 == 0 {
        text = format!("{text}|{}", pick(&FILTERS, second / 3));
    }
    let Ok(chain) = Chain::parse(&text) else { return };
    let options = DecodeOptions::new().with_limits(DecodeLimits::new().with_max_bytes(LIMIT));
    let (mut decoded, mut streamed) = (None, None);
    memory::within(LIMIT, &text, || decoded = chain.decode_with(encoded, &options).ok());
    memory::within(LIMIT, &text, || {
        streamed = chain.decoder_with(encoded, &options).and_then(Opened::into_array).ok();
    });
    assert_eq!(decoded.is_some(), streamed.is_some(), "{text}: memory and stream differ");
    let (Some(decoded), Some(streamed)) = (decoded, streamed) else { return };
    assert_eq!(decoded.payload(), streamed.payload(), "{text}");
    assert_eq!(
        decoded.payload().len(),
        usize::from(*rows) * usize::from(columns.max(1)) * itemsize,
        "{text}"
    );
    let Ok(again) = chain.encode(&decoded.view()) else { return };
    let back = chain.decode(&again).expect("what was encoded decodes");
    if !text.contains("bitround") {
        assert_eq!(back.payload(), decoded.payload(), "{text}");
    }
});
