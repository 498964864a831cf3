//! The class `Chain`.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use ndcodec::stage::Destination;
use ndcodec::{ArrayView, DecodeOptions, EncodeOptions, Error, Layout};
use numpy::PyUntypedArray;
use pyo3::basic::CompareOp;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};

use crate::cache::{self, ChainLine};
use crate::input::{self, Encoded, Given, Room};
use crate::long::{self, Collected, Counted};
use crate::made::{self, Bytes, Encode, Made, Text};
use crate::run::{self, Work};
use crate::{arrays, errors, memory, options, rows};

/// A checked chain: a format, then filters, then codecs. It says how an array becomes bytes or text, and back.
///
/// Chains are immutable, equal where they do the same, and may be hashed, pickled and used by many threads at once.
/// The functions of the module take the text as well, and parse it only once. ``stages`` names the only stages that may
/// run, whether the text names them or the data do, as the inner chain of ``chunked``.
///
/// >>> import ndcodec, numpy as np
/// >>> chain = ndcodec.Chain("npy | zstd(level=3) | base64")
/// >>> chain
/// Chain('npy|zstd|base64')
/// >>> chain.decode(chain.encode(np.arange(6).reshape(2, 3)))
/// array([[0, 1, 2],
///        [3, 4, 5]])
#[pyclass(frozen, module = "ndcodec")]
#[derive(Debug)]
pub(crate) struct Chain(pub(crate) ChainLine);

#[pymethods]
impl Chain {
    #[new]
    #[pyo3(signature = (text, *, stages=None))]
    fn new(py: Python<'_>, text: &str, stages: Option<Vec<String>>) -> PyResult<Self> {
        cache::chain_of(py, text, stages.as_deref()).map(Self)
    }

    /// The encoded form of the array ``x``.
    ///
    /// ``threads`` is the most that may work on it, all cores if ``None``; the result never depends on it. ``progress`` is
    /// called with the bytes that are done and all there are: see `encode`.
    ///
    /// >>> import ndcodec, numpy as np
    /// >>> ndcodec.Chain("raw|base64").encode(np.zeros(3, dtype="<f4"))
    /// b'AAAAAAAAAAAAAAAA'
    #[pyo3(signature = (x, *, threads=None, max_header=None, progress=None))]
    fn encode<'py>(
        &self,
        x: &Bound<'py, PyAny>,
        threads: Option<i64>,
        max_header: Option<i64>,
        progress: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        encode::<Bytes>(&self.0, x, threads, max_header, progress)
    }

    /// The encoded form of the array ``x`` as ``str``, for a chain that ends in text.
    ///
    /// >>> import ndcodec, numpy as np
    /// >>> ndcodec.Chain("raw|hex").encode_text(np.array([1, 2], dtype=">u2"))
    /// '00010002'
    #[pyo3(signature = (x, *, threads=None, max_header=None, progress=None))]
    fn encode_text<'py>(
        &self,
        x: &Bound<'py, PyAny>,
        threads: Option<i64>,
        max_header: Option<i64>,
        progress: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        encode::<Text>(&self.0, x, threads, max_header, progress)
    }

    /// Write the encoded form of the array ``x`` to the beginning of ``out``, a writeable buffer, and return its
    /// length.
    ///
    /// >>> import ndcodec, numpy as np
    /// >>> room = bytearray(8)
    /// >>> ndcodec.Chain("raw|hex").encode_into(np.array([7], dtype="u1"), room), room[:2]
    /// (2, bytearray(b'07'))
    #[pyo3(signature = (x, out, *, threads=None, max_header=None))]
    fn encode_into(
        &self,
        x: &Bound<'_, PyAny>,
        out: &Bound<'_, PyAny>,
        threads: Option<i64>,
        max_header: Option<i64>,
    ) -> PyResult<usize> {
        encode_into(&self.0, x, out, threads, max_header)
    }

    /// The array that ``data`` holds: ``bytes``, ``str`` or any buffer.
    ///
    /// The array is writeable and aligned. Data that are not exactly what the chain writes are a `StageError`, and a
    /// `LimitError` where the array would have more than ``max_bytes``; ``None`` lifts every limit.
    ///
    /// >>> import ndcodec
    /// >>> ndcodec.Chain("raw(<u2)|hex").decode("01000200")
    /// array([1, 2], dtype=uint16)
    #[pyo3(signature = (data, *, threads=None, max_bytes=Some(1073741824), max_header=None, max_window=None, progress=None))]
    #[pyo3(
        text_signature = "($self, data, *, threads=None, max_bytes=1073741824, max_header=None, max_window=None, progress=None)"
    )]
    fn decode<'py>(
        &self,
        data: &Bound<'py, PyAny>,
        threads: Option<i64>,
        max_bytes: Option<i64>,
        max_header: Option<i64>,
        max_window: Option<i64>,
        progress: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let limits = options::Given { max_bytes, max_header, max_window };
        decode(&self.0, Encoded::new(data)?, data.py(), threads, limits, progress)
    }

    /// Decode into ``out``, an array of the same dtype and shape or a buffer of the same length, and return it.
    ///
    /// If this fails, the content of ``out`` is unspecified.
    ///
    /// >>> import ndcodec, numpy as np
    /// >>> ndcodec.Chain("raw(<u2)|hex").decode_into("01000200", np.empty(2, dtype="<u2"))
    /// array([1, 2], dtype=uint16)
    #[pyo3(signature = (data, out, *, threads=None, max_bytes=None, max_header=None, max_window=None))]
    fn decode_into<'py>(
        &self,
        data: &Bound<'py, PyAny>,
        out: &Bound<'py, PyAny>,
        threads: Option<i64>,
        max_bytes: Option<i64>,
        max_header: Option<i64>,
        max_window: Option<i64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let limits = options::Given { max_bytes, max_header, max_window };
        decode_into(&self.0, Encoded::new(data)?, out, threads, limits)
    }

    /// The rows ``start`` to before ``stop`` of the array that ``data`` holds.
    ///
    /// A ``chunked`` array is decoded only where they lie, and of a plain ``npy`` only their bytes are read.
    ///
    /// >>> import ndcodec, numpy as np
    /// >>> chain = ndcodec.Chain("chunked(shuffle|zstd)")
    /// >>> chain.decode_rows(chain.encode(np.arange(100)), 40, 43)
    /// array([40, 41, 42])
    #[pyo3(signature = (data, start, stop, *, threads=None, max_bytes=Some(1073741824), max_header=None, max_window=None))]
    #[pyo3(
        text_signature = "($self, data, start, stop, *, threads=None, max_bytes=1073741824, max_header=None, max_window=None)"
    )]
    #[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn decode_rows<'py>(
        &self,
        data: &Bound<'py, PyAny>,
        start: i64,
        stop: i64,
        threads: Option<i64>,
        max_bytes: Option<i64>,
        max_header: Option<i64>,
        max_window: Option<i64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let limits = options::Given { max_bytes, max_header, max_window };
        decode_rows(&self.0, &Encoded::new(data)?, data.py(), (start, stop), threads, limits)
    }

    /// This chain with all filled in that it takes from the array ``x``: what a reader needs to decode.
    ///
    /// >>> import ndcodec, numpy as np
    /// >>> ndcodec.Chain("raw|zlib").resolved(np.zeros((2, 3), dtype="<f4"))
    /// Chain('raw(<f4,2x3)|zlib')
    fn resolved(&self, x: &Bound<'_, PyAny>) -> PyResult<Self> {
        let layout = input::layout(x)?;
        let chain = run::quick(x.py(), || self.0.checked.resolve(&layout))?;
        Ok(Self(Arc::new(cache::chain_line(chain))))
    }

    /// The stages as text, in the order of encoding.
    ///
    /// >>> import ndcodec
    /// >>> ndcodec.Chain("npy|zstd(9)|base64").stages
    /// ('npy', 'zstd(level=9)', 'base64')
    #[getter]
    fn stages<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.checked.stages().map(ToString::to_string).collect::<Vec<_>>())
    }

    /// Whether what it encodes is ASCII text.
    ///
    /// >>> import ndcodec
    /// >>> ndcodec.Chain("npy|base64").is_text, ndcodec.Chain("npy|zstd").is_text
    /// (True, False)
    #[getter]
    fn is_text(&self) -> bool {
        self.0.checked.is_text()
    }

    fn __str__(&self) -> &str {
        &self.0.text
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("Chain({})", PyString::new(py, &self.0.text).repr()?))
    }

    fn __richcmp__(&self, other: &Bound<'_, PyAny>, op: CompareOp) -> PyResult<Py<PyAny>> {
        let py = other.py();
        let equal = other.cast::<Self>().ok().map(|other| other.get().0.text == self.0.text);
        compared(py, equal, op)
    }

    fn __hash__(&self) -> u64 {
        hash_of(&self.0.text)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        cache::reduced(py, py.get_type::<Self>(), &self.0.text)
    }
}

/// What `==` and `!=` return if both sides are comparable, else `NotImplemented`.
pub(crate) fn compared(py: Python<'_>, equal: Option<bool>, op: CompareOp) -> PyResult<Py<PyAny>> {
    let answer = match (op, equal) {
        (CompareOp::Eq, Some(equal)) => equal,
        (CompareOp::Ne, Some(equal)) => !equal,
        _ => return Ok(py.NotImplemented()),
    };
    Ok(answer.into_pyobject(py)?.to_owned().into_any().unbind())
}

pub(crate) fn hash_of(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The chain that an argument names: its text, or a `Chain`.
pub(crate) fn line(chain: &Bound<'_, PyAny>) -> PyResult<ChainLine> {
    line_of(chain, None)
}

/// As [`line`], of these stages and no others.
pub(crate) fn line_of(chain: &Bound<'_, PyAny>, stages: Option<&[String]>) -> PyResult<ChainLine> {
    if let Ok(text) = chain.cast::<PyString>() {
        return cache::chain_of(chain.py(), text.to_str()?, stages);
    }
    match chain.cast::<Chain>() {
        Ok(chain) if stages.is_some() => cache::chain_of(chain.py(), &chain.get().0.text, stages),
        Ok(chain) => Ok(Arc::clone(&chain.get().0)),
        Err(_) => Err(errors::wrong_type(format!(
            "a chain is `str` or `Chain`, not `{}`",
            errors::type_name(chain)
        ))),
    }
}

fn work(line: &ChainLine, bytes: usize) -> Work {
    Work { bytes, is_light: line.is_light }
}

/// Encodes an array as `bytes` or `str`.
pub(crate) fn encode<'py, M: Made>(
    line: &ChainLine,
    x: &Bound<'py, PyAny>,
    threads: Option<i64>,
    max_header: Option<i64>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<M::Object<'py>> {
    let py = x.py();
    made::check::<M>(py, &line.text, line.checked.is_text())?;
    let options = options::encode(py, threads, max_header)?;
    let given = Given::new(x, line)?;
    let nbytes = given.layout().nbytes();
    if long::is_due(progress, nbytes, line.long_from, py) {
        return encode_long::<M>(line, &given, options, py, progress);
    }
    let array = ByChain { chain: &line.checked, view: given.view()?, options };
    made::encoded::<M, _>(py, line, given.exact, work(line, nbytes), &array)
}

/// An array, and the chain that encodes it.
struct ByChain<'a> {
    chain: &'a ndcodec::Chain,
    view: ArrayView<'a>,
    options: EncodeOptions,
}

impl Encode for ByChain<'_> {
    fn into<'o>(&self, out: impl Destination<'o>) -> Result<usize, Error> {
        self.chain.encode_into_with(&self.view, out, &self.options)
    }
}

/// Encodes in a thread of its own; as a stream if it is to tell how far it is, whose bytes may be other ones.
fn encode_long<'py, M: Made>(
    line: &ChainLine,
    given: &Given<'py>,
    options: EncodeOptions,
    py: Python<'py>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<M::Object<'py>> {
    let (layout, pinned) = (given.layout().clone(), given.pinned());
    let (total, is_told) = (layout.nbytes(), progress.is_some());
    let (chain, mut buffer) = (Arc::clone(line), memory::take(line.expected()));
    let (outcome, buffer, _pinned) = long::run(py, progress, total, move |watch| {
        let encode = || -> Result<(), Error> {
            let view = ArrayView::new(layout, pinned.bytes())?;
            if !is_told {
                return chain.checked.encode_into_with(&view, &mut buffer, &options).map(drop);
            }
            let writer = Collected { buffer: &mut buffer, watch };
            let mut encoder = chain.checked.encoder_with(view.layout(), writer, &options)?;
            long::in_pieces(view.payload(), watch, |piece| encoder.push(piece))?;
            encoder.finish()
        };
        (encode(), buffer, pinned)
    })?;
    made::finished(line, buffer, outcome, py, progress, total, M::copied)
}

pub(crate) fn encode_into(
    line: &ChainLine,
    x: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
    threads: Option<i64>,
    max_header: Option<i64>,
) -> PyResult<usize> {
    let py = x.py();
    let options = options::encode(py, threads, max_header)?;
    let given = Given::new(x, line)?;
    let mut room = Room::contiguous(out)?;
    #[expect(unsafe_code, reason = "the caller's memory is seen as a slice")]
    // SAFETY: nobody else here has a slice of it, and inputs that overlap it are copied before they are read.
    let out = unsafe { room.as_mut_slice() };
    let view = given.view()?;
    let payload = input::apart(view.payload(), out);
    let view = ArrayView::new(given.layout().clone(), &payload);
    let view = view.map_err(|error| errors::to_python(py, &Error::from(error)))?;
    let work = work(line, given.layout().nbytes());
    run::run(py, work, || line.checked.encode_into_with(&view, out, &options))
}

pub(crate) fn decode<'py>(
    line: &ChainLine,
    data: Encoded<'py>,
    py: Python<'py>,
    threads: Option<i64>,
    limits: options::Given,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let options = limits.options(py, threads)?;
    let bytes = data.as_slice().len().max(line.expected());
    if long::is_due(progress, bytes, line.long_from.max(QUICK), py) {
        return decode_long(line, &data, options, py, progress);
    }
    let encoded = data.as_slice();
    let mut buffer = memory::take(line.expected());
    let work = work(line, encoded.len().max(line.expected()));
    let decoded = run::run(py, work, || {
        let view = line.checked.decode_into_with(encoded, &mut buffer, &options)?;
        let start = view.payload().as_ptr().addr();
        Ok((view.layout().clone(), start))
    });
    match decoded {
        Ok((layout, start)) => {
            let start = if layout.nbytes() == 0 { 0 } else { start - buffer.as_ptr().addr() };
            let payload = start..start + layout.nbytes();
            line.learn_expected(payload.end);
            Ok(arrays::to_numpy(py, &layout, buffer, payload)?.into_any())
        }
        Err(error) => {
            memory::give(buffer);
            Err(error)
        }
    }
}

/// Decoding this much takes no time in which anybody wants to interrupt it, whatever the level was.
pub(crate) const QUICK: usize = 16 << 20;

/// Decodes in a thread of its own; as a stream if it is to tell how far it is.
fn decode_long<'py>(
    line: &ChainLine,
    data: &Encoded<'py>,
    options: DecodeOptions,
    py: Python<'py>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let pinned = data.pinned(py)?;
    let (total, is_told) = (data.as_slice().len(), progress.is_some());
    let (chain, mut buffer) = (Arc::clone(line), memory::take(line.expected()));
    let (outcome, _pinned) = long::run(py, progress, total, move |watch| {
        let decode = || -> Result<_, Error> {
            if is_told {
                let reader = Counted { bytes: pinned.bytes(), watch };
                return Ok(chain.checked.decode_from_with(reader, &options)?.into_parts());
            }
            let view = chain.checked.decode_into_with(pinned.bytes(), &mut buffer, &options)?;
            let (layout, start) = (view.layout().clone(), view.payload().as_ptr().addr());
            let start = if layout.nbytes() == 0 { 0 } else { start - buffer.as_ptr().addr() };
            let payload = start..start + layout.nbytes();
            Ok((layout, buffer, payload))
        };
        (decode(), pinned)
    })?;
    let (layout, buffer, payload) = outcome.map_err(|error| errors::to_python(py, &error))?;
    line.learn_expected(payload.end);
    let array = arrays::to_numpy(py, &layout, buffer, payload)?.into_any();
    long::tell(progress, total, total)?;
    Ok(array)
}

pub(crate) fn decode_into<'py>(
    line: &ChainLine,
    data: Encoded<'py>,
    out: &Bound<'py, PyAny>,
    threads: Option<i64>,
    limits: options::Given,
) -> PyResult<Bound<'py, PyAny>> {
    let py = out.py();
    let mut room = Room::new(out)?;
    let nbytes = room.nbytes();
    let limits = limits.for_room(nbytes);
    let decode_options = limits.options(py, threads)?;
    let is_fit = |room: &Room<'_>, layout: &Layout| -> PyResult<()> {
        if room.is_ndarray { arrays::check_room(py, layout, &room.array) } else { Ok(()) }
    };
    if room.is_contiguous() {
        #[expect(unsafe_code, reason = "the caller's memory is seen as a slice")]
        // SAFETY: nobody else here has a slice of it, and inputs that overlap it are copied before they are read.
        let target = unsafe { room.as_mut_slice() };
        let encoded = data.apart_from(target);
        let work = work(line, nbytes);
        let layout =
            run::run(py, work, || line.checked.decode_into_slice_with(&encoded, target, &decode_options))?;
        is_fit(&room, &layout)?;
        if !room.is_ndarray || layout.is_both_orders() || layout.order() == room.layout()?.order() {
            return Ok(out.clone());
        }
    }
    // The memory is in another order than the data, or has gaps.
    let array = decode(line, data, py, threads, limits, None)?;
    let decoded = array.cast::<PyUntypedArray>()?;
    arrays::check_room(py, &input::layout(decoded)?, &room.array)?;
    py.import("numpy")?.call_method1("copyto", (&room.array, &array))?;
    Ok(out.clone())
}

pub(crate) fn decode_rows<'py>(
    line: &ChainLine,
    data: &Encoded<'py>,
    py: Python<'py>,
    range: (i64, i64),
    threads: Option<i64>,
    limits: options::Given,
) -> PyResult<Bound<'py, PyAny>> {
    let options = limits.options(py, threads)?;
    rows::rows(line, data.as_slice().into(), py, range, &options)
}
