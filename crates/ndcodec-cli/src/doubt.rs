//! [`Doubt`]: a short input that gives very much is decoded once for its errors, before all of that is written.
//!
//! Only by chains that decode in bounded memory. Others have seen all of the input before they give any of it, and to hold it
//! twice would be too much.

use ndcodec::stage::{StageKind, StageSpec};
use ndcodec::{DecodeOptions, Error};

use crate::failure::Failure;
use crate::input::Input;
use crate::line::Line;
use crate::transfer;

/// An input of no more than this many bytes is kept, to be decoded again.
const SHORT: u64 = 4 << 20;
/// More than this, and so many times as long as the input, is not written on trust. What is valid takes up to twice as long
/// then, less the writing; what is beyond a limit writes no GiB that is removed again.
const UNDOUBTED: u64 = 64 << 20;
const DENSE: u64 = 64;

/// What is decoded of an input, and counted until there is a doubt.
pub(crate) struct Doubt<'a> {
    /// How many bytes more raise none.
    left: u64,
    input: Option<Kept<'a>>,
}

struct Kept<'a> {
    name: String,
    bytes: Vec<u8>,
    line: &'a Line,
    options: &'a DecodeOptions,
}

impl<'a> Doubt<'a> {
    /// For an input that `line` decodes. Only of a file is it known whether it is short.
    pub(crate) fn of(input: &mut Input, line: &'a Line, options: &'a DecodeOptions) -> Result<Self, Failure> {
        let is_short = |len: &u64| *len <= SHORT && line.stages().into_iter().all(is_streaming);
        let Some(len) = input.file().and(input.len()).filter(is_short) else { return Ok(Self::none()) };
        let name = input.name().to_owned();
        let bytes = input.peek(usize::try_from(len).unwrap_or(usize::MAX))?.to_vec();
        let left = UNDOUBTED.max(len.saturating_mul(DENSE));
        Ok(Self { left, input: Some(Kept { name, bytes, line, options }) })
    }

    /// For what is as long as its input.
    pub(crate) fn none() -> Self {
        Self { left: u64::MAX, input: None }
    }

    /// Counts `n` more bytes that were decoded, and returns the error of the whole if it has one and there is a doubt.
    pub(crate) fn count(&mut self, n: usize) -> Result<(), Failure> {
        self.left = self.left.saturating_sub(n as u64);
        if self.left > 0 {
            return Ok(());
        }
        self.input.take().map_or(Ok(()), |kept| kept.decode())
    }
}

fn is_streaming(stage: &StageSpec) -> bool {
    let descriptor = stage.descriptor();
    match descriptor.kind() {
        StageKind::Codec => descriptor.is_streaming_with(stage.params()),
        StageKind::Format => !descriptor.is_container(),
        _ => false,
    }
}

impl Kept<'_> {
    /// Decodes all, and keeps nothing.
    fn decode(&self) -> Result<(), Failure> {
        let failure = |error: Error| self.line.decode_failure(&self.name, &error);
        let nowhere = |_: &[u8]| Ok(());
        match self.line {
            // A header may name filters that the chain does not.
            Line::Chain(chain)
                if chain
                    .inspect_with(&self.bytes, self.options)
                    .is_ok_and(|header| !header.filters.is_empty()) =>
            {
                Ok(())
            }
            Line::Chain(chain) => {
                let mut reader = chain.decoder_with(&*self.bytes, self.options).map_err(failure)?;
                transfer::pump(|buf| reader.pull(buf).map_err(failure), nowhere)
            }
            Line::Pipeline(pipeline) => {
                let mut reader = pipeline.decoder_with(&*self.bytes, self.options).map_err(failure)?;
                transfer::pump(|buf| reader.pull(buf).map_err(failure), nowhere)
            }
        }
    }
}
