//! Stages as objects: the words that this module has, and those of a chain.

use ndcodec::stage::{ParamDefault, ParamKind, ParamSpec, Params, StageDescriptor, StageSpec, Value};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::object::{Fields, list};

/// Every stage of this module, sorted by name.
#[wasm_bindgen]
pub fn stages() -> JsValue {
    list(ndcodec::stage::stages().into_iter().map(|stage| described(stage, None).done()))
}

/// A stage of a chain, with its text and what its parameters are.
pub(crate) fn in_chain(stage: &StageSpec) -> JsValue {
    let described = described(stage.descriptor(), Some(stage.params()));
    described.with("text", stage.to_string()).done()
}

fn described(stage: &StageDescriptor, given: Option<&Params>) -> Fields {
    Fields::new()
        .with("name", stage.name())
        .with("kind", stage.kind().to_string())
        .with("summary", stage.summary())
        .with("specification", stage.specification())
        .with("isText", stage.is_text())
        .with("isLossy", stage.is_lossy())
        .with("isStreaming", given.map_or(stage.is_streaming(), |params| stage.is_streaming_with(params)))
        .with("isContainer", stage.is_container())
        .with("params", list(stage.params().iter().map(|param| of_param(param, given))))
}

fn of_param(param: &ParamSpec, given: Option<&Params>) -> JsValue {
    let fields = Fields::new()
        .with("name", param.name)
        .with("type", type_name(param.kind))
        .with("default", default_text(param.default))
        .with("isRequired", param.default == ParamDefault::Required)
        .with("doc", param.doc);
    let fields = match param.kind {
        ParamKind::Int { min, max } => fields.with("min", min.to_string()).with("max", max.to_string()),
        ParamKind::Size { min, max } => fields.with("min", min.to_string()).with("max", max.to_string()),
        ParamKind::Choice(words) => fields.with("words", list(words.iter().copied())),
        _ => fields,
    };
    let Some(params) = given else { return fields.done() };
    fields
        .with("value", params.value(param.name).and_then(value_text))
        .with("isGiven", params.is_given(param.name))
        .done()
}

fn type_name(kind: ParamKind) -> &'static str {
    match kind {
        ParamKind::Int { .. } => "int",
        ParamKind::Size { .. } => "size",
        ParamKind::Flag => "flag",
        ParamKind::Choice(_) => "word",
        ParamKind::DType => "dtype",
        ParamKind::ItemType => "itemsize or dtype",
        ParamKind::Shape => "shape",
        ParamKind::Tail => "chain",
        _ => "other",
    }
}

/// What a parameter is, but for inner chains, which stand in the stage's text.
fn value_text(value: Value) -> Option<String> {
    match value {
        Value::Int(number) => Some(number.to_string()),
        Value::Size(bytes) => Some(bytes.to_string()),
        Value::Flag(flag) => Some(flag.to_string()),
        Value::Word(word) => Some(word.to_owned()),
        Value::DType(dtype) => Some(dtype.to_string()),
        Value::Shape(shape) => Some(shape.to_string()),
        _ => None,
    }
}

fn default_text(default: ParamDefault) -> Option<String> {
    match default {
        ParamDefault::Int(number) => Some(number.to_string()),
        ParamDefault::Flag(flag) => Some(flag.to_string()),
        ParamDefault::Word(word) => Some(word.to_owned()),
        _ => None,
    }
}
