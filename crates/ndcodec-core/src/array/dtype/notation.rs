//! numpy's notation of dtypes that are no structs: `<f4`, `|S3`, `<M8[25s]`, `float32`.

use super::error::excerpt;
use super::{ByteOrder, DType, DTypeError, Extension, Kind, TimeBase, TimeUnit};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    /// A `.npy` header, read on another machine than it was written on: the byte order must be said, and
    /// there are no names. Extension scalars are void.
    Header,
    /// The chain language: where no byte order is said it is this machine's.
    Chain,
}

/// Reads one dtype that is no struct.
pub(super) fn parse(text: &str, notation: Notation) -> Result<DType, DTypeError> {
    let (prefix, rest) = match text.as_bytes().first() {
        Some(&prefix @ (b'<' | b'>' | b'|' | b'=')) => (Some(prefix), text.get(1..).unwrap_or_default()),
        _ => (None, text),
    };
    if is_object(rest, prefix.is_some()) {
        return Err(DTypeError::PythonObject { text: excerpt(text) });
    }
    let said = match prefix {
        Some(b'<') => ByteOrder::Little,
        Some(b'>') => ByteOrder::Big,
        _ => ByteOrder::NotApplicable,
    };
    if let (Notation::Chain, Some(extension)) = (notation, extension(rest)) {
        return match prefix {
            Some(b'|' | b'=') => Err(DTypeError::Unknown { text: excerpt(text) }),
            Some(b'>') => Ok(DType::known(Kind::Extension(extension), extension.itemsize(), said)),
            _ => Ok(DType::known(Kind::Extension(extension), extension.itemsize(), ByteOrder::Little)),
        };
    }
    let named = if prefix.is_none() && notation == Notation::Chain { by_name(text)? } else { None };
    let (kind, itemsize) = match named {
        Some(found) => found,
        None => by_code(text, rest)?,
    };
    let dtype = DType::known(kind, itemsize, said);
    let has_order = dtype.byte_order() != ByteOrder::NotApplicable;
    if notation == Notation::Header && has_order && said == ByteOrder::NotApplicable {
        return Err(DTypeError::MissingByteOrder { text: excerpt(text) });
    }
    Ok(dtype)
}

/// Prints a dtype that is no struct.
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

/// The names whose size does not depend on the platform. `float128` is numpy's name for `long double`.
fn by_name(text: &str) -> Result<Option<(Kind, usize)>, DTypeError> {
    Ok(Some(match text {
        "bool" | "bool_" => (Kind::Bool, 1),
        "int8" => (Kind::Int, 1),
        "int16" => (Kind::Int, 2),
        "int32" => (Kind::Int, 4),
        "int64" => (Kind::Int, 8),
        "uint8" => (Kind::UInt, 1),
        "uint16" => (Kind::UInt, 2),
        "uint32" => (Kind::UInt, 4),
        "uint64" => (Kind::UInt, 8),
        "float16" | "half" => (Kind::Float, 2),
        "float32" | "single" => (Kind::Float, 4),
        "float64" | "double" | "float" => (Kind::Float, 8),
        "complex64" => (Kind::Complex, 8),
        "complex128" | "complex" => (Kind::Complex, 16),
        "float128" | "longdouble" => (Kind::LongDouble, 16),
        "complex256" | "clongdouble" => (Kind::ComplexLongDouble, 32),
        _ => {
            return if let Some(unit) = text.strip_prefix("datetime64") {
                Ok(Some((Kind::DateTime(time_unit(unit, text)?), 8)))
            } else if let Some(unit) = text.strip_prefix("timedelta64") {
                Ok(Some((Kind::TimeDelta(time_unit(unit, text)?), 8)))
            } else {
                Ok(None)
            };
        }
    }))
}

/// A kind's letter and its size, or a letter alone that has one. `text` is for errors.
fn by_code(text: &str, rest: &str) -> Result<(Kind, usize), DTypeError> {
    let mut chars = rest.chars();
    let letter = chars.next();
    let tail = chars.as_str();
    if let (Some(letter @ ('M' | 'm')), Some(unit)) = (letter, tail.strip_prefix('8')) {
        let unit = time_unit(unit, text)?;
        return Ok((if letter == 'M' { Kind::DateTime(unit) } else { Kind::TimeDelta(unit) }, 8));
    }
    let unknown = || DTypeError::Unknown { text: excerpt(text) };
    let letter = letter.ok_or_else(unknown)?;
    if tail.is_empty() {
        return by_letter(letter).ok_or_else(unknown);
    }
    if !tail.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(unknown());
    }
    let too_large = || DTypeError::TooLarge { text: excerpt(text) };
    let size = tail.parse::<usize>();
    if matches!(letter, 'S' | 'U' | 'V') {
        let width = if letter == 'U' { 4 } else { 1 };
        let itemsize = size.ok().and_then(|size| size.checked_mul(width)).ok_or_else(too_large)?;
        let kind = match letter {
            'S' => Kind::Bytes,
            'U' => Kind::Str,
            _ => Kind::Void,
        };
        return if itemsize > DType::MAX_ITEMSIZE { Err(too_large()) } else { Ok((kind, itemsize)) };
    }
    let size = size.map_err(|_| unknown())?;
    let kind = match (letter, size) {
        ('b', 1) => Kind::Bool,
        ('i', 1 | 2 | 4 | 8) => Kind::Int,
        ('u', 1 | 2 | 4 | 8) => Kind::UInt,
        ('f', 2 | 4 | 8) => Kind::Float,
        ('f', 16) => Kind::LongDouble,
        ('c', 8 | 16) => Kind::Complex,
        ('c', 32) => Kind::ComplexLongDouble,
        _ => return Err(unknown()),
    };
    Ok((kind, size))
}

/// numpy's one-letter codes, from Python's `struct`. Not `l`, `L`, `p`, `P`, `n`, `N`: their size depends on
/// the platform.
fn by_letter(letter: char) -> Option<(Kind, usize)> {
    Some(match letter {
        '?' => (Kind::Bool, 1),
        'b' => (Kind::Int, 1),
        'h' => (Kind::Int, 2),
        'i' => (Kind::Int, 4),
        'q' => (Kind::Int, 8),
        'B' => (Kind::UInt, 1),
        'H' => (Kind::UInt, 2),
        'I' => (Kind::UInt, 4),
        'Q' => (Kind::UInt, 8),
        'e' => (Kind::Float, 2),
        'f' => (Kind::Float, 4),
        'd' => (Kind::Float, 8),
        'g' => (Kind::LongDouble, 16),
        'F' => (Kind::Complex, 8),
        'D' => (Kind::Complex, 16),
        'G' => (Kind::ComplexLongDouble, 32),
        'M' => (Kind::DateTime(TimeUnit::GENERIC), 8),
        'm' => (Kind::TimeDelta(TimeUnit::GENERIC), 8),
        'c' => (Kind::Bytes, 1),
        'S' => (Kind::Bytes, 0),
        'U' => (Kind::Str, 0),
        'V' => (Kind::Void, 0),
        _ => return None,
    })
}

/// A unit in its brackets, `[25s]`, or nothing. `text` is for errors.
fn time_unit(unit: &str, text: &str) -> Result<TimeUnit, DTypeError> {
    if unit.is_empty() {
        return Ok(TimeUnit::GENERIC);
    }
    let inside = unit.strip_prefix('[').and_then(|unit| unit.strip_suffix(']'));
    let parsed = inside.and_then(|inside| {
        let symbol = inside.trim_start_matches(|c: char| c.is_ascii_digit());
        let count = inside.strip_suffix(symbol)?;
        let count = if count.is_empty() { 1 } else { count.parse().ok()? };
        // Some files have the Greek letter, and numpy takes it.
        let symbol = if symbol == "μs" { "us" } else { symbol };
        let base = TimeBase::ALL.iter().copied().find(|base| base.symbol() == symbol)?;
        TimeUnit::new(count, base)
    });
    parsed.ok_or_else(|| DTypeError::TimeUnit { text: excerpt(text) })
}
