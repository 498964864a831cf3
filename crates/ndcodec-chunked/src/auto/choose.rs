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
    /// What the bytes of the sample count, or those of the whole.
    pub(crate) cost: usize,
    /// Of the parts that are worth encoding a bit each.
    good: [u8; 32],
}

impl Choice {
    /// A candidate of which every part is worth encoding.
    pub(crate) fn of(at: usize) -> Self {
        Self { at, cost: 0, good: [u8::MAX; 32] }
    }

    /// Whether part `p` is worth encoding.
    pub(crate) fn is_good(&self, p: usize) -> bool {
        self.good[p / 8 % 32] >> (p % 8) & 1 == 1
    }
}

/// Rows of a part.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample<'s> {
    pub(crate) layout: &'s Layout,
    pub(crate) bytes: &'s [u8],
}

/// The second sample is for candidates that are no more than one in so many behind the best.
const CLOSE: usize = 5;

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
    /// How many encode the second sample.
    pub(crate) finalists: usize,
    pub(crate) limits: &'c DecodeLimits,
    pub(crate) scratch: &'c Pool<Scratch>,
}

impl Chooser<'_> {
    pub(crate) fn parts(&self, at: usize) -> Parts<'_> {
        Parts { inner: &self.candidates[at].inner, limits: self.limits, scratch: self.scratch }
    }

    /// The candidate that is likely to make least of a payload of `whole` bytes, if any makes less of it than it has: all of
    /// them encode the first of the samples, the best of them the second.
    pub(crate) fn best(
        &self,
        samples: &[Sample<'_>; 2],
        whole: usize,
        room: &mut [u8],
    ) -> Result<Option<Choice>, CodecError> {
        let [few, more] = samples;
        let mut first = Vec::with_capacity(self.candidates.len());
        let mut most = few.bytes.len();
        for at in 0..self.candidates.len() {
            if let Some(choice) =
                self.weigh(at, few, most.saturating_add(most / CLOSE).min(few.bytes.len()), room)?
            {
                most = most.min(choice.cost);
                first.push(choice);
            }
        }
        first.retain(|choice| choice.cost <= most.saturating_add(most / CLOSE));
        first.sort_by_key(|choice| choice.cost);
        let mut best: Option<Choice> = None;
        for choice in first.iter().take(self.finalists) {
            let found = match more.bytes.len() == few.bytes.len() {
                true => Some(*choice),
                false => self.weigh(choice.at, more, more.bytes.len(), room)?,
            };
            // What comes once, such as a table of bins, is in both samples; so what the second has more is the pace.
            let (some, all) = (few.bytes.len(), more.bytes.len());
            let expected = found.map(|found| {
                let pace = found.cost.saturating_sub(choice.cost).saturating_mul(whole.saturating_sub(all));
                let on_average = found.cost.saturating_mul(whole.saturating_sub(all)) / all.max(1);
                // Samples vary too.
                let rest = pace.checked_div(all - some).map_or(on_average, |pace| pace.max(on_average / 2));
                Choice { cost: found.cost.saturating_add(rest), ..found }
            });
            best = [best, expected].into_iter().flatten().min_by_key(|choice| choice.cost);
        }
        Ok(best.filter(|choice| choice.cost < whole))
    }

    /// What a candidate makes of a sample, if it costs less than `most`.
    fn weigh(
        &self,
        at: usize,
        sample: &Sample<'_>,
        most: usize,
        room: &mut [u8],
    ) -> Result<Option<Choice>, CodecError> {
        let Sample { layout, bytes: sample } = *sample;
        let candidate = &self.candidates[at];
        let Some(filters) = self.bound.get(at, candidate, layout) else { return Ok(None) };
        let parts = Parts { inner: &candidate.trial, ..self.parts(at) };
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
