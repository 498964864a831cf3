//! A run of filters: the part of a chain between its format and its codecs.

use super::codecs::{Codecs, Encoded, lift};
use crate::error::{ArrayError, CodecError, Error};
use crate::lang::{self, Built, ChainError, StageSpec};
use crate::{ArrayFilter, DType, Direction};

/// Filters in the order of encoding.
#[derive(Debug, Default)]
pub(super) struct FilterRun(Vec<(StageSpec, Box<dyn ArrayFilter>)>);

impl FilterRun {
    pub(super) fn push(&mut self, spec: StageSpec, filter: Box<dyn ArrayFilter>) {
        self.0.push((spec, filter));
    }

    pub(super) fn specs(&self) -> impl Iterator<Item = &StageSpec> {
        self.0.iter().map(|(spec, _)| spec)
    }

    /// The last filter, whose output the codecs see.
    pub(super) fn last(&self) -> Option<&dyn ArrayFilter> {
        self.0.last().map(|(_, filter)| &**filter)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether filtering elements of this dtype leaves the payload as it lies.
    pub(super) fn is_identity(&self, dtype: &DType) -> bool {
        self.0.iter().all(|(_, filter)| filter.is_identity(dtype))
    }

    /// Filters `payload` into `out`, which has the same length. `codecs` lend the scratch memory.
    pub(super) fn encode(
        &self,
        dtype: &DType,
        payload: &[u8],
        out: &mut [u8],
        codecs: &Codecs,
    ) -> Result<(), Error> {
        self.check(dtype)?;
        self.run(payload, out, codecs, Direction::Encode, |filter, from, to| filter.encode(dtype, from, to))
    }

    /// Gives back in `out`, which has the same length, what was filtered into `payload`.
    pub(super) fn decode(
        &self,
        dtype: &DType,
        payload: &[u8],
        out: &mut [u8],
        codecs: &Codecs,
    ) -> Result<(), Error> {
        self.check(dtype)?;
        self.run(payload, out, codecs, Direction::Decode, |filter, from, to| filter.decode(dtype, from, to))
    }

    /// As [`decode`](Self::decode), of what lies in parts of equal length.
    pub(super) fn decode_parts(
        &self,
        dtype: &DType,
        parts: &[&[u8]],
        out: &mut [u8],
        codecs: &Codecs,
    ) -> Result<(), Error> {
        if let [(spec, filter)] = &*self.0 {
            self.check(dtype)?;
            let fail = |error| lift(1, spec.descriptor().name(), Direction::Decode, error);
            return filter.decode_parts(dtype, parts, out).map_err(fail);
        }
        let mut joined = codecs.scratch();
        parts.iter().for_each(|part| joined.extend_from_slice(part));
        self.decode(dtype, &joined, out, codecs)
    }

    pub(super) fn parse(text: &str) -> Result<Self, ChainError> {
        let specs = lang::parse_filters(text)?;
        let mut filters = Vec::with_capacity(specs.len());
        for spec in specs {
            if let Built::Filter(filter) = spec.build(text)? {
                filters.push((spec, filter));
            }
        }
        Ok(Self(filters))
    }

    /// The text of the filters, for the header; `None` if there are none.
    pub(super) fn text(&self) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let texts: Vec<String> = self.0.iter().map(|(spec, _)| spec.to_string()).collect();
        Some(texts.join("|"))
    }

    pub(super) fn check(&self, dtype: &DType) -> Result<(), ArrayError> {
        self.0.iter().try_for_each(|(_, filter)| filter.check(dtype))
    }

    /// Runs all filters, in the order of the direction, from `payload` to `out`, which has the same length.
    fn run(
        &self,
        payload: &[u8],
        out: &mut [u8],
        codecs: &Codecs,
        direction: Direction,
        step: impl Fn(&dyn ArrayFilter, &[u8], &mut [u8]) -> Result<(), CodecError>,
    ) -> Result<(), Error> {
        let count = self.0.len();
        let mut current = Encoded::Borrowed(payload);
        for turn in 0..count {
            let at = match direction {
                Direction::Encode => turn,
                Direction::Decode => count - 1 - turn,
            };
            let (spec, filter) = &self.0[at];
            let fail = |error| lift(1 + at, spec.descriptor().name(), direction, error);
            if turn + 1 == count {
                step(&**filter, current.bytes(), out).map_err(fail)?;
            } else {
                let mut next = codecs.scratch();
                next.set_len(payload.len());
                step(&**filter, current.bytes(), &mut next).map_err(fail)?;
                current = Encoded::Scratch(next);
            }
        }
        Ok(())
    }
}
