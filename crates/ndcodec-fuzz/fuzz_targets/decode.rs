//! Whatever the bytes, decoding by the chain that they seem to be of ends in an array or an error, within small limits,
//! and the same whether they are in memory or come through a stream, as rows, or as elements.
#![no_main]

use std::fmt::Debug;
use std::io::Read;

use libfuzzer_sys::fuzz_target;
use ndcodec::{Array, Chain, DecodeLimits, Detected, Element, Error, ErrorKind, Layout, Pipeline, detect};

const LIMITS: DecodeLimits =
    DecodeLimits::new().with_max_bytes(1 << 20).with_max_header(10_000).with_max_window(1 << 20);

fuzz_target!(|data: &[u8]| {
    match detect(data) {
        Detected::Chain(found) => chain(&found, data),
        Detected::Pipeline { pipeline: found, .. } | Detected::Unknown { guess: Some(found), .. } => {
            pipeline(&found, data);
        }
        _ => {}
    }
});

fn chain(chain: &Chain, data: &[u8]) {
    let in_memory = chain.decode_with(data, &LIMITS.into());
    let streamed = stream(chain, data);
    match (in_memory, streamed) {
        (Ok(array), Ok((layout, payload))) => {
            assert_eq!((array.layout(), array.payload()), (&layout, &*payload), "{chain}");
            parts(chain, data, &array);
            assert_eq!(
                chain.decode_into_slice_with(data, &mut { payload }, &LIMITS.into()).ok(),
                Some(layout)
            );
        }
        (Err(_), Err(_)) => {}
        (Ok(_), Err(error)) if is_limit(&error) => {}
        (Ok(_), Err(error)) => panic!("{chain}: only the stream fails: {}", error.report()),
        (Err(error), Ok(_)) => panic!("{chain}: only in memory it fails: {}", error.report()),
    }
}

/// The last row, and the elements if they are of a common type.
fn parts(chain: &Chain, data: &[u8], array: &Array) {
    if let Some(&count) = array.shape().first().filter(|count| **count > 0) {
        let row = count - 1..count;
        let found = chain.decode_rows_with(data, row.clone(), &LIMITS.into()).expect("the row is there");
        let view = array.view();
        let expected = view.rows(row).expect("the row is there");
        assert_eq!((found.layout(), found.payload()), (expected.layout(), expected.payload()), "{chain}");
    }
    elements::<f64>(chain, data, array);
    elements::<i16>(chain, data, array);
    elements::<bool>(chain, data, array);
}

fn elements<T: Element + Debug>(chain: &Chain, data: &[u8], array: &Array) {
    let mut elements = Vec::<T>::new();
    let decoded = chain.decode_into_vec_with(data, &mut elements, &LIMITS.into());
    match (decoded, array.to_vec::<T>()) {
        (Ok(layout), Ok(expected)) => {
            assert_eq!(layout.shape(), array.shape());
            // As text, for no NaN equals itself.
            assert_eq!(format!("{elements:?}"), format!("{expected:?}"), "{chain}");
        }
        (Err(_), Err(_)) => assert!(elements.is_empty()),
        (decoded, expected) => panic!("{chain}: {:?}, but {:?}", decoded.is_ok(), expected.is_ok()),
    }
}

fn stream(chain: &Chain, data: &[u8]) -> Result<(Layout, Vec<u8>), Error> {
    let mut reader = chain.decoder_with(OneByOne(data), &LIMITS.into())?;
    let (mut payload, mut part) = (Vec::new(), [0; 777]);
    loop {
        match reader.pull(&mut part)? {
            0 => break,
            n => payload.extend_from_slice(&part[..n]),
        }
        assert!(payload.len() <= LIMITS.max_bytes);
    }
    let layout = reader.layout()?.expect("the layout is known at the end");
    Ok((layout, payload))
}

fn pipeline(pipeline: &Pipeline, data: &[u8]) {
    match (pipeline.decode_with(data, &LIMITS.into()), stream_bytes(pipeline, data)) {
        (Ok(bytes), Ok(streamed)) => assert_eq!(bytes, streamed, "{pipeline}"),
        (Err(_), Err(_)) => {}
        (Ok(_), Err(error)) if is_limit(&error) => {}
        (Ok(_), Err(error)) => panic!("{pipeline}: only the stream fails: {}", error.report()),
        (Err(error), Ok(_)) => panic!("{pipeline}: only in memory it fails: {}", error.report()),
    }
}

fn stream_bytes(pipeline: &Pipeline, data: &[u8]) -> Result<Vec<u8>, Error> {
    let mut reader = pipeline.decoder_with(OneByOne(data), &LIMITS.into())?;
    let (mut bytes, mut part) = (Vec::new(), [0; 777]);
    loop {
        match reader.pull(&mut part)? {
            0 => return Ok(bytes),
            n => bytes.extend_from_slice(&part[..n]),
        }
        assert!(bytes.len() <= LIMITS.max_bytes);
    }
}

/// Only a stream needs memory for a frame's window, and so only there it is limited.
fn is_limit(error: &Error) -> bool {
    error.kind() == ErrorKind::Limit
}

/// Gives a byte at a time, so that every step of a decoder is interrupted.
struct OneByOne<'a>(&'a [u8]);

impl Read for OneByOne<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = buf.len().min(1);
        self.0.read(&mut buf[..n])
    }
}
