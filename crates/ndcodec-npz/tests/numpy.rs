//! numpy reads what we write, and we read what numpy writes.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use ndcodec_core::{ArrayView, DType, DecodeLimits, Layout, Order};
use ndcodec_npz::{MemberEncoding, Npz, NpzWriter};
use ndcodec_testkit::python_or_skip;

/// Writes archives of many kinds to a folder, and with each a list of what is in it.
const WRITE: &str = r"
import io, os, sys, zipfile
import numpy as np
folder = sys.argv[1]
arrays = {
    'x': np.arange(12.).reshape(3, 4), 'f': np.asfortranarray(np.arange(6, dtype='>i2').reshape(2, 3)),
    'a/b': np.array('naïve ☃'), 'ünï': np.zeros((0, 3), 'f4'), 's': np.zeros(2, [('a', '<i4'), ('b', 'S3')]),
    'spaces and.dots': np.arange(5, dtype='u1'), 'noise': np.random.default_rng(0).integers(0, 255, 100_000, 'u1'),
}
np.savez(folder + '/savez.npz', **arrays)
np.savez_compressed(folder + '/compressed.npz', **arrays)
np.savez(folder + '/positional.npz', np.arange(3), np.arange(4))
np.savez(folder + '/empty.npz')
def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()
# More members than the short directory can count.
with zipfile.ZipFile(folder + '/many.npz', 'w') as z:
    for i in range(70_000):
        z.writestr(f'{i}.npy', b'')
    z.writestr('x.npy', npy(np.arange(3)))
# As a pipe is written: lengths and CRC-32 after the data.
class Pipe:
    def __init__(self, file): self.file = file
    def write(self, data): return self.file.write(data)
    def flush(self): pass
with open(folder + '/piped.npz', 'wb') as file, zipfile.ZipFile(Pipe(file), 'w', zipfile.ZIP_DEFLATED) as z:
    for name, array in arrays.items():
        z.writestr(name + '.npy', npy(array))
# Behind something else, and with a comment.
with open(folder + '/behind.npz', 'wb') as file:
    file.write(b'#!/bin/sh\n')
with zipfile.ZipFile(folder + '/behind.npz', 'a') as z:
    z.comment = b'PK\x05\x06 a comment'
    z.writestr('x.npy', npy(arrays['x']))
";

/// Reads the archive that its argument names, and prints a line for each array.
const READ: &str = r"
import sys
import numpy as np
with np.load(sys.argv[1], allow_pickle=False) as z:
    for name in z.files:
        a = z[name]
        order = 'F' if a.flags.f_contiguous and not a.flags.c_contiguous else 'C'
        print(ascii(name), a.dtype.str, a.shape, order, a.tobytes('A').hex())
";

fn python(script: &str, argument: &Path) -> String {
    let python = python_or_skip().unwrap();
    let output = Command::new(python).args(["-c", script]).arg(argument).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_numpy_writes_is_read() {
    if python_or_skip().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    python(WRITE, folder.path());
    let limits = DecodeLimits::new();
    let open = |name: &str| {
        Npz::open_with(std::fs::File::open(folder.path().join(name)).unwrap(), &limits.into()).unwrap()
    };
    for name in ["savez.npz", "compressed.npz", "piped.npz"] {
        let npz = open(name);
        let names: Vec<&str> = npz.names().collect();
        assert_eq!(names, ["x", "f", "a/b", "ünï", "s", "spaces and.dots", "noise"], "{name}");
        let x = npz.read_with("x", &limits.into()).unwrap();
        assert_eq!(x.as_slice::<f64>().unwrap(), (0..12).map(f64::from).collect::<Vec<_>>());
        let f = npz.read_with("f", &limits.into()).unwrap();
        assert_eq!(
            (f.layout().order(), f.to_vec::<i16>().unwrap()),
            (Order::Fortran, vec![0, 3, 1, 4, 2, 5])
        );
        assert_eq!(npz.read_with("ünï", &limits.into()).unwrap().shape(), [0, 3]);
        assert_eq!(npz.layout_with("noise", &limits.into()).unwrap().shape(), [100_000]);
        assert_eq!(npz.read_with("noise", &limits.into()).unwrap().payload().len(), 100_000);
        let encoding = if name == "savez.npz" { MemberEncoding::Stored } else { MemberEncoding::Deflated };
        assert!(npz.members().iter().all(|member| member.encoding() == encoding));
    }
    assert_eq!(open("positional.npz").names().collect::<Vec<_>>(), ["arr_0", "arr_1"]);
    assert_eq!(open("empty.npz").names().count(), 0);
    let many = open("many.npz");
    assert_eq!(many.names().count(), 70_001);
    assert_eq!(many.read_with("x", &limits.into()).unwrap().to_vec::<i64>().unwrap(), [0, 1, 2]);
    let behind = open("behind.npz");
    assert_eq!(behind.read_with("x", &limits.into()).unwrap().shape(), [3, 4]);
}

#[test]
fn numpy_reads_what_is_written() {
    if python_or_skip().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ours.npz");
    let be = Layout::new(DType::parse(">i2").unwrap(), [2, 2], Order::Fortran).unwrap();
    for encoding in [MemberEncoding::Stored, MemberEncoding::Deflated] {
        let mut writer = NpzWriter::new(std::fs::File::create(&path).unwrap()).with_encoding(encoding);
        writer.add("x", &ArrayView::from_slice(&[1.0_f64, 2.0], &[2]).unwrap()).unwrap();
        writer.add("a/b", &ArrayView::new(be.clone(), &[0, 1, 0, 2, 0, 3, 0, 4]).unwrap()).unwrap();
        writer.add("naïve ☃", &ArrayView::from_slice::<u8>(&[], &[0, 3]).unwrap()).unwrap();
        writer.add("scalar", &ArrayView::from_slice(&[true], &[]).unwrap()).unwrap();
        writer.finish().unwrap();
        assert_eq!(
            python(READ, &path),
            "'x' <f8 (2,) C 000000000000f03f0000000000000040\n\
             'a/b' >i2 (2, 2) F 0001000200030004\n\
             'na\\xefve \\u2603' |u1 (0, 3) C \n\
             'scalar' |b1 () C 01\n"
        );
    }
}

/// Bytes in memory give the same as bytes in a file.
#[test]
fn zstd_members_are_read_again() {
    let mut writer = NpzWriter::new(Cursor::new(Vec::new())).with_encoding(MemberEncoding::Zstd);
    let x = vec![1.5_f32; 10_000];
    writer.add("x", &ArrayView::from_slice(&x, &[100, 100]).unwrap()).unwrap();
    let archive = writer.finish().unwrap();
    assert!(archive.get_ref().len() < 1000);
    let npz = Npz::open(archive).unwrap();
    assert_eq!(npz.read("x").unwrap().as_slice::<f32>().unwrap(), x);
}
