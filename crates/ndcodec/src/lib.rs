//! One line of text says how an n-dimensional array becomes bytes or text, and back.
//!
//! ```
//! # #[cfg(all(feature = "npy", feature = "zstd", feature = "base64"))]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use ndcodec::{ArrayView, Chain};
//!
//! let chain = Chain::parse("npy|zstd|base64")?;
//! let x = [1.0f64, 2.0, 3.0, 4.0, 5.0, 6.0];
//! let text = chain.encode_text(&ArrayView::from_slice(&x, &[2, 3])?)?;
//!
//! let y = chain.decode(text.as_bytes())?;
//! assert_eq!(y.shape(), [2, 3]);
//! assert_eq!(y.as_slice::<f64>()?, x);
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "npy", feature = "zstd", feature = "base64")))]
//! # fn main() {}
//! ```
//!
//! A chain is a *format* (array → bytes), then *filters*, then *codecs* (bytes → bytes); `docs/chain-language.md` has its
//! grammar. For bytes that are not an array there is [`Pipeline`], which has only codecs. Both are parsed and checked
//! before a byte moves. They are cheap to clone, serve many threads at once, and keep their compression contexts and
//! scratch memory between calls. So make one and keep it.
//!
//! # Features
//!
//! Each stage is a feature of the same name. `default` has the stages of the common chains. `full` has all stages, and
//! `npz`, the module for numpy's archives. A feature adds a stage and changes nothing else, with one exception:
//! `libdeflate` makes `zlib` and `gzip` faster, by a C library. Encoded bytes may then differ, decoded bytes do not. Only
//! `zstd` and `libdeflate` need a C compiler; everything else is Rust. `ndarray` converts from and to arrays of that crate,
//! `serde` adds `Encoded` for fields and the module `serde`, `derive` adds `#[derive(Element)]` for structs, `half` and
//! `num-complex` make the elements of these crates an [`Element`], `tokio` adds `Chain::open_async` and
//! `Chain::encoder_async`, `bytes` reads rows from `Bytes`, and `mmap` adds `NpyFile`, a `.npy` file that is mapped into
//! memory. Opening it is `unsafe`, since nobody may write to the file while it is mapped.
//!
//! # Memory
//!
//! Calls that write into your memory (`encode_into`, `decode_into`, `decode_into_slice`) allocate nothing after the first
//! call. For this, idle chains keep memory. One budget limits it for the process, [`memory::set_budget`]; [`memory::trim`]
//! gives it back.
//!
//! # Bad input
//!
//! Data from strangers never panic, run code, or allocate more than [`DecodeLimits`] allow; the limits are finite unless
//! you ask for [`DecodeLimits::none`]. Truncated data, trailing bytes and failed checksums are errors. [`Registry::only`]
//! restricts the stages of a chain, whether its text or the data name them. [`words`] has the descriptors.
//!
//! # Conventions
//!
//! Every call that encodes or decodes has a twin whose name ends in `_with`, and whose last parameter is
//! [`&EncodeOptions`](EncodeOptions) or [`&DecodeOptions`](DecodeOptions). Calls that end in `_into` replace the content of
//! what they are given, and those that end in `_append` append to it.
//!
//! # Modules
//!
//! The items that most programs need are here. The other types are in [`dtype`], [`stream`] and [`error`]; authors of
//! stages find everything in [`stage`].
#![cfg_attr(doc, doc = "[`examples`] shows whole programs, such as a web service.")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(doc)]
pub mod examples;
mod facade;
#[cfg(feature = "auto")]
mod recommend;
#[cfg(feature = "serde")]
pub mod serde;
pub mod words;

pub use facade::{dtype, error, stage, stream};
#[cfg(feature = "derive")]
pub use ndcodec_derive::Element;
#[cfg(feature = "mmap")]
pub use ndcodec_npy::{NpyFile, NpyFileError};
#[cfg(feature = "npz")]
#[doc(inline)]
pub use ndcodec_npz as npz;

#[cfg(feature = "auto")]
pub use recommend::{Goal, Recommendation, recommend};

#[cfg(feature = "serde")]
#[doc(inline)]
pub use ndcodec_core::Encoded;
#[doc(inline)]
pub use ndcodec_core::{
    Array, ArrayError, ArrayView, Arrays, Buffer, ByteOrder, Chain, ChainError, DType, DecodeLimits,
    DecodeOptions, Detected, Element, EncodeOptions, EncodedData, Error, ErrorKind, Fault, Inspection,
    Layout, Opened, Order, Pipeline, Registry, ShapePattern, StageError, detect, detect_in, detect_prefix,
    memory,
};

/// Text from outside as the program `ndcodec` shows it.
#[doc(hidden)]
pub use ndcodec_core::printable;

/// Registers the built-in stages by hand. Needed only where constructors do not run before `main`, as in wasm and in C
/// programs that link a static library; harmless elsewhere, however often it is called.
///
/// # Errors
/// If another package has registered a stage of the same name.
pub fn init() -> Result<(), stage::RegisterError> {
    words::BUILT_IN.iter().try_for_each(|stage| stage::register(stage))
}

/// The README's examples are tests; those of `docs/custom-stage.md` are tests of `examples/third-party`, a crate of its own.
#[cfg(doctest)]
mod documents {
    #[cfg(all(feature = "npy", feature = "zstd", feature = "base64"))]
    #[doc = include_str!("../README.md")]
    mod readme {}
}
