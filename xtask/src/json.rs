//! Just enough JSON to read `cargo metadata`.

use std::iter::Peekable;
use std::str::Chars;

use crate::Outcome;

/// A JSON value. Numbers stay text: nothing here counts with them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(crate) fn parse(text: &str) -> Outcome<Self> {
        let mut parser = Parser { chars: text.chars().peekable(), taken: 0 };
        let value = parser.value()?;
        parser.blanks();
        match parser.chars.next() {
            None => Ok(value),
            Some(_) => Err(parser.error("more text after the value")),
        }
    }

    /// The member `key` of an object.
    pub(crate) fn member(&self, key: &str) -> Option<&Json> {
        self.object().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The text `key` of an object.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match self.member(key) {
            Some(Self::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The list `key` of an object; empty if there is none.
    pub(crate) fn list(&self, key: &str) -> &[Json] {
        match self.member(key) {
            Some(Self::List(list)) => list,
            _ => &[],
        }
    }

    /// The members of an object; none of anything else.
    pub(crate) fn object(&self) -> &[(String, Json)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }
}

struct Parser<'a> {
    chars: Peekable<Chars<'a>>,
    taken: usize,
}

impl Parser<'_> {
    fn value(&mut self) -> Outcome<Json> {
        self.blanks();
        match self.chars.peek() {
            Some('"') => Ok(Json::Text(self.string()?)),
            Some('[') => self.list(),
            Some('{') => self.object(),
            Some('-' | '0'..='9') => {
                Ok(Json::Number(self.run(|c| c.is_ascii_digit() || "+-.eE".contains(c))))
            }
            Some(_) => match self.run(|c| c.is_ascii_alphabetic()).as_str() {
                "null" => Ok(Json::Null),
                "true" => Ok(Json::Bool(true)),
                "false" => Ok(Json::Bool(false)),
                word => Err(self.error(&format!("unexpected `{word}`"))),
            },
            None => Err(self.error("the text ends")),
        }
    }

    fn list(&mut self) -> Outcome<Json> {
        let mut list = Vec::new();
        self.expect('[')?;
        while !self.closes(']', list.is_empty())? {
            list.push(self.value()?);
        }
        Ok(Json::List(list))
    }

    fn object(&mut self) -> Outcome<Json> {
        let mut members = Vec::new();
        self.expect('{')?;
        while !self.closes('}', members.is_empty())? {
            self.blanks();
            let key = self.string()?;
            self.blanks();
            self.expect(':')?;
            members.push((key, self.value()?));
        }
        Ok(Json::Object(members))
    }

    /// Takes the closing bracket, or the comma before what follows.
    fn closes(&mut self, bracket: char, is_first: bool) -> Outcome<bool> {
        self.blanks();
        if self.chars.peek() == Some(&bracket) {
            self.expect(bracket)?;
            return Ok(true);
        }
        if !is_first {
            self.expect(',')?;
        }
        Ok(false)
    }

    fn string(&mut self) -> Outcome<String> {
        self.expect('"')?;
        let mut text = String::new();
        loop {
            match self.next() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(c) => text.push(c),
                None => return Err(self.error("the text ends in a string")),
            }
        }
    }

    fn escape(&mut self) -> Outcome<char> {
        Ok(match self.next() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('u') => {
                let digits: String = (0..4).filter_map(|_| self.next()).collect();
                let code = u32::from_str_radix(&digits, 16).map_err(|_| self.error("a broken \\u escape"))?;
                // Halves of surrogate pairs stand only in text that no caller looks at.
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            Some(c @ ('"' | '\\' | '/')) => c,
            _ => return Err(self.error("an unknown escape")),
        })
    }

    fn run(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let mut text = String::new();
        while let Some(c) = self.chars.next_if(|c| belongs(*c)) {
            self.taken += 1;
            text.push(c);
        }
        text
    }

    fn blanks(&mut self) {
        self.run(|c| c.is_ascii_whitespace());
    }

    fn expect(&mut self, wanted: char) -> Outcome {
        match self.next() {
            Some(c) if c == wanted => Ok(()),
            _ => Err(self.error(&format!("expected `{wanted}`"))),
        }
    }

    fn next(&mut self) -> Option<char> {
        self.taken += 1;
        self.chars.next()
    }

    fn error(&self, what: &str) -> String {
        format!("not JSON: {what} (character {})", self.taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_nest() {
        let json =
            Json::parse(r#" {"a": [1, -2.5e3, null, true], "b": {"c": "x\"\u0041\n"}, "d": []} "#).unwrap();
        assert_eq!(json.list("a").len(), 4);
        assert_eq!(json.list("a")[1], Json::Number("-2.5e3".to_owned()));
        assert_eq!(json.member("b").unwrap().text("c"), Some("x\"A\n"));
        assert!(json.list("d").is_empty());
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["", "{", "[1 2]", "[1,]", r#"{"a" 1}"#, "nul", "1 2", r#""\x""#, r#""open"#] {
            assert!(Json::parse(text).is_err(), "{text}");
        }
    }
}
