//! Filters beside a memory copy, on blocks in the cache: `cargo bench -p ndcodec-filters`.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use ndcodec_core::{ArrayFilter, BoundFilter, Buffer, CodecError, DType, Layout, Order, Output};
use ndcodec_filters::{BitRound, Bitshuffle, Channels, Delta, Predict, Predictor, Shuffle, Xor};

/// In the second-level cache with its result.
const BLOCKS: [usize; 2] = [64 << 10, 256 << 10];

/// Elements that differ a little from the one before, as those of measured arrays do.
fn payload(len: usize) -> Buffer {
    let mut value = 0_u32;
    let bytes: Vec<u8> = (0_u32..)
        .take(len / 4)
        .flat_map(|i| {
            value = value.wrapping_add(i.wrapping_mul(2_654_435_761) >> 20);
            value.to_le_bytes()
        })
        .collect();
    Buffer::from(&bytes[..])
}

fn bench(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    filter: &dyn ArrayFilter,
    dtype: &str,
    block: usize,
) {
    bench_rows(group, name, filter, dtype, block, 1);
}

/// The same of elements in rows.
fn bench_rows(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    filter: &dyn ArrayFilter,
    dtype: &str,
    block: usize,
    row: usize,
) {
    let dtype = DType::parse(dtype).expect("the dtypes here are right");
    let count = block / dtype.itemsize();
    let shape = if row == 1 { vec![count] } else { vec![count / row, row] };
    let layout = Layout::new(dtype.clone(), shape, Order::C).expect("a block is small");
    let filter = filter.bind(&layout).expect("the filters here take the dtypes here");
    let payload = payload(block);
    let (mut filtered, mut decoded) = (payload.clone(), payload.clone());
    let kib = block >> 10;
    group.bench_function(format!("{name}({dtype})/encode/{kib}KiB"), |bencher| {
        bencher.iter(|| forward(filter.as_deref(), black_box(&payload), black_box(&mut filtered)));
    });
    forward(filter.as_deref(), &payload, &mut filtered).expect("there is room");
    decoded.fill(0);
    backward(filter.as_deref(), &filtered, &mut decoded).expect("what was filtered comes back");
    assert!(name == "bitround" || decoded == payload, "{name} of {dtype}");
    group.bench_function(format!("{name}({dtype})/decode/{kib}KiB"), |bencher| {
        bencher.iter(|| backward(filter.as_deref(), black_box(&filtered), black_box(&mut decoded)));
    });
}

/// Single bytes stay as they are in `shuffle`: a copy.
fn forward(filter: Option<&dyn BoundFilter>, payload: &[u8], filtered: &mut [u8]) -> Result<(), CodecError> {
    let mut out = Output::to_slice(filtered);
    match filter {
        Some(filter) => filter.forward(payload, &mut out)?,
        None => out.push(payload)?,
    }
    out.finish();
    Ok(())
}

fn backward(filter: Option<&dyn BoundFilter>, filtered: &[u8], payload: &mut [u8]) -> Result<(), CodecError> {
    match filter {
        Some(filter) => filter.backward(&[filtered], payload),
        None => {
            payload.copy_from_slice(filtered);
            Ok(())
        }
    }
}

fn filters(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("filters");
    for block in BLOCKS {
        group.throughput(Throughput::Bytes(block as u64));
        let (from, mut to) = (payload(block), payload(block));
        group.bench_function(format!("copy/{}KiB", block >> 10), |bencher| {
            bencher.iter(|| black_box(&mut to[..]).copy_from_slice(black_box(&from)));
        });
        for dtype in ["|u1", "<u2", "<u4", "<u8", "<c16"] {
            bench(&mut group, "shuffle", &Shuffle, dtype, block);
            bench(&mut group, "bitshuffle", &Bitshuffle::default(), dtype, block);
            bench(&mut group, "xor", &Xor, dtype, block);
        }
        for dtype in ["|u1", "<u2", "<u4", "<u8", ">u8"] {
            bench(&mut group, "delta", &Delta::of_arrays(), dtype, block);
        }
        let predict = Predict::new(Predictor::Axis, 1, Channels::Together).expect("there is an axis");
        for dtype in ["|u1", "<u2", "<i4", "<f4", "<f8"] {
            bench(&mut group, "predict", &predict, dtype, block);
        }
        for (name, by, row) in [
            ("predict(up) of 4", Predictor::Up, 4),
            ("predict(lorenzo) of 4", Predictor::Lorenzo, 4),
            ("predict(median) of 256", Predictor::Median, 256),
            ("predict(mean) of 256", Predictor::Mean, 256),
        ] {
            let predict = Predict::new(by, 2, Channels::Together).expect("there are two axes");
            for dtype in ["|u1", "<u2", "<i4", "<f8"] {
                bench_rows(&mut group, name, &predict, dtype, block, row);
            }
        }
        for dtype in ["<f4", "<f8"] {
            bench(&mut group, "bitround", &BitRound::new(7), dtype, block);
        }
    }
    group.finish();
}

criterion_group!(benches, filters);
criterion_main!(benches);
