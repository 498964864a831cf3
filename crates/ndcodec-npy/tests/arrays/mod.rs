//! Random dtypes, nested structs among them, shapes and orders.

use ndcodec_core::{DType, Field, Layout, Order};
use proptest::prelude::*;

const SCALARS: &[&str] = &[
    "|b1", "|i1", "|u1", "<i2", ">i2", "<u4", ">u8", "<f2", ">f4", "<f8", "<f16", "<c8", ">c16", "|S1",
    "|S7", "<U1", ">U3", "|V5", "<M8", "<M8[ns]", ">m8[25s]", "<m8[D]",
];

/// Characters that Python prints as they are, escapes, or quotes around; Latin-1 and not.
const NAME: &str = "[a-zA-Z0-9 '\"\\\\\n\t\u{7f}\u{a0}é整\u{200b}😀]{1,6}";

/// A dtype that is neither an object nor an extension scalar: one that a header can hold.
pub(crate) fn dtypes() -> impl Strategy<Value = DType> {
    let scalar = prop::sample::select(SCALARS).prop_map(|text| DType::parse(text).unwrap());
    scalar.prop_recursive(3, 12, 4, |inner| {
        let field =
            (inner, NAME, prop::option::of(NAME), prop::collection::vec(1_usize..3, 0..3), 0_usize..4);
        prop::collection::vec(field, 0..4).prop_filter_map("fields share a name", |parts| {
            let mut fields = Vec::new();
            let mut end = 0;
            for (dtype, name, title, shape, gap) in parts {
                let field = Field::new(name, dtype, end + gap).with_shape(&shape).ok()?;
                let field = match title {
                    Some(title) => field.with_title(title),
                    None => field,
                };
                end = field.offset() + field.size();
                fields.push(field);
            }
            DType::structure(fields, end + 1).ok()
        })
    })
}

pub(crate) fn layouts() -> impl Strategy<Value = Layout> {
    let shapes = prop_oneof![
        8 => prop::collection::vec(0_usize..4, 0..5),
        1 => prop::collection::vec(Just(1), 60..=64),
        1 => (0..1_usize << 40, 0..20_u32).prop_map(|(dim, shift)| vec![dim >> shift, 0]),
    ];
    (dtypes(), shapes, any::<bool>()).prop_map(|(dtype, shape, is_fortran)| {
        let order = if is_fortran { Order::Fortran } else { Order::C };
        Layout::new(dtype, shape, order).unwrap()
    })
}
