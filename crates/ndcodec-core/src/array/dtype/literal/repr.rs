//! Python's `repr` of literals, as it stands in the headers that numpy writes.

use std::fmt::{self, Write};

use super::Literal;
use crate::printable::is_printable;

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Str(text) => write_str(f, text),
            Self::Bytes(bytes) => write_bytes(f, bytes),
            Self::Int(value) => write!(f, "{value}"),
            Self::Bool(true) => f.write_str("True"),
            Self::Bool(false) => f.write_str("False"),
            Self::None => f.write_str("None"),
            Self::Tuple(items) => {
                f.write_char('(')?;
                write_items(f, items)?;
                f.write_str(if items.len() == 1 { ",)" } else { ")" })
            }
            Self::List(items) => {
                f.write_char('[')?;
                write_items(f, items)?;
                f.write_char(']')
            }
            Self::Dict(pairs) => {
                f.write_char('{')?;
                for (i, (key, value)) in pairs.iter().enumerate() {
                    let separator = if i == 0 { "" } else { ", " };
                    write!(f, "{separator}{key}: {value}")?;
                }
                f.write_char('}')
            }
        }
    }
}

fn write_items(f: &mut fmt::Formatter<'_>, items: &[Literal]) -> fmt::Result {
    for (i, item) in items.iter().enumerate() {
        let separator = if i == 0 { "" } else { ", " };
        write!(f, "{separator}{item}")?;
    }
    Ok(())
}

fn write_str(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    f.write_char(quote)?;
    for c in text.chars() {
        match c {
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            _ if c == quote => write!(f, "\\{c}")?,
            ' '..='~' => f.write_char(c)?,
            _ if is_printable(c) => f.write_char(c)?,
            '\0'..='\u{ff}' => write!(f, "\\x{:02x}", u32::from(c))?,
            '\0'..='\u{ffff}' => write!(f, "\\u{:04x}", u32::from(c))?,
            _ => write!(f, "\\U{:08x}", u32::from(c))?,
        }
    }
    f.write_char(quote)
}

fn write_bytes(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { b'"' } else { b'\'' };
    write!(f, "b{}", char::from(quote))?;
    for &byte in bytes {
        match byte {
            b'\\' => f.write_str("\\\\")?,
            b'\n' => f.write_str("\\n")?,
            b'\r' => f.write_str("\\r")?,
            b'\t' => f.write_str("\\t")?,
            _ if byte == quote => write!(f, "\\{}", char::from(byte))?,
            b' '..=b'~' => f.write_char(char::from(byte))?,
            _ => write!(f, "\\x{byte:02x}")?,
        }
    }
    f.write_char(char::from(quote))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repr(text: &str) -> String {
        Literal::Str(text.into()).to_string()
    }

    /// The right sides are what Python 3.12 printed.
    #[test]
    fn strings_print_as_python_prints_them() {
        assert_eq!(repr(""), r"''");
        assert_eq!(repr("a'b"), r#""a'b""#);
        assert_eq!(repr("a\"b"), r#"'a"b'"#);
        assert_eq!(repr("a'\"b"), r#"'a\'"b'"#);
        assert_eq!(repr("\\"), r"'\\'");
        assert_eq!(repr("a\nb\t\r"), r"'a\nb\t\r'");
        assert_eq!(repr("\0\u{1}\u{7f}\u{80}\u{a0}\u{ad}"), r"'\x00\x01\x7f\x80\xa0\xad'");
        assert_eq!(repr("é整\u{301}😀"), "'é整\u{301}😀'");
        assert_eq!(repr("\u{200b}\u{2028}\u{e000}\u{3000}"), r"'\u200b\u2028\ue000\u3000'");
        assert_eq!(repr("\u{e0001}\u{10ffff}"), r"'\U000e0001\U0010ffff'");
    }

    #[test]
    fn byte_strings_print_as_python_prints_them() {
        let repr = |bytes: &[u8]| Literal::Bytes(bytes.into()).to_string();
        assert_eq!(repr(b"a'b\"\\\n\0\xff"), r#"b'a\'b"\\\n\x00\xff'"#);
        assert_eq!(repr(b"it's"), r#"b"it's""#);
    }

    #[test]
    fn containers_print_as_python_prints_them() {
        let one = || vec![Literal::Int(1)];
        let both = Literal::List(vec![
            Literal::Tuple(vec![]),
            Literal::Tuple(one()),
            Literal::Tuple(vec![Literal::Bool(true), Literal::None]),
            Literal::List(one()),
            Literal::Dict(vec![
                (Literal::Str("a".into()), Literal::Int(-2)),
                (Literal::Int(3), Literal::Bool(false)),
            ]),
        ]);
        assert_eq!(both.to_string(), "[(), (1,), (True, None), [1], {'a': -2, 3: False}]");
    }
}
