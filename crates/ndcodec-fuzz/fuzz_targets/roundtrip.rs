//! Any array through any chain comes back, bit by bit, in every way, however the stream is split.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ndcodec::{ArrayView, Chain, DType, Layout, Order};
use ndcodec_fuzz::pick;

const DTYPES: [&str; 20] = [
    "|u1",
    "|i1",
    "<i2",
    ">u2",
    "<i4",
    "<u8",
    "<f2",
    "<f4",
    ">f8",
    "<f8",
    "<c8",
    ">c16",
    "|S3",
    "<U2",
    "|V5",
    "<M8[ns]",
    ">m8[s]",
    "|b1",
    "[('a', '<i2'), ('b', '|u1')]",
    "{'names': ['a', 'b'], 'formats': ['<f4', '<f8'], 'offsets': [0, 8], 'itemsize': 20}",
];
const HEADS: [&str; 9] = [
    "npy",
    "npy",
    "auto",
    "auto(fast)",
    "chunked",
    "chunked(shuffle|lz4,size=1KiB)",
    "chunked(xor|zstd)",
    "chunked(decimal|dict|shuffle|lz4)",
    "chunked(columns|predict|pco,size=1KiB)",
];
const FILTERS: [&str; 12] = [
    "",
    "|shuffle",
    "|xor",
    "|bitshuffle",
    "|delta",
    "|decimal",
    "|dict",
    "|columns",
    "|predict",
    "|predict(axis)",
    "|pco",
    "|columns|decimal|dict",
];
const CODECS: [&str; 18] = [
    "",
    "|zstd",
    "|zstd(19,checksum=true)",
    "|zlib",
    "|gzip(1)",
    "|deflate",
    "|lz4",
    "|lz4(framing=block)",
    "|lz4(framing=sized)",
    "|base64",
    "|hex|lz4(min_match=8)",
    "|crc32c|zstd",
    "|zstd|base64(alphabet=url)",
    "|dataurl",
    "|sparse",
    "|sparse|zstd",
    "|prefix(u32)|xxh3",
    "|adler32|fletcher32|crc32",
];

fuzz_target!(|data: &[u8]| {
    let [dtype, head, first, second, codecs, order, rows, split, payload @ ..] = data else { return };
    let dtype = DType::parse(pick(&DTYPES, *dtype)).expect("a dtype");
    let count = payload.len() / dtype.itemsize();
    let rows = usize::from(*rows) % 8 + 1;
    let columns = count / rows;
    let order = if order % 2 == 0 { Order::C } else { Order::Fortran };
    let layout = Layout::new(dtype.clone(), vec![rows, columns], order).expect("a layout");
    let mut payload = payload[..layout.nbytes()].to_vec();
    if dtype == DType::parse("|b1").expect("a dtype") {
        payload.iter_mut().for_each(|byte| *byte &= 1);
    }
    let head = pick(&HEADS, *head);
    let filters = if head == "npy" {
        [pick(&FILTERS, *first), pick(&FILTERS, *second)].concat()
    } else {
        String::new()
    };
    let text = format!("{head}{filters}{}{}", pick(&CODECS, *codecs), pick(&CODECS, codecs / 16));
    // Not every filter may follow every other.
    let Ok(chain) = Chain::parse(&text) else { return };
    let view = ArrayView::new(layout.clone(), &payload).expect("a view");
    let Ok(encoded) = chain.encode(&view) else { return };
    let decoded = chain.decode(&encoded).expect("what was encoded decodes");
    let expected = layout.clone().canonical();
    assert_eq!((decoded.layout(), decoded.payload()), (&expected, &payload[..]), "{text}");
    let step = usize::from(*split) % 63 + 1;
    let mut written = Vec::new();
    let mut writer = chain.encoder(&layout, &mut written).expect("a writer");
    payload.chunks(step).for_each(|part| writer.push(part).expect("the payload is taken"));
    writer.finish().expect("the payload is whole");
    let streamed = chain.decode(&written).expect("what was streamed decodes");
    assert_eq!(streamed.payload(), payload, "{text}");
    let mut reader = chain.decoder(&encoded[..]).expect("a reader");
    let (mut pulled, mut part) = (Vec::new(), vec![0; step]);
    while let n @ 1.. = reader.pull(&mut part).expect("it decodes") {
        pulled.extend_from_slice(&part[..n]);
    }
    assert_eq!(pulled, payload, "{text}");
    let mut room = vec![0; payload.len()];
    chain.decode_into_slice(&encoded, &mut room).expect("it fits");
    assert_eq!(room, payload, "{text}");
});
