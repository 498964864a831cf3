//! What the project's own tests share; third parties need only the laws, `ndcodec-conformance`.
//!
//! [`corpus`] reads the arrays and payloads that other software wrote, for the tests that check what a law cannot: that
//! our bytes are everybody's bytes; [`replay`] brings them through a stage in every way. [`field_or_skip`] finds the files
//! that people met. A test that must do without the corpus or Python [`skip`]s.
#![forbid(unsafe_code)]
#![expect(clippy::panic, reason = "a library for tests: it fails by panicking")]

pub mod corpus;
mod field;
pub mod replay;
mod skip;

pub use corpus::{Corpus, Outcome, Row, corpus_or_skip};
pub use field::{FieldCase, FieldOutcome, field_cases, field_folder_or_skip, field_or_skip, field_place};
pub use skip::{python_or_skip, skip};

/// The examples in the README are tests. `docs/custom-stage.md` is tested by `examples/third-party`, a crate of its own.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../../README.md")]
    mod readme {}
}
