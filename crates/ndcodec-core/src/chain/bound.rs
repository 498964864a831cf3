//! [`BoundRun`]: the filters of a chain, bound to the layout of an array.

use std::sync::Arc;

use super::run::{Encoded, catch_panic};
use crate::error::{ArrayError, CodecError, ErrorKind, Place};
use crate::{ArrayFilter, BoundFilter, Buffer, Content, Filtered, Front, Layout, Output, Pool, Pooled};

/// Filters in the order of encoding, each bound to what the one before gives. Those that leave the payload as it lies are
/// left out.
#[derive(Debug)]
pub(crate) struct BoundRun {
    steps: Vec<Step>,
    /// What becomes of that which the last step gives.
    after: After,
    /// What is made of the array in the end.
    output: Filtered,
    /// What the parts of the filtered form hold.
    content: Content,
    catches_panics: bool,
}

/// A filter of a chain.
#[derive(Debug)]
pub(crate) struct PlacedFilter {
    pub(super) place: Place,
    pub(super) filter: Arc<dyn ArrayFilter>,
}

#[derive(Debug)]
struct Step {
    place: Place,
    filter: Box<dyn BoundFilter>,
    input: Layout,
    output: Filtered,
}

#[derive(Debug)]
enum After {
    /// It is the filtered form.
    Nothing,
    /// It is an array behind a front that tells its layout, to which these filters are bound once it is known: those
    /// from `from` on.
    Fronted { filters: Arc<[PlacedFilter]>, from: usize },
    /// It is several arrays, each with filters of its own. Before one whose filtered form may have any length stands that
    /// length.
    Each(Vec<BoundRun>),
}

/// Where the filtered form is that several steps undo.
#[derive(Debug)]
enum Begin<'p> {
    /// In these parts.
    Parts(&'p [&'p [u8]]),
    /// Behind this front, in the first bytes of where the last step does not write.
    Behind(&'p [u8], usize),
}

/// Bytes of the length that stands before a filtered form.
const LENGTH: usize = 8;

impl BoundRun {
    /// The filters from `from` on, for arrays of this layout.
    pub(super) fn bind(
        layout: &Layout,
        filters: &Arc<[PlacedFilter]>,
        from: usize,
        catches_panics: bool,
    ) -> Result<Self, ArrayError> {
        // A reader is told one of the two orders of an array that has both, and its filters must be bound as the writer's.
        let output = Filtered::Array(layout.clone().canonical());
        let (after, content) = (After::Nothing, Content::Bytes);
        let mut run = Self { steps: Vec::new(), after, output, content, catches_panics };
        let bind = |layout: &Layout, from| Self::bind(layout, filters, from, catches_panics);
        for (at, PlacedFilter { place, filter }) in filters.iter().enumerate().skip(from) {
            let Filtered::Array(input) = &run.output else {
                let before = run.steps.last().map_or("", |step| step.place.name);
                return Err(ArrayError::Unsupported {
                    stage: place.name.to_owned(),
                    reason: format!(
                        "`{before}` before it gives bytes and not an array; only codecs may follow"
                    ),
                });
            };
            let input = input.clone();
            let bound = filter.bind(&input)?;
            let planes = bound.as_ref().map_or(1, |bound| bound.planes());
            // Items of one byte are one plane as they lie.
            run.content =
                if planes == input.dtype().itemsize() { Content::BytePlane } else { Content::Bytes };
            let Some(filter) = bound else { continue };
            let output = filter.output();
            run.output = output.clone();
            run.steps.push(Step { place: *place, filter, input, output: output.clone() });
            match &output {
                Filtered::Array(_) | Filtered::Bytes { .. } => continue,
                Filtered::Fronted { at_most, widest } => {
                    let most = bind(widest, at + 1)?.output.max_len();
                    run.output = Filtered::Bytes { at_most: at_most.saturating_add(most) };
                    run.after = After::Fronted { filters: filters.clone(), from: at + 1 };
                }
                Filtered::Arrays(layouts) => {
                    let each =
                        layouts.iter().map(|layout| bind(layout, at + 1)).collect::<Result<Vec<_>, _>>()?;
                    run.output = in_all(&each);
                    run.after = After::Each(each);
                }
            }
            run.content = Content::Bytes;
            break;
        }
        Ok(run)
    }

    /// Whether the payload stays as it lies.
    pub(crate) fn is_identity(&self) -> bool {
        self.steps.is_empty()
    }

    /// What is made of the array.
    pub(crate) fn output(&self) -> &Filtered {
        &self.output
    }

    /// How many parts of equal length the filtered form consists of.
    pub(crate) fn planes(&self) -> usize {
        let (Some(step), After::Nothing) = (self.steps.last(), &self.after) else { return 1 };
        let Some(len) = self.output.known_len() else { return 1 };
        let planes = step.filter.planes();
        if planes > 0 && len.is_multiple_of(planes) { planes } else { 1 }
    }

    /// What the parts of the filtered form hold.
    pub(crate) fn content(&self) -> Content {
        self.content
    }

    /// Appends the filtered form of `payload` to `out`.
    pub(crate) fn forward(
        &self,
        payload: &[u8],
        out: &mut Output<'_>,
        scratch: &Pool<Buffer>,
    ) -> Result<(), CodecError> {
        let Some((last, before)) = self.steps.split_last() else { return out.push(payload) };
        let mut current = Encoded::Borrowed(payload);
        for step in before {
            current = Encoded::Scratch(self.forward_to_scratch(step, current.bytes(), scratch)?);
        }
        match &self.after {
            After::Nothing => self.step(last, || last.forward(current.bytes(), out)),
            After::Fronted { .. } => {
                let made = self.forward_to_scratch(last, current.bytes(), scratch)?;
                self.forward_behind(&made, out, scratch)
            }
            After::Each(each) => {
                let made = self.forward_to_scratch(last, current.bytes(), scratch)?;
                let mut rest = &made[..];
                for (run, layout) in each.iter().zip(last.arrays()) {
                    let (array, after) = cut(rest, layout.nbytes())?;
                    rest = after;
                    if run.output.known_len().is_some() {
                        run.forward(array, out, scratch)?;
                        continue;
                    }
                    let mut filtered = scratch.buffer();
                    let mut between = Output::to_buffer(&mut filtered);
                    run.forward(array, &mut between, scratch)?;
                    let len = between.finish();
                    out.push(&(len as u64).to_le_bytes())?;
                    out.push(&filtered)?;
                }
                Ok(())
            }
        }
    }

    /// Whether the first of the filters writes a front.
    pub(crate) fn begins_with_front(&self) -> bool {
        self.steps.len() == 1 && matches!(self.after, After::Fronted { .. })
    }

    /// Writes what the first of the filters, which writes a front, makes of `payload`, and says whether it found much.
    pub(crate) fn forward_first(&self, payload: &[u8], out: &mut Buffer) -> Result<bool, CodecError> {
        let Some(first) = self.steps.first().filter(|_| self.begins_with_front()) else {
            return Err(CodecError::internal("the first of the filters writes no front"));
        };
        out.clear();
        let mut made = Output::to_buffer(out);
        self.step(first, || first.forward(payload, &mut made))?;
        made.finish();
        Ok(!self.front_and_rest(first, out)?.0.found_little)
    }

    /// Appends the filtered form of a payload of which the filter that writes a front made this.
    pub(crate) fn forward_behind(
        &self,
        made: &[u8],
        out: &mut Output<'_>,
        scratch: &Pool<Buffer>,
    ) -> Result<(), CodecError> {
        let (Some(last), After::Fronted { filters, from }) = (self.steps.last(), &self.after) else {
            return Err(CodecError::internal("the last of the filters writes no front"));
        };
        let (front, array) = self.front_and_rest(last, made)?;
        out.push(&made[..front.len])?;
        self.told(last, &front.layout, filters, *from)?.forward(array, out, scratch)
    }

    /// Writes to `payload` what was filtered to `parts`: one piece, or pieces of equal length.
    pub(crate) fn backward(
        &self,
        parts: &[&[u8]],
        payload: &mut [u8],
        scratch: &Pool<Buffer>,
    ) -> Result<(), CodecError> {
        self.backward_beside(parts, payload, &mut [], scratch)
    }

    /// The same, with idle memory that may be written over. Filters that stand within each other use each other's results
    /// so, and need no more than one buffer beside the payload.
    fn backward_beside(
        &self,
        parts: &[&[u8]],
        payload: &mut [u8],
        idle: &mut [u8],
        scratch: &Pool<Buffer>,
    ) -> Result<(), CodecError> {
        let Some(last) = self.steps.last() else { return copy_parts(parts, payload) };
        let misplaced = |error: CodecError| error.placed(last.place);
        let mut joined;
        let filtered = match (&self.after, parts) {
            (After::Nothing, parts) => return self.undo(parts, payload, idle, scratch),
            (_, [one]) => *one,
            (_, many) => {
                joined = scratch.buffer();
                many.iter().try_for_each(|part| joined.try_extend_from_slice(part))?;
                &joined
            }
        };
        match &self.after {
            After::Fronted { filters, from } => {
                let front = self.front(last, filtered)?;
                let (front_bytes, rest) = cut(filtered, front.len).map_err(misplaced)?;
                let run = self.told(last, &front.layout, filters, *from)?;
                let len = front.layout.nbytes();
                if run.is_identity() {
                    check_len(rest.len(), len, len)?;
                    return self.undo(&[front_bytes, rest], payload, idle, scratch);
                }
                if let Some(needed) = self.beside(len, payload.len()) {
                    let mut buffer;
                    let other = match idle.get_mut(..needed) {
                        Some(idle) => idle,
                        None => {
                            buffer = scratch.buffer();
                            buffer.try_set_len(needed)?;
                            &mut *buffer
                        }
                    };
                    // The array lies where the last step does not write.
                    let is_beside = self.steps.len() % 2 == 1;
                    let (array, idle) =
                        if is_beside { (&mut *other, &mut *payload) } else { (&mut *payload, &mut *other) };
                    run.backward_beside(&[rest], &mut array[..len], idle, scratch)?;
                    return self.to_and_fro(&Begin::Behind(front_bytes, len), payload, other, scratch);
                }
                let array = run.unfiltered(rest, len, payload, scratch)?;
                self.undo(&[front_bytes, array.bytes()], payload, &mut [], scratch)
            }
            After::Each(each) => {
                let mut rest = filtered;
                let mut arrays = Vec::with_capacity(each.len());
                for (run, layout) in each.iter().zip(last.arrays()) {
                    let len = match run.output.known_len() {
                        Some(len) => len,
                        None => {
                            let (len, after) = cut(rest, LENGTH).map_err(misplaced)?;
                            rest = after;
                            let len = len.first_chunk().map_or(0, |len| u64::from_le_bytes(*len));
                            usize::try_from(len).unwrap_or(usize::MAX)
                        }
                    };
                    let (array, after) = cut(rest, len).map_err(misplaced)?;
                    rest = after;
                    arrays.push(run.unfiltered(array, layout.nbytes(), payload, scratch)?);
                }
                if !rest.is_empty() {
                    return Err(misplaced(CodecError::trailing(rest.len(), "the last of the arrays")));
                }
                let arrays: Vec<&[u8]> = arrays.iter().map(Encoded::bytes).collect();
                self.undo(&arrays, payload, idle, scratch)
            }
            After::Nothing => Ok(()),
        }
    }

    /// The array of `len` bytes that was filtered to `filtered`.
    fn unfiltered<'e>(
        &self,
        filtered: &'e [u8],
        len: usize,
        idle: &mut [u8],
        scratch: &'e Pool<Buffer>,
    ) -> Result<Encoded<'e>, CodecError> {
        if self.is_identity() {
            check_len(filtered.len(), len, len)?;
            return Ok(Encoded::Borrowed(filtered));
        }
        let mut array = scratch.buffer();
        array.try_set_len(len)?;
        self.backward_beside(&[filtered], &mut array, idle, scratch)?;
        Ok(Encoded::Scratch(array))
    }

    /// Runs the steps backwards, the last of which gave `parts`.
    fn undo(
        &self,
        parts: &[&[u8]],
        payload: &mut [u8],
        idle: &mut [u8],
        scratch: &Pool<Buffer>,
    ) -> Result<(), CodecError> {
        let Some((last, before)) = self.steps.split_last() else { return copy_parts(parts, payload) };
        let Some((first, between)) = before.split_first() else {
            return self.step(last, || last.backward(parts, payload, scratch));
        };
        if self.keeps_len(payload.len()) {
            let mut buffer;
            let other = match idle.get_mut(..payload.len()) {
                Some(idle) => idle,
                None => {
                    buffer = scratch.buffer();
                    buffer.try_set_len(payload.len())?;
                    &mut *buffer
                }
            };
            return self.to_and_fro(&Begin::Parts(parts), payload, other, scratch);
        }
        let mut current = scratch.buffer();
        current.try_set_len(last.input.nbytes())?;
        self.step(last, || last.backward(parts, &mut current, scratch))?;
        for step in between.iter().rev() {
            let mut next = scratch.buffer();
            next.try_set_len(step.input.nbytes())?;
            self.step(step, || step.backward(&[&current], &mut next, scratch))?;
            current = next;
        }
        self.step(first, || first.backward(&[&current], payload, scratch))
    }

    fn forward_to_scratch<'p>(
        &self,
        step: &Step,
        payload: &[u8],
        scratch: &'p Pool<Buffer>,
    ) -> Result<Pooled<'p, Buffer>, CodecError> {
        let mut made = scratch.buffer();
        let mut out = Output::to_buffer(&mut made);
        self.step(step, || step.forward(payload, &mut out))?;
        out.finish();
        Ok(made)
    }

    /// The front that a filter wrote itself, and the array behind it.
    fn front_and_rest<'m>(&self, step: &Step, made: &'m [u8]) -> Result<(Front, &'m [u8]), CodecError> {
        let front = self.front(step, made)?;
        let (_, array) = cut(made, front.len)?;
        let (made, told) = (array.len(), front.layout.nbytes());
        if made == told {
            return Ok((front, array));
        }
        let message = format!("the filter made an array of {made} bytes, but its front says {told}");
        Err(CodecError::internal(message).placed(step.place))
    }

    /// What a front says, within what the filter promised.
    fn front(&self, step: &Step, filtered: &[u8]) -> Result<Front, CodecError> {
        let read = || {
            let front = step.filter.read_front(filtered)?;
            let Filtered::Fronted { at_most, widest } = &step.output else {
                return Err(CodecError::internal("the filter promised no front"));
            };
            let is_promised = front.len <= *at_most && front.layout.nbytes() <= widest.nbytes();
            if is_promised {
                Ok(front)
            } else {
                Err(CodecError::internal("the front is longer than promised"))
            }
        };
        self.step(step, read)
    }

    /// The filters after a step that told the layout of what it gives.
    fn told(
        &self,
        step: &Step,
        layout: &Layout,
        filters: &Arc<[PlacedFilter]>,
        from: usize,
    ) -> Result<Self, CodecError> {
        Self::bind(layout, filters, from, self.catches_panics).map_err(|error| {
            let (dtype, shape) = (layout.dtype(), layout.shape_text());
            let message = format!("the filters after it cannot work on `{dtype}` of shape {shape}");
            CodecError::unsupported(message).with_source(error).placed(step.place)
        })
    }

    /// Whether what goes from one step to the next is as long as the payload.
    fn keeps_len(&self, len: usize) -> bool {
        let before = self.steps.split_last().map_or(&[][..], |(_, before)| before);
        before.iter().all(|step| step.output.known_len() == Some(len))
    }

    /// How much memory [`to_and_fro`](Self::to_and_fro) needs beside a payload of `len` bytes to begin with an array of `array`
    /// bytes; nothing if it cannot.
    fn beside(&self, array: usize, len: usize) -> Option<usize> {
        match self.steps.len() {
            1 => Some(array),
            count if !self.keeps_len(len) || count % 2 == 0 && array > len => None,
            count => Some(if count % 2 == 0 { len } else { len.max(array) }),
        }
    }

    /// Undoes filters that keep the length: by turns in `other` and in the payload, where the last of them ends.
    fn to_and_fro(
        &self,
        begin: &Begin<'_>,
        payload: &mut [u8],
        other: &mut [u8],
        scratch: &Pool<Buffer>,
    ) -> Result<(), CodecError> {
        let len = payload.len();
        for (at, step) in self.steps.iter().enumerate().rev() {
            let is_last = at + 1 == self.steps.len();
            let (from, to): (&[u8], &mut [u8]) =
                if at % 2 == 0 { (other, payload) } else { (payload, &mut other[..len]) };
            self.step(step, || match begin {
                Begin::Parts(parts) if is_last => step.backward(parts, to, scratch),
                Begin::Behind(front, array) if is_last => {
                    step.backward(&[front, &from[..*array]], to, scratch)
                }
                _ => step.backward(&[&from[..len]], to, scratch),
            })?;
        }
        Ok(())
    }

    fn step<T>(&self, step: &Step, run: impl FnOnce() -> Result<T, CodecError>) -> Result<T, CodecError> {
        let done = if self.catches_panics { catch_panic(run) } else { run() };
        done.map_err(|error| error.placed(step.place))
    }
}

impl Step {
    /// The layouts of several arrays.
    fn arrays(&self) -> &[Layout] {
        if let Filtered::Arrays(layouts) = &self.output { layouts } else { &[] }
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let before = out.len();
        self.filter.forward(payload, out)?;
        let made = out.len() - before;
        let is_right = self.output.known_len().is_none_or(|len| made == len) && made <= self.output.max_len();
        // What would not come back is never written.
        if is_right { Ok(()) } else { Err(broken(made, &self.output)) }
    }

    fn backward(
        &self,
        parts: &[&[u8]],
        payload: &mut [u8],
        scratch: &Pool<Buffer>,
    ) -> Result<(), CodecError> {
        let len: usize = parts.iter().map(|part| part.len()).sum();
        check_len(len, self.output.known_len().unwrap_or(0), self.output.max_len())?;
        match parts {
            // Their lengths were told before, each by itself.
            parts if matches!(self.output, Filtered::Arrays(_) | Filtered::Fronted { .. }) => {
                self.filter.backward(parts, payload)
            }
            [one] => self.filter.backward(&[one], payload),
            many if many.len() == self.filter.planes() => self.filter.backward(many, payload),
            many => {
                let mut joined = scratch.buffer();
                many.iter().try_for_each(|part| joined.try_extend_from_slice(part))?;
                self.filter.backward(&[&joined], payload)
            }
        }
    }
}

/// What several arrays are in all.
fn in_all(each: &[BoundRun]) -> Filtered {
    let mut layouts = Vec::with_capacity(each.len());
    for run in each {
        match &run.output {
            Filtered::Array(layout) => layouts.push(layout.clone()),
            Filtered::Arrays(more) => layouts.extend_from_slice(more),
            Filtered::Fronted { .. } | Filtered::Bytes { .. } => {
                let add = |most: usize, run: &BoundRun| {
                    most.saturating_add(run.output.max_len()).saturating_add(LENGTH)
                };
                return Filtered::Bytes { at_most: each.iter().fold(0, add) };
            }
        }
    }
    Filtered::Arrays(layouts)
}

fn broken(made: usize, output: &Filtered) -> CodecError {
    let most = output.max_len();
    CodecError::internal(format!("the filter made {made} bytes, but promised {most}"))
}

/// The first `len` bytes of a filtered form, and those after them.
fn cut(bytes: &[u8], len: usize) -> Result<(&[u8], &[u8]), CodecError> {
    bytes.split_at_checked(len).ok_or_else(|| {
        let left = bytes.len();
        CodecError::new(ErrorKind::Truncated, format!("the filtered form has {left} bytes left of {len}"))
    })
}

fn check_len(len: usize, least: usize, most: usize) -> Result<(), CodecError> {
    if (least..=most).contains(&len) {
        return Ok(());
    }
    let kind = if len < most { ErrorKind::Truncated } else { ErrorKind::Corrupt };
    let message = format!("the filtered form has {len} bytes, but the array needs {most}");
    Err(CodecError::new(kind, message))
}

fn copy_parts(parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
    let (len, expected) = (parts.iter().map(|part| part.len()).sum::<usize>(), payload.len());
    if len != expected {
        return Err(CodecError::corrupt(format!("{len} bytes are not the {expected} of the array")));
    }
    let mut rest = payload;
    for part in parts {
        let (now, later) = rest.split_at_mut(part.len());
        now.copy_from_slice(part);
        rest = later;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
