//! [`Run`]: filters and codecs at work, for chains, pipelines and the inner chains of containers alike.

use std::sync::Arc;

use super::bound::{BoundRun, PlacedFilter};
use super::noted::{Beginning, Explained, Noted};
use crate::diagnosis;
use crate::error::{ArrayError, CodecError, Error, ErrorKind, Limit, Place};
use crate::lang::{ChainError, FilterSpec, StageSpec, Tail};
use crate::stage::stream::{BoxSink, BoxSource, CHUNK, Capped, Labelled, SliceSource};
use crate::{
    Buffer, Codec, DecodeLimits, Direction, Hints, Input, Layout, LenClaim, Output, Pool, Pooled, Recent,
    Sample,
};

/// Built filters and codecs, in the order of encoding, with the scratch memory between them.
#[derive(Debug)]
pub(crate) struct Run {
    /// The format before them, whose place is 0.
    format: Option<&'static str>,
    tail: Tail,
    filters: Arc<[PlacedFilter]>,
    codecs: Vec<Arc<dyn Codec>>,
    /// What a header says of the filters.
    filter_text: Option<String>,
    /// The filters bound to the layout that came last.
    bound: Recent<Layout, Arc<BoundRun>>,
    scratch: Pool<Buffer>,
    /// Whether a stage that panics becomes an error of that stage: another thread must not lose its work.
    catches_panics: bool,
}

impl Run {
    /// Builds the stages of `tail`, which follow the format of this name, or nothing.
    pub(crate) fn build(format: Option<&'static str>, tail: Tail) -> Result<Self, ChainError> {
        let text = tail.text();
        let place = |at: usize| Place {
            index: usize::from(format.is_some()) + at,
            name: tail.filters[at].spec().descriptor().name(),
        };
        let build = |(at, filter): (usize, &FilterSpec)| {
            Ok(PlacedFilter { place: place(at), filter: filter.build(text)? })
        };
        let filters = tail.filters.iter().enumerate().map(build).collect::<Result<_, ChainError>>()?;
        let codecs = tail.codecs.iter().map(|codec| codec.build(text)).collect::<Result<Vec<_>, _>>()?;
        let texts: Vec<String> = tail.filters.iter().map(|filter| filter.spec().to_string()).collect();
        let filter_text = (!texts.is_empty()).then(|| texts.join("|"));
        let (bound, scratch) = (Recent::new(), Pool::of_buffers());
        Ok(Self { format, tail, filters, codecs, filter_text, bound, scratch, catches_panics: false })
    }

    /// This run, whose stages work on several threads.
    pub(crate) fn catching_panics(mut self) -> Self {
        self.catches_panics = true;
        self
    }

    pub(crate) fn tail(&self) -> &Tail {
        &self.tail
    }

    pub(crate) fn specs(&self) -> impl Iterator<Item = &StageSpec> {
        self.tail.stages()
    }

    pub(crate) fn has_filters(&self) -> bool {
        !self.filters.is_empty()
    }

    pub(crate) fn has_codecs(&self) -> bool {
        !self.codecs.is_empty()
    }

    /// The text of the filters, for a header; `None` if there are none.
    pub(crate) fn filter_text(&self) -> Option<&str> {
        self.filter_text.as_deref()
    }

    /// The place of the first stage, which an error belongs to that names none.
    pub(crate) fn first_place(&self) -> Place {
        let first = || self.specs().next().map_or("", |spec| spec.descriptor().name());
        Place { index: 0, name: self.format.unwrap_or_else(first) }
    }

    fn codec_place(&self, at: usize) -> Place {
        let index = usize::from(self.format.is_some()) + self.filters.len() + at;
        Place { index, name: self.tail.codecs[at].spec().descriptor().name() }
    }

    /// The public error of one that a stage made.
    pub(crate) fn lift(&self, direction: Direction, error: CodecError) -> Error {
        error.lift(self.first_place(), direction)
    }

    /// A buffer for use between stages.
    #[inline]
    pub(crate) fn scratch(&self) -> Pooled<'_, Buffer> {
        self.scratch.buffer()
    }

    /// Where [`scratch`](Self::scratch) comes from.
    pub(crate) fn pool(&self) -> &Pool<Buffer> {
        &self.scratch
    }

    /// The filters, bound to arrays of this layout.
    pub(crate) fn bind(&self, layout: &Layout) -> Result<Arc<BoundRun>, ArrayError> {
        let bind = || {
            let bound = BoundRun::bind(layout, &self.filters, 0, self.catches_panics)?;
            Ok((Some(layout.clone()), Arc::new(bound)))
        };
        self.bound.get(|last| last == layout, bind)
    }

    /// The most bytes that `len` bytes may become in the codecs, if every one has a bound.
    pub(crate) fn max_encoded_len(&self, len: usize) -> Option<usize> {
        self.codecs.iter().try_fold(len, |len, codec| codec.max_encoded_len(len))
    }

    /// What a container may know of the codecs as a whole.
    pub(crate) fn hints(&self) -> Hints {
        let windows = self.codecs.iter().filter_map(|codec| codec.hints().window);
        let mut hints = Hints::new();
        hints.window = windows.min();
        hints.has_plane_mode = self.codecs.first().is_some_and(|codec| codec.hints().has_plane_mode);
        hints
    }

    /// Runs the codecs on `input`, into `out`, which the caller finishes.
    pub(crate) fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        let last = match &*self.codecs {
            [] => {
                out.reserve(input.len())?;
                return input.parts().iter().try_for_each(|part| out.push(part));
            }
            [codec] if !self.catches_panics => {
                return codec.encode(input, out).map_err(|error| error.placed(self.codec_place(0)));
            }
            [before @ .., _] => before.len(),
        };
        let mut current: Option<Pooled<'_, Buffer>> = None;
        for (at, codec) in self.codecs.iter().enumerate() {
            let step = |out: &mut Output<'_>| {
                let run = || match &current {
                    None => codec.encode(input, out),
                    Some(bytes) => codec.encode(&Input::new(&[bytes]), out),
                };
                self.guard(run).map_err(|error| error.placed(self.codec_place(at)))
            };
            if at == last {
                return step(out);
            }
            let mut next = self.scratch();
            let mut between = Output::to_buffer(&mut next);
            step(&mut between)?;
            between.finish();
            current = Some(next);
        }
        Ok(())
    }

    /// Decodes all codecs but the first, and returns what the first has to decode; borrowed if it is alone.
    #[inline]
    pub(crate) fn decode_outer<'e>(
        &'e self,
        encoded: &'e [u8],
        limits: &DecodeLimits,
    ) -> Result<Outer<'e>, CodecError> {
        let given = encoded.len();
        let encoded = match self.codecs.len() {
            0 | 1 => Encoded::Borrowed(encoded),
            _ => self.decode_several(encoded, limits)?,
        };
        Ok(Outer { encoded, given })
    }

    #[inline]
    fn decode_several<'e>(
        &'e self,
        encoded: &'e [u8],
        limits: &DecodeLimits,
    ) -> Result<Encoded<'e>, CodecError> {
        let mut current = Encoded::Borrowed(encoded);
        for (at, codec) in self.codecs.iter().enumerate().skip(1).rev() {
            let held = if let Encoded::Scratch(buffer) = &current { buffer.len() } else { 0 };
            let limits = limits.in_the_middle(self.ceiling(at, limits, held));
            let mut next = self.scratch();
            let mut out = Output::to_buffer(&mut next).with_limits(&limits);
            let claim = codec.claimed_len(current.bytes());
            let to_decode = ToDecode { bytes: current.bytes(), given: encoded.len() };
            self.decode_by(at, codec, claim, to_decode, &mut out)?;
            out.finish();
            current = Encoded::Scratch(next);
        }
        Ok(current)
    }

    /// Decodes the first codec, or copies if there is none. `out` has the caller's limits already.
    #[inline]
    pub(crate) fn decode_first(&self, encoded: ToDecode<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        self.decode_first_claimed(self.first_claim(encoded.bytes), encoded, out)
    }

    /// What the first codec says of its result's length.
    #[inline]
    pub(crate) fn first_claim(&self, encoded: &[u8]) -> LenClaim {
        self.codecs.first().map_or(LenClaim::Exact(encoded.len() as u64), |codec| codec.claimed_len(encoded))
    }

    /// [`decode_first`](Self::decode_first), after [`first_claim`](Self::first_claim).
    #[inline]
    pub(crate) fn decode_first_claimed(
        &self,
        claim: LenClaim,
        encoded: ToDecode<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), CodecError> {
        let Some(codec) = self.codecs.first() else { return out.push(encoded.bytes) };
        self.decode_by(0, codec, claim, encoded, out)
    }

    /// Decodes by `codec`, which is codec `at`.
    #[inline]
    fn decode_by(
        &self,
        at: usize,
        codec: &Arc<dyn Codec>,
        claim: LenClaim,
        encoded: ToDecode<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), CodecError> {
        let ToDecode { bytes: encoded, given } = encoded;
        // What is around an inner chain knows better.
        out.given = Some(out.given.map_or(given, |known| known.min(given)));
        out.stop_to_be_measured();
        let decode = |out: &mut Output<'_>| {
            self.guard(|| {
                check_claim(claim, out)?;
                codec.decode(encoded, out)
            })
        };
        let mut decoded = decode(out);
        if decoded.is_err() && out.is_to_be_measured() {
            decoded = self.measure(at, codec, encoded, out).and_then(|()| decode(out));
        }
        decoded.map_err(|error| self.explained(at, error, encoded))
    }

    /// Makes room for the result of codec `at`, of which is known only that it is many times as long as `encoded`: decodes it
    /// as a stream that nobody keeps. So what is longer than it may be takes no memory, and its pages no time.
    #[cold]
    fn measure(
        &self,
        at: usize,
        codec: &Arc<dyn Codec>,
        encoded: &[u8],
        out: &mut Output<'_>,
    ) -> Result<(), CodecError> {
        let spec = self.tail.codecs[at].spec();
        if !spec.descriptor().is_streaming_with(spec.params()) {
            return Ok(());
        }
        let mut piece = Buffer::new();
        piece.try_set_len(CHUNK)?;
        let mut len = 0_usize;
        let mut measure = || -> Result<(), CodecError> {
            let source = Box::new(SliceSource::new(encoded));
            let mut stream = Arc::clone(codec).decoder(source, &out.limits())?;
            loop {
                match stream.read(&mut piece)? {
                    0 => return Ok(()),
                    n => len = len.saturating_add(n),
                }
                if len > out.remaining() {
                    return Err(out.ceiling_error());
                }
            }
        };
        match self.guard(&mut measure) {
            Ok(()) => out.reserve_room(len),
            // A stream alone may refuse a large window.
            Err(error) if error.kind() == ErrorKind::Limit && len <= out.remaining() => Ok(()),
            // Whatever else it finds wrong, decoding would find too, in as much time again.
            Err(error) => Err(error),
        }
    }

    /// A sink through all codecs into `next`. `len` is the length of what will be written.
    pub(crate) fn encoder<'s>(&self, len: Option<u64>, next: BoxSink<'s>) -> Result<BoxSink<'s>, CodecError> {
        let mut sink = next;
        for (at, codec) in self.codecs.iter().enumerate().rev() {
            // Only the first codec sees bytes whose number is known before they come.
            let len = len.filter(|_| at == 0);
            let place = self.codec_place(at);
            let inner = Arc::clone(codec).encoder(len, sink).map_err(|error| error.placed(place))?;
            sink = Box::new(Labelled { place, inner });
        }
        Ok(sink)
    }

    /// A source of what `source`, the encoded form, holds.
    pub(crate) fn decoder<'s>(
        &self,
        source: BoxSource<'s>,
        limits: &DecodeLimits,
    ) -> Result<BoxSource<'s>, CodecError> {
        (0..self.codecs.len()).rev().try_fold(source, |source, at| self.decoder_at(at, source, limits))
    }

    /// Like [`decoder`](Self::decoder) for the first codec alone.
    pub(crate) fn first_decoder<'s>(
        &self,
        source: BoxSource<'s>,
        limits: &DecodeLimits,
    ) -> Result<BoxSource<'s>, CodecError> {
        if self.has_codecs() { self.decoder_at(0, source, limits) } else { Ok(source) }
    }

    fn decoder_at<'s>(
        &self,
        at: usize,
        source: BoxSource<'s>,
        limits: &DecodeLimits,
    ) -> Result<BoxSource<'s>, CodecError> {
        let limit = self.ceiling(at, limits, 0);
        let place = self.codec_place(at);
        let beginning = Beginning::new();
        let source = Box::new(Noted::new(source, beginning.clone()));
        let decoder = Arc::clone(&self.codecs[at]).decoder(source, &limits.in_the_middle(limit));
        let inner = decoder.map_err(|error| error.placed(place))?;
        let capped: BoxSource<'s> = Box::new(Capped { source: inner, left: limit, limit });
        let stage = self.tail.codecs[at].spec().descriptor();
        Ok(Box::new(Explained { place, stage, beginning, inner: capped }))
    }

    /// An error of codec `at`, which failed to decode `encoded`, with its place and with help if there is any.
    #[cold]
    fn explained(&self, at: usize, error: CodecError, encoded: &[u8]) -> CodecError {
        if error.is_placed() {
            return error;
        }
        let sample = Sample { bytes: encoded, is_whole: true };
        diagnosis::advised(error, self.tail.codecs[at].spec().descriptor(), &sample)
            .placed(self.codec_place(at))
    }

    /// The most that codec `at` may produce in decoding, if the first may produce `limit` bytes: what the stages before it
    /// can make of that, and room for writers who encode less tightly than we do. It does not grow with the number of
    /// stages: all that is held at once, of which `held` bytes are its input, stays within three times the limit and 8 MiB.
    fn ceiling(&self, at: usize, limits: &DecodeLimits, held: usize) -> usize {
        let limit = limits.max_bytes;
        if at == 0 {
            return limit;
        }
        let bound = self.codecs[..at].iter().try_fold(limit, |len, codec| codec.max_encoded_len(len));
        let slack = (limit / 8).saturating_add(64 << 10);
        let of_bound = bound.map_or(usize::MAX, |bound| bound.saturating_add(slack));
        of_bound.min(limits.total().saturating_sub(held))
    }

    /// Runs code of a stage.
    #[inline]
    fn guard<T>(&self, run: impl FnOnce() -> Result<T, CodecError>) -> Result<T, CodecError> {
        if self.catches_panics { catch_panic(run) } else { run() }
    }
}

/// Runs code of a stage on behalf of other threads: a panic becomes an error.
pub(super) fn catch_panic<T>(run: impl FnOnce() -> Result<T, CodecError>) -> Result<T, CodecError> {
    // What a stage left half done stays with it: the pools drop what was on loan, and outputs what was not finished.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Err(CodecError::internal(format!("it panicked: {message}")))
    })
}

/// A claim above the ceiling fails before anything is allocated or worked on.
#[inline]
fn check_claim(claim: LenClaim, out: &Output<'_>) -> Result<(), CodecError> {
    match claim {
        LenClaim::Exact(claim) if usize::try_from(claim).map_or(true, |claim| claim > out.remaining()) => {
            Err(claims_too_much(claim, out))
        }
        _ => Ok(()),
    }
}

#[cold]
fn claims_too_much(claim: u64, out: &Output<'_>) -> CodecError {
    match out.ceiling_error() {
        error if error.kind() == ErrorKind::Limit => CodecError::over(
            Limit::Bytes,
            format!("the data claim {claim} bytes, more than the limit of {} bytes", out.remaining()),
        ),
        error => error,
    }
}

/// Encoded bytes on their way through the codecs.
#[derive(Debug)]
pub(crate) enum Encoded<'e> {
    Borrowed(&'e [u8]),
    Scratch(Pooled<'e, Buffer>),
}

impl Encoded<'_> {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Scratch(buffer) => buffer,
        }
    }
}

/// What is left for the first codec to decode, and how many bytes the caller gave, of which the others made it.
#[derive(Debug)]
pub(crate) struct Outer<'e> {
    encoded: Encoded<'e>,
    given: usize,
}

impl Outer<'_> {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.encoded.bytes()
    }

    pub(crate) fn to_decode(&self) -> ToDecode<'_> {
        ToDecode { bytes: self.bytes(), given: self.given }
    }
}

/// What a codec is to decode, and how many bytes the caller gave, of which other codecs made it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ToDecode<'e> {
    pub(crate) bytes: &'e [u8],
    given: usize,
}
