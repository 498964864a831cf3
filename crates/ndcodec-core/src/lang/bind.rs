//! Words → stages: looks names up in the registry and types arguments by their descriptors.

use std::fmt;
use std::hash::{Hash, Hasher};

use super::error::{ChainError, ChainErrorKind, Span};
use super::syntax::{Arg, Word};
use super::tree::{CodecSpec, FilterSpec, FormatSpec};
use super::{print, suggest, value};
use crate::stage::{Build, Found};
use crate::{ParamDefault, ParamError, ParamSpec, Params, Registry, StageDescriptor};

/// A stage with checked parameters, not built yet.
#[derive(Debug, Clone)]
pub struct StageSpec {
    params: Params,
    pub(super) span: Span,
    pub(super) name_span: Span,
    /// Where each given parameter stands, for errors of the stage's own checks.
    param_spans: Vec<(usize, Span)>,
}

/// A stage of which it is known what it may be built to.
pub(super) enum Sorted {
    Format(FormatSpec),
    Filter(FilterSpec),
    Codec(CodecSpec),
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
    pub(super) fn with_params(&self, params: Params) -> Self {
        Self { params, ..self.clone() }
    }

    /// What this stage is in a chain: a filter whose element type is given works as a codec.
    pub(super) fn sorted(self) -> Sorted {
        match (self.descriptor().build(), self.params.item_type()) {
            (Build::Format(build), _) => Sorted::Format(FormatSpec::new(self, build)),
            (Build::Filter(build), None) => Sorted::Filter(FilterSpec::new(self, build)),
            (Build::Filter(build), Some(dtype)) => Sorted::Codec(CodecSpec::typed(self, build, dtype)),
            (Build::Codec(build), _) => Sorted::Codec(CodecSpec::new(self, build)),
        }
    }

    /// The error of a stage that refused its parameters, at its place in `text`.
    pub(super) fn build_error(&self, text: &str, error: ParamError) -> ChainError {
        let specs = self.descriptor().params();
        let index = error.param.and_then(|name| specs.iter().position(|spec| spec.name == name));
        let span = index.and_then(|index| self.param_spans.iter().find(|(at, _)| *at == index));
        let span = span.map_or(self.span, |(_, span)| *span);
        ChainError::new(ChainErrorKind::Conflict, text, span, error.message)
    }
}

impl fmt::Display for StageSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::stage(self, f)
    }
}

impl Eq for StageSpec {}

impl Hash for StageSpec {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.params.hash(state);
    }
}

impl PartialEq for StageSpec {
    fn eq(&self, other: &Self) -> bool {
        self.params == other.params
    }
}

/// Looks one word up and types its arguments.
pub(super) fn bind(
    text: &str,
    word: Word<'_>,
    depth: usize,
    registry: &Registry,
) -> Result<StageSpec, ChainError> {
    let descriptor = look_up(text, &word, registry)?;
    let specs = descriptor.params();
    let mut params = Params::new(descriptor, registry);
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
        let value = value::parse(text, descriptor, &specs[index], arg, depth, registry);
        params.put(index, value.map_err(|error| explain_shape(error, specs, &params, index, arg))?);
        param_spans.push((index, whole));
    }
    let is_missing = |(index, spec): &(usize, &ParamSpec)| {
        spec.default == ParamDefault::Required && !param_spans.iter().any(|(at, _)| at == index)
    };
    if let Some((_, spec)) = specs.iter().enumerate().find(is_missing) {
        let message = format!("`{}` needs its parameter `{}`", descriptor.name(), spec.name);
        return Err(ChainError::new(ChainErrorKind::MissingParam, text, word.span, message)
            .with_help(format!("`{}` is {}", spec.name, spec.kind)));
    }
    Ok(StageSpec { params, span: word.span, name_span: word.name_span, param_spans })
}

/// Python's way to write a shape puts its lengths where other parameters stand.
fn explain_shape(
    error: ChainError,
    specs: &[ParamSpec],
    params: &Params,
    index: usize,
    arg: &Arg<'_>,
) -> ChainError {
    let before = index.checked_sub(1).map(|before| &specs[before]);
    let is_length =
        arg.key.is_none() && !arg.is_quoted && arg.value.bytes().all(|byte| byte.is_ascii_digit());
    match before {
        Some(shape) if shape.kind == crate::ParamKind::Shape && is_length => match params.shape(shape.name) {
            Some(given) => {
                let help = format!(
                    "a shape is one value: `{given}x{}`, or `({},{})`",
                    arg.value,
                    given.to_string().replace('x', ","),
                    arg.value
                );
                error.with_help(help)
            }
            None => error,
        },
        _ => error,
    }
}

fn positional(
    text: &str,
    descriptor: &StageDescriptor,
    arg: &Arg<'_>,
    position: usize,
    keyed: bool,
) -> Result<usize, ChainError> {
    let specs = descriptor.params();
    let error = |message: String| ChainError::new(ChainErrorKind::UnknownParam, text, arg.span, message);
    if specs.is_empty() {
        return Err(error(format!("`{}` takes no parameters", descriptor.name())));
    }
    let names: Vec<String> = specs.iter().map(|spec| format!("`{}`", spec.name)).collect();
    let names = format!("its parameters are {}", names.join(", "));
    if keyed {
        let message = "a value without its name cannot follow one with its name".to_owned();
        let is_length = arg.value.bytes().all(|byte| byte.is_ascii_digit());
        let takes_shape = specs.iter().any(|spec| spec.kind == crate::ParamKind::Shape);
        let help = match is_length && takes_shape {
            true => "a shape is one value: `shape=2x3`, or `shape=(2,3)`".to_owned(),
            false => names,
        };
        return Err(error(message).with_help(help));
    }
    if position >= specs.len() {
        let count = specs.len();
        let noun = if count == 1 { "parameter" } else { "parameters" };
        return Err(error(format!("`{}` takes {count} {noun} at most", descriptor.name())).with_help(names));
    }
    Ok(position)
}

fn look_up(text: &str, word: &Word<'_>, registry: &Registry) -> Result<&'static StageDescriptor, ChainError> {
    let name = word.name;
    let error = |kind, message: String| ChainError::new(kind, text, word.name_span, message);
    match registry.find(name) {
        Found::One(descriptor) => Ok(descriptor),
        Found::Duplicate(a, b) => {
            let message =
                format!("two stages are called `{name}`: one of `{}`, one of `{}`", a.package(), b.package());
            let help = "leave one of the packages out, or choose by `Registry::prefer`".to_owned();
            Err(error(ChainErrorKind::DuplicateStage, message).with_help(help))
        }
        Found::NotAllowed => {
            let message = format!("the stage `{name}` is not allowed here");
            let help = format!("allowed are: {}", suggest::names(registry));
            Err(error(ChainErrorKind::NotAllowed, message).with_help(help))
        }
        Found::NotBuilt { package } => {
            let message = format!("this build has no stage `{name}`");
            let help = format!("enable the feature `{name}` of `{package}`");
            Err(error(ChainErrorKind::NotBuilt, message).with_help(help))
        }
        Found::Unknown => {
            let message = format!("unknown stage `{name}`");
            Err(error(ChainErrorKind::UnknownStage, message).with_help(suggest::stage(name, registry)))
        }
    }
}
