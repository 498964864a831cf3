//! [`Chosen`]: every chunk by the inner chains that suit it.

use std::sync::{Arc, OnceLock};

use ndcodec_core::{CodecError, DecodeLimits, InnerChain, InnerChains, InnerFilters, Layout, Order, Params};

use super::candidates::{Candidate, Goal, candidates};
use super::choose::{BoundFilters, Choice, Chooser, Sample, Scouted, least_of};
use super::columns::OfColumns;
use super::record::{How, Reader, Writer};
use super::sample::sample;
use super::split::{MAX_COLUMNS, Split};
use crate::chunker::{Coder, WHOLE};
use crate::chunks::Shared;
use crate::header::{Head, MAX_CHUNK};
use crate::parts::{LEAST, Parts, Scratch, part_count};
use crate::repeats::{self, repeats};

/// The kind of a body of parts, each by its own inner chain.
const CHOSEN: u8 = 1;

/// What `auto` was asked for, and its candidates.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) goal: Goal,
    pub(crate) own: Option<Arc<InnerChain>>,
    params: Params,
    candidates: OnceLock<Vec<Candidate>>,
}

impl Offer {
    pub(crate) fn new(goal: Goal, own: Option<Arc<InnerChain>>, params: &Params) -> Self {
        Self { goal, own, params: params.clone(), candidates: OnceLock::new() }
    }

    /// Built when they are needed: a decoder needs none.
    fn candidates(&self) -> &[Candidate] {
        self.candidates.get_or_init(|| candidates(self.goal, &self.params, self.own.as_ref()))
    }
}

/// The chunks of one header, each of which names its own inner chains.
#[derive(Debug)]
pub(crate) struct Chosen {
    /// What all of the array's axes but the first become in a chunk, in the order of memory.
    row: Vec<usize>,
    head: Head,
    offer: Arc<Offer>,
    bound: BoundFilters,
    /// Those that data name; `None` if there are no data yet.
    named: Option<InnerChains>,
}

impl Chosen {
    pub(crate) fn new(head: &Head, offer: &Arc<Offer>, named: Option<InnerChains>) -> Self {
        let row = row_of(&head.layout, head.chunk_len);
        Self { row, head: head.clone(), offer: offer.clone(), bound: BoundFilters::default(), named }
    }

    /// The layout of `len` bytes of whole rows.
    fn layout(&self, len: usize) -> Result<Layout, CodecError> {
        let dtype = self.head.layout.dtype();
        let row = self.row.iter().product::<usize>().saturating_mul(dtype.itemsize());
        let shape = [&[len.checked_div(row).unwrap_or(0)], &*self.row].concat();
        Layout::new(dtype.clone(), shape, Order::C)
            .map_err(|error| CodecError::corrupt("a chunk is not an array").with_source(error))
    }
}

/// What is left over is a chunk of its own if it is no more than one byte in so many.
const FEW: usize = 1024;

/// The axes of the array in the order of memory, the fastest last.
fn axes(layout: &Layout) -> Vec<usize> {
    let mut axes = layout.shape().to_vec();
    if layout.order() == Order::Fortran {
        axes.reverse();
    }
    axes
}

/// The last axes, as many as make a row that divides chunks of this length. The first axis is never among them: a chunk is
/// so many rows.
fn row_of(layout: &Layout, chunk_len: usize) -> Vec<usize> {
    let axes = axes(layout);
    let divides = |row: &[usize]| {
        let len = row.iter().try_fold(layout.dtype().itemsize(), |len, axis| len.checked_mul(*axis));
        len.is_some_and(|len| len > 0 && chunk_len.is_multiple_of(len))
    };
    let first = (1..axes.len()).find(|first| divides(&axes[*first..]));
    first.map_or_else(Vec::new, |first| axes[first..].to_vec())
}

/// Chunks of about `size` bytes, in whole rows of as many axes as fit, all of about the same length.
pub(crate) fn chunk_len(layout: &Layout, size: usize) -> usize {
    let axes = axes(layout);
    let row = |first: usize| {
        axes[first..].iter().try_fold(layout.dtype().itemsize(), |len, axis| len.checked_mul(*axis))
    };
    let rows = (1..axes.len()).filter_map(row).find(|row| (1..=size / 2).contains(row));
    let chunks = layout.nbytes().div_ceil(size).max(1);
    let size = layout.nbytes().div_ceil(chunks).max(1);
    let item = layout.dtype().itemsize().max(1);
    // Eight rows at a time, or eight items, since `bitshuffle` works on groups of eight.
    let unit = match rows {
        Some(row) if row.saturating_mul(8) <= size => row * 8,
        Some(row) => row,
        None if item.saturating_mul(8) <= size => item * 8,
        None => item,
    };
    let rest = layout.nbytes().checked_sub(chunks * (size / unit * unit));
    // A column of a table, or a grid as a whole, falls into bit planes only if it has whole groups. The few elements that are
    // left over become a chunk of their own.
    let group = if rows.is_some_and(|row| row <= MAX_COLUMNS * item) { unit } else { item * 8 };
    let is_few = rest.is_some_and(|rest| (1..=layout.nbytes() / FEW).contains(&rest));
    let is_apart = is_few && !layout.nbytes().is_multiple_of(group);
    let units = if is_apart { size / unit } else { size.div_ceil(unit) };
    (units * unit).min(MAX_CHUNK / unit * unit)
}

impl Chosen {
    /// The coder of single chunks, within the caller's limits.
    pub(crate) fn coder<'c>(&'c self, limits: DecodeLimits, shared: &'c Shared) -> ChosenCoder<'c> {
        ChosenCoder { chosen: self, limits, shared }
    }
}

/// Encodes and decodes chunks by the inner chains that suit them.
#[derive(Debug)]
pub(crate) struct ChosenCoder<'c> {
    chosen: &'c Chosen,
    limits: DecodeLimits,
    pub(super) shared: &'c Shared,
}

/// If no more than one byte in so many is left, it is good enough.
const LITTLE: usize = 24;

/// If no more than one byte in so many is left, elements that come again after long are few, or are found already.
const LITTLE_AGAIN: usize = 12;

/// Of fewer bytes an inner chain and its name would be most: they are stored, or constant.
const SHORT: usize = 64;

/// Of a chunk of fewer bytes behind others, a choice takes more time than what is left of it is worth.
const LEFT_OVER: usize = 512;

/// What promises no more than one byte in so many above what the best gave gets a try, if there is time.
const NEAR: usize = 64;

/// If there is not much time, it has to promise one byte in so many less: less comes of samples that vary.
const A_GOOD_DEAL: usize = 32;

/// Columns are not chosen for if so many eighths of what they promise are more than what comes again promises.
const BY_FAR: usize = 5;

/// The most bytes that are looked at for elements that come again after long.
const RUN: usize = 128 << 10;

/// What samples say of a chunk: the two best choices for the whole, what finds elements that came long before, and the choices
/// for its columns, if these are worth a look.
struct Promised {
    whole: [Option<Choice>; 2],
    far: Option<Choice>,
    columns: Option<OfColumns<Option<Choice>>>,
}

/// A chunk in columns, if there are choices for them, or as a whole, and what that is likely to cost.
#[derive(Debug, Clone, Copy)]
struct Way<'w> {
    cost: usize,
    whole: Option<Choice>,
    columns: Option<&'w [Option<Choice>]>,
}

/// What is worth a sample: less is noise.
fn pays(cost: usize, len: usize) -> bool {
    cost < len - len / LEAST
}

impl ChosenCoder<'_> {
    pub(super) fn goal(&self) -> Goal {
        self.chosen.offer.goal
    }

    pub(super) fn chooser(&self) -> Chooser<'_> {
        let goal = self.chosen.offer.goal;
        Chooser {
            candidates: self.chosen.offer.candidates(),
            bound: &self.chosen.bound,
            finalists: goal.finalists(),
            close: goal.close(),
            many_values: goal.many_values(),
            looks_at_entropy: goal.looks_at_entropy(),
            in_one: if goal.trusts_samples() { goal.sample_lens()[0] } else { 0 },
            is_patient: goal.is_patient(),
            limits: &self.limits,
            scratch: &self.shared.scratch,
            least_of_plane: goal.least_of_plane(),
        }
    }

    /// The columns of a chunk that says that it has so many.
    fn split(&self, layout: &Layout, parts: usize) -> Result<Split, CodecError> {
        let split = Split::of(layout).filter(|split| split.columns.len() == parts);
        split.ok_or_else(|| CodecError::corrupt(format!("it cannot fall into {parts} columns")))
    }

    fn encode_part(
        &self,
        layout: &Layout,
        payload: &[u8],
        choice: Option<Choice>,
        writer: &mut Writer<'_>,
    ) -> Result<(), CodecError> {
        if let Some(element) = constant(payload, layout.dtype().itemsize()) {
            writer.constant(element);
            return Ok(());
        }
        if let Some(choice) = choice
            && let chooser = self.chooser()
            && let Some(filters) = chooser.bound.get(choice.at, &chooser.candidates[choice.at], layout)
        {
            let most = payload.len() - payload.len() / LEAST;
            let parts = usize::from(part_count(&filters));
            let is_promising = |p| choice.is_good(p, parts) || !self.chosen.offer.goal.trusts_samples();
            let parts = chooser.parts(choice.at);
            if let Some(len) = parts.encode(&filters, payload, most, is_promising, writer.room())? {
                writer.encoded(chooser.candidates[choice.at].inner.text(), len);
                return Ok(());
            }
        }
        writer.stored(payload);
        Ok(())
    }

    /// What suits a chunk, by samples that are so many times as long as those of the goal; nothing if longer ones are wanted.
    fn promised(
        &self,
        layout: &Layout,
        payload: &[u8],
        times: usize,
        room: &mut [u8],
    ) -> Result<Option<Promised>, CodecError> {
        let goal = self.goal();
        let mut scratches = [(); 2].map(|()| self.shared.scratch.take(Scratch::default));
        let [a, b] = &mut scratches;
        let [few, more] = goal.sample_lens();
        let (few, few_layout) = sample(payload, layout, few * times, &mut a.sample)?;
        let (more, more_layout) = sample(payload, layout, more * times, &mut b.sample)?;
        let samples = [Sample::new(&few_layout, few), Sample::new(&more_layout, more)];
        let chooser = self.chooser();
        let promises = chooser.promises(&samples[0], room)?;
        let Scouted { best, is_behind } = chooser.scouts(&samples[0], &promises, room)?;
        let first = least_of(&best).unwrap_or(few.len());
        let columns = self.scouts_of_columns(layout, &samples, first, promises.least, room)?;
        let whole = chooser.among(best, &samples, payload.len(), room)?;
        if times == 1 && whole[0].is_some_and(|choice| choice.cost < payload.len() / LITTLE) {
            // What is left of a short sample is hardly more than what every frame has, and more of it takes no long time.
            return Ok(None);
        }
        let far = match whole[0] {
            Some(chosen) => self.reaching_far(layout, payload, chosen, &is_behind, room)?,
            None => None,
        };
        // What comes again after long may be worth more than anything that columns promise.
        let is_won = |columns: &OfColumns<_>| {
            let by_columns = columns.cost.saturating_mul(payload.len()) / few.len().max(1);
            !goal.is_patient() && far.is_some_and(|far| far.cost < by_columns / 8 * BY_FAR)
        };
        let columns = match columns.filter(|columns| !is_won(columns)) {
            Some(columns) => Some(self.choose_columns(columns.choices, &samples, payload.len(), room)?),
            None => None,
        };
        Ok(Some(Promised { whole, far, columns }))
    }

    /// Writes the chunk in one of the ways to the beginning of `room`, and returns how long it is; nothing if it is likely to
    /// be longer than `most` once some of its columns are known.
    fn encode_as(
        &self,
        layout: &Layout,
        payload: &[u8],
        way: Way<'_>,
        most: usize,
        room: &mut [u8],
    ) -> Result<Option<usize>, CodecError> {
        let text = |choice: Choice| self.chosen.offer.candidates()[choice.at].inner.text();
        let Some(choices) = way.columns else {
            let mut writer =
                Writer::new(std::iter::once(payload.len()), way.whole.into_iter().map(text), room);
            self.encode_part(layout, payload, way.whole, &mut writer)?;
            return Ok(Some(writer.finish()));
        };
        let Some(split) = Split::of(layout) else {
            return Err(CodecError::internal("a sample has columns and its chunk has none"));
        };
        let lens = split.columns.iter().map(|column| column.layout.nbytes());
        let mut writer = Writer::new(lens, choices.iter().flatten().copied().map(text), room);
        let mut scratch = self.shared.scratch.take(Scratch::default);
        let columns = &mut scratch.sample;
        columns.clear();
        columns.try_set_len(payload.len())?;
        split.gather_all(payload, columns);
        let mut promised = way.cost;
        for (column, choice) in split.columns.iter().zip(choices) {
            let bytes = &columns[split.place(column, payload.len())];
            self.encode_part(&column.layout, bytes, *choice, &mut writer)?;
            promised = promised.saturating_sub(choice.map_or(0, |choice| choice.cost));
            if writer.kept() + promised > most {
                return Ok(None);
            }
        }
        Ok(Some(writer.finish()))
    }

    /// The candidate that finds elements that came long before, if the chunk has many such elements, or if there is time; and
    /// what it is likely to make of it.
    fn reaching_far(
        &self,
        layout: &Layout,
        payload: &[u8],
        chosen: Choice,
        is_behind: &[bool],
        room: &mut [u8],
    ) -> Result<Option<Choice>, CodecError> {
        let goal = self.chosen.offer.goal;
        let is_sought = self.chooser().candidates.iter().any(|candidate| candidate.reaches_far);
        let is_little = chosen.cost < payload.len() / LITTLE_AGAIN;
        let repeats_enough =
            || repeats(payload, layout.dtype().itemsize(), 8, repeats::MANY) >= repeats::MANY;
        if !is_sought || !(goal.is_patient() || (!is_little && repeats_enough())) {
            return Ok(None);
        }
        let row = payload.len() / layout.shape()[0].max(1);
        let run = if goal.is_patient() { payload.len() } else { (payload.len() / 4).min(RUN) };
        let whole_rows = |len: usize| len.max(row) / row.max(1) * row;
        let lens = [whole_rows(run / 4), whole_rows(run)];
        let [few, all] = lens.map(|len| self.chosen.layout(len));
        let (few, all) = (few?, all?);
        let run = [Sample::new(&few, &payload[..lens[0]]), Sample::new(&all, &payload[..lens[1]])];
        self.chooser().reaching_far(chosen, &run, is_behind, room)
    }
}

/// The length of a body in which a chunk takes `len` bytes; `None` if that is longer than the payload.
fn body_len(len: usize, payload: &[u8], body: &mut [u8]) -> Option<usize> {
    body[0] = CHOSEN;
    Some(1 + len).filter(|len| *len <= payload.len())
}

fn unknown_kind(kind: u8) -> CodecError {
    CodecError::corrupt(format!("unknown chunk kind {kind}; expected 0 or 1"))
}

/// The element that all of `payload` is, if it is one.
pub(super) fn constant(payload: &[u8], itemsize: usize) -> Option<&[u8]> {
    let (first, rest) = payload.split_at_checked(itemsize)?;
    (itemsize > 0 && *rest == payload[..payload.len() - itemsize]).then_some(first)
}

impl Coder for ChosenCoder<'_> {
    fn room(&self, len: usize) -> usize {
        // A program that encodes only small arrays never builds the candidates.
        if self.chosen.head.layout.nbytes() < SHORT {
            return 0;
        }
        let chooser = self.chooser();
        let candidates = 0..chooser.candidates.len();
        let most = candidates.map(|at| chooser.parts(at).room(len)).max().unwrap_or(0);
        let texts = chooser.candidates.iter().map(|candidate| candidate.inner.text());
        most.saturating_add(Writer::most_of_head(texts))
    }

    fn encode(&self, payload: &[u8], body: &mut [u8]) -> Result<Option<usize>, CodecError> {
        let layout = self.chosen.layout(payload.len())?;
        let short = if self.chosen.head.count() > 1 { LEFT_OVER } else { SHORT };
        if payload.len() < short {
            let whole = Way { cost: payload.len(), whole: None, columns: None };
            let len = self.encode_as(&layout, payload, whole, usize::MAX, &mut body[1..])?;
            return Ok(len.and_then(|len| body_len(len, payload, body)));
        }
        let goal = self.chosen.offer.goal;
        let promised = match self.promised(&layout, payload, 1, body)? {
            Some(promised) => Some(promised),
            None => self.promised(&layout, payload, goal.more(), body)?,
        };
        let Some(Promised { whole, far, columns }) = promised else {
            return Err(CodecError::internal("long samples are wanted and were taken"));
        };
        let cost = whole[0].map_or(payload.len(), |choice| choice.cost);
        let columns = columns.filter(|columns| pays(columns.cost, payload.len()));
        let mut ways =
            vec![Way { cost, whole: whole[0].filter(|_| pays(cost, payload.len())), columns: None }];
        let others = [whole[1].filter(|_| !goal.trusts_samples()), far].into_iter().flatten();
        ways.extend(others.map(|choice| Way { cost: choice.cost, whole: Some(choice), columns: None }));
        ways.extend(columns.as_ref().map(|of| Way {
            cost: of.cost,
            whole: None,
            columns: Some(&of.choices),
        }));
        ways.sort_by_key(|way| way.cost);
        let first = self.encode_as(&layout, payload, ways[0], usize::MAX, &mut body[1..])?;
        let mut len = first.unwrap_or(payload.len());
        // Samples can be wrong by much: what promised more than this gave gets a try.
        let (tries, most) = match goal.is_patient() {
            true => (ways.len(), len + len / NEAR),
            false => (1, len - len / A_GOOD_DEAL),
        };
        for way in ways[1..].iter().take(tries) {
            if way.cost < most {
                let mut scratch = self.shared.scratch.take(Scratch::default);
                let room = &mut scratch.kept;
                room.clear();
                room.try_set_len(payload.len().saturating_add(self.room(payload.len())))?;
                if let Some(other) = self.encode_as(&layout, payload, *way, len, room)?
                    && other < len
                {
                    body[1..][..other].copy_from_slice(&room[..other]);
                    len = other;
                }
            }
        }
        Ok(body_len(len, payload, body))
    }

    fn decode(&self, kind: u8, body: &[u8], payload: &mut [u8]) -> Result<(), CodecError> {
        if kind != CHOSEN {
            return Err(unknown_kind(kind));
        }
        let layout = self.chosen.layout(payload.len())?;
        let mut reader = Reader::new(body)?;
        let decode = |layout: &Layout, reader: &mut Reader<'_>, payload: &mut [u8]| {
            match reader.next(payload.len(), layout.dtype().itemsize())? {
                How::Stored(bytes) => payload.copy_from_slice(bytes),
                How::Constant(element) => {
                    payload.chunks_exact_mut(element.len()).for_each(|place| place.copy_from_slice(element));
                }
                How::Encoded(text, bytes) => {
                    let named = self.chosen.named.as_ref();
                    let named = named.ok_or_else(|| CodecError::internal("no header was read"))?;
                    let inner = named.get(text).map_err(|error| error.to_codec_error())?;
                    let filters: InnerFilters = inner.bind(layout).map_err(|error| {
                        CodecError::corrupt(format!("`{text}` does not fit the array")).with_source(error)
                    })?;
                    let parts = Parts::new(&inner, &self.limits, &self.shared.scratch);
                    parts.decode(&filters, bytes, payload)?;
                }
            }
            Ok::<_, CodecError>(())
        };
        match reader.parts() {
            1 => decode(&layout, &mut reader, payload)?,
            parts => {
                let split = self.split(&layout, parts)?;
                let mut scratch = self.shared.scratch.take(Scratch::default);
                let columns = &mut scratch.sample;
                columns.clear();
                columns.try_set_len(payload.len())?;
                for column in &split.columns {
                    let place = split.place(column, payload.len());
                    decode(&column.layout, &mut reader, &mut columns[place])?;
                }
                split.scatter_all(columns, payload);
            }
        }
        reader.end()
    }

    fn describe(
        &self,
        kind: u8,
        body: &[u8],
        len: usize,
        choices: &mut Vec<ndcodec_core::Choice>,
    ) -> Result<(), CodecError> {
        if kind != CHOSEN {
            return Err(unknown_kind(kind));
        }
        let layout = self.chosen.layout(len)?;
        let mut reader = Reader::new(body)?;
        let mut describe = |name: &str, layout: &Layout| {
            let len = layout.nbytes();
            let (chain, kept) = match reader.next(len, layout.dtype().itemsize())? {
                How::Stored(bytes) => ("(stored)", bytes.len()),
                How::Constant(element) => ("(constant)", element.len()),
                How::Encoded(text, bytes) => (text, bytes.len()),
            };
            ndcodec_core::Choice::add(choices, name, chain, len as u64, kept as u64);
            Ok::<_, CodecError>(())
        };
        let parts = Reader::new(body)?.parts();
        if parts == 1 {
            return describe(WHOLE, &layout);
        }
        let split = self.split(&layout, parts)?;
        split.columns.iter().try_for_each(|column| describe(&column.name, &column.layout))
    }
}
