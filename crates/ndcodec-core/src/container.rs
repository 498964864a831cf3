//! [`ArrayContainer`]: a format that encodes the payload itself, in parts, such as `chunked`.

use std::fmt;
use std::ops::Range;

use crate::stream::{BoxSink, BoxSource};
use crate::{
    ArrayError, ArrayView, Buffer, CodecError, DecodeLimits, DecodeOptions, EncodeOptions, HeaderError,
    Layout, Output, Params,
};

/// A stage array → bytes that does not keep the payload as it lies in memory, so that it can work in parallel and
/// give parts of the array without the rest.
pub trait ArrayContainer: fmt::Debug + Send + Sync {
    /// Whether arrays of this layout can be encoded.
    ///
    /// # Errors
    /// The reason why not.
    fn check(&self, layout: &Layout) -> Result<(), ArrayError>;

    /// Appends the encoded form of `array`.
    ///
    /// # Errors
    /// Where this array cannot be encoded, or `out` is full.
    fn encode(
        &self,
        array: &ArrayView<'_>,
        options: &EncodeOptions,
        out: &mut Output<'_>,
    ) -> Result<(), CodecError>;

    /// The most bytes that an array of this layout may become, in memory or as a stream; `None` if there is no
    /// bound.
    fn max_encoded_len(&self, layout: &Layout) -> Option<usize>;

    /// Reads the header at the beginning of `prefix`, which need not hold more.
    ///
    /// # Errors
    /// As [`ArrayFormat::read_header`](crate::ArrayFormat::read_header).
    fn read_header(&self, prefix: &[u8], limits: &DecodeLimits) -> Result<ContainerHeader, HeaderError>;

    /// Whether `encoded` can hold what its header claims. Asked before room is made for a large payload, so that a
    /// few bytes cannot claim it.
    ///
    /// # Errors
    /// Where the claims cannot be true.
    fn check_claims(&self, encoded: &[u8], limits: &DecodeLimits) -> Result<(), CodecError> {
        let _ = (encoded, limits);
        Ok(())
    }

    /// Decodes the payload into `payload`, which has the length of the header's layout.
    ///
    /// # Errors
    /// Where `encoded` is not exactly one container.
    fn decode(&self, encoded: &[u8], options: &DecodeOptions, payload: &mut [u8]) -> Result<(), CodecError>;

    /// Decodes some rows (indices of the first dimension) into `payload`, which is empty, and answers their layout.
    /// Reads only what these rows need.
    ///
    /// # Errors
    /// Where there are no such rows, or what must be read for them is damaged.
    fn decode_rows(
        &self,
        encoded: &dyn RandomAccess,
        rows: Range<usize>,
        options: &DecodeOptions,
        payload: &mut Buffer,
    ) -> Result<Layout, CodecError>;

    /// A sink that takes the payload of an array of this layout.
    ///
    /// # Errors
    /// Where the stream cannot be started.
    fn encoder<'s>(
        &'s self,
        layout: &Layout,
        options: &EncodeOptions,
        next: BoxSink<'s>,
    ) -> Result<BoxSink<'s>, CodecError>;

    /// Reads the header from `source`, and gives a source of the payload that checks all at its end.
    ///
    /// # Errors
    /// Where the header is none, or the stream cannot be started.
    fn decoder<'s>(
        &'s self,
        source: BoxSource<'s>,
        options: &DecodeOptions,
    ) -> Result<(ContainerHeader, BoxSource<'s>), CodecError>;

    /// Fills in the parameters that were inferred from an array of this layout, for a resolved chain.
    fn resolve(&self, layout: &Layout, params: &mut Params) {
        let _ = (layout, params);
    }
}

/// What a container's header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerHeader {
    /// dtype, shape and order.
    pub layout: Layout,
    /// The bytes before the first part.
    pub head_len: usize,
    /// The text of the inner chain.
    pub inner: String,
}

/// Bytes that can be read anywhere: a slice, or a file.
pub trait RandomAccess: Sync {
    /// How many bytes there are.
    fn len(&self) -> u64;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buf` with the bytes from `offset` on.
    ///
    /// # Errors
    /// Where there are not so many bytes, or they cannot be read.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<()>;

    /// All bytes, if they are in memory: they need not be copied then.
    fn as_slice(&self) -> Option<&[u8]> {
        None
    }
}

impl RandomAccess for [u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<()> {
        let part = usize::try_from(offset)
            .ok()
            .and_then(|start| Some(start..start.checked_add(buf.len())?))
            .and_then(|range| self.get(range))
            .ok_or(std::io::ErrorKind::UnexpectedEof)?;
        buf.copy_from_slice(part);
        Ok(())
    }

    fn as_slice(&self) -> Option<&[u8]> {
        Some(self)
    }
}

impl RandomAccess for &[u8] {
    fn len(&self) -> u64 {
        <[u8] as RandomAccess>::len(self)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<()> {
        <[u8] as RandomAccess>::read_at(self, offset, buf)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        Some(self)
    }
}

#[cfg(unix)]
impl RandomAccess for std::fs::File {
    fn len(&self) -> u64 {
        // A file whose length cannot be told reads as empty, which no container is.
        self.metadata().map_or(0, |metadata| metadata.len())
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, buf, offset)
    }
}
