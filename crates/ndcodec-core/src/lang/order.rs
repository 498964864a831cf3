//! Which kinds of stages may stand where: one format, then filters, then codecs. What passes is a tree in whose types every
//! stage has its place, so nobody after this asks for its kind again.

use super::bind::{Sorted, StageSpec};
use super::error::{ChainError, ChainErrorKind, Span};
use super::suggest;
use super::tree::{ChainTree, FilterSpec, FormatSpec, Tail};
use crate::{Registry, StageKind};

const AFTER_FORMAT: &str = "it comes right after the format";

/// A chain: exactly one format, then filters, then codecs.
pub(super) fn chain(
    text: &str,
    stages: Vec<StageSpec>,
    registry: &Registry,
) -> Result<ChainTree, ChainError> {
    let mut stages = stages.into_iter();
    let Some(first) = stages.next() else {
        return Err(ChainError::new(ChainErrorKind::Syntax, text, Span::default(), "the chain is empty"));
    };
    let format = match first.sorted() {
        Sorted::Format(format) => format,
        Sorted::Filter(FilterSpec { spec, .. }) => return Err(no_format(text, &spec, registry)),
        Sorted::Codec(codec) => return Err(no_format(text, codec.spec(), registry)),
    };
    let rest: Vec<StageSpec> = stages.collect();
    if let Some(filter) = rest.first().filter(|stage| format.is_container() && is_filter(stage)) {
        return Err(filter_of_container(text, &format, filter));
    }
    let tail = rest_of(text, rest, registry, Some(AFTER_FORMAT))?;
    Ok(ChainTree { format, tail })
}

fn no_format(text: &str, first: &StageSpec, registry: &Registry) -> ChainError {
    let message =
        format!("a chain begins with a format, and `{}` is a {}", name(first), first.descriptor().kind());
    let help = format!(
        "put {} before it; bytes that are not an array take a pipeline, which has no format",
        suggest::formats(registry)
    );
    error(text, first, message).with_help(help)
}

fn filter_of_container(text: &str, format: &FormatSpec, filter: &StageSpec) -> ChainError {
    let (format, filter_name) = (format.spec().descriptor().name(), name(filter));
    let message = format!("`{filter_name}` works on the payload, which `{format}` encodes itself");
    error(text, filter, message).with_help(format!("put it inside: `{format}({filter_name})`"))
}

/// A pipeline: codecs only.
pub(super) fn pipeline(text: &str, stages: Vec<StageSpec>, registry: &Registry) -> Result<Tail, ChainError> {
    if let Some(stage) = stages.iter().find(|stage| stage.descriptor().kind() == StageKind::Format) {
        let message = format!("a pipeline takes bytes, and `{}` is a format for arrays", name(stage));
        return Err(error(text, stage, message).with_help("use a chain for arrays".to_owned()));
    }
    rest_of(text, stages, registry, None)
}

/// The inner chain of a format such as `chunked`: filters, then codecs.
pub(super) fn inner(text: &str, stages: Vec<StageSpec>, registry: &Registry) -> Result<Tail, ChainError> {
    rest_of(text, stages, registry, Some("it comes before the codecs"))
}

/// What a header names: filters alone.
pub(super) fn filters(text: &str, stages: Vec<StageSpec>, registry: &Registry) -> Result<Tail, ChainError> {
    match stages.iter().find(|stage| !is_filter(stage)) {
        None => rest_of(text, stages, registry, Some(AFTER_FORMAT)),
        Some(stage) => {
            let message = format!("`{stage}` is not a filter that takes its type from the array");
            Err(error(text, stage, message))
        }
    }
}

/// Filters, if there is a place for them, which an error names, then codecs.
fn rest_of(
    text: &str,
    stages: Vec<StageSpec>,
    registry: &Registry,
    place_of_filters: Option<&str>,
) -> Result<Tail, ChainError> {
    let mut tail = Tail::empty(text, registry);
    for stage in stages {
        match stage.sorted() {
            Sorted::Format(format) => {
                let spec = format.spec();
                let message = format!("`{}` is a format: it comes first, and only once", name(spec));
                return Err(error(text, spec, message));
            }
            Sorted::Filter(filter) if place_of_filters.is_some() && tail.codecs.is_empty() => {
                tail.filters.push(filter);
            }
            Sorted::Filter(FilterSpec { spec, .. }) => {
                let name = name(&spec);
                let message = format!("`{name}` is a filter: {}", place_of_filters.unwrap_or(AFTER_FORMAT));
                let help = format!(
                    "to use it on bytes, give the type of its elements, as in `{name}(4)` or `{name}(<i4)`"
                );
                return Err(error(text, &spec, message).with_help(help));
            }
            Sorted::Codec(codec) => tail.codecs.push(codec),
        }
    }
    Ok(tail)
}

/// Whether it takes the type of its elements from the array; one whose type is given is a codec.
fn is_filter(stage: &StageSpec) -> bool {
    stage.descriptor().kind() == StageKind::Filter && stage.params().item_type().is_none()
}

fn name(stage: &StageSpec) -> &'static str {
    stage.descriptor().name()
}

fn error(text: &str, stage: &StageSpec, message: String) -> ChainError {
    ChainError::new(ChainErrorKind::Order, text, stage.name_span, message)
}
