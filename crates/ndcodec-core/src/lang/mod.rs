//! The chain language: from a line of text to checked stages, and back.
//!
//! [`syntax`] splits the text into words and arguments with their places, [`bind`] looks the words up and types
//! the arguments by their descriptors, [`order`] puts formats, filters and codecs into a [`tree`] in whose types each has
//! its place. Nothing is built before all of it has passed. `docs/chain-language.md` describes the language for its
//! users.

mod bind;
mod error;
mod order;
mod print;
mod suggest;
mod syntax;
mod tree;
mod value;

pub use bind::StageSpec;
pub use error::{ChainError, ChainErrorKind, Span};
pub(crate) use print::stages as print_stages;
pub use tree::Tail;
pub(crate) use tree::{ChainTree, FilterSpec, FormatSpec};

use std::sync::Arc;

use crate::{ArrayFilter, ArrayFormat, Codec, Registry};
use bind::Sorted;

/// The longest text of a chain, in bytes. A structured dtype of a thousand fields fits.
pub const MAX_TEXT: usize = 64 << 10;
/// The most stages in a chain.
pub const MAX_STAGES: usize = 32;
/// How deep inner chains may stand in each other.
pub const MAX_NESTING: usize = 4;
/// The most stages of an inner chain that data name, and the caller does not.
pub const MAX_STAGES_FROM_DATA: usize = 8;
/// The most filters that a header may name, and the caller does not.
pub const MAX_FILTERS_FROM_DATA: usize = 4;

/// Parses the text of a chain.
pub(crate) fn parse_chain(text: &str, registry: &Registry) -> Result<ChainTree, ChainError> {
    order::chain(text, parse_stages(text, registry)?, registry)
}

/// Parses the text of a pipeline.
pub(crate) fn parse_pipeline(text: &str, registry: &Registry) -> Result<Tail, ChainError> {
    order::pipeline(text, parse_stages(text, registry)?, registry)
}

/// Parses an inner chain that data name. The empty text is one without stages.
pub(crate) fn parse_inner_from_data(text: &str, registry: &Registry) -> Result<Tail, ChainError> {
    if text.is_empty() {
        return Ok(Tail::empty(text, registry));
    }
    order::inner(text, parse_stages(text, registry)?, registry)
}

/// Parses filters that a header names: nothing else may stand there.
pub(crate) fn parse_filters_from_data(text: &str, registry: &Registry) -> Result<Tail, ChainError> {
    let tail = order::filters(text, parse_stages(text, registry)?, registry)?;
    check_from_data(&tail, MAX_FILTERS_FROM_DATA, "filters")?;
    Ok(tail)
}

/// What data may choose: few stages, and only those that say that data may name them, unless somebody chose the stages of
/// the registry one by one.
pub(crate) fn check_from_data(tail: &Tail, most: usize, noun: &str) -> Result<(), ChainError> {
    let whole = Span::new(0, tail.text().len());
    if tail.len() > most {
        let message = format!(
            "{} {noun} that only the data name are more than the {most} that are allowed",
            tail.len()
        );
        let help = "name them in the chain".to_owned();
        return Err(ChainError::new(ChainErrorKind::TooLong, tail.text(), whole, message).with_help(help));
    }
    let is_allowed = |stage: &&StageSpec| match tail.registry().is_narrowed() {
        // Who chose the stages did not choose their parameters.
        true => {
            !stage.descriptor().is_named_by_data() || stage.descriptor().may_be_named_with(stage.params())
        }
        false => stage.descriptor().may_be_named_with(stage.params()),
    };
    match tail.stages().find(|stage| !is_allowed(stage)) {
        None => Ok(()),
        Some(stage) => {
            let message = format!("data may not name the stage `{stage}`");
            let help = "name it in the chain".to_owned();
            let error = ChainError::new(ChainErrorKind::NotAllowed, tail.text(), stage.name_span, message);
            Err(error.with_help(help))
        }
    }
}

/// Parses a run of stages and types their parameters; says nothing of their order.
fn parse_stages(text: &str, registry: &Registry) -> Result<Vec<StageSpec>, ChainError> {
    if text.len() > MAX_TEXT {
        let message =
            format!("the chain has {} bytes, more than the {MAX_TEXT} that are allowed", text.len());
        return Err(ChainError::new(ChainErrorKind::TooLong, "", Span::new(0, 0), message));
    }
    parse_part(text, Span::new(0, text.len()), 0, registry)
}

/// Parses a part of a text, such as an inner chain.
fn parse_part(
    text: &str,
    part: Span,
    depth: usize,
    registry: &Registry,
) -> Result<Vec<StageSpec>, ChainError> {
    let words = syntax::parse_part(text, part, depth)?;
    words.into_iter().map(|word| bind::bind(text, word, depth, registry)).collect()
}

/// Builds a single codec, such as `zstd(level=1)` or `shuffle(4)`, outside of a chain: for tests of stages, and for
/// formats that run codecs of their own.
///
/// # Errors
/// What is wrong in the text, and where.
pub fn build_codec(text: &str) -> Result<Arc<dyn Codec>, ChainError> {
    match parse_one(text, "codec")? {
        (Sorted::Codec(codec), _) => codec.build(text),
        (_, error) => Err(error),
    }
}

/// Builds a single format, such as `npy` or `chunked(shuffle|lz4)`, outside of a chain.
///
/// # Errors
/// What is wrong in the text, and where.
pub fn build_format(text: &str) -> Result<Arc<dyn ArrayFormat>, ChainError> {
    match parse_one(text, "format")? {
        (Sorted::Format(format), _) => format.build(text),
        (_, error) => Err(error),
    }
}

/// Builds a single filter that takes its type from the array, such as `shuffle`, outside of a chain.
///
/// # Errors
/// What is wrong in the text, and where.
pub fn build_filter(text: &str) -> Result<Arc<dyn ArrayFilter>, ChainError> {
    match parse_one(text, "filter")? {
        (Sorted::Filter(filter), _) => filter.build(text),
        (_, error) => Err(error),
    }
}

/// Parses one stage, and makes the error for the case that it is of another kind than `wanted`.
fn parse_one(text: &str, wanted: &str) -> Result<(Sorted, ChainError), ChainError> {
    let mut specs = parse_stages(text, &Registry::all())?;
    let whole = Span::new(0, text.len());
    let (Some(spec), []) = (specs.pop(), &specs[..]) else {
        let message = format!("expected a single {wanted}, found several stages");
        return Err(ChainError::new(ChainErrorKind::Order, text, whole, message));
    };
    let message = format!("expected a {wanted}, but `{spec}` is a {}", spec.descriptor().kind());
    Ok((spec.sorted(), ChainError::new(ChainErrorKind::Order, text, whole, message)))
}
