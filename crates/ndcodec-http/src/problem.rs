//! [`Problem`]: an error as a status and as a problem document.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, DerefMut};

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use ndcodec::Error;
use serde::{Deserialize, Serialize};

/// The media type of a problem document.
pub const PROBLEM_TYPE: &str = "application/problem+json";

/// A problem document: [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457). It is an error of this crate, and what a service
/// returns for it.
///
/// | status | kinds |
/// | --- | --- |
/// | 400 | `header`, `json` |
/// | 406 | `not_acceptable` |
/// | 413 | `body_limit` |
/// | 415 | `media_type`, `content_coding`, `chain_not_allowed` |
/// | 422 | `json` |
///
/// An error of the chain itself has the name and the status of its [`ErrorKind`](ndcodec::ErrorKind).
///
/// Its members are those of its [`Document`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Problem(Box<Document>);

/// The members of a [`Problem`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Document {
    /// `about:blank`: the status says what kind of problem it is, and [`kind`](Self::kind) says more.
    #[serde(rename = "type", default = "about_blank")]
    pub type_uri: Cow<'static, str>,
    /// What the status means.
    #[serde(default)]
    pub title: Cow<'static, str>,
    /// The HTTP status.
    #[serde(default)]
    pub status: u16,
    /// What went wrong this time, for a reader.
    #[serde(default)]
    pub detail: String,
    /// What went wrong, for a program: a stable name.
    #[serde(default)]
    pub kind: Cow<'static, str>,
    /// The word of the stage that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Cow<'static, str>>,
    /// The position of that stage in the chain, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// The byte of that stage's input at which it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// The limit that was passed, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// The chains that the service takes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chains: Vec<String>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, kind: &'static str, detail: impl Into<String>) -> Self {
        Self(Box::new(Document {
            type_uri: about_blank(),
            title: status.canonical_reason().unwrap_or_default().into(),
            status: status.as_u16(),
            detail: detail.into(),
            kind: kind.into(),
            stage: None,
            index: None,
            offset: None,
            limit: None,
            chains: Vec::new(),
        }))
    }

    pub(crate) fn internal(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    pub(crate) fn with_chains(mut self, chains: impl Iterator<Item = String>) -> Self {
        self.chains = chains.collect();
        self
    }

    /// A body of more bytes than a service takes.
    pub fn body_limit(limit: u64) -> Self {
        let mut problem = Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_limit",
            format!("the body has more than the limit of {limit} bytes"),
        );
        problem.limit = Some(limit);
        problem
    }

    /// The status as a type; 500 for a number that is not a status.
    pub fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The headers of a response with this document. After 415 they say what is taken instead.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_TYPE));
        if self.kind == "content_coding" {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        if self.status == 415 && !self.chains.is_empty() {
            let list: Vec<String> = self.chains.iter().map(|chain| crate::media::with_chain(chain)).collect();
            if let Ok(value) = HeaderValue::try_from(list.join(", ")) {
                headers.insert(ACCEPT, value);
            }
        }
        headers
    }

    /// The document.
    pub fn to_json(&self) -> Bytes {
        // Texts and numbers have no form that JSON lacks.
        serde_json::to_vec(self).unwrap_or_default().into()
    }

    /// What a service returned with an error, from its document; of another body, the status alone.
    pub fn from_response(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let is_problem = header(headers, &CONTENT_TYPE).is_some_and(|value| {
            value.split(';').next().is_some_and(|t| t.trim().eq_ignore_ascii_case(PROBLEM_TYPE))
        });
        // serde would take a list for the fields in their order.
        let is_object = body.trim_ascii_start().starts_with(b"{");
        let document = if is_problem && is_object { serde_json::from_slice::<Self>(body).ok() } else { None };
        let mut problem =
            document.unwrap_or_else(|| Self::new(status, "", format!("the service returned {status}")));
        // The status of the response holds: a document is advice (RFC 9457, section 3.1.2).
        problem.status = status.as_u16();
        problem
    }
}

pub(crate) fn header<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn about_blank() -> Cow<'static, str> {
    "about:blank".into()
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let kind = error.kind();
        let status = StatusCode::from_u16(kind.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut problem = Self::new(status, kind.name(), error.report());
        if let Error::Stage(error) = &error {
            problem.stage = Some(error.name().into());
            problem.index = Some(error.index());
            problem.offset = error.offset();
        }
        problem
    }
}

impl Deref for Problem {
    type Target = Document;

    fn deref(&self) -> &Document {
        &self.0
    }
}

impl DerefMut for Problem {
    fn deref_mut(&mut self) -> &mut Document {
        &mut self.0
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use ndcodec::{Chain, DecodeOptions};

    use super::*;

    #[test]
    fn errors_become_documents() {
        let chain = Chain::parse("npy|base64").unwrap();
        let problem = Problem::from(chain.decode(b"AAAA=AAA").unwrap_err());
        assert_eq!((problem.status, &*problem.kind, problem.index), (422, "corrupt", Some(1)));
        let document: serde_json::Value = serde_json::from_slice(&problem.to_json()).unwrap();
        assert_eq!(document["title"], "Unprocessable Entity");
        assert_eq!(document["stage"], "base64");
        assert_eq!(document["type"], "about:blank");
        assert!(document.get("limit").is_none());
        assert_eq!(serde_json::from_value::<Problem>(document).unwrap(), problem);

        let array = ndcodec::ArrayView::from_slice(&[0.0f64; 100], &[100]).unwrap();
        let data = chain.encode(&array).unwrap();
        let options = DecodeOptions::new().with_max_bytes(100);
        assert_eq!(Problem::from(chain.decode_with(&data, &options).unwrap_err()).status, 413);
        assert_eq!(Problem::from(Error::from(Chain::parse("npy|").unwrap_err())).status, 400);
    }

    #[test]
    fn the_status_of_a_response_holds() {
        let sent = Problem::body_limit(7);
        let mut headers = sent.headers();
        let status = StatusCode::BAD_GATEWAY;
        let read = Problem::from_response(status, &headers, &sent.to_json());
        assert_eq!((read.status, &*read.kind, read.limit), (502, "body_limit", Some(7)));
        for body in [&b"{"[..], b"[]", b"null", b""] {
            let read = Problem::from_response(status, &headers, body);
            assert_eq!(read.detail, "the service returned 502 Bad Gateway");
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
        assert_eq!(Problem::from_response(status, &headers, &sent.to_json()).kind, "");
    }
}
