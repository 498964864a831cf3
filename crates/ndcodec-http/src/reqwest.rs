//! Arrays in reqwest: [`RequestExt`] sends one, and [`ResponseExt`] reads one.

use std::fmt;

use http::header::{ACCEPT, ACCEPT_ENCODING};
use http::{HeaderMap, HeaderValue};
use ndcodec::{Array, EncodeOptions};
use reqwest::{Body, RequestBuilder, Response};

use crate::receive::BodyReader;
use crate::{Chains, Choice, Form, OwnedArray, Problem};

/// How much of the document that comes with an error is read.
const MOST_PROBLEM: u64 = 64 << 10;

/// What a client adds to a request.
pub trait RequestExt: Sized {
    /// Sends `array` by the first of these chains, and says that all of them are taken in return. A large array is encoded while
    /// it is sent.
    ///
    /// # Errors
    /// If the chain cannot encode this array.
    fn array(self, chains: &Chains, array: impl OwnedArray) -> Result<Self, Problem>;

    /// Says that these chains are taken in return.
    #[must_use]
    fn accept(self, chains: &Chains) -> Self;
}

impl RequestExt for RequestBuilder {
    fn array(self, chains: &Chains, array: impl OwnedArray) -> Result<Self, Problem> {
        let chain =
            chains.iter().next().ok_or_else(|| Problem::internal("the list has no chain to send by"))?;
        let choice = Choice::new(chain.clone(), Form::Binary);
        let (headers, body) = choice.stream(array, &EncodeOptions::new())?;
        Ok(self.headers(headers).body(Body::wrap(body)).accept(chains))
    }

    fn accept(self, chains: &Chains) -> Self {
        let identity = HeaderValue::from_static("identity");
        self.headers(HeaderMap::from_iter([(ACCEPT, chains.accept()), (ACCEPT_ENCODING, identity)]))
    }
}

/// What a client reads of a response.
pub trait ResponseExt {
    /// The array in the body, if one of these chains encoded it, within their limits. A large one is decoded as it comes.
    ///
    /// # Errors
    /// What the service says is wrong, for a status of 400 or more; else what is wrong with the response.
    fn array(self, chains: &Chains) -> impl Future<Output = Result<Array, ResponseError>> + Send;
}

impl ResponseExt for Response {
    async fn array(self, chains: &Chains) -> Result<Array, ResponseError> {
        let (parts, body) = http::Response::<Body>::from(self).into_parts();
        if parts.status.is_client_error() || parts.status.is_server_error() {
            let document = problem_body(body).await;
            let problem = Problem::from_response(parts.status, &parts.headers, &document);
            return Err(ResponseError::Service(Box::new(problem)));
        }
        let array = chains.receive(&parts.headers, body).await;
        array.map_err(|problem| ResponseError::Response(Box::new(problem)))
    }
}

/// The body that comes with an error; nothing if it is too long or breaks off.
async fn problem_body(body: Body) -> Vec<u8> {
    BodyReader::new(body, MOST_PROBLEM).collect().await.unwrap_or_default()
}

/// Why there is no array.
#[derive(Debug)]
#[non_exhaustive]
pub enum ResponseError {
    /// The service returned an error.
    Service(Box<Problem>),
    /// The response is not what is taken here.
    Response(Box<Problem>),
}

impl ResponseError {
    /// What is wrong.
    pub fn problem(&self) -> &Problem {
        match self {
            Self::Service(problem) | Self::Response(problem) => problem,
        }
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(problem) => write!(f, "the service returned {}", problem.status),
            Self::Response(_) => f.write_str("cannot read the response"),
        }
    }
}

impl std::error::Error for ResponseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.problem())
    }
}
