//! [`Chunked`]: the container as the chain sees it.

use std::ops::Range;

use ndcodec_core::stream::{BoxSink, BoxSource};
use ndcodec_core::{
    ArrayContainer, ArrayError, ArrayView, Buffer, CodecError, ContainerHeader, DecodeLimits, DecodeOptions,
    EncodeOptions, ErrorKind, HeaderError, InnerChain, Layout, Output, Pool, RandomAccess,
};

use crate::chunk::{Chunker, Scratch, max_record_len};
use crate::header::{Head, MAX_CHUNK};
use crate::{index, memory, stream};

/// The container `chunked`.
#[derive(Debug)]
pub struct Chunked {
    inner: Option<InnerChain>,
    size: usize,
    pub(crate) scratch: Pool<Scratch>,
    pub(crate) records: Pool<Vec<Buffer>>,
    pub(crate) record: Pool<Buffer>,
}

/// The inner chain to decode with: the header's, which is this container's own where the texts agree.
pub(crate) enum Inner<'c> {
    Own(&'c InnerChain),
    Of(Box<InnerChain>),
}

impl std::ops::Deref for Inner<'_> {
    type Target = InnerChain;

    fn deref(&self) -> &InnerChain {
        match self {
            Self::Own(inner) => inner,
            Self::Of(inner) => inner,
        }
    }
}

impl Chunked {
    pub(crate) fn new(inner: Option<InnerChain>, size: usize) -> Self {
        Self { inner, size, scratch: Pool::new(), records: Pool::new(), record: Pool::new() }
    }

    /// The inner chain to encode with.
    pub(crate) fn own_inner(&self) -> Result<&InnerChain, CodecError> {
        self.inner.as_ref().ok_or_else(|| CodecError::new(ErrorKind::Input, NO_INNER))
    }

    pub(crate) fn inner_of(&self, head: &Head) -> Result<Inner<'_>, CodecError> {
        if let Some(own) = self.inner.as_ref().filter(|own| own.text() == head.inner) {
            return fits(own, head).map(|()| Inner::Own(own));
        }
        let inner = InnerChain::parse(&head.inner).map_err(|error| {
            let message = format!("the header names the inner chain `{}`, which cannot be used", head.inner);
            CodecError::unsupported(message).with_source(error)
        })?;
        fits(&inner, head).map(|()| Inner::Of(Box::new(inner)))
    }

    pub(crate) fn head(&self, layout: &Layout) -> Result<(Head, Vec<u8>), CodecError> {
        Head::new(layout, self.size, self.own_inner()?.text())
    }

    pub(crate) fn chunker<'c>(&'c self, inner: &'c InnerChain, head: &'c Head) -> Chunker<'c> {
        Chunker {
            inner,
            dtype: head.layout.dtype(),
            header_crc: head.crc,
            count: head.count(),
            scratch: &self.scratch,
            record: &self.record,
        }
    }
}

/// Whether the inner chain can be run backwards on this array: the header may be anyone's.
fn fits(inner: &InnerChain, head: &Head) -> Result<(), CodecError> {
    inner
        .check(head.layout.dtype())
        .map_err(|error| CodecError::corrupt("the inner chain does not fit the array").with_source(error))
}

const NO_INNER: &str = "`chunked` has no inner chain to encode with, as in `chunked(shuffle|lz4)`";

impl ArrayContainer for Chunked {
    fn check(&self, layout: &Layout) -> Result<(), ArrayError> {
        match &self.inner {
            Some(_) if layout.dtype().itemsize() > MAX_CHUNK => {
                let itemsize = layout.dtype().itemsize();
                let reason =
                    format!("its items of {itemsize} bytes are larger than the {MAX_CHUNK} bytes of a chunk");
                Err(ArrayError::Unsupported { stage: "chunked".to_owned(), reason })
            }
            Some(inner) => inner.check(layout.dtype()),
            None => Err(ArrayError::Unsupported { stage: "chunked".to_owned(), reason: NO_INNER.to_owned() }),
        }
    }

    fn encode(
        &self,
        array: &ArrayView<'_>,
        options: &EncodeOptions,
        out: &mut Output<'_>,
    ) -> Result<(), CodecError> {
        memory::encode(self, array, options, out)
    }

    fn max_encoded_len(&self, layout: &Layout) -> Option<usize> {
        let (head, bytes) = self.head(layout).ok()?;
        // Every chunk but the last is full, and each costs at most its record's own bytes.
        let records = max_record_len(0).checked_mul(head.count())?.checked_add(layout.nbytes())?;
        bytes.len().checked_add(records)?.checked_add(index::len(head.count()))
    }

    fn read_header(&self, prefix: &[u8], limits: &DecodeLimits) -> Result<ContainerHeader, HeaderError> {
        let head = Head::read(prefix, limits)?;
        Ok(ContainerHeader { layout: head.layout, head_len: head.len, inner: head.inner })
    }

    fn check_claims(&self, encoded: &[u8], limits: &DecodeLimits) -> Result<(), CodecError> {
        memory::check_claims(self, encoded, limits)
    }

    fn decode(&self, encoded: &[u8], options: &DecodeOptions, payload: &mut [u8]) -> Result<(), CodecError> {
        memory::decode(self, encoded, options, payload)
    }

    fn decode_rows(
        &self,
        encoded: &dyn RandomAccess,
        rows: Range<usize>,
        options: &DecodeOptions,
        payload: &mut Buffer,
    ) -> Result<Layout, CodecError> {
        memory::decode_rows(self, encoded, rows, options, payload)
    }

    fn encoder<'s>(
        &'s self,
        layout: &Layout,
        options: &EncodeOptions,
        next: BoxSink<'s>,
    ) -> Result<BoxSink<'s>, CodecError> {
        stream::encoder(self, layout, options, next)
    }

    fn decoder<'s>(
        &'s self,
        source: BoxSource<'s>,
        options: &DecodeOptions,
    ) -> Result<(ContainerHeader, BoxSource<'s>), CodecError> {
        stream::decoder(self, source, options)
    }
}
