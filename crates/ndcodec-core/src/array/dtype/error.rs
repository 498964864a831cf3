//! Why something is not a dtype.

use super::Kind;
use super::literal::{self, Literal, LiteralError};
use crate::printable::is_printable;

/// Why a text, a descr or a list of fields is not a dtype, or a payload is not one of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DTypeError {
    /// No dtype has this text.
    #[error("unknown dtype `{text}`")]
    #[non_exhaustive]
    Unknown {
        /// The text, cut if it is long.
        text: String,
    },
    /// Elements are Python objects. Never wrapped in [`DTypeError::Field`].
    #[error(
        "dtype `{text}` is refused: its elements are Python objects, stored as a pickle, \
         and loading a pickle runs code"
    )]
    #[non_exhaustive]
    PythonObject {
        /// The text, cut if it is long.
        text: String,
    },
    /// A date or duration with an unknown unit.
    #[error(
        "dtype `{text}` has no valid time unit: expected `[`, a count up to 2147483647 that may be left out, \
         one of Y M W D h m s ms us ns ps fs as, and `]`"
    )]
    #[non_exhaustive]
    TimeUnit {
        /// The text, cut if it is long.
        text: String,
    },
    /// `[s/7]`: no smaller unit of which the quotient is a whole count.
    #[error("dtype `{text}` has a time unit that is not a whole count of a smaller one, up to 2147483647")]
    #[non_exhaustive]
    TimeDivisor {
        /// The text, cut if it is long.
        text: String,
    },
    /// Between two commas stands what is not a dtype.
    #[error("dtype `{text}` lists dtypes, and item {index} is not one such as `f4`, `3f4` or `(2,3)f4`")]
    #[non_exhaustive]
    Item {
        /// The place in the list, from 0.
        index: usize,
        /// The text, cut if it is long.
        text: String,
    },
    /// `<2>f4`.
    #[error("dtype `{text}` says its byte order twice, and not alike")]
    #[non_exhaustive]
    ByteOrders {
        /// The text, cut if it is long.
        text: String,
    },
    /// A dict with another key than those of a dtype's.
    #[error(
        "a dtype's dict has the keys `names`, `formats`, `offsets`, `titles`, `itemsize` and `aligned`, and not {found}"
    )]
    #[non_exhaustive]
    DictKey {
        /// What was found, as text for the message.
        found: String,
    },
    /// A value in a dict that is missing or of the wrong kind.
    #[error("`{key}` in a dtype's dict is not {expected}")]
    #[non_exhaustive]
    DictValue {
        /// The key.
        key: &'static str,
        /// What the value must be.
        expected: &'static str,
    },
    /// A scalar is larger than [`DType::MAX_ITEMSIZE`](super::DType::MAX_ITEMSIZE).
    #[error("dtype `{text}` takes more than 2147483647 bytes")]
    #[non_exhaustive]
    TooLarge {
        /// The text, cut if it is long.
        text: String,
    },
    /// The kind has no such size, or is a struct where a scalar is wanted.
    #[error("no scalar of {itemsize} bytes is a {kind:?}")]
    #[non_exhaustive]
    ScalarSize {
        /// The kind.
        kind: Kind,
        /// The itemsize in bytes.
        itemsize: usize,
    },
    /// A descr list is not what Python can read.
    #[error("the descr is not a Python literal")]
    Literal(#[source] LiteralError),
    /// A literal that is neither text nor a list of fields.
    #[error("a descr is a string or a list of fields, found {found}")]
    #[non_exhaustive]
    NotADescr {
        /// What was found, as text for the message.
        found: String,
    },
    /// A field that is not a tuple of a name, a descr and perhaps a shape.
    #[error("field {index} is not a tuple of 2 or 3 items: {found}")]
    #[non_exhaustive]
    FieldForm {
        /// The place in the descr, from 0, padding counted.
        index: usize,
        /// What was found, as text for the message.
        found: String,
    },
    /// A name that is neither a string nor a tuple of title and name.
    #[error("the name of field {index} is neither a string nor a tuple of a title and a name: {found}")]
    #[non_exhaustive]
    FieldName {
        /// The place in the descr, from 0, padding counted.
        index: usize,
        /// What was found, as text for the message.
        found: String,
    },
    /// A field without name that a descr could not tell from padding.
    #[error("field {index} has no name and is void or a sub-array, which a descr takes for padding")]
    #[non_exhaustive]
    UnnamedField {
        /// The place among the fields, from 0.
        index: usize,
    },
    /// Two fields share a name, or a name is a title.
    #[error("the field name or title `{name}` occurs twice")]
    #[non_exhaustive]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// Fields overlap or are not in the order of their offsets.
    #[error("field `{name}` begins at byte {offset}, before the end {end} of the fields before it")]
    #[non_exhaustive]
    Overlap {
        /// The later field.
        name: String,
        /// Its offset in bytes.
        offset: usize,
        /// Where the fields before it end.
        end: usize,
    },
    /// The fields do not fit the struct.
    #[error("the fields end at byte {end}, after the itemsize {itemsize}")]
    #[non_exhaustive]
    FieldsExceedItemsize {
        /// Where the last field ends.
        end: usize,
        /// The itemsize in bytes.
        itemsize: usize,
    },
    /// A struct is larger than [`DType::MAX_ITEMSIZE`](super::DType::MAX_ITEMSIZE).
    #[error("a struct of {itemsize} bytes, more than 2147483647")]
    #[non_exhaustive]
    StructTooLarge {
        /// The itemsize in bytes, or the sum of the first fields that exceeds the limit.
        itemsize: usize,
    },
    /// Not a shape.
    #[error("a sub-array shape is a non-negative integer or a tuple of them, found {found}")]
    #[non_exhaustive]
    SubArrayShape {
        /// What was found, as text for the message.
        found: String,
    },
    /// A sub-array exceeds numpy's limits.
    #[error(
        "a sub-array of {ndim} dimensions and itemsize {itemsize} exceeds 64 dimensions, \
         2147483647 along one of them, or 2147483647 bytes"
    )]
    #[non_exhaustive]
    SubArrayTooLarge {
        /// The number of its dimensions.
        ndim: usize,
        /// Bytes of one of its elements.
        itemsize: usize,
    },
    /// A sub-array of `|S0`, `<U0`, `|V0` or of empty sub-arrays, for which numpy has no notation.
    #[error("a sub-array of `{dtype}` of shape [{}], which has 0 bytes", listed(shape))]
    #[non_exhaustive]
    SubArrayOfUnsized {
        /// The dtype, cut if it is long.
        dtype: String,
        /// The shape of the inner sub-array; empty if there is none.
        shape: Vec<usize>,
    },
    /// A sub-array as the dtype of an array.
    #[error("a sub-array outside of a struct field: its shape belongs to the array's")]
    BareSubArray,
    /// More nested brackets than a header may have.
    #[error("a descr of more than {} nested brackets", literal::MAX_DEPTH - 1)]
    TooDeep,
    /// An error within a field of a struct; the source says which.
    #[error("in field `{name}`")]
    #[non_exhaustive]
    Field {
        /// The field's name.
        name: String,
        /// What is wrong with it.
        source: Box<DTypeError>,
    },
    /// The payload ends within an element.
    #[error("a payload of {len} bytes is not a multiple of the itemsize {itemsize}")]
    #[non_exhaustive]
    PayloadLength {
        /// Bytes of the payload.
        len: usize,
        /// Bytes of one element.
        itemsize: usize,
    },
}

impl DTypeError {
    /// The same error as met inside a field. Objects stay as they are: callers match on them.
    pub(super) fn in_field(self, name: &str) -> Self {
        match self {
            Self::PythonObject { .. } => self,
            source => Self::Field { name: excerpt(name), source: Box::new(source) },
        }
    }
}

/// Up to 60 characters of a text from outside, on one line.
pub(super) fn excerpt(text: &str) -> String {
    let mut out = String::new();
    for (i, c) in text.chars().enumerate() {
        match c {
            _ if i == 60 => {
                out.push('…');
                break;
            }
            c if !is_printable(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// What a literal is, for messages: in backticks as Python prints it, or what kind of container.
pub(super) fn excerpt_literal(found: &Literal) -> String {
    match found {
        Literal::Str(_) | Literal::Int(_) | Literal::Bool(_) => format!("`{}`", excerpt(&found.to_string())),
        // The length is unbounded.
        other => other.describe().to_owned(),
    }
}

/// The dimensions of a shape, without brackets.
fn listed(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}
