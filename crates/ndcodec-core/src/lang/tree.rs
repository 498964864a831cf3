//! What a text means: stages in their places, each with the function that builds it.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::bind::StageSpec;
use super::error::ChainError;
use super::{order, print};
use crate::stage::TypedFilter;
use crate::{ArrayFilter, ArrayFormat, BuildFn, Codec, DType, Params, Registry};

/// A format, filters and codecs.
#[derive(Debug, Clone)]
pub(crate) struct ChainTree {
    pub(crate) format: FormatSpec,
    pub(crate) tail: Tail,
}

/// Filters, then codecs: what follows the format of a chain, a pipeline, or the inner chain that is a parameter of a stage
/// such as `chunked`.
#[derive(Clone)]
pub struct Tail {
    /// What the places of its stages point into.
    text: Arc<str>,
    registry: Registry,
    pub(crate) filters: Vec<FilterSpec>,
    pub(crate) codecs: Vec<CodecSpec>,
}

/// A format with checked parameters.
#[derive(Clone)]
pub(crate) struct FormatSpec {
    spec: StageSpec,
    build: BuildFn<dyn ArrayFormat>,
}

/// A filter that takes its type from the array, with checked parameters.
#[derive(Clone)]
pub(crate) struct FilterSpec {
    pub(super) spec: StageSpec,
    build: BuildFn<dyn ArrayFilter>,
}

/// A codec, or a filter whose type is given, with checked parameters.
#[derive(Clone)]
pub(crate) struct CodecSpec {
    spec: StageSpec,
    build: CodecBuild,
}

#[derive(Clone)]
enum CodecBuild {
    Codec(BuildFn<dyn Codec>),
    Typed(BuildFn<dyn ArrayFilter>, DType),
}

impl Tail {
    /// No stages.
    pub(crate) fn empty(text: &str, registry: &Registry) -> Self {
        Self { text: text.into(), registry: registry.clone(), filters: Vec::new(), codecs: Vec::new() }
    }

    /// The stages, filters first.
    pub fn stages(&self) -> impl Iterator<Item = &StageSpec> {
        let codecs = self.codecs.iter().map(|codec| &codec.spec);
        self.filters.iter().map(|filter| &filter.spec).chain(codecs)
    }

    /// How many stages there are.
    pub fn len(&self) -> usize {
        self.filters.len() + self.codecs.len()
    }

    /// Whether there are no stages.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text that its stages were read from.
    pub(crate) fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The stages that it was made of.
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(super) fn of_inner(
        text: &str,
        stages: Vec<StageSpec>,
        registry: &Registry,
    ) -> Result<Self, ChainError> {
        order::inner(text, stages, registry)
    }
}

impl FormatSpec {
    pub(super) fn new(spec: StageSpec, build: BuildFn<dyn ArrayFormat>) -> Self {
        Self { spec, build }
    }

    pub(crate) fn spec(&self) -> &StageSpec {
        &self.spec
    }

    /// Whether it encodes the payload itself.
    pub(crate) fn is_container(&self) -> bool {
        self.spec.descriptor().is_container()
    }

    /// This format with other parameters, for a resolved chain.
    pub(crate) fn with_params(&self, params: Params) -> Self {
        Self { spec: self.spec.with_params(params), build: self.build }
    }

    /// Builds the format; `text` is what its places point into.
    pub(crate) fn build(&self, text: &str) -> Result<Arc<dyn ArrayFormat>, ChainError> {
        (self.build)(self.spec.params()).map_err(|error| self.spec.build_error(text, error))
    }
}

impl FilterSpec {
    pub(super) fn new(spec: StageSpec, build: BuildFn<dyn ArrayFilter>) -> Self {
        Self { spec, build }
    }

    pub(crate) fn spec(&self) -> &StageSpec {
        &self.spec
    }

    pub(crate) fn build(&self, text: &str) -> Result<Arc<dyn ArrayFilter>, ChainError> {
        (self.build)(self.spec.params()).map_err(|error| self.spec.build_error(text, error))
    }
}

impl CodecSpec {
    pub(super) fn new(spec: StageSpec, build: BuildFn<dyn Codec>) -> Self {
        Self { spec, build: CodecBuild::Codec(build) }
    }

    pub(super) fn typed(spec: StageSpec, build: BuildFn<dyn ArrayFilter>, dtype: DType) -> Self {
        Self { spec, build: CodecBuild::Typed(build, dtype) }
    }

    pub(crate) fn spec(&self) -> &StageSpec {
        &self.spec
    }

    pub(crate) fn build(&self, text: &str) -> Result<Arc<dyn Codec>, ChainError> {
        let params = self.spec.params();
        let built = match &self.build {
            CodecBuild::Codec(build) => build(params),
            CodecBuild::Typed(build, dtype) => {
                build(params).and_then(|filter| match filter.typed_codec(dtype) {
                    Some(codec) => codec,
                    None => Ok(Arc::new(TypedFilter::new(filter, dtype.clone())?)),
                })
            }
        };
        built.map_err(|error| self.spec.build_error(text, error))
    }
}

impl PartialEq for Tail {
    fn eq(&self, other: &Self) -> bool {
        self.stages().eq(other.stages())
    }
}

impl Eq for Tail {}

impl Hash for Tail {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.stages().for_each(|stage| stage.hash(state));
    }
}

impl fmt::Display for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::stages(self.stages(), f)
    }
}

impl fmt::Debug for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.stages()).finish()
    }
}

macro_rules! debug_as_spec {
    ($($type:ty)*) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.spec.fmt(f)
            }
        }
    )*};
}
debug_as_spec! { FormatSpec FilterSpec CodecSpec }
