//! Strings as Python's source has them: plain, raw, in three quotes, of bytes, and several side by side.

use super::parser::Parser;
use super::{Literal, LiteralError, LiteralFault};

/// The letters before a quote.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prefix {
    len: usize,
    is_raw: bool,
    is_bytes: bool,
}

impl Parser<'_> {
    /// The prefix of the string that begins here, if one does.
    pub(super) fn string_prefix(&self) -> Option<Prefix> {
        let rest = self.slice(self.at, self.text.len());
        let len = rest.iter().position(|byte| matches!(byte, b'\'' | b'"')).filter(|len| *len <= 2)?;
        let prefix = |is_raw, is_bytes| Some(Prefix { len, is_raw, is_bytes });
        match rest.get(..len)?.to_ascii_lowercase().as_slice() {
            b"" | b"u" => prefix(false, false),
            b"r" => prefix(true, false),
            b"b" => prefix(false, true),
            b"br" | b"rb" => prefix(true, true),
            _ => None,
        }
    }

    /// One string, or several side by side, which are one.
    pub(super) fn strings(&mut self) -> Result<Literal, LiteralError> {
        let mut whole: Option<(String, bool)> = None;
        while let Some(prefix) = self.string_prefix() {
            let start = self.at;
            let text = self.string(prefix)?;
            match &mut whole {
                Some((_, is_bytes)) if *is_bytes != prefix.is_bytes => {
                    return self.fail(start, LiteralFault::MixedStrings);
                }
                Some((whole, _)) => whole.push_str(&text),
                None => whole = Some((text, prefix.is_bytes)),
            }
            self.skip_blanks();
        }
        match whole {
            Some((text, false)) => Ok(Literal::Str(text)),
            // In a string of bytes each character is one.
            Some((text, true)) => {
                Ok(Literal::Bytes(text.chars().filter_map(|byte| u8::try_from(byte).ok()).collect()))
            }
            None => self.fail(self.at, LiteralFault::UnexpectedEnd),
        }
    }

    fn string(&mut self, prefix: Prefix) -> Result<String, LiteralError> {
        let start = self.at;
        self.at += prefix.len;
        let quote = self.bump();
        let is_long = self.peek() == quote && self.text.get(self.at + 1).copied() == quote;
        self.at += if is_long { 2 } else { 0 };
        let mut string = String::new();
        loop {
            let at = self.at;
            match self.bump() {
                None => return self.fail(start, LiteralFault::UnterminatedString),
                Some(b'\n' | b'\r') if !is_long => {
                    return self.fail(start, LiteralFault::UnterminatedString);
                }
                Some(b'\r') => {
                    self.at += usize::from(self.peek() == Some(b'\n'));
                    string.push('\n');
                }
                byte if byte == quote && !is_long => return Ok(string),
                byte if byte == quote
                    && self.peek() == quote
                    && self.text.get(self.at + 1).copied() == quote =>
                {
                    self.at += 2;
                    return Ok(string);
                }
                Some(b'\\') if prefix.is_raw => {
                    string.push('\\');
                    if let Some(byte @ (b'\\' | b'\'' | b'"')) = self.peek() {
                        self.at += 1;
                        string.push(char::from(byte));
                    }
                }
                Some(b'\\') => self.escape(at, prefix.is_bytes, &mut string)?,
                Some(b'\0') => return self.fail(at, LiteralFault::Unexpected(0)),
                Some(byte) if byte.is_ascii() => string.push(char::from(byte)),
                Some(_) if prefix.is_bytes => return self.fail(at, LiteralFault::NonAsciiBytes),
                Some(_) => {
                    let rest = self.slice(at, self.text.len());
                    let run = rest.iter().take_while(|byte| !byte.is_ascii()).count();
                    let run = self.slice(at, at + run);
                    if let Err(valid) = self.charset.decode_into(run, &mut string) {
                        return self.fail(at + valid, LiteralFault::NotUtf8);
                    }
                    self.at = at + run.len();
                }
            }
        }
    }

    /// What follows a backslash at `start`. A letter that has no meaning leaves the backslash where it is.
    fn escape(&mut self, start: usize, is_bytes: bool, string: &mut String) -> Result<(), LiteralError> {
        let escaped = match self.bump() {
            None => return self.fail(start, LiteralFault::Escape),
            // The line goes on.
            Some(b'\n') => return Ok(()),
            Some(b'\r') => {
                self.at += usize::from(self.peek() == Some(b'\n'));
                return Ok(());
            }
            Some(byte @ (b'\\' | b'\'' | b'"')) => char::from(byte),
            Some(b'a') => '\x07',
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'v') => '\x0b',
            Some(b'0'..=b'7') => self.octal(start, is_bytes)?,
            Some(b'x') => self.code_point(start, 2)?,
            Some(b'u') if !is_bytes => self.code_point(start, 4)?,
            Some(b'U') if !is_bytes => self.code_point(start, 8)?,
            // A character by its name, of which there are too many.
            Some(b'N') if !is_bytes => return self.fail(start, LiteralFault::Escape),
            Some(_) => {
                self.at -= 1;
                '\\'
            }
        };
        string.push(escaped);
        Ok(())
    }

    /// Up to three octal digits, the first of which was read; of a byte the lower eight bits.
    fn octal(&mut self, start: usize, is_bytes: bool) -> Result<char, LiteralError> {
        self.at -= 1;
        let mut value = 0_u32;
        for _ in 0..3 {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(8)) else { break };
            value = value << 3 | digit;
            self.at += 1;
        }
        let value = if is_bytes { value & 0xff } else { value };
        char::from_u32(value).map_or_else(|| self.fail(start, LiteralFault::NotACharacter), Ok)
    }

    fn code_point(&mut self, start: usize, digits: usize) -> Result<char, LiteralError> {
        let mut value = 0_u32;
        for _ in 0..digits {
            let digit = self.bump().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return self.fail(start, LiteralFault::Escape);
            };
            value = value << 4 | digit;
        }
        char::from_u32(value).map_or_else(|| self.fail(start, LiteralFault::NotACharacter), Ok)
    }
}
