//! Some rows of a file, without the rest of it.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use ndcodec_core::{ArrayView, Chain, DecodeOptions, RandomAccess};
use ndcodec_npy as _;

/// Counts the bytes that are read.
struct Counting {
    bytes: Vec<u8>,
    read: AtomicU64,
}

impl RandomAccess for Counting {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
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
    let rows = npy.decode_rows_with(&file, 20_000..20_003, &DecodeOptions::new()).unwrap();
    assert_eq!(rows.shape(), [3, 10]);
    assert_eq!(rows.as_slice::<u32>().unwrap(), &elements[200_000..200_030]);
    // The header has 128 bytes, a row has 40.
    assert_eq!(file.read.load(Ordering::Relaxed), 128 + 3 * 40);
}

#[cfg(feature = "mmap")]
mod mapped {
    use std::path::PathBuf;

    use ndcodec_conformance::corpus_or_skip;
    use ndcodec_core::{ArrayView, Chain, Order};
    use ndcodec_npy::{NpyFile, NpyFileError};

    fn npy() -> Chain {
        Chain::parse("npy").unwrap()
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
            let file = NpyFile::open(written(&folder, &array)).unwrap();
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
        let file =
            NpyFile::open(written(&folder, &ArrayView::from_slice::<f64>(&[], &[2, 0]).unwrap())).unwrap();
        assert_eq!(file.rows(1..2).unwrap().shape(), [1, 0]);
        let file = NpyFile::open(written(&folder, &ArrayView::from_slice(&[1.5], &[]).unwrap())).unwrap();
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
            assert!(matches!(NpyFile::open(&path), Err(NpyFileError::Content { .. })), "{len}");
        }
        std::fs::write(&path, [&bytes[..], b"x"].concat()).unwrap();
        assert!(NpyFile::open(&path).is_err());
        assert!(matches!(NpyFile::open(folder.path().join("none")), Err(NpyFileError::Io { .. })));
    }

    #[test]
    fn what_decodes_is_mapped_alike() {
        let Some(corpus) = corpus_or_skip() else { return };
        let mut count = 0;
        for row in corpus.of_kind("npy") {
            let decoded = npy().decode(&row.read());
            let mapped = NpyFile::open(row.full_path());
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
