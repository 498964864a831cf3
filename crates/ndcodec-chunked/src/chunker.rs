//! [`Chunker`]: a chunk's payload as a record with a checksum; and back. What is in the record is a [`Coder`]'s.
//!
//! A chunk is stored as it is where its coder finds nothing that pays.

use std::fmt;

use ndcodec_core::{Buffer, Choice, CodecError, ErrorKind, Pool, Pooled};

use crate::auto::ChosenCoder;
use crate::checksum::crc32c;
use crate::header::u32_at;
use crate::uniform::UniformCoder;

/// The bytes of a record beside its body: the body's length before it, the checksum after it.
pub(crate) const AROUND: usize = 8;

/// The kind of a body that is the payload as it lies. Its first byte is the kind of every body.
const STORED: u8 = 0;

/// The name of a part that is the whole chunk.
pub(crate) const WHOLE: &str = "all";

/// What encodes and decodes the payloads of single chunks, within the caller's limits. Shared by all threads.
pub(crate) trait Coder: fmt::Debug + Sync {
    /// The room for [`encode`](Self::encode) beside the bytes of the chunk, of `len` bytes: codecs want some for the worst case
    /// even where it does not come to that.
    fn room(&self, len: usize) -> usize;

    /// Writes a body shorter than that of a stored chunk, its kind first, and returns its length; `None` if nothing pays.
    fn encode(&self, payload: &[u8], body: &mut [u8]) -> Result<Option<usize>, CodecError>;

    /// Decodes a body of this kind, which is not that of a stored chunk, to the payload, which it fills.
    fn decode(&self, kind: u8, body: &[u8], payload: &mut [u8]) -> Result<(), CodecError>;

    /// Adds what a body of this kind, of a chunk of `len` bytes, says of its parts.
    fn describe(
        &self,
        kind: u8,
        body: &[u8],
        len: usize,
        choices: &mut Vec<Choice>,
    ) -> Result<(), CodecError>;
}

/// The coders there are: not in a box, since arrays come again and again.
#[derive(Debug)]
pub(crate) enum AnyCoder<'c> {
    Uniform(UniformCoder<'c>),
    Chosen(ChosenCoder<'c>),
}

impl AnyCoder<'_> {
    fn as_coder(&self) -> &dyn Coder {
        match self {
            Self::Uniform(coder) => coder,
            Self::Chosen(coder) => coder,
        }
    }
}

/// Encodes and decodes the chunks of one array. Shared by all threads.
#[derive(Debug)]
pub(crate) struct Chunker<'c> {
    pub(crate) coder: AnyCoder<'c>,
    pub(crate) header_crc: u32,
    pub(crate) count: usize,
    pub(crate) record: &'c Pool<Buffer>,
}

impl<'c> Chunker<'c> {
    /// The room in which [`encode`](Self::encode) writes the record of a chunk of `len` bytes: more than the record will
    /// have.
    pub(crate) fn room(&self, len: usize) -> usize {
        max_record_len(len).saturating_add(self.coder.as_coder().room(len))
    }

    /// An empty buffer for a record.
    pub(crate) fn buffer(&self) -> Pooled<'c, Buffer> {
        let mut buffer = self.record.take(Buffer::new);
        buffer.clear();
        buffer
    }

    /// Writes the record of chunk `i` to the beginning of `room`, which has [`room`](Self::room) bytes, and returns how
    /// long it is.
    pub(crate) fn encode(&self, i: usize, payload: &[u8], room: &mut [u8]) -> Result<usize, CodecError> {
        self.encode_record(i, payload, room).map_err(|error| {
            let message = format!("chunk {i} of {} cannot be encoded", self.count);
            CodecError::new(error.kind(), message).with_source(error)
        })
    }

    fn encode_record(&self, i: usize, payload: &[u8], room: &mut [u8]) -> Result<usize, CodecError> {
        const HEAD: usize = 4;
        let body = &mut room[HEAD..];
        let len = match self.coder.as_coder().encode(payload, body)? {
            Some(len) => len,
            None => {
                body[0] = STORED;
                body[1..1 + payload.len()].copy_from_slice(payload);
                1 + payload.len()
            }
        };
        let body_len = u32::try_from(len)
            .map_err(|_| CodecError::new(ErrorKind::Input, "a chunk of more than 4 GiB"))?;
        room[..HEAD].copy_from_slice(&body_len.to_le_bytes());
        let crc = self.crc(i, &room[..HEAD + len]);
        room[HEAD + len..][..4].copy_from_slice(&crc.to_le_bytes());
        Ok(HEAD + len + 4)
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
            Some((&STORED, stored)) => Err(wrong_length(stored.len(), payload.len())),
            Some((&kind, rest)) => self.coder.as_coder().decode(kind, rest, payload),
            None => Err(CodecError::truncated("its body")),
        }
    }

    /// Adds what the record of chunk `i`, of `len` bytes, says of its parts.
    pub(crate) fn describe(
        &self,
        i: usize,
        record: &[u8],
        len: usize,
        choices: &mut Vec<Choice>,
    ) -> Result<(), CodecError> {
        let mut describe = || match self.check(i, record)?.split_first() {
            Some((&STORED, stored)) => {
                Choice::add(choices, WHOLE, "(stored)", len as u64, stored.len() as u64);
                Ok(())
            }
            Some((&kind, rest)) => self.coder.as_coder().describe(kind, rest, len, choices),
            None => Err(CodecError::truncated("its body")),
        };
        describe().map_err(|error| self.in_chunk(i, error))
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

    /// The checksum of a record: of its number, the header's checksum, and its bytes, so that chunks that change
    /// places, or come from another array, are noticed.
    fn crc(&self, i: usize, record: &[u8]) -> u32 {
        crc32c(&[&(i as u64).to_le_bytes(), &self.header_crc.to_le_bytes(), record])
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

pub(crate) fn wrong_length(actual: usize, expected: usize) -> CodecError {
    CodecError::corrupt(format!("it holds {actual} bytes; expected {expected}"))
}
