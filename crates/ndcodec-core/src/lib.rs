//! The core of `ndcodec`: traits, array model, chain language, registry, limits and errors. It knows no backend.
//!
//! A *chain* is one line of text, such as `npy|zstd|base64`, that says how an n-dimensional array becomes bytes or text,
//! and back. Its words are *stages*: one [format](ArrayFormat), then [filters](ArrayFilter), then [codecs](Codec). Stages
//! come from crates of their own, which [`submit!`] a [`StageDescriptor`]. Users get them through the facade crate
//! `ndcodec`. To write a stage, you need only this crate.

mod array;
mod chain;
pub mod diagnosis;
mod error;
mod lang;
mod limits;
mod printable;
mod stage;

// Rooms are private, and a room's neighbours reach into it by the names of its files.
use array::{dtype, fresh};
pub use stage::stream;

pub use array::*;
#[cfg(feature = "serde")]
pub use chain::Encoded;
#[cfg(feature = "tokio")]
pub use chain::tokio;
pub use chain::{
    ArrayWriter, Arrays, ByteReader, ByteWriter, Chain, DecodeOptions, Detected, EncodeOptions, EncodedData,
    InnerChain, InnerChainError, InnerChains, InnerFilters, Inspection, Inspections, Opened, Pipeline,
    detect, detect_in, detect_prefix,
};
pub use error::{ArrayError, CodecError, Error, ErrorKind, Fault, IoError, Limit, StageError, report};
pub use lang::{
    ChainError, ChainErrorKind, MAX_FILTERS_FROM_DATA, MAX_NESTING, MAX_STAGES, MAX_STAGES_FROM_DATA,
    MAX_TEXT, Span, StageSpec, Tail, build_codec, build_filter, build_format,
};
pub use limits::DecodeLimits;
pub use stage::memory;
pub use stage::{
    Advice, ArrayFilter, ArrayFormat, Body, BoundFilter, BuildFn, Choice, Codec, Content, Destination,
    Direction, Filtered, Filters, Frame, Front, Header, HeaderContext, HeaderError, Hints, Input, KnownWords,
    LenClaim, OpenBody, Output, ParamDefault, ParamError, ParamKind, ParamSpec, Params, Pool, Pooled,
    PooledOwned, RandomAccess, Recent, RegisterError, Registry, Sample, Sniff, Sniffed, StageDescriptor,
    StageKind, Submitted, Units, Value, register, stages,
};

#[doc(hidden)]
pub use fresh::in_huge_pages;
#[doc(hidden)]
pub use inventory;
#[doc(hidden)]
pub use printable::printable;
#[doc(hidden)]
pub use stage::patient;
