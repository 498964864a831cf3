//! Strings of several dtypes. What numpy makes of them at random is a test of `ndcodec-npy`.

use super::{from_header, message};
use crate::dtype::{ByteOrder, DType, DTypeError};

#[test]
fn several_dtypes_are_a_struct() {
    let native = ByteOrder::NATIVE.symbol();
    for (text, expected) in [
        ("<i2,<f4", "[('f0', '<i2'), ('f1', '<f4')]"),
        ("<i2 ,\t>f4 ", "[('f0', '<i2'), ('f1', '>f4')]"),
        ("u1,", "[('f0', '|u1')]"),
        ("u1,2>f4,(2,3)<U2", "[('f0', '|u1'), ('f1', '>f4', (2,)), ('f2', '<U2', (2, 3))]"),
        ("u1,2,3b1", "[('f0', '|u1'), ('f1', '|b1', (2, 3))]"),
        ("u1,()?,( )?", "[('f0', '|u1'), ('f1', '|b1'), ('f2', '|b1')]"),
        ("u1,(2,)3S1", "[('f0', '|u1'), ('f1', ('|S1', (3,)), (2,))]"),
        ("u1,2S0,0V3", "[('f0', '|u1'), ('f1', '|S2'), ('f2', '|V3', (0,))]"),
        ("bool,<m8[25s],int4", "[('f0', '|b1'), ('f1', '<m8[25s]'), ('f2', 'int4')]"),
        ("=f4,|2|u1", "[('f0', '@f4'), ('f1', '|u1', (2,))]"),
    ] {
        let expected = expected.replace('@', &native.to_string());
        assert_eq!(DType::parse(text).map(|dtype| dtype.to_string()), Ok(expected.clone()), "{text}");
        let header = format!("'{}'", text.replace('\t', "\\t"));
        assert_eq!(from_header(&header).map(|dtype| dtype.to_string()), Ok(expected), "{text}");
    }
    for text in ["()<f4", "1<f4", "(1,1)<f4"] {
        assert_eq!(DType::parse(text), DType::parse("<f4"), "{text}");
    }
}

#[test]
fn what_is_none_is_refused() {
    for (text, expected) in [
        (
            "f4,,i4",
            "in field `f1`: a sub-array shape is a non-negative integer or a tuple of them, found `,`",
        ),
        (",f4", "a sub-array shape is a non-negative integer or a tuple of them, found `,`"),
        ("f4,x", "in field `f1`: unknown dtype `x`"),
        (
            " f4,i4",
            "in field `f0`: a sub-array shape is a non-negative integer or a tuple of them, found ` `",
        ),
        ("int_,i4", "dtype `int_,i4` lists dtypes, and item 0 is not one such as `f4`, `3f4` or `(2,3)f4`"),
        ("f4,3;i4", "dtype `f4,3;i4` lists dtypes, and item 1 is not one such as `f4`, `3f4` or `(2,3)f4`"),
        (
            "f4,(2i4",
            "in field `f1`: a sub-array shape is a non-negative integer or a tuple of them, found `(2`",
        ),
        (
            "u1,02i4",
            "in field `f1`: a sub-array shape is a non-negative integer or a tuple of them, found `02`",
        ),
        ("u1,<2>f4", "in field `f1`: dtype `<2>f4` says its byte order twice, and not alike"),
        ("3f4", "a sub-array outside of a struct field: its shape belongs to the array's"),
        ("(2,)f4", "a sub-array outside of a struct field: its shape belongs to the array's"),
        ("3", "unknown dtype `3`"),
        ("u1,(2,3)", "in field `f1`: unknown dtype `(2,3)`"),
        (
            "u1,(2147483648,)f4",
            "in field `f1`: a sub-array of 1 dimensions and itemsize 4 exceeds 64 dimensions, 2147483647 along one of \
             them, or 2147483647 bytes",
        ),
        ("V2147483647,u1", "a struct of 2147483648 bytes, more than 2147483647"),
    ] {
        let error = DType::parse(text).unwrap_err();
        assert_eq!(message(&error), expected, "{text}");
        assert_eq!(from_header(&format!("'{text}'")), Err(expected.to_owned()), "{text}");
    }
    let error = DType::parse("f4,O").unwrap_err();
    assert!(matches!(error, DTypeError::PythonObject { .. }), "{error}");
}
