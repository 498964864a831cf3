//! [`Opened`]: an encoded array whose header was read, ready to give its payload or any rows of it.

use std::fmt;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use super::bound::BoundRun;
use super::stream::{Payload, into_io};
use super::{Chain, DecodeOptions, EncodedData, Inspection};
use crate::diagnosis;
use crate::error::{ArrayError, CodecError, Error, ErrorKind, IoError, Limit};
use crate::stage::stream::{BoxSource, BufferedSource, Prefixed, ReaderSource, Source};
use crate::{
    Array, ArrayView, Body, Buffer, Choice, DecodeLimits, Header, Layout, OpenBody, Order, Output,
    RandomAccess, Sample, rows_of,
};

/// An encoded array whose header was read. Gives the payload in its order, by [`pull`](Self::pull) or as a [`Read`], and
/// [rows](Self::rows) as often as one likes.
///
/// Header and index are read once. What rows need beside that depends on the chain: a container decodes only the chunks
/// that hold them, and a format whose payload is not encoded, such as plain `npy`, reads only their bytes, also of a
/// Fortran-ordered array. Of any other chain the first call decodes the whole and keeps it.
pub struct Opened<'e> {
    chain: Chain,
    options: DecodeOptions,
    header: Header,
    state: State<'e>,
}

enum State<'e> {
    /// All bytes of the format can be read at any place.
    Anywhere(Anywhere<'e>),
    /// The payload comes as a stream.
    Stream(Payload<'e>),
    /// The whole was decoded.
    Array(Array),
    /// Something failed in the middle of a change.
    Broken,
}

/// All bytes of the format, head and tail included.
struct Anywhere<'e> {
    bytes: Box<dyn RandomAccess + 'e>,
    layout: Layout,
    index: Option<Box<dyn OpenBody>>,
}

impl Chain {
    /// Opens an encoded array: reads its header, from a slice, a file, or a stream.
    ///
    /// Of data that can be read at any place, codecs around the format are decoded at once, into memory. Of a reader,
    /// everything is decoded as it is read, in bounded memory if the codecs can.
    ///
    /// # Errors
    /// If the header is not one of this chain's format, or a limit is passed.
    pub fn open<'e>(&self, data: impl Into<EncodedData<'e>>) -> Result<Opened<'e>, Error> {
        self.open_with(data, DecodeOptions::DEFAULT)
    }

    /// [`open`](Self::open) with options, which hold for all that is read from it.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with<'e>(
        &self,
        data: impl Into<EncodedData<'e>>,
        options: &DecodeOptions,
    ) -> Result<Opened<'e>, Error> {
        self.open_data(data.into(), *options)
    }

    fn open_data<'e>(&self, data: EncodedData<'e>, options: DecodeOptions) -> Result<Opened<'e>, Error> {
        let bytes: Box<dyn RandomAccess + 'e> = match data {
            EncodedData::Reader(reader) => return self.open_stream(Box::new(ReaderSource(reader)), options),
            EncodedData::Slice(bytes) => Box::new(bytes),
            EncodedData::At(data) => data,
        };
        let (header, bytes) = if self.stages.run.has_codecs() {
            let (header, decoded) = self.format_bytes(&*bytes, &options)?;
            (header, Box::new(decoded) as Box<dyn RandomAccess>)
        } else {
            (self.header_at(&*bytes, &options)?, bytes)
        };
        let total = len_of(&*bytes)?;
        let found = self.find(&header, total, &options.limits.with_max_bytes(usize::MAX))?;
        let is_whole = header.body().is_some() || found.is_plain(&header);
        if !is_whole {
            let source = Box::new(PlaceSource { bytes, at: header.head_len() as u64 });
            let payload = self.payload_stream(&header, source, &options)?;
            return Ok(Opened { chain: self.clone(), options, header, state: State::Stream(payload) });
        }
        let open = |body: &Arc<dyn Body>| body.clone().open(&*bytes, &options);
        let index = header.body().map(open).transpose().map_err(|error| self.not_the_format(error))?;
        let state = State::Anywhere(Anywhere { layout: found.layout, index, bytes });
        Ok(Opened { chain: self.clone(), options, header, state })
    }

    /// Opens an encoded array as a stream: see [`open`](Self::open).
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn decoder<'e>(&self, reader: impl Read + Send + 'e) -> Result<Opened<'e>, Error> {
        self.decoder_with(reader, DecodeOptions::DEFAULT)
    }

    /// [`decoder`](Self::decoder) with options.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn decoder_with<'e>(
        &self,
        reader: impl Read + Send + 'e,
        options: &DecodeOptions,
    ) -> Result<Opened<'e>, Error> {
        self.open_with(EncodedData::reader(reader), options)
    }

    /// Decodes the array in `reader` as a stream, within the default limits.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and if the reader fails.
    pub fn decode_from(&self, reader: impl Read + Send) -> Result<Array, Error> {
        self.decode_from_with(reader, DecodeOptions::DEFAULT)
    }

    /// [`decode_from`](Self::decode_from) with options.
    ///
    /// # Errors
    /// As [`decode_from`](Self::decode_from).
    pub fn decode_from_with(
        &self,
        reader: impl Read + Send,
        options: &DecodeOptions,
    ) -> Result<Array, Error> {
        self.decoder_with(reader, options)?.into_array()
    }

    /// The rows `rows` of an array: a range of indices of its first dimension, as an array.
    ///
    /// To read rows again and again, [`open`](Self::open) the array once.
    ///
    /// # Errors
    /// If the array does not have these rows, or what must be read for them is not what this chain writes or cannot be read.
    pub fn decode_rows<'e>(
        &self,
        data: impl Into<EncodedData<'e>>,
        rows: Range<usize>,
    ) -> Result<Array, Error> {
        self.decode_rows_with(data, rows, DecodeOptions::DEFAULT)
    }

    /// [`decode_rows`](Self::decode_rows) with options.
    ///
    /// # Errors
    /// As [`decode_rows`](Self::decode_rows).
    pub fn decode_rows_with<'e>(
        &self,
        data: impl Into<EncodedData<'e>>,
        rows: Range<usize>,
        options: &DecodeOptions,
    ) -> Result<Array, Error> {
        self.open_with(data, options)?.rows(rows)
    }

    /// Opens a stream of encoded data.
    fn open_stream<'e>(&self, source: BoxSource<'e>, options: DecodeOptions) -> Result<Opened<'e>, Error> {
        let limits = options.limits.with_max_bytes(self.format_limit(&options.limits));
        let source = self.stages.run.decoder(source, &limits).map_err(|error| self.undecoded(error))?;
        let (header, source) = self.header_from(source, &options)?;
        let payload = self.payload_stream(&header, source, &options)?;
        Ok(Opened { chain: self.clone(), options, header, state: State::Stream(payload) })
    }

    /// Reads the header of a stream of the format's bytes, and gives back what was read with it.
    pub(super) fn header_from<'e>(
        &self,
        mut source: BoxSource<'e>,
        options: &DecodeOptions,
    ) -> Result<(Header, BoxSource<'e>), Error> {
        let read = self.header_reader(&options.limits).read(|prefix, step| {
            let before = prefix.len();
            prefix.resize(before + step.max(LEAST), 0);
            let n = source.read(&mut prefix[before..])?;
            prefix.truncate(before + n);
            Ok(n > 0)
        });
        let (header, prefix) = read.map_err(|error| self.not_the_format(error))?;
        let given = header.head_len().min(prefix.len());
        Ok((header, Box::new(Prefixed { prefix, given, rest: source })))
    }

    /// The header of a format whose bytes can be read at any place.
    fn header_at(&self, bytes: &dyn RandomAccess, options: &DecodeOptions) -> Result<Header, Error> {
        if let Some(bytes) = bytes.as_slice() {
            return self.header_of(bytes, &options.limits);
        }
        let total = len_of(bytes)?;
        let read = self.header_reader(&options.limits).read(|prefix, step| {
            let before = prefix.len();
            let step = step.min(total - before);
            prefix.resize(before + step, 0);
            bytes.read_at(before as u64, &mut prefix[before..]).map_err(CodecError::io)?;
            Ok(step > 0)
        });
        match read {
            Ok((header, _)) => Ok(header),
            Err(error) => {
                let mut begin = vec![0; total.min(LEAST)];
                let sample = match bytes.read_at(0, &mut begin) {
                    Ok(()) => Sample { bytes: &begin, is_whole: total <= LEAST },
                    Err(_) => Sample { bytes: &[], is_whole: false },
                };
                let stage = self.stages.spec.spec().descriptor();
                Err(self.not_the_format(diagnosis::advised(error, stage, &sample)))
            }
        }
    }

    /// All bytes of the format, decoded into memory, and their header.
    fn format_bytes(
        &self,
        encoded: &dyn RandomAccess,
        options: &DecodeOptions,
    ) -> Result<(Header, Buffer), Error> {
        let read;
        let encoded = match encoded.as_slice() {
            Some(bytes) => bytes,
            None => {
                read = self.read_all(encoded, &options.limits)?;
                &read
            }
        };
        let limits = &options.limits;
        let inner = self.stages.run.decode_outer(encoded, limits).map_err(|error| self.undecoded(error))?;
        let mut buffer = Buffer::new();
        let header = self.decode_format_bytes(inner.bytes(), options, &mut buffer)?;
        Ok((header, buffer))
    }

    /// All of `encoded`, which codecs around the format need: no more than may be held at once.
    fn read_all(&self, encoded: &dyn RandomAccess, limits: &DecodeLimits) -> Result<Buffer, Error> {
        let (len, most) = (len_of(encoded)?, limits.total());
        if len > most {
            let message = format!("the encoded form has {len} bytes, more than the {most} that may be held");
            return Err(self.undecoded(CodecError::over(Limit::Bytes, message)));
        }
        let mut bytes = Buffer::new();
        bytes.try_set_len(len).map_err(|error| self.undecoded(error))?;
        encoded.read_at(0, &mut bytes).map_err(cannot_read)?;
        Ok(bytes)
    }

    /// The payload, from a source of the format's bytes after the head.
    pub(super) fn payload_stream<'e>(
        &self,
        header: &Header,
        source: BoxSource<'e>,
        options: &DecodeOptions,
    ) -> Result<Payload<'e>, Error> {
        let run = &self.stages.run;
        let limits = options.limits;
        let layout = header.known_layout();
        if let (Some(body), Some(layout)) = (header.body(), layout) {
            self.check_announced(layout.nbytes(), &limits)?;
            let source = body.clone().decoder(source, options).map_err(|error| self.not_the_format(error))?;
            return Ok(Payload::checked(source, header.clone(), run.clone()));
        }
        if let Some(layout) = layout {
            let total = header.total_len(layout.nbytes()).map_err(|error| self.not_the_format(error))?;
            self.check_announced(total, &limits)?;
        }
        if !run.has_filters() && self.is_unfiltered(header) {
            return Ok(Payload::framed(source, header.clone(), run.clone()));
        }
        self.check_open_shape(header)?;
        // A filter sees the whole payload, so it is collected; what follows it is checked with it.
        let known = layout.map(|layout| self.filters_of(header, layout)).transpose()?.flatten();
        let (chain, header_of_whole, bound) = (self.clone(), header.clone(), known.clone());
        let unfilter = move |rest: &[u8], out: &mut Output<'_>| {
            let total = header_of_whole.head_len().saturating_add(rest.len());
            chain.unfilter(&header_of_whole, bound, rest, total, out)
        };
        let filtered = known.as_ref().and_then(|filters| filters.output().known_len());
        let expected = filtered.map(|len| len.saturating_add(header.tail_len()));
        let source = BufferedSource::new(source, limits, unfilter);
        let source = Box::new(match expected {
            Some(bytes) => source.expecting(bytes),
            None => source,
        });
        Ok(Payload::checked(source, header.clone(), run.clone()))
    }

    /// Appends what was filtered to all bytes `rest` after the head.
    fn unfilter(
        &self,
        header: &Header,
        known: Option<Arc<BoundRun>>,
        rest: &[u8],
        total: usize,
        out: &mut Output<'_>,
    ) -> Result<(), CodecError> {
        let place = self.format_place();
        let fail = |error: CodecError| error.placed(place);
        let (layout, filters) = match (header.known_layout(), known) {
            (Some(layout), Some(filters)) => (layout.clone(), filters),
            _ => {
                let layout = header.layout(total).map_err(fail)?;
                let misfit = |error: ArrayError| {
                    CodecError::new(ErrorKind::Input, "the array does not fit its filters").with_source(error)
                };
                (layout.clone(), self.stages.run.bind(&layout).map_err(misfit)?)
            }
        };
        if let Some(len) = filters.output().known_len() {
            header.check_len(total, len).map_err(fail)?;
        }
        let payload = rest.len().checked_sub(header.tail_len()).and_then(|len| rest.get(..len));
        let payload = payload.ok_or_else(|| fail(CodecError::truncated("the array")))?;
        let nbytes = layout.nbytes();
        filters.backward(&[payload], out.spare(nbytes)?, self.stages.run.pool())?;
        out.commit(nbytes)
    }
}

impl<'e> Opened<'e> {
    /// What the header says.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The length of the payload in bytes, if it is known.
    pub fn nbytes(&self) -> Option<usize> {
        match &self.state {
            State::Anywhere(anywhere) => Some(anywhere.layout.nbytes()),
            State::Array(array) => Some(array.layout().nbytes()),
            State::Stream(payload) => payload.nbytes(),
            State::Broken => None,
        }
    }

    /// The layout: at once if the header tells the whole shape or the data can be read at any place, else once the payload
    /// was read to its end.
    ///
    /// # Errors
    /// If the payload does not fill the shape.
    pub fn layout(&self) -> Result<Option<Layout>, Error> {
        match &self.state {
            State::Anywhere(anywhere) => Ok(Some(anywhere.layout.clone())),
            State::Array(array) => Ok(Some(array.layout().clone())),
            State::Stream(payload) => payload.layout().map_err(|error| self.chain.not_the_format(error)),
            State::Broken => Err(self.broken()),
        }
    }

    /// What the header says, for people.
    ///
    /// # Errors
    /// If the chain cannot be resolved.
    pub fn inspect(&self) -> Result<Inspection, Error> {
        self.chain.describe(&self.header)
    }

    /// What a container such as `auto` chose for each part; of other formats and of readers nothing. Reads all chunks.
    ///
    /// # Errors
    /// If a chunk is damaged or cannot be read.
    pub fn choices(&self) -> Result<Vec<Choice>, Error> {
        match &self.state {
            State::Anywhere(Anywhere { bytes, index: Some(index), .. }) => {
                index.choices(&**bytes, &self.options).map_err(|error| self.chain.not_the_format(error))
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Fills the beginning of `buf` with the next bytes of the payload; 0 means the checked end.
    ///
    /// # Errors
    /// If the data are bad, or the reader below fails.
    pub fn pull(&mut self, buf: &mut [u8]) -> Result<usize, Error> {
        if let State::Anywhere(_) = &self.state {
            let State::Anywhere(anywhere) = std::mem::replace(&mut self.state, State::Broken) else {
                return Err(self.broken());
            };
            let at = self.header.head_len() as u64;
            let source: BoxSource<'e> = Box::new(PlaceSource { bytes: anywhere.bytes, at });
            let payload = self.chain.payload_stream(&self.header, source, &self.options)?;
            self.state = State::Stream(payload);
        }
        match &mut self.state {
            State::Stream(payload) => payload.pull(buf).map_err(|error| self.chain.undecoded(error)),
            State::Array(_) => Err(self.used("rows of it were read")),
            State::Anywhere(_) | State::Broken => Err(self.broken()),
        }
    }

    /// Some rows (a range of indices of the first dimension), in C order.
    ///
    /// # Errors
    /// If the array does not have these rows, what must be read for them is damaged, or a part of the payload was
    /// [pulled](Self::pull) before.
    pub fn rows(&mut self, rows: Range<usize>) -> Result<Array, Error> {
        if let State::Stream(payload) = &self.state {
            if payload.is_begun() {
                return Err(self.used("a part of its payload was read"));
            }
            self.state = match std::mem::replace(&mut self.state, State::Broken) {
                State::Stream(payload) => State::Array(self.collect(payload)?),
                other => other,
            };
        }
        match &self.state {
            State::Anywhere(anywhere) => self.rows_at(anywhere, rows),
            State::Array(array) => {
                let view = array.view();
                let rows = view.rows(rows)?;
                Ok(Array::new(rows.layout().clone(), Buffer::from(rows.payload()))?)
            }
            State::Stream(_) | State::Broken => Err(self.broken()),
        }
    }

    /// The whole array.
    ///
    /// # Errors
    /// As [`pull`](Self::pull).
    pub fn into_array(mut self) -> Result<Array, Error> {
        // Nothing is read, but what can be read anywhere becomes a stream.
        self.pull(&mut [])?;
        match std::mem::replace(&mut self.state, State::Broken) {
            State::Stream(payload) => self.collect(payload),
            _ => Err(self.broken()),
        }
    }

    /// Reads a payload to its end.
    fn collect(&self, mut payload: Payload<'e>) -> Result<Array, Error> {
        let mut buffer = Buffer::new();
        let mut out = Output::to_buffer(&mut buffer).limited(self.options.limits.max_bytes);
        let mut read = || -> Result<(), CodecError> {
            if let Some(nbytes) = payload.nbytes() {
                // Known and checked against the limit: one allocation.
                out.spare(nbytes)?;
            }
            loop {
                let room = out.spare_step();
                let is_full = room.is_empty();
                match if is_full { payload.pull(&mut [0])? } else { payload.pull(room)? } {
                    0 => return Ok(()),
                    _ if is_full => return Err(out.ceiling_error()),
                    n => out.commit(n)?,
                }
            }
        };
        read().map_err(|error| self.chain.undecoded(error))?;
        out.finish();
        let layout = payload.layout().map_err(|error| self.chain.not_the_format(error))?;
        match layout {
            Some(layout) => Ok(Array::new(layout, buffer)?),
            None => Err(self.chain.not_the_format(CodecError::truncated("the array"))),
        }
    }

    fn rows_at(&self, from: &Anywhere<'e>, rows: Range<usize>) -> Result<Array, Error> {
        let Anywhere { bytes, layout, index } = from;
        let (part, range) = rows_of(layout, rows.clone())?;
        self.chain.check_announced(part.nbytes(), &self.options.limits)?;
        let mut payload = Buffer::new();
        if layout.order() == Order::C || layout.is_both_orders() || part.nbytes() == 0 {
            self.make_room(&mut payload, part.nbytes())?;
            self.read(from, range, &mut payload)?;
            return Ok(Array::new(part, payload)?);
        }
        if index.is_some() {
            // The rows of a Fortran-ordered array lie all over it.
            self.chain.check_announced(layout.nbytes(), &self.options.limits)?;
            self.make_room(&mut payload, layout.nbytes())?;
            self.read(from, 0..layout.nbytes(), &mut payload)?;
            let whole = ArrayView::new(layout.clone(), &payload)?;
            let rows = whole.rows(rows)?;
            return Ok(Array::new(rows.layout().clone(), Buffer::from(rows.payload()))?);
        }
        self.make_room(&mut payload, part.nbytes())?;
        let start = rows.start * layout.dtype().itemsize();
        read_columns(&**bytes, self.header.head_len(), layout, start, &mut payload).map_err(cannot_read)?;
        let part = part.with_order(Order::Fortran);
        let in_c_order = ArrayView::new(part, &payload)?.into_order(Order::C);
        Ok(Array::new(in_c_order.layout().clone(), Buffer::from(in_c_order.payload()))?)
    }

    fn make_room(&self, payload: &mut Buffer, len: usize) -> Result<(), Error> {
        payload.try_set_len(len).map_err(|error| self.chain.not_the_format(error))
    }

    /// Reads the bytes `range` of the payload.
    fn read(&self, from: &Anywhere<'e>, range: Range<usize>, out: &mut [u8]) -> Result<(), Error> {
        match &from.index {
            Some(index) if !range.is_empty() => {
                let read = index.read(&*from.bytes, range, &self.options, out);
                read.map_err(|error| self.chain.not_the_format(error))
            }
            Some(_) => Ok(()),
            None => {
                let at = self.header.head_len() + range.start;
                from.bytes.read_at(at as u64, out).map_err(cannot_read)
            }
        }
    }

    fn used(&self, why: &str) -> Error {
        let message = format!("the array was opened as a stream, and {why}; open it again");
        self.chain.undecoded(CodecError::new(ErrorKind::Input, message))
    }

    fn broken(&self) -> Error {
        self.chain
            .undecoded(CodecError::new(ErrorKind::Input, "an earlier call failed; open the array again"))
    }
}

impl Read for Opened<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.pull(buf).map_err(into_io)
    }
}

impl fmt::Debug for Opened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("header", &self.header).finish_non_exhaustive()
    }
}

/// The bytes of data that can be read at any place, from the first on.
pub(super) fn source_of<'e>(data: Box<dyn RandomAccess + 'e>) -> BoxSource<'e> {
    Box::new(PlaceSource { bytes: data, at: 0 })
}

/// A source of bytes that can be read at any place, from one of them on.
struct PlaceSource<'e> {
    bytes: Box<dyn RandomAccess + 'e>,
    at: u64,
}

impl Source for PlaceSource<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let left = self.bytes.size().map_err(CodecError::io)?.saturating_sub(self.at);
        let n = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
        self.bytes.read_at(self.at, &mut buf[..n]).map_err(CodecError::io)?;
        self.at += n as u64;
        Ok(n)
    }
}

/// Of each column of a Fortran-ordered payload the bytes from `start` on, one piece of the same length after the other.
/// Columns that are shorter than a page or two are read together.
fn read_columns(
    encoded: &dyn RandomAccess,
    head_len: usize,
    layout: &Layout,
    start: usize,
    pieces: &mut [u8],
) -> io::Result<()> {
    const SHORT: usize = 8 << 10;
    const BLOCK: usize = 256 << 10;

    let column = layout.shape()[0] * layout.dtype().itemsize();
    let piece = pieces.len() / (layout.nbytes() / column);
    let at = |column_no: usize| (head_len + column_no * column) as u64;
    if column > SHORT {
        for (no, piece) in pieces.chunks_exact_mut(piece).enumerate() {
            encoded.read_at(at(no) + start as u64, piece)?;
        }
        return Ok(());
    }
    let together = BLOCK / column;
    let mut block = vec![0; BLOCK];
    for (no, pieces) in pieces.chunks_mut(together * piece).enumerate() {
        let block = &mut block[..pieces.len() / piece * column];
        encoded.read_at(at(no * together), block)?;
        for (piece, column) in pieces.chunks_exact_mut(piece).zip(block.chunks_exact(column)) {
            piece.copy_from_slice(&column[start..][..piece.len()]);
        }
    }
    Ok(())
}

/// How much is read of a header at a time, so that what is not a header can be recognised by more than its first bytes.
pub(super) const LEAST: usize = 512;

fn len_of(encoded: &dyn RandomAccess) -> Result<usize, Error> {
    let len = encoded.size().map_err(cannot_read)?;
    usize::try_from(len).map_err(|_| cannot_read(io::ErrorKind::FileTooLarge.into()))
}

fn cannot_read(error: io::Error) -> Error {
    Error::Io(IoError::new("read the encoded data", error))
}
