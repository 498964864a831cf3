//! Frames and blocks that other programs wrote.

use std::io::Read;

use ndcodec_conformance::{Row, corpus_or_skip};
use ndcodec_core::{DecodeLimits, Pipeline};
use ndcodec_lz4 as _;

/// Decodes in one shot and as a stream, a byte at a time and at once, which must agree.
fn decode(chain: &str, encoded: &[u8]) -> Result<Vec<u8>, String> {
    let pipeline = Pipeline::parse(chain).expect("the chain is right");
    let whole = pipeline.decode(encoded).map_err(|error| error.report());
    for step in [1, 1 << 20] {
        let mut streamed = Vec::new();
        let mut reader = pipeline
            .decoder(Dribble { rest: encoded, step }, DecodeLimits::new())
            .expect("nothing was read yet");
        let result = reader.read_to_end(&mut streamed);
        assert_eq!(result.is_ok(), whole.is_ok(), "{chain}, {step} bytes at a time");
        assert!(whole.as_ref().map_or(true, |whole| *whole == streamed), "{chain}, {step} bytes at a time");
    }
    whole
}

struct Dribble<'a> {
    rest: &'a [u8],
    step: usize,
}

impl Read for Dribble<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = buf.len().min(self.step);
        (&mut self.rest).take(n as u64).read(buf)
    }
}

fn chain_of_block(row: &Row) -> &'static str {
    if row.proves.contains("needs the size from outside") {
        "lz4(framing=block)"
    } else {
        "lz4(framing=sized)"
    }
}

#[test]
fn frames_of_other_programs() {
    let Some(corpus) = corpus_or_skip() else { return };
    corpus.check("container/lz4", |row| Some(decode("lz4", &row.read())));
}

#[test]
fn blocks_of_other_programs() {
    let Some(corpus) = corpus_or_skip() else { return };
    corpus.check("container/lz4block", |row| Some(decode(chain_of_block(row), &row.read())));
    corpus.check("numcodecs/lz4", |row| Some(decode("lz4(framing=sized)", &row.read())));
}
