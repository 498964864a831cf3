//! [`sample`]: a block of a chunk, in which elements have the neighbours that they have there.

use ndcodec_core::{Buffer, CodecError, Layout, Order};

/// The elements along an axis that tell what a prediction along it gives; of axes between the first and the last two, fewer.
const ALONG: usize = 8;
const ALONG_OTHERS: usize = 2;

/// A narrow last axis is the columns of a table, and is never cut.
const NARROW: usize = 64;

/// About `len` bytes of a chunk in C order, or all of it if it has no more than half as many again, and what array they are.
///
/// Every axis is there, with some of its elements: as many as possible of the last. If there are enough along the first, they
/// are from two or four places of it.
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
    let extents = extents(shape, len / itemsize);
    let rows = extents[0];
    let places: &[usize] = match rows / ALONG {
        0 | 1 => &[4],
        2 | 3 => &[2, 6],
        _ => &[1, 3, 5, 7],
    };
    let of_place = rows / places.len();
    buffer.clear();
    for eighth in places {
        let middle = shape[0] * eighth / 8;
        let first = middle.saturating_sub(of_place / 2).min(shape[0] - of_place);
        let row = payload.len() / shape[0];
        for row in payload.chunks_exact(row).skip(first).take(of_place) {
            copy(row, &shape[1..], &extents[1..], buffer);
        }
    }
    let shape = [&[of_place * places.len()], &extents[1..]].concat();
    let layout = Layout::new(layout.dtype().clone(), shape, Order::C)
        .map_err(|error| CodecError::internal("a sample is not an array").with_source(error))?;
    Ok((buffer, layout))
}

/// How many elements of each axis make about `count`.
fn extents(shape: &[usize], count: usize) -> Vec<usize> {
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
        let along = if axis == 0 || axis + 2 > last { ALONG } else { ALONG_OTHERS };
        extents[axis] = shape[axis].min(along).min(room(&extents, axis));
    }
    // What is left goes to the last axes first: their elements lie side by side.
    for axis in (0..=last).rev() {
        if axis < last || shape[last] > NARROW {
            extents[axis] = shape[axis].min(room(&extents, axis));
        }
    }
    extents
}

/// Appends the elements in the middle of an array of this shape.
fn copy(bytes: &[u8], shape: &[usize], extents: &[usize], into: &mut Buffer) {
    let (Some((&dim, shape)), Some((&extent, extents))) = (shape.split_first(), extents.split_first()) else {
        into.extend_from_slice(bytes);
        return;
    };
    let len = bytes.len() / dim;
    let first = (dim - extent) / 2;
    let bytes = &bytes[first * len..][..extent * len];
    if shape == extents {
        into.extend_from_slice(bytes);
    } else {
        bytes.chunks_exact(len).for_each(|bytes| copy(bytes, shape, extents, into));
    }
}

#[cfg(test)]
mod tests {
    use ndcodec_core::DType;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_grid_is_cut_along_every_axis_and_a_table_only_in_rows() {
        assert_eq!(extents(&[10, 250, 250], 2048), [8, 8, 32]);
        assert_eq!(extents(&[240, 37, 49], 4096), [8, 10, 49]);
        assert_eq!(extents(&[300_000, 4], 4096), [1024, 4]);
        assert_eq!(extents(&[512, 512], 8192), [16, 512]);
        assert_eq!(extents(&[128, 96, 24, 2], 8192), [8, 21, 24, 2]);
        assert_eq!(extents(&[1_000_000], 4096), [4096]);
        assert_eq!(extents(&[2, 1_000_000], 4096), [2, 2048]);
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
