//! Arrays as HTTP bodies: `Content-Type: application/vnd.ndcodec; chain="npy|zstd"`.
//!
//! ```
//! use http::HeaderMap;
//! use http::header::{ACCEPT, CONTENT_TYPE};
//! use ndcodec::ArrayView;
//! use ndcodec_http::Chains;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The chains that a service accepts and sends, in order of preference.
//! let chains = Chains::new(["npy|zstd", "npy|zstd|base64"])?.with_max_bytes(16 << 20);
//!
//! // A client encodes by a chain that the service accepts, and says which chains it accepts.
//! let x = ArrayView::from_slice(&[1.0f64, 2.0, 3.0], &[3])?;
//! let (mut headers, body) = chains.choose(&HeaderMap::new())?.encode(&x)?;
//! assert_eq!(headers[CONTENT_TYPE], r#"application/vnd.ndcodec; chain="npy|zstd""#);
//! headers.insert(ACCEPT, chains.accept());
//!
//! // The service decodes within its limits, and responds by a chain that the client accepts.
//! let y = chains.decode(&headers, &body)?;
//! let (_, sent) = chains.choose(&headers)?.encode(&y.view())?;
//! assert_eq!(sent, body);
//! # Ok(())
//! # }
//! ```
//!
//! The chain of a request comes from a stranger. [`Chains`] accepts only the chains that it lists, within limits. Every
//! error is a [`Problem`], with the status and the document that a service returns for it.
//!
//! # Features
//!
//! `tokio` adds bodies that are encoded and decoded while they travel: `Choice::stream` and `Chains::receive`. `axum` adds
//! an extractor and a response. `reqwest` adds methods to send an array in a request and to read it from a response. Both
//! turn on `tokio`. The stages of chains are features of the crate `ndcodec`.
//!
//! `docs/http.md` is the specification. The Python package `ndcodec.http` follows it too.
#![forbid(unsafe_code)]

#[cfg(feature = "axum")]
pub mod axum;
mod chains;
mod choice;
mod json;
mod media;
mod problem;
#[cfg(feature = "tokio")]
mod receive;
#[cfg(feature = "reqwest")]
pub mod reqwest;
#[cfg(feature = "tokio")]
mod send;
mod syntax;

pub use chains::{Chains, Content};
pub use choice::{Choice, Form};
pub use media::{MEDIA_TYPE, content_type};
pub use problem::{Document, PROBLEM_TYPE, Problem};
#[cfg(feature = "tokio")]
pub use send::{ArrayBody, OwnedArray};
