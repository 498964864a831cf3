//! numpy's notation of dtypes as text: `<f4`, `|S3`, `<M8[25s]`, `float32`.
//!
//! It follows `_convert_from_str` in numpy's `descriptor.c`, which reads headers, chains and `numpy.dtype("…")` alike. What
//! has commas or begins with a number is [`commas`]'.

use super::error::excerpt;
use super::fields::Cell;
use super::{ByteOrder, DType, DTypeError, Extension, Kind, TimeUnit, commas, names, units};

/// For whom a dtype is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    /// A `.npy` header, as `numpy.save` writes it: extension scalars are void.
    Header,
    /// The chain language, where extension scalars have names.
    Chain,
}

/// Reads a text; it may be a sub-array (`(2,)f4`) or a struct (`i2,f4`).
pub(super) fn parse(text: &str) -> Result<Cell, DTypeError> {
    if commas::are_in(text) { commas::parse(text) } else { scalar(text).map(Cell::new) }
}

/// Reads one dtype that is neither struct nor sub-array.
fn scalar(text: &str) -> Result<DType, DTypeError> {
    let (prefix, rest) = match text.as_bytes().first() {
        Some(&prefix @ (b'<' | b'>' | b'|' | b'=')) => (Some(prefix), text.get(1..).unwrap_or_default()),
        _ => (None, text),
    };
    if is_object(rest, prefix.is_some()) {
        return Err(DTypeError::PythonObject { text: excerpt(text) });
    }
    let order = match prefix {
        Some(b'<') => ByteOrder::Little,
        Some(b'>') => ByteOrder::Big,
        // What says no order has that of the machine that reads it; so it is in numpy, also with `|`.
        _ => ByteOrder::NotApplicable,
    };
    // Sizes first: most texts are such as `<f8`.
    let mut found = by_code(rest, text)?;
    if found.is_none() {
        found = date(rest, text)?.map(|kind| (kind, 8));
    }
    if found.is_none() && prefix.is_none() {
        found = names::by_name(text);
    }
    if let Some((kind, itemsize)) = found {
        return Ok(DType::known(kind, itemsize, order));
    }
    match (extension(rest), prefix) {
        (None, _) | (_, Some(b'|' | b'=')) => Err(DTypeError::Unknown { text: excerpt(text) }),
        (Some(extension), _) => {
            // Without `>` they are little-endian everywhere.
            let order = if order == ByteOrder::Big { order } else { ByteOrder::Little };
            Ok(DType::known(Kind::Extension(extension), extension.itemsize(), order))
        }
    }
}

/// Prints a dtype that is not a struct.
pub(super) fn print(dtype: &DType, notation: Notation) -> String {
    let (order, itemsize) = (dtype.byte_order(), dtype.itemsize());
    if let Kind::Extension(extension) = dtype.kind() {
        return match (notation, order) {
            (Notation::Chain, ByteOrder::Big) => format!(">{}", extension.name()),
            (Notation::Chain, _) => extension.name().to_owned(),
            (Notation::Header, ByteOrder::Big) => format!(">V{itemsize}"),
            (Notation::Header, _) => format!("<V{itemsize}"),
        };
    }
    let (letter, size, unit) = match dtype.kind() {
        Kind::Bool => ('b', itemsize, None),
        Kind::Int => ('i', itemsize, None),
        Kind::UInt => ('u', itemsize, None),
        Kind::Float | Kind::LongDouble => ('f', itemsize, None),
        Kind::Complex | Kind::ComplexLongDouble => ('c', itemsize, None),
        Kind::DateTime(unit) => ('M', itemsize, Some(unit)),
        Kind::TimeDelta(unit) => ('m', itemsize, Some(unit)),
        Kind::Bytes => ('S', itemsize, None),
        Kind::Str => ('U', itemsize / 4, None),
        Kind::Void | Kind::Struct(_) | Kind::Extension(_) => ('V', itemsize, None),
    };
    let unit = unit.map(TimeUnit::to_string).unwrap_or_default();
    format!("{}{letter}{size}{unit}", order.symbol())
}

/// `O`, with any size that numpy once wrote behind it, or the type's name.
fn is_object(rest: &str, prefixed: bool) -> bool {
    let code = rest.strip_prefix('O').is_some_and(|size| size.bytes().all(|byte| byte.is_ascii_digit()));
    code || !prefixed && matches!(rest, "object" | "object_")
}

fn extension(name: &str) -> Option<Extension> {
    Extension::ALL.iter().copied().find(|extension| extension.name() == name)
}

/// A date or a duration by its code or its name, and its unit. `text` is for errors.
fn date(rest: &str, text: &str) -> Result<Option<Kind>, DTypeError> {
    let after = |code: &str, name: &str| rest.strip_prefix(code).or_else(|| rest.strip_prefix(name));
    if let Some(unit) = after("M8", "datetime64") {
        return units::parse(unit, text).map(|unit| Some(Kind::DateTime(unit)));
    }
    after("m8", "timedelta64").map(|unit| units::parse(unit, text).map(Kind::TimeDelta)).transpose()
}

/// A kind's letter and its size, or a letter alone that has one. `text` is for errors.
fn by_code(rest: &str, text: &str) -> Result<Option<(Kind, usize)>, DTypeError> {
    let mut chars = rest.chars();
    let Some(letter) = chars.next() else { return Ok(None) };
    let tail = chars.as_str();
    if tail.is_empty() {
        return Ok(names::by_letter(letter));
    }
    let is_sized = matches!(letter, 'S' | 'a' | 'U' | 'V');
    let too_large = || DTypeError::TooLarge { text: excerpt(text) };
    if is_sized && tail.bytes().all(|byte| byte.is_ascii_digit()) && tail.parse::<i64>().is_err() {
        return Err(too_large());
    }
    let Some((size, "")) = c_integer(tail) else { return Ok(None) };
    let Ok(size) = usize::try_from(size) else { return Ok(None) };
    if is_sized {
        let width = if letter == 'U' { 4 } else { 1 };
        let kind = match letter {
            'U' => Kind::Str,
            'V' => Kind::Void,
            // `a` is what numpy called `S` before version 2.
            _ => Kind::Bytes,
        };
        let itemsize = size.checked_mul(width).filter(|itemsize| *itemsize <= DType::MAX_ITEMSIZE);
        return itemsize.map(|itemsize| Some((kind, itemsize))).ok_or_else(too_large);
    }
    let kind = match (letter, size) {
        ('b', 1) => Kind::Bool,
        ('i', 1 | 2 | 4 | 8) => Kind::Int,
        ('u', 1 | 2 | 4 | 8) => Kind::UInt,
        ('f', 2 | 4 | 8) => Kind::Float,
        ('f', 16) => Kind::LongDouble,
        ('c', 8 | 16) => Kind::Complex,
        ('c', 32) => Kind::ComplexLongDouble,
        // With a blank or a sign before the 8; else they may have a unit.
        ('M', 8) => Kind::DateTime(TimeUnit::GENERIC),
        ('m', 8) => Kind::TimeDelta(TimeUnit::GENERIC),
        _ => return Ok(None),
    };
    Ok(Some((kind, size)))
}

/// What C's `strtol` reads at the start of a text, with which numpy reads sizes and counts: blanks, a sign, digits. And
/// the rest.
pub(super) fn c_integer(text: &str) -> Option<(i64, &str)> {
    let number = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    let rest = digits.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() == digits.len() {
        return None;
    }
    Some((number.strip_suffix(rest)?.parse().ok()?, rest))
}
