//! The laws that every stage obeys.
//!
//! A stage crate's tests call [`check_stage`] with its descriptor, which finds the laws by what the descriptor
//! declares and runs them for the default parameters and for the extremes of each parameter:
//!
//! ```no_run
//! # use ndcodec_core::*;
//! # static ZSTD: StageDescriptor = StageDescriptor::codec("zstd", "", &|_| unimplemented!());
//! ndcodec_conformance::laws::check_stage(&ZSTD);
//! ndcodec_conformance::laws::check_codec("zstd(level=3,checksum=true)");
//! ```
//!
//! Each law is a function of its own too, whose documentation states it. A law that is broken panics with the stage,
//! the law, the case, what was found and what was expected. All data are made by a fixed pseudo-random sequence: a failure comes back.

pub mod codec;
pub mod container;
mod data;
pub mod descriptor;
pub mod filter;
pub mod format;
mod subject;

use ndcodec_core::{Chain, Pipeline, StageDescriptor, StageKind};

pub use subject::{Effort, Promises, Subject};

/// Runs every law on a stage: what its descriptor says, then each of [`descriptor::texts`].
///
/// # Panics
/// If a law is broken.
pub fn check_stage(stage: &'static StageDescriptor) {
    if let Err(error) = ndcodec_core::register(stage) {
        panic!("{error}");
    }
    descriptor::check(stage);
    for (index, text) in descriptor::texts(stage).iter().enumerate() {
        descriptor::text_round_trip(text, stage.kind());
        let effort = if index == 0 { Effort::Full } else { Effort::Brief };
        match stage.kind() {
            StageKind::Codec => run_codec(text, effort),
            StageKind::Format => format::check(text),
            StageKind::Filter if descriptor::is_typed(text) => run_codec(text, effort),
            StageKind::Filter => filter::check(text, stage.is_lossy()),
            kind => subject::fail(text, "kind", text, format!("a {kind}"), "a codec, a filter or a format"),
        }
    }
}

/// Runs every law of codecs on a codec in the chain language, `zstd(level=1)`, or on a filter whose type is given,
/// `shuffle(4)`.
///
/// # Panics
/// If a law is broken, or there is no such codec.
pub fn check_codec(stage: &str) {
    descriptor::text_round_trip(stage, StageKind::Codec);
    run_codec(stage, Effort::Full);
}

/// [`check_codec`] with other promises than the descriptor's, such as
/// `Promises::of(&LZ4).detecting_truncation()` for `lz4(framing=frame)`.
///
/// # Panics
/// If a law is broken, or there is no such codec.
pub fn check_codec_as(stage: &str, promises: Promises) {
    let codec = built(stage, ndcodec_core::build_codec(stage));
    codec::check(&Subject::new(stage, codec, promises, Effort::Full));
}

/// Runs every law of formats on a format in the chain language, `raw(<f8)`.
///
/// # Panics
/// If a law is broken, or there is no such format.
pub fn check_format(stage: &str) {
    descriptor::text_round_trip(stage, StageKind::Format);
    format::check(stage);
}

/// Runs every law of filters on a filter in the chain language that takes its type from the array, `shuffle`.
///
/// # Panics
/// If a law is broken, or there is no such filter.
pub fn check_filter(stage: &str) {
    let known = ndcodec_core::stages();
    let name = stage.split('(').next().unwrap_or(stage).trim();
    let is_lossy = known.iter().any(|known| known.name() == name && known.is_lossy());
    filter::check(stage, is_lossy);
}

fn run_codec(text: &str, effort: Effort) {
    let codec = built(text, ndcodec_core::build_codec(text));
    let pipeline = built(text, Pipeline::parse(text));
    let promises = pipeline.stages().next().map(|stage| Promises::of(stage.descriptor())).unwrap_or_default();
    let subject = Subject::new(text, codec, promises, effort);
    codec::check(&subject);
    codec::pipeline_limits(&subject, &pipeline);
}

fn chain(text: &str) -> Chain {
    built(text, Chain::parse(text))
}

fn built<T>(text: &str, result: Result<T, ndcodec_core::ChainError>) -> T {
    match result {
        Ok(built) => built,
        Err(error) => panic!("`{text}` cannot be built: {error}"),
    }
}
