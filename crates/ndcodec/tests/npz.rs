//! Archives and mapped files through the facade.
#![cfg(feature = "npz")]
#![cfg_attr(feature = "mmap", expect(unsafe_code, reason = "opening a mapped file is unsafe"))]

use std::io::Cursor;
use std::process::Command;

use ndcodec::ArrayView;
use ndcodec::npz::{MemberEncoding, Npz, NpzWriter};
use ndcodec_testkit::python_or_skip;

#[test]
fn archives_are_written_and_read() {
    let mut writer = NpzWriter::new(Cursor::new(Vec::new())).with_encoding(MemberEncoding::Deflated);
    writer.add("x", &ArrayView::from_slice(&[1_u16, 2, 3], &[3]).unwrap()).unwrap();
    let npz = Npz::open(writer.finish().unwrap()).unwrap();
    assert_eq!(npz.read("x").unwrap().as_slice::<u16>().unwrap(), [1, 2, 3]);
}

#[test]
fn numpys_archives_are_read() {
    let Some(python) = python_or_skip() else { return };
    let folder = tempfile::tempdir().unwrap();
    let script =
        "import numpy as np; np.savez('a', x=np.arange(3)); np.savez_compressed('b', x=np.arange(3))";
    assert!(Command::new(python).args(["-c", script]).current_dir(folder.path()).status().unwrap().success());
    for name in ["a.npz", "b.npz"] {
        let npz = Npz::open(std::fs::File::open(folder.path().join(name)).unwrap()).unwrap();
        assert_eq!(npz.read("x").unwrap().to_vec::<i64>().unwrap(), [0, 1, 2]);
    }
}

#[cfg(feature = "mmap")]
#[test]
fn files_are_mapped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    let array = ArrayView::from_slice(&[1.0_f64, 2.0, 3.0, 4.0], &[2, 2]).unwrap();
    std::fs::write(&path, ndcodec::Chain::parse("npy").unwrap().encode(&array).unwrap()).unwrap();
    // SAFETY: nobody but this test knows the file.
    let file = unsafe { ndcodec::NpyFile::open(&path) }.unwrap();
    assert_eq!(file.rows(1..2).unwrap().as_slice::<f64>().unwrap(), [3.0, 4.0]);
}
