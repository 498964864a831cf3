//! Rows are decoded without the rest.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod common;

use std::sync::atomic::{AtomicU64, Ordering};

use common::{Kind, array, chain};
use ndcodec_core::{
    Array, Buffer, DecodeLimits, DecodeOptions, EncodedData, Error, ErrorKind, Order, RandomAccess,
};

/// Counts what is read of it.
struct Counting<'a> {
    bytes: &'a [u8],
    read: AtomicU64,
}

impl<'a> Counting<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, read: AtomicU64::new(0) }
    }
}

impl RandomAccess for Counting<'_> {
    fn size(&self) -> std::io::Result<u64> {
        Ok(self.bytes.len() as u64)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<()> {
        self.read.fetch_add(buf.len() as u64, Ordering::Relaxed);
        self.bytes.read_at(offset, buf)
    }
}

#[test]
fn rows_are_what_slicing_gives() {
    for (shape, order) in [
        (&[500, 3][..], Order::C),
        (&[500, 3], Order::Fortran),
        (&[40, 5, 6], Order::Fortran),
        (&[2000], Order::C),
        (&[3, 1000], Order::C),
        (&[7, 0], Order::C),
    ] {
        let array = array("<f4", shape, order, Kind::Measured);
        let chain = chain("chunked(shuffle|lz4,size=1KiB)");
        let encoded = chain.encode(&array.view()).unwrap();
        let n = shape[0];
        for rows in [0..0, 0..1, 0..n, n..n, n - 1..n, n / 3..n / 2, 1..n - 1] {
            let view = array.view();
            let expected = view.rows(rows.clone()).unwrap();
            let decoded = chain.decode_rows(&encoded, rows.clone()).unwrap();
            assert_eq!(*decoded.layout(), expected.layout().clone().canonical(), "{shape:?} {rows:?}");
            assert_eq!(decoded.payload(), expected.payload(), "{shape:?} {rows:?}");
            let apart = chain.decode_rows(EncodedData::at(Counting::new(&encoded)), rows).unwrap();
            assert_eq!(apart.payload(), decoded.payload());
        }
        #[expect(clippy::reversed_empty_ranges, reason = "what is tested")]
        for rows in [0..n + 1, n + 1..n + 1, 2..1, 0..usize::MAX, usize::MAX..usize::MAX] {
            let error = chain.decode_rows(&encoded, rows.clone()).unwrap_err();
            assert!(matches!(error, Error::Array(_)), "{rows:?}: {}", error.report());
        }
    }
}

#[test]
fn a_scalar_has_no_rows() {
    let scalar = array("<f4", &[], Order::C, Kind::Measured);
    let chain = chain("chunked(lz4)");
    let error = chain.decode_rows(chain.encode(&scalar.view()).unwrap(), 0..0).unwrap_err();
    assert_eq!(error.report(), "there are no rows 0..0 in an array of shape scalar");
}

#[test]
fn ten_rows_of_256_mib_read_less_than_a_hundredth() {
    // Noise that repeats after a prime number of bytes: cheap to make, and no chunk of it becomes small.
    let noise = common::bytes(Kind::Noise, 1_000_003);
    let layout = common::layout("<f8", &[32 << 10, 1 << 10], Order::C);
    let mut payload = Buffer::with_capacity(layout.nbytes());
    while payload.len() < layout.nbytes() {
        payload.extend_from_slice(&noise[..noise.len().min(layout.nbytes() - payload.len())]);
    }
    let array = Array::new(layout, payload).unwrap();
    for chain in ["chunked(lz4)", "auto(fast)"].map(chain) {
        let encoded = chain.encode(&array.view()).unwrap();
        assert!(encoded.len() > 256 << 20);
        // Rows 123..133 are in two chunks of 1 MiB.
        for rows in [0..10, 123..133, 12_345..12_355, 32_758..32_768] {
            let counting = Counting::new(&encoded);
            let decoded = chain.decode_rows(EncodedData::at(&counting), rows.clone()).unwrap();
            assert!(decoded.payload() == array.view().rows(rows).unwrap().payload());
            let read = counting.read.load(Ordering::Relaxed);
            assert!(read < encoded.len() as u64 / 100, "{chain}: {read} of {} bytes", encoded.len());
        }
    }
}

#[test]
fn rows_come_from_a_file() {
    let array = array("<f8", &[4000, 4], Order::C, Kind::Measured);
    let chain = chain("chunked(shuffle|lz4,size=4KiB)");
    let mut file = tempfile::tempfile().unwrap();
    chain.encode_to(&array.view(), &mut file).unwrap();
    let decoded = chain.decode_rows(&file, 1000..1010).unwrap();
    assert_eq!(decoded.payload(), array.view().rows(1000..1010).unwrap().payload());
}

#[test]
fn what_cannot_be_read_is_the_readers_error() {
    struct Broken(Vec<u8>, u64);
    impl RandomAccess for Broken {
        fn size(&self) -> std::io::Result<u64> {
            Ok(self.0.len() as u64)
        }

        fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<()> {
            if offset + buf.len() as u64 > self.1 {
                return Err(std::io::Error::other("the disk is gone"));
            }
            self.0.as_slice().read_at(offset, buf)
        }
    }
    let array = array("<f8", &[4000], Order::C, Kind::Measured);
    let chain = chain("chunked(lz4,size=4KiB)");
    let encoded = chain.encode(&array.view()).unwrap();
    for readable in [0, 32, 50, 200] {
        let broken = Broken(encoded.clone(), readable);
        let error = chain.decode_rows(EncodedData::at(&broken), 0..10).unwrap_err();
        assert!(matches!(error, Error::Io(_)), "{}", error.report());
        assert!(error.report().ends_with("the disk is gone"), "{}", error.report());
    }
}

#[test]
fn damage_elsewhere_does_not_matter_and_damage_here_is_named() {
    let array = array("<f8", &[4000], Order::C, Kind::Noise);
    let chain = chain("chunked(lz4,size=4KiB)");
    let mut encoded = chain.encode(&array.view()).unwrap();
    encoded[20_000] ^= 1;
    assert_eq!(
        chain.decode_rows(&encoded, 0..10).unwrap().payload(),
        array.view().rows(0..10).unwrap().payload()
    );
    let error = chain.decode_rows(&encoded, 2000..2600).unwrap_err();
    assert!(error.report().contains("chunk 4 of 8 is damaged"), "{}", error.report());
}

/// A limit is for the rows; whole chunks around them may be larger, and all of a Fortran-ordered array may not.
#[test]
fn limits_are_for_what_must_be_decoded() {
    let options = |max| DecodeOptions::new().with_limits(DecodeLimits::new().with_max_bytes(max));
    for (order, enough) in [(Order::C, 10 * 32), (Order::Fortran, 2000 * 32)] {
        let array = array("<f8", &[2000, 4], order, Kind::Measured);
        let chain = chain("chunked(lz4,size=4KiB)");
        let encoded = chain.encode(&array.view()).unwrap();
        let encoded = &encoded.as_slice();
        assert!(chain.decode_rows_with(*encoded, 0..10, &options(enough)).is_ok());
        let error = chain.decode_rows_with(*encoded, 0..10, &options(enough - 1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit, "{}", error.report());
    }
}

/// Header and index are read once, when the array is opened; each call reads only the chunks of its rows.
#[test]
fn an_opened_array_gives_rows_again_and_again() {
    let array = array("<f8", &[10_000, 3], Order::C, Kind::Measured);
    let chain = chain("chunked(shuffle|lz4,size=4KiB)");
    let encoded = chain.encode(&array.view()).unwrap();
    let counting = Counting::new(&encoded);
    let mut opened = chain.open(EncodedData::at(&counting)).unwrap();
    let at_opening = counting.read.swap(0, Ordering::Relaxed);
    assert!(at_opening < encoded.len() as u64 / 10, "{at_opening} of {}", encoded.len());
    for start in [9_000, 17, 17, 0, 5_000] {
        let rows = opened.rows(start..start + 10).unwrap();
        assert_eq!(rows.payload(), array.view().rows(start..start + 10).unwrap().payload());
        let read = counting.read.swap(0, Ordering::Relaxed);
        assert!(read <= 2 * (4 << 10) + 100, "{read} bytes for ten rows");
    }
}
