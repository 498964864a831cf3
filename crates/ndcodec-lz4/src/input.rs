//! [`Input`]: encoded bytes in order, from memory or from a stream, so that both are parsed by the same code.

use ndcodec_core::stream::{BoxSource, CHUNK, read_full};
use ndcodec_core::{Buffer, CodecError, PooledOwned};

/// Where the parser of frames takes its bytes from.
pub(crate) trait Input {
    /// The next `len` bytes, fewer only at the end.
    fn take_up_to(&mut self, len: usize) -> Result<&[u8], CodecError>;

    /// How many bytes were taken.
    fn at(&self) -> u64;

    /// The next `len` bytes, which are `what`.
    fn take(&mut self, len: usize, what: &'static str) -> Result<&[u8], CodecError> {
        let end = self.at() + len as u64;
        let bytes = self.take_up_to(len)?;
        if bytes.len() < len {
            return Err(CodecError::truncated(what).at(end - (len - bytes.len()) as u64));
        }
        Ok(bytes)
    }

    fn take_array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], CodecError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, what)?);
        Ok(array)
    }

    fn take_u32(&mut self, what: &'static str) -> Result<u32, CodecError> {
        self.take_array(what).map(u32::from_le_bytes)
    }

    /// Passes over `len` bytes, which are `what`.
    fn skip(&mut self, mut len: u64, what: &'static str) -> Result<(), CodecError> {
        while len > 0 {
            let step = usize::try_from(len).unwrap_or(CHUNK).min(CHUNK);
            self.take(step, what)?;
            len -= step as u64;
        }
        Ok(())
    }
}

/// An input in memory.
pub(crate) struct SliceInput<'a> {
    rest: &'a [u8],
    at: u64,
}

impl<'a> SliceInput<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, at: 0 }
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }
}

impl Input for SliceInput<'_> {
    fn take_up_to(&mut self, len: usize) -> Result<&[u8], CodecError> {
        let (now, later) = self.rest.split_at(len.min(self.rest.len()));
        self.rest = later;
        self.at += now.len() as u64;
        Ok(now)
    }

    fn at(&self) -> u64 {
        self.at
    }
}

/// An input that is read when it is needed.
pub(crate) struct SourceInput<'s> {
    source: BoxSource<'s>,
    bytes: PooledOwned<Buffer>,
    at: u64,
}

impl<'s> SourceInput<'s> {
    pub(crate) fn new(source: BoxSource<'s>, bytes: PooledOwned<Buffer>) -> Self {
        Self { source, bytes, at: 0 }
    }
}

impl Input for SourceInput<'_> {
    fn take_up_to(&mut self, len: usize) -> Result<&[u8], CodecError> {
        self.bytes.set_len(len);
        let filled = read_full(&mut *self.source, &mut self.bytes)?;
        self.at += filled as u64;
        Ok(&self.bytes[..filled])
    }

    fn at(&self) -> u64 {
        self.at
    }
}
