//! Rows of arrays that are not in memory: in a file, or wherever a Python function reads them.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use ndcodec::stream::RandomAccess;
use ndcodec::{DecodeOptions, EncodedData};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::cache::ChainLine;
use crate::input::Encoded;
use crate::run::{self, Work};
use crate::{arrays, chain, errors, functions, options};

/// How much of a file tells which chain wrote it.
const BEGINNING: u64 = 64 << 10;

/// The rows `start` to before `stop` of the array in the file at `path`, of which only what they need is read.
pub(crate) fn of_file<'py>(
    path: &Bound<'py, PyAny>,
    (start, stop): (i64, i64),
    chain: Option<&Bound<'py, PyAny>>,
    threads: Option<i64>,
    limits: options::Given,
    stages: Option<&[String]>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = path.py();
    let options = limits.options(py, threads)?;
    let path: PathBuf = path.extract()?;
    let (file, beginning) = py.detach(|| -> io::Result<_> {
        let file = File::open(path)?;
        let mut beginning = Vec::new();
        (&file).take(BEGINNING).read_to_end(&mut beginning)?;
        Ok((file, beginning))
    })?;
    let beginning = Encoded::Bytes(PyBytes::new(py, &beginning));
    let line = functions::given_or_detected(py, chain, &beginning, stages)?;
    rows(&line, EncodedData::at(file), py, (start, stop), &options)
}

/// The rows `start` to before `stop` of an array.
pub(crate) fn rows<'py>(
    line: &ChainLine,
    data: EncodedData<'_>,
    py: Python<'py>,
    (start, stop): (i64, i64),
    options: &DecodeOptions,
) -> PyResult<Bound<'py, PyAny>> {
    let (Ok(from), Ok(to)) = (usize::try_from(start), usize::try_from(stop)) else {
        return Err(errors::plain(py, format!("invalid rows {start} to {stop}; expected numbers from 0 on")));
    };
    let work = Work { bytes: usize::MAX, is_light: false };
    let rows = run::run(py, work, || line.checked.decode_rows_with(data, from..to, options))?;
    let (layout, buffer, payload) = rows.into_parts();
    Ok(arrays::to_numpy(py, &layout, buffer, payload)?.into_any())
}

/// The rows ``start`` to before ``stop`` of an encoded array of ``size`` bytes, which ``read(offset, length)`` gives.
#[pyfunction]
#[pyo3(signature = (read, size, start, stop, chain, *, max_bytes))]
pub(crate) fn decode_rows_at<'py>(
    read: &Bound<'py, PyAny>,
    size: u64,
    start: i64,
    stop: i64,
    chain: &Bound<'py, PyAny>,
    max_bytes: Option<i64>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = read.py();
    let options = options::Given { max_bytes, max_header: None, max_window: None }.options(py, None)?;
    let source = Asked { read: read.clone().unbind(), size, raised: Mutex::new(None) };
    let rows = rows(&chain::line(chain)?, EncodedData::at(&source), py, (start, stop), &options);
    let raised = source.raised.into_inner().unwrap_or_else(PoisonError::into_inner);
    rows.map_err(|error| raised.unwrap_or(error))
}

/// Bytes that a Python function reads.
struct Asked {
    read: Py<PyAny>,
    size: u64,
    /// What it raised.
    raised: Mutex<Option<PyErr>>,
}

impl RandomAccess for Asked {
    fn size(&self) -> io::Result<u64> {
        Ok(self.size)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        Python::attach(|py| {
            let mut read = || -> PyResult<()> {
                let data = self.read.bind(py).call1((offset, buf.len()))?;
                let data = Encoded::bytes_only(&data)?;
                if data.as_slice().len() != buf.len() {
                    let (len, found) = (buf.len(), data.as_slice().len());
                    return Err(errors::plain(py, format!("{len} bytes were to be read, and {found} came")));
                }
                buf.copy_from_slice(data.as_slice());
                Ok(())
            };
            read().map_err(|error| {
                *self.raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                io::Error::other("the function that reads raised")
            })
        })
    }
}
