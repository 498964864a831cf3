//! `{{name}}`: what it is, in a few words ([specification](https://example.org/{{name}})).

use ndcodec_core::{ArrayError, ArrayFilter, CodecError, DType, ParamError, ParamKind, ParamSpec, Params, StageDescriptor};

/// What it is, in a few words.
pub static {{NAME}}: StageDescriptor = StageDescriptor::filter("{{name}}", env!("CARGO_PKG_NAME"), &build)
    .summary("what it does to the payload, in one line")
    .specification("https://example.org/{{name}}")
    .params(&[ParamSpec::inferred("type", ParamKind::ItemType, "the type of an element; given, any bytes are filtered")]);
ndcodec_core::submit!({{NAME}});

fn build(_: &Params) -> Result<Box<dyn ArrayFilter>, ParamError> {
    Ok(Box::new({{Name}}))
}

/// The filter, with its parameters.
#[derive(Debug)]
struct {{Name}};

impl ArrayFilter for {{Name}} {
    fn check(&self, _dtype: &DType) -> Result<(), ArrayError> {
        Ok(())
    }

    fn encode(&self, _dtype: &DType, _payload: &[u8], _out: &mut [u8]) -> Result<(), CodecError> {
        Err(CodecError::unsupported("`{{name}}` is not written yet"))
    }

    fn decode(&self, _dtype: &DType, _filtered: &[u8], _out: &mut [u8]) -> Result<(), CodecError> {
        Err(CodecError::unsupported("`{{name}}` is not written yet"))
    }
}
