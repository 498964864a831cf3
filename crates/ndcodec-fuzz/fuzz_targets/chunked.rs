//! Containers `chunked` that anybody may have written, with checksums that are right: in memory, as a stream and by rows
//! they give one array or an error, within small limits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ndcodec_fuzz::container::{Container, check};
use ndcodec_fuzz::pick;

const INNER: [&str; 12] = [
    "",
    "lz4",
    "zstd",
    "shuffle|lz4",
    "xor|zstd",
    "bitshuffle|zlib",
    "hex|hex|zstd",
    "shuffle",
    "decimal|dict|zstd",
    "predict|lz4",
    "pco",
    "columns|predict|deflate",
];
const DTYPES: [(&str, u64); 5] =
    [("|u1", 1), ("<i4", 4), ("<f8", 8), ("|V3", 3), ("[('a', '<f4'), ('b', '|u1')]", 5)];

fuzz_target!(|data: &[u8]| {
    let [inner, dtype, rows, chunk, order, bodies @ ..] = data else { return };
    let (dtype, itemsize) = pick(&DTYPES, *dtype);
    let container = Container {
        word: "chunked",
        dtype,
        itemsize,
        shape: &[u64::from(*rows) * 8],
        is_fortran: order % 2 == 1,
        text: pick(&INNER, *inner),
        chunk_len: (u64::from(*chunk) + 1) * itemsize,
    };
    let mut rest = bodies;
    let bodies = (0..container.chunks()).map(|_| {
        let len = rest.first().map_or(0, |len| usize::from(*len)).min(rest.len());
        let (body, after) = rest.split_at(len);
        rest = after;
        body
    });
    check("chunked", &container.with(bodies));
});
