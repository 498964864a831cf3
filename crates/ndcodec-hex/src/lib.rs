//! `hex`: bytes as text of hexadecimal digits, two for every byte
//! ([RFC 4648, section 8](https://www.rfc-editor.org/rfc/rfc4648#section-8)).
//!
//! Strict by default: digits in pairs and no other character, except one line end after the text. Upper and lower case are
//! both read, since RFC 4648 has one alphabet for both. Parameters allow the characters that tools and databases print
//! around and between the digits.
#![forbid(unsafe_code)]

mod diagnosis;
mod reader;
mod stream;

use std::sync::Arc;

use hex_simd::{AsOut as _, AsciiCase};
use ndcodec_core::stream::{BoxSink, BoxSource, without_line_end};
use ndcodec_core::{
    Buffer, Codec, CodecError, DecodeLimits, ErrorKind, Input, LenClaim, Output, ParamError, ParamSpec,
    Params, Pool, PooledOwned, Sample, Sniffed, StageDescriptor,
};

use crate::reader::Reader;

/// Hexadecimal text.
pub static HEX: StageDescriptor = StageDescriptor::codec("hex", env!("CARGO_PKG_NAME"), &build)
    .with_summary("text of hexadecimal digits, two for every byte")
    .with_specification("https://www.rfc-editor.org/rfc/rfc4648#section-8")
    .named_by_data()
    .with_params(&[
        ParamSpec::choice(
            "case",
            &["lower", "upper"],
            "lower",
            "the case of the digits that are written; both are read",
        ),
        ParamSpec::flag(
            "whitespace",
            false,
            "skip ASCII whitespace wherever it stands; none is ever written",
        ),
        ParamSpec::choice(
            "prefix",
            &["none", "0x", "\\x"],
            "none",
            "what stands before the digits: `0x` as in MySQL and C, or `\\x` as in PostgreSQL",
        ),
    ])
    .with_sniff(sniff)
    .text()
    .streaming()
    .stable_bytes();
ndcodec_core::submit!(HEX);

fn build(params: &Params) -> Result<Arc<dyn Codec>, ParamError> {
    let prefix = match params.word("prefix") {
        "none" => "",
        prefix => prefix,
    };
    Ok(Arc::new(Hex::new(params.word("case") == "upper", params.flag("whitespace"), prefix)))
}

/// The codec, with its parameters.
#[derive(Debug)]
struct Hex {
    is_upper: bool,
    skips_whitespace: bool,
    /// What stands before the digits.
    prefix: &'static str,
    /// For streams.
    buffers: Pool<Buffer>,
}

/// How many digits are decoded at a time. The backend checks all digits before it decodes the first; in steps that
/// stay in the first-level cache, a large text is read from memory once (64 MiB at 9 GB/s in place of 5).
const STEP: usize = 8 << 10;

impl Hex {
    fn new(is_upper: bool, skips_whitespace: bool, prefix: &'static str) -> Self {
        Self { is_upper, skips_whitespace, prefix, buffers: Pool::of_buffers() }
    }

    fn buffer(&self, len: usize) -> PooledOwned<Buffer> {
        let mut buffer = self.buffers.buffer_owned();
        buffer.set_len(len);
        buffer
    }

    /// Encodes into `room`, which is twice as long as `bytes`.
    fn encode_to(&self, bytes: &[u8], room: &mut [u8]) -> Result<(), CodecError> {
        if room.len() != 2 * bytes.len() {
            let message = format!("hex of {} bytes does not fit {} bytes", bytes.len(), room.len());
            return Err(CodecError::new(ErrorKind::Internal, message));
        }
        let case = if self.is_upper { AsciiCase::Upper } else { AsciiCase::Lower };
        let _filled = hex_simd::encode(bytes, room.as_out(), case);
        Ok(())
    }
}

/// Decodes `digits` into `room`, which is half as long; returns which of them is not a digit, if one is not.
fn decode_to(digits: &[u8], room: &mut [u8]) -> Result<(), NoDigit> {
    for (at, (digits, bytes)) in digits.chunks(STEP).zip(room.chunks_mut(STEP / 2)).enumerate() {
        // The lengths fit, so nothing else can be wrong.
        if const_hex::decode_to_slice(digits, bytes).is_err() {
            let index = digits.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(digits.len());
            return Err(NoDigit(at * STEP + index));
        }
    }
    Ok(())
}

/// The index of what is not a digit.
struct NoDigit(usize);

/// How much of a text decides what it is. Damage behind it is for the decoder to name, at its place.
const SEEN: usize = 16 << 10;

/// Only hexadecimal digits, in pairs. Never certain, as decimal numbers and base64 may look so too.
fn sniff(sample: &Sample<'_>) -> Option<Sniffed> {
    let text = if sample.is_whole { without_line_end(sample.bytes) } else { sample.bytes };
    let (prefix, digits) = match text {
        [b'0', b'x' | b'X', digits @ ..] => (1, digits),
        [b'\\', b'x' | b'X', digits @ ..] => (2, digits),
        digits => (0, digits),
    };
    let seen = &digits[..digits.len().min(SEEN)];
    let is_blank = |byte: &u8| byte.is_ascii_whitespace();
    if seen.is_empty() || !seen.iter().all(|byte| byte.is_ascii_hexdigit() || is_blank(byte)) {
        return None;
    }
    // Text without a line end in its beginning has none in what follows.
    let blanks =
        if seen.iter().any(is_blank) { digits.iter().filter(|byte| is_blank(byte)).count() } else { 0 };
    let count = digits.len() - blanks;
    let is_hex = count >= 2 && (count.is_multiple_of(2) || !sample.is_whole);
    let stage = match (prefix, blanks > 0) {
        (0, false) => "hex",
        (0, true) => "hex(whitespace=true)",
        (1, false) => "hex(prefix=0x)",
        (1, true) => "hex(whitespace=true,prefix=0x)",
        (_, false) => r"hex(prefix=\x)",
        (_, true) => r"hex(whitespace=true,prefix=\x)",
    };
    is_hex.then_some(Sniffed::likely(stage))
}

impl Codec for Hex {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        out.push(self.prefix.as_bytes())?;
        input.parts().iter().try_for_each(|part| {
            let len = part.len().checked_mul(2).ok_or_else(|| out.ceiling_error())?;
            self.encode_to(part, out.spare(len)?)?;
            out.commit(len)
        })
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let text = without_line_end(encoded);
        if self.skips_whitespace || !self.prefix.is_empty() || !text.len().is_multiple_of(2) {
            return Reader::new(self).decode(text, out);
        }
        let len = text.len() / 2;
        decode_to(text, out.spare(len)?).map_err(|NoDigit(index)| self.no_digit(text, index, 0))?;
        out.commit(len)
    }

    fn max_encoded_len(&self, input_len: usize) -> Option<usize> {
        input_len.checked_mul(2)?.checked_add(self.prefix.len())
    }

    fn claimed_len(&self, encoded: &[u8]) -> LenClaim {
        let digits = without_line_end(encoded).len().saturating_sub(self.prefix.len());
        let len = digits as u64 / 2;
        if self.skips_whitespace { LenClaim::AtMost(len) } else { LenClaim::Exact(len) }
    }

    fn encoder<'s>(self: Arc<Self>, _: Option<u64>, next: BoxSink<'s>) -> Result<BoxSink<'s>, CodecError> {
        Ok(Box::new(stream::Encoder::new(self, next)))
    }

    fn decoder<'s>(
        self: Arc<Self>,
        source: BoxSource<'s>,
        _: &DecodeLimits,
    ) -> Result<BoxSource<'s>, CodecError> {
        Ok(Box::new(stream::Decoder::new(self, source)))
    }
}

#[cfg(test)]
mod tests;
