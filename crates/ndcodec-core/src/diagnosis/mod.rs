//! For error messages: what data are that a stage refuses, and what to do about it.
//!
//! Nothing is decoded by what is found here. A stage calls it once it has failed, so time does not matter.

mod foreign;
mod lines;
mod magic;
mod place;
mod text;
mod wrapped;
mod zip;

pub(crate) use foreign::is_surely_foreign;
pub use foreign::{Foreign, foreign};
pub use lines::line_ends_help;
pub use text::text_help;

use std::borrow::Cow;

use crate::stage::stages;
use crate::{CodecError, ErrorKind, Sample, StageDescriptor, StageKind};

/// How far into data something known is looked for.
const LOOK: usize = 64;

/// What data are that begin with `bytes`, where that can be told for sure: data of another stage, or of software whose
/// files no stage reads. A sentence for [`CodecError::with_help`](crate::CodecError::with_help).
pub fn help(bytes: &[u8]) -> Option<Cow<'static, str>> {
    if let Some(stage) = certain(bytes) {
        return Some(format!("the bytes begin as those of `{stage}` do: decode them by `{stage}`").into());
    }
    foreign(bytes).map(|foreign| foreign.to_string().into())
}

/// What data are that no stage recognises: of other software, or digits that something stands around or between.
pub(crate) fn unrecognised(bytes: &[u8]) -> Option<Foreign> {
    foreign(bytes).or_else(|| wrapped::of(bytes)).or_else(|| behind(bytes))
}

/// A `.npy` that something stands in front of: a byte-order mark, a line, a length, another header.
fn behind(bytes: &[u8]) -> Option<Foreign> {
    const MAGIC: &[u8] = b"\x93NUMPY";
    const LOOK: usize = 4 << 10;
    let begin = &bytes[..bytes.len().min(LOOK)];
    begin.windows(MAGIC.len()).any(|here| here == MAGIC).then_some(Foreign {
        name: "a `.npy` with something else in front of it",
        advice: "cut off all that stands before `\\x93NUMPY`",
    })
}

/// The help for data that begin with something else, such as a length: `at` bytes of it.
fn in_front(at: usize, what: &str) -> Cow<'static, str> {
    let bytes = if at == 1 { "byte" } else { "bytes" };
    let thing = if matches!(at, 4 | 8) {
        "a length stands in front, it seems"
    } else {
        "something else stands in front"
    };
    format!("what `{what}` reads begins at byte {at}: {thing}; cut these {at} {bytes} off").into()
}

/// `error` of `stage`, which failed to decode `sample`, with help if there is any.
#[cold]
pub(crate) fn advised(error: CodecError, stage: &StageDescriptor, sample: &Sample<'_>) -> CodecError {
    if error.help().is_some() {
        return error;
    }
    let is_mistaken =
        matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Truncated | ErrorKind::Unsupported);
    let is_own = |at: usize| {
        let rest = Sample { bytes: &sample.bytes[at..], is_whole: sample.is_whole };
        stage.sniff(&rest).is_some_and(|found| found.is_certain)
    };
    let is_mistaken = is_mistaken && !is_own(0);
    let by_magic = is_mistaken.then(|| help(sample.bytes)).flatten();
    let known = by_magic.or_else(|| stage.advise(sample, &error));
    let behind =
        || (1..LOOK.min(sample.bytes.len())).find(|at| is_own(*at)).map(|at| in_front(at, stage.name()));
    let known = known.or_else(|| is_mistaken.then(behind).flatten());
    let known = known.or_else(|| (is_mistaken && !stage.is_text()).then(|| as_text(sample)).flatten());
    let known = known.or_else(|| (!stage.is_text()).then(|| line_ends(&error, sample.bytes)).flatten());
    error.with_help_if_any(known)
}

/// `error` of a format that found `bytes` damaged, with help if their line ends were translated.
#[cold]
pub(crate) fn with_line_ends(error: CodecError, bytes: &[u8]) -> CodecError {
    let help = if error.help().is_none() { line_ends(&error, bytes) } else { None };
    error.with_help_if_any(help)
}

fn line_ends(error: &CodecError, bytes: &[u8]) -> Option<Cow<'static, str>> {
    use ErrorKind::{Checksum, Corrupt, Trailing, Truncated};
    let is_damaged = matches!(error.kind(), Checksum | Corrupt | Trailing | Truncated);
    if is_damaged { line_ends_help(bytes).map(Cow::from) } else { None }
}

/// The help for text that was given in place of the bytes that it encodes.
fn as_text(sample: &Sample<'_>) -> Option<Cow<'static, str>> {
    /// Of shorter texts the digits tell nothing.
    const LEAST: usize = 16;
    if sample.bytes.len() < LEAST || !sample.bytes.is_ascii() {
        return None;
    }
    let stages = stages();
    let mut texts = stages.iter().filter(|stage| stage.is_text()).filter_map(|stage| stage.sniff(sample));
    let stage = texts.next()?.stage;
    Some(format!("the data are text, which may be of `{stage}`: it would end the chain then").into())
}

/// The stage whose magic number `bytes` begin with.
fn certain(bytes: &[u8]) -> Option<&'static str> {
    let sample = Sample { bytes, is_whole: false };
    let of_kinds = stages().into_iter().filter(|stage| stage.kind() != StageKind::Filter);
    of_kinds.filter_map(|stage| stage.sniff(&sample)).find(|found| found.is_certain).map(|found| found.stage)
}
