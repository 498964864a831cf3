//! From the library's errors to the exceptions of `ndcodec._errors`.

use std::error::Error as StdError;
use std::io::ErrorKind as ErrorKindOfIo;

use ndcodec::error::{ChainErrorKind, Limit};
use ndcodec::npz::NpzError;
use ndcodec::{ArrayError, ChainError, Error, ErrorKind, StageError};
use pyo3::exceptions::{PyException, PyMemoryError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

static PLAIN: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static CHAIN: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static STAGE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static LIMIT: PyOnceLock<Py<PyType>> = PyOnceLock::new();

const MODULE: &str = "ndcodec._errors";

/// The exception for `error`.
pub(crate) fn to_python(py: Python<'_>, error: &Error) -> PyErr {
    let raised = match error {
        Error::Chain(error) => chain(py, error),
        Error::Stage(error) => return stage(py, error),
        Error::Array(ArrayError::NoMemory { .. }) => return PyMemoryError::new_err(error.report()),
        Error::Array(array) if array.kind() == ErrorKind::Limit => {
            let (stage, help) = (array.stage().unwrap_or_default(), array.help());
            let place = (0, array.kind().name(), None::<u64>, "encode");
            let args =
                (error.report(), stage, place.0, place.1, place.2, place.3, help, name_of(array.limit()));
            new(py, &LIMIT, "LimitError", args)
        }
        Error::Io(io) if io.kind() == ErrorKindOfIo::OutOfMemory => {
            return PyMemoryError::new_err(error.report());
        }
        other => new(py, &PLAIN, "NdcodecError", (other.report(),)),
    };
    raised.unwrap_or_else(|error| error)
}

/// An `NdcodecError`.
pub(crate) fn plain(py: Python<'_>, message: impl Into<String>) -> PyErr {
    new(py, &PLAIN, "NdcodecError", (message.into(),)).unwrap_or_else(|error| error)
}

/// A `TypeError`.
pub(crate) fn wrong_type(message: impl Into<String>) -> PyErr {
    PyTypeError::new_err(message.into())
}

/// What the type of an object is called.
pub(crate) fn type_name(object: &Bound<'_, PyAny>) -> String {
    object.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string())
}

/// The exception for what an archive reports, as if `npz` were a stage.
pub(crate) fn npz(py: Python<'_>, error: &NpzError, direction: &'static str) -> PyErr {
    let report = error.report();
    let args = |report: String, kind: ErrorKind| {
        (report, "npz", 0, kind.name(), None::<u64>, direction, error.help())
    };
    let raised = match error.kind() {
        // The caller asked for what cannot be.
        ErrorKind::Array | ErrorKind::Chain | ErrorKind::DType => new(py, &PLAIN, "NdcodecError", (report,)),
        ErrorKind::NoMemory => return PyMemoryError::new_err(report),
        kind @ ErrorKind::Limit => {
            let limit = error.limit();
            let report = if error.help().is_some() { report } else { with_help(report, limit) };
            let (report, stage, index, kind, offset, direction, help) = args(report, kind);
            let args = (report, stage, index, kind, offset, direction, help, name_of(limit));
            new(py, &LIMIT, "LimitError", args)
        }
        kind => new(py, &STAGE, "StageError", args(report, kind)),
    };
    raised.unwrap_or_else(|error| error)
}

fn chain(py: Python<'_>, error: &ChainError) -> PyResult<PyErr> {
    let text = error.text();
    // Python counts characters.
    let at = |byte: usize| text.get(..byte).map_or(0, |before| before.chars().count());
    let span = (at(error.span().start), at(error.span().end));
    let word = text.get(error.span().start..error.span().end).unwrap_or_default();
    let (message, help) = if error.kind() == ChainErrorKind::UnknownStage && word == "pickle" {
        let help = "`dumps` and `loads` take chains that begin with `pickle`";
        (format!("{}\nhelp: {help}", without_help(error)), Some(help.to_owned()))
    } else if error.kind() == ChainErrorKind::UnknownStage {
        let help = error.help().unwrap_or_default();
        let help = format!("{help}; `ndcodec.register` makes a stage of two Python functions");
        (format!("{}\nhelp: {help}", without_help(error)), Some(help))
    } else {
        (error.to_string(), error.help().map(str::to_owned))
    };
    new(py, &CHAIN, "ChainError", (message, text, span, help))
}

fn without_help(error: &ChainError) -> String {
    let text = error.to_string();
    match error.help() {
        Some(help) => text.strip_suffix(&format!("\nhelp: {help}")).unwrap_or(&text).to_owned(),
        None => text,
    }
}

fn stage(py: Python<'_>, error: &StageError) -> PyErr {
    let cause = raised_in_python(py, error);
    if let Some(cause) = &cause
        && !cause.is_instance_of::<PyException>(py)
    {
        // Ctrl-C and exits are not the stage's fault.
        return cause.clone_ref(py);
    }
    let report = error.report();
    let kind = error.kind().name();
    let args = |report: String| {
        let direction = error.direction().to_string();
        (report, error.name(), error.index(), kind, error.offset(), direction, error.help())
    };
    if error.kind() == ErrorKind::NoMemory {
        return PyMemoryError::new_err(report);
    }
    let raised = if error.kind() == ErrorKind::Limit {
        let limit = error.limit();
        let report = if error.help().is_some() { report } else { with_help(report, limit) };
        let (report, stage, index, kind, offset, direction, help) = args(report);
        let args = (report, stage, index, kind, offset, direction, help, name_of(limit));
        new(py, &LIMIT, "LimitError", args)
    } else {
        new(py, &STAGE, "StageError", args(report))
    };
    let raised = raised.unwrap_or_else(|error| error);
    raised.set_cause(py, cause);
    raised
}

/// The keyword that raises the limit.
fn name_of(limit: Option<Limit>) -> &'static str {
    limit.unwrap_or(Limit::Bytes).name()
}

fn with_help(report: String, limit: Option<Limit>) -> String {
    format!("{report}; give a larger `{}` if you trust the data", name_of(limit))
}

/// The exception of a stage written in Python, at the end of the sources.
fn raised_in_python(py: Python<'_>, error: &StageError) -> Option<PyErr> {
    let mut next = StdError::source(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<PyErr>() {
            return Some(error.clone_ref(py));
        }
        next = error.source();
    }
    None
}

fn new<'py, A>(py: Python<'py>, class: &PyOnceLock<Py<PyType>>, name: &str, args: A) -> PyResult<PyErr>
where
    A: pyo3::call::PyCallArgs<'py>,
{
    let class = class.import(py, MODULE, name)?;
    Ok(PyErr::from_value(class.call1(args)?))
}
