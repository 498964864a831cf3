//! The laws of codecs.

mod damage;
mod limits;
mod one_shot;
mod streams;

pub use damage::{claims, garbage, trailing, truncation};
pub use limits::{bound, decode_limit, pipeline_limits, slices};
pub use one_shot::{existing_bytes, failure, parts, planes, round_trip, text, threads, window};
pub use streams::{decoder, dropped_sink, encoder, stream_errors};

use super::Subject;

/// A law of codecs: panics if it is broken.
pub type Law = fn(&Subject);

/// Every law that a codec is held to, by name.
pub const LAWS: &[(&str, Law)] = &[
    ("round_trip", round_trip),
    ("text", text),
    ("existing_bytes", existing_bytes),
    ("failure", failure),
    ("bound", bound),
    ("decode_limit", decode_limit),
    ("slices", slices),
    ("claims", claims),
    ("parts", parts),
    ("planes", planes),
    ("window", window),
    ("truncation", truncation),
    ("trailing", trailing),
    ("garbage", garbage),
    ("encoder", encoder),
    ("decoder", decoder),
    ("dropped_sink", dropped_sink),
    ("stream_errors", stream_errors),
    ("threads", threads),
];

/// Runs all of [`LAWS`].
///
/// # Panics
/// If one is broken.
pub fn check(subject: &Subject) {
    LAWS.iter().for_each(|(_, law)| law(subject));
}
