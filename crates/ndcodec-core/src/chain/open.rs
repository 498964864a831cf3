//! [`Opened`]: an encoded array whose header was read, ready to give its payload or any rows of it.

mod opened;

use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use super::bound::BoundRun;
use super::stream::Payload;
use super::{Chain, DecodeOptions, EncodedData};
use crate::diagnosis;
use crate::error::{ArrayError, CodecError, Error, ErrorKind, IoError, Limit};
use crate::stage::Behind;
use crate::stage::stream::{BoxSource, BufferedSource, Prefixed, ReaderSource, Source};
use crate::{Array, Body, Buffer, DecodeLimits, Header, Layout, OpenBody, Output, RandomAccess, Sample};

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
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut opened = chain.open(std::fs::File::open("x.bin")?)?;
    /// let first = opened.rows(0..10)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the header is not one of this chain's format, of kind [`Truncated`](crate::ErrorKind::Truncated),
    /// [`Corrupt`](crate::ErrorKind::Corrupt) or [`Unsupported`](crate::ErrorKind::Unsupported); if it passes a
    /// limit, [`Limit`](crate::ErrorKind::Limit); if the data cannot be read, [`Io`](crate::ErrorKind::Io).
    pub fn open<'e>(&self, data: impl Into<EncodedData<'e>>) -> Result<Opened<'e>, Error> {
        self.open_with(data, DecodeOptions::DEFAULT)
    }

    /// [`open`](Self::open) with options, which hold for all that is read from it.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = DecodeOptions::new().with_max_bytes(64 << 20);
    /// let opened = chain.open_with(encoded, &options)?;
    /// # Ok(())
    /// # }
    /// ```
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
        let behind = Behind { bytes: &*bytes, at: header.head_len() as u64 };
        let open = |body: &Arc<dyn Body>| body.clone().open(&behind, &options);
        let index = header.body().map(open).transpose().map_err(|error| self.not_the_format(error))?;
        let state = State::Anywhere(Anywhere { layout: found.layout, index, bytes });
        Ok(Opened { chain: self.clone(), options, header, state })
    }

    /// Opens an encoded array as a stream: see [`open`](Self::open).
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let opened = chain.decoder(std::io::stdin())?;
    /// let y = opened.into_array()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn decoder<'e>(&self, reader: impl Read + Send + 'e) -> Result<Opened<'e>, Error> {
        self.decoder_with(reader, DecodeOptions::DEFAULT)
    }

    /// [`decoder`](Self::decoder) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = DecodeOptions::new().with_max_bytes(64 << 20);
    /// let opened = chain.decoder_with(std::io::stdin(), &options)?;
    /// # Ok(())
    /// # }
    /// ```
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
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let y = chain.decode_from(std::io::stdin())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and if the reader fails.
    pub fn decode_from(&self, reader: impl Read + Send) -> Result<Array, Error> {
        self.decode_from_with(reader, DecodeOptions::DEFAULT)
    }

    /// [`decode_from`](Self::decode_from) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = DecodeOptions::new().with_max_bytes(64 << 20);
    /// let y = chain.decode_from_with(std::io::stdin(), &options)?;
    /// # Ok(())
    /// # }
    /// ```
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
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let ten = chain.decode_rows(std::fs::File::open("x.bin")?, 100..110)?;
    /// assert_eq!(ten.shape()[0], 10);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the array does not have these rows, of kind [`Array`](crate::ErrorKind::Array); else as
    /// [`open`](Self::open).
    pub fn decode_rows<'e>(
        &self,
        data: impl Into<EncodedData<'e>>,
        rows: Range<usize>,
    ) -> Result<Array, Error> {
        self.decode_rows_with(data, rows, DecodeOptions::DEFAULT)
    }

    /// [`decode_rows`](Self::decode_rows) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = DecodeOptions::new().with_max_bytes(64 << 20);
    /// let ten = chain.decode_rows_with(encoded, 0..10, &options)?;
    /// # Ok(())
    /// # }
    /// ```
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
        // A source may give a byte at a time: whatever it gives is not worth making room for more anew.
        let mut few = [0; LEAST];
        let read = self.header_reader(&options.limits).read(|prefix, step| {
            if step <= LEAST {
                let n = source.read(&mut few)?;
                prefix.extend_from_slice(&few[..n]);
                return Ok(n > 0);
            }
            let before = prefix.len();
            prefix.resize(before + step, 0);
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
        let header = self.decode_format_bytes(inner.to_decode(), options, &mut buffer)?;
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
