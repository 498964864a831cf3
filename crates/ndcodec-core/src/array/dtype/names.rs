//! The names and letters that numpy gives its scalar types: `float32`, `intc`, `d`.

use std::ffi::c_long;

use super::{Kind, TimeUnit};

/// Bytes of C's `long` and of a pointer on this machine. numpy's `int` is as large as a pointer.
const LONG: usize = size_of::<c_long>();
const POINTER: usize = size_of::<isize>();

/// Names that stand alone, without a byte order before them: the keys of numpy's `sctypeDict` and of Python's own types,
/// but for those of one letter, of dates, and of objects.
pub(super) fn by_name(name: &str) -> Option<(Kind, usize)> {
    Some(match name {
        "bool" | "bool_" => (Kind::Bool, 1),
        "int8" | "byte" => (Kind::Int, 1),
        "int16" | "short" => (Kind::Int, 2),
        "int32" | "intc" => (Kind::Int, 4),
        "int64" | "longlong" => (Kind::Int, 8),
        "long" => (Kind::Int, LONG),
        "int" | "int_" | "intp" => (Kind::Int, POINTER),
        "uint8" | "ubyte" => (Kind::UInt, 1),
        "uint16" | "ushort" => (Kind::UInt, 2),
        "uint32" | "uintc" => (Kind::UInt, 4),
        "uint64" | "ulonglong" => (Kind::UInt, 8),
        "ulong" => (Kind::UInt, LONG),
        "uint" | "uintp" => (Kind::UInt, POINTER),
        "float16" | "half" => (Kind::Float, 2),
        "float32" | "single" => (Kind::Float, 4),
        "float64" | "double" | "float" => (Kind::Float, 8),
        "complex64" | "csingle" => (Kind::Complex, 8),
        "complex128" | "cdouble" | "complex" => (Kind::Complex, 16),
        // numpy has these two where its `longdouble` is of this size, and others have the files.
        "float128" => (Kind::LongDouble, 16),
        "complex256" => (Kind::ComplexLongDouble, 32),
        "longdouble" => return long_double(),
        "clongdouble" => return long_double_complex(),
        // `a` is what numpy called `S` before version 2.
        "bytes" | "bytes_" | "a" => (Kind::Bytes, 0),
        "str" | "str_" | "unicode" => (Kind::Str, 0),
        "void" => (Kind::Void, 0),
        _ => return None,
    })
}

/// numpy's one-letter codes, most of them from Python's `struct`.
pub(super) fn by_letter(letter: char) -> Option<(Kind, usize)> {
    Some(match letter {
        '?' => (Kind::Bool, 1),
        'b' => (Kind::Int, 1),
        'h' => (Kind::Int, 2),
        'i' => (Kind::Int, 4),
        'l' => (Kind::Int, LONG),
        'q' => (Kind::Int, 8),
        'n' | 'p' => (Kind::Int, POINTER),
        'B' => (Kind::UInt, 1),
        'H' => (Kind::UInt, 2),
        'I' => (Kind::UInt, 4),
        'L' => (Kind::UInt, LONG),
        'Q' => (Kind::UInt, 8),
        'N' | 'P' => (Kind::UInt, POINTER),
        'e' => (Kind::Float, 2),
        'f' => (Kind::Float, 4),
        'd' => (Kind::Float, 8),
        'g' => return long_double(),
        'F' => (Kind::Complex, 8),
        'D' => (Kind::Complex, 16),
        'G' => return long_double_complex(),
        'M' => (Kind::DateTime(TimeUnit::GENERIC), 8),
        'm' => (Kind::TimeDelta(TimeUnit::GENERIC), 8),
        'c' => (Kind::Bytes, 1),
        'S' => (Kind::Bytes, 0),
        'U' => (Kind::Str, 0),
        'V' => (Kind::Void, 0),
        _ => return None,
    })
}

/// C's `long double` on this machine: a `double` for Microsoft's compiler, Apple's own processors and 32-bit Arm. The 12
/// bytes of 32-bit x86 are not a type of ours.
fn long_double() -> Option<(Kind, usize)> {
    const IS_DOUBLE: bool = cfg!(any(
        target_env = "msvc",
        all(target_vendor = "apple", target_arch = "aarch64"),
        target_arch = "arm"
    ));
    match (IS_DOUBLE, cfg!(target_arch = "x86")) {
        (true, _) => Some((Kind::Float, 8)),
        (false, true) => None,
        (false, false) => Some((Kind::LongDouble, 16)),
    }
}

fn long_double_complex() -> Option<(Kind, usize)> {
    long_double().map(|(kind, size)| match kind {
        Kind::LongDouble => (Kind::ComplexLongDouble, 2 * size),
        _ => (Kind::Complex, 2 * size),
    })
}
