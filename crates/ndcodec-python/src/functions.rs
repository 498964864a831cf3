//! The functions of the module. A chain may be given as text, which is parsed once and remembered.

use std::io;
use std::sync::{Mutex, PoisonError};

use ndcodec::{Arrays, Detected, EncodedData};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::cache::{self, ChainLine};
use crate::info::hex;
use crate::input::Encoded;
use crate::made::{Bytes, Text};
use crate::{arrays, chain, errors, options, pipeline, rows, run};

/// The array ``x`` as bytes, by ``chain``: its text or a `Chain`.
///
/// Strided arrays are encoded in C order, Fortran-ordered ones in their own order. ``threads`` is the greatest number of
/// threads, all cores if ``None``; the result never depends on it.
///
/// ``progress`` is called about ten times a second with the number of bytes of ``x`` that are done and their total. If it
/// raises, the call ends with that exception. With ``progress`` the array is encoded as a stream, which may write other
/// bytes that decode to the same array. Filters need the whole array: with them, the codecs begin only when all bytes are
/// counted.
///
/// A header of more than ``max_header`` bytes (262,144 by default, as for reading) is a `LimitError`. If you raise this
/// limit, readers must raise theirs.
///
/// >>> import ndcodec, numpy as np
/// >>> ndcodec.encode(np.arange(3, dtype="u1"), "raw|hex")
/// b'000102'
/// >>> ndcodec.encode(np.arange(3, dtype="u1"), "raw|hex", progress=lambda done, total: print(done, "of", total))
/// 3 of 3
/// b'000102'
#[pyfunction]
#[pyo3(signature = (x, chain, *, threads=None, max_header=None, progress=None))]
pub(crate) fn encode<'py>(
    x: &Bound<'py, PyAny>,
    chain: &Bound<'py, PyAny>,
    threads: Option<i64>,
    max_header: Option<i64>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    chain::encode::<Bytes>(&chain::line(chain)?, x, threads, max_header, progress)
}

/// The array ``x`` as ``str``, for JSON, by a chain that ends in text.
///
/// >>> import ndcodec, numpy as np
/// >>> text = ndcodec.encode_text(np.arange(3, dtype="<u2"), "npy|zstd|base64")
/// >>> ndcodec.decode(text)
/// array([0, 1, 2], dtype=uint16)
#[pyfunction]
#[pyo3(signature = (x, chain, *, threads=None, max_header=None, progress=None))]
pub(crate) fn encode_text<'py>(
    x: &Bound<'py, PyAny>,
    chain: &Bound<'py, PyAny>,
    threads: Option<i64>,
    max_header: Option<i64>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    chain::encode::<Text>(&chain::line(chain)?, x, threads, max_header, progress)
}

/// Write the encoded form of the array ``x`` to the beginning of ``out``, a writeable buffer, and return its length.
///
/// >>> import ndcodec, numpy as np
/// >>> room = bytearray(8)
/// >>> ndcodec.encode_into(np.array([7, 8], dtype="u1"), room, "raw|hex"), room[:4]
/// (4, bytearray(b'0708'))
#[pyfunction]
#[pyo3(signature = (x, out, chain, *, threads=None, max_header=None))]
pub(crate) fn encode_into(
    x: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
    chain: &Bound<'_, PyAny>,
    threads: Option<i64>,
    max_header: Option<i64>,
) -> PyResult<usize> {
    chain::encode_into(&chain::line(chain)?, x, out, threads, max_header)
}

/// The array that ``data`` holds: ``bytes``, ``str``, any buffer, a path, or an open file (from its current position to its
/// end).
///
/// Without ``chain``, the chain is detected. This works if the format inside has a magic number. The array is writeable and
/// aligned. If the data are not exactly what the chain writes, this raises a `StageError`; if the array would have more
/// than ``max_bytes``, a `LimitError`. ``max_bytes=None`` lifts every limit. ``max_header`` (262,144 characters by default)
/// and ``max_window`` (128 MiB) bound the header and the window of a zstd frame. ``stages`` names the only stages that may
/// run, whether the chain names them or the data do. ``progress`` is called about ten times a second with the number of
/// bytes of ``data`` that were read and their total. If it raises, the call ends with that exception.
///
/// >>> import ndcodec, numpy as np
/// >>> data = ndcodec.encode(np.array([1.5, 2.5]), "npy|zstd|base64")
/// >>> ndcodec.decode(data, "npy|zstd|base64")
/// array([1.5, 2.5])
/// >>> ndcodec.decode(data)
/// array([1.5, 2.5])
#[pyfunction]
#[pyo3(signature = (data, chain=None, *, threads=None, max_bytes=Some(1073741824), max_header=None, max_window=None, stages=None, progress=None))]
#[pyo3(
    text_signature = "(data, chain=None, *, threads=None, max_bytes=1073741824, max_header=None, max_window=None, stages=None, progress=None)"
)]
#[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub(crate) fn decode<'py>(
    data: &Bound<'py, PyAny>,
    chain: Option<&Bound<'py, PyAny>>,
    threads: Option<i64>,
    max_bytes: Option<i64>,
    max_header: Option<i64>,
    max_window: Option<i64>,
    stages: Option<Vec<String>>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = data.py();
    let data = Encoded::new(data)?;
    let limits = options::Given { max_bytes, max_header, max_window };
    let line = given_or_detected(py, chain, &data, stages.as_deref())?;
    chain::decode(&line, data, py, threads, limits, progress)
}

/// Decode into ``out``, an array of the same dtype and shape or a buffer of the same length, and return it.
///
/// This allocates no second array, unless there are filters or the orders differ. If it fails, the content of ``out`` is
/// unspecified. The size of ``out`` is the limit, unless ``max_bytes`` gives another.
///
/// >>> import ndcodec, numpy as np
/// >>> data = ndcodec.encode(np.array([1.5, 2.5]), "npy|zstd")
/// >>> out = np.empty(2)
/// >>> ndcodec.decode_into(data, out) is out, out
/// (True, array([1.5, 2.5]))
#[pyfunction]
#[pyo3(signature = (data, out, chain=None, *, threads=None, max_bytes=None, max_header=None, max_window=None, stages=None))]
#[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub(crate) fn decode_into<'py>(
    data: &Bound<'py, PyAny>,
    out: &Bound<'py, PyAny>,
    chain: Option<&Bound<'py, PyAny>>,
    threads: Option<i64>,
    max_bytes: Option<i64>,
    max_header: Option<i64>,
    max_window: Option<i64>,
    stages: Option<Vec<String>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = data.py();
    let data = Encoded::new(data)?;
    let limits = options::Given { max_bytes, max_header, max_window };
    let line = given_or_detected(py, chain, &data, stages.as_deref())?;
    chain::decode_into(&line, data, out, threads, limits)
}

/// The rows ``start`` to before ``stop`` of the array that ``data`` holds.
///
/// For ``chunked``, only the chunks that hold these rows are decoded; for plain ``npy``, only their bytes are read. So
/// ``data`` may be the path of a large file, or a file that is mapped into memory. Any other chain decodes the whole array.
///
/// >>> import ndcodec, numpy as np
/// >>> data = ndcodec.encode(np.arange(1000), "chunked(shuffle|zstd)")
/// >>> ndcodec.decode_rows(data, 100, 103)
/// array([100, 101, 102])
#[pyfunction]
#[pyo3(signature = (data, start, stop, chain=None, *, threads=None, max_bytes=Some(1073741824), max_header=None, max_window=None, stages=None))]
#[pyo3(
    text_signature = "(data, start, stop, chain=None, *, threads=None, max_bytes=1073741824, max_header=None, max_window=None, stages=None)"
)]
#[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub(crate) fn decode_rows<'py>(
    data: &Bound<'py, PyAny>,
    start: i64,
    stop: i64,
    chain: Option<&Bound<'py, PyAny>>,
    threads: Option<i64>,
    max_bytes: Option<i64>,
    max_header: Option<i64>,
    max_window: Option<i64>,
    stages: Option<Vec<String>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = data.py();
    let limits = options::Given { max_bytes, max_header, max_window };
    if data.hasattr("__fspath__")? {
        return rows::of_file(data, (start, stop), chain, threads, limits, stages.as_deref());
    }
    let data = Encoded::new(data)?;
    let line = given_or_detected(py, chain, &data, stages.as_deref())?;
    chain::decode_rows(&line, &data, py, (start, stop), threads, limits)
}

/// The bytes ``data``, ``bytes`` or any buffer, encoded by ``pipeline``: codecs only, as text or a `Pipeline`.
///
/// >>> import ndcodec
/// >>> ndcodec.encode_bytes(b"any bytes", "base64")
/// b'YW55IGJ5dGVz'
#[pyfunction]
#[pyo3(signature = (data, pipeline, *, progress=None))]
pub(crate) fn encode_bytes<'py>(
    data: &Bound<'py, PyAny>,
    pipeline: &Bound<'py, PyAny>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    pipeline::encode::<Bytes>(&pipeline::line(pipeline)?, data, progress)
}

/// The bytes ``data`` as ``str``, by a pipeline that ends in text.
///
/// >>> import ndcodec
/// >>> ndcodec.encode_bytes_text(b"any bytes", "base64")
/// 'YW55IGJ5dGVz'
#[pyfunction]
#[pyo3(signature = (data, pipeline, *, progress=None))]
pub(crate) fn encode_bytes_text<'py>(
    data: &Bound<'py, PyAny>,
    pipeline: &Bound<'py, PyAny>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    pipeline::encode::<Text>(&pipeline::line(pipeline)?, data, progress)
}

/// The bytes that ``data`` holds: ``bytes``, ``str`` or any buffer, encoded by ``pipeline``.
///
/// >>> import ndcodec
/// >>> ndcodec.decode_bytes("YW55IGJ5dGVz", "base64")
/// b'any bytes'
#[pyfunction]
#[pyo3(signature = (data, pipeline, *, max_bytes=Some(1073741824), max_header=None, max_window=None, progress=None))]
#[pyo3(
    text_signature = "(data, pipeline, *, max_bytes=1073741824, max_header=None, max_window=None, progress=None)"
)]
pub(crate) fn decode_bytes<'py>(
    data: &Bound<'py, PyAny>,
    pipeline: &Bound<'py, PyAny>,
    max_bytes: Option<i64>,
    max_header: Option<i64>,
    max_window: Option<i64>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let limits = options::Given { max_bytes, max_header, max_window };
    pipeline::decode(&pipeline::line(pipeline)?, data, limits, progress)
}

/// All arrays that follow each other in ``data``, such as a file that several calls of ``np.save`` wrote.
///
/// ``max_bytes`` holds for all of them together. `decode_iter` gives one at a time.
///
/// >>> import io, ndcodec, numpy as np
/// >>> file = io.BytesIO()
/// >>> np.save(file, np.arange(3)); np.save(file, np.eye(2))
/// >>> [x.shape for x in ndcodec.decode_all(file.getvalue())]
/// [(3,), (2, 2)]
#[pyfunction]
#[pyo3(signature = (data, chain=None, *, threads=None, max_bytes=Some(1073741824), max_header=None, max_window=None, stages=None))]
#[pyo3(
    text_signature = "(data, chain=None, *, threads=None, max_bytes=1073741824, max_header=None, max_window=None, stages=None)"
)]
pub(crate) fn decode_all<'py>(
    data: &Bound<'py, PyAny>,
    chain: Option<&Bound<'py, PyAny>>,
    threads: Option<i64>,
    max_bytes: Option<i64>,
    max_header: Option<i64>,
    max_window: Option<i64>,
    stages: Option<Vec<String>>,
) -> PyResult<Bound<'py, PyList>> {
    let iterator = decode_iter(data, chain, threads, max_bytes, max_header, max_window, stages)?;
    let list = PyList::empty(data.py());
    while let Some(array) = iterator.next(data.py())? {
        list.append(array)?;
    }
    Ok(list)
}

/// An iterator over the arrays that follow each other in ``data``, each decoded when the iterator gets to it.
///
/// ``max_bytes`` holds for all of them together.
///
/// >>> import io, ndcodec, numpy as np
/// >>> file = io.BytesIO()
/// >>> np.save(file, np.arange(3)); np.save(file, np.eye(2))
/// >>> for x in ndcodec.decode_iter(file.getvalue()):
/// ...     print(x.shape)
/// (3,)
/// (2, 2)
#[pyfunction]
#[pyo3(signature = (data, chain=None, *, threads=None, max_bytes=Some(1073741824), max_header=None, max_window=None, stages=None))]
#[pyo3(
    text_signature = "(data, chain=None, *, threads=None, max_bytes=1073741824, max_header=None, max_window=None, stages=None)"
)]
pub(crate) fn decode_iter<'py>(
    data: &Bound<'py, PyAny>,
    chain: Option<&Bound<'py, PyAny>>,
    threads: Option<i64>,
    max_bytes: Option<i64>,
    max_header: Option<i64>,
    max_window: Option<i64>,
    stages: Option<Vec<String>>,
) -> PyResult<ArrayIterator> {
    let py = data.py();
    let data = Encoded::new(data)?;
    let line = given_or_detected(py, chain, &data, stages.as_deref())?;
    let options = options::Given { max_bytes, max_header, max_window }.options(py, threads)?;
    let reader = Kept { bytes: data.into_bytes(py)?.unbind(), at: 0 };
    let arrays = run::quick(py, || line.checked.decode_all_with(EncodedData::reader(reader), &options))?;
    Ok(ArrayIterator(Mutex::new(arrays)))
}

/// Several arrays, one decoded at a time.
#[pyclass(module = "ndcodec", frozen)]
pub(crate) struct ArrayIterator(Mutex<Arrays<'static>>);

#[pymethods]
impl ArrayIterator {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.next(py)
    }
}

impl ArrayIterator {
    fn next<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let work = run::Work { bytes: usize::MAX, is_light: false };
        let next = || {
            let mut arrays = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            arrays.next().transpose()
        };
        let Some(array) = run::run(py, work, next)? else { return Ok(None) };
        let (layout, buffer, payload) = array.into_parts();
        Ok(Some(arrays::to_numpy(py, &layout, buffer, payload)?.into_any()))
    }
}

/// A reader of bytes that Python keeps.
struct Kept {
    bytes: Py<PyBytes>,
    at: usize,
}

impl io::Read for Kept {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Python::attach(|py| {
            let mut rest = self.bytes.bind(py).as_bytes().get(self.at..).unwrap_or_default();
            let n = rest.read(buf)?;
            self.at += n;
            Ok(n)
        })
    }
}

/// The chain that was given, else the one that wrote the data.
pub(crate) fn given_or_detected(
    py: Python<'_>,
    given: Option<&Bound<'_, PyAny>>,
    data: &Encoded<'_>,
    stages: Option<&[String]>,
) -> PyResult<ChainLine> {
    if let Some(given) = given {
        return chain::line_of(given, stages);
    }
    let encoded = data.as_slice();
    match run::detached(py, || ndcodec::detect(encoded))? {
        Detected::Chain(chain) => cache::chain_of(py, &chain.to_string(), stages),
        Detected::Pipeline { pipeline, inside, .. } if inside.is_empty() => {
            // Why nothing can be seen inside is for the pipeline to say, as a stream: the layers around that may hold a GiB.
            let look = || pipeline.decoder(encoded)?.pull(&mut [0]);
            run::detached(py, look)?.map_err(|error| errors::to_python(py, &error))?;
            let problem = format!(
                "the data are encoded by `{pipeline}`, and hold no bytes, so no array; use `decode_bytes`"
            );
            Err(errors::plain(py, problem))
        }
        Detected::Pipeline { pipeline, inside, known, .. } => {
            let inside = known.map_or_else(
                || format!("bytes that begin with {}, which no format writes", hex(&inside)),
                |known| format!("{}, which no format writes", known.name),
            );
            let help = known.map_or_else(
                || {
                    format!(
                        "name the chain with the dtype, as in `raw(<f4)|{pipeline}`, or use `decode_bytes`"
                    )
                },
                |known| known.advice.to_owned(),
            );
            let problem =
                format!("the data are encoded by `{pipeline}`, and inside are {inside}\nhelp: {help}");
            Err(errors::plain(py, problem))
        }
        Detected::Unknown { begins, .. } if begins.is_empty() => {
            Err(errors::plain(py, "there are no data to decode"))
        }
        Detected::Unknown { known: Some(known), .. } if data.as_slice().starts_with(b"PK") => {
            let problem = format!("cannot tell which chain wrote the data: it is {}", known.name);
            Err(errors::plain(py, format!("{problem}\nhelp: `ndcodec.load_npz` reads archives of arrays")))
        }
        Detected::Unknown { known: Some(known), .. } => {
            let problem = format!("cannot tell which chain wrote the data: it is {}", known.name);
            Err(errors::plain(py, format!("{problem}\nhelp: {}", known.advice)))
        }
        Detected::Unknown { guess, begins, .. } => {
            let begins = hex(&begins);
            let guess = guess.map(|guess| format!(" (it may be `{guess}`)")).unwrap_or_default();
            Err(errors::plain(
                py,
                format!("cannot tell which chain wrote data that begin with {begins}{guess}; name the chain"),
            ))
        }
        _ => Err(errors::plain(py, "cannot tell which chain wrote the data; name the chain")),
    }
}
