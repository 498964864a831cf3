//! The modules of the facade: the items of `ndcodec-core`, sorted by who needs them.

/// numpy's dtypes: kinds, fields, byte orders, and Rust types that are elements.
pub mod dtype {
    #[doc(inline)]
    pub use ndcodec_core::{
        ByteOrder, DType, DTypeError, Element, Extension, Field, Fields, Kind, TimeBase, TimeUnit, literal,
    };
    #[doc(hidden)]
    pub use ndcodec_core::{element_field, element_struct};
}

/// Errors of all kinds, and the parts that they are made of.
pub mod error {
    #[doc(inline)]
    pub use ndcodec_core::{
        ArrayError, ChainError, ChainErrorKind, CodecError, DTypeError, Error, ErrorKind, Fault, HeaderError,
        InnerChainError, IoError, Limit, ParamError, RegisterError, Span, StageError, report,
    };
}

/// Streams of encoded arrays and bytes: the readers and writers that chains and pipelines return, and the sources that they
/// read from.
pub mod stream {
    #[cfg(feature = "tokio")]
    #[doc(inline)]
    pub use ndcodec_core::tokio::{AsyncArrayWriter, AsyncOpened};
    #[doc(inline)]
    pub use ndcodec_core::{
        ArrayWriter, Arrays, ByteReader, ByteWriter, EncodedData, Inspections, Opened, RandomAccess,
    };
}

/// What the authors of stages need: traits, descriptors, parameters, and what stages work with.
///
/// [`Codec`](stage::Codec), [`ArrayFilter`](stage::ArrayFilter) and [`ArrayFormat`](stage::ArrayFormat) are the three kinds
/// of stages. A [`StageDescriptor`](stage::StageDescriptor) gives the name and the parameters of a stage, and
/// [`submit!`](stage::submit) makes it known to every program that links its crate. A crate that only has stages need only
/// depend on `ndcodec-core`, which has the same items in its root.
///
/// ```
/// use std::sync::Arc;
///
/// use ndcodec::stage::{Codec, CodecError, Input, Output, StageDescriptor, register};
/// use ndcodec::Pipeline;
///
/// /// Flips every bit.
/// #[derive(Debug)]
/// struct Flip;
///
/// impl Codec for Flip {
///     fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
///         self.decode(&input.to_bytes(), out)
///     }
///
///     fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
///         encoded.iter().try_for_each(|byte| out.push(&[!byte]))
///     }
/// }
///
/// static FLIP: StageDescriptor =
///     StageDescriptor::codec("flip", env!("CARGO_PKG_NAME"), &|_| Ok(Arc::new(Flip)))
///         .with_summary("flips every bit")
///         .stable_bytes()
///         .named_by_data();
///
/// // At run time; a crate of its own says `submit!(FLIP);` outside of any function.
/// register(&FLIP)?;
/// assert_eq!(Pipeline::parse("flip")?.encode(&[0, 0xf0])?, [0xff, 0x0f]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Contracts
///
/// - **Parameters** were checked for kind and range before a stage is built. The stage need only refuse invalid
///   combinations ([`ParamError`](stage::ParamError)).
/// - **A codec** refuses truncated data, data that continue after their end, and damaged data, as far as it can tell. It
///   never panics on data, and allocates no memory only because data claim it: [`Output`](stage::Output) enforces the
///   limit.
/// - **A filter** is [bound](stage::ArrayFilter::bind) to one layout, and refuses there everything that it can refuse
///   without the elements. It gets the payload in its memory order: the layout's order says which index varies fastest.
///   Backward, it must write every byte.
/// - **A format** returns the bytes around the payload ([`Frame`](stage::Frame)) and reads its header from the first bytes,
///   however many there are ([`HeaderError`](crate::error::HeaderError)). The chain checks lengths and limits.
/// - **A container** encodes the payload itself ([`Body`](stage::Body)). Only the body checks the bytes after the head.
/// - **Streams** own what they work with, and may move to another thread. A sink that is dropped must not write an end. A
///   source that returns 0 has checked everything. A stage without streams of its own collects its input.
///
/// # Promises
///
/// Each method of [`StageDescriptor`](stage::StageDescriptor) that sets a flag is a promise, which the laws of the crate
/// `ndcodec-conformance` test. All kinds may promise `stable_bytes`; formats and codecs `streaming`; filters and codecs
/// `named_by_data` and `lossy`; only formats may be a `container`; only codecs may promise `text`, `truncation_detected`
/// and `zero_padded`.
///
/// # Registries
///
/// The list of stages is a static of `ndcodec-core`. A `cdylib`, such as a plug-in that is loaded at run time or the module
/// of the Python package, links a copy of that crate, so it has a list of its own: neither side sees the stages that the
/// other side submits. [`register`](stage::register) adds a stage at run time. [`Registry::only`](crate::Registry::only)
/// narrows the list for one chain, and for what the data of that chain name.
pub mod stage {
    #[doc(hidden)]
    pub use ndcodec_core::patient;
    #[doc(inline)]
    pub use ndcodec_core::stream::{
        BoxSink, BoxSource, CHUNK, Sink, SliceSource, Source, read_full, read_to_end,
    };
    #[doc(inline)]
    pub use ndcodec_core::{
        ALIGNMENT, Advice, ArrayFilter, ArrayFormat, Body, BoundFilter, BuildFn, Choice, Codec, Content,
        Destination, Direction, Filtered, Filters, Frame, Front, Header, HeaderContext, Hints, InnerChain,
        InnerChains, InnerFilters, Input, KnownWords, LenClaim, MAX_FILTERS_FROM_DATA, MAX_NDIM, MAX_NESTING,
        MAX_STAGES, MAX_STAGES_FROM_DATA, MAX_TEXT, OpenBody, Output, ParamDefault, ParamKind, ParamSpec,
        Params, Pool, Pooled, PooledOwned, Recent, Sample, Sniff, Sniffed, StageDescriptor, StageKind,
        StageSpec, Tail, Units, Value, build_codec, build_filter, build_format, diagnosis, register, rows_of,
        stages, submit,
    };
    #[doc(inline)]
    pub use ndcodec_core::{
        CodecError, HeaderError, InnerChainError, ParamError, RandomAccess, RegisterError,
    };
}
