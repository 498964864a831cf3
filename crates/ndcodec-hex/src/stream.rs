//! Streaming both ways.

use std::ops::Range;
use std::sync::Arc;

use ndcodec_core::stream::{BoxSink, BoxSource, CHUNK, Sink, Source, TextPieces};
use ndcodec_core::{Buffer, CodecError, PooledOwned};

use crate::Hex;
use crate::reader::Reader;

/// The streaming encoder.
pub(crate) struct Encoder<'s> {
    codec: Arc<Hex>,
    next: BoxSink<'s>,
    text: PooledOwned<Buffer>,
    len: usize,
}

impl<'s> Encoder<'s> {
    pub(crate) fn new(codec: Arc<Hex>, next: BoxSink<'s>) -> Self {
        let mut text = codec.buffer(CHUNK);
        let len = codec.prefix.len();
        text[..len].copy_from_slice(codec.prefix.as_bytes());
        Self { text, codec, next, len }
    }
}

impl Sink for Encoder<'_> {
    fn write(&mut self, mut bytes: &[u8]) -> Result<(), CodecError> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min((CHUNK - self.len) / 2));
            self.codec.encode_to(now, &mut self.text[self.len..][..now.len() * 2])?;
            self.len += now.len() * 2;
            bytes = later;
            if self.len == CHUNK {
                self.next.write(&self.text)?;
                self.len = 0;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), CodecError> {
        if self.len > 0 {
            self.next.write(&self.text[..self.len])?;
        }
        self.next.finish()
    }
}

/// The streaming decoder.
pub(crate) struct Decoder<'s> {
    source: BoxSource<'s>,
    pieces: TextPieces,
    reader: Reader<Arc<Hex>>,
    text: PooledOwned<Buffer>,
    decoded: PooledOwned<Buffer>,
    /// The part of `decoded` that nobody has read yet.
    unread: Range<usize>,
    is_at_end: bool,
}

impl<'s> Decoder<'s> {
    pub(crate) fn new(codec: Arc<Hex>, source: BoxSource<'s>) -> Self {
        let (text, decoded) = (codec.buffer(CHUNK), codec.buffer(CHUNK / 2 + 1));
        let (pieces, reader) = (TextPieces::default(), Reader::new(codec));
        Self { source, pieces, reader, text, decoded, unread: 0..0, is_at_end: false }
    }
}

impl Source for Decoder<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        while self.unread.is_empty() && !self.is_at_end {
            let (filled, is_last) = self.pieces.read(&mut *self.source, &mut self.text)?;
            self.is_at_end = is_last;
            self.unread = 0..self.reader.read(&self.text[..filled], is_last, &mut self.decoded)?;
        }
        let n = buf.len().min(self.unread.len());
        let from = self.unread.start;
        buf[..n].copy_from_slice(&self.decoded[from..from + n]);
        self.unread.start += n;
        Ok(n)
    }
}
