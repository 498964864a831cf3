//! The notation of dtypes that are not structs.

use super::{from_header, message};
use crate::dtype::{ByteOrder, DType, Extension, Kind, TimeBase, TimeUnit};

const NATIVE: char = ByteOrder::NATIVE.symbol();

/// What numpy writes reads back as itself, in a header and in a chain. Sizes are numpy's `itemsize`.
#[test]
fn what_numpy_writes_prints_as_it_was() {
    for (text, itemsize, alignment) in [
        ("|b1", 1, 1),
        ("|i1", 1, 1),
        (">i2", 2, 2),
        ("<i4", 4, 4),
        ("<i8", 8, 8),
        ("|u1", 1, 1),
        ("<u2", 2, 2),
        (">u4", 4, 4),
        ("<u8", 8, 8),
        ("<f2", 2, 2),
        ("<f4", 4, 4),
        (">f8", 8, 8),
        ("<f16", 16, 16),
        ("<c8", 8, 4),
        (">c16", 16, 8),
        ("<c32", 32, 16),
        ("<M8", 8, 8),
        ("<M8[ns]", 8, 8),
        (">M8[25s]", 8, 8),
        ("<M8[0s]", 8, 8),
        ("<m8[2147483647as]", 8, 8),
        ("|S0", 0, 1),
        ("|S3", 3, 1),
        ("|S2147483647", 2_147_483_647, 1),
        ("<U0", 0, 4),
        (">U7", 28, 4),
        ("<U536870911", 2_147_483_644, 4),
        ("|V0", 0, 1),
        ("|V4", 4, 1),
    ] {
        let dtype = DType::parse(text).unwrap();
        assert_eq!(dtype.to_string(), text);
        assert_eq!(dtype.descr(), format!("'{text}'"));
        assert_eq!((dtype.itemsize(), dtype.alignment()), (itemsize, alignment), "{text}");
        assert_eq!(from_header(&format!("'{text}'")), Ok(dtype), "{text}");
    }
}

#[test]
fn other_spellings_print_as_numpy_prints_them() {
    let native = |rest: &str| format!("{NATIVE}{rest}");
    for (text, expected) in [
        ("<b1", "|b1".to_owned()),
        (">u1", "|u1".to_owned()),
        ("<S3", "|S3".to_owned()),
        (">V4", "|V4".to_owned()),
        ("S", "|S0".to_owned()),
        ("c", "|S1".to_owned()),
        ("?", "|b1".to_owned()),
        ("<d", "<f8".to_owned()),
        ("<i04", "<i4".to_owned()),
        ("<M8[1s]", "<M8[s]".to_owned()),
        ("<M8[generic]", "<M8".to_owned()),
        ("<m8[2generic]", "<m8".to_owned()),
        ("<M8[μs]", "<M8[us]".to_owned()),
        ("f4", native("f4")),
        ("=U3", native("U3")),
        ("|i4", native("i4")),
        ("float32", native("f4")),
        ("complex256", native("c32")),
        ("datetime64[ns]", native("M8[ns]")),
        ("timedelta64", native("m8")),
        ("bool", "|b1".to_owned()),
        ("|a3", "|S3".to_owned()),
        ("i+4", native("i4")),
        ("<U 3", "<U3".to_owned()),
        ("void", "|V0".to_owned()),
        ("<M8[+2s]", "<M8[2s]".to_owned()),
        ("<M8[s/2]", "<M8[500ms]".to_owned()),
        ("<M8[3D/24]", "<M8[3h]".to_owned()),
        ("<m8[M/8]", "<m8[90h]".to_owned()),
        ("<datetime64[D]", "<M8[D]".to_owned()),
        (">l", format!(">i{}", size_of::<std::ffi::c_long>())),
        ("uintp", native(&format!("u{}", size_of::<usize>()))),
    ] {
        assert_eq!(DType::parse(text).map(|dtype| dtype.to_string()), Ok(expected.clone()), "{text}");
        // A header has the same strings.
        assert_eq!(from_header(&format!("'{text}'")).map(|dtype| dtype.to_string()), Ok(expected), "{text}");
    }
}

#[test]
fn what_numpy_refuses_is_refused() {
    for text in [
        "",
        " <f4",
        "<f4 ",
        "<f4\n",
        "<",
        "<<i4",
        "@i4",
        "!i4",
        "<i3",
        "i16",
        "<f5",
        "f12",
        "<c4",
        "b2",
        "M4",
        "<i-4",
        "<U-1",
        "S3x",
        "S3.0",
        "<a",
        "l4",
        "|int",
        "x",
        "<i4|",
        "<float32",
        "i4[s]",
        "f8[2]",
        "<\u{664}",
        "<i\u{664}",
        "i99999999999999999999999",
        "=bfloat16",
        "void8",
        "string",
    ] {
        let error = DType::parse(text).unwrap_err();
        assert_eq!(error.to_string(), format!("unknown dtype `{}`", text.replace('\n', "\\n")));
    }
    for text in [
        "<M8[fortnight]",
        "<M8[-1s]",
        "<M8[]",
        "<M8[s",
        "<M8s",
        "<M8[s]x",
        "<M8[B]",
        "<M8[2147483648s]",
        "m8[S]",
        "m8[ s]",
        "m8[s/]",
        "m8[s/2x]",
        "m8[/2]",
    ] {
        assert_eq!(
            DType::parse(text).unwrap_err().to_string(),
            format!(
                "dtype `{text}` has no valid time unit: expected `[`, a count up to 2147483647 that may be left \
                 out, one of Y M W D h m s ms us ns ps fs as, and `]`"
            )
        );
    }
    for text in ["m8[s/7]", "m8[s/0]", "m8[s/-2]", "m8[generic/2]", "m8[as/2]", "m8[2147483647s/2]"] {
        assert_eq!(
            DType::parse(text).unwrap_err().to_string(),
            format!(
                "dtype `{text}` has a time unit that is not a whole count of a smaller one, up to 2147483647"
            )
        );
    }
    for text in ["V2147483648", "S99999999999999999999", "<U536870912", "U2147483647"] {
        let expected = format!("dtype `{text}` takes more than 2147483647 bytes");
        assert_eq!(DType::parse(text).unwrap_err().to_string(), expected);
    }
}

#[test]
fn python_objects_are_refused_by_name() {
    for text in ["O", "|O", "|O8", "O4", ">O8", "object", "object_"] {
        assert_eq!(
            DType::parse(text).unwrap_err().to_string(),
            format!(
                "dtype `{text}` is refused: its elements are Python objects, stored as a pickle, and loading a \
                 pickle runs code"
            )
        );
    }
}

#[test]
fn a_long_text_is_cut_in_the_message() {
    let error = DType::parse(&"é".repeat(1000)).unwrap_err();
    assert_eq!(message(&error), format!("unknown dtype `{}…`", "é".repeat(60)));
}

#[test]
fn extension_scalars_have_names_and_are_written_to_headers_as_void() {
    for &extension in Extension::ALL {
        let dtype = DType::parse(extension.name()).unwrap();
        assert_eq!(dtype.kind(), &Kind::Extension(extension));
        assert_eq!(dtype.to_string(), extension.name());
        assert_eq!(from_header(&format!("'{}'", extension.name())), Ok(dtype.clone()));
        assert_eq!(dtype.descr(), format!("'<V{}'", dtype.itemsize()));
        assert_eq!(
            from_header(&dtype.descr()),
            DType::parse(&format!("V{}", extension.itemsize())).map_err(|e| message(&e))
        );
    }
    let big = DType::parse("bfloat16").unwrap().with_byte_order(ByteOrder::Big);
    assert_eq!(big.to_string(), ">bfloat16");
    assert_eq!(big.descr(), "'>V2'");
    assert_eq!(DType::parse(">bfloat16"), Ok(big));
    assert_eq!(DType::parse("<bfloat16"), DType::parse("bfloat16"));
    assert_eq!(DType::parse(">int4"), DType::parse("int4"));
}

#[test]
fn scalars_can_be_made_from_parts() {
    let unit = TimeUnit::new(25, TimeBase::Second).unwrap();
    let dtype = DType::scalar(Kind::DateTime(unit), 8, ByteOrder::Big).unwrap();
    assert_eq!(dtype.to_string(), ">M8[25s]");
    assert_eq!(TimeUnit::new(TimeUnit::MAX_COUNT + 1, TimeBase::Day), None);
    assert_eq!(
        DType::scalar(Kind::Float, 3, ByteOrder::Little).unwrap_err().to_string(),
        "no scalar of 3 bytes is a Float"
    );
    assert!(DType::scalar(Kind::Str, 6, ByteOrder::Little).is_err());
    assert!(DType::scalar(Kind::Void, DType::MAX_ITEMSIZE + 1, ByteOrder::Little).is_err());
}
