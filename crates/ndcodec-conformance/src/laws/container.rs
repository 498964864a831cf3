//! The laws of containers, beside those of every format.

use std::num::NonZeroUsize;

use ndcodec_core::{Array, ArrayView, Chain, DecodeLimits, DecodeOptions, EncodeOptions, Error, ErrorKind};

use super::format::describe;
use super::subject::{DECODES, Hex, fail};

/// Every law of containers, on one in the chain language and an array that it takes.
///
/// # Panics
/// If a law is broken.
pub fn check(text: &str, chain: &Chain, array: &ArrayView<'_>) {
    let Ok(encoded) = chain.encode(array) else { return };
    bound(text, chain, array, &encoded);
    threads(text, chain, array, &encoded);
    limit(text, chain, array, &encoded);
}

/// What is encoded is no longer than the bound.
pub fn bound(text: &str, chain: &Chain, array: &ArrayView<'_>, encoded: &[u8]) {
    match chain.max_encoded_len(array.layout()) {
        Ok(Some(bound)) if encoded.len() > bound => {
            let found = format!("it has {} bytes, more than the bound", encoded.len());
            fail(text, "bound", describe(array.layout()), found, format_args!("{bound} at most"));
        }
        Ok(_) => {}
        Err(error) => fail(text, "bound", describe(array.layout()), error.report(), "a bound, or none"),
    }
}

/// The bytes do not depend on the number of threads, nor does what they decode to.
pub fn threads(text: &str, chain: &Chain, array: &ArrayView<'_>, encoded: &[u8]) {
    for threads in [1, 2, 8].into_iter().filter_map(NonZeroUsize::new) {
        let mut bytes = Vec::new();
        let options = EncodeOptions::new().with_threads(threads);
        let is_encoded = chain.encode_into_with(array, &mut bytes, &options).is_ok() && bytes == encoded;
        let decoded = chain.decode_with(encoded, &DecodeOptions::new().with_threads(threads));
        let case = format_args!("{}, {threads} threads", describe(array.layout()));
        if !is_encoded {
            fail(text, "threads", case, format_args!("it encodes to {}", Hex(&bytes)), Hex(encoded));
        }
        if let Ok(decoded) = decoded.as_ref().map(Array::payload)
            && decoded != array.payload()
        {
            let expected = Hex(array.payload());
            fail(text, "threads", case, format_args!("it decodes to {}", Hex(decoded)), expected);
        }
    }
}

/// An array decodes under a limit of its length, and one below fails with [`ErrorKind::Limit`].
pub fn limit(text: &str, chain: &Chain, array: &ArrayView<'_>, encoded: &[u8]) {
    let nbytes = array.payload().len();
    for limit in [Some(nbytes), nbytes.checked_sub(1)].into_iter().flatten() {
        let limits = DecodeLimits::new().with_max_bytes(limit);
        let options = DecodeOptions::new().with_limits(limits);
        let mut streamed = Vec::new();
        let stream = |payload: &mut Vec<u8>| -> Result<(), Error> {
            let mut reader = chain.decoder_with(encoded, &limits.into())?;
            let mut buf = [0; 1000];
            loop {
                match reader.pull(&mut buf)? {
                    0 => return Ok(()),
                    n => payload.extend_from_slice(&buf[..n]),
                }
            }
        };
        for (way, result) in [
            ("in one shot", chain.decode_with(encoded, &options).map(drop)),
            ("as a stream", stream(&mut streamed)),
        ] {
            let holds = match &result {
                Ok(()) => limit == nbytes,
                Err(error) => limit < nbytes && error.kind() == ErrorKind::Limit,
            };
            if !holds {
                let case =
                    format!("{}, {nbytes} bytes under a limit of {limit}, {way}", describe(array.layout()));
                let found = result.map_or_else(|error| error.report(), |()| "it passes".to_owned());
                let expected = if limit < nbytes { "an error of kind `Limit`" } else { DECODES };
                fail(text, "limit", case, found, expected);
            }
        }
    }
}
