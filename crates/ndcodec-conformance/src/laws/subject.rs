//! [`Subject`]: a codec under test, what it promises, and what it makes of the inputs.

use std::fmt::{self, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use ndcodec_core::{Codec, CodecError, DecodeLimits, ErrorKind, Input, Output, StageDescriptor, StageKind};

use super::data;

/// The most that a law lets a codec decode of damaged input. Far more than any input, far less than memory.
pub(super) const CEILING: usize = 16 << 20;

/// A codec under test.
#[derive(Debug)]
pub struct Subject {
    name: String,
    pub(super) codec: Arc<dyn Codec>,
    pub(super) promises: Promises,
    pub(super) effort: Effort,
    /// Every input that the codec does not refuse, with what it makes of it.
    pub(super) samples: Vec<Sample>,
    /// The inputs that it refuses.
    pub(super) refused: Vec<(&'static str, Vec<u8>)>,
}

/// An input and its encoded form.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) name: &'static str,
    pub(super) input: Vec<u8>,
    pub(super) encoded: Vec<u8>,
    /// The input; for a lossy codec what it decodes to.
    pub(super) decoded: Vec<u8>,
}

/// What a descriptor declares of a codec, and so which laws it is held to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Promises {
    /// See [`StageDescriptor::detects_truncation`].
    pub detects_truncation: bool,
    /// See [`StageDescriptor::stable_bytes`].
    pub has_stable_bytes: bool,
    /// See [`StageDescriptor::text`].
    pub is_text: bool,
    /// See [`StageDescriptor::zero_padded`].
    pub is_zero_padded: bool,
    /// See [`StageDescriptor::lossy`].
    pub is_lossy: bool,
    /// It is a filter with its type given, whose decoding of a part need not be a part of the data.
    pub is_filter: bool,
}

/// How many inputs and cases a law tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effort {
    /// All of them: a few seconds for a codec without optimization.
    Full,
    /// Fewer and smaller ones, for slow parameters.
    Brief,
}

impl Promises {
    /// What this descriptor declares.
    pub fn of(stage: &StageDescriptor) -> Self {
        Self {
            detects_truncation: stage.is_truncation_detected(),
            has_stable_bytes: stage.has_stable_bytes(),
            is_text: stage.is_text(),
            is_zero_padded: stage.is_zero_padded(),
            is_lossy: stage.is_lossy(),
            is_filter: stage.kind() == StageKind::Filter,
        }
    }

    /// These, and truncation is detected: for a stage that detects it with some of its parameters only, and so does not
    /// declare it.
    #[must_use]
    pub fn detecting_truncation(mut self) -> Self {
        self.detects_truncation = true;
        self
    }
}

impl Subject {
    /// Whether a parameter of the codec asks for this character, as in `hex(prefix=\x)`.
    pub(super) fn asks_for(&self, byte: u8) -> bool {
        self.name.bytes().any(|asked| asked == byte)
    }

    /// A codec, called `name` in messages.
    ///
    /// # Panics
    /// If it fails to encode an input otherwise than by [`ErrorKind::Input`], refuses all inputs, or panics.
    pub fn new(name: impl Into<String>, codec: Arc<dyn Codec>, promises: Promises, effort: Effort) -> Self {
        let (samples, refused) = (Vec::new(), Vec::new());
        let mut subject = Self { name: name.into(), codec, promises, effort, samples, refused };
        for (name, input) in data::inputs(effort == Effort::Full) {
            let encoded = match subject.encode(&input) {
                Ok(encoded) => encoded,
                Err(error) if error.kind() == ErrorKind::Input => {
                    subject.refused.push((name, input));
                    continue;
                }
                Err(error) => {
                    subject.fail("round_trip", name, format_args!("it does not encode: {error}"), ENCODES)
                }
            };
            let decoded = match (promises.is_lossy, subject.decode(&encoded)) {
                (false, _) => input.clone(),
                (true, Ok(decoded)) => decoded,
                (true, Err(error)) => {
                    subject.fail("round_trip", name, format_args!("it does not decode: {error}"), DECODES)
                }
            };
            subject.samples.push(Sample { name, input, encoded, decoded });
        }
        if subject.samples.is_empty() {
            subject.fail("round_trip", "every input", "it is refused", "some that it encodes");
        }
        subject
    }

    /// The samples whose encoded form has at most `len` bytes.
    pub(super) fn samples_within(&self, len: usize) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |sample| sample.encoded.len() <= len)
    }

    /// `full`, or the eighth of it for a codec with slow parameters.
    pub(super) fn cases(&self, full: usize) -> usize {
        if self.effort == Effort::Full { full } else { full / 8 }
    }

    pub(super) fn encode(&self, input: &[u8]) -> Result<Vec<u8>, CodecError> {
        let mut bytes = Vec::new();
        self.guard("encodes", input, || {
            let mut out = Output::to_vec(&mut bytes);
            self.codec.encode(&Input::new(&[input]), &mut out)?;
            out.finish();
            Ok(())
        })?;
        Ok(bytes)
    }

    pub(super) fn decode(&self, encoded: &[u8]) -> Result<Vec<u8>, CodecError> {
        let mut bytes = Vec::new();
        self.decode_into(encoded, Output::to_vec(&mut bytes).limited(CEILING))?;
        Ok(bytes)
    }

    /// Decodes what the codec made as a stream, whatever window it asks for: one that was set on purpose may pass the
    /// default limit.
    pub(super) fn decode_own(&self, encoded: &[u8]) -> Result<Vec<u8>, CodecError> {
        let mut bytes = Vec::new();
        self.guard("decodes", encoded, || {
            let mut out =
                Output::to_vec(&mut bytes).with_limits(&DecodeLimits::none().with_max_bytes(CEILING));
            self.codec.decode(encoded, &mut out)?;
            out.finish();
            Ok(())
        })?;
        Ok(bytes)
    }

    pub(super) fn decode_into(&self, encoded: &[u8], mut out: Output<'_>) -> Result<usize, CodecError> {
        self.guard("decodes", encoded, || {
            self.codec.decode(encoded, &mut out)?;
            Ok(out.finish())
        })
    }

    /// Runs code of the codec's, which must not panic on any bytes.
    pub(super) fn guard<T>(&self, does: &str, bytes: &[u8], run: impl FnOnce() -> T) -> T {
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(result) => result,
            Err(panic) => {
                let message = panic.downcast_ref::<String>().map(String::as_str);
                let message =
                    message.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
                self.fail(
                    "no_panic",
                    Hex(bytes),
                    format_args!("it panics where it {does}: {message}"),
                    "a result or an error",
                )
            }
        }
    }

    /// Reports that a law is broken in some case, unless it holds.
    pub(super) fn check(
        &self,
        holds: bool,
        law: &str,
        case: impl Display,
        found: impl Display,
        expected: impl Display,
    ) {
        if !holds {
            self.fail(law, case, found, expected);
        }
    }

    pub(super) fn fail(
        &self,
        law: &str,
        case: impl Display,
        found: impl Display,
        expected: impl Display,
    ) -> ! {
        fail(&self.name, law, case, found, expected)
    }
}

/// Reports that a law is broken: what was found, and what was expected.
pub(super) fn fail(
    stage: &str,
    law: &str,
    case: impl Display,
    found: impl Display,
    expected: impl Display,
) -> ! {
    panic!("`{stage}` breaks the law `{law}`: {case}: {found}; expected {expected}")
}

/// What is expected of an input or an array that a stage takes.
pub(super) const ENCODES: &str = "that it encodes";

/// What is expected of what a stage encoded.
pub(super) const DECODES: &str = "that it decodes";

/// A result in few words, for messages.
pub(super) struct Outcome<'r>(pub(super) &'r Result<Vec<u8>, CodecError>);

impl Display for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Ok(bytes) => Hex(bytes).fmt(f),
            Err(error) => write!(f, "an error, {error}"),
        }
    }
}

/// Bytes in few words: their number and, of the first of them, the hex.
pub(super) struct Hex<'b>(pub(super) &'b [u8]);

impl Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.len().min(64);
        write!(f, "{} bytes", self.0.len())?;
        if shown > 0 {
            f.write_str(" ")?;
        }
        self.0[..shown].iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        if shown < self.0.len() { f.write_str("…") } else { Ok(()) }
    }
}
