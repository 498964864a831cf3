//! The codec `zstd`: Zstandard frames, [RFC 8878](https://www.rfc-editor.org/rfc/rfc8878).

mod decoder;
mod encoder;
mod error;
mod frames;

use ndcodec_core::stream::{BoxSink, BoxSource};
use ndcodec_core::{
    Buffer, Codec, CodecError, DecodeLimits, ErrorKind, LenClaim, Output, ParamError, ParamKind, ParamSpec,
    Params, Pool, Pooled, StageDescriptor,
};
use zstd_safe::{CParameter, ParamSwitch};

use crate::decoder::{Decoder, DecoderSource};
use crate::encoder::EncoderSink;
use crate::frames::Contents;

/// Zstandard: frames as the `zstd` program and library write them.
///
/// `checksum` is off by default, as in the library, in numcodecs and in Zarr: it costs 4 to 8 % of the time
/// to decode and 3 % of that to encode, and a chain that must notice every flipped bit says so with a word of
/// its own (`crc32c`), which guards the stages around this one too. Where a frame has a checksum, it is
/// always verified.
pub static ZSTD: StageDescriptor = StageDescriptor::codec("zstd", env!("CARGO_PKG_NAME"), &build)
    .summary("Zstandard: fast, and small at high levels")
    .specification("https://www.rfc-editor.org/rfc/rfc8878")
    .params(&[
        ParamSpec::int("level", MIN_LEVEL, MAX_LEVEL, 3, "negative levels are faster, 22 is smallest"),
        ParamSpec::flag("checksum", false, "whether each frame ends with an XXH64 of its content"),
        ParamSpec::inferred(
            "window",
            ParamKind::Int { min: 10, max: MAX_WINDOW as i64 },
            "log2 of the bytes that matches reach back; from the level where it is not given",
        ),
    ])
    .sniff(frames::sniff)
    .streams()
    .detects_truncation();
ndcodec_core::submit!(ZSTD);

// What the backend gives for `ZSTD_minCLevel`, `ZSTD_maxCLevel` and `ZSTD_WINDOWLOG_MAX`; a test holds them
// equal.
const MIN_LEVEL: i64 = -131_072;
const MAX_LEVEL: i64 = 22;
const MAX_WINDOW: u32 = if cfg!(target_pointer_width = "64") { 31 } else { 30 };

fn build(params: &Params) -> Result<Box<dyn Codec>, ParamError> {
    let out_of_range = |param| move |_| ParamError::new(param, "the value is out of range");
    let mut parameters = vec![
        CParameter::CompressionLevel(params.int("level").try_into().map_err(out_of_range("level"))?),
        CParameter::ChecksumFlag(params.flag("checksum")),
    ];
    if let Some(window) = params.int_if_any("window") {
        parameters.push(CParameter::WindowLog(window.try_into().map_err(out_of_range("window"))?));
    }
    let plane_parameters = (params.int("level") == 1).then(|| [&parameters[..], &PLANES].concat());
    Ok(Box::new(Zstd {
        parameters,
        plane_parameters,
        encoders: Pool::new(),
        plane_encoders: Pool::new(),
        decoders: Pool::new(),
        joined: Pool::new(),
    }))
}

/// What level 1, which is there for speed, does otherwise with a byte plane: short matches cost more there than they
/// save, and between matches lie long stretches without any.
static PLANES: [CParameter; 4] = [
    CParameter::HashLog(13),
    CParameter::MinMatch(7),
    CParameter::TargetLength(4),
    CParameter::LiteralCompressionMode(ParamSwitch::Enable),
];

/// Zstandard with one set of parameters.
#[derive(Debug)]
struct Zstd {
    /// Set once on every context.
    parameters: Vec<CParameter>,
    /// The same for byte planes, if they have their own.
    plane_parameters: Option<Vec<CParameter>>,
    encoders: Pool<encoder::Context>,
    plane_encoders: Pool<encoder::Context>,
    decoders: Pool<decoder::Context>,
    joined: Pool<Buffer>,
}

/// A buffer for joined parts that is larger than this is given back to the system after use.
const KEEP: usize = 256 << 20;

impl Zstd {
    fn encoding(&self) -> Result<Pooled<'_, encoder::Context>, CodecError> {
        self.encoders.try_take(|| encoder::Context::new(&self.parameters))
    }

    fn decoding(&self) -> Result<Pooled<'_, decoder::Context>, CodecError> {
        self.decoders.try_take(decoder::Context::new)
    }

    /// Lends `work` a buffer from the pool.
    fn with_scratch(
        &self,
        work: impl FnOnce(&mut Buffer) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        let mut scratch = self.joined.take(Buffer::new);
        scratch.clear();
        let result = work(&mut scratch);
        if scratch.capacity() > KEEP {
            *scratch = Buffer::new();
        }
        result
    }
}

impl Zstd {
    fn encode_by(
        &self,
        context: &mut encoder::Context,
        input: &[u8],
        out: &mut Output<'_>,
    ) -> Result<(), CodecError> {
        let Some(bound) = self.max_encoded_len(input.len()) else {
            let message = format!("{} bytes are more than zstd can encode at once", input.len());
            return Err(CodecError::new(ErrorKind::Input, message));
        };
        if bound <= out.remaining() {
            let len = context.encode(input, out.spare(bound)?)?;
            return out.commit(len);
        }
        // In less room than its bound the backend may fail although the frame would fit.
        self.with_scratch(|frame| {
            frame.set_len(bound);
            let len = context.encode(input, frame)?;
            out.push(&frame[..len])
        })
    }
}

impl Codec for Zstd {
    fn encode(&self, input: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        self.encode_by(&mut *self.encoding()?, input, out)
    }

    fn encode_plane(&self, plane: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let Some(parameters) = &self.plane_parameters else {
            return self.encode(plane, out);
        };
        let mut context = self.plane_encoders.try_take(|| encoder::Context::new(parameters))?;
        self.encode_by(&mut context, plane, out)
    }

    /// Joins the parts. A stream of pledged size would copy too, and cut blocks otherwise than one shot does:
    /// for a head of 128 bytes it takes 1.00 to 1.02 times as long at 4 KiB, 1.02 to 1.06 at 1 MiB (levels 3
    /// and 1). Against input that is joined already this is 1.01.
    fn encode_parts(&self, parts: &[&[u8]], out: &mut Output<'_>) -> Result<(), CodecError> {
        let mut filled = parts.iter().filter(|part| !part.is_empty());
        match (filled.next(), filled.next()) {
            (None, _) => self.encode(&[], out),
            (Some(only), None) => self.encode(only, out),
            _ => self.with_scratch(|joined| {
                joined.reserve(parts.iter().map(|part| part.len()).sum());
                parts.iter().for_each(|part| joined.extend_from_slice(part));
                self.encode(joined, out)
            }),
        }
    }

    fn is_quicker_on_planes(&self) -> bool {
        self.plane_parameters.is_some()
    }

    fn decode(&self, encoded: &[u8], limits: &DecodeLimits, out: &mut Output<'_>) -> Result<(), CodecError> {
        let contents = Contents::of(encoded)?;
        let mut context = self.decoding()?;
        if contents.is_sparse(encoded.len()) {
            return Decoder::new(context, limits)?.decode(encoded, out);
        }
        context.decode(encoded, contents, out)
    }

    fn max_encoded_len(&self, input_len: usize) -> Option<usize> {
        // Beyond what it can encode the backend answers with an error code, which is close to `usize::MAX`.
        let bound = zstd_safe::compress_bound(input_len);
        (bound >= input_len && isize::try_from(bound).is_ok()).then_some(bound)
    }

    fn claimed_len(&self, encoded: &[u8]) -> LenClaim {
        match Contents::of(encoded) {
            Ok(Contents { most, is_exact: true }) => LenClaim::Exact(most),
            Ok(Contents { most, is_exact: false }) => LenClaim::AtMost(most),
            Err(_) => LenClaim::Unknown,
        }
    }

    fn encoder<'s>(&'s self, len: Option<u64>, next: BoxSink<'s>) -> Result<BoxSink<'s>, CodecError> {
        Ok(Box::new(EncoderSink::new(self.encoding()?, len, next)?))
    }

    fn decoder<'s>(
        &'s self,
        source: BoxSource<'s>,
        limits: &DecodeLimits,
    ) -> Result<BoxSource<'s>, CodecError> {
        Ok(Box::new(DecoderSource::new(Decoder::new(self.decoding()?, limits)?, source)))
    }
}

#[cfg(test)]
mod tests;
