//! The fields of a struct dtype.

use std::collections::HashSet;
use std::ops::Deref;
use std::sync::Arc;

use super::error::excerpt;
use super::literal::MAX_DEPTH;
use super::{DType, DTypeError, Kind};

/// The fields of a struct in the order of their offsets; a slice of [`Field`]. Bytes that no field covers are
/// padding.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fields {
    /// As it was collected: a copy of a long list would double what a header of many fields takes.
    fields: Arc<Vec<Field>>,
    /// How deep the brackets of the struct's descr nest.
    depth: usize,
}

/// One field of a struct.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Field {
    name: String,
    title: Option<String>,
    cell: Cell,
    offset: usize,
}

/// What a field holds: one element, or a sub-array of elements.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Cell {
    pub(super) dtype: DType,
    /// The dimensions, outermost first.
    pub(super) shape: Vec<usize>,
    /// numpy keeps a sub-array of sub-arrays apart from one of more dimensions, and so must the descr. The
    /// number of dimensions of each, innermost first.
    pub(super) ndims: Vec<usize>,
    size: usize,
}

impl Fields {
    /// The field of this name. Titles are not names here (they are in numpy).
    pub fn named(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub(super) fn new(fields: Vec<Field>, itemsize: usize) -> Result<Self, DTypeError> {
        let mut names = HashSet::new();
        let mut end = 0;
        let mut depth = 1;
        for (index, field) in fields.iter().enumerate() {
            if field.is_padding() {
                return Err(DTypeError::UnnamedField { index });
            }
            for name in std::iter::once(field.name()).chain(field.title()) {
                if !names.insert(name) {
                    return Err(DTypeError::DuplicateName { name: excerpt(name) });
                }
            }
            if field.offset < end {
                return Err(DTypeError::Overlap { name: excerpt(field.name()), offset: field.offset, end });
            }
            end = field.offset.saturating_add(field.size());
            depth = depth.max(field.depth());
        }
        if end > itemsize {
            return Err(DTypeError::FieldsExceedItemsize { end, itemsize });
        }
        if itemsize > DType::MAX_ITEMSIZE {
            return Err(DTypeError::StructTooLarge { itemsize });
        }
        if depth >= MAX_DEPTH {
            return Err(DTypeError::TooDeep);
        }
        Ok(Self { fields: Arc::new(fields), depth })
    }

    /// The same fields with other dtypes of the same sizes.
    pub(super) fn map_dtypes(&self, map: impl Fn(&DType) -> DType) -> Self {
        let with = |field: &Field| {
            let mut field = field.clone();
            field.cell.dtype = map(&field.cell.dtype);
            field
        };
        Self { fields: Arc::new(self.fields.iter().map(with).collect()), depth: self.depth }
    }
}

impl Deref for Fields {
    type Target = [Field];

    fn deref(&self) -> &[Field] {
        &self.fields
    }
}

impl Field {
    /// A field of one element, `offset` bytes from the start of the struct.
    pub fn new(name: impl Into<String>, dtype: DType, offset: usize) -> Self {
        Self::from_cell(name.into(), None, Cell::new(dtype), offset)
    }

    /// The same field with a title, numpy's second name for it.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// A field that holds an array of shape `shape` of what this one holds. Twice makes a sub-array of
    /// sub-arrays. The empty shape changes nothing, as in numpy.
    ///
    /// # Errors
    /// [`DTypeError::SubArrayTooLarge`] beyond numpy's limits; [`DTypeError::SubArrayOfUnsized`] if what the
    /// field holds has no bytes and is not a struct: `|S0`, `<U0`, `|V0` and empty sub-arrays.
    pub fn with_shape(mut self, shape: &[usize]) -> Result<Self, DTypeError> {
        self.cell = self.cell.with_shape(shape)?;
        Ok(self)
    }

    pub(super) fn from_cell(name: String, title: Option<String>, cell: Cell, offset: usize) -> Self {
        Self { name, title, cell, offset }
    }

    /// The name. One field of a struct may have the empty name, if it is neither void nor a sub-array.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The title, numpy's second name for a field.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The dtype of the field's elements.
    pub fn dtype(&self) -> &DType {
        &self.cell.dtype
    }

    /// The shape of the field's sub-array in C order; empty if the field holds one element.
    pub fn shape(&self) -> &[usize] {
        &self.cell.shape
    }

    /// The shapes of sub-arrays within each other, innermost first, which numpy keeps apart; [`shape`](Self::shape) has all
    /// their dimensions in a row. Nothing if the field holds one element.
    pub fn sub_arrays(&self) -> impl Iterator<Item = &[usize]> {
        self.cell.shapes()
    }

    /// Bytes from the start of the struct.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Bytes of the field: its dtype's itemsize times the product of its shape.
    pub fn size(&self) -> usize {
        self.cell.size
    }

    pub(super) fn cell(&self) -> &Cell {
        &self.cell
    }

    /// Whether numpy takes the field for padding when it reads the descr: its scalar type is void, which it
    /// says of every sub-array, and it has neither name nor title.
    pub(super) fn is_padding(&self) -> bool {
        let void = matches!(self.cell.dtype.kind(), Kind::Void) || !self.cell.ndims.is_empty();
        void && self.name.is_empty() && self.title.is_none()
    }

    /// How deep the brackets of the struct's descr nest on account of this field.
    fn depth(&self) -> usize {
        let list_and_tuple = 2;
        let inner_sub_arrays = self.cell.ndims.len().saturating_sub(1);
        let brackets_inside = usize::from(!self.cell.ndims.is_empty() || self.title.is_some());
        let dtype = self.cell.dtype.fields().map_or(0, |fields| fields.depth);
        list_and_tuple + inner_sub_arrays + dtype.max(brackets_inside)
    }
}

impl Cell {
    /// numpy's limit on the dimensions of one (sub-)array.
    const MAX_NDIM: usize = 64;

    pub(super) fn new(dtype: DType) -> Self {
        let size = dtype.itemsize();
        Self { dtype, shape: Vec::new(), ndims: Vec::new(), size }
    }

    /// Whether numpy takes this for a type that has no size yet: no bytes, and no fields of its own.
    pub(super) fn is_unsized(&self) -> bool {
        self.size == 0 && (self.dtype.fields().is_none() || !self.ndims.is_empty())
    }

    pub(super) fn with_shape(mut self, shape: &[usize]) -> Result<Self, DTypeError> {
        if self.is_unsized() {
            let dtype = excerpt(&self.dtype.to_string());
            return Err(DTypeError::SubArrayOfUnsized { dtype, shape: self.shape });
        }
        if shape.is_empty() {
            return Ok(self);
        }
        // A zero makes the product zero, whatever the order.
        let count = if shape.contains(&0) { Some(0) } else { product(shape) };
        let size = count.and_then(|count| count.checked_mul(self.size));
        let legal = shape.len() <= Self::MAX_NDIM && shape.iter().all(|&dim| dim <= DType::MAX_ITEMSIZE);
        match size {
            Some(size) if legal && size <= DType::MAX_ITEMSIZE => self.size = size,
            _ => {
                return Err(DTypeError::SubArrayTooLarge { ndim: shape.len(), itemsize: self.size });
            }
        }
        self.shape.splice(0..0, shape.iter().copied());
        self.ndims.push(shape.len());
        Ok(self)
    }

    /// The shape of each nested sub-array, innermost first.
    pub(super) fn shapes(&self) -> impl Iterator<Item = &[usize]> {
        let mut rest = self.shape.as_slice();
        self.ndims.iter().map(move |&ndim| {
            let (outer, inner) = rest.split_at_checked(rest.len().saturating_sub(ndim)).unwrap_or_default();
            rest = outer;
            inner
        })
    }
}

fn product(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1_usize, |product, &dim| product.checked_mul(dim))
}
