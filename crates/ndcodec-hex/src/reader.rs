//! Decoding of text that comes in pieces, or has more than digits in it.

use std::ops::Deref;

use ndcodec_core::stream::CHUNK;
use ndcodec_core::{Buffer, CodecError, Output, PooledOwned};

use crate::{Hex, NoDigit, decode_to};

/// Turns pieces of text into bytes. A digit whose partner has not come is held back.
pub(crate) struct Reader<C> {
    codec: C,
    /// The digits of the piece at hand, without whitespace, behind the one that is held back.
    digits: PooledOwned<Buffer>,
    held: Option<u8>,
    /// Where in the input the piece at hand begins.
    at: u64,
    is_begun: bool,
}

impl<C: Deref<Target = Hex>> Reader<C> {
    pub(crate) fn new(codec: C) -> Self {
        Self { digits: codec.buffers.buffer_owned(), codec, held: None, at: 0, is_begun: false }
    }

    /// Decodes a whole text into `out`.
    pub(crate) fn decode(mut self, text: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let mut pieces = text.chunks(CHUNK).peekable();
        if pieces.peek().is_none() {
            // The prefix is missed in an empty text too.
            return self.read(text, true, &mut []).map(drop);
        }
        while let Some(piece) = pieces.next() {
            let is_last = pieces.peek().is_none();
            let room = out.spare_at_most(piece.len() / 2 + 1);
            if room.len() > piece.len() / 2 {
                let n = self.read(piece, is_last, room)?;
                out.commit(n)?;
                continue;
            }
            let mut decoded = self.codec.buffer(piece.len() / 2 + 1);
            let n = self.read(piece, is_last, &mut decoded)?;
            out.push(&decoded[..n])?;
        }
        Ok(())
    }

    /// Decodes a piece into the beginning of `room`, which has more than half of its length, and returns how many bytes
    /// that are.
    pub(crate) fn read(&mut self, piece: &[u8], is_last: bool, room: &mut [u8]) -> Result<usize, CodecError> {
        let start = if self.is_begun { 0 } else { self.skip_prefix(piece)? };
        self.is_begun = true;
        let body = &piece[start..];
        let skips = self.codec.skips_whitespace;
        let is_plain = !skips && self.held.is_none();
        if !is_plain {
            self.digits.clear();
            self.digits.extend_from_slice(self.held.as_slice());
            if skips {
                append_without_whitespace(&mut self.digits, body);
            } else {
                self.digits.extend_from_slice(body);
            }
        }
        let digits = if is_plain { body } else { &self.digits[..] };
        let (pairs, odd) = digits.split_at(digits.len() / 2 * 2);
        if let Err(NoDigit(index)) = decode_to(pairs, &mut room[..pairs.len() / 2]) {
            return Err(self.no_digit(piece, start, index));
        }
        if let [digit] = odd
            && (!digit.is_ascii_hexdigit() || is_last)
        {
            return Err(if digit.is_ascii_hexdigit() {
                CodecError::truncated("a pair of digits").at(self.at + piece.len() as u64)
            } else {
                self.no_digit(piece, start, pairs.len())
            });
        }
        self.held = odd.first().copied();
        self.at += piece.len() as u64;
        Ok(pairs.len() / 2)
    }

    /// How many bytes stand before the digits.
    fn skip_prefix(&self, piece: &[u8]) -> Result<usize, CodecError> {
        let prefix = self.codec.prefix.as_bytes();
        if prefix.is_empty() {
            return Ok(0);
        }
        let is_blank = |byte: &u8| self.codec.skips_whitespace && byte.is_ascii_whitespace();
        let blanks = piece.iter().take_while(|byte| is_blank(byte)).count();
        match piece[blanks..].get(..prefix.len()) {
            Some(begin) if begin.eq_ignore_ascii_case(prefix) => Ok(blanks + prefix.len()),
            _ => Err(self.codec.no_prefix(piece)),
        }
    }

    /// The error for the digit of this index, of those held back and those of `piece` from `start` on.
    #[cold]
    fn no_digit(&self, piece: &[u8], start: usize, index: usize) -> CodecError {
        let skips = self.codec.skips_whitespace;
        // What is held back is a digit, so the fault is in the piece.
        let n = index - usize::from(self.held.is_some());
        let mut digits = piece.iter().enumerate().skip(start);
        let place = digits.by_ref().filter(|(_, byte)| !skips || !byte.is_ascii_whitespace()).nth(n);
        self.codec.no_digit(piece, place.map_or(piece.len(), |(index, _)| index), self.at)
    }
}

fn append_without_whitespace(digits: &mut Buffer, text: &[u8]) {
    let before = digits.len();
    digits.set_len(before + text.len());
    let room = &mut digits[before..];
    let mut len = 0;
    for byte in text {
        // Without a branch, as nobody can predict where a line ends.
        room[len] = *byte;
        len += usize::from(!byte.is_ascii_whitespace());
    }
    digits.truncate(before + len);
}
