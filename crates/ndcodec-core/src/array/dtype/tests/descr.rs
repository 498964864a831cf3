//! Descr lists.

use super::from_header;
use crate::dtype::literal::{Literal, MAX_DEPTH};
use crate::dtype::{DType, DTypeError};

/// What numpy's reader makes of a header's descr and its writer prints again, in the same words.
#[test]
fn what_numpy_writes_prints_as_it_was() {
    for (descr, itemsize) in [
        ("[]", 0),
        ("[('a', '<i4'), ('', '|V4'), ('b', '<f8')]", 16),
        ("[('', '|V1'), ('a', '<i4'), ('', '|V1'), ('b', '<i4')]", 10),
        ("[('', '|V4'), ('a', '<i2'), ('', '|V2'), ('b', '<i4'), ('', '|V4')]", 16),
        ("[('a', '<i4'), ('', '<i4'), ('b', '<i4')]", 12),
        ("[('', '|V8')]", 8),
        ("[('a', '|V4')]", 4),
        ("[('', [('x', '|V3')])]", 3),
        ("[('a', [])]", 0),
        ("[('a', [], (3,))]", 0),
        ("[('a', [('', '|V4')], (3,))]", 12),
        ("[('x', '>i4', (2,)), ('y', '>f8', (2, 2)), ('z', '|u1')]", 41),
        ("[('c', ('<f8', (5,)), (2,))]", 80),
        ("[('c', ((('<f8', (5,)), (2, 1)), (1,)), (3,))]", 240),
        ("[('x', ([('a', '|i1'), ('', '|V3'), ('b', '|i1'), ('', '|V3')], (3,)), (4,))]", 96),
        ("[('a', '<i4', (0,)), ('b', '<i4', (1,))]", 4),
        ("[(('', 'a'), '<i4')]", 4),
        ("[(('title', 'name'), '<f8'), (('t', ''), '|V4'), ('b', '<M8[25s]', (2,))]", 28),
        ("[('f', '|b1'), ('s', '|S3'), ('u', '<U2'), ('e', '|S0')]", 12),
        ("[('le', '<i4'), ('be', '>i4'), ('n', [('value', '>c16'), ('deep', [('d', '<f2', (2,))])])]", 28),
        (r"[('a\nb\t', '<i4'), ('int', '<i8'), ('整形', '<i8')]", 20),
        (r#"[("it's", '<i4'), ('\\', '<i4'), ('\'"', '<i4'), ('\x00\xa0\u200b\U000e0001é', '<i4')]"#, 16),
    ] {
        let dtype = from_header(descr).unwrap_or_else(|error| panic!("{descr}: {error}"));
        assert_eq!(dtype.descr(), descr);
        assert_eq!(dtype.to_string(), descr);
        assert_eq!(dtype.to_descr().to_string(), descr);
        assert_eq!(dtype.itemsize(), itemsize, "{descr}");
        assert_eq!(DType::parse(descr), Ok(dtype), "{descr}");
    }
}

#[test]
fn what_numpy_reads_and_writes_otherwise_prints_as_numpy_writes_it() {
    for (descr, expected) in [
        ("[['a', '<i4']]", "[('a', '<i4')]"),
        ("[('a', '<i4', 2)]", "[('a', '<i4', (2,))]"),
        ("[('a', '<i4', [2, 3])]", "[('a', '<i4', (2, 3))]"),
        ("[('a', '<i4', ())]", "[('a', '<i4')]"),
        ("[('a', ('<i4', (3,)), ())]", "[('a', '<i4', (3,))]"),
        ("[('a', ('<i4', [2]))]", "[('a', '<i4', (2,))]"),
        ("[((None, 'a'), '<i4')]", "[('a', '<i4')]"),
        ("[('a', '|S0', 5), ('b', '<U0', 5), ('c', '|V0', 0)]", "[('a', '|S5'), ('b', '<U5'), ('c', '|V0')]"),
        // Of every sub-array numpy says that its scalar type is void, and so takes these for padding.
        ("[('', '<i4', (2,)), ('b', '<i4')]", "[('', '|V8'), ('b', '<i4')]"),
        ("[('', '|V0'), ('a', '<b1')]", "[('a', '|b1')]"),
        ("('<i4', ())", "'<i4'"),
        (
            "[('a', '<i4,>(2,)f8'), ('b', '3|u1')]",
            "[('a', [('f0', '<i4'), ('f1', '>f8', (2,))]), ('b', '|u1', (3,))]",
        ),
    ] {
        assert_eq!(from_header(descr).map(|dtype| dtype.descr()), Ok(expected.to_owned()), "{descr}");
    }
}

#[test]
fn names_are_printed_in_chains_and_void_in_headers() {
    let dtype = DType::parse("[('a', 'bfloat16'), ('b', 'int4', (2,)), ('', 'V4'), ('c', 'bool')]").unwrap();
    assert_eq!(dtype.to_string(), "[('a', 'bfloat16'), ('b', 'int4', (2,)), ('', '|V4'), ('c', '|b1')]");
    assert_eq!(dtype.descr(), "[('a', '<V2'), ('b', '<V1', (2,)), ('', '|V4'), ('c', '|b1')]");
    assert_eq!(DType::parse(&dtype.to_string()), Ok(dtype));
}

#[test]
fn what_numpy_refuses_is_refused() {
    for (descr, expected) in [
        ("3", "a descr is a string or a list of fields, found `3`"),
        ("None", "a descr is a string or a list of fields, found `None`"),
        ("b'<i4'", "a descr is a string or a list of fields, found a byte string"),
        ("{'names': ['a'], 'formats': ['<i4']}", "a descr is a string or a list of fields, found a dict"),
        ("()", "a descr is a string or a list of fields, found a tuple"),
        ("('<i4', (3,))", "a sub-array outside of a struct field: its shape belongs to the array's"),
        ("[('a',)]", "field 0 is not a tuple of 2 or 3 items: a tuple"),
        ("[('a', '<i4'), ('b', '<i4', (2,), 1)]", "field 1 is not a tuple of 2 or 3 items: a tuple"),
        ("[7]", "field 0 is not a tuple of 2 or 3 items: `7`"),
        ("[(3, '<i4')]", "the name of field 0 is neither a string nor a tuple of a title and a name: `3`"),
        (
            "[(b'a', '<i4')]",
            "the name of field 0 is neither a string nor a tuple of a title and a name: a byte string",
        ),
        (
            "[(('t', 'u', 'a'), '<i4')]",
            "the name of field 0 is neither a string nor a tuple of a title and a name: a tuple",
        ),
        ("[('a', '<i4'), ('a', '<f4')]", "the field name or title `a` occurs twice"),
        ("[('', '<i4'), ('', '<f4')]", "the field name or title `` occurs twice"),
        ("[(('t', 'a'), '<i4'), ('t', '<f4')]", "the field name or title `t` occurs twice"),
        ("[(('a', 'a'), '<i4')]", "the field name or title `a` occurs twice"),
        ("[('n', [('a', '<i3')])]", "in field `n`: in field `a`: unknown dtype `<i3`"),
        ("[('a', 3)]", "in field `a`: a descr is a string or a list of fields, found `3`"),
        (
            "[('a', '<i4', True)]",
            "in field `a`: a sub-array shape is a non-negative integer or a tuple of them, found `True`",
        ),
        (
            "[('a', '<i4', (2, -1))]",
            "in field `a`: a sub-array shape is a non-negative integer or a tuple of them, found a tuple",
        ),
        (
            "[('a', '<i4', (2147483647,))]",
            "in field `a`: a sub-array of 1 dimensions and itemsize 4 exceeds 64 dimensions, 2147483647 along one \
             of them, or 2147483647 bytes",
        ),
        (
            "[('a', '<i4', (2147483648, 0))]",
            "in field `a`: a sub-array of 2 dimensions and itemsize 4 exceeds 64 dimensions, 2147483647 along one \
             of them, or 2147483647 bytes",
        ),
        ("[('a', '|S0', (2,))]", "in field `a`: a sub-array of `|S0` of shape [], which has 0 bytes"),
        (
            "[('a', ('<i4', (0,)), (2,))]",
            "in field `a`: a sub-array of `<i4` of shape [0], which has 0 bytes",
        ),
        (
            "[('a', '<U0', 536870912)]",
            "in field `a`: dtype `(<U0, 536870912)` takes more than 2147483647 bytes",
        ),
        (
            "[('a', '|V2147483647'), ('', '|V2147483647')]",
            "a struct of 4294967294 bytes, more than 2147483647",
        ),
    ] {
        assert_eq!(from_header(descr), Err(expected.to_owned()), "{descr}");
    }
    let dims = |ndim: usize| format!("[('a', '<i4', ({}))]", "1, ".repeat(ndim));
    assert!(from_header(&dims(64)).is_ok());
    assert!(from_header(&dims(65)).is_err());
}

#[test]
fn python_objects_are_found_in_any_field() {
    for descr in ["[('a', '<i4'), ('b', '|O')]", "[('n', [('a', ('|O', (2,)), (3,))])]"] {
        let error = DType::parse(descr).unwrap_err();
        assert!(matches!(&error, DTypeError::PythonObject { text } if text == "|O"), "{error:?}");
    }
}

#[test]
fn a_descr_that_is_no_literal_says_where() {
    let error = DType::parse("[('a', '<i4')").unwrap_err();
    assert_eq!(
        super::message(&error),
        "the descr is not a Python literal: unexpected end of text at byte 13"
    );
}

/// The deepest dtype that exists still fits, with a header's dict around it, into what the parser reads.
#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("{}'<i4'{}", "[('a', ".repeat(depth), ")]".repeat(depth));
    let deepest = from_header(&nested(31)).unwrap();
    assert_eq!(DType::parse(&deepest.to_string()), Ok(deepest.clone()));
    let header = format!("{{'descr': {}}}", deepest.descr());
    assert!(super::super::literal::parse(header.as_bytes()).is_ok());
    let too_deep = "a descr of more than 63 nested brackets";
    assert!(from_header(&nested(32)).unwrap_err().ends_with(too_deep));
    let sub_arrays = |depth: usize| format!("[('a', {}'<i4'{})]", "(".repeat(depth), ", (1,))".repeat(depth));
    assert!(from_header(&sub_arrays(61)).is_ok());
    assert!(from_header(&sub_arrays(62)).is_err());

    // A literal need not come from the parser, which would have refused it.
    let mut literal = Literal::Str("<i4".into());
    for _ in 0..MAX_DEPTH {
        let field = Literal::Tuple(vec![Literal::Str("a".into()), literal]);
        literal = Literal::List(vec![field]);
    }
    assert!(DType::from_descr(&literal).is_err());
}
