//! Some rows of a file, without the rest of it.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]
#![cfg_attr(feature = "mmap", expect(unsafe_code, reason = "opening a mapped file is unsafe"))]

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use ndcodec_core::{ArrayView, Chain, DecodeLimits, DecodeOptions, EncodedData, Order, RandomAccess};
use ndcodec_npy as _;

/// Counts the bytes that are read.
struct Counting {
    bytes: Vec<u8>,
    read: AtomicU64,
}

impl RandomAccess for Counting {
    fn size(&self) -> std::io::Result<u64> {
        Ok(self.bytes.len() as u64)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        self.read.fetch_add(buf.len() as u64, Ordering::Relaxed);
        self.bytes.as_slice().read_at(offset, buf)
    }
}

#[test]
fn only_the_header_and_the_rows_are_read() {
    let npy = Chain::parse("npy").unwrap();
    let elements: Vec<u32> = (0..250_000).collect();
    let bytes = npy.encode(&ArrayView::from_slice(&elements, &[25_000, 10]).unwrap()).unwrap();
    let file = Counting { bytes, read: AtomicU64::new(0) };
    let rows = npy.decode_rows(EncodedData::at(&file), 20_000..20_003).unwrap();
    assert_eq!(rows.shape(), [3, 10]);
    assert_eq!(rows.as_slice::<u32>().unwrap(), &elements[200_000..200_030]);
    // The header has 128 bytes, a row has 40.
    assert_eq!(file.read.load(Ordering::Relaxed), 128 + 3 * 40);
}

/// The rows of a Fortran-ordered array lie in pieces, one in each column.
#[test]
fn of_fortran_order_only_the_pieces_of_the_rows_are_read() {
    let npy = Chain::parse("npy").unwrap();
    for (shape, most) in [([40_000, 5], 128 + 5 * 12), ([10, 20_000], 128 + 800_000), ([3, 2], 128 + 24)] {
        let elements: Vec<u32> = (0..shape[0] * shape[1]).collect();
        let shape = shape.map(|dim| dim as usize);
        let array = ArrayView::from_slice(&elements, &shape).unwrap();
        let bytes = npy.encode(&array.to_order(Order::Fortran)).unwrap();
        let file = Counting { bytes, read: AtomicU64::new(0) };
        for (start, end) in [(0, 3), (shape[0] - 3, shape[0]), (1, 1), (2, 3)] {
            file.read.store(0, Ordering::Relaxed);
            let options = DecodeOptions::new();
            let rows = npy.decode_rows_with(EncodedData::at(&file), start..end, &options).unwrap();
            assert_eq!((rows.shape(), rows.layout().order()), (&[end - start, shape[1]][..], Order::C));
            let expected = &elements[start * shape[1]..end * shape[1]];
            assert_eq!(rows.as_slice::<u32>().unwrap(), expected, "{shape:?}, {start}..{end}");
            let read = file.read.load(Ordering::Relaxed);
            assert!(read <= most, "{read} bytes of {shape:?} for {start}..{end}");
        }
        // What is not read does not count.
        let options = DecodeOptions::new().with_limits(DecodeLimits::new().with_max_bytes(3 * 4 * shape[1]));
        assert!(npy.decode_rows_with(EncodedData::at(&file), 0..3, &options).is_ok());
    }
}

#[test]
fn rows_of_more_dimensions_are_those_of_the_whole() {
    let npy = Chain::parse("npy").unwrap();
    let elements: Vec<u16> = (0..5 * 4 * 3 * 2).collect();
    let array = ArrayView::from_slice(&elements, &[5, 4, 3, 2]).unwrap();
    for order in [Order::C, Order::Fortran] {
        let bytes = npy.encode(&array.to_order(order)).unwrap();
        let file = Counting { bytes, read: AtomicU64::new(0) };
        for (start, end) in [(0, 5), (1, 3), (4, 5), (5, 5)] {
            let rows = npy.decode_rows(EncodedData::at(&file), start..end).unwrap();
            assert_eq!(rows.payload(), array.rows(start..end).unwrap().payload(), "{order}, {start}..{end}");
        }
    }
}

#[cfg(feature = "mmap")]
mod mapped {
    use std::path::{Path, PathBuf};

    use ndcodec_core::{ArrayView, Chain, Order};
    use ndcodec_npy::{NpyFile, NpyFileError};
    use ndcodec_testkit::corpus_or_skip;

    fn npy() -> Chain {
        Chain::parse("npy").unwrap()
    }

    fn open(path: impl AsRef<Path>) -> Result<NpyFile, NpyFileError> {
        // SAFETY: the files are this test's own or the corpus', and nobody writes to them while they are mapped.
        unsafe { NpyFile::open(path) }
    }

    fn written(folder: &tempfile::TempDir, array: &ArrayView<'_>) -> PathBuf {
        let path = folder.path().join("x.npy");
        std::fs::write(&path, npy().encode(array).unwrap()).unwrap();
        path
    }

    #[test]
    fn a_mapped_file_is_the_array() {
        let folder = tempfile::tempdir().unwrap();
        let elements: Vec<i16> = (0..24).collect();
        for order in [Order::C, Order::Fortran] {
            let array = ArrayView::from_slice(&elements, &[4, 3, 2]).unwrap().into_order(order);
            let file = open(written(&folder, &array)).unwrap();
            assert_eq!(file.layout(), array.layout());
            assert_eq!(file.view().unwrap().payload(), array.payload());
            for (start, end) in [(0, 4), (1, 3), (2, 2), (3, 4)] {
                let rows = file.rows(start..end).unwrap().into_order(Order::C);
                assert_eq!(rows.shape(), [end - start, 3, 2]);
                assert_eq!(rows.as_slice::<i16>().unwrap(), &elements[start * 6..end * 6], "{order}");
            }
            assert_eq!(
                file.rows(3..5).unwrap_err().to_string(),
                "there are no rows 3..5 in an array of shape 4x3x2"
            );
        }
    }

    #[test]
    fn a_mapped_file_can_be_empty_or_without_dimensions() {
        let folder = tempfile::tempdir().unwrap();
        let file = open(written(&folder, &ArrayView::from_slice::<f64>(&[], &[2, 0]).unwrap())).unwrap();
        assert_eq!(file.rows(1..2).unwrap().shape(), [1, 0]);
        let file = open(written(&folder, &ArrayView::from_slice(&[1.5], &[]).unwrap())).unwrap();
        assert_eq!(file.view().unwrap().as_slice::<f64>().unwrap(), [1.5]);
        assert!(file.rows(0..1).is_err());
    }

    #[test]
    fn what_is_no_npy_is_not_mapped() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(&folder, &ArrayView::from_slice(&[1_u8, 2], &[2]).unwrap());
        let bytes = std::fs::read(&path).unwrap();
        for len in 0..bytes.len() {
            std::fs::write(&path, &bytes[..len]).unwrap();
            assert!(matches!(open(&path), Err(NpyFileError::Content { .. })), "{len}");
        }
        std::fs::write(&path, [&bytes[..], b"x"].concat()).unwrap();
        assert!(open(&path).is_err());
        assert!(matches!(open(folder.path().join("none")), Err(NpyFileError::Io { .. })));
    }

    #[test]
    fn what_decodes_is_mapped_alike() {
        let Some(corpus) = corpus_or_skip() else { return };
        let mut count = 0;
        for row in corpus.of_kind("npy") {
            let decoded = npy().decode(&row.read());
            let mapped = open(row.full_path());
            assert_eq!(decoded.is_ok(), mapped.is_ok(), "{}", row.path);
            if let (Ok(decoded), Ok(mapped)) = (decoded, mapped) {
                let view = mapped.view().unwrap();
                assert_eq!(
                    (view.layout(), view.payload()),
                    (decoded.layout(), decoded.payload()),
                    "{}",
                    row.path
                );
                count += 1;
            }
        }
        assert!(count > 0);
    }
}
