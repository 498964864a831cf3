//! axum and reqwest against each other, on the loopback.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::StatusCode;
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING, VARY};
use ndcodec::{Array, ArrayView, Chain};
use ndcodec_http::axum::{ArrayRequest, Reply};
use ndcodec_http::reqwest::{RequestExt as _, ResponseError, ResponseExt as _};
use ndcodec_http::{Chains, Choice, Form, MEDIA_TYPE, content_type};

const LISTED: [&str; 5] =
    ["npy|zstd", "npy|shuffle|zstd", "raw|lz4", "chunked(shuffle|lz4)", "npy|zlib|base64"];

fn service() -> Chains {
    Chains::new(LISTED).unwrap().with_max_bytes(9 << 20)
}

async fn start() -> String {
    async fn echo(reply: Reply, ArrayRequest(x): ArrayRequest) -> impl IntoResponse {
        reply.array(x)
    }
    async fn broken(State(chains): State<Chains>) -> Response {
        // A body that ends in the middle, though its headers promise nothing of its length.
        let (headers, body) =
            Choice::new(chains.iter().next().unwrap().clone(), Form::Binary).encode(&noise(1000)).unwrap();
        let mut response = Response::new(Body::from(body.slice(..body.len() / 2)));
        *response.headers_mut() = headers;
        response
    }
    let app = Router::new()
        .route("/echo", post(echo))
        .route("/broken", get(broken))
        .route("/text", get(|| async { "text" }))
        .route("/error", get(|| async { StatusCode::BAD_GATEWAY }))
        .with_state(service());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, app).await });
    url
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60)).build().unwrap()
}

/// Numbers that no codec makes much smaller.
fn noise(len: usize) -> ArrayView<'static> {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state
    };
    ArrayView::from_vec((0..len).map(|_| next()).collect(), &[len]).unwrap()
}

fn is_same(a: &Array, b: &ArrayView<'_>) -> bool {
    a.layout() == b.layout() && a.view().payload() == b.payload()
}

#[tokio::test]
async fn arrays_of_every_size_by_every_chain() {
    let url = start().await + "/echo";
    for text in LISTED {
        let chains = Chains::new([text]).unwrap();
        for len in [0, 1, 1000, 8 << 10, (8 << 10) + 1, 100_000, 1 << 20] {
            let response = client().post(&url).array(&chains, noise(len)).unwrap().send().await.unwrap();
            assert_eq!(response.headers()[VARY], "accept");
            let is_streamed = response.headers().contains_key(TRANSFER_ENCODING);
            assert_eq!(is_streamed, len > 8 << 10, "{text}, {len}");
            assert_eq!(response.headers().contains_key(CONTENT_LENGTH), !is_streamed);
            let y =
                response.array(&chains).await.unwrap_or_else(|e| panic!("{text}, {len}: {}", e.problem()));
            assert!(is_same(&y, &noise(len)), "{text}, {len}");
        }
    }
}

#[tokio::test]
async fn json_both_ways() {
    let url = start().await + "/echo";
    let choice = Choice::new(Chain::parse("npy|zlib|base64").unwrap(), Form::Json);
    for len in [3, 100_000] {
        let (headers, body) = choice.encode(&noise(len)).unwrap();
        let request =
            client().post(&url).headers(headers).body(body.clone()).header(ACCEPT, "application/json");
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
        assert_eq!(response.bytes().await.unwrap(), body);
    }
}

#[tokio::test]
async fn what_is_refused() {
    let url = start().await + "/echo";
    let type_of =
        |chain: &str| content_type(&Chain::parse(chain).unwrap()).unwrap().to_str().unwrap().to_owned();
    let encoded = |chain: &str, len: usize| Chain::parse(chain).unwrap().encode(&noise(len)).unwrap();
    let zeros = ArrayView::from_vec(vec![0u64; 2 << 20], &[2 << 20]).unwrap();
    let bomb = Chain::parse("npy|zstd").unwrap().encode(&zeros).unwrap();
    let mut long = encoded("npy|zstd", 300_000);
    long.push(0);
    let cut = encoded("npy|zstd", 300_000)[..2_000_000].to_vec();
    for (kind, body, expected) in [
        (type_of("npy|lz4"), vec![], (415, "chain_not_allowed")),
        ("text/csv".to_owned(), vec![], (415, "media_type")),
        (MEDIA_TYPE.to_owned(), vec![], (400, "header")),
        (type_of("npy|zstd"), vec![], (422, "truncated")),
        (type_of("npy|zstd"), encoded("npy|zstd", 100)[..99].to_vec(), (422, "truncated")),
        // These are long enough to be decoded as they come.
        (type_of("npy|zstd"), cut, (422, "truncated")),
        (type_of("npy|zstd"), long, (422, "trailing")),
        (type_of("npy|zstd"), bomb, (413, "limit")),
        (type_of("npy|zstd"), encoded("npy|zstd", 3 << 20), (413, "body_limit")),
        ("application/json".to_owned(), b"{\"chain\": 1}".to_vec(), (422, "json")),
    ] {
        let response = client().post(&url).header(CONTENT_TYPE, &kind).body(body).send().await.unwrap();
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        let Err(ResponseError::Service(problem)) = response.array(&service()).await else { panic!("{kind}") };
        assert_eq!((problem.status, &*problem.kind), expected, "{kind}: {problem}");
    }
    let coded =
        client().post(&url).header(CONTENT_TYPE, type_of("npy|zstd")).header(CONTENT_ENCODING, "gzip");
    assert_eq!(coded.send().await.unwrap().status(), 415);
    let picky = client().post(&url).array(&service(), noise(3)).unwrap().header(ACCEPT, "text/html");
    // Two `Accept` fields are one list, so the chains are still taken.
    assert_eq!(picky.send().await.unwrap().status(), 200);
    let html = client().post(&url).header(ACCEPT, "text/html").send().await.unwrap();
    assert_eq!(html.status(), 406);
}

/// A body whose length is not said is counted as it comes.
#[tokio::test]
async fn a_stream_over_the_limit_is_cut_off() {
    let url = start().await + "/echo";
    let chains = Chains::new(["npy|zstd"]).unwrap();
    let sent = client().post(&url).array(&chains, noise(3 << 20)).unwrap().send().await;
    // The service may close the connection before all was sent, which reqwest reports in place of the response.
    if let Ok(response) = sent {
        let error = response.array(&chains).await.unwrap_err();
        assert_eq!(error.problem().status, 413);
    }
    let small = Chains::new(["npy|zstd"]).unwrap().with_max_bytes(100_000);
    let response = client().post(&url).array(&chains, noise(100_000)).unwrap().send().await.unwrap();
    let Err(ResponseError::Response(problem)) = response.array(&small).await else { panic!("too large") };
    assert_eq!((problem.status, &*problem.kind, problem.limit), (413, "limit", Some(100_000)));
}

#[tokio::test]
async fn responses_that_hold_no_array() {
    let url = start().await;
    let read = async |path: &str| {
        let response = client().get(format!("{url}{path}")).accept(&service()).send().await.unwrap();
        response.array(&service()).await.unwrap_err()
    };
    let text = read("/text").await;
    assert!(matches!(&text, ResponseError::Response(problem) if problem.kind == "media_type"));
    let broken = read("/broken").await;
    assert!(matches!(&broken, ResponseError::Response(problem) if problem.kind == "truncated"), "{broken:?}");
    let error = read("/error").await;
    assert_eq!((error.to_string(), error.problem().status), ("the service returned 502".to_owned(), 502));
    assert_eq!(read("/nowhere").await.problem().status, 404);
}

/// A client that goes away ends the work on its array.
#[tokio::test]
async fn a_body_that_nobody_reads_ends() {
    let choice = Choice::new(Chain::parse("npy").unwrap(), Form::Binary);
    for form in [Form::Binary, Form::Json] {
        let chain = if form == Form::Json { "npy|base64" } else { "npy" };
        let choice = Choice::new(Chain::parse(chain).unwrap(), form);
        let (_, body) = choice.stream(noise(1 << 20), &Default::default()).unwrap();
        drop(body);
    }
    let (_, body) = choice.stream(noise(1 << 20), &Default::default()).unwrap();
    let chains = Chains::new(["npy"]).unwrap();
    let headers = choice.encode(&noise(1 << 20)).unwrap().0;
    assert!(is_same(&chains.receive(&headers, body).await.unwrap(), &noise(1 << 20)));
}
