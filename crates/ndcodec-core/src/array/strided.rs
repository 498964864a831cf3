//! Arrays whose elements do not lie one behind the other.

use std::ops::Range;

use crate::Order;

/// The strides in bytes of a contiguous array of at least one byte, which is known to fit in memory.
pub(crate) fn strides(shape: &[usize], itemsize: usize, order: Order) -> Vec<isize> {
    let mut step = itemsize;
    let mut stride = |dim: &usize| {
        let stride = step.cast_signed();
        step *= dim;
        stride
    };
    match order {
        Order::Fortran => shape.iter().map(stride).collect(),
        Order::C => {
            let mut strides: Vec<isize> = shape.iter().rev().map(&mut stride).collect();
            strides.reverse();
            strides
        }
    }
}

/// The bytes from the first to the last element's end, or `None` if that leaves `usize`.
pub(crate) fn reach(
    shape: &[usize],
    strides: &[isize],
    first: usize,
    itemsize: usize,
) -> Option<Range<usize>> {
    let (mut low, mut high) = (first, first);
    for (&dim, &stride) in shape.iter().zip(strides) {
        let span = stride.unsigned_abs().checked_mul(dim - 1)?;
        match stride < 0 {
            true => low = low.checked_sub(span)?,
            false => high = high.checked_add(span)?,
        }
    }
    Some(low..high.checked_add(itemsize)?)
}

pub(crate) fn is_contiguous(shape: &[usize], strides: &[isize], itemsize: usize, order: Order) -> bool {
    let mut step = itemsize;
    let fits = |(&dim, &stride): (&usize, &isize)| {
        // The stride of a dimension of one element is never taken.
        let ok = dim == 1 || usize::try_from(stride).is_ok_and(|stride| stride == step);
        step = step.saturating_mul(dim);
        ok
    };
    let mut dims = shape.iter().zip(strides);
    match order {
        Order::C => dims.rev().all(fits),
        Order::Fortran => dims.all(fits),
    }
}

/// Copies a strided array to C order. All elements are known to lie within `data`, and there is at least one.
pub(crate) fn gather(
    shape: &[usize],
    strides: &[isize],
    data: &[u8],
    first: usize,
    itemsize: usize,
    nbytes: usize,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(nbytes);
    let (&inner_dim, &inner_stride) = match (shape.last(), strides.last()) {
        (Some(dim), Some(stride)) => (dim, stride),
        _ => (&1, &0),
    };
    let outer = shape.len().saturating_sub(1);
    let mut index = vec![0usize; outer];
    let mut row = first;
    // `reach` has shown that every position is within `data`, so wrapping sums of steps land there too.
    let step = |at: usize, by: isize| at.wrapping_add_signed(by);
    loop {
        let mut at = row;
        for _ in 0..inner_dim {
            out.extend_from_slice(&data[at..at + itemsize]);
            at = step(at, inner_stride);
        }
        let Some(axis) = (0..outer).rev().find(|&axis| index[axis] + 1 < shape[axis]) else {
            return out;
        };
        index[axis] += 1;
        row = step(row, strides[axis]);
        for inner in axis + 1..outer {
            let back = strides[inner].wrapping_mul(index[inner].cast_signed());
            row = step(row, back.wrapping_neg());
            index[inner] = 0;
        }
    }
}
