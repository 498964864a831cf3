//! The backend in Rust: `ruzstd`, which works block by block. What is around the blocks is by hand, so that limits, claims
//! and errors are those of the backend in C.

mod decoder;
mod encoder;

use std::sync::Arc;

use ndcodec_core::stream::{BoxSink, BoxSource};
use ndcodec_core::{Buffer, Codec, CodecError, DecodeLimits, Input, LenClaim, Output, Pool};

use self::decoder::{Decoder, DecoderSource};
use self::encoder::{EncoderSink, Frame, Shape};
use crate::frames::Contents;

#[cfg(not(feature = "c"))]
pub(crate) fn build(params: &ndcodec_core::Params) -> Arc<dyn Codec> {
    Arc::new(Zstd {
        has_checksum: params.flag("checksum"),
        shape: Shape::new(params.int_if_any("window")),
        joined: Pool::of_buffers(),
    })
}

/// Zstandard with one set of parameters.
#[derive(Debug)]
struct Zstd {
    has_checksum: bool,
    shape: Shape,
    joined: Pool<Buffer>,
}

impl Codec for Zstd {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        let mut joined = self.joined.buffer();
        let input = match input.single() {
            Some(single) => single,
            None => input.joined(&mut joined)?,
        };
        Frame::new(self.shape, self.has_checksum).encode(input, out)
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let contents = Contents::of(encoded)?;
        contents.check_room(out)?;
        if contents.is_exact {
            contents.check(encoded.len())?;
            out.reserve_room(usize::try_from(contents.most).unwrap_or(usize::MAX))?;
        }
        Decoder::new(&out.limits()).decode(encoded, out)
    }

    fn max_encoded_len(&self, input_len: usize) -> Option<usize> {
        self.shape.max_encoded_len(input_len)
    }

    fn claimed_len(&self, encoded: &[u8]) -> LenClaim {
        Contents::claim(encoded)
    }

    fn encoder<'s>(self: Arc<Self>, len: Option<u64>, next: BoxSink<'s>) -> Result<BoxSink<'s>, CodecError> {
        Ok(Box::new(EncoderSink::new(Frame::new(self.shape, self.has_checksum), len, next)?))
    }

    fn decoder<'s>(
        self: Arc<Self>,
        source: BoxSource<'s>,
        limits: &DecodeLimits,
    ) -> Result<BoxSource<'s>, CodecError> {
        Ok(Box::new(DecoderSource::new(Decoder::new(limits), source)))
    }
}

#[cfg(test)]
mod tests;
