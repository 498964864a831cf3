//! The values of parameters: text → value by the parameter's kind, and back.

use std::fmt;

use super::error::{ChainError, ChainErrorKind};
use super::syntax::{self, Arg};
use super::{parse_part, suggest};
use crate::error::report;
use crate::lang::Tail;
use crate::{DType, ParamKind, ParamSpec, Registry, ShapePattern, StageDescriptor, Value};

/// Types one argument.
pub(super) fn parse(
    text: &str,
    stage: &StageDescriptor,
    spec: &ParamSpec,
    arg: &Arg<'_>,
    depth: usize,
    registry: &Registry,
) -> Result<Value, ChainError> {
    if let ParamKind::Tail = spec.kind {
        let inner = if arg.is_quoted { syntax::inside_quotes(arg.span) } else { arg.span };
        let stages = parse_part(text, inner, depth + 1, registry)?;
        return Tail::of_inner(text, stages, registry).map(Value::Tail);
    }
    parse_simple(&arg.value, spec).map_err(|(problem, help)| {
        let message = format!("`{}` of `{}` {problem}", spec.name, stage.name());
        ChainError::new(ChainErrorKind::Value, text, arg.span, message).with_help(help)
    })
}

type Problem = (String, Option<String>);

fn parse_simple(text: &str, spec: &ParamSpec) -> Result<Value, Problem> {
    let must_be = || (format!("must be {}, not `{text}`", spec.kind), None);
    match spec.kind {
        ParamKind::Int { min, max } => match parse_int(text) {
            Some(value) if (min..=max).contains(&value) => Ok(Value::Int(value)),
            _ => Err(must_be()),
        },
        ParamKind::Size { min, max } => match parse_size(text) {
            Some(value) if (min..=max).contains(&value) => Ok(Value::Size(value)),
            _ => Err(must_be()),
        },
        ParamKind::Flag => match text {
            "true" => Ok(Value::Flag(true)),
            "false" => Ok(Value::Flag(false)),
            _ => Err(must_be()),
        },
        ParamKind::Choice(words) => match words.iter().find(|word| **word == text) {
            Some(word) => Ok(Value::Word(word)),
            None => Err((must_be().0, suggest::nearest(text, words.iter().copied()).map(did_you_mean))),
        },
        ParamKind::DType => parse_dtype(text).map(Value::DType),
        ParamKind::ItemType => {
            if text.bytes().all(|b| b.is_ascii_digit()) {
                let itemsize = text.parse().ok().filter(|n| (1..=i32::MAX.unsigned_abs()).contains(n));
                let itemsize: u32 = itemsize.ok_or_else(must_be)?;
                return parse_dtype(&format!("|V{itemsize}")).map(Value::DType);
            }
            parse_dtype(text).map(Value::DType)
        }
        ParamKind::Shape => match ShapePattern::parse(text) {
            Ok(shape) => Ok(Value::Shape(shape)),
            Err(problem) => Err((format!("is not right: {problem}"), None)),
        },
        // Handled before, with its place in the text.
        ParamKind::Tail => Err(must_be()),
    }
}

fn did_you_mean(word: &str) -> String {
    format!("did you mean `{word}`?")
}

fn parse_dtype(text: &str) -> Result<DType, Problem> {
    DType::parse(text).map_err(|error| (format!("is not right: {}", report(&error)), None))
}

/// An integer without leading `+`, so that each has one spelling apart from zeros.
fn parse_int(text: &str) -> Option<i64> {
    (!text.starts_with('+')).then(|| text.parse().ok()).flatten()
}

const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

fn parse_size(text: &str) -> Option<u64> {
    for (unit, factor) in UNITS {
        if let Some(number) = text.strip_suffix(unit) {
            return parse_int(number.trim_end())
                .and_then(|number| u64::try_from(number).ok())
                .and_then(|number| number.checked_mul(factor));
        }
    }
    parse_int(text).and_then(|number| u64::try_from(number).ok())
}

/// The values that a parameter takes, in words: `an integer from 1 to 22`.
impl fmt::Display for ParamKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int { min, max } => write!(f, "an integer from {min} to {max}"),
            Self::Size { min, max } => {
                write!(f, "a number of bytes from {} to {}", SizeText(*min), SizeText(*max))
            }
            Self::Flag => f.write_str("`true` or `false`"),
            Self::Choice(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                match words.split_last() {
                    Some((last, [])) => f.write_str(last),
                    Some((last, first)) => write!(f, "{} or {last}", first.join(", ")),
                    None => f.write_str("nothing"),
                }
            }
            Self::DType => f.write_str("a dtype such as `<f4`"),
            Self::ItemType => f.write_str("an itemsize in bytes such as `4`, or a dtype such as `<i4`"),
            Self::Shape => f.write_str("a shape such as `2x3`, `?x3` or `scalar`"),
            Self::Tail => f.write_str("filters, then codecs, with `|` between them"),
        }
    }
}

/// Prints a value so that `parse` reads it back.
pub(super) fn print(value: &Value, spec: &ParamSpec, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Value::Int(value) => write!(f, "{value}"),
        Value::Size(value) => write!(f, "{}", SizeText(*value)),
        Value::Flag(value) => write!(f, "{value}"),
        Value::Word(value) => f.write_str(value),
        Value::DType(dtype) => {
            let text = dtype.to_string();
            match text.strip_prefix("|V").filter(|_| spec.kind == ParamKind::ItemType) {
                // An itemsize is kept as the void type of that size; nobody can give 0 as one.
                Some(itemsize) if itemsize != "0" => f.write_str(itemsize),
                _ if text.starts_with('[') => quote(&text, f),
                _ => f.write_str(&text),
            }
        }
        Value::Shape(shape) => write!(f, "{shape}"),
        // The inner chain is printed in the outer one's form, defaults or none.
        Value::Tail(tail) => fmt::Display::fmt(tail, f),
    }
}

/// Double quotes around a text, with `\` before the characters that would end it.
fn quote(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            f.write_str("\\")?;
        }
        write!(f, "{c}")?;
    }
    f.write_str("\"")
}

/// A number of bytes in the largest unit that divides it.
struct SizeText(u64);

impl fmt::Display for SizeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, factor) in UNITS {
            if self.0 != 0 && self.0.is_multiple_of(factor) {
                return write!(f, "{}{unit}", self.0 / factor);
            }
        }
        write!(f, "{}", self.0)
    }
}
