//! Descrs: dtypes as Python literals, the form they have in a `.npy` header.
//!
//! The reading side follows `numpy.lib.format.descr_to_dtype`, the printing side `dtype.descr`. A string may be any that
//! `numpy.dtype` reads.

use std::fmt;

use super::error::{excerpt, excerpt_literal};
use super::fields::Cell;
use super::literal::{self, Literal, MAX_DEPTH};
use super::notation::{self, Notation};
use super::{DType, DTypeError, Field, Kind, dict};

/// Reads a text: numpy's notation, or where it begins with a bracket a descr list or a dict.
pub(super) fn parse(text: &str) -> Result<DType, DTypeError> {
    if !text.starts_with(['[', '{']) {
        return whole(notation::parse(text)?);
    }
    let literal = literal::parse(text.as_bytes()).map_err(DTypeError::Literal)?;
    Reader { takes_dicts: true, is_aligned: false }.dtype(&literal, 0)
}

/// Reads the descr of a header.
pub(super) fn from_literal(descr: &Literal) -> Result<DType, DTypeError> {
    Reader { takes_dicts: false, is_aligned: false }.dtype(descr, 0)
}

/// The descr of a dtype. Recursion ends: the nesting of a struct is bounded when it is made.
pub(super) fn to_literal(dtype: &DType, notation: Notation) -> Literal {
    let Some(fields) = dtype.fields() else {
        return Literal::Str(notation::print(dtype, notation));
    };
    let mut items = Vec::new();
    let mut end = 0;
    for field in fields.iter() {
        if field.offset() > end {
            items.push(padding(field.offset() - end));
        }
        end = field.offset() + field.size();
        items.push(field_to_literal(field, notation));
    }
    if dtype.itemsize() > end {
        items.push(padding(dtype.itemsize() - end));
    }
    Literal::List(items)
}

fn padding(bytes: usize) -> Literal {
    Literal::Tuple(vec![Literal::Str(String::new()), Literal::Str(format!("|V{bytes}"))])
}

fn name_to_literal(field: &Field) -> Literal {
    let name = Literal::Str(field.name().to_owned());
    match field.title() {
        Some(title) => Literal::Tuple(vec![Literal::Str(title.to_owned()), name]),
        None => name,
    }
}

fn field_to_literal(field: &Field, notation: Notation) -> Literal {
    let name = name_to_literal(field);
    let mut descr = to_literal(field.dtype(), notation);
    let mut shapes: Vec<Literal> = field.cell().shapes().map(shape_to_literal).collect();
    let outermost = shapes.pop();
    for shape in shapes {
        descr = Literal::Tuple(vec![descr, shape]);
    }
    Literal::Tuple([name, descr].into_iter().chain(outermost).collect())
}

/// A dimension is a C `int`, so the conversion is exact.
fn shape_to_literal(shape: &[usize]) -> Literal {
    Literal::Tuple(shape.iter().map(|&dim| Literal::Int(i64::try_from(dim).unwrap_or(i64::MAX))).collect())
}

/// The descr of a dtype as text, a field at a time: the literal of many fields takes many times as much memory.
pub(super) struct Printed<'d>(pub(super) &'d DType, pub(super) Notation);

impl fmt::Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(dtype, notation) = *self;
        let Some(fields) = dtype.fields() else { return to_literal(dtype, notation).fmt(f) };
        let mut separator = "[";
        let mut end = 0;
        for field in fields.iter() {
            if field.offset() > end {
                write!(f, "{separator}{}", padding(field.offset() - end))?;
                separator = ", ";
            }
            end = field.offset() + field.size();
            f.write_str(separator)?;
            separator = ", ";
            Self::field(f, field, notation)?;
        }
        if dtype.itemsize() > end {
            write!(f, "{separator}{}", padding(dtype.itemsize() - end))?;
            separator = ", ";
        }
        f.write_str(if separator == "[" { "[]" } else { "]" })
    }
}

impl Printed<'_> {
    fn field(f: &mut fmt::Formatter<'_>, field: &Field, notation: Notation) -> fmt::Result {
        let mut shapes: Vec<Literal> = field.cell().shapes().map(shape_to_literal).collect();
        let outermost = shapes.pop();
        write!(f, "({}, ", name_to_literal(field))?;
        shapes.iter().try_for_each(|_| f.write_str("("))?;
        write!(f, "{}", Printed(field.dtype(), notation))?;
        shapes.iter().try_for_each(|shape| write!(f, ", {shape})"))?;
        match outermost {
            Some(shape) => write!(f, ", {shape})"),
            None => f.write_str(")"),
        }
    }
}

/// Reads literals.
pub(super) struct Reader {
    /// numpy's header reader takes no dicts; `numpy.dtype` does.
    pub(super) takes_dicts: bool,
    /// Within a dict that says `aligned`, which goes for the structs in it too: these must say where their fields are.
    pub(super) is_aligned: bool,
}

/// `depth` is the number of brackets already open.
impl Reader {
    fn dtype(&self, descr: &Literal, depth: usize) -> Result<DType, DTypeError> {
        whole(self.cell(descr, depth)?)
    }

    /// What a field holds: a dtype, or a sub-array, which is a tuple of a dtype and a shape, or a string of both.
    pub(super) fn cell(&self, descr: &Literal, depth: usize) -> Result<Cell, DTypeError> {
        // Checked here too, for a literal need not come from our parser.
        if depth >= MAX_DEPTH {
            return Err(DTypeError::TooDeep);
        }
        match descr {
            Literal::Tuple(items) => match items.as_slice() {
                [element, shape] => shaped(self.cell(element, depth + 1)?, shape),
                _ => Err(DTypeError::NotADescr { found: excerpt_literal(descr) }),
            },
            Literal::Str(text) => match notation::parse(text)? {
                cell if self.is_aligned && cell.dtype.fields().is_some() => Err(dict::open_offsets()),
                cell => Ok(cell),
            },
            Literal::List(_) if self.is_aligned => Err(dict::open_offsets()),
            Literal::List(fields) => self.structure(fields, depth).map(Cell::new),
            Literal::Dict(_) if self.takes_dicts => dict::structure(self, descr, depth).map(Cell::new),
            _ => Err(DTypeError::NotADescr { found: excerpt_literal(descr) }),
        }
    }

    fn structure(&self, items: &[Literal], depth: usize) -> Result<DType, DTypeError> {
        let mut fields = Vec::new();
        let mut offset = 0_usize;
        for (index, item) in items.iter().enumerate() {
            let parts = match item {
                Literal::Tuple(parts) | Literal::List(parts) => parts.as_slice(),
                _ => &[],
            };
            let (name, descr, shape) = match parts {
                [name, descr] => (name, descr, None),
                [name, descr, shape] => (name, descr, Some(shape)),
                _ => {
                    return Err(DTypeError::FieldForm { index, found: excerpt_literal(item) });
                }
            };
            let (title, name) = title_and_name(name)
                .ok_or_else(|| DTypeError::FieldName { index, found: excerpt_literal(name) })?;
            let cell = self.cell(descr, depth + 2).and_then(|cell| match shape {
                Some(shape) => shaped(cell, shape),
                None => Ok(cell),
            });
            let cell = cell.map_err(|error| error.in_field(name))?;
            let field = Field::from_cell(name.to_owned(), title.map(str::to_owned), cell, offset);
            // Field by field, lest a long list of large fields overflows before the struct is checked.
            offset = offset.saturating_add(field.size());
            if offset > DType::MAX_ITEMSIZE {
                return Err(DTypeError::StructTooLarge { itemsize: offset });
            }
            if !field.is_padding() {
                fields.push(field);
            }
        }
        DType::structure(fields, offset)
    }
}

/// The dtype of an array, whose elements are not sub-arrays. One of one element is that to numpy's header reader, and so is
/// `('<f4', ())`.
fn whole(cell: Cell) -> Result<DType, DTypeError> {
    if cell.shape.iter().all(|&dim| dim == 1) { Ok(cell.dtype) } else { Err(DTypeError::BareSubArray) }
}

/// The sub-array `(cell, shape)`. As in numpy, an integer after `|S0`, `<U0` or `|V0` is its size.
pub(super) fn shaped(cell: Cell, shape: &Literal) -> Result<Cell, DTypeError> {
    let invalid = || DTypeError::SubArrayShape { found: excerpt_literal(shape) };
    let dim = |literal: &Literal| shape_dim(literal).ok_or_else(invalid);
    match shape {
        Literal::Int(_) if cell.is_unsized() && cell.ndims.is_empty() => {
            let width = if matches!(cell.dtype.kind(), Kind::Str) { 4 } else { 1 };
            let itemsize = dim(shape)?.saturating_mul(width);
            if itemsize > DType::MAX_ITEMSIZE {
                let text = format!("({}, {shape})", cell.dtype);
                return Err(DTypeError::TooLarge { text: excerpt(&text) });
            }
            Ok(Cell::new(DType::known(cell.dtype.kind().clone(), itemsize, cell.dtype.byte_order())))
        }
        Literal::Int(_) => cell.with_shape(&[dim(shape)?]),
        // An empty list is a type to numpy, and no shape.
        Literal::List(dims) if dims.is_empty() => Err(invalid()),
        Literal::Tuple(dims) | Literal::List(dims) => {
            cell.with_shape(&dims.iter().map(dim).collect::<Result<Vec<_>, _>>()?)
        }
        _ => Err(invalid()),
    }
}

/// An integer that is no less than zero.
pub(super) fn shape_dim(literal: &Literal) -> Option<usize> {
    literal.as_int().and_then(|dim| usize::try_from(dim).ok())
}

fn title_and_name(literal: &Literal) -> Option<(Option<&str>, &str)> {
    match literal {
        Literal::Str(name) => Some((None, name)),
        Literal::Tuple(parts) => match parts.as_slice() {
            [Literal::None, Literal::Str(name)] => Some((None, name)),
            [Literal::Str(title), Literal::Str(name)] => Some((Some(title), name)),
            _ => None,
        },
        _ => None,
    }
}
