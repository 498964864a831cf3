//! A run of codecs: what chains and pipelines have in common.

use std::borrow::Cow;

use crate::error::{CodecError, Error, ErrorKind, IoError, StageError};
use crate::lang::StageSpec;
use crate::pool::{Pool, Pooled};
use crate::stream::{BoxSink, BoxSource, Labelled, intermediate_limit};
use crate::{Buffer, Codec, DecodeLimits, Direction, LenClaim, Output};

/// A scratch buffer larger than this is given back to the system after use, so that one huge message does not
/// stay in memory for ever.
const KEEP: usize = 256 << 20;

/// Codecs in the order of encoding, with the scratch memory between them.
#[derive(Debug)]
pub(super) struct Codecs {
    /// The words of the stages before the first codec, so that errors can name those too.
    before: Vec<&'static str>,
    stages: Vec<(StageSpec, Box<dyn Codec>)>,
    scratch: Pool<Buffer>,
}

impl Codecs {
    pub(super) fn new(before: Vec<&'static str>, stages: Vec<(StageSpec, Box<dyn Codec>)>) -> Self {
        Self { before, stages, scratch: Pool::new() }
    }

    pub(super) fn specs(&self) -> impl Iterator<Item = &StageSpec> {
        self.stages.iter().map(|(spec, _)| spec)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    pub(super) fn first(&self) -> Option<&dyn Codec> {
        self.stages.first().map(|(_, codec)| &**codec)
    }

    /// A buffer for use between stages.
    pub(super) fn scratch(&self) -> Scratch<'_> {
        let mut buffer = self.scratch.take(Buffer::new);
        buffer.clear();
        Scratch(buffer)
    }

    /// The most bytes that `len` bytes may become, if every codec has a bound.
    pub(super) fn max_encoded_len(&self, len: usize) -> Option<usize> {
        self.stages.iter().try_fold(len, |len, (_, codec)| codec.max_encoded_len(len))
    }

    /// Encodes the joined `parts` into `out`, which the caller finishes.
    pub(super) fn encode(&self, parts: &[&[u8]], out: &mut Output<'_>) -> Result<(), Error> {
        if self.is_empty() {
            out.reserve(parts.iter().map(|part| part.len()).sum());
            return parts
                .iter()
                .try_for_each(|part| out.push(part))
                .map_err(|error| self.lift(0, Direction::Encode, error));
        }
        self.encode_by(|first, out| first.encode_parts(parts, out), out)
    }

    /// Encodes one byte plane into `out`, which the caller finishes.
    pub(super) fn encode_plane(&self, plane: &[u8], out: &mut Output<'_>) -> Result<(), Error> {
        if self.is_empty() {
            return self.encode(&[plane], out);
        }
        self.encode_by(|first, out| first.encode_plane(plane, out), out)
    }

    /// Runs all codecs, of which there is at least one: `input` runs the first.
    fn encode_by(
        &self,
        input: impl Fn(&dyn Codec, &mut Output<'_>) -> Result<(), CodecError>,
        out: &mut Output<'_>,
    ) -> Result<(), Error> {
        let mut current: Option<Scratch<'_>> = None;
        for (at, (_, codec)) in self.stages.iter().enumerate() {
            let run = |out: &mut Output<'_>| {
                match &current {
                    None => input(&**codec, out),
                    Some(bytes) => codec.encode(bytes, out),
                }
                .map_err(|error| self.lift(at, Direction::Encode, error))
            };
            if at + 1 == self.stages.len() {
                return run(out);
            }
            let mut next = self.scratch();
            let mut step = Output::to_buffer(&mut next);
            run(&mut step)?;
            step.finish();
            current = Some(next);
        }
        Ok(())
    }

    /// Decodes all codecs but the first, and answers what the first has to decode; borrowed if it is alone.
    #[inline]
    pub(super) fn decode_outer<'e>(
        &'e self,
        encoded: &'e [u8],
        limits: &DecodeLimits,
    ) -> Result<Encoded<'e>, Error> {
        if self.stages.len() < 2 {
            return Ok(Encoded::Borrowed(encoded));
        }
        self.decode_several(encoded, limits)
    }

    fn decode_several<'e>(&'e self, encoded: &'e [u8], limits: &DecodeLimits) -> Result<Encoded<'e>, Error> {
        let mut current = Encoded::Borrowed(encoded);
        for (at, (_, codec)) in self.stages.iter().enumerate().skip(1).rev() {
            let limits = limits.with_max_bytes(self.cap(at, limits.max_bytes));
            let mut next = self.scratch();
            let mut step = Output::to_buffer(&mut next).limited(limits.max_bytes);
            decode_one(&**codec, current.bytes(), &limits, &mut step)
                .map_err(|error| self.lift(at, Direction::Decode, error))?;
            step.finish();
            current = Encoded::Scratch(next);
        }
        Ok(current)
    }

    /// Decodes the first codec, or copies where there is none. `out` has the caller's limit already.
    pub(super) fn decode_first(
        &self,
        encoded: &[u8],
        limits: &DecodeLimits,
        out: &mut Output<'_>,
    ) -> Result<(), Error> {
        match self.stages.first() {
            None => out.push(encoded),
            Some((_, codec)) => decode_one(&**codec, encoded, limits, out),
        }
        .map_err(|error| self.lift(0, Direction::Decode, error))
    }

    /// A sink through all codecs into `next`. `len` is the length of what will be written.
    pub(super) fn encoder<'s>(&'s self, len: Option<u64>, next: BoxSink<'s>) -> Result<BoxSink<'s>, Error> {
        let mut sink = next;
        for (at, (_, codec)) in self.stages.iter().enumerate().rev() {
            // Only the first codec sees bytes whose number is known before they come.
            let len = len.filter(|_| at == 0);
            let inner = codec.encoder(len, sink).map_err(|error| self.lift(at, Direction::Encode, error))?;
            sink = Box::new(Labelled { stage: self.before.len() + at, inner });
        }
        Ok(sink)
    }

    /// A source of what `source`, the encoded form, holds.
    pub(super) fn decoder<'s>(
        &'s self,
        source: BoxSource<'s>,
        limits: &DecodeLimits,
    ) -> Result<BoxSource<'s>, Error> {
        self.decode_streams(source, limits, 0)
    }

    /// Like [`decoder`](Self::decoder) for the first codec alone.
    pub(super) fn first_decoder<'s>(
        &'s self,
        source: BoxSource<'s>,
        limits: &DecodeLimits,
    ) -> Result<BoxSource<'s>, Error> {
        self.decode_streams(source, limits, self.stages.len().saturating_sub(1))
    }

    /// Streams of all codecs but the last `skip`.
    fn decode_streams<'s>(
        &'s self,
        mut source: BoxSource<'s>,
        limits: &DecodeLimits,
        skip: usize,
    ) -> Result<BoxSource<'s>, Error> {
        for (at, (_, codec)) in self.stages.iter().enumerate().rev().skip(skip) {
            let cap = self.cap(at, limits.max_bytes);
            let limits = limits.with_max_bytes(cap);
            let inner =
                codec.decoder(source, &limits).map_err(|error| self.lift(at, Direction::Decode, error))?;
            let capped = crate::stream::Capped { source: inner, left: cap, limit: cap };
            source = Box::new(Labelled {
                stage: self.before.len() + at,
                inner: Box::new(capped) as BoxSource<'s>,
            });
        }
        Ok(source)
    }

    /// The most that codec `at` may produce in decoding, if the first may produce `limit` bytes: what the stages before
    /// it can make of that, and room for writers who encode less tightly than we.
    fn cap(&self, at: usize, limit: usize) -> usize {
        self.stages[..at].iter().fold(limit, |cap, (_, codec)| match codec.max_encoded_len(cap) {
            Some(bound) => bound.saturating_add(cap / 8).saturating_add(64 << 10),
            None => intermediate_limit(cap),
        })
    }

    /// The error of codec `at`, unless it is marked with the stage it came from.
    fn lift(&self, at: usize, direction: Direction, error: CodecError) -> Error {
        self.lift_marked(direction, error.in_stage(self.before.len() + at))
    }

    /// The public error of one that is marked with the position of its stage in the chain; of the first stage, if
    /// it is not.
    pub(super) fn lift_marked(&self, direction: Direction, error: CodecError) -> Error {
        let index = error.stage().unwrap_or(0);
        let codec = |at: usize| self.stages.get(at).map(|(spec, _)| spec.descriptor().name());
        let name = match self.before.get(index) {
            Some(name) => name,
            None => codec(index - self.before.len()).unwrap_or_default(),
        };
        lift(index, name, direction, error)
    }
}

/// Makes the public error of a stage's.
pub(super) fn lift(
    index: usize,
    name: impl Into<Cow<'static, str>>,
    direction: Direction,
    error: CodecError,
) -> Error {
    match error.into_io() {
        Ok(error) => Error::Io(IoError::new(
            match direction {
                Direction::Encode => "write the encoded data",
                Direction::Decode => "read the encoded data",
            },
            error,
        )),
        Err(error) => Error::Stage(StageError::new(index, name, direction, error)),
    }
}

/// Decodes one codec. A claim above the ceiling fails before anything is allocated or worked on.
fn decode_one(
    codec: &dyn Codec,
    encoded: &[u8],
    limits: &DecodeLimits,
    out: &mut Output<'_>,
) -> Result<(), CodecError> {
    if let LenClaim::Exact(claim) = codec.claimed_len(encoded)
        && usize::try_from(claim).map_or(true, |claim| claim > out.remaining())
    {
        return Err(match out.over() {
            over if over.kind() == ErrorKind::Limit => CodecError::new(
                ErrorKind::Limit,
                format!("the data claim {claim} bytes, more than the limit of {} bytes", out.remaining()),
            ),
            over => over,
        });
    }
    codec.decode(encoded, limits, out)
}

/// A scratch buffer on loan.
#[derive(Debug)]
pub(super) struct Scratch<'p>(Pooled<'p, Buffer>);

impl std::ops::Deref for Scratch<'_> {
    type Target = Buffer;

    fn deref(&self) -> &Buffer {
        &self.0
    }
}

impl std::ops::DerefMut for Scratch<'_> {
    fn deref_mut(&mut self) -> &mut Buffer {
        &mut self.0
    }
}

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        if self.0.capacity() > KEEP {
            *self.0 = Buffer::new();
        }
    }
}

/// Encoded bytes on their way through the codecs.
pub(super) enum Encoded<'e> {
    Borrowed(&'e [u8]),
    Scratch(Scratch<'e>),
}

impl Encoded<'_> {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Scratch(buffer) => buffer,
        }
    }
}
