//! Streaming both ways, with the checksum before the data or after them.

use std::ops::Range;

use ndcodec_core::stream::{BoxSink, BoxSource, CHUNK, Sink, Source, read_full};
use ndcodec_core::{Buffer, CodecError};

use crate::Checksum;
use crate::algorithm::{State, Sum};

/// The encoder with the checksum at the end: gives the data on at once.
pub(crate) struct Appending<'s> {
    next: BoxSink<'s>,
    state: State,
}

impl<'s> Appending<'s> {
    pub(crate) fn new(codec: Checksum, next: BoxSink<'s>) -> Self {
        Self { next, state: codec.algorithm.start() }
    }
}

impl Sink for Appending<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        self.state.update(bytes);
        self.next.write(bytes)
    }

    fn finish(mut self: Box<Self>) -> Result<(), CodecError> {
        self.next.write(self.state.finish().bytes())?;
        self.next.finish()
    }
}

/// The encoder with the checksum at the start: keeps the data until it is known.
pub(crate) struct Collecting<'s> {
    next: BoxSink<'s>,
    state: State,
    data: Buffer,
}

impl<'s> Collecting<'s> {
    pub(crate) fn new(codec: Checksum, next: BoxSink<'s>) -> Self {
        Self { next, state: codec.algorithm.start(), data: Buffer::new() }
    }
}

impl Sink for Collecting<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        self.state.update(bytes);
        self.data.try_extend_from_slice(bytes)?;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), CodecError> {
        self.next.write(self.state.finish().bytes())?;
        self.next.write(&self.data)?;
        self.next.finish()
    }
}

/// The decoder with the checksum at the start.
pub(crate) struct SumFirst<'s> {
    codec: Checksum,
    source: BoxSource<'s>,
    /// The checksum as it was read; `None` before.
    stored: Option<Sum>,
    /// `None` once it is verified.
    state: Option<State>,
}

impl<'s> SumFirst<'s> {
    pub(crate) fn new(codec: Checksum, source: BoxSource<'s>) -> Self {
        Self { codec, source, stored: None, state: Some(codec.algorithm.start()) }
    }

    fn stored(&mut self) -> Result<Sum, CodecError> {
        if let Some(stored) = self.stored {
            return Ok(stored);
        }
        let mut bytes = [0; 8];
        let bytes = &mut bytes[..self.codec.algorithm.width()];
        let filled = read_full(&mut *self.source, bytes)?;
        if filled < bytes.len() {
            return Err(self.codec.too_short(filled));
        }
        Ok(*self.stored.insert(Sum::of_bytes(bytes)))
    }
}

impl Source for SumFirst<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let stored = self.stored()?;
        let n = self.source.read(buf)?;
        if n > 0 {
            self.state.iter_mut().for_each(|state| state.update(&buf[..n]));
        } else if let Some(state) = self.state.take() {
            self.codec.verify(stored, state.finish())?;
        }
        Ok(n)
    }
}

/// The decoder with the checksum at the end: holds back as many bytes as it has, as any may be the last.
pub(crate) struct SumLast<'s> {
    codec: Checksum,
    source: BoxSource<'s>,
    /// Data that may be given, then what is held back.
    held: Buffer,
    /// The data in `held` that nobody has read yet.
    unread: Range<usize>,
    /// Bytes of the input in `held`.
    filled: usize,
    /// `None` once it is verified.
    state: Option<State>,
}

impl<'s> SumLast<'s> {
    pub(crate) fn new(codec: Checksum, source: BoxSource<'s>) -> Self {
        let mut held = Buffer::new();
        held.set_len(CHUNK + codec.algorithm.width());
        Self { codec, source, held, unread: 0..0, filled: 0, state: Some(codec.algorithm.start()) }
    }

    /// Reads until there are data to give or the end is seen, and then verifies.
    fn fill(&mut self) -> Result<(), CodecError> {
        let width = self.codec.algorithm.width();
        let Some(mut state) = self.state.take() else { return Ok(()) };
        let kept = self.filled.min(width);
        self.held.copy_within(self.filled - kept..self.filled, 0);
        self.filled = kept + read_full(&mut *self.source, &mut self.held[kept..])?;
        let Some(data) = self.filled.checked_sub(width) else {
            return Err(self.codec.too_short(self.filled));
        };
        state.update(&self.held[..data]);
        if self.filled < self.held.len() {
            self.codec.verify(Sum::of_bytes(&self.held[data..self.filled]), state.finish())?;
        } else {
            self.state = Some(state);
        }
        self.unread = 0..data;
        Ok(())
    }
}

impl Source for SumLast<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        if self.unread.is_empty() {
            self.fill()?;
        }
        let n = buf.len().min(self.unread.len());
        let from = self.unread.start;
        buf[..n].copy_from_slice(&self.held[from..from + n]);
        self.unread.start += n;
        Ok(n)
    }
}
