//! `headed`: a header that says what the elements are, then the elements as they lie in memory.

use std::sync::Arc;

use ndcodec_core::{
    ArrayError, ArrayFormat, Frame, Header, HeaderContext, HeaderError, Layout, Sniffed, StageDescriptor,
};

use crate::header;

const MAGIC: &[u8; 4] = b"HEAD";
const SNIFFED: Sniffed = Sniffed::certain("headed");

/// The elements behind a header.
pub static HEADED: StageDescriptor =
    StageDescriptor::format("headed", env!("CARGO_PKG_NAME"), &|_| Ok(Arc::new(Headed)))
        .with_summary("the elements behind a header with filters, dtype, shape and order")
        .with_sniff(|sample| sample.bytes.starts_with(MAGIC).then_some(SNIFFED))
        .streaming()
        .stable_bytes();
ndcodec_core::submit!(HEADED);

#[derive(Debug)]
struct Headed;

impl ArrayFormat for Headed {
    fn frame(&self, layout: &Layout, filters: Option<&str>) -> Result<Frame, ArrayError> {
        Ok(Frame::with_head(header::write(MAGIC, filters.unwrap_or_default(), layout)))
    }

    fn read_header(&self, prefix: &[u8], context: &HeaderContext<'_>) -> Result<Header, HeaderError> {
        let (filters, layout, len) = header::read(MAGIC, prefix, context)?;
        Ok(Header::from(layout).with_head(len).with_filters(filters))
    }
}
