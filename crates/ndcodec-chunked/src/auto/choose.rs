//! Which inner chain suits a part of a chunk: every candidate encodes a sample of it.

use std::cell::RefCell;
use std::sync::RwLock;

use ndcodec_core::{Buffer, CodecError, DecodeLimits, InnerFilters, Kind, Layout, Output, Pool};

use super::candidates::Candidate;
use super::entropy::{Promises, len_by_entropy};
use crate::parts::{Parts, Scratch, filter, is_constant, part_count};

/// What a sample says of an inner chain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice {
    /// The candidate.
    pub(crate) at: usize,
    /// What the bytes of the sample count, or those of the whole.
    pub(crate) cost: usize,
    /// The scout that it is an heir of, with what that is likely to cost.
    scout: Option<(usize, usize)>,
    /// How many parts the sample had, and of those that are worth encoding a bit each.
    parts: usize,
    good: [u8; 32],
}

impl Choice {
    /// A candidate of which every part is worth encoding.
    pub(crate) fn of(at: usize) -> Self {
        Self { at, cost: 0, scout: None, parts: 0, good: [u8::MAX; 32] }
    }

    /// Whether part `p` of so many is worth encoding. If the sample had other parts, nobody knows.
    pub(crate) fn is_good(&self, p: usize, parts: usize) -> bool {
        parts != self.parts || self.good[p / 8 % 32] >> (p % 8) & 1 == 1
    }
}

/// A slow candidate is hopeless for what comes again after long where the quick ones are so many behind.
const FAR_BEHIND: usize = 8;

/// What scouts made of a sample.
#[derive(Debug)]
pub(crate) struct Scouted {
    /// The best of them, the best first.
    pub(crate) best: Vec<Choice>,
    /// Of each candidate whether it encoded the sample, and is clearly behind the best.
    pub(crate) is_behind: Vec<bool>,
}

/// A scout is clearly behind if it makes one byte in so many more than the best.
const CLEARLY: usize = 4;

/// A candidate that encoded both samples.
#[derive(Debug, Clone, Copy)]
struct Weighed {
    choice: Choice,
    /// What it makes of the first sample.
    first: usize,
    /// What it is likely to make of the whole.
    cost: usize,
}

/// Elements of a part.
#[derive(Debug)]
pub(crate) struct Sample<'s> {
    pub(crate) layout: &'s Layout,
    pub(crate) bytes: &'s [u8],
    /// What filters that write a front made of it: many candidates begin with one of them.
    made: RefCell<Vec<Made>>,
}

/// What a filter with this text made of a sample, and whether it found much of what it looks for.
#[derive(Debug)]
struct Made {
    first: String,
    bytes: Buffer,
    found: bool,
}

impl<'s> Sample<'s> {
    pub(crate) fn new(layout: &'s Layout, bytes: &'s [u8]) -> Self {
        Self { layout, bytes, made: RefCell::default() }
    }

    /// Whether its first elements are numbers of which so few come again, as far as a few bits tell, that a table of them would
    /// save nothing: of four bytes, if more than so many eighths do not.
    fn has_many_values(&self, eighths: usize) -> bool {
        const LOOKED_AT: usize = 1024;

        fn values<const N: usize>(bytes: &[u8]) -> u32 {
            let mut seen = [0_u64; 64];
            for element in bytes.as_chunks::<N>().0 {
                let mut word = [0; 8];
                word[..N].copy_from_slice(element);
                let hash = u64::from_le_bytes(word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                seen[(hash >> 58) as usize] |= 1 << (hash >> 52 & 63);
            }
            seen.iter().map(|bits| bits.count_ones()).sum()
        }

        let dtype = self.layout.dtype();
        let is_number = matches!(
            dtype.kind(),
            Kind::Int | Kind::UInt | Kind::Float | Kind::DateTime(_) | Kind::TimeDelta(_)
        );
        let len = self.bytes.len().min(LOOKED_AT * dtype.itemsize());
        let (bytes, count) = (&self.bytes[..len], len / dtype.itemsize().max(1));
        // As many ranks as elements take a byte or two each.
        let (values, most) = match dtype.itemsize() {
            1 => (values::<1>(bytes), count / 4),
            2 => (values::<2>(bytes), count / 4),
            4 => (values::<4>(bytes), count / 8 * eighths),
            8 => (values::<8>(bytes), count / 8 * 7),
            _ => return false,
        };
        is_number && values as usize > most
    }

    /// Its bytes through the filters, in `filtered` unless they change nothing. `None` if it cannot be filtered, or if the first
    /// filter has to find much, and does not.
    fn filtered<'b>(
        &'b self,
        candidate: &Candidate,
        filters: &InnerFilters,
        must_find: bool,
        filtered: &'b mut Buffer,
    ) -> Option<&'b [u8]> {
        let Some(first) = candidate.first.as_ref().filter(|_| filters.begins_with_front()) else {
            return filter(filters, self.bytes, filtered).ok();
        };
        let mut made = self.made.borrow_mut();
        let at = match made.iter().position(|made| made.first == *first) {
            Some(at) => at,
            None => {
                let mut bytes = Buffer::new();
                let found = filters.forward_first(self.bytes, &mut bytes).ok()?;
                made.push(Made { first: first.clone(), bytes, found });
                made.len() - 1
            }
        };
        let Made { bytes, found, .. } = &made[at];
        if must_find && !found {
            return None;
        }
        filtered.clear();
        let mut out = Output::to_buffer(filtered).limited(filters.output().max_len());
        filters.forward_behind(bytes, &mut out).ok()?;
        out.finish();
        Some(filtered)
    }
}

/// How a candidate looks at a sample.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look {
    /// All planes as one, and not each by itself.
    pub(super) in_one: bool,
    /// A first filter that finds little is not worth it: without that the others make nearly the same of the sample.
    pub(super) must_find: bool,
    /// Nothing is encoded: how often each byte occurs tells how long it would become.
    pub(super) by_entropy: bool,
}

/// What is so little behind the best that it may be the best after all.
fn near(cost: usize) -> usize {
    cost.saturating_add(cost / 32)
}

/// The bytes of what a slow candidate writes once, such as a table of bins, which weigh much in a short sample; and in a
/// shorter one than this they are nearly all.
const ONCE: usize = 128;
const TOO_SHORT: usize = 2 << 10;

/// Heirs save nothing that anybody would miss if no more than one byte in so many is left.
const NEXT_TO_NOTHING: usize = 128;

/// More than three quarters of a payload are left: it is noise, in which neither heirs nor a long search find much.
fn is_noise(cost: usize, whole: usize) -> bool {
    cost > whole / 4 * 3
}

/// Candidates for little are tried if no more than one byte in so many is left.
const FOR_LITTLE: usize = 3;

/// A scout may be so many behind and yet lead others: a table of values weighs much in a short sample.
pub(crate) const AFTER_ALL: usize = 3;

/// Filters that were bound before: chunks of an array have two layouts, and as many for each column.
#[derive(Debug, Default)]
pub(crate) struct BoundFilters(RwLock<Vec<(usize, Layout, Option<InnerFilters>)>>);

impl BoundFilters {
    /// No more than so many are kept.
    const KEPT: usize = 1024;

    /// The filters of candidate `at` for arrays of this layout; `None` if they do not suit it, or change nothing.
    pub(crate) fn get(&self, at: usize, candidate: &Candidate, layout: &Layout) -> Option<InnerFilters> {
        // Nobody waits: a thread that had the lock when the process was forked never gives it back.
        if let Ok(known) = self.0.try_read()
            && let Some((.., filters)) = known.iter().find(|(i, of, _)| *i == at && of == layout)
        {
            return filters.clone();
        }
        let is_taken = candidate.takes(layout.dtype());
        let filters = is_taken.then(|| candidate.inner.bind(layout).ok()).flatten();
        // A filter that changes nothing would make the same of it as another candidate without that.
        let filters = filters.filter(|filters| !(filters.is_identity() && candidate.inner.has_filters()));
        if let Ok(mut known) = self.0.try_write()
            && known.len() < Self::KEPT
        {
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
    /// How many scouts encode the second sample.
    pub(crate) finalists: usize,
    /// The second sample is for scouts that are no more than one in so many behind the best.
    pub(crate) close: usize,
    /// Whether all of them bring their heirs, and not only the best of either sample and those near it.
    pub(crate) is_patient: bool,
    /// A table of values is looked for only if the first elements show that they come again: in so many eighths of them.
    pub(crate) many_values: Option<usize>,
    /// Whether scouts that entropy tells enough of encode a sample only if it promises them to be among the best.
    pub(crate) looks_at_entropy: bool,
    /// Of samples of no more bytes scouts encode all planes as one, which takes a tenth of the calls.
    pub(crate) in_one: usize,
    pub(crate) limits: &'c DecodeLimits,
    pub(crate) scratch: &'c Pool<Scratch>,
    /// Encoding one of several planes has to save a byte in so many.
    pub(crate) least_of_plane: usize,
}

impl Chooser<'_> {
    /// Whether chains are left out that are for elements that come again.
    pub(super) fn wants_few(&self, sample: &Sample<'_>) -> bool {
        self.many_values.is_some_and(|eighths| sample.has_many_values(eighths))
    }

    pub(crate) fn parts(&self, at: usize) -> Parts<'_> {
        let parts = Parts::new(&self.candidates[at].inner, self.limits, self.scratch);
        Parts { least_of_plane: self.least_of_plane, ..parts }
    }

    /// The candidate that is likely to make least of a payload of `whole` bytes, if any makes less of it than it has, and the
    /// one behind it: the scouts, which encoded the first of the samples, and their heirs encode the second.
    pub(crate) fn among(
        &self,
        scouts: Vec<Choice>,
        samples: &[Sample<'_>; 2],
        whole: usize,
        room: &mut [u8],
    ) -> Result<[Option<Choice>; 2], CodecError> {
        let Some(best) = scouts.first().map(|scout| scout.at) else { return Ok([None; 2]) };
        let mut weighed: Vec<Weighed> = Vec::new();
        for choice in scouts {
            weighed.extend(self.weigh_more(choice, samples, whole, room)?);
        }
        weighed.sort_by_key(|scout| scout.cost);
        let mut least = weighed.first().map_or(whole, |scout| scout.cost);
        let most = if self.is_patient { usize::MAX } else { near(least) };
        let mut tried: Vec<usize> = Vec::new();
        // Samples differ: the best of either may have the best heir.
        for scout in weighed.clone() {
            let is_hopeless = scout.cost < whole / NEXT_TO_NOTHING || is_noise(scout.cost, whole);
            if (scout.choice.at != best && scout.cost > most) || (is_hopeless && !self.is_patient) {
                continue;
            }
            for heir in &self.candidates[scout.choice.at].heirs {
                if tried.contains(heir) || weighed.iter().any(|known| known.choice.at == *heir) {
                    continue;
                }
                tried.push(*heir);
                // It is slow: it has to beat its scout, and a longer sample is for what is likely to be the best; by a good
                // deal, if there is not much time.
                let heir = if samples[0].bytes.len() < TOO_SHORT && !self.is_patient {
                    Choice { cost: scout.first, ..Choice::of(*heir) }
                } else {
                    let most = scout.first.saturating_add(ONCE);
                    let Some(heir) = self.weigh(*heir, &samples[0], most, room)? else { continue };
                    heir
                };
                let likely = scout.cost.saturating_mul(heir.cost.saturating_sub(ONCE)) / scout.first.max(1);
                let worth = if self.is_patient { near(least) } else { least - least / 32 };
                if likely <= worth
                    && let Some(heir) = self.weigh_more(heir, samples, whole, room)?
                {
                    let choice = Choice { scout: Some((scout.choice.at, scout.cost)), ..heir.choice };
                    weighed.push(Weighed { choice, ..heir });
                    least = least.min(heir.cost);
                }
            }
        }
        weighed.sort_by_key(|choice| choice.cost);
        let mut weighed = weighed.into_iter().map(|Weighed { choice, cost, .. }| {
            let for_noise = self.candidates[choice.at].for_noise.filter(|_| is_noise(cost, whole));
            Choice { at: for_noise.unwrap_or(choice.at), cost, ..choice }
        });
        Ok([weighed.next(), weighed.next()])
    }

    /// What a candidate is likely to make of a payload of `whole` bytes, if that is less: it made `choice` of the first of the
    /// samples.
    fn weigh_more(
        &self,
        choice: Choice,
        samples: &[Sample<'_>; 2],
        whole: usize,
        room: &mut [u8],
    ) -> Result<Option<Weighed>, CodecError> {
        let [few, more] = samples.each_ref().map(|sample| sample.bytes.len());
        let found = match more == few {
            true => Some(choice),
            false => self.weigh(choice.at, &samples[1], more, room)?,
        };
        let Some(found) = found else { return Ok(None) };
        // What comes once, such as a table of bins, is in both samples; so what the second has more is the pace.
        let pace = found.cost.saturating_sub(choice.cost).saturating_mul(whole.saturating_sub(more));
        let on_average = found.cost.saturating_mul(whole.saturating_sub(more)) / more.max(1);
        // Samples vary too.
        let rest =
            pace.checked_div(more.saturating_sub(few)).map_or(on_average, |pace| pace.max(on_average / 2));
        let cost = found.cost.saturating_add(rest);
        Ok((cost < whole).then_some(Weighed { choice: found, first: choice.cost, cost }))
    }

    /// The best scouts of a sample, with what they make of it. Those that entropy tells enough of encode it if they promise to
    /// be among the best.
    pub(crate) fn scouts(
        &self,
        sample: &Sample<'_>,
        promises: &Promises,
        room: &mut [u8],
    ) -> Result<Scouted, CodecError> {
        let len = sample.bytes.len();
        let wants_few = self.wants_few(sample);
        let mut scouts: Vec<Option<Choice>> = Vec::with_capacity(self.candidates.len());
        let mut is_behind = vec![false; self.candidates.len()];
        let mut least = len;
        for (at, candidate) in self.candidates.iter().enumerate() {
            let is_promised = self.looks_at_entropy && candidate.by_entropy;
            let is_worth_it = match candidate.leader {
                _ if is_promised => promises.is_worth_encoding(at, least),
                Some(leader) => scouts[leader].is_some() || promises.is_worth_following(leader),
                None => true,
            };
            let is_likely = (!wants_few || candidate.finds_without_repeats(sample.layout))
                && (!candidate.is_for_little || least <= len / FOR_LITTLE);
            let choice = match candidate.is_scout && is_worth_it && is_likely {
                true => {
                    let most = least.saturating_add(least / AFTER_ALL).min(len);
                    let in_one = len <= self.in_one;
                    let look = Look { in_one, must_find: !candidate.is_own, by_entropy: false };
                    let choice = self.weigh_as(at, sample, most, look, room)?;
                    is_behind[at] = choice.is_none();
                    choice
                }
                false => None,
            };
            least = choice.map_or(least, |choice| choice.cost.min(least));
            scouts.push(choice);
        }
        for (scout, is_behind) in scouts.iter().zip(&mut is_behind) {
            *is_behind |= scout.is_some_and(|scout| scout.cost > least.saturating_add(least / CLEARLY));
        }
        let close = least.saturating_add(least / self.close);
        let mut best: Vec<Choice> =
            scouts.into_iter().flatten().filter(|choice| choice.cost <= close).collect();
        best.sort_by_key(|choice| choice.cost);
        best.truncate(self.finalists);
        Ok(Scouted { best, is_behind })
    }

    /// The candidate that finds most in a run of a payload whose elements come again after long, or what is stronger; with
    /// what it is likely to make of the whole, of which samples promise that `chosen` is the best.
    pub(crate) fn reaching_far(
        &self,
        chosen: Choice,
        [few, run]: &[Sample<'_>; 2],
        is_behind: &[bool],
        room: &mut [u8],
    ) -> Result<Option<Choice>, CodecError> {
        let len = run.bytes.len();
        // A run need not be like the rest of the payload, but what makes less of it is likely to do so there.
        let (quick, cost) = chosen.scout.unwrap_or((chosen.at, chosen.cost));
        let known = self.weigh(quick, run, len, room)?;
        let base = known.map_or(len, |choice| choice.cost).saturating_mul(chosen.cost) / cost.max(1);
        let mut best: Option<Choice> = None;
        for (at, candidate) in self.candidates.iter().enumerate() {
            if !candidate.reaches_far || (is_behind[at] && !self.is_patient) {
                continue;
            }
            let is_hopeless = best.is_none_or(|best| best.cost > base.saturating_add(base / FAR_BEHIND));
            let least = best.map_or(len, |best| best.cost);
            let found = match candidate.is_scout {
                _ if at == quick => known,
                true => self.weigh(at, run, least, room)?,
                false if is_hopeless => None,
                false if self.is_patient => self.weigh(at, run, least, room)?,
                false => self.by_proportion(at, quick, few, known.map_or(len, |known| known.cost), room)?,
            };
            best = found.filter(|found| found.cost < least).or(best);
        }
        let Some(best) = best.filter(|best| best.at != chosen.at) else { return Ok(None) };
        let heirs = &self.candidates[best.at].heirs;
        let strong = heirs.iter().find(|heir| self.candidates[**heir].inner.has_codecs());
        if strong == Some(&chosen.at) {
            return Ok(None);
        }
        // The longer it is, the more comes again.
        let sixteenths = if strong.is_some() { 14 } else { 15 };
        let cost = chosen.cost.saturating_mul(best.cost) / base.max(1) / 16 * sixteenths;
        Ok(Some(Choice { cost, ..Choice::of(strong.map_or(best.at, |heir| *heir)) }))
    }

    /// What a slow candidate is likely to make of a run of which a quick one makes `cost`, by what both make of a part of it;
    /// nothing if it is far behind there.
    fn by_proportion(
        &self,
        slow: usize,
        quick: usize,
        few: &Sample<'_>,
        cost: usize,
        room: &mut [u8],
    ) -> Result<Option<Choice>, CodecError> {
        let len = few.bytes.len();
        let of_quick = self.weigh(quick, few, len, room)?.map_or(len, |choice| choice.cost);
        let most = of_quick.saturating_add(of_quick / FAR_BEHIND);
        let of_slow = self.weigh(slow, few, most, room)?;
        Ok(of_slow.map(|slow| Choice { cost: cost.saturating_mul(slow.cost) / of_quick.max(1), ..slow }))
    }

    /// What a candidate makes of a sample, if it costs less than `most`.
    fn weigh(
        &self,
        at: usize,
        sample: &Sample<'_>,
        most: usize,
        room: &mut [u8],
    ) -> Result<Option<Choice>, CodecError> {
        self.weigh_as(at, sample, most, Look::default(), room)
    }

    /// The same.
    pub(super) fn weigh_as(
        &self,
        at: usize,
        sample: &Sample<'_>,
        most: usize,
        look: Look,
        room: &mut [u8],
    ) -> Result<Option<Choice>, CodecError> {
        let candidate = &self.candidates[at];
        let Some(filters) = self.bound.get(at, candidate, sample.layout) else { return Ok(None) };
        let parts = self.parts(at);
        let mut scratch = self.scratch.take(Scratch::default);
        let bytes = sample.filtered(candidate, &filters, look.must_find, &mut scratch.filtered);
        let Some(bytes) = bytes else { return Ok(None) };
        let most = most.saturating_mul(1000) / candidate.weight;
        let (mut good, mut len, mut count) = ([0_u8; 32], 0, 1);
        if !candidate.inner.has_codecs() {
            (good[0], len) = (1, bytes.len());
        } else {
            count = if look.in_one { 1 } else { usize::from(part_count(&filters)) };
            let least = |part: &[u8]| if count > 1 { part.len() / self.least_of_plane } else { 0 };
            for (p, part) in bytes.chunks_exact((bytes.len() / count).max(1)).enumerate() {
                let encoded = match is_constant(part) {
                    true => Some(1),
                    false if look.by_entropy => Some(len_by_entropy(part)).filter(|len| *len < part.len()),
                    false => parts.try_encode(part, filters.content(), part.len() - least(part), room)?,
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
        Ok((len < most).then_some(Choice { at, cost, scout: None, parts: count, good }))
    }
}

/// What the best of the scouts made of its sample.
pub(crate) fn least_of(scouts: &[Choice]) -> Option<usize> {
    scouts.first().map(|choice| choice.cost)
}
