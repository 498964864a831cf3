//! Decoding in memory: the last codec writes into the result, and the array is a view of it.

mod found;

use std::ops::Range;
use std::sync::Arc;

pub(super) use self::found::Found;
use self::found::aligned;
use super::bound::BoundRun;
use super::run::{Run, ToDecode};
use super::stream::check_on;
use super::{Chain, DecodeOptions};
use crate::error::{ArrayError, CodecError, Error, ErrorKind, Limit};
use crate::lang;
use crate::stage::stream::{SliceSource, intermediate_limit};
use crate::stage::{Seen, Watch};
use crate::{
    Array, ArrayView, Buffer, DecodeLimits, Direction, Filters, Header, Layout, LenClaim, Output, diagnosis,
};

impl Chain {
    /// The array that `encoded` holds, within the default limits.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let y = chain.decode(encoded)?;
    /// println!("{} of shape {:?}", y.dtype(), y.shape());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If `encoded` is not exactly what this chain writes, of kind [`Truncated`](crate::ErrorKind::Truncated),
    /// [`Trailing`](crate::ErrorKind::Trailing), [`Corrupt`](crate::ErrorKind::Corrupt),
    /// [`Checksum`](crate::ErrorKind::Checksum), [`Refused`](crate::ErrorKind::Refused) or
    /// [`Unsupported`](crate::ErrorKind::Unsupported); if a limit is passed, of kind
    /// [`Limit`](crate::ErrorKind::Limit); and of kind [`NoMemory`](crate::ErrorKind::NoMemory).
    pub fn decode(&self, encoded: &[u8]) -> Result<Array, Error> {
        self.decode_with(encoded, DecodeOptions::DEFAULT)
    }

    /// [`decode`](Self::decode) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = DecodeOptions::new().with_max_bytes(64 << 20);
    /// match chain.decode_with(encoded, &options) {
    ///     Ok(y) => println!("{} bytes", y.payload().len()),
    ///     Err(error) if error.kind() == ErrorKind::Limit => eprintln!("too large: {error}"),
    ///     Err(error) => return Err(error.into()),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_with(&self, encoded: &[u8], options: &DecodeOptions) -> Result<Array, Error> {
        let mut buffer = Buffer::new();
        let (layout, payload) = self.decode_to(encoded, options, &mut buffer)?;
        Ok(Array::from_part(layout, buffer, payload))
    }

    /// Decodes into a buffer of the caller's, whose content is replaced, and returns a view of the array in it; on an error
    /// the buffer is empty. Nothing is allocated once the buffer is large enough.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut buffer = Buffer::new();
    /// for message in [encoded, encoded] {
    ///     let y = chain.decode_into(message, &mut buffer)?;
    ///     println!("{:?}", y.shape());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_into<'b>(&self, encoded: &[u8], buffer: &'b mut Buffer) -> Result<ArrayView<'b>, Error> {
        self.decode_into_with(encoded, buffer, DecodeOptions::DEFAULT)
    }

    /// [`decode_into`](Self::decode_into) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = DecodeOptions::new().with_max_bytes(64 << 20);
    /// let mut buffer = Buffer::new();
    /// let y = chain.decode_into_with(encoded, &mut buffer, &options)?;
    /// # Ok(())
    /// # }
    /// ```
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
        match self.decode_to(encoded, options, buffer) {
            Ok((layout, payload)) => Ok(ArrayView::new(layout, &buffer[payload])?),
            Err(error) => {
                buffer.clear();
                Err(error)
            }
        }
    }

    /// Decodes the elements into `payload`, which must have exactly their length in bytes, and returns the
    /// layout. On an error the content of `payload` is unspecified.
    ///
    /// Up to 16 MiB, nothing is allocated once the chain's scratch memory is large enough. Longer payloads are decoded as a
    /// stream, which takes a few small allocations and no memory of the payload's size, unless there are filters.
    ///
    /// The length of `payload`, with an eighth and a MiB to spare, is the limit for what is decoded on the way too;
    /// [`decode_into_slice_with`](Self::decode_into_slice_with) takes another.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// // The payload of 1000 float64.
    /// let mut payload = vec![0; 8000];
    /// let layout = chain.decode_into_slice(encoded, &mut payload)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and if `payload` has another length.
    pub fn decode_into_slice(&self, encoded: &[u8], payload: &mut [u8]) -> Result<Layout, Error> {
        let limits = DecodeLimits::of_memory(payload.len());
        self.decode_into_slice_with(encoded, payload, &limits.into())
    }

    /// [`decode_into_slice`](Self::decode_into_slice) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = DecodeOptions::new().with_max_bytes(64 << 20);
    /// let mut payload = vec![0; 8000];
    /// let layout = chain.decode_into_slice_with(encoded, &mut payload, &options)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`decode_into_slice`](Self::decode_into_slice).
    pub fn decode_into_slice_with(
        &self,
        encoded: &[u8],
        payload: &mut [u8],
        options: &DecodeOptions,
    ) -> Result<Layout, Error> {
        let run = &self.stages.run;
        let mut scratch;
        let inner = run.decode_outer(encoded, &options.limits).map_err(|error| self.undecoded(error))?;
        if payload.len() > LARGE && run.has_codecs() && !run.has_filters() && !self.is_container() {
            return self.stream_into_slice(inner.bytes(), payload, options);
        }
        let (header, bytes) = if run.has_codecs() {
            scratch = run.scratch();
            let header = self.decode_format_bytes(inner.to_decode(), options, &mut scratch)?;
            (header, &**scratch)
        } else {
            (self.header_of(inner.bytes(), &options.limits)?, inner.bytes())
        };
        let found = self.find(&header, bytes.len(), &options.limits)?;
        let (expected, actual) = (found.layout.nbytes(), payload.len());
        if expected != actual {
            return Err(ArrayError::BufferLength { expected, actual }.into());
        }
        let mut out = Output::to_slice(payload).with_limits(&options.limits);
        self.write_payload(&header, &found, bytes, options, &mut out)?;
        out.finish();
        Ok(found.layout)
    }

    /// Decodes the first codec as a stream, whose payload goes to its place at once.
    fn stream_into_slice(
        &self,
        encoded: &[u8],
        payload: &mut [u8],
        options: &DecodeOptions,
    ) -> Result<Layout, Error> {
        let limits = &options.limits;
        let source = self.stages.run.first_decoder(Box::new(SliceSource::new(encoded)), limits);
        let source = source.map_err(|error| self.undecoded(error))?;
        let (header, source) = self.header_from(source, options)?;
        let mut stream = self.payload_stream(&header, source, options)?;
        let mut filled = 0;
        let mut pull = |room: &mut [u8]| stream.pull(room).map_err(|error| self.undecoded(error));
        while filled < payload.len() {
            match pull(&mut payload[filled..])? {
                0 => break,
                n => filled += n,
            }
        }
        let nbytes = header.known_layout().map(Layout::nbytes);
        // One byte more than fits must fail, and the end be checked.
        let is_over = nbytes.is_some_and(|nbytes| nbytes > filled) || pull(&mut [0])? > 0;
        let layout = stream.layout().map_err(|error| self.not_the_format(error))?;
        let actual = payload.len();
        match layout {
            Some(layout) if !is_over && filled == actual => Ok(layout),
            layout => {
                let expected = layout.map_or(filled.saturating_add(1), |layout| layout.nbytes());
                Err(ArrayError::BufferLength { expected, actual }.into())
            }
        }
    }

    /// Decodes into `buffer`, which is empty, and returns where in it the payload lies.
    pub(super) fn decode_to(
        &self,
        encoded: &[u8],
        options: &DecodeOptions,
        buffer: &mut Buffer,
    ) -> Result<(Layout, Range<usize>), Error> {
        let run = &self.stages.run;
        let limits = &options.limits;
        let inner = run.decode_outer(encoded, limits).map_err(|error| self.undecoded(error))?;
        if !run.has_codecs() {
            let bytes = inner.bytes();
            let header = self.header_of(bytes, limits)?;
            if run.has_filters() || header.body().is_some() || !self.is_unfiltered(&header) {
                return self.payload_of(&header, bytes, options, buffer);
            }
            let failed = |error| self.not_the_format(diagnosis::with_line_ends(error, bytes));
            let layout = header.layout(bytes.len()).map_err(failed)?;
            self.check_announced(bytes.len(), limits)?;
            let payload = &bytes[header.head_len()..][..layout.nbytes()];
            buffer.try_extend_from_slice(payload).map_err(|error| self.not_the_format(error))?;
            let nbytes = layout.nbytes();
            return Ok((layout, 0..nbytes));
        }
        if run.has_filters() || self.is_container() {
            let mut bytes = run.scratch();
            let header = self.decode_format_bytes(inner.to_decode(), options, &mut bytes)?;
            // Its memory serves the filters.
            drop(inner);
            return self.payload_of(&header, &bytes, options, buffer);
        }
        let header = self.decode_format_bytes(inner.to_decode(), options, buffer)?;
        if header.body().is_none() && self.is_unfiltered(&header) {
            // The output was held to the limit while it was written.
            let layout = header.layout(buffer.len()).map_err(|error| self.not_the_format(error))?;
            let payload = aligned(buffer, header.head_len(), layout.nbytes());
            return Ok((layout, payload));
        }
        // Only the header knows of these filters.
        let mut bytes = run.scratch();
        std::mem::swap(&mut *bytes, buffer);
        self.payload_of(&header, &bytes, options, buffer)
    }

    /// Decodes the first codec: all bytes of the format into `buffer`, which is empty. As soon as the header is there, the
    /// end is known, and neither room nor time is spent on more.
    pub(super) fn decode_format_bytes(
        &self,
        encoded: ToDecode<'_>,
        options: &DecodeOptions,
        buffer: &mut Buffer,
    ) -> Result<Header, Error> {
        let limits = &options.limits;
        let claim = self.stages.run.first_claim(encoded.bytes);
        if let Some(header) = self.decode_short(claim, encoded, limits, buffer) {
            return Ok(header);
        }
        let place = self.format_place();
        let (mut reader, mut header) = (self.header_reader(limits), None);
        let mut watch = |prefix: &[u8]| {
            let Some(found) = reader.offer(prefix).map_err(|error| error.placed(place))? else {
                return Ok(Seen::Little);
            };
            let total = self.expected_len(&found).map_err(|error| error.placed(place))?;
            header = Some(found);
            Ok(total.map_or(Seen::Enough, |total| Seen::Total(total, place)))
        };
        let watch: &mut Watch<'_> = &mut watch;
        let max_bytes = self.format_limit(limits);
        let mut out = Output::to_buffer(buffer).with_limits(&limits.with_max_bytes(max_bytes)).watched(watch);
        let decoded = self.stages.run.decode_first_claimed(claim, encoded, &mut out);
        let failed = match decoded {
            Ok(()) => {
                out.finish();
                None
            }
            Err(error) => {
                drop(out);
                Some(error)
            }
        };
        if let Some(error) = failed {
            let total = header.and_then(|header| self.expected_len(&header).ok().flatten());
            return Err(self.undecoded(self.torn_behind(encoded.bytes, total, limits, error)));
        }
        match header {
            Some(header) => Ok(header),
            // An empty output was never shown.
            None => self.header_of(buffer, limits),
        }
    }

    /// [`decode_format_bytes`](Self::decode_format_bytes) of a short message: all at once, since there is no room and no time
    /// to save. `None` if anything is not as it must be; the buffer is empty then, and the long way finds the error.
    #[inline]
    fn decode_short(
        &self,
        claim: LenClaim,
        encoded: ToDecode<'_>,
        limits: &DecodeLimits,
        buffer: &mut Buffer,
    ) -> Option<Header> {
        let LenClaim::Exact(len) = claim else { return None };
        let len = usize::try_from(len).ok().filter(|len| *len <= SHORT.min(limits.max_bytes))?;
        let mut out = Output::to_buffer(buffer).with_limits(limits);
        self.stages.run.decode_first_claimed(LenClaim::Unknown, encoded, &mut out).ok()?;
        if out.finish() == len
            && let Ok(Some(header)) = self.header_reader(limits).offer(buffer)
            && matches!(self.expected_len(&header), Ok(Some(total)) if total == len)
        {
            return Some(header);
        }
        buffer.clear();
        None
    }

    /// The error of the stage that sees a torn end behind the array, if there is one: it says more than `error`.
    #[cold]
    fn torn_behind(
        &self,
        encoded: &[u8],
        total: Option<usize>,
        limits: &DecodeLimits,
        error: CodecError,
    ) -> CodecError {
        let Some(total) = total.filter(|_| error.kind() == ErrorKind::Trailing) else { return error };
        let torn = || -> Result<(), CodecError> {
            let mut source = self.stages.run.first_decoder(Box::new(SliceSource::new(encoded)), limits)?;
            let mut room = vec![0; 64 << 10];
            let mut left = total;
            while left > 0 {
                let step = left.min(room.len());
                match source.read(&mut room[..step])? {
                    0 => return Ok(()),
                    n => left -= n,
                }
            }
            check_on(&mut *source)
        };
        match torn() {
            Err(torn)
                if matches!(torn.kind(), ErrorKind::Truncated | ErrorKind::Corrupt | ErrorKind::Checksum) =>
            {
                torn
            }
            _ => error,
        }
    }

    /// The most bytes that all of the format may have. A container of incompressible data is larger than its array, as may
    /// be what a filter makes of it.
    pub(super) fn format_limit(&self, limits: &DecodeLimits) -> usize {
        if self.is_container() || self.stages.run.has_filters() {
            intermediate_limit(limits.max_bytes)
        } else {
            limits.max_bytes
        }
    }

    /// The bytes that follow from a header, of the whole format, if they do.
    pub(super) fn expected_len(&self, header: &Header) -> Result<Option<usize>, CodecError> {
        let (Some(layout), None) = (header.known_layout(), header.body()) else { return Ok(None) };
        if !self.stages.run.has_filters() && self.is_unfiltered(header) {
            return header.total_len(layout.nbytes()).map(Some);
        }
        // Filters that do not fit the array are an error that comes later, from where it is worded.
        let Ok(Some(filters)) = self.filters_of(header, layout) else { return Ok(None) };
        filters.output().known_len().map(|len| header.total_len(len)).transpose()
    }

    /// The header at the beginning of all bytes of the format.
    pub(super) fn header_of(&self, bytes: &[u8], limits: &DecodeLimits) -> Result<Header, Error> {
        let mut reader = self.header_reader(limits);
        let found = reader.offer(bytes).and_then(|header| header.ok_or_else(|| reader.at_end(bytes)));
        found.map_err(|error| self.not_the_format(error))
    }

    /// The array of which `bytes` are all of the format.
    pub(super) fn array_of(
        &self,
        header: &Header,
        mut bytes: Buffer,
        options: &DecodeOptions,
    ) -> Result<Array, Error> {
        let found = self.find(header, bytes.len(), &options.limits)?;
        if !found.is_plain(header) {
            let mut payload = Buffer::new();
            let (layout, range) = self.payload_of(header, &bytes, options, &mut payload)?;
            return Ok(Array::from_part(layout, payload, range));
        }
        let range = aligned(&mut bytes, header.head_len(), found.layout.nbytes());
        Ok(Array::from_part(found.layout, bytes, range))
    }

    /// Takes the payload out of all bytes of the format into `buffer`.
    fn payload_of(
        &self,
        header: &Header,
        bytes: &[u8],
        options: &DecodeOptions,
        buffer: &mut Buffer,
    ) -> Result<(Layout, Range<usize>), Error> {
        buffer.clear();
        let found = self.find(header, bytes.len(), &options.limits)?;
        let mut out = Output::to_buffer(buffer).with_limits(&options.limits);
        self.write_payload(header, &found, bytes, options, &mut out)?;
        let nbytes = out.finish();
        Ok((found.layout, 0..nbytes))
    }

    /// What the payload of an array is, all of whose format has `total` bytes: its layout and the filters that rewrote it.
    /// What the header announces is within the limits, and the bytes are neither too few nor too many.
    pub(super) fn find(&self, header: &Header, total: usize, limits: &DecodeLimits) -> Result<Found, Error> {
        let fail = |error: CodecError| self.not_the_format(error);
        if header.body().is_some() {
            let Some(layout) = header.known_layout().cloned() else {
                return Err(fail(CodecError::internal("a container's header leaves a dimension open")));
            };
            self.check_announced(layout.nbytes(), limits)?;
            return Ok(Found { layout, filters: None });
        }
        let has_filters = self.stages.run.has_filters() || !self.is_unfiltered(header);
        let layout = match header.known_layout() {
            Some(layout) if has_filters => layout.clone(),
            _ => {
                self.check_open_shape(header)?;
                header.layout(total).map_err(fail)?
            }
        };
        self.check_announced(header.total_len(layout.nbytes()).map_err(fail)?, limits)?;
        let filters = if has_filters { self.filters_of(header, &layout)? } else { None };
        if let Some(filters) = &filters {
            if let Some(len) = filters.output().known_len() {
                header.check_len(total, len).map_err(fail)?;
            } else if total < header.head_len() + header.tail_len() {
                return Err(fail(CodecError::truncated("the header")));
            }
        }
        Ok(Found { layout, filters })
    }

    /// A shape that is left open is told by the length of the filtered form, if the filters keep the length.
    pub(super) fn check_open_shape(&self, header: &Header) -> Result<(), Error> {
        const SOME: usize = 8;

        if header.known_layout().is_some() || !self.stages.run.has_filters() {
            return Ok(());
        }
        let shape: Vec<usize> = header.shape().dims().iter().map(|dim| dim.unwrap_or(SOME)).collect();
        let probe = Layout::new(header.dtype().clone(), shape, header.order())?;
        let filters = self.filters_of(header, &probe)?;
        if filters.is_none_or(|filters| filters.output().known_len() == Some(probe.nbytes())) {
            return Ok(());
        }
        let (shape, filters) = (header.shape(), self.filter_text(header));
        let message = format!(
            "the filters `{filters}` change the length, which does not tell the `?` of the shape {shape}"
        );
        Err(self.not_the_format(CodecError::new(ErrorKind::Input, message)))
    }

    /// Appends the payload of an array, all of whose format is `bytes`.
    fn write_payload(
        &self,
        header: &Header,
        found: &Found,
        bytes: &[u8],
        options: &DecodeOptions,
        out: &mut Output<'_>,
    ) -> Result<(), Error> {
        let (rest, fail) = (&bytes[header.head_len()..], |error| self.not_the_format(error));
        if let Some(body) = header.body() {
            return body.decode(rest, options, out).map_err(fail);
        }
        let payload = &rest[..rest.len() - header.tail_len()];
        let Some(filters) = &found.filters else { return out.push(payload).map_err(fail) };
        let nbytes = found.layout.nbytes();
        let mut unfilter = || {
            filters.backward(&[payload], out.spare(nbytes)?, self.stages.run.pool())?;
            out.commit(nbytes)
        };
        unfilter().map_err(|error| self.undecoded(error))
    }

    /// What a header announces must be within the limit before room is made for it.
    pub(super) fn check_announced(&self, nbytes: usize, limits: &DecodeLimits) -> Result<(), Error> {
        let max = limits.max_bytes;
        if nbytes > max {
            let message = format!("the header announces {nbytes} bytes, more than the limit of {max}");
            return Err(self.not_the_format(CodecError::over(Limit::Bytes, message)));
        }
        Ok(())
    }

    /// The array as it lies in `encoded`, if nothing encodes or filters it.
    pub(super) fn borrowed<'e>(
        &self,
        encoded: &'e [u8],
        limits: &DecodeLimits,
    ) -> Result<Option<ArrayView<'e>>, Error> {
        let run = &self.stages.run;
        if run.has_codecs() || run.has_filters() || self.is_container() {
            return Ok(None);
        }
        let header = self.header_of(encoded, limits)?;
        let found = self.find(&header, encoded.len(), limits)?;
        if !found.is_plain(&header) {
            return Ok(None);
        }
        let payload = &encoded[header.head_len()..][..found.layout.nbytes()];
        Ok(Some(ArrayView::new(found.layout, payload)?))
    }

    /// Whether a header says that no filter rewrote the payload, or has no place to say so.
    pub(super) fn is_unfiltered(&self, header: &Header) -> bool {
        match header.filters() {
            Filters::Listed(listed) => listed.is_empty(),
            Filters::Unknown => true,
        }
    }

    /// The filters that rewrote the payload, bound to its layout: those that the header names, which are the chain's own
    /// if it names any.
    pub(super) fn filters_of(
        &self,
        header: &Header,
        layout: &Layout,
    ) -> Result<Option<Arc<BoundRun>>, Error> {
        let run = &self.stages.run;
        let own = run.filter_text();
        let listed = match header.filters() {
            Filters::Listed(listed) => Some(listed.as_str()),
            Filters::Unknown => own,
        };
        let listed = listed.unwrap_or_default();
        if listed == own.unwrap_or_default() {
            return Ok(if own.is_some() { Some(run.bind(layout)?) } else { None });
        }
        if let Some(own) = own {
            let says =
                if listed.is_empty() { "names no filters".to_owned() } else { format!("names `{listed}`") };
            let message = format!("the chain filters with `{own}`, but the header {says}");
            return Err(self.not_the_format(CodecError::corrupt(message)));
        }
        let tail = lang::parse_filters_from_data(listed, self.registry());
        let listed_run = tail.and_then(|tail| Run::build(Some(self.format_place().name), tail));
        let listed_run = listed_run.map_err(|error| {
            let message =
                format!("the header names the filters `{}`, which cannot be used", listed.escape_debug());
            self.not_the_format(CodecError::unsupported(message).with_source(error))
        })?;
        Ok(Some(listed_run.bind(layout)?))
    }

    /// The error of the format's own data.
    pub(super) fn not_the_format(&self, error: CodecError) -> Error {
        self.undecoded(error.placed(self.format_place()))
    }

    /// The error of a stage that named itself.
    pub(super) fn undecoded(&self, error: CodecError) -> Error {
        let is_of_format = error.place() == Some(self.format_place());
        let is_followed = is_of_format && error.kind() == ErrorKind::Trailing && error.help().is_none();
        let error = if is_followed && self.may_stand_in_row() { error.with_help(ANOTHER) } else { error };
        self.lift(Direction::Decode, error)
    }
}

/// The help where bytes follow an array.
const ANOTHER: &str = "if another array follows, as `np.save` puts several into one file, `decode_all` reads them all \
                       (`decode --all` on the command line)";

/// A payload longer than this is decoded into the caller's memory as a stream.
const LARGE: usize = 16 << 20;

/// A format of at most this many bytes is decoded before its header is looked at.
const SHORT: usize = 16 << 10;
