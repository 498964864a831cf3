//! Members that are zstd frames, in a build without a C compiler: they are read, and not written.

mod common;

use std::io::Cursor;

use common::{Member, archive};
use ndcodec_core::{ArrayView, Chain};
use ndcodec_npz::Npz;

#[test]
fn zstd_members_are_read() {
    let numbers: Vec<i32> = (0..50_000).collect();
    let npy = Chain::parse("npy").unwrap();
    let bytes = npy.encode(&ArrayView::from_slice(&numbers, &[numbers.len()]).unwrap()).unwrap();
    let archive = archive(&[Member::zstd("x.npy", &bytes), Member::deflated("y.npy", &bytes)]);
    let npz = Npz::open(Cursor::new(archive)).unwrap();
    for name in ["x", "y"] {
        assert_eq!(npz.read(name).unwrap().as_slice::<i32>().unwrap(), numbers, "{name}");
    }
}

#[cfg(not(feature = "zstd"))]
#[test]
fn zstd_members_are_not_written() {
    use ndcodec_core::ErrorKind;
    use ndcodec_npz::{MemberEncoding, NpzWriter};

    let mut writer = NpzWriter::new(Cursor::new(Vec::new())).with_encoding(MemberEncoding::Zstd);
    let one = [1.0];
    let one = ArrayView::from_slice(&one, &[1]).unwrap();
    let error = writer.add("x", &one).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let message = ndcodec_core::report(&error);
    assert!(message.contains("which this build, without the feature `zstd`, does not write"), "{message}");
    // The archive goes on without this array.
    let mut writer = writer.with_encoding(MemberEncoding::Deflated);
    writer.add("x", &one).unwrap();
    let npz = Npz::open(writer.finish().unwrap()).unwrap();
    assert_eq!(npz.read("x").unwrap().as_slice::<f64>().unwrap(), [1.0]);
}
