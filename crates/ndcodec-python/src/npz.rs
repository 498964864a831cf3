//! Archives of arrays, `.npz`: what `python/ndcodec/_npz.py` makes a mapping of, and writes to a file.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ndcodec::npz::{MemberEncoding, Npz, NpzError, NpzWriter};
use ndcodec::{Array, Inspection};
use numpy::PyUntypedArray;
use pyo3::exceptions::{PyKeyError, PyOSError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::input::Given;
use crate::{arrays, cache, dtypes, errors, options, raw, run};

/// An archive that is open for reading: its directory is in memory, and arrays are decoded when they are asked for.
#[pyclass(frozen, module = "ndcodec._ndcodec")]
#[derive(Debug)]
pub(crate) struct NpzReader {
    npz: Npz<Source>,
}

/// A member for Python: name, dtype, shape, order, bytes, compression, bytes in the archive, and what is wrong with it.
type Member<'py> = (
    String,
    Option<Bound<'py, PyAny>>,
    Option<Vec<Option<usize>>>,
    Option<&'static str>,
    Option<usize>,
    &'static str,
    u64,
    Option<Py<PyAny>>,
);

#[pymethods]
impl NpzReader {
    /// The archive in `bytes`, or in the file that a path names.
    #[new]
    fn new(
        source: &Bound<'_, PyAny>,
        max_bytes: Option<i64>,
        max_header: Option<i64>,
        max_window: Option<i64>,
    ) -> PyResult<Self> {
        let py = source.py();
        let options = options::Given { max_bytes, max_header, max_window }.options(py, None)?;
        let source = match source.cast::<PyBytes>() {
            Ok(bytes) => Source::Bytes(Cursor::new(bytes.clone().into())),
            Err(_) => {
                let path: PathBuf = source.extract()?;
                Source::File(py.detach(|| open(&path)).map_err(|error| os_error(&path, error))?)
            }
        };
        let npz = run::detached(py, || Npz::open_with(source, &options))?;
        Ok(Self { npz: npz.map_err(|error| errors::npz(py, &error, "decode"))? })
    }

    fn names(&self) -> Vec<&str> {
        self.npz.names().collect()
    }

    fn read<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyUntypedArray>> {
        let read = run::detached(py, || self.npz.read(name))?;
        let array: Array = read.map_err(|error| match error {
            NpzError::NoSuchArray { .. } => PyKeyError::new_err(name.to_owned()),
            error => errors::npz(py, &error, "decode"),
        })?;
        let (layout, buffer, payload) = array.into_parts();
        arrays::to_numpy(py, &layout, buffer, payload)
    }

    fn members<'py>(&self, py: Python<'py>) -> PyResult<Vec<Member<'py>>> {
        let look = |member: &ndcodec::npz::Member| self.npz.inspect(member.name());
        let looks = run::detached(py, || self.npz.members().iter().map(look).collect::<Vec<_>>())?;
        let describe = |(member, look): (&ndcodec::npz::Member, Result<Inspection, NpzError>)| {
            let name = member.name().to_owned();
            let (encoding, encoded_len) = (word_of(member.encoding()), member.encoded_len());
            match look {
                Ok(look) => {
                    let dtype = dtypes::to_numpy(py, &look.dtype)?.into_any();
                    let shape = look.shape.dims().to_vec();
                    let order = look.order.as_str();
                    Ok((
                        name,
                        Some(dtype),
                        Some(shape),
                        Some(order),
                        look.nbytes,
                        encoding,
                        encoded_len,
                        None,
                    ))
                }
                Err(error) => {
                    let error = errors::npz(py, &error, "decode").into_value(py).into_any();
                    Ok((name, None, None, None, None, encoding, encoded_len, Some(error)))
                }
            }
        };
        self.npz.members().iter().zip(looks).map(describe).collect()
    }
}

/// Writes arrays to the new file `path`.
#[pyfunction]
pub(crate) fn npz_write(
    py: Python<'_>,
    path: PathBuf,
    arrays: Vec<(String, Bound<'_, PyAny>)>,
    compression: &str,
    level: Option<i32>,
    max_header: Option<i64>,
) -> PyResult<()> {
    let created = py.detach(|| File::options().write(true).create_new(true).open(&path));
    let file = created.map_err(|error| os_error(&path, error))?;
    write(py, io::BufWriter::with_capacity(256 << 10, file), &arrays, compression, level, max_header)
        .map(drop)
}

/// The archive of these arrays as bytes.
#[pyfunction]
pub(crate) fn npz_bytes<'py>(
    py: Python<'py>,
    arrays: Vec<(String, Bound<'py, PyAny>)>,
    compression: &str,
    level: Option<i32>,
    max_header: Option<i64>,
) -> PyResult<Bound<'py, PyBytes>> {
    let written = write(py, Cursor::new(Vec::new()), &arrays, compression, level, max_header)?;
    raw::copied(py, written.get_ref())
}

fn write<W: Write + Seek + Send>(
    py: Python<'_>,
    writer: W,
    arrays: &[(String, Bound<'_, PyAny>)],
    compression: &str,
    level: Option<i32>,
    max_header: Option<i64>,
) -> PyResult<W> {
    let failure = |error: NpzError| errors::npz(py, &error, "encode");
    let mut npz = NpzWriter::new(writer).with_encoding(encoding(py, compression)?);
    if let Some(level) = level {
        npz = npz.with_level(level);
    }
    if let Some(bytes) = max_header {
        npz = npz.with_max_header(options::size(py, "max_header", bytes)?);
    }
    let line = cache::chain(py, "npy")?;
    for (name, array) in arrays {
        let given = Given::new(array, &line)?;
        let view = given.view()?;
        run::detached(py, || npz.add(name, &view))?.map_err(failure)?;
    }
    let finished = run::detached(py, || {
        let mut writer = npz.finish()?;
        let flushed = writer.flush();
        Ok((writer, flushed))
    })?;
    let (writer, flushed) = finished.map_err(failure)?;
    flushed?;
    Ok(writer)
}

fn encoding(py: Python<'_>, word: &str) -> PyResult<MemberEncoding> {
    let known = [MemberEncoding::Stored, MemberEncoding::Deflated, MemberEncoding::Zstd];
    known.into_iter().find(|encoding| word_of(*encoding) == word).ok_or_else(|| {
        errors::plain(py, format!("`compression` is `{word}`, and must be `stored`, `deflate` or `zstd`"))
    })
}

/// The words of the stages that do the same.
fn word_of(encoding: MemberEncoding) -> &'static str {
    match encoding {
        MemberEncoding::Deflated => "deflate",
        other => other.as_str(),
    }
}

/// Folders can be opened on some systems, and not read.
fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok(file)
}

/// `FileNotFoundError` and its like, with the file's name.
fn os_error(path: &Path, error: io::Error) -> PyErr {
    match error.raw_os_error() {
        Some(number) => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or_default().to_owned();
            PyOSError::new_err((number, text, path.as_os_str().to_owned()))
        }
        None => io::Error::new(error.kind(), format!("{error}: {}", path.display())).into(),
    }
}

/// Where an archive is.
#[derive(Debug)]
enum Source {
    File(File),
    Bytes(Cursor<PyBackedBytes>),
}

impl Read for Source {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buf),
            Self::Bytes(bytes) => bytes.read(buf),
        }
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Bytes(bytes) => bytes.seek(to),
        }
    }
}
