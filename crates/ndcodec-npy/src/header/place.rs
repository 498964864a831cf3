//! Where in a header's text a key stands, for error messages.
//!
//! The parser returns values without their places, so errors about a value look for it again. That costs nothing
//! until there is an error.

/// Offsets in bytes into the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) key: usize,
    pub(super) value: usize,
}

/// The last place of `key` in the text of a dict that was parsed already; of equal keys the last one counts.
/// `None` if the key is not spelt plainly, with an escape for example.
pub(super) fn find(text: &[u8], key: &str) -> Option<Place> {
    let mut found = None;
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'#' => at = comment_end(text, start),
            b'\'' | b'"' => {
                let end = string_end(text, start, byte);
                at = end + 1;
                let colon = skip_blanks(text, at);
                let is_key = depth == 1 && text.get(colon) == Some(&b':');
                if is_key && text.get(start + 1..end) == Some(key.as_bytes()) {
                    found = Some(Place { key: start, value: skip_blanks(text, colon + 1) });
                }
            }
            _ => {}
        }
    }
    found
}

/// The closing quote of the string that begins at `start`.
fn string_end(text: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            _ if byte == quote => return at,
            _ => at += 1,
        }
    }
    text.len()
}

fn comment_end(text: &[u8], start: usize) -> usize {
    let comment = text.get(start..).unwrap_or_default();
    start + comment.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(comment.len())
}

fn skip_blanks(text: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = text.get(at) {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' => at += 1,
            b'#' => at = comment_end(text, at),
            _ => break,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_at_the_top_level_only() {
        let text = br#"{'descr': [('shape', '<i4')], "shape" : # 'shape': 0
 (2, ), 'a\'': {'shape': 1}, 'b': 'shape', }"#;
        let place = find(text, "shape").unwrap();
        assert!(text[place.key..].starts_with(b"\"shape\" :"));
        assert!(text[place.value..].starts_with(b"(2, )"));
        assert_eq!(find(text, "c"), None);
    }

    #[test]
    fn the_last_of_equal_keys_is_found_and_broken_text_is_no_matter() {
        assert_eq!(find(b"{'a': 1, 'a': 2}", "a"), Some(Place { key: 9, value: 14 }));
        for text in [&b"{'a"[..], b"{'a\\", b"{'a':", b"{'a'", b"{#", b"}'a': "] {
            let _ = find(text, "a");
        }
    }
}
