//! Digits of base64 or hexadecimal that something stands around or between, so that no stage takes them as they are.

use super::Foreign;

/// Fewer digits are not evidence.
const LEAST: usize = 16;
/// How far into the text an escape is looked for.
const LOOK: usize = 4 << 10;

/// What stands around or between the digits that `bytes` are, if they are that.
pub(super) fn of(bytes: &[u8]) -> Option<Foreign> {
    around(bytes).or_else(|| between(bytes)).or_else(|| escaped(bytes))
}

fn found(name: &'static str, advice: &'static str) -> Option<Foreign> {
    Some(Foreign { name, advice })
}

fn around(bytes: &[u8]) -> Option<Foreign> {
    const INSIDE: &str = "decode what is between the quotes";
    let is_utf16 = match bytes {
        [0xff, 0xfe, a, 0, b, 0, ..] | [0xfe, 0xff, 0, a, 0, b, ..] => is_digit(a) && is_digit(b),
        [a, 0, b, 0, c, 0, ..] | [0, a, 0, b, 0, c, ..] => [a, b, c].into_iter().all(is_digit),
        _ => false,
    };
    if is_utf16 && bytes.len() >= LEAST {
        return found("UTF-16 text", "give it as ASCII or UTF-8");
    }
    match bytes {
        [0xef, 0xbb, 0xbf, text @ ..] if are_digits(text) => {
            found("text behind a byte-order mark", "cut the first 3 bytes off")
        }
        [b'b' | b'B', b'"' | b'\'', text @ ..] if are_digits(text) => {
            found("text as Python prints bytes, `b'…'`", INSIDE)
        }
        [b'x' | b'X', b'\'', text @ ..] if are_digits(text) => found("a literal of SQL, `X'…'`", INSIDE),
        [b'"' | b'\'' | b'`', text @ ..] if are_digits(text) => found("text in quotes", INSIDE),
        _ => None,
    }
}

fn between(bytes: &[u8]) -> Option<Foreign> {
    if bytes.starts_with(b"<Buffer ") {
        return found("a buffer as Node.js prints it", "write the bytes themselves, or `toString('base64')`");
    }
    let text = bytes.trim_ascii_start();
    let pairs = |text: &[u8], sign: &[u8]| {
        let step = 2 + sign.len();
        let mut parts = text.chunks_exact(step).take(4);
        text.len() >= 4 * step
            && parts.all(|part| part.iter().take(2).all(u8::is_ascii_hexdigit) && part.ends_with(sign))
    };
    if [b":", b"-", b",", b";"].into_iter().any(|sign| pairs(text, sign)) {
        return found(
            "hexadecimal digits with a sign between the bytes",
            "take the signs out, and decode the rest by `hex`",
        );
    }
    let digits = text.strip_prefix(b"\\x");
    if digits.is_some_and(|digits| pairs(digits, b"\\x")) {
        return found(
            "bytes that are escaped by `\\x`",
            "take every `\\x` out, and decode the rest by `hex`",
        );
    }
    let list = text.strip_prefix(b"{").or(text.strip_prefix(b"[")).unwrap_or(text).trim_ascii_start();
    let is_listed = |item: &[u8]| {
        let digits = item.trim_ascii().strip_prefix(b"0x");
        digits
            .is_some_and(|digits| (1..=2).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit))
    };
    let mut items = list.split(|byte| *byte == b',').take(4);
    (list.len() >= LEAST && items.all(is_listed)).then_some(Foreign {
        name: "a list of bytes in hexadecimal",
        advice: "take out all but the digits behind `0x`, and decode them by `hex`",
    })
}

/// Digits first, and then an escape.
fn escaped(bytes: &[u8]) -> Option<Foreign> {
    let text = &bytes[..bytes.len().min(LOOK)];
    let at = text.iter().position(|byte| !is_digit(byte)).filter(|at| *at >= LEAST)?;
    let is_hex = |byte: &u8| byte.is_ascii_hexdigit();
    match &text[at..] {
        [b'%', a, b, ..] if is_hex(a) && is_hex(b) => found(
            "text with the escapes of a URL",
            "undo them first, as Python's `urllib.parse.unquote` does",
        ),
        [b'\\', b'/' | b'u' | b'n' | b'r', ..] => {
            found("text with JSON's escapes", "read it with a JSON parser first")
        }
        [b'&', b'#' | b'a'..=b'z', ..] => {
            found("text with the escapes of HTML", "undo them first, as Python's `html.unescape` does")
        }
        _ => None,
    }
}

/// Whether enough digits begin the text, or are all of it but for what closes it.
fn are_digits(text: &[u8]) -> bool {
    text.len() >= LEAST && text[..LEAST].iter().all(is_digit)
}

/// A digit of base64, of either alphabet, and so of hexadecimal.
fn is_digit(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_=".contains(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_digits_is_named() {
        for (text, name) in [
            ("\u{feff}k05VTVBZAQB2AHsn", "byte-order mark"),
            ("\"k05VTVBZAQB2AHsn\"\n", "in quotes"),
            ("b'k05VTVBZAQB2AHsn'", "Python prints"),
            ("X'934e554d50590100'", "SQL"),
            ("k\x000\x005\x00V\x00T\x00V\x00B\x00Z\x00", "UTF-16"),
            ("93:4E:55:4D:50:59", "a sign between"),
            ("93-4E-55-4D-50-59", "a sign between"),
            ("\\x93\\x4e\\x55\\x4d\\x50\\x59", "`\\x`"),
            ("0x93, 0x4E, 0x55, 0x4D, 0x50", "a list of bytes"),
            ("{ 0x93,0x4E,0x55,0x4D,0x50", "a list of bytes"),
            ("<Buffer 93 4e 55 4d>", "Node.js"),
            ("k05VTVBZAQB2AHsn%2Bab%3D", "URL"),
            ("k05VTVBZAQB2AHsn\\/abc", "JSON"),
            ("k05VTVBZAQB2AHsn&#43;abc", "HTML"),
        ] {
            let found = of(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            assert!(found.name.contains(name), "{text}: {found}");
        }
        for text in [
            "",
            "\"short\"",
            "b'x'",
            "2026-11-26",
            "hello, world, this is text",
            "k05VTVBZAQB2AHsnZGVz",
            "-1,2,3",
        ] {
            assert_eq!(of(text.as_bytes()), None, "{text}");
        }
    }
}
