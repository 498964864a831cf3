//! What is read, what is not, and what is said about it.

use super::*;
use ndcodec_core::Filters;

/// A file of this version with this header text.
fn file(version: u8, text: &[u8]) -> Vec<u8> {
    let len = text.len().to_le_bytes();
    let width = if version == 1 { 2 } else { 4 };
    [MAGIC, &[version, 0], &len[..width], text].concat()
}

fn read_v1(text: &str) -> Result<Header, CodecError> {
    read(&file(1, text.as_bytes()), None, &DecodeLimits::new()).map_err(HeaderError::at_end)
}

/// A header of an array of this dtype, with two elements.
fn with_descr(descr: &str) -> String {
    format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (2,), }}\n")
}

fn dims(header: &Header) -> Vec<usize> {
    header.shape().dims().iter().flatten().copied().collect()
}

#[track_caller]
fn assert_corrupt(text: &str, message: &str) {
    let error = read_v1(text).unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Corrupt, message));
}

#[test]
fn a_header_is_read() {
    let header = read_v1("{'descr': '>f8', 'fortran_order': True, 'shape': (2, 3), }  \n").unwrap();
    assert_eq!(*header.dtype(), DType::parse(">f8").unwrap());
    assert_eq!((dims(&header), header.order()), (vec![2, 3], Order::Fortran));
    assert_eq!((header.head_len(), header.tail_len()), (10 + 61, 0));
    assert_eq!(*header.filters(), Filters::Listed(String::new()));
}

#[test]
fn what_numpy_takes_is_taken() {
    for text in [
        "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3)}",
        "{'shape': (2L, 3L), 'fortran_order': False, 'descr': '<i4'}\n",
        "{\"shape\": (+2, 3,), \"fortran_order\": False, u'descr': u'<i4'}\r\n",
        "  {'descr': '<i4', 'fortran_order': False, # rows, columns\n 'shape': (2, 3), } # the end",
        "{'descr': '|O', 'descr': '<i4', 'fortran_order': True, 'fortran_order': False, 'shape': (2, 3)}",
        "{'descr': ('<i4', ()), 'fortran_order': False, 'shape': (2, 3)}",
    ] {
        let header = read_v1(text).unwrap();
        assert_eq!(*header.dtype(), DType::parse("<i4").unwrap(), "{text}");
        assert_eq!((dims(&header), header.order()), (vec![2, 3], Order::C), "{text}");
    }
}

#[test]
fn text_is_latin1_before_version_3_and_utf8_from_there() {
    let text = with_descr("[('é', '|u1')]");
    let names = |file: &[u8]| {
        let header = read(file, None, &DecodeLimits::new()).unwrap();
        header.dtype().fields().unwrap().iter().map(|field| field.name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&file(3, text.as_bytes())), ["é"]);
    assert_eq!(names(&file(2, text.as_bytes())), ["Ã©"]);
    let error = read(&file(3, b"{'\xe9': 1}"), None, &DecodeLimits::new()).unwrap_err().at_end();
    assert_eq!(error.to_string(), "the header is not UTF-8, which version 3.0 demands (at byte 14)");
}

#[test]
fn a_prefix_says_how_much_is_needed() {
    let text = with_descr("'<i4'");
    for (version, start) in [(1, 10), (2, 12), (3, 12)] {
        let file = file(version, text.as_bytes());
        for len in 0..file.len() {
            let expected = match len {
                0..8 => 10,
                _ if len < start => start,
                _ => file.len(),
            };
            match read(&file[..len], None, &DecodeLimits::new()) {
                Err(HeaderError::Incomplete { needed }) => assert_eq!(needed, expected, "{len} bytes"),
                other => panic!("{len} bytes gave {other:?}"),
            }
        }
        assert!(read(&file, None, &DecodeLimits::new()).is_ok());
    }
}

#[test]
fn a_header_above_the_limit_is_refused_before_it_is_there() {
    let limits = DecodeLimits::new().with_max_header(10_000);
    let start = |version: u8, len: u32| {
        let width = if version == 1 { 2 } else { 4 };
        [MAGIC, &[version, 0], &len.to_le_bytes()[..width]].concat()
    };
    for (version, len) in [(1, 10_000), (2, 10_000), (3, 40_000)] {
        assert!(matches!(read(&start(version, len), None, &limits), Err(HeaderError::Incomplete { .. })));
        let error = read(&start(version, len + 1), None, &limits).unwrap_err().at_end();
        assert_eq!((error.kind(), error.limit()), (ErrorKind::Limit, Some(Limit::Header)));
        assert_eq!(
            error.to_string(),
            format!("the header has {} bytes, more than the limit of 10000 (at byte 8)", len + 1)
        );
    }
    let largest = read(&start(2, u32::MAX), None, &DecodeLimits::none());
    assert!(matches!(largest, Err(HeaderError::Incomplete { .. })));
}

#[test]
fn blanks_are_no_header() {
    let padded = |blanks: usize| file(2, format!("{}{}", with_descr("'<i4'"), " ".repeat(blanks)).as_bytes());
    assert!(read(&padded(9_900), None, &DecodeLimits::new()).is_ok());
    let error = read(&padded(10_040), None, &DecodeLimits::new()).unwrap_err().at_end();
    assert_eq!((error.kind(), error.limit()), (ErrorKind::Limit, Some(Limit::Header)));
    assert!(read(&padded(10_040), None, &DecodeLimits::new().with_max_header(1 << 20)).is_ok());
}

/// As in numpy, the limit counts characters.
#[test]
fn the_limit_of_version_3_is_in_characters() {
    let text = with_descr("[('整形', '|u1')]");
    let file = file(3, text.as_bytes());
    let chars = text.chars().count();
    assert!(read(&file, None, &DecodeLimits::new().with_max_header(chars)).is_ok());
    let error = read(&file, None, &DecodeLimits::new().with_max_header(chars - 1)).unwrap_err().at_end();
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[test]
fn objects_are_refused_and_nothing_else() {
    for descr in ["'|O'", "'O'", "'|O8'", "[('a', '<i4'), ('b', [('c', '|O')], (3,))]"] {
        let error = read_v1(&with_descr(descr)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{descr}");
        assert!(error.to_string().ends_with("loading a pickle runs code (at byte 20)"), "{error}");
    }
    for pickle in [&b"\x80\x04\x95..."[..], b"cnumpy.core.multiarray\n"] {
        let error = read(pickle, None, &DecodeLimits::new()).unwrap_err().at_end();
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert_eq!(
            error.to_string(),
            "the data are a Python pickle, not a `.npy`, and are refused: loading a pickle runs code"
        );
        let first = read(&pickle[..1], None, &DecodeLimits::new());
        assert!(matches!(first, Err(HeaderError::Incomplete { .. })));
    }
}

#[test]
fn magic_and_version_are_checked() {
    for (prefix, message) in [
        (&b"\x93NUMBY"[..], r"a `.npy` begins with `\x93NUMPY`, and the data with `\x93NUMBY` (at byte 4)"),
        (b"{\"a\": 1}", r#"a `.npy` begins with `\x93NUMPY`, and the data with `{\"a\": ` (at byte 0)"#),
        (b"\x93NUMPY\x01\x01", "unknown format version 1.1; expected 1.0, 2.0 or 3.0 (at byte 6)"),
    ] {
        assert_eq!(read(prefix, None, &DecodeLimits::new()).unwrap_err().at_end().to_string(), message);
    }
}

#[test]
fn text_that_is_no_dict_of_the_three_keys() {
    assert_corrupt("", "the header is not a Python literal: unexpected end of text (at byte 10)");
    assert_corrupt("['descr']", "the header is a list, not a dict (at byte 10)");
    assert_corrupt(
        "{'descr': dtype('<i4')}",
        "the header is not a Python literal: a name other than `True`, `False` and `None` (at byte 20)",
    );
    assert_corrupt(
        "{'descr': '<i4'}\0\0",
        "the header is not a Python literal: text after the end of the literal (at byte 26)",
    );
    assert_corrupt(
        "{'fortran_order': False, 'shape': (1,)}",
        "the header lacks the key `descr` (at byte 10)",
    );
    assert_corrupt(
        "{'descr': '<i4', 'sha\\x70e': (1,)}",
        "the header lacks the key `fortran_order` (at byte 10)",
    );
    assert_corrupt("{'descr': '<i4', 'extra': 1}", "the header has the unknown key `'extra'` (at byte 27)");
    assert_corrupt("{'descr': '<i4', 7: 1}", "the header has the unknown key `7` (at byte 10)");
}

#[test]
fn values_of_the_wrong_type() {
    let fields =
        |order: &str, shape: &str| format!("{{'descr': '<i4', 'fortran_order': {order}, 'shape': {shape}}}");
    assert_corrupt(&fields("0", "(1,)"), "`fortran_order` is `0`, not `True` or `False` (at byte 44)");
    assert_corrupt(&fields("False", "[1]"), "`shape` is a list, not a tuple of integers (at byte 60)");
    assert_corrupt(&fields("False", "(1)"), "`shape` is `1`, not a tuple of integers (at byte 60)");
    assert_corrupt(&fields("False", "(2, -1)"), "dimension 1 of `shape` is `-1`, not a length (at byte 60)");
    assert_corrupt(
        &fields("False", "(True,)"),
        "dimension 0 of `shape` is `True`, not a length (at byte 60)",
    );
    assert_corrupt(
        &fields("False", "(2.0,)"),
        "the header is not a Python literal: a number that is not an integer (at byte 61)",
    );
    assert_corrupt(
        &fields("False", "(9223372036854775808,)"),
        "the header is not a Python literal: an integer that does not fit 64 bits (at byte 61)",
    );
    assert_corrupt(
        &fields("False", &format!("({})", "1,".repeat(65))),
        "`shape` has 65 dimensions, more than the 64 of numpy (at byte 60)",
    );
    let error = read_v1(&with_descr("'<i3'")).unwrap_err();
    assert_eq!(error.to_string(), "`descr` is not a dtype (at byte 20)");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "unknown dtype `<i3`");
}

#[test]
fn sizes_never_overflow() {
    for shape in ["(9223372036854775807, 2)", "(0, 9223372036854775807, 2)", "(4611686018427387904,)"] {
        let text = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}");
        let error = read_v1(&text).unwrap_err().to_string();
        assert!(error.ends_with("but for its zeros, are larger than memory (at byte 60)"), "{error}");
    }
    let text = "{'descr': '|V0', 'fortran_order': False, 'shape': (9223372036854775807,)}";
    assert!(read_v1(text).unwrap().layout(10 + text.len()).is_ok());
}

#[test]
fn filters_are_the_fourth_key() {
    let text = "{'descr': '<i4', 'filters': 'shuffle', 'fortran_order': False, 'shape': (2,), }\n";
    assert_eq!(*read_v1(text).unwrap().filters(), Filters::Listed("shuffle".to_owned()));
    for (filters, found) in [("''", "`''`"), ("None", "`None`"), ("['shuffle']", "a list")] {
        let text = text.replace("'shuffle'", filters);
        assert_corrupt(&text, &format!("`filters` is {found}; expected a text (at byte 38)"));
    }
}

#[test]
fn a_filtered_file_has_its_own_magic_and_keys() {
    let of = |text: &str| {
        let mut bytes = file(1, text.as_bytes());
        bytes[..FILTERED_MAGIC.len()].copy_from_slice(FILTERED_MAGIC);
        read(&bytes, None, &DecodeLimits::new()).map_err(|error| error.at_end().to_string())
    };
    let good = "{'dtype': '<i4', 'filters': 'shuffle', 'order': 'F', 'dims': (2, 3), }\n";
    let header = of(good).unwrap();
    assert_eq!(*header.filters(), Filters::Listed("shuffle".to_owned()));
    assert_eq!((header.order(), header.shape().to_string()), (Order::Fortran, "2x3".to_owned()));
    for (from, to, message) in [
        ("'filters': 'shuffle', ", "", "the header lacks the key `filters` (at byte 10)"),
        ("'order'", "'fortran_order'", "the header has the unknown key `'fortran_order'` (at byte 49)"),
        ("'F'", "True", "`order` is `True`, not `'F'` or `'C'` (at byte 58)"),
        ("'dims': (2, 3)", "'dims': 2", "`dims` is `2`, not a tuple of integers (at byte 71)"),
        ("'<i4'", "'<i3'", "`dtype` is not a dtype (at byte 20)"),
    ] {
        assert_eq!(of(&good.replace(from, to)).unwrap_err(), message);
    }
    for len in 0..FILTERED_MAGIC.len() {
        let begin = read(&FILTERED_MAGIC[..len], None, &DecodeLimits::new());
        assert!(matches!(begin, Err(HeaderError::Incomplete { .. })), "{len}");
    }
}

#[test]
fn void_is_read_by_name() {
    let read_as = |descr: &str, named: &str| {
        let file = file(1, with_descr(descr).as_bytes());
        let named = DType::parse(named).unwrap();
        match read(&file, Some(&named), &DecodeLimits::new()) {
            Ok(header) => Ok(*header.dtype() == named),
            Err(error) => Err(error.at_end().to_string()),
        }
    };
    for (descr, named) in [
        ("'<V2'", "bfloat16"),
        ("'|V2'", ">bfloat16"),
        ("'|V1'", "int4"),
        ("'<f1'", "float8_e5m2"),
        ("'<f4'", "<f4"),
        ("'|V4'", "<f4"),
        ("[('a', '|V2'), ('b', '<i4')]", "[('a', 'bfloat16'), ('b', '<i4')]"),
    ] {
        assert_eq!(read_as(descr, named), Ok(true), "{descr} as {named}");
    }
    assert_eq!(
        read_as("'<V1'", "bfloat16").unwrap_err(),
        "the dtype is `|V1` of 1 bytes, which cannot be taken for `bfloat16` of 2 bytes (at byte 20)"
    );
    assert!(read_as("'<i4'", "<f4").is_err());
    let error = read_as("'<f1'", "float8_e4m3fn").unwrap_err();
    assert!(error.contains("`npy(dtype=float8_e5m2)` if it is that"), "{error}");
}

/// Every array whose line ends were translated is refused by its header, however much of it is there.
#[test]
fn translated_line_ends_are_named() {
    let header = with_descr("'<i4'").into_bytes();
    let translate = |bytes: &[u8], times: usize| {
        let end = [b"\r".repeat(times), b"\n".to_vec()].concat();
        bytes
            .iter()
            .flat_map(|byte| if *byte == b'\n' { end.clone() } else { vec![*byte] })
            .collect::<Vec<u8>>()
    };
    let read = |bytes: &[u8]| read(bytes, None, &DecodeLimits::new());
    for version in 1..=3 {
        for payload in [&[0; 8][..], b"\n\n\n\n\n\n\n\n", b"\r\n\r\n\r\n\r\n"] {
            let good = [&file(version, &header)[..], payload].concat();
            assert!(read(&good).is_ok());
            for times in [1, 2] {
                let error = read(&translate(&good, times)).unwrap_err().at_end();
                assert!(
                    error.to_string().starts_with("the header ends with `\\r\\n` in place of `\\n`"),
                    "{error}"
                );
                assert!(error.help().unwrap().contains("as binary"));
            }
            let cut = &translate(&good, 1)[..file(version, &header).len()];
            assert!(matches!(read(cut), Err(HeaderError::Incomplete { .. })));
        }
    }
    // numpy takes any blank for the end, and so do we.
    let odd =
        [&file(1, &[&header[..header.len() - 1], b"\r"].concat())[..], &[1, 0, 0, 0, 2, 0, 0, 0]].concat();
    assert!(read(&odd).is_ok());
}
