//! [`Body`]: how a container encodes the payload itself.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::random_access::RandomAccess;
use super::stream::{BoxSink, BoxSource, BufferedSink, BufferedSource};
use crate::chain::{DecodeOptions, EncodeOptions, InnerChain};
use crate::error::Limit;
use crate::{Buffer, CodecError, DecodeLimits, Output};

/// How a container writes and reads the payload of one array, whose layout it is bound to.
///
/// A body never sees the head: what it writes and reads is what follows. Two methods are enough. The defaults of the others
/// collect a stream and decode the whole of an array to give some of its rows; a container that keeps its parts apart does
/// better.
pub trait Body: fmt::Debug + Send + Sync + 'static {
    /// Appends the encoded form of `payload`, which has exactly the bytes of the layout.
    ///
    /// # Errors
    /// If this payload cannot be encoded, or `out` is full.
    fn encode(&self, payload: &[u8], options: &EncodeOptions, out: &mut Output<'_>)
    -> Result<(), CodecError>;

    /// Appends the payload of `encoded`, which are all bytes behind the head.
    ///
    /// The header may claim any length: the body checks that `encoded` can hold it before it asks `out` for room.
    ///
    /// # Errors
    /// If `encoded` is not exactly one array of this header.
    fn decode(&self, encoded: &[u8], options: &DecodeOptions, out: &mut Output<'_>)
    -> Result<(), CodecError>;

    /// The inner chain, for people who look at a header; `None` if there is none, or it cannot be used.
    fn inner_chain(&self) -> Option<&Arc<InnerChain>> {
        None
    }

    /// The most bytes that the payload may become, in memory or as a stream; `None` if there is no bound.
    fn max_encoded_len(&self) -> Option<usize> {
        None
    }

    /// A sink that takes the payload, and writes its encoded form to `next`. If it does so in bounded memory, the descriptor
    /// says [`streaming`](crate::StageDescriptor::streaming).
    ///
    /// # Errors
    /// If the stream cannot be started.
    fn encoder<'s>(
        self: Arc<Self>,
        options: &EncodeOptions,
        next: BoxSink<'s>,
    ) -> Result<BoxSink<'s>, CodecError> {
        let options = *options;
        let encode = move |payload: &[u8], out: &mut Output<'_>| self.encode(payload, &options, out);
        Ok(Box::new(BufferedSink::new(next, encode)))
    }

    /// Reads what is needed to find any part of the payload, such as an index. `encoded` is all that follows the head.
    ///
    /// # Errors
    /// If `encoded` cannot be an array of this header.
    fn open(
        self: Arc<Self>,
        encoded: &dyn RandomAccess,
        options: &DecodeOptions,
    ) -> Result<Box<dyn OpenBody>, CodecError> {
        let (mut limits, mut payload) = (options.limits, Buffer::new());
        let read;
        let encoded = match encoded.as_slice() {
            Some(encoded) => encoded,
            None => {
                read = read_all(encoded, &limits)?;
                // Both are held at once.
                limits.max_bytes = limits.max_bytes.min(limits.total() - read.len());
                &read
            }
        };
        let mut out = Output::to_buffer(&mut payload).with_limits(&limits);
        self.decode(encoded, options, &mut out)?;
        out.finish();
        Ok(Box::new(Decoded(payload)))
    }

    /// A source of the payload, which it decodes from `source`: the bytes behind the head. It checks everything at its end,
    /// and that nothing follows.
    ///
    /// # Errors
    /// If the stream cannot be started.
    fn decoder<'s>(
        self: Arc<Self>,
        source: BoxSource<'s>,
        options: &DecodeOptions,
    ) -> Result<BoxSource<'s>, CodecError> {
        let options = *options;
        let decode = move |encoded: &[u8], out: &mut Output<'_>| self.decode(encoded, &options, out);
        Ok(Box::new(BufferedSource::new(source, options.limits, decode)))
    }
}

/// The body of an array whose index was read, ready to give parts of the payload again and again.
pub trait OpenBody: fmt::Debug + Send + Sync {
    /// Writes the bytes `range` of the payload to `out`, which has their length. `encoded` is all that follows the head.
    ///
    /// # Errors
    /// If what must be read for them is damaged or cannot be read.
    fn read(
        &self,
        encoded: &dyn RandomAccess,
        range: Range<usize>,
        options: &DecodeOptions,
        out: &mut [u8],
    ) -> Result<(), CodecError>;

    /// How each part of the array is encoded, where the container chooses: reads all chunks, and decodes none.
    ///
    /// # Errors
    /// If a chunk is damaged or cannot be read.
    fn choices(
        &self,
        encoded: &dyn RandomAccess,
        options: &DecodeOptions,
    ) -> Result<Vec<Choice>, CodecError> {
        let _ = (encoded, options);
        Ok(Vec::new())
    }
}

/// What a container chose for a part of an array, in some of its chunks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Choice {
    /// The part: the name of a field, the index of a column, or `all`.
    pub part: String,
    /// The filters and codecs that it went through, in the chain language; `(stored)` if none, `(constant)` if all its elements
    /// are one.
    pub chain: String,
    /// The number of chunks.
    pub chunks: usize,
    /// The bytes of the part in these chunks.
    pub nbytes: u64,
    /// The bytes that it has there encoded.
    pub encoded_len: u64,
}

impl Choice {
    /// Adds one more part of a chunk to a list of choices.
    pub fn add(choices: &mut Vec<Self>, part: &str, chain: &str, nbytes: u64, encoded_len: u64) {
        let known = choices.iter_mut().find(|choice| choice.part == part && choice.chain == chain);
        let (part, chain) = (part.to_owned(), chain.to_owned());
        match known {
            Some(known) => {
                known.chunks += 1;
                known.nbytes += nbytes;
                known.encoded_len += encoded_len;
            }
            None => choices.push(Self { part, chain, chunks: 1, nbytes, encoded_len }),
        }
    }
}

/// A payload that was decoded as a whole.
#[derive(Debug)]
struct Decoded(Buffer);

impl OpenBody for Decoded {
    fn read(
        &self,
        _: &dyn RandomAccess,
        range: Range<usize>,
        _: &DecodeOptions,
        out: &mut [u8],
    ) -> Result<(), CodecError> {
        let len = self.0.len();
        let short = || CodecError::internal(format!("the body gave {len} bytes of payload"));
        out.copy_from_slice(self.0.get(range).ok_or_else(short)?);
        Ok(())
    }
}

/// All bytes, in memory.
fn read_all(encoded: &dyn RandomAccess, limits: &DecodeLimits) -> Result<Buffer, CodecError> {
    let (len, most) = (encoded.size().map_err(CodecError::io)?, limits.total());
    let Some(len) = usize::try_from(len).ok().filter(|len| *len <= most) else {
        let message = format!("the encoded form has {len} bytes, more than the {most} that may be held");
        return Err(CodecError::over(Limit::Bytes, message));
    };
    let mut bytes = Buffer::new();
    bytes.try_set_len(len)?;
    encoded.read_at(0, &mut bytes).map_err(CodecError::io)?;
    Ok(bytes)
}
