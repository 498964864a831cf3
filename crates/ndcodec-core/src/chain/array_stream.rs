//! Arrays through `Write` and `Read`, in bounded memory where the codecs can and there are no filters.

use std::io::{Read, Write};

use super::array::{Head, Stages};
use super::stream::{ArrayReader, ArrayWriter, ByteWriter, Prefixed};
use super::{Chain, DecodeOptions, EncodeOptions};
use crate::error::{CodecError, Error, ErrorKind};
use crate::format::{Header, HeaderError};
use crate::stream::{
    BoxSink, BoxSource, BufferedSink, BufferedSource, ReaderSource, Source, WriterSink, intermediate_limit,
};
use crate::{Array, ArrayFormat, ArrayView, Buffer, DType, DecodeLimits, Direction, Layout, Output};

impl Chain {
    /// A writer that takes the payload of an array of this layout, in bounded memory where the codecs can and
    /// there are no filters.
    ///
    /// # Errors
    /// Where the chain cannot encode such an array, or a stage cannot start.
    pub fn encoder<'s>(&'s self, layout: &Layout, writer: impl Write + 's) -> Result<ArrayWriter<'s>, Error> {
        self.encoder_with(layout, writer, &EncodeOptions::new())
    }

    /// [`encoder`](Self::encoder) with options.
    ///
    /// # Errors
    /// As [`encoder`](Self::encoder).
    pub fn encoder_with<'s>(
        &'s self,
        layout: &Layout,
        writer: impl Write + 's,
        options: &EncodeOptions,
    ) -> Result<ArrayWriter<'s>, Error> {
        let Stages { head, filters, codecs, .. } = &*self.stages;
        let writer = Box::new(WriterSink(writer));
        let (sink, tail) = match head {
            Head::Container(container) => {
                container.check(layout)?;
                let sink = codecs.encoder(None, writer)?;
                (
                    container
                        .encoder(layout, options, sink)
                        .map_err(|error| self.lift(Direction::Encode, error))?,
                    Vec::new(),
                )
            }
            Head::Format(format) => {
                let frame = format.frame(layout, filters.text().as_deref())?;
                filters.check(layout.dtype())?;
                let len = frame.head.len().saturating_add(layout.nbytes()).saturating_add(frame.tail.len());
                let mut sink = codecs.encoder(Some(len as u64), writer)?;
                sink.write(&frame.head).map_err(|error| self.lift(Direction::Encode, error))?;
                if filters.is_empty() {
                    (sink, frame.tail)
                } else {
                    (self.filter_sink(layout.dtype().clone(), frame.tail, sink), Vec::new())
                }
            }
        };
        let payload = ByteWriter::new(sink, move |error| self.lift(Direction::Encode, error));
        Ok(ArrayWriter::new(payload, layout.nbytes(), tail))
    }

    /// A reader of the array whose encoded form is in `reader`: reads the header, and gives the payload. Takes
    /// options, or limits alone.
    ///
    /// # Errors
    /// Where the header is not one of this chain's format, or a limit is passed.
    pub fn decoder<'s>(
        &'s self,
        reader: impl Read + 's,
        options: impl Into<DecodeOptions>,
    ) -> Result<ArrayReader<'s>, Error> {
        let options = options.into();
        let limits = match &self.stages.head {
            Head::Format(_) => options.limits,
            // A container of incompressible data is larger than its array.
            Head::Container(_) => options.limits.with_max_bytes(intermediate_limit(options.limits.max_bytes)),
        };
        let source = self.stages.codecs.decoder(Box::new(ReaderSource(reader)), &limits)?;
        self.reader(source, &options)
    }

    /// Decodes the array in `reader` as a stream, within the default limits.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and where the reader fails.
    pub fn decode_from(&self, reader: impl Read) -> Result<Array, Error> {
        let limits = DecodeLimits::new();
        let mut decoder = self.decoder(reader, limits)?;
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

    /// Encodes `array` into `writer` as a stream.
    ///
    /// # Errors
    /// Where the chain cannot encode this array, or the writer fails.
    pub fn encode_to(&self, array: &ArrayView<'_>, writer: impl Write) -> Result<(), Error> {
        let mut encoder = self.encoder(array.layout(), writer)?;
        encoder.push(array.payload())?;
        encoder.finish()
    }

    /// Reads the header from a stream of the format's bytes, and answers what was read with it.
    fn header_from(
        &self,
        format: &dyn ArrayFormat,
        source: &mut dyn Source,
        limits: &DecodeLimits,
    ) -> Result<(Header, Vec<u8>), Error> {
        let fail = |error: CodecError| self.lift(Direction::Decode, error);
        let mut prefix = Vec::new();
        loop {
            match format.read_header(&prefix, limits) {
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

    /// Reads the header from a stream of a container's or format's bytes, and nothing else of it.
    pub(super) fn stream_header(
        &self,
        mut source: BoxSource<'_>,
        limits: &DecodeLimits,
    ) -> Result<(Header, Option<String>), Error> {
        match &self.stages.head {
            Head::Format(format) => Ok((self.header_from(&**format, &mut *source, limits)?.0, None)),
            Head::Container(container) => {
                let options = DecodeOptions::from(*limits);
                let opened = container.decoder(source, &options);
                let (header, _) = opened.map_err(|error| self.lift(Direction::Decode, error))?;
                Ok((header.layout.into(), Some(header.inner)))
            }
        }
    }

    /// Reads an array from a stream of the format's bytes.
    pub(super) fn reader<'s>(
        &'s self,
        mut source: BoxSource<'s>,
        options: &DecodeOptions,
    ) -> Result<ArrayReader<'s>, Error> {
        let fail = |error: CodecError| self.lift(Direction::Decode, error);
        let limits = &options.limits;
        let format = match &self.stages.head {
            Head::Format(format) => &**format,
            Head::Container(container) => {
                let (header, payload) = container.decoder(source, options).map_err(fail)?;
                let nbytes = header.layout.nbytes();
                self.check_announced(nbytes, limits)?;
                let lift = move |error| self.lift(Direction::Decode, error);
                return Ok(ArrayReader::new(payload, header.layout.into(), Some(nbytes), lift));
            }
        };
        let (header, prefix) = self.header_from(format, &mut *source, limits)?;
        let total = header.total_len().map_err(|error| fail(error.in_stage(0)))?;
        self.check_announced(total.unwrap_or(0), limits)?;
        let nbytes = total.map(|total| total - header.head_len() - header.tail_len());
        let given = header.head_len();
        let mut source: BoxSource<'s> = Box::new(Prefixed { prefix, given, rest: source });
        if let Some(nbytes) = nbytes {
            source = self.filter_source(&header, nbytes, source, limits)?;
        } else if !self.stages.filters.is_empty() {
            source = self.filter_source(&header, usize::MAX, source, limits)?;
        }
        Ok(ArrayReader::new(source, header, nbytes, move |error| self.lift(Direction::Decode, error)))
    }

    /// A sink that collects the payload, filters it, and writes it and the tail to `next`.
    fn filter_sink<'s>(&'s self, dtype: DType, tail: Vec<u8>, next: BoxSink<'s>) -> BoxSink<'s> {
        Box::new(BufferedSink::new(next, move |payload, out| {
            let mut filtered = self.stages.codecs.scratch();
            filtered.set_len(payload.len());
            let Stages { filters, codecs, .. } = &*self.stages;
            filters.encode(&dtype, payload, &mut filtered, codecs).map_err(into_codec_error)?;
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
        if listed.is_none() && self.stages.filters.is_empty() {
            return Ok(source);
        }
        let dtype = header.dtype().clone();
        Ok(Box::new(BufferedSource::new(source, *limits, move |bytes: &[u8], out: &mut Output<'_>| {
            // Whatever follows the payload is left for the reader's own check.
            let (payload, after) = bytes.split_at(nbytes.min(bytes.len()));
            let mut plain = self.stages.codecs.scratch();
            plain.set_len(payload.len());
            let filters = listed.as_ref().unwrap_or(&self.stages.filters);
            filters.decode(&dtype, payload, &mut plain, &self.stages.codecs).map_err(into_codec_error)?;
            out.push(&plain)?;
            out.push(after)
        })))
    }
}

/// A failure inside a stream's stage, which has the codec's error type.
fn into_codec_error(error: Error) -> CodecError {
    match error {
        Error::Stage(error) => error.into_codec_error(),
        other => CodecError::new(ErrorKind::Input, "the array does not fit its filters").with_source(other),
    }
}
