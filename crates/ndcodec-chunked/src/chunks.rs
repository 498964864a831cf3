//! [`Chunks`]: the chunks of one array, whole in memory, or any part of them that can be read anywhere.

use std::ops::Range;
use std::sync::Arc;

use ndcodec_core::stream::{BoxSink, BoxSource};
use ndcodec_core::{
    Body, Buffer, Choice, CodecError, DecodeLimits, DecodeOptions, EncodeOptions, InnerChain, Limit,
    OpenBody, Output, Pool, RandomAccess,
};

use crate::auto::Chosen;
use crate::chunker::{AROUND, AnyCoder, Chunker, max_record_len};
use crate::header::{Head, u32_at};
use crate::index::{self, FOOTER, Index};
use crate::parts::Scratch;
use crate::records::Records;
use crate::uniform::Uniform;
use crate::{stream, workers};

/// Chunks of so many bytes around some rows no limit forbids: a caller who wants ten rows gives a small one.
const FREE: usize = 4 << 20;

/// How many chunks each thread encodes before all wait for the slowest.
const WAVE: usize = 32;

/// The memory that arrays of one chain share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) scratch: Pool<Scratch>,
    pub(crate) record: Pool<Buffer>,
    pub(crate) records: Pool<Records>,
    /// Those of a wave of a stream.
    pub(crate) wave: Pool<Vec<Buffer>>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            scratch: Pool::measured(Scratch::size),
            record: Pool::of_buffers(),
            records: Pool::measured(Records::size),
            wave: Pool::measured(|wave| wave.iter().map(Buffer::capacity).sum()),
        }
    }
}

/// What encodes and decodes the chunks of the arrays of one header.
#[derive(Debug)]
pub(crate) enum Scheme {
    /// One inner chain, of `chunked`.
    Uniform(Uniform),
    /// Those that suit, of `auto`.
    Chosen(Chosen),
}

/// The chunks of arrays of one header.
#[derive(Debug)]
pub(crate) struct Chunks {
    pub(crate) head: Head,
    scheme: Scheme,
    pub(crate) shared: Arc<Shared>,
}

impl Chunks {
    pub(crate) fn new(head: Head, scheme: Scheme, shared: &Arc<Shared>) -> Self {
        Self { head, scheme, shared: shared.clone() }
    }

    /// What encodes and decodes single chunks, within the caller's limits.
    pub(crate) fn chunker(&self, limits: DecodeLimits) -> Result<Chunker<'_>, CodecError> {
        Ok(Chunker {
            coder: match &self.scheme {
                Scheme::Uniform(uniform) => AnyCoder::Uniform(uniform.coder(limits, &self.shared)?),
                Scheme::Chosen(chosen) => AnyCoder::Chosen(chosen.coder(limits, &self.shared)),
            },
            header_crc: self.head.crc,
            count: self.head.count(),
            record: &self.shared.record,
        })
    }

    /// Decodes the bytes `range` of the payload into `out`, which has their length.
    fn decode_range<B: AsRef<[u8]> + Sync>(
        &self,
        encoded: &dyn RandomAccess,
        index: &Index<B>,
        range: Range<usize>,
        options: &DecodeOptions,
        out: &mut [u8],
    ) -> Result<(), CodecError> {
        if range.is_empty() {
            return Ok(());
        }
        let head = &self.head;
        let chunker = &self.chunker(options.limits)?;
        let (first, last) = (range.start / head.chunk_len, (range.end - 1) / head.chunk_len);
        let first_end = head.chunk_range(first).end.min(range.end);
        let (begin, rest) = out.split_at_mut(first_end - range.start);
        let parts = std::iter::once(begin).chain(rest.chunks_mut(head.chunk_len));
        let threads = workers::count(options.threads, head.tasks(first..=last));
        workers::run(threads, parts, |n, part| {
            let i = first + n;
            let chunk = head.chunk_range(i);
            if part.len() == chunk.len() {
                return decode_chunk(chunker, encoded, index, i, part);
            }
            // Its other rows are not asked for.
            check_limit(chunk.len(), options.limits.max_bytes.max(FREE))?;
            let mut whole = chunker.buffer();
            whole.try_set_len(chunk.len())?;
            decode_chunk(chunker, encoded, index, i, &mut whole)?;
            let from = range.start.saturating_sub(chunk.start);
            part.copy_from_slice(&whole[from..from + part.len()]);
            Ok(())
        })
    }

    /// If the index cannot be used, the chunks are walked to name the first that is not whole.
    fn first_damage(&self, encoded: &[u8], error: CodecError) -> CodecError {
        let head = &self.head;
        let Ok(chunker) = self.chunker(DecodeLimits::new()) else { return error };
        let mut rest = encoded;
        for i in 0..head.count() {
            let record = (rest.len() >= 4)
                .then(|| u32_at(rest, 0).saturating_add(AROUND))
                .and_then(|len| rest.split_at_checked(len));
            let Some((record, after)) = record else {
                return chunker.in_chunk(i, CodecError::truncated("its record"));
            };
            if let Err(error) = chunker.check(i, record) {
                return chunker.in_chunk(i, error);
            }
            rest = after;
        }
        let (end, len) = (head.len + encoded.len() - rest.len(), index::len(head.count()));
        match rest.split_at_checked(len) {
            Some((index, after)) if Index::read(head, index, (end + len) as u64).is_ok() => {
                CodecError::trailing(after.len(), "the container").at((end + len) as u64)
            }
            _ => error,
        }
    }

    /// Where the index begins in the `len` bytes behind the head, and its length.
    fn index_place(&self, len: u64) -> Result<(u64, usize), CodecError> {
        let index = index::len(self.head.count());
        let begin = len.checked_sub(index as u64).filter(|_| index >= FOOTER);
        Ok((begin.ok_or_else(|| CodecError::truncated("the chunks"))?, index))
    }

    /// The length of the container, of so many bytes behind the head.
    fn total(&self, len: u64) -> u64 {
        len.saturating_add(self.head.len as u64)
    }

    fn index_of<'e>(&self, encoded: &'e [u8]) -> Result<Index<&'e [u8]>, CodecError> {
        let (_, len) = self.index_place(encoded.len() as u64)?;
        Index::read(&self.head, &encoded[encoded.len() - len..], self.total(encoded.len() as u64))
    }
}

impl Body for Chunks {
    fn inner_chain(&self) -> Option<&Arc<InnerChain>> {
        match &self.scheme {
            Scheme::Uniform(uniform) => uniform.inner_chain(),
            Scheme::Chosen(_) => None,
        }
    }

    fn max_encoded_len(&self) -> Option<usize> {
        let count = self.head.count();
        // Every chunk but the last is full, and each costs at most its record's own bytes; the last is given the room that
        // it needs while it is made.
        let records = max_record_len(0).checked_mul(count)?.checked_add(self.head.layout.nbytes())?;
        let room = self.chunker(DecodeLimits::new()).ok()?.room(0);
        records.checked_add(index::len(count))?.checked_add(room)
    }

    fn encode(
        &self,
        payload: &[u8],
        options: &EncodeOptions,
        out: &mut Output<'_>,
    ) -> Result<(), CodecError> {
        let head = &self.head;
        let chunker = self.chunker(DecodeLimits::new())?;
        let threads = workers::count(options.threads, head.tasks(0..=head.count().saturating_sub(1)));
        let mut records = self.shared.records.take(Records::default);
        records.begin(head.len);
        let wave = workers::wave(threads, WAVE, head.chunk_len);
        for payload in payload.chunks(head.chunk_len.saturating_mul(wave)) {
            records.encode(&chunker, head.chunk_len, payload, threads, out)?;
        }
        records.write_index(head, out)
    }

    fn encoder<'s>(
        self: Arc<Self>,
        options: &EncodeOptions,
        next: BoxSink<'s>,
    ) -> Result<BoxSink<'s>, CodecError> {
        Ok(Box::new(stream::Encoder::new(self, options, next)))
    }

    fn decode(
        &self,
        encoded: &[u8],
        options: &DecodeOptions,
        out: &mut Output<'_>,
    ) -> Result<(), CodecError> {
        // The inner chain comes first, as its fault is not that of the chunks.
        self.chunker(options.limits)?;
        let index = self.index_of(encoded).map_err(|error| self.first_damage(encoded, error))?;
        let nbytes = self.head.layout.nbytes();
        self.decode_range(&encoded, &index, 0..nbytes, options, out.spare(nbytes)?)?;
        out.commit(nbytes)
    }

    fn open(
        self: Arc<Self>,
        encoded: &dyn RandomAccess,
        options: &DecodeOptions,
    ) -> Result<Box<dyn OpenBody>, CodecError> {
        self.chunker(options.limits)?;
        let behind = encoded.size().map_err(CodecError::io)?;
        let (begin, len) = self.index_place(behind)?;
        let mut bytes = vec![0; len];
        encoded.read_at(begin, &mut bytes).map_err(CodecError::io)?;
        let index = Index::read(&self.head, bytes, self.total(behind))?;
        Ok(Box::new(Opened { chunks: self, index }))
    }

    fn decoder<'s>(
        self: Arc<Self>,
        source: BoxSource<'s>,
        options: &DecodeOptions,
    ) -> Result<BoxSource<'s>, CodecError> {
        Ok(Box::new(stream::Decoder::new(self, source, options)?))
    }
}

/// The chunks of an array whose index was read.
#[derive(Debug)]
struct Opened {
    chunks: Arc<Chunks>,
    index: Index<Vec<u8>>,
}

impl OpenBody for Opened {
    fn read(
        &self,
        encoded: &dyn RandomAccess,
        range: Range<usize>,
        options: &DecodeOptions,
        out: &mut [u8],
    ) -> Result<(), CodecError> {
        self.chunks.decode_range(encoded, &self.index, range, options, out)
    }

    fn choices(
        &self,
        encoded: &dyn RandomAccess,
        options: &DecodeOptions,
    ) -> Result<Vec<Choice>, CodecError> {
        let chunker = self.chunks.chunker(options.limits)?;
        let mut choices = Vec::new();
        let mut record = chunker.buffer();
        for i in 0..self.chunks.head.count() {
            let len = self.chunks.head.chunk_range(i).len();
            read_record(&chunker, encoded, &self.index, i, len, &mut record)?;
            chunker.describe(i, &record, len, &mut choices)?;
        }
        Ok(choices)
    }
}

/// Reads and decodes chunk `i` into `part`, which has its length.
fn decode_chunk<B: AsRef<[u8]>>(
    chunker: &Chunker<'_>,
    encoded: &dyn RandomAccess,
    index: &Index<B>,
    i: usize,
    part: &mut [u8],
) -> Result<(), CodecError> {
    let (start, end) = index.record(i);
    let len = usize::try_from(end - start).unwrap_or(usize::MAX);
    if len <= max_record_len(part.len())
        && let Some(bytes) = encoded.as_slice()
        && let Some(record) = usize::try_from(start).ok().and_then(|start| bytes.get(start..start + len))
    {
        return chunker.decode(i, record, part);
    }
    let mut record = chunker.buffer();
    read_record(chunker, encoded, index, i, part.len(), &mut record)?;
    chunker.decode(i, &record, part)
}

/// Reads the record of chunk `i`, of `len` bytes.
fn read_record<B: AsRef<[u8]>>(
    chunker: &Chunker<'_>,
    encoded: &dyn RandomAccess,
    index: &Index<B>,
    i: usize,
    len: usize,
    record: &mut Buffer,
) -> Result<(), CodecError> {
    let (start, end) = index.record(i);
    let record_len = usize::try_from(end - start).unwrap_or(usize::MAX);
    if record_len > max_record_len(len) {
        let message = format!("the index gives it {record_len} bytes, more than a chunk can have");
        return Err(chunker.in_chunk(i, CodecError::corrupt(message)));
    }
    record.clear();
    record.try_set_len(record_len)?;
    encoded.read_at(start, record).map_err(CodecError::io)
}

fn check_limit(bytes: usize, max: usize) -> Result<(), CodecError> {
    if bytes > max {
        let message = format!("the rows lie in chunks of {bytes} bytes, more than the limit of {max}");
        return Err(CodecError::over(Limit::Bytes, message));
    }
    Ok(())
}
