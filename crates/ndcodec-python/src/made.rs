//! What calls that encode return: `bytes`, or `str` of what is text; the same for chains and pipelines.

use ndcodec::stage::Destination;
use ndcodec::{Buffer, Error};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::cache::Line;
use crate::run::{self, Work};
use crate::{errors, long, memory, raw};

/// The Python object that holds encoded bytes.
pub(crate) trait Made {
    /// Its type.
    type Object<'py>;

    /// Whether it holds ASCII only.
    const IS_TEXT: bool;

    /// A new one of `len` bytes at most, which `fill` writes from the beginning and counts.
    fn filled<'py>(
        py: Python<'py>,
        len: usize,
        fill: impl FnOnce(&mut [u8]) -> PyResult<usize>,
    ) -> PyResult<Self::Object<'py>>;

    /// A new one with this content.
    fn copied<'py>(py: Python<'py>, content: &[u8]) -> PyResult<Self::Object<'py>>;
}

/// `bytes`.
pub(crate) enum Bytes {}

impl Made for Bytes {
    type Object<'py> = Bound<'py, PyBytes>;
    const IS_TEXT: bool = false;

    fn filled<'py>(
        py: Python<'py>,
        len: usize,
        fill: impl FnOnce(&mut [u8]) -> PyResult<usize>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        raw::bytes_with(py, len, fill)
    }

    fn copied<'py>(py: Python<'py>, content: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        raw::copied(py, content)
    }
}

/// `str`.
pub(crate) enum Text {}

impl Made for Text {
    type Object<'py> = Bound<'py, PyAny>;
    const IS_TEXT: bool = true;

    fn filled<'py>(
        py: Python<'py>,
        len: usize,
        fill: impl FnOnce(&mut [u8]) -> PyResult<usize>,
    ) -> PyResult<Bound<'py, PyAny>> {
        raw::text_with(py, len, fill)
    }

    fn copied<'py>(py: Python<'py>, content: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        raw::text(py, content)
    }
}

/// An error if `M` is text and a chain or pipeline does not end in text.
pub(crate) fn check<M: Made>(py: Python<'_>, text: &str, is_text: bool) -> PyResult<()> {
    if M::IS_TEXT && !is_text {
        return Err(errors::plain(py, format!("`{text}` does not end in text; put `base64` at its end")));
    }
    Ok(())
}

/// Something that can be encoded into any memory.
pub(crate) trait Encode: Sync {
    fn into<'o>(&self, out: impl Destination<'o>) -> Result<usize, Error>;
}

/// Encodes in this thread: into the object itself if the length is known beforehand, else by way of memory that is used again.
pub(crate) fn encoded<'py, M: Made, C>(
    py: Python<'py>,
    line: &Line<C>,
    exact: Option<usize>,
    work: Work,
    given: &impl Encode,
) -> PyResult<M::Object<'py>> {
    if let Some(bound) = exact {
        return M::filled(py, bound, |out| {
            let written = run::run(py, work, || given.into(out))?;
            line.learn_exact(written == bound);
            Ok(written)
        });
    }
    let mut buffer = memory::take(line.expected());
    let encoded = run::run(py, work, || given.into(&mut buffer));
    let object = encoded.and_then(|_| {
        line.learn_expected(buffer.capacity());
        M::copied(py, &buffer)
    });
    memory::give(buffer);
    object
}

/// What is made of the bytes of a long call.
pub(crate) fn finished<'py, C, R>(
    line: &Line<C>,
    buffer: Buffer,
    outcome: Result<(), Error>,
    py: Python<'py>,
    progress: Option<&Bound<'py, PyAny>>,
    total: usize,
    made: impl FnOnce(Python<'py>, &[u8]) -> PyResult<R>,
) -> PyResult<R> {
    let made = outcome.map_err(|error| errors::to_python(py, &error)).and_then(|()| {
        line.learn_expected(buffer.capacity());
        made(py, &buffer)
    });
    memory::give(buffer);
    let made = made?;
    long::tell(progress, total, total)?;
    Ok(made)
}
