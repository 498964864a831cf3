//! [`Chosen`]: every chunk by the inner chains that suit it.

use std::sync::{Arc, OnceLock};

use ndcodec_core::{
    Buffer, CodecError, DecodeLimits, InnerChain, InnerChains, InnerFilters, Layout, Order, Params,
};

use super::candidates::{Candidate, Goal, candidates};
use super::choose::{BoundFilters, Choice, Chooser};
use super::record::{How, Reader, Writer};
use super::split::Split;
use crate::chunker::Coder;
use crate::chunks::Shared;
use crate::header::Head;
use crate::parts::{LEAST, Parts, Scratch};

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

    /// Built when they are needed: whoever decodes needs none.
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
    /// Those that data name; `None` where there are no data yet.
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
            .map_err(|error| CodecError::corrupt("a chunk is no array").with_source(error))
    }
}

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

/// Chunks of about `size` bytes, in whole rows of as many axes as fit.
pub(crate) fn chunk_len(layout: &Layout, size: usize) -> usize {
    let axes = axes(layout);
    let row = |first: usize| {
        axes[first..].iter().try_fold(layout.dtype().itemsize(), |len, axis| len.checked_mul(*axis))
    };
    let rows = (1..axes.len()).filter_map(row).find(|row| (1..=size / 2).contains(row));
    match rows {
        // Eight rows at a time, since `bitshuffle` works on groups of eight.
        Some(row) if row.saturating_mul(8) <= size => size / (row * 8) * (row * 8),
        Some(row) => size / row * row,
        None => crate::header::chunk_len(layout.dtype().itemsize(), size),
    }
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
    shared: &'c Shared,
}

/// What a sample says of columns: what suits each, and what they cost together.
struct OfColumns {
    choices: Vec<Option<Choice>>,
    cost: usize,
}

/// What is worth a sample: less is noise.
fn pays(cost: usize, len: usize) -> bool {
    cost < len - len / LEAST
}

impl ChosenCoder<'_> {
    fn chooser(&self) -> Chooser<'_> {
        Chooser {
            candidates: self.chosen.offer.candidates(),
            bound: &self.chosen.bound,
            limits: &self.limits,
            scratch: &self.shared.scratch,
        }
    }

    fn encode_part(
        &self,
        layout: &Layout,
        payload: &[u8],
        choice: Option<Choice>,
        room: &mut [u8],
        writer: &mut Writer,
    ) -> Result<(), CodecError> {
        if let Some(element) = constant(payload, layout.dtype().itemsize()) {
            writer.constant(element);
            return Ok(());
        }
        let chooser = self.chooser();
        if let Some(choice) = choice
            && let Some(filters) = chooser.bound.get(choice.at, &chooser.candidates[choice.at], layout)
        {
            let most = payload.len() - payload.len() / LEAST;
            let parts = chooser.parts(choice.at);
            if let Some(len) = parts.encode(&filters, payload, most, |p| choice.is_good(p), room)? {
                writer.encoded(chooser.candidates[choice.at].inner.text(), &room[..len]);
                return Ok(());
            }
        }
        writer.stored(payload);
        Ok(())
    }

    /// Chooses for each column of a sample; and what they cost together.
    fn choose_columns(
        &self,
        layout: &Layout,
        sample: &[u8],
        room: &mut [u8],
    ) -> Result<Option<OfColumns>, CodecError> {
        let Some(split) = Split::of(layout) else { return Ok(None) };
        let (mut choices, mut cost) = (Vec::with_capacity(split.columns.len()), 0);
        let mut scratch = self.shared.scratch.take(Scratch::default);
        let column = &mut scratch.sample;
        for part in &split.columns {
            column.clear();
            column.try_set_len(part.layout.nbytes())?;
            split.gather(part, sample, column);
            let choice = match constant(column, part.layout.dtype().itemsize()) {
                Some(_) => None,
                None => self.chooser().best(&part.layout, column, room)?,
            };
            cost += choice.map_or(column.len(), |choice| choice.cost);
            if constant(column, part.layout.dtype().itemsize()).is_some() {
                cost -= column.len();
            }
            choices.push(choice);
        }
        Ok(Some(OfColumns { choices, cost }))
    }
}

/// The element that all of `payload` is, if it is one.
fn constant(payload: &[u8], itemsize: usize) -> Option<&[u8]> {
    let (first, rest) = payload.split_at_checked(itemsize)?;
    (itemsize > 0 && *rest == payload[..payload.len() - itemsize]).then_some(first)
}

/// Rows of a chunk to look at: two runs of them, or all.
fn sample<'p>(payload: &'p [u8], row: usize, len: usize, buffer: &'p mut Buffer) -> &'p [u8] {
    let piece = (len / 2 / row.max(1)).max(1).saturating_mul(row);
    if piece == 0 || 3 * piece >= payload.len() {
        return payload;
    }
    buffer.clear();
    let rows = payload.len() / row;
    for at in [rows / 4, rows * 3 / 4] {
        let start = (at * row).min(payload.len() - piece);
        buffer.extend_from_slice(&payload[start..][..piece]);
    }
    buffer
}

impl Coder for ChosenCoder<'_> {
    fn room(&self, len: usize) -> usize {
        let chooser = self.chooser();
        (0..chooser.candidates.len()).map(|at| chooser.parts(at).room(len)).max().unwrap_or(0)
    }

    fn encode(&self, payload: &[u8], body: &mut [u8]) -> Result<Option<usize>, CodecError> {
        let chosen = self.chosen;
        let layout = chosen.layout(payload.len())?;
        let row = payload.len() / layout.shape()[0].max(1);
        let mut scratch = self.shared.scratch.take(Scratch::default);
        let sample = sample(payload, row, chosen.offer.goal.sample_len(), &mut scratch.sample);
        let sample_layout = chosen.layout(sample.len())?;
        let whole = self.chooser().best(&sample_layout, sample, body)?;
        let columns = self.choose_columns(&sample_layout, sample, body)?;
        let cost = whole.map_or(sample.len(), |choice| choice.cost);
        let mut writer = Writer::default();
        match columns {
            Some(OfColumns { choices, cost: of_columns })
                if of_columns < cost && pays(of_columns, sample.len()) =>
            {
                let Some(split) = Split::of(&layout) else { return Ok(None) };
                writer.begin(split.columns.len());
                let mut scratch = self.shared.scratch.take(Scratch::default);
                let bytes = &mut scratch.sample;
                for (column, choice) in split.columns.iter().zip(choices) {
                    bytes.clear();
                    bytes.try_set_len(column.layout.nbytes())?;
                    split.gather(column, payload, bytes);
                    self.encode_part(&column.layout, bytes, choice, body, &mut writer)?;
                }
            }
            _ => {
                writer.begin(1);
                let choice = whole.filter(|choice| pays(choice.cost, sample.len()));
                self.encode_part(&layout, payload, choice, body, &mut writer)?;
            }
        }
        if 1 + writer.len() > payload.len() {
            return Ok(None);
        }
        body[0] = CHOSEN;
        Ok(Some(1 + writer.write(&mut body[1..])))
    }

    fn decode(&self, kind: u8, body: &[u8], payload: &mut [u8]) -> Result<(), CodecError> {
        if kind != CHOSEN {
            return Err(CodecError::corrupt(format!("unknown chunk kind {kind}; expected 0 or 1")));
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
                    let parts = Parts { inner: &inner, limits: &self.limits, scratch: &self.shared.scratch };
                    parts.decode(&filters, bytes, payload)?;
                }
            }
            Ok::<_, CodecError>(())
        };
        match reader.parts() {
            1 => decode(&layout, &mut reader, payload)?,
            parts => {
                let split = Split::of(&layout).filter(|split| split.columns.len() == parts);
                let Some(split) = split else {
                    return Err(CodecError::corrupt(format!("it cannot fall into {parts} columns")));
                };
                let mut scratch = self.shared.scratch.take(Scratch::default);
                let bytes = &mut scratch.sample;
                for column in &split.columns {
                    bytes.clear();
                    bytes.try_set_len(column.layout.nbytes())?;
                    decode(&column.layout, &mut reader, bytes)?;
                    split.scatter(column, bytes, payload);
                }
            }
        }
        reader.end()
    }
}
