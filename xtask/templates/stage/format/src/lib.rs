//! `{{name}}`: what it is, in a few words ([specification](https://example.org/{{name}})).

use std::sync::Arc;

use ndcodec_core::{
    ArrayError, ArrayFormat, CodecError, Frame, Header, HeaderContext, HeaderError, Layout, ParamError, Params,
    StageDescriptor,
};

/// What it is, in a few words.
pub static {{NAME}}: StageDescriptor = StageDescriptor::format("{{name}}", env!("CARGO_PKG_NAME"), &build)
    .with_summary("what stands around the payload, in one line")
    .with_specification("https://example.org/{{name}}")
    .with_params(&[]);
ndcodec_core::submit!({{NAME}});

fn build(_: &Params) -> Result<Arc<dyn ArrayFormat>, ParamError> {
    Ok(Arc::new({{Name}}))
}

/// The format, with its parameters.
#[derive(Debug)]
struct {{Name}};

impl ArrayFormat for {{Name}} {
    fn frame(&self, _layout: &Layout, _filters: Option<&str>) -> Result<Frame, ArrayError> {
        Err(ArrayError::unsupported("{{name}}", "it is not written yet"))
    }

    fn read_header(&self, _prefix: &[u8], _context: &HeaderContext<'_>) -> Result<Header, HeaderError> {
        Err(CodecError::unsupported("`{{name}}` is not written yet").into())
    }
}
