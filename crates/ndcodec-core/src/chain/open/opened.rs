//! What [`Opened`] gives: its header, its payload as a stream, or rows.

use std::fmt;
use std::io::{self, Read};
use std::ops::Range;

use super::{Anywhere, Opened, PlaceSource, State, cannot_read, read_columns};
use crate::chain::Inspection;
use crate::chain::stream::{Payload, into_io};
use crate::error::{CodecError, Error, ErrorKind};
use crate::stage::Behind;
use crate::stage::stream::BoxSource;
use crate::{Array, ArrayView, Buffer, Choice, Header, Layout, Order, Output, RandomAccess, rows_of};

impl<'e> Opened<'e> {
    /// What the header says.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, file: std::fs::File) -> Result<(), Box<dyn std::error::Error>> {
    /// let opened = chain.open(file)?;
    /// println!("the header has {} bytes", opened.header().head_len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The length of the payload in bytes, if it is known.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, file: std::fs::File) -> Result<(), Box<dyn std::error::Error>> {
    /// let opened = chain.open(file)?;
    /// if opened.nbytes().is_some_and(|nbytes| nbytes > 64 << 20) {
    ///     return Err("too large for this service".into());
    /// }
    /// # Ok(())
    /// # }
    /// ```
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
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, file: std::fs::File) -> Result<(), Box<dyn std::error::Error>> {
    /// let opened = chain.open(file)?;
    /// if let Some(layout) = opened.layout()? {
    ///     println!("{} {:?}", layout.dtype(), layout.shape());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the payload does not fill the shape, of kind [`Truncated`](crate::ErrorKind::Truncated) or
    /// [`Corrupt`](crate::ErrorKind::Corrupt).
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
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, file: std::fs::File) -> Result<(), Box<dyn std::error::Error>> {
    /// println!("{}", chain.open(file)?.inspect()?.dtype);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the chain cannot be resolved, of kind [`Array`](crate::ErrorKind::Array) or
    /// [`Chain`](crate::ErrorKind::Chain).
    pub fn inspect(&self) -> Result<Inspection, Error> {
        self.chain.describe(&self.header)
    }

    /// What a container such as `auto` chose for each part; of other formats and of readers nothing. Reads all chunks.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, file: std::fs::File) -> Result<(), Box<dyn std::error::Error>> {
    /// for choice in chain.open(file)?.choices()? {
    ///     println!("{choice:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If a chunk is damaged, of kind [`Truncated`](crate::ErrorKind::Truncated),
    /// [`Corrupt`](crate::ErrorKind::Corrupt) or [`Checksum`](crate::ErrorKind::Checksum), or cannot be read, of kind
    /// [`Io`](crate::ErrorKind::Io).
    pub fn choices(&self) -> Result<Vec<Choice>, Error> {
        match &self.state {
            State::Anywhere(Anywhere { bytes, index: Some(index), .. }) => {
                let choices = index.choices(&self.behind(&**bytes), &self.options);
                choices.map_err(|error| self.chain.not_the_format(error))
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Fills the beginning of `buf` with the next bytes of the payload; 0 means the checked end.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, file: std::fs::File) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut opened = chain.open(file)?;
    /// let mut buf = [0; 4096];
    /// loop {
    ///     let n = opened.pull(&mut buf)?;
    ///     if n == 0 {
    ///         break;
    ///     }
    ///     println!("{n} bytes more");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the data are bad, of the kinds of [`Chain::decode`](crate::Chain::decode), or the reader below fails, of kind
    /// [`Io`](crate::ErrorKind::Io).
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
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, file: std::fs::File) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut opened = chain.open(file)?;
    /// let (first, later) = (opened.rows(0..10)?, opened.rows(100..110)?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the array does not have these rows, of kind [`Array`](crate::ErrorKind::Array); if what must be read for
    /// them is damaged, of the kinds of [`Chain::decode`](crate::Chain::decode); or a part of the payload was [pulled](Self::pull) before.
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
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, file: std::fs::File) -> Result<(), Box<dyn std::error::Error>> {
    /// let y = chain.open(file)?.into_array()?;
    /// # Ok(())
    /// # }
    /// ```
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
                let read = index.read(&self.behind(&*from.bytes), range, &self.options, out);
                read.map_err(|error| self.chain.not_the_format(error))
            }
            Some(_) => Ok(()),
            None => {
                let at = self.header.head_len() + range.start;
                from.bytes.read_at(at as u64, out).map_err(cannot_read)
            }
        }
    }

    /// What a body sees: all that follows the head.
    fn behind<'b>(&self, bytes: &'b (dyn RandomAccess + 'e)) -> Behind<'b> {
        Behind { bytes, at: self.header.head_len() as u64 }
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
