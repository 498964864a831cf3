//! Containers `auto` that anybody may have written, with checksums that are right and chains that can be parsed: in memory,
//! as a stream and by rows they give one array or an error, within small limits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ndcodec_fuzz::container::{Container, check};
use ndcodec_fuzz::pick;

const INNER: [&str; 18] = [
    "shuffle|zstd",
    "decimal|predict|zstd",
    "dict|zstd",
    "pco",
    "predict(axis)|shuffle|lz4",
    "lz4",
    "xor|bitshuffle|zlib",
    "decimal|dict|bitshuffle|lz4",
    "delta|pco",
    "columns|dict|zstd",
    "shuffle",
    "zstd(19)",
    "chunked(lz4)",
    "hex|zstd",
    "dict",
    "decimal",
    "bitshuffle(block=16777216)|sparse",
    "sparse",
];
const DTYPES: [(&str, u64); 7] = [
    ("|u1", 1),
    ("<i4", 4),
    ("<f8", 8),
    (">f4", 4),
    ("<c16", 16),
    ("[('a', '<f4'), ('b', '|u1')]", 5),
    ("<M8[ns]", 8),
];

fuzz_target!(|data: &[u8]| {
    let [dtype, rows, columns, chunk, rest @ ..] = data else { return };
    let (dtype, itemsize) = pick(&DTYPES, *dtype);
    let shape = [u64::from(*rows), u64::from(columns % 9)];
    let container = Container {
        word: "auto",
        dtype,
        itemsize,
        shape: if columns % 10 == 9 { &shape[..1] } else { &shape },
        is_fortran: columns / 128 == 1,
        text: "balanced",
        chunk_len: (u64::from(*chunk) + 1) * itemsize,
    };
    let mut rest = rest;
    let bodies = (0..container.chunks()).map(|_| body(&mut rest));
    check("auto", &container.with(bodies));
});

/// A record: stored, or chains and parts of which each may be wrong.
fn body(rest: &mut &[u8]) -> Vec<u8> {
    let mut byte = || {
        let (first, after) = rest.split_first().unwrap_or((&0, &[]));
        *rest = after;
        *first
    };
    let (kind, count) = (byte(), byte());
    let mut body = vec![kind % 3];
    if kind >= 6 {
        body[0] = 1;
        body.push(count % 4);
        for _ in 0..count % 4 {
            let text = pick(&INNER, byte());
            body.push(u8::try_from(text.len()).unwrap_or(0));
            body.extend_from_slice(text.as_bytes());
        }
    }
    let len = usize::from(byte()).min(rest.len());
    let (kept, after) = rest.split_at(len);
    *rest = after;
    body.extend_from_slice(kept);
    body
}
