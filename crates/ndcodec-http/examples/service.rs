//! A service that sends back what came, on a free port of the loopback, which it prints: the tests of the Python package talk to
//! it.

#![allow(clippy::print_stdout)]

use axum::Router;
use axum::routing::post;
use ndcodec_http::Chains;
use ndcodec_http::axum::{ArrayRequest, ArrayResponse, Reply};

async fn echo(reply: Reply, ArrayRequest(x): ArrayRequest) -> ArrayResponse {
    reply.array(x)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let chains = Chains::new(["npy|zstd", "npy|shuffle|lz4", "raw|zlib", "npy|zstd|base64"])?;
    let app = Router::new().route("/", post(echo)).with_state(chains.with_max_bytes(1 << 20));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
