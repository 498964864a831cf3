//! What is wrong with a text that does not decode, and where: once the fast path has failed, time does not matter.

use std::borrow::Cow;

use ndcodec_core::diagnosis::text_help;
use ndcodec_core::{CodecError, ErrorKind};

use crate::{Alphabet, Padding, Rules};

/// What is wrong, and the index of the character at which it shows.
pub(crate) struct Fault {
    pub(crate) kind: ErrorKind,
    pub(crate) message: Cow<'static, str>,
    pub(crate) index: usize,
}

impl Rules {
    /// Why a whole text does not decode.
    #[cold]
    pub(crate) fn diagnose(self, text: &[u8]) -> CodecError {
        let Fault { kind, message, index } = self.find_fault(text, true);
        let help = self.help(text, index, true, false);
        CodecError::new(kind, message).at(index as u64).with_help_if_any(help)
    }

    /// What to do about the fault of `text` at `index`. The text `is_first` unless more of it stands before.
    pub(crate) fn help(
        self,
        text: &[u8],
        index: usize,
        is_first: bool,
        skips_whitespace: bool,
    ) -> Option<Cow<'static, str>> {
        if let Some(help) = text_help(text, index, is_first) {
            return Some(help);
        }
        let has = |digits: [u8; 2]| text.iter().any(|byte| digits.contains(byte));
        let written = |rules: Self, whitespace| format!("decode it by `{}`", rules.written(whitespace));
        let help = match text.get(index) {
            Some(b'-' | b'_' | b'+' | b'/') if has(*b"+/") && has(*b"-_") => {
                "the text has digits of both alphabets, `+/` and `-_`, so it belongs to neither: it was changed on its \
                 way, or put together of two"
                    .to_owned()
            }
            Some(b'-' | b'_' | b'+' | b'/') if self.padding != Padding::Required || text.contains(&b'=') => {
                let other = Self { alphabet: self.alphabet.other(), ..self };
                format!("it is the {} alphabet: {}", other.alphabet.name(), written(other, skips_whitespace))
            }
            Some(b'-' | b'_' | b'+' | b'/') => {
                let is_whole = text.iter().filter(|byte| !byte.is_ascii_whitespace()).count().is_multiple_of(4);
                let padding = if is_whole { self.padding } else { Padding::Optional };
                let other = Self { alphabet: self.alphabet.other(), padding };
                format!("it is the {} alphabet: {}", other.alphabet.name(), written(other, skips_whitespace))
            }
            Some(b' ') if !skips_whitespace && is_form(text) => {
                let written = written(self, true);
                format!("if a form or URL was decoded, it was a `+`: put it back; if blanks do not count, {written}")
            }
            Some(byte) if byte.is_ascii_whitespace() && !skips_whitespace => {
                format!("if blanks and line ends do not count, {}", written(self, true))
            }
            Some(b'=') if self.padding == Padding::Forbidden => {
                written(Self { padding: Padding::Optional, ..self }, skips_whitespace)
            }
            Some(_) if index > 0 && text[index - 1] == b'=' && self.alphabet.value(text[index]).is_some() => {
                "texts stand one behind the other: decode each of them by itself".to_owned()
            }
            None if text.iter().filter(|byte| self.alphabet.value(**byte).is_some()).count() % 4 > 1 => {
                let optional = Self { padding: Padding::Optional, ..self };
                format!("if nothing but `=` is missing, {}", written(optional, skips_whitespace))
            }
            _ => return None,
        };
        Some(help.into())
    }

    /// The stage with these rules, as it stands in a chain.
    fn written(self, whitespace: bool) -> String {
        let alphabet = (self.alphabet == Alphabet::Url).then_some("alphabet=url");
        let pad = match self.padding {
            Padding::Required => None,
            Padding::Forbidden => Some("pad=false"),
            Padding::Optional => Some("pad=optional"),
        };
        let params: Vec<&str> =
            [alphabet, pad, whitespace.then_some("whitespace=true")].into_iter().flatten().collect();
        if params.is_empty() { "base64".to_owned() } else { format!("base64({})", params.join(",")) }
    }

    /// The first fault of `text`, which has one. Unless it `is_last`, more text follows.
    pub(crate) fn find_fault(self, text: &[u8], is_last: bool) -> Fault {
        let digits = text.iter().take_while(|byte| self.alphabet.value(**byte).is_some()).count();
        match text.get(digits) {
            Some(b'=') => self.padding_fault(text, digits, is_last),
            Some(byte) => {
                let message =
                    format!("{} is not a digit of the {} alphabet", Shown(*byte), self.alphabet.name());
                fault(ErrorKind::Corrupt, message, digits)
            }
            None if digits % 4 == 1 => {
                fault(ErrorKind::Truncated, "the input ends after one digit of a group of four", digits)
            }
            None if digits % 4 != 0 && self.padding == Padding::Required => {
                fault(ErrorKind::Truncated, "the input ends without its padding", digits)
            }
            None => self.last_digit_fault(text, digits),
        }
    }

    fn padding_fault(self, text: &[u8], digits: usize, is_last: bool) -> Fault {
        if self.padding == Padding::Forbidden {
            return fault(ErrorKind::Corrupt, "the text is padded, which `pad=false` refuses", digits);
        }
        if digits % 4 < 2 {
            let message = match digits % 4 {
                0 => "padding stands where a group of four begins",
                _ => "padding stands after one digit of a group of four",
            };
            return fault(ErrorKind::Corrupt, message, digits);
        }
        let end = digits.next_multiple_of(4);
        match (digits..end).find(|i| text.get(*i) != Some(&b'=')) {
            Some(i) if i >= text.len() => fault(ErrorKind::Truncated, "the input ends inside the padding", i),
            Some(i) => fault(ErrorKind::Corrupt, format!("{} stands inside the padding", Shown(text[i])), i),
            None if end < text.len() || !is_last => {
                fault(ErrorKind::Trailing, "the text goes on after its padding", end)
            }
            None => self.last_digit_fault(text, digits),
        }
    }

    fn last_digit_fault(self, text: &[u8], digits: usize) -> Fault {
        let spare_bits = match digits % 4 {
            2 => 4,
            3 => 2,
            _ => 0,
        };
        match digits.checked_sub(1).map(|i| (i, text[i])) {
            Some((i, byte))
                if self.alphabet.value(byte).is_some_and(|value| value % (1 << spare_bits) != 0) =>
            {
                let message =
                    format!("the last {spare_bits} bits of the last digit {} are not zero", Shown(byte));
                fault(ErrorKind::Corrupt, message, i)
            }
            _ => fault(ErrorKind::Internal, "the base64 engine refuses a text in which nothing is wrong", 0),
        }
    }
}

impl Alphabet {
    /// The value of a digit.
    pub(crate) fn value(self, byte: u8) -> Option<u8> {
        match (byte, self) {
            (b'A'..=b'Z', _) => Some(byte - b'A'),
            (b'a'..=b'z', _) => Some(byte - b'a' + 26),
            (b'0'..=b'9', _) => Some(byte - b'0' + 52),
            (b'+', Self::Standard) | (b'-', Self::Url) => Some(62),
            (b'/', Self::Standard) | (b'_', Self::Url) => Some(63),
            _ => None,
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Standard => Self::Url,
            Self::Url => Self::Standard,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Url => "url-safe",
        }
    }
}

/// Whether the blanks of a text may be digits that were lost: there is no `+`, nor a blank of any other kind.
fn is_form(text: &[u8]) -> bool {
    !text.contains(&b'+') && text.iter().all(|byte| *byte == b' ' || !byte.is_ascii_whitespace())
}

fn fault(kind: ErrorKind, message: impl Into<Cow<'static, str>>, index: usize) -> Fault {
    Fault { kind, message: message.into(), index }
}

/// A character of a text: as itself if that can be read, else as its number.
struct Shown(u8);

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            byte @ b'!'..=b'~' => write!(f, "`{}`", char::from(byte)),
            byte => write!(f, "the byte {byte:#04x}"),
        }
    }
}
