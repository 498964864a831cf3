//! [`Chain`]: a format, filters and codecs, for arrays.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::EncodeOptions;
use super::codecs::Codecs;
use super::filters::FilterRun;
use crate::error::{ArrayError, CodecError, Error};
use crate::format::{Filters, Header};
use crate::lang::{self, Built, ChainError, StageSpec};
use crate::{ArrayContainer, ArrayFormat, ArrayView, Direction, Layout, Output};

/// A checked chain, such as `npy|zstd|base64`. Cheap to clone; one value serves many threads, and keeps its
/// compression contexts and scratch memory between calls.
#[derive(Debug, Clone)]
pub struct Chain {
    pub(super) stages: Arc<Stages>,
}

#[derive(Debug)]
pub(super) struct Stages {
    pub(super) first: StageSpec,
    pub(super) head: Head,
    pub(super) filters: FilterRun,
    pub(super) codecs: Codecs,
}

/// The stage that begins a chain.
#[derive(Debug)]
pub(super) enum Head {
    /// Leaves the payload as it lies.
    Format(Box<dyn ArrayFormat>),
    /// Encodes the payload itself; there are no filters then.
    Container(Box<dyn ArrayContainer>),
}

impl Chain {
    /// Parses, checks and builds a chain.
    ///
    /// # Errors
    /// What is wrong in the text, and where.
    pub fn parse(text: &str) -> Result<Self, ChainError> {
        let specs = lang::parse_stages(text)?;
        lang::check_chain(text, &specs)?;
        Self::build(text, specs)
    }

    pub(super) fn build(text: &str, specs: Vec<StageSpec>) -> Result<Self, ChainError> {
        let mut head = None;
        let mut filters = FilterRun::default();
        let mut codecs = Vec::new();
        for spec in specs {
            match spec.build(text)? {
                Built::Format(format) => head = Some((spec, Head::Format(format))),
                Built::Container(container) => head = Some((spec, Head::Container(container))),
                Built::Filter(filter) => filters.push(spec, filter),
                Built::Codec(codec) => codecs.push((spec, codec)),
            }
        }
        let (first, head) = head.expect("the order was checked: a chain begins with its format");
        let before =
            std::iter::once(&first).chain(filters.specs()).map(|spec| spec.descriptor().name()).collect();
        let codecs = Codecs::new(before, codecs);
        Ok(Self { stages: Arc::new(Stages { first, head, filters, codecs }) })
    }

    /// The stages, in the order of encoding.
    pub fn stages(&self) -> impl Iterator<Item = &StageSpec> {
        std::iter::once(&self.stages.first)
            .chain(self.stages.filters.specs())
            .chain(self.stages.codecs.specs())
    }

    /// Whether its first stage is a container.
    pub(super) fn is_container(&self) -> bool {
        matches!(self.stages.head, Head::Container(_))
    }

    /// Whether what it encodes is ASCII text.
    pub fn is_text(&self) -> bool {
        self.stages().last().is_some_and(|stage| stage.descriptor().is_text())
    }

    /// This chain with every parameter filled in that was inferred from an array of this layout: what a reader
    /// needs who has only the encoded form.
    ///
    /// # Errors
    /// Where the chain cannot encode such an array.
    pub fn resolve(&self, layout: &Layout) -> Result<Self, Error> {
        let Stages { head, filters, .. } = &*self.stages;
        match head {
            Head::Format(format) => drop(format.frame(layout, filters.text().as_deref())?),
            Head::Container(container) => container.check(layout)?,
        }
        filters.check(layout.dtype())?;
        self.filled_in(layout)
    }

    /// [`resolve`](Self::resolve) for an array that was encoded already, so that nothing is to be checked: a chain may
    /// decode what it could not encode.
    pub(super) fn filled_in(&self, layout: &Layout) -> Result<Self, Error> {
        let Stages { first, head, .. } = &*self.stages;
        let mut params = first.params().clone();
        match head {
            Head::Format(format) => format.resolve(layout, &mut params),
            Head::Container(container) => container.resolve(layout, &mut params),
        }
        let mut specs: Vec<StageSpec> = self.stages().cloned().collect();
        specs[0] = first.with_params(params);
        Ok(Self::build(&self.to_string(), specs)?)
    }

    /// The most bytes that an array of this layout may become, if every codec has a bound.
    ///
    /// # Errors
    /// Where the chain cannot encode such an array.
    pub fn max_encoded_len(&self, layout: &Layout) -> Result<Option<usize>, Error> {
        let len = match &self.stages.head {
            Head::Format(format) => {
                let frame = format.frame(layout, self.stages.filters.text().as_deref())?;
                Some(frame.head.len().saturating_add(layout.nbytes()).saturating_add(frame.tail.len()))
            }
            Head::Container(container) => {
                container.check(layout)?;
                container.max_encoded_len(layout)
            }
        };
        Ok(len.and_then(|len| self.stages.codecs.max_encoded_len(len)))
    }

    /// The encoded form of `array`.
    ///
    /// # Errors
    /// Where the chain cannot encode this array.
    pub fn encode(&self, array: &ArrayView<'_>) -> Result<Vec<u8>, Error> {
        let mut encoded = Vec::new();
        self.encode_into(array, &mut encoded)?;
        super::give_back_slack(&mut encoded);
        Ok(encoded)
    }

    /// The encoded form of `array` as text.
    ///
    /// # Errors
    /// As [`encode`](Self::encode), and where the chain does not end in text.
    pub fn encode_text(&self, array: &ArrayView<'_>) -> Result<String, Error> {
        let bytes = self.encode(array)?;
        String::from_utf8(bytes).map_err(|_| self.not_text())
    }

    /// Appends the encoded form of `array` to a `Vec<u8>` or [`Buffer`](crate::Buffer), or writes it to the beginning of a
    /// slice, and answers its length. On an error a `Vec` or `Buffer` is as it was.
    ///
    /// # Errors
    /// Where the chain cannot encode this array, or the slice is too small.
    pub fn encode_into<'o>(&self, array: &ArrayView<'_>, out: impl Into<Output<'o>>) -> Result<usize, Error> {
        self.encode_into_with(array, out, &EncodeOptions::new())
    }

    /// [`encode_into`](Self::encode_into) with options.
    ///
    /// # Errors
    /// As [`encode_into`](Self::encode_into).
    pub fn encode_into_with<'o>(
        &self,
        array: &ArrayView<'_>,
        out: impl Into<Output<'o>>,
        options: &EncodeOptions,
    ) -> Result<usize, Error> {
        let Stages { head, filters, codecs, .. } = &*self.stages;
        let mut out = out.into();
        match head {
            Head::Format(format) => {
                let frame = format.frame(array.layout(), filters.text().as_deref())?;
                if filters.is_empty() {
                    codecs.encode(&[&frame.head, array.payload(), &frame.tail], &mut out)?;
                } else {
                    let mut filtered = codecs.scratch();
                    filtered.set_len(array.payload().len());
                    filters.encode(array.dtype(), array.payload(), &mut filtered, codecs)?;
                    codecs.encode(&[&frame.head, &filtered, &frame.tail], &mut out)?;
                }
            }
            Head::Container(container) => {
                container.check(array.layout())?;
                let fail = |error| self.lift(Direction::Encode, error);
                if codecs.is_empty() {
                    container.encode(array, options, &mut out).map_err(fail)?;
                } else {
                    let mut bytes = codecs.scratch();
                    let mut contained = Output::to_buffer(&mut bytes);
                    container.encode(array, options, &mut contained).map_err(fail)?;
                    contained.finish();
                    codecs.encode(&[&bytes], &mut out)?;
                }
            }
        }
        Ok(out.finish())
    }

    pub(super) fn lift(&self, direction: Direction, error: CodecError) -> Error {
        self.stages.codecs.lift_marked(direction, error)
    }

    /// The text of the filters in use: the header's where it names them, else the chain's own.
    pub(super) fn filter_text(&self, header: &Header) -> String {
        match header.filters() {
            Filters::Listed(listed) => listed.clone(),
            Filters::Unknown => self.stages.filters.text().unwrap_or_default(),
        }
    }

    fn not_text(&self) -> Error {
        let text = self.to_string();
        let stage = self.stages().last().map_or("", |stage| stage.descriptor().name());
        ArrayError::Unsupported {
            stage: stage.to_owned(),
            reason: format!("`{text}` does not end in text; put `base64` at its end"),
        }
        .into()
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::print_stages(self.stages(), f)
    }
}

impl PartialEq for Chain {
    fn eq(&self, other: &Self) -> bool {
        self.stages().eq(other.stages())
    }
}

impl FromStr for Chain {
    type Err = ChainError;

    fn from_str(text: &str) -> Result<Self, ChainError> {
        Self::parse(text)
    }
}
