//! The parser of Python literals.

use std::collections::HashMap;

use super::{Literal, LiteralError, LiteralFault, MAX_DEPTH};

/// Recursive descent over bytes. The recursion ends at [`MAX_DEPTH`].
pub(super) struct Parser<'t> {
    text: &'t [u8],
    at: usize,
    charset: Charset,
}

/// Up to so many keys of a dict are searched one by one.
const FEW: usize = 8;

impl Parser<'_> {
    /// One literal, and blanks around it.
    pub(super) fn document(mut self) -> Result<Literal, LiteralError> {
        let literal = self.value(0)?;
        self.skip_blanks();
        if self.at < self.text.len() { self.fail(self.at, LiteralFault::Trailing) } else { Ok(literal) }
    }

    fn value(&mut self, depth: usize) -> Result<Literal, LiteralError> {
        self.skip_blanks();
        let start = self.at;
        let Some(byte) = self.peek() else {
            return self.fail(start, LiteralFault::UnexpectedEnd);
        };
        if matches!(byte, b'(' | b'[' | b'{') && depth == MAX_DEPTH {
            return self.fail(start, LiteralFault::TooDeep);
        }
        match byte {
            b'(' => self.tuple(depth + 1),
            b'[' => {
                self.at += 1;
                Ok(Literal::List(self.items(b']', Vec::new(), depth + 1)?))
            }
            b'{' => self.dict(depth + 1),
            b'\'' | b'"' => self.string().map(Literal::Str),
            b'0'..=b'9' | b'-' | b'+' => self.integer(),
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => self.word(),
            _ => self.fail(start, LiteralFault::Unexpected(byte)),
        }
    }

    /// A tuple, or one value in parentheses, which is that value.
    fn tuple(&mut self, depth: usize) -> Result<Literal, LiteralError> {
        self.at += 1;
        if self.skip_if(b')') {
            return Ok(Literal::Tuple(Vec::new()));
        }
        let first = self.value(depth)?;
        if self.skip_if(b')') {
            return Ok(first);
        }
        self.expect(b',')?;
        Ok(Literal::Tuple(self.items(b')', vec![first], depth)?))
    }

    /// What stands between an opening bracket (or a comma) and `close`, commas between, one allowed at the end.
    fn items(
        &mut self,
        close: u8,
        mut items: Vec<Literal>,
        depth: usize,
    ) -> Result<Vec<Literal>, LiteralError> {
        while !self.skip_if(close) {
            items.push(self.value(depth)?);
            if self.skip_if(close) {
                break;
            }
            self.expect(b',')?;
        }
        Ok(items)
    }

    fn dict(&mut self, depth: usize) -> Result<Literal, LiteralError> {
        self.at += 1;
        let mut pairs: Vec<(Literal, Literal)> = Vec::new();
        let mut places: HashMap<Literal, usize> = HashMap::new();
        while !self.skip_if(b'}') {
            self.skip_blanks();
            let start = self.at;
            let key = self.value(depth)?;
            if !key.is_hashable() {
                return self.fail(start, LiteralFault::UnhashableKey);
            }
            self.expect(b':')?;
            let value = self.value(depth)?;
            // A header has three keys, for which a search is faster than hashes; a hostile one may have thousands.
            let place = match pairs.len() {
                0..=FEW => pairs.iter().position(|(other, _)| *other == key),
                _ => places.get(&key).copied(),
            };
            if let Some(pair) = place.and_then(|place| pairs.get_mut(place)) {
                pair.1 = value;
            } else {
                if pairs.len() == FEW {
                    places.extend(pairs.iter().enumerate().map(|(place, (key, _))| (key.clone(), place)));
                }
                if pairs.len() >= FEW {
                    places.insert(key.clone(), pairs.len());
                }
                pairs.push((key, value));
            }
            if self.skip_if(b'}') {
                break;
            }
            self.expect(b',')?;
        }
        Ok(Literal::Dict(pairs))
    }

    fn integer(&mut self) -> Result<Literal, LiteralError> {
        let start = self.at;
        if matches!(self.peek(), Some(b'-' | b'+')) {
            self.at += 1;
        }
        let digits = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        let number = self.slice(start, self.at);
        let leading_zero = self.at - digits > 1 && self.text.get(digits) == Some(&b'0');
        if digits == self.at || leading_zero {
            return self.fail(start, LiteralFault::Number);
        }
        if self.charset == Charset::Latin1 && self.peek() == Some(b'L') {
            self.at += 1;
        }
        if self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_')) {
            return self.fail(start, LiteralFault::Number);
        }
        match str::from_utf8(number).ok().and_then(|number| number.parse().ok()) {
            Some(value) => Ok(Literal::Int(value)),
            None => self.fail(start, LiteralFault::IntRange),
        }
    }

    fn word(&mut self) -> Result<Literal, LiteralError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.at += 1;
        }
        let quoted = matches!(self.peek(), Some(b'\'' | b'"'));
        match self.slice(start, self.at) {
            b"True" => Ok(Literal::Bool(true)),
            b"False" => Ok(Literal::Bool(false)),
            b"None" => Ok(Literal::None),
            b"u" | b"U" if quoted => self.string().map(Literal::Str),
            b"b" | b"B" if quoted => self.byte_string().map(Literal::Bytes),
            _ => self.fail(start, LiteralFault::Name),
        }
    }

    fn string(&mut self) -> Result<String, LiteralError> {
        let start = self.at;
        let quote = self.bump();
        let mut string = String::new();
        loop {
            let at = self.at;
            match self.bump() {
                None | Some(b'\n' | b'\r') => return self.fail(start, LiteralFault::UnterminatedString),
                byte if byte == quote => return Ok(string),
                Some(b'\\') => string.push(self.escape(at, true)?),
                Some(b'\0') => return self.fail(at, LiteralFault::Unexpected(0)),
                Some(byte) if byte.is_ascii() => string.push(char::from(byte)),
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

    fn byte_string(&mut self) -> Result<Vec<u8>, LiteralError> {
        let start = self.at;
        let quote = self.bump();
        let mut bytes = Vec::new();
        loop {
            let at = self.at;
            match self.bump() {
                None | Some(b'\n' | b'\r') => return self.fail(start, LiteralFault::UnterminatedString),
                byte if byte == quote => return Ok(bytes),
                Some(b'\\') => match u8::try_from(self.escape(at, false)?) {
                    Ok(byte) => bytes.push(byte),
                    Err(_) => return self.fail(at, LiteralFault::Escape),
                },
                Some(b'\0') => return self.fail(at, LiteralFault::Unexpected(0)),
                Some(byte) if byte.is_ascii() => bytes.push(byte),
                Some(_) => return self.fail(at, LiteralFault::NonAsciiBytes),
            }
        }
    }

    /// What follows a backslash at `start`. `\u` and `\U` are escapes in text strings only.
    fn escape(&mut self, start: usize, text: bool) -> Result<char, LiteralError> {
        match self.bump() {
            Some(byte @ (b'\\' | b'\'' | b'"')) => Ok(char::from(byte)),
            Some(b'n') => Ok('\n'),
            Some(b'r') => Ok('\r'),
            Some(b't') => Ok('\t'),
            Some(b'x') => self.code_point(start, 2),
            Some(b'u') if text => self.code_point(start, 4),
            Some(b'U') if text => self.code_point(start, 8),
            _ => self.fail(start, LiteralFault::Escape),
        }
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

    fn skip_blanks(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' => self.at += 1,
                b'#' => {
                    while !matches!(self.peek(), None | Some(b'\n' | b'\r' | b'\0')) {
                        self.at += 1;
                    }
                }
                _ => break,
            }
        }
    }

    fn skip_if(&mut self, byte: u8) -> bool {
        self.skip_blanks();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), LiteralError> {
        if self.skip_if(byte) {
            return Ok(());
        }
        let what = self.peek().map_or(LiteralFault::UnexpectedEnd, LiteralFault::Unexpected);
        self.fail(self.at, what)
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn bump(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn fail<T>(&self, offset: usize, what: LiteralFault) -> Result<T, LiteralError> {
        Err(LiteralError { offset, what })
    }
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t [u8], charset: Charset) -> Self {
        Self { text, at: 0, charset }
    }

    fn slice(&self, from: usize, to: usize) -> &'t [u8] {
        self.text.get(from..to).unwrap_or_default()
    }
}

/// How the bytes of a text are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    /// `.npy` version 3 and the chain language.
    Utf8,
    /// `.npy` versions 1 and 2: byte NN is U+00NN.
    Latin1,
}

impl Charset {
    /// Appends the characters of `bytes` to `out`; on failure gives the length of the valid start.
    pub(super) fn decode_into(self, bytes: &[u8], out: &mut String) -> Result<(), usize> {
        match self {
            Self::Utf8 => out.push_str(str::from_utf8(bytes).map_err(|error| error.valid_up_to())?),
            Self::Latin1 => out.extend(bytes.iter().copied().map(char::from)),
        }
        Ok(())
    }
}
