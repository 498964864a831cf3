//! Layers of any codecs around any bytes, decoded under a small limit, take no more memory than `docs/limits.md` says: three
//! times `max_bytes`, and what programs, blocks and contexts take. The first bytes choose up to 31 layers; what is left is
//! decoded by them in memory and as a stream.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ndcodec::{Chain, DecodeLimits, DecodeOptions, Pipeline};
use ndcodec_fuzz::memory;

const LIMIT: usize = 4 << 10;

const CODECS: [&str; 14] = [
    "zstd",
    "zlib",
    "gzip",
    "deflate",
    "lz4",
    "lz4(framing=block)",
    "lz4(framing=sized)",
    "hex",
    "base64",
    "crc32c",
    "fletcher32",
    "prefix",
    "sparse",
    "xxh3",
];

fuzz_target!(|data: &[u8]| {
    let [count, rest @ ..] = data else { return };
    let count = usize::from(*count) % 31 + 1;
    let Some((choices, encoded)) = rest.split_at_checked(count) else { return };
    let words: Vec<&str> = choices.iter().map(|choice| CODECS[usize::from(*choice) % CODECS.len()]).collect();
    let words = words.join("|");
    let options =
        DecodeOptions::new().with_limits(DecodeLimits::new().with_max_bytes(LIMIT).with_max_window(1 << 20));
    let pipeline = Pipeline::parse(&words).expect("codecs make a pipeline");
    memory::within(LIMIT, &words, || {
        if let Ok(bytes) = pipeline.decode_with(encoded, &options) {
            assert!(bytes.len() <= LIMIT);
        }
    });
    memory::within(LIMIT, &words, || {
        let Ok(mut reader) = pipeline.decoder_with(encoded, &options) else { return };
        let (mut part, mut sum) = ([0; 700], 0);
        while let Ok(n @ 1..) = reader.pull(&mut part) {
            sum += n;
        }
        assert!(sum <= LIMIT);
    });
    let Ok(chain) = Chain::parse(&format!("npy|{words}")) else { return };
    memory::within(LIMIT, &words, || drop(chain.decode_with(encoded, &options)));
    memory::within(LIMIT, &words, || drop(ndcodec::detect(encoded)));
});
