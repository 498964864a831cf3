//! Streaming both ways.

use ndcodec_core::stream::{BoxSink, BoxSource, Sink, Source, read_full};
use ndcodec_core::{Buffer, CodecError, ErrorKind};

use crate::{MAX_WIDTH, Prefix, trailing, truncated};

/// The encoder of data whose length is told: gives them on at once.
pub(crate) struct Told<'s> {
    next: BoxSink<'s>,
    told: u64,
    left: u64,
}

impl<'s> Told<'s> {
    pub(crate) fn new(codec: Prefix, len: u64, mut next: BoxSink<'s>) -> Result<Self, CodecError> {
        next.write(&codec.write(len)?[..codec.width])?;
        Ok(Self { next, told: len, left: len })
    }

    fn mistold(&self, what: &str) -> CodecError {
        CodecError::new(ErrorKind::Input, format!("{what} than the {} bytes that were announced", self.told))
    }
}

impl Sink for Told<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        self.left =
            self.left.checked_sub(bytes.len() as u64).ok_or_else(|| self.mistold("the stream has more"))?;
        self.next.write(bytes)
    }

    fn finish(self: Box<Self>) -> Result<(), CodecError> {
        match self.left {
            0 => self.next.finish(),
            left => Err(self.mistold(&format!("the stream is {left} bytes shorter"))),
        }
    }
}

/// The encoder of data whose length is not told: keeps them until it is known.
pub(crate) struct Collecting<'s> {
    codec: Prefix,
    next: BoxSink<'s>,
    data: Buffer,
}

impl<'s> Collecting<'s> {
    pub(crate) fn new(codec: Prefix, next: BoxSink<'s>) -> Self {
        Self { codec, next, data: Buffer::new() }
    }
}

impl Sink for Collecting<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        self.data.try_extend_from_slice(bytes)?;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), CodecError> {
        let len = self.codec.write(self.data.len() as u64)?;
        self.next.write(&len[..self.codec.width])?;
        self.next.write(&self.data)?;
        self.next.finish()
    }
}

/// The decoder.
pub(crate) struct Decoder<'s> {
    codec: Prefix,
    source: BoxSource<'s>,
    /// The length as it was read, and how much of it is still to come.
    claim: Option<(u64, u64)>,
}

impl<'s> Decoder<'s> {
    pub(crate) fn new(codec: Prefix, source: BoxSource<'s>) -> Self {
        Self { codec, source, claim: None }
    }

    fn claim(&mut self) -> Result<(u64, u64), CodecError> {
        if let Some(claim) = self.claim {
            return Ok(claim);
        }
        let mut bytes = [0; MAX_WIDTH];
        let filled = read_full(&mut *self.source, &mut bytes[..self.codec.width])?;
        if filled < self.codec.width {
            return Err(self.codec.no_length(filled));
        }
        let claim = self.codec.read(bytes);
        Ok(*self.claim.insert((claim, claim)))
    }
}

impl Source for Decoder<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let (claim, left) = self.claim()?;
        // Past the end there must be nothing, which only reading shows.
        let n = self.source.read(buf)?;
        match left.checked_sub(n as u64) {
            None => Err(trailing(claim, n - usize::try_from(left).unwrap_or(n))),
            Some(left) if n == 0 && left > 0 => Err(truncated(claim, claim - left)),
            Some(left) => {
                self.claim = Some((claim, left));
                Ok(n)
            }
        }
    }
}
