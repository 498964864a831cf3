//! Whole arrays of the corpus and a made one through our chains, beside what a Rust program would use instead.
//!
//! `cargo bench -p ndcodec-benches --bench rivals` prints a row for each chain, array, rival and direction, as CSV, with
//! the sizes of both; `-- --quick` measures fewer arrays for less time. Both sides return results in memory of their own,
//! as their plain calls do. The rivals get the elements without a header, and know dtype, shape and length when decoding.
#![expect(clippy::unwrap_used, reason = "a bench asserts")]

use std::borrow::Cow;
use std::hint::black_box;
use std::io::{Read, Write};
use std::num::NonZeroU64;
use std::sync::Arc;

use base64_turbo::STANDARD;
use lz4_flex::frame::{BlockMode, BlockSize, FrameDecoder, FrameEncoder, FrameInfo};
use ndcodec::Chain;
use ndcodec_benches::{NamedArray, Run, cut, made, real};
use zarrs::array::codec::api::{ArrayToBytesCodecTraits, BytesToBytesCodecTraits};
use zarrs::array::codec::{BytesCodec, CodecChain, GzipCodec, ShuffleCodec, ZstdCodec};
use zarrs::array::{ArrayBytes, CodecOptions, DataType, FillValue, data_type};

/// Another way from elements to bytes and back.
trait Rival {
    fn encode(&self, payload: &[u8]) -> Vec<u8>;
    /// `nbytes` is the length of the elements, which the caller kept.
    fn decode(&self, encoded: &[u8], nbytes: usize) -> Vec<u8>;
}

type New = fn(itemsize: usize) -> Box<dyn Rival>;

/// Our chain, the rival's name, and the rival.
const ROWS: [(&str, &str, New); 10] = [
    ("npy|zstd", "zstd", |_| Box::new(ZstdBulk)),
    ("npy|zstd", "zarrs bytes|zstd", |itemsize| Box::new(Zarrs::new(itemsize, vec![zstd()]))),
    ("npy|zlib", "flate2 zlib", |_| Box::new(Flate2)),
    ("npy|gzip", "zarrs bytes|gzip", |itemsize| Box::new(Zarrs::new(itemsize, vec![gzip()]))),
    ("npy|lz4", "lz4_flex frame", |_| Box::new(Lz4FlexFrame)),
    ("npy|lz4", "lz4_flex block", |_| Box::new(Lz4Flex)),
    ("npy|shuffle|zstd", "zarrs bytes|shuffle|zstd", shuffled),
    ("chunked(shuffle|zstd)", "zarrs bytes|shuffle|zstd", shuffled),
    ("chunked(shuffle|lz4)", "lz4_flex block", |_| Box::new(Lz4Flex)),
    ("npy|zstd|base64", "zarrs bytes|zstd, base64-turbo", |itemsize| {
        Box::new(Text(Zarrs::new(itemsize, vec![zstd()])))
    }),
];

/// Messages are small: these run on the first bytes of each array too.
const SMALL_CHAINS: [&str; 3] = ["npy|zstd", "npy|lz4", "npy|zstd|base64"];
const SMALL: usize = 1 << 10;

fn main() {
    let mut run = Run::from_args("rivals");
    let quick = run.is_quick();
    let mut arrays = real().unwrap();
    if quick {
        arrays.truncate(3);
    }
    let small: Vec<NamedArray> = arrays.iter().map(|array| cut(array, SMALL)).collect();
    arrays.push(made(if quick { 8 << 20 } else { 64 << 20 }));
    for (text, rival, new) in ROWS {
        for array in arrays.iter().chain(SMALL_CHAINS.contains(&text).then_some(&small).into_iter().flatten())
        {
            if run.wants(&[text, rival, &array.name]) {
                beside(&mut run, text, array, rival, &*new(array.layout.dtype().itemsize()));
            }
        }
    }
    run.finish();
}

fn beside(run: &mut Run, text: &str, array: &NamedArray, name: &str, rival: &dyn Rival) {
    let chain = Chain::parse(text).unwrap();
    let view = array.view();
    let payload = view.payload();
    let ours = chain.encode(&view).unwrap();
    assert!(chain.decode(&ours).unwrap().payload() == payload, "{text} on {}", array.name);
    let theirs = rival.encode(payload);
    assert!(rival.decode(&theirs, payload.len()) == payload, "{name} on {}", array.name);

    // What `chunked` may use is what it is for; the others have one thread by their nature.
    let threads = if text.starts_with("chunked") { cores() } else { 1 };
    let case = format!("{text} on {}", array.name);
    run.case(&case, payload.len(), "encode").threads(threads).sizes(ours.len(), theirs.len()).beside(
        name,
        || drop(black_box(chain.encode(black_box(&view)).unwrap())),
        || drop(black_box(rival.encode(black_box(payload)))),
    );
    run.case(&case, payload.len(), "decode").threads(threads).sizes(ours.len(), theirs.len()).beside(
        name,
        || drop(black_box(chain.decode(black_box(&ours)).unwrap())),
        || drop(black_box(rival.decode(black_box(&theirs), payload.len()))),
    );
}

fn cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap())
}

struct ZstdBulk;

impl Rival for ZstdBulk {
    fn encode(&self, payload: &[u8]) -> Vec<u8> {
        zstd::bulk::compress(payload, 3).unwrap()
    }

    fn decode(&self, encoded: &[u8], nbytes: usize) -> Vec<u8> {
        zstd::bulk::decompress(encoded, nbytes).unwrap()
    }
}

struct Flate2;

impl Rival for Flate2 {
    fn encode(&self, payload: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(6));
        encoder.write_all(payload).unwrap();
        encoder.finish().unwrap()
    }

    fn decode(&self, encoded: &[u8], nbytes: usize) -> Vec<u8> {
        let mut decoded = Vec::with_capacity(nbytes);
        flate2::bufread::ZlibDecoder::new(encoded).read_to_end(&mut decoded).unwrap();
        decoded
    }
}

struct Lz4Flex;

impl Rival for Lz4Flex {
    fn encode(&self, payload: &[u8]) -> Vec<u8> {
        lz4_flex::block::compress_prepend_size(payload)
    }

    fn decode(&self, encoded: &[u8], _: usize) -> Vec<u8> {
        lz4_flex::block::decompress_size_prepended(encoded).unwrap()
    }
}

/// Frames as ours: independent blocks of 256 KiB, no checksums.
struct Lz4FlexFrame;

impl Rival for Lz4FlexFrame {
    fn encode(&self, payload: &[u8]) -> Vec<u8> {
        let info = FrameInfo::new().block_size(BlockSize::Max256KB).block_mode(BlockMode::Independent);
        let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
        encoder.write_all(payload).unwrap();
        encoder.finish().unwrap()
    }

    fn decode(&self, encoded: &[u8], nbytes: usize) -> Vec<u8> {
        let mut decoded = Vec::with_capacity(nbytes);
        FrameDecoder::new(encoded).read_to_end(&mut decoded).unwrap();
        decoded
    }
}

/// A codec chain of zarrs, on a chunk that is the whole array.
struct Zarrs {
    chain: CodecChain,
    dtype: DataType,
    fill: FillValue,
    itemsize: usize,
    options: CodecOptions,
}

fn zstd() -> Arc<dyn BytesToBytesCodecTraits> {
    Arc::new(ZstdCodec::new(3, false))
}

fn gzip() -> Arc<dyn BytesToBytesCodecTraits> {
    Arc::new(GzipCodec::new(6).unwrap())
}

fn shuffled(itemsize: usize) -> Box<dyn Rival> {
    Box::new(Zarrs::new(itemsize, vec![Arc::new(ShuffleCodec::new(itemsize)), zstd()]))
}

impl Zarrs {
    fn new(itemsize: usize, codecs: Vec<Arc<dyn BytesToBytesCodecTraits>>) -> Self {
        // Only the width matters to these codecs.
        let dtype = match itemsize {
            1 => data_type::uint8(),
            2 => data_type::uint16(),
            4 => data_type::uint32(),
            _ => data_type::uint64(),
        };
        let chain = CodecChain::new(vec![], Arc::new(BytesCodec::little()), codecs);
        let fill = FillValue::new(vec![0; itemsize]);
        Self { chain, dtype, fill, itemsize, options: CodecOptions::default() }
    }

    fn shape(&self, nbytes: usize) -> [NonZeroU64; 1] {
        [NonZeroU64::new((nbytes / self.itemsize) as u64).unwrap()]
    }
}

impl Rival for Zarrs {
    fn encode(&self, payload: &[u8]) -> Vec<u8> {
        let Self { chain, dtype, fill, options, .. } = self;
        let bytes = ArrayBytes::new_flen(payload);
        chain.encode(bytes, &self.shape(payload.len()), dtype, fill, options).unwrap().into_owned()
    }

    fn decode(&self, encoded: &[u8], nbytes: usize) -> Vec<u8> {
        let Self { chain, dtype, fill, options, .. } = self;
        let bytes = Cow::Borrowed(encoded);
        let decoded = chain.decode(bytes, &self.shape(nbytes), dtype, fill, options).unwrap();
        decoded.into_fixed().unwrap().into_owned()
    }
}

/// Base64 by hand around a chain that has none.
struct Text(Zarrs);

impl Rival for Text {
    fn encode(&self, payload: &[u8]) -> Vec<u8> {
        STANDARD.encode(self.0.encode(payload)).into_bytes()
    }

    fn decode(&self, encoded: &[u8], nbytes: usize) -> Vec<u8> {
        self.0.decode(&STANDARD.decode(encoded).unwrap(), nbytes)
    }
}
