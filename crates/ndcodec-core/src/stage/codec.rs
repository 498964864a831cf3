//! [`Codec`]: a stage that maps bytes to bytes.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::stream::{BoxSink, BoxSource, BufferedSink, BufferedSource};
use crate::{Buffer, CodecError, DecodeLimits, Output};

/// A stage bytes → bytes, such as `zstd`, `base64` or `crc32c`.
///
/// Two methods make a codec; every other has a default, and a law of `ndcodec-conformance` checks those that are
/// overridden. A codec is immutable and serves many threads at once; contexts that are expensive to make live in a
/// [`Pool`](crate::Pool) inside it. It does not know its name, position or neighbours: the chain adds those to
/// errors.
///
/// A codec must refuse what it would not decode whole: a truncated input, bytes after the end, a failed checksum.
/// It must not panic on any input.
pub trait Codec: fmt::Debug + Send + Sync + 'static {
    /// Appends the encoded form of `input` to `out`.
    ///
    /// The result does not depend on how the input is split into parts.
    ///
    /// # Errors
    /// If this input cannot be encoded, or `out` is full.
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError>;

    /// Appends what `encoded` holds to `out`, which checks its ceiling by itself and knows the caller's
    /// [limits](Output::limits).
    ///
    /// # Errors
    /// If `encoded` is not exactly one encoded form, or the result passes the ceiling of `out`.
    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError>;

    /// The most bytes that `input_len` bytes may become, in one shot or as a stream; `None` if there is no bound.
    ///
    /// Ask the backend, never derive it by hand.
    fn max_encoded_len(&self, input_len: usize) -> Option<usize> {
        let _ = input_len;
        None
    }

    /// What `encoded` says of the length of what it holds. The claim is never trusted, only used to make room.
    fn claimed_len(&self, encoded: &[u8]) -> LenClaim {
        let _ = encoded;
        LenClaim::Unknown
    }

    /// Facts about this codec for a container that chooses what to give it.
    fn hints(&self) -> Hints {
        Hints::new()
    }

    /// A sink that encodes what is written to it into `next`, in bounded memory if the codec can.
    ///
    /// `len` is the length of the whole input, if it is known. The default collects everything and encodes
    /// it at the end.
    ///
    /// # Errors
    /// If the stream cannot be started.
    fn encoder<'s>(self: Arc<Self>, len: Option<u64>, next: BoxSink<'s>) -> Result<BoxSink<'s>, CodecError> {
        let _ = len;
        Ok(Box::new(BufferedSink::new(next, move |input, out| self.encode(&Input::new(&[input]), out))))
    }

    /// A source that decodes what it reads from `source`, in bounded memory if the codec can.
    ///
    /// At its end the source has checked everything that [`decode`](Self::decode) checks, trailing bytes too.
    /// The default reads everything and decodes it at the first read.
    ///
    /// # Errors
    /// If the stream cannot be started.
    fn decoder<'s>(
        self: Arc<Self>,
        source: BoxSource<'s>,
        limits: &DecodeLimits,
    ) -> Result<BoxSource<'s>, CodecError> {
        Ok(Box::new(BufferedSource::new(source, *limits, move |input, out| self.decode(input, out))))
    }
}

/// What a codec encodes: bytes in one or several parts, such as a header and the payload behind it, and what they are.
#[derive(Debug, Clone, Copy)]
pub struct Input<'i> {
    parts: &'i [&'i [u8]],
    content: Content,
}

/// What bytes are, for codecs that encode some kinds in a way of their own.
///
/// What is encoded decodes to the same bytes, whatever the content was said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Content {
    /// Anything.
    #[default]
    Bytes,
    /// A byte plane: the bytes at one place of many elements, next to each other. Planes hold runs and few other
    /// matches.
    BytePlane,
}

impl<'i> Input<'i> {
    /// The joined `parts`.
    #[inline]
    pub const fn new(parts: &'i [&'i [u8]]) -> Self {
        Self { parts, content: Content::Bytes }
    }

    /// This input, which holds bytes of this kind.
    #[must_use]
    pub const fn of(mut self, content: Content) -> Self {
        self.content = content;
        self
    }

    /// The parts, in their order. Some may be empty, and there may be none.
    #[inline]
    pub const fn parts(&self) -> &'i [&'i [u8]] {
        self.parts
    }

    /// What the bytes are.
    pub const fn content(&self) -> Content {
        self.content
    }

    /// How many bytes all parts have.
    pub fn len(&self) -> usize {
        // Parts may be the same memory many times over.
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.len()))
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| part.is_empty())
    }

    /// All bytes, if they lie in one piece.
    #[inline]
    pub fn single(&self) -> Option<&'i [u8]> {
        if let [one] = self.parts {
            return Some(one);
        }
        let mut filled = self.parts.iter().filter(|part| !part.is_empty());
        match (filled.next(), filled.next()) {
            (None, _) => Some(&[]),
            (Some(only), None) => Some(only),
            _ => None,
        }
    }

    /// All bytes in one piece: borrowed if they lie so, else copied to `scratch`, whose content is replaced.
    ///
    /// # Errors
    /// If there is no memory for the copy.
    pub fn joined<'b>(&self, scratch: &'b mut Buffer) -> Result<&'b [u8], CodecError>
    where
        'i: 'b,
    {
        if let Some(single) = self.single() {
            return Ok(single);
        }
        scratch.clear();
        scratch.try_reserve(self.len())?;
        self.parts.iter().try_for_each(|part| scratch.try_extend_from_slice(part))?;
        Ok(scratch)
    }

    /// All bytes in one piece: borrowed if they lie so, else copied.
    pub fn to_bytes(&self) -> Cow<'i, [u8]> {
        match self.single() {
            Some(single) => Cow::Borrowed(single),
            None => Cow::Owned(self.parts.concat()),
        }
    }
}

/// Facts about a codec for containers.
///
/// Each hint is a promise that a law of `ndcodec-conformance` checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Hints {
    /// How far back the codec's matches reach, in bytes; `None` if it does not say.
    pub window: Option<usize>,
    /// Whether the codec encodes a [byte plane](Content::BytePlane) in another way than other bytes: it trades size
    /// for speed there, so a container takes the planes unless that makes the result much larger.
    pub has_plane_mode: bool,
}

impl Hints {
    /// No hints.
    pub const fn new() -> Self {
        Self { window: None, has_plane_mode: false }
    }

    /// These hints, and matches reach no further back than `bytes`.
    #[must_use]
    pub const fn with_window(mut self, bytes: usize) -> Self {
        self.window = Some(bytes);
        self
    }

    /// These hints, and byte planes are encoded in another way if `has_mode`.
    #[must_use]
    pub const fn with_plane_mode(mut self, has_mode: bool) -> Self {
        self.has_plane_mode = has_mode;
        self
    }
}

/// What an encoded form says of the length of what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LenClaim {
    /// Exactly so many bytes, or it is corrupt.
    Exact(u64),
    /// Not more than so many bytes.
    AtMost(u64),
    /// It does not say.
    Unknown,
}

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
