//! Columns of decimal numbers: which power of ten suits, and integers from floats and back.

#![allow(
    clippy::needless_range_loop,
    reason = "iterators' adaptors are not inlined into functions that are compiled for more than the target has"
)]

use std::marker::PhantomData;

use ndcodec_core::{CodecError, Output};

use super::float::{Float, INVERSES, POWERS, as_integer, round};
use crate::front::Bytes;
use crate::kernels::{self, Wide};
use crate::numbers::Comb;

/// Calls a function that is generic over a width with 1, 2, 4 or 8.
macro_rules! by_bytes {
    ($width:expr, $function:ident($($arg:expr),*)) => {
        match $width {
            1 => $function::<1>($($arg),*),
            2 => $function::<2>($($arg),*),
            4 => $function::<4>($($arg),*),
            _ => $function::<8>($($arg),*),
        }
    };
}

/// Bytes of the distance from one exception to the next.
pub(super) const POSITION: usize = 4;

/// How columns lie in an array.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lanes {
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// Row by row, or column by column.
    pub(super) are_interleaved: bool,
}

impl Lanes {
    pub(super) fn count(self) -> usize {
        self.columns * self.rows
    }

    pub(super) fn comb(self, column: usize) -> Comb {
        if self.are_interleaved {
            Comb { first: column, step: self.columns }
        } else {
            Comb { first: column * self.rows, step: 1 }
        }
    }
}

/// What the integers of a column stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The bits of the floats, in the order of the values.
    Bits,
    /// Decimals with so many places, by division, or by multiplication with the inverse.
    Decimal { places: usize, is_product: bool },
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) form: Form,
    /// The integer that is written as 0.
    pub(super) least: i64,
    /// The greatest integer, less the least.
    pub(super) range: u64,
}

/// The bit that says that the inverse is multiplied.
const PRODUCT: u8 = 0x80;
const BITS: u8 = 0xff;

impl Column {
    /// The most bytes of a column.
    pub(super) const MOST: usize = 9;

    const AS_BITS: Self = Self { form: Form::Bits, least: 0, range: 0 };

    pub(super) fn write(&self, out: &mut Output<'_>) -> Result<(), CodecError> {
        let Form::Decimal { places, is_product } = self.form else { return out.push(&[BITS]) };
        let places = u8::try_from(places).unwrap_or(BITS);
        out.push(&[places | if is_product { PRODUCT } else { 0 }])?;
        out.push(&self.least.to_le_bytes())
    }

    /// Reads what [`write`](Self::write) wrote, for integers of `width` bytes and floats of `size`.
    pub(super) fn read(bytes: &mut Bytes<'_>, width: usize, size: usize) -> Result<Self, CodecError> {
        const LARGEST: u64 = 1 << 53;

        let form = bytes.byte()?;
        if form == BITS {
            return match width == size {
                true => Ok(Self::AS_BITS),
                false => Err(CodecError::corrupt(format!("floats of {size} bytes in integers of {width}"))),
            };
        }
        let places = usize::from(form & !PRODUCT);
        let least = i64::from_le_bytes(bytes.array()?);
        if places >= POWERS.len() {
            let most = POWERS.len() - 1;
            return Err(CodecError::corrupt(format!("{places} decimal places; expected at most {most}")));
        }
        if least.unsigned_abs() > LARGEST {
            return Err(CodecError::corrupt(format!("the least integer is {least}, which no float holds")));
        }
        Ok(Self { form: Form::Decimal { places, is_product: form & PRODUCT != 0 }, least, range: 0 })
    }
}

/// All columns, the integers that stand for the elements, and the elements that are exceptions.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) columns: Vec<Column>,
    /// In the order of memory.
    pub(super) integers: Vec<i64>,
    pub(super) positions: Vec<u32>,
    /// Little-endian.
    pub(super) values: Vec<u8>,
}

/// Finds the form of each column. At most half of its elements may be exceptions, and one in seven of those that are
/// finite.
pub(super) fn find<F: Float<N>, const N: usize>(lanes: Lanes, payload: &[u8], is_big: bool) -> Found {
    if is_big { find_in::<F, N, true>(lanes, payload) } else { find_in::<F, N, false>(lanes, payload) }
}

fn find_in<F: Float<N>, const N: usize, const BIG: bool>(lanes: Lanes, payload: &[u8]) -> Found {
    let floats = payload.as_chunks::<N>().0;
    let mut found = Found {
        columns: Vec::with_capacity(lanes.columns),
        integers: vec![0; floats.len()],
        positions: Vec::new(),
        values: Vec::new(),
    };
    let mut sample = Vec::new();
    for at in 0..lanes.columns {
        let comb = lanes.comb(at);
        let column = match likely_form::<F, N, BIG>(floats, comb, lanes.rows, &mut sample) {
            Form::Bits => Column::AS_BITS,
            Form::Decimal { places, is_product: true } => {
                convert::<F, N, BIG, true>(floats, comb, lanes.rows, places, &mut found)
            }
            Form::Decimal { places, is_product: false } => {
                convert::<F, N, BIG, false>(floats, comb, lanes.rows, places, &mut found)
            }
        };
        found.columns.push(column);
    }
    if lanes.columns > 1 && lanes.are_interleaved {
        found.positions.sort_unstable();
    }
    let mut before = None;
    for position in &found.positions {
        debug_assert!(before < Some(*position), "each element is one exception at most");
        before = Some(*position);
        let bits = F::read::<BIG>(floats[*position as usize]).to_le();
        found.values.extend_from_slice(&bits);
    }
    found
}

/// Elements that are looked at to choose a form, and those of them that are looked at first, and before these.
const SAMPLES: usize = 1024;
const FIRST: usize = 32;
const FEW: usize = 4;

/// The form with the fewest places that most of a sample has, which is collected in memory that is used again.
fn likely_form<F: Float<N>, const N: usize, const BIG: bool>(
    floats: &[[u8; N]],
    comb: Comb,
    rows: usize,
    sample: &mut Vec<F>,
) -> Form {
    // A position is 32 bits.
    if rows == 0 || floats.len() > u32::MAX as usize {
        return Form::Bits;
    }
    let every = rows.div_ceil(SAMPLES);
    let at = |row: usize| F::read::<BIG>(floats[comb.first + row * comb.step]);
    sample.clear();
    sample.extend((0..rows).step_by(every).map(at).filter(|float| float.to_f64().is_finite()));
    if sample.is_empty() {
        return Form::Bits;
    }
    let hits = |floats: &[F], places, is_product| match is_product {
        true => hits::<F, N, true>(floats, places),
        false => hits::<F, N, false>(floats, places),
    };
    let (mut spread, mut spread_len) = ([sample[0]; FIRST], 0);
    for float in sample.iter().step_by(sample.len().div_ceil(FIRST)) {
        spread[spread_len] = *float;
        spread_len += 1;
    }
    let spread = &spread[..spread_len];
    // If numbers are not decimals, none of a few fits, and most calls are for such numbers.
    let mut few = [spread[0]; FEW];
    let some = spread.iter().step_by(spread.len().div_ceil(FEW));
    few.iter_mut().zip(some).for_each(|(to, float)| *to = *float);
    let likely = kernels::as_wide(Likely(few));
    let mut best = (0, Form::Bits);
    for places in 0..=F::PLACES {
        for is_product in [false, true] {
            let is_unlikely = !likely[places][usize::from(is_product)];
            if is_unlikely || hits(spread, places, is_product) * 4 < spread.len() * 3 {
                continue;
            }
            let count = hits(sample, places, is_product);
            // More places make larger integers, so they must gain something.
            if count > best.0 + sample.len() / 200 {
                best = (count, Form::Decimal { places, is_product });
            }
        }
        if best.0 == sample.len() {
            break;
        }
    }
    let is_decimal = best.0 * 7 >= sample.len() * 6;
    match best.1 {
        Form::Decimal { places, .. } if is_decimal && says_something(sample, places) => best.1,
        _ => Form::Bits,
    }
}

/// Whether decimals of so many places lie farther apart than floats do, for at least half of these: where floats are sparser,
/// every one is such a decimal, and its integer is longer than its bits.
fn says_something<F: Float<N>, const N: usize>(floats: &[F], places: usize) -> bool {
    let are_apart = |float: &&F| (float.to_f64() * POWERS[places]).abs() < F::EXACT;
    floats.iter().filter(are_apart).count() * 2 >= floats.len()
}

/// Whether any of a few floats is a decimal of so many places, by division and by multiplication.
struct Likely<F, const N: usize>([F; FEW]);

impl<F: Float<N>, const N: usize> Wide for Likely<F, N> {
    type Output = [[bool; 2]; POWERS.len()];

    #[inline(always)]
    fn run(self) -> Self::Output {
        let mut likely = [[false; 2]; POWERS.len()];
        for places in 0..=F::PLACES {
            for at in 0..FEW {
                likely[places][0] |= integer::<F, N, false>(self.0[at], places).1;
                // Without places it would be the same.
                likely[places][1] |= places > 0 && integer::<F, N, true>(self.0[at], places).1;
            }
        }
        likely
    }
}

/// How many of the floats are decimals of so many places.
fn hits<F: Float<N>, const N: usize, const PRODUCT: bool>(floats: &[F], places: usize) -> usize {
    kernels::as_wide(Hits::<F, N, PRODUCT> { floats, places })
}

struct Hits<'f, F, const N: usize, const PRODUCT: bool> {
    floats: &'f [F],
    places: usize,
}

impl<F: Float<N>, const N: usize, const PRODUCT: bool> Wide for Hits<'_, F, N, PRODUCT> {
    type Output = usize;

    #[inline(always)]
    fn run(self) -> usize {
        let mut count = 0_u64;
        for at in 0..self.floats.len() {
            count += u64::from(integer::<F, N, PRODUCT>(self.floats[at], self.places).1);
        }
        usize::try_from(count).unwrap_or(usize::MAX)
    }
}

/// The integers of a block, and whether each of them gives back its float.
struct Integers<'b, F, const N: usize, const BIG: bool, const PRODUCT: bool> {
    block: &'b [[u8; N]; BLOCK],
    integers: &'b mut [i64; BLOCK],
    places: usize,
    floats: PhantomData<F>,
}

impl<F: Float<N>, const N: usize, const BIG: bool, const PRODUCT: bool> Wide
    for Integers<'_, F, N, BIG, PRODUCT>
{
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        let mut inexact = 0;
        for at in 0..BLOCK {
            let (integer, is_exact) = integer::<F, N, PRODUCT>(F::read::<BIG>(self.block[at]), self.places);
            self.integers[at] = as_integer(integer);
            inexact |= u64::from(!is_exact);
        }
        inexact == 0
    }
}

/// The integer of a float, and whether that gives back every bit. It has no branch, so that the compiler makes vectors of loops over it.
#[inline(always)]
fn integer<F: Float<N>, const N: usize, const PRODUCT: bool>(float: F, places: usize) -> (f64, bool) {
    let integer = round(float.to_f64() * POWERS[places]) + 0.0;
    let back =
        if PRODUCT { F::product(integer, INVERSES[places]) } else { F::quotient(integer, POWERS[places]) };
    (integer, (integer.abs() < F::MOST) & (back.bits() == float.bits()))
}

/// Elements that are converted at a time.
const BLOCK: usize = 64;

/// Converts a column, unless too many elements are exceptions.
fn convert<F: Float<N>, const N: usize, const BIG: bool, const PRODUCT: bool>(
    floats: &[[u8; N]],
    comb: Comb,
    rows: usize,
    places: usize,
    found: &mut Found,
) -> Column {
    let exceptions = found.positions.len();
    let (mut least, mut most, mut last) = (i64::MAX, i64::MIN, None);
    let (mut leading, mut bad) = (0, 0);
    let (mut block, mut integers) = ([[0; N]; BLOCK], [0; BLOCK]);
    for start in (0..rows).step_by(BLOCK) {
        let first = comb.first + start * comb.step;
        let count = BLOCK.min(rows - start);
        if comb.step == 1 {
            block[..count].copy_from_slice(&floats[first..][..count]);
        } else {
            let apart = floats[first..].iter().step_by(comb.step);
            block[..count].iter_mut().zip(apart).for_each(|(to, float)| *to = *float);
        }
        // All of the block, so that its length is known to the compiler.
        let work = Integers::<F, N, BIG, PRODUCT> {
            block: &block,
            integers: &mut integers,
            places,
            floats: PhantomData,
        };
        let is_exact = kernels::as_wide(work);
        let integers = &mut integers[..count];
        if !is_exact {
            for (at, float) in block[..count].iter().enumerate() {
                if integer::<F, N, PRODUCT>(F::read::<BIG>(*float), places).1 {
                    last = Some(integers[at]);
                    continue;
                }
                let position = first + at * comb.step;
                bad += usize::from(F::read::<BIG>(floats[position]).to_f64().is_finite());
                // A position fits: longer arrays are never decimals.
                found.positions.push(u32::try_from(position).unwrap_or(u32::MAX));
                // The integer before keeps what follows predictable.
                match last {
                    Some(last) => integers[at] = last,
                    None => leading = start + at + 1,
                }
            }
        }
        // What leads the column gets the least integer in the end.
        let known = &integers[leading.saturating_sub(start).min(count)..];
        last = known.last().copied().or(last);
        for integer in known {
            (least, most) = (least.min(*integer), most.max(*integer));
        }
        if comb.step == 1 {
            found.integers[first..][..count].copy_from_slice(integers);
        } else {
            let apart = found.integers[first..].iter_mut().step_by(comb.step);
            apart.zip(&*integers).for_each(|(to, integer)| *to = *integer);
        }
    }
    let range = most.wrapping_sub(least).cast_unsigned();
    let is_too_wide = N == 4 && range > u64::from(u32::MAX);
    let apart = found.positions.len() - exceptions;
    if last.is_none() || bad * 7 > rows || apart * 2 > rows || is_too_wide {
        found.positions.truncate(exceptions);
        return Column::AS_BITS;
    }
    for row in 0..leading {
        found.integers[comb.first + row * comb.step] = least;
    }
    Column { form: Form::Decimal { places, is_product: PRODUCT }, least, range }
}

/// Writes the integers of a column, less the least, in `width` bytes each.
pub(super) fn write_integers(
    width: usize,
    integers: &[i64],
    least: i64,
    comb: Comb,
    rows: usize,
    room: &mut [u8],
) {
    fn write<const W: usize>(integers: &[i64], least: i64, comb: Comb, rows: usize, room: &mut [u8]) {
        let room = room.as_chunks_mut::<W>().0;
        comb.zip(integers, room, rows, |integer| {
            let mut bytes = [0; W];
            bytes.copy_from_slice(&integer.wrapping_sub(least).to_le_bytes()[..W]);
            bytes
        });
    }
    by_bytes!(width, write(integers, least, comb, rows, room));
}

/// Writes the floats that the integers of a column stand for.
pub(super) fn decode<F: Float<N>, const N: usize>(
    column: &Column,
    width: usize,
    array: &[u8],
    comb: Comb,
    rows: usize,
    is_big: bool,
    payload: &mut [u8],
) {
    let Form::Decimal { places, is_product } = column.form else { return };
    let payload = payload.as_chunks_mut::<N>().0;
    let scale = |integer: f64| {
        if is_product { F::product(integer, INVERSES[places]) } else { F::quotient(integer, POWERS[places]) }
    };
    match (is_big, is_product) {
        (false, false) => {
            integers::<N>(column, width, array, comb, rows, payload, |k| {
                F::quotient(k, POWERS[places]).to_le()
            });
        }
        (false, true) => {
            integers::<N>(column, width, array, comb, rows, payload, |k| {
                F::product(k, INVERSES[places]).to_le()
            });
        }
        (true, _) => integers::<N>(column, width, array, comb, rows, payload, |k| scale(k).write::<true>()),
    }
}

/// Writes what `write` makes of each integer.
#[inline]
fn integers<const N: usize>(
    column: &Column,
    width: usize,
    array: &[u8],
    comb: Comb,
    rows: usize,
    payload: &mut [[u8; N]],
    write: impl Fn(f64) -> [u8; N],
) {
    // Up to 32 bits, the sum of floats is exact, as each is an integer below 2^53.
    let least = column.least as f64;
    match width {
        1 => comb.zip(array, payload, rows, |byte| write(least + f64::from(*byte))),
        2 => comb.zip(array.as_chunks().0, payload, rows, |bytes| {
            write(least + f64::from(u16::from_le_bytes(*bytes)))
        }),
        4 => comb.zip(array.as_chunks().0, payload, rows, |bytes| {
            write(least + f64::from(u32::from_le_bytes(*bytes)))
        }),
        _ => comb.zip(array.as_chunks().0, payload, rows, |bytes| {
            write(column.least.wrapping_add(i64::from_le_bytes(*bytes)) as f64)
        }),
    }
}
