//! [`NpyFile`]: a `.npy` file whose payload stays where it is.
#![expect(unsafe_code, reason = "a mapping is only as constant as its file, which no type can tell")]

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use ndcodec_core::{
    ArrayError, ArrayView, CodecError, DecodeLimits, Filters, HeaderError, Layout, Order, rows_of,
};

use crate::header;

/// A `.npy` file that is mapped into memory: what is not looked at is never read.
///
/// To read some rows without this type's condition, give a file to
/// [`Chain::decode_rows`](ndcodec_core::Chain::decode_rows), which reads their bytes and no others.
///
/// ```no_run
/// # #![allow(unsafe_code)]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use ndcodec_core::Chain;
/// use ndcodec_npy::NpyFile;
///
/// // SAFETY: nobody writes to the files of a finished run.
/// let run = unsafe { NpyFile::open("run-17.npy") }?;
/// let rows = run.rows(0..1000)?;
/// let first: &[f64] = rows.as_slice()?;
/// # let _ = first;
///
/// let live = std::fs::File::open("live.npy")?;
/// let rows = Chain::parse("npy")?.decode_rows(&live, 0..1000)?;
/// # let _ = rows;
/// # Ok(())
/// # }
/// ```
pub struct NpyFile {
    map: Mmap,
    layout: Layout,
    head_len: usize,
}

/// Why a file cannot be used as a mapped array.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NpyFileError {
    /// The file cannot be opened or mapped.
    #[error("cannot map `{}`", path.display())]
    #[non_exhaustive]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The file is not one `.npy`.
    #[error("`{}` is not a `.npy` that can be mapped", path.display())]
    #[non_exhaustive]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: CodecError,
    },
}

impl NpyFile {
    /// Maps a file and reads its header, which may have as many characters as [`DecodeLimits`] have by default.
    ///
    /// # Safety
    /// The views that this value gives are of the file itself. Nobody, in this process or another, may write to the file
    /// or shorten it until the value is dropped: elements that change while they are read are undefined behaviour, and
    /// elements behind a new end stop the process with `SIGBUS`.
    /// Replacing a file by another of its name, as `ndcodec` does, does no harm.
    ///
    /// # Errors
    /// If the file cannot be read, is not exactly one `.npy`, or has a payload that filters rewrote.
    pub unsafe fn open(path: impl AsRef<Path>) -> Result<Self, NpyFileError> {
        // SAFETY: the caller's promise is the same.
        unsafe { Self::open_with(path, &DecodeLimits::new()) }
    }

    /// [`open`](Self::open) with limits, of which `max_header` counts: nothing is allocated for the payload.
    ///
    /// # Safety
    /// As [`open`](Self::open).
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub unsafe fn open_with(path: impl AsRef<Path>, limits: &DecodeLimits) -> Result<Self, NpyFileError> {
        let path = path.as_ref();
        let failed = |source| NpyFileError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        // SAFETY: the caller promises that the file stays as it is, and nothing here writes through the mapping.
        let map = unsafe { Mmap::map(&file) }.map_err(failed)?;
        let described = describe(&map, limits);
        let (layout, head_len) =
            described.map_err(|source| NpyFileError::Content { path: path.to_owned(), source })?;
        Ok(Self { map, layout, head_len })
    }

    /// dtype, shape and order.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The whole array, without a copy.
    ///
    /// # Errors
    /// None: the length was checked when the file was opened.
    pub fn view(&self) -> Result<ArrayView<'_>, ArrayError> {
        ArrayView::new(self.layout.clone(), self.payload())
    }

    /// Some rows (indices of the first dimension), without a copy where the array is C-ordered. The rows of a
    /// Fortran-ordered one are copied to C order.
    ///
    /// # Errors
    /// If there are no such rows.
    pub fn rows(&self, rows: Range<usize>) -> Result<ArrayView<'_>, ArrayError> {
        let (part, bytes) = rows_of(&self.layout, rows.clone())?;
        if self.layout.order() == Order::C || part.nbytes() == 0 {
            return ArrayView::new(part, &self.payload()[bytes]);
        }
        let itemsize = self.layout.dtype().itemsize();
        let strides = self.layout.shape().iter().scan(itemsize, |step, dim| {
            let stride = step.cast_signed();
            // No stride is longer than the payload, which is in memory.
            *step *= dim;
            Some(stride)
        });
        let strides: Vec<isize> = strides.collect();
        let first = rows.start * itemsize;
        ArrayView::from_strided(part.dtype().clone(), part.shape(), &strides, self.payload(), first)
    }

    fn payload(&self) -> &[u8] {
        &self.map[self.head_len..]
    }
}

impl fmt::Debug for NpyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NpyFile").field("layout", &self.layout).finish_non_exhaustive()
    }
}

/// The layout, and the length of the header before the payload, which ends where the file does.
fn describe(bytes: &[u8], limits: &DecodeLimits) -> Result<(Layout, usize), CodecError> {
    let found = header::read(bytes, None, limits).map_err(HeaderError::at_end)?;
    if let Filters::Listed(filters) = found.filters()
        && !filters.is_empty()
    {
        let message = format!("its payload is rewritten by `{filters}`, and must be decoded");
        return Err(CodecError::unsupported(message));
    }
    Ok((found.layout(bytes.len())?, found.head_len()))
}
