//! One chunk: its payload, through the inner chain, as a record with a checksum; and back.
//!
//! A chunk is stored as it is where encoding does not pay. Where the last filter makes byte planes, they are
//! encoded one by one, and each is stored as it is where encoding does not pay, or as one byte where it is constant:
//! the noisy planes of floats cost a compressor most of its time and give nothing.

use ndcodec_core::{Buffer, CodecError, DType, DecodeLimits, ErrorKind, InnerChain, Output, Pool};

use crate::header::u32_at;

/// The bytes of a record beside its body: the body's length before it, the checksum after it.
pub(crate) const AROUND: usize = 8;

/// The payload as it lies.
const STORED: u8 = 0;
/// Filtered, in parts of equal length.
const PARTS: u8 = 1;

/// How a part is kept.
const PART_STORED: u8 = 0;
const PART_ENCODED: u8 = 1;
const PART_CONSTANT: u8 = 2;

/// The bytes of a part's entry in the table: how it is kept, and its length.
const ENTRY: usize = 5;

/// A part is encoded in full only if a sample of this size loses a tenth.
const PROBE: usize = 4 << 10;

/// Encodes and decodes the chunks of one array. Shared by all threads.
#[derive(Debug)]
pub(crate) struct Chunker<'c> {
    pub(crate) inner: &'c InnerChain,
    pub(crate) dtype: &'c DType,
    pub(crate) header_crc: u32,
    pub(crate) count: usize,
    pub(crate) scratch: &'c Pool<Scratch>,
    pub(crate) record: &'c Pool<Buffer>,
}

/// Memory for the work on one chunk.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    filtered: Buffer,
    encoded: Buffer,
}

/// A part shorter than this is not worth a frame of its own.
const MIN_PART: usize = 512;

impl Chunker<'_> {
    /// Appends the record of chunk `i` to `record`.
    pub(crate) fn encode(&self, i: usize, payload: &[u8], record: &mut Buffer) -> Result<(), CodecError> {
        self.encode_record(i, payload, record).map_err(|error| {
            let message = format!("chunk {i} of {} cannot be encoded", self.count);
            CodecError::new(error.kind(), message).with_source(error)
        })
    }

    fn encode_record(&self, i: usize, payload: &[u8], record: &mut Buffer) -> Result<(), CodecError> {
        let start = record.len();
        record.extend_from_slice(&[0; 4]);
        let mut scratch = self.scratch.take(Scratch::default);
        let Scratch { filtered, encoded } = &mut *scratch;
        if !self.encode_parts(payload, filtered, encoded, record)? {
            record.truncate(start + 4);
            record.extend_from_slice(&[STORED]);
            record.extend_from_slice(payload);
        }
        let body = u32::try_from(record.len() - start - 4)
            .map_err(|_| CodecError::new(ErrorKind::Input, "a chunk of more than 4 GiB"))?;
        record[start..start + 4].copy_from_slice(&body.to_le_bytes());
        let crc = self.crc(i, &record[start..]);
        record.extend_from_slice(&crc.to_le_bytes());
        Ok(())
    }

    /// Appends the body of filtered and encoded parts, and answers whether that paid.
    fn encode_parts(
        &self,
        payload: &[u8],
        filtered: &mut Buffer,
        encoded: &mut Buffer,
        record: &mut Buffer,
    ) -> Result<bool, CodecError> {
        let bytes: &[u8] = if self.inner.has_filters() {
            filtered.clear();
            filtered.set_len(payload.len());
            self.inner.filter(self.dtype, payload, filtered)?;
            filtered
        } else {
            payload
        };
        let count = self.part_count(bytes.len());
        let parts = usize::from(count);
        let body = record.len();
        record.extend_from_slice(&[PARTS, count]);
        let table = record.len();
        record.set_len(table + ENTRY * parts);
        for (p, part) in bytes.chunks_exact((bytes.len() / parts).max(1)).enumerate() {
            let how = self.encode_part(part, encoded)?;
            let kept: &[u8] = match how {
                PART_STORED => part,
                PART_CONSTANT => &part[..1],
                _ => encoded,
            };
            let len = u32::try_from(kept.len())
                .map_err(|_| CodecError::new(ErrorKind::Input, "a part of more than 4 GiB"))?;
            let entry = table + ENTRY * p;
            record[entry] = how;
            record[entry + 1..entry + ENTRY].copy_from_slice(&len.to_le_bytes());
            record.extend_from_slice(kept);
        }
        Ok(record.len() - body < 1 + payload.len())
    }

    /// Into how many parts a filtered chunk of `len` bytes falls. Parts of unequal length have no place in a record;
    /// neither have more than a byte can count.
    fn part_count(&self, len: usize) -> u8 {
        let planes = self.inner.planes(self.dtype);
        let falls = planes > 0 && len.is_multiple_of(planes) && len / planes >= MIN_PART;
        u8::try_from(planes).ok().filter(|_| falls).unwrap_or(1)
    }

    /// Encodes one part into `encoded` if that pays, and answers how it is to be kept.
    fn encode_part(&self, part: &[u8], encoded: &mut Buffer) -> Result<u8, CodecError> {
        if is_constant(part) {
            return Ok(PART_CONSTANT);
        }
        if !self.inner.has_codecs() {
            return Ok(PART_STORED);
        }
        // The sample comes from the middle: the beginning of a file is often unlike the rest.
        if part.len() >= 4 * PROBE {
            let sample = &part[part.len() / 2..][..PROBE];
            if !self.try_encode(sample, encoded)? {
                return Ok(PART_STORED);
            }
        }
        Ok(if self.try_encode(part, encoded)? { PART_ENCODED } else { PART_STORED })
    }

    /// Whether encoding saves a tenth.
    fn try_encode(&self, bytes: &[u8], encoded: &mut Buffer) -> Result<bool, CodecError> {
        encoded.clear();
        let mut out = Output::to_buffer(encoded);
        self.inner.encode(bytes, &mut out)?;
        Ok(out.finish() < bytes.len() - bytes.len() / 10)
    }

    /// Decodes the record of chunk `i` into its place in the payload, which has its length.
    pub(crate) fn decode(&self, i: usize, record: &[u8], payload: &mut [u8]) -> Result<(), CodecError> {
        self.decode_record(i, record, payload).map_err(|error| self.in_chunk(i, error))
    }

    fn decode_record(&self, i: usize, record: &[u8], payload: &mut [u8]) -> Result<(), CodecError> {
        let body = self.check(i, record)?;
        match body.split_first() {
            Some((&STORED, stored)) if stored.len() == payload.len() => {
                payload.copy_from_slice(stored);
                Ok(())
            }
            Some((&STORED, stored)) => Err(self.length(stored.len(), payload.len())),
            Some((&PARTS, parts)) => self.decode_parts(parts, payload),
            Some((other, _)) => Err(CodecError::corrupt(format!("its kind is {other}, neither 0 nor 1"))),
            None => Err(CodecError::truncated("its body")),
        }
    }

    /// The body of a record whose checksum is right.
    pub(crate) fn check<'r>(&self, i: usize, record: &'r [u8]) -> Result<&'r [u8], CodecError> {
        let Some(body_len) = record.len().checked_sub(AROUND) else {
            return Err(CodecError::truncated("its record"));
        };
        if u32_at(record, 0) != body_len {
            let message = format!("it claims {} bytes, but the index gives it {body_len}", u32_at(record, 0));
            return Err(CodecError::corrupt(message));
        }
        let (covered, stored) = record.split_at(record.len() - 4);
        let (stored, crc) = (u32_at(stored, 0), self.crc(i, covered));
        if stored != crc as usize {
            return Err(CodecError::checksum("crc32c", stored, crc));
        }
        Ok(&covered[4..])
    }

    fn decode_parts(&self, parts: &[u8], payload: &mut [u8]) -> Result<(), CodecError> {
        let (&count, rest) = parts.split_first().ok_or_else(|| CodecError::truncated("its table"))?;
        let count = usize::from(count);
        if count == 0 || !payload.len().is_multiple_of(count) {
            let len = payload.len();
            return Err(CodecError::corrupt(format!("its {len} bytes cannot fall into {count} equal parts")));
        }
        let (table, data) =
            rest.split_at_checked(ENTRY * count).ok_or_else(|| CodecError::truncated("its table"))?;
        if !self.inner.has_filters() {
            return self.decode_data(table, data, count, payload);
        }
        let mut scratch = self.scratch.take(Scratch::default);
        let filtered = &mut scratch.filtered;
        filtered.clear();
        filtered.set_len(payload.len());
        self.decode_data(table, data, count, filtered)?;
        self.inner.unfilter(self.dtype, filtered, payload)
    }

    fn decode_data(
        &self,
        table: &[u8],
        mut data: &[u8],
        count: usize,
        out: &mut [u8],
    ) -> Result<(), CodecError> {
        let part_len = out.len() / count;
        for (entry, part) in table.chunks_exact(ENTRY).zip(out.chunks_exact_mut(part_len.max(1))) {
            let len = u32_at(entry, 1);
            let (kept, rest) =
                data.split_at_checked(len).ok_or_else(|| CodecError::truncated("its parts"))?;
            data = rest;
            match (entry[0], kept) {
                (PART_STORED, kept) if kept.len() == part.len() => part.copy_from_slice(kept),
                (PART_CONSTANT, [byte]) => part.fill(*byte),
                (PART_ENCODED, kept) => {
                    let limits = DecodeLimits::none().with_max_bytes(part.len());
                    let expected = part.len();
                    let mut out = Output::to_slice(part);
                    self.inner.decode(kept, &limits, &mut out)?;
                    let actual = out.finish();
                    if actual != expected {
                        return Err(self.length(actual, expected));
                    }
                }
                (PART_STORED | PART_CONSTANT, kept) => return Err(self.length(kept.len(), part.len())),
                (other, _) => {
                    return Err(CodecError::corrupt(format!("a part is kept in the unknown way {other}")));
                }
            }
        }
        match data.len() {
            0 => Ok(()),
            more => Err(CodecError::trailing(more, "its parts")),
        }
    }

    /// The checksum of a record: of its number, the header's checksum, and its bytes, so that chunks that change
    /// places, or come from another array, are noticed.
    fn crc(&self, i: usize, record: &[u8]) -> u32 {
        let seed = crc32c::crc32c(&(i as u64).to_le_bytes());
        let seed = crc32c::crc32c_append(seed, &self.header_crc.to_le_bytes());
        crc32c::crc32c_append(seed, record)
    }

    fn length(&self, actual: usize, expected: usize) -> CodecError {
        CodecError::corrupt(format!("it holds {actual} bytes where {expected} belong"))
    }

    /// Names the chunk.
    pub(crate) fn in_chunk(&self, i: usize, error: CodecError) -> CodecError {
        let message = format!("chunk {i} of {} is damaged", self.count);
        CodecError::new(error.kind(), message).with_source(error)
    }
}

/// The most bytes of a record of a chunk of `len` bytes: where encoding does not pay it is stored.
pub(crate) fn max_record_len(len: usize) -> usize {
    len.saturating_add(AROUND + 1)
}

fn is_constant(part: &[u8]) -> bool {
    match part {
        [] => false,
        [_, rest @ ..] => *rest == part[..part.len() - 1],
    }
}
