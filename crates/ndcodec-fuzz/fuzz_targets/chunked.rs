//! Containers that anybody may have written, with checksums that are right: in memory, as a stream and by rows they give
//! one array or an error, within small limits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ndcodec::{Chain, DecodeLimits, DecodeOptions, Pipeline};

const INNER: [&str; 8] =
    ["", "lz4", "zstd", "shuffle|lz4", "xor|zstd", "bitshuffle|zlib", "hex|hex|zstd", "shuffle"];
const DTYPES: [&str; 4] = ["|u1", "<i4", "<f8", "|V3"];

fuzz_target!(|data: &[u8]| {
    let [inner, dtype, rows, chunk, order, bodies @ ..] = data else { return };
    let inner = INNER[usize::from(*inner) % INNER.len()];
    let dtype = DTYPES[usize::from(*dtype) % DTYPES.len()];
    let itemsize = [1, 4, 8, 3][DTYPES.iter().position(|is| *is == dtype).unwrap_or(0)];
    let (rows, chunk) = (u64::from(*rows) * 8, (u64::from(*chunk) + 1) * itemsize);
    let mut bytes = b"\x89NDCH\r\n\x1a\x01".to_vec();
    bytes.push(order % 2);
    bytes.extend_from_slice(&1_u16.to_le_bytes());
    for len in [dtype.len(), inner.len(), 0] {
        bytes.extend_from_slice(&u32::try_from(len).unwrap_or(0).to_le_bytes());
    }
    bytes.extend_from_slice(&chunk.to_le_bytes());
    bytes.extend_from_slice(&rows.to_le_bytes());
    bytes.extend_from_slice(dtype.as_bytes());
    bytes.extend_from_slice(inner.as_bytes());
    let header = crc32c(&bytes);
    bytes.extend_from_slice(&header.to_le_bytes());
    let mut offsets = Vec::new();
    let mut rest = bodies;
    for i in 0..(rows * itemsize).div_ceil(chunk) {
        offsets.push(bytes.len() as u64);
        let len = rest.first().map_or(0, |len| usize::from(*len)).min(rest.len());
        let (body, after) = rest.split_at(len);
        rest = after;
        let len = u32::try_from(body.len()).unwrap_or(0).to_le_bytes();
        let record = [&len[..], body].concat();
        let covered = [&i.to_le_bytes()[..], &header.to_le_bytes(), &record].concat();
        bytes.extend_from_slice(&record);
        bytes.extend_from_slice(&crc32c(&covered).to_le_bytes());
    }
    let begin = bytes.len() as u64;
    let index: Vec<u8> = offsets.iter().flat_map(|offset| offset.to_le_bytes()).collect();
    let crc = crc32c(&[&header.to_le_bytes()[..], &index].concat());
    bytes.extend_from_slice(&index);
    bytes.extend_from_slice(&crc.to_le_bytes());
    let total = bytes.len() as u64 + 24;
    bytes.extend_from_slice(&begin.to_le_bytes());
    bytes.extend_from_slice(&total.to_le_bytes());
    bytes.extend_from_slice(b"NDCHEND\n");
    check(&bytes);
});

fn check(bytes: &[u8]) {
    let options = DecodeOptions::new().with_limits(DecodeLimits::new().with_max_bytes(1 << 16));
    let chain = Chain::parse("chunked").expect("a chain");
    let decoded = chain.decode_with(bytes, &options);
    let streamed = chain.decoder_with(bytes, &options).and_then(ndcodec::Opened::into_array);
    assert_eq!(decoded.is_ok(), streamed.is_ok(), "memory and stream differ");
    let (Ok(decoded), Ok(streamed)) = (decoded, streamed) else { return };
    assert_eq!((decoded.layout(), decoded.payload()), (streamed.layout(), streamed.payload()));
    let count = decoded.shape().first().copied().unwrap_or(0);
    if count > 0 {
        let rows = chain.decode_rows_with(bytes, count - 1..count, &options).expect("the row is there");
        let view = decoded.view();
        assert_eq!(rows.payload(), view.rows(count - 1..count).expect("the row is there").payload());
    }
}

/// By the stage itself, which puts the checksum behind the data.
fn crc32c(bytes: &[u8]) -> u32 {
    let encoded = Pipeline::parse("crc32c").and_then(|codec| Ok(codec.encode(bytes))).expect("a codec");
    let encoded = encoded.expect("any bytes");
    encoded.last_chunk().map_or(0, |crc| u32::from_le_bytes(*crc))
}
