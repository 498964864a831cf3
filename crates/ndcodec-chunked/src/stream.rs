//! Containers as streams: a wave of chunks at a time, in bounded memory.

use ndcodec_core::stream::{BoxSink, BoxSource, Sink, SliceSource, Source, read_full};
use ndcodec_core::{
    Buffer, CodecError, ContainerHeader, DecodeOptions, EncodeOptions, ErrorKind, HeaderError, Layout, Output,
};

use crate::chunk::{AROUND, Chunker, max_record_len};
use crate::container::{Chunked, Inner};
use crate::header::{Head, u32_at};
use crate::index::{self, Index};
use crate::records::Records;
use crate::workers;

/// The most bytes for which room is made before the data have shown that they are there.
const STEP: usize = 64 << 10;

/// How many chunks a stream holds for each thread.
const WAVE: usize = 2;

pub(crate) fn encoder<'s>(
    chunked: &'s Chunked,
    layout: &Layout,
    options: &EncodeOptions,
    mut next: BoxSink<'s>,
) -> Result<BoxSink<'s>, CodecError> {
    let (head, bytes) = chunked.head(layout)?;
    next.write(&bytes)?;
    let threads = workers::count(options.threads, head.count());
    let wave = head.chunk_len.saturating_mul(workers::wave(threads, WAVE, head.chunk_len));
    let records = Records::new(&head, bytes.len());
    let (held, encoded) = (Buffer::new(), Buffer::new());
    Ok(Box::new(Encoder { chunked, head, next, threads, wave, held, encoded, records }))
}

struct Encoder<'s> {
    chunked: &'s Chunked,
    head: Head,
    next: BoxSink<'s>,
    threads: usize,
    /// The bytes of the payload that are encoded at once.
    wave: usize,
    held: Buffer,
    encoded: Buffer,
    records: Records,
}

impl Encoder<'_> {
    fn encode(&mut self, payload: &[u8]) -> Result<(), CodecError> {
        let Self { chunked, head, next, records, encoded, threads, .. } = self;
        let chunker = chunked.chunker(chunked.own_inner()?, head);
        encoded.clear();
        let mut out = Output::to_buffer(encoded);
        records.encode(&chunker, head.chunk_len, payload, *threads, &mut out)?;
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
            self.held.extend_from_slice(now);
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
        let Self { head, mut next, records, .. } = *self;
        if records.count() != head.count() {
            let (written, count) = (records.count(), head.count());
            return Err(CodecError::new(
                ErrorKind::Input,
                format!("{written} of {count} chunks were written"),
            ));
        }
        next.write(&records.index(&head))?;
        next.finish()
    }
}

pub(crate) fn decoder<'s>(
    chunked: &'s Chunked,
    mut source: BoxSource<'s>,
    options: &DecodeOptions,
) -> Result<(ContainerHeader, BoxSource<'s>), CodecError> {
    let mut prefix = Vec::new();
    let head = loop {
        match Head::read(&prefix, &options.limits) {
            Ok(head) => break head,
            Err(HeaderError::Invalid(error)) => return Err(error),
            Err(HeaderError::Incomplete { needed }) => {
                let before = prefix.len();
                // `needed` comes from the data: it is met in steps, each of which must have brought bytes.
                let step = needed.saturating_sub(before).clamp(1, STEP);
                prefix.resize(before + step, 0);
                if read_full(&mut *source, &mut prefix[before..])? < step {
                    return Err(HeaderError::Incomplete { needed }.at_end());
                }
            }
        }
    };
    let inner = chunked.inner_of(&head)?;
    let threads = workers::count(options.threads, head.count());
    let header =
        ContainerHeader { layout: head.layout.clone(), head_len: head.len, inner: head.inner.clone() };
    let ends = vec![head.len as u64];
    let decoder = Decoder {
        chunked,
        head,
        inner,
        source,
        threads,
        payload: Buffer::new(),
        given: 0,
        ends,
        done: false,
    };
    Ok((header, Box::new(decoder)))
}

struct Decoder<'s> {
    chunked: &'s Chunked,
    head: Head,
    inner: Inner<'s>,
    source: BoxSource<'s>,
    threads: usize,
    /// Decoded bytes, of which `given` were given.
    payload: Buffer,
    given: usize,
    /// Where the records read so far begin, and where the last ends.
    ends: Vec<u64>,
    done: bool,
}

impl Decoder<'_> {
    /// Reads and decodes the next wave of chunks.
    fn wave(&mut self, first: usize) -> Result<(), CodecError> {
        let wave = workers::wave(self.threads, WAVE, self.head.chunk_len);
        let last = first.saturating_add(wave).min(self.head.count());
        let chunker = self.chunked.chunker(&self.inner, &self.head);
        let mut records = self.chunked.records.take(Vec::new);
        if records.len() < last - first {
            records.resize_with(last - first, Buffer::new);
        }
        for (n, i) in (first..last).enumerate() {
            let (read, rest) = records.split_at_mut(n);
            let len = self.head.chunk_range(i).len();
            if let Err(error) = read_record(&mut *self.source, len, &mut rest[0]) {
                return Err(first_damage(&chunker, first, read, error));
            }
            let begin = self.ends[i];
            self.ends.push(begin + rest[0].len() as u64);
        }
        let len = self.head.chunk_range(last - 1).end - self.head.chunk_range(first).start;
        self.payload.clear();
        self.payload.set_len(len);
        self.given = 0;
        let parts = self.payload.chunks_mut(self.head.chunk_len).zip(records.iter());
        workers::run(self.threads, parts, |i, (part, record)| chunker.decode(first + i, record, part))
    }

    /// The chunks are over: reads the index and the footer, and checks that they are of these chunks and the last.
    fn end(&mut self) -> Result<(), CodecError> {
        let len = index::len(self.head.count());
        let mut bytes = Vec::new();
        // In steps, since a header may claim chunks without end that hold nothing.
        while bytes.len() < len {
            let before = bytes.len();
            bytes.resize(len.min(before + STEP), 0);
            if read_full(&mut *self.source, &mut bytes[before..])? < bytes.len() - before {
                return Err(CodecError::truncated("the index"));
            }
        }
        let begin = self.ends.last().copied().unwrap_or_default();
        let index = Index::read(&self.head, &bytes, begin + len as u64)?;
        if index.ends != self.ends {
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
        record.set_len(end);
        if read_full(source, &mut record[before..])? < end - before {
            return Err(CodecError::truncated("its record"));
        }
    }
    Ok(())
}

impl Source for Decoder<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        if self.given == self.payload.len() && !self.done {
            let next = self.ends.len() - 1;
            if next < self.head.count() {
                self.wave(next)?;
            } else {
                self.end()?;
                self.done = true;
            }
        }
        if self.done {
            return Ok(0);
        }
        let n = SliceSource(&self.payload[self.given..]).read(buf)?;
        self.given += n;
        Ok(n)
    }
}
