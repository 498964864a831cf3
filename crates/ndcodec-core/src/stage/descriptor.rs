//! [`StageDescriptor`]: all that is known of a stage before it is built. Parsing, `list`, `explain`, docs and
//! bench names come from it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::{ArrayFilter, ArrayFormat, Codec, CodecError, Params};

/// What a stage is called, takes, promises, and how to build it.
///
/// ```
/// # use std::sync::Arc;
/// # use ndcodec_core::*;
/// # #[derive(Debug)] struct Nothing;
/// # impl Codec for Nothing {
/// #     fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> { out.push(&input.to_bytes()) }
/// #     fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> { out.push(encoded) }
/// # }
/// /// Leaves the bytes as they are.
/// pub static NOTHING: StageDescriptor = StageDescriptor::codec("nothing", env!("CARGO_PKG_NAME"), &build)
///     .with_summary("leaves the bytes as they are")
///     .stable_bytes();
/// ndcodec_core::submit!(NOTHING);
///
/// fn build(_: &Params) -> Result<Arc<dyn Codec>, ParamError> {
///     Ok(Arc::new(Nothing))
/// }
/// # fn main() {}
/// ```
pub struct StageDescriptor {
    name: &'static str,
    package: &'static str,
    summary: &'static str,
    specification: &'static str,
    params: &'static [ParamSpec],
    build: Build,
    sniff: Option<Sniff>,
    advice: Option<Advice>,
    is_text: bool,
    streams: Option<fn(&Params) -> bool>,
    is_lossy: bool,
    stable_bytes: bool,
    detects_truncation: bool,
    is_container: bool,
    may_be_named_by_data: bool,
    is_zero_padded: bool,
    /// Of these parameters, if it may be named at all.
    data_may_name: fn(&Params) -> bool,
}

/// How a stage is built from its parameters, which were checked against the descriptor before.
pub type BuildFn<T> = &'static (dyn Fn(&Params) -> Result<Arc<T>, ParamError> + Send + Sync);

/// The kind of a stage, with how to build it.
#[derive(Clone, Copy)]
pub(crate) enum Build {
    Format(BuildFn<dyn ArrayFormat>),
    Filter(BuildFn<dyn ArrayFilter>),
    Codec(BuildFn<dyn Codec>),
}

/// The kind of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StageKind {
    /// Array → bytes; begins a chain.
    Format,
    /// Array → array or array → bytes; follows the format.
    Filter,
    /// Bytes → bytes.
    Codec,
}

impl fmt::Display for StageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Format => "format",
            Self::Filter => "filter",
            Self::Codec => "codec",
        })
    }
}

/// Looks at the first bytes of encoded data and returns the text of the stage that may have written them, if it
/// is this one: `zstd`, or `base64(alphabet=url)`.
pub type Sniff = fn(&Sample<'_>) -> Option<Sniffed>;

/// Looks at the first bytes of data that the stage failed to decode, and at the error, and says what to do about it: a
/// sentence for [`CodecError::with_help`].
pub type Advice = fn(&Sample<'_>, &CodecError) -> Option<Cow<'static, str>>;

/// The first bytes of encoded data.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Sample<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Whether they are all there are.
    pub is_whole: bool,
}

impl<'a> Sample<'a> {
    /// All bytes of the data.
    pub const fn whole(bytes: &'a [u8]) -> Self {
        Self { bytes, is_whole: true }
    }

    /// The first bytes of the data, which go on behind them.
    pub const fn prefix(bytes: &'a [u8]) -> Self {
        Self { bytes, is_whole: false }
    }
}

/// What a [`Sniff`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sniffed {
    /// The stage as text, with the parameters that decode these bytes.
    pub stage: &'static str,
    /// Whether other data hardly ever look so (a magic number of four bytes), or they may (an alphabet).
    pub is_certain: bool,
}

impl Sniffed {
    /// Hardly any other data look so: a magic number was found.
    pub const fn certain(stage: &'static str) -> Self {
        Self { stage, is_certain: true }
    }

    /// Other data may look so, such as text in an alphabet.
    pub const fn likely(stage: &'static str) -> Self {
        Self { stage, is_certain: false }
    }
}

impl StageDescriptor {
    /// A codec called `name`, of the package `env!("CARGO_PKG_NAME")`.
    pub const fn codec(name: &'static str, package: &'static str, build: BuildFn<dyn Codec>) -> Self {
        Self::new(name, package, Build::Codec(build))
    }

    /// A format called `name`, of the package `env!("CARGO_PKG_NAME")`.
    pub const fn format(name: &'static str, package: &'static str, build: BuildFn<dyn ArrayFormat>) -> Self {
        Self::new(name, package, Build::Format(build))
    }

    /// A filter called `name`, of the package `env!("CARGO_PKG_NAME")`.
    pub const fn filter(name: &'static str, package: &'static str, build: BuildFn<dyn ArrayFilter>) -> Self {
        Self::new(name, package, Build::Filter(build))
    }

    const fn new(name: &'static str, package: &'static str, build: Build) -> Self {
        Self {
            name,
            package,
            summary: "",
            specification: "",
            params: &[],
            build,
            sniff: None,
            advice: None,
            is_text: false,
            streams: None,
            is_lossy: false,
            stable_bytes: false,
            detects_truncation: false,
            is_container: false,
            may_be_named_by_data: false,
            is_zero_padded: false,
            data_may_name: |_| true,
        }
    }

    /// With a line on what it does.
    #[must_use]
    pub const fn with_summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// With the address or name of what it implements.
    #[must_use]
    pub const fn with_specification(mut self, specification: &'static str) -> Self {
        self.specification = specification;
        self
    }

    /// With these parameters, in the order in which they may stand without their names.
    #[must_use]
    pub const fn with_params(mut self, params: &'static [ParamSpec]) -> Self {
        self.params = params;
        self
    }

    /// With a way to recognise its output.
    #[must_use]
    pub const fn with_sniff(mut self, sniff: Sniff) -> Self {
        self.sniff = Some(sniff);
        self
    }

    /// With help for data that it does not decode.
    #[must_use]
    pub const fn with_advice(mut self, advice: Advice) -> Self {
        self.advice = Some(advice);
        self
    }

    /// Bytes of zero after its encoded form are padding, as on a tape, and no error.
    #[must_use]
    pub const fn zero_padded(mut self) -> Self {
        self.is_zero_padded = true;
        self
    }

    /// Its output is ASCII text that needs no escape in JSON.
    #[must_use]
    pub const fn text(mut self) -> Self {
        self.is_text = true;
        self
    }

    /// It streams both ways in bounded memory.
    #[must_use]
    pub const fn streaming(self) -> Self {
        self.streaming_if(|_| true)
    }

    /// It streams both ways in bounded memory, with parameters of which this is true; with its defaults it does.
    #[must_use]
    pub const fn streaming_if(mut self, holds: fn(&Params) -> bool) -> Self {
        self.streams = Some(holds);
        self
    }

    /// The decoded array may differ from the encoded one.
    #[must_use]
    pub const fn lossy(mut self) -> Self {
        self.is_lossy = true;
        self
    }

    /// This format encodes the payload itself, by an inner chain of filters and codecs, so no filters follow it.
    #[must_use]
    pub const fn container(mut self) -> Self {
        self.is_container = true;
        self
    }

    /// Data from anyone may name this stage, in an inner chain or as a filter in a header: decoding takes memory and time
    /// in proportion to its input and result, and has no effects. Without this, the caller must name it.
    #[must_use]
    pub const fn named_by_data(mut self) -> Self {
        self.may_be_named_by_data = true;
        self
    }

    /// As [`named_by_data`](Self::named_by_data), with parameters of which `may` is true: for stages of which some are slow.
    #[must_use]
    pub const fn named_by_data_if(mut self, may: fn(&Params) -> bool) -> Self {
        self.may_be_named_by_data = true;
        self.data_may_name = may;
        self
    }

    /// Its encoded bytes are promised: the same in every version, on every machine, streamed or not.
    #[must_use]
    pub const fn stable_bytes(mut self) -> Self {
        self.stable_bytes = true;
        self
    }

    /// Its encoded form says where it ends, so that a truncated one never decodes. Without this, a shorter input
    /// may be whole by itself, as half of a base64 text is.
    #[must_use]
    pub const fn truncation_detected(mut self) -> Self {
        self.detects_truncation = true;
        self
    }

    /// The word in a chain.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The package it comes from.
    pub const fn package(&self) -> &'static str {
        self.package
    }

    /// A line on what it does.
    pub const fn summary(&self) -> &'static str {
        self.summary
    }

    /// The address or name of what it implements.
    pub const fn specification(&self) -> &'static str {
        self.specification
    }

    /// Its parameters, in positional order.
    pub const fn params(&self) -> &'static [ParamSpec] {
        self.params
    }

    /// Format, filter or codec.
    pub const fn kind(&self) -> StageKind {
        match self.build {
            Build::Format(_) => StageKind::Format,
            Build::Filter(_) => StageKind::Filter,
            Build::Codec(_) => StageKind::Codec,
        }
    }

    /// Whether its output is ASCII text.
    pub const fn is_text(&self) -> bool {
        self.is_text
    }

    /// Whether it streams in bounded memory, with its default parameters at least.
    pub const fn is_streaming(&self) -> bool {
        self.streams.is_some()
    }

    /// Whether it streams in bounded memory with these parameters.
    pub fn is_streaming_with(&self, params: &Params) -> bool {
        self.streams.is_some_and(|holds| holds(params))
    }

    /// Whether decoding may give other values than were encoded.
    pub const fn is_lossy(&self) -> bool {
        self.is_lossy
    }

    /// Whether this is a format that encodes the payload itself.
    pub const fn is_container(&self) -> bool {
        self.is_container
    }

    /// Whether data may name this stage.
    pub const fn is_named_by_data(&self) -> bool {
        self.may_be_named_by_data
    }

    /// Whether data from anyone may name this stage with these parameters.
    pub fn may_be_named_with(&self, params: &Params) -> bool {
        self.may_be_named_by_data && (self.data_may_name)(params)
    }

    /// Whether its encoded bytes are promised.
    pub const fn has_stable_bytes(&self) -> bool {
        self.stable_bytes
    }

    /// Whether a truncated encoded form never decodes.
    pub const fn is_truncation_detected(&self) -> bool {
        self.detects_truncation
    }

    /// Whether bytes of zero may follow its encoded form.
    pub const fn is_zero_padded(&self) -> bool {
        self.is_zero_padded
    }

    /// What to do about data that it failed to decode.
    pub fn advise(&self, sample: &Sample<'_>, error: &CodecError) -> Option<Cow<'static, str>> {
        self.advice.and_then(|advice| advice(sample, error))
    }

    /// Whether its output can be recognised at all.
    pub(crate) const fn is_recognised(&self) -> bool {
        self.sniff.is_some()
    }

    /// What this stage makes of the first bytes of encoded data.
    pub fn sniff(&self, sample: &Sample<'_>) -> Option<Sniffed> {
        self.sniff.and_then(|sniff| sniff(sample))
    }

    pub(crate) const fn build(&self) -> Build {
        self.build
    }
}

impl fmt::Debug for StageDescriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}` of {}", self.kind(), self.name, self.package)
    }
}

/// A parameter of a stage.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ParamSpec {
    /// Its key.
    pub name: &'static str,
    /// What values it takes.
    pub kind: ParamKind,
    /// Its value if it is not given.
    pub default: ParamDefault,
    /// A line on what it does.
    pub doc: &'static str,
}

/// The values a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParamKind {
    /// An integer from `min` to `max`, both included.
    Int {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A number of bytes from `min` to `max`, both included; `64KiB` and `4MiB` are understood.
    Size {
        /// The least.
        min: u64,
        /// The greatest.
        max: u64,
    },
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A dtype in numpy's notation.
    DType,
    /// The type of a filter's elements: an itemsize in bytes or a dtype. Given, the filter works on any bytes.
    ItemType,
    /// A shape.
    Shape,
    /// The filters and codecs of an inner chain.
    Tail,
}

/// The value of a parameter that is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParamDefault {
    /// It must be given.
    Required,
    /// It comes from the array. A format fills it in when a chain is resolved.
    FromArray,
    /// It comes from other parameters, or is left open.
    Inferred,
    /// This integer or size.
    Int(i64),
    /// This flag.
    Flag(bool),
    /// This word.
    Word(&'static str),
}

impl ParamSpec {
    /// An integer from `min` to `max`.
    pub const fn int(name: &'static str, min: i64, max: i64, default: i64, doc: &'static str) -> Self {
        Self { name, kind: ParamKind::Int { min, max }, default: ParamDefault::Int(default), doc }
    }

    /// A number of bytes from `min` to `max`, such as `64KiB`.
    pub const fn size(name: &'static str, min: u64, max: u64, default: i64, doc: &'static str) -> Self {
        Self { name, kind: ParamKind::Size { min, max }, default: ParamDefault::Int(default), doc }
    }

    /// A flag.
    pub const fn flag(name: &'static str, default: bool, doc: &'static str) -> Self {
        Self { name, kind: ParamKind::Flag, default: ParamDefault::Flag(default), doc }
    }

    /// One of some words.
    pub const fn choice(
        name: &'static str,
        words: &'static [&'static str],
        default: &'static str,
        doc: &'static str,
    ) -> Self {
        Self { name, kind: ParamKind::Choice(words), default: ParamDefault::Word(default), doc }
    }

    /// A parameter of `kind` that comes from elsewhere, such as other parameters, if it is not given.
    pub const fn inferred(name: &'static str, kind: ParamKind, doc: &'static str) -> Self {
        Self { name, kind, default: ParamDefault::Inferred, doc }
    }

    /// A parameter of `kind` that comes from the array if it is not given: the format fills it in when a chain is
    /// [resolved](crate::Chain::resolve), and a [general](crate::Chain::general) chain is without it.
    pub const fn from_array(name: &'static str, kind: ParamKind, doc: &'static str) -> Self {
        Self { name, kind, default: ParamDefault::FromArray, doc }
    }

    /// A parameter of `kind` that must be given.
    pub const fn required(name: &'static str, kind: ParamKind, doc: &'static str) -> Self {
        Self { name, kind, default: ParamDefault::Required, doc }
    }
}

/// Why a stage cannot be built from parameters of which each is fine by itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct ParamError {
    /// The parameter to point at; the whole stage if `None`.
    pub param: Option<&'static str>,
    /// A sentence on what is wrong.
    pub message: String,
}

impl ParamError {
    /// An error that points at `param`.
    pub fn new(param: &'static str, message: impl Into<String>) -> Self {
        Self { param: Some(param), message: message.into() }
    }

    /// An error that points at the whole stage.
    pub fn of_stage(message: impl Into<String>) -> Self {
        Self { param: None, message: message.into() }
    }
}

/// Why a name cannot be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The name is taken.
    #[error("the stage `{name}` of `{package}` is registered already by `{holder}`")]
    #[non_exhaustive]
    Taken {
        /// The name.
        name: String,
        /// The package that wanted it.
        package: String,
        /// The package that has it.
        holder: String,
    },
    /// The name cannot stand in a chain.
    #[error("`{0}` is not a name for a stage: a lower-case letter, then letters, digits and `_`")]
    Name(String),
}

/// Checks that a name can stand in a chain.
pub(crate) fn is_stage_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}
