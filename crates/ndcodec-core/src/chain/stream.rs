//! The ends of a stream that users hold: writers and readers over the stages' sinks and sources.

use std::fmt;
use std::io::{self, Read, Write};

use crate::error::{CodecError, Error};
use crate::format::Header;
use crate::stream::{BoxSink, BoxSource, SliceSource, Source};
use crate::{ErrorKind, Layout};

type Lift<'s> = Box<dyn Fn(CodecError) -> Error + 's>;

/// Encodes what is written to it.
///
/// Call [`finish`](Self::finish): a writer that is dropped leaves an encoded form that does not decode. After an
/// error it must not be used again.
pub struct ByteWriter<'s> {
    sink: BoxSink<'s>,
    lift: Lift<'s>,
}

impl<'s> ByteWriter<'s> {
    pub(super) fn new(sink: BoxSink<'s>, lift: impl Fn(CodecError) -> Error + 's) -> Self {
        Self { sink, lift: Box::new(lift) }
    }

    /// Encodes all of `bytes`; like `write_all`, with the project's own error.
    ///
    /// # Errors
    /// Where a stage or the writer below fails.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.sink.write(bytes).map_err(&self.lift)
    }

    /// Ends the encoded form and flushes the writer below.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn finish(self) -> Result<(), Error> {
        self.sink.finish().map_err(self.lift)
    }
}

impl Write for ByteWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push(bytes).map_err(into_io)?;
        Ok(bytes.len())
    }

    /// Does nothing: what is held back can only be written by [`finish`](Self::finish).
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Decodes what it reads. At its end everything has been checked.
pub struct ByteReader<'s> {
    source: BoxSource<'s>,
    lift: Lift<'s>,
}

impl<'s> ByteReader<'s> {
    pub(super) fn new(source: BoxSource<'s>, lift: impl Fn(CodecError) -> Error + 's) -> Self {
        Self { source, lift: Box::new(lift) }
    }

    /// Fills the beginning of `buf`; like `read`, with the project's own error. 0 means the checked end.
    ///
    /// # Errors
    /// Where a stage or the reader below fails.
    pub fn pull(&mut self, buf: &mut [u8]) -> Result<usize, Error> {
        if buf.is_empty() {
            return Ok(0);
        }
        self.source.read(buf).map_err(&self.lift)
    }
}

impl Read for ByteReader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.pull(buf).map_err(into_io)
    }
}

/// Takes an array's payload and encodes the array.
///
/// The payload must have exactly the bytes of the layout it was made with. As [`ByteWriter`], it must be
/// finished.
pub struct ArrayWriter<'s> {
    payload: ByteWriter<'s>,
    left: usize,
    nbytes: usize,
    tail: Vec<u8>,
}

impl<'s> ArrayWriter<'s> {
    pub(super) fn new(payload: ByteWriter<'s>, nbytes: usize, tail: Vec<u8>) -> Self {
        Self { payload, left: nbytes, nbytes, tail }
    }

    /// Encodes the next bytes of the payload.
    ///
    /// # Errors
    /// Where there are more bytes than the layout has, or a stage or the writer below fails.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.left = match self.left.checked_sub(bytes.len()) {
            Some(left) => left,
            None => {
                let nbytes = self.nbytes;
                let message = format!("the array has {nbytes} bytes, and more were written");
                return Err((self.payload.lift)(CodecError::new(ErrorKind::Input, message)));
            }
        };
        self.payload.push(bytes)
    }

    /// Ends the encoded form and flushes the writer below.
    ///
    /// # Errors
    /// Where bytes of the payload are missing, or a stage or the writer below fails.
    pub fn finish(mut self) -> Result<(), Error> {
        if self.left > 0 {
            let (left, nbytes) = (self.left, self.nbytes);
            let message = format!("{left} of the array's {nbytes} bytes were never written");
            return Err((self.payload.lift)(CodecError::new(ErrorKind::Input, message)));
        }
        self.payload.push(&self.tail)?;
        self.payload.finish()
    }
}

impl Write for ArrayWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push(bytes).map_err(into_io)?;
        Ok(bytes.len())
    }

    /// Does nothing: what is held back can only be written by [`finish`](Self::finish).
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Decodes an array: its header first, then its payload as a `Read`.
///
/// The payload ends (a read answers 0) only once the whole was checked.
pub struct ArrayReader<'s> {
    source: BoxSource<'s>,
    lift: Lift<'s>,
    header: Header,
    /// The payload's length, where the header tells.
    nbytes: Option<usize>,
    given: usize,
    is_ended: bool,
}

impl<'s> ArrayReader<'s> {
    pub(super) fn new(
        source: BoxSource<'s>,
        header: Header,
        nbytes: Option<usize>,
        lift: impl Fn(CodecError) -> Error + 's,
    ) -> Self {
        Self { source, lift: Box::new(lift), header, nbytes, given: 0, is_ended: false }
    }

    /// What the header says.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The length of the payload in bytes, where the header tells.
    pub fn nbytes(&self) -> Option<usize> {
        self.nbytes
    }

    /// The layout: at once where the header tells the whole shape, else once the payload was read to its end.
    ///
    /// # Errors
    /// Where the payload does not fill the shape.
    pub fn layout(&self) -> Result<Option<Layout>, Error> {
        let known = if self.is_ended { Some(self.given) } else { self.nbytes };
        let around = self.header.head_len() + self.header.tail_len();
        known
            .map(|nbytes| self.header.layout(around.saturating_add(nbytes)))
            .transpose()
            .map_err(|error| (self.lift)(error.in_stage(0)))
    }

    /// Fills the beginning of `buf` with the next bytes of the payload; 0 means the checked end.
    ///
    /// # Errors
    /// Where the data are bad, or the reader below fails.
    pub fn pull(&mut self, buf: &mut [u8]) -> Result<usize, Error> {
        if buf.is_empty() || self.is_ended {
            return Ok(0);
        }
        self.step(buf).map_err(&self.lift)
    }

    fn step(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let room = match self.nbytes {
            Some(nbytes) => buf.len().min(nbytes - self.given),
            None => buf.len(),
        };
        let n = if room == 0 { 0 } else { self.source.read(&mut buf[..room])? };
        self.given += n;
        if n > 0 {
            return Ok(n);
        }
        self.end()?;
        Ok(0)
    }

    /// The payload is over: checks that it is whole and that nothing but the tail follows.
    fn end(&mut self) -> Result<(), CodecError> {
        if let Some(nbytes) = self.nbytes {
            let mut tail = vec![0; self.header.tail_len() + 1];
            let n = match self.given < nbytes {
                true => 0,
                false => crate::stream::read_full(&mut *self.source, &mut tail)?,
            };
            if n > self.header.tail_len() {
                let message = "bytes follow the end of the array";
                return Err(CodecError::new(ErrorKind::Trailing, message).in_stage(0));
            }
            let total = self.header.head_len().saturating_add(self.given).saturating_add(n);
            self.header.layout(total).map_err(|error| error.in_stage(0))?;
        }
        self.is_ended = true;
        Ok(())
    }
}

impl Read for ArrayReader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.pull(buf).map_err(into_io)
    }
}

/// The `io::Error` for a failure under a `Read` or `Write`: its own where it was one, else ours inside.
fn into_io(error: Error) -> io::Error {
    let kind = match &error {
        Error::Io(error) => error.kind(),
        Error::Stage(error) if error.kind() == ErrorKind::Truncated => io::ErrorKind::UnexpectedEof,
        _ => io::ErrorKind::InvalidData,
    };
    io::Error::new(kind, error)
}

/// Bytes that were read ahead, then the rest of a source.
pub(super) struct Prefixed<'s> {
    pub(super) prefix: Vec<u8>,
    pub(super) given: usize,
    pub(super) rest: BoxSource<'s>,
}

impl Source for Prefixed<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        if self.given == self.prefix.len() {
            return self.rest.read(buf);
        }
        let n = SliceSource(&self.prefix[self.given..]).read(buf)?;
        self.given += n;
        Ok(n)
    }
}

impl fmt::Debug for ByteWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteWriter").finish_non_exhaustive()
    }
}

impl fmt::Debug for ByteReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteReader").finish_non_exhaustive()
    }
}

impl fmt::Debug for ArrayWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArrayWriter").field("left", &self.left).finish_non_exhaustive()
    }
}

impl fmt::Debug for ArrayReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArrayReader").field("header", &self.header).finish_non_exhaustive()
    }
}
