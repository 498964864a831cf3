//! `predict` against the plainest program that does the same, and what it says of arrays that it does not take.

mod common;

use common::{bind, dtype, filter, forward, noise};
use ndcodec_core::{ArrayFilter, DType, Kind, Layout, Order};
use ndcodec_filters::{Channels, InstructionSet, Predict, Predictor};

/// The elements as integers, in the order of memory: two's complement where they have a sign.
fn integers(dtype: &DType, payload: &[u8]) -> Vec<u64> {
    let parts = if matches!(dtype.kind(), Kind::Complex) { 2 } else { 1 };
    let width = dtype.itemsize() / parts;
    let is_float = matches!(dtype.kind(), Kind::Float | Kind::Complex | Kind::Extension(_)) && width > 1;
    let is_big = dtype.to_string().starts_with('>');
    let top = 1_u64 << (8 * width - 1);
    payload
        .chunks(width)
        .map(|item| {
            let value = item.iter().enumerate().fold(0, |value, (at, byte)| {
                let place = if is_big { width - 1 - at } else { at };
                value | u64::from(*byte) << (8 * place)
            });
            if is_float && value & top != 0 { value ^ (top - 1) } else { value }
        })
        .collect()
}

/// Numbers of so many bits, seen with three axes.
struct Plane {
    numbers: Vec<u64>,
    row: usize,
    plane: usize,
    bits: usize,
    is_signed: bool,
}

impl Plane {
    fn cut(&self, value: u64) -> u64 {
        if self.bits == 64 { value } else { value & ((1 << self.bits) - 1) }
    }

    fn signed(&self, value: u64) -> i64 {
        let shift = 64 - self.bits;
        (value << shift).cast_signed() >> shift
    }

    /// The number `distance` before, and zero before the first.
    fn before(&self, at: usize, distance: usize) -> u64 {
        at.checked_sub(distance).map_or(0, |at| self.numbers[at])
    }

    fn less_plane_before(&self) -> Self {
        let numbers = (0..self.numbers.len())
            .map(|at| self.cut(self.numbers[at].wrapping_sub(self.before(at, self.plane))))
            .collect();
        Self { numbers, is_signed: true, ..*self }
    }

    fn predicted(&self, by: Predictor, axes: usize, at: usize) -> u64 {
        let (row, plane) = (self.row, self.plane);
        match (by, axes) {
            (Predictor::Axis | Predictor::Lorenzo, 1) => self.before(at, 1),
            (Predictor::Axis, 3) if at >= plane => self.before(at, plane),
            (Predictor::Axis | Predictor::Up, _) => self.before(at, if at >= row { row } else { 1 }),
            (Predictor::Lorenzo, _) if at < row => self.before(at, 1),
            (Predictor::Lorenzo, _) => {
                let corner = self.before(at, row + 1);
                self.before(at, 1).wrapping_add(self.before(at, row)).wrapping_sub(corner)
            }
            (Predictor::Median | Predictor::Mean, _) if at < row => self.before(at, 1),
            (Predictor::Median | Predictor::Mean, _) if at.is_multiple_of(row) => self.before(at, row),
            (Predictor::Median | Predictor::Mean, _) => {
                let [left, above, corner] = [1, row, row + 1].map(|distance| {
                    let value = self.before(at, distance);
                    if self.is_signed { i128::from(self.signed(value)) } else { i128::from(value) }
                });
                let mut three = [left, above, left + above - corner];
                three.sort_unstable();
                let told = if by == Predictor::Median { three[1] } else { (left + above).div_euclid(2) };
                u64::try_from(told.rem_euclid(1 << 64)).expect("it is below 2^64")
            }
            (other, _) => unreachable!("this oracle does not know {other:?}"),
        }
    }

    fn residuals(&self, by: Predictor, axes: usize) -> Vec<u8> {
        let of_planes = axes == 3 && by != Predictor::Axis;
        let less;
        let plane = if of_planes {
            less = self.less_plane_before();
            &less
        } else {
            self
        };
        let mut bytes = Vec::new();
        for (at, number) in plane.numbers.iter().enumerate() {
            let residual = plane.signed(plane.cut(number.wrapping_sub(plane.predicted(by, axes, at))));
            let zigzag = (residual << 1) ^ (residual >> 63);
            bytes.extend(&zigzag.to_le_bytes()[..plane.bits / 8]);
        }
        bytes
    }
}

fn oracle(layout: &Layout, payload: &[u8], by: Predictor, axes: usize, channels: Channels) -> Vec<u8> {
    let dtype = layout.dtype();
    let parts = if matches!(dtype.kind(), Kind::Complex) { 2 } else { 1 };
    let bits = dtype.itemsize() / parts * 8;
    let mut shape = layout.shape().to_vec();
    let count = if channels == Channels::Together { 1 } else { shape.pop().expect("there is a last axis") };
    let len: usize = shape.iter().product();
    if layout.order() == Order::Fortran {
        shape.reverse();
    }
    let numbers = integers(dtype, payload);
    let is_signed = !matches!(dtype.kind(), Kind::UInt | Kind::Bool);
    let mut planes = Vec::new();
    for channel in 0..count {
        for part in 0..parts {
            let at = |k: usize| match layout.order() {
                Order::C => (k * count + channel) * parts + part,
                Order::Fortran => (channel * len + k) * parts + part,
            };
            let numbers = (0..len).map(|k| numbers[at(k)]).collect();
            let row = shape.last().copied().unwrap_or(1);
            let plane = shape.iter().rev().take(2).product();
            planes.push(Plane { numbers, row, plane, bits, is_signed });
        }
    }
    if channels == Channels::Difference {
        let green = planes[1].numbers.clone();
        for at in [0, 2] {
            let plane = &mut planes[at];
            plane.is_signed = true;
            for (k, green) in green.iter().enumerate() {
                plane.numbers[k] = plane.cut(plane.numbers[k].wrapping_sub(*green));
            }
        }
    }
    let axes = match (by, axes) {
        (Predictor::Axis, 0) => 1,
        (Predictor::Lorenzo, 0) => shape.len().clamp(1, 2),
        (_, 0) => 2,
        (_, axes) => axes,
    };
    planes.iter().flat_map(|plane| plane.residuals(by, axes)).collect()
}

const BY: [Predictor; 5] =
    [Predictor::Axis, Predictor::Up, Predictor::Lorenzo, Predictor::Median, Predictor::Mean];
const CHANNELS: [Channels; 3] = [Channels::Together, Channels::Apart, Channels::Difference];

#[test]
fn predictions_are_what_the_oracle_says() {
    let shapes: [&[usize]; 20] = [
        &[],
        &[0],
        &[1],
        &[100],
        &[3, 0],
        &[5, 1],
        &[1, 5],
        &[7, 3],
        &[4, 4],
        &[9, 4],
        &[23, 17],
        &[2, 70],
        &[3, 4, 5],
        &[6, 9, 3],
        &[4, 1, 3],
        &[2, 3, 5, 4],
        &[2, 2200],
        &[20, 32],
        &[40, 33],
        &[25, 100],
    ];
    let dtypes = [
        "|u1", "|b1", "|i1", "<u2", ">i2", "<i4", ">u4", "<M8[s]", ">u8", "<f2", ">f4", "<f8", ">c8",
        "bfloat16",
    ];
    let noise = noise(1 << 17);
    let mut cases = 0;
    for text in dtypes {
        for shape in shapes {
            for order in [Order::C, Order::Fortran] {
                let layout = Layout::new(dtype(text), shape, order).expect("it fits in memory");
                for (by, axes, channels) in BY.iter().flat_map(|by| {
                    (0..4).flat_map(move |axes| CHANNELS.map(|channels| (*by, axes, channels)))
                }) {
                    let Some(predict) = Predict::new(by, axes, channels) else { continue };
                    let Ok(bound) = predict.bind(&layout) else { continue };
                    let bound = bound.expect("numbers are predicted");
                    // Noise, and numbers that are near each other, so that every branch of the median is taken.
                    for smooth in [0xff, 0x07] {
                        let payload: Vec<u8> =
                            noise[1..=layout.nbytes()].iter().map(|byte| byte & smooth).collect();
                        let case = format!("{text} {shape:?} {order} {by:?} {axes} {channels:?}");
                        let filtered = forward(&*bound, &payload);
                        assert!(filtered == oracle(&layout, &payload, by, axes, channels), "{case}: encoded");
                        let mut decoded = vec![0x55; payload.len()];
                        bound.backward(&[&filtered], &mut decoded).expect("it decodes");
                        assert!(decoded == payload, "{case}: decoded");
                        cases += 1;
                    }
                }
            }
        }
    }
    assert!(cases > 5000, "{cases} cases");
}

/// Narrow rows have kernels of their own, and so have the first and last columns of many rows.
#[test]
fn rows_of_every_length_are_what_the_oracle_says() {
    let noise = noise(1 << 16);
    let check = |text: &str, shape: &[usize], by, axes| {
        let layout = Layout::new(dtype(text), shape, Order::C).expect("it fits in memory");
        let predict = Predict::new(by, axes, Channels::Together).expect("so many axes are predicted over");
        let bound = predict.bind(&layout).expect("it is taken").expect("numbers are predicted");
        let payload = &noise[3..][..layout.nbytes()];
        let case = format!("{text} {shape:?} {by:?} {axes}");
        let filtered = forward(&*bound, payload);
        assert!(filtered == oracle(&layout, payload, by, axes, Channels::Together), "{case}: encoded");
        let mut decoded = vec![0x55; payload.len()];
        bound.backward(&[&filtered], &mut decoded).expect("it decodes");
        assert!(decoded == payload, "{case}: decoded");
    };
    // Planes, too, may be narrow.
    for planes in [3, 40, 2100] {
        for shape in [[planes, 2, 3], [planes, 3, 1], [planes, 1, 5]] {
            check("|u1", &shape, Predictor::Lorenzo, 3);
            check("<u2", &shape, Predictor::Axis, 3);
        }
    }
    for set in InstructionSet::available() {
        set.use_at_most();
        for row in 1..=66 {
            let rows = 130_usize.div_ceil(row) + row % 5;
            for text in ["|u1", "<i2", "<u4", "<f8"] {
                check(text, &[rows, row], Predictor::Up, 2);
                check(text, &[rows, row], Predictor::Lorenzo, 2);
                check(text, &[2, rows, row], Predictor::Axis, 3);
                check(text, &[rows, row], Predictor::Median, 2);
                check(text, &[rows, row], Predictor::Mean, 2);
            }
        }
        for row in (31..=41).chain([71, 78, 79, 80, 135, 143]) {
            check("|i1", &[18, row], Predictor::Median, 2);
            check("<u2", &[18, row], Predictor::Median, 2);
        }
    }
    // More columns than are worked on at a time.
    for (text, row) in [("|u1", 1100), ("<i2", 1024), ("|i1", 1023), ("<u2", 1025)] {
        check(text, &[18, row], Predictor::Median, 2);
        check(text, &[18, row], Predictor::Mean, 2);
    }
}

#[test]
fn what_comes_out_is_unsigned_integers_with_channels_first() {
    let output = |text: &str, dtype, shape: &[usize], order| {
        let bound =
            bind(&*filter(text), dtype, shape, order).expect("it is predicted").expect("it has numbers");
        let ndcodec_core::Filtered::Array(layout) = bound.output() else { panic!("it is an array") };
        format!("{} {} {}", layout.dtype(), layout.shape_text(), layout.order())
    };
    assert_eq!(output("predict", ">f8", &[4, 5], Order::C), "<u8 4x5 C");
    assert_eq!(output("predict(median)", "<i2", &[4, 5], Order::Fortran), "<u2 4x5 F");
    assert_eq!(output("predict(channels=difference)", "|u1", &[4, 5, 3], Order::C), "|u1 3x4x5 C");
    assert_eq!(output("predict(channels=apart)", "|u1", &[4, 5, 2], Order::Fortran), "|u1 4x5x2 F");
    assert_eq!(output("predict", "<c8", &[4, 5], Order::C), "<u4 2x4x5 C");
    assert_eq!(output("predict(channels=apart)", "<c8", &[4, 3], Order::Fortran), "<u4 4x2x3 F");
}

#[test]
fn elements_without_numbers_stay_and_several_numbers_are_refused() {
    for text in ["|S3", "<U2", "|V5", "<f16"] {
        assert!(bind(&*filter("predict"), text, &[4], Order::C).expect("they are taken").is_none(), "{text}");
    }
    let message = |text: &str, dtype: &str, shape: &[usize]| {
        bind(&*filter(text), dtype, shape, Order::C).unwrap_err().to_string()
    };
    assert_eq!(
        message("predict", "[('a', '<i4')]", &[3]),
        "`predict` cannot encode this array: elements of dtype `[('a', '<i4')]` are several numbers"
    );
    assert_eq!(
        message("predict(up)", "<i4", &[3]),
        "`predict` cannot encode this array: it predicts over 2 axes, but there are 1"
    );
    assert_eq!(
        message("predict(channels=difference)", "|u1", &[3, 5]),
        "`predict` cannot encode this array: 3 or 4 channels have a difference of colours, but there are 5 of \
         dtype `|u1`"
    );
    let error = ndcodec_core::build_filter("predict(median,1)").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`median` predicts over 2 or 3 axes, not 1\n  |  predict(median,1)\n  |                 ^"
    );
}
