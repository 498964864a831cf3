//! Arrays in axum: [`ArrayRequest`] reads one from a request, and [`Reply`] sends one in the response.

use axum_core::body::Body;
use axum_core::extract::{FromRef, FromRequest, FromRequestParts, Request};
use axum_core::response::{IntoResponse, Response};
use http::header::VARY;
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use ndcodec::{Array, EncodeOptions};

use crate::{Chains, Choice, OwnedArray, Problem};

/// The array in the body of a request, by the [`Chains`] in the state of the router. A request that is not accepted gets a
/// [`Problem`].
#[derive(Debug)]
pub struct ArrayRequest(pub Array);

impl<S> FromRequest<S> for ArrayRequest
where
    S: Send + Sync,
    Chains: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        Chains::from_ref(state).receive(&parts.headers, body).await.map(Self)
    }
}

/// How the client of a request wants an array, by the [`Chains`] in the state of the router. A client that takes none of them is
/// rejected with 406, before the handler runs.
#[derive(Debug, Clone)]
pub struct Reply(pub Choice);

impl Reply {
    /// The response that sends `array`.
    pub fn array<A: OwnedArray>(self, array: A) -> ArrayResponse<A> {
        ArrayResponse { choice: self.0, array }
    }
}

impl<S> FromRequestParts<S> for Reply
where
    S: Send + Sync,
    Chains: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Chains::from_ref(state).choose(&parts.headers).map(Self)
    }
}

/// The response that sends an array: see [`Reply::array`]. A large one is encoded while it is sent.
#[derive(Debug)]
pub struct ArrayResponse<A = Array> {
    choice: Choice,
    array: A,
}

impl<A: OwnedArray> IntoResponse for ArrayResponse<A> {
    fn into_response(self) -> Response {
        match self.choice.stream(self.array, &EncodeOptions::new()) {
            Ok((headers, body)) => {
                let mut response = Response::new(Body::new(body));
                *response.headers_mut() = headers;
                // Caches keep what was negotiated apart.
                response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
                response
            }
            // The client is not to blame for an array that the service cannot send.
            Err(mut problem) => {
                problem.status = StatusCode::INTERNAL_SERVER_ERROR.as_u16();
                problem.into_response()
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.to_json()));
        *response.status_mut() = self.status_code();
        *response.headers_mut() = self.headers();
        response
    }
}
