//! numpy's dtypes as values: what the bytes of one array element mean.
//!
//! A [`DType`] comes from text ([`DType::parse`]: `<f4`, `<M8[ns]`, `[('a', '<i4'), ('', '|V4')]`), from the
//! descr in a `.npy` header ([`DType::from_descr`] on a [`literal::Literal`]), from a Rust type
//! ([`DType::of`]) or from parts ([`DType::scalar`], [`DType::structure`]). It prints as text that parses to
//! the same dtype (`Display`), and as what `numpy.save` writes ([`DType::descr`]).
//!
//! Sources: [NEP 1](https://numpy.org/neps/nep-0001-npy-format.html) and
//! [`numpy.lib.format`](https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html) for the
//! format, [the array interface](https://numpy.org/doc/stable/reference/arrays.interface.html) for the
//! notation, numpy 2 itself for what neither says. One reader serves headers, chains and parameters. If it is
//! stricter than numpy, the item says so.

mod commas;
mod descr;
mod dict;
mod element;
mod error;
mod fields;
mod kind;
pub mod literal;
mod names;
mod notation;
mod swap;
#[cfg(test)]
mod tests;
mod units;

use std::fmt;
use std::str::FromStr;

pub use element::Element;
pub(crate) use element::{check_items, element_dtype, element_layout};
#[doc(hidden)]
pub use element::{element_field, element_struct};
pub use error::DTypeError;
pub use fields::{Field, Fields};
pub use kind::{ByteOrder, Extension, Kind, TimeBase, TimeUnit};

/// The type of one array element: kind, size and byte order.
///
/// Cheap to clone: a struct's fields are shared. Two dtypes are equal if they print alike.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DType {
    kind: Kind,
    order: ByteOrder,
    itemsize: usize,
}

impl DType {
    /// The greatest itemsize in bytes. It is a C `int` in numpy.
    pub const MAX_ITEMSIZE: usize = i32::MAX.unsigned_abs() as usize;

    /// Reads what `numpy.dtype` reads, as text: a scalar (`<f4`, `|S3`, `>M8[25s]`, `d`), a name (`float32`, `bool`,
    /// `bfloat16`), a list of dtypes (`i2,(2,3)f4`), the descr list of a struct (`[('a', '<i4'), ('', '|V4')]`) or
    /// its dict (`{'names': ['a'], 'formats': ['<i4'], 'offsets': [4], 'itemsize': 8}`).
    ///
    /// Without `<` or `>` the order is this machine's (`f4`, `=f4`, `|f4`, `float32`), and some names and letters have
    /// this machine's size (`int`, `long`, `longdouble`, `l`). Only the names of [`Extension`] are little-endian
    /// everywhere, and take a prefix (`>bfloat16`), for which numpy has no notation. What is printed says both.
    ///
    /// Stricter than numpy: no sub-array outside of a field (`2i4`), for its shape belongs to the array's; no fields that
    /// overlap or are not in the order of their offsets, for which there is no descr; no dict that leaves the offsets to a
    /// C compiler (`aligned`). An unnamed void field is padding, as in a header, where numpy would call it `f0`.
    ///
    /// # Errors
    /// [`DTypeError`]: no dtype, Python objects, or more than [`DType::MAX_ITEMSIZE`] bytes.
    pub fn parse(text: &str) -> Result<Self, DTypeError> {
        descr::parse(text)
    }

    /// The dtype of a descr as it stands in a `.npy` header, as `numpy.lib.format.descr_to_dtype` makes it:
    /// unnamed void fields are padding and vanish, their bytes stay. Its strings are those that [`DType::parse`] reads;
    /// what says no byte order has this machine's.
    ///
    /// Stricter than numpy: a title must be text, and a sub-array outside of a field is refused, for it has no place in
    /// an array's dtype. Fields may be lists, as in JSON.
    ///
    /// # Errors
    /// [`DTypeError`], as [`DType::parse`].
    pub fn from_descr(descr: &literal::Literal) -> Result<Self, DTypeError> {
        descr::from_literal(descr)
    }

    /// The dtype of a Rust type, in this machine's byte order.
    pub fn of<T: Element>() -> Self {
        T::dtype()
    }

    /// A dtype that is not a struct. `itemsize` is in bytes, also for [`Kind::Str`]. `order` counts where
    /// scalars have more than one byte; there, [`ByteOrder::NotApplicable`] means this machine's.
    ///
    /// # Errors
    /// [`DTypeError::ScalarSize`] if the kind has no such size, or is [`Kind::Struct`].
    pub fn scalar(kind: Kind, itemsize: usize, order: ByteOrder) -> Result<Self, DTypeError> {
        let legal = match &kind {
            Kind::Bool => itemsize == 1,
            Kind::Int | Kind::UInt => matches!(itemsize, 1 | 2 | 4 | 8),
            Kind::Float => matches!(itemsize, 2 | 4 | 8),
            Kind::Complex => matches!(itemsize, 8 | 16),
            Kind::LongDouble => itemsize == 16,
            Kind::ComplexLongDouble => itemsize == 32,
            Kind::DateTime(_) | Kind::TimeDelta(_) => itemsize == 8,
            Kind::Bytes | Kind::Void => itemsize <= Self::MAX_ITEMSIZE,
            Kind::Str => itemsize.is_multiple_of(4) && itemsize <= Self::MAX_ITEMSIZE,
            Kind::Extension(extension) => itemsize == extension.itemsize(),
            Kind::Struct(_) => false,
        };
        if !legal {
            return Err(DTypeError::ScalarSize { kind, itemsize });
        }
        Ok(Self::known(kind, itemsize, order))
    }

    /// A struct of `fields` and of `itemsize` bytes, padding included.
    ///
    /// # Errors
    /// [`DTypeError`] if the fields are not in the order of their offsets, overlap, or end after `itemsize`;
    /// if two share a name or title; if an unnamed one is void or a sub-array, which is how a descr says
    /// padding; if the struct is larger than [`DType::MAX_ITEMSIZE`]; or if its descr would nest deeper than a
    /// header may. (numpy has overlapping and unordered fields too, but no descr for them.)
    pub fn structure(fields: Vec<Field>, itemsize: usize) -> Result<Self, DTypeError> {
        let fields = Fields::new(fields, itemsize)?;
        Ok(Self::known(Kind::Struct(fields), itemsize, ByteOrder::NotApplicable))
    }

    /// A dtype whose size is known to suit its kind; says what order the kind can have.
    pub(super) fn known(kind: Kind, itemsize: usize, order: ByteOrder) -> Self {
        let mut dtype = Self { kind, order, itemsize };
        dtype.order = match (dtype.swap_width(), order) {
            (None | Some(1), _) => ByteOrder::NotApplicable,
            (Some(_), ByteOrder::NotApplicable) => ByteOrder::NATIVE,
            (Some(_), order) => order,
        };
        dtype
    }

    /// What the bytes mean.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Bytes of one element. Zero is legal: `|V0`, `|S0`, `<U0`, `[]`.
    pub fn itemsize(&self) -> usize {
        self.itemsize
    }

    /// The byte order of the scalars; of a struct [`ByteOrder::NotApplicable`], for each field has its own.
    pub fn byte_order(&self) -> ByteOrder {
        self.order
    }

    /// The fields of a struct.
    pub fn fields(&self) -> Option<&Fields> {
        if let Kind::Struct(fields) = &self.kind { Some(fields) } else { None }
    }

    /// Bytes of the unit that a change of byte order reverses: 4 for `<f4`, `<c8` and `<U9`, 1 if nothing
    /// is reversed. Nothing for a struct, whose fields each have their own.
    pub fn swap_width(&self) -> Option<usize> {
        Some(match &self.kind {
            Kind::Bool | Kind::Bytes | Kind::Void => 1,
            Kind::Complex | Kind::ComplexLongDouble => self.itemsize / 2,
            Kind::Str => 4,
            Kind::Int | Kind::UInt | Kind::Float | Kind::LongDouble => self.itemsize,
            Kind::DateTime(_) | Kind::TimeDelta(_) | Kind::Extension(_) => self.itemsize,
            Kind::Struct(_) => return None,
        })
    }

    /// The alignment in bytes that suits the scalars; 1 for bytes, void and structs. A hint: payloads are
    /// read and written at any address.
    pub fn alignment(&self) -> usize {
        self.swap_width().unwrap_or(1)
    }

    /// Whether every scalar is in this machine's byte order (or has none).
    pub fn is_native(&self) -> bool {
        match &self.kind {
            Kind::Struct(fields) => fields.iter().all(|field| field.dtype().is_native()),
            _ => matches!(self.order, ByteOrder::NotApplicable | ByteOrder::NATIVE),
        }
    }

    /// The same dtype with all scalars, also in fields, in `order`. [`ByteOrder::NotApplicable`] changes
    /// nothing. See [`DType::convert_in_place`] for the payload.
    #[must_use]
    pub fn with_byte_order(&self, order: ByteOrder) -> Self {
        match (&self.kind, order) {
            (_, ByteOrder::NotApplicable) => self.clone(),
            (Kind::Struct(fields), _) => Self {
                kind: Kind::Struct(fields.map_dtypes(|dtype| dtype.with_byte_order(order))),
                ..self.clone()
            },
            (kind, _) => Self::known(kind.clone(), self.itemsize, order),
        }
    }

    /// The descr that `numpy.save` puts into a header, as Python prints it: `'<f4'` with its quotes, or
    /// `[('a', '<i4'), ('', '|V4')]`.
    ///
    /// [`Extension`] scalars come out as void, `'<V2'` or `'<V1'`, and are void when read back; their names are read, but
    /// `numpy.save` does not write them. (numpy writes
    /// `'<f1'` for `float8_e5m2`, which nothing reads, numpy included.)
    pub fn descr(&self) -> String {
        descr::Printed(self, notation::Notation::Header).to_string()
    }

    /// [`DType::descr`] as a value.
    pub fn to_descr(&self) -> literal::Literal {
        descr::to_literal(self, notation::Notation::Header)
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Struct(_) => descr::Printed(self, notation::Notation::Chain).fmt(f),
            _ => f.pad(&notation::print(self, notation::Notation::Chain)),
        }
    }
}

impl fmt::Debug for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DType({self})")
    }
}

/// As [`DType::parse`].
impl FromStr for DType {
    type Err = DTypeError;

    fn from_str(text: &str) -> Result<Self, DTypeError> {
        Self::parse(text)
    }
}
