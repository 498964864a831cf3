//! Whole containers in memory, and rows of one that can be read anywhere.

use std::ops::Range;

use ndcodec_core::{
    ArrayView, Buffer, CodecError, DecodeLimits, DecodeOptions, EncodeOptions, ErrorKind, HeaderError,
    Layout, Order, Output, RandomAccess, rows_of,
};

use crate::chunk::{AROUND, Chunker, max_record_len};
use crate::container::Chunked;
use crate::header::{Head, u32_at};
use crate::index::{self, FOOTER, Index};
use crate::workers;

/// The bytes of whole chunks around some rows that no limit forbids: a caller who wants ten rows gives a small one.
const FREE: usize = 4 << 20;

/// How many chunks each thread encodes before the results are put in order: enough that no thread waits long for the
/// slowest, few enough that they are still in the cache.
pub(crate) const WAVE: usize = 8;

pub(crate) fn encode(
    chunked: &Chunked,
    array: &ArrayView<'_>,
    options: &EncodeOptions,
    out: &mut Output<'_>,
) -> Result<(), CodecError> {
    let (head, bytes) = chunked.head(array.layout())?;
    out.push(&bytes)?;
    let chunker = chunked.chunker(chunked.own_inner()?, &head);
    let threads = workers::count(options.threads, head.count());
    let mut end = bytes.len() as u64;
    let mut offsets = Vec::with_capacity(head.count());
    let wave = workers::wave(threads, WAVE, head.chunk_len);
    for (w, payload) in array.payload().chunks(head.chunk_len.saturating_mul(wave)).enumerate() {
        encode_wave(chunked, &chunker, &head, w * wave, payload, threads, &mut |record| {
            offsets.push(end);
            end += record.len() as u64;
            out.push(record)
        })?;
    }
    out.push(&index::write(&head, &offsets, end))
}

/// Encodes a run of chunks of which the first is number `first`, and gives their records in order.
pub(crate) fn encode_wave(
    chunked: &Chunked,
    chunker: &Chunker<'_>,
    head: &Head,
    first: usize,
    payload: &[u8],
    threads: usize,
    give: &mut dyn FnMut(&[u8]) -> Result<(), CodecError>,
) -> Result<(), CodecError> {
    let mut records = chunked.records.take(Vec::new);
    let chunks = payload.chunks(head.chunk_len);
    let count = chunks.len();
    if records.len() < count {
        records.resize_with(count, Buffer::new);
    }
    workers::run(threads.min(count), chunks.zip(records.iter_mut()), |i, (chunk, record)| {
        record.clear();
        record.reserve(max_record_len(chunk.len()));
        chunker.encode(first + i, chunk, record)
    })?;
    records[..count].iter().try_for_each(|record| give(record))
}

pub(crate) fn decode(
    chunked: &Chunked,
    encoded: &[u8],
    options: &DecodeOptions,
    payload: &mut [u8],
) -> Result<(), CodecError> {
    let head = Head::read(encoded, &options.limits).map_err(HeaderError::at_end)?;
    if payload.len() != head.layout.nbytes() {
        let (len, nbytes) = (payload.len(), head.layout.nbytes());
        return Err(CodecError::new(ErrorKind::OutputFull, format!("{nbytes} bytes do not go into {len}")));
    }
    let inner = chunked.inner_of(&head)?;
    let chunker = chunked.chunker(&inner, &head);
    let index = read_index(&head, &encoded).map_err(|error| first_damage(&chunker, &head, encoded, error))?;
    decode_chunks(&head, &chunker, &index, &encoded, options, 0..head.count(), payload)
}

/// Whether there are as many bytes as the header's claims need, and an index at their end.
pub(crate) fn check_claims(
    chunked: &Chunked,
    encoded: &[u8],
    limits: &DecodeLimits,
) -> Result<(), CodecError> {
    let head = Head::read(encoded, limits).map_err(HeaderError::at_end)?;
    let inner = chunked.inner_of(&head)?;
    let chunker = chunked.chunker(&inner, &head);
    let index = read_index(&head, &encoded).map_err(|error| first_damage(&chunker, &head, encoded, error));
    index.map(drop)
}

/// Where the index cannot be used, the chunks are walked to name the first that is not whole.
fn first_damage(chunker: &Chunker<'_>, head: &Head, encoded: &[u8], error: CodecError) -> CodecError {
    let mut rest = &encoded[head.len..];
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
    let (end, len) = (encoded.len() - rest.len(), index::len(head.count()));
    match rest.split_at_checked(len) {
        Some((index, after)) if Index::read(head, index, (end + len) as u64).is_ok() => {
            CodecError::trailing(after.len(), "the container").at((end + len) as u64)
        }
        _ => error,
    }
}

pub(crate) fn decode_rows(
    chunked: &Chunked,
    encoded: &dyn RandomAccess,
    rows: Range<usize>,
    options: &DecodeOptions,
    payload: &mut Buffer,
) -> Result<Layout, CodecError> {
    let head = read_head(encoded, options)?;
    let cannot = |error| CodecError::new(ErrorKind::Input, "these rows cannot be had").with_source(error);
    let (layout, bytes) = rows_of(&head.layout, rows.clone()).map_err(cannot)?;
    check_limit("the rows have", layout.nbytes(), options.limits.max_bytes)?;
    let inner = chunked.inner_of(&head)?;
    let chunker = chunked.chunker(&inner, &head);
    let index = read_index(&head, encoded)?;
    if head.layout.order() == Order::Fortran {
        // The rows of a Fortran-ordered array lie all over it.
        check_limit("the rows lie all over", head.layout.nbytes(), options.limits.max_bytes)?;
        let mut whole = Buffer::new();
        whole.set_len(head.layout.nbytes());
        decode_chunks(&head, &chunker, &index, encoded, options, 0..head.count(), &mut whole)?;
        let view = ArrayView::new(head.layout.clone(), &whole).map_err(cannot)?;
        payload.extend_from_slice(view.rows(rows).map_err(cannot)?.payload());
        return Ok(layout);
    }
    if bytes.is_empty() {
        return Ok(layout);
    }
    let (first, last) = (bytes.start / head.chunk_len, (bytes.end - 1) / head.chunk_len);
    let span = head.chunk_range(first).start..head.chunk_range(last).end;
    check_limit("the rows lie in chunks of", span.len(), options.limits.max_bytes.max(FREE))?;
    payload.set_len(span.len());
    decode_chunks(&head, &chunker, &index, encoded, options, first..last + 1, payload)?;
    payload.copy_within(bytes.start - span.start..bytes.end - span.start, 0);
    payload.truncate(bytes.len());
    Ok(layout)
}

/// Reads and decodes some chunks into `payload`, which has their length.
fn decode_chunks(
    head: &Head,
    chunker: &Chunker<'_>,
    index: &Index,
    encoded: &dyn RandomAccess,
    options: &DecodeOptions,
    chunks: Range<usize>,
    payload: &mut [u8],
) -> Result<(), CodecError> {
    let threads = workers::count(options.threads, chunks.len());
    workers::run(threads, payload.chunks_mut(head.chunk_len), |i, part| {
        let i = chunks.start + i;
        let (start, end) = (index.ends[i], index.ends[i + 1]);
        let len = usize::try_from(end - start).unwrap_or(usize::MAX);
        if len > max_record_len(part.len()) {
            let message = format!("the index gives it {len} bytes, more than a chunk can have");
            return Err(chunker.in_chunk(i, CodecError::corrupt(message)));
        }
        if let Some(record) = slice(encoded, start, len) {
            return chunker.decode(i, record, part);
        }
        let mut record = chunker.record.take(Buffer::new);
        record.clear();
        record.set_len(len);
        encoded.read_at(start, &mut record).map_err(cannot_read)?;
        chunker.decode(i, &record, part)
    })
}

/// A record where it lies, if all is in memory.
fn slice(encoded: &dyn RandomAccess, start: u64, len: usize) -> Option<&[u8]> {
    let start = usize::try_from(start).ok()?;
    encoded.as_slice()?.get(start..start.checked_add(len)?)
}

fn check_limit(what: &str, bytes: usize, max: usize) -> Result<(), CodecError> {
    if bytes > max {
        let message = format!("{what} {bytes} bytes, more than the limit of {max}");
        return Err(CodecError::new(ErrorKind::Limit, message));
    }
    Ok(())
}

fn read_head(encoded: &dyn RandomAccess, options: &DecodeOptions) -> Result<Head, CodecError> {
    let mut prefix = Vec::new();
    loop {
        match Head::read(&prefix, &options.limits) {
            Ok(head) => return Ok(head),
            Err(HeaderError::Invalid(error)) => return Err(error),
            Err(HeaderError::Incomplete { needed }) if needed as u64 > encoded.len() => {
                return Err(HeaderError::Incomplete { needed }.at_end());
            }
            Err(HeaderError::Incomplete { needed }) => {
                let before = prefix.len();
                prefix.resize(needed.max(before + 1), 0);
                encoded.read_at(before as u64, &mut prefix[before..]).map_err(cannot_read)?;
            }
        }
    }
}

fn read_index(head: &Head, encoded: &dyn RandomAccess) -> Result<Index, CodecError> {
    let (total, len) = (encoded.len(), index::len(head.count()));
    let begin = total
        .checked_sub(len as u64)
        .filter(|begin| *begin >= head.len as u64 && len >= FOOTER)
        .ok_or_else(|| CodecError::truncated("the chunks"))?;
    if let Some(bytes) = slice(encoded, begin, len) {
        return Index::read(head, bytes, total);
    }
    let mut bytes = vec![0; len];
    encoded.read_at(begin, &mut bytes).map_err(cannot_read)?;
    Index::read(head, &bytes, total)
}

fn cannot_read(error: std::io::Error) -> CodecError {
    CodecError::new(ErrorKind::Io, "the encoded data cannot be read").with_source(error)
}
