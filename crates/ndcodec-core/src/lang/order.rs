//! Which kinds of stages may stand where: one format, then filters, then codecs.

use super::bind::StageSpec;
use super::error::{ChainError, ChainErrorKind};
use crate::StageKind;

/// A chain: exactly one format, then filters, then codecs.
pub(crate) fn check_chain(text: &str, stages: &[StageSpec]) -> Result<(), ChainError> {
    let Some((first, rest)) = stages.split_first() else { return Ok(()) };
    if first.descriptor().kind() != StageKind::Format {
        let kind = first.descriptor().kind();
        let message = format!("a chain begins with a format, and `{}` is a {kind}", name(first));
        let help =
            "put `npy` or `raw` before it; bytes that are no array take a pipeline, which has no format";
        return Err(error(text, first, message).with_help(help.to_owned()));
    }
    if let Some(filter) = rest.first().filter(|stage| first.is_container() && is_filter(stage)) {
        let message =
            format!("`{}` works on the payload, which `{}` encodes itself", name(filter), name(first));
        let help = format!("put it inside: `{}({})`", name(first), name(filter));
        return Err(error(text, filter, message).with_help(help));
    }
    check_rest(text, rest, true, AFTER_FORMAT)
}

/// A pipeline: codecs only.
pub(crate) fn check_pipeline(text: &str, stages: &[StageSpec]) -> Result<(), ChainError> {
    if let Some(stage) = stages.iter().find(|stage| stage.descriptor().kind() == StageKind::Format) {
        let message = format!("a pipeline takes bytes, and `{}` is a format for arrays", name(stage));
        return Err(error(text, stage, message).with_help("use a chain for arrays".to_owned()));
    }
    check_rest(text, stages, false, AFTER_FORMAT)
}

/// The inner chain of a format such as `chunked`: filters, then codecs.
pub(crate) fn check_tail(text: &str, stages: &[StageSpec]) -> Result<(), ChainError> {
    check_rest(text, stages, true, "it comes before the codecs")
}

/// What a header names: filters alone.
pub(super) fn check_filters(text: &str, stages: &[StageSpec]) -> Result<(), ChainError> {
    match stages.iter().find(|stage| stage.is_codec() || stage.descriptor().kind() == StageKind::Format) {
        None => Ok(()),
        Some(stage) => {
            let message = format!("`{stage}` is no filter that takes its type from the array");
            Err(error(text, stage, message))
        }
    }
}

const AFTER_FORMAT: &str = "it comes right after the format";

/// Filters, where they are allowed, then codecs; `place` says where a filter belongs.
fn check_rest(
    text: &str,
    stages: &[StageSpec],
    mut filters_allowed: bool,
    place: &str,
) -> Result<(), ChainError> {
    for stage in stages {
        match stage.descriptor().kind() {
            StageKind::Format => {
                let message = format!("`{}` is a format: it comes first, and only once", name(stage));
                return Err(error(text, stage, message));
            }
            StageKind::Filter if is_filter(stage) => {
                if !filters_allowed {
                    let message = format!("`{}` is a filter: {place}", name(stage));
                    let help = format!(
                        "to use it on bytes, give the type of its elements, as in `{}(4)` or `{}(<i4)`",
                        name(stage),
                        name(stage)
                    );
                    return Err(error(text, stage, message).with_help(help));
                }
            }
            StageKind::Filter | StageKind::Codec => filters_allowed = false,
        }
    }
    Ok(())
}

/// Whether it takes the type of its elements from the array; one whose type is given is a codec.
fn is_filter(stage: &StageSpec) -> bool {
    stage.descriptor().kind() == StageKind::Filter && !stage.is_codec()
}

fn name(stage: &StageSpec) -> &'static str {
    stage.descriptor().name()
}

fn error(text: &str, stage: &StageSpec, message: String) -> ChainError {
    ChainError::new(ChainErrorKind::Order, text, stage.name_span, message)
}
