//! What is wrong with a text that does not decode, and what to do about it.

use std::borrow::Cow;

use ndcodec_core::CodecError;
use ndcodec_core::diagnosis::text_help;

use crate::Hex;

impl Hex {
    /// The error for the character of `text` at `index`; the text begins at byte `at` of the input.
    #[cold]
    pub(crate) fn no_digit(&self, text: &[u8], index: usize, at: u64) -> CodecError {
        let message = match text.get(index) {
            Some(byte @ b'!'..=b'~') => format!("`{}` is not a hexadecimal digit", char::from(*byte)),
            Some(byte) => format!("the byte {byte:#04x} is not a hexadecimal digit"),
            None => "the text ends where a digit should stand".to_owned(),
        };
        let help = text_help(text, index, at == 0).or_else(|| self.help(text, index, at));
        CodecError::corrupt(message).at(at + index as u64).with_help_if_any(help)
    }

    fn help(&self, text: &[u8], index: usize, at: u64) -> Option<Cow<'static, str>> {
        let is_begin = at == 0 && index <= 1 && self.prefix.is_empty();
        let help = match (text, text.get(index)?) {
            ([b'0', b'x' | b'X', ..], _) if is_begin => self.prefixed("0x"),
            ([b'\\', b'x' | b'X', _, _, b'\\', ..], _) if is_begin => {
                "each byte has its own `\\x`: remove each `\\x`".to_owned()
            }
            ([b'\\', b'x' | b'X', ..], _) if is_begin => self.prefixed(r"\x"),
            (_, byte) if byte.is_ascii_whitespace() => {
                let written = self.written(true, self.prefix);
                format!("if blanks and line ends do not count, decode it by `{written}`")
            }
            (_, b':' | b'-') => {
                let sign = char::from(text[index]);
                format!("`{sign}` seems to separate the bytes: remove each `{sign}`")
            }
            (text, byte) if byte.is_ascii_alphanumeric() || b"+/=".contains(byte) => {
                let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=\r\n".contains(byte);
                if !text.iter().all(is_digit) {
                    return None;
                }
                "all characters are digits of base64: is it by `base64`?".to_owned()
            }
            _ => return None,
        };
        Some(help.into())
    }

    fn prefixed(&self, prefix: &str) -> String {
        let written = self.written(self.skips_whitespace, prefix);
        format!("the digits have the prefix `{prefix}`: decode it by `{written}`")
    }

    /// The error for a text that does not begin with the prefix.
    #[cold]
    pub(crate) fn no_prefix(&self, text: &[u8]) -> CodecError {
        let prefix = self.prefix;
        let help = text_help(text, 0, true).unwrap_or_else(|| {
            format!("without it, decode it by `{}`", self.written(self.skips_whitespace, "")).into()
        });
        CodecError::corrupt(format!("the text does not begin with `{prefix}`")).at(0).with_help(help)
    }

    /// The stage as it stands in a chain, as far as decoding needs it.
    fn written(&self, whitespace: bool, prefix: &str) -> String {
        let whitespace = whitespace.then(|| "whitespace=true".to_owned());
        let prefix = (!prefix.is_empty()).then(|| format!("prefix={prefix}"));
        let params: Vec<String> = [whitespace, prefix].into_iter().flatten().collect();
        if params.is_empty() { "hex".to_owned() } else { format!("hex({})", params.join(",")) }
    }
}
