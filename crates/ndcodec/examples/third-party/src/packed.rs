//! `packed`: a line that names an inner chain, then the payload through it: the data say how to decode them.

use std::sync::Arc;

use ndcodec_core::*;

/// The elements through an inner chain.
pub static PACKED: StageDescriptor = StageDescriptor::format("packed", env!("CARGO_PKG_NAME"), &|params| {
    Ok(Arc::new(Packed(params.inner_chain("inner")?)))
})
.with_summary("the elements through an inner chain that the header names")
.with_params(&[ParamSpec::inferred("inner", ParamKind::Tail, "filters and codecs, as the header says")])
.container();
ndcodec_core::submit!(PACKED);

#[derive(Debug)]
struct Packed(Option<Arc<InnerChain>>);

impl ArrayFormat for Packed {
    fn frame(&self, layout: &Layout, _: Option<&str>) -> Result<Frame, ArrayError> {
        let inner = self.0.clone().ok_or(ArrayError::unsupported("packed", "it has no inner chain"))?;
        // Refuses what the filters do not take before a byte is written.
        inner.bind(layout)?;
        let head = format!("PACK {}\t{}\n", inner.text(), layout.clone().canonical());
        Ok(Frame::with_head(head.into_bytes()).with_body(Arc::new(Pack(layout.clone(), inner))))
    }

    fn read_header(&self, prefix: &[u8], context: &HeaderContext<'_>) -> Result<Header, HeaderError> {
        let (line, len) = context.line(prefix, "PACK ")?;
        let (inner, layout) = line.split_once('\t').unwrap_or_default();
        let layout = Layout::parse(layout).map_err(CodecError::corrupt)?;
        let inner = context.inner_chain(inner, self.0.as_ref())?;
        Ok(Header::from(layout.clone()).with_head(len).with_body(Arc::new(Pack(layout, inner))))
    }
}

/// The payload of one array.
#[derive(Debug)]
struct Pack(Layout, Arc<InnerChain>);

impl Body for Pack {
    fn encode(&self, payload: &[u8], _: &EncodeOptions, out: &mut Output<'_>) -> Result<(), CodecError> {
        self.1.encode_payload(&self.0, payload, out)
    }

    fn decode(&self, encoded: &[u8], _: &DecodeOptions, out: &mut Output<'_>) -> Result<(), CodecError> {
        self.1.decode_payload(&self.0, encoded, out)
    }

    fn inner_chain(&self) -> Option<&Arc<InnerChain>> {
        Some(&self.1)
    }
}
