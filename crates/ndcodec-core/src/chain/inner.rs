//! [`InnerChain`]: the filters and codecs that a container runs on parts of a payload.

use super::codecs::Codecs;
use super::filters::FilterRun;
use crate::error::{ArrayError, CodecError, Error, ErrorKind};
use crate::lang::{self, Built, ChainError, StageSpec, Tail};
use crate::{DType, DecodeLimits, Output};

/// Filters, then codecs, ready to work on parts of a payload. One value serves many threads at once.
#[derive(Debug)]
pub struct InnerChain {
    text: String,
    filters: FilterRun,
    codecs: Codecs,
}

impl InnerChain {
    /// Parses, checks and builds filters and codecs, such as `shuffle|lz4`; the empty text is none of either.
    ///
    /// # Errors
    /// What is wrong in the text, and where.
    pub fn parse(text: &str) -> Result<Self, ChainError> {
        if text.is_empty() {
            return Self::build("", &[]);
        }
        let specs = lang::parse_stages(text)?;
        lang::check_tail(text, &specs)?;
        Self::build(text, &specs)
    }

    /// Builds the inner chain that a parameter holds.
    ///
    /// # Errors
    /// What is wrong in it, and where.
    pub fn new(tail: &Tail) -> Result<Self, ChainError> {
        Self::parse(&tail.to_string())
    }

    fn build(text: &str, specs: &[StageSpec]) -> Result<Self, ChainError> {
        let mut filters = FilterRun::default();
        let mut codecs = Vec::new();
        for spec in specs {
            match spec.build(text)? {
                Built::Filter(filter) => filters.push(spec.clone(), filter),
                Built::Codec(codec) => codecs.push((spec.clone(), codec)),
                Built::Format(_) | Built::Container(_) => {}
            }
        }
        let before = filters.specs().map(|spec| spec.descriptor().name()).collect();
        let texts: Vec<String> = specs.iter().map(ToString::to_string).collect();
        Ok(Self { text: texts.join("|"), filters, codecs: Codecs::new(before, codecs) })
    }

    /// The canonical text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether filtering elements of this dtype changes a payload: not where there are no filters, nor where all leave
    /// it as it lies.
    pub fn has_filters(&self, dtype: &DType) -> bool {
        !self.filters.is_identity(dtype)
    }

    /// Whether filtering and undoing it gives back every bit, so that a container may leave the filters out.
    pub fn is_lossless(&self) -> bool {
        !self.filters.specs().any(|spec| spec.descriptor().is_lossy())
    }

    /// Whether there are codecs.
    pub fn has_codecs(&self) -> bool {
        !self.codecs.is_empty()
    }

    /// How far back the codecs' matches reach, in bytes: as far as they like, unless one says otherwise.
    pub fn window(&self) -> usize {
        let windows = self.codecs.specs().filter_map(|spec| spec.descriptor().match_window());
        windows.min().unwrap_or(usize::MAX)
    }

    /// Whether elements of this dtype can be filtered.
    ///
    /// # Errors
    /// The reason why not.
    pub fn check(&self, dtype: &DType) -> Result<(), ArrayError> {
        self.filters.check(dtype)
    }

    /// Into how many parts of equal length a filtered payload falls: see
    /// [`ArrayFilter::planes`](crate::ArrayFilter::planes).
    pub fn planes(&self, dtype: &DType) -> usize {
        self.filters.last().map_or(1, |filter| filter.planes(dtype).max(1))
    }

    /// Whether these parts hold one byte of each element.
    pub fn are_byte_planes(&self, dtype: &DType) -> bool {
        self.filters.last().is_some_and(|filter| filter.planes(dtype) == dtype.itemsize())
    }

    /// Writes the filtered form of `payload` to `out`, which has the same length.
    ///
    /// # Errors
    /// Where a filter cannot filter it.
    pub fn filter(&self, dtype: &DType, payload: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        self.filters.encode(dtype, payload, out, &self.codecs).map_err(inside)
    }

    /// Writes what was filtered into `filtered` to `out`, which has the same length.
    ///
    /// # Errors
    /// Where these bytes are no filtered payload.
    pub fn unfilter(&self, dtype: &DType, filtered: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        self.filters.decode(dtype, filtered, out, &self.codecs).map_err(inside)
    }

    /// As [`unfilter`](Self::unfilter), of what lies in parts of equal length.
    ///
    /// # Errors
    /// As [`unfilter`](Self::unfilter).
    pub fn unfilter_parts(&self, dtype: &DType, parts: &[&[u8]], out: &mut [u8]) -> Result<(), CodecError> {
        self.filters.decode_parts(dtype, parts, out, &self.codecs).map_err(inside)
    }

    /// The most bytes that `len` bytes may become in the codecs, if every one has a bound.
    pub fn max_encoded_len(&self, len: usize) -> Option<usize> {
        self.codecs.max_encoded_len(len)
    }

    /// Runs the codecs on `bytes`.
    ///
    /// # Errors
    /// Where a codec cannot encode them, or `out` is full.
    pub fn encode(&self, bytes: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        self.codecs.encode(&[bytes], out).map_err(inside)
    }

    /// As [`encode`](Self::encode), for a byte plane: see [`Codec::encode_plane`](crate::Codec::encode_plane).
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn encode_plane(&self, plane: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        self.codecs.encode_plane(plane, out).map_err(inside)
    }

    /// See [`Codec::is_quicker_on_planes`](crate::Codec::is_quicker_on_planes).
    pub fn is_quicker_on_planes(&self) -> bool {
        self.codecs.first().is_some_and(crate::Codec::is_quicker_on_planes)
    }

    /// Runs the codecs backwards on `encoded`. `limits` hold for this part.
    ///
    /// # Errors
    /// Where these bytes are not what the codecs write, or the ceiling of `out` is passed.
    pub fn decode(
        &self,
        encoded: &[u8],
        limits: &DecodeLimits,
        out: &mut Output<'_>,
    ) -> Result<(), CodecError> {
        let inner = self.codecs.decode_outer(encoded, limits).map_err(inside)?;
        self.codecs.decode_first(inner.bytes(), limits, out).map_err(inside)
    }
}

/// The container's error for one of its inner chain.
fn inside(error: Error) -> CodecError {
    let kind = error.kind().unwrap_or(ErrorKind::Input);
    CodecError::new(kind, "its inner chain failed").with_source(error)
}
