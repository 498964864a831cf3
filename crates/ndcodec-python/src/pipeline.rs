//! The class `Pipeline`.

use std::sync::Arc;

use ndcodec::stage::Destination;
use ndcodec::{ArrayError, DecodeOptions, Error};
use pyo3::basic::CompareOp;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};

use crate::cache::{self, PipelineLine};
use crate::chain::{QUICK, compared, hash_of};
use crate::input::{Encoded, Room};
use crate::long::{self, Collected, Counted};
use crate::made::{self, Bytes, Encode, Made, Text};
use crate::run::{self, Work};
use crate::{errors, memory, options, raw};

/// Codecs only, for bytes that are not an array. Immutable and shared as a `Chain` is.
///
/// >>> import ndcodec
/// >>> pipeline = ndcodec.Pipeline("zstd|base64")
/// >>> pipeline.decode(pipeline.encode(b"any bytes"))
/// b'any bytes'
#[pyclass(frozen, module = "ndcodec")]
#[derive(Debug)]
pub(crate) struct Pipeline(PipelineLine);

#[pymethods]
impl Pipeline {
    #[new]
    #[pyo3(signature = (text, *, stages=None))]
    fn new(py: Python<'_>, text: &str, stages: Option<Vec<String>>) -> PyResult<Self> {
        cache::pipeline_of(py, text, stages.as_deref()).map(Self)
    }

    /// The encoded form of ``data``, ``bytes`` or any buffer.
    ///
    /// >>> import ndcodec
    /// >>> ndcodec.Pipeline("base64").encode(b"any bytes")
    /// b'YW55IGJ5dGVz'
    #[pyo3(signature = (data, *, progress=None))]
    fn encode<'py>(
        &self,
        data: &Bound<'py, PyAny>,
        progress: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        encode::<Bytes>(&self.0, data, progress)
    }

    /// The encoded form of ``data`` as ``str``, for a pipeline that ends in text.
    ///
    /// >>> import ndcodec
    /// >>> ndcodec.Pipeline("hex").encode_text(b"any")
    /// '616e79'
    #[pyo3(signature = (data, *, progress=None))]
    fn encode_text<'py>(
        &self,
        data: &Bound<'py, PyAny>,
        progress: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        encode::<Text>(&self.0, data, progress)
    }

    /// What ``data`` holds: ``bytes``, ``str`` or any buffer.
    ///
    /// >>> import ndcodec
    /// >>> ndcodec.Pipeline("hex").decode("616e79")
    /// b'any'
    #[pyo3(signature = (data, *, max_bytes=Some(1073741824), max_header=None, max_window=None, progress=None))]
    #[pyo3(
        text_signature = "($self, data, *, max_bytes=1073741824, max_header=None, max_window=None, progress=None)"
    )]
    fn decode<'py>(
        &self,
        data: &Bound<'py, PyAny>,
        max_bytes: Option<i64>,
        max_header: Option<i64>,
        max_window: Option<i64>,
        progress: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        decode(&self.0, data, options::Given { max_bytes, max_header, max_window }, progress)
    }

    /// Write the encoded form of ``data`` to the beginning of ``out``, a writeable buffer, and return its length.
    ///
    /// >>> import ndcodec
    /// >>> room = bytearray(8)
    /// >>> ndcodec.Pipeline("hex").encode_into(b"any", room), room[:6]
    /// (6, bytearray(b'616e79'))
    fn encode_into(&self, data: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>) -> PyResult<usize> {
        let given = Encoded::bytes_only(data)?;
        let mut room = Room::contiguous(out)?;
        #[expect(unsafe_code, reason = "the caller's memory is seen as a slice")]
        // SAFETY: nobody else here has a slice of it, and inputs that overlap it are copied before they are read.
        let target = unsafe { room.as_mut_slice() };
        let (line, input) = (&self.0, given.apart_from(target));
        run::run(out.py(), work(line, input.len()), || line.checked.encode_into(&input, target))
    }

    /// Write what ``data`` holds to the beginning of ``out``, a writeable buffer, and return its length.
    ///
    /// >>> import ndcodec
    /// >>> room = bytearray(8)
    /// >>> ndcodec.Pipeline("hex").decode_into("616e79", room), room[:3]
    /// (3, bytearray(b'any'))
    #[pyo3(signature = (data, out, *, max_bytes=None, max_header=None, max_window=None))]
    fn decode_into(
        &self,
        data: &Bound<'_, PyAny>,
        out: &Bound<'_, PyAny>,
        max_bytes: Option<i64>,
        max_header: Option<i64>,
        max_window: Option<i64>,
    ) -> PyResult<usize> {
        let given = Encoded::new(data)?;
        let mut room = Room::contiguous(out)?;
        let limits = options::Given { max_bytes, max_header, max_window }.for_room(room.nbytes());
        let options = limits.options(out.py(), None)?;
        let nbytes = room.nbytes();
        #[expect(unsafe_code, reason = "the caller's memory is seen as a slice")]
        // SAFETY: nobody else here has a slice of it, and inputs that overlap it are copied before they are read.
        let target = unsafe { room.as_mut_slice() };
        let (line, input) = (&self.0, given.apart_from(target));
        run::run(out.py(), work(line, nbytes), || line.checked.decode_into_with(&input, target, &options))
    }

    /// The stages as text, in the order of encoding.
    ///
    /// >>> import ndcodec
    /// >>> ndcodec.Pipeline("zstd(9)|base64").stages
    /// ('zstd(level=9)', 'base64')
    #[getter]
    fn stages<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.checked.stages().map(ToString::to_string).collect::<Vec<_>>())
    }

    /// Whether what it encodes is ASCII text.
    ///
    /// >>> import ndcodec
    /// >>> ndcodec.Pipeline("base64").is_text
    /// True
    #[getter]
    fn is_text(&self) -> bool {
        self.0.checked.is_text()
    }

    fn __str__(&self) -> &str {
        &self.0.text
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("Pipeline({})", PyString::new(py, &self.0.text).repr()?))
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

/// The pipeline that an argument names: its text, or a `Pipeline`.
pub(crate) fn line(pipeline: &Bound<'_, PyAny>) -> PyResult<PipelineLine> {
    if let Ok(text) = pipeline.cast::<PyString>() {
        return cache::pipeline(pipeline.py(), text.to_str()?);
    }
    match pipeline.cast::<Pipeline>() {
        Ok(pipeline) => Ok(Arc::clone(&pipeline.get().0)),
        Err(_) => Err(errors::wrong_type(format!(
            "a pipeline is `str` or `Pipeline`, not `{}`",
            errors::type_name(pipeline)
        ))),
    }
}

fn work(line: &PipelineLine, bytes: usize) -> Work {
    Work { bytes, is_light: line.is_light }
}

/// The length of the encoded form, where the pipeline's bound has always been that so far.
fn exact_bound(line: &PipelineLine, input: &[u8]) -> Option<usize> {
    line.checked.max_encoded_len(input.len()).filter(|_| line.is_exact())
}

/// Encodes bytes as `bytes` or `str`.
pub(crate) fn encode<'py, M: Made>(
    line: &PipelineLine,
    data: &Bound<'py, PyAny>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<M::Object<'py>> {
    let py = data.py();
    made::check::<M>(py, &line.text, line.checked.is_text())?;
    let given = Encoded::bytes_only(data)?;
    let input = given.as_slice();
    if long::is_due(progress, input.len(), line.long_from, py) {
        return encode_long::<M>(line, &given, py, progress);
    }
    let bytes = ByPipeline { pipeline: &line.checked, input };
    made::encoded::<M, _>(py, line, exact_bound(line, input), work(line, input.len()), &bytes)
}

/// Bytes, and the pipeline that encodes them.
struct ByPipeline<'a> {
    pipeline: &'a ndcodec::Pipeline,
    input: &'a [u8],
}

impl Encode for ByPipeline<'_> {
    fn into<'o>(&self, out: impl Destination<'o>) -> Result<usize, Error> {
        self.pipeline.encode_into(self.input, out)
    }
}

/// Encodes in a thread of its own; as a stream if it is to tell how far it is, whose bytes may be other ones.
fn encode_long<'py, M: Made>(
    line: &PipelineLine,
    given: &Encoded<'py>,
    py: Python<'py>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<M::Object<'py>> {
    let (pinned, total, is_told) = (given.pinned(py)?, given.as_slice().len(), progress.is_some());
    let (pipeline, mut buffer) = (Arc::clone(line), memory::take(line.expected()));
    let (outcome, buffer, _pinned) = long::run(py, progress, total, move |watch| {
        let mut encode = || -> Result<(), Error> {
            if !is_told {
                return pipeline.checked.encode_into(pinned.bytes(), &mut buffer).map(drop);
            }
            let mut encoder = pipeline.checked.encoder(Collected { buffer: &mut buffer, watch })?;
            long::in_pieces(pinned.bytes(), watch, |piece| encoder.push(piece))?;
            encoder.finish()
        };
        (encode(), buffer, pinned)
    })?;
    made::finished(line, buffer, outcome, py, progress, total, M::copied)
}

/// Decodes in a thread of its own; as a stream if it is to tell how far it is.
fn decode_long<'py>(
    line: &PipelineLine,
    given: &Encoded<'py>,
    options: DecodeOptions,
    py: Python<'py>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let (pinned, total, is_told) = (given.pinned(py)?, given.as_slice().len(), progress.is_some());
    let (pipeline, mut buffer) = (Arc::clone(line), memory::take(line.expected()));
    let (outcome, buffer, _pinned) = long::run(py, progress, total, move |watch| {
        let mut decode = || -> Result<(), Error> {
            if !is_told {
                return pipeline.checked.decode_into_with(pinned.bytes(), &mut buffer, &options).map(drop);
            }
            buffer.clear();
            let mut decoder =
                pipeline.checked.decoder_with(Counted { bytes: pinned.bytes(), watch }, &options)?;
            let mut piece = vec![0; long::PIECE];
            loop {
                match decoder.pull(&mut piece)? {
                    0 => return Ok(()),
                    n => buffer
                        .try_extend_from_slice(&piece[..n])
                        .map_err(|_| ArrayError::NoMemory { bytes: n })?,
                }
            }
        };
        (decode(), buffer, pinned)
    })?;
    made::finished(line, buffer, outcome, py, progress, total, raw::copied)
}

pub(crate) fn decode<'py>(
    line: &PipelineLine,
    data: &Bound<'py, PyAny>,
    limits: options::Given,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = data.py();
    let options = limits.options(py, None)?;
    let given = Encoded::new(data)?;
    let encoded = given.as_slice();
    if long::is_due(progress, encoded.len().max(line.expected()), line.long_from.max(QUICK), py) {
        return decode_long(line, &given, options, py, progress);
    }
    let mut buffer = memory::take(line.expected());
    let work = work(line, encoded.len().max(line.expected()));
    let decoded = run::run(py, work, || line.checked.decode_into_with(encoded, &mut buffer, &options));
    let bytes = decoded.and_then(|_| {
        line.learn_expected(buffer.capacity());
        raw::copied(py, &buffer)
    });
    memory::give(buffer);
    bytes
}
