//! Decoding in memory: the last codec writes into the result, and the array is a view of it.

use std::ops::Range;

use super::array::{Head, Stages};
use super::codecs::Encoded;
use super::filters::FilterRun;
use super::{Chain, DecodeOptions};
use crate::buffer::ALIGNMENT;
use crate::error::{ArrayError, CodecError, Error, ErrorKind};
use crate::format::{Filters, Header, HeaderError};
use crate::stream::{SliceSource, intermediate_limit};
use crate::{
    Array, ArrayFormat, ArrayView, Buffer, ContainerHeader, DecodeLimits, Direction, Layout, Output,
};

impl Chain {
    /// The array that `encoded` holds, within the default limits.
    ///
    /// # Errors
    /// Where `encoded` is not exactly what this chain writes, or a limit is passed.
    pub fn decode(&self, encoded: &[u8]) -> Result<Array, Error> {
        self.decode_with(encoded, &DecodeOptions::new())
    }

    /// [`decode`](Self::decode) with options.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_with(&self, encoded: &[u8], options: &DecodeOptions) -> Result<Array, Error> {
        let mut buffer = Buffer::new();
        let (layout, payload) = self.decode_to(encoded, options, &mut buffer)?;
        Ok(Array::from_part(layout, buffer, payload))
    }

    /// Decodes into a buffer of the caller's, whose content is replaced, and answers a view of the array in it.
    /// Nothing is allocated once the buffer is large enough.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_into<'b>(&self, encoded: &[u8], buffer: &'b mut Buffer) -> Result<ArrayView<'b>, Error> {
        self.decode_into_with(encoded, buffer, &DecodeOptions::new())
    }

    /// [`decode_into`](Self::decode_into) with options.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_into_with<'b>(
        &self,
        encoded: &[u8],
        buffer: &'b mut Buffer,
        options: &DecodeOptions,
    ) -> Result<ArrayView<'b>, Error> {
        buffer.clear();
        let (layout, payload) = self.decode_to(encoded, options, buffer)?;
        Ok(ArrayView::new(layout, &buffer[payload])?)
    }

    /// Decodes the elements into `payload`, which must have exactly their length in bytes, and answers the
    /// layout. Allocates nothing of the payload's size unless there are filters. On an error the content of
    /// `payload` is unspecified.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and where `payload` has another length.
    pub fn decode_into_slice(&self, encoded: &[u8], payload: &mut [u8]) -> Result<Layout, Error> {
        self.decode_into_slice_with(encoded, payload, &DecodeOptions::new())
    }

    /// [`decode_into_slice`](Self::decode_into_slice) with options.
    ///
    /// # Errors
    /// As [`decode_into_slice`](Self::decode_into_slice).
    pub fn decode_into_slice_with(
        &self,
        encoded: &[u8],
        payload: &mut [u8],
        options: &DecodeOptions,
    ) -> Result<Layout, Error> {
        let codecs = &self.stages.codecs;
        let inner = codecs.decode_outer(encoded, &options.limits)?;
        if let Head::Container(container) = &self.stages.head {
            let contained = self.contained(&inner, &options.limits)?;
            let (expected, actual) = (contained.header.layout.nbytes(), payload.len());
            if expected != actual {
                return Err(ArrayError::BufferLength { expected, actual }.into());
            }
            let decoded = container.decode(contained.bytes.bytes(), options, payload);
            decoded.map_err(|error| self.lift(Direction::Decode, error))?;
            return Ok(contained.header.layout);
        }
        let source = codecs.first_decoder(Box::new(SliceSource(inner.bytes())), &options.limits)?;
        let mut reader = self.reader(source, options)?;
        let mut filled = 0;
        while filled < payload.len() {
            match reader.pull(&mut payload[filled..])? {
                0 => break,
                n => filled += n,
            }
        }
        // One byte more than fits must fail, and the end be checked.
        let is_over = reader.nbytes().is_some_and(|nbytes| nbytes > filled) || reader.pull(&mut [0])? > 0;
        let actual = payload.len();
        match reader.layout()? {
            Some(layout) if !is_over && filled == actual => Ok(layout),
            layout => {
                let expected = layout.map_or(filled.saturating_add(1), |layout| layout.nbytes());
                Err(ArrayError::BufferLength { expected, actual }.into())
            }
        }
    }

    /// Decodes into `buffer`, which is empty, and answers where in it the payload lies.
    pub(super) fn decode_to(
        &self,
        encoded: &[u8],
        options: &DecodeOptions,
        buffer: &mut Buffer,
    ) -> Result<(Layout, Range<usize>), Error> {
        let stages = &*self.stages;
        let limits = &options.limits;
        let inner = stages.codecs.decode_outer(encoded, limits)?;
        let format = match &stages.head {
            Head::Format(format) => &**format,
            Head::Container(container) => {
                let Contained { header, bytes } = self.contained(&inner, limits)?;
                let nbytes = header.layout.nbytes();
                buffer.set_len(nbytes);
                let decoded = container.decode(bytes.bytes(), options, buffer);
                decoded.map_err(|error| self.lift(Direction::Decode, error))?;
                return Ok((header.layout, 0..nbytes));
            }
        };
        if stages.codecs.is_empty() {
            return self.unwrap(format, inner.bytes(), limits, buffer);
        }
        let mut header = None;
        let mut watch = |prefix: &[u8]| watch(format, prefix, limits, &mut header);
        if !stages.filters.is_empty() {
            let mut bytes = stages.codecs.scratch();
            let mut out = Output::to_buffer(&mut bytes).limited(limits.max_bytes).watched(&mut watch);
            stages.codecs.decode_first(inner.bytes(), limits, &mut out)?;
            out.finish();
            return self.unwrap(format, &bytes, limits, buffer);
        }
        let mut out = Output::to_buffer(buffer).limited(limits.max_bytes).watched(&mut watch);
        stages.codecs.decode_first(inner.bytes(), limits, &mut out)?;
        let total = out.finish();
        let header = match header {
            Some(header) => header,
            None => self.read_header(format, buffer, limits)?,
        };
        let layout = header.layout(total).map_err(|error| self.lift(Direction::Decode, error.in_stage(0)))?;
        if let Some(filters) = self.filters_of(&header)? {
            let bytes = std::mem::take(buffer);
            let payload = &bytes[header.head_len()..][..layout.nbytes()];
            let nbytes = layout.nbytes();
            buffer.set_len(nbytes);
            filters.decode(layout.dtype(), payload, buffer, &stages.codecs)?;
            return Ok((layout, 0..nbytes));
        }
        let mut payload = header.head_len()..header.head_len() + layout.nbytes();
        if payload.start % ALIGNMENT != 0 {
            // Headers of numpy before 1.14 end at multiples of 16 bytes only.
            buffer.copy_within(payload.clone(), 0);
            payload = 0..layout.nbytes();
        }
        Ok((layout, payload))
    }

    /// Decodes the first codec, if there is one, and reads the container's header, which must be within the limits.
    fn contained<'e>(
        &'e self,
        inner: &'e Encoded<'e>,
        limits: &DecodeLimits,
    ) -> Result<Contained<'e>, Error> {
        let bytes = self.first_codec(inner, limits)?;
        let header = self.container_header(bytes.bytes(), limits)?;
        Ok(Contained { header, bytes })
    }

    /// A container's bytes: what the first codec holds.
    pub(super) fn first_codec<'e>(
        &'e self,
        inner: &'e Encoded<'e>,
        limits: &DecodeLimits,
    ) -> Result<Encoded<'e>, Error> {
        let codecs = &self.stages.codecs;
        let bytes = if codecs.is_empty() {
            Encoded::Borrowed(inner.bytes())
        } else {
            // A container of incompressible data is larger than its array.
            let limits = limits.with_max_bytes(intermediate_limit(limits.max_bytes));
            let mut bytes = codecs.scratch();
            let mut out = Output::to_buffer(&mut bytes).limited(limits.max_bytes);
            codecs.decode_first(inner.bytes(), &limits, &mut out)?;
            out.finish();
            Encoded::Scratch(bytes)
        };
        Ok(bytes)
    }

    /// The header of a container, which must announce no more than the limits allow.
    fn container_header(&self, bytes: &[u8], limits: &DecodeLimits) -> Result<ContainerHeader, Error> {
        let fail = |error: CodecError| self.lift(Direction::Decode, error.in_stage(0));
        let Head::Container(container) = &self.stages.head else {
            return Err(fail(CodecError::unsupported("the stage is no container")));
        };
        let header = container.read_header(bytes, limits).map_err(|error| fail(error.at_end()))?;
        self.check_announced(header.layout.nbytes(), limits)?;
        if header.layout.nbytes() > UNCHECKED {
            container.check_claims(bytes, limits).map_err(fail)?;
        }
        Ok(header)
    }

    /// What a header announces must be within the limit before room is made for it.
    pub(super) fn check_announced(&self, nbytes: usize, limits: &DecodeLimits) -> Result<(), Error> {
        let max = limits.max_bytes;
        if nbytes > max {
            let message = format!("the header announces {nbytes} bytes, more than the limit of {max}");
            let error = CodecError::new(ErrorKind::Limit, message).in_stage(0);
            return Err(self.lift(Direction::Decode, error));
        }
        Ok(())
    }

    /// Takes the payload out of the format's bytes, through the filters if there are any, into `buffer`.
    fn unwrap(
        &self,
        format: &dyn ArrayFormat,
        bytes: &[u8],
        limits: &DecodeLimits,
        buffer: &mut Buffer,
    ) -> Result<(Layout, Range<usize>), Error> {
        let Framed { header, layout, payload } = self.framed(format, bytes, limits)?;
        let Stages { filters: own, codecs, .. } = &*self.stages;
        let nbytes = layout.nbytes();
        match self.filters_of(&header)? {
            None if own.is_empty() => {
                buffer.clear();
                buffer.extend_from_slice(payload);
            }
            listed => {
                buffer.set_len(nbytes);
                listed.as_ref().unwrap_or(own).decode(layout.dtype(), payload, buffer, codecs)?;
            }
        }
        Ok((layout, 0..nbytes))
    }

    /// Header, layout and payload of a format's bytes, which must be all of them and within the limits.
    fn framed<'e>(
        &self,
        format: &dyn ArrayFormat,
        bytes: &'e [u8],
        limits: &DecodeLimits,
    ) -> Result<Framed<'e>, Error> {
        let fail = |error: CodecError| self.lift(Direction::Decode, error.in_stage(0));
        let header = self.read_header(format, bytes, limits)?;
        let layout = header.layout(bytes.len()).map_err(fail)?;
        if bytes.len() > limits.max_bytes {
            let (len, max) = (bytes.len(), limits.max_bytes);
            let message = format!("the array has {len} bytes with its header, more than the limit of {max}");
            return Err(fail(CodecError::new(ErrorKind::Limit, message)));
        }
        let payload = &bytes[header.head_len()..][..layout.nbytes()];
        Ok(Framed { header, layout, payload })
    }

    /// The array as it lies in `encoded`, where nothing encodes or filters it; `None` where something does.
    pub(super) fn borrowed<'e>(
        &self,
        encoded: &'e [u8],
        limits: &DecodeLimits,
    ) -> Result<Option<ArrayView<'e>>, Error> {
        let Stages { head, filters, codecs, .. } = &*self.stages;
        let Head::Format(format) = head else { return Ok(None) };
        if !codecs.is_empty() || !filters.is_empty() {
            return Ok(None);
        }
        let Framed { header, layout, payload } = self.framed(&**format, encoded, limits)?;
        Ok(match self.filters_of(&header)? {
            None => Some(ArrayView::new(layout, payload)?),
            Some(_) => None,
        })
    }

    fn read_header(
        &self,
        format: &dyn ArrayFormat,
        bytes: &[u8],
        limits: &DecodeLimits,
    ) -> Result<Header, Error> {
        let found = format.read_header(bytes, limits);
        found.map_err(|error| self.lift(Direction::Decode, error.at_end().in_stage(0)))
    }

    /// The filters that the header names, where the chain does not name the same ones itself.
    pub(super) fn filters_of(&self, header: &Header) -> Result<Option<FilterRun>, Error> {
        let Filters::Listed(listed) = header.filters() else { return Ok(None) };
        if listed.is_empty() && self.stages.filters.is_empty() {
            return Ok(None);
        }
        let own = self.stages.filters.text().unwrap_or_default();
        if *listed == own {
            return Ok(None);
        }
        let fail = |error: CodecError| self.lift(Direction::Decode, error.in_stage(0));
        if !own.is_empty() {
            let says =
                if listed.is_empty() { "names no filters".to_owned() } else { format!("names `{listed}`") };
            let message = format!("the chain filters with `{own}`, but the header {says}");
            return Err(fail(CodecError::corrupt(message)));
        }
        FilterRun::parse(listed).map(Some).map_err(|error| {
            let message = format!("the header names the filters `{listed}`, which cannot be used");
            fail(CodecError::unsupported(message).with_source(error))
        })
    }
}

/// A container may claim so many bytes before a look at more than its header.
const UNCHECKED: usize = 16 << 20;

/// The bytes of a format, and what their header says.
struct Framed<'e> {
    header: Header,
    layout: Layout,
    payload: &'e [u8],
}

/// The bytes of a container, and what their header says.
struct Contained<'e> {
    header: ContainerHeader,
    bytes: Encoded<'e>,
}

/// Tells an output how long the whole will be, as soon as the header is there.
fn watch(
    format: &dyn ArrayFormat,
    prefix: &[u8],
    limits: &DecodeLimits,
    header: &mut Option<Header>,
) -> Result<Option<usize>, CodecError> {
    match format.read_header(prefix, limits) {
        Ok(found) => {
            let total = found.total_len().map_err(|error| error.in_stage(0))?;
            *header = Some(found);
            Ok(total)
        }
        Err(HeaderError::Incomplete { .. }) => Ok(None),
        Err(HeaderError::Invalid(error)) => Err(error.in_stage(0)),
    }
}
