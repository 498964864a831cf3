//! Whole containers in memory, and rows of one that can be read anywhere.

use std::ops::Range;

use ndcodec_core::{
    ArrayView, Buffer, CodecError, DecodeOptions, EncodeOptions, ErrorKind, HeaderError, Layout, Order,
    Output, RandomAccess, rows_of,
};

use crate::chunk::{AROUND, Chunker, max_record_len};
use crate::container::Chunked;
use crate::header::{Head, u32_at};
use crate::index::{self, FOOTER, Index};
use crate::workers;

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
    let wave = head.chunk_len.saturating_mul(WAVE * threads);
    for (w, payload) in array.payload().chunks(wave).enumerate() {
        encode_wave(chunked, &chunker, &head, w * WAVE * threads, payload, threads, &mut |record| {
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
    let Ok(mut records) = chunked.records.take(|| Ok::<_, std::convert::Infallible>(Vec::new()));
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
    let inner = chunked.inner_of(&head)?;
    let chunker = chunked.chunker(&inner, &head);
    let index = index_of(&head, encoded).map_err(|error| first_damage(&chunker, &head, encoded, error))?;
    let threads = workers::count(options.threads, head.count());
    let chunks = payload.chunks_mut(head.chunk_len);
    workers::run(threads, chunks, |i, part| chunker.decode(i, record(encoded, &index, i)?, part))
}

fn index_of(head: &Head, encoded: &[u8]) -> Result<Index, CodecError> {
    let begin = encoded.len().checked_sub(index::len(head.count())).filter(|begin| *begin >= head.len);
    let begin = begin.ok_or_else(|| CodecError::truncated("the chunks"))?;
    Index::read(head, &encoded[begin..], encoded.len() as u64)
}

fn record<'e>(encoded: &'e [u8], index: &Index, i: usize) -> Result<&'e [u8], CodecError> {
    let place = |at: u64| usize::try_from(at).ok();
    place(index.ends[i])
        .zip(place(index.ends[i + 1]))
        .and_then(|(start, end)| encoded.get(start..end))
        .ok_or_else(|| CodecError::corrupt(format!("the index puts chunk {i} outside of the data")))
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
    error
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
    if layout.nbytes() > options.limits.max_bytes {
        let (nbytes, max) = (layout.nbytes(), options.limits.max_bytes);
        return Err(CodecError::new(
            ErrorKind::Limit,
            format!("the rows have {nbytes} bytes, more than the limit of {max}"),
        ));
    }
    let inner = chunked.inner_of(&head)?;
    let chunker = chunked.chunker(&inner, &head);
    let index = read_index(&head, encoded)?;
    if head.layout.order() == Order::Fortran {
        // The rows of a Fortran-ordered array lie all over it.
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
        let len = usize::try_from(index.ends[i + 1] - index.ends[i]).unwrap_or(usize::MAX);
        if len > max_record_len(part.len()) {
            let message = format!("the index gives it {len} bytes, more than a chunk can have");
            return Err(chunker.in_chunk(i, CodecError::corrupt(message)));
        }
        let mut record = vec![0; len];
        encoded.read_at(index.ends[i], &mut record).map_err(|error| cannot_read(&error))?;
        chunker.decode(i, &record, part)
    })
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
                encoded.read_at(before as u64, &mut prefix[before..]).map_err(|error| cannot_read(&error))?;
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
    let mut bytes = vec![0; len];
    encoded.read_at(begin, &mut bytes).map_err(|error| cannot_read(&error))?;
    Index::read(head, &bytes, total)
}

fn cannot_read(error: &std::io::Error) -> CodecError {
    CodecError::new(ErrorKind::Io, format!("the encoded data cannot be read: {error}"))
}
