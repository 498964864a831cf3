//! [`ChainError`]: what is wrong in the text of a chain, where, and what to do about it.

use std::error::Error as StdError;
use std::fmt;
use std::ops::Range;

use crate::printable::is_printable;

/// A place in the text of a chain: a range of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// From `start` to before `end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    pub(crate) fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// What is wrong in the text of a chain.
///
/// `Display` prints the message, the text with a caret under the place, and the help, each on lines of their own.
#[derive(Clone, PartialEq, Eq)]
pub struct ChainError(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    kind: ChainErrorKind,
    text: String,
    span: Span,
    message: String,
    help: Option<String>,
}

/// The kind of mistake in the text of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChainErrorKind {
    /// The text does not follow the grammar.
    Syntax,
    /// The text, the number of stages or the nesting passes a limit.
    TooLong,
    /// No stage has this name.
    UnknownStage,
    /// The stage exists, but this build was made without it.
    NotBuilt,
    /// The stage exists, but the registry that the chain was parsed with was made without it, or data named it that may not.
    NotAllowed,
    /// Two packages brought a stage of this name.
    DuplicateStage,
    /// A stage stands where its kind may not.
    Order,
    /// The stage has no such parameter.
    UnknownParam,
    /// The parameter was given before.
    RepeatedParam,
    /// The parameter must be given.
    MissingParam,
    /// The value is not one that the parameter takes.
    Value,
    /// The parameters are fine one by one, but not together.
    Conflict,
}

impl ChainError {
    pub(crate) fn new(kind: ChainErrorKind, text: &str, span: Span, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, text: text.to_owned(), span, message: message.into(), help: None }))
    }

    pub(crate) fn with_help(mut self, help: impl Into<Option<String>>) -> Self {
        self.0.help = help.into();
        self
    }

    /// The kind of mistake.
    pub fn kind(&self) -> ChainErrorKind {
        self.0.kind
    }

    /// The text of the chain.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The place in the text, in bytes.
    pub fn span(&self) -> Span {
        self.0.span
    }

    /// What is wrong, in a sentence.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it, if that is known.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// The text on one line, as it is shown above the caret, and the columns under which the caret stands.
    pub fn pointed_line(&self) -> (String, Range<usize>) {
        // Characters that would break the line or hide are shown as a blank, so that columns stay true.
        let show = |c: char| if is_printable(c) { c } else { ' ' };
        let before: String = self.text()[..self.span().start].chars().map(show).collect();
        let marked: String = self.text()[self.span().range()].chars().map(show).collect();
        let after: String = self.text()[self.span().end..].chars().map(show).collect();
        let start = before.chars().count();
        let end = start + marked.chars().count().max(1);
        (format!("{before}{marked}{after}"), start..end)
    }
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if !self.0.text.is_empty() {
            let (line, columns) = self.pointed_line();
            write!(f, "\n  |  {line}\n  |  {:2$}{}", "", "^".repeat(columns.len()), columns.start)?;
        }
        match &self.0.help {
            Some(help) => write!(f, "\nhelp: {help}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What `unwrap` prints should be readable too.
        write!(f, "{:?}: {self}", self.0.kind)
    }
}

impl StdError for ChainError {}
