//! What is known of stages and of encoded data, as tuples that `ndcodec._info` gives names.

use ndcodec::stage::{ParamDefault, ParamKind, StageDescriptor};
use ndcodec::{Detected, Inspection};
use numpy::PyArrayDescr;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::input::Encoded;
use crate::run::{self, Work};
use crate::{dtypes, functions, options};

/// part, chain, chunks, nbytes, encoded_len
type Chosen = (String, String, usize, u64, u64);

/// chain, dtype, shape, order, nbytes, header_len, filters, choices
type Inspected<'py> = (
    String,
    Bound<'py, PyArrayDescr>,
    Vec<Option<usize>>,
    &'static str,
    Option<usize>,
    usize,
    String,
    Vec<Chosen>,
);

/// What `inspect` returns.
#[pyfunction]
#[pyo3(signature = (data, chain=None, *, max_bytes=Some(1073741824), max_header=None, max_window=None, stages=None))]
#[pyo3(
    text_signature = "(data, chain=None, *, max_bytes=1073741824, max_header=None, max_window=None, stages=None)"
)]
pub(crate) fn inspected<'py>(
    data: &Bound<'py, PyAny>,
    chain: Option<&Bound<'py, PyAny>>,
    max_bytes: Option<i64>,
    max_header: Option<i64>,
    max_window: Option<i64>,
    stages: Option<Vec<String>>,
) -> PyResult<Inspected<'py>> {
    let py = data.py();
    let limits = options::Given { max_bytes, max_header, max_window }.limits(py)?;
    let data = Encoded::new(data)?;
    let line = functions::given_or_detected(py, chain, &data, stages.as_deref())?;
    let encoded = data.as_slice();
    let work = || Work { bytes: encoded.len(), is_light: line.is_light };
    let found = run::run(py, work(), || line.checked.inspect_with(encoded, &limits.into()))?;
    let is_container = line.checked.stages().next().is_some_and(|stage| stage.descriptor().is_container());
    // The first bytes alone hold no index.
    let choices = || line.checked.open_with(encoded, &limits.into()).and_then(|opened| opened.choices());
    let choices = if is_container { run::run(py, work(), choices).unwrap_or_default() } else { Vec::new() };
    let choices = choices
        .into_iter()
        .map(|choice| (choice.part, choice.chain, choice.chunks, choice.nbytes, choice.encoded_len))
        .collect();
    parts(py, found, choices)
}

/// What `inspect_all` returns.
#[pyfunction]
#[pyo3(signature = (data, chain=None, *, max_bytes=Some(1073741824), max_header=None, max_window=None, stages=None))]
#[pyo3(
    text_signature = "(data, chain=None, *, max_bytes=1073741824, max_header=None, max_window=None, stages=None)"
)]
pub(crate) fn inspected_all<'py>(
    data: &Bound<'py, PyAny>,
    chain: Option<&Bound<'py, PyAny>>,
    max_bytes: Option<i64>,
    max_header: Option<i64>,
    max_window: Option<i64>,
    stages: Option<Vec<String>>,
) -> PyResult<Vec<Inspected<'py>>> {
    let py = data.py();
    let limits = options::Given { max_bytes, max_header, max_window }.limits(py)?;
    let data = Encoded::new(data)?;
    let line = functions::given_or_detected(py, chain, &data, stages.as_deref())?;
    let encoded = data.as_slice();
    let work = Work { bytes: encoded.len(), is_light: line.is_light };
    let all = run::run(py, work, || line.checked.inspect_all_with(encoded, &limits.into())?.collect())?;
    let all: Vec<Inspection> = all;
    all.into_iter().map(|found| parts(py, found, Vec::new())).collect()
}

fn parts(py: Python<'_>, found: Inspection, choices: Vec<Chosen>) -> PyResult<Inspected<'_>> {
    let dtype = dtypes::to_numpy(py, &found.dtype)?;
    let shape = found.shape.dims().to_vec();
    let order = found.order.as_str();
    Ok((found.chain, dtype, shape, order, found.nbytes, found.header_len, found.filters, choices))
}

/// chain, pipeline, guess, the first bytes inside, and what they are and what to do about it
type DetectedParts =
    (Option<String>, Option<String>, Option<String>, String, Option<&'static str>, Option<&'static str>);

/// What `detect` returns.
#[pyfunction]
pub(crate) fn detected(data: &Bound<'_, PyAny>) -> PyResult<DetectedParts> {
    let py = data.py();
    let data = Encoded::new(data)?;
    let encoded = data.as_slice();
    Ok(match run::detached(py, || ndcodec::detect(encoded))? {
        Detected::Chain(chain) => (Some(chain.to_string()), None, None, String::new(), None, None),
        Detected::Pipeline { pipeline, inside, known, .. } => {
            let (name, advice) = known.map(|known| (known.name, known.advice)).unzip();
            (None, Some(pipeline.to_string()), None, hex(&inside), name, advice)
        }
        Detected::Unknown { guess, begins, known, .. } => {
            let (name, advice) = known.map(|known| (known.name, known.advice)).unzip();
            (None, None, guess.map(|guess| guess.to_string()), hex(&begins), name, advice)
        }
        _ => (None, None, None, String::new(), None, None),
    })
}

/// Bytes as pairs of hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// What `stages` returns.
#[pyfunction]
pub(crate) fn listed_stages(py: Python<'_>) -> PyResult<Vec<Bound<'_, PyDict>>> {
    ndcodec::stage::stages().into_iter().map(|stage| describe(py, stage)).collect()
}

fn describe<'py>(py: Python<'py>, stage: &StageDescriptor) -> PyResult<Bound<'py, PyDict>> {
    let described = PyDict::new(py);
    described.set_item("name", stage.name())?;
    described.set_item("kind", stage.kind().to_string())?;
    described.set_item("summary", stage.summary())?;
    described.set_item("specification", stage.specification())?;
    described.set_item("package", stage.package())?;
    described.set_item("is_text", stage.is_text())?;
    described.set_item("is_lossy", stage.is_lossy())?;
    let mut params = Vec::new();
    for spec in stage.params() {
        let param = PyDict::new(py);
        param.set_item("name", spec.name)?;
        param.set_item("values", values(spec.kind))?;
        param.set_item("default", default(spec.default))?;
        param.set_item("doc", spec.doc)?;
        params.push(param);
    }
    described.set_item("params", params)?;
    Ok(described)
}

fn values(kind: ParamKind) -> String {
    match kind {
        ParamKind::Int { min, max } => format!("{min} to {max}"),
        ParamKind::Size { min, max } => format!("{min} to {max} bytes"),
        ParamKind::Flag => "true or false".to_owned(),
        ParamKind::Choice(words) => words.join(", "),
        ParamKind::DType => "a dtype".to_owned(),
        ParamKind::ItemType => "an itemsize in bytes, or a dtype".to_owned(),
        ParamKind::Shape => "a shape".to_owned(),
        ParamKind::Tail => "filters and codecs".to_owned(),
        _ => String::new(),
    }
}

fn default(default: ParamDefault) -> Option<String> {
    match default {
        ParamDefault::Int(value) => Some(value.to_string()),
        ParamDefault::Flag(value) => Some(value.to_string()),
        ParamDefault::Word(word) => Some(word.to_owned()),
        _ => None,
    }
}
