//! [`Decimal`]: floats that were decimal numbers, as integers.

mod column;
mod float;

use ndcodec_core::{
    ArrayError, ArrayFilter, BoundFilter, CodecError, Filtered, Front, Kind, Layout, Order, Output,
};

use crate::front::{Bytes, integers, width_of};
use crate::numbers::{Numbers, flip, gather, scatter, unfold};
use crate::scalars::is_big;
use column::{Column, Form, Lanes, POSITION, decode, find, write_integers};

/// Floats that are integers by a power of ten, as these integers, less the least of them.
///
/// Of `<f4` and `<f8`; other elements stay as they lie. If the array has a last axis of at most 64, each of
/// its columns has a power of its own. What is not such a decimal number, such as a not-a-number, an infinity or -0.0, is
/// kept apart, with every bit; a column with many of those becomes integers in the order of the values.
#[derive(Debug, Clone, Copy, Default)]
pub struct Decimal;

/// The longest last axis that is columns.
pub(crate) const MOST_COLUMNS: usize = 64;

impl ArrayFilter for Decimal {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        let numbers = match (layout.dtype().kind(), layout.dtype().itemsize()) {
            (Kind::Float, 4 | 8) => Numbers::of(layout.dtype()),
            _ => None,
        };
        let Some(numbers) = numbers else { return Ok(None) };
        let widest = integers(layout, numbers.bytes)
            .map_err(|error| ArrayError::unsupported("decimal", error.to_string()))?;
        let count = layout.nbytes() / numbers.bytes;
        let last = layout.shape().last().copied().unwrap_or(1);
        let columns = if layout.ndim() > 1 && last <= MOST_COLUMNS { last } else { 1 };
        let lanes = Lanes {
            columns: if count == 0 { 0 } else { columns },
            rows: count.checked_div(columns).unwrap_or(0),
            are_interleaved: layout.order() == Order::C,
        };
        Ok(Some(Box::new(Scaled { numbers, is_big: is_big(layout.dtype()), lanes, widest })))
    }
}

#[derive(Debug)]
struct Scaled {
    numbers: Numbers,
    is_big: bool,
    lanes: Lanes,
    widest: Layout,
}

impl Scaled {
    /// The most bytes of what stands in front: the width, each column, and every element as an exception.
    fn most_in_front(&self) -> usize {
        let exceptions = (self.lanes.count()).saturating_mul(POSITION + self.numbers.bytes);
        (1 + POSITION).saturating_add(self.lanes.columns * Column::MOST).saturating_add(exceptions)
    }

    fn front(&self, front: &[u8]) -> Result<Parsed, CodecError> {
        let mut bytes = Bytes::new(front, "the decimals");
        let width = usize::from(bytes.byte()?);
        let layout = integers(&self.widest, width)?;
        if width > self.numbers.bytes {
            let most = self.numbers.bytes;
            return Err(CodecError::corrupt(format!("integers of {width} bytes for floats of {most}")));
        }
        let columns = (0..self.lanes.columns)
            .map(|_| Column::read(&mut bytes, width, self.numbers.bytes))
            .collect::<Result<Vec<_>, _>>()?;
        let [a, b, c, d] = bytes.array()?;
        let exceptions = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        let count = self.lanes.count();
        if exceptions > count {
            return Err(CodecError::corrupt(format!(
                "it claims {exceptions} exceptions, but has {count} elements"
            )));
        }
        let at = front.len() - bytes.left();
        bytes.take(exceptions * (POSITION + self.numbers.bytes))?;
        Ok(Parsed { columns, layout, exceptions, at, len: front.len() - bytes.left() })
    }
}

/// A front that was read.
struct Parsed {
    columns: Vec<Column>,
    layout: Layout,
    exceptions: usize,
    /// Where the exceptions begin.
    at: usize,
    len: usize,
}

impl BoundFilter for Scaled {
    fn output(&self) -> Filtered {
        Filtered::Fronted { at_most: self.most_in_front(), widest: self.widest.clone() }
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let found = if self.numbers.bytes == 4 {
            find::<f32, 4>(self.lanes, payload, self.is_big)
        } else {
            find::<f64, 8>(self.lanes, payload, self.is_big)
        };
        let width = found.columns.iter().fold(1, |width, column| match column.form {
            Form::Bits => self.numbers.bytes,
            Form::Decimal { .. } => width.max(width_of(column.range)),
        });
        out.push(&[u8::try_from(width).unwrap_or(8)])?;
        found.columns.iter().try_for_each(|column| column.write(out))?;
        let exceptions = u32::try_from(found.positions.len())
            .map_err(|_| CodecError::internal("more exceptions than 32 bits count"))?;
        out.push(&exceptions.to_le_bytes())?;
        let mut before = 0;
        for position in &found.positions {
            out.push(&(position - before).to_le_bytes())?;
            before = *position;
        }
        out.push(&found.values)?;
        let len = self.lanes.count() * width;
        let room = out.spare(len)?;
        for (at, column) in found.columns.iter().enumerate() {
            let comb = self.lanes.comb(at);
            if column.form == Form::Bits {
                // Only with the full width.
                let mut bits = vec![0; self.lanes.rows * width];
                gather(self.numbers, payload, comb, &mut bits);
                flip(self.numbers, &mut bits);
                scatter(Numbers::plain(width), &bits, comb, room);
            } else {
                write_integers(width, &found.integers, column.least, comb, self.lanes.rows, room);
            }
        }
        out.commit(len)
    }

    fn read_front(&self, filtered: &[u8]) -> Result<Front, CodecError> {
        let Parsed { len, layout, columns, .. } = self.front(filtered)?;
        let decimals = columns.iter().filter(|column| column.form != Form::Bits).count();
        if decimals * 2 < columns.len() {
            return Ok(Front::of_little(len, layout));
        }
        Ok(Front::new(len, layout))
    }

    fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        let [front, array] = parts else { return Err(CodecError::truncated("the decimals")) };
        let Parsed { columns, layout, exceptions, at, .. } = self.front(front)?;
        let (width, size) = (layout.dtype().itemsize(), self.numbers.bytes);
        for (at, column) in columns.iter().enumerate() {
            let comb = self.lanes.comb(at);
            if column.form == Form::Bits && self.lanes.columns == 1 {
                payload.copy_from_slice(array);
                flip(self.numbers, payload);
                unfold(self.numbers, payload);
            } else if column.form == Form::Bits {
                let mut bits = vec![0; self.lanes.rows * width];
                gather(Numbers::plain(width), array, comb, &mut bits);
                flip(self.numbers, &mut bits);
                scatter(self.numbers, &bits, comb, payload);
            } else if size == 4 {
                decode::<f32, 4>(column, width, array, comb, self.lanes.rows, self.is_big, payload);
            } else {
                decode::<f64, 8>(column, width, array, comb, self.lanes.rows, self.is_big, payload);
            }
        }
        let (gaps, values) = front[at..].split_at(exceptions * POSITION);
        let mut position = 0_usize;
        for (gap, value) in gaps.as_chunks().0.iter().zip(values.chunks_exact(size)) {
            position =
                position.saturating_add(usize::try_from(u32::from_le_bytes(*gap)).unwrap_or(usize::MAX));
            let count = self.lanes.count();
            let to = position.checked_mul(size).and_then(|at| payload.get_mut(at..)?.get_mut(..size));
            let Some(to) = to else {
                let message = format!("an exception at element {position} of {count}");
                return Err(CodecError::corrupt(message));
            };
            to.copy_from_slice(value);
            if self.is_big {
                to.reverse();
            }
        }
        Ok(())
    }
}
