//! `{{name}}`: what it is, in a few words ([specification](https://example.org/{{name}})).

use std::sync::Arc;

use ndcodec_core::{Codec, CodecError, Input, Output, ParamError, Params, StageDescriptor};

/// What it is, in a few words.
pub static {{NAME}}: StageDescriptor = StageDescriptor::codec("{{name}}", env!("CARGO_PKG_NAME"), &build)
    .with_summary("what it does to the bytes, in one line")
    .with_specification("https://example.org/{{name}}")
    .with_params(&[]);
ndcodec_core::submit!({{NAME}});

fn build(_: &Params) -> Result<Arc<dyn Codec>, ParamError> {
    Ok(Arc::new({{Name}}))
}

/// The codec, with its parameters.
#[derive(Debug)]
struct {{Name}};

impl Codec for {{Name}} {
    fn encode(&self, _input: &Input<'_>, _out: &mut Output<'_>) -> Result<(), CodecError> {
        Err(CodecError::unsupported("`{{name}}` is not written yet"))
    }

    fn decode(&self, _encoded: &[u8], _out: &mut Output<'_>) -> Result<(), CodecError> {
        Err(CodecError::unsupported("`{{name}}` is not written yet"))
    }
}
