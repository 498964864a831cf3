//! `hex`: bytes as text of hexadecimal digits, two for every byte
//! ([RFC 4648, section 8](https://www.rfc-editor.org/rfc/rfc4648#section-8)).
//!
//! Strict: digits in pairs, and no other character. Digits of either case are read, whichever is written, as RFC
//! 4648 has one alphabet for both.

mod stream;

use std::sync::Arc;

use faster_hex::CheckCase;
use ndcodec_core::stream::{BoxSink, BoxSource};
use ndcodec_core::{
    Buffer, Codec, CodecError, DecodeLimits, ErrorKind, Input, LenClaim, Output, ParamError, ParamSpec,
    Params, Pool, PooledOwned, Sample, Sniffed, StageDescriptor,
};

/// Hexadecimal text.
pub static HEX: StageDescriptor = StageDescriptor::codec("hex", env!("CARGO_PKG_NAME"), &build)
    .with_summary("text of hexadecimal digits, two for every byte")
    .with_specification("https://www.rfc-editor.org/rfc/rfc4648#section-8")
    .named_by_data()
    .with_params(&[ParamSpec::choice(
        "case",
        &["lower", "upper"],
        "lower",
        "the case of the digits that are written; both are read",
    )])
    .with_sniff(sniff)
    .text()
    .streaming()
    .stable_bytes();
ndcodec_core::submit!(HEX);

fn build(params: &Params) -> Result<Arc<dyn Codec>, ParamError> {
    Ok(Arc::new(Hex::new(params.word("case") == "upper")))
}

/// The codec, with its parameters.
#[derive(Debug)]
struct Hex {
    is_upper: bool,
    /// For streams.
    buffers: Pool<Buffer>,
}

/// How many digits are decoded at a time. The backend checks all digits before it decodes the first; in steps that
/// stay in the first-level cache, a large text is read from memory once (64 MiB at 9 GB/s in place of 5).
const STEP: usize = 8 << 10;

impl Hex {
    fn new(is_upper: bool) -> Self {
        Self { is_upper, buffers: Pool::of_buffers() }
    }

    fn buffer(&self, len: usize) -> PooledOwned<Buffer> {
        let mut buffer = self.buffers.buffer_owned();
        buffer.set_len(len);
        buffer
    }

    /// Encodes into `room`, which is twice as long as `bytes`.
    fn encode_to(&self, bytes: &[u8], room: &mut [u8]) -> Result<(), CodecError> {
        let done = match self.is_upper {
            false => faster_hex::hex_encode(bytes, room),
            true => faster_hex::hex_encode_upper(bytes, room),
        };
        done.map(|_| ()).map_err(|error| {
            let message = format!("hex of {} bytes does not fit {} bytes", bytes.len(), room.len());
            CodecError::new(ErrorKind::Internal, message).with_source(error)
        })
    }
}

/// Decodes `text`, which begins at byte `at` of the input, into `room`, which is half as long.
fn decode_to(text: &[u8], at: u64, room: &mut [u8]) -> Result<(), CodecError> {
    let mut start = at;
    for (digits, bytes) in text.chunks(STEP).zip(room.chunks_mut(STEP / 2)) {
        if let Err(error) = faster_hex::hex_decode_with_case(digits, bytes, CheckCase::None) {
            return Err(match error {
                faster_hex::Error::InvalidChar { index, byte, .. } => no_digit(byte, start + index as u64),
                error => CodecError::new(ErrorKind::Internal, "the hex decoder failed").with_source(error),
            });
        }
        start += digits.len() as u64;
    }
    Ok(())
}

/// The error for the last character of a text of odd length that begins at byte `at`, unless one before is wrong.
#[cold]
fn odd(text: &[u8], at: u64) -> CodecError {
    match text.iter().position(|byte| !byte.is_ascii_hexdigit()) {
        Some(index) => no_digit(text[index], at + index as u64),
        None => CodecError::truncated("a pair of digits").at(at + text.len() as u64),
    }
}

fn no_digit(byte: u8, at: u64) -> CodecError {
    CodecError::corrupt(match byte {
        b'!'..=b'~' => format!("`{}` is no hexadecimal digit", char::from(byte)),
        _ => format!("the byte {byte:#04x} is no hexadecimal digit"),
    })
    .at(at)
}

/// Only hexadecimal digits, in pairs. Never certain, as decimal numbers and base64 may look so too.
fn sniff(sample: &Sample<'_>) -> Option<Sniffed> {
    let bytes = sample.bytes;
    let is_hex = bytes.len() >= 2
        && (bytes.len().is_multiple_of(2) || !sample.is_whole)
        && bytes.iter().all(u8::is_ascii_hexdigit);
    is_hex.then_some(Sniffed::likely("hex"))
}

impl Codec for Hex {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        input.parts().iter().try_for_each(|part| {
            let len = part.len().checked_mul(2).ok_or_else(|| out.ceiling_error())?;
            self.encode_to(part, out.spare(len)?)?;
            out.commit(len)
        })
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        if !encoded.len().is_multiple_of(2) {
            return Err(odd(encoded, 0));
        }
        let len = encoded.len() / 2;
        decode_to(encoded, 0, out.spare(len)?)?;
        out.commit(len)
    }

    fn max_encoded_len(&self, input_len: usize) -> Option<usize> {
        input_len.checked_mul(2)
    }

    fn claimed_len(&self, encoded: &[u8]) -> LenClaim {
        LenClaim::Exact(encoded.len() as u64 / 2)
    }

    fn encoder<'s>(self: Arc<Self>, _: Option<u64>, next: BoxSink<'s>) -> Result<BoxSink<'s>, CodecError> {
        Ok(Box::new(stream::Encoder::new(self, next)))
    }

    fn decoder<'s>(
        self: Arc<Self>,
        source: BoxSource<'s>,
        _: &DecodeLimits,
    ) -> Result<BoxSource<'s>, CodecError> {
        Ok(Box::new(stream::Decoder::new(&self, source)))
    }
}

#[cfg(test)]
mod tests;
