//! Whatever a request's headers and body say, a list of chains gives an array within its limits, a chain of its own or a
//! problem document with a status of the client's fault.
#![no_main]

use http::{HeaderMap, HeaderValue, StatusCode};
use libfuzzer_sys::fuzz_target;
use ndcodec_fuzz::memory;
use ndcodec_http::{Chains, Problem};

const LIMIT: usize = 1 << 16;

fuzz_target!(|data: &[u8]| {
    let chains =
        Chains::new(["npy|zstd", "chunked(shuffle|zstd)", "auto", "npy|zstd|base64"]).expect("chains");
    let chains = chains.with_max_bytes(LIMIT);
    let [count, rest @ ..] = data else { return };
    let Some((header, body)) = rest.split_at_checked(usize::from(*count)) else { return };
    let text = std::str::from_utf8(header).ok();
    if let Some(text) = text {
        if let Ok(choice) = chains.choose_of(Some(text)) {
            assert!(chains.iter().any(|chain| chain == choice.chain()), "{text}: {choice:?}");
        }
        if let Ok(chain) = chains.allow(text) {
            assert!(
                chains.iter().any(|allowed| allowed.to_string() == chain.to_string())
                    || chain.to_string() == text,
                "{text}"
            );
        }
        if let Err(problem) = chains.content_of(Some(text)) {
            fault(&problem);
        }
    }
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(header) {
        headers.insert("content-type", value);
    }
    memory::within(LIMIT, "a body", || match chains.decode(&headers, body) {
        Ok(array) => assert!(array.payload().len() <= LIMIT),
        Err(problem) => fault(&problem),
    });
    let status = StatusCode::from_u16(400 + u16::from(*count)).unwrap_or(StatusCode::BAD_REQUEST);
    let read = Problem::from_response(status, &headers, body);
    assert!(!read.to_json().is_empty());
});

/// Nothing that a client sends is the server's fault.
fn fault(problem: &Problem) {
    assert!(problem.status_code().is_client_error(), "{:?}", problem.to_json());
}
