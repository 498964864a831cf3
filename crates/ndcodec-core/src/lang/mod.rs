//! The chain language: from a line of text to checked stages, and back.
//!
//! [`syntax`] splits the text into words and arguments with their places, [`bind`] looks the words up and types
//! the arguments by their descriptors, [`order`] checks that formats, filters and codecs stand where they may.
//! Nothing is built before all of it has passed. `docs/chain-language.md` describes the language for its users.

mod bind;
mod error;
mod order;
mod print;
mod suggest;
mod syntax;
mod value;

pub(crate) use bind::Built;
pub use bind::{StageSpec, Tail};
pub use error::{ChainError, ChainErrorKind, Span};
pub(crate) use order::{check_chain, check_pipeline, check_tail};

use crate::{ArrayContainer, ArrayFilter, ArrayFormat, Codec};

/// The longest text of a chain, in bytes. A structured dtype of a thousand fields fits.
pub const MAX_TEXT: usize = 64 << 10;
/// The most stages in a chain.
pub const MAX_STAGES: usize = 32;
/// How deep inner chains may stand in each other.
pub const MAX_NESTING: usize = 4;

/// Parses a run of stages and types their parameters; says nothing of their order.
pub(crate) fn parse_stages(text: &str) -> Result<Vec<StageSpec>, ChainError> {
    if text.len() > MAX_TEXT {
        let message =
            format!("the chain has {} bytes, more than the {MAX_TEXT} that are allowed", text.len());
        return Err(ChainError::new(ChainErrorKind::TooLong, "", Span::new(0, 0), message));
    }
    let words = syntax::parse(text, 0)?;
    words.into_iter().map(|word| bind::bind(text, word, 0)).collect()
}

/// Parses filters as a header names them: nothing else may stand there.
pub(crate) fn parse_filters(text: &str) -> Result<Vec<StageSpec>, ChainError> {
    let specs = parse_stages(text)?;
    order::check_filters(text, &specs)?;
    Ok(specs)
}

/// Builds a single codec, such as `zstd(level=1)` or `shuffle(4)`, outside of a chain: for tests of stages, and for
/// formats that run codecs of their own.
///
/// # Errors
/// What is wrong in the text, and where.
pub fn build_codec(text: &str) -> Result<Box<dyn Codec>, ChainError> {
    match build_one(text, "codec")? {
        (Built::Codec(codec), _) => Ok(codec),
        (_, error) => Err(error),
    }
}

/// Builds a single format, such as `npy`, outside of a chain.
///
/// # Errors
/// What is wrong in the text, and where.
pub fn build_format(text: &str) -> Result<Box<dyn ArrayFormat>, ChainError> {
    match build_one(text, "format")? {
        (Built::Format(format), _) => Ok(format),
        (_, error) => Err(error),
    }
}

/// Builds a single container, such as `chunked(shuffle|lz4)`, outside of a chain.
///
/// # Errors
/// What is wrong in the text, and where.
pub fn build_container(text: &str) -> Result<Box<dyn ArrayContainer>, ChainError> {
    match build_one(text, "container")? {
        (Built::Container(container), _) => Ok(container),
        (_, error) => Err(error),
    }
}

/// Builds a single filter that takes its type from the array, such as `shuffle`, outside of a chain.
///
/// # Errors
/// What is wrong in the text, and where.
pub fn build_filter(text: &str) -> Result<Box<dyn ArrayFilter>, ChainError> {
    match build_one(text, "filter")? {
        (Built::Filter(filter), _) => Ok(filter),
        (_, error) => Err(error),
    }
}

/// Builds one stage, and makes the error for the case that it is of another kind than `wanted`.
fn build_one(text: &str, wanted: &str) -> Result<(Built, ChainError), ChainError> {
    let specs = parse_stages(text)?;
    let whole = Span::new(0, text.len());
    let [spec] = specs.as_slice() else {
        let message = format!("expected a single {wanted}, found {} stages", specs.len());
        return Err(ChainError::new(ChainErrorKind::Order, text, whole, message));
    };
    let message = format!("expected a {wanted}, and `{spec}` is none");
    Ok((spec.build(text)?, ChainError::new(ChainErrorKind::Order, text, whole, message)))
}
