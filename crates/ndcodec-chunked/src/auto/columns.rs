//! Whether a chunk is better off in columns, and what suits each: narrow last axes, and fields.

use ndcodec_core::{Buffer, CodecError, Layout, Order};

use super::choose::{Choice, Sample, least_of};
use super::coder::{ChosenCoder, constant};
use super::split::{Column, Split};
use crate::parts::Scratch;

/// What samples say of columns: something for each, and what they cost together.
pub(super) struct OfColumns<C> {
    pub(super) choices: Vec<C>,
    pub(super) cost: usize,
}

/// So many columns or more are chosen for only if they are likely to be better than the whole: a grid is not a table.
const MANY: usize = 17;

/// Many columns, one after the other, have to cost a byte in so many less than the whole.
const BELOW: usize = 16;

/// Short samples of columns may cost so many bytes more for each: what a frame has beside its content weighs less in the whole
/// chunk.
const FRAME: usize = 64;

impl ChosenCoder<'_> {
    /// The best scouts of each column of the first sample; `None` if there are no columns, or if these make more of it than
    /// `first`, which the best scout makes of the whole.
    pub(super) fn scouts_of_columns(
        &self,
        layout: &Layout,
        samples: &[Sample<'_>; 2],
        first: usize,
        promised: Option<usize>,
        room: &mut [u8],
    ) -> Result<Option<OfColumns<Vec<Choice>>>, CodecError> {
        let [few, more] = samples.each_ref().map(|sample| Split::of(sample.layout));
        let Some(split) = few else { return Ok(None) };
        // A sample has fewer elements of a long last axis, which may look like columns.
        let has_as_many = |of: Option<Split>| of.is_some_and(|of| of.columns.len() == split.columns.len());
        if !has_as_many(Split::of(layout)) || !has_as_many(more) {
            return Ok(None);
        }
        let sample = samples[0].bytes;
        if !self.are_likely(&split, &samples[0], first, room)? {
            return Ok(None);
        }
        let columns = split.columns.len();
        let at_most = |of_whole: usize| of_whole + of_whole / self.goal().columns_above() + FRAME * columns;
        let mut scratch = self.shared.scratch.take(Scratch::default);
        let bytes = &mut scratch.sample;
        bytes.clear();
        bytes.set_len(sample.len());
        split.gather_all(sample, bytes);
        let samples = split.columns.iter();
        let samples = samples.map(|of| Sample::new(&of.layout, &bytes[split.place(of, sample.len())]));
        let samples: Vec<Sample<'_>> = samples.collect();
        let chooser = self.chooser();
        let promises = samples.iter().map(|sample| chooser.promises(sample, room));
        let promises = promises.collect::<Result<Vec<_>, CodecError>>()?;
        // Entropy tells it before anything is encoded.
        let promised_by_columns =
            promises.iter().zip(&samples).map(|(of, sample)| of.least.unwrap_or(sample.bytes.len())).sum();
        if promised.is_some_and(|promised| at_most(promised) < promised_by_columns) {
            return Ok(None);
        }
        let (mut choices, mut cost) = (Vec::with_capacity(columns), 0);
        for ((column, sample), promises) in split.columns.iter().zip(samples).zip(&promises) {
            // Those of a constant column too, which need not be so beyond the sample.
            let scouts = chooser.scouts(&sample, promises, room)?.best;
            let is_constant = constant(sample.bytes, column.layout.dtype().itemsize()).is_some();
            cost += if is_constant { 1 } else { least_of(&scouts).unwrap_or(sample.bytes.len()) };
            if cost > at_most(first) {
                return Ok(None);
            }
            choices.push(scouts);
        }
        Ok(Some(OfColumns { choices, cost }))
    }

    /// Whether the columns of a sample are worth a look each: if there are many, one after the other has to be better than the
    /// whole for a scout.
    fn are_likely(
        &self,
        split: &Split,
        sample: &Sample<'_>,
        first: usize,
        room: &mut [u8],
    ) -> Result<bool, CodecError> {
        let dtype = sample.layout.dtype();
        let is_grid = split.columns.iter().all(|column| column.layout.dtype() == dtype);
        if split.columns.len() < MANY || !is_grid {
            return Ok(true);
        }
        let count = sample.bytes.len() / dtype.itemsize().max(1);
        let layout = Layout::new(dtype.clone(), [count], Order::C).map_err(|error| {
            CodecError::internal("the elements of a sample are not an array").with_source(error)
        })?;
        let mut scratch = self.shared.scratch.take(Scratch::default);
        let bytes = &mut scratch.sample;
        bytes.clear();
        bytes.set_len(sample.bytes.len());
        let mut places = &mut bytes[..];
        for column in &split.columns {
            let (place, rest) = places.split_at_mut(column.layout.nbytes());
            split.gather(column, sample.bytes, place);
            places = rest;
        }
        let sample = Sample::new(&layout, bytes);
        let promises = self.chooser().promises(&sample, room)?;
        let least = least_of(&self.chooser().scouts(&sample, &promises, room)?.best);
        Ok(least.is_some_and(|least| least < first - first / BELOW))
    }

    /// Chooses for each column among its scouts, and says what they are likely to make of a chunk of `whole` bytes.
    pub(super) fn choose_columns(
        &self,
        scouts: Vec<Vec<Choice>>,
        samples: &[Sample<'_>; 2],
        whole: usize,
        room: &mut [u8],
    ) -> Result<OfColumns<Option<Choice>>, CodecError> {
        let [Some(few), Some(more)] = samples.each_ref().map(|sample| Split::of(sample.layout)) else {
            return Err(CodecError::internal("a sample had columns and has none"));
        };
        let mut scratches = [(); 2].map(|()| self.shared.scratch.take(Scratch::default));
        let [a, b] = &mut scratches;
        let (mut choices, mut cost) = (Vec::with_capacity(scouts.len()), 0);
        for ((first, second), scouts) in few.columns.iter().zip(&more.columns).zip(scouts) {
            let samples = [
                gathered(&few, first, samples[0].bytes, &mut a.sample),
                gathered(&more, second, samples[1].bytes, &mut b.sample),
            ];
            let whole = whole / more.stride * second.width;
            let is_constant = constant(samples[1].bytes, second.layout.dtype().itemsize()).is_some();
            let choice = match is_constant {
                true => None,
                false => self.chooser().among(scouts, &samples, whole, room)?[0],
            };
            cost += choice.map_or(if is_constant { 1 } else { whole }, |choice| choice.cost);
            choices.push(choice);
        }
        Ok(OfColumns { choices, cost })
    }
}

/// One column of a sample.
fn gathered<'s>(split: &'s Split, column: &'s Column, sample: &[u8], bytes: &'s mut Buffer) -> Sample<'s> {
    bytes.clear();
    bytes.set_len(column.layout.nbytes());
    split.gather(column, sample, bytes);
    Sample::new(&column.layout, bytes)
}
