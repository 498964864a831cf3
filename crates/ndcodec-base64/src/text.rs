//! Decoding of text that comes in pieces, with or without whitespace in it.

use std::ops::{Deref, Range};
use std::sync::Arc;

use ndcodec_core::stream::{BoxSource, CHUNK, Source, TextPieces};
use ndcodec_core::{Buffer, CodecError, Output, PooledOwned};

use crate::Base64;
use crate::diagnosis::Fault;

/// Turns pieces of text into whole groups.
///
/// The last group of each piece is held back until more comes, as only the last of the text may be padded.
pub(crate) struct TextReader<C> {
    codec: C,
    /// The digits held back, then those of the piece at hand, without whitespace.
    digits: PooledOwned<Buffer>,
    /// How many digits are held back, at most a group, and where in the input each stood.
    held: usize,
    held_at: [u64; 4],
    /// Where in the input the piece at hand begins.
    at: u64,
}

impl<C: Deref<Target = Base64>> TextReader<C> {
    pub(crate) fn new(codec: C) -> Self {
        Self { digits: codec.buffers.buffer_owned(), codec, held: 0, held_at: [0; 4], at: 0 }
    }

    /// Decodes a whole text into `out`.
    pub(crate) fn decode(mut self, text: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let mut pieces = text.chunks(CHUNK).peekable();
        while let Some(piece) = pieces.next() {
            let is_last = pieces.peek().is_none();
            let len = self.take_in(piece, is_last)?;
            let room = out.spare(len)?;
            self.give_out(piece, is_last, room)?;
            out.commit(len)?;
        }
        Ok(())
    }

    /// Takes a piece in, and returns how many bytes [`give_out`](Self::give_out) has.
    fn take_in(&mut self, piece: &[u8], is_last: bool) -> Result<usize, CodecError> {
        if self.codec.skips_whitespace {
            append_without_whitespace(&mut self.digits, piece);
        } else {
            self.digits.extend_from_slice(piece);
        }
        if !is_last {
            return Ok(self.ready(false) / 4 * 3);
        }
        self.codec.rules.decoded_len(&self.digits).ok_or_else(|| self.error(piece, true))
    }

    /// Decodes what is ready into `room`, which has the length that [`take_in`](Self::take_in) gave.
    fn give_out(&mut self, piece: &[u8], is_last: bool, room: &mut [u8]) -> Result<(), CodecError> {
        let ready = self.ready(is_last);
        let text = &self.digits[..ready];
        let is_padded_early = !is_last && text.ends_with(b"=");
        if is_padded_early || !self.codec.engine.decode(text, room.len(), room) {
            return Err(self.error(piece, is_last));
        }
        self.hold_back(piece, ready);
        self.at += piece.len() as u64;
        Ok(())
    }

    /// How many of the digits at hand can be decoded.
    fn ready(&self, is_last: bool) -> usize {
        if is_last { self.digits.len() } else { self.digits.len().saturating_sub(1) / 4 * 4 }
    }

    fn hold_back(&mut self, piece: &[u8], ready: usize) {
        let len = self.digits.len();
        let held = len - ready;
        let mut held_at = [0; 4];
        let mut from_piece = piece
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, byte)| !self.is_skipped(**byte))
            .map(|(i, _)| i as u64);
        for (slot, digit) in (ready..len).enumerate().rev() {
            held_at[slot] = match from_piece.next() {
                Some(i) if digit >= self.held => self.at + i,
                _ => self.held_at[digit],
            };
        }
        self.digits.copy_within(ready.., 0);
        self.digits.truncate(held);
        (self.held, self.held_at) = (held, held_at);
    }

    fn is_skipped(&self, byte: u8) -> bool {
        self.codec.skips_whitespace && byte.is_ascii_whitespace()
    }

    #[cold]
    fn error(&self, piece: &[u8], is_last: bool) -> CodecError {
        let rules = self.codec.rules;
        let Fault { kind, message, index } = rules.find_fault(&self.digits, is_last);
        let Some(n) = index.checked_sub(self.held) else {
            return CodecError::new(kind, message).at(self.held_at[index]);
        };
        let mut digits = piece.iter().enumerate().filter(|(_, byte)| !self.is_skipped(**byte));
        let place = digits.nth(n).map_or(piece.len(), |(i, _)| i);
        let help = rules.help(piece, place, self.at == 0, self.codec.skips_whitespace);
        CodecError::new(kind, message).at(self.at + place as u64).with_help_if_any(help)
    }
}

/// Appends `text` to `digits`, but for its ASCII whitespace.
fn append_without_whitespace(digits: &mut Buffer, text: &[u8]) {
    let before = digits.len();
    digits.set_len(before + text.len());
    let room = &mut digits[before..];
    let mut len = 0;
    let (runs, rest) = text.as_chunks::<16>();
    for run in runs {
        // Lines are longer than a run, so most hold no whitespace, and every digit is above a blank. `fold` where
        // `any` would do, because it becomes one comparison of vectors.
        if run.iter().fold(true, |plain, byte| plain & (*byte > b' ')) {
            room[len..][..16].copy_from_slice(run);
            len += 16;
        } else {
            len += compact(run, &mut room[len..]);
        }
    }
    len += compact(rest, &mut room[len..]);
    digits.truncate(before + len);
}

/// Copies `text` without its whitespace into `room`, and returns how much that is. Without branches, as nobody can
/// predict where in a run the line ends.
fn compact(text: &[u8], room: &mut [u8]) -> usize {
    let mut len = 0;
    for byte in text {
        room[len] = *byte;
        len += usize::from(!byte.is_ascii_whitespace());
    }
    len
}

/// The streaming decoder.
pub(crate) struct TextSource<'s> {
    source: BoxSource<'s>,
    pieces: TextPieces,
    reader: TextReader<Arc<Base64>>,
    piece: PooledOwned<Buffer>,
    decoded: PooledOwned<Buffer>,
    /// The part of `decoded` that nobody has read yet.
    unread: Range<usize>,
    is_at_end: bool,
}

impl<'s> TextSource<'s> {
    pub(crate) fn new(codec: Arc<Base64>, source: BoxSource<'s>) -> Self {
        let (mut piece, decoded) = (codec.buffers.buffer_owned(), codec.buffers.buffer_owned());
        piece.set_len(CHUNK);
        let (pieces, reader) = (TextPieces::default(), TextReader::new(codec));
        Self { source, pieces, reader, piece, decoded, unread: 0..0, is_at_end: false }
    }
}

impl Source for TextSource<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        while self.unread.is_empty() && !self.is_at_end {
            let (filled, is_last) = self.pieces.read(&mut *self.source, &mut self.piece)?;
            let piece = &self.piece[..filled];
            self.is_at_end = is_last;
            let len = self.reader.take_in(piece, self.is_at_end)?;
            if let Some(room) = buf.get_mut(..len).filter(|room| !room.is_empty()) {
                self.reader.give_out(piece, self.is_at_end, room)?;
                return Ok(len);
            }
            self.decoded.set_len(len);
            self.reader.give_out(piece, self.is_at_end, &mut self.decoded)?;
            self.unread = 0..len;
        }
        let n = buf.len().min(self.unread.len());
        let from = self.unread.start;
        buf[..n].copy_from_slice(&self.decoded[from..from + n]);
        self.unread.start += n;
        Ok(n)
    }
}
