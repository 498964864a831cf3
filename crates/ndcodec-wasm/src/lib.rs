//! ndcodec for JavaScript: what the npm package calls.
//!
//! This is the narrow side of a wide package: bytes, numbers and strings go in and out, and `npm/lib` makes typed arrays,
//! classes and errors of them. It is built for `wasm32-unknown-unknown` only, by `cargo xtask web`.
#![expect(
    unreachable_pub,
    reason = "wasm-bindgen exports public items alone, and nothing else uses this crate"
)]

mod chain;
mod detect;
mod dtype;
mod error;
mod memory;
mod object;
mod options;
mod stage;
mod start;
mod stream;
mod words;
