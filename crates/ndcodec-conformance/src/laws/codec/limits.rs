//! Laws of ceilings: a codec's own bound, the caller's limit, the end of a slice.

use std::fmt;

use ndcodec_core::{Buffer, CodecError, DecodeLimits, DecodeOptions, ErrorKind, Output, Pipeline};

use super::one_shot::encode_into;
use super::streams::encode_stream;
use crate::laws::Subject;
use crate::laws::subject::{Hex, Outcome};

/// Nothing that is encoded, in one shot or as a stream, is longer than [`max_encoded_len`] says. The bound of any
/// length, were it `usize::MAX`, is computed without a panic and is not below that length: by counting, some input of
/// `n` bytes needs `n`.
///
/// [`max_encoded_len`]: ndcodec_core::Codec::max_encoded_len
pub fn bound(subject: &Subject) {
    const LAW: &str = "bound";
    for sample in &subject.samples {
        let len = sample.input.len();
        let Some(bound) = subject.codec.max_encoded_len(len) else { continue };
        let encoded = sample.encoded.len();
        let case = sample.name;
        subject.check(
            encoded <= bound,
            LAW,
            case,
            format_args!("{encoded} bytes"),
            format_args!("{bound} at most, the bound"),
        );
        for (way, streamed) in [
            ("as a stream", encode_stream(subject, &[&sample.input], None)),
            ("as a stream of known length", encode_stream(subject, &[&sample.input], Some(len as u64))),
        ] {
            let streamed = streamed.map_or(0, |streamed| streamed.len());
            let what = format_args!("{way}, {streamed} bytes");
            subject.check(streamed <= bound, LAW, case, what, format_args!("{bound} at most, the bound"));
        }
    }
    if subject.promises.is_lossy || !subject.refused.is_empty() {
        return;
    }
    let powers = (0..usize::BITS).map(|bit| 1 << bit);
    for len in powers.chain([0, 3, 1000, usize::MAX / 2, usize::MAX - 1, usize::MAX]) {
        let bound = subject.guard("computes its bound", &[], || subject.codec.max_encoded_len(len));
        let what = format_args!("the bound is {}", bound.unwrap_or(len));
        subject.check(
            bound.is_none_or(|bound| bound >= len),
            LAW,
            format_args!("an input of {len} bytes"),
            what,
            format_args!("{len} at least"),
        );
    }
}

/// What decodes to `n` bytes decodes under a limit of `n`, and under any lower one fails with [`ErrorKind::Limit`].
pub fn decode_limit(subject: &Subject) {
    for sample in &subject.samples {
        let len = sample.decoded.len();
        for limit in limits_up_to(len) {
            let mut vec = Vec::new();
            let mut buffer = Buffer::new();
            let results = [
                subject.decode_into(&sample.encoded, Output::to_vec(&mut vec).limited(limit)),
                subject.decode_into(&sample.encoded, Output::to_buffer(&mut buffer).limited(limit)),
            ];
            for result in results {
                verdict(subject, "decode_limit", sample.name, limit, len, ErrorKind::Limit, result);
            }
        }
    }
}

/// A slice of exactly the length is enough to encode and to decode into; a shorter one fails with
/// [`ErrorKind::OutputFull`]. (Where encoded bytes are not promised they may depend on the room, as zlib's stored blocks
/// do; they decode all the same.)
pub fn slices(subject: &Subject) {
    for sample in &subject.samples {
        let len = sample.encoded.len();
        for room in limits_up_to(len) {
            let mut slice = vec![0xee; room];
            let result = encode_into(subject, &sample.input, Output::to_slice(&mut slice));
            let case = format_args!("{}, encoded", sample.name);
            if let (Ok(written), false) = (&result, subject.promises.has_stable_bytes) {
                let decoded = subject.decode(&slice[..*written]);
                let is_same = decoded.as_ref().is_ok_and(|decoded| *decoded == sample.decoded);
                let found = format_args!("it decodes to {}", Outcome(&decoded));
                subject.check(is_same, "slices", case, found, Hex(&sample.decoded));
                continue;
            }
            verdict(subject, "slices", case, room, len, ErrorKind::OutputFull, result);
            subject.check(
                room < len || slice == sample.encoded,
                "slices",
                case,
                Hex(&slice),
                format_args!("{}, as in a `Vec`", Hex(&sample.encoded)),
            );
        }
        let len = sample.decoded.len();
        for room in limits_up_to(len) {
            let mut slice = vec![0xee; room];
            let result = subject.decode_into(&sample.encoded, Output::to_slice(&mut slice));
            let case = format_args!("{}, decoded", sample.name);
            verdict(subject, "slices", case, room, len, ErrorKind::OutputFull, result);
            subject.check(
                room < len || slice == sample.decoded,
                "slices",
                case,
                Hex(&slice),
                format_args!("{}, as in a `Vec`", Hex(&sample.decoded)),
            );
        }
    }
}

/// In a pipeline too, the exact limit passes and one below fails with [`ErrorKind::Limit`], in one shot and streamed.
pub fn pipeline_limits(subject: &Subject, pipeline: &Pipeline) {
    const LAW: &str = "pipeline_limits";
    for sample in subject.samples_within(80 << 10) {
        let len = sample.decoded.len();
        for limit in limits_up_to(len) {
            let limits = DecodeLimits::new().with_max_bytes(limit);
            let one_shot = pipeline.decode_with(&sample.encoded, &DecodeOptions::new().with_limits(limits));
            let streamed = subject.guard("decodes", &sample.encoded, || {
                let mut decoder = pipeline.decoder_with(&*sample.encoded, &limits.into())?;
                let (mut buf, mut bytes) = ([0; 4096], Vec::new());
                loop {
                    match decoder.pull(&mut buf)? {
                        0 => return Ok(bytes),
                        n => bytes.extend_from_slice(&buf[..n]),
                    }
                }
            });
            for (way, result) in [("in one shot", one_shot), ("streamed", streamed)] {
                let case = format_args!("{} under a limit of {limit}, {way}", sample.name);
                match result {
                    Ok(bytes) => {
                        let holds = limit >= len && bytes == sample.decoded;
                        let expected = Expected { limit, len, kind: ErrorKind::Limit };
                        subject.check(holds, LAW, case, Hex(&bytes), expected);
                    }
                    Err(error) => {
                        let is_right = limit < len && error.kind() == ErrorKind::Limit;
                        let expected = Expected { limit, len, kind: ErrorKind::Limit };
                        subject.check(is_right, LAW, case, error.report(), expected);
                    }
                }
            }
        }
    }
}

/// `n`, one below, and some more below.
fn limits_up_to(n: usize) -> impl Iterator<Item = usize> {
    let below = [n.checked_sub(1), Some(n / 2), Some(1), Some(0)];
    below.into_iter().flatten().filter(move |&limit| limit < n).chain([n])
}

fn verdict(
    subject: &Subject,
    law: &str,
    case: impl fmt::Display,
    limit: usize,
    len: usize,
    kind: ErrorKind,
    result: Result<usize, CodecError>,
) {
    let case = format_args!("{case}, {len} bytes into {limit}");
    let expected = Expected { limit, len, kind };
    match result {
        Ok(written) => {
            let holds = limit >= len && written == len;
            subject.check(holds, law, case, format_args!("it passes, with {written} bytes"), expected);
        }
        Err(error) => {
            let holds = limit < len && error.kind() == kind;
            let found = format_args!("it fails, with an error of kind `{:?}`: {error}", error.kind());
            subject.check(holds, law, case, found, expected);
        }
    }
}

/// What `len` bytes must do under a limit.
struct Expected {
    limit: usize,
    len: usize,
    kind: ErrorKind,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.limit < self.len {
            write!(f, "an error of kind `{:?}`", self.kind)
        } else {
            write!(f, "all {} bytes", self.len)
        }
    }
}
