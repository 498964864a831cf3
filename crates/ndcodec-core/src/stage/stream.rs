//! Streams of bytes between stages: [`Sink`] for encoding, [`Source`] for decoding.
//!
//! They differ from `Write` and `Read` where those leave room for loss: a sink takes all that it is given, is
//! finished explicitly, and a sink that is dropped leaves bytes that do not decode; a source that returns 0 has
//! checked that the data are whole.

use std::io::{Read, Write};

use crate::error::{Limit, Place};
use crate::{Buffer, CodecError, DecodeLimits, Output};

/// Takes bytes.
pub trait Sink {
    /// Takes all of `bytes`.
    ///
    /// # Errors
    /// If encoding, or the writer at the end of the chain, fails. The sink must not be used after that.
    fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError>;

    /// Writes what is still held back, ends the encoded form, and finishes the sink behind this one.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    fn finish(self: Box<Self>) -> Result<(), CodecError>;
}

/// A sink of any kind. It owns what it works with, and may move to another thread.
pub type BoxSink<'s> = Box<dyn Sink + Send + 's>;

/// Gives bytes.
pub trait Source {
    /// Fills the beginning of `buf`, which is not empty, and returns how many bytes it put there; 0 only at the
    /// end, once everything is checked.
    ///
    /// # Errors
    /// If decoding, or the reader at the end of the chain, fails. The source must not be used after that.
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError>;
}

/// A source of any kind. It owns what it works with, and may move to another thread.
pub type BoxSource<'s> = Box<dyn Source + Send + 's>;

impl<S: Source + ?Sized> Source for &mut S {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        (**self).read(buf)
    }
}

/// A source of bytes in memory: gives the beginning of the slice and keeps the rest.
#[derive(Debug, Clone)]
pub struct SliceSource<'a>(&'a [u8]);

impl<'a> SliceSource<'a> {
    /// A source of these bytes.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
}

impl Source for SliceSource<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let n = buf.len().min(self.0.len());
        let (now, later) = self.0.split_at(n);
        buf[..n].copy_from_slice(now);
        self.0 = later;
        Ok(n)
    }
}

/// How many bytes a stage reads from its source at a time: enough to drown the cost of a call, little enough for
/// the cache.
pub const CHUNK: usize = 64 << 10;

/// Fills `buf` from `source`, or as much of it as there is.
///
/// # Errors
/// As the source.
pub fn read_full(source: &mut dyn Source, buf: &mut [u8]) -> Result<usize, CodecError> {
    let mut filled = 0;
    while filled < buf.len() {
        match source.read(&mut buf[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}

/// Reads `source` to its end into `out`, whose ceiling holds.
///
/// # Errors
/// As the source, and where the ceiling is passed.
pub fn read_to_end(source: &mut dyn Source, out: &mut Output<'_>) -> Result<(), CodecError> {
    loop {
        let room = out.spare_step();
        if room.is_empty() {
            // The end must still be seen: only there has the source checked everything.
            return match source.read(&mut [0])? {
                0 => Ok(()),
                _ => Err(out.ceiling_error()),
            };
        }
        match source.read(room)? {
            0 => return Ok(()),
            n => out.commit(n)?,
        }
    }
}

/// `text` without the line end that an editor or `echo` put after it: one, of one character or two.
pub fn without_line_end(text: &[u8]) -> &[u8] {
    match text {
        [text @ .., b'\r', b'\n'] | [text @ .., b'\n'] => text,
        text => text,
    }
}

/// Reads text in pieces, [without the line end](without_line_end) after it. A line end anywhere else is given as it stands.
#[derive(Debug, Default)]
pub struct TextPieces {
    /// What ended the piece before, and is the line end if nothing follows.
    held: &'static [u8],
}

impl TextPieces {
    /// Fills `buf`, of at least four bytes, from `source` as far as there is text; returns how much that is, and whether
    /// it is the last.
    ///
    /// # Errors
    /// As the source.
    pub fn read(&mut self, source: &mut dyn Source, buf: &mut [u8]) -> Result<(usize, bool), CodecError> {
        let before = self.held.len();
        buf[..before].copy_from_slice(self.held);
        let filled = before + read_full(source, &mut buf[before..])?;
        let text = &buf[..filled];
        if filled < buf.len() {
            self.held = b"";
            return Ok((without_line_end(text).len(), true));
        }
        self.held = match text {
            [.., b'\r', b'\n'] => b"\r\n",
            [.., b'\n'] => b"\n",
            [.., b'\r'] => b"\r",
            _ => b"",
        };
        Ok((filled - self.held.len(), false))
    }
}

/// The default encoder: collects everything, encodes it at the end.
pub(crate) struct BufferedSink<'s, F> {
    next: BoxSink<'s>,
    input: Buffer,
    encode: F,
}

impl<'s, F> BufferedSink<'s, F>
where
    F: FnMut(&[u8], &mut Output<'_>) -> Result<(), CodecError> + Send + 's,
{
    pub(crate) fn new(next: BoxSink<'s>, encode: F) -> Self {
        Self { next, input: Buffer::new(), encode }
    }
}

impl<F> Sink for BufferedSink<'_, F>
where
    F: FnMut(&[u8], &mut Output<'_>) -> Result<(), CodecError>,
{
    fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        self.input.try_extend_from_slice(bytes)
    }

    fn finish(mut self: Box<Self>) -> Result<(), CodecError> {
        let mut encoded = Buffer::new();
        let mut out = Output::to_buffer(&mut encoded);
        (self.encode)(&self.input, &mut out)?;
        out.finish();
        self.next.write(&encoded)?;
        self.next.finish()
    }
}

/// The default decoder: reads everything, decodes it at the first read.
pub(crate) struct BufferedSource<'s, F> {
    source: BoxSource<'s>,
    limits: DecodeLimits,
    /// The bytes that are to come, if that is known.
    expected: Option<usize>,
    decode: Option<F>,
    decoded: Buffer,
    given: usize,
}

impl<'s, F> BufferedSource<'s, F>
where
    F: FnOnce(&[u8], &mut Output<'_>) -> Result<(), CodecError> + Send + 's,
{
    pub(crate) fn new(source: BoxSource<'s>, limits: DecodeLimits, decode: F) -> Self {
        Self { source, limits, expected: None, decode: Some(decode), decoded: Buffer::new(), given: 0 }
    }

    /// This source, which makes room for so many bytes at once: memory that grows by doubling is held twice while it moves.
    pub(crate) fn expecting(mut self, bytes: usize) -> Self {
        self.expected = Some(bytes);
        self
    }
}

impl<F> Source for BufferedSource<'_, F>
where
    F: FnOnce(&[u8], &mut Output<'_>) -> Result<(), CodecError>,
{
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        if let Some(decode) = self.decode.take() {
            let total = self.limits.total();
            let mut encoded = Buffer::new();
            let mut input = Output::to_buffer(&mut encoded);
            match self.expected {
                Some(bytes) => {
                    input.reserve_room(bytes)?;
                    // One byte too many is enough for the decoder to see that there are too many.
                    let mut source = Ending { source: &mut *self.source, left: bytes.saturating_add(1) };
                    read_to_end(&mut source, &mut input)?;
                }
                None => {
                    input = input.limited(total);
                    read_to_end(&mut *self.source, &mut input)?;
                }
            }
            input.finish();
            // What came before has given all that it had, and needs its memory no more.
            self.source = Box::new(SliceSource::new(&[]));
            let most = self.limits.max_bytes.min(total.saturating_sub(encoded.len()));
            let mut out = Output::to_buffer(&mut self.decoded).with_limits(&self.limits.with_max_bytes(most));
            decode(&encoded, &mut out)?;
            out.finish();
        }
        let n = SliceSource::new(&self.decoded[self.given..]).read(buf)?;
        self.given += n;
        if n == 0 {
            (self.decoded, self.given) = (Buffer::new(), 0);
        }
        Ok(n)
    }
}

/// What a stage in the middle of a chain may produce if the whole chain may give `limit` bytes: room for headers,
/// incompressible data and text (base64 of hexadecimal digits has 2.7 times the bytes), and no more, however many stages
/// there are.
pub(crate) fn intermediate_limit(limit: usize) -> usize {
    DecodeLimits::new().with_max_bytes(limit).total()
}

/// The writer at the end of an encoding stream.
pub(crate) struct WriterSink<W>(pub(crate) W);

impl<W: Write + Send> Sink for WriterSink<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        self.0.write_all(bytes).map_err(CodecError::io)
    }

    fn finish(mut self: Box<Self>) -> Result<(), CodecError> {
        self.0.flush().map_err(CodecError::io)
    }
}

/// The reader at the beginning of a decoding stream.
pub(crate) struct ReaderSource<R>(pub(crate) R);

impl<R: Read + Send> Source for ReaderSource<R> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        loop {
            match self.0.read(buf) {
                Ok(n) => return Ok(n),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(CodecError::io(error)),
            }
        }
    }
}

/// Marks errors with the stage they come from. Errors of a later stage pass through earlier ones and keep theirs.
pub(crate) struct Labelled<S> {
    pub(crate) place: Place,
    pub(crate) inner: S,
}

impl Sink for Labelled<BoxSink<'_>> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        self.inner.write(bytes).map_err(|error| error.placed(self.place))
    }

    fn finish(self: Box<Self>) -> Result<(), CodecError> {
        self.inner.finish().map_err(|error| error.placed(self.place))
    }
}

/// Caps what a source gives, for the limits of a stream.
pub(crate) struct Capped<'s> {
    pub(crate) source: BoxSource<'s>,
    pub(crate) left: usize,
    pub(crate) limit: usize,
}

impl Source for Capped<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let n = self.source.read(buf)?;
        match self.left.checked_sub(n) {
            Some(left) => self.left = left,
            None => {
                let limit = self.limit;
                let message = format!("the result is larger than the limit of {limit} bytes");
                return Err(CodecError::over(Limit::Bytes, message));
            }
        }
        Ok(n)
    }
}

/// The beginning of a source, of so many bytes at most.
struct Ending<'s> {
    source: &'s mut dyn Source,
    left: usize,
}

impl Source for Ending<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let most = buf.len().min(self.left);
        let n = if most == 0 { 0 } else { self.source.read(&mut buf[..most])? };
        self.left -= n;
        Ok(n)
    }
}

/// Bytes that were read ahead, then the rest of a source.
pub(crate) struct Prefixed<'s> {
    pub(crate) prefix: Vec<u8>,
    pub(crate) given: usize,
    pub(crate) rest: BoxSource<'s>,
}

impl Source for Prefixed<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        if self.given == self.prefix.len() {
            return self.rest.read(buf);
        }
        let n = SliceSource::new(&self.prefix[self.given..]).read(buf)?;
        self.given += n;
        Ok(n)
    }
}
