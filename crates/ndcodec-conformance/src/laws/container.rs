//! The laws of containers, beside those of every format.

use std::num::NonZeroUsize;

use ndcodec_core::{
    ArrayContainer, ArrayView, Chain, DecodeLimits, DecodeOptions, EncodeOptions, Error, ErrorKind,
    HeaderError,
};

use super::data::{Random, damaged};
use super::format::describe;
use super::subject::fail;

/// Every law of containers, on one in the chain language and an array that it takes.
///
/// # Panics
/// Where a law is broken.
pub fn check(text: &str, chain: &Chain, container: &dyn ArrayContainer, array: &ArrayView<'_>) {
    let Ok(encoded) = chain.encode(array) else { return };
    header(text, container, array, &encoded);
    bound(text, chain, array, &encoded);
    threads(text, chain, array, &encoded);
    rows(text, chain, array, &encoded);
    limit(text, chain, array, &encoded);
}

/// The header is read back, from the whole and from its own bytes. Every beginning of it is incomplete and says so with
/// a length that is greater than what there is, and not greater than what there will be. Damage to it never makes the
/// container panic.
pub fn header(text: &str, container: &dyn ArrayContainer, array: &ArrayView<'_>, encoded: &[u8]) {
    let limits = DecodeLimits::new();
    let fault = |what: String| -> ! { fail(text, "header", describe(array.layout()), what) };
    let header = match container.read_header(encoded, &limits) {
        Ok(header) => header,
        Err(error) => fault(format!("it is not read: {error:?}")),
    };
    if header.layout != array.layout().clone().canonical() {
        fault(format!("it is read as {}", describe(&header.layout)));
    }
    let Some(head) = encoded.get(..header.head_len) else {
        fault(format!("it has {} bytes, and the whole has {}", header.head_len, encoded.len()));
    };
    if container.read_header(head, &limits).ok().as_ref() != Some(&header) {
        fault("it is read otherwise without what follows".to_owned());
    }
    for len in 0..head.len() {
        match container.read_header(&head[..len], &limits) {
            Err(HeaderError::Incomplete { needed }) if needed > len && needed <= head.len() => {}
            other => fault(format!("of its {} bytes the first {len} give {other:?}", head.len())),
        }
    }
    let random = &mut Random::new(10);
    for _ in 0..32 {
        // An error is as good as a header here.
        drop(container.read_header(&damaged(head, random), &limits));
    }
}

/// What is encoded is no longer than the bound.
pub fn bound(text: &str, chain: &Chain, array: &ArrayView<'_>, encoded: &[u8]) {
    match chain.max_encoded_len(array.layout()) {
        Ok(Some(bound)) if encoded.len() > bound => {
            let what = format!("it has {} bytes, more than the bound of {bound}", encoded.len());
            fail(text, "bound", describe(array.layout()), what);
        }
        Ok(_) => {}
        Err(error) => fail(text, "bound", describe(array.layout()), error.report()),
    }
}

/// The bytes do not depend on the number of threads, nor does what they decode to.
pub fn threads(text: &str, chain: &Chain, array: &ArrayView<'_>, encoded: &[u8]) {
    for threads in [1, 2, 8].into_iter().filter_map(NonZeroUsize::new) {
        let mut bytes = Vec::new();
        let options = EncodeOptions::new().with_threads(threads);
        let is_encoded = chain.encode_into_with(array, &mut bytes, &options).is_ok() && bytes == encoded;
        let decoded = chain.decode_with(encoded, &DecodeOptions::new().with_threads(threads));
        if !is_encoded || decoded.is_ok_and(|decoded| decoded.payload() != array.payload()) {
            let case = format!("{}, {threads} threads", describe(array.layout()));
            fail(text, "threads", case, "other bytes come out");
        }
    }
}

/// Some rows are what slicing the array gives, and rows that are not there are an error of the array.
pub fn rows(text: &str, chain: &Chain, array: &ArrayView<'_>, encoded: &[u8]) {
    let count = array.shape().first().copied().unwrap_or(0);
    let limits = count.min(1 << 20);
    for (start, end) in
        [(0, 0), (0, limits), (limits / 2, limits), (limits / 3, limits / 2), (1, 0), (0, count + 1)]
    {
        let case = format!("{}, rows {start}..{end}", describe(array.layout()));
        match (chain.decode_rows(encoded, start..end), array.rows(start..end)) {
            (Ok(decoded), Ok(expected))
                if decoded.layout() == &expected.layout().clone().canonical()
                    && decoded.payload() == expected.payload() => {}
            (Err(Error::Array(_)), Err(_)) => {}
            (Ok(decoded), Ok(_)) => {
                fail(text, "rows", case, format!("they come as {}", describe(decoded.layout())))
            }
            (Ok(_), Err(error)) => fail(text, "rows", case, format!("they decode: {error}")),
            (Err(error), _) => fail(text, "rows", case, error.report()),
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
            let mut reader = chain.decoder(encoded, limits)?;
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
                Err(error) => limit < nbytes && error.kind() == Some(ErrorKind::Limit),
            };
            if !holds {
                let case =
                    format!("{}, {nbytes} bytes under a limit of {limit}, {way}", describe(array.layout()));
                fail(
                    text,
                    "limit",
                    case,
                    result.map_or_else(|error| error.report(), |()| "it passes".to_owned()),
                );
            }
        }
    }
}
