//! `base64`: bytes as text of 64 digits, four for every three bytes
//! ([RFC 4648](https://www.rfc-editor.org/rfc/rfc4648)).
//!
//! Strict by default: the standard alphabet, padded, and no other character. One line end after the text is ignored, since
//! editors and `echo` write one. Bits that do not belong to a byte must be zero. So each byte string has exactly one text.
//!
//! `dataurl`: the same text behind the head of a data: URL ([RFC 2397](https://www.rfc-editor.org/rfc/rfc2397)).
#![forbid(unsafe_code)]

mod dataurl;
mod diagnosis;
mod encode;
mod engine;
mod sniff;
mod text;

use std::sync::Arc;

use ndcodec_core::stream::{BoxSink, BoxSource, without_line_end};
use ndcodec_core::{
    Buffer, Codec, CodecError, DecodeLimits, Input, LenClaim, Output, ParamError, ParamSpec, Params, Pool,
    StageDescriptor,
};

pub use crate::dataurl::DATAURL;
use crate::encode::{Encoder, Steps};
use crate::engine::Engine;
use crate::text::{TextReader, TextSource};

/// Base64 text.
pub static BASE64: StageDescriptor = StageDescriptor::codec("base64", env!("CARGO_PKG_NAME"), &build)
    .with_summary("text of 64 digits, four for every three bytes")
    .with_specification("https://www.rfc-editor.org/rfc/rfc4648")
    .named_by_data()
    .with_params(&[
        ParamSpec::choice(
            "alphabet",
            &["standard", "url"],
            "standard",
            "the last two digits: `+/`, or `-_` as in URLs and file names",
        ),
        ParamSpec::choice(
            "pad",
            &["true", "false", "optional"],
            "true",
            "`=` up to a multiple of four: demanded, refused, or written and not missed",
        ),
        ParamSpec::flag(
            "whitespace",
            false,
            "skip ASCII whitespace wherever it stands; none is ever written",
        ),
    ])
    .with_sniff(sniff::sniff)
    .text()
    .streaming()
    .stable_bytes();
#[cfg(feature = "base64")]
ndcodec_core::submit!(BASE64);

fn build(params: &Params) -> Result<Arc<dyn Codec>, ParamError> {
    let alphabet = match params.word("alphabet") {
        "url" => Alphabet::Url,
        _ => Alphabet::Standard,
    };
    let padding = match params.word("pad") {
        "false" => Padding::Forbidden,
        "optional" => Padding::Optional,
        _ => Padding::Required,
    };
    Ok(Arc::new(Base64::new(alphabet, padding, params.flag("whitespace"))))
}

/// The codec, with its parameters.
#[derive(Debug)]
struct Base64 {
    engine: Engine,
    rules: Rules,
    skips_whitespace: bool,
    /// For what comes in pieces.
    buffers: Pool<Buffer>,
}

/// What a text must look like, whitespace aside.
#[derive(Debug, Clone, Copy)]
struct Rules {
    alphabet: Alphabet,
    padding: Padding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alphabet {
    Standard,
    Url,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Padding {
    Required,
    Forbidden,
    Optional,
}

impl Base64 {
    fn new(alphabet: Alphabet, padding: Padding, skips_whitespace: bool) -> Self {
        let rules = Rules { alphabet, padding };
        Self { engine: Engine::new(alphabet, padding), rules, skips_whitespace, buffers: Pool::of_buffers() }
    }

    fn encoded_len(&self, input_len: usize) -> Option<usize> {
        base64::encoded_len(input_len, self.rules.padding != Padding::Forbidden)
    }
}

impl Rules {
    /// How many bytes a whole text is, by its length and its last two characters; `None` if no text ends so.
    fn decoded_len(self, text: &[u8]) -> Option<usize> {
        let pads = match text {
            [.., b'=', b'='] => 2,
            [.., b'='] => 1,
            _ => 0,
        };
        let digits = text.len() - pads;
        let may_be = match self.padding {
            Padding::Required => text.len().is_multiple_of(4),
            Padding::Forbidden => pads == 0 && digits % 4 != 1,
            Padding::Optional if pads == 0 => digits % 4 != 1,
            Padding::Optional => text.len().is_multiple_of(4),
        };
        // The last group has as many bytes as it has digits beyond the first.
        may_be.then(|| digits / 4 * 3 + (digits % 4).saturating_sub(1))
    }
}

impl Codec for Base64 {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        let len = self.encoded_len(input.len()).ok_or_else(|| out.ceiling_error())?;
        let room = out.spare(len)?;
        if let [whole] = input.parts() {
            self.engine.encode(whole, room)?;
            return out.commit(len);
        }
        let mut steps = Steps::new();
        let mut at = 0;
        for part in input.parts() {
            let mut rest = *part;
            while !rest.is_empty() {
                let (used, written) = steps.encode(self, rest, &mut room[at..])?;
                rest = &rest[used..];
                at += written;
            }
        }
        at += steps.finish(self, &mut room[at..])?;
        out.commit(at)
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        if self.skips_whitespace {
            return TextReader::new(self).decode(encoded, out);
        }
        let encoded = without_line_end(encoded);
        let len = self.rules.decoded_len(encoded).ok_or_else(|| self.rules.diagnose(encoded))?;
        if len > out.remaining() {
            return Err(out.ceiling_error());
        }
        let room = out.spare_at_most(Engine::best_room(encoded.len()));
        if room.len() < len {
            return Err(out.ceiling_error());
        }
        if !self.engine.decode(encoded, len, room) {
            return Err(self.rules.diagnose(encoded));
        }
        out.commit(len)
    }

    fn max_encoded_len(&self, input_len: usize) -> Option<usize> {
        self.encoded_len(input_len)
    }

    fn claimed_len(&self, encoded: &[u8]) -> LenClaim {
        if self.skips_whitespace {
            return LenClaim::AtMost(Engine::best_room(encoded.len()) as u64);
        }
        let len = self.rules.decoded_len(without_line_end(encoded));
        len.map_or(LenClaim::Unknown, |len| LenClaim::Exact(len as u64))
    }

    fn encoder<'s>(self: Arc<Self>, _: Option<u64>, next: BoxSink<'s>) -> Result<BoxSink<'s>, CodecError> {
        Ok(Box::new(Encoder::new(self, next)))
    }

    fn decoder<'s>(
        self: Arc<Self>,
        source: BoxSource<'s>,
        _: &DecodeLimits,
    ) -> Result<BoxSource<'s>, CodecError> {
        Ok(Box::new(TextSource::new(self, source)))
    }
}

#[cfg(test)]
mod tests;
