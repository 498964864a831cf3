//! Each stage of the registry, and chains as they are used, both ways, from 1 KiB to 64 MiB: throughput of decoded bytes.
//! Every result is compared.
//!
//! `cargo bench -p ndcodec-benches --bench stages`, with a stage's word or a chain behind it for that alone. `-- --quick`
//! takes less time for each and stops at 1 MiB.
#![expect(clippy::unwrap_used, reason = "a bench asserts")]

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndcodec::stage::{StageDescriptor, StageKind};
use ndcodec::{
    ArrayView, Buffer, Chain, DType, DecodeLimits, DecodeOptions, EncodeOptions, Layout, Order, Pipeline,
};
use ndcodec_benches::measurements;

const SIZES: [usize; 4] = [1 << 10, 64 << 10, 1 << 20, 64 << 20];
const CHAINS: [&str; 5] = [
    "npy|zstd|base64",
    "npy|lz4|base64",
    "raw(<f8)|zlib|base64",
    "npy|shuffle|zstd|crc32c",
    "chunked(shuffle|zstd(1))",
];

/// The stage in the least that makes it run: a codec as a pipeline, a filter behind `npy`, a format by itself.
fn stages(criterion: &mut Criterion) {
    for stage in ndcodec::stage::stages() {
        let word = stage.name();
        if stage.kind() == StageKind::Codec {
            codec(criterion, word);
        } else {
            chain(criterion, word, &chain_with(stage), stage.is_lossy());
        }
    }
}

fn chains(criterion: &mut Criterion) {
    for text in CHAINS {
        chain(criterion, text, text, false);
    }
}

/// A stage that comes to need an argument fails here until it has one.
fn chain_with(stage: &StageDescriptor) -> String {
    match (stage.kind(), stage.name()) {
        (_, "bitround") => "npy|bitround(16)".to_owned(),
        (_, "chunked") => "chunked(shuffle|lz4)".to_owned(),
        (_, "raw") => "raw(<f8)".to_owned(),
        (StageKind::Filter, word) => format!("npy|{word}"),
        (_, word) => word.to_owned(),
    }
}

fn sizes() -> impl Iterator<Item = usize> {
    let is_quick = std::env::args().any(|arg| arg == "--quick");
    SIZES.into_iter().filter(move |size| !is_quick || *size <= 1 << 20)
}

fn codec(criterion: &mut Criterion, word: &str) {
    let mut group = criterion.benchmark_group(word);
    for size in sizes() {
        let payload = measurements(size);
        group.throughput(Throughput::Bytes(size as u64));
        let (mut encoded, mut decoded) = (Buffer::new(), Buffer::new());
        let pipeline = Pipeline::parse(word).unwrap();
        pipeline.encode_into(&payload, &mut encoded).unwrap();
        pipeline.decode_into(&encoded, &mut decoded).unwrap();
        assert!(*decoded == *payload, "{word} at {size}");
        group.bench_function(BenchmarkId::new("encode", size), |bencher| {
            bencher.iter(|| pipeline.encode_into(&payload, &mut encoded).unwrap());
        });
        group.bench_function(BenchmarkId::new("decode", size), |bencher| {
            bencher.iter(|| pipeline.decode_into(&encoded, &mut decoded).unwrap());
        });
    }
    group.finish();
}

fn chain(criterion: &mut Criterion, name: &str, text: &str, is_lossy: bool) {
    let mut group = criterion.benchmark_group(name);
    // One thread, so that a figure is that of the stage and not of the machine; the bench `cores` has the others.
    let one = std::num::NonZeroUsize::MIN;
    let encode = EncodeOptions::new().with_threads(one);
    let decode = DecodeOptions::new().with_threads(one).with_limits(DecodeLimits::new());
    for size in sizes() {
        let payload = measurements(size);
        group.throughput(Throughput::Bytes(size as u64));
        let (mut encoded, mut decoded) = (Buffer::new(), Buffer::new());
        let dtype = DType::parse(if name == "delta" { "<i8" } else { "<f8" }).unwrap();
        let layout = Layout::new(dtype, [size / 8], Order::C).unwrap();
        let array = ArrayView::new(layout, &payload).unwrap();
        let chain = Chain::parse(text).unwrap();
        chain.encode_into_with(&array, &mut encoded, &encode).unwrap();
        let back = chain.decode_into_with(&encoded, &mut decoded, &decode).unwrap();
        assert!(is_lossy || back.payload() == payload, "{text} at {size}");
        group.bench_function(BenchmarkId::new("encode", size), |bencher| {
            bencher.iter(|| chain.encode_into_with(&array, &mut encoded, &encode).unwrap());
        });
        group.bench_function(BenchmarkId::new("decode", size), |bencher| {
            bencher
                .iter(|| chain.decode_into_with(&encoded, &mut decoded, &decode).unwrap().layout().nbytes());
        });
    }
    group.finish();
}

/// Twenty stages and four sizes, both ways: a second each is three minutes.
fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(400))
}

criterion_group! {
    name = benches;
    config = criterion();
    targets = stages, chains
}
criterion_main!(benches);
