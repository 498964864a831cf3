//! [`Uniform`]: every chunk through the inner chain that somebody named.
//!
//! A chunk is encoded as it lies where the filters only do harm.

use std::sync::Arc;

use ndcodec_core::{
    ArrayError, Choice, CodecError, Content, DType, DecodeLimits, InnerChain, InnerChainError, InnerFilters,
    Layout, Order,
};

use crate::chunker::{Coder, WHOLE};
use crate::chunks::Shared;
use crate::estimate::{Estimate, sample_len};
use crate::header::Head;
use crate::parts::{LEAST, Parts, Scratch, part_count};

/// Filtered, in parts of equal length.
const PARTS: u8 = 1;
/// Through the codecs as it lies, without the filters.
const UNFILTERED: u8 = 2;

/// One inner chain for all chunks.
#[derive(Debug)]
pub(crate) struct Uniform {
    head: Head,
    inner: Result<Arc<InnerChain>, InnerChainError>,
    /// `None` if the inner chain cannot be used, or does not fit the array.
    plan: Option<Plan>,
}

impl Uniform {
    /// For an array to encode.
    pub(crate) fn new(head: &Head, inner: &Arc<InnerChain>) -> Result<Self, ArrayError> {
        Ok(Self { plan: Some(Plan::new(head, inner)?), head: head.clone(), inner: Ok(inner.clone()) })
    }

    /// For a header that was read. It may be anyone's: what does not fit is an error once it is needed.
    pub(crate) fn of_header(head: &Head, inner: Result<Arc<InnerChain>, InnerChainError>) -> Self {
        let plan = inner.as_ref().ok().and_then(|inner| Plan::new(head, inner).ok());
        Self { head: head.clone(), inner, plan }
    }
}

impl Uniform {
    /// The coder of single chunks, within the caller's limits.
    pub(crate) fn coder<'c>(
        &'c self,
        limits: DecodeLimits,
        shared: &'c Shared,
    ) -> Result<UniformCoder<'c>, CodecError> {
        let inner = self.inner.as_ref().map_err(InnerChainError::to_codec_error)?;
        let Some(plan) = &self.plan else {
            let misfit = CodecError::corrupt("the inner chain does not fit the array");
            return Err(match Plan::new(&self.head, inner) {
                Err(error) => misfit.with_source(error),
                Ok(_) => misfit,
            });
        };
        Ok(UniformCoder { inner, plan, dtype: self.head.layout.dtype(), limits, shared })
    }

    pub(crate) fn inner_chain(&self) -> Option<&Arc<InnerChain>> {
        self.inner.as_ref().ok()
    }
}

/// The filters of an inner chain, bound to what a chunk can be: a full one, or the last, or a sample of either.
#[derive(Debug)]
pub(crate) struct Plan {
    full_len: usize,
    full: Piece,
    last: Piece,
}

#[derive(Debug)]
struct Piece {
    filters: InnerFilters,
    /// `None` if it is too short for a sample.
    sample: Option<InnerFilters>,
}

impl Plan {
    fn new(head: &Head, inner: &Arc<InnerChain>) -> Result<Self, ArrayError> {
        let dtype = head.layout.dtype();
        let bind = |len: usize| {
            let count = len.checked_div(dtype.itemsize()).unwrap_or(0);
            inner.bind(&Layout::new(dtype.clone(), [count], Order::C)?)
        };
        let piece = |len: usize| {
            let filters = bind(len)?;
            let parts = usize::from(part_count(&filters));
            let sample = sample_len(dtype, len, parts).map(&bind).transpose()?;
            Ok::<_, ArrayError>(Piece { filters, sample })
        };
        let full_len = head.chunk_len.min(head.layout.nbytes());
        let last = head.chunk_range(head.count().saturating_sub(1)).len();
        Ok(Self { full_len, full: piece(full_len)?, last: piece(last)? })
    }

    fn piece(&self, len: usize) -> &Piece {
        if len == self.full_len { &self.full } else { &self.last }
    }

    /// The filters of a chunk of `len` bytes.
    pub(crate) fn of_chunk(&self, len: usize) -> &InnerFilters {
        &self.piece(len).filters
    }

    /// The filters of the sample of a chunk of `len` bytes, if it is long enough for one.
    pub(crate) fn of_sample(&self, len: usize) -> Option<&InnerFilters> {
        self.piece(len).sample.as_ref()
    }
}

/// Encodes and decodes chunks with one inner chain.
#[derive(Debug)]
pub(crate) struct UniformCoder<'c> {
    inner: &'c InnerChain,
    pub(crate) plan: &'c Plan,
    pub(crate) dtype: &'c DType,
    limits: DecodeLimits,
    shared: &'c Shared,
}

impl UniformCoder<'_> {
    pub(crate) fn parts(&self) -> Parts<'_> {
        Parts::new(self.inner, &self.limits, &self.shared.scratch)
    }
}

impl Coder for UniformCoder<'_> {
    fn room(&self, len: usize) -> usize {
        self.parts().room(len)
    }

    fn encode(&self, payload: &[u8], body: &mut [u8]) -> Result<Option<usize>, CodecError> {
        let filters = self.plan.of_chunk(payload.len());
        let count = usize::from(part_count(filters));
        let estimate = {
            let mut scratch = self.shared.scratch.take(Scratch::default);
            let Scratch { filtered, sample, .. } = &mut *scratch;
            Estimate::of(self, payload, count, sample, filtered, body)?
        };
        if let Estimate::Known { filtered: Some(filtered), .. } = estimate {
            let most = filtered.min(payload.len() - payload.len() / LEAST);
            if let Some(len) = self.parts().try_encode(payload, Content::Bytes, most, &mut body[1..])? {
                body[0] = UNFILTERED;
                return Ok(Some(1 + len));
            }
        }
        if estimate.is_bad() {
            return Ok(None);
        }
        let is_promising = |p| estimate.of_part(p);
        let len = self.parts().encode(filters, payload, payload.len(), is_promising, &mut body[1..])?;
        body[0] = PARTS;
        Ok(len.map(|len| 1 + len))
    }

    fn decode(&self, kind: u8, body: &[u8], payload: &mut [u8]) -> Result<(), CodecError> {
        match kind {
            PARTS => self.parts().decode(self.plan.of_chunk(payload.len()), body, payload),
            UNFILTERED => self.parts().decode_encoded(body, payload),
            other => Err(CodecError::corrupt(format!("unknown chunk kind {other}; expected 0, 1 or 2"))),
        }
    }

    fn describe(
        &self,
        kind: u8,
        body: &[u8],
        len: usize,
        choices: &mut Vec<Choice>,
    ) -> Result<(), CodecError> {
        let text = if kind == UNFILTERED { self.inner.codec_text() } else { self.inner.text().to_owned() };
        Choice::add(choices, WHOLE, &text, len as u64, body.len() as u64);
        Ok(())
    }
}
