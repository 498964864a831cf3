//! [`ArrayView`] and [`Array`]: bytes with a [`Layout`], borrowed and owned.

mod owned;

use std::fmt;
use std::ops::Range;

use super::numbers;
use super::payload::Payload;
use super::strided::{self, gather, is_contiguous, reach};
use super::typed::{self, wrong_dtype};
use crate::dtype::{check_items, element_dtype, element_layout};
use crate::{ArrayError, Buffer, ByteOrder, DType, Element, Layout, Order, fresh};

/// Bytes of an array that somebody else owns, contiguous in the layout's order.
///
/// A strided view is copied once, to C order, when it is made ([`ArrayView::from_strided`]); everything else
/// borrows.
#[derive(Clone)]
pub struct ArrayView<'a> {
    layout: Layout,
    payload: Payload<'a>,
}

impl<'a> ArrayView<'a> {
    /// A view of `payload`, which holds the elements in the layout's order and the dtype's byte order.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let layout = Layout::new(DType::parse("<u2")?, [3], Order::C)?;
    /// let x = ArrayView::new(layout, &[1, 0, 2, 0, 3, 0])?;
    /// assert_eq!(x.to_vec::<u16>()?, [1, 2, 3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the payload's length is not the layout's, of kind [`OutputFull`](crate::ErrorKind::OutputFull).
    pub fn new(layout: Layout, payload: &'a [u8]) -> Result<Self, ArrayError> {
        if payload.len() != layout.nbytes() {
            return Err(ArrayError::Length {
                dtype: layout.dtype().to_string(),
                shape: layout.shape_text(),
                expected: layout.nbytes(),
                actual: payload.len(),
            });
        }
        Ok(Self { layout, payload: Payload::Borrowed(payload) })
    }

    /// A view of `elements` in C order.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let x = ArrayView::from_slice(&[1_i32, 2, 3, 4, 5, 6], &[2, 3])?;
    /// assert_eq!(x.shape(), [2, 3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there are not as many elements as `shape` says, of kind [`Array`](crate::ErrorKind::Array).
    pub fn from_slice<T: Element>(elements: &'a [T], shape: &[usize]) -> Result<Self, ArrayError> {
        Self::from_slice_in(elements, shape, Order::C)
    }

    /// A view of `elements`, which lie in `order`.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// // Columns one behind the other, as Fortran, MATLAB and Julia have them.
    /// let x = ArrayView::from_slice_in(&[1, 4, 2, 5, 3, 6], &[2, 3], Order::Fortran)?;
    /// assert_eq!(x.to_order(Order::C).to_vec::<i32>()?, [1, 2, 3, 4, 5, 6]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there are not as many elements as `shape` says, of kind [`Array`](crate::ErrorKind::Array).
    pub fn from_slice_in<T: Element>(
        elements: &'a [T],
        shape: &[usize],
        order: Order,
    ) -> Result<Self, ArrayError> {
        Self::new(element_layout::<T>(shape, order)?, bytemuck::cast_slice(elements))
    }

    /// An array in C order that owns its elements, which are not copied.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let x = ArrayView::from_vec(vec![1.0, 2.0, 3.0], &[3])?;
    /// assert_eq!(x.to_vec::<f64>()?, [1.0, 2.0, 3.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there are not as many elements as `shape` says, of kind [`Array`](crate::ErrorKind::Array).
    pub fn from_vec<T: Element>(elements: Vec<T>, shape: &[usize]) -> Result<ArrayView<'static>, ArrayError> {
        let layout = ArrayView::from_slice(&elements, shape)?.layout;
        Ok(ArrayView { layout, payload: Payload::of_elements(elements) })
    }

    /// The elements of a strided array, copied once to C order if they are not contiguous already.
    ///
    /// `strides` are in bytes and may be negative; `first` is the byte of `data` at which element `[0, 0, …]`
    /// begins.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// // Every second byte, from behind.
    /// let x = ArrayView::from_strided(DType::parse("u1")?, &[3], &[-2], &[0, 1, 2, 3, 4, 5], 5)?;
    /// assert_eq!(x.payload(), [5, 3, 1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If an element lies outside `data`, or there are not as many strides as dimensions, of kind
    /// [`Array`](crate::ErrorKind::Array).
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
        Ok(Self { layout, payload: Payload::Owned(payload) })
    }

    /// Some rows (indices of the first dimension) in C order; copied only where the array is Fortran-ordered.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let x = ArrayView::from_slice(&[1_i32, 2, 3, 4, 5, 6], &[2, 3])?;
    /// assert_eq!(x.rows(1..2)?.to_vec::<i32>()?, [4, 5, 6]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there are no such rows, of kind [`Array`](crate::ErrorKind::Array).
    pub fn rows(&self, rows: Range<usize>) -> Result<ArrayView<'_>, ArrayError> {
        let (layout, bytes) = super::rows_of(&self.layout, rows.clone())?;
        if self.layout.order() == Order::C || layout.nbytes() == 0 {
            return ArrayView::new(layout, &self.payload[bytes]);
        }
        let itemsize = self.dtype().itemsize();
        let strides = strided::strides(self.shape(), itemsize, Order::Fortran);
        let payload =
            gather(layout.shape(), &strides, &self.payload, rows.start * itemsize, itemsize, layout.nbytes());
        Ok(ArrayView { layout, payload: Payload::Owned(payload) })
    }

    /// The same array with its elements in `order`; copied only if that is another order in memory.
    ///
    /// An array of at most one dimension longer than 1 is in both orders at once.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let x = ArrayView::from_slice(&[1_i32, 2, 3, 4, 5, 6], &[2, 3])?;
    /// assert_eq!(x.to_order(Order::Fortran).to_vec::<i32>()?, [1, 4, 2, 5, 3, 6]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_order(&self, order: Order) -> ArrayView<'_> {
        ArrayView { layout: self.layout.clone(), payload: Payload::Borrowed(self.payload()) }
            .into_order(order)
    }

    /// [`to_order`](Self::to_order) of a view that is not needed any more.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let x = ArrayView::from_slice(&[1_i32, 2, 3, 4, 5, 6], &[2, 3])?;
    /// assert_eq!(x.into_order(Order::Fortran).layout().order(), Order::Fortran);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn into_order(self, order: Order) -> Self {
        let layout = self.layout.clone().with_order(order);
        if self.layout.order() == order || self.layout.is_both_orders() || layout.nbytes() == 0 {
            return Self { layout, payload: self.payload };
        }
        let itemsize = self.dtype().itemsize();
        let mut shape = self.shape().to_vec();
        let mut strides = strided::strides(&shape, itemsize, self.layout.order());
        if order == Order::Fortran {
            // Fortran order is C order with the dimensions reversed.
            shape.reverse();
            strides.reverse();
        }
        let payload = gather(&shape, &strides, &self.payload, 0, itemsize, layout.nbytes());
        Self { layout, payload: Payload::Owned(payload) }
    }

    /// The same values with their scalars, in fields too, in this byte order; copied only where some are in the other.
    ///
    /// # Panics
    /// If there is no memory for the copy.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let x = ArrayView::from_slice(&[1_u16, 2], &[2])?;
    /// assert_eq!(x.to_byte_order(ByteOrder::Big).payload(), [0, 1, 0, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_byte_order(&self, order: ByteOrder) -> ArrayView<'_> {
        let layout = self.layout.clone().with_byte_order(order);
        if layout == self.layout {
            return ArrayView { layout, payload: Payload::Borrowed(self.payload()) };
        }
        let mut payload = Vec::new();
        fresh::reserve(&mut payload, self.payload.len()).unwrap_or_else(|error| fresh::out_of_memory(&error));
        payload.extend_from_slice(&self.payload);
        self.dtype().convert_in_place(order, &mut payload).expect("a payload is whole elements");
        ArrayView { layout, payload: Payload::Owned(payload) }
    }

    /// dtype, shape and order.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let x = ArrayView::from_slice(&[1_i32, 2, 3, 4, 5, 6], &[2, 3])?;
    /// assert_eq!(x.layout().nbytes(), 24);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The element type.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let x = ArrayView::from_slice(&[1_u8, 2], &[2])?;
    /// assert_eq!(x.dtype().to_string(), "|u1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dtype(&self) -> &DType {
        self.layout.dtype()
    }

    /// The length of each dimension.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let x = ArrayView::from_slice(&[1_i32, 2, 3, 4, 5, 6], &[2, 3])?;
    /// assert_eq!(x.shape(), [2, 3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shape(&self) -> &[usize] {
        self.layout.shape()
    }

    /// The elements' bytes, contiguous in the layout's order.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let x = ArrayView::from_slice(&[1_u8, 2, 3], &[3])?;
    /// assert_eq!(x.payload(), [1, 2, 3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The elements, without a copy.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let x = ArrayView::from_slice(&[1_i32, 2, 3, 4, 5, 6], &[2, 3])?;
    /// assert_eq!(x.as_slice::<i32>()?, [1, 2, 3, 4, 5, 6]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype or its byte order is not that of `T`, or a byte is not a value of `T`, of kind
    /// [`DType`](crate::ErrorKind::DType); if the payload is not aligned for `T`, of kind
    /// [`Array`](crate::ErrorKind::Array). [`to_vec`](Self::to_vec) converts the byte order and needs no alignment.
    pub fn as_slice<T: Element>(&self) -> Result<&[T], ArrayError> {
        let expected = element_dtype::<T>()?;
        if *self.dtype() != expected {
            return Err(wrong_dtype(&expected, self.dtype()));
        }
        check_items::<T>(&self.layout)?;
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
    /// ```
    /// # use ndcodec_core::*;
    /// let x = ArrayView::from_slice(&[1_i32, 2, 3, 4, 5, 6], &[2, 3])?;
    /// let x = x.to_byte_order(ByteOrder::Big);
    /// assert_eq!(x.to_vec::<i32>()?, [1, 2, 3, 4, 5, 6]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype, whatever its byte order, is not that of `T`, or a byte is not a value of `T`, of kind
    /// [`DType`](crate::ErrorKind::DType).
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>, ArrayError> {
        let mut elements = Vec::new();
        self.copy_into(&mut elements)?;
        Ok(elements)
    }

    /// [`to_vec`](Self::to_vec) into a vector of the caller's, whose content is replaced. Nothing is allocated once
    /// its capacity is enough.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let x = ArrayView::from_slice(&[1_i32, 2, 3, 4, 5, 6], &[2, 3])?;
    /// let mut elements = Vec::new();
    /// x.copy_into::<i32>(&mut elements)?;
    /// assert_eq!(elements.len(), 6);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`to_vec`](Self::to_vec); `elements` is empty then.
    pub fn copy_into<T: Element>(&self, elements: &mut Vec<T>) -> Result<(), ArrayError> {
        elements.clear();
        check_items::<T>(&self.layout)?;
        let copied = typed::extend(elements, self.dtype(), &self.payload);
        if copied.is_err() {
            elements.clear();
        }
        copied
    }

    /// The elements as `f64`, copied, whatever number they are: booleans as 0 and 1, integers and floats of every size and
    /// byte order, and those of `ml_dtypes`. Integers beyond 2⁵³ are rounded.
    ///
    /// ```
    /// # use ndcodec_core::ArrayView;
    /// let counts = ArrayView::from_slice(&[1_u16, 2, 65_535], &[3])?;
    /// assert_eq!(counts.to_f64()?, [1.0, 2.0, 65_535.0]);
    /// # Ok::<(), ndcodec_core::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// Of kind [`DType`](crate::ErrorKind::DType) if the elements are not real numbers, or `long double`, whose meaning depends
    /// on the machine that wrote them.
    pub fn to_f64(&self) -> Result<Vec<f64>, ArrayError> {
        numbers::to_f64(self.dtype(), &self.payload)
    }
}

impl fmt::Debug for ArrayView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArrayView").field("layout", &self.layout).field("payload", &&*self.payload).finish()
    }
}

/// A view of the array.
impl<'a> From<&'a Array> for ArrayView<'a> {
    fn from(array: &'a Array) -> Self {
        array.view()
    }
}

/// An array of one dimension, borrowed.
impl<'a, T: Element> TryFrom<&'a [T]> for ArrayView<'a> {
    type Error = ArrayError;

    fn try_from(elements: &'a [T]) -> Result<Self, ArrayError> {
        Self::from_slice(elements, &[elements.len()])
    }
}

/// An array of one dimension, borrowed.
impl<'a, T: Element> TryFrom<&'a Vec<T>> for ArrayView<'a> {
    type Error = ArrayError;

    fn try_from(elements: &'a Vec<T>) -> Result<Self, ArrayError> {
        Self::from_slice(elements, &[elements.len()])
    }
}

/// The elements of an array of one dimension, in native byte order.
impl<T: Element> TryFrom<Array> for Vec<T> {
    type Error = ArrayError;

    fn try_from(array: Array) -> Result<Self, ArrayError> {
        let (actual, expected) = (array.layout.ndim(), 1 + T::item_shape().len());
        if actual != expected {
            return Err(ArrayError::Dimensions { expected, actual });
        }
        array.to_vec()
    }
}

/// An array that owns its bytes. The payload is aligned to 64 bytes.
#[derive(Debug, Clone)]
pub struct Array {
    layout: Layout,
    buffer: Buffer,
    payload: Range<usize>,
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

    #[test]
    fn a_byte_order_that_is_asked_for_is_given() {
        let elements = [1_u16, 2, 0x0304];
        let native = ArrayView::from_slice(&elements, &[3]).unwrap();
        let le = native.to_byte_order(ByteOrder::Little);
        assert_eq!((le.dtype().to_string().as_str(), le.payload()), ("<u2", &[1, 0, 2, 0, 4, 3][..]));
        let be = le.to_byte_order(ByteOrder::Big);
        assert_eq!((be.dtype().to_string().as_str(), be.payload()), (">u2", &[0, 1, 0, 2, 3, 4][..]));
        assert_eq!(be.to_byte_order(ByteOrder::Big).payload().as_ptr(), be.payload().as_ptr());
        assert_eq!(be.to_byte_order(ByteOrder::NotApplicable).dtype(), be.dtype());
        assert_eq!(be.to_vec::<u16>().unwrap(), elements);
    }

    #[test]
    fn a_vector_of_the_callers_is_used_again() {
        let be = Layout::new(DType::parse(">u4").unwrap(), [2], Order::C).unwrap();
        let be = ArrayView::new(be, &[0, 0, 0, 1, 0, 0, 1, 0]).unwrap();
        let mut elements = vec![7_u32; 9];
        let before = (elements.as_ptr(), elements.capacity());
        be.copy_into(&mut elements).unwrap();
        assert_eq!((&*elements, (elements.as_ptr(), elements.capacity())), (&[1, 256][..], before));
        let mut wrong = vec![1.5_f32];
        assert!(be.copy_into(&mut wrong).is_err());
        assert!(wrong.is_empty());
    }

    #[test]
    fn an_order_that_is_asked_for_is_given() {
        let elements: Vec<u16> = (0..24).collect();
        let c = ArrayView::from_slice(&elements, &[2, 3, 4]).unwrap();
        let f = c.to_order(Order::Fortran);
        // As `numpy.arange(24).reshape(2, 3, 4).ravel('F')` has it.
        let expected =
            [0, 12, 4, 16, 8, 20, 1, 13, 5, 17, 9, 21, 2, 14, 6, 18, 10, 22, 3, 15, 7, 19, 11, 23_u16];
        assert_eq!((f.layout().order(), f.as_slice::<u16>().unwrap()), (Order::Fortran, &expected[..]));
        assert_eq!(f.shape(), [2, 3, 4]);
        let back = f.to_order(Order::C);
        assert_eq!((back.layout(), back.payload()), (c.layout(), c.payload()));
        let same = f.to_order(Order::Fortran);
        assert_eq!(same.payload().as_ptr(), f.payload().as_ptr());
    }

    #[test]
    fn an_order_that_is_the_same_memory_is_not_copied() {
        for shape in [&[24][..], &[1, 24, 1], &[], &[0, 5], &[usize::MAX, 0, usize::MAX]] {
            let count = shape.iter().fold(1_usize, |n, dim| n.saturating_mul(*dim));
            let elements = vec![0_u8; count];
            let view = ArrayView::from_slice(&elements, shape).unwrap();
            let f = view.to_order(Order::Fortran);
            assert_eq!((f.layout().order(), f.payload().as_ptr()), (Order::Fortran, view.payload().as_ptr()));
        }
        let unsized_items = Layout::new(DType::parse("|V0").unwrap(), [usize::MAX, 2], Order::C).unwrap();
        assert!(ArrayView::new(unsized_items, &[]).unwrap().to_order(Order::Fortran).payload().is_empty());
    }
}
