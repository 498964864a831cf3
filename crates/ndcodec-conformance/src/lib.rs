//! The laws that every stage of `ndcodec` obeys, as a library: for our own stages and for third parties'.
//!
//! [`laws`] holds them. [`corpus`] reads the arrays and payloads that other software wrote, for the tests that check
//! what a law cannot: that our bytes are everybody's bytes; [`replay`] brings those through a stage in every way.

#![expect(clippy::panic, reason = "a library for tests: it fails by panicking")]

pub mod corpus;
pub mod laws;
pub mod replay;
mod skip;

pub use corpus::{Corpus, Outcome, Row, corpus_or_skip};
pub use skip::{python_or_skip, skip};
