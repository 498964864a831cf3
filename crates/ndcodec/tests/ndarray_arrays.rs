//! `ndarray` arrays in and out, whatever their strides.
#![cfg(all(feature = "ndarray", feature = "npy", feature = "zstd"))]
#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]

use ndarray::{Array2, Array3, ArrayD, Axis, Ix1, Ix2, ShapeBuilder, arr0, s};
use ndcodec::{ArrayError, ArrayView, ByteOrder, Chain, DecodeOptions, ErrorKind, Order};

fn round_trip(view: &ArrayView<'_>) -> ArrayD<f64> {
    let chain = Chain::parse("npy|zstd").unwrap();
    chain.decode(&chain.encode(view).unwrap()).unwrap().to_ndarray().unwrap()
}

#[test]
fn strided_reversed_and_transposed_views_keep_their_values() {
    let x = Array3::from_shape_fn((4, 5, 6), |(i, j, k)| (i * 100 + j * 10 + k) as f64);
    let views = [
        x.view(),
        x.view().permuted_axes([2, 0, 1]),
        x.view().reversed_axes(),
        x.slice(s![.., 1..4, ..]),
        x.slice(s![..;-1, ..;2, 1..]),
        x.slice(s![2..2, .., ..]),
        x.slice(s![..1, .., ..]),
    ];
    for view in views {
        assert_eq!(round_trip(&ArrayView::try_from(&view).unwrap()), view.into_dyn(), "{:?}", view.strides());
    }
    let mut reversed = x.view();
    reversed.invert_axis(Axis(0));
    assert_eq!(round_trip(&ArrayView::try_from(&reversed).unwrap()), reversed.into_dyn());
    let broadcast = arr0(7.0);
    let broadcast = broadcast.broadcast((3, 4)).unwrap();
    assert_eq!(round_trip(&ArrayView::try_from(&broadcast).unwrap()), broadcast.into_dyn());
    assert_eq!(round_trip(&ArrayView::try_from(&arr0(1.5)).unwrap()), arr0(1.5).into_dyn());
}

#[test]
fn c_and_fortran_order_are_borrowed_and_kept() {
    let c = Array2::<f64>::zeros((3, 4));
    let view = ArrayView::try_from(&c).unwrap();
    assert_eq!((view.layout().order(), view.payload().as_ptr()), (Order::C, c.as_ptr().cast()));
    let f = Array2::<f64>::zeros((3, 4).f());
    let view = ArrayView::try_from(&f).unwrap();
    assert_eq!((view.layout().order(), view.payload().as_ptr()), (Order::Fortran, f.as_ptr().cast()));
    let chain = Chain::parse("npy").unwrap();
    let back = chain.decode(&chain.encode(&view).unwrap()).unwrap();
    assert_eq!(back.as_ndarray::<f64, Ix2>().unwrap().strides(), [1, 3]);
}

#[test]
fn the_wrong_type_is_an_error_that_says_both() {
    let chain = Chain::parse("npy").unwrap();
    let x = ndarray::arr1(&[1i32, 2, 3]);
    let back = chain.decode(&chain.encode(&ArrayView::try_from(&x).unwrap()).unwrap()).unwrap();
    let error = back.to_ndarray::<f64, Ix1>().unwrap_err();
    assert!(matches!(error, ArrayError::DType { .. }));
    assert_eq!(error.to_string(), "the array has dtype `<i4`, which is not `<f8`");
}

#[test]
fn chains_decode_straight_to_arrays() {
    let x = Array2::from_shape_fn((3, 4).f(), |(i, j)| (i * 10 + j) as f64);
    for text in ["npy", "npy|zstd", "npy|shuffle|zstd", "chunked(zstd)"] {
        let chain = Chain::parse(text).unwrap();
        let view = ArrayView::try_from(&x).unwrap();
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let back =
                chain.decode_ndarray::<f64, Ix2>(&chain.encode(&view.to_byte_order(order)).unwrap()).unwrap();
            assert_eq!(back, x, "{text}");
            assert_eq!(back.strides(), [1, 3], "{text}");
        }
        let error = chain.decode_ndarray::<f32, Ix2>(&chain.encode(&view).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "the array has dtype `<f8`, which is not `<f4`");
    }
}

#[test]
fn arrays_convert_by_try_from_with_their_dimensions() {
    let chain = Chain::parse("npy|zstd").unwrap();
    let x = Array2::from_shape_fn((3, 4), |(i, j)| (i * 10 + j) as f64);
    let encoded = chain.encode(&ArrayView::try_from(&x).unwrap()).unwrap();
    let array = chain.decode(&encoded).unwrap();
    assert_eq!(ndarray::ArrayView2::<f64>::try_from(&array).unwrap(), x);
    let error = ndarray::ArrayView3::<f64>::try_from(&array).unwrap_err();
    assert_eq!(error.to_string(), "the array has 2 dimensions, not 3");
    assert_eq!(Array2::<f64>::try_from(array.clone()).unwrap(), x);
    assert_eq!(ArrayD::<f64>::try_from(array).unwrap(), x.into_dyn());
    // Elements that span a dimension.
    let points = chain.decode_ndarray::<[f64; 4], Ix1>(&encoded).unwrap();
    assert_eq!(points[1], [10.0, 11.0, 12.0, 13.0]);
    assert_eq!(ArrayView::try_from(&points).unwrap().shape(), [3, 4]);
    let options = DecodeOptions::new().with_max_bytes(95);
    let error = chain.decode_ndarray_with::<f64, Ix2>(&encoded, &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}
