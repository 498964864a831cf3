//! `headed`: a line of text that says what the elements are, then the elements as they lie in memory.

use std::sync::Arc;

use ndcodec_core::{
    ArrayError, ArrayFormat, CodecError, Frame, Header, HeaderContext, HeaderError, Layout, Sniffed,
    StageDescriptor,
};

/// The elements behind a line of text.
pub static HEADED: StageDescriptor =
    StageDescriptor::format("headed", env!("CARGO_PKG_NAME"), &|_| Ok(Arc::new(Headed)))
        .with_summary("the elements behind a line with filters, dtype, shape and order")
        .with_sniff(|sample| sample.bytes.starts_with(b"HEAD ").then_some(Sniffed::certain("headed")))
        .streaming()
        .stable_bytes();
ndcodec_core::submit!(HEADED);

#[derive(Debug)]
struct Headed;

impl ArrayFormat for Headed {
    fn frame(&self, layout: &Layout, filters: Option<&str>) -> Result<Frame, ArrayError> {
        let (filters, layout) = (filters.unwrap_or_default(), layout.clone().canonical());
        Ok(Frame::with_head(format!("HEAD {filters}\t{layout}\n").into_bytes()))
    }

    fn read_header(&self, prefix: &[u8], context: &HeaderContext<'_>) -> Result<Header, HeaderError> {
        let (line, len) = context.line(prefix, "HEAD ")?;
        let (filters, layout) = line.split_once('\t').unwrap_or_default();
        let layout = Layout::parse(layout).map_err(CodecError::corrupt)?;
        Ok(Header::from(layout).with_head(len).with_filters(filters))
    }
}
