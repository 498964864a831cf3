//! `ndarray` arrays in and out.

use ndarray::{ArrayBase, ArrayD, ArrayViewD, Data, Dimension, IxDyn, ShapeBuilder, ShapeError};
use ndcodec_core::{Array, ArrayError, ArrayView, Chain, Element, Error, Layout, Order};

/// Views of `ndarray` arrays, for encoding.
pub trait ToView {
    /// A view of this array. C-ordered and Fortran-ordered arrays are borrowed as they lie; any other, strided or
    /// reversed, is copied once, to C order.
    ///
    /// # Errors
    /// Where the array has more dimensions than numpy allows.
    fn to_view(&self) -> Result<ArrayView<'_>, ArrayError>;
}

impl<T, S, D> ToView for ArrayBase<S, D>
where
    T: Element,
    S: Data<Elem = T>,
    D: Dimension,
{
    fn to_view(&self) -> Result<ArrayView<'_>, ArrayError> {
        if let Some(elements) = self.as_slice() {
            return ArrayView::from_slice(elements, self.shape());
        }
        // `as_slice_memory_order` also takes permuted and reversed axes, so the transpose must be asked.
        if let (Some(elements), true) = (self.as_slice_memory_order(), self.t().is_standard_layout()) {
            return ArrayView::from_slice_in(elements, self.shape(), Order::Fortran);
        }
        ArrayView::from_vec(self.iter().copied().collect::<Vec<T>>(), self.shape())
    }
}

/// Decoded arrays as `ndarray` arrays.
pub trait ToNdarray {
    /// The elements as they lie, without a copy.
    ///
    /// # Errors
    /// As [`ArrayView::as_slice`].
    fn as_ndarray<T: Element>(&self) -> Result<ArrayViewD<'_, T>, ArrayError>;

    /// The elements, copied, in native byte order.
    ///
    /// # Errors
    /// As [`ArrayView::to_vec`].
    fn to_ndarray<T: Element>(&self) -> Result<ArrayD<T>, ArrayError>;
}

impl ToNdarray for ArrayView<'_> {
    fn as_ndarray<T: Element>(&self) -> Result<ArrayViewD<'_, T>, ArrayError> {
        let elements = self.as_slice::<T>()?;
        ArrayViewD::from_shape(shape(self.layout()), elements)
            .map_err(|error| too_large(self.layout(), &error))
    }

    fn to_ndarray<T: Element>(&self) -> Result<ArrayD<T>, ArrayError> {
        from_elements(self.layout(), self.to_vec()?)
    }
}

impl ToNdarray for Array {
    fn as_ndarray<T: Element>(&self) -> Result<ArrayViewD<'_, T>, ArrayError> {
        let elements = self.as_slice::<T>()?;
        ArrayViewD::from_shape(shape(self.layout()), elements)
            .map_err(|error| too_large(self.layout(), &error))
    }

    fn to_ndarray<T: Element>(&self) -> Result<ArrayD<T>, ArrayError> {
        self.view().to_ndarray()
    }
}

/// Chains that decode straight to `ndarray` arrays.
pub trait DecodeNdarray {
    /// The array that `encoded` holds, in native byte order: [`Chain::decode_into_vec`] with its shape and order.
    ///
    /// # Errors
    /// As [`Chain::decode_into_vec`].
    fn decode_ndarray<T: Element>(&self, encoded: &[u8]) -> Result<ArrayD<T>, Error>;
}

impl DecodeNdarray for Chain {
    fn decode_ndarray<T: Element>(&self, encoded: &[u8]) -> Result<ArrayD<T>, Error> {
        let mut elements = Vec::new();
        let layout = self.decode_into_vec(encoded, &mut elements)?;
        Ok(from_elements(&layout, elements)?)
    }
}

fn from_elements<T>(layout: &Layout, elements: Vec<T>) -> Result<ArrayD<T>, ArrayError> {
    ArrayD::from_shape_vec(shape(layout), elements).map_err(|error| too_large(layout, &error))
}

fn shape(layout: &Layout) -> ndarray::StrideShape<IxDyn> {
    IxDyn(layout.shape()).set_f(layout.order() == Order::Fortran).into()
}

/// `ndarray` counts the elements of an empty array without its zero dimensions, so it may refuse what numpy holds.
fn too_large(layout: &Layout, _: &ShapeError) -> ArrayError {
    ArrayError::TooLarge { dtype: layout.dtype().to_string(), shape: layout.shape_text() }
}
