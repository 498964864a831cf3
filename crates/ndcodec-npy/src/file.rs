//! [`NpyFile`]: a `.npy` file whose payload stays where it is.

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
use crate::map::map;

/// A `.npy` file that is mapped into memory: what is not looked at is never read.
///
/// The file must stay as it is while this value lives; see [`open`](Self::open).
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
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The file is not one `.npy`.
    #[error("`{}` is no `.npy` that can be mapped", path.display())]
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
    /// # The file must not change
    ///
    /// The views that this value gives are of the file itself.
    /// Whoever opens a file so takes it upon himself that nobody, in this process or another, writes to it or shortens
    /// it until the value is dropped: elements that change while they are read are undefined behaviour, and elements
    /// behind a new end stop the process with `SIGBUS`.
    /// Replacing a file by another of its name, as `ndcodec` does, is no harm.
    /// Where that cannot be promised, `Chain::decode` and `Chain::decode_rows_with` read instead.
    ///
    /// # Errors
    /// Where the file cannot be read, is not exactly one `.npy`, or has a payload that filters rewrote.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, NpyFileError> {
        Self::open_with(path, &DecodeLimits::new())
    }

    /// [`open`](Self::open) with limits, of which `max_header` counts: nothing is allocated for the payload.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(path: impl AsRef<Path>, limits: &DecodeLimits) -> Result<Self, NpyFileError> {
        let path = path.as_ref();
        let failed = |source| NpyFileError::Io { path: path.to_owned(), source };
        let map = map(&File::open(path).map_err(failed)?).map_err(failed)?;
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
    /// Where there are no such rows.
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
