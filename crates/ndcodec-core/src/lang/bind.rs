//! Words → stages: looks names up in the registry and types arguments by their descriptors.

use std::fmt;

use super::error::{ChainError, ChainErrorKind, Span};
use super::syntax::{self, Arg, Word};
use super::{order, print, suggest, value};
use crate::descriptor::{Build, ParamDefault, ParamSpec};
use crate::filter::TypedFilter;
use crate::registry::{self, Found};
use crate::{ArrayContainer, ArrayFilter, ArrayFormat, Codec, Params, StageDescriptor};

/// A stage with checked parameters, not built yet.
#[derive(Debug, Clone)]
pub struct StageSpec {
    params: Params,
    pub(super) span: Span,
    pub(super) name_span: Span,
    /// Where each given parameter stands, for errors of the stage's own checks.
    param_spans: Vec<(usize, Span)>,
}

/// A stage, ready to work.
pub(crate) enum Built {
    Format(Box<dyn ArrayFormat>),
    Container(Box<dyn ArrayContainer>),
    Filter(Box<dyn ArrayFilter>),
    Codec(Box<dyn Codec>),
}

impl StageSpec {
    /// The stage's descriptor.
    pub fn descriptor(&self) -> &'static StageDescriptor {
        self.params.descriptor()
    }

    /// The stage's parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// This stage with other parameters, for a resolved chain.
    pub(crate) fn with_params(&self, params: Params) -> Self {
        Self { params, ..self.clone() }
    }

    /// Whether it works as a codec: codecs do, and filters whose element type is given.
    pub(crate) fn is_codec(&self) -> bool {
        match self.descriptor().build() {
            Build::Codec(_) => true,
            Build::Filter(_) => self.params.item_type().is_some(),
            Build::Format(_) | Build::Container(_) => false,
        }
    }

    /// Whether it is a format that takes its filters and codecs as a parameter.
    pub(crate) fn is_container(&self) -> bool {
        matches!(self.descriptor().build(), Build::Container(_))
    }

    /// Builds the stage; `text` is what the spans point into.
    pub(crate) fn build(&self, text: &str) -> Result<Built, ChainError> {
        let built = match self.descriptor().build() {
            Build::Format(build) => build(&self.params).map(Built::Format),
            Build::Container(build) => build(&self.params).map(Built::Container),
            Build::Codec(build) => build(&self.params).map(Built::Codec),
            Build::Filter(build) => build(&self.params).and_then(|filter| match self.params.item_type() {
                Some(dtype) => TypedFilter::new(filter, dtype).map(|codec| Built::Codec(Box::new(codec))),
                None => Ok(Built::Filter(filter)),
            }),
        };
        built.map_err(|error| {
            let specs = self.descriptor().param_specs();
            let index = error.param.and_then(|name| specs.iter().position(|spec| spec.name == name));
            let span = index.and_then(|index| self.param_spans.iter().find(|(at, _)| *at == index));
            let span = span.map_or(self.span, |(_, span)| *span);
            ChainError::new(ChainErrorKind::Conflict, text, span, error.message)
        })
    }
}

impl fmt::Display for StageSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::stage(self, f)
    }
}

impl PartialEq for StageSpec {
    fn eq(&self, other: &Self) -> bool {
        self.params == other.params
    }
}

/// The filters and codecs of an inner chain, as a parameter of a stage such as `chunked`.
#[derive(Debug, Clone, PartialEq)]
pub struct Tail {
    stages: Vec<StageSpec>,
}

impl Tail {
    /// The stages, filters first.
    pub fn stages(&self) -> &[StageSpec] {
        &self.stages
    }

    pub(super) fn parse(text: &str, part: Span, depth: usize) -> Result<Self, ChainError> {
        let words = syntax::parse_part(text, part, depth)?;
        let stages: Result<Vec<_>, _> = words.into_iter().map(|word| bind(text, word, depth)).collect();
        let stages = stages?;
        order::check_tail(text, &stages)?;
        Ok(Self { stages })
    }
}

impl fmt::Display for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::stages(&self.stages, f)
    }
}

/// Looks one word up and types its arguments.
pub(super) fn bind(text: &str, word: Word<'_>, depth: usize) -> Result<StageSpec, ChainError> {
    let descriptor = look_up(text, &word)?;
    let specs = descriptor.param_specs();
    let mut params = Params::new(descriptor);
    let mut param_spans: Vec<(usize, Span)> = Vec::new();
    let mut keyed = false;
    for (position, arg) in word.args.iter().enumerate() {
        let index = match arg.key {
            Some((key, span)) => {
                keyed = true;
                specs.iter().position(|spec| spec.name == key).ok_or_else(|| {
                    let message = format!("`{}` has no parameter `{key}`", descriptor.name());
                    ChainError::new(ChainErrorKind::UnknownParam, text, span, message)
                        .with_help(suggest::param(key, specs))
                })?
            }
            None => positional(text, descriptor, arg, position, keyed)?,
        };
        let whole = Span::new(arg.key.map_or(arg.span.start, |(_, span)| span.start), arg.span.end);
        if param_spans.iter().any(|(at, _)| *at == index) {
            let message = format!("`{}` of `{}` is given twice", specs[index].name, descriptor.name());
            return Err(ChainError::new(ChainErrorKind::RepeatedParam, text, whole, message));
        }
        params.put(index, value::parse(text, descriptor, &specs[index], arg, depth)?);
        param_spans.push((index, whole));
    }
    let is_missing = |(index, spec): &(usize, &ParamSpec)| {
        spec.default == ParamDefault::Required && !param_spans.iter().any(|(at, _)| at == index)
    };
    if let Some((_, spec)) = specs.iter().enumerate().find(is_missing) {
        let message = format!("`{}` needs its parameter `{}`", descriptor.name(), spec.name);
        return Err(ChainError::new(ChainErrorKind::MissingParam, text, word.span, message)
            .with_help(format!("`{}` is {}", spec.name, value::describe(spec))));
    }
    Ok(StageSpec { params, span: word.span, name_span: word.name_span, param_spans })
}

fn positional(
    text: &str,
    descriptor: &StageDescriptor,
    arg: &Arg<'_>,
    position: usize,
    keyed: bool,
) -> Result<usize, ChainError> {
    let specs = descriptor.param_specs();
    let error = |message: String| ChainError::new(ChainErrorKind::UnknownParam, text, arg.span, message);
    if specs.is_empty() {
        return Err(error(format!("`{}` takes no parameters", descriptor.name())));
    }
    let names: Vec<String> = specs.iter().map(|spec| format!("`{}`", spec.name)).collect();
    let names = format!("its parameters are {}", names.join(", "));
    if keyed {
        let message = "a value without its name cannot follow one with its name".to_owned();
        return Err(error(message).with_help(names));
    }
    if position >= specs.len() {
        let count = specs.len();
        let noun = if count == 1 { "parameter" } else { "parameters" };
        return Err(error(format!("`{}` takes {count} {noun} at most", descriptor.name())).with_help(names));
    }
    Ok(position)
}

fn look_up(text: &str, word: &Word<'_>) -> Result<&'static StageDescriptor, ChainError> {
    let name = word.name;
    let error = |kind, message: String| ChainError::new(kind, text, word.name_span, message);
    match registry::find(name) {
        Found::One(descriptor) => Ok(descriptor),
        Found::Duplicate(a, b) => {
            let message =
                format!("two stages are called `{name}`: one of `{}`, one of `{}`", a.package(), b.package());
            let help = "leave one of the packages out".to_owned();
            Err(error(ChainErrorKind::DuplicateStage, message).with_help(help))
        }
        Found::NotBuilt { package } => {
            let message = format!("this build has no stage `{name}`");
            let help = format!("enable the feature `{name}` of `{package}`");
            Err(error(ChainErrorKind::NotBuilt, message).with_help(help))
        }
        Found::Unknown => {
            let message = format!("unknown stage `{name}`");
            Err(error(ChainErrorKind::UnknownStage, message).with_help(suggest::stage(name)))
        }
    }
}
