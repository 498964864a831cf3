//! The ends of a stream that users hold: writers over the stages' sinks, readers over their sources. They own their
//! chain, and may move to another thread.

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;

use super::run::Run;
use crate::error::{CodecError, Error, ErrorKind};
use crate::stage::stream::{BoxSink, BoxSource, Source, read_full};
use crate::{Direction, Header, Layout};

/// Encodes what is written to it.
///
/// Call [`finish`](Self::finish): a writer that is dropped leaves an encoded form that does not decode. After an
/// error it must not be used again.
pub struct ByteWriter<'w> {
    sink: BoxSink<'w>,
    run: Arc<Run>,
}

impl<'w> ByteWriter<'w> {
    pub(super) fn new(sink: BoxSink<'w>, run: Arc<Run>) -> Self {
        Self { sink, run }
    }

    /// Encodes all of `bytes`; like `write_all`, with the project's own error.
    ///
    /// # Errors
    /// If a stage or the writer below fails.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.sink.write(bytes).map_err(|error| self.run.lift(Direction::Encode, error))
    }

    /// Ends the encoded form and flushes the writer below.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn finish(self) -> Result<(), Error> {
        self.sink.finish().map_err(|error| self.run.lift(Direction::Encode, error))
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

/// Decodes what it reads. At its end everything has been checked; after an error every further call is one.
pub struct ByteReader<'r> {
    source: BoxSource<'r>,
    run: Arc<Run>,
    /// Whether a call failed: a stage that was asked again might take what it has for all.
    is_broken: bool,
}

impl<'r> ByteReader<'r> {
    pub(super) fn new(source: BoxSource<'r>, run: Arc<Run>) -> Self {
        Self { source, run, is_broken: false }
    }

    /// Fills the beginning of `buf`; like `read`, with the project's own error. 0 means the checked end.
    ///
    /// # Errors
    /// If a stage or the reader below fails.
    pub fn pull(&mut self, buf: &mut [u8]) -> Result<usize, Error> {
        if buf.is_empty() {
            return Ok(0);
        }
        let read = if self.is_broken {
            Err(CodecError::new(ErrorKind::Input, "an earlier call failed; decode the data again"))
        } else {
            self.source.read(buf)
        };
        self.is_broken |= read.is_err();
        read.map_err(|error| self.run.lift(Direction::Decode, error))
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
pub struct ArrayWriter<'w> {
    payload: ByteWriter<'w>,
    left: usize,
    nbytes: usize,
    tail: Option<Arc<[u8]>>,
}

impl<'w> ArrayWriter<'w> {
    pub(super) fn new(payload: ByteWriter<'w>, nbytes: usize, tail: Option<Arc<[u8]>>) -> Self {
        Self { payload, left: nbytes, nbytes, tail }
    }

    /// Encodes the next bytes of the payload.
    ///
    /// # Errors
    /// If there are more bytes than the layout has, or a stage or the writer below fails.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.left = match self.left.checked_sub(bytes.len()) {
            Some(left) => left,
            None => {
                let nbytes = self.nbytes;
                return Err(self.misfit(format!("the array has {nbytes} bytes, and more were written")));
            }
        };
        self.payload.push(bytes)
    }

    /// Ends the encoded form and flushes the writer below.
    ///
    /// # Errors
    /// If bytes of the payload are missing, or a stage or the writer below fails.
    pub fn finish(mut self) -> Result<(), Error> {
        if self.left > 0 {
            let (left, nbytes) = (self.left, self.nbytes);
            return Err(self.misfit(format!("{left} of the array's {nbytes} bytes were never written")));
        }
        if let Some(tail) = &self.tail {
            self.payload.push(tail)?;
        }
        self.payload.finish()
    }

    fn misfit(&self, message: String) -> Error {
        self.payload.run.lift(Direction::Encode, CodecError::new(ErrorKind::Input, message))
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

/// The payload of an array as it comes, behind its header. It ends (a pull gives 0) only once the whole was checked.
pub(super) struct Payload<'r> {
    source: BoxSource<'r>,
    header: Header,
    run: Arc<Run>,
    /// The payload's length, if the header tells.
    nbytes: Option<usize>,
    /// Whether the source is the format's own bytes, whose tail and end are checked here.
    is_framed: bool,
    given: usize,
    is_begun: bool,
    is_ended: bool,
}

impl<'r> Payload<'r> {
    /// A payload that lies as it is in `source`, with the tail behind it.
    pub(super) fn framed(source: BoxSource<'r>, header: Header, run: Arc<Run>) -> Self {
        Self { is_framed: true, ..Self::checked(source, header, run) }
    }

    /// A payload from a source that checks by itself what follows it.
    pub(super) fn checked(source: BoxSource<'r>, header: Header, run: Arc<Run>) -> Self {
        let nbytes = header.known_layout().map(Layout::nbytes);
        Self { source, header, run, nbytes, is_framed: false, given: 0, is_begun: false, is_ended: false }
    }

    pub(super) fn nbytes(&self) -> Option<usize> {
        self.nbytes
    }

    /// Whether anything was read from it.
    pub(super) fn is_begun(&self) -> bool {
        self.is_begun
    }

    /// The layout, once it is known.
    pub(super) fn layout(&self) -> Result<Option<Layout>, CodecError> {
        let known = if self.is_ended { Some(self.given) } else { self.nbytes };
        let around = self.header.head_len() + self.header.tail_len();
        known.map(|nbytes| self.header.layout(around.saturating_add(nbytes))).transpose()
    }

    pub(super) fn pull(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        if buf.is_empty() || self.is_ended {
            return Ok(0);
        }
        self.is_begun = true;
        let room = match self.nbytes {
            Some(nbytes) => buf.len().min(nbytes - self.given),
            None => buf.len(),
        };
        let n = if room == 0 { 0 } else { self.source.read(&mut buf[..room])? };
        self.given += n;
        if n > 0 {
            return Ok(n);
        }
        self.end().map_err(|error| error.placed(self.run.first_place()))?;
        Ok(0)
    }

    /// The payload is over: checks that it is whole and that nothing but the tail follows.
    fn end(&mut self) -> Result<(), CodecError> {
        if let Some(nbytes) = self.nbytes {
            let tail_len = if self.is_framed { self.header.tail_len() } else { 0 };
            let mut after = vec![0; tail_len + 1];
            let n = if self.given < nbytes { 0 } else { read_full(&mut *self.source, &mut after)? };
            if n > tail_len {
                // If they come from a torn end, the stage that sees it says more.
                check_on(&mut *self.source)?;
                return Err(CodecError::new(ErrorKind::Trailing, "bytes follow the end of the array"));
            }
            let tail = if self.is_framed { n } else { self.header.tail_len() };
            let total = self.header.head_len().saturating_add(self.given).saturating_add(tail);
            self.header.check_len(total, nbytes)?;
        } else {
            // What came must be whole elements and rows, which the header does not count.
            let around = self.header.head_len() + self.header.tail_len();
            self.header.layout(around.saturating_add(self.given))?;
        }
        self.is_ended = true;
        Ok(())
    }
}

/// Reads on a little behind the end of an array: what is torn there is reported by the stage that reads it.
pub(super) fn check_on(source: &mut dyn Source) -> Result<(), CodecError> {
    let mut rest = vec![0; 64 << 10];
    read_full(source, &mut rest).map(drop)
}

/// The `io::Error` for a failure under a `Read` or `Write`: its own if it was one, else ours inside.
pub(super) fn into_io(error: Error) -> io::Error {
    let kind = match &error {
        Error::Io(error) => error.kind(),
        Error::Stage(error) if error.kind() == ErrorKind::Truncated => io::ErrorKind::UnexpectedEof,
        _ => io::ErrorKind::InvalidData,
    };
    io::Error::new(kind, error)
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
