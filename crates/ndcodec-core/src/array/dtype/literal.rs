//! Python literals: the grammar of a `.npy` header and of a descr list, read without evaluating anything.
//!
//! What `ast.literal_eval` reads is read, but for floats, complex numbers, sets, `...`, and characters by their names
//! (`\N{…}`), which no header needs, and integers beyond 64 bits. Names, calls and operators are refused, and so nothing
//! here can run code.

mod parser;
mod repr;
mod strings;

use parser::{Charset, Parser};

/// How many brackets may stand inside each other. numpy's own headers nest five or six deep.
pub const MAX_DEPTH: usize = 64;

/// A Python literal.
///
/// `Display` prints it as Python's `repr` does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Literal {
    /// `'text'`, in any of Python's spellings: `u'…'`, `r'…'`, in three quotes, several side by side.
    Str(String),
    /// `b'bytes'`, in any of Python's spellings.
    Bytes(Vec<u8>),
    /// An integer that fits 64 bits, in base 10, 16, 8 or 2; in Latin-1 text also with Python 2's `L` suffix.
    Int(i64),
    /// `True` or `False`. Python takes these for 1 and 0; numpy's header reader does not, nor do we.
    Bool(bool),
    /// `None`.
    None,
    /// `(1, 2)`.
    Tuple(Vec<Literal>),
    /// `[1, 2]`.
    List(Vec<Literal>),
    /// `{'key': value}` in the order of the text. Of equal keys the last value counts and the first place,
    /// as in Python; a key stands here once.
    Dict(Vec<(Literal, Literal)>),
}

/// Reads one literal from UTF-8 text, as in a `.npy` header of version 3. Blanks, newlines and `#` comments
/// may stand around and between tokens; anything else after the literal is an error.
///
/// # Errors
/// [`LiteralError`] with the offset into `text`: the text is not a literal of the subset above, or nests deeper
/// than [`MAX_DEPTH`].
pub fn parse(text: &[u8]) -> Result<Literal, LiteralError> {
    Parser::new(text, Charset::Utf8).document()
}

/// Reads one literal from Latin-1 text, as in a `.npy` header of version 1 or 2, where every byte of a string
/// is one character.
///
/// # Errors
/// As [`parse`].
pub fn parse_latin1(text: &[u8]) -> Result<Literal, LiteralError> {
    Parser::new(text, Charset::Latin1).document()
}

impl Literal {
    /// The text of a [`Literal::Str`].
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }

    /// The value of a [`Literal::Int`].
    pub fn as_int(&self) -> Option<i64> {
        if let Self::Int(value) = self { Some(*value) } else { None }
    }

    /// The value of a [`Literal::Bool`].
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The items of a [`Literal::Tuple`].
    pub fn as_tuple(&self) -> Option<&[Literal]> {
        if let Self::Tuple(items) = self { Some(items) } else { None }
    }

    /// The pairs of a [`Literal::Dict`].
    pub fn as_dict(&self) -> Option<&[(Literal, Literal)]> {
        if let Self::Dict(pairs) = self { Some(pairs) } else { None }
    }

    /// The value under a string key of a [`Literal::Dict`].
    pub fn get(&self, key: &str) -> Option<&Literal> {
        self.as_dict()?.iter().find(|(k, _)| k.as_str() == Some(key)).map(|(_, value)| value)
    }

    /// What it is, with an article, for error messages: `a dict`.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Str(_) => "a string",
            Self::Bytes(_) => "a byte string",
            Self::Int(_) => "an integer",
            Self::Bool(_) => "a bool",
            Self::None => "`None`",
            Self::Tuple(_) => "a tuple",
            Self::List(_) => "a list",
            Self::Dict(_) => "a dict",
        }
    }

    fn is_hashable(&self) -> bool {
        match self {
            Self::List(_) | Self::Dict(_) => false,
            Self::Tuple(items) => items.iter().all(Self::is_hashable),
            _ => true,
        }
    }
}

/// Why a text is not a literal, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {offset}")]
#[non_exhaustive]
pub struct LiteralError {
    /// Offset in bytes into the text that was parsed.
    pub offset: usize,
    /// What stands there.
    pub what: LiteralFault,
}

/// What is wrong with a text that should be a literal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LiteralFault {
    /// The text ends inside a literal, or is blank.
    #[error("unexpected end of text")]
    UnexpectedEnd,
    /// A byte that cannot stand here.
    #[error("unexpected `{}`", .0.escape_ascii())]
    Unexpected(u8),
    /// A word other than `True`, `False` and `None`: names and calls are not evaluated.
    #[error("a name other than `True`, `False` and `None`")]
    Name,
    /// A float, a leading zero, an underscore in the wrong place.
    #[error("a number that is not an integer")]
    Number,
    /// An integer outside of the range of `i64`.
    #[error("an integer that does not fit 64 bits")]
    IntRange,
    /// No closing quote before the line ends, or of three quotes the text. The offset is the opening quote's.
    #[error("a string that does not end, or not on its line")]
    UnterminatedString,
    /// A backslash that begins `\x`, `\u` or `\U` without its digits, a character's name, or nothing.
    #[error("an incomplete escape, or a character by its name")]
    Escape,
    /// An escape for half of a surrogate pair or for a value above U+10FFFF.
    #[error("an escape for no Unicode character")]
    NotACharacter,
    /// A byte of 0x80 or more in `b'…'`, where Python wants an escape.
    #[error("a non-ASCII byte in a byte string")]
    NonAsciiBytes,
    /// `'a' b'b'`.
    #[error("a string and a byte string side by side")]
    MixedStrings,
    /// Bytes that are not UTF-8.
    #[error("a string that is not UTF-8")]
    NotUtf8,
    /// A dict key that holds a list or a dict. The offset is the key's.
    #[error("a dict key that holds a list or a dict")]
    UnhashableKey,
    /// Brackets nest deeper than [`MAX_DEPTH`].
    #[error("more than {MAX_DEPTH} nested brackets")]
    TooDeep,
    /// Something follows the literal.
    #[error("text after the end of the literal")]
    Trailing,
}
