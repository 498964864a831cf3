//! Arrays as HTTP bodies: `Content-Type: application/vnd.ndcodec; chain="npy|zstd"`.
//!
//! ```
//! use http::HeaderMap;
//! use http::header::{ACCEPT, CONTENT_TYPE};
//! use ndcodec::ArrayView;
//! use ndcodec_http::Chains;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // What a service takes and gives, in order of preference.
//! let chains = Chains::new(["npy|zstd", "npy|zstd|base64"])?.with_max_bytes(16 << 20);
//!
//! // A client encodes by a chain that the service takes, and says what it takes itself.
//! let x = ArrayView::from_slice(&[1.0f64, 2.0, 3.0], &[3])?;
//! let (mut headers, body) = chains.choose(&HeaderMap::new())?.encode(&x)?;
//! assert_eq!(headers[CONTENT_TYPE], r#"application/vnd.ndcodec; chain="npy|zstd""#);
//! headers.insert(ACCEPT, chains.accept());
//!
//! // The service decodes within its limits, and responds by a chain that the client takes.
//! let y = chains.decode(&headers, &body)?;
//! let (_, sent) = chains.choose(&headers)?.encode(&y.view())?;
//! assert_eq!(sent, body);
//! # Ok(())
//! # }
//! ```
//!
//! The chain of a request is a stranger's text: [`Chains`] takes those that it lists, and no others, within limits.
//! Whatever is wrong is a [`Problem`], with the status and the document that a service returns for it.
//!
//! # Features
//!
//! `tokio` adds bodies that are encoded and decoded while they travel: `Choice::stream` and `Chains::receive`. `axum` adds an
//! extractor and a response, `reqwest` what a client adds to a request and reads of a response; both bring `tokio`.
//! The words of chains are features of the crate `ndcodec`.
//!
//! `docs/http.md` is the specification, which the Python package `ndcodec.http` follows too.
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
