//! Errors, with one variant for each place that has to be fixed: the chain's text, the array, a stage's data, the stream.
//!
//! `Display` describes one layer and `source()` gives the next, so a reporter that walks the sources prints each fact once.
//! [`Error::report`] has all of them, and the help. `Debug` shows the same, so that people can read what `unwrap` prints,
//! or a `main` that returns an error.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

mod array;
mod kind;

pub use array::ArrayError;
pub use kind::{ErrorKind, Fault, Limit};

use crate::Direction;
use crate::lang::{ChainError, ChainErrorKind};

/// What went wrong, by who can mend it.
///
/// `Display` is one layer: `cannot decode stage 1 `base64``. [`report`](Self::report) is the whole, with the
/// [`help`](Self::help).
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text of the chain; carries the span, a caret and help.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The array, or the buffer for it, does not fit the chain or the type asked for.
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// A stage failed on data.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// The reader or writer under a stream failed.
    #[error(transparent)]
    Io(#[from] IoError),
}

impl Error {
    /// The kind of the failure: what a program decides by. Each has a [name](ErrorKind::name) for metrics, and a
    /// [status](ErrorKind::http_status) for services.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Chain(error) => match error.kind() {
                ChainErrorKind::NotBuilt => ErrorKind::Unsupported,
                _ => ErrorKind::Chain,
            },
            Self::Array(error) => error.kind(),
            Self::Stage(error) => error.kind(),
            Self::Io(_) => ErrorKind::Io,
        }
    }

    /// The limit that was passed, if the kind is [`ErrorKind::Limit`].
    pub fn limit(&self) -> Option<Limit> {
        match self {
            Self::Stage(error) => error.limit(),
            Self::Array(error) => error.limit(),
            Self::Chain(_) | Self::Io(_) => None,
        }
    }

    /// Who can mend it: the [fault](ErrorKind::fault) of its [kind](Self::kind).
    pub fn fault(&self) -> Fault {
        self.kind().fault()
    }

    /// What to do about it, if that is known.
    pub fn help(&self) -> Option<&str> {
        match self {
            Self::Chain(error) => error.help(),
            Self::Stage(error) => error.help(),
            Self::Array(error) => error.help(),
            Self::Io(_) => None,
        }
    }

    /// The message of this error and of every source below it, joined by `: `, and the help on a line of its own.
    pub fn report(&self) -> String {
        match self {
            // Its `Display` has the help, under the caret.
            Self::Chain(error) => error.to_string(),
            Self::Stage(error) => error.report(),
            other => match other.help() {
                Some(help) => format!("{}\nhelp: {help}", report(other)),
                None => report(other),
            },
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report())
    }
}

/// The message of `error` and of every source below it, joined by `: `.
///
/// `Display` of the errors here gives one layer, and `source()` the next, so this prints each fact once.
pub fn report(error: &(dyn StdError + 'static)) -> String {
    sources(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// `error` and every source below it.
pub(crate) fn sources<'e>(
    error: &'e (dyn StdError + 'static),
) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&'e (dyn StdError + 'static)| (*error).source())
}

/// A stage that failed on data: which one, in which direction, and why (`source`).
#[derive(Debug, thiserror::Error)]
#[error("cannot {direction} stage {} `{}`", place.index, place.name)]
pub struct StageError {
    place: Place,
    direction: Direction,
    #[source]
    error: CodecError,
}

/// A stage's position in its chain, from 0, and its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) index: usize,
    pub(crate) name: &'static str,
}

impl StageError {
    /// The position of the stage in the chain, from 0.
    pub fn index(&self) -> usize {
        self.place.index
    }

    /// The word of the stage.
    pub fn name(&self) -> &'static str {
        self.place.name
    }

    /// Whether the stage was encoding or decoding.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The kind of the failure.
    pub fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    /// The byte of the stage's input at which it failed, where the stage can tell.
    pub fn offset(&self) -> Option<u64> {
        self.error.offset()
    }

    /// What the stage itself reported.
    pub fn error(&self) -> &CodecError {
        &self.error
    }

    /// What to do about it, if that is known to the stage or to an error below it.
    pub fn help(&self) -> Option<&str> {
        sources(self).find_map(|source| {
            let of_stage = source.downcast_ref::<CodecError>().and_then(CodecError::help);
            of_stage.or_else(|| source.downcast_ref::<ChainError>().and_then(ChainError::help))
        })
    }

    /// The message of this error and of every source below it, joined by `: `, and the help on a line of its own.
    pub fn report(&self) -> String {
        let messages = sources(self).map(|source| match source.downcast_ref::<ChainError>() {
            // Its `Display` has lines of its own for the caret.
            Some(error) => error.message().to_owned(),
            None => source.to_string(),
        });
        let mut report = messages.collect::<Vec<_>>().join(": ");
        if let Some(help) = self.help() {
            report.push_str("\nhelp: ");
            report.push_str(help);
        }
        report
    }

    /// The limit that was passed, if the kind is [`ErrorKind::Limit`].
    pub fn limit(&self) -> Option<Limit> {
        self.error.limit()
    }
}

/// What a stage reports: the kind, a sentence, the byte offset where known, and the backend's own error as `source`.
///
/// A stage knows neither its name nor its position; the chain adds them (see [`StageError`]).
pub struct CodecError(Box<CodecErrorInner>);

struct CodecErrorInner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    offset: Option<u64>,
    help: Option<Cow<'static, str>>,
    limit: Option<Limit>,
    source: Option<Box<dyn StdError + Send + Sync>>,
    /// The stage that failed. The chain sets it once, and whatever the error passes through on its way keeps it.
    place: Option<Place>,
}

impl CodecError {
    /// An error of this kind. The message is lower case, without full stop, and names the numbers.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(CodecErrorInner {
            kind,
            message: message.into(),
            offset: None,
            help: None,
            limit: None,
            source: None,
            place: None,
        }))
    }

    /// The caller's `limit` would be passed.
    pub fn over(limit: Limit, message: impl Into<Cow<'static, str>>) -> Self {
        let mut error = Self::new(ErrorKind::Limit, message);
        error.0.limit = Some(limit);
        error
    }

    /// The system has no memory for `bytes` bytes.
    pub fn no_memory(bytes: usize) -> Self {
        Self::new(ErrorKind::NoMemory, format!("there is no memory for {bytes} bytes"))
    }

    /// The input ended inside `what`.
    pub fn truncated(what: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Truncated, format!("the input ends inside {what}"))
    }

    /// `count` bytes follow the end of `what`.
    pub fn trailing(count: usize, what: impl fmt::Display) -> Self {
        let noun = if count == 1 { "byte follows" } else { "bytes follow" };
        Self::new(ErrorKind::Trailing, format!("{count} {noun} the end of {what}"))
    }

    /// The input breaks the rules of its encoding.
    pub fn corrupt(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Corrupt, message)
    }

    /// A checksum does not match: `stored` is what the input says, `computed` what its data give.
    pub fn checksum(name: &str, stored: impl fmt::LowerHex, computed: impl fmt::LowerHex) -> Self {
        Self::new(
            ErrorKind::Checksum,
            format!("the {name} is {stored:#010x}, but the data give {computed:#010x}"),
        )
    }

    /// The backend, or the stage itself, broke a promise.
    pub fn internal(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// The input is valid, but uses what this stage does not implement.
    pub fn unsupported(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    /// Adds the byte offset in the stage's input at which the error was seen.
    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        self.0.offset = Some(offset);
        self
    }

    /// Adds the backend's own error as `source()`.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds what to do about it: a sentence like the message, as in `decode it by `base64(alphabet=url)``.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Adds what to do about it, if `help` knows.
    #[must_use]
    pub fn with_help_if_any(self, help: Option<impl Into<Cow<'static, str>>>) -> Self {
        match help {
            Some(help) => self.with_help(help),
            None => self,
        }
    }

    /// The kind of the failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The byte of the stage's input at which it failed, where the stage can tell.
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }

    /// What to do about it, if that is known.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// The stage that failed, if it is named.
    pub(crate) fn place(&self) -> Option<Place> {
        self.0.place
    }

    /// Whether the stage that failed is named.
    pub(crate) fn is_placed(&self) -> bool {
        self.0.place.is_some()
    }

    /// The limit that was passed, here or in a source of this error; [`Limit::Bytes`] if the error does not say which.
    /// `None` if the kind is another than [`ErrorKind::Limit`].
    pub fn limit(&self) -> Option<Limit> {
        if self.kind() != ErrorKind::Limit {
            return None;
        }
        let of = |error: &(dyn StdError + 'static)| match error.downcast_ref::<Self>() {
            Some(error) => error.0.limit,
            None => error.downcast_ref::<StageError>().and_then(|error| error.error.0.limit),
        };
        self.0.limit.or_else(|| sources(self).find_map(of)).or(Some(Limit::Bytes))
    }

    /// This error of the stage at `place`, unless a stage was named before.
    pub(crate) fn placed(mut self, place: Place) -> Self {
        self.0.place.get_or_insert(place);
        self
    }

    /// The chain's error: of the stage that was named, else of the one at `place`.
    pub(crate) fn lift(self, place: Place, direction: Direction) -> Error {
        let place = self.0.place.unwrap_or(place);
        match self.into_io() {
            Ok(error) => Error::Io(IoError::new(
                match direction {
                    Direction::Encode => "write the encoded data",
                    Direction::Decode => "read the encoded data",
                },
                error,
            )),
            Err(error) => Error::Stage(StageError { place, direction, error }),
        }
    }

    /// A reader or writer failed, of the caller's or below a stage.
    pub fn io(error: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, "the stream failed").with_source(error)
    }

    fn into_io(self) -> Result<std::io::Error, Self> {
        if self.0.kind == ErrorKind::Io { self.into_source() } else { Err(self) }
    }

    fn into_source<E: StdError + 'static>(self) -> Result<E, Self> {
        let mut inner = self.0;
        match inner.source.take().map(<dyn StdError + Send + Sync>::downcast::<E>) {
            Some(Ok(error)) => Ok(*error),
            Some(Err(source)) => {
                inner.source = Some(source);
                Err(Self(inner))
            }
            None => Err(Self(inner)),
        }
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match self.0.offset {
            Some(offset) => write!(f, " (at byte {offset})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodecError")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("offset", &self.0.offset)
            .field("help", &self.0.help)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for CodecError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// The reader or writer under a stream failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action}")]
pub struct IoError {
    action: &'static str,
    #[source]
    error: std::io::Error,
}

impl IoError {
    pub(crate) fn new(action: &'static str, error: std::io::Error) -> Self {
        Self { action, error }
    }

    /// The kind of the operating system's error.
    pub fn kind(&self) -> std::io::ErrorKind {
        self.error.kind()
    }
}
