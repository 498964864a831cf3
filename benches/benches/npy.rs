//! `npy` beside copying, and beside the crates `ndarray-npy` and `npyz`.
//!
//! `cargo bench -p ndcodec-benches --bench npy` prints a row for each rival, dtype, size, memory and direction, as CSV.
//! Results are asserted before anything is measured. A dtype or a rival behind `--` measures that alone.
//!
//! Beside copying, both sides use a buffer again. Beside a rival each side makes what the rival makes: `new` is a new
//! `ArrayD` beside `ndarray-npy`, a new `Vec` of elements beside `npyz`, and for `encode` a new `Vec` of bytes; `reused`
//! is the same into memory from the round before, if the rival can. All give elements in this machine's byte order,
//! so `>f4` costs a swap on either side. `ndarray-npy` cannot write it, nor read into memory that it is given.
//!
//! With `--check` the run fails if reading costs more than 1.1 times copying at 64 MiB, or twice copying and parsing at
//! 1 KiB, or if any rival is ahead. To encode native elements into memory that is there already is one copy on either
//! side, and nothing to be ahead by, so those rows beside `ndarray-npy` are for the record.
#![expect(clippy::unwrap_used, reason = "a bench asserts")]

use std::hint::black_box;

use ndarray::ArrayD;
use ndarray_npy::{ReadNpyExt, WriteNpyExt};
use ndcodec::{ArrayView, Buffer, Chain, DType, Element, Layout, Order};
use ndcodec_benches::{HEADER, Run, measurements};
use npyz::WriterBuilder;

/// The bytes of the arrays that the rivals read and write: one that an allocator may keep for the next round, and one
/// that comes fresh from the system each time.
const SIZES: [usize; 2] = [8 << 20, FRESH];
const FRESH: usize = 64 << 20;

fn main() {
    let mut bench = Bench { run: Run::from_args("npy"), bounds: Vec::new() };
    bench.copying("copy", 64 << 20, 1.1);
    bench.copying(PARSED, 1 << 10, 2.0);
    let sizes = if bench.run.is_quick() { &SIZES[..1] } else { &SIZES };
    for &bytes in sizes {
        // Elements are compared, and no NaN equals itself.
        let f64s: Vec<f64> =
            elements(bytes).map(f64::from_le_bytes).map(|x| if x.is_nan() { 0.0 } else { x }).collect();
        let f32s: Vec<f32> =
            elements(bytes).map(f32::from_le_bytes).map(|x| if x.is_nan() { 0.0 } else { x }).collect();
        let i16s: Vec<i16> = elements(bytes).map(i16::from_le_bytes).collect();
        bench.rivals("<f8", &f64s);
        bench.rivals("<i2", &i16s);
        bench.rivals(">f4", &f32s);
    }
    let over = bench.over();
    bench.run.finish_within(|_| over);
}

const PARSED: &str = "copy and parse";

struct Bench {
    run: Run,
    /// The most that the ratio of each record may be.
    bounds: Vec<f64>,
}

/// What is measured, for the record.
struct Row<'r> {
    rival: &'r str,
    dtype: &'r str,
    memory: &'r str,
    bytes: usize,
    direction: &'r str,
    bound: f64,
}

impl Bench {
    fn over(&self) -> Vec<String> {
        let rows = self.run.records().iter().zip(&self.bounds);
        let over = rows.filter_map(|(record, bound)| Some((record, record.ratio?, bound)));
        over.filter(|(_, ratio, bound)| ratio > bound)
            .map(|(record, ratio, bound)| {
                let ndcodec_benches::Record { case, rival, bytes, direction, .. } = record;
                format!("{case} beside {rival}, {bytes} bytes, {direction}: {ratio:.3} > {bound}")
            })
            .collect()
    }

    fn add(&mut self, row: &Row<'_>, ours: impl FnMut(), theirs: impl FnMut()) {
        let Row { rival, dtype, memory, bytes, direction, bound } = *row;
        if !self.run.wants(&[rival, dtype]) {
            return;
        }
        let case = format!("npy {dtype}, {memory}");
        self.run.case(case, bytes, direction).threads(1).beside(rival, ours, theirs);
        self.bounds.push(bound);
    }

    /// Reading into a buffer that is used again, beside copying the payload into one, after parsing the header for
    /// [`PARSED`].
    fn copying(&mut self, rival: &str, bytes: usize, bound: f64) {
        let npy = Chain::parse("npy").unwrap();
        let payload = measurements(bytes);
        let layout = Layout::new(DType::of::<f64>(), [bytes / 8], Order::C).unwrap();
        let file = npy.encode(&ArrayView::new(layout, &payload).unwrap()).unwrap();
        let (mut ours, mut theirs) = (Buffer::new(), vec![0; bytes]);
        assert_eq!(npy.decode_into(&file, &mut ours).unwrap().payload(), payload);
        assert_eq!(parsed(&file), Some(("<f8", bytes / 8)));
        self.add(
            &Row { rival, dtype: "<f8", memory: "reused", bytes, direction: "decode", bound },
            || {
                black_box(npy.decode_into(black_box(&file), &mut ours).unwrap());
            },
            || {
                let file = black_box(&*file);
                if rival == PARSED {
                    assert!(black_box(parsed(file)).is_some());
                }
                black_box(&mut *theirs).copy_from_slice(&file[HEADER..]);
            },
        );
    }

    /// Both directions beside both crates.
    fn rivals<T>(&mut self, dtype: &str, elements: &[T])
    where
        T: Element + PartialEq + npyz::Serialize + npyz::Deserialize,
        T: ndarray_npy::ReadableElement + ndarray_npy::WritableElement,
    {
        let npy = Chain::parse("npy").unwrap();
        let stored = DType::parse(dtype).unwrap();
        let shape = [elements.len() / 1024, 1024];
        let bytes = size_of_val(elements);
        let view = ArrayView::from_slice(elements, &shape).unwrap();
        let array = ndarray::ArrayView2::from_shape(shape, elements).unwrap();
        let row = |rival, memory, direction, bound| Row { rival, dtype, memory, bytes, direction, bound };

        let file = npy.encode(&view.to_byte_order(stored.byte_order())).unwrap();
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        write_npyz(dtype, elements, &shape, &mut theirs);
        // Headers may differ in their blanks.
        assert!(npy.decode_ndarray::<T, ndarray::IxDyn>(&theirs).unwrap().as_slice().unwrap() == elements);
        assert!(npyz::NpyFile::new(&*file).unwrap().into_vec::<T>().unwrap() == elements);
        assert!(ArrayD::<T>::read_npy(&*file).unwrap().as_slice().unwrap() == elements);

        let ours_new = || drop(black_box(npy.decode_ndarray::<T, ndarray::IxDyn>(black_box(&file)).unwrap()));
        let theirs_new = || drop(black_box(ArrayD::<T>::read_npy(black_box(&*file)).unwrap()));
        self.add(&row("ndarray-npy", "new", "decode", 1.0), ours_new, theirs_new);
        let ours_new = || {
            let mut elements = Vec::<T>::new();
            npy.decode_into_vec(black_box(&file), &mut elements).unwrap();
            drop(black_box(elements));
        };
        let theirs_new =
            || drop(black_box(npyz::NpyFile::new(black_box(&*file)).unwrap().into_vec::<T>().unwrap()));
        self.add(&row("npyz", "new", "decode", 1.0), ours_new, theirs_new);
        let (mut into, mut into_theirs) = (Vec::<T>::new(), Vec::<T>::new());
        let ours_reused = || drop(black_box(npy.decode_into_vec(black_box(&file), &mut into).unwrap()));
        let theirs_reused = || {
            into_theirs.clear();
            let found = npyz::NpyFile::new(black_box(&*file)).unwrap();
            into_theirs.extend(found.data::<T>().unwrap().map(Result::unwrap));
            black_box(&mut into_theirs);
        };
        self.add(&row("npyz", "reused", "decode", 1.0), ours_reused, theirs_reused);

        let encode = |out: &mut Vec<u8>| {
            let array = ArrayView::from_slice(black_box(elements), &shape).unwrap();
            npy.encode_into(&array.to_byte_order(stored.byte_order()), out).unwrap();
        };
        let fresh = |write: &dyn Fn(&mut Vec<u8>)| {
            let mut out = Vec::new();
            write(&mut out);
            drop(black_box(out));
        };
        let npyz = |out: &mut Vec<u8>| write_npyz(dtype, black_box(elements), &shape, out);
        self.add(&row("npyz", "new", "encode", 1.0), || fresh(&encode), || fresh(&npyz));
        if stored.is_native() {
            let write = |out: &mut Vec<u8>| black_box(&array).write_npy(out).unwrap();
            let bound = if bytes == FRESH { 1.0 } else { f64::INFINITY };
            self.add(&row("ndarray-npy", "new", "encode", bound), || fresh(&encode), || fresh(&write));
            let reused = |write: &dyn Fn(&mut Vec<u8>), out: &mut Vec<u8>| {
                out.clear();
                write(out);
            };
            let row = row("ndarray-npy", "reused", "encode", f64::INFINITY);
            self.add(&row, || reused(&encode, &mut ours), || reused(&write, &mut theirs));
        }
    }
}

fn elements<const N: usize>(bytes: usize) -> impl Iterator<Item = [u8; N]> {
    let measured = measurements(bytes);
    (0..bytes / N).map(move |i| measured[i * N..][..N].try_into().unwrap())
}

/// The dtype and length of a one-dimensional array, in the least that finds them.
fn parsed(file: &[u8]) -> Option<(&str, usize)> {
    let text = std::str::from_utf8(file.strip_prefix(b"\x93NUMPY\x01\x00")?.get(2..HEADER - 8)?).ok()?;
    let (_, rest) = text.split_once("'descr': '")?;
    let (descr, rest) = rest.split_once('\'')?;
    let (_, rest) = rest.split_once("'fortran_order': False")?;
    let (_, rest) = rest.split_once("'shape': (")?;
    let (dim, _) = rest.split_once(",)")?;
    Some((descr, dim.parse().ok()?))
}

fn write_npyz<T: npyz::Serialize>(dtype: &str, elements: &[T], shape: &[usize; 2], out: &mut Vec<u8>) {
    let shape = shape.map(|dim| dim as u64);
    let dtype = npyz::DType::Plain(dtype.parse().unwrap());
    let mut writer = npyz::WriteOptions::new().dtype(dtype).shape(&shape).writer(out).begin_nd().unwrap();
    writer.extend(elements).unwrap();
    writer.finish().unwrap();
}
