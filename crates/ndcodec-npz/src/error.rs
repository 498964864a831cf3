//! [`NpzError`]: what is wrong, and with which array.

use std::error::Error as StdError;
use std::io;

use ndcodec_core::{CodecError, Error, ErrorKind};
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
    Member {
        /// The member's name in the archive, cut if it is long, with control characters written out.
        member: String,
        /// What is wrong with it.
        source: CodecError,
    },
    /// The `.npy` inside a member, or the array that was to become one.
    #[error("the member `{member}` is no array")]
    Array {
        /// The member's name in the archive, cut if it is long, with control characters written out.
        member: String,
        /// What is wrong with it.
        source: Box<Error>,
    },
    /// There is no array of this name.
    #[error("the archive has no array `{name}`; it has {has}")]
    NoSuchArray {
        /// The name asked for.
        name: String,
        /// The names that there are, as text for the message.
        has: String,
    },
    /// Two arrays of one name.
    #[error("the archive has two arrays of the name `{name}`")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// A name that cannot be used.
    #[error("the name `{name}` is refused: {reason}")]
    Name {
        /// The name, cut if it is long, with control characters written out.
        name: String,
        /// Why, as text for the message.
        reason: &'static str,
    },
}

impl NpzError {
    /// The kind of the failure on data; `None` where the caller asked for what cannot be.
    pub fn kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Archive(source) | Self::Member { source, .. } => Some(source.kind()),
            Self::Array { source, .. } => source.kind(),
            Self::DuplicateName { .. } => Some(ErrorKind::Corrupt),
            Self::NoSuchArray { .. } | Self::Name { .. } => None,
        }
    }

    /// The message of this error and of every source below it, joined by `: `.
    pub fn report(&self) -> String {
        let mut text = self.to_string();
        let mut next = self.source();
        while let Some(error) = next {
            text.push_str(": ");
            text.push_str(&error.to_string());
            next = error.source();
        }
        text
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

/// Up to 60 characters of a name from outside, on one line.
pub(crate) fn shown(name: &str) -> String {
    let mut text: String = name.chars().take(60).flat_map(char::escape_debug).collect();
    if name.chars().nth(60).is_some() {
        text.push('…');
    }
    text
}

/// What the zip crate reports, with the failures of the reader or writer below it told from those of the data.
pub(crate) fn zip_failure(error: ZipError) -> CodecError {
    match error {
        ZipError::Io(error) => io_failure(error),
        ZipError::InvalidArchive(what) => CodecError::corrupt(format!("no valid zip archive: {what}")),
        ZipError::UnsupportedArchive(what) => {
            CodecError::unsupported(format!("a zip archive of an unknown sort: {what}"))
        }
        ZipError::CompressionMethodNotSupported(method) => {
            CodecError::unsupported(format!("zip's method {method} is not known; 0, 8 and 93 are"))
        }
        other => CodecError::corrupt("the zip archive cannot be read").with_source(other),
    }
}

/// Decoders in the zip crate report bad data as I/O errors too; those of the operating system carry its number.
pub(crate) fn io_failure(error: io::Error) -> CodecError {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof, Unsupported};
    if error.raw_os_error().is_some() {
        return CodecError::new(ErrorKind::Io, "reading or writing failed").with_source(error);
    }
    match error.kind() {
        UnexpectedEof => CodecError::truncated("the archive").with_source(error),
        Unsupported => CodecError::unsupported("the member is packed in an unknown way").with_source(error),
        InvalidData | InvalidInput | Other => CodecError::corrupt("the data are damaged").with_source(error),
        _ => CodecError::new(ErrorKind::Io, "reading or writing failed").with_source(error),
    }
}
