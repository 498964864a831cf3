//! Text from outside, for people: what steers a terminal, turns the direction of writing, or cannot be seen is written out.

use std::borrow::Cow;

/// `text` with every character written out, as `\u{202e}`, that is a control character, is invisible, or has an effect on
/// how others are shown. Line ends are among them.
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_printable) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if is_printable(c) => shown.push(c),
            c => shown.extend(c.escape_default()),
        }
    }
    Cow::Owned(shown)
}

/// Whether a character can be shown as it is: Python's `str.isprintable`, not of Unicode category C or Z, but for the blank.
///
/// The standard library escapes exactly these categories (`library/core/src/unicode/printable.py`), and
/// grapheme extenders only where a string begins, hence the `x`. Checked against Python 3.12 for every
/// assigned character; characters that a newer Unicode assigned may differ.
pub(crate) fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    let mut buffer = [0; 5];
    if let Some((x, rest)) = buffer.split_first_mut() {
        *x = b'x';
        c.encode_utf8(rest);
    }
    let text = str::from_utf8(&buffer).unwrap_or_default();
    text.escape_debug().nth(1) != Some('\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_written_out() {
        for c in [
            '\0', '\n', '\u{1b}', '\u{7f}', '\u{9b}', '\u{ad}', '\u{200b}', '\u{200f}', '\u{202e}',
            '\u{2066}', '\u{feff}',
        ] {
            assert!(!is_printable(c), "{c:?}");
            assert_eq!(printable(&format!("a{c}b")), format!("a{}b", c.escape_default()));
        }
    }

    #[test]
    fn what_people_write_stays() {
        let text = r#"naïve ☃ 整形 'quoted' "twice" C:\x e\u0301 🙂 a b"#;
        assert!(matches!(printable(text), Cow::Borrowed(_)));
        assert_eq!(printable("e\u{301}"), "e\u{301}");
    }
}
