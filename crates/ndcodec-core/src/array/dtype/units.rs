//! The unit of a date or a duration as numpy reads it: `[s]`, `[25s]`, `[D/24]`.

use super::error::excerpt;
use super::notation::c_integer;
use super::{DTypeError, TimeBase, TimeUnit};

/// Reads a unit in its brackets, or nothing. `text` is for errors.
pub(super) fn parse(unit: &str, text: &str) -> Result<TimeUnit, DTypeError> {
    if unit.is_empty() {
        return Ok(TimeUnit::GENERIC);
    }
    let invalid = || DTypeError::TimeUnit { text: excerpt(text) };
    let inside = unit.strip_prefix('[').and_then(|unit| unit.strip_suffix(']')).ok_or_else(invalid)?;
    let (count, symbol) = c_integer(inside).unwrap_or((1, inside));
    let (symbol, divisor) = match symbol.split_once('/') {
        None => (symbol, 1),
        Some((symbol, divisor)) => match c_integer(divisor) {
            Some((divisor, "")) => (symbol, divisor),
            _ => return Err(invalid()),
        },
    };
    // Some files have the Greek letter, and numpy takes it.
    let symbol = if symbol == "μs" { "us" } else { symbol };
    let base = TimeBase::ALL.iter().copied().find(|base| base.symbol() == symbol).ok_or_else(invalid)?;
    let count =
        u32::try_from(count).ok().filter(|count| *count <= TimeUnit::MAX_COUNT).ok_or_else(invalid)?;
    match divisor {
        1 => TimeUnit::new(count, base).ok_or_else(invalid),
        _ => divided(count, base, divisor).ok_or_else(|| DTypeError::TimeDivisor { text: excerpt(text) }),
    }
}

/// A unit divided by a number, as a count of one of the next smaller units: the first of which it is a whole count.
fn divided(count: u32, base: TimeBase, divisor: i64) -> Option<TimeUnit> {
    use TimeBase::{
        Attosecond, Day, Femtosecond, Generic, Hour, Microsecond, Millisecond, Minute, Month, Nanosecond,
        Picosecond, Second, Week, Year,
    };
    // numpy's table. A month has four weeks there, or thirty days.
    let parts: &[(u32, TimeBase)] = match base {
        Year => &[(12, Month), (52, Week), (365, Day)],
        Month => &[(4, Week), (30, Day), (720, Hour)],
        Week => &[(7, Day), (168, Hour), (10_080, Minute)],
        Day => &[(24, Hour), (1440, Minute), (86_400, Second)],
        Hour => &[(60, Minute), (3600, Second)],
        Minute => &[(60, Second), (60_000, Millisecond)],
        Second => &[(1000, Millisecond), (1_000_000, Microsecond)],
        Millisecond => &[(1000, Microsecond), (1_000_000, Nanosecond)],
        Microsecond => &[(1000, Nanosecond), (1_000_000, Picosecond)],
        Nanosecond => &[(1000, Picosecond), (1_000_000, Femtosecond)],
        Picosecond => &[(1000, Femtosecond), (1_000_000, Attosecond)],
        Femtosecond => &[(1000, Attosecond)],
        Attosecond | Generic => &[],
    };
    let divisor = u32::try_from(divisor).ok().filter(|divisor| *divisor > 0)?;
    let (whole, smaller) = parts.iter().find(|(whole, _)| whole.is_multiple_of(divisor))?;
    TimeUnit::new(count.checked_mul(whole / divisor)?, *smaller)
}
