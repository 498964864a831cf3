//! [`Dict`]: values as their ranks in a table.

mod known;
mod table;

use ndcodec_core::{ArrayError, ArrayFilter, BoundFilter, CodecError, Filtered, Front, Layout, Output};

use crate::front::{Bytes, integers, width_of};
use crate::numbers::{Comb, Numbers, by_width, flip, gather, unfold};
use table::{Table, numbers_of_ranks, rank_bytes, rank_numbers};

/// The distinct elements in ascending order, then the rank of each element among them.
///
/// Of elements of any dtype. Numbers are sorted by their values, so that near values have near ranks; every bit of them
/// counts, so that -0.0 is not 0.0, and not-a-numbers keep their payload. Other elements are sorted by their bytes.
///
/// If table and ranks would take no fewer bytes than the array, there is no table: numbers become unsigned integers in
/// their order, and other elements stay as they lie.
#[derive(Debug, Clone, Copy, Default)]
pub struct Dict;

impl ArrayFilter for Dict {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        let itemsize = layout.dtype().itemsize();
        if itemsize == 0 {
            return Ok(None);
        }
        let numbers = Numbers::of(layout.dtype()).filter(|numbers| numbers.parts == 1);
        let plain = match numbers {
            Some(numbers) => integers(layout, numbers.bytes)
                .map_err(|error| ArrayError::unsupported("dict", error.to_string()))?,
            None => layout.clone(),
        };
        Ok(Some(Box::new(Ranked { count: layout.nbytes() / itemsize, itemsize, numbers, plain })))
    }
}

#[derive(Debug)]
struct Ranked {
    count: usize,
    itemsize: usize,
    numbers: Option<Numbers>,
    /// What stands behind a front without a table.
    plain: Layout,
}

/// The bytes before a table: the width of a rank, and how many values there are, less one.
const HEAD: usize = 1 + 8;

impl Ranked {
    /// The bytes of front and ranks with a table of so many values.
    fn len_with(&self, values: usize) -> usize {
        let width = width_of((values as u64).saturating_sub(1));
        values
            .saturating_mul(self.itemsize)
            .saturating_add(self.count.saturating_mul(width))
            .saturating_add(1 + width)
    }

    /// The most values for which a table pays.
    fn most_values(&self) -> usize {
        let nbytes = self.count * self.itemsize;
        let fits = |values: usize| values == 0 || self.len_with(values) < nbytes;
        // The length grows with the number of values, which may be found by halving.
        let (mut least, mut most) = (0, self.count);
        while least < most {
            let middle = least + (most - least).div_ceil(2);
            if fits(middle) { least = middle } else { most = middle - 1 }
        }
        least
    }
}

impl BoundFilter for Ranked {
    fn output(&self) -> Filtered {
        Filtered::Fronted { at_most: HEAD + self.count * self.itemsize, widest: self.plain.clone() }
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let most = self.most_values();
        let ranked = match self.numbers {
            Some(numbers) => by_width!(numbers.bytes, rank_numbers(numbers, payload, most, out))?,
            None => rank_bytes(self.itemsize, payload, most, out)?,
        };
        if ranked {
            return Ok(());
        }
        out.push(&[0])?;
        let Some(numbers) = self.numbers else { return out.push(payload) };
        let room = out.spare(payload.len())?;
        gather(numbers, payload, Comb { first: 0, step: 1 }, room);
        flip(numbers, room);
        out.commit(payload.len())
    }

    fn read_front(&self, filtered: &[u8]) -> Result<Front, CodecError> {
        let mut bytes = Bytes::new(filtered, "the table");
        let width = usize::from(bytes.byte()?);
        if width == 0 {
            return Ok(Front::new(1, self.plain.clone()));
        }
        let layout = integers(&self.plain, width)?;
        let values = bytes.unsigned(width)?.saturating_add(1);
        // The writer had a reason: otherwise memory for both would be more than was promised.
        let values = usize::try_from(values)
            .ok()
            .filter(|values| *values <= self.count && layout.nbytes() <= self.plain.nbytes());
        let Some(values) = values else {
            let count = self.count;
            return Err(CodecError::corrupt(format!("the table has more values than the {count} elements")));
        };
        bytes.take(values * self.itemsize)?;
        Ok(Front::new(filtered.len() - bytes.left(), layout))
    }

    fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        let [front, array] = parts else { return Err(CodecError::truncated("the table")) };
        let mut bytes = Bytes::new(front, "the table");
        let width = usize::from(bytes.byte()?);
        if width == 0 {
            payload.copy_from_slice(array);
            if let Some(numbers) = self.numbers {
                flip(numbers, payload);
                unfold(numbers, payload);
            }
            return Ok(());
        }
        bytes.take(width)?;
        let table = bytes.take(bytes.left())?;
        match self.numbers {
            Some(numbers) => {
                by_width!(numbers.bytes, numbers_of_ranks(numbers, table, width, array, payload))
            }
            None => Table::of_bytes(self.itemsize, table)?.fill(width, array, payload),
        }
    }
}
