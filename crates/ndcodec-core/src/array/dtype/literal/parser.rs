//! The parser of Python literals.

use std::collections::HashMap;

use super::{Literal, LiteralError, LiteralFault, MAX_DEPTH};

/// Recursive descent over bytes. The recursion ends at [`MAX_DEPTH`].
pub(super) struct Parser<'t> {
    pub(super) text: &'t [u8],
    pub(super) at: usize,
    pub(super) charset: Charset,
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
            b'\'' | b'"' => self.strings(),
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
        let is_negative = self.peek() == Some(b'-');
        if matches!(self.peek(), Some(b'-' | b'+')) {
            self.at += 1;
            self.skip_blanks();
        }
        let prefix = (self.peek(), self.text.get(self.at + 1).map(u8::to_ascii_lowercase));
        let radix = match prefix {
            (Some(b'0'), Some(b'x')) => 16,
            (Some(b'0'), Some(b'o')) => 8,
            (Some(b'0'), Some(b'b')) => 2,
            _ => 10,
        };
        self.at += if radix == 10 { 0 } else { 2 };
        let mut number = String::from(if is_negative { "-" } else { "" });
        let digits = self.digits(radix, &mut number);
        let is_zero = number.trim_start_matches('-').bytes().all(|digit| digit == b'0');
        let leading_zero = radix == 10 && digits > 1 && number.trim_start_matches('-').starts_with('0');
        if digits == 0 || leading_zero && !is_zero {
            return self.fail(start, LiteralFault::Number);
        }
        if self.charset == Charset::Latin1 && self.peek() == Some(b'L') {
            self.at += 1;
        }
        if self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_')) {
            return self.fail(start, LiteralFault::Number);
        }
        match i64::from_str_radix(&number, radix) {
            Ok(value) => Ok(Literal::Int(value)),
            Err(_) => self.fail(start, LiteralFault::IntRange),
        }
    }

    /// Appends the digits that stand here to `number`, and says how many. A `_` may stand before each, but for the first
    /// of a decimal number.
    fn digits(&mut self, radix: u32, number: &mut String) -> usize {
        let mut count = 0;
        loop {
            let skipped = usize::from(self.peek() == Some(b'_') && (count > 0 || radix != 10));
            let digit = self.text.get(self.at + skipped).copied().map(char::from);
            let Some(digit) = digit.filter(|digit| digit.is_digit(radix)) else { return count };
            number.push(digit);
            self.at += skipped + 1;
            count += 1;
        }
    }

    fn word(&mut self) -> Result<Literal, LiteralError> {
        let start = self.at;
        if self.string_prefix().is_some() {
            return self.strings();
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.at += 1;
        }
        match self.slice(start, self.at) {
            b"True" => Ok(Literal::Bool(true)),
            b"False" => Ok(Literal::Bool(false)),
            b"None" => Ok(Literal::None),
            _ => self.fail(start, LiteralFault::Name),
        }
    }

    pub(super) fn skip_blanks(&mut self) {
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

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn bump(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    pub(super) fn fail<T>(&self, offset: usize, what: LiteralFault) -> Result<T, LiteralError> {
        Err(LiteralError { offset, what })
    }
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t [u8], charset: Charset) -> Self {
        Self { text, at: 0, charset }
    }

    pub(super) fn slice(&self, from: usize, to: usize) -> &'t [u8] {
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
