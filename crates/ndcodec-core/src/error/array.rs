//! [`ArrayError`]: the array, or the buffer meant for it, does not fit.

use super::{ErrorKind, Limit};
use crate::{DType, DTypeError, Layout};

/// The help for a header that is longer than the caller allows.
const HEADER_HELP: &str =
    "give a larger `max_header` to the writer and to the reader, or the fields shorter names";

/// The array, or the buffer meant for it, does not fit.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArrayError {
    /// itemsize × shape is more than memory can hold.
    #[error("an array of dtype `{dtype}` and shape {shape} is larger than memory can address")]
    #[non_exhaustive]
    TooLarge {
        /// The dtype, as text.
        dtype: String,
        /// The shape, as text.
        shape: String,
    },
    /// More dimensions than numpy has.
    #[error("{ndim} dimensions are more than the {max} that numpy allows")]
    #[non_exhaustive]
    TooManyDimensions {
        /// The number of dimensions asked for.
        ndim: usize,
        /// The most that are allowed.
        max: usize,
    },
    /// The payload's length is not itemsize × shape.
    #[error("dtype `{dtype}` and shape {shape} need {expected} bytes, but the data have {actual}")]
    #[non_exhaustive]
    Length {
        /// The dtype, as text.
        dtype: String,
        /// The shape, as text.
        shape: String,
        /// itemsize × shape, in bytes.
        expected: usize,
        /// The bytes there are.
        actual: usize,
    },
    /// A strided view reaches outside its data.
    #[error("strides {strides:?} of shape {shape} reach outside the {len} bytes of data")]
    #[non_exhaustive]
    Strides {
        /// The strides, in bytes.
        strides: Vec<isize>,
        /// The shape, as text.
        shape: String,
        /// The bytes there are.
        len: usize,
    },
    /// The array has not these rows.
    #[error("there are no rows {start}..{end} in an array of shape {shape}")]
    #[non_exhaustive]
    Rows {
        /// The first row asked for.
        start: usize,
        /// The row after the last asked for.
        end: usize,
        /// The shape, as text.
        shape: String,
    },
    /// The elements are of another type than the one asked for.
    #[error("the array has dtype `{actual}`, which is not `{expected}`")]
    #[non_exhaustive]
    DType {
        /// The dtype asked for, as text.
        expected: String,
        /// The dtype of the array, as text.
        actual: String,
    },
    /// A Rust type and the dtype that its [`Element`](crate::Element) gives are of different sizes.
    #[error(
        "the type `{name}` has {size} bytes, but the dtype `{dtype}` that it gives for itself has {itemsize}"
    )]
    #[non_exhaustive]
    ElementSize {
        /// The Rust type.
        name: &'static str,
        /// Its size in bytes.
        size: usize,
        /// The dtype, as text.
        dtype: String,
        /// The dtype's itemsize in bytes.
        itemsize: usize,
    },
    /// The payload is not aligned for the type asked for.
    #[error("the data are not aligned for elements of type `{dtype}`; copy them with `to_vec`")]
    #[non_exhaustive]
    Alignment {
        /// The dtype asked for, as text.
        dtype: String,
    },
    /// A byte is not a value of the type asked for, such as a bool of 2.
    #[error("the data hold bytes that are not a value of type `{dtype}`")]
    #[non_exhaustive]
    Value {
        /// The dtype asked for, as text.
        dtype: String,
    },
    /// The elements are not numbers that a float can hold.
    #[error("elements of dtype `{dtype}` are not real numbers")]
    #[non_exhaustive]
    NotANumber {
        /// The dtype, as text.
        dtype: String,
    },
    /// The array has another number of dimensions than was asked for.
    #[error("the array has {actual} dimensions, not {expected}")]
    #[non_exhaustive]
    Dimensions {
        /// The dimensions asked for.
        expected: usize,
        /// The dimensions that the array has.
        actual: usize,
    },
    /// An element type such as `[f32; 3]` spans dimensions that the array does not have at its end, in C order.
    #[error("an element spans the last dimensions {item}, but the array has shape {shape} in {order} order")]
    #[non_exhaustive]
    ItemShape {
        /// The dimensions of the element type, as text.
        item: String,
        /// The shape of the array, as text.
        shape: String,
        /// The order of the array, `C` or `F`.
        order: &'static str,
    },
    /// The stage cannot hold arrays of this dtype, shape or order.
    #[error("`{stage}` cannot encode this array: {reason}")]
    #[non_exhaustive]
    Unsupported {
        /// The word of the stage.
        stage: String,
        /// Why, with the numbers.
        reason: String,
    },
    /// The format's header would be longer than [`EncodeOptions::max_header`](crate::EncodeOptions::max_header).
    #[error(
        "`{stage}` cannot encode this array: its header would have {len} bytes, more than the limit of {max}"
    )]
    #[non_exhaustive]
    HeaderLength {
        /// The word of the format.
        stage: &'static str,
        /// The bytes before the payload.
        len: usize,
        /// The most that may be written.
        max: usize,
    },
    /// The caller's buffer has not the length of the payload.
    #[error("the array has {expected} bytes, but the buffer for it has {actual}")]
    #[non_exhaustive]
    BufferLength {
        /// The payload's length in bytes.
        expected: usize,
        /// The buffer's length in bytes.
        actual: usize,
    },
    /// There is no memory for the elements.
    #[error("there is no memory for {bytes} bytes")]
    NoMemory {
        /// The bytes asked for.
        bytes: usize,
    },
    /// The dtype itself is invalid.
    #[error("the dtype is not valid")]
    InvalidDType(#[from] DTypeError),
}

impl ArrayError {
    /// `stage` cannot encode such an array. The reason is a clause with the numbers, such as `its itemsize is 3`.
    pub fn unsupported(stage: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Unsupported { stage: stage.into(), reason: reason.into() }
    }

    /// An array has dtype `actual`, and `expected` was asked for.
    pub fn wrong_dtype(expected: &DType, actual: &DType) -> Self {
        Self::DType { expected: expected.to_string(), actual: actual.to_string() }
    }

    /// An array of this layout is larger than memory.
    pub fn too_large(layout: &Layout) -> Self {
        Self::TooLarge { dtype: layout.dtype().to_string(), shape: layout.shape_text() }
    }

    /// The limit that was passed, if the kind is [`ErrorKind::Limit`].
    pub fn limit(&self) -> Option<Limit> {
        matches!(self, Self::HeaderLength { .. }).then_some(Limit::Header)
    }

    /// The word of the format or filter that does not take the array, if it is one of them.
    pub fn stage(&self) -> Option<&str> {
        match self {
            Self::Unsupported { stage, .. } => Some(stage),
            Self::HeaderLength { stage, .. } => Some(stage),
            _ => None,
        }
    }

    /// What to do about it, if that is known.
    pub fn help(&self) -> Option<&'static str> {
        matches!(self, Self::HeaderLength { .. }).then_some(HEADER_HELP)
    }

    /// The kind of the failure.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::DType { .. }
            | Self::Value { .. }
            | Self::NotANumber { .. }
            | Self::Dimensions { .. }
            | Self::ItemShape { .. } => ErrorKind::DType,
            Self::BufferLength { .. } => ErrorKind::OutputFull,
            Self::NoMemory { .. } => ErrorKind::NoMemory,
            Self::HeaderLength { .. } => ErrorKind::Limit,
            Self::ElementSize { .. } => ErrorKind::Internal,
            _ => ErrorKind::Array,
        }
    }
}
