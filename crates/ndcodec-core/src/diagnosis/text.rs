//! What stands around or between the digits of an encoded text, and where it comes from.

use std::borrow::Cow;

use super::{foreign, help};

/// What to do about the character of `text` at `index`, which is not a digit there; `None` if that is for the codec to say.
///
/// `is_beginning`: the text begins where the encoded form does, and is not a later piece of it.
pub fn text_help(text: &[u8], index: usize, is_beginning: bool) -> Option<Cow<'static, str>> {
    let around = if is_beginning { at_beginning(text, index) } else { None };
    around.or_else(|| at_place(text, index))
}

fn at_beginning(text: &[u8], index: usize) -> Option<Cow<'static, str>> {
    let quote = |byte: u8| matches!(byte, b'"' | b'\'' | b'`');
    match text {
        [0xef, 0xbb, 0xbf, ..] if index == 0 => {
            return Some("a byte-order mark stands in front: cut the first 3 bytes off".into());
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] if index == 0 => {
            return Some("the text is UTF-16: give it as ASCII or UTF-8".into());
        }
        [first, 0, _, 0, ..] | [0, first, 0, _, ..] if first.is_ascii_graphic() && index <= 1 => {
            return Some("the text is UTF-16: give it as ASCII or UTF-8".into());
        }
        [b'b' | b'B', open, ..] if quote(*open) && index == 1 => {
            return Some(
                "it is what Python prints for bytes, `b'…'`: decode what is between the quotes".into(),
            );
        }
        [b'x' | b'X', b'\'', ..] if index <= 1 => {
            return Some("it is a literal of SQL, `X'…'`: decode what is between the quotes".into());
        }
        [open, ..] if quote(*open) && index == 0 => {
            return Some("the text is in quotes: decode what is between the quotes".into());
        }
        _ => {}
    }
    if index > 64 {
        return None;
    }
    if text.is_ascii() {
        return foreign(text).map(|foreign| foreign.to_string().into());
    }
    // Bytes in place of text.
    help(text).map(|help| format!("the data are not text: {help}").into())
}

fn at_place(text: &[u8], index: usize) -> Option<Cow<'static, str>> {
    let (before, rest) = text.split_at_checked(index)?;
    let is_hex = |byte: &u8| byte.is_ascii_hexdigit();
    let undo = |escape: &[u8], of: &str, how: &str| {
        let escape = escape.escape_ascii().to_string().replace("\\\\", "\\");
        Some(Cow::from(format!("`{escape}` is {of}: {how}")))
    };
    const OF_JSON: &str = "JSON's escape";
    const PARSE: &str = "read the text with a JSON parser first";
    match rest {
        [b'\\', b'/', ..] => undo(&rest[..2], &format!("{OF_JSON} of `/`"), PARSE),
        [b'\\', b'u', digits @ ..] if digits.iter().take(4).filter(|byte| is_hex(byte)).count() == 4 => {
            undo(&rest[..6], OF_JSON, PARSE)
        }
        [b'\\', b'n' | b'r' | b't', ..] => {
            undo(&rest[..2], "the escape of a line end or blank", "undo it first, as a JSON parser does")
        }
        [b'\\', b'"' | b'\'', ..] => {
            undo(&rest[..2], "an escaped quote", "decode what is between the quotes")
        }
        [b'%', a, b, ..] if is_hex(a) && is_hex(b) => {
            undo(&rest[..3], "an escape of a URL", "undo it first, as Python's `urllib.parse.unquote` does")
        }
        [b'&', ..] => rest.iter().take(10).position(|byte| *byte == b';').and_then(|end| {
            undo(&rest[..=end], "an escape of HTML", "undo it first, as Python's `html.unescape` does")
        }),
        [b'=', a, b, ..] if is_hex(a) && is_hex(b) && *a != b'=' && b"0123".contains(a) => {
            quoted_printable(&rest[..3])
        }
        [a, b, ..] if before.last() == Some(&b'=') && is_hex(a) && is_hex(b) && b"0123".contains(a) => {
            quoted_printable(&[b'=', *a, *b])
        }
        [b'=', b'\n' | b'\r', ..] => {
            Some("a line that ends in `=` is quoted-printable: undo that first".into())
        }
        [0, zeros @ ..] if zeros.iter().all(|byte| *byte == 0) => {
            Some("NUL bytes end the text, as in C: cut them off".into())
        }
        [0, ..] => Some("the text holds a NUL byte: it is binary data, or UTF-16".into()),
        [b'"' | b'\'' | b'`', ..] => Some("a quote ends the text: decode what stands before it".into()),
        [0xe2, 0x80, 0xa6, ..] => shortened("`…`"),
        [b'.', b'.', b'.', ..] => shortened("`...`"),
        [b'.', rest @ ..] if rest.len() < 2 && rest.iter().all(|byte| *byte == b'.') => {
            Some("`.` stands for the padding: put `=` in its place".into())
        }
        [0xc2, 0xa0, ..] | [0xe2, 0x80, _, ..] | [0xef, 0xbb, 0xbf, ..] => {
            Some("a blank or mark of Unicode that is not ASCII stands there: cut it out".into())
        }
        [0x80..=0xff, ..] => {
            Some("the text is not ASCII: it is binary data, or text that was changed on its way".into())
        }
        [b',' | b';' | b'|', ..] => {
            let sign = char::from(rest[0]);
            Some(format!("`{sign}` separates texts: decode each of them by itself").into())
        }
        _ => None,
    }
}

fn quoted_printable(escape: &[u8]) -> Option<Cow<'static, str>> {
    let escape = escape.escape_ascii();
    Some(
        format!("`{escape}` is quoted-printable, as in mail: undo it first, as Python's `quopri` does")
            .into(),
    )
}

fn shortened(sign: &str) -> Option<Cow<'static, str>> {
    Some(format!("{sign} marks text that was cut when it was printed: copy the whole text").into())
}
