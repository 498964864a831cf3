//! The codecs `zlib` ([RFC 1950](https://www.rfc-editor.org/rfc/rfc1950)), `gzip`
//! ([RFC 1952](https://www.rfc-editor.org/rfc/rfc1952)) and `deflate`
//! ([RFC 1951](https://www.rfc-editor.org/rfc/rfc1951)): one compression in three wrappers.

mod advice;
#[cfg(feature = "libdeflate")]
mod at_once;
#[cfg(not(feature = "libdeflate"))]
#[path = "never_at_once.rs"]
mod at_once;
mod check;
mod decoder;
mod encoder;
mod header;
#[cfg(feature = "libdeflate")]
mod libdeflate;

use std::sync::Arc;

use flate2::Compression;
use ndcodec_core::stream::{BoxSink, BoxSource, Sink};
use ndcodec_core::{
    Buffer, Codec, CodecError, DecodeLimits, Hints, Input, Output, ParamError, ParamSpec, Params, Pool,
    Sample, Sniffed, StageDescriptor,
};

use crate::at_once::Attempt;
use crate::decoder::{Decoder, DecoderSource, Peek};
use crate::encoder::{Encoder, EncoderSink, HoldingSink, OutputSink};

/// DEFLATE with a header of two bytes and an Adler-32 at the end: what zlib, PNG, HDF5 and mzML call "zlib".
pub static ZLIB: StageDescriptor = StageDescriptor::codec("zlib", env!("CARGO_PKG_NAME"), &build_zlib)
    .with_summary("DEFLATE in zlib's wrapper, with an Adler-32 checksum")
    .with_specification("https://www.rfc-editor.org/rfc/rfc1950")
    .named_by_data()
    .with_params(&[LEVEL])
    .with_sniff(sniff_zlib)
    .with_advice(advice::for_zlib)
    .streaming()
    .truncation_detected();
#[cfg(feature = "zlib")]
ndcodec_core::submit!(ZLIB);

/// DEFLATE as gzip writes it, without name or time, so that the same input gives the same file.
pub static GZIP: StageDescriptor = StageDescriptor::codec("gzip", env!("CARGO_PKG_NAME"), &build_gzip)
    .with_summary("DEFLATE in gzip's wrapper, with a CRC-32 checksum")
    .with_specification("https://www.rfc-editor.org/rfc/rfc1952")
    .named_by_data()
    .with_params(&[LEVEL])
    .with_sniff(sniff_gzip)
    .with_advice(advice::for_gzip)
    .zero_padded()
    .streaming()
    .truncation_detected();
#[cfg(feature = "gzip")]
ndcodec_core::submit!(GZIP);

/// DEFLATE bare: no header to know it by, and no checksum.
pub static DEFLATE: StageDescriptor =
    StageDescriptor::codec("deflate", env!("CARGO_PKG_NAME"), &build_deflate)
        .with_summary("DEFLATE without a wrapper or a checksum")
        .with_specification("https://www.rfc-editor.org/rfc/rfc1951")
        .named_by_data()
        .with_params(&[LEVEL])
        .with_advice(advice::for_deflate)
        .streaming()
        .truncation_detected();
#[cfg(feature = "deflate")]
ndcodec_core::submit!(DEFLATE);

const LEVEL: ParamSpec = ParamSpec::int("level", 0, 9, 6, "0 stores, 1 is fastest, 9 is smallest");

fn build_zlib(params: &Params) -> Result<Arc<dyn Codec>, ParamError> {
    Ok(Arc::new(Deflate::new(Wrapper::Zlib, params)?))
}

fn build_gzip(params: &Params) -> Result<Arc<dyn Codec>, ParamError> {
    Ok(Arc::new(Deflate::new(Wrapper::Gzip, params)?))
}

fn build_deflate(params: &Params) -> Result<Arc<dyn Codec>, ParamError> {
    Ok(Arc::new(Deflate::new(Wrapper::None, params)?))
}

/// The compression of RFC 1951 in one of its wrappers.
#[derive(Debug)]
struct Deflate {
    wrapper: Wrapper,
    level: Compression,
    encoders: Pool<encoder::Context>,
    decoders: Pool<decoder::Context>,
    at_once: at_once::Contexts,
    /// The beginnings of streams.
    held: Pool<Buffer>,
}

/// What stands around a DEFLATE stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrapper {
    None,
    Zlib,
    Gzip,
}

/// The bytes of zlib's header and trailer.
const ZLIB_EXTRA: usize = 6;

/// What gzip's header and trailer have more than zlib's, for which the backend's bound has room: 18 bytes,
/// not 6.
const GZIP_EXTRA: usize = 12;

impl Deflate {
    fn new(wrapper: Wrapper, params: &Params) -> Result<Self, ParamError> {
        let level = u32::try_from(params.int("level"))
            .map_err(|_| ParamError::new("level", "the level is not from 0 to 9"))?;
        Ok(Self {
            wrapper,
            level: Compression::new(level),
            encoders: Pool::measured(encoder::Context::size),
            decoders: Pool::measured(decoder::Context::size),
            at_once: at_once::Contexts::new(),
            held: Pool::of_buffers(),
        })
    }

    fn start_encoder(&self) -> Encoder {
        let context = self.encoders.take_owned(|| encoder::Context::new(self.level));
        Encoder::new(self.wrapper, self.level, context)
    }

    fn start_decoder(&self) -> Decoder {
        let context = self.decoders.take_owned(decoder::Context::new);
        Decoder::new(self.wrapper, context)
    }
}

impl Codec for Deflate {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        if let Some(result) = self.encode_at_once(input, out) {
            return result;
        }
        let (parts, len) = (input.parts(), input.len());
        let encoder = self.start_encoder();
        if let Some(bound) = self.max_encoded_len(len).filter(|bound| *bound <= out.remaining()) {
            return encoder.encode(parts, bound, out);
        }
        // With less room than its bound the backend may write other bytes, or none at all.
        let mut sink = Box::new(EncoderSink::new(encoder, Box::new(OutputSink(out))));
        parts.iter().try_for_each(|part| sink.write(part))?;
        sink.finish()
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let before = match self.decode_at_once(encoded, out) {
            Attempt::Done(result) => return result,
            Attempt::Refused => Peek::No,
            Attempt::NoRoom => Peek::Yes,
        };
        let is_known = self.start_decoder().decode(encoded, before, out)?;
        if !is_known {
            return Ok(());
        }
        // The header has told how long the whole is: so all of it at once, and what was decoded of it once more.
        out.rewind();
        match self.decode_at_once(encoded, out) {
            Attempt::Done(result) => result,
            _ => self.start_decoder().decode(encoded, Peek::No, out).map(drop),
        }
    }

    fn hints(&self) -> Hints {
        Hints::new().with_window(32 << 10)
    }

    fn max_encoded_len(&self, input_len: usize) -> Option<usize> {
        // The backends' sums wrap around; they are at most 9/8 of the length, so they wrap but once.
        let holds = |bound: usize| Some(bound).filter(|bound| *bound > input_len);
        // A stream is encoded by the one, a slice perhaps by the other.
        let of_slices = holds(at_once::bound(input_len))?.checked_add(ZLIB_EXTRA)?;
        let bound = holds(zlib_rs::compress_bound(input_len))?.max(of_slices);
        if self.wrapper == Wrapper::Gzip { bound.checked_add(GZIP_EXTRA) } else { Some(bound) }
    }

    fn encoder<'s>(self: Arc<Self>, _: Option<u64>, next: BoxSink<'s>) -> Result<BoxSink<'s>, CodecError> {
        Ok(Box::new(HoldingSink::new(self, next)))
    }

    fn decoder<'s>(
        self: Arc<Self>,
        source: BoxSource<'s>,
        _: &DecodeLimits,
    ) -> Result<BoxSource<'s>, CodecError> {
        Ok(Box::new(DecoderSource::new(self.start_decoder(), source)))
    }
}

fn sniff_zlib(sample: &Sample<'_>) -> Option<Sniffed> {
    let head = sample.bytes.first_chunk()?;
    // About one pair of bytes in two thousand passes.
    header::check_zlib(*head).is_ok().then_some(Sniffed::likely("zlib"))
}

fn sniff_gzip(sample: &Sample<'_>) -> Option<Sniffed> {
    sample.bytes.starts_with(&[0x1f, 0x8b, 8]).then_some(Sniffed::certain("gzip"))
}

#[cfg(test)]
mod tests;
