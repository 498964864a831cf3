//! The core of `ndcodec`: traits, array model, chain language, registry, limits and errors. Knows no backend.
//!
//! A *chain* is one line of text, such as `npy|zstd|base64`, that says how an n-dimensional array becomes bytes or
//! text, and back. Its words are *stages*: one [format](ArrayFormat), then [filters](ArrayFilter), then
//! [codecs](Codec). Stages come from crates of their own, which [`submit!`] a [`StageDescriptor`]; users take them
//! through the facade crate `ndcodec`, and who writes a stage needs this crate alone.

mod array;
mod buffer;
mod chain;
mod codec;
mod container;
mod descriptor;
mod dtype;
mod error;
mod filter;
mod format;
mod fresh;
mod lang;
mod layout;
mod limits;
mod output;
mod params;
mod pool;
mod registry;
pub mod stream;
mod strided;
mod typed;

pub use array::{Array, ArrayView};
pub use buffer::{ALIGNMENT, Buffer};
pub use chain::{
    ArrayReader, ArrayWriter, ByteReader, ByteWriter, Chain, DecodeOptions, Detected, EncodeOptions,
    InnerChain, Inspection, Pipeline, detect, rows_of,
};
pub use codec::{Codec, Direction, LenClaim};
pub use container::{ArrayContainer, ContainerHeader, RandomAccess};
pub use descriptor::{
    BuildFn, ParamDefault, ParamError, ParamKind, ParamSpec, RegisterError, Sample, Sniff, Sniffed,
    StageDescriptor, StageKind,
};
pub use dtype::*;
pub use error::{ArrayError, CodecError, Error, ErrorKind, IoError, StageError};
pub use filter::ArrayFilter;
pub use format::{ArrayFormat, Filters, Frame, Header, HeaderError};
pub use lang::{
    ChainError, ChainErrorKind, MAX_NESTING, MAX_STAGES, MAX_TEXT, Span, StageSpec, Tail, build_codec,
    build_container, build_filter, build_format,
};
pub use layout::{Layout, MAX_NDIM, Order, ShapePattern};
pub use limits::DecodeLimits;
pub use output::Output;
pub use params::{Params, Value};
pub use pool::{Pool, Pooled};
pub use registry::{KnownWords, Submitted, register, stages};

#[doc(hidden)]
pub use fresh::in_huge_pages;
#[doc(hidden)]
pub use inventory;
