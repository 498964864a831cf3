//! Foreign bytes through a stage in every way there is, for the tests that read the corpus.

use std::io::{self, Read};

use ndcodec_core::{DecodeLimits, Error, ErrorKind, Pipeline};

use crate::Row;

/// More than any row of the corpus holds, in bytes, so that a row which asks for more fails early.
const LIMITS: DecodeLimits = DecodeLimits::new().with_max_bytes(64 << 20);

/// How many bytes arrive at a time, and how many are asked for at a time.
const STEPS: [(usize, usize); 3] = [(1, 4096), (777, 100), (usize::MAX, 1 << 16)];

/// Decodes in one shot, and as streams that come and go in pieces of several sizes, which must give the same.
///
/// # Panics
/// If a stream gives other bytes than one shot, or only one of them an error. One difference is right: a stream may
/// refuse a window larger than its limit, which one shot does not need.
pub fn decode_every_way(pipeline: &Pipeline, encoded: &[u8]) -> Result<Vec<u8>, Error> {
    let whole = pipeline.decode_with(encoded, &LIMITS.into());
    for (step, room) in STEPS {
        let streamed = stream(pipeline, encoded, step, room);
        match (&whole, &streamed) {
            (Ok(whole), Ok(streamed)) => {
                assert!(
                    whole == streamed,
                    "`{pipeline}` by {step} and {room} bytes gives others than in one shot"
                );
            }
            (Err(_), Err(_)) => {}
            (Ok(_), Err(error)) if is_window(error) => {}
            (Ok(_), Err(error)) => {
                panic!("`{pipeline}` by {step} and {room} bytes fails as a stream only: {error}");
            }
            (Err(error), Ok(_)) => {
                panic!("`{pipeline}` by {step} and {room} bytes fails in one shot only: {}", error.report());
            }
        }
    }
    whole
}

/// Decodes a row of the corpus, and encodes what came out.
///
/// # Panics
/// If that does not give the other program's bytes again.
pub fn there_and_back(stages: &str, row: &Row) -> Result<Vec<u8>, String> {
    let pipeline = Pipeline::parse(stages).unwrap_or_else(|error| panic!("{error}"));
    let encoded = row.read();
    let decoded = pipeline.decode(&encoded).map_err(|error| error.report())?;
    let again = pipeline.encode(&decoded).map_err(|error| error.report())?;
    assert!(again == encoded, "{}: `{stages}` encodes otherwise", row.path);
    Ok(decoded)
}

fn stream(pipeline: &Pipeline, encoded: &[u8], step: usize, room: usize) -> io::Result<Vec<u8>> {
    let mut decoder =
        pipeline.decoder_with(Dribble { rest: encoded, step }, &LIMITS.into()).map_err(io::Error::other)?;
    let (mut decoded, mut buf) = (Vec::new(), vec![0; room]);
    loop {
        match decoder.read(&mut buf)? {
            0 => return Ok(decoded),
            n => decoded.extend_from_slice(&buf[..n]),
        }
    }
}

fn is_window(error: &io::Error) -> bool {
    match error.get_ref().and_then(|error| error.downcast_ref()) {
        Some(error @ Error::Stage(stage)) => {
            stage.kind() == ErrorKind::Limit && error.report().contains("window")
        }
        _ => false,
    }
}

/// A reader that gives at most `step` bytes at a time.
struct Dribble<'a> {
    rest: &'a [u8],
    step: usize,
}

impl Read for Dribble<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let len = buf.len().min(self.step);
        self.rest.read(&mut buf[..len])
    }
}
