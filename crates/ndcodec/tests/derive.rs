//! `#[derive(Element)]`: names, offsets, sub-arrays, padding and enums.
#![cfg(all(feature = "derive", feature = "npy"))]

use bytemuck::{CheckedBitPattern, NoUninit, Pod, Zeroable};
use ndcodec::{ArrayView, Chain, Element};

#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable, Element)]
#[repr(C)]
struct Hit {
    time: f64,
    position: [f32; 3],
    #[element(name = "channel number")]
    channel: u16,
    #[element(padding)]
    reserved: [u8; 2],
}

#[derive(Debug, Clone, Copy, PartialEq, NoUninit, CheckedBitPattern, Element)]
#[repr(u8)]
enum Level {
    Low = 1,
    High = 2,
}

#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable, Element)]
#[repr(C)]
struct Swapped {
    position: [f32; 3],
    channel: u16,
    reserved: [u8; 2],
    time: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable, Element)]
#[repr(transparent)]
struct Pair<T>([T; 2])
where
    T: Element + Pod;

#[test]
fn the_dtype_has_the_names_and_offsets_of_the_struct() {
    assert_eq!(
        Hit::dtype().to_string(),
        "[('time', '<f8'), ('position', '<f4', (3,)), ('channel number', '<u2'), ('', '|V2')]"
    );
    assert_eq!(Level::dtype().to_string(), "|u1");
    assert_eq!(Pair::<i16>::dtype().to_string(), "[('f0', '<i2', (2,))]");
}

#[test]
fn structs_go_through_a_chain_and_another_order_of_fields_is_refused() {
    let chain = Chain::parse("npy").unwrap();
    let hits = [Hit { time: 0.5, position: [1.0, 2.0, 3.0], channel: 7, reserved: [0; 2] }; 2];
    let encoded = chain.encode(&ArrayView::from_slice(&hits, &[2]).unwrap()).unwrap();
    let array = chain.decode(&encoded).unwrap();
    assert_eq!(array.as_slice::<Hit>().unwrap(), hits);
    assert_eq!(array.to_vec::<Hit>().unwrap(), hits);
    let error = array.as_slice::<Swapped>().unwrap_err().to_string();
    assert!(
        error.contains("[('time', '<f8'), ") && error.contains("which is not `[('position', "),
        "{error}"
    );
    let levels = chain.encode(&ArrayView::from_slice(&[Level::Low, Level::High], &[2]).unwrap()).unwrap();
    assert_eq!(chain.decode(&levels).unwrap().to_vec::<Level>().unwrap(), [Level::Low, Level::High]);
}
