//! What other programs wrote with zstd, in one shot and streamed.

use std::collections::BTreeSet;

use ndcodec_conformance::{Row, corpus_or_skip};
use ndcodec_core::stream::{SliceSource, Source};
use ndcodec_core::{Codec, CodecError, DecodeLimits, ErrorKind, Output, build_codec};

/// More than any row holds.
const LIMIT: usize = 64 << 20;

#[test]
fn zstd() {
    check("zstd");
}

fn check(word: &str) {
    let Some(corpus) = corpus_or_skip() else { return };
    let _linked = &ndcodec_zstd::ZSTD;
    let codec = build_codec(word).expect("the stage is linked");
    let (kind, recipe) = (format!("container/{word}"), format!("bytes|{word}"));
    let one_shot = |row: &Row| (row.recipe == recipe).then(|| decode(&*codec, &row.read()));
    let count = corpus.check(&kind, one_shot);
    assert_eq!(count, corpus.of_kind(&kind).count(), "a row of `{kind}` has another recipe than `{recipe}`");
    for (step, room) in [(1, 4096), (usize::MAX, 1 << 16), (777, 100)] {
        let mut outcomes = BTreeSet::new();
        corpus.check(&kind, |row| {
            let encoded = row.read();
            let (one_shot, streamed) = (decode(&*codec, &encoded), stream(&*codec, &encoded, step, room));
            // A stream needs a window, which one shot does not.
            let is_window = streamed.as_ref().is_err_and(|error| error.kind() == ErrorKind::Limit);
            if one_shot.is_ok() != streamed.is_ok() && !is_window {
                outcomes.insert(row.path.clone());
            }
            Some(streamed)
        });
        assert!(
            outcomes.is_empty(),
            "by {step} and {room} bytes these stream otherwise than in one shot: {outcomes:?}"
        );
    }
}

fn decode(codec: &dyn Codec, encoded: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    let mut out = Output::to_vec(&mut bytes).limited(LIMIT);
    codec.decode(encoded, &DecodeLimits::new(), &mut out)?;
    out.finish();
    Ok(bytes)
}

/// Decodes bytes that arrive by `step`, asking for `room` at a time.
fn stream(codec: &dyn Codec, encoded: &[u8], step: usize, room: usize) -> Result<Vec<u8>, CodecError> {
    let source = Box::new(Arrive { source: SliceSource(encoded), step });
    let mut decoder = codec.decoder(source, &DecodeLimits::new())?;
    let (mut bytes, mut buf) = (Vec::new(), vec![0; room]);
    loop {
        match decoder.read(&mut buf)? {
            0 => return Ok(bytes),
            n => bytes.extend_from_slice(&buf[..n]),
        }
        if bytes.len() > LIMIT {
            // In a chain it is the chain that stops here.
            return Err(CodecError::new(ErrorKind::Limit, "the test's limit is passed"));
        }
    }
}

struct Arrive<'a> {
    source: SliceSource<'a>,
    step: usize,
}

impl Source for Arrive<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let len = buf.len().min(self.step);
        self.source.read(&mut buf[..len])
    }
}
