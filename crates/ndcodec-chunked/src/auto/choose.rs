//! Which inner chain suits a part of a chunk: every candidate encodes a sample of it.

use std::sync::{PoisonError, RwLock};

use ndcodec_core::{CodecError, DecodeLimits, InnerFilters, Layout, Pool};

use super::candidates::Candidate;
use crate::parts::{Parts, Scratch, filter, is_constant, part_count};

/// What a sample says of an inner chain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice {
    /// The candidate.
    pub(crate) at: usize,
    /// What the bytes of the sample count.
    pub(crate) cost: usize,
    /// Of the parts that are worth encoding a bit each.
    good: [u8; 32],
}

impl Choice {
    /// Whether part `p` is worth encoding.
    pub(crate) fn is_good(&self, p: usize) -> bool {
        self.good[p / 8 % 32] >> (p % 8) & 1 == 1
    }
}

/// Filters that were bound before: chunks of an array have two layouts, and as many for each column.
#[derive(Debug, Default)]
pub(crate) struct BoundFilters(RwLock<Vec<(usize, Layout, Option<InnerFilters>)>>);

impl BoundFilters {
    /// No more than so many are kept.
    const KEPT: usize = 1024;

    /// The filters of candidate `at` for arrays of this layout; `None` if they do not suit it, or change nothing.
    pub(crate) fn get(&self, at: usize, candidate: &Candidate, layout: &Layout) -> Option<InnerFilters> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((.., filters)) = known.iter().find(|(i, of, _)| *i == at && of == layout) {
            return filters.clone();
        }
        drop(known);
        let filters = candidate.inner.bind(layout).ok();
        // A filter that changes nothing would make the same of it as another candidate without that.
        let filters = filters.filter(|filters| !(filters.is_identity() && candidate.inner.has_filters()));
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < Self::KEPT {
            known.push((at, layout.clone(), filters.clone()));
        }
        filters
    }
}

/// Chooses among candidates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chooser<'c> {
    pub(crate) candidates: &'c [Candidate],
    pub(crate) bound: &'c BoundFilters,
    pub(crate) limits: &'c DecodeLimits,
    pub(crate) scratch: &'c Pool<Scratch>,
}

impl Chooser<'_> {
    pub(crate) fn parts(&self, at: usize) -> Parts<'_> {
        Parts { inner: &self.candidates[at].inner, limits: self.limits, scratch: self.scratch }
    }

    /// The candidate that makes least of a sample, if any makes less of it than it has.
    pub(crate) fn best(
        &self,
        layout: &Layout,
        sample: &[u8],
        room: &mut [u8],
    ) -> Result<Option<Choice>, CodecError> {
        let mut best: Option<Choice> = None;
        for at in 0..self.candidates.len() {
            let most = best.map_or(sample.len(), |best| best.cost);
            if let Some(choice) = self.weigh(at, layout, sample, most, room)? {
                best = Some(choice);
            }
        }
        Ok(best)
    }

    /// What a candidate makes of a sample, if it costs less than `most`.
    fn weigh(
        &self,
        at: usize,
        layout: &Layout,
        sample: &[u8],
        most: usize,
        room: &mut [u8],
    ) -> Result<Option<Choice>, CodecError> {
        let candidate = &self.candidates[at];
        let Some(filters) = self.bound.get(at, candidate, layout) else { return Ok(None) };
        let parts = self.parts(at);
        let mut scratch = self.scratch.take(Scratch::default);
        let Ok(bytes) = filter(&filters, sample, &mut scratch.filtered) else { return Ok(None) };
        let most = most.saturating_mul(1000) / candidate.weight;
        let (mut good, mut len) = ([0_u8; 32], 0);
        if !candidate.inner.has_codecs() {
            (good[0], len) = (1, bytes.len());
        } else {
            let count = usize::from(part_count(&filters));
            for (p, part) in bytes.chunks_exact((bytes.len() / count).max(1)).enumerate() {
                let encoded = match is_constant(part) {
                    true => Some(1),
                    false => parts.try_encode(part, filters.content(), part.len(), room)?,
                };
                if encoded.is_some() {
                    good[p / 8 % 32] |= 1 << (p % 8);
                }
                len += encoded.unwrap_or(part.len());
                if len >= most {
                    return Ok(None);
                }
            }
        }
        let cost = len.saturating_mul(candidate.weight) / 1000;
        Ok((len < most).then_some(Choice { at, cost, good }))
    }
}
