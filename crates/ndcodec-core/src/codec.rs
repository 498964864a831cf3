//! [`Codec`]: a stage that maps bytes to bytes.

use std::fmt;

use crate::stream::{BoxSink, BoxSource, BufferedSink, BufferedSource};
use crate::{Buffer, CodecError, DecodeLimits, Output};

/// Which way a stage works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the array to the encoded form.
    Encode,
    /// From the encoded form to the array.
    Decode,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Encode => "encode",
            Self::Decode => "decode",
        })
    }
}

/// A stage bytes → bytes, such as `zstd`, `base64` or `crc32c`.
///
/// Two methods make a codec; every other has a default, and a law of `ndcodec-conformance` checks those that are
/// overridden. A codec is immutable and serves many threads at once; contexts that are dear to make live in a
/// [`Pool`](crate::Pool) inside it. It does not know its name, position or neighbours: the chain adds those to
/// errors.
///
/// A codec must refuse what it would not decode whole: a truncated input, bytes after the end, a failed checksum.
/// It must not panic on any input.
pub trait Codec: fmt::Debug + Send + Sync {
    /// Appends the encoded form of `input` to `out`.
    ///
    /// # Errors
    /// Where this input cannot be encoded, or `out` is full.
    fn encode(&self, input: &[u8], out: &mut Output<'_>) -> Result<(), CodecError>;

    /// Appends what `encoded` holds to `out`, whose ceiling it meets by itself.
    ///
    /// # Errors
    /// Where `encoded` is not exactly one encoded form, or the result passes the ceiling of `out`.
    fn decode(&self, encoded: &[u8], limits: &DecodeLimits, out: &mut Output<'_>) -> Result<(), CodecError>;

    /// The most bytes that `input_len` bytes may become, in one shot or as a stream; `None` if there is no bound.
    ///
    /// Asked of the backend, never derived by hand.
    fn max_encoded_len(&self, input_len: usize) -> Option<usize> {
        let _ = input_len;
        None
    }

    /// What `encoded` says of the length of what it holds. The answer is never trusted, only used to make room.
    fn claimed_len(&self, encoded: &[u8]) -> LenClaim {
        let _ = encoded;
        LenClaim::Unknown
    }

    /// Like [`encode`](Self::encode) for an input that lies in several pieces, such as a header and the payload
    /// behind it. The result is byte for byte that of the joined input.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    fn encode_parts(&self, parts: &[&[u8]], out: &mut Output<'_>) -> Result<(), CodecError> {
        match parts {
            [] => self.encode(&[], out),
            [one] => self.encode(one, out),
            many => {
                let mut joined = Buffer::with_capacity(many.iter().map(|part| part.len()).sum());
                many.iter().for_each(|part| joined.extend_from_slice(part));
                self.encode(&joined, out)
            }
        }
    }

    /// Like [`encode`](Self::encode) for a byte plane: the bytes at one place of many elements, next to each other. It
    /// decodes like any other input, but may be encoded otherwise, since planes hold runs and few other matches.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    fn encode_plane(&self, plane: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        self.encode(plane, out)
    }

    /// Whether [`encode_plane`](Self::encode_plane) trades size for speed, so that a container that can encode planes, or
    /// the elements as they lie, takes the planes unless that makes the result much larger.
    fn is_quicker_on_planes(&self) -> bool {
        false
    }

    /// A sink that encodes what is written to it into `next`, in bounded memory where the codec can.
    ///
    /// `len` is the length of the whole input, where it is known. The default collects everything and encodes
    /// it at the end.
    ///
    /// # Errors
    /// Where the stream cannot be started.
    fn encoder<'s>(&'s self, len: Option<u64>, next: BoxSink<'s>) -> Result<BoxSink<'s>, CodecError> {
        let _ = len;
        Ok(Box::new(BufferedSink::new(next, |input, out| self.encode(input, out))))
    }

    /// A source that decodes what it reads from `source`, in bounded memory where the codec can.
    ///
    /// At its end the source has checked everything that [`decode`](Self::decode) checks, trailing bytes too.
    /// The default reads everything and decodes it at the first read.
    ///
    /// # Errors
    /// Where the stream cannot be started.
    fn decoder<'s>(
        &'s self,
        source: BoxSource<'s>,
        limits: &DecodeLimits,
    ) -> Result<BoxSource<'s>, CodecError> {
        let limits = *limits;
        Ok(Box::new(BufferedSource::new(source, limits, move |input, out| self.decode(input, &limits, out))))
    }
}

/// What an encoded form says of the length of what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LenClaim {
    /// Exactly so many bytes, or it is corrupt.
    Exact(u64),
    /// Not more than so many bytes.
    AtMost(u64),
    /// It does not say.
    Unknown,
}
