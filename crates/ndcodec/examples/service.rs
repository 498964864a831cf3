//! A service that takes a matrix and returns the means of its columns. Requests are bounded by axum, and the arrays in them
//! by ndcodec; an error is a status, a name for metrics, and a message. `tests/service.rs` is a client. To run it:
//! `cargo run -p ndcodec --features full,ndarray --example service`

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use ndarray::{Array2, Axis};
use ndcodec::{ArrayView, Chain, DecodeOptions, Error};

const MAX_REQUEST: usize = 8 << 20;
const MAX_ARRAY: usize = 64 << 20;

/// The routes.
pub(crate) fn app() -> Result<Router, Error> {
    let chain = Chain::parse("npy|zstd|base64")?;
    let handler = move |body: Bytes| {
        let chain = chain.clone();
        // Decoding is work for a processor, so it does not hold up the other tasks.
        async move {
            tokio::task::spawn_blocking(move || means(&chain, &body)).await.unwrap_or(Err(Failure(None)))
        }
    };
    Ok(Router::new().route("/means", post(handler)).layer(DefaultBodyLimit::max(MAX_REQUEST)))
}

fn means(chain: &Chain, body: &[u8]) -> Result<String, Failure> {
    let options = DecodeOptions::new().with_max_bytes(MAX_ARRAY);
    let x: Array2<f64> = chain.decode_ndarray_with(body, &options)?;
    let means = x.mean_axis(Axis(0)).unwrap_or_default();
    Ok(chain.encode_text(&ArrayView::try_from(&means).map_err(Error::from)?)?)
}

/// What went wrong; `None` if the work itself was lost.
struct Failure(Option<Error>);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(Some(error))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Some(error) = self.0 else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
        let status = StatusCode::from_u16(error.kind().http_status()).unwrap_or_default();
        (status, [("x-error", error.kind().name())], error.report()).into_response()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    Ok(axum::serve(listener, app()?).await?)
}
