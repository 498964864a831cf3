//! Against numpy itself: what we write is byte for byte what `numpy.save` writes.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod arrays;
mod changes;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use ndcodec_core::{ArrayView, Chain, DType, Field, Layout, Order};
use ndcodec_npy as _;
use ndcodec_testkit::python_or_skip;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

/// Reads lines of descr, shape and order, a tab between them, and returns what `numpy.save` writes for an array of
/// zeros, each with its length before it.
const SAVE: &str = r"
import ast, io, sys, warnings
import numpy as np
from numpy.lib.format import descr_to_dtype
warnings.simplefilter('ignore')
for line in sys.stdin.buffer.read().decode().split('\n')[:-1]:
    descr, shape, order = line.split('\t')
    array = np.zeros(ast.literal_eval(shape), descr_to_dtype(ast.literal_eval(descr)), order=order)
    file = io.BytesIO()
    np.save(file, array)
    sys.stdout.buffer.write(len(file.getvalue()).to_bytes(4, 'little') + file.getvalue())
";

/// Reads lines of headers in hex, and returns `1` for each that `numpy.load` reads and `0` for the others. numpy looks
/// at the dimensions when it makes the array, which may be too large to be made here.
const READ: &str = r"
import io, sys, warnings
try:
    from numpy.lib import _format_impl as format
except ImportError:
    from numpy.lib import format
warnings.simplefilter('ignore')
for line in sys.stdin.read().split('\n')[:-1]:
    file = io.BytesIO(bytes.fromhex(line))
    try:
        version = format.read_magic(file)
        format._check_version(version)
        shape, fortran_order, dtype = format._read_array_header(file, version)
        answer = not dtype.hasobject and len(shape) <= 64 and all(type(dim) is int and dim >= 0 for dim in shape)
    except Exception:
        answer = False
    sys.stdout.write('01'[answer])
";

/// The output of a script that reads all of its input before it writes.
fn run(python: &Path, script: &str, lines: &[String]) -> Vec<u8> {
    let mut child = Command::new(python)
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    lines.iter().for_each(|line| writeln!(stdin, "{line}").unwrap());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", output.status);
    output.stdout
}

/// What `numpy.save` writes for arrays of zeros of these layouts.
fn saved_by_numpy(python: &Path, layouts: &[Layout]) -> Vec<Vec<u8>> {
    let line = |layout: &Layout| {
        let shape: String = layout.shape().iter().map(|dim| format!("{dim},")).collect();
        format!("{}\t({shape})\t{}", layout.dtype().descr(), layout.order())
    };
    let output = run(python, SAVE, &layouts.iter().map(line).collect::<Vec<_>>());
    let mut rest = &output[..];
    let mut files = Vec::new();
    while let Some((len, after)) = rest.split_first_chunk::<4>() {
        let (file, after) = after.split_at(u32::from_le_bytes(*len) as usize);
        files.push(file.to_vec());
        rest = after;
    }
    files
}

fn assert_written_as_by_numpy(python: &Path, layouts: &[Layout]) {
    let npy = Chain::parse("npy").unwrap();
    let files = saved_by_numpy(python, layouts);
    assert_eq!(files.len(), layouts.len());
    for (layout, file) in layouts.iter().zip(&files) {
        let zeros = vec![0; layout.nbytes()];
        let written = npy.encode(&ArrayView::new(layout.clone(), &zeros).unwrap()).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&written),
            String::from_utf8_lossy(file),
            "`{}` of shape {} in {} order",
            layout.dtype(),
            layout.shape_text(),
            layout.order()
        );
        assert_eq!(&written, file);
        assert_eq!(npy.decode(file).unwrap().layout(), &layout.clone().canonical());
    }
}

fn layout(dtype: &str, shape: &[usize], order: Order) -> Layout {
    Layout::new(DType::parse(dtype).unwrap(), shape, order).unwrap()
}

#[test]
fn each_kind_of_array_is_written_as_numpy_writes_it() {
    let Some(python) = python_or_skip() else { return };
    let dtypes = [
        "|b1",
        "|i1",
        "|u1",
        "<i2",
        ">i4",
        "<i8",
        ">u2",
        "<f2",
        ">f4",
        "<f8",
        "<f16",
        "<c8",
        ">c16",
        "<c32",
        "|S3",
        "<U3",
        ">U1",
        "|V4",
        "|V0",
        "<M8",
        "<M8[25s]",
        ">m8[ns]",
        "[]",
        "[('a', '<i4'), ('b', '>f8')]",
        "[('', '|V4')]",
        "[('a', [('b', '<i2', (2, 3)), ('c', '|S2')], (2,)), ('', '|V3'), (('title', 'd'), '<U2')]",
        "[('x', (('<f8', (5,)), (2,)))]",
        "[('é', '<i4'), ('a\\nb\\'\"', '|u1')]",
        "[('整形', '<i8')]",
    ];
    let shapes: &[&[usize]] = &[
        &[],
        &[0],
        &[1],
        &[3],
        &[2, 3],
        &[1, 3],
        &[3, 1],
        &[2, 3, 4],
        &[0, 3, 2],
        &[1, 1, 2, 3],
        &[1; 64],
        &[1_000_000_000_000, 0],
        &[0, 1_000_000_000_000],
    ];
    let mut layouts = Vec::new();
    for dtype in dtypes {
        for shape in shapes {
            layouts.extend([Order::C, Order::Fortran].map(|order| layout(dtype, shape, order)));
        }
    }
    assert_written_as_by_numpy(&python, &layouts);
}

/// Around the places where the padding and the version change.
#[test]
fn headers_of_each_length_are_written_as_numpy_writes_them() {
    let Some(python) = python_or_skip() else { return };
    let named = |name: &str| {
        let field = Field::new(name, DType::parse("|u1").unwrap(), 0);
        Layout::new(DType::structure(vec![field], 1).unwrap(), [2], Order::C).unwrap()
    };
    let fill: Vec<Layout> = (1..140).map(|len| named(&"n".repeat(len))).collect();
    assert_written_as_by_numpy(&python, &fill);
    let prefix = layout("|u1", &[2], Order::C).dtype().descr().len();
    let full: Vec<Layout> =
        (65_535 - 200 - prefix..65_535).step_by(7).map(|len| named(&"é".repeat(len))).collect();
    let npy = Chain::parse("npy").unwrap();
    let versions =
        full.iter().map(|layout| npy.encode(&ArrayView::new(layout.clone(), &[0; 2]).unwrap()).unwrap()[6]);
    assert!(versions.collect::<Vec<_>>().windows(2).any(|pair| pair == [1, 2]));
    for (layout, file) in full.iter().zip(saved_by_numpy(&python, &full)) {
        assert_eq!(npy.encode(&ArrayView::new(layout.clone(), &[0; 2]).unwrap()).unwrap(), file);
    }
}

#[test]
fn random_arrays_are_written_as_numpy_writes_them() {
    let Some(python) = python_or_skip() else { return };
    let mut runner = TestRunner::deterministic();
    let mut sample = || arrays::layouts().new_tree(&mut runner).unwrap().current();
    let layouts: Vec<Layout> = (0..2000).map(|_| sample()).collect();
    assert_written_as_by_numpy(&python, &layouts);
}

#[test]
fn what_numpy_refuses_is_refused() {
    let Some(python) = python_or_skip() else { return };
    let npy = Chain::parse("npy").unwrap();
    let mut runner = TestRunner::deterministic();
    let headers: Vec<Vec<u8>> = (0..20_000)
        .map(|_| {
            let layout = arrays::layouts().new_tree(&mut runner).unwrap().current();
            let zeros = vec![0; layout.nbytes()];
            let mut bytes = npy.encode(&ArrayView::new(layout, &zeros).unwrap()).unwrap();
            bytes.truncate(bytes.len() - zeros.len());
            changes::apply(&changes::changes().new_tree(&mut runner).unwrap().current(), &mut bytes);
            bytes
        })
        .collect();
    let hex = |bytes: &Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let replies = run(&python, READ, &headers.iter().map(hex).collect::<Vec<_>>());
    assert_eq!(replies.len(), headers.len());
    let mut both = 0;
    for (header, answer) in headers.iter().zip(replies) {
        let ours = npy.inspect(header);
        both += u32::from(ours.is_ok());
        match ours {
            // Python has rules for blanks at the beginning of a line, and we have none.
            Ok(_) if header[..header.len() - 1].contains(&b'\n') => {}
            Ok(found) => assert_eq!(answer, b'1', "{found:?} from {}", header.escape_ascii()),
            Err(error) if answer == b'1' => println!("stricter than numpy: {}", error.report()),
            Err(_) => {}
        }
    }
    assert!(both > 200, "only {both} headers are read, too few to tell");
}
