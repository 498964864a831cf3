//! [`Split`]: what a chunk consists of that may be encoded each by itself: the columns of a table, or the fields of structs.

use std::ops::Range;

use ndcodec_core::{ByteOrder, DType, Kind, Layout, Order};

/// More columns than this are rows of a grid.
pub(super) const MAX_COLUMNS: usize = 64;

/// The most parts of a chunk.
pub(crate) const MAX_PARTS: usize = 255;

/// Columns shorter than this are not worth a frame each.
const MIN_ROWS: usize = 32;

/// Rows of about so many bytes are copied at a time.
const BLOCK: usize = 16 << 10;

/// The columns of a chunk: each has some bytes of every row, and together they have all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Split {
    /// The bytes of a row.
    pub(crate) stride: usize,
    pub(crate) columns: Vec<Column>,
}

/// One column of a chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// What people call it.
    pub(crate) name: String,
    /// Where its bytes begin in a row.
    pub(crate) offset: usize,
    /// How many they are.
    pub(crate) width: usize,
    /// What array the column is.
    pub(crate) layout: Layout,
}

impl Split {
    /// The columns of a chunk of this layout, whose order is C: fields of structs, real and imaginary parts, or the last axis
    /// if it is narrow.
    pub(crate) fn of(layout: &Layout) -> Option<Self> {
        let dtype = layout.dtype();
        let mut fields = Vec::new();
        let mut stride = dtype.itemsize();
        let mut shape = layout.shape();
        match dtype.kind() {
            Kind::Struct(_) => leaves("", dtype, 0, &[], &mut fields)?,
            Kind::Complex => {
                let float = DType::scalar(Kind::Float, stride / 2, dtype.byte_order()).ok()?;
                let half = stride / 2;
                fields.extend([leaf("real", 0, &float), leaf("imaginary", half, &float)]);
            }
            _ => {
                let (&last, before) = shape.split_last()?;
                if before.is_empty() || !(2..=MAX_COLUMNS).contains(&last) {
                    return None;
                }
                shape = before;
                fields.extend((0..last).map(|i| leaf(&i.to_string(), i * dtype.itemsize(), dtype)));
                stride *= last;
            }
        }
        if stride == 0 || layout.nbytes() / stride < MIN_ROWS {
            return None;
        }
        let fields = with_gaps(fields, stride)?;
        if !(2..=MAX_PARTS).contains(&fields.len()) {
            return None;
        }
        let column = |leaf: Leaf| {
            let Leaf { name, offset, dtype, shape: inner } = leaf;
            let layout = Layout::new(dtype, [shape, &inner].concat(), Order::C).ok()?;
            let width = layout.nbytes().checked_div(shape.iter().product())?;
            Some(Column { name, offset, width, layout })
        };
        Some(Self { stride, columns: fields.into_iter().map(column).collect::<Option<_>>()? })
    }

    /// Copies the bytes of a column out of `payload`.
    pub(crate) fn gather(&self, column: &Column, payload: &[u8], out: &mut [u8]) {
        let rows = payload.chunks_exact(self.stride).map(|row| &row[column.offset..][..column.width]);
        match column.width {
            1 => gather::<1>(rows, out),
            2 => gather::<2>(rows, out),
            4 => gather::<4>(rows, out),
            8 => gather::<8>(rows, out),
            width => {
                rows.zip(out.chunks_exact_mut(width)).for_each(|(row, out)| out.copy_from_slice(row));
            }
        }
    }

    /// Copies the bytes of a column to their places in `payload`.
    ///
    /// Not inlined: the compiler would take stores for changes of the column, and read it again for each row.
    #[inline(never)]
    fn scatter(&self, column: &Column, bytes: &[u8], payload: &mut [u8]) {
        let rows = payload.chunks_exact_mut(self.stride).map(|row| &mut row[column.offset..][..column.width]);
        match column.width {
            1 => scatter::<1>(rows, bytes),
            2 => scatter::<2>(rows, bytes),
            4 => scatter::<4>(rows, bytes),
            8 => scatter::<8>(rows, bytes),
            width => rows.zip(bytes.chunks_exact(width)).for_each(|(row, bytes)| row.copy_from_slice(bytes)),
        }
    }

    /// Copies all of `payload`, the columns one after the other.
    pub(crate) fn gather_all(&self, payload: &[u8], columns: &mut [u8]) {
        for (column, rows, place) in self.pieces(payload.len()) {
            self.gather(column, &payload[rows], &mut columns[place]);
        }
    }

    /// Undoes [`gather_all`](Self::gather_all).
    pub(crate) fn scatter_all(&self, columns: &[u8], payload: &mut [u8]) {
        for (column, rows, place) in self.pieces(payload.len()) {
            self.scatter(column, &columns[place], &mut payload[rows]);
        }
    }

    /// Each column of some rows, then of the next: the bytes of the rows in a payload of `len` bytes, and those of the column
    /// among all. The rows stay in the first-level cache while one column after the other is copied.
    fn pieces(&self, len: usize) -> impl Iterator<Item = (&Column, Range<usize>, Range<usize>)> {
        let (stride, count) = (self.stride, len / self.stride);
        let at_once = (BLOCK / stride).max(1);
        (0..count).step_by(at_once).flat_map(move |first| {
            let end = (first + at_once).min(count);
            self.columns.iter().map(move |column| {
                let before = column.offset * count;
                let place = before + first * column.width..before + end * column.width;
                (column, first * stride..end * stride, place)
            })
        })
    }

    /// The bytes of a column among those of all, of a payload of `len` bytes.
    pub(crate) fn place(&self, column: &Column, len: usize) -> Range<usize> {
        let count = len / self.stride;
        column.offset * count..(column.offset + column.width) * count
    }
}

fn gather<'p, const N: usize>(rows: impl Iterator<Item = &'p [u8]>, out: &mut [u8]) {
    for (row, out) in rows.zip(out.as_chunks_mut::<N>().0) {
        *out = row.first_chunk().copied().unwrap_or([0; N]);
    }
}

fn scatter<'p, const N: usize>(rows: impl Iterator<Item = &'p mut [u8]>, bytes: &[u8]) {
    for (row, bytes) in rows.zip(bytes.as_chunks::<N>().0) {
        row.copy_from_slice(bytes);
    }
}

/// A field that is not a struct.
struct Leaf {
    name: String,
    offset: usize,
    dtype: DType,
    shape: Vec<usize>,
}

fn leaf(name: &str, offset: usize, dtype: &DType) -> Leaf {
    Leaf { name: name.to_owned(), offset, dtype: dtype.clone(), shape: Vec::new() }
}

/// The scalar fields of a struct, with their places and shapes.
fn leaves(name: &str, dtype: &DType, offset: usize, shape: &[usize], into: &mut Vec<Leaf>) -> Option<()> {
    let Some(fields) = dtype.fields() else {
        into.push(Leaf { shape: shape.to_vec(), ..leaf(name, offset, dtype) });
        return Some(());
    };
    // An array of structs in a struct is not a column.
    if !shape.is_empty() {
        return None;
    }
    for field in fields.iter() {
        if into.len() > MAX_PARTS {
            return None;
        }
        let name = if name.is_empty() { field.name().to_owned() } else { format!("{name}.{}", field.name()) };
        leaves(&name, field.dtype(), offset + field.offset(), field.shape(), into)?;
    }
    Some(())
}

/// The fields in the order of their bytes, with what lies between them; `None` if they overlap.
fn with_gaps(mut fields: Vec<Leaf>, stride: usize) -> Option<Vec<Leaf>> {
    let size = |leaf: &Leaf| leaf.dtype.itemsize() * leaf.shape.iter().product::<usize>();
    fields.retain(|field| size(field) > 0);
    fields.sort_by_key(|field| field.offset);
    let gap = |from: usize, to: usize| {
        let dtype = DType::scalar(Kind::Void, to - from, ByteOrder::NotApplicable).ok()?;
        Some(leaf("(no field)", from, &dtype))
    };
    let (mut all, mut end) = (Vec::new(), 0);
    for field in fields {
        if field.offset < end {
            return None;
        }
        if field.offset > end {
            all.push(gap(end, field.offset)?);
        }
        end = field.offset + size(&field);
        all.push(field);
    }
    if end > stride {
        return None;
    }
    if end < stride {
        all.push(gap(end, stride)?);
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of columns of every width, and of rows longer than a block.
    #[test]
    fn columns_lie_one_after_the_other_and_go_back() {
        for (dtype, shape) in [
            ("<i4", vec![20_000, 4]),
            ("|u1", vec![40_000, 3]),
            ("<f8", vec![3001, 10]),
            ("<c8", vec![5000]),
            ("|S3", vec![700, 5]),
            ("[('a','<i2'),('b','|S3'),('c','<f8',(3,))]", vec![777]),
            ("[('a','|S20000'),('b','<i4')]", vec![40]),
        ] {
            let layout = Layout::new(dtype.parse::<DType>().unwrap(), shape, Order::C).unwrap();
            let split = Split::of(&layout).unwrap();
            let payload: Vec<u8> = (0..layout.nbytes()).map(|at| ((at * 31) >> 3).to_le_bytes()[0]).collect();
            let mut columns = vec![0; payload.len()];
            split.gather_all(&payload, &mut columns);
            for column in &split.columns {
                let mut alone = vec![0; column.layout.nbytes()];
                split.gather(column, &payload, &mut alone);
                assert_eq!(columns[split.place(column, payload.len())], alone, "{dtype}: {}", column.name);
                let plain =
                    payload.chunks(split.stride).flat_map(|row| &row[column.offset..][..column.width]);
                assert!(plain.eq(&alone), "{dtype}: {}", column.name);
            }
            let mut back = vec![0; payload.len()];
            split.scatter_all(&columns, &mut back);
            assert_eq!(back, payload, "{dtype}");
        }
    }
}
