//! [`Chunked`]: the format as the chain sees it.

use std::sync::Arc;

use ndcodec_core::{
    ArrayError, ArrayFormat, Frame, Header, HeaderContext, HeaderError, InnerChain, Layout, Recent,
};

use crate::chunks::{Chunks, Scheme, Shared};
use crate::header::{CHUNKED, Head, MAX_CHUNK, chunk_len};
use crate::uniform::Uniform;

/// The format `chunked`.
#[derive(Debug)]
pub struct Chunked {
    inner: Option<Arc<InnerChain>>,
    size: usize,
    shared: Arc<Shared>,
    /// What was written last, and what was read last: filters are bound once for arrays of one layout.
    written: Recent<Layout, Frame>,
    read: Recent<Box<[u8]>, Header>,
}

/// A header longer than this is not kept.
pub(crate) const LONGEST: usize = 1 << 10;

impl Chunked {
    pub(crate) fn new(inner: Option<Arc<InnerChain>>, size: usize) -> Self {
        let (written, read) = (Recent::new(), Recent::new());
        Self { inner, size, shared: Arc::default(), written, read }
    }

    fn unsupported(reason: String) -> ArrayError {
        ArrayError::unsupported("chunked", reason)
    }
}

impl ArrayFormat for Chunked {
    fn frame(&self, layout: &Layout, _: Option<&str>) -> Result<Frame, ArrayError> {
        let make = || {
            let inner = self.inner.as_ref().ok_or_else(|| Self::unsupported(NO_INNER.to_owned()))?;
            let itemsize = layout.dtype().itemsize();
            if itemsize > MAX_CHUNK {
                return Err(Self::unsupported(format!(
                    "its items of {itemsize} bytes are larger than the {MAX_CHUNK} bytes of a chunk"
                )));
            }
            let chunk_len = chunk_len(itemsize, self.size);
            let (head, bytes) = Head::new(&CHUNKED, layout, chunk_len, inner.text());
            let scheme = Scheme::Uniform(Uniform::new(&head, inner)?);
            let chunks = Chunks::new(head, scheme, &self.shared);
            let frame = Frame::with_head(bytes).with_body(Arc::new(chunks));
            Ok(((frame.head.len() <= LONGEST).then(|| layout.clone()), frame))
        };
        self.written.get(|of| of == layout, make)
    }

    fn read_header(&self, prefix: &[u8], context: &HeaderContext<'_>) -> Result<Header, HeaderError> {
        let limits = context.limits();
        let read = || {
            let head = Head::read(&CHUNKED, prefix, limits)?;
            let (layout, len) = (head.layout.clone(), head.len);
            let inner = context.inner_chain(&head.text, self.inner.as_ref());
            let scheme = Scheme::Uniform(Uniform::of_header(&head, inner));
            let chunks = Chunks::new(head, scheme, &self.shared);
            let header = Header::from(layout).with_head(len).with_body(Arc::new(chunks));
            let key = prefix.get(..len).filter(|bytes| bytes.len() <= LONGEST).map(Box::from);
            Ok((key, header))
        };
        self.read.get(|bytes| prefix.starts_with(bytes) && bytes.len() <= limits.max_header, read)
    }
}

const NO_INNER: &str = "`chunked` has no inner chain to encode with, as in `chunked(shuffle|lz4)`";
