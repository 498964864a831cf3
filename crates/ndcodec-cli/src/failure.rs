//! [`Failure`]: why a command ended early, as an exit status and as text.

use std::error::Error as StdError;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use ndcodec::error::{IoError, Limit};
use ndcodec::npz::NpzError;
use ndcodec::stage::{CodecError, diagnosis};
use ndcodec::{ArrayError, ChainError, Error, ErrorKind};

/// The help for a limit that was passed.
const RAISE_LIMIT: &str = "raise it with `--max-bytes`; `--max-bytes none` lifts every limit";

/// The help for this limit, which was passed.
pub(crate) fn raise(limit: Limit) -> &'static str {
    match limit {
        Limit::Header => "raise it with `--max-header`",
        Limit::Window => "raise it with `--max-window`",
        _ => RAISE_LIMIT,
    }
}

/// Why a command ended early.
#[derive(Debug)]
pub(crate) struct Failure {
    status: Status,
    message: String,
    /// The text of a chain on one line, and the columns to point at.
    place: Option<(String, Range<usize>)>,
    help: Option<String>,
}

/// The exit statuses that are promised to callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// The reader of the output has read enough: no failure of ours.
    BrokenPipe,
    Data,
    Usage,
    Limit,
    Io,
}

impl Status {
    fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Limit | ErrorKind::NoMemory => Self::Limit,
            ErrorKind::Io => Self::Io,
            _ => Self::Data,
        }
    }

    /// What the caller of the program gets.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::BrokenPipe => 0,
            Self::Data => 1,
            Self::Usage => 2,
            Self::Limit => 3,
            Self::Io => 4,
        }
    }
}

impl Failure {
    fn new(status: Status, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), place: None, help: None }
    }

    /// A mistake on the command line that clap cannot see.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Status::Usage, message)
    }

    /// Data called `name` that are not what they should be.
    pub(crate) fn bad(name: &str, problem: impl std::fmt::Display) -> Self {
        Self::new(Status::Data, format!("{name}: {problem}"))
    }

    /// What the library reports of the data called `name`.
    pub(crate) fn data(name: &str, error: &Error) -> Self {
        match error {
            Error::Chain(error) => Self::from(error),
            Error::Io(error) => Self::stream(error),
            Error::Stage(stage) if stage.kind() == ErrorKind::Limit => {
                Self::stage(stage.kind(), name, stage).with_help(raise(stage.limit().unwrap_or(Limit::Bytes)))
            }
            Error::Stage(stage) => Self::stage(stage.kind(), name, stage),
            Error::Array(ArrayError::NoMemory { .. }) => {
                Self::new(Status::Limit, format!("{name}: {}", report(error)))
            }
            other => {
                let failure = Self::new(Status::of(other.kind()), format!("{name}: {}", report(other)));
                Self { help: other.limit().map(raise).or(other.help()).map(str::to_owned), ..failure }
            }
        }
    }

    /// Like [`data`](Self::data) for the `.npy` file that is the input of encoding, and no stage of the user's chain.
    pub(crate) fn npy(name: &str, error: &Error) -> Self {
        match error {
            Error::Stage(stage) => {
                let failure = Self::stage(stage.kind(), name, stage.error());
                if stage.kind() == ErrorKind::Limit {
                    failure.with_help(raise(stage.limit().unwrap_or(Limit::Bytes)))
                } else {
                    failure
                }
            }
            other => Self::data(name, other),
        }
    }

    /// What the library reports of the archive called `name`.
    pub(crate) fn npz(name: &str, error: &NpzError) -> Self {
        let status = Status::of(error.kind());
        let report = error.report();
        let message = report.split_once("\nhelp: ").map_or(&*report, |(message, _)| message);
        let help = error.limit().map(raise).or(error.help()).map(str::to_owned);
        Self { help, ..Self::new(status, format!("{name}: {message}")) }
    }

    /// Some arrays of the archive called `name` were left out; all of them for these limits, or for more than limits.
    pub(crate) fn left_out(name: &str, count: usize, of: usize, limits: &[Limit]) -> Self {
        let noun = if of == 1 { "array" } else { "arrays" };
        let message = format!("{name}: {count} of {of} {noun} cannot be decoded");
        let mut helps: Vec<&str> = limits.iter().map(|limit| raise(*limit)).collect();
        helps.sort_unstable();
        helps.dedup();
        match helps.is_empty() {
            true => Self::new(Status::Data, message),
            false => Self::new(Status::Limit, message).with_help(helps.join(", and ")),
        }
    }

    /// With help if the file `input`, which is not what it should be, went through software that translates line ends. It is
    /// read for that once more, for a stream keeps no more than its beginning.
    pub(crate) fn with_line_ends(self, input: &Path) -> Self {
        /// Enough to tell.
        const MOST: u64 = 16 << 20;
        let is_open = self.help.is_none() && matches!(self.status, Status::Data) && input.is_file();
        let mut bytes = Vec::new();
        let mut read = || File::open(input)?.take(MOST).read_to_end(&mut bytes);
        if !is_open || read().is_err() {
            return self;
        }
        match diagnosis::line_ends_help(&bytes) {
            Some(help) => self.with_help(help),
            None => self,
        }
    }

    /// The arrays in the data called `name` are more than the limit; `how` says by what.
    pub(crate) fn over_limit(name: &str, how: &str, max: usize) -> Self {
        let message = format!("{name}: {how}, more than the limit of {max}");
        Self::new(Status::Limit, message).with_help(RAISE_LIMIT)
    }

    /// The archive called `name` comes through a pipe, and is more than the limit.
    pub(crate) fn archive_over_limit(name: &str, max: usize) -> Self {
        let message = format!("{name}: the archive has more bytes than the limit of {max}");
        Self::new(Status::Limit, message).with_help(RAISE_LIMIT)
    }

    fn stage(kind: ErrorKind, name: &str, error: &(dyn StdError + 'static)) -> Self {
        let status = Status::of(kind);
        let help = sources(error).find_map(|source| {
            let of_stage = source.downcast_ref::<CodecError>().and_then(CodecError::help);
            of_stage.or_else(|| source.downcast_ref::<ChainError>()?.help()).map(str::to_owned)
        });
        Self { help, ..Self::new(status, format!("{name}: {}", report(error))) }
    }

    /// A stream under the library's failed.
    fn stream(error: &IoError) -> Self {
        let message = error.source().map_or_else(|| error.to_string(), report);
        Self::new(io_status(error.kind()), message)
    }

    /// Reading or writing failed, and the error says of which file: see [`named`].
    pub(crate) fn named_io(error: &io::Error) -> Self {
        Self::new(io_status(error.kind()), report(error))
    }

    /// Reading or writing `name` failed.
    pub(crate) fn io(action: &'static str, name: &str, error: io::Error) -> Self {
        Self::named_io(&named(action, name, error))
    }

    /// This failure, in the array of this index among several, of which those before it are written.
    #[must_use]
    pub(crate) fn in_array(mut self, index: usize) -> Self {
        self.message = format!("{} (in array {index}; the {index} before it are written)", self.message);
        self
    }

    #[must_use]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn status(&self) -> Status {
        self.status
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn place(&self) -> Option<(&str, Range<usize>)> {
        self.place.as_ref().map(|(line, columns)| (line.as_str(), columns.clone()))
    }

    pub(crate) fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl From<&ChainError> for Failure {
    fn from(error: &ChainError) -> Self {
        Self {
            place: (!error.text().is_empty()).then(|| error.pointed_line()),
            help: error.help().map(str::to_owned),
            ..Self::new(Status::Usage, error.message())
        }
    }
}

impl From<ChainError> for Failure {
    fn from(error: ChainError) -> Self {
        Self::from(&error)
    }
}

fn io_status(kind: io::ErrorKind) -> Status {
    match kind {
        io::ErrorKind::BrokenPipe => Status::BrokenPipe,
        _ => Status::Io,
    }
}

/// An I/O error that knows which file it is of, for streams that the library reads and writes.
pub(crate) fn named(action: &'static str, name: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), Named { message: format!("cannot {action} {name}"), error })
}

#[derive(Debug)]
struct Named {
    message: String,
    error: io::Error,
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Named {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.error)
    }
}

/// The message of an error and of every source below it, on one line.
fn report(error: &(dyn StdError + 'static)) -> String {
    let messages = sources(error).map(|error| match error.downcast_ref::<ChainError>() {
        // Its `Display` has lines of its own for the caret.
        Some(error) => error.message().to_owned(),
        None => error.to_string(),
    });
    messages.collect::<Vec<_>>().join(": ")
}

fn sources<'e>(error: &'e (dyn StdError + 'static)) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&'e (dyn StdError + 'static)| (*error).source())
}
