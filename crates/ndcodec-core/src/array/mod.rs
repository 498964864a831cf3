//! The array model: element types, layouts, and the bytes of an array.

pub(crate) mod buffer;
pub(crate) mod dtype;
pub(crate) mod fresh;
pub(crate) mod layout;
#[cfg(feature = "ndarray")]
mod ndarrays;
mod numbers;
mod payload;
mod strided;
mod typed;
mod view;

pub use buffer::{ALIGNMENT, Buffer};
pub use dtype::*;
pub use layout::{Layout, MAX_NDIM, Order, ShapePattern, rows_of};
pub use view::{Array, ArrayView};
