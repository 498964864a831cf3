//! The keywords `threads=`, `max_bytes=`, `max_header=`, `max_window=` and `stages=`.

use std::num::NonZeroUsize;

use ndcodec::stage::StageDescriptor;
use ndcodec::{DecodeLimits, DecodeOptions, EncodeOptions, Registry};
use pyo3::prelude::*;

use crate::errors;

/// The default ceiling of what is decoded, in bytes. The signatures print it.
pub(crate) const MAX_BYTES: u64 = 1 << 30;
const _: () = assert!(DecodeLimits::new().max_bytes as u64 == MAX_BYTES);

/// `None` is the default of each.
pub(crate) fn encode(
    py: Python<'_>,
    threads: Option<i64>,
    max_header: Option<i64>,
) -> PyResult<EncodeOptions> {
    let mut options = EncodeOptions::new();
    if let Some(bytes) = max_header {
        options = options.with_max_header(size(py, "max_header", bytes)?);
    }
    Ok(match count(py, threads)? {
        Some(threads) => options.with_threads(threads),
        None => options,
    })
}

/// The limits as they were given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Given {
    /// `None` lifts every limit that is not given.
    pub(crate) max_bytes: Option<i64>,
    /// `None` is the default.
    pub(crate) max_header: Option<i64>,
    pub(crate) max_window: Option<i64>,
}

impl Given {
    pub(crate) fn limits(self, py: Python<'_>) -> PyResult<DecodeLimits> {
        let mut limits = match self.max_bytes {
            None => DecodeLimits::none(),
            Some(bytes) => DecodeLimits::new().with_max_bytes(size(py, "max_bytes", bytes)?),
        };
        if let Some(characters) = self.max_header {
            limits = limits.with_max_header(size(py, "max_header", characters)?);
        }
        if let Some(bytes) = self.max_window {
            limits = limits.with_max_window(size(py, "max_window", bytes)?);
        }
        Ok(limits)
    }

    pub(crate) fn options(self, py: Python<'_>, threads: Option<i64>) -> PyResult<DecodeOptions> {
        let options = DecodeOptions::new().with_limits(self.limits(py)?);
        Ok(match count(py, threads)? {
            Some(threads) => options.with_threads(threads),
            None => options,
        })
    }

    /// For decoding into room of `nbytes` bytes, which are the limit if none is given.
    pub(crate) fn for_room(self, nbytes: usize) -> Self {
        /// A header stands before the bytes, and is within a limit of its own.
        const HEADER: usize = 4 << 20;
        let most = || i64::try_from(nbytes.saturating_add(HEADER)).unwrap_or(i64::MAX);
        Self { max_bytes: self.max_bytes.or_else(|| Some(most())), ..self }
    }
}

pub(crate) fn size(py: Python<'_>, name: &str, value: i64) -> PyResult<usize> {
    usize::try_from(value)
        .map_err(|_| errors::plain(py, format!("`{name}` is {value}, and cannot be negative")))
}

fn count(py: Python<'_>, threads: Option<i64>) -> PyResult<Option<NonZeroUsize>> {
    let Some(threads) = threads else { return Ok(None) };
    match usize::try_from(threads).ok().and_then(NonZeroUsize::new) {
        Some(count) => Ok(Some(count)),
        None => Err(errors::plain(py, format!("`threads` is {threads}, and must be at least 1"))),
    }
}

/// The registry of these stages and no others.
pub(crate) fn only(py: Python<'_>, names: &[String]) -> PyResult<Registry> {
    let all = ndcodec::stage::stages();
    let find = |name: &String| -> PyResult<&'static StageDescriptor> {
        all.iter().copied().find(|stage| stage.name() == name).ok_or_else(|| {
            let known: Vec<&str> = all.iter().map(|stage| stage.name()).collect();
            let known = known.join(", ");
            errors::plain(py, format!("`stages` names the unknown stage `{name}`; known are: {known}"))
        })
    };
    let stages: Vec<_> = names.iter().map(find).collect::<PyResult<_>>()?;
    Ok(Registry::only(&stages))
}
