//! The service of `examples/service.rs`, and a client that sends good, bad and too much.
#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]

#[path = "../examples/service.rs"]
#[allow(dead_code, reason = "the example's own `main`")]
mod service;

use ndarray::array;
use ndcodec::{ArrayView, Chain};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The example is short, comments and blank lines included.
#[test]
fn the_service_has_under_sixty_lines() {
    let count = include_str!("../examples/service.rs").lines().count();
    assert!((30..60).contains(&count), "{count} lines");
}

/// Posts `body`, and gives the status, the header `x-error`, and the body of the response.
async fn post(port: u16, body: &[u8]) -> (u16, Option<String>, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let head = format!(
        "POST /means HTTP/1.1\r\nhost: here\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // A request that is too large gets its response before it is read.
    stream.write_all(body).await.ok();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.ok();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let error = head.lines().find_map(|line| line.strip_prefix("x-error: ")).map(str::to_owned);
    (status, error, body.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn arrays_come_back_and_errors_have_a_status_and_a_name() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, service::app().unwrap()).await });

    let chain = Chain::parse("npy|zstd|base64").unwrap();
    let encode = |array: &ArrayView<'_>| chain.encode(array).unwrap();
    let x = array![[1.0, 10.0], [3.0, 30.0]];
    let good = encode(&ArrayView::try_from(&x).unwrap());
    let (status, error, body) = post(port, &good).await;
    assert_eq!((status, error), (200, None), "{body}");
    let means: ndarray::Array1<f64> = chain.decode_ndarray(body.as_bytes()).unwrap();
    assert_eq!(means, array![2.0, 20.0]);

    let cut = &good[..good.len() - 8];
    let wide = vec![0_u8; 65 << 20];
    let bomb = encode(&ArrayView::from_slice(&wide, &[wide.len() / 8, 8]).unwrap());
    let ints = encode(&ArrayView::from_slice(&[1_i32, 2], &[1, 2]).unwrap());
    let line = encode(&ArrayView::from_slice(&[1.0, 2.0], &[2]).unwrap());
    for (body, status, name) in [
        (cut, 422, "truncated"),
        (b"????", 422, "corrupt"),
        (&bomb, 413, "limit"),
        (&ints, 422, "dtype"),
        (&line, 422, "dtype"),
    ] {
        let (got, error, message) = post(port, body).await;
        assert_eq!((got, error.as_deref()), (status, Some(name)), "{message}");
    }
    let (status, ..) = post(port, &vec![b'A'; 9 << 20]).await;
    assert_eq!(status, 413);
}
