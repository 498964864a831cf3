//! A codec that is right, and one broken in each of the ways that a law is there to catch.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ndcodec_core::stream::{BoxSink, BoxSource, Sink, SliceSource, Source, read_to_end};
use ndcodec_core::{Codec, CodecError, Content, DecodeLimits, ErrorKind, Hints, Input, LenClaim, Output};

/// Ways to be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    LosesLastByte,
    IgnoresTrailing,
    IgnoresChecksumAndEnd,
    ExceedsBound,
    BoundOverflows,
    ClaimsOneMore,
    TrustsItsClaim,
    PanicsOnShortInput,
    StopsAtTheLimit,
    MistakesTheLimit,
    NeedsRoomForItsBound,
    EncodesTheFirstPartOnly,
    LosesPlanes,
    EncodesPlanesOtherwise,
    PromisesAPlaneMode,
    ReachesBeyondItsWindow,
    ForgetsWhatItWasAfterMany,
    IsPoisonedByFailure,
    StreamsOtherBytes,
    StreamsWrongBytes,
    StreamAcceptsTrailing,
    FinishesOnDrop,
    HidesSinkErrors,
    HidesSourceErrors,
    NeverFinishesTheNext,
}

/// The length in four bytes, a mask, the bytes masked with it, and a checksum of all that in four bytes.
#[derive(Debug)]
pub(crate) struct Masked {
    mask: u8,
    fault: Fault,
    calls: AtomicUsize,
    failures: AtomicUsize,
}

const HEAD: usize = 5;
const AROUND: usize = HEAD + 4;
/// What a codec with too wide a window finds again.
const BLOCK: usize = 8 << 10;

impl Masked {
    pub(crate) fn new(mask: u8, fault: Fault) -> Self {
        Self { mask, fault, calls: AtomicUsize::new(0), failures: AtomicUsize::new(0) }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn encode_with(mask: u8, input: &[u8]) -> Result<Vec<u8>, CodecError> {
        let too_long = |_| CodecError::new(ErrorKind::Input, "the input is longer than 4 GiB");
        let mut bytes = u32::try_from(input.len()).map_err(too_long)?.to_le_bytes().to_vec();
        bytes.push(mask);
        bytes.extend(input.iter().map(|byte| byte ^ mask));
        bytes.extend(checksum(&bytes).to_le_bytes());
        Ok(bytes)
    }

    fn decode_to(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        if encoded.len() < AROUND && !self.is(Fault::PanicsOnShortInput) {
            return Err(CodecError::truncated("the header"));
        }
        let (head, rest) = encoded.split_at(HEAD);
        let len = length(head);
        if self.is(Fault::TrustsItsClaim) {
            out.spare(len)?;
        }
        let is_careless = self.is(Fault::IgnoresChecksumAndEnd);
        if rest.len() < len.saturating_add(4) && !is_careless {
            return Err(CodecError::truncated("the data"));
        }
        let end = len.min(rest.len());
        let (data, tail) = rest.split_at(end);
        if !is_careless {
            if tail.len() > 4 && !self.is(Fault::IgnoresTrailing) {
                return Err(CodecError::trailing(tail.len() - 4, "the checksum"));
            }
            let computed = checksum(&encoded[..HEAD + len]);
            if tail[..4] != computed.to_le_bytes() {
                return Err(CodecError::corrupt("the checksum does not match"));
            }
        }
        let mut data: Vec<u8> = data.iter().map(|byte| byte ^ head[4]).collect();
        match self.fault {
            Fault::LosesLastByte => drop(data.pop()),
            Fault::StopsAtTheLimit => data.truncate(out.remaining()),
            Fault::MistakesTheLimit if data.len() > out.remaining() => {
                return Err(CodecError::corrupt("the data do not fit"));
            }
            Fault::IsPoisonedByFailure if self.failures.load(Ordering::Relaxed) > 0 => data.clear(),
            _ => {}
        }
        out.push(&data)
    }
}

impl Codec for Masked {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        let calls = self.calls.fetch_add(1, Ordering::Relaxed);
        let is_off = self.is(Fault::ForgetsWhatItWasAfterMany) && calls > 100;
        let bytes = match input.parts() {
            [first, ..] if self.is(Fault::EncodesTheFirstPartOnly) => first.to_vec(),
            _ => input.to_bytes().into_owned(),
        };
        if self.is(Fault::NeedsRoomForItsBound) {
            out.spare(bytes.len() + 100)?;
        }
        let is_plane = input.content() == Content::BytePlane;
        if is_plane && self.is(Fault::LosesPlanes) {
            return out.push(&bytes);
        }
        if self.is(Fault::ReachesBeyondItsWindow) && bytes.len() > BLOCK && bytes.ends_with(&bytes[..BLOCK]) {
            return out.push(&bytes[BLOCK..]);
        }
        let is_other = is_off || (is_plane && self.is(Fault::EncodesPlanesOtherwise));
        out.push(&Self::encode_with(self.mask ^ u8::from(is_other), &bytes)?)
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        self.decode_to(encoded, out).inspect_err(|_| {
            self.failures.fetch_add(1, Ordering::Relaxed);
        })
    }

    fn hints(&self) -> Hints {
        match self.fault {
            Fault::PromisesAPlaneMode => Hints::new().with_plane_mode(true),
            Fault::ReachesBeyondItsWindow => Hints::new().with_window(1 << 10),
            _ => Hints::new(),
        }
    }

    fn max_encoded_len(&self, input_len: usize) -> Option<usize> {
        match self.fault {
            Fault::ExceedsBound => input_len.checked_add(AROUND - 1),
            Fault::BoundOverflows => Some(input_len.wrapping_add(AROUND)),
            _ => input_len.checked_add(AROUND),
        }
    }

    fn claimed_len(&self, encoded: &[u8]) -> LenClaim {
        match encoded.get(..HEAD) {
            Some(head) => LenClaim::Exact(length(head) as u64 + u64::from(self.is(Fault::ClaimsOneMore))),
            None => LenClaim::Unknown,
        }
    }

    fn encoder<'s>(self: Arc<Self>, _: Option<u64>, next: BoxSink<'s>) -> Result<BoxSink<'s>, CodecError> {
        let mask = self.mask ^ u8::from(self.is(Fault::StreamsOtherBytes));
        Ok(Box::new(Collecting { next: Some(next), mask, input: Vec::new(), fault: self.fault }))
    }

    fn decoder<'s>(
        self: Arc<Self>,
        source: BoxSource<'s>,
        _: &DecodeLimits,
    ) -> Result<BoxSource<'s>, CodecError> {
        Ok(Box::new(Whole { codec: self, source, decoded: None, given: 0 }))
    }
}

fn length(head: &[u8]) -> usize {
    let bytes = [head[0], head[1], head[2], head[3]];
    usize::try_from(u32::from_le_bytes(bytes)).expect("32 bits fit")
}

/// FNV-1a.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

struct Collecting<'s> {
    next: Option<BoxSink<'s>>,
    mask: u8,
    input: Vec<u8>,
    fault: Fault,
}

impl Collecting<'_> {
    fn end(&mut self) -> Result<(), CodecError> {
        let Some(mut next) = self.next.take() else { return Ok(()) };
        let mut bytes = Masked::encode_with(self.mask, &self.input)?;
        if self.fault == Fault::StreamsWrongBytes && self.input.len() > 1000 {
            bytes.rotate_left(1);
        }
        if self.fault == Fault::NeverFinishesTheNext {
            return next.write(&bytes);
        }
        match next.write(&bytes).and_then(|()| next.finish()) {
            Err(_) if self.fault == Fault::HidesSinkErrors => Ok(()),
            result => result,
        }
    }
}

impl Sink for Collecting<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        self.input.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), CodecError> {
        self.end()
    }
}

impl Drop for Collecting<'_> {
    fn drop(&mut self) {
        if self.fault == Fault::FinishesOnDrop {
            drop(self.end());
        }
    }
}

struct Whole<'s> {
    codec: Arc<Masked>,
    source: BoxSource<'s>,
    decoded: Option<Vec<u8>>,
    given: usize,
}

impl Whole<'_> {
    fn decode(&mut self) -> Result<Vec<u8>, CodecError> {
        let (mut encoded, mut decoded) = (Vec::new(), Vec::new());
        let mut out = Output::to_vec(&mut encoded);
        match read_to_end(&mut *self.source, &mut out) {
            Err(_) if self.codec.is(Fault::HidesSourceErrors) => {
                return Err(CodecError::truncated("the source"));
            }
            result => result?,
        }
        out.finish();
        if self.codec.is(Fault::StreamAcceptsTrailing) && encoded.len() >= AROUND {
            encoded.truncate(length(&encoded).saturating_add(AROUND));
        }
        let mut out = Output::to_vec(&mut decoded);
        self.codec.decode_to(&encoded, &mut out)?;
        out.finish();
        Ok(decoded)
    }
}

impl Source for Whole<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        if self.decoded.is_none() {
            self.decoded = Some(self.decode()?);
        }
        let n = SliceSource::new(&self.decoded.as_deref().unwrap_or_default()[self.given..]).read(buf)?;
        self.given += n;
        Ok(n)
    }
}
