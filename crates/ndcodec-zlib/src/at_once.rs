//! Whole slices by libdeflate, if it is the better backend; zlib-rs has streams, the rest, and the last word.
//!
//! Decoding tries libdeflate on `zlib` and `gzip`, and takes its result only if the whole input decodes and the
//! checksum is right; else zlib-rs decodes from the beginning, and says what is wrong. Bare DEFLATE is left to
//! zlib-rs: libdeflate takes some streams that break the rules, and there is no checksum that would notice.
//!
//! Encoding goes by size and content, so that equal bytes give equal results. See decision 23 for the measurements.

use ndcodec_core::{Buffer, Codec, CodecError, Input, Output, Pool};

use crate::header::{self, Fixed, GzipHeader, Header};
use crate::libdeflate::{self, Compressor, Decompressor, Inflated};
use crate::{Deflate, Wrapper};

/// The contexts of libdeflate, and memory for input that has to lie in one piece.
#[derive(Debug)]
pub(crate) struct Contexts {
    compressors: Pool<Option<Compressor>>,
    small_compressors: Pool<Option<Compressor>>,
    decompressors: Pool<Option<Decompressor>>,
    joined: Pool<Buffer>,
    encoded: Pool<Buffer>,
}

impl Contexts {
    pub(crate) fn new() -> Self {
        Self {
            compressors: Pool::measured(|_| COMPRESSOR),
            small_compressors: Pool::measured(|_| COMPRESSOR),
            decompressors: Pool::measured(|_| DECOMPRESSOR),
            joined: Pool::of_buffers(),
            encoded: Pool::of_buffers(),
        }
    }
}

/// What the contexts of libdeflate 1.26 occupy at most at the levels that are used, in bytes; it does not say so itself.
const COMPRESSOR: usize = 1 << 20;
const DECOMPRESSOR: usize = 16 << 10;

/// What came of an attempt to decode at once.
pub(crate) enum Attempt {
    /// It decoded; committing the result may have failed.
    Done(Result<(), CodecError>),
    /// It does not decode, or not by this backend.
    Refused,
    /// The room that is there without knowing the length is not enough.
    NoRoom,
}

/// The most bytes that libdeflate makes of `len`.
pub(crate) fn bound(len: usize) -> usize {
    libdeflate::bound(len)
}

/// The levels at which libdeflate is faster at no worse a ratio. Below, zlib-rs is faster; above, smaller.
const LEVELS: std::ops::RangeInclusive<u32> = 2..=8;

/// Below this length libdeflate stores, where zlib-rs may still find something.
const LEAST: usize = 64;

/// Up to this length a level more costs less than zlib-rs needs to begin, and is as small.
const SMALL: usize = 16 << 10;

/// Beyond this length the copy that joins header and payload would be felt in memory.
const LARGEST: usize = 256 << 20;

/// What compresses better than this many to one is full of long matches, on which zlib-rs is as fast, and mostly finds
/// more.
const COMPRESSIBLE: usize = 2;

impl Deflate {
    /// Encodes `input`, if this backend is the better one for them.
    pub(crate) fn encode_at_once(
        &self,
        input: &Input<'_>,
        out: &mut Output<'_>,
    ) -> Option<Result<(), CodecError>> {
        let level = self.level.level();
        let len = input.len();
        if !LEVELS.contains(&level) || !(LEAST..=LARGEST).contains(&len) {
            return None;
        }
        let contexts = &self.at_once;
        let level = i32::try_from(level).ok()?;
        let (pool, level) = if len <= SMALL {
            (&contexts.small_compressors, level + 1)
        } else {
            (&contexts.compressors, level)
        };
        let mut compressor = pool.take(|| Compressor::new(level));
        let compressor = compressor.as_mut()?;
        if len > SMALL && self.leaves_it(input.parts(), len, compressor) {
            return None;
        }
        let mut joined;
        let input = match input.single() {
            Some(single) => single,
            None => {
                joined = contexts.joined.buffer();
                match input.joined(&mut joined) {
                    Ok(bytes) => bytes,
                    Err(error) => return Some(Err(error)),
                }
            }
        };
        let bound = libdeflate::bound(len);
        let head = header::bytes(self.wrapper, self.level.level());
        let trailer = Trailer::of(self.wrapper, input);
        let whole = head.len() + bound + trailer.bytes().len();
        if out.remaining() < whole {
            let mut encoded = contexts.encoded.take(Buffer::new);
            if let Err(error) = encoded.try_set_len(bound) {
                return Some(Err(error));
            }
            let len = compressor.compress(input, &mut encoded)?;
            return Some([head, &encoded[..len], trailer.bytes()].iter().try_for_each(|part| out.push(part)));
        }
        let room = match out.spare(whole) {
            Ok(room) => room,
            Err(error) => return Some(Err(error)),
        };
        let (head_room, room) = room.split_at_mut(head.len());
        head_room.copy_from_slice(head);
        let body = compressor.compress(input, room)?;
        room[body..][..trailer.bytes().len()].copy_from_slice(trailer.bytes());
        Some(out.commit(head.len() + body + trailer.bytes().len()))
    }

    /// Whether the middle of the joined `parts`, a sixteenth, compresses well, and by zlib-rs as well as by this.
    fn leaves_it(&self, parts: &[&[u8]], len: usize, compressor: &mut Compressor) -> bool {
        let mut sample = self.at_once.encoded.take(Buffer::new);
        let sample_len = (len / 16).min(SMALL);
        let Some(bound) = self.max_encoded_len(sample_len) else { return true };
        sample.set_len(sample_len + bound);
        let (sample, room) = sample.split_at_mut(sample_len);
        let mut from = (len - sample_len) / 2;
        let mut filled = 0;
        for part in parts {
            let skipped = from.min(part.len());
            from -= skipped;
            let part = &part[skipped..];
            let n = part.len().min(sample_len - filled);
            sample[filled..filled + n].copy_from_slice(&part[..n]);
            filled += n;
        }
        let found = compressor.compress(sample, room).unwrap_or(usize::MAX);
        if found > sample_len / COMPRESSIBLE {
            return false;
        }
        let mut out = Output::to_slice(room);
        let theirs = self.start_encoder().encode(&[sample], bound, &mut out);
        theirs.is_ok() && out.finish() <= found
    }

    /// Decodes all of `encoded`, if its length is known or the available room is enough. If the attempt is not done,
    /// nothing was committed.
    pub(crate) fn decode_at_once(&self, encoded: &[u8], out: &mut Output<'_>) -> Attempt {
        let mut head = match self.wrapper {
            Wrapper::None => return Attempt::Refused,
            Wrapper::Zlib => Header::Zlib(Fixed::new()),
            Wrapper::Gzip => Header::Gzip(GzipHeader::new()),
        };
        let Ok((head_len, true)) = head.take(encoded) else { return Attempt::Refused };
        let trailer_len = Trailer::of(self.wrapper, &[]).bytes().len();
        let body_end = encoded.len().saturating_sub(trailer_len);
        let Some(body) = encoded.get(head_len..body_end) else { return Attempt::Refused };
        let stored = &encoded[body_end..];
        let len = match (out.expected(), self.wrapper, stored) {
            (Some(expected), ..) => expected,
            // The last four bytes are the length, modulo 2^32; no stream holds more than so many times its own.
            (None, Wrapper::Gzip, [.., a, b, c, d]) => usize::try_from(u32::from_le_bytes([*a, *b, *c, *d]))
                .unwrap_or(usize::MAX)
                .min(body.len().saturating_mul(MAX_RATIO)),
            // Room for less than the encoded form would seldom do.
            _ if out.available() >= encoded.len() => out.available(),
            _ => return Attempt::NoRoom,
        };
        // What says that it is longer than it may be is a bomb, or several members.
        let is_too_long = out.expected().is_none() && len > out.remaining();
        let is_grown = encoded.len() > GROWN && out.given().is_some_and(|given| encoded.len() / 16 > given);
        if is_too_long || is_grown || encoded.len() > most_at_once(len) {
            // The decoder of steps counts blocks, and notices before they have cost time.
            return Attempt::Refused;
        }
        let mut decompressor = self.at_once.decompressors.take(Decompressor::new);
        let Some(decompressor) = decompressor.as_mut() else { return Attempt::Refused };
        let room = out.spare_at_most(len);
        match decompressor.decompress(body, room) {
            Inflated::Whole { read, written }
                if read == body.len() && Trailer::of(self.wrapper, &room[..written]).bytes() == stored =>
            {
                Attempt::Done(out.commit(written))
            }
            Inflated::NoRoom if out.expected().is_none() => Attempt::NoRoom,
            _ => Attempt::Refused,
        }
    }
}

/// The most bytes that are decoded at once if they hold `len`: what no writer makes longer than it is, and a little.
fn most_at_once(len: usize) -> usize {
    (2 << 20) + len.saturating_add(len / 4)
}

/// Of so many bytes that another codec made of a sixteenth of them, somebody may have chosen the slowest blocks for nothing.
const GROWN: usize = 2 << 20;

/// The most that a byte of DEFLATE can mean: a match of 258 bytes in two bits.
const MAX_RATIO: usize = 1032;

/// What stands behind the data: a checksum, and in gzip the length.
struct Trailer {
    bytes: [u8; 8],
    len: usize,
}

impl Trailer {
    fn of(wrapper: Wrapper, data: &[u8]) -> Self {
        let mut bytes = [0; 8];
        let len = match wrapper {
            Wrapper::None => 0,
            Wrapper::Zlib => {
                bytes[..4].copy_from_slice(&libdeflate::adler32(data).to_be_bytes());
                4
            }
            Wrapper::Gzip => {
                bytes[..4].copy_from_slice(&libdeflate::crc32(data).to_le_bytes());
                bytes[4..].copy_from_slice(&(data.len() as u64).to_le_bytes()[..4]);
                8
            }
        };
        Self { bytes, len }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}
