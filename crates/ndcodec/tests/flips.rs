//! Every single bit of forty payloads flipped, and each cut off at every byte: an error, or what nobody could tell from
//! the right array.
#![cfg(all(
    feature = "chunked",
    feature = "zstd",
    feature = "gzip",
    feature = "lz4",
    feature = "crc32c",
    feature = "xxh3"
))]

use ndcodec::{Array, ArrayView, Chain, DecodeLimits, DecodeOptions, Error, ErrorKind};

/// What notices damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guard {
    /// Nothing that covers the elements: dtype, or as many bytes, and shape are right all the same.
    None,
    /// A checksum of the content, which does not cover all of what stands around it, such as a time: never another array.
    Content,
    /// A checksum of everything: always an error.
    All,
}

const CHAINS: [(&str, Guard); 44] = [
    ("npy", Guard::None),
    ("raw(<f8,2x3)", Guard::None),
    ("chunked(xxh3)", Guard::All),
    ("chunked(shuffle)", Guard::All),
    ("chunked(shuffle|lz4)", Guard::All),
    ("chunked(xor|zstd)", Guard::All),
    ("chunked(bitshuffle|zlib)", Guard::All),
    ("chunked(shuffle|gzip,size=1KiB)", Guard::All),
    ("npy|shuffle", Guard::None),
    ("npy|bitshuffle", Guard::None),
    ("npy|xor", Guard::None),
    ("npy|xor|shuffle|zstd", Guard::None),
    ("npy|base64", Guard::None),
    ("npy|base64(alphabet=url)", Guard::None),
    ("npy|base64(pad=false)", Guard::None),
    ("npy|hex", Guard::None),
    ("npy|hex(case=upper)", Guard::None),
    ("npy|zlib", Guard::Content),
    ("npy|zlib(9)", Guard::Content),
    ("npy|gzip", Guard::Content),
    ("npy|gzip(1)", Guard::Content),
    ("npy|deflate", Guard::None),
    ("npy|zstd", Guard::None),
    ("npy|zstd(checksum=true)", Guard::Content),
    ("npy|zstd(19,window=20)", Guard::None),
    ("npy|lz4", Guard::None),
    ("npy|lz4(checksum=true)", Guard::Content),
    ("npy|lz4(framing=block)", Guard::None),
    ("npy|lz4(framing=sized)", Guard::None),
    ("npy|crc32c", Guard::All),
    ("npy|crc32", Guard::All),
    ("npy|adler32", Guard::All),
    ("npy|fletcher32", Guard::All),
    ("npy|xxh3", Guard::All),
    ("npy|prefix(u32)", Guard::None),
    ("npy|zstd|crc32c", Guard::All),
    ("npy|shuffle|lz4|crc32", Guard::All),
    ("npy|crc32c|zstd", Guard::Content),
    ("raw(<f8,2x3)|zlib|base64", Guard::Content),
    ("raw(<f8,2x3)|gzip|base64", Guard::Content),
    ("raw(<f8,2x3)|shuffle|zstd|base64", Guard::None),
    ("raw(<f8,2x3)|lz4|hex", Guard::None),
    ("raw(<f8,2x3)|crc32c|base64", Guard::All),
    ("chunked(shuffle|zstd)|base64", Guard::All),
];

#[derive(Debug, Default)]
struct Counts {
    decodes: usize,
    errors: usize,
    same: usize,
    others: usize,
}

#[test]
fn damage_is_noticed() {
    let values = [1.5f64, -2.25, 3.0e300, 4.0, 0.1, 6.0];
    let array = ArrayView::from_slice(&values, &[2, 3]).unwrap();
    let limits = DecodeLimits::new().with_max_bytes(1 << 20);
    let options = DecodeOptions::new().with_limits(limits);
    let mut all = Counts::default();
    for (text, guard) in CHAINS {
        let chain = Chain::parse(text).unwrap();
        let encoded = chain.encode(&array).unwrap();
        let right = chain.decode(&encoded).unwrap();
        let mut counts = Counts::default();
        for bit in 0..encoded.len() * 8 {
            let mut damaged = encoded.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            check(
                text,
                guard,
                &format!("bit {bit}"),
                chain.decode_with(&damaged, &options),
                &right,
                &mut counts,
            );
        }
        for len in 0..encoded.len() {
            let result = chain.decode_with(&encoded[..len], &options);
            assert!(result.is_err(), "{text}: cut off at {len} of {}", encoded.len());
            check(text, guard, &format!("{len} bytes"), result, &right, &mut counts);
        }
        println!("{text:<36} {guard:?}: {counts:?}");
        all.decodes += counts.decodes;
        all.errors += counts.errors;
        all.same += counts.same;
        all.others += counts.others;
    }
    println!("{} chains: {all:?}", CHAINS.len());
    assert!(all.decodes > 50_000 && all.errors > all.others, "{all:?}");
}

fn check(
    text: &str,
    guard: Guard,
    what: &str,
    result: Result<Array, Error>,
    right: &Array,
    counts: &mut Counts,
) {
    counts.decodes += 1;
    match result {
        Err(error) => {
            counts.errors += 1;
            assert_ne!(error.kind(), ErrorKind::Internal, "{text}, {what}: {}", error.report());
        }
        Ok(array) if array.layout() == right.layout() && array.payload() == right.payload() => {
            counts.same += 1;
            // A flip that a checksum covers is noticed; one of base64 in front of it changes what it covers.
            assert_ne!(guard, Guard::All, "{text}, {what}: it decodes");
        }
        Ok(array) => {
            counts.others += 1;
            assert_eq!(guard, Guard::None, "{text}, {what}: another array");
            assert_eq!(array.shape(), right.shape(), "{text}, {what}");
            assert_eq!(array.layout().nbytes(), right.layout().nbytes(), "{text}, {what}");
        }
    }
}
