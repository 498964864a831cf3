//! [`Chain`]: a format, filters and codecs, for arrays.

use std::fmt;
use std::io::{Read, Write};
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use super::codecs::{Codecs, Encoded, lift};
use super::stream::{ArrayReader, ArrayWriter, ByteWriter, Prefixed};
use super::{DecodeOptions, EncodeOptions};
use crate::buffer::ALIGNMENT;
use crate::error::{ArrayError, CodecError, Error, ErrorKind};
use crate::format::{Filters, Header, HeaderError};
use crate::lang::{self, Built, ChainError, StageSpec};
use crate::stream::{BoxSink, BoxSource, BufferedSink, BufferedSource, ReaderSource, SliceSource, Source, WriterSink};
use crate::{
    Array, ArrayFilter, ArrayFormat, ArrayView, Buffer, DType, DecodeLimits, Direction, Layout, Output,
};

/// A checked chain, such as `npy|zstd|base64`. Cheap to clone; one value serves many threads, and keeps its
/// compression contexts and scratch memory between calls.
#[derive(Debug, Clone)]
pub struct Chain {
    stages: Arc<Stages>,
}

#[derive(Debug)]
struct Stages {
    format: (StageSpec, Box<dyn ArrayFormat>),
    filters: FilterRun,
    codecs: Codecs,
}

/// Filters in the order of encoding.
#[derive(Debug, Default)]
struct FilterRun(Vec<(StageSpec, Box<dyn ArrayFilter>)>);

impl Chain {
    /// Parses, checks and builds a chain.
    ///
    /// # Errors
    /// What is wrong in the text, and where.
    pub fn parse(text: &str) -> Result<Self, ChainError> {
        let specs = lang::parse_stages(text)?;
        lang::check_chain(text, &specs)?;
        Self::build(text, specs)
    }

    fn build(text: &str, specs: Vec<StageSpec>) -> Result<Self, ChainError> {
        let mut format = None;
        let mut filters = FilterRun::default();
        let mut codecs = Vec::new();
        for spec in specs {
            match spec.build(text)? {
                Built::Format(built) => format = Some((spec, built)),
                Built::Filter(built) => filters.0.push((spec, built)),
                Built::Codec(built) => codecs.push((spec, built)),
            }
        }
        let format = format.expect("the order was checked: a chain begins with its format");
        let codecs = Codecs::new(1 + filters.0.len(), codecs);
        Ok(Self { stages: Arc::new(Stages { format, filters, codecs }) })
    }

    /// The stages, in the order of encoding.
    pub fn stages(&self) -> impl Iterator<Item = &StageSpec> {
        let filters = self.stages.filters.0.iter().map(|(spec, _)| spec);
        std::iter::once(&self.stages.format.0).chain(filters).chain(self.stages.codecs.specs())
    }

    /// Whether what it encodes is ASCII text.
    pub fn is_text(&self) -> bool {
        self.stages().last().is_some_and(|stage| stage.descriptor().is_text())
    }

    /// This chain with every parameter filled in that was inferred from an array of this layout: what a reader
    /// needs who has only the encoded form.
    ///
    /// # Errors
    /// Where the chain cannot encode such an array.
    pub fn resolve(&self, layout: &Layout) -> Result<Self, Error> {
        let (spec, format) = &self.stages.format;
        format.frame(layout, self.stages.filters.text().as_deref())?;
        self.stages.filters.check(layout.dtype())?;
        let mut params = spec.params().clone();
        format.resolve(layout, &mut params);
        let mut specs: Vec<StageSpec> = self.stages().cloned().collect();
        specs[0] = spec.with_params(params);
        Ok(Self::build(&self.to_string(), specs)?)
    }

    /// The most bytes that an array of this layout may become, if every codec has a bound.
    ///
    /// # Errors
    /// Where the chain cannot encode such an array.
    pub fn max_encoded_len(&self, layout: &Layout) -> Result<Option<usize>, Error> {
        let frame = self.stages.format.1.frame(layout, self.stages.filters.text().as_deref())?;
        let len = frame.head.len().saturating_add(layout.nbytes()).saturating_add(frame.tail.len());
        Ok(self.stages.codecs.max_encoded_len(len))
    }

    /// The encoded form of `array`.
    ///
    /// # Errors
    /// Where the chain cannot encode this array.
    pub fn encode(&self, array: &ArrayView<'_>) -> Result<Vec<u8>, Error> {
        let mut encoded = Vec::new();
        self.encode_into(array, &mut encoded)?;
        super::give_back_slack(&mut encoded);
        Ok(encoded)
    }

    /// The encoded form of `array` as text.
    ///
    /// # Errors
    /// As [`encode`](Self::encode), and where the chain does not end in text.
    pub fn encode_text(&self, array: &ArrayView<'_>) -> Result<String, Error> {
        let bytes = self.encode(array)?;
        String::from_utf8(bytes).map_err(|_| self.not_text())
    }

    /// Appends the encoded form of `array` to a `Vec<u8>` or [`Buffer`], or writes it to the beginning of a
    /// slice, and answers its length. On an error a `Vec` or `Buffer` is as it was.
    ///
    /// # Errors
    /// Where the chain cannot encode this array, or the slice is too small.
    pub fn encode_into<'o>(&self, array: &ArrayView<'_>, out: impl Into<Output<'o>>) -> Result<usize, Error> {
        self.encode_into_with(array, out, &EncodeOptions::new())
    }

    /// [`encode_into`](Self::encode_into) with options.
    ///
    /// # Errors
    /// As [`encode_into`](Self::encode_into).
    pub fn encode_into_with<'o>(
        &self,
        array: &ArrayView<'_>,
        out: impl Into<Output<'o>>,
        _: &EncodeOptions,
    ) -> Result<usize, Error> {
        let stages = &*self.stages;
        let mut out = out.into();
        let frame = stages.format.1.frame(array.layout(), stages.filters.text().as_deref())?;
        if stages.filters.0.is_empty() {
            stages.codecs.encode(&[&frame.head, array.payload(), &frame.tail], &mut out)?;
        } else {
            let mut filtered = stages.codecs.scratch();
            self.filter(array.dtype(), array.payload(), &mut filtered)?;
            stages.codecs.encode(&[&frame.head, &filtered, &frame.tail], &mut out)?;
        }
        Ok(out.finish())
    }

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
        let is_over = reader.nbytes().map_or(false, |nbytes| nbytes > filled) || reader.pull(&mut [0])? > 0;
        let actual = payload.len();
        match reader.layout()? {
            Some(layout) if !is_over && filled == actual => Ok(layout),
            layout => {
                let expected = layout.map_or(filled.saturating_add(1), |layout| layout.nbytes());
                Err(ArrayError::BufferLength { expected, actual }.into())
            }
        }
    }

    /// A writer that takes the payload of an array of this layout, in bounded memory where the codecs can and
    /// there are no filters.
    ///
    /// # Errors
    /// Where the chain cannot encode such an array, or a stage cannot start.
    pub fn encoder<'s>(&'s self, layout: &Layout, writer: impl Write + 's) -> Result<ArrayWriter<'s>, Error> {
        let stages = &*self.stages;
        let frame = stages.format.1.frame(layout, stages.filters.text().as_deref())?;
        stages.filters.check(layout.dtype())?;
        let len = frame.head.len().saturating_add(layout.nbytes()).saturating_add(frame.tail.len());
        let mut sink = stages.codecs.encoder(Some(len as u64), Box::new(WriterSink(writer)))?;
        sink.write(&frame.head).map_err(|error| self.lift(Direction::Encode, error))?;
        if !stages.filters.0.is_empty() {
            sink = self.filter_sink(layout.dtype().clone(), frame.tail, sink);
            let writer = ByteWriter::new(sink, move |error| self.lift(Direction::Encode, error));
            return Ok(ArrayWriter::new(writer, layout.nbytes(), Vec::new()));
        }
        let writer = ByteWriter::new(sink, move |error| self.lift(Direction::Encode, error));
        Ok(ArrayWriter::new(writer, layout.nbytes(), frame.tail))
    }

    /// A reader of the array whose encoded form is in `reader`: reads the header, and gives the payload.
    ///
    /// # Errors
    /// Where the header is not one of this chain's format, or a limit is passed.
    pub fn decoder<'s>(
        &'s self,
        reader: impl Read + 's,
        limits: &DecodeLimits,
    ) -> Result<ArrayReader<'s>, Error> {
        let source = self.stages.codecs.decoder(Box::new(ReaderSource(reader)), limits)?;
        self.reader(source, limits)
    }

    /// Encodes `array` into `writer` as a stream.
    ///
    /// # Errors
    /// Where the chain cannot encode this array, or the writer fails.
    pub fn encode_to(&self, array: &ArrayView<'_>, writer: impl Write) -> Result<(), Error> {
        let mut encoder = self.encoder(array.layout(), writer)?;
        encoder.push(array.payload())?;
        encoder.finish()
    }

    /// Decodes the array in `reader` as a stream, within the default limits.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and where the reader fails.
    pub fn decode_from(&self, reader: impl Read) -> Result<Array, Error> {
        let limits = DecodeLimits::new();
        let mut decoder = self.decoder(reader, &limits)?;
        let mut buffer = Buffer::new();
        let mut out = Output::to_buffer(&mut buffer).limited(limits.max_bytes);
        if let Some(nbytes) = decoder.nbytes() {
            // Known and checked against the limit: one allocation.
            out.spare(nbytes).map_err(|error| self.lift(Direction::Decode, error))?;
        }
        loop {
            let room = out.spare_step();
            let is_full = room.is_empty();
            let n = if is_full { decoder.pull(&mut [0])? } else { decoder.pull(room)? };
            match n {
                0 => break,
                _ if is_full => return Err(self.lift(Direction::Decode, out.over().in_stage(0))),
                n => out.commit(n).map_err(|error| self.lift(Direction::Decode, error))?,
            }
        }
        out.finish();
        match decoder.layout()? {
            Some(layout) => Ok(Array::new(layout, buffer)?),
            None => Err(self.lift(Direction::Decode, CodecError::truncated("the array").in_stage(0))),
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
        if !stages.filters.0.is_empty() {
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
            self.unfilter(&filters, layout.dtype(), payload, buffer)?;
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
        let found = self.filters_of(&header)?;
        match &found {
            Some(filters) => self.unfilter(filters, layout.dtype(), payload, buffer)?,
            None if !self.stages.filters.0.is_empty() => {
                self.unfilter(&self.stages.filters, layout.dtype(), payload, buffer)?;
            }
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

    fn read_header(&self, bytes: &[u8], limits: &DecodeLimits) -> Result<Header, Error> {
        let found = self.stages.format.1.read_header(bytes, limits);
        found.map_err(|error| self.lift(Direction::Decode, error.at_end().in_stage(0)))
    }

    /// Reads the header from a stream of the format's bytes, and answers what was read with it.
    pub(super) fn header_from(
        &self,
        source: &mut dyn Source,
        limits: &DecodeLimits,
    ) -> Result<(Header, Vec<u8>), Error> {
        let fail = |error: CodecError| self.lift(Direction::Decode, error);
        let mut prefix = Vec::new();
        loop {
            match self.stages.format.1.read_header(&prefix, limits) {
                Ok(header) => return Ok((header, prefix)),
                Err(HeaderError::Invalid(error)) => return Err(fail(error.in_stage(0))),
                Err(HeaderError::Incomplete { needed }) => {
                    let before = prefix.len();
                    // `needed` comes from the data: it is met in steps, each of which must have brought bytes.
                    let step = needed.saturating_sub(before).clamp(1, 64 << 10);
                    prefix.resize(before + step, 0);
                    let n = source.read(&mut prefix[before..]).map_err(fail)?;
                    prefix.truncate(before + n);
                    if n == 0 {
                        let error = HeaderError::Incomplete { needed }.at_end();
                        return Err(fail(error.in_stage(0)));
                    }
                }
            }
        }
    }

    /// Reads an array from a stream of the format's bytes.
    fn reader<'s>(&'s self, mut source: BoxSource<'s>, limits: &DecodeLimits) -> Result<ArrayReader<'s>, Error> {
        let fail = |error: CodecError| self.lift(Direction::Decode, error);
        let (header, prefix) = self.header_from(&mut *source, limits)?;
        let total = header.total_len().map_err(|error| fail(error.in_stage(0)))?;
        if let Some(total) = total.filter(|total| *total > limits.max_bytes) {
            let max = limits.max_bytes;
            let message = format!("the header announces {total} bytes, more than the limit of {max}");
            return Err(fail(CodecError::new(ErrorKind::Limit, message).in_stage(0)));
        }
        let nbytes = total.map(|total| total - header.head_len - header.tail_len);
        let given = header.head_len;
        let mut source: BoxSource<'s> = Box::new(Prefixed { prefix, given, rest: source });
        if let Some(nbytes) = nbytes {
            source = self.filter_source(&header, nbytes, source, limits)?;
        } else if !self.stages.filters.0.is_empty() {
            source = self.filter_source(&header, usize::MAX, source, limits)?;
        }
        Ok(ArrayReader::new(source, header, nbytes, move |error| self.lift(Direction::Decode, error)))
    }

    /// The filters that the header names, where the chain does not name the same ones itself.
    fn filters_of(&self, header: &Header) -> Result<Option<FilterRun>, Error> {
        let Filters::Listed(listed) = &header.filters else { return Ok(None) };
        let own = self.stages.filters.text().unwrap_or_default();
        if *listed == own {
            return Ok(None);
        }
        let fail = |error: CodecError| self.lift(Direction::Decode, error.in_stage(0));
        if !own.is_empty() {
            let says = if listed.is_empty() { "names no filters".to_owned() } else { format!("names `{listed}`") };
            let message = format!("the chain filters with `{own}`, but the header {says}");
            return Err(fail(CodecError::corrupt(message)));
        }
        FilterRun::parse(listed).map(Some).map_err(|error| {
            let message = format!("the header names the filters `{listed}`, which cannot be used");
            fail(CodecError::unsupported(message).with_source(error))
        })
    }

    fn filter(&self, dtype: &DType, payload: &[u8], out: &mut Buffer) -> Result<(), Error> {
        let filters = &self.stages.filters;
        filters.check(dtype)?;
        filters.run(payload, out, &self.stages.codecs, Direction::Encode, |filter, from, to| {
            filter.encode(dtype, from, to)
        })
    }

    fn unfilter(
        &self,
        filters: &FilterRun,
        dtype: &DType,
        payload: &[u8],
        out: &mut Buffer,
    ) -> Result<(), Error> {
        filters.check(dtype)?;
        filters.run(payload, out, &self.stages.codecs, Direction::Decode, |filter, from, to| {
            filter.decode(dtype, from, to)
        })
    }

    /// A sink that collects the payload, filters it, and writes it and the tail to `next`.
    fn filter_sink<'s>(&'s self, dtype: DType, tail: Vec<u8>, next: BoxSink<'s>) -> BoxSink<'s> {
        Box::new(BufferedSink::new(next, move |payload, out| {
            let mut filtered = self.stages.codecs.scratch();
            self.filter(&dtype, payload, &mut filtered).map_err(into_codec_error)?;
            out.push(&filtered)?;
            out.push(&tail)
        }))
    }

    /// A source that takes a filtered payload, and the tail behind it, and gives the payload.
    fn filter_source<'s>(
        &'s self,
        header: &Header,
        nbytes: usize,
        source: BoxSource<'s>,
        limits: &DecodeLimits,
    ) -> Result<BoxSource<'s>, Error> {
        let listed = self.filters_of(header)?;
        if listed.is_none() && self.stages.filters.0.is_empty() {
            return Ok(source);
        }
        let dtype = header.dtype.clone();
        Ok(Box::new(BufferedSource::new(source, *limits, move |bytes: &[u8], out: &mut Output<'_>| {
            // Whatever follows the payload is left for the reader's own check.
            let (payload, after) = bytes.split_at(nbytes.min(bytes.len()));
            let mut plain = self.stages.codecs.scratch();
            let filters = listed.as_ref().unwrap_or(&self.stages.filters);
            self.unfilter(filters, &dtype, payload, &mut plain).map_err(into_codec_error)?;
            out.push(&plain)?;
            out.push(after)
        })))
    }

    pub(super) fn lift(&self, direction: Direction, error: CodecError) -> Error {
        let index = error.stage().unwrap_or(0);
        let name = self.stages().nth(index).map_or("", |stage| stage.descriptor().name());
        lift(index, name, direction, error)
    }

    /// The text of the filters in use: the header's where it names them, else the chain's own.
    pub(super) fn filter_text(&self, header: &Header) -> String {
        match &header.filters {
            Filters::Listed(listed) => listed.clone(),
            Filters::Unknown => self.stages.filters.text().unwrap_or_default(),
        }
    }

    pub(super) fn codecs(&self) -> &Codecs {
        &self.stages.codecs
    }

    fn not_text(&self) -> Error {
        let text = self.to_string();
        let stage = self.stages().last().map_or("", |stage| stage.descriptor().name());
        ArrayError::Unsupported {
            stage: stage.to_owned(),
            reason: format!("`{text}` does not end in text; put `base64` at its end"),
        }
        .into()
    }
}

impl FilterRun {
    fn parse(text: &str) -> Result<Self, ChainError> {
        let specs = lang::parse_filters(text)?;
        let mut filters = Vec::with_capacity(specs.len());
        for spec in specs {
            if let Built::Filter(filter) = spec.build(text)? {
                filters.push((spec, filter));
            }
        }
        Ok(Self(filters))
    }

    /// The text of the filters, for the header; `None` if there are none.
    fn text(&self) -> Option<String> {
        let texts: Vec<String> = self.0.iter().map(|(spec, _)| spec.to_string()).collect();
        (!texts.is_empty()).then(|| texts.join("|"))
    }

    fn check(&self, dtype: &DType) -> Result<(), ArrayError> {
        self.0.iter().try_for_each(|(_, filter)| filter.check(dtype))
    }

    /// Runs all filters, in the order of the direction, from `payload` to `out`, which is empty.
    fn run(
        &self,
        payload: &[u8],
        out: &mut Buffer,
        codecs: &Codecs,
        direction: Direction,
        step: impl Fn(&dyn ArrayFilter, &[u8], &mut [u8]) -> Result<(), CodecError>,
    ) -> Result<(), Error> {
        out.set_len(payload.len());
        let count = self.0.len();
        let mut current = Encoded::Borrowed(payload);
        for turn in 0..count {
            let at = match direction {
                Direction::Encode => turn,
                Direction::Decode => count - 1 - turn,
            };
            let (spec, filter) = &self.0[at];
            let fail = |error| lift(1 + at, spec.descriptor().name(), direction, error);
            if turn + 1 == count {
                step(&**filter, current.bytes(), out).map_err(fail)?;
            } else {
                let mut next = codecs.scratch();
                next.set_len(payload.len());
                step(&**filter, current.bytes(), &mut next).map_err(fail)?;
                current = Encoded::Scratch(next);
            }
        }
        Ok(())
    }
}

/// A failure inside a stream's stage, which has the codec's error type.
fn into_codec_error(error: Error) -> CodecError {
    match error {
        Error::Stage(error) => error.into_codec_error(),
        other => CodecError::new(ErrorKind::Input, "the array does not fit its filters").with_source(other),
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::print_stages(self.stages(), f)
    }
}

impl PartialEq for Chain {
    fn eq(&self, other: &Self) -> bool {
        self.stages().eq(other.stages())
    }
}

impl FromStr for Chain {
    type Err = ChainError;

    fn from_str(text: &str) -> Result<Self, ChainError> {
        Self::parse(text)
    }
}
