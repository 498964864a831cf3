//! The modules of the facade: what `ndcodec-core` has, sorted by who needs it.

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

/// Streams of encoded arrays and bytes: the readers and writers that chains and pipelines give, and what they read from.
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
/// of stages. A [`StageDescriptor`](stage::StageDescriptor) says what a stage is called and takes, and
/// [`submit!`](stage::submit) makes it known to every program that links its crate. A crate that has a stage and nothing
/// else may depend on `ndcodec-core` alone, which has the same items in its root.
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
/// - **Parameters** are of their kind and in their range before a stage is built; it refuses only combinations
///   ([`ParamError`](stage::ParamError)).
/// - **A codec** refuses what is cut, what goes on after its end and what is damaged, as far as it can tell. No bytes make it
///   panic, and it takes no memory that data merely claim: [`Output`](stage::Output) holds the ceiling.
/// - **A filter** is [bound](stage::ArrayFilter::bind) to one layout, and refuses there what it can refuse without elements. It
///   gets the payload as it lies in memory: the layout's order says which index varies fastest. It writes every byte when it
///   comes back.
/// - **A format** says what stands around the payload ([`Frame`](stage::Frame)) and reads its header from the first bytes, as
///   many as there are ([`HeaderError`](crate::error::HeaderError)). The chain checks lengths and limits.
/// - **A container** encodes the payload itself ([`Body`](stage::Body)). Nobody checks what follows its head but the body.
/// - **Streams** own what they work with, and may move to another thread. A sink that is dropped writes no end; a source that
///   gives 0 has checked everything. Without streams of its own, a stage collects its input.
///
/// # Promises
///
/// Each method of [`StageDescriptor`](stage::StageDescriptor) that sets a flag is a promise, which the laws of the crate
/// `ndcodec-conformance` test. All kinds may promise `stable_bytes`; formats and codecs `streaming`; filters and codecs
/// `named_by_data` and `lossy`; formats alone are a `container`; codecs alone `text`, `truncation_detected` and `zero_padded`.
///
/// # Registries
///
/// The list of stages is a static of `ndcodec-core`. A `cdylib`, such as a plug-in that is loaded at run time or the module of
/// the Python package, links a copy of that crate, so it has a list of its own: what one side submits, the other does not see.
/// [`register`](stage::register) adds a stage at run time. [`Registry::only`](crate::Registry::only) narrows the list for one
/// chain, and for what the data of that chain name.
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
