//! Decoding straight to elements of a Rust type.

use super::{Chain, DecodeOptions};
use crate::error::Error;
use crate::{ArrayView, ByteOrder, Element, Layout};

impl Chain {
    /// Decodes into `elements`, whose content is replaced, in native byte order, and returns the layout of what it holds
    /// then. Nothing is allocated once its capacity is enough.
    ///
    /// Of a chain without codecs and filters, such as `npy`, the elements go from `encoded` to `elements` in one pass
    /// that reverses bytes if it must.
    ///
    /// ```
    /// # use ndcodec_core::{Chain, Element, Error};
    /// fn read<T: Element>(npy: &Chain, file: &[u8]) -> Result<(Vec<usize>, Vec<T>), Error> {
    ///     let mut elements = Vec::new();
    ///     let layout = npy.decode_into_vec(file, &mut elements)?;
    ///     Ok((layout.shape().to_vec(), elements))
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and as [`ArrayView::to_vec`] if the elements are not `T`. `elements` is empty then.
    pub fn decode_into_vec<T: Element>(
        &self,
        encoded: &[u8],
        elements: &mut Vec<T>,
    ) -> Result<Layout, Error> {
        self.decode_into_vec_with(encoded, elements, DecodeOptions::DEFAULT)
    }

    /// [`decode_into_vec`](Self::decode_into_vec) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = DecodeOptions::new().with_max_bytes(64 << 20);
    /// let mut elements: Vec<f32> = Vec::new();
    /// let layout = chain.decode_into_vec_with(encoded, &mut elements, &options)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`decode_into_vec`](Self::decode_into_vec).
    pub fn decode_into_vec_with<T: Element>(
        &self,
        encoded: &[u8],
        elements: &mut Vec<T>,
        options: &DecodeOptions,
    ) -> Result<Layout, Error> {
        elements.clear();
        if let Some(array) = self.borrowed(encoded, &options.limits)? {
            array.copy_into(elements)?;
            return Ok(array.layout().clone().with_byte_order(ByteOrder::NATIVE));
        }
        let mut scratch = self.stages.run.scratch();
        let (layout, payload) = self.decode_to(encoded, options, &mut scratch)?;
        ArrayView::new(layout.clone(), &scratch[payload])?.copy_into(elements)?;
        Ok(layout.with_byte_order(ByteOrder::NATIVE))
    }
}
