//! `packed`: a header that names an inner chain, then the payload through it: the data say how to decode them.

use std::ops::Range;
use std::sync::Arc;

use ndcodec_core::stream::{BoxSink, BoxSource, Sink, SliceSource, Source, read_to_end};
use ndcodec_core::*;

use crate::header;

const MAGIC: &[u8; 4] = b"PACK";

/// The elements through an inner chain.
pub static PACKED: StageDescriptor = StageDescriptor::format("packed", env!("CARGO_PKG_NAME"), &build)
    .with_summary("the elements through an inner chain that the header names")
    .with_params(&[ParamSpec::inferred(
        "inner",
        ParamKind::Tail,
        "filters and codecs; decoding takes the header's",
    )])
    .container();
ndcodec_core::submit!(PACKED);

fn build(params: &Params) -> Result<Arc<dyn ArrayFormat>, ParamError> {
    Ok(Arc::new(Packed(params.inner_chain("inner")?)))
}

#[derive(Debug)]
struct Packed(Option<Arc<InnerChain>>);

impl ArrayFormat for Packed {
    fn frame(&self, layout: &Layout, _: Option<&str>) -> Result<Frame, ArrayError> {
        let reason = "there is no inner chain to encode with, as in `packed(zstd)`";
        let missing = || ArrayError::unsupported("packed", reason);
        let inner = self.0.clone().ok_or_else(missing)?;
        let head = header::write(MAGIC, inner.text(), layout);
        // Refuses what the filters do not take before a byte is written.
        inner.bind(layout)?;
        let pack = Pack { layout: layout.clone(), head_len: head.len(), inner: Ok(inner) };
        Ok(Frame::with_head(head).with_body(Arc::new(pack)))
    }

    fn read_header(&self, prefix: &[u8], context: &HeaderContext<'_>) -> Result<Header, HeaderError> {
        let (inner, layout, head_len) = header::read(MAGIC, prefix, context)?;
        // One that cannot be used is an error only once it is needed: `inspect` shows the rest of the header.
        let inner = context.inner_chain(inner, self.0.as_ref());
        let pack = Pack { layout: layout.clone(), head_len, inner };
        Ok(Header::from(layout).with_head(head_len).with_body(Arc::new(pack)))
    }
}

/// The payload of one array.
#[derive(Debug)]
struct Pack {
    layout: Layout,
    head_len: usize,
    inner: Result<Arc<InnerChain>, InnerChainError>,
}

impl Pack {
    fn inner(&self) -> Result<(&InnerChain, InnerFilters), CodecError> {
        let inner = self.inner.as_ref().map_err(InnerChainError::to_codec_error)?;
        let misfit = |error| CodecError::corrupt("the inner chain does not fit the array").with_source(error);
        Ok((inner, inner.bind(&self.layout).map_err(misfit)?))
    }

    /// Decodes all that follows the head.
    fn unpack(&self, encoded: &[u8], limits: &DecodeLimits, out: &mut Output<'_>) -> Result<(), CodecError> {
        let (inner, filters) = self.inner()?;
        let (mut filtered, nbytes) = (Buffer::new(), self.layout.nbytes());
        let most = limits.with_max_bytes(filters.output().max_len());
        let mut between = Output::to_buffer(&mut filtered).with_limits(&most);
        inner.decode(encoded, &mut between)?;
        let len = between.finish();
        // The header may claim any array: there is room for it only once its bytes are there.
        if filters.output().known_len().is_some_and(|known| known > len) {
            return Err(CodecError::truncated(format_args!("the {nbytes} bytes of the array")));
        }
        filters.backward(&[&filtered], out.spare(nbytes)?)?;
        out.commit(nbytes)
    }

    /// The most bytes that are collected to decode them: what the inner chain may make of the payload, and room for other
    /// writers, who may encode less tightly.
    fn most(&self, limits: &DecodeLimits) -> usize {
        let usual = limits.max_bytes.saturating_mul(2).saturating_add(1 << 20);
        self.max_encoded_len().map_or(usual, |bound| bound.max(usual))
    }

    fn unpacked(&self, encoded: &[u8], limits: &DecodeLimits) -> Result<Unpacked, CodecError> {
        let mut payload = Buffer::new();
        let mut out = Output::to_buffer(&mut payload).with_limits(limits);
        self.unpack(encoded, limits, &mut out)?;
        out.finish();
        Ok(Unpacked { payload, given: 0 })
    }
}

impl Body for Pack {
    fn inner_chain(&self) -> Option<&Arc<InnerChain>> {
        self.inner.as_ref().ok()
    }

    fn max_encoded_len(&self) -> Option<usize> {
        let (inner, filters) = self.inner().ok()?;
        inner.max_encoded_len(filters.output().max_len())
    }

    fn encode(&self, payload: &[u8], _: &EncodeOptions, out: &mut Output<'_>) -> Result<(), CodecError> {
        let (inner, filters) = self.inner()?;
        let mut filtered = Buffer::new();
        let mut between = Output::to_buffer(&mut filtered);
        filters.forward(payload, &mut between)?;
        between.finish();
        inner.encode(&Input::new(&[&filtered]), out)
    }

    fn encoder<'s>(self: Arc<Self>, _: &EncodeOptions, next: BoxSink<'s>) -> Result<BoxSink<'s>, CodecError> {
        Ok(Box::new(Collected { pack: self, next, payload: Vec::new() }))
    }

    fn decode(
        &self,
        encoded: &[u8],
        options: &DecodeOptions,
        out: &mut Output<'_>,
    ) -> Result<(), CodecError> {
        self.unpack(&encoded[self.head_len..], &options.limits, out)
    }

    fn decoder<'s>(
        self: Arc<Self>,
        mut source: BoxSource<'s>,
        options: &DecodeOptions,
    ) -> Result<BoxSource<'s>, CodecError> {
        let mut encoded = Buffer::new();
        let mut out = Output::to_buffer(&mut encoded).limited(self.most(&options.limits));
        read_to_end(&mut *source, &mut out)?;
        out.finish();
        Ok(Box::new(self.unpacked(&encoded, &options.limits)?))
    }

    fn open(
        self: Arc<Self>,
        encoded: &dyn RandomAccess,
        options: &DecodeOptions,
    ) -> Result<Box<dyn OpenBody>, CodecError> {
        let head_len = self.head_len as u64;
        let len = encoded.size().map_err(CodecError::io)?.saturating_sub(head_len);
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        let mut bytes = Buffer::new();
        let mut out = Output::to_buffer(&mut bytes).limited(self.most(&options.limits));
        encoded.read_at(head_len, out.spare(len)?).map_err(CodecError::io)?;
        out.commit(len)?;
        out.finish();
        Ok(Box::new(self.unpacked(&bytes, &options.limits)?))
    }
}

/// Takes the payload, and encodes it at the end.
struct Collected<'s> {
    pack: Arc<Pack>,
    next: BoxSink<'s>,
    payload: Vec<u8>,
}

impl Sink for Collected<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        self.payload.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), CodecError> {
        let mut encoded = Buffer::new();
        let mut out = Output::to_buffer(&mut encoded);
        self.pack.encode(&self.payload, &EncodeOptions::new(), &mut out)?;
        out.finish();
        self.next.write(&encoded)?;
        self.next.finish()
    }
}

/// A payload that was decoded, of which `given` bytes were given as a stream.
#[derive(Debug)]
struct Unpacked {
    payload: Buffer,
    given: usize,
}

impl OpenBody for Unpacked {
    fn read(
        &self,
        _: &dyn RandomAccess,
        range: Range<usize>,
        _: &DecodeOptions,
        out: &mut [u8],
    ) -> Result<(), CodecError> {
        out.copy_from_slice(&self.payload[range]);
        Ok(())
    }
}

impl Source for Unpacked {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let n = SliceSource(&self.payload[self.given..]).read(buf)?;
        self.given += n;
        Ok(n)
    }
}
