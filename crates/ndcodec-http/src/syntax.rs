//! Media types and lists of them: [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110), sections 5.6, 8.3.1 and 12.5.1.
//!
//! We parse by hand: the existing parsers of media types follow the narrower grammar of registrations (RFC 6838). It allows
//! no `|` outside of quotes, but a token of HTTP may have one.

use std::fmt;

use percent_encoding::percent_decode_str;

/// A media type, or a range of them, with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MediaRange {
    /// Type and subtype in lower case, either of which may be `*` in a list.
    pub(crate) essence: String,
    /// Names in lower case; no name twice.
    params: Vec<(String, String)>,
}

/// Why a field is not a media type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Malformed {
    what: &'static str,
    at: usize,
}

impl MediaRange {
    /// The media type that the whole text is.
    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        let mut scanner = Scanner { text, at: 0 };
        let media = scanner.media_range()?;
        if scanner.at < text.len() {
            return Err(scanner.expected("`;` or the end"));
        }
        Ok(media)
    }

    /// The value of a parameter. Its extended form `name*` (RFC 8187) holds what is not ASCII, and comes first.
    pub(crate) fn param(&self, name: &str) -> Option<String> {
        let find =
            |name: &str| self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        if let Some(text) = find(&format!("{name}*")).and_then(extended) {
            return Some(text);
        }
        find(name).map(str::to_owned)
    }

    /// Its weight in thousandths, 1000 if it has none. `None` if the weight is invalid.
    pub(crate) fn weight(&self) -> Option<u16> {
        let Some(text) = self.param("q") else { return Some(1000) };
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        if part.len() > 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let part: u16 = format!("{part:0<3}").parse().ok()?;
        match (whole, part) {
            ("0", part) => Some(part),
            ("1", 0) => Some(1000),
            _ => None,
        }
    }
}

/// The members of a list that are valid. Others are passed over, as clients send all kinds of things in `Accept`.
pub(crate) fn media_ranges(text: &str) -> impl Iterator<Item = MediaRange> {
    let mut scanner = Scanner { text, at: 0 };
    std::iter::from_fn(move || {
        while scanner.at < text.len() {
            scanner.skip_blanks();
            let member = scanner.media_range();
            let is_whole = scanner.at == text.len() || scanner.peek() == Some(b',');
            if member.is_err() || !is_whole {
                scanner.skip_member();
            }
            scanner.at += 1;
            if let Ok(media) = member
                && is_whole
            {
                return Some(media);
            }
        }
        None
    })
}

/// `value` as a quoted string.
pub(crate) fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
    text
}

/// The text of an extended value: charset, language, and bytes in percents.
fn extended(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_, encoded) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    Some(percent_decode_str(encoded).decode_utf8().ok()?.into_owned())
}

/// Each is compared with those before it.
const MOST_PARAMS: usize = 64;

struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl Scanner<'_> {
    fn media_range(&mut self) -> Result<MediaRange, Malformed> {
        let kind = self.token("a type")?;
        if !self.eat(b'/') {
            return Err(self.expected("`/`"));
        }
        let subtype = self.token("a subtype")?;
        let mut params: Vec<(String, String)> = Vec::new();
        loop {
            self.skip_blanks();
            if !self.eat(b';') {
                break;
            }
            self.skip_blanks();
            // An empty parameter is allowed.
            if matches!(self.peek(), None | Some(b';' | b',')) {
                continue;
            }
            let start = self.at;
            let name = self.token("the name of a parameter")?.to_ascii_lowercase();
            if !self.eat(b'=') {
                return Err(self.expected("`=`"));
            }
            if params.len() == MOST_PARAMS {
                return Err(Malformed { what: "64 parameters at most", at: start });
            }
            let value = if self.peek() == Some(b'"') { self.quoted()? } else { self.token("a value")? };
            if params.iter().any(|(known, _)| *known == name) {
                return Err(Malformed { what: "a parameter only once", at: start });
            }
            params.push((name, value));
        }
        Ok(MediaRange { essence: format!("{kind}/{subtype}").to_ascii_lowercase(), params })
    }

    fn token(&mut self, what: &'static str) -> Result<String, Malformed> {
        let rest = &self.text.as_bytes()[self.at..];
        let len = rest.iter().position(|byte| !is_token(*byte)).unwrap_or(rest.len());
        if len == 0 {
            return Err(self.expected(what));
        }
        let token = self.text[self.at..self.at + len].to_owned();
        self.at += len;
        Ok(token)
    }

    fn quoted(&mut self) -> Result<String, Malformed> {
        let mut value = String::new();
        let mut is_escaped = false;
        for (at, c) in self.text[self.at..].char_indices().skip(1) {
            match c {
                c if c.is_control() && c != '\t' => break,
                _ if is_escaped => is_escaped = false,
                '\\' => {
                    is_escaped = true;
                    continue;
                }
                '"' => {
                    self.at += at + 1;
                    return Ok(value);
                }
                _ => {}
            }
            value.push(c);
        }
        Err(self.expected("a string that ends with `\"`"))
    }

    /// Goes to the next `,` that is not in quotes.
    fn skip_member(&mut self) {
        let (mut is_quoted, mut is_escaped) = (false, false);
        while let Some(byte) = self.peek() {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' if is_quoted => is_escaped = true,
                b'"' => is_quoted = !is_quoted,
                b',' if !is_quoted => return,
                _ => {}
            }
            self.at += 1;
        }
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn expected(&self, what: &'static str) -> Malformed {
        Malformed { what, at: self.at }
    }
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} at byte {}", self.what, self.at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chain(text: &str) -> Option<String> {
        MediaRange::parse(text).unwrap().param("chain")
    }

    #[test]
    fn every_spelling_of_one_chain() {
        for text in [
            "application/vnd.ndcodec; chain=\"npy|zstd\"",
            "Application/VND.ndcodec;Chain=\"npy|zstd\"",
            "application/vnd.ndcodec \t;\t chain=npy|zstd",
            "application/vnd.ndcodec;;chain=\"n\\py|zstd\"; charset=utf-8;",
            "application/vnd.ndcodec; chain*=UTF-8'en'npy%7Czstd; chain=other",
        ] {
            assert_eq!(chain(text).as_deref(), Some("npy|zstd"), "{text}");
            assert_eq!(MediaRange::parse(text).unwrap().essence, "application/vnd.ndcodec");
        }
        assert_eq!(chain("a/b; chain*=latin1''x; chain=y").as_deref(), Some("y"));
        assert_eq!(chain("a/b"), None);
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        for (text, message) in [
            ("", "expected a type at byte 0"),
            ("npy", "expected `/` at byte 3"),
            ("a/", "expected a subtype at byte 2"),
            ("a/b; chain", "expected `=` at byte 10"),
            ("a/b; chain=", "expected a value at byte 11"),
            ("a/b; chain=\"x", "expected a string that ends with `\"` at byte 11"),
            ("a/b; chain=\"x\\\"", "expected a string that ends with `\"` at byte 11"),
            ("a/b; chain=x; CHAIN=y", "expected a parameter only once at byte 14"),
            ("a/b, c/d", "expected `;` or the end at byte 3"),
        ] {
            assert_eq!(MediaRange::parse(text).unwrap_err().to_string(), message, "{text}");
        }
    }

    #[test]
    fn lists_keep_what_is_valid() {
        let text = "a/b; chain=\"raw(<f4,2x3)|zlib\"; q=0.5, *; q=.2,, \"x, y\"/z, c/*;q=1.000, d/e; q=2";
        let ranges: Vec<MediaRange> = media_ranges(text).collect();
        let found: Vec<_> = ranges.iter().map(|range| (range.essence.as_str(), range.weight())).collect();
        assert_eq!(found, [("a/b", Some(500)), ("c/*", Some(1000)), ("d/e", None)]);
        assert_eq!(ranges[0].param("chain").as_deref(), Some("raw(<f4,2x3)|zlib"));
    }

    #[test]
    fn parameters_are_few() {
        let of = |count: usize| {
            let params: String = (0..count).map(|i| format!("; p{i}=x")).collect();
            format!("a/b{params}")
        };
        assert_eq!(MediaRange::parse(&of(64)).unwrap().param("p63").as_deref(), Some("x"));
        let error = MediaRange::parse(&of(65)).unwrap_err();
        assert_eq!(error.to_string(), "expected 64 parameters at most at byte 443");
        assert_eq!(media_ranges(&format!("{}, c/d", of(100_000))).count(), 1);
    }

    proptest! {
        #[test]
        fn what_was_quoted_comes_back(value in "[ -~]{0,40}") {
            let text = format!("a/b; chain={}", quoted(&value));
            prop_assert_eq!(chain(&text), Some(value.clone()));
            let list = format!("x, {text}; q=0.1 , c/d");
            prop_assert_eq!(media_ranges(&list).count(), 2);
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = MediaRange::parse(&text);
            for range in media_ranges(&text) {
                let _ = (range.weight(), range.param("chain"));
            }
        }
    }
}
