//! The keywords `threads=` and `max_bytes=`.

use std::num::NonZeroUsize;

use ndcodec::{DecodeLimits, DecodeOptions, EncodeOptions};
use pyo3::prelude::*;

use crate::errors;

/// The default ceiling of what is decoded, in bytes. The signatures print it.
pub(crate) const MAX_BYTES: u64 = 1 << 30;
const _: () = assert!(DecodeLimits::new().max_bytes as u64 == MAX_BYTES);

pub(crate) fn encode(py: Python<'_>, threads: Option<i64>) -> PyResult<EncodeOptions> {
    let options = EncodeOptions::new();
    Ok(match count(py, threads)? {
        Some(threads) => options.with_threads(threads),
        None => options,
    })
}

/// No ceiling at all for `max_bytes=None`.
pub(crate) fn decode(
    py: Python<'_>,
    threads: Option<i64>,
    max_bytes: Option<i64>,
) -> PyResult<DecodeOptions> {
    let limits = match max_bytes {
        None => DecodeLimits::none(),
        Some(bytes) => match usize::try_from(bytes) {
            Ok(bytes) => DecodeLimits::new().with_max_bytes(bytes),
            Err(_) => {
                return Err(errors::plain(py, format!("`max_bytes` is {bytes}, and cannot be negative")));
            }
        },
    };
    let options = DecodeOptions::new().with_limits(limits);
    Ok(match count(py, threads)? {
        Some(threads) => options.with_threads(threads),
        None => options,
    })
}

fn count(py: Python<'_>, threads: Option<i64>) -> PyResult<Option<NonZeroUsize>> {
    let Some(threads) = threads else { return Ok(None) };
    match usize::try_from(threads).ok().and_then(NonZeroUsize::new) {
        Some(count) => Ok(Some(count)),
        None => Err(errors::plain(py, format!("`threads` is {threads}, and must be at least 1"))),
    }
}
