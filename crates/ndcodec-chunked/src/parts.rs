//! [`Parts`]: bytes through an inner chain, in parts.
//!
//! If the last filter makes byte planes, they are encoded one by one, and each is stored as it is if encoding does not
//! pay, or as one byte if it is constant: the noisy planes of floats cost a compressor most of its time and give
//! nothing.

use ndcodec_core::{
    Buffer, CodecError, Content, DecodeLimits, ErrorKind, Filtered, InnerChain, InnerFilters, Input, Output,
    Pool,
};

use crate::chunker::wrong_length;
use crate::header::u32_at;

/// How a part is kept.
const PART_STORED: u8 = 0;
const PART_ENCODED: u8 = 1;
const PART_CONSTANT: u8 = 2;

/// The bytes of a part's entry in the table: how it is kept, and its length.
const ENTRY: usize = 5;

/// Encoding a part has to save a byte in so many: less is not worth the time of decoding.
pub(crate) const LEAST: usize = 128;

/// Encodes and decodes the parts of chunks with one inner chain. Shared by all threads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'c> {
    pub(crate) inner: &'c InnerChain,
    /// The caller's, for decoding.
    pub(crate) limits: &'c DecodeLimits,
    pub(crate) scratch: &'c Pool<Scratch>,
    /// Encoding one of several planes has to save a byte in so many.
    pub(crate) least_of_plane: usize,
}

/// Memory for the work on one chunk.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) filtered: Buffer,
    pub(crate) sample: Buffer,
    /// What is kept of the parts of a chunk.
    pub(crate) kept: Buffer,
    /// Never written to.
    zeros: Buffer,
}

impl Scratch {
    /// The bytes that it occupies.
    pub(crate) fn size(&self) -> usize {
        let Self { filtered, sample, kept, zeros } = self;
        [filtered, sample, kept, zeros].into_iter().map(Buffer::capacity).sum()
    }
}

/// The most parts of a chunk: a byte counts them.
const MAX_PARTS: usize = u8::MAX as usize;

/// A part shorter than this is not worth a frame of its own.
const MIN_PART: usize = 512;

impl<'c> Parts<'c> {
    pub(crate) fn new(inner: &'c InnerChain, limits: &'c DecodeLimits, scratch: &'c Pool<Scratch>) -> Self {
        Self { inner, limits, scratch, least_of_plane: LEAST }
    }

    /// The room that [`encode`](Self::encode) wants beside the payload, of `len` bytes.
    pub(crate) fn room(&self, len: usize) -> usize {
        let more = self.inner.max_encoded_len(len).map_or(0, |bound| bound.saturating_sub(len));
        more.saturating_add(ENTRY * MAX_PARTS + 1)
    }

    /// Writes the parts of a payload, the table first, and returns their length, if it is less than `most`. `is_promising`
    /// says which are worth a try.
    pub(crate) fn encode(
        &self,
        filters: &InnerFilters,
        payload: &[u8],
        most: usize,
        is_promising: impl Fn(usize) -> bool,
        body: &mut [u8],
    ) -> Result<Option<usize>, CodecError> {
        let count = part_count(filters);
        let parts = usize::from(count);
        let mut scratch = self.scratch.take(Scratch::default);
        let (head, data) = body.split_at_mut(1 + ENTRY * parts);
        head[0] = count;
        let table = &mut head[1..];
        let of_each = if parts > 1 { self.least_of_plane } else { LEAST };
        let least = |p| is_promising(p).then_some(of_each);
        let has_known_len = filters.output().known_len().is_some();
        // Noise comes first, as the low bits of floats do: then it is stored where the filters write it.
        let keeps_len = filters.output().known_len() == Some(payload.len());
        let end = if parts > 1 && keeps_len && !is_promising(0) {
            self.encode_in_place(filters, payload, parts, least, table, data)?
        } else {
            let bytes = filter(filters, payload, &mut scratch.filtered)?;
            // What is stored is never longer than the payload, so neither is anything that is worth a look.
            if bytes.len() > payload.len() && !self.inner.has_codecs() {
                return Ok(None);
            }
            let part_len = (bytes.len() / parts).max(1);
            let mut end = 0;
            for (p, part) in bytes.chunks_exact(part_len).enumerate() {
                let (how, len) =
                    self.encode_part(part, filters.content(), least(p), has_known_len, &mut data[end..])?;
                if end + len > payload.len() {
                    return Ok(None);
                }
                write_entry(table, p, how, len)?;
                end += len;
            }
            if 1 + table.len() + end < most {
                // Stored parts are copied only now, when it is sure that the chunk is not stored as a whole.
                let mut at = 0;
                for (entry, part) in table.chunks_exact(ENTRY).zip(bytes.chunks_exact(part_len)) {
                    if entry[0] == PART_STORED {
                        data[at..at + part.len()].copy_from_slice(part);
                    }
                    at += u32_at(entry, 1);
                }
            }
            end
        };
        Ok(Some(head.len() + end).filter(|len| *len < most))
    }

    /// Writes the parts, of which the filtered form has several of equal length, to where the filters write them or before that,
    /// and returns their length.
    fn encode_in_place(
        &self,
        filters: &InnerFilters,
        payload: &[u8],
        parts: usize,
        least: impl Fn(usize) -> Option<usize>,
        table: &mut [u8],
        data: &mut [u8],
    ) -> Result<usize, CodecError> {
        let mut out = Output::to_slice(data).limited(filters.output().max_len());
        filters.forward(payload, &mut out)?;
        let part_len = out.finish() / parts;
        let mut scratch = self.scratch.take(Scratch::default);
        let room = &mut scratch.filtered;
        room.clear();
        room.try_set_len(part_len.saturating_add(self.room(part_len)))?;
        let mut end = 0;
        for p in 0..parts {
            let part = p * part_len..(p + 1) * part_len;
            let (how, len) =
                self.encode_part(&data[part.clone()], filters.content(), least(p), true, room)?;
            match how {
                PART_STORED if part.start == end => {}
                PART_STORED => data.copy_within(part, end),
                _ => data[end..end + len].copy_from_slice(&room[..len]),
            }
            write_entry(table, p, how, len)?;
            end += len;
        }
        Ok(end)
    }

    /// Encodes one part to the beginning of `room` if that saves a byte in `least`, and returns how it is to be kept and how
    /// long that is. A part that is to be stored is not written.
    fn encode_part(
        &self,
        part: &[u8],
        content: Content,
        least: Option<usize>,
        has_known_len: bool,
        room: &mut [u8],
    ) -> Result<(u8, usize), CodecError> {
        // One byte does not say how often it comes again.
        if has_known_len && is_constant(part) {
            room[0] = part[0];
            return Ok((PART_CONSTANT, 1));
        }
        if self.inner.has_codecs()
            && let Some(least) = least
            && let Some(len) = self.try_encode(part, content, part.len() - part.len() / least, room)?
        {
            return Ok((PART_ENCODED, len));
        }
        Ok((PART_STORED, part.len()))
    }

    /// Encodes `bytes` to the beginning of `room`, and returns the length if that is less than `most`.
    pub(crate) fn try_encode(
        &self,
        bytes: &[u8],
        content: Content,
        most: usize,
        room: &mut [u8],
    ) -> Result<Option<usize>, CodecError> {
        let mut out = Output::to_slice(room);
        match self.inner.encode(&Input::new(&[bytes]).of(content), &mut out) {
            Ok(()) => Ok(Some(out.finish()).filter(|len| *len < most)),
            // There is room for what would pay.
            Err(error) if error.kind() == ErrorKind::OutputFull => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Decodes what [`encode`](Self::encode) wrote to the payload, which it fills.
    pub(crate) fn decode(
        &self,
        filters: &InnerFilters,
        parts: &[u8],
        payload: &mut [u8],
    ) -> Result<(), CodecError> {
        let (&count, rest) = parts.split_first().ok_or_else(|| CodecError::truncated("its table"))?;
        let count = usize::from(count);
        let known_len = filters.output().known_len();
        if let Some(len) = known_len.filter(|len| count == 0 || !len.is_multiple_of(count)) {
            return Err(CodecError::corrupt(format!("its {len} bytes cannot fall into {count} equal parts")));
        }
        let (table, data) =
            rest.split_at_checked(ENTRY * count).ok_or_else(|| CodecError::truncated("its table"))?;
        let mut kept = Kept { table, data };
        let Some(len) = known_len else {
            return self.decode_one_part(filters, count, kept, payload);
        };
        let part_len = len / count;
        if filters.is_identity() {
            for part in payload.chunks_exact_mut(part_len.max(1)) {
                match kept.next(part_len)? {
                    (PART_STORED, bytes) => part.copy_from_slice(bytes),
                    (how, bytes) => self.decode_part(how, bytes, part)?,
                }
            }
            return kept.end();
        }
        let mut scratch = self.scratch.take(Scratch::default);
        let Scratch { filtered, zeros, .. } = &mut *scratch;
        filtered.clear();
        filtered.try_set_len(len)?;
        zeros.try_set_len(part_len)?;
        let mut planes: [&[u8]; MAX_PARTS] = [&[]; MAX_PARTS];
        for (plane, part) in planes.iter_mut().zip(filtered.chunks_exact_mut(part_len.max(1))) {
            *plane = match kept.next(part_len)? {
                // What is stored is read where it lies; the upper bytes of small numbers are all in one place.
                (PART_STORED, bytes) => bytes,
                (PART_CONSTANT, [0]) => zeros,
                (how, bytes) => {
                    self.decode_part(how, bytes, part)?;
                    part
                }
            };
        }
        kept.end()?;
        filters.backward(&planes[..count], payload)
    }

    /// Decodes a filtered form that does not say how long it is, and so is one part.
    fn decode_one_part(
        &self,
        filters: &InnerFilters,
        count: usize,
        mut kept: Kept<'_>,
        payload: &mut [u8],
    ) -> Result<(), CodecError> {
        if count != 1 {
            return Err(CodecError::corrupt(format!("it has {count} parts, but its filters give one")));
        }
        let most = filters.output().max_len();
        let (how, bytes) = kept.next_of_any_len()?;
        kept.end()?;
        if how == PART_STORED {
            return filters.backward(&[bytes], payload);
        }
        let mut scratch = self.scratch.take(Scratch::default);
        scratch.filtered.clear();
        let mut out = Output::to_buffer(&mut scratch.filtered).with_limits(&self.limits.with_max_bytes(most));
        self.inner.decode(bytes, &mut out)?;
        out.finish();
        filters.backward(&[&scratch.filtered], payload)
    }

    /// Decodes a part that is not stored.
    fn decode_part(&self, how: u8, kept: &[u8], part: &mut [u8]) -> Result<(), CodecError> {
        if how == PART_CONSTANT {
            part.fill(kept[0]);
            return Ok(());
        }
        self.decode_encoded(kept, part)
    }

    /// Decodes what went through the codecs into its place, which it fills.
    pub(crate) fn decode_encoded(&self, kept: &[u8], part: &mut [u8]) -> Result<(), CodecError> {
        let expected = part.len();
        let mut out = Output::to_slice(part).with_limits(&self.limits.with_max_bytes(expected));
        self.inner.decode(kept, &mut out)?;
        match out.finish() {
            actual if actual == expected => Ok(()),
            actual => Err(wrong_length(actual, expected)),
        }
    }
}

/// Says of part `p` how it is kept, and how long that is.
fn write_entry(table: &mut [u8], p: usize, how: u8, len: usize) -> Result<(), CodecError> {
    let len =
        u32::try_from(len).map_err(|_| CodecError::new(ErrorKind::Input, "a part of more than 4 GiB"))?;
    table[ENTRY * p] = how;
    table[ENTRY * p + 1..][..ENTRY - 1].copy_from_slice(&len.to_le_bytes());
    Ok(())
}

/// What is kept of the parts that were not read yet.
struct Kept<'r> {
    table: &'r [u8],
    data: &'r [u8],
}

impl<'r> Kept<'r> {
    /// How the next part, of `part_len` bytes, is kept, and what is kept of it, which is as long as that wants it.
    fn next(&mut self, part_len: usize) -> Result<(u8, &'r [u8]), CodecError> {
        match self.split()? {
            (PART_STORED, kept) if kept.len() != part_len => Err(wrong_length(kept.len(), part_len)),
            (PART_CONSTANT, kept) if kept.len() != 1 => Err(wrong_length(kept.len(), part_len)),
            (how @ (PART_STORED | PART_ENCODED | PART_CONSTANT), kept) => Ok((how, kept)),
            (other, _) => Err(unknown_way(other)),
        }
    }

    /// As [`next`](Self::next), of a part whose length nobody knows.
    fn next_of_any_len(&mut self) -> Result<(u8, &'r [u8]), CodecError> {
        match self.split()? {
            (how @ (PART_STORED | PART_ENCODED), kept) => Ok((how, kept)),
            (other, _) => Err(unknown_way(other)),
        }
    }

    fn split(&mut self) -> Result<(u8, &'r [u8]), CodecError> {
        let (entry, table) =
            self.table.split_at_checked(ENTRY).ok_or_else(|| CodecError::truncated("its table"))?;
        let (kept, data) =
            self.data.split_at_checked(u32_at(entry, 1)).ok_or_else(|| CodecError::truncated("its parts"))?;
        (self.table, self.data) = (table, data);
        Ok((entry[0], kept))
    }

    /// Nothing may follow the last part.
    fn end(&self) -> Result<(), CodecError> {
        match self.data.len() {
            0 => Ok(()),
            more => Err(CodecError::trailing(more, "its parts")),
        }
    }
}

fn unknown_way(how: u8) -> CodecError {
    CodecError::corrupt(format!("unknown part kind {how}; expected 0, 1 or 2"))
}

/// The bytes of a payload through the filters, in `filtered` unless they change nothing.
pub(crate) fn filter<'b>(
    filters: &InnerFilters,
    payload: &'b [u8],
    filtered: &'b mut Buffer,
) -> Result<&'b [u8], CodecError> {
    if filters.is_identity() {
        return Ok(payload);
    }
    filtered.clear();
    let mut out = Output::to_buffer(filtered).limited(filters.output().max_len());
    filters.forward(payload, &mut out)?;
    out.finish();
    Ok(filtered)
}

/// Into how many parts the filtered form of a chunk falls. Short ones are not worth a frame of their own.
pub(crate) fn part_count(filters: &InnerFilters) -> u8 {
    let planes = filters.planes();
    let is_worth_it = match filters.output() {
        Filtered::Array(layout) => layout.nbytes() / planes >= MIN_PART,
        _ => false,
    };
    u8::try_from(planes).ok().filter(|_| is_worth_it).unwrap_or(1)
}

pub(crate) fn is_constant(part: &[u8]) -> bool {
    match part {
        [] => false,
        [_, rest @ ..] => *rest == part[..part.len() - 1],
    }
}
