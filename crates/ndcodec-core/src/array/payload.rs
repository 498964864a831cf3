//! [`Payload`]: the bytes of an array, borrowed or owned, as bytes or as the elements that they came as.

use std::ops::Deref;
use std::sync::Arc;

use crate::Element;

/// Bytes of a view.
#[derive(Clone)]
pub(super) enum Payload<'a> {
    Borrowed(&'a [u8]),
    Owned(Vec<u8>),
    /// A vector of elements, which cannot become one of bytes: its memory is given back with the alignment it has.
    Elements(Arc<dyn Elements>),
}

impl Payload<'static> {
    pub(super) fn of_elements<T: Element>(elements: Vec<T>) -> Self {
        Self::Elements(Arc::new(elements))
    }
}

impl Deref for Payload<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Owned(bytes) => bytes,
            Self::Elements(elements) => elements.bytes(),
        }
    }
}

/// A vector of elements of some type.
pub(super) trait Elements: Send + Sync {
    fn bytes(&self) -> &[u8];
}

impl<T: Element> Elements for Vec<T> {
    fn bytes(&self) -> &[u8] {
        bytemuck::cast_slice(self)
    }
}
