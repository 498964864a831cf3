//! What an [`Array`] gives of what it owns.

use std::ops::Range;

use super::{Array, ArrayView};
use crate::array::numbers;
use crate::array::payload::Payload;
use crate::array::typed::wrong_dtype;
use crate::dtype::{check_items, element_dtype};
use crate::{ArrayError, Buffer, DType, Element, Layout, Order};

impl Array {
    /// An array whose elements are `buffer`.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let layout = Layout::new(DType::parse("u1")?, [2, 2], Order::C)?;
    /// let x = Array::new(layout, Buffer::from(&[1, 2, 3, 4][..]))?;
    /// assert_eq!(x.to_vec::<u8>()?, [1, 2, 3, 4]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the buffer's length is not the layout's, of kind [`OutputFull`](crate::ErrorKind::OutputFull).
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
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let layout = Layout::new(DType::parse("u1")?, [2, 2], Order::C)?;
    /// let x = Array::new(layout, Buffer::from(&[1, 2, 3, 4][..]))?;
    /// assert_eq!(x.layout().len(), 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The element type.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let layout = Layout::new(DType::parse("u1")?, [2, 2], Order::C)?;
    /// let x = Array::new(layout, Buffer::from(&[1, 2, 3, 4][..]))?;
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
    /// let layout = Layout::new(DType::parse("u1")?, [2, 2], Order::C)?;
    /// let x = Array::new(layout, Buffer::from(&[1, 2, 3, 4][..]))?;
    /// assert_eq!(x.shape(), [2, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shape(&self) -> &[usize] {
        self.layout.shape()
    }

    /// The elements' bytes, contiguous in the layout's order.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let layout = Layout::new(DType::parse("u1")?, [2, 2], Order::C)?;
    /// let x = Array::new(layout, Buffer::from(&[1, 2, 3, 4][..]))?;
    /// assert_eq!(x.payload(), [1, 2, 3, 4]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn payload(&self) -> &[u8] {
        &self.buffer[self.payload.clone()]
    }

    /// The elements' bytes, to be changed in place.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let layout = Layout::new(DType::parse("u1")?, [2, 2], Order::C)?;
    /// let mut x = Array::new(layout, Buffer::from(&[1, 2, 3, 4][..]))?;
    /// x.payload_mut()[0] = 7;
    /// assert_eq!(x.to_vec::<u8>()?, [7, 2, 3, 4]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn payload_mut(&mut self) -> &mut [u8] {
        &mut self.buffer[self.payload.clone()]
    }

    /// Its layout, its memory, and where in that the elements lie.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let layout = Layout::new(DType::parse("u1")?, [2, 2], Order::C)?;
    /// let x = Array::new(layout, Buffer::from(&[1, 2, 3, 4][..]))?;
    /// let (layout, buffer, payload) = x.into_parts();
    /// assert_eq!(buffer[payload], [1, 2, 3, 4]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_parts(self) -> (Layout, Buffer, Range<usize>) {
        (self.layout, self.buffer, self.payload)
    }

    /// A view of it.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let layout = Layout::new(DType::parse("u1")?, [2, 2], Order::C)?;
    /// let x = Array::new(layout, Buffer::from(&[1, 2, 3, 4][..]))?;
    /// assert_eq!(x.view().rows(1..2)?.payload(), [3, 4]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn view(&self) -> ArrayView<'_> {
        ArrayView { layout: self.layout.clone(), payload: Payload::Borrowed(self.payload()) }
    }

    /// The same array with its elements in `order`: see [`ArrayView::to_order`].
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let layout = Layout::new(DType::parse("u1")?, [2, 2], Order::C)?;
    /// let x = Array::new(layout, Buffer::from(&[1, 2, 3, 4][..]))?;
    /// assert_eq!(x.to_order(Order::Fortran).payload(), [1, 3, 2, 4]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_order(&self, order: Order) -> ArrayView<'_> {
        self.view().into_order(order)
    }

    /// The elements, without a copy: see [`ArrayView::as_slice`].
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let layout = Layout::new(DType::parse("u1")?, [2, 2], Order::C)?;
    /// let x = Array::new(layout, Buffer::from(&[1, 2, 3, 4][..]))?;
    /// assert_eq!(x.as_slice::<u8>()?, [1, 2, 3, 4]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`ArrayView::as_slice`]; never for alignment.
    pub fn as_slice<T: Element>(&self) -> Result<&[T], ArrayError> {
        let expected = element_dtype::<T>()?;
        if *self.dtype() != expected {
            return Err(wrong_dtype(&expected, self.dtype()));
        }
        check_items::<T>(&self.layout)?;
        bytemuck::checked::try_cast_slice(self.payload())
            .map_err(|_| ArrayError::Value { dtype: expected.to_string() })
    }

    /// The elements, copied, in native byte order: see [`ArrayView::to_vec`].
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let layout = Layout::new(DType::parse("u1")?, [2, 2], Order::C)?;
    /// let x = Array::new(layout, Buffer::from(&[1, 2, 3, 4][..]))?;
    /// let elements: Vec<u8> = x.to_vec()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`ArrayView::to_vec`].
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>, ArrayError> {
        self.view().to_vec()
    }

    /// The elements, copied into a vector of the caller's: see [`ArrayView::copy_into`].
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let layout = Layout::new(DType::parse("u1")?, [2, 2], Order::C)?;
    /// let x = Array::new(layout, Buffer::from(&[1, 2, 3, 4][..]))?;
    /// let mut elements: Vec<u8> = Vec::new();
    /// x.copy_into(&mut elements)?;
    /// assert_eq!(elements, [1, 2, 3, 4]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`ArrayView::copy_into`].
    pub fn copy_into<T: Element>(&self, elements: &mut Vec<T>) -> Result<(), ArrayError> {
        self.view().copy_into(elements)
    }

    /// The elements as `f64`, copied, whatever number they are: see [`ArrayView::to_f64`].
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let layout = Layout::new(DType::parse("u1")?, [2, 2], Order::C)?;
    /// let x = Array::new(layout, Buffer::from(&[1, 2, 3, 4][..]))?;
    /// assert_eq!(x.to_f64()?, [1.0, 2.0, 3.0, 4.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`ArrayView::to_f64`].
    pub fn to_f64(&self) -> Result<Vec<f64>, ArrayError> {
        numbers::to_f64(self.dtype(), self.payload())
    }
}
