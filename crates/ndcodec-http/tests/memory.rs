//! Neither side of a service holds the encoded form of a large array: 64 MiB that no codec makes smaller go to axum and come back to
//! reqwest, in one process, within the memory of the three arrays and 32 MiB.
//!
//! The peak is the whole process's, so there is one test in this binary. Linux only, whose `/proc` tells it.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use axum::Router;
use axum::routing::post;
use ndcodec::ArrayView;
use ndcodec_http::Chains;
use ndcodec_http::axum::{ArrayRequest, ArrayResponse, Reply};
use ndcodec_http::reqwest::{RequestExt as _, ResponseExt as _};

const BYTES: usize = 64 << 20;
const SLACK: usize = 32 << 20;

async fn echo(reply: Reply, ArrayRequest(x): ArrayRequest) -> ArrayResponse {
    reply.array(x)
}

#[tokio::test]
async fn no_side_holds_the_encoded_form() {
    let chains = Chains::new(["npy|zstd", "chunked(shuffle|lz4)"]).unwrap().with_max_bytes(BYTES + 4096);
    let app = Router::new().route("/", post(echo)).with_state(chains.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, app).await });
    let client = reqwest::Client::builder().no_proxy().build().unwrap();

    for chain in chains.iter() {
        let chains = Chains::new([chain.to_string()]).unwrap().with_max_bytes(BYTES + 4096);
        let response = client.post(&url).array(&chains, noise()).unwrap().send().await.unwrap();
        let y = response.array(&chains).await.unwrap();
        assert!(y.view().payload() == noise().payload(), "{chain}");
        drop(y);
        let peak = peak();
        assert!(peak < 3 * BYTES + SLACK, "{chain}: {peak} bytes resident");
    }
}

fn noise() -> ArrayView<'static> {
    let mut state = 1_u64;
    let values = (0..BYTES / 8).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state
    });
    ArrayView::from_vec(values.collect(), &[BYTES / 8]).unwrap()
}

/// The most memory that this process ever had resident, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() * 1024
}
