//! The backend in C: the library of the format's authors.

mod decoder;
mod encoder;
mod error;

use std::sync::Arc;

use ndcodec_core::stream::{BoxSink, BoxSource};
use ndcodec_core::{
    Buffer, Codec, CodecError, Content, DecodeLimits, ErrorKind, Hints, Input, LenClaim, Output, ParamError,
    Params, Pool,
};
use zstd_safe::{CParameter, ParamSwitch};

use self::decoder::{Decoder, DecoderSource};
use self::encoder::EncoderSink;
use crate::frames::Contents;

pub(crate) fn build(params: &Params) -> Result<Arc<dyn Codec>, ParamError> {
    let out_of_range = |param| move |_| ParamError::new(param, "the value is out of range");
    let mut parameters = vec![
        CParameter::CompressionLevel(params.int("level").try_into().map_err(out_of_range("level"))?),
        CParameter::ChecksumFlag(params.flag("checksum")),
    ];
    if let Some(window) = params.int_if_any("window") {
        parameters.push(CParameter::WindowLog(window.try_into().map_err(out_of_range("window"))?));
    }
    let plane_parameters = (params.int("level") == 1 && params.int_if_any("window").is_none())
        .then(|| [&parameters[..], &PLANES].concat());
    Ok(Arc::new(Zstd {
        parameters,
        plane_parameters,
        encoders: Pool::measured(encoder::Context::size),
        plane_encoders: Pool::measured(encoder::Context::size),
        decoders: Pool::measured(decoder::Context::size),
        joined: Pool::of_buffers(),
    }))
}

/// What level 1, which is there for speed, does otherwise with a byte plane: short matches cost more there than they
/// save, and between matches lie long stretches without any. Who gives a window is after what comes again far back, and has
/// what the library does by itself.
static PLANES: [CParameter; 4] = [
    CParameter::HashLog(13),
    CParameter::MinMatch(7),
    CParameter::TargetLength(4),
    CParameter::LiteralCompressionMode(ParamSwitch::Enable),
];

/// Within such a ceiling what may be much or little is decoded at once: the room is pages that nobody writes, and the steps
/// of a stream need a window beside it.
const MOST_AT_ONCE: usize = 256 << 20;

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
        let mut frame = self.joined.buffer();
        frame.try_set_len(bound)?;
        let len = context.encode(input, &mut frame)?;
        out.push(&frame[..len])
    }
}

impl Codec for Zstd {
    /// Joins the parts. A stream of pledged size would copy too, and cut blocks otherwise than one shot does:
    /// for a head of 128 bytes it takes 1.00 to 1.02 times as long at 4 KiB, 1.02 to 1.06 at 1 MiB (levels 3
    /// and 1). Against input that is joined already this is 1.01.
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        let mut context = match (&self.plane_parameters, input.content()) {
            (Some(parameters), Content::BytePlane) => {
                self.plane_encoders.try_take(|| encoder::Context::new(parameters))?
            }
            _ => self.encoders.try_take(|| encoder::Context::new(&self.parameters))?,
        };
        match input.single() {
            Some(single) => self.encode_by(&mut context, single, out),
            None => {
                let mut joined = self.joined.buffer();
                self.encode_by(&mut context, input.joined(&mut joined)?, out)
            }
        }
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let contents = Contents::of(encoded)?;
        contents.check_room(out)?;
        // In one shot the library takes blocks that are too long for their frame, and in steps it refuses them.
        let is_better_by_steps = contents.is_sparse(encoded.len()) && out.remaining() > MOST_AT_ONCE;
        if contents.has_small_blocks || is_better_by_steps {
            let context = self.decoders.try_take_owned(decoder::Context::new)?;
            return Decoder::new(context, &out.limits())?.decode(encoded, out);
        }
        self.decoders.try_take(decoder::Context::new)?.decode(encoded, contents, out)
    }

    fn hints(&self) -> Hints {
        Hints::new().with_plane_mode(self.plane_parameters.is_some())
    }

    fn max_encoded_len(&self, input_len: usize) -> Option<usize> {
        // Beyond what it can encode the backend returns an error code, which is close to `usize::MAX`.
        let bound = zstd_safe::compress_bound(input_len);
        (bound >= input_len && isize::try_from(bound).is_ok()).then_some(bound)
    }

    fn claimed_len(&self, encoded: &[u8]) -> LenClaim {
        Contents::claim(encoded)
    }

    fn encoder<'s>(self: Arc<Self>, len: Option<u64>, next: BoxSink<'s>) -> Result<BoxSink<'s>, CodecError> {
        let context = self.encoders.try_take_owned(|| encoder::Context::new(&self.parameters))?;
        Ok(Box::new(EncoderSink::new(context, len, next)?))
    }

    fn decoder<'s>(
        self: Arc<Self>,
        source: BoxSource<'s>,
        limits: &DecodeLimits,
    ) -> Result<BoxSource<'s>, CodecError> {
        let context = self.decoders.try_take_owned(decoder::Context::new)?;
        Ok(Box::new(DecoderSource::new(Decoder::new(context, limits)?, source)))
    }
}
