//! `{{name}}`: what it is, in a few words ([specification](https://example.org/{{name}})).

use std::sync::Arc;

use ndcodec_core::{
    ArrayError, ArrayFilter, BoundFilter, CodecError, Filtered, Layout, Output, ParamError, ParamKind, ParamSpec, Params,
    StageDescriptor,
};

/// What it is, in a few words.
pub static {{NAME}}: StageDescriptor = StageDescriptor::filter("{{name}}", env!("CARGO_PKG_NAME"), &build)
    .with_summary("what it does to the payload, in one line")
    .with_specification("https://example.org/{{name}}")
    .with_params(&[ParamSpec::inferred("type", ParamKind::ItemType, "the type of an element; given, any bytes are filtered")]);
ndcodec_core::submit!({{NAME}});

fn build(_: &Params) -> Result<Arc<dyn ArrayFilter>, ParamError> {
    Ok(Arc::new({{Name}}))
}

/// The filter, with its parameters.
#[derive(Debug)]
struct {{Name}};

impl ArrayFilter for {{Name}} {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        Ok(Some(Box::new(Bound { layout: layout.clone() })))
    }
}

/// The filter at work on arrays of one layout.
#[derive(Debug)]
struct Bound {
    layout: Layout,
}

impl BoundFilter for Bound {
    fn output(&self) -> Filtered {
        Filtered::Array(self.layout.clone())
    }

    fn forward(&self, _payload: &[u8], _out: &mut Output<'_>) -> Result<(), CodecError> {
        Err(CodecError::unsupported("`{{name}}` is not written yet"))
    }

    fn backward(&self, _parts: &[&[u8]], _payload: &mut [u8]) -> Result<(), CodecError> {
        Err(CodecError::unsupported("`{{name}}` is not written yet"))
    }
}
