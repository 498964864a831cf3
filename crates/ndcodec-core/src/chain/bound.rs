//! [`BoundRun`]: the filters of a chain, bound to the layout of an array.

use super::run::{Encoded, catch_panic};
use crate::error::{ArrayError, CodecError, ErrorKind, Place};
use crate::{ArrayFilter, BoundFilter, Buffer, Content, Filtered, Layout, Output, Pool};

/// Filters in the order of encoding, each bound to what the one before gives. Those that leave the payload as it lies are
/// left out.
#[derive(Debug)]
pub(crate) struct BoundRun {
    steps: Vec<Step>,
    /// What the last step gives.
    output: Filtered,
    /// What the parts of the filtered form hold.
    content: Content,
    catches_panics: bool,
}

#[derive(Debug)]
struct Step {
    place: Place,
    filter: Box<dyn BoundFilter>,
    input: Layout,
    output: Filtered,
}

impl BoundRun {
    /// No filters yet, for arrays of this layout.
    pub(super) fn new(layout: &Layout, catches_panics: bool) -> Self {
        let (output, content) = (Filtered::Array(layout.clone()), Content::Bytes);
        Self { steps: Vec::new(), output, content, catches_panics }
    }

    /// Binds one more filter, to what the last one gives.
    pub(super) fn push(&mut self, place: Place, filter: &dyn ArrayFilter) -> Result<(), ArrayError> {
        let Filtered::Array(input) = self.output.clone() else {
            let before = self.steps.last().map_or("", |step| step.place.name);
            return Err(ArrayError::Unsupported {
                stage: place.name.to_owned(),
                reason: format!("`{before}` before it gives bytes and not an array; only codecs may follow"),
            });
        };
        let bound = filter.bind(&input)?;
        let planes = bound.as_ref().map_or(1, |bound| bound.planes());
        // Items of one byte are one plane as they lie.
        self.content = if planes == input.dtype().itemsize() { Content::BytePlane } else { Content::Bytes };
        if let Some(filter) = bound {
            self.output = filter.output();
            self.steps.push(Step { place, filter, input, output: self.output.clone() });
        }
        Ok(())
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
        let (Some(step), Some(len)) = (self.steps.last(), self.output.known_len()) else { return 1 };
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
            let mut next = scratch.buffer();
            let mut between = Output::to_buffer(&mut next);
            self.step(step, || step.forward(current.bytes(), &mut between))?;
            between.finish();
            current = Encoded::Scratch(next);
        }
        self.step(last, || last.forward(current.bytes(), out))
    }

    /// Writes to `payload` what was filtered to `parts`: one piece, or pieces of equal length.
    pub(crate) fn backward(
        &self,
        parts: &[&[u8]],
        payload: &mut [u8],
        scratch: &Pool<Buffer>,
    ) -> Result<(), CodecError> {
        let Some((last, before)) = self.steps.split_last() else { return copy_parts(parts, payload) };
        let Some((first, between)) = before.split_first() else {
            return self.step(last, || last.backward(parts, payload, scratch));
        };
        let mut current = scratch.buffer();
        current.set_len(last.input.nbytes());
        self.step(last, || last.backward(parts, &mut current, scratch))?;
        for step in between.iter().rev() {
            let mut next = scratch.buffer();
            next.set_len(step.input.nbytes());
            self.step(step, || step.backward(&[&current], &mut next, scratch))?;
            current = next;
        }
        self.step(first, || first.backward(&[&current], payload, scratch))
    }

    fn step(&self, step: &Step, run: impl FnOnce() -> Result<(), CodecError>) -> Result<(), CodecError> {
        let done = if self.catches_panics { catch_panic(run) } else { run() };
        done.map_err(|error| error.placed(step.place))
    }
}

impl Step {
    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let before = out.len();
        self.filter.forward(payload, out)?;
        let made = out.len() - before;
        let is_right = match &self.output {
            Filtered::Array(layout) => made == layout.nbytes(),
            Filtered::Bytes { at_most } => made <= *at_most,
        };
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
        if self.output.known_len().is_some_and(|known| known != len) || len > self.output.max_len() {
            let expected = self.output.max_len();
            let kind = if len < expected { ErrorKind::Truncated } else { ErrorKind::Corrupt };
            let message = format!("the filtered form has {len} bytes, but the array needs {expected}");
            return Err(CodecError::new(kind, message));
        }
        match parts {
            [one] => self.filter.backward(&[one], payload),
            many if many.len() == self.filter.planes() => self.filter.backward(many, payload),
            many => {
                let mut joined = scratch.buffer();
                many.iter().for_each(|part| joined.extend_from_slice(part));
                self.filter.backward(&[&joined], payload)
            }
        }
    }
}

fn broken(made: usize, output: &Filtered) -> CodecError {
    let most = output.max_len();
    CodecError::internal(format!("the filter made {made} bytes, but promised {most}"))
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
