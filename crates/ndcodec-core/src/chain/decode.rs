//! Decoding in memory: the last codec writes into the result, and the array is a view of it.

use std::ops::Range;

use super::array::Stages;
use super::filters::FilterRun;
use super::{Chain, DecodeOptions};
use crate::buffer::ALIGNMENT;
use crate::error::{ArrayError, CodecError, Error, ErrorKind};
use crate::format::{Filters, Header, HeaderError};
use crate::stream::SliceSource;
use crate::{Array, ArrayView, Buffer, DecodeLimits, Direction, Layout, Output};

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
        let source = codecs.first_decoder(Box::new(SliceSource(inner.bytes())), &options.limits)?;
        let mut reader = self.reader(source, &options.limits)?;
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
    fn decode_to(
        &self,
        encoded: &[u8],
        options: &DecodeOptions,
        buffer: &mut Buffer,
    ) -> Result<(Layout, Range<usize>), Error> {
        let stages = &*self.stages;
        let limits = &options.limits;
        let inner = stages.codecs.decode_outer(encoded, limits)?;
        if stages.codecs.is_empty() {
            return self.unwrap(inner.bytes(), limits, buffer);
        }
        let mut header = None;
        let mut watch = |prefix: &[u8]| self.watch(prefix, limits, &mut header);
        if !stages.filters.is_empty() {
            let mut bytes = stages.codecs.scratch();
            let mut out = Output::to_buffer(&mut bytes)
                .limited(limits.max_bytes)
                .watched(&mut watch)
                .map_err(|error| self.lift(Direction::Decode, error))?;
            stages.codecs.decode_first(inner.bytes(), limits, &mut out)?;
            out.finish();
            return self.unwrap(&bytes, limits, buffer);
        }
        let mut out = Output::to_buffer(buffer)
            .limited(limits.max_bytes)
            .watched(&mut watch)
            .map_err(|error| self.lift(Direction::Decode, error))?;
        stages.codecs.decode_first(inner.bytes(), limits, &mut out)?;
        let total = out.finish();
        let header = match header {
            Some(header) => header,
            None => self.read_header(buffer, limits)?,
        };
        let layout = header.layout(total).map_err(|error| self.lift(Direction::Decode, error.in_stage(0)))?;
        if let Some(filters) = self.filters_of(&header)? {
            let bytes = std::mem::take(buffer);
            let payload = &bytes[header.head_len..][..layout.nbytes()];
            filters.decode(layout.dtype(), payload, buffer, &stages.codecs)?;
            let nbytes = layout.nbytes();
            return Ok((layout, 0..nbytes));
        }
        let mut payload = header.head_len..header.head_len + layout.nbytes();
        if payload.start % ALIGNMENT != 0 {
            // Headers of numpy before 1.14 end at multiples of 16 bytes only.
            buffer.copy_within(payload.clone(), 0);
            payload = 0..layout.nbytes();
        }
        Ok((layout, payload))
    }

    /// Takes the payload out of the format's bytes, through the filters if there are any, into `buffer`.
    fn unwrap(
        &self,
        bytes: &[u8],
        limits: &DecodeLimits,
        buffer: &mut Buffer,
    ) -> Result<(Layout, Range<usize>), Error> {
        let fail = |error: CodecError| self.lift(Direction::Decode, error.in_stage(0));
        let header = self.read_header(bytes, limits)?;
        let layout = header.layout(bytes.len()).map_err(fail)?;
        if bytes.len() > limits.max_bytes {
            let (len, max) = (bytes.len(), limits.max_bytes);
            let message = format!("the array has {len} bytes with its header, more than the limit of {max}");
            return Err(fail(CodecError::new(ErrorKind::Limit, message)));
        }
        let payload = &bytes[header.head_len..][..layout.nbytes()];
        let Stages { filters: own, codecs, .. } = &*self.stages;
        match self.filters_of(&header)? {
            Some(listed) => listed.decode(layout.dtype(), payload, buffer, codecs)?,
            None if !own.is_empty() => own.decode(layout.dtype(), payload, buffer, codecs)?,
            None => buffer.extend_from_slice(payload),
        }
        let nbytes = layout.nbytes();
        Ok((layout, 0..nbytes))
    }

    /// Tells an output how long the whole will be, as soon as the header is there.
    fn watch(
        &self,
        prefix: &[u8],
        limits: &DecodeLimits,
        header: &mut Option<Header>,
    ) -> Result<Option<usize>, CodecError> {
        match self.stages.format.1.read_header(prefix, limits) {
            Ok(found) => {
                let total = found.total_len().map_err(|error| error.in_stage(0))?;
                *header = Some(found);
                Ok(total)
            }
            Err(HeaderError::Incomplete { .. }) => Ok(None),
            Err(HeaderError::Invalid(error)) => Err(error.in_stage(0)),
        }
    }

    pub(super) fn read_header(&self, bytes: &[u8], limits: &DecodeLimits) -> Result<Header, Error> {
        let found = self.stages.format.1.read_header(bytes, limits);
        found.map_err(|error| self.lift(Direction::Decode, error.at_end().in_stage(0)))
    }

    /// The filters that the header names, where the chain does not name the same ones itself.
    pub(super) fn filters_of(&self, header: &Header) -> Result<Option<FilterRun>, Error> {
        let Filters::Listed(listed) = &header.filters else { return Ok(None) };
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
