//! [`ArrayView`] and [`Array`]: bytes with a [`Layout`], borrowed and owned.

use std::borrow::Cow;
use std::ops::Range;

use crate::{ArrayError, Buffer, ByteOrder, DType, Element, Layout, Order};

/// Bytes of an array that somebody else owns, contiguous in the layout's order.
///
/// A strided view is copied once, to C order, when it is made ([`ArrayView::from_strided`]); everything else
/// borrows.
#[derive(Debug, Clone)]
pub struct ArrayView<'a> {
    layout: Layout,
    payload: Cow<'a, [u8]>,
}

impl<'a> ArrayView<'a> {
    /// A view of `payload`, which holds the elements in the layout's order and the dtype's byte order.
    ///
    /// # Errors
    /// Where the payload's length is not the layout's.
    pub fn new(layout: Layout, payload: &'a [u8]) -> Result<Self, ArrayError> {
        if payload.len() != layout.nbytes() {
            return Err(ArrayError::Length {
                dtype: layout.dtype().to_string(),
                shape: layout.shape_text(),
                expected: layout.nbytes(),
                actual: payload.len(),
            });
        }
        Ok(Self { layout, payload: Cow::Borrowed(payload) })
    }

    /// A view of `elements` in C order.
    ///
    /// # Errors
    /// Where there are not as many elements as `shape` says.
    pub fn from_slice<T: Element>(elements: &'a [T], shape: &[usize]) -> Result<Self, ArrayError> {
        Self::from_slice_in(elements, shape, Order::C)
    }

    /// A view of `elements`, which lie in `order`.
    ///
    /// # Errors
    /// Where there are not as many elements as `shape` says.
    pub fn from_slice_in<T: Element>(
        elements: &'a [T],
        shape: &[usize],
        order: Order,
    ) -> Result<Self, ArrayError> {
        Self::new(Layout::new(T::dtype(), shape, order)?, bytemuck::cast_slice(elements))
    }

    /// An array in C order that owns its elements.
    ///
    /// # Errors
    /// Where there are not as many elements as `shape` says.
    pub fn from_vec<T: Element>(elements: Vec<T>, shape: &[usize]) -> Result<ArrayView<'static>, ArrayError> {
        let view = ArrayView::from_slice(&elements, shape)?;
        Ok(ArrayView { layout: view.layout, payload: Cow::Owned(view.payload.into_owned()) })
    }

    /// The elements of a strided array, copied once to C order where they are not contiguous already.
    ///
    /// `strides` are in bytes and may be negative; `first` is the byte of `data` at which element `[0, 0, …]`
    /// begins.
    ///
    /// # Errors
    /// Where an element lies outside `data`, or there are not as many strides as dimensions.
    pub fn from_strided(
        dtype: DType,
        shape: &[usize],
        strides: &[isize],
        data: &'a [u8],
        first: usize,
    ) -> Result<Self, ArrayError> {
        let layout = Layout::new(dtype, shape, Order::C)?;
        let itemsize = layout.dtype().itemsize();
        let outside =
            || ArrayError::Strides { strides: strides.to_vec(), shape: layout.shape_text(), len: data.len() };
        if strides.len() != shape.len() {
            return Err(outside());
        }
        if layout.nbytes() == 0 {
            return Self::new(layout, &[]);
        }
        let reach = reach(shape, strides, first, itemsize).ok_or_else(outside)?;
        if reach.end > data.len() {
            return Err(outside());
        }
        for order in [Order::C, Order::Fortran] {
            if is_contiguous(shape, strides, itemsize, order) {
                let layout = Layout::new(layout.dtype().clone(), shape, order)?;
                let end = first + layout.nbytes();
                return Self::new(layout, &data[first..end]);
            }
        }
        let payload = gather(shape, strides, data, first, itemsize, layout.nbytes());
        Ok(Self { layout, payload: Cow::Owned(payload) })
    }

    /// Some rows (indices of the first dimension) in C order; copied only where the array is Fortran-ordered.
    ///
    /// # Errors
    /// Where there are no such rows.
    pub fn rows(&self, rows: Range<usize>) -> Result<ArrayView<'_>, ArrayError> {
        let (layout, bytes) = crate::rows_of(&self.layout, rows.clone())?;
        if self.layout.order() == Order::C || layout.nbytes() == 0 {
            return ArrayView::new(layout, &self.payload[bytes]);
        }
        let itemsize = self.dtype().itemsize();
        let mut strides = Vec::with_capacity(self.layout.ndim());
        let mut step = itemsize;
        for dim in self.shape() {
            strides.push(step.cast_signed());
            step *= dim;
        }
        let payload =
            gather(layout.shape(), &strides, &self.payload, rows.start * itemsize, itemsize, layout.nbytes());
        Ok(ArrayView { layout, payload: Cow::Owned(payload) })
    }

    /// dtype, shape and order.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The element type.
    pub fn dtype(&self) -> &DType {
        self.layout.dtype()
    }

    /// The length of each dimension.
    pub fn shape(&self) -> &[usize] {
        self.layout.shape()
    }

    /// The elements' bytes, contiguous in the layout's order.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The elements, without a copy.
    ///
    /// # Errors
    /// Where the dtype or its byte order is not that of `T`, the payload is not aligned for `T`, or a byte is no
    /// value of `T`. [`to_vec`](Self::to_vec) converts the byte order and needs no alignment.
    pub fn as_slice<T: Element>(&self) -> Result<&[T], ArrayError> {
        let expected = T::dtype();
        if *self.dtype() != expected {
            return Err(wrong_dtype(&expected, self.dtype()));
        }
        bytemuck::checked::try_cast_slice(&self.payload).map_err(|error| match error {
            bytemuck::checked::CheckedCastError::InvalidBitPattern => {
                ArrayError::Value { dtype: expected.to_string() }
            }
            bytemuck::checked::CheckedCastError::PodCastError(_) => {
                ArrayError::Alignment { dtype: expected.to_string() }
            }
        })
    }

    /// The elements, copied, in native byte order.
    ///
    /// # Errors
    /// Where the dtype, whatever its byte order, is not that of `T`, or a byte is no value of `T`.
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>, ArrayError> {
        let expected = T::dtype();
        if self.dtype().with_byte_order(ByteOrder::NATIVE) != expected {
            return Err(wrong_dtype(&expected, self.dtype()));
        }
        let mut bytes = Buffer::from(self.payload());
        if *self.dtype() != expected {
            self.dtype().swap_bytes_in_place(&mut bytes)?;
        }
        let elements: &[T] = bytemuck::checked::try_cast_slice(&bytes)
            .map_err(|_| ArrayError::Value { dtype: expected.to_string() })?;
        Ok(elements.to_vec())
    }
}

fn wrong_dtype(expected: &DType, actual: &DType) -> ArrayError {
    ArrayError::DType { expected: expected.to_string(), actual: actual.to_string() }
}

/// An array that owns its bytes. The payload is aligned to 64 bytes.
#[derive(Debug, Clone)]
pub struct Array {
    layout: Layout,
    buffer: Buffer,
    payload: Range<usize>,
}

impl Array {
    /// An array whose elements are `buffer`.
    ///
    /// # Errors
    /// Where the buffer's length is not the layout's.
    pub fn new(layout: Layout, buffer: Buffer) -> Result<Self, ArrayError> {
        ArrayView::new(layout.clone(), &buffer)?;
        let payload = 0..buffer.len();
        Ok(Self { layout, buffer, payload })
    }

    /// An array whose elements are a part of `buffer`, as a decoder leaves it behind a header.
    pub(crate) fn from_part(layout: Layout, buffer: Buffer, payload: Range<usize>) -> Self {
        debug_assert_eq!(payload.len(), layout.nbytes());
        Self { layout, buffer, payload }
    }

    /// dtype, shape and order.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The element type.
    pub fn dtype(&self) -> &DType {
        self.layout.dtype()
    }

    /// The length of each dimension.
    pub fn shape(&self) -> &[usize] {
        self.layout.shape()
    }

    /// The elements' bytes, contiguous in the layout's order.
    pub fn payload(&self) -> &[u8] {
        &self.buffer[self.payload.clone()]
    }

    /// The elements' bytes, to be changed in place.
    pub fn payload_mut(&mut self) -> &mut [u8] {
        &mut self.buffer[self.payload.clone()]
    }

    /// A view of it.
    pub fn view(&self) -> ArrayView<'_> {
        ArrayView { layout: self.layout.clone(), payload: Cow::Borrowed(self.payload()) }
    }

    /// The elements, without a copy: see [`ArrayView::as_slice`].
    ///
    /// # Errors
    /// As [`ArrayView::as_slice`]; never for alignment.
    pub fn as_slice<T: Element>(&self) -> Result<&[T], ArrayError> {
        let expected = T::dtype();
        if *self.dtype() != expected {
            return Err(wrong_dtype(&expected, self.dtype()));
        }
        bytemuck::checked::try_cast_slice(self.payload())
            .map_err(|_| ArrayError::Value { dtype: expected.to_string() })
    }

    /// The elements, copied, in native byte order: see [`ArrayView::to_vec`].
    ///
    /// # Errors
    /// As [`ArrayView::to_vec`].
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>, ArrayError> {
        self.view().to_vec()
    }
}

/// The bytes from the first to the last element's end, or `None` where that leaves `usize`.
fn reach(shape: &[usize], strides: &[isize], first: usize, itemsize: usize) -> Option<Range<usize>> {
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

fn is_contiguous(shape: &[usize], strides: &[isize], itemsize: usize, order: Order) -> bool {
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
fn gather(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strided_views_are_copied_to_c_order() {
        let data: Vec<u8> = (0..24).collect();
        let u1 = DType::parse("|u1").unwrap();
        // A 4 × 6 array, every second row backwards, every third column.
        let view = ArrayView::from_strided(u1.clone(), &[2, 2], &[-12, 3], &data, 18).unwrap();
        assert_eq!(view.payload(), [18, 21, 6, 9]);
        // Three dimensions, so that two outer indices carry.
        let view = ArrayView::from_strided(u1.clone(), &[2, 2, 2], &[12, 1, 4], &data, 0).unwrap();
        assert_eq!(view.payload(), [0, 4, 1, 5, 12, 16, 13, 17]);
        // A broadcast dimension has stride 0.
        let view = ArrayView::from_strided(u1, &[3, 2], &[0, 1], &data, 5).unwrap();
        assert_eq!(view.payload(), [5, 6, 5, 6, 5, 6]);
    }

    #[test]
    fn contiguous_views_are_borrowed_in_their_order() {
        let data: Vec<u8> = (0..6).collect();
        let u1 = DType::parse("|u1").unwrap();
        let view = ArrayView::from_strided(u1.clone(), &[2, 3], &[1, 2], &data, 0).unwrap();
        assert_eq!((view.layout().order(), view.payload().as_ptr()), (Order::Fortran, data.as_ptr()));
        assert!(ArrayView::from_strided(u1.clone(), &[2, 3], &[1, 3], &data, 0).is_err());
        assert!(ArrayView::from_strided(u1.clone(), &[2], &[-1], &data, 0).is_err());
        assert!(ArrayView::from_strided(u1, &[2, 2], &[isize::MAX, isize::MIN], &data, 0).is_err());
    }

    #[test]
    fn typed_access_converts_byte_order_and_says_both_types() {
        let be =
            ArrayView::new(Layout::new(DType::parse(">i2").unwrap(), [2], Order::C).unwrap(), &[1, 2, 3, 4]);
        let be = be.unwrap();
        assert_eq!(be.to_vec::<i16>().unwrap(), [0x0102, 0x0304]);
        assert_eq!(
            be.as_slice::<i16>().unwrap_err().to_string(),
            "the array has dtype `>i2`, which is not `<i2`"
        );
        let bools =
            ArrayView::new(Layout::new(DType::parse("|b1").unwrap(), [2], Order::C).unwrap(), &[1, 2]);
        assert!(matches!(bools.unwrap().as_slice::<bool>(), Err(ArrayError::Value { .. })));
    }
}
