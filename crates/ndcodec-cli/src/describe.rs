//! Stages and their parameters, from their descriptors, as `list` and `explain` print them.

use ndcodec::stage::{ParamDefault, ParamKind, ParamSpec, Params, StageDescriptor, StageSpec, Value};
use serde::Serialize;

/// What a stage is, with its default parameters or those of a chain. All keys are always there.
#[derive(Debug, Serialize)]
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    /// `format`, `filter` or `codec`.
    pub(crate) kind: String,
    pub(crate) summary: &'static str,
    specification: &'static str,
    package: &'static str,
    pub(crate) text: bool,
    pub(crate) streams: bool,
    pub(crate) lossy: bool,
    stable_bytes: bool,
    detects_truncation: bool,
}

impl From<&StageDescriptor> for Stage {
    fn from(stage: &StageDescriptor) -> Self {
        Self {
            name: stage.name(),
            kind: stage.kind().to_string(),
            summary: stage.summary(),
            specification: stage.specification(),
            package: stage.package(),
            text: stage.is_text(),
            streams: stage.is_streaming(),
            lossy: stage.is_lossy(),
            stable_bytes: stage.has_stable_bytes(),
            detects_truncation: stage.is_truncation_detected(),
        }
    }
}

impl Stage {
    /// What a stage is with the parameters it has in a chain.
    pub(crate) fn of(spec: &StageSpec) -> Self {
        let streams = spec.descriptor().is_streaming_with(spec.params());
        Self { streams, ..Self::from(spec.descriptor()) }
    }
}

/// Whether a stage of a chain loses something, itself or in a chain inside it.
pub(crate) fn is_lossy(spec: &StageSpec) -> bool {
    let descriptor = spec.descriptor();
    let tails = descriptor
        .params()
        .iter()
        .filter(|param| param.kind == ParamKind::Tail)
        .filter_map(|param| spec.params().tail(param.name));
    descriptor.is_lossy() || tails.into_iter().any(|tail| tail.stages().any(is_lossy))
}

/// What a parameter may be. All keys are always there, but for those of `values`.
#[derive(Debug, Serialize)]
pub(crate) struct Param {
    name: &'static str,
    #[serde(flatten)]
    values: Values,
    /// Whether it must be given.
    required: bool,
    /// What it is if it is not given; null if it must be, or where it comes from the array.
    default: Option<Json>,
    doc: &'static str,
}

/// The values that a parameter takes: the key `type`, and the range of that type.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Values {
    Integer { min: i64, max: i64 },
    Size { min: u64, max: u64 },
    Flag,
    Choice { choices: &'static [&'static str] },
    Dtype,
    ItemType,
    Shape,
    Chain,
    Other,
}

/// A parameter's value in JSON.
#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Json {
    Int(i64),
    Size(u64),
    Flag(bool),
    Text(String),
}

impl From<&ParamSpec> for Param {
    fn from(spec: &ParamSpec) -> Self {
        let values = match spec.kind {
            ParamKind::Int { min, max } => Values::Integer { min, max },
            ParamKind::Size { min, max } => Values::Size { min, max },
            ParamKind::Flag => Values::Flag,
            ParamKind::Choice(choices) => Values::Choice { choices },
            ParamKind::DType => Values::Dtype,
            ParamKind::ItemType => Values::ItemType,
            ParamKind::Shape => Values::Shape,
            ParamKind::Tail => Values::Chain,
            _ => Values::Other,
        };
        let default = match spec.default {
            ParamDefault::Int(value) => Some(Json::Int(value)),
            ParamDefault::Flag(value) => Some(Json::Flag(value)),
            ParamDefault::Word(value) => Some(Json::Text(value.to_owned())),
            _ => None,
        };
        Self {
            name: spec.name,
            values,
            required: spec.default == ParamDefault::Required,
            default,
            doc: spec.doc,
        }
    }
}

/// A parameter of a stage in a chain.
#[derive(Debug, Serialize)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    /// Null if it comes from the array.
    value: Option<Json>,
    pub(crate) given: bool,
    pub(crate) doc: &'static str,
    /// The value as it stands in a chain.
    #[serde(skip)]
    pub(crate) text: Option<String>,
}

/// What stands for the value of a parameter that must be given.
pub(crate) const NEEDED: &str = "(needed)";

impl Setting {
    /// Takes the value away, of a parameter that must be given.
    pub(crate) fn leave_open(&mut self) {
        (self.value, self.given, self.text) = (None, false, Some(NEEDED.to_owned()));
    }
}

/// The parameters of a stage in a chain, in the order of its descriptor.
pub(crate) fn settings(stage: &StageDescriptor, params: &Params) -> Vec<Setting> {
    let setting = |spec: &ParamSpec| {
        let value = params.value(spec.name);
        Setting {
            name: spec.name,
            value: value.as_ref().map(value_json),
            given: params.is_given(spec.name),
            doc: spec.doc,
            text: value.as_ref().map(value_text),
        }
    };
    stage.params().iter().map(setting).collect()
}

fn value_json(value: &Value) -> Json {
    match value {
        Value::Int(value) => Json::Int(*value),
        Value::Size(value) => Json::Size(*value),
        Value::Flag(value) => Json::Flag(*value),
        other => Json::Text(value_text(other)),
    }
}

/// A value for people.
pub(crate) fn value_text(value: &Value) -> String {
    match value {
        Value::Int(value) => value.to_string(),
        Value::Size(value) => size_text(*value),
        Value::Flag(value) => value.to_string(),
        Value::Word(value) => (*value).to_owned(),
        Value::DType(dtype) => dtype.to_string(),
        Value::Shape(shape) => shape.to_string(),
        Value::Tail(tail) => tail.to_string(),
        other => format!("{other:?}"),
    }
}

/// A number of bytes in the largest unit that divides it, as chains are printed.
fn size_text(bytes: u64) -> String {
    let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match units.iter().find(|(_, factor)| bytes != 0 && bytes.is_multiple_of(*factor)) {
        Some((unit, factor)) => format!("{}{unit}", bytes / factor),
        None => bytes.to_string(),
    }
}
