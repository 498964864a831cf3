//! numpy's strings of several dtypes, and of one with a shape before it: `i2,f4`, `3f4`, `(2,3)<f8, U2`.
//!
//! It follows `_commastring` in numpy's `_core/_internal.py`. What has a comma behind it is a struct with fields `f0`, `f1`
//! and so on; else it is a sub-array.

use std::fmt;

use super::error::excerpt;
use super::fields::{Cell, Field};
use super::literal::Literal;
use super::{ByteOrder, DType, DTypeError, descr, notation};

/// Whether numpy takes a text for such a string: it begins with a digit or `()`, or has a comma outside of `[…]`.
pub(super) fn are_in(text: &str) -> bool {
    let rest = text.strip_prefix(ORDERS).unwrap_or(text);
    if rest.starts_with(|c: char| c.is_ascii_digit()) || rest.starts_with("()") {
        return true;
    }
    let mut depth = 0_i64;
    text.bytes().any(|byte| {
        match byte {
            b'[' => depth += 1,
            b']' => depth -= 1,
            _ => {}
        }
        byte == b',' && depth == 0
    })
}

/// Reads such a string.
pub(super) fn parse(text: &str) -> Result<Cell, DTypeError> {
    let mut fields: Vec<Field> = Vec::new();
    let mut offset = 0_usize;
    let mut rest = text;
    loop {
        let index = fields.len();
        let (item, after) = Item::split(rest);
        let blank = after.trim_start_matches(is_space);
        let next = blank.strip_prefix(',');
        if next.is_none() && !blank.is_empty() {
            return Err(DTypeError::Item { index, text: excerpt(text) });
        }
        rest = next.unwrap_or_default().trim_start_matches(is_space);
        // numpy leaves out a last item that comes to nothing, such as `|`.
        if rest.is_empty() && index > 0 && item.is_nothing() {
            return DType::structure(fields, offset).map(Cell::new);
        }
        let name = format!("f{index}");
        let cell = match item.cell() {
            Ok(cell) if next.is_none() && index == 0 => return Ok(cell),
            Err(error) if next.is_none() && index == 0 => return Err(error),
            cell => cell.map_err(|error| error.in_field(&name))?,
        };
        let field = Field::from_cell(name, None, cell, offset);
        // Field by field, lest a long list of large fields overflows before the struct is checked.
        offset = offset.saturating_add(field.size());
        if offset > DType::MAX_ITEMSIZE {
            return Err(DTypeError::StructTooLarge { itemsize: offset });
        }
        fields.push(field);
        if rest.is_empty() {
            return DType::structure(fields, offset).map(Cell::new);
        }
    }
}

const ORDERS: [char; 4] = ['<', '>', '|', '='];

/// One of the dtypes: `>(2,3)<f4` in its parts, each of which may be empty.
struct Item<'t> {
    outer: &'t str,
    shape: &'t str,
    inner: &'t str,
    dtype: &'t str,
}

impl<'t> Item<'t> {
    /// What numpy's `format_re` matches at the start of a text, and the rest.
    fn split(text: &'t str) -> (Self, &'t str) {
        let (outer, rest) = order(text);
        let after = rest.trim_start_matches(' ');
        let after = after.strip_prefix('(').unwrap_or(after);
        let after = after.trim_start_matches([' ', ',', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
        let after = after.strip_prefix(')').unwrap_or(after).trim_start_matches(' ');
        let shape = before(rest, after);
        let (inner, rest) = order(after);
        let mut after =
            rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '?'));
        if let Some((unit, behind)) = after.strip_prefix('[').and_then(|unit| unit.split_once(']'))
            && !unit.is_empty()
            && unit.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ',' | '.'))
        {
            after = behind;
        }
        (Self { outer, shape, inner, dtype: before(rest, after) }, after)
    }

    fn cell(&self) -> Result<Cell, DTypeError> {
        if self.dtype.is_empty() {
            return Err(DTypeError::Unknown { text: excerpt(&self.to_string()) });
        }
        // This ends: what stands after a shape is shorter, and without a shape it is one dtype.
        let cell = notation::parse(&format!("{}{}", self.order()?, self.dtype))?;
        if self.shape.is_empty() {
            return Ok(cell);
        }
        let invalid = || DTypeError::SubArrayShape { found: format!("`{}`", excerpt(self.shape)) };
        descr::shaped(cell, &shape(self.shape).ok_or_else(invalid)?)
    }

    fn is_nothing(&self) -> bool {
        self.shape.is_empty() && self.dtype.is_empty() && self.order() == Ok("")
    }

    /// The one order that is said, before or after the shape. Nothing for this machine's, so that a name may stand behind
    /// it, which cannot be in another.
    fn order(&self) -> Result<&'t str, DTypeError> {
        let native = if ByteOrder::NATIVE == ByteOrder::Big { ">" } else { "<" };
        let plain = |order: &'t str| if order == "=" { native } else { order };
        let said = match (plain(self.outer), plain(self.inner)) {
            (order, "") | ("", order) => order,
            (outer, inner) if outer == inner => outer,
            _ => {
                return Err(DTypeError::ByteOrders { text: excerpt(&self.to_string()) });
            }
        };
        Ok(if said == native || said == "|" { "" } else { said })
    }
}

impl fmt::Display for Item<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}{}", self.outer, self.shape, self.inner, self.dtype)
    }
}

fn order(text: &str) -> (&str, &str) {
    text.split_at(usize::from(text.starts_with(ORDERS)))
}

/// What stands before `rest`, which is the end of `text`.
fn before<'t>(text: &'t str, rest: &str) -> &'t str {
    text.get(..text.len() - rest.len()).unwrap_or_default()
}

/// A shape as Python reads it: a number, or numbers with commas, with or without parentheses around them.
fn shape(text: &str) -> Option<Literal> {
    let text = text.trim_matches(' ');
    let inside = match text.strip_prefix('(') {
        Some(inside) => {
            let inside = inside.strip_suffix(')')?.trim_matches(' ');
            if inside.is_empty() {
                return Some(Literal::Tuple(Vec::new()));
            }
            inside
        }
        None => text,
    };
    if !inside.contains(',') {
        return dim(inside);
    }
    let dims = inside.strip_suffix(',').unwrap_or(inside).split(',');
    dims.map(|text| dim(text.trim_matches(' '))).collect::<Option<_>>().map(Literal::Tuple)
}

fn dim(text: &str) -> Option<Literal> {
    let is_plain = text == "0" || !text.starts_with('0') || text.bytes().all(|byte| byte == b'0');
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain && is_digits { text.parse().ok().map(Literal::Int) } else { None }
}

/// A blank to Python's `\s`.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\x1c'..='\x1f')
}
