//! Each stage, both ways, from 1 KiB to 16 MiB: throughput of decoded bytes. Every result is compared.
//!
//! `cargo bench -p ndcodec-benches --bench stages`, with a stage's word behind it for that stage alone.
#![expect(clippy::unwrap_used, reason = "a bench asserts")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndcodec::{ArrayView, Buffer, Chain, DType, Layout, Order, Pipeline, StageKind};
use ndcodec_benches::measurements;

const SIZES: [usize; 4] = [1 << 10, 64 << 10, 1 << 20, 16 << 20];

fn stages(criterion: &mut Criterion) {
    for stage in ndcodec::stages() {
        let word = stage.name();
        let mut group = criterion.benchmark_group(word);
        group.sample_size(10);
        for size in SIZES {
            let payload = measurements(size);
            group.throughput(Throughput::Bytes(size as u64));
            let (mut encoded, mut decoded) = (Buffer::new(), Buffer::new());
            if stage.kind() == StageKind::Codec {
                let pipeline = Pipeline::parse(word).unwrap();
                pipeline.encode_into(&payload, &mut encoded).unwrap();
                pipeline.decode_into(&encoded, &mut decoded).unwrap();
                assert_eq!(*decoded, *payload, "{word} at {size}");
                group.bench_function(BenchmarkId::new("encode", size), |bencher| {
                    bencher.iter(|| {
                        encoded.clear();
                        pipeline.encode_into(&payload, &mut encoded).unwrap()
                    });
                });
                group.bench_function(BenchmarkId::new("decode", size), |bencher| {
                    bencher.iter(|| {
                        decoded.clear();
                        pipeline.decode_into(&encoded, &mut decoded).unwrap()
                    });
                });
                continue;
            }
            let text = match (stage.kind(), word) {
                (StageKind::Filter, "bitround") => "npy|bitround(16)".to_owned(),
                (StageKind::Filter, "delta") => "npy|delta".to_owned(),
                (StageKind::Filter, _) => format!("npy|{word}"),
                (_, "chunked") => "chunked(shuffle|lz4)".to_owned(),
                (_, "raw") => "raw(<f8)".to_owned(),
                _ => word.to_owned(),
            };
            let dtype = DType::parse(if word == "delta" { "<i8" } else { "<f8" }).unwrap();
            let layout = Layout::new(dtype, [size / 8], Order::C).unwrap();
            let array = ArrayView::new(layout, &payload).unwrap();
            let chain = Chain::parse(&text).unwrap();
            chain.encode_into(&array, &mut encoded).unwrap();
            let back = chain.decode_into(&encoded, &mut decoded).unwrap();
            assert!(stage.is_lossy() || back.payload() == payload, "{word} at {size}");
            group.bench_function(BenchmarkId::new("encode", size), |bencher| {
                bencher.iter(|| {
                    encoded.clear();
                    chain.encode_into(&array, &mut encoded).unwrap()
                });
            });
            group.bench_function(BenchmarkId::new("decode", size), |bencher| {
                bencher.iter(|| chain.decode_into(&encoded, &mut decoded).unwrap().layout().nbytes());
            });
        }
        group.finish();
    }
}

criterion_group!(benches, stages);
criterion_main!(benches);
