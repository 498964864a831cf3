//! Text → words with arguments, each with its place. Knows no stage.

use super::error::{ChainError, ChainErrorKind, Span};
use super::{MAX_NESTING, MAX_STAGES};

/// One stage as written.
#[derive(Debug)]
pub(super) struct Word<'t> {
    pub(super) name: &'t str,
    pub(super) name_span: Span,
    pub(super) args: Vec<Arg<'t>>,
    /// From the name to the closing parenthesis.
    pub(super) span: Span,
}

/// One argument as written.
#[derive(Debug)]
pub(super) struct Arg<'t> {
    pub(super) key: Option<(&'t str, Span)>,
    /// The text of the value; without its quotes and escapes if it was quoted.
    pub(super) value: std::borrow::Cow<'t, str>,
    /// Where the value stands, quotes included.
    pub(super) span: Span,
    pub(super) is_quoted: bool,
}

/// Splits a part of a text, such as an inner chain; places are counted in the whole.
pub(super) fn parse_part(text: &str, part: Span, depth: usize) -> Result<Vec<Word<'_>>, ChainError> {
    let mut parser = Parser { text, at: part.start, end: part.end };
    if depth > MAX_NESTING {
        let message = format!("chains stand in each other more than {MAX_NESTING} deep");
        return Err(ChainError::new(ChainErrorKind::TooLong, text, part, message));
    }
    let mut words = Vec::new();
    loop {
        words.push(parser.word()?);
        if words.len() > MAX_STAGES {
            let message = format!("the chain has more than {MAX_STAGES} stages");
            return Err(ChainError::new(ChainErrorKind::TooLong, text, part, message));
        }
        match parser.peek() {
            None => return Ok(words),
            Some('|') => parser.at += 1,
            Some(other) => {
                let message =
                    format!("expected `|` or the end of the chain, found `{}`", other.escape_debug());
                return Err(parser.error_here(message));
            }
        }
    }
}

/// The place of what stands between the quotes of a quoted value.
pub(super) fn inside_quotes(span: Span) -> Span {
    Span::new(span.start + 1, span.end - 1)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    end: usize,
}

impl<'t> Parser<'t> {
    fn word(&mut self) -> Result<Word<'t>, ChainError> {
        let (name, name_span) = match self.identifier() {
            Some(found) => found,
            None => {
                let message = match self.peek() {
                    None if self.text.trim().is_empty() => "the chain is empty".to_owned(),
                    None => "expected a stage after `|`, found the end of the chain".to_owned(),
                    Some(other) => format!("expected the name of a stage, found `{}`", other.escape_debug()),
                };
                return Err(self.error_here(message));
            }
        };
        let mut args = Vec::new();
        let mut end = name_span.end;
        if self.peek() == Some('(') {
            let open = self.at;
            self.at += 1;
            args = self.args(open)?;
            end = self.at;
        }
        Ok(Word { name, name_span, args, span: Span::new(name_span.start, end) })
    }

    /// The arguments after an opening parenthesis, and the closing one.
    fn args(&mut self, open: usize) -> Result<Vec<Arg<'t>>, ChainError> {
        let mut args = Vec::new();
        if self.peek() == Some(')') {
            self.at += 1;
            return Ok(args);
        }
        loop {
            args.push(self.arg(open)?);
            match self.peek() {
                Some(',') => self.at += 1,
                Some(')') => {
                    self.at += 1;
                    return Ok(args);
                }
                Some(other) => {
                    let message = format!("expected `,` or `)`, found `{}`", other.escape_debug());
                    return Err(self.error_here(message));
                }
                None => return Err(self.never_closed(open, '(')),
            }
        }
    }

    fn arg(&mut self, open: usize) -> Result<Arg<'t>, ChainError> {
        let key = self.key();
        match self.peek() {
            Some(quote @ ('"' | '\'')) => self.quoted(key, quote),
            _ => self.plain(key, open),
        }
    }

    /// `name =`, if that is what comes next.
    fn key(&mut self) -> Option<(&'t str, Span)> {
        let before = self.at;
        let found = self.identifier();
        if found.is_some() && self.peek() == Some('=') {
            self.at += 1;
            return found;
        }
        self.at = before;
        None
    }

    /// A value up to the next `,` or `)` that stands outside of brackets and quotes of its own.
    fn plain(&mut self, key: Option<(&'t str, Span)>, open: usize) -> Result<Arg<'t>, ChainError> {
        self.peek();
        let start = self.at;
        let mut closers: Vec<(char, usize, char)> = Vec::new();
        let mut quote: Option<(char, usize)> = None;
        let mut escaped = false;
        for (offset, c) in self.text[start..self.end].char_indices() {
            let at = start + offset;
            if std::mem::take(&mut escaped) {
                continue;
            }
            match (quote, c) {
                (Some(_), '\\') => escaped = true,
                (Some((q, _)), _) if c == q => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') => quote = Some((c, at)),
                (None, '(') => closers.push((')', at, c)),
                (None, '[') => closers.push((']', at, c)),
                (None, ')' | ']') if closers.last().is_some_and(|&(closer, ..)| closer == c) => {
                    closers.pop();
                }
                (None, ',' | ')') if closers.is_empty() => {
                    self.at = at;
                    let value = self.text[start..at].trim_end();
                    let span = Span::new(start, start + value.len());
                    if value.is_empty() {
                        return Err(self.error_here(format!("expected a value, found `{c}`")));
                    }
                    return Ok(Arg { key, value: value.into(), span, is_quoted: false });
                }
                (None, ')' | ']') => {
                    self.at = at;
                    return Err(self.error_here(format!("this `{c}` closes nothing")));
                }
                (None, _) => {}
            }
        }
        let (at, opener) = match (quote, closers.last()) {
            (Some((q, at)), _) => (at, q),
            (None, Some(&(_, at, opener))) => (at, opener),
            (None, None) => (open, '('),
        };
        Err(self.never_closed(at, opener))
    }

    /// A value in quotes, in which `\` takes the next character as it is.
    fn quoted(&mut self, key: Option<(&'t str, Span)>, quote: char) -> Result<Arg<'t>, ChainError> {
        let start = self.at;
        let mut value = String::new();
        let mut chars = self.text[start + 1..self.end].char_indices();
        while let Some((offset, c)) = chars.next() {
            match c {
                '\\' => value.extend(chars.next().map(|(_, c)| c)),
                _ if c == quote => {
                    self.at = start + 1 + offset + 1;
                    let span = Span::new(start, self.at);
                    return Ok(Arg { key, value: value.into(), span, is_quoted: true });
                }
                _ => value.push(c),
            }
        }
        Err(self.never_closed(start, quote))
    }

    fn identifier(&mut self) -> Option<(&'t str, Span)> {
        self.peek().filter(|c| c.is_alphabetic() || *c == '_')?;
        let rest = &self.text[self.at..self.end];
        let len = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(rest.len());
        let span = Span::new(self.at, self.at + len);
        self.at = span.end;
        Some((&rest[..len], span))
    }

    /// The next character that is not a blank, which stays.
    fn peek(&mut self) -> Option<char> {
        let rest = &self.text[self.at..self.end];
        let found = rest.char_indices().find(|(_, c)| !matches!(c, ' ' | '\t' | '\r' | '\n'));
        self.at += found.map_or(rest.len(), |(offset, _)| offset);
        found.map(|(_, c)| c)
    }

    fn error_here(&self, message: String) -> ChainError {
        let len = self.text[self.at..self.end].chars().next().map_or(0, char::len_utf8);
        ChainError::new(ChainErrorKind::Syntax, self.text, Span::new(self.at, self.at + len), message)
    }

    fn never_closed(&self, at: usize, opener: char) -> ChainError {
        let span = Span::new(at, at + opener.len_utf8());
        ChainError::new(ChainErrorKind::Syntax, self.text, span, format!("this `{opener}` is never closed"))
    }
}
