//! The laws that every stage of `ndcodec` obeys, as a library: for our own stages and for third parties'.
//!
//! [`laws`] holds them.
#![forbid(unsafe_code)]
#![expect(clippy::panic, reason = "a library for tests: it fails by panicking")]

pub mod laws;
