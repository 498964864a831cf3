//! Rust types that are elements of arrays.

use std::any::type_name;

use bytemuck::{CheckedBitPattern, NoUninit, Pod};

#[cfg(feature = "half")]
use super::Extension;
use super::{ByteOrder, DType, DTypeError, Field, Kind};
use crate::array::layout::shape_text;
use crate::{ArrayError, Layout, Order};

/// A Rust type whose bytes are an array element.
///
/// [`NoUninit`] lets a slice be read as bytes, [`CheckedBitPattern`] lets bytes be read as a slice once they
/// are checked (a `bool` of 2 is refused), both without unsafe code.
///
/// # Structs
///
/// A `#[repr(C)]` struct that derives both traits of bytemuck, or its `Pod`, is an element of a structured dtype. With the
/// feature `derive` of `ndcodec`, `#[derive(Element)]` takes names and offsets from the struct. By hand, the dtype is what
/// `numpy.dtype(…).descr` says of it:
///
/// ```
/// use bytemuck::{Pod, Zeroable};
/// use ndcodec_core::{ArrayView, DType, Element};
///
/// #[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
/// #[repr(C)]
/// struct Hit {
///     time: f64,
///     position: [f32; 3],
///     channel: u16,
///     flags: u16,
/// }
///
/// impl Element for Hit {
///     fn dtype() -> DType {
///         let descr = "[('time', 'f8'), ('position', 'f4', (3,)), ('channel', 'u2'), ('flags', 'u2')]";
///         DType::parse(descr).expect("the descr is right")
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let hits = [Hit { time: 0.5, position: [1.0, 2.0, 3.0], channel: 7, flags: 0 }];
/// let array = ArrayView::from_slice(&hits, &[1])?;
/// assert_eq!(array.as_slice::<Hit>()?, hits);
///
/// let error = array.as_slice::<f64>().unwrap_err();
/// assert!(error.to_string().ends_with("which is not `<f8`"));
/// # Ok(())
/// # }
/// ```
///
/// Bytes of padding have no values, and so bytemuck refuses structs with any: name them, as fields of their own.
///
/// # Contract
///
/// An implementation promises that `dtype().itemsize() == size_of::<Self>()`, which users of the trait check, and that
/// the bytes of a value in memory are that dtype's.
/// One that breaks the promise gives wrong values, and never undefined behaviour.
pub trait Element: NoUninit + CheckedBitPattern + Send + Sync {
    /// The dtype of the type's bytes in memory, hence in this machine's byte order.
    fn dtype() -> DType;

    /// The dimensions that a value spans, outermost first: of `[T; N]` they are `N` and those of `T`, whose dtype it has.
    /// An array of such elements has them behind its own, as numpy does.
    fn item_shape() -> Vec<usize> {
        Vec::new()
    }
}

/// The dtype of `T`, which has its size.
pub(crate) fn element_dtype<T: Element>() -> Result<DType, ArrayError> {
    let dtype = T::dtype();
    let count: usize = T::item_shape().iter().product();
    if dtype.itemsize().checked_mul(count) == Some(size_of::<T>()) {
        return Ok(dtype);
    }
    let (name, size, itemsize) = (type_name::<T>(), size_of::<T>(), dtype.itemsize());
    Err(ArrayError::ElementSize { name, size, dtype: dtype.to_string(), itemsize })
}

/// A field of a derived struct.
#[doc(hidden)]
pub fn element_field<T: Element>(name: &str, offset: usize) -> Field {
    match Field::new(name, T::dtype(), offset).with_shape(&T::item_shape()) {
        Ok(field) => field,
        Err(error) => not_a_dtype(name, &error),
    }
}

/// The dtype of a derived struct.
#[doc(hidden)]
pub fn element_struct(fields: Vec<Field>, size: usize, name: &str) -> DType {
    match DType::structure(fields, size) {
        Ok(dtype) => dtype,
        Err(error) => not_a_dtype(name, &error),
    }
}

#[expect(
    clippy::panic,
    reason = "a type that can be no element is a mistake in the program, which every use of it shows"
)]
fn not_a_dtype(name: &str, error: &DTypeError) -> ! {
    panic!("`{name}` is not an element of an array: {error}")
}

/// The layout of an array of elements `T`, whose own dimensions follow `shape`.
pub(crate) fn element_layout<T: Element>(shape: &[usize], order: Order) -> Result<Layout, ArrayError> {
    let (dtype, item) = (element_dtype::<T>()?, T::item_shape());
    if item.is_empty() {
        return Layout::new(dtype, shape, order);
    }
    let layout = Layout::new(dtype, [shape, &item].concat(), order)?;
    check_items::<T>(&layout)?;
    Ok(layout)
}

/// Whether the last dimensions of an array are those of one value of `T`, next to each other.
pub(crate) fn check_items<T: Element>(layout: &Layout) -> Result<(), ArrayError> {
    let item = T::item_shape();
    let is_c_order = layout.order() == Order::C || layout.is_both_orders();
    if item.is_empty() || layout.shape().ends_with(&item) && is_c_order {
        return Ok(());
    }
    let (shape, order) = (layout.shape_text(), layout.order().as_str());
    Err(ArrayError::ItemShape { item: shape_text(&item), shape, order })
}

/// An array of arrays: `&[[f32; 3]]` has the shape `n × 3`.
impl<T: Element + Pod, const N: usize> Element for [T; N] {
    fn dtype() -> DType {
        T::dtype()
    }

    fn item_shape() -> Vec<usize> {
        [&[N][..], &T::item_shape()].concat()
    }
}

macro_rules! elements {
    ($($kind:expr => $($element:ty),+;)*) => {
        $($(impl Element for $element {
            fn dtype() -> DType {
                DType::known($kind, size_of::<$element>(), ByteOrder::NATIVE)
            }
        })+)*
    };
}

elements! {
    Kind::Bool => bool;
    Kind::Int => i8, i16, i32, i64, isize;
    Kind::UInt => u8, u16, u32, u64, usize;
    Kind::Float => f32, f64;
}

#[cfg(feature = "half")]
elements! {
    Kind::Float => half::f16;
    Kind::Extension(Extension::BFloat16) => half::bf16;
}

#[cfg(feature = "num-complex")]
elements! {
    Kind::Complex => num_complex::Complex<f32>, num_complex::Complex<f64>;
}

#[cfg(test)]
mod tests {
    use bytemuck::Zeroable;

    use super::*;
    use crate::{Array, ArrayView};

    fn check<T: Element>(name: &str) {
        let dtype = element_dtype::<T>().unwrap();
        assert!(dtype.is_native(), "{name}");
        assert_eq!(DType::parse(name), Ok(dtype), "{name}");
    }

    #[test]
    fn an_element_has_the_size_of_its_dtype() {
        check::<bool>("bool");
        check::<i8>("int8");
        check::<i16>("int16");
        check::<i32>("int32");
        check::<i64>("int64");
        check::<u8>("uint8");
        check::<u16>("uint16");
        check::<u32>("uint32");
        check::<u64>("uint64");
        check::<f32>("float32");
        check::<f64>("float64");
        check::<usize>("uintp");
        check::<isize>("intp");
    }

    #[cfg(feature = "half")]
    #[test]
    fn halves_are_elements() {
        use half::{bf16, f16};
        check::<f16>("float16");
        check::<bf16>("bfloat16");
        let one = Layout::new(DType::parse(">bfloat16").unwrap(), [1], Order::C).unwrap();
        let one = ArrayView::new(one, &[0x3f, 0x80]).unwrap();
        assert_eq!(one.to_vec::<bf16>().unwrap(), [bf16::ONE]);
        assert_eq!(
            one.to_vec::<f16>().unwrap_err().to_string(),
            "the array has dtype `>bfloat16`, which is not `<f2`"
        );
    }

    #[cfg(feature = "num-complex")]
    #[test]
    fn complex_numbers_are_elements() {
        use num_complex::Complex;
        check::<Complex<f32>>("complex64");
        check::<Complex<f64>>("complex128");
        let bytes = [[0x3f, 0x80, 0, 0], [0xc0, 0, 0, 0]].concat();
        let be = Layout::new(DType::parse(">c8").unwrap(), [1], Order::C).unwrap();
        let be = ArrayView::new(be, &bytes).unwrap();
        assert_eq!(be.to_vec::<Complex<f32>>().unwrap(), [Complex::new(1.0, -2.0)]);
        assert_eq!(
            be.as_slice::<Complex<f64>>().unwrap_err().to_string(),
            "the array has dtype `>c8`, which is not `<c16`"
        );
    }

    #[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
    #[repr(C)]
    struct Point {
        x: i32,
        y: i32,
    }

    impl Element for Point {
        fn dtype() -> DType {
            DType::parse("[('x', 'i4'), ('y', 'i4')]").unwrap()
        }
    }

    #[test]
    fn structs_convert_the_fields_that_are_in_the_other_order() {
        let points = [Point { x: 1, y: 2 }, Point { x: 3, y: 4 }];
        let array = ArrayView::from_slice(&points, &[2]).unwrap();
        assert_eq!(array.as_slice::<Point>().unwrap(), points);
        assert_eq!(array.to_vec::<Point>().unwrap(), points);
        let mixed = DType::parse("[('x', '<i4'), ('y', '>i4')]").unwrap();
        let mixed = Layout::new(mixed, [1], Order::C).unwrap();
        let mixed = ArrayView::new(mixed, &[1, 0, 0, 0, 0, 0, 0, 2]).unwrap();
        assert_eq!(mixed.to_vec::<Point>().unwrap(), points[..1]);
        assert_eq!(
            mixed.as_slice::<Point>().unwrap_err().to_string(),
            "the array has dtype `[('x', '<i4'), ('y', '>i4')]`, which is not `[('x', '<i4'), ('y', '<i4')]`"
        );
        let unaligned = ArrayView::new(array.layout().clone(), array.payload()).unwrap();
        assert_eq!(unaligned.to_vec::<Point>().unwrap(), points);
    }

    #[test]
    fn bytes_that_are_not_aligned_are_copied() {
        let bytes: Vec<u8> = (0..17).collect();
        let at = usize::from((bytes.as_ptr() as usize).is_multiple_of(4));
        let layout = Layout::new(Point::dtype(), [2], Order::C).unwrap();
        let array = ArrayView::new(layout, &bytes[at..at + 16]).unwrap();
        assert_eq!(
            array.as_slice::<Point>().unwrap_err().to_string(),
            "the data are not aligned for elements of type `[('x', '<i4'), ('y', '<i4')]`; copy them with `to_vec`"
        );
        assert_eq!(array.to_vec::<Point>().unwrap().len(), 2);
    }

    #[test]
    fn arrays_are_elements_that_span_dimensions() {
        let points = [[1.0_f32, 2.0, 3.0], [4.0, 5.0, 6.0]];
        let array = ArrayView::from_slice(&points, &[2]).unwrap();
        assert_eq!((array.shape(), array.dtype().to_string().as_str()), (&[2, 3][..], "<f4"));
        assert_eq!(array.as_slice::<[f32; 3]>().unwrap(), points);
        assert_eq!(array.as_slice::<f32>().unwrap().len(), 6);
        assert_eq!(array.to_byte_order(ByteOrder::Big).to_vec::<[f32; 3]>().unwrap(), points);
        assert_eq!(ArrayView::from_slice(&[[[0_u8; 2]; 3]; 4], &[4]).unwrap().shape(), [4, 3, 2]);
        let error = array.as_slice::<[f32; 2]>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "an element spans the last dimensions 2, but the array has shape 2x3 in C order"
        );
        assert!(array.to_order(Order::Fortran).to_vec::<[f32; 3]>().is_err());
        let error = ArrayView::from_slice_in(&points, &[2], Order::Fortran).unwrap_err();
        assert!(matches!(error, ArrayError::ItemShape { .. }));
        assert_eq!(ArrayView::from_slice(&[1_usize, 2], &[2]).unwrap().dtype(), &DType::of::<usize>());
    }

    #[test]
    fn a_vector_is_kept_where_it_lies() {
        let numbers = vec![1.0, 2.0, 3.0, 4.0];
        let at = numbers.as_ptr().cast();
        let view = ArrayView::from_vec(numbers, &[2, 2]).unwrap();
        assert_eq!(view.payload().as_ptr(), at);
        assert_eq!(view.clone().payload().as_ptr(), at);
        assert_eq!(view.as_slice::<f64>().unwrap(), [1.0, 2.0, 3.0, 4.0]);
        assert!(ArrayView::from_vec(vec![1.0], &[2]).is_err());
        let pair = vec![1_u8, 2];
        let one = ArrayView::try_from(&pair).unwrap();
        let owned = Array::new(one.layout().clone(), crate::Buffer::from(one.payload())).unwrap();
        assert_eq!(Vec::<u8>::try_from(owned.clone()).unwrap(), [1, 2]);
        assert_eq!(
            Vec::<[u8; 2]>::try_from(owned).unwrap_err().to_string(),
            "the array has 1 dimensions, not 2"
        );
    }

    #[test]
    fn a_type_of_another_size_than_its_dtype_is_an_error() {
        #[derive(Debug, Clone, Copy, Pod, Zeroable)]
        #[repr(C)]
        struct Wrong(u32);
        impl Element for Wrong {
            fn dtype() -> DType {
                DType::of::<u64>()
            }
        }
        let says = "::Wrong` has 4 bytes, but the dtype `<u8` that it gives for itself has 8";
        let error = ArrayView::from_slice(&[Wrong(0), Wrong(1)], &[1]).unwrap_err().to_string();
        assert!(error.ends_with(says), "{error}");
        let array = ArrayView::from_slice(&[0_u64], &[1]).unwrap();
        assert!(array.as_slice::<Wrong>().unwrap_err().to_string().ends_with(says));
        assert!(array.to_vec::<Wrong>().unwrap_err().to_string().ends_with(says));
    }
}
