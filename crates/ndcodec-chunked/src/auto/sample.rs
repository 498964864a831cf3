//! [`sample`]: a block of a chunk, in which elements have the neighbours that they have there.

use ndcodec_core::{Buffer, CodecError, Layout, Order};

/// The elements along an axis that tell what a prediction along it gives; of axes between the first and the last two, fewer.
const ALONG: usize = 8;
const ALONG_OTHERS: usize = 2;

/// A narrow last axis is the columns of a table, and is never cut.
const NARROW: usize = 64;

/// A line shorter than this begins too often: what is told from the element before has none there.
const LINE: usize = 96;

/// Where blocks lie along an axis, in eighths of it.
const PLACES: [usize; 4] = [1, 3, 5, 7];

/// About `len` bytes of a chunk in C order, or all of it if it has no more than half as many again, and what array they are.
///
/// Every axis is there, with some of its elements: as many as possible of the last. If there are enough, they are blocks from
/// two or four places, which differ along every axis: what surrounds a thing in an image or a volume is seen too.
pub(super) fn sample<'p>(
    payload: &'p [u8],
    layout: &Layout,
    len: usize,
    buffer: &'p mut Buffer,
) -> Result<(&'p [u8], Layout), CodecError> {
    let itemsize = layout.dtype().itemsize();
    if payload.len() / 3 * 2 <= len || itemsize == 0 {
        return Ok((payload, layout.clone()));
    }
    let shape = layout.shape();
    let (places, extents) = blocks(shape, len / itemsize);
    buffer.clear();
    for place in 0..places {
        let firsts: Vec<usize> = (0..shape.len())
            .map(|axis| {
                // Along each further axis the places come in another order.
                let eighth =
                    if places == 1 { 4 } else { PLACES[(place * (4 / places) * (2 * axis + 1) + axis) % 4] };
                let eighth = if axis == 0 && places > 1 { (2 * place + 1) * 4 / places } else { eighth };
                let middle = shape[axis] * eighth / 8;
                middle.saturating_sub(extents[axis] / 2).min(shape[axis] - extents[axis])
            })
            .collect();
        copy(payload, shape, &firsts, &extents, buffer);
    }
    let shape = [&[extents[0] * places], &extents[1..]].concat();
    let layout = Layout::new(layout.dtype().clone(), shape, Order::C)
        .map_err(|error| CodecError::internal("a sample is not an array").with_source(error))?;
    Ok((buffer, layout))
}

/// How many blocks make about `count` elements, and how many elements of each axis a block has.
fn blocks(shape: &[usize], count: usize) -> (usize, Vec<usize>) {
    let last = shape.len() - 1;
    for (places, rows) in [(4, 2 * ALONG), (2, 2 * ALONG), (4, ALONG), (2, ALONG)] {
        let extents = extents(shape, count / places, rows);
        let along = |axis: usize| least_along(axis, last, rows).min(shape[axis]);
        let has_neighbours = (0..last).all(|axis| extents[axis] >= along(axis));
        let line = shape.iter().zip(&extents).rev().scan(true, |is_whole, (all, some)| {
            let is_part = *is_whole;
            *is_whole &= all == some;
            is_part.then_some(*some)
        });
        if has_neighbours && line.product::<usize>() >= LINE && extents[0] * places <= shape[0] {
            return (places, extents);
        }
    }
    (1, extents(shape, count, ALONG))
}

/// The elements along an axis that a block has at least, if the axis has as many. The first of `rows` follows another block,
/// and the last two axes are those that most is told along.
fn least_along(axis: usize, last: usize, rows: usize) -> usize {
    match axis {
        _ if axis + 2 > last => rows,
        0 => ALONG,
        _ => ALONG_OTHERS,
    }
}

/// How many elements of each axis make about `count`.
fn extents(shape: &[usize], count: usize, rows: usize) -> Vec<usize> {
    let last = shape.len() - 1;
    let mut extents = vec![1; shape.len()];
    let room = |extents: &[usize], axis: usize| {
        let others: usize =
            extents.iter().enumerate().filter(|(at, _)| *at != axis).map(|(_, n)| n).product();
        (count / others).max(1)
    };
    if shape[last] <= NARROW {
        extents[last] = shape[last];
    }
    for axis in (0..last).rev() {
        extents[axis] = shape[axis].min(least_along(axis, last, rows)).min(room(&extents, axis));
    }
    // What is left goes to the last axes first: their elements lie side by side.
    for axis in (0..=last).rev() {
        if axis < last || shape[last] > NARROW {
            extents[axis] = shape[axis].min(room(&extents, axis));
        }
    }
    extents
}

/// Appends the block of an array of this shape that begins at `firsts`.
fn copy(bytes: &[u8], shape: &[usize], firsts: &[usize], extents: &[usize], into: &mut Buffer) {
    let ([dim, shape @ ..], [first, firsts @ ..], [extent, extents @ ..]) = (shape, firsts, extents) else {
        into.extend_from_slice(bytes);
        return;
    };
    let len = bytes.len() / dim;
    let bytes = &bytes[first * len..][..extent * len];
    if shape == extents {
        into.extend_from_slice(bytes);
    } else {
        bytes.chunks_exact(len).for_each(|bytes| copy(bytes, shape, firsts, extents, into));
    }
}

#[cfg(test)]
mod tests {
    use ndcodec_core::DType;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_grid_is_cut_along_every_axis_and_a_table_only_in_rows() {
        assert_eq!(extents(&[10, 250, 250], 2048, ALONG), [8, 8, 32]);
        assert_eq!(extents(&[240, 37, 49], 4096, ALONG), [8, 10, 49]);
        assert_eq!(extents(&[300_000, 4], 4096, ALONG), [1024, 4]);
        assert_eq!(extents(&[512, 512], 8192, ALONG), [16, 512]);
        assert_eq!(extents(&[128, 96, 24, 2], 8192, ALONG), [8, 21, 24, 2]);
        assert_eq!(extents(&[1_000_000], 4096, ALONG), [4096]);
        assert_eq!(extents(&[2, 1_000_000], 4096, ALONG), [2, 2048]);
    }

    proptest! {
        /// Its elements are elements of the chunk, those of a line side by side.
        #[test]
        fn lines_are_lines_of_the_chunk(
            shape in prop::collection::vec(1_usize..40, 1..5),
            len in 16_usize..4096,
        ) {
            let count: usize = shape.iter().product();
            let payload: Vec<u8> = (0_u32..).take(count).flat_map(u32::to_le_bytes).collect();
            let layout = Layout::new("<u4".parse::<DType>().unwrap(), shape.clone(), Order::C).unwrap();
            let mut buffer = Buffer::default();
            let (bytes, of) = sample(&payload, &layout, len, &mut buffer).unwrap();
            prop_assert_eq!(of.nbytes(), bytes.len());
            prop_assert_eq!(of.ndim(), shape.len());
            let elements: Vec<u32> =
                bytes.as_chunks().0.iter().map(|element| u32::from_le_bytes(*element)).collect();
            prop_assert!(elements.windows(2).all(|pair| pair[0] < pair[1]), "in their order, each once");
            let line = *of.shape().last().unwrap();
            if of.ndim() > 1 {
                for line in elements.chunks_exact(line) {
                    prop_assert!(line.windows(2).all(|pair| pair[0] + 1 == pair[1]));
                }
            }
        }
    }
}
