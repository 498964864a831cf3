//! [`Layout`]: dtype, shape and order of an array, with a size that is known to fit in memory.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::{ArrayError, ByteOrder, DType, report};

/// The most dimensions an array may have, as in numpy 2.
pub const MAX_NDIM: usize = 64;

/// Which index varies fastest in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Order {
    /// The last index varies fastest (row-major).
    #[default]
    C,
    /// The first index varies fastest (column-major), numpy's `fortran_order`.
    Fortran,
}

impl Order {
    /// `C` or `F`, as numpy writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::C => "C",
            Self::Fortran => "F",
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// dtype, shape and order of an array. itemsize × shape is checked once, here, and fits in `isize`.
///
/// Cheap to clone: the parts are shared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Layout(Arc<Parts>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Parts {
    dtype: DType,
    shape: Vec<usize>,
    order: Order,
    nbytes: usize,
}

impl Layout {
    /// A layout of these parts.
    ///
    /// # Errors
    /// More than [`MAX_NDIM`] dimensions, or more bytes than `isize::MAX`.
    pub fn new(dtype: DType, shape: impl Into<Vec<usize>>, order: Order) -> Result<Self, ArrayError> {
        let shape = shape.into();
        if shape.len() > MAX_NDIM {
            return Err(ArrayError::TooManyDimensions { ndim: shape.len(), max: MAX_NDIM });
        }
        match nbytes(dtype.itemsize(), shape.iter()) {
            Some(nbytes) => Ok(Self(Arc::new(Parts { dtype, shape, order, nbytes }))),
            None => Err(ArrayError::TooLarge { dtype: dtype.to_string(), shape: shape_text(&shape) }),
        }
    }

    /// Parses dtype, shape and order with one space between them, as a layout prints: `<f4 2x3 C`.
    ///
    /// ```
    /// # use ndcodec_core::{DType, Layout, Order};
    /// let layout = Layout::parse("<f4 2x3 F")?;
    /// assert_eq!(layout, Layout::new(DType::parse("<f4")?, [2, 3], Order::Fortran)?);
    /// assert_eq!(layout.to_string(), "<f4 2x3 F");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A sentence about what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut words = text.rsplitn(3, ' ');
        let (order, shape, dtype) = (words.next(), words.next(), words.next());
        let (Some(order), Some(shape), Some(dtype)) = (order, shape, dtype) else {
            return Err(format!("`{text}` is not a dtype, a shape and an order, such as `<f4 2x3 C`"));
        };
        let order = match order {
            "C" => Order::C,
            "F" => Order::Fortran,
            _ => return Err(format!("`{order}` is not an order; expected `C` or `F`")),
        };
        let dtype = DType::parse(dtype).map_err(|error| report(&error))?;
        let pattern = ShapePattern::parse(shape)?;
        let dims: Option<Vec<usize>> = pattern.dims().iter().copied().collect();
        let open = || format!("the shape {pattern} leaves a dimension open; expected one such as `2x3`");
        Self::new(dtype, dims.ok_or_else(open)?, order).map_err(|error| error.to_string())
    }

    /// The element type.
    pub fn dtype(&self) -> &DType {
        &self.0.dtype
    }

    /// The length of each dimension; empty for a zero-dimensional array.
    pub fn shape(&self) -> &[usize] {
        &self.0.shape
    }

    /// Which index varies fastest in memory.
    pub fn order(&self) -> Order {
        self.0.order
    }

    /// The number of dimensions.
    pub fn ndim(&self) -> usize {
        self.shape().len()
    }

    /// The number of elements. Its product with the itemsize fits in memory, but for items of zero bytes it may
    /// be any number, saturating.
    pub fn len(&self) -> usize {
        self.shape().iter().fold(1, |n: usize, &d| n.saturating_mul(d))
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.shape().contains(&0)
    }

    /// itemsize × shape, in bytes.
    pub fn nbytes(&self) -> usize {
        self.0.nbytes
    }

    /// This layout in the other notation where memory is the same: arrays of at most one dimension longer than 1
    /// are C-ordered and Fortran-ordered at once, and numpy calls those C.
    #[must_use]
    pub fn canonical(mut self) -> Self {
        if self.order() != Order::C && self.is_both_orders() {
            Arc::make_mut(&mut self.0).order = Order::C;
        }
        self
    }

    /// This layout with its elements in another order.
    #[must_use]
    pub fn with_order(mut self, order: Order) -> Self {
        if self.order() != order {
            Arc::make_mut(&mut self.0).order = order;
        }
        self
    }

    /// This layout with all scalars, in fields too, in another byte order: see [`DType::with_byte_order`].
    #[must_use]
    pub fn with_byte_order(mut self, order: ByteOrder) -> Self {
        let dtype = self.dtype().with_byte_order(order);
        if dtype != *self.dtype() {
            Arc::make_mut(&mut self.0).dtype = dtype;
        }
        self
    }

    /// Whether C and Fortran order are the same memory for this shape.
    pub fn is_both_orders(&self) -> bool {
        self.is_empty() || self.shape().iter().filter(|&&d| d > 1).count() <= 1
    }

    /// The shape as text: `2x3`, or `scalar`.
    pub fn shape_text(&self) -> String {
        shape_text(self.shape())
    }
}

/// As [`Layout::parse`] reads it.
impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.dtype(), self.shape_text(), self.order())
    }
}

/// The layout of some rows of an array, in C order, and where they lie in its payload if that is in C order too.
///
/// # Errors
/// If the array does not have these rows.
pub fn rows_of(layout: &Layout, rows: Range<usize>) -> Result<(Layout, Range<usize>), ArrayError> {
    let count = layout.shape().first().copied().unwrap_or(0);
    if layout.ndim() == 0 || rows.start > rows.end || rows.end > count {
        return Err(ArrayError::Rows { start: rows.start, end: rows.end, shape: layout.shape_text() });
    }
    let mut shape = layout.shape().to_vec();
    shape[0] = rows.len();
    let part = Layout::new(layout.dtype().clone(), shape, Order::C)?;
    // A row is a whole number of bytes, and no larger than the payload, so these products fit.
    let row = layout.nbytes().checked_div(count).unwrap_or(0);
    Ok((part, rows.start * row..rows.end * row))
}

/// `2x3`, or `scalar` for no dimension.
pub(crate) fn shape_text(shape: &[usize]) -> String {
    if shape.is_empty() {
        return "scalar".to_owned();
    }
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join("x")
}

/// itemsize × shape, where it fits in `isize`. A zero anywhere makes it zero, however large the rest is.
fn nbytes<'d>(itemsize: usize, mut dims: impl Iterator<Item = &'d usize> + Clone) -> Option<usize> {
    if itemsize == 0 || dims.clone().any(|dim| *dim == 0) {
        return Some(0);
    }
    let total = dims.try_fold(itemsize, |n, &dim| n.checked_mul(dim))?;
    (isize::try_from(total).is_ok()).then_some(total)
}

/// A shape with at most one dimension left to be inferred from the length of the data, as in `?x3`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ShapePattern(Arc<[Option<usize>]>);

impl ShapePattern {
    /// One dimension of unknown length: what a missing shape means.
    pub fn one_dimension() -> Self {
        Self(Arc::new([None]))
    }

    /// The dimensions; `None` is the one to infer.
    pub fn dims(&self) -> &[Option<usize>] {
        &self.0
    }

    /// Whether a dimension is left to be inferred.
    pub fn is_open(&self) -> bool {
        self.0.contains(&None)
    }

    /// Parses `2x3`, `?x3` or `scalar`, and Python's `(2, 3)`.
    ///
    /// # Errors
    /// A sentence about what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "scalar" {
            return Ok(Self(Arc::new([])));
        }
        let tuple = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        let tuple = tuple.or_else(|| text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')));
        let (list, sign) = match tuple.map(str::trim) {
            Some("") => return Ok(Self(Arc::new([]))),
            Some(list) => (list.strip_suffix(',').unwrap_or(list), ','),
            None => (text, 'x'),
        };
        let mut dims = Vec::new();
        for part in list.split(sign) {
            let part = part.trim();
            if part == "?" {
                if dims.contains(&None) {
                    return Err("only one dimension can be `?`".to_owned());
                }
                dims.push(None);
            } else if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
                let which = if part == "-1" { "; `?` is the length that follows from the data" } else { "" };
                return Err(format!("`{text}` is not a shape such as `2x3`, `?x3` or `scalar`{which}"));
            } else {
                let dim = part.parse().map_err(|_| format!("the dimension {part} is larger than memory"))?;
                dims.push(Some(dim));
            }
        }
        if dims.len() > MAX_NDIM {
            return Err(format!("{} dimensions are more than the {MAX_NDIM} that numpy allows", dims.len()));
        }
        Ok(Self(dims.into()))
    }

    /// The shape of `nbytes` bytes of items of `itemsize` bytes.
    ///
    /// # Errors
    /// A sentence with the numbers, where the bytes do not fill the shape exactly.
    pub fn infer(&self, itemsize: usize, nbytes: usize) -> Result<Vec<usize>, String> {
        let Some(row) = self::nbytes(itemsize, self.0.iter().flatten()) else {
            return Err(format!(
                "the shape {self} of items of {itemsize} bytes is larger than memory can address"
            ));
        };
        if !self.is_open() {
            return match nbytes == row {
                true => Ok(self.0.iter().flatten().copied().collect()),
                false => Err(format!("the shape {self} needs {row} bytes, but there are {nbytes}")),
            };
        }
        let open = match (nbytes, row) {
            (0, _) => 0,
            (_, 0) => return Err(format!("the shape {self} holds no bytes, but there are {nbytes}")),
            _ if !nbytes.is_multiple_of(row) => {
                return Err(format!(
                    "{nbytes} bytes are not a whole number of the {row} bytes that `?` counts"
                ));
            }
            _ => nbytes / row,
        };
        Ok(self.0.iter().map(|dim| dim.unwrap_or(open)).collect())
    }

    /// Whether `shape` is one that this pattern allows.
    pub fn matches(&self, shape: &[usize]) -> bool {
        self.0.len() == shape.len()
            && self.0.iter().zip(shape).all(|(want, &is)| want.is_none_or(|w| w == is))
    }
}

impl From<&[usize]> for ShapePattern {
    fn from(shape: &[usize]) -> Self {
        Self(shape.iter().map(|&dim| Some(dim)).collect())
    }
}

impl fmt::Display for ShapePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("scalar");
        }
        for (i, dim) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("x")?;
            }
            match dim {
                Some(dim) => write!(f, "{dim}")?,
                None => f.write_str("?")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_overflow_are_refused_and_zero_wins() {
        let f8 = DType::parse("<f8").unwrap();
        let shape = [usize::MAX / 8 + 1, 1];
        assert!(Layout::new(f8.clone(), shape, Order::C).is_err());
        let layout = Layout::new(f8, [usize::MAX, 0, usize::MAX], Order::C).unwrap();
        assert_eq!((layout.nbytes(), layout.is_empty()), (0, true));
    }

    #[test]
    fn patterns_infer_one_dimension() {
        let pattern = ShapePattern::parse("?x3").unwrap();
        assert_eq!(pattern.infer(4, 24), Ok(vec![2, 3]));
        assert_eq!(pattern.infer(4, 0), Ok(vec![0, 3]));
        assert_eq!(
            pattern.infer(4, 25).unwrap_err(),
            "25 bytes are not a whole number of the 12 bytes that `?` counts"
        );
        assert_eq!(ShapePattern::parse("scalar").unwrap().infer(4, 4), Ok(vec![]));
        assert!(ShapePattern::parse("?x?").is_err());
        assert!(ShapePattern::parse("2x").is_err());
        assert_eq!(
            ShapePattern::parse("99999999999999999999").unwrap_err(),
            "the dimension 99999999999999999999 is larger than memory"
        );
    }

    #[test]
    fn layouts_print_as_they_are_read() {
        let fields = "[('a b','<f4'),('c\\n','<i2',(2,))]";
        for text in ["<f4 2x3 C", "|u1 scalar C", "|b1 0x3 F", "<M8[ns] 7 C", &format!("{fields} 2x2 F")] {
            let layout = Layout::parse(text).unwrap();
            assert_eq!(Layout::parse(&layout.to_string()), Ok(layout.clone()), "{text}");
            assert!(!layout.to_string().contains('\n'), "{text}");
        }
        for (text, message) in [
            ("<f4 2x3", "`<f4 2x3` is not a dtype, a shape and an order, such as `<f4 2x3 C`"),
            ("<f4 2x3 A", "`A` is not an order; expected `C` or `F`"),
            ("<f4 ?x3 C", "the shape ?x3 leaves a dimension open; expected one such as `2x3`"),
            ("<f4  C", "`` is not a shape such as `2x3`, `?x3` or `scalar`"),
            (
                "<f8 9223372036854775807 C",
                "an array of dtype `<f8` and shape 9223372036854775807 is larger than memory can address",
            ),
        ] {
            assert_eq!(Layout::parse(text).unwrap_err(), message);
        }
        assert!(Layout::parse("<f3 2 C").unwrap_err().contains("<f3"));
    }

    #[test]
    fn shapes_print_as_they_are_read() {
        for text in ["scalar", "0", "2x3", "?x3", "7x?x1"] {
            assert_eq!(ShapePattern::parse(text).unwrap().to_string(), text);
        }
    }
}
