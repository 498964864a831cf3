//! `ndarray` arrays in and out, by `TryFrom` and by methods.

use ndarray::{ArrayBase, Data, Dimension, IxDyn, ShapeBuilder};

use super::{Array, ArrayView};
use crate::chain::{Chain, DecodeOptions};
use crate::{ArrayError, Element, Error, Layout, Order};

/// C-ordered and Fortran-ordered arrays are borrowed as they lie; any other, strided or reversed, is copied once, to C order.
impl<'a, T, S, D> TryFrom<&'a ArrayBase<S, D>> for ArrayView<'a>
where
    T: Element,
    S: Data<Elem = T>,
    D: Dimension,
{
    type Error = ArrayError;

    fn try_from(array: &'a ArrayBase<S, D>) -> Result<Self, ArrayError> {
        if let Some(elements) = array.as_slice() {
            return ArrayView::from_slice(elements, array.shape());
        }
        // `as_slice_memory_order` also takes permuted and reversed axes, so the transpose must be asked.
        if T::item_shape().is_empty()
            && let (Some(elements), true) = (array.as_slice_memory_order(), array.t().is_standard_layout())
        {
            return ArrayView::from_slice_in(elements, array.shape(), Order::Fortran);
        }
        ArrayView::from_vec(array.iter().copied().collect::<Vec<T>>(), array.shape())
    }
}

/// The elements, copied, in native byte order.
impl<T: Element, D: Dimension> TryFrom<Array> for ndarray::Array<T, D> {
    type Error = ArrayError;

    fn try_from(array: Array) -> Result<Self, ArrayError> {
        array.to_ndarray()
    }
}

/// The elements as they lie, without a copy.
impl<'a, T: Element, D: Dimension> TryFrom<&'a Array> for ndarray::ArrayView<'a, T, D> {
    type Error = ArrayError;

    fn try_from(array: &'a Array) -> Result<Self, ArrayError> {
        array.as_ndarray()
    }
}

impl ArrayView<'_> {
    /// The elements as they lie, without a copy.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let x = ArrayView::from_slice(&[1_i32, 2, 3, 4, 5, 6], &[2, 3])?;
    /// let sums = x.as_ndarray::<i32, ndarray::Ix2>()?.sum_axis(ndarray::Axis(0));
    /// assert_eq!(sums.to_vec(), [5, 7, 9]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`as_slice`](Self::as_slice), and if the array does not have the dimensions of `D`.
    pub fn as_ndarray<T: Element, D: Dimension>(&self) -> Result<ndarray::ArrayView<'_, T, D>, ArrayError> {
        let elements = self.as_slice::<T>()?;
        let view = ndarray::ArrayView::from_shape(shape::<T>(self.layout()), elements);
        let view = view.map_err(|_| ArrayError::too_large(self.layout()))?;
        let actual = view.ndim();
        view.into_dimensionality().map_err(|_| dimensions::<D>(actual))
    }

    /// The elements, copied, in native byte order.
    ///
    /// ```
    /// # fn main() -> Result<(), ndcodec_core::ArrayError> {
    /// use ndarray::{Ix2, array};
    /// use ndcodec_core::ArrayView;
    ///
    /// let x = array![[1.0, 2.0], [3.0, 4.0]];
    /// assert_eq!(ArrayView::try_from(&x)?.to_ndarray::<f64, Ix2>()?, x);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`to_vec`](Self::to_vec), and if the array does not have the dimensions of `D`.
    pub fn to_ndarray<T: Element, D: Dimension>(&self) -> Result<ndarray::Array<T, D>, ArrayError> {
        from_elements(self.layout(), self.to_vec()?)
    }
}

impl Array {
    /// The elements as they lie, without a copy: see [`ArrayView::as_ndarray`].
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let layout = Layout::new(DType::parse("u1")?, [2, 2], Order::C)?;
    /// let x = Array::new(layout, Buffer::from(&[1, 2, 3, 4][..]))?;
    /// assert_eq!(x.as_ndarray::<u8, ndarray::Ix2>()?[[1, 0]], 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`ArrayView::as_ndarray`].
    pub fn as_ndarray<T: Element, D: Dimension>(&self) -> Result<ndarray::ArrayView<'_, T, D>, ArrayError> {
        let elements = self.as_slice::<T>()?;
        let view = ndarray::ArrayView::from_shape(shape::<T>(self.layout()), elements);
        let view = view.map_err(|_| ArrayError::too_large(self.layout()))?;
        let actual = view.ndim();
        view.into_dimensionality().map_err(|_| dimensions::<D>(actual))
    }

    /// The elements, copied, in native byte order: see [`ArrayView::to_ndarray`].
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// let layout = Layout::new(DType::parse("u1")?, [2, 2], Order::C)?;
    /// let x = Array::new(layout, Buffer::from(&[1, 2, 3, 4][..]))?;
    /// let x: ndarray::Array2<u8> = x.to_ndarray()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`ArrayView::to_ndarray`].
    pub fn to_ndarray<T: Element, D: Dimension>(&self) -> Result<ndarray::Array<T, D>, ArrayError> {
        self.view().to_ndarray()
    }
}

impl Chain {
    /// The array that `encoded` holds, in native byte order: [`decode_into_vec`](Self::decode_into_vec) with its shape and
    /// order.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let x: ndarray::Array2<f64> = chain.decode_ndarray(encoded)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`decode_into_vec`](Self::decode_into_vec), and if the array does not have the dimensions of `D`.
    pub fn decode_ndarray<T: Element, D: Dimension>(
        &self,
        encoded: &[u8],
    ) -> Result<ndarray::Array<T, D>, Error> {
        self.decode_ndarray_with(encoded, DecodeOptions::DEFAULT)
    }

    /// [`decode_ndarray`](Self::decode_ndarray) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = DecodeOptions::new().with_max_bytes(64 << 20);
    /// let x: ndarray::Array2<f64> = chain.decode_ndarray_with(encoded, &options)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`decode_ndarray`](Self::decode_ndarray).
    pub fn decode_ndarray_with<T: Element, D: Dimension>(
        &self,
        encoded: &[u8],
        options: &DecodeOptions,
    ) -> Result<ndarray::Array<T, D>, Error> {
        let mut elements = Vec::new();
        let layout = self.decode_into_vec_with(encoded, &mut elements, options)?;
        Ok(from_elements(&layout, elements)?)
    }
}

fn from_elements<T: Element, D: Dimension>(
    layout: &Layout,
    elements: Vec<T>,
) -> Result<ndarray::Array<T, D>, ArrayError> {
    // `ndarray` counts the elements of an empty array without its zero dimensions, so it may refuse what numpy holds.
    let array = ndarray::ArrayD::from_shape_vec(shape::<T>(layout), elements);
    let array = array.map_err(|_| ArrayError::too_large(layout))?;
    let actual = array.ndim();
    array.into_dimensionality().map_err(|_| dimensions::<D>(actual))
}

/// The shape without the dimensions of one element.
fn shape<T: Element>(layout: &Layout) -> ndarray::StrideShape<IxDyn> {
    let ndim = layout.ndim() - T::item_shape().len();
    IxDyn(&layout.shape()[..ndim]).set_f(layout.order() == Order::Fortran && ndim == layout.ndim()).into()
}

fn dimensions<D: Dimension>(actual: usize) -> ArrayError {
    ArrayError::Dimensions { expected: D::NDIM.unwrap_or(actual), actual }
}
