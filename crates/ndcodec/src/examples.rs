//! Whole programs, which are in the package's folder `examples`.
//!
//! # A web service
//!
//! `examples/service.rs`: a service for axum that takes a matrix and returns the means of its columns. It bounds what a client
//! may send, and each error has a status, a name for metrics and a message. `tests/service.rs` is its client.
//!
//! ```ignore
#![doc = include_str!("../examples/service.rs")]
//! ```
//!
//! The crate `ndcodec-http` has extractors, responses and negotiation of chains for axum, and a client for reqwest.
//!
//! # A stage of your own
//!
//! [`stage`](crate::stage) shows a codec with its contracts. The repository has a crate with a codec, a filter, a format
//! and a container, each of at most forty lines, in `crates/ndcodec/examples/third-party`; `docs/custom-stage.md` walks
//! through them.
