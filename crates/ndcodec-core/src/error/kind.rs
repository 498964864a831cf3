//! [`ErrorKind`] and [`Fault`]: what a program decides by when something failed.

use std::fmt;

/// The kind of a failure. Names and statuses are stable: a kind keeps both in every version.
///
/// | kind | name | fault | HTTP status |
/// | --- | --- | --- | --- |
/// | [`Truncated`](Self::Truncated) | `truncated` | data | 422 |
/// | [`Trailing`](Self::Trailing) | `trailing` | data | 422 |
/// | [`Corrupt`](Self::Corrupt) | `corrupt` | data | 422 |
/// | [`Checksum`](Self::Checksum) | `checksum` | data | 422 |
/// | [`Refused`](Self::Refused) | `refused` | data | 422 |
/// | [`DType`](Self::DType) | `dtype` | data | 422 |
/// | [`Limit`](Self::Limit) | `limit` | limit | 413 |
/// | [`NoMemory`](Self::NoMemory) | `no_memory` | io | 503 |
/// | [`Unsupported`](Self::Unsupported) | `unsupported` | unsupported | 415 |
/// | [`Chain`](Self::Chain) | `chain` | caller | 400 |
/// | [`Array`](Self::Array) | `array` | caller | 422 |
/// | [`Input`](Self::Input) | `input` | caller | 422 |
/// | [`OutputFull`](Self::OutputFull) | `output_full` | caller | 500 |
/// | [`Io`](Self::Io) | `io` | io | 500 |
/// | [`Internal`](Self::Internal) | `internal` | internal | 500 |
///
/// The status is for a service that decodes what a client sent, by a chain that the client may have named: 400 for a line that is
/// no chain, 422 for a message that is well-formed and holds data of which no array can be made (RFC 9110, section 15.5.21).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input ended too early.
    Truncated,
    /// Bytes follow the end of the encoded data.
    Trailing,
    /// The input breaks the rules of its encoding.
    Corrupt,
    /// A checksum does not match its data.
    Checksum,
    /// The input is valid and understood, and refused because reading it is dangerous.
    Refused,
    /// The elements have another dtype than the one that was asked for, or are not values of it.
    DType,
    /// A limit of the caller would be passed: [`CodecError::limit`](crate::CodecError::limit) says which.
    Limit,
    /// The system has no memory for what is within the limits.
    NoMemory,
    /// The input is valid, but uses what this stage does not implement, or a word that this build does not have.
    Unsupported,
    /// The text of the chain is invalid.
    Chain,
    /// The array, its shape, or the rows that were asked for do not fit.
    Array,
    /// The stage cannot encode this input.
    Input,
    /// The caller's buffer is too small for the result.
    OutputFull,
    /// The reader or writer under a stream failed.
    Io,
    /// A stage, its backend or an element type broke a promise, which no input should make it do.
    Internal,
}

/// Who can mend a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The caller: the chain, the array or a buffer is wrong.
    Caller,
    /// The program that made the data: they are damaged, or not what they should be.
    Data,
    /// Nobody: a limit of the caller's was passed. A larger one may help.
    Limit,
    /// Another build or version: the data or the chain need what this one does not have.
    Unsupported,
    /// The system: a reader or writer failed, or there is no memory.
    Io,
    /// The authors of a stage: this is a bug.
    Internal,
}

/// One of the caller's [limits](crate::DecodeLimits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// [`DecodeLimits::max_bytes`](crate::DecodeLimits::max_bytes).
    Bytes,
    /// [`DecodeLimits::max_header`](crate::DecodeLimits::max_header).
    Header,
    /// [`DecodeLimits::max_window`](crate::DecodeLimits::max_window).
    Window,
}

impl Limit {
    /// The name of the field: `max_bytes`, `max_header` or `max_window`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bytes => "max_bytes",
            Self::Header => "max_header",
            Self::Window => "max_window",
        }
    }
}

impl ErrorKind {
    /// All kinds.
    pub const ALL: &'static [Self] = &[
        Self::Truncated,
        Self::Trailing,
        Self::Corrupt,
        Self::Checksum,
        Self::Refused,
        Self::DType,
        Self::Limit,
        Self::NoMemory,
        Self::Unsupported,
        Self::Chain,
        Self::Array,
        Self::Input,
        Self::OutputFull,
        Self::Io,
        Self::Internal,
    ];

    /// A stable name in snake case, for metrics and logs.
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// Who can mend it.
    pub const fn fault(self) -> Fault {
        self.row().1
    }

    /// The HTTP status that a service responds with.
    pub const fn http_status(self) -> u16 {
        self.row().2
    }

    const fn row(self) -> (&'static str, Fault, u16) {
        match self {
            Self::Truncated => ("truncated", Fault::Data, 422),
            Self::Trailing => ("trailing", Fault::Data, 422),
            Self::Corrupt => ("corrupt", Fault::Data, 422),
            Self::Checksum => ("checksum", Fault::Data, 422),
            Self::Refused => ("refused", Fault::Data, 422),
            Self::DType => ("dtype", Fault::Data, 422),
            Self::Limit => ("limit", Fault::Limit, 413),
            Self::NoMemory => ("no_memory", Fault::Io, 503),
            Self::Unsupported => ("unsupported", Fault::Unsupported, 415),
            Self::Chain => ("chain", Fault::Caller, 400),
            Self::Array => ("array", Fault::Caller, 422),
            Self::Input => ("input", Fault::Caller, 422),
            Self::OutputFull => ("output_full", Fault::Caller, 500),
            Self::Io => ("io", Fault::Io, 500),
            Self::Internal => ("internal", Fault::Internal, 500),
        }
    }
}

impl Fault {
    /// A stable name, for metrics and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Data => "data",
            Self::Limit => "limit",
            Self::Unsupported => "unsupported",
            Self::Io => "io",
            Self::Internal => "internal",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_in_the_docs_is_that_of_the_code() {
        let docs = include_str!("kind.rs");
        let rows: Vec<String> = ErrorKind::ALL
            .iter()
            .map(|kind| {
                let (name, fault, status) = kind.row();
                format!("/// | [`{kind:?}`](Self::{kind:?}) | `{name}` | {fault} | {status} |")
            })
            .collect();
        let written: Vec<&str> = docs.lines().filter(|line| line.starts_with("/// | [`")).collect();
        assert_eq!(rows, written);
        let mut names: Vec<&str> = ErrorKind::ALL.iter().map(|kind| kind.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ErrorKind::ALL.len());
    }
}
