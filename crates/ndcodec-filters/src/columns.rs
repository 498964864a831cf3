//! [`Columns`]: the columns of a table, each as an array of its own.

use ndcodec_core::{
    ArrayError, ArrayFilter, BoundFilter, ByteOrder, CodecError, DType, Filtered, Kind, Layout, Order, Output,
};

use crate::shuffle;

/// Each field of a struct, each part of a complex number, or each index of a narrow last axis as an array of its own, on
/// which the next filters work by itself.
///
/// Fields of fields are columns too, and so are bytes between fields, as void. A field that is an array keeps its shape
/// behind that of the whole. A last axis is narrow from 2 to 64. An array without columns stays as it lies.
#[derive(Debug, Clone, Copy, Default)]
pub struct Columns;

/// The longest last axis that is columns.
const MOST: usize = 64;

/// Bytes of rows that are worked on at a time, so that they stay in the cache from one column to the next.
const BLOCK: usize = 16 << 10;

impl ArrayFilter for Columns {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        let dtype = layout.dtype();
        let itemsize = dtype.itemsize();
        let mut leaves = Vec::new();
        match dtype.kind() {
            _ if itemsize == 0 => return Ok(None),
            Kind::Struct(_) => flatten(dtype, 0, &mut leaves),
            Kind::Complex => {
                let float = DType::scalar(Kind::Float, itemsize / 2, dtype.byte_order())?;
                leaves.extend([(0, Leaf::of(&float)), (itemsize / 2, Leaf::of(&float))]);
            }
            _ => return narrow(layout),
        }
        let leaves = with_gaps(leaves, itemsize)?;
        let arrays = leaves.iter().map(|(_, leaf)| leaf.in_each(layout)).collect::<Result<Vec<_>, _>>()?;
        let places = leaves.into_iter().map(|(offset, leaf)| Place { offset, width: leaf.size() }).collect();
        Ok(Some(Box::new(Split { stride: itemsize, places, arrays })))
    }
}

/// The indices of a narrow last axis.
fn narrow(layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
    let (dtype, itemsize) = (layout.dtype(), layout.dtype().itemsize());
    let Some((&last, before)) = layout.shape().split_last() else { return Ok(None) };
    if before.is_empty() || !(2..=MOST).contains(&last) {
        return Ok(None);
    }
    let array = Layout::new(dtype.clone(), before, layout.order())?;
    // In Fortran order each is in one piece already.
    let (width, stride) = match layout.order() {
        Order::C => (itemsize, last * itemsize),
        Order::Fortran => (array.nbytes(), layout.nbytes()),
    };
    let places = (0..last).map(|at| Place { offset: at * width, width }).collect();
    Ok(Some(Box::new(Split { stride, places, arrays: vec![array; last] })))
}

/// A field that has no fields of its own.
#[derive(Debug, Clone)]
struct Leaf {
    dtype: DType,
    shape: Vec<usize>,
}

impl Leaf {
    fn of(dtype: &DType) -> Self {
        Self { dtype: dtype.clone(), shape: Vec::new() }
    }

    fn size(&self) -> usize {
        self.shape.iter().product::<usize>() * self.dtype.itemsize()
    }

    /// The array of this field in every element of `layout`.
    fn in_each(&self, layout: &Layout) -> Result<Layout, ArrayError> {
        if self.shape.is_empty() || layout.is_both_orders() {
            let shape = [layout.shape(), &self.shape].concat();
            let order = if self.shape.is_empty() { layout.order() } else { Order::C };
            return Layout::new(self.dtype.clone(), shape, order);
        }
        // A field lies in C order, whatever the order of the array. Seen from memory, the last axis comes first.
        let mut shape = layout.shape().to_vec();
        if layout.order() == Order::Fortran {
            shape.reverse();
        }
        shape.extend(&self.shape);
        Layout::new(self.dtype.clone(), shape, Order::C)
    }
}

/// The fields in `dtype`, which begins at byte `offset`. An array of structs in a struct stays one column.
fn flatten(dtype: &DType, offset: usize, leaves: &mut Vec<(usize, Leaf)>) {
    for field in dtype.fields().into_iter().flat_map(|fields| fields.iter()) {
        let offset = offset + field.offset();
        if field.dtype().fields().is_some() && field.shape().is_empty() {
            flatten(field.dtype(), offset, leaves);
        } else {
            leaves.push((offset, Leaf { dtype: field.dtype().clone(), shape: field.shape().to_vec() }));
        }
    }
}

/// The fields that have bytes, which are in the order of these, and the bytes between them.
fn with_gaps(leaves: Vec<(usize, Leaf)>, itemsize: usize) -> Result<Vec<(usize, Leaf)>, ArrayError> {
    let gap = |from: usize, to: usize| {
        Ok::<_, ArrayError>((
            from,
            Leaf::of(&DType::scalar(Kind::Void, to - from, ByteOrder::NotApplicable)?),
        ))
    };
    let (mut all, mut end) = (Vec::with_capacity(leaves.len()), 0);
    for (offset, leaf) in leaves.into_iter().filter(|(_, leaf)| leaf.size() > 0) {
        if offset > end {
            all.push(gap(end, offset)?);
        }
        end = offset + leaf.size();
        all.push((offset, leaf));
    }
    if end < itemsize {
        all.push(gap(end, itemsize)?);
    }
    Ok(all)
}

/// The bytes of a column in a row.
#[derive(Debug, Clone, Copy)]
struct Place {
    offset: usize,
    width: usize,
}

/// Rows of `stride` bytes, of which each column has its place, and each byte belongs to one.
#[derive(Debug)]
struct Split {
    stride: usize,
    places: Vec<Place>,
    arrays: Vec<Layout>,
}

impl Split {
    /// Whether this is what `shuffle` does, which has kernels.
    fn is_of_bytes(&self) -> bool {
        self.places.len() == self.stride && self.stride > 1
    }

    /// The rows that are worked on at a time.
    fn rows(&self) -> usize {
        (BLOCK / self.stride.max(1)).max(1)
    }
}

impl BoundFilter for Split {
    fn output(&self) -> Filtered {
        Filtered::Arrays(self.arrays.clone())
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let room = out.spare(payload.len())?;
        if self.is_of_bytes() {
            shuffle::split_bytes(self.stride, payload, room);
            return out.commit(payload.len());
        }
        let mut columns = Vec::with_capacity(self.places.len());
        let mut rest = room;
        for array in &self.arrays {
            let (column, after) = rest.split_at_mut(array.nbytes());
            columns.push(column);
            rest = after;
        }
        for (block, rows) in payload.chunks(self.rows() * self.stride.max(1)).enumerate() {
            for (place, column) in self.places.iter().zip(&mut columns) {
                let done = block * self.rows() * place.width;
                let to = &mut column[done..][..rows.len() / self.stride * place.width];
                match place.width {
                    1 => take::<1>(rows, self.stride, place.offset, to),
                    2 => take::<2>(rows, self.stride, place.offset, to),
                    4 => take::<4>(rows, self.stride, place.offset, to),
                    8 => take::<8>(rows, self.stride, place.offset, to),
                    width => {
                        for (to, row) in to.chunks_exact_mut(width).zip(rows.chunks_exact(self.stride)) {
                            to.copy_from_slice(&row[place.offset..][..width]);
                        }
                    }
                }
            }
        }
        out.commit(payload.len())
    }

    fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        let is_right = |(part, array): (&&[u8], &Layout)| part.len() == array.nbytes();
        if parts.len() != self.arrays.len() || !parts.iter().zip(&self.arrays).all(is_right) {
            let count = parts.len();
            return Err(CodecError::internal(format!("{count} parts are not the columns of the array")));
        }
        if self.is_of_bytes() && !payload.is_empty() {
            shuffle::join_planes(self.stride, parts, payload);
            return Ok(());
        }
        for (block, rows) in payload.chunks_mut(self.rows() * self.stride.max(1)).enumerate() {
            for (place, column) in self.places.iter().zip(parts) {
                let done = block * self.rows() * place.width;
                let from = &column[done..][..rows.len() / self.stride * place.width];
                match place.width {
                    1 => put::<1>(from, self.stride, place.offset, rows),
                    2 => put::<2>(from, self.stride, place.offset, rows),
                    4 => put::<4>(from, self.stride, place.offset, rows),
                    8 => put::<8>(from, self.stride, place.offset, rows),
                    width => {
                        for (from, row) in from.chunks_exact(width).zip(rows.chunks_exact_mut(self.stride)) {
                            row[place.offset..][..width].copy_from_slice(from);
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

fn take<const N: usize>(rows: &[u8], stride: usize, offset: usize, column: &mut [u8]) {
    for (to, row) in column.as_chunks_mut::<N>().0.iter_mut().zip(rows.chunks_exact(stride)) {
        to.copy_from_slice(&row[offset..][..N]);
    }
}

fn put<const N: usize>(column: &[u8], stride: usize, offset: usize, rows: &mut [u8]) {
    for (from, row) in column.as_chunks::<N>().0.iter().zip(rows.chunks_exact_mut(stride)) {
        row[offset..][..N].copy_from_slice(from);
    }
}
