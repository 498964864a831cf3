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
