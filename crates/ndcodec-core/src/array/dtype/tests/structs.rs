//! Structs made from parts, and byte order.

use super::from_header;
use crate::dtype::{ByteOrder, DType, Field, Kind};

fn dtype(text: &str) -> DType {
    DType::parse(text).unwrap()
}

#[test]
fn a_struct_can_be_made_from_parts() {
    let fields = vec![
        Field::new("a", dtype("<i4"), 0),
        Field::new("b", dtype("<f8"), 8)
            .with_title("t")
            .with_shape(&[5])
            .unwrap()
            .with_shape(&[2, 3])
            .unwrap(),
    ];
    let made = DType::structure(fields, 256).unwrap();
    assert_eq!(
        made.to_string(),
        "[('a', '<i4'), ('', '|V4'), (('t', 'b'), ('<f8', (5,)), (2, 3)), ('', '|V8')]"
    );
    let fields = made.fields().unwrap();
    let b = fields.named("b").unwrap();
    assert_eq!((fields.len(), b.shape(), b.offset(), b.size()), (2, &[2, 3, 5][..], 8, 240));
    assert_eq!((b.title(), b.dtype().kind()), (Some("t"), &Kind::Float));
    assert_eq!((made.alignment(), made.byte_order(), made.swap_width()), (1, ByteOrder::NotApplicable, None));
    assert_eq!(from_header(&made.descr()), Ok(made));
}

#[test]
fn a_struct_without_a_descr_is_refused() {
    let at = |name: &str, offset: usize| Field::new(name, dtype("<i4"), offset);
    for (fields, itemsize, expected) in [
        (
            vec![at("a", 0), at("b", 2)],
            8,
            "field `b` begins at byte 2, before the end 4 of the fields before it",
        ),
        (
            vec![at("a", 4), at("b", 0)],
            8,
            "field `b` begins at byte 0, before the end 8 of the fields before it",
        ),
        (vec![at("a", 4)], 7, "the fields end at byte 8, after the itemsize 7"),
        (vec![at("a", usize::MAX)], 7, "the fields end at byte 18446744073709551615, after the itemsize 7"),
        (vec![at("a", 0)], 1 << 31, "a struct of 2147483648 bytes, more than 2147483647"),
        (
            vec![Field::new("", dtype("|V4"), 0)],
            4,
            "field 0 has no name and is void or a sub-array, which a descr takes for padding",
        ),
    ] {
        assert_eq!(DType::structure(fields, itemsize).unwrap_err().to_string(), expected);
    }
}

#[test]
fn swapping_reverses_scalars_and_leaves_padding() {
    let mixed = dtype("[('a', '<i2'), ('', '|V1'), ('n', [('s', '|S2'), ('c', '>c8')], (2,)), ('u', '<U1')]");
    let original: Vec<u8> = (0..54).collect();
    let mut payload = original.clone();
    mixed.swap_bytes_in_place(&mut payload).unwrap();
    let first =
        [1, 0, 2, 3, 4, 8, 7, 6, 5, 12, 11, 10, 9, 13, 14, 18, 17, 16, 15, 22, 21, 20, 19, 26, 25, 24, 23];
    assert_eq!(payload[..27], first);
    assert_eq!(payload[27..], first.map(|byte| byte + 27));
    mixed.swap_bytes_in_place(&mut payload).unwrap();
    assert_eq!(payload, original);

    mixed.convert_in_place(ByteOrder::Big, &mut payload).unwrap();
    assert_eq!(payload[..6], [1, 0, 2, 3, 4, 5]);
    assert_eq!(payload[23..27], [26, 25, 24, 23]);
    let big = mixed.with_byte_order(ByteOrder::Big);
    assert_eq!(
        big.to_string(),
        "[('a', '>i2'), ('', '|V1'), ('n', [('s', '|S2'), ('c', '>c8')], (2,)), ('u', '>U1')]"
    );
    assert_eq!((mixed.is_native(), big.is_native()), (false, ByteOrder::NATIVE == ByteOrder::Big));
    assert_eq!(mixed.with_byte_order(ByteOrder::NotApplicable), mixed);

    let error = mixed.swap_bytes_in_place(&mut payload[1..]).unwrap_err();
    assert_eq!(error.to_string(), "a payload of 53 bytes is not a multiple of the itemsize 27");
}

#[test]
fn every_width_is_swapped() {
    for (text, width) in
        [("<f2", 2), ("<f4", 4), ("<c16", 8), ("<f16", 16), ("<c32", 16), ("<M8[s]", 8), ("|S4", 1)]
    {
        let mut payload: Vec<u8> = (0..64).collect();
        let dtype = dtype(text);
        dtype.swap_bytes_in_place(&mut payload).unwrap();
        let expected: Vec<u8> =
            (0..64_u8).collect::<Vec<_>>().chunks(width).flat_map(|c| c.iter().rev()).copied().collect();
        assert_eq!((payload, dtype.swap_width()), (expected, Some(width)), "{text}");
    }
}

#[test]
fn no_bytes_are_elements_of_no_bytes() {
    for text in ["|V0", "<U0", "[]", "[('a', [], (2147483647,))]"] {
        let dtype = dtype(text);
        assert_eq!(dtype.swap_bytes_in_place(&mut []), Ok(()));
        assert_eq!(
            dtype.swap_bytes_in_place(&mut [0]).unwrap_err().to_string(),
            "a payload of 1 bytes is not a multiple of the itemsize 0"
        );
    }
}
