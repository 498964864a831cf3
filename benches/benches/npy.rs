//! `npy` beside copying, and beside the crates `ndarray-npy` and `npyz`.
//!
//! `cargo bench -p ndcodec-benches --bench npy` prints a row for each rival, dtype, size and direction, as CSV. Results
//! are asserted before anything is measured.
//!
//! Beside copying, both use a buffer again. The rivals read into memory of their own, and so do we beside them, in two
//! ways: `decode` into a new `Vec` of elements, and `decode_to_vec`, which is shorter to write and copies twice. All
//! give elements in this machine's byte order, and `>f4` costs a swap on either side. `ndarray-npy` cannot write it.
//!
//! With `--check` the run fails where reading costs more than 1.1 times copying at 64 MiB, or twice copying and parsing at
//! 1 KiB, or where `decode` or `encode` cost more than 1.1 times a rival's: where both only copy, they are equal.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench asserts and prints"
)]

use std::hint::black_box;

use ndarray::ArrayD;
use ndarray_npy::{ReadNpyExt, WriteNpyExt};
use ndcodec::{ArrayView, Buffer, ByteOrder, Chain, DType, DecodeLimits, Element, Layout, Order};
use ndcodec_benches::{HEADER, Pair, measurements, pair};
use npyz::WriterBuilder;

/// The bytes of the arrays that the rivals read and write.
const SIZE: usize = 8 << 20;
const ROUNDS: usize = 21;

fn main() {
    let check = std::env::args().any(|arg| arg == "--check");
    println!("rival,dtype,bytes,direction,ours_ns,theirs_ns,ratio");
    let mut rows = Vec::new();
    rows.push((row("copy", "<f8", 64 << 20, "decode", copying(64 << 20, false)), 1.1));
    rows.push((row("copy and parse", "<f8", 1 << 10, "decode", copying(1 << 10, true)), 2.0));
    // Elements are compared, and no NaN equals itself.
    let f64s: Vec<f64> =
        elements().map(f64::from_le_bytes).map(|x| if x.is_nan() { 0.0 } else { x }).collect();
    let i16s: Vec<i16> = elements().map(i16::from_le_bytes).collect();
    let f32s: Vec<f32> =
        elements().map(f32::from_le_bytes).map(|x| if x.is_nan() { 0.0 } else { x }).collect();
    rows.extend(rivals("<f8", &f64s).map(|row| (row, 1.1)));
    rows.extend(rivals("<i2", &i16s).map(|row| (row, 1.1)));
    rows.extend(rivals(">f4", &f32s).map(|row| (row, 1.1)));
    let over: Vec<_> = rows.iter().filter(|((_, ratio), bound)| ratio > bound).collect();
    for ((name, ratio), bound) in &over {
        eprintln!("over the bound: {name}: {ratio:.3} > {bound}");
    }
    if check && !over.is_empty() {
        std::process::exit(1);
    }
}

fn elements<const N: usize>() -> impl Iterator<Item = [u8; N]> {
    let bytes = measurements(SIZE);
    (0..SIZE / N).map(move |i| bytes[i * N..][..N].try_into().unwrap())
}

/// Prints a row, and answers what it is of and its ratio.
fn row(rival: &str, dtype: &str, bytes: usize, direction: &str, measured: Pair) -> (String, f64) {
    let Pair { ours, theirs, ratio } = measured;
    println!("{rival},{dtype},{bytes},{direction},{ours:.0},{theirs:.0},{ratio:.3}");
    (format!("{rival} {dtype} {bytes} {direction}"), ratio)
}

fn rounds(bytes: usize) -> usize {
    if bytes > 1 << 22 { 11 } else { 41 }
}

/// Reading into a buffer that is used again, beside copying the payload into one, after parsing the header if `parse`.
fn copying(bytes: usize, parse: bool) -> Pair {
    let npy = Chain::parse("npy").unwrap();
    let payload = measurements(bytes);
    let layout = Layout::new(DType::of::<f64>(), [bytes / 8], Order::C).unwrap();
    let file = npy.encode(&ArrayView::new(layout, &payload).unwrap()).unwrap();
    let (mut ours, mut theirs) = (Buffer::new(), vec![0; bytes]);
    assert_eq!(npy.decode_into(&file, &mut ours).unwrap().payload(), payload);
    assert_eq!(parsed(&file), Some(("<f8", bytes / 8)));
    pair(
        rounds(bytes),
        || {
            black_box(npy.decode_into(black_box(&file), &mut ours).unwrap());
        },
        || {
            let file = black_box(&*file);
            if parse {
                assert!(black_box(parsed(file)).is_some());
            }
            black_box(&mut *theirs).copy_from_slice(&file[HEADER..]);
        },
    )
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

/// Both directions beside both crates.
fn rivals<T>(dtype: &str, elements: &[T]) -> impl Iterator<Item = (String, f64)>
where
    T: Element + bytemuck::Pod + PartialEq + npyz::Serialize + npyz::Deserialize,
    T: ndarray_npy::ReadableElement + ndarray_npy::WritableElement,
{
    let npy = Chain::parse("npy").unwrap();
    let stored = DType::parse(dtype).unwrap();
    let shape = [elements.len() / 1024, 1024];
    let array = ndarray::ArrayView2::from_shape(shape, elements).unwrap();
    let is_native = stored.is_native();

    let mut ours = Vec::new();
    encode(&npy, elements, &shape, &stored, &mut ours);
    let mut theirs = Vec::new();
    write_npyz(dtype, elements, &shape, &mut theirs);
    // Headers may differ in their blanks.
    assert!(decode::<T>(&npy, &theirs) == elements);
    assert!(npyz::NpyFile::new(&*ours).unwrap().into_vec::<T>().unwrap() == elements);
    assert!(ArrayD::<T>::read_npy(&*ours).unwrap().as_slice().unwrap() == elements);

    let bytes = std::mem::size_of_val(elements);
    let file = ours.clone();
    let mut rows = Vec::new();
    let read_ours = || drop(black_box(decode::<T>(&npy, black_box(&file))));
    let to_vec = || drop(black_box(npy.decode(black_box(&file)).unwrap().to_vec::<T>().unwrap()));
    let read_ndarray = || drop(black_box(ArrayD::<T>::read_npy(black_box(&*file)).unwrap()));
    rows.push(row("ndarray-npy", dtype, bytes, "decode", pair(ROUNDS, read_ours, read_ndarray)));
    // For the record only.
    row("ndarray-npy", dtype, bytes, "decode_to_vec", pair(ROUNDS, to_vec, read_ndarray));
    let read_npyz =
        || drop(black_box(npyz::NpyFile::new(black_box(&*file)).unwrap().into_vec::<T>().unwrap()));
    rows.push(row("npyz", dtype, bytes, "decode", pair(ROUNDS, read_ours, read_npyz)));

    let mut write_ours = || encode(&npy, black_box(elements), &shape, &stored, &mut ours);
    if is_native {
        let write_ndarray = || {
            theirs.clear();
            array.write_npy(&mut theirs).unwrap();
        };
        rows.push(row("ndarray-npy", dtype, bytes, "encode", pair(ROUNDS, &mut write_ours, write_ndarray)));
    }
    let write_npyz = || write_npyz(dtype, black_box(elements), &shape, &mut theirs);
    rows.push(row("npyz", dtype, bytes, "encode", pair(ROUNDS, write_ours, write_npyz)));
    rows.into_iter()
}

/// The elements, in a new vector.
fn decode<T: Element + bytemuck::Pod>(npy: &Chain, file: &[u8]) -> Vec<T> {
    let found = npy.inspect(file, &DecodeLimits::new()).unwrap();
    let mut elements = bytemuck::zeroed_vec(found.nbytes.unwrap() / size_of::<T>());
    let bytes = bytemuck::cast_slice_mut(&mut elements);
    let layout = npy.decode_into_slice(file, bytes).unwrap();
    layout.dtype().convert_in_place(ByteOrder::NATIVE, bytes).unwrap();
    elements
}

fn encode<T: Element>(npy: &Chain, elements: &[T], shape: &[usize], stored: &DType, out: &mut Vec<u8>) {
    out.clear();
    let array = ArrayView::from_slice(elements, shape).unwrap();
    if array.dtype() == stored {
        npy.encode_into(&array, out).unwrap();
        return;
    }
    let mut swapped = Buffer::from(array.payload());
    array.dtype().convert_in_place(ByteOrder::Big, &mut swapped).unwrap();
    let layout = Layout::new(stored.clone(), shape, Order::C).unwrap();
    npy.encode_into(&ArrayView::new(layout, &swapped).unwrap(), out).unwrap();
}

fn write_npyz<T: npyz::Serialize>(dtype: &str, elements: &[T], shape: &[usize; 2], out: &mut Vec<u8>) {
    out.clear();
    let shape = shape.map(|dim| dim as u64);
    let dtype = npyz::DType::Plain(dtype.parse().unwrap());
    let mut writer = npyz::WriteOptions::new().dtype(dtype).shape(&shape).writer(out).begin_nd().unwrap();
    writer.extend(elements).unwrap();
    writer.finish().unwrap();
}
