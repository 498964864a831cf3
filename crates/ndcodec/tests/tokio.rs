//! Arrays between a server and a client on loopback, asynchronously.
#![cfg(feature = "tokio")]
#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]

use std::time::Duration;

use ndcodec::{Array, ArrayView, Buffer, Chain, DecodeLimits, Error, ErrorKind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const CHAINS: [&str; 6] = [
    "npy",
    "npy|zstd|base64",
    "npy|shuffle|lz4",
    "raw(<i8,1000x100)|gzip|crc32c",
    "chunked(delta|shuffle|zstd)",
    "chunked(lz4,size=4KiB)|hex",
];

fn elements() -> Vec<i64> {
    (0..100_000).map(|i| i * i % 1009).collect()
}

/// A connection on loopback.
async fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (client, server) = tokio::join!(TcpStream::connect(address), listener.accept());
    (client.unwrap(), server.unwrap().0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_array_goes_from_client_to_server_and_back() {
    let elements = elements();
    for text in CHAINS {
        let chain = Chain::parse(text).unwrap();
        let (client, server) = connection().await;
        // The server doubles what it is sent, and sends it back.
        let serve = chain.clone();
        let server = tokio::spawn(async move {
            let (reader, writer) = server.into_split();
            let array = serve.open_async(reader).await?.into_array().await?;
            let doubled: Vec<i64> = array.as_slice::<i64>()?.iter().map(|x| 2 * x).collect();
            let doubled = ArrayView::from_slice(&doubled, array.shape())?;
            let mut out = serve.encoder_async(doubled.layout(), writer)?;
            out.write_all(doubled.payload()).await.unwrap();
            out.finish().await
        });
        let (reader, writer) = client.into_split();
        let array = ArrayView::from_slice(&elements, &[1000, 100]).unwrap();
        let mut out = chain.encoder_async(array.layout(), writer).unwrap();
        for piece in array.payload().chunks(7777) {
            out.write_all(piece).await.unwrap();
        }
        out.shutdown().await.unwrap();
        let mut back = chain.open_async(reader).await.unwrap();
        // The header is known before the body is read.
        assert_eq!((back.header().dtype().to_string().as_str(), back.nbytes()), ("<i8", Some(800_000)));
        let mut payload = Vec::new();
        back.read_to_end(&mut payload).await.unwrap();
        let layout = array.layout().clone();
        let back = Array::new(layout, Buffer::from(&*payload)).unwrap();
        assert!(back.as_slice::<i64>().unwrap().iter().zip(&elements).all(|(a, b)| *a == 2 * b), "{text}");
        server.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn the_header_comes_before_the_body_is_there() {
    let chain = Chain::parse("npy|lz4").unwrap();
    let elements = elements();
    let array = ArrayView::from_slice(&elements, &[100_000]).unwrap();
    let encoded = chain.encode(&array).unwrap();
    let (mut client, server) = connection().await;
    client.write_all(&encoded[..encoded.len() / 2]).await.unwrap();
    let mut opened = chain.open_async(server).await.unwrap();
    assert_eq!(opened.header().known_layout().unwrap().shape(), [100_000]);
    let rest = encoded[encoded.len() / 2..].to_vec();
    let sender = tokio::spawn(async move {
        client.write_all(&rest).await.unwrap();
        client.shutdown().await.unwrap();
    });
    let mut payload = Vec::new();
    opened.read_to_end(&mut payload).await.unwrap();
    assert!(payload == array.payload());
    sender.await.unwrap();
}

#[tokio::test]
async fn bad_data_are_errors_and_never_an_early_end() {
    let elements = elements();
    let array = ArrayView::from_slice(&elements, &[100_000]).unwrap();
    for text in CHAINS {
        let chain = Chain::parse(text).unwrap();
        let encoded = chain.encode(&ArrayView::from_slice(&elements, &[1000, 100]).unwrap()).unwrap();
        for cut in [0, 1, encoded.len() / 2, encoded.len() - 1] {
            let data = std::io::Cursor::new(encoded[..cut].to_vec());
            let result = match chain.open_async(data).await {
                Ok(opened) => opened.into_array().await.map(drop),
                Err(error) => Err(error),
            };
            let Err(Error::Stage(error)) = result else { panic!("{text} cut to {cut} bytes: {result:?}") };
            // The last bytes of what is left are taken for the checksum of the others.
            let is_checked = text.ends_with("crc32c") && cut >= 4;
            let (kind, io_kind) = if is_checked {
                (ErrorKind::Checksum, std::io::ErrorKind::InvalidData)
            } else {
                (ErrorKind::Truncated, std::io::ErrorKind::UnexpectedEof)
            };
            assert_eq!(error.kind(), kind, "{text} cut to {cut} bytes: {error:?}");
            let data = std::io::Cursor::new(encoded[..cut].to_vec());
            if let Ok(mut opened) = chain.open_async(data).await {
                let error = opened.read_to_end(&mut Vec::new()).await.unwrap_err();
                assert_eq!(error.kind(), io_kind, "{text} cut to {cut} bytes");
            }
        }
        let limits = DecodeLimits::new().with_max_bytes(1000);
        let error = chain.open_async_with(std::io::Cursor::new(encoded), &limits.into()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit, "{text}");
    }
    // A writer that is dropped leaves what does not decode; one that gets too little or too much says so.
    let chain = Chain::parse("npy|zstd").unwrap();
    for (given, finishes) in [(800_000, false), (799_999, true), (800_001, true)] {
        let (client, mut server) = connection().await;
        let mut out = chain.encoder_async(array.layout(), client).unwrap();
        let payload = [array.payload(), &[0]].concat();
        // The error of a surplus may come with the last bytes, or with the end.
        let written = out.write_all(&payload[..given]).await;
        if finishes {
            let result = out.finish().await;
            assert!(written.is_err() || result.is_err(), "{given} bytes");
        } else {
            drop(out);
        }
        let mut encoded = Vec::new();
        server.read_to_end(&mut encoded).await.ok();
        assert!(chain.decode(&encoded).is_err(), "{given} bytes");
    }
}

/// A peer that says nothing must not hold a thread for ever once nobody waits for it.
#[test]
fn a_dropped_reader_gives_its_thread_back() {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(1).max_blocking_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let chain = Chain::parse("npy|lz4").unwrap();
        let encoded = chain.encode(&ArrayView::from_slice(&[1, 2, 3], &[3]).unwrap()).unwrap();
        let (client, server) = connection().await;
        let waiting = chain.open_async(server);
        assert!(tokio::time::timeout(Duration::from_millis(50), waiting).await.is_err(), "nothing was sent");
        // The only blocking thread is free again.
        let data = std::io::Cursor::new(encoded);
        let opened = tokio::time::timeout(Duration::from_secs(20), chain.open_async(data));
        let array = opened.await.unwrap().unwrap().into_array().await.unwrap();
        assert_eq!(array.as_slice::<i32>().unwrap(), [1, 2, 3]);
        drop(client);
    });
}

#[test]
fn there_must_be_a_runtime() {
    let chain = Chain::parse("npy").unwrap();
    let layout = ArrayView::from_slice(&[1_u8], &[1]).unwrap().layout().clone();
    let error = chain.encoder_async(&layout, tokio::io::sink()).unwrap_err();
    assert!(error.report().starts_with("cannot run the chain on a blocking thread: "), "{}", error.report());
}
