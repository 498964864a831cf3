//! A service that sends back the array of each request, as the client's `Accept` asks for. It prints its address.

#![allow(clippy::print_stdout)]

use axum::{Router, routing::post};
use ndcodec_http::Chains;
use ndcodec_http::axum::{ArrayRequest, ArrayResponse, Reply};

async fn echo(reply: Reply, ArrayRequest(x): ArrayRequest) -> ArrayResponse {
    reply.array(x)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let chains = Chains::new(["npy|zstd", "npy|shuffle|lz4", "raw|zlib", "npy|zstd|base64"])?;
    let app = Router::new().route("/echo", post(echo)).with_state(chains.with_max_bytes(16 << 20));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}
