//! [`NpzError`]: what is wrong, and with which array.

use std::error::Error as StdError;
use std::io;

use ndcodec_core::{CodecError, Error, ErrorKind, Fault, Limit, StageError};
use zip::result::ZipError;

/// Why an archive could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NpzError {
    /// The archive around the arrays.
    #[error("the archive is not usable")]
    Archive(#[source] CodecError),
    /// The member that holds an array, as the archive keeps it.
    #[error("the member `{member}` is not usable")]
    #[non_exhaustive]
    Member {
        /// The member's name in the archive, cut if it is long, with control characters written out.
        member: String,
        /// What is wrong with it.
        source: CodecError,
    },
    /// The `.npy` inside a member, or the array that was to become one.
    #[error("the member `{member}` is not an array")]
    #[non_exhaustive]
    Array {
        /// The member's name in the archive, cut if it is long, with control characters written out.
        member: String,
        /// What is wrong with it.
        source: Box<Error>,
    },
    /// There is no array of this name.
    #[error("the archive has no array `{name}`; it has {has}")]
    #[non_exhaustive]
    NoSuchArray {
        /// The name asked for.
        name: String,
        /// The names that there are, as text for the message.
        has: String,
    },
    /// Several arrays of one name, so that it is not clear which one is meant.
    #[error("the archive has {count} arrays of the name `{name}`")]
    #[non_exhaustive]
    DuplicateName {
        /// The name, cut if it is long, with control characters written out.
        name: String,
        /// How many there are.
        count: usize,
    },
    /// A name that cannot be used.
    #[error("the name `{name}` is refused: {reason}")]
    #[non_exhaustive]
    Name {
        /// The name, cut if it is long, with control characters written out.
        name: String,
        /// Why, as text for the message.
        reason: &'static str,
    },
}

impl NpzError {
    /// The kind of the failure.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Archive(source) | Self::Member { source, .. } => source.kind(),
            Self::Array { source, .. } => source.kind(),
            Self::DuplicateName { .. } => ErrorKind::Corrupt,
            Self::NoSuchArray { .. } | Self::Name { .. } => ErrorKind::Array,
        }
    }

    /// Who can mend it.
    pub fn fault(&self) -> Fault {
        self.kind().fault()
    }

    /// The limit that was passed, if the kind is [`ErrorKind::Limit`].
    pub fn limit(&self) -> Option<Limit> {
        match self {
            Self::Archive(source) | Self::Member { source, .. } => source.limit(),
            Self::Array { source, .. } => source.limit(),
            _ => None,
        }
    }

    /// What to do about it, if the data tell.
    pub fn help(&self) -> Option<&str> {
        if let Self::Array { source, .. } = self
            && let Error::Array(array) = &**source
        {
            return array.help();
        }
        sources(self).find_map(|source| source.downcast_ref::<CodecError>().and_then(CodecError::help))
    }

    /// The message of this error and of every source below it, joined by `: `, and the [help](Self::help) on a line of its
    /// own. It speaks of archives, and does not mention that the stage `npy` decodes a member.
    pub fn report(&self) -> String {
        let mut text = self.to_string();
        self.add_sources(&mut text);
        if let Some(help) = self.help() {
            text.push_str("\nhelp: ");
            text.push_str(help);
        }
        text
    }

    /// The [report](Self::report) without the name of the member, for a list that has it.
    pub fn reason(&self) -> String {
        let mut text = match self {
            Self::Archive(_) | Self::Member { .. } | Self::Array { .. } => String::new(),
            Self::Name { reason, .. } => (*reason).to_owned(),
            Self::DuplicateName { count, .. } => format!("{count} arrays have this name"),
            Self::NoSuchArray { .. } => "there is no such array".to_owned(),
        };
        self.add_sources(&mut text);
        text
    }

    fn add_sources(&self, text: &mut String) {
        for error in sources(self).filter(|error| !is_stage(*error)) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&error.to_string());
        }
    }

    pub(crate) fn name(name: &str, reason: &'static str) -> Self {
        Self::Name { name: shown(name), reason }
    }

    pub(crate) fn member(member: &str, source: CodecError) -> Self {
        Self::Member { member: shown(member), source }
    }

    pub(crate) fn array(member: &str, source: Error) -> Self {
        Self::Array { member: shown(member), source: Box::new(source) }
    }
}

/// The errors below this one.
fn sources(error: &NpzError) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |error: &&(dyn StdError + 'static)| (*error).source())
}

/// Whether `error` says no more than which stage failed.
fn is_stage(error: &(dyn StdError + 'static)) -> bool {
    let boxed = error.downcast_ref::<Box<Error>>().map(|error| &**error);
    error.is::<StageError>() || matches!(boxed.or(error.downcast_ref()), Some(Error::Stage(_)))
}

/// Up to 60 characters of a name from outside, on one line.
pub(crate) fn shown(name: &str) -> String {
    let mut text: String = name.chars().take(60).flat_map(char::escape_debug).collect();
    if name.chars().nth(60).is_some() {
        text.push('…');
    }
    text
}

/// What is wrong with an archive, in words that name no record of the format that its readers never heard of.
pub(crate) fn raw_failure(error: rawzip::Error) -> CodecError {
    use rawzip::ErrorKind as Kind;
    match error.into_kind() {
        Kind::IO(error) => io_failure(error),
        Kind::MissingEndOfCentralDirectory => {
            let message = "it has no directory at its end: it is cut off, or no zip archive";
            CodecError::new(ErrorKind::Truncated, message)
        }
        Kind::Eof => CodecError::truncated("the archive"),
        Kind::InvalidEndOfCentralDirectory => {
            CodecError::corrupt("its end does not say where its directory is, as if bytes were lost or added")
        }
        Kind::InvalidSignature { .. } => {
            CodecError::corrupt("a record is not where the archive says, as if bytes were lost or added")
        }
        other => CodecError::corrupt(format!("it is damaged: {other}")),
    }
}

/// What the writing of an archive reports.
pub(crate) fn zip_failure(error: ZipError) -> CodecError {
    match error {
        ZipError::Io(error) => io_failure(error),
        other => CodecError::new(ErrorKind::Input, "the archive cannot be written").with_source(other),
    }
}

/// Decoders report bad data as I/O errors too; those of the operating system carry its number.
pub(crate) fn io_failure(error: io::Error) -> CodecError {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
    if error.raw_os_error().is_some() {
        return CodecError::new(ErrorKind::Io, "reading or writing failed").with_source(error);
    }
    match error.kind() {
        UnexpectedEof => CodecError::truncated("the archive"),
        InvalidData | InvalidInput | Other => CodecError::corrupt("the data are damaged").with_source(error),
        _ => CodecError::new(ErrorKind::Io, "reading or writing failed").with_source(error),
    }
}
