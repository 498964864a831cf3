//! Containers as streams: a wave of chunks at a time, in bounded memory.

use std::sync::Arc;

use ndcodec_core::stream::{BoxSink, BoxSource, Sink, SliceSource, Source, read_full};
use ndcodec_core::{
    Buffer, CodecError, DecodeLimits, DecodeOptions, EncodeOptions, ErrorKind, Output, PooledOwned,
};

use crate::chunker::{AROUND, Chunker, max_record_len};
use crate::chunks::Chunks;
use crate::header::u32_at;
use crate::index::{self, Index};
use crate::records::Records;
use crate::workers;

/// The most bytes for which room is made before the data have shown that they are there.
const STEP: usize = 64 << 10;

/// How many chunks a stream holds for each thread.
const WAVE: usize = 2;

/// Takes the payload, and writes the chunks behind the head.
pub(crate) struct Encoder<'s> {
    chunks: Arc<Chunks>,
    next: BoxSink<'s>,
    threads: usize,
    /// The bytes of the payload that are encoded at once.
    wave: usize,
    held: Buffer,
    encoded: Buffer,
    records: PooledOwned<Records>,
}

impl<'s> Encoder<'s> {
    pub(crate) fn new(chunks: Arc<Chunks>, options: &EncodeOptions, next: BoxSink<'s>) -> Self {
        let head = &chunks.head;
        let threads = workers::count(options.threads, head.count());
        let wave = head.chunk_len.saturating_mul(workers::wave(threads, WAVE, head.chunk_len));
        let mut records = chunks.shared.records.take_owned(Records::default);
        records.begin(head.len);
        Self { chunks, next, threads, wave, held: Buffer::new(), encoded: Buffer::new(), records }
    }

    fn encode(&mut self, payload: &[u8]) -> Result<(), CodecError> {
        let Self { chunks, next, records, encoded, threads, .. } = self;
        let chunker = chunks.chunker(DecodeLimits::new())?;
        encoded.clear();
        let mut out = Output::to_buffer(encoded);
        records.encode(&chunker, chunks.head.chunk_len, payload, *threads, &mut out)?;
        out.finish();
        next.write(encoded)
    }
}

impl Sink for Encoder<'_> {
    fn write(&mut self, mut bytes: &[u8]) -> Result<(), CodecError> {
        while !bytes.is_empty() {
            if self.held.is_empty() && bytes.len() >= self.wave {
                let (wave, rest) = bytes.split_at(self.wave);
                self.encode(wave)?;
                bytes = rest;
                continue;
            }
            let (now, later) = bytes.split_at(bytes.len().min(self.wave - self.held.len()));
            self.held.try_extend_from_slice(now)?;
            bytes = later;
            if self.held.len() == self.wave {
                let held = std::mem::take(&mut self.held);
                self.encode(&held)?;
                self.held = held;
                self.held.clear();
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), CodecError> {
        let held = std::mem::take(&mut self.held);
        if !held.is_empty() {
            self.encode(&held)?;
        }
        let Self { chunks, mut next, records, mut encoded, .. } = *self;
        if records.count() != chunks.head.count() {
            let (written, count) = (records.count(), chunks.head.count());
            return Err(CodecError::new(
                ErrorKind::Input,
                format!("{written} of {count} chunks were written"),
            ));
        }
        encoded.clear();
        let mut out = Output::to_buffer(&mut encoded);
        records.write_index(&chunks.head, &mut out)?;
        out.finish();
        next.write(&encoded)?;
        next.finish()
    }
}

/// Reads the chunks behind the head, and gives the payload.
pub(crate) struct Decoder<'s> {
    chunks: Arc<Chunks>,
    source: BoxSource<'s>,
    limits: DecodeLimits,
    threads: usize,
    /// Decoded bytes, of which `given` were given.
    payload: Buffer,
    given: usize,
    /// Where the records read so far begin behind the head, and where the last ends.
    ends: Vec<u64>,
    is_done: bool,
}

impl<'s> Decoder<'s> {
    pub(crate) fn new(
        chunks: Arc<Chunks>,
        source: BoxSource<'s>,
        options: &DecodeOptions,
    ) -> Result<Self, CodecError> {
        chunks.chunker(options.limits)?;
        let threads = workers::count(options.threads, chunks.head.count());
        let ends = vec![0];
        let (limits, payload) = (options.limits, Buffer::new());
        Ok(Self { chunks, source, limits, threads, payload, given: 0, ends, is_done: false })
    }

    /// Reads and decodes the next wave of chunks.
    fn wave(&mut self, first: usize) -> Result<(), CodecError> {
        let wave = workers::wave(self.threads, WAVE, self.chunks.head.chunk_len);
        let last = first.saturating_add(wave).min(self.chunks.head.count());
        let chunker = self.chunks.chunker(self.limits)?;
        let mut records = self.chunks.shared.wave.take(Vec::new);
        if records.len() < last - first {
            records.resize_with(last - first, Buffer::new);
        }
        for (n, i) in (first..last).enumerate() {
            let (read, rest) = records.split_at_mut(n);
            let len = self.chunks.head.chunk_range(i).len();
            if let Err(error) = read_record(&mut *self.source, len, &mut rest[0]) {
                return Err(first_damage(&chunker, first, read, error));
            }
            let begin = self.ends[i];
            self.ends.push(begin + rest[0].len() as u64);
        }
        let len = self.chunks.head.chunk_range(last - 1).end - self.chunks.head.chunk_range(first).start;
        self.payload.clear();
        self.payload.try_set_len(len)?;
        self.given = 0;
        let parts = self.payload.chunks_mut(self.chunks.head.chunk_len).zip(records.iter());
        workers::run(self.threads, parts, |i, (part, record)| chunker.decode(first + i, record, part))
    }

    /// The chunks are over: reads the index and the footer, and checks that they are of these chunks and the last.
    fn end(&mut self) -> Result<(), CodecError> {
        let len = index::len(self.chunks.head.count());
        let mut bytes = Vec::new();
        // In steps, since a header may claim chunks without end that hold nothing.
        while bytes.len() < len {
            let before = bytes.len();
            bytes.resize(len.min(before + STEP), 0);
            if read_full(&mut *self.source, &mut bytes[before..])? < bytes.len() - before {
                return Err(CodecError::truncated("the index"));
            }
        }
        let begin = self.ends.last().copied().unwrap_or_default() + self.chunks.head.len as u64;
        let index = Index::read(&self.chunks.head, bytes, begin + len as u64)?;
        let is_same = |(i, ends): (usize, &[u64])| index.record(i) == (ends[0], ends[1]);
        if !self.ends.windows(2).enumerate().all(is_same) {
            return Err(CodecError::corrupt("the index is not one of these chunks").at(begin));
        }
        if self.source.read(&mut [0])? > 0 {
            return Err(CodecError::new(ErrorKind::Trailing, "bytes follow the end of the container"));
        }
        Ok(())
    }
}

/// A record could not be read after those in `read`, the first of which is that of chunk `first`: names the first
/// that is not whole, since a wrong length in one shows only in the next.
fn first_damage(chunker: &Chunker<'_>, first: usize, read: &[Buffer], error: CodecError) -> CodecError {
    if error.kind() == ErrorKind::Io {
        return error;
    }
    for (i, record) in (first..).zip(read) {
        if let Err(error) = chunker.check(i, record) {
            return chunker.in_chunk(i, error);
        }
    }
    chunker.in_chunk(first + read.len(), error)
}

/// Reads one record, which can be no larger than a stored one.
fn read_record(source: &mut dyn Source, payload_len: usize, record: &mut Buffer) -> Result<(), CodecError> {
    record.clear();
    record.set_len(4);
    if read_full(source, record)? < 4 {
        return Err(CodecError::truncated("its record"));
    }
    let len = u32_at(record, 0).saturating_add(AROUND);
    if len > max_record_len(payload_len) {
        return Err(CodecError::corrupt(format!("it claims {len} bytes, more than a chunk can have")));
    }
    while record.len() < len {
        let before = record.len();
        // The length comes from the data: a record grows as its bytes come, unless there is room already.
        let end = len.min(record.capacity().max(before * 2).max(STEP));
        record.try_set_len(end)?;
        if read_full(source, &mut record[before..])? < end - before {
            return Err(CodecError::truncated("its record"));
        }
    }
    Ok(())
}

impl Source for Decoder<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        if self.given == self.payload.len() && !self.is_done {
            let next = self.ends.len() - 1;
            if next < self.chunks.head.count() {
                self.wave(next)?;
            } else {
                self.end()?;
                self.is_done = true;
            }
        }
        if self.is_done {
            return Ok(0);
        }
        let n = SliceSource::new(&self.payload[self.given..]).read(buf)?;
        self.given += n;
        Ok(n)
    }
}
