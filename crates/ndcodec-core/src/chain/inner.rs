//! [`InnerChain`]: the filters and codecs that a container runs on parts of a payload.

use std::fmt;
use std::sync::{Arc, Mutex};

use super::bound::BoundRun;
use super::run::Run;
use crate::error::{ArrayError, CodecError, ErrorKind};
use crate::lang::{self, ChainError, MAX_STAGES_FROM_DATA, StageSpec, Tail};
use crate::stage::patient;
use crate::{Buffer, Content, Direction, Filtered, Hints, Input, Layout, Output, Registry};

/// Filters, then codecs, ready to work on parts of a payload. One value serves many threads at once, and a stage that
/// panics gives an error there.
///
/// A container gets one from its parameters by [`Params::inner_chain`](crate::Params::inner_chain), and one that a header
/// names by [`HeaderContext::inner_chain`](crate::HeaderContext::inner_chain).
#[derive(Debug)]
pub struct InnerChain {
    text: String,
    run: Run,
}

/// The inner chains that data name in their course, behind the header: see
/// [`HeaderContext::inner_chains`](crate::HeaderContext::inner_chains).
#[derive(Debug)]
pub struct InnerChains {
    registry: Registry,
    own: Option<Arc<InnerChain>>,
    known: Mutex<Vec<Arc<InnerChain>>>,
}

impl InnerChains {
    /// How many are kept once they were built. Data may name as many as they like.
    const KEPT: usize = 64;

    pub(crate) fn new(registry: &Registry, own: Option<&Arc<InnerChain>>) -> Self {
        Self { registry: registry.clone(), own: own.cloned(), known: Mutex::default() }
    }

    /// The inner chain of this text. What data may choose is checked as for
    /// [`HeaderContext::inner_chain`](crate::HeaderContext::inner_chain); an own inner chain that the caller named is allowed
    /// too, whatever its parameters.
    ///
    /// # Errors
    /// If the text is not an inner chain that may be used.
    pub fn get(&self, text: &str) -> Result<Arc<InnerChain>, InnerChainError> {
        let find = |known: &Vec<Arc<InnerChain>>| known.iter().find(|known| known.text == text).cloned();
        if let Some(known) = patient(&self.known).and_then(|known| find(&known)) {
            return Ok(known);
        }
        let of_data = || InnerChain::from_data(&self.registry, text, None);
        let built = match &self.own {
            None => of_data()?,
            Some(own) => InnerChain::from_data(&self.registry, text, Some(own)).or_else(|_| of_data())?,
        };
        // It is found by the text that named it, which need not be the canonical one.
        if built.text == text
            && let Some(mut known) = patient(&self.known)
            && known.len() < Self::KEPT
        {
            known.push(built.clone());
        }
        Ok(built)
    }
}

/// Why an inner chain that data name cannot be used. A container keeps it until the inner chain is needed: a header says
/// more than that.
#[derive(Debug, Clone)]
pub struct InnerChainError {
    message: String,
    kind: ErrorKind,
    source: Option<ChainError>,
}

impl InnerChainError {
    /// The error to report once the inner chain is needed.
    pub fn to_codec_error(&self) -> CodecError {
        let error = CodecError::new(self.kind, self.message.clone());
        match &self.source {
            Some(source) => error.with_source(source.clone()),
            None => error,
        }
    }
}

/// The filters of an [`InnerChain`], bound to the layout of some part of an array.
#[derive(Clone)]
pub struct InnerFilters {
    inner: Arc<InnerChain>,
    bound: Arc<BoundRun>,
}

impl InnerChain {
    /// Builds the inner chain that a parameter holds.
    pub(crate) fn new(tail: &Tail) -> Result<Arc<Self>, ChainError> {
        let run = Run::build(None, tail.clone())?.catching_panics();
        Ok(Arc::new(Self { text: tail.to_string(), run }))
    }

    /// Builds the inner chain of a text, of stages of this registry.
    pub(crate) fn parse_in(registry: &Registry, text: &str) -> Result<Arc<Self>, ChainError> {
        Self::new(&lang::parse_inner_from_data(text, registry)?)
    }

    /// The inner chain that data name: see [`HeaderContext::inner_chain`](crate::HeaderContext::inner_chain).
    pub(crate) fn from_data(
        registry: &Registry,
        text: &str,
        own: Option<&Arc<Self>>,
    ) -> Result<Arc<Self>, InnerChainError> {
        if let Some(own) = own.filter(|own| own.text == text) {
            return Ok(own.clone());
        }
        let fail = |error: ChainError| InnerChainError {
            message: format!(
                "the header names the inner chain `{}`, which cannot be used",
                text.escape_debug()
            ),
            kind: ErrorKind::Unsupported,
            source: Some(error),
        };
        let tail = lang::parse_inner_from_data(text, registry).map_err(fail)?;
        match own {
            None => lang::check_from_data(&tail, MAX_STAGES_FROM_DATA, "stages").map_err(fail)?,
            Some(own) if is_same_stages(&tail, own.run.tail()) => {}
            Some(own) => {
                let own = own.text();
                let message =
                    format!("the header names the inner chain `{tail}`, but the chain says `{own}`");
                return Err(InnerChainError { message, kind: ErrorKind::Corrupt, source: None });
            }
        }
        Self::new(&tail).map_err(fail)
    }

    /// What it was made of.
    pub(super) fn tail(&self) -> &Tail {
        self.run.tail()
    }

    /// The canonical text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The canonical text of the codecs alone.
    pub fn codec_text(&self) -> String {
        let codecs = self.run.tail().codecs.iter().map(|codec| codec.spec().to_string());
        codecs.collect::<Vec<_>>().join("|")
    }

    /// The canonical text of each filter.
    pub fn filter_texts(&self) -> impl Iterator<Item = String> {
        self.run.tail().filters.iter().map(|filter| filter.spec().to_string())
    }

    /// Whether filtering and undoing it gives back every bit, so that a container may leave the filters out.
    pub fn is_lossless(&self) -> bool {
        !self.run.tail().filters.iter().any(|filter| filter.spec().descriptor().is_lossy())
    }

    /// Whether there are filters.
    pub fn has_filters(&self) -> bool {
        self.run.has_filters()
    }

    /// Whether there are codecs.
    pub fn has_codecs(&self) -> bool {
        self.run.has_codecs()
    }

    /// What is known of the codecs as a whole: the shortest window, and whether the first has a mode for byte planes.
    pub fn hints(&self) -> Hints {
        self.run.hints()
    }

    /// The filters for parts of an array that have this layout.
    ///
    /// # Errors
    /// The reason why such an array cannot be filtered.
    pub fn bind(self: &Arc<Self>, layout: &Layout) -> Result<InnerFilters, ArrayError> {
        Ok(InnerFilters { bound: self.run.bind(layout)?, inner: self.clone() })
    }

    /// The most bytes that `len` bytes may become in the codecs, if every one has a bound.
    pub fn max_encoded_len(&self, len: usize) -> Option<usize> {
        self.run.max_encoded_len(len)
    }

    /// Runs the codecs on `input`.
    ///
    /// # Errors
    /// If a codec cannot encode it, or `out` is full.
    pub fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        self.run.encode(input, out).map_err(|error| self.inside(Direction::Encode, error))
    }

    /// Runs the codecs backwards on `encoded`, within the [limits](Output::limits) of `out`.
    ///
    /// # Errors
    /// If these bytes are not what the codecs write, or the ceiling of `out` is passed.
    pub fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let mut decode = || {
            let inner = self.run.decode_outer(encoded, &out.limits())?;
            self.run.decode_first(inner.to_decode(), out)
        };
        decode().map_err(|error| self.inside(Direction::Decode, error))
    }

    /// Appends what filters and codecs make of `payload`, a whole array of this layout: all that a container does that keeps
    /// an array in one piece.
    ///
    /// # Errors
    /// If a filter or a codec cannot encode it, or `out` is full.
    pub fn encode_payload(
        self: &Arc<Self>,
        layout: &Layout,
        payload: &[u8],
        out: &mut Output<'_>,
    ) -> Result<(), CodecError> {
        let filters = self.bind(layout).map_err(misfit)?;
        if filters.is_identity() {
            return self.encode(&Input::new(&[payload]), out);
        }
        let mut filtered = self.run.scratch();
        let mut between = Output::to_buffer(&mut filtered);
        filters.forward(payload, &mut between)?;
        between.finish();
        self.encode(&Input::new(&[&filtered]), out)
    }

    /// Appends the payload of this layout that [`encode_payload`](Self::encode_payload) made `encoded` of, within the
    /// [limits](Output::limits) of `out`. There is room for it only once the codecs gave as many bytes as it needs, so the
    /// layout may come from anyone.
    ///
    /// # Errors
    /// If these bytes are not exactly one such payload, or the ceiling of `out` is passed.
    pub fn decode_payload(
        self: &Arc<Self>,
        layout: &Layout,
        encoded: &[u8],
        out: &mut Output<'_>,
    ) -> Result<(), CodecError> {
        let filters = self.bind(layout).map_err(misfit)?;
        let (known, most) = (filters.output().known_len(), filters.output().max_len());
        let (limits, nbytes) = (out.limits(), layout.nbytes());
        let mut filtered = self.run.scratch();
        let mut between = Output::to_buffer(&mut filtered).with_limits(&limits.with_max_bytes(most));
        self.decode(encoded, &mut between).map_err(|error| match error.kind() {
            ErrorKind::Limit if most <= limits.max_bytes => {
                let message = format!("its inner chain gives more than the {most} bytes of the array");
                CodecError::new(ErrorKind::Trailing, message).with_source(error)
            }
            _ => error,
        })?;
        let len = between.finish();
        if known.is_some_and(|known| known > len) {
            return Err(CodecError::truncated(format_args!("the {nbytes} bytes of the array")));
        }
        filters.backward(&[&filtered], out.spare(nbytes)?)?;
        out.commit(nbytes)
    }

    /// The container's error for one of its inner chain.
    fn inside(&self, direction: Direction, error: CodecError) -> CodecError {
        let kind = error.kind();
        CodecError::new(kind, "its inner chain failed").with_source(self.run.lift(direction, error))
    }
}

fn misfit(error: ArrayError) -> CodecError {
    CodecError::corrupt("the inner chain does not fit the array").with_source(error)
}

/// Whether the stages are the same but for their parameters.
fn is_same_stages(a: &Tail, b: &Tail) -> bool {
    fn words(tail: &Tail) -> impl Iterator<Item = *const crate::StageDescriptor> {
        tail.stages().map(StageSpec::descriptor).map(std::ptr::from_ref)
    }
    words(a).eq(words(b))
}

impl InnerFilters {
    /// Whether the payload stays as it lies.
    pub fn is_identity(&self) -> bool {
        self.bound.is_identity()
    }

    /// What is made of a part.
    pub fn output(&self) -> &Filtered {
        self.bound.output()
    }

    /// How many parts of equal length the filtered form consists of whose bytes are of different kinds: see
    /// [`BoundFilter::planes`](crate::BoundFilter::planes).
    pub fn planes(&self) -> usize {
        self.bound.planes()
    }

    /// What each of these parts holds.
    pub fn content(&self) -> Content {
        self.bound.content()
    }

    /// Appends the filtered form of `payload`, which has exactly the bytes of the layout.
    ///
    /// # Errors
    /// If a filter cannot filter it, or `out` is full.
    pub fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let done = self.bound.forward(payload, out, self.inner.run.pool());
        done.map_err(|error| self.inner.inside(Direction::Encode, error))
    }

    /// Whether the first filter writes a [`Front`](crate::Front). What it makes of a payload depends on no filter behind it, so
    /// inner chains that begin with the same filter can share it.
    pub fn begins_with_front(&self) -> bool {
        self.bound.begins_with_front()
    }

    /// Writes to `made` what the first filter makes of `payload`, and returns whether it found much: see
    /// [`Front::found_little`](crate::Front::found_little).
    ///
    /// # Errors
    /// If the filter cannot filter it, or writes no front.
    pub fn forward_first(&self, payload: &[u8], made: &mut Buffer) -> Result<bool, CodecError> {
        let done = self.bound.forward_first(payload, made);
        done.map_err(|error| self.inner.inside(Direction::Encode, error))
    }

    /// Appends the filtered form of a payload of which [`forward_first`](Self::forward_first) made `made`.
    ///
    /// # Errors
    /// If a filter cannot filter it, or `out` is full.
    pub fn forward_behind(&self, made: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let done = self.bound.forward_behind(made, out, self.inner.run.pool());
        done.map_err(|error| self.inner.inside(Direction::Encode, error))
    }

    /// Writes to `payload` what was filtered to `parts`: one piece, or pieces of equal length.
    ///
    /// # Errors
    /// If these bytes are not a filtered payload.
    pub fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        let done = self.bound.backward(parts, payload, self.inner.run.pool());
        done.map_err(|error| self.inner.inside(Direction::Decode, error))
    }
}

impl fmt::Debug for InnerFilters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bound.fmt(f)
    }
}
