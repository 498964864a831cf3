//! `pco`: numbers by their distribution
//! ([format](https://github.com/pcodec/pcodec/blob/main/docs/format.md)), by the crate of its author.
//!
//! It writes one standalone file of that format, which other readers of the format can read. It holds the numbers in memory
//! order, whatever the array's shape. Booleans are read as `u8`, dates and durations as `i64`, bfloat16 as `u16`, a complex
//! number as two floats, real part first.
//!
//! The encoded bytes may change: how numbers are divided into bins depends on the version of the crate.
#![forbid(unsafe_code)]

mod claims;
mod codec;
mod filter;
mod numbers;

use std::sync::Arc;

use ndcodec_core::{ArrayFilter, ParamError, ParamKind, ParamSpec, Params, StageDescriptor};

pub use crate::filter::Pco;
pub use crate::numbers::{Delta, Effort, Mode};

/// `pco(level)`: numbers by their distribution, the differences of neighbours, or what they are multiples of.
pub static PCO: StageDescriptor = StageDescriptor::filter("pco", env!("CARGO_PKG_NAME"), &build)
    .with_summary("encodes numbers by their distribution, or that of their differences")
    .with_specification("https://github.com/pcodec/pcodec/blob/main/docs/format.md")
    .named_by_data()
    .with_params(&[
        ParamSpec::int("level", 0, 12, 8, "effort: 0 is fastest, 12 smallest"),
        ParamSpec::inferred("type", ParamKind::ItemType, "the type of the elements"),
        ParamSpec::choice(
            "delta",
            &["auto", "none", "consecutive", "lookback"],
            "auto",
            "what numbers are compared with; the writer's alone",
        ),
        ParamSpec::choice(
            "mode",
            &["auto", "classic"],
            "auto",
            "whether to look for what numbers are multiples of; the writer's alone",
        ),
    ]);
ndcodec_core::submit!(PCO);

fn build(params: &Params) -> Result<Arc<dyn ArrayFilter>, ParamError> {
    let level = usize::try_from(params.int("level"));
    let level = level.map_err(|_| ParamError::new("level", "is negative"))?;
    let delta = match params.word("delta") {
        "none" => Delta::None,
        "consecutive" => Delta::Consecutive,
        "lookback" => Delta::Lookback,
        _ => Delta::Auto,
    };
    let mode = if params.word("mode") == "classic" { Mode::Classic } else { Mode::Auto };
    Ok(Arc::new(Pco::new(Effort { level, delta, mode })))
}
