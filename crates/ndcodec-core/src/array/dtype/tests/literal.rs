//! Python literals.

use crate::dtype::literal::{Literal, MAX_DEPTH, parse, parse_latin1};

fn read(text: &str) -> String {
    parse(text.as_bytes()).map_or_else(|error| format!("error: {error}"), |literal| literal.to_string())
}

#[test]
fn a_header_is_read_in_the_order_of_its_keys() {
    let header = "{'descr': [('x', '<i4', (2,)), (('title','name'), '<f8'), ('n', [('a','|u1')])], \
                  'fortran_order': False, 'shape': (3, 4), }            \n";
    let literal = parse(header.as_bytes()).unwrap();
    let keys: Vec<_> = literal.as_dict().unwrap().iter().filter_map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["descr", "fortran_order", "shape"]);
    assert_eq!(literal.get("fortran_order"), Some(&Literal::Bool(false)));
    assert_eq!(literal.get("shape"), Some(&Literal::Tuple(vec![Literal::Int(3), Literal::Int(4)])));
    assert_eq!(literal.get("missing"), None);
    assert_eq!(
        literal.to_string(),
        "{'descr': [('x', '<i4', (2,)), (('title', 'name'), '<f8'), ('n', [('a', '|u1')])], \
         'fortran_order': False, 'shape': (3, 4)}"
    );
}

/// The right sides are Python's `repr(ast.literal_eval(...))`, but for Python 2's `L`.
#[test]
fn what_python_reads_is_read_alike() {
    for (text, expected) in [
        ("{'a': 1, 'b': 2, 'a': 3}", "{'a': 3, 'b': 2}"),
        ("(1)", "1"),
        ("(1,)", "(1,)"),
        ("( )", "()"),
        ("[1,\n 2, # two\n]", "[1, 2]"),
        ("{}", "{}"),
        ("{(1, 'a'): None}", "{(1, 'a'): None}"),
        ("(-4, +5, 0)", "(-4, 5, 0)"),
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775808", "-9223372036854775808"),
        (r#"u"it's""#, r#""it's""#),
        (r"'\\\'\x41\u00e9\U0001f600\n'", r#""\\'Aé😀\n""#),
        (r"b'a\xff\''", r#"b"a\xff'""#),
        ("\n True # so it is", "True"),
        ("(0x1F, -0o17, + 0b1_0, 1_000, 00, 0x_f)", "(31, -15, 2, 1000, 0, 15)"),
        ("('a' \"b\"\n r'c', b'd'B'e')", "('abc', b'de')"),
        (r"r'\d\'\\'", r#""\\d\\'\\\\""#),
        (r"(rb'\x41', bR'', U'', R'')", r"(b'\\x41', b'', '', '')"),
        ("'''a'b''\r\nc''' \"\"\"\"\"\"", r#""a'b''\nc""#),
        ("'a\\\nb\\\r\nc'", "'abc'"),
        (r"'\a\b\f\v\q\074\0\1018\777'", r"'\x07\x08\x0c\x0b\\q<\x00A8ǿ'"),
        (r"b'\074\777\u0041\N'", r"b'<\xff\\u0041\\N'"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
    // Python 2 never wrote UTF-8 headers, and numpy takes its suffix in the others only.
    assert_eq!(parse_latin1(b"(2L, 3)").unwrap().to_string(), "(2, 3)");
    assert!(parse(b"(2L, 3)").is_err() && parse_latin1(b"(2l, 3)").is_err());
}

#[test]
fn what_is_no_plain_literal_is_refused_with_its_place() {
    for (text, expected) in [
        ("", "error: unexpected end of text at byte 0"),
        ("{'a': 1", "error: unexpected end of text at byte 7"),
        ("[1, 2", "error: unexpected end of text at byte 5"),
        ("[,]", "error: unexpected `,` at byte 1"),
        ("(,)", "error: unexpected `,` at byte 1"),
        ("[1 2]", "error: unexpected `2` at byte 3"),
        ("{1, 2}", "error: unexpected `,` at byte 2"),
        ("(1]", "error: unexpected `]` at byte 2"),
        ("'<i4'\0", "error: text after the end of the literal at byte 5"),
        ("'<i\0'", r"error: unexpected `\x00` at byte 3"),
        ("tuple([2, 3])", "error: a name other than `True`, `False` and `None` at byte 0"),
        ("[false]", "error: a name other than `True`, `False` and `None` at byte 1"),
        ("(2.0,)", "error: a number that is not an integer at byte 1"),
        ("007", "error: a number that is not an integer at byte 0"),
        ("1__0", "error: a number that is not an integer at byte 0"),
        ("1_", "error: a number that is not an integer at byte 0"),
        ("0x", "error: a number that is not an integer at byte 0"),
        ("0o8", "error: a number that is not an integer at byte 0"),
        ("f'a'", "error: a name other than `True`, `False` and `None` at byte 0"),
        ("ur'a'", "error: a name other than `True`, `False` and `None` at byte 0"),
        ("'a' b'b'", "error: a string and a byte string side by side at byte 4"),
        ("'''a''", "error: a string that does not end, or not on its line at byte 0"),
        ("-", "error: a number that is not an integer at byte 0"),
        ("1+2", "error: text after the end of the literal at byte 1"),
        ("9223372036854775808", "error: an integer that does not fit 64 bits at byte 0"),
        ("['a", "error: a string that does not end, or not on its line at byte 1"),
        ("'a\n'", "error: a string that does not end, or not on its line at byte 0"),
        (r"'a\", "error: an incomplete escape, or a character by its name at byte 2"),
        (r"'\N{DASH}'", "error: an incomplete escape, or a character by its name at byte 1"),
        (r"'\x4'", "error: an incomplete escape, or a character by its name at byte 1"),
        (r"'\ud800'", "error: an escape for no Unicode character at byte 1"),
        (r"'\Uffffffff'", "error: an escape for no Unicode character at byte 1"),
        ("b'é'", "error: a non-ASCII byte in a byte string at byte 2"),
        ("{[1]: 2}", "error: a dict key that holds a list or a dict at byte 1"),
        ("{ ({},): 2}", "error: a dict key that holds a list or a dict at byte 2"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn the_encoding_of_strings_is_the_callers_choice() {
    assert_eq!(parse("'é'".as_bytes()), Ok(Literal::Str("é".into())));
    assert_eq!(parse_latin1(b"'\xe9\xa0'"), Ok(Literal::Str("é\u{a0}".into())));
    let error = parse(b"'ab\xc3\xa9\xff'").unwrap_err();
    assert_eq!(error.to_string(), "a string that is not UTF-8 at byte 5");
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(read(&nested(MAX_DEPTH)), nested(MAX_DEPTH));
    let expected = "error: more than 64 nested brackets at byte 64";
    assert_eq!(read(&nested(MAX_DEPTH + 1)), expected);
    assert_eq!(read(&"(".repeat(1_000_000)), expected);
    assert_eq!(read(&"{1:".repeat(1_000_000)), "error: more than 64 nested brackets at byte 192");
}
