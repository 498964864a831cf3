//! Laws of streams: they give what one shot gives, however the bytes arrive.

use std::sync::Arc;

use ndcodec_core::stream::{BoxSink, Sink, Source};
use ndcodec_core::{CodecError, DecodeLimits, ErrorKind};

use super::one_shot::partitions;
use crate::laws::data::{Random, cuts, damaged};
use crate::laws::subject::{CEILING, ENCODES, Hex, Outcome, Sample};
use crate::laws::{Effort, Subject};

/// What is encoded as a stream, in whatever pieces and whether its length is told or not, decodes to the input; where
/// the encoded bytes are promised, they are those of one shot. The sink behind is finished once, at the end.
pub fn encoder(subject: &Subject) {
    let check = |sample: &Sample, pieces: &[&[u8]], len: Option<u64>| {
        let encoded = encode_stream(subject, pieces, len);
        let case =
            format_args!("{}, in {} pieces, length told: {}", sample.name, pieces.len(), len.is_some());
        let encoded = encoded.unwrap_or_else(|error| {
            subject.fail("encoder", case, format_args!("it fails: {error}"), ENCODES)
        });
        if encoded == sample.encoded {
            return;
        }
        let expected = format_args!("{}, as in one shot", Hex(&sample.encoded));
        subject.check(!subject.promises.has_stable_bytes, "encoder", case, Hex(&encoded), expected);
        let decoded = subject.decode_own(&encoded);
        let is_same = decoded.as_ref().is_ok_and(|decoded| *decoded == sample.decoded);
        let found = format_args!("it decodes to {}", Outcome(&decoded));
        subject.check(is_same, "encoder", case, found, Hex(&sample.decoded));
    };
    for sample in &subject.samples {
        let len = sample.input.len();
        let told = [None, Some(len as u64)];
        if subject.effort == Effort::Full {
            partitions(&sample.input)
                .iter()
                .for_each(|pieces| told.iter().for_each(|&len| check(sample, pieces, len)));
        }
        for (pieces, &told) in [4096, 64 << 10, 1000].iter().zip(told.iter().cycle()) {
            check(sample, &sample.input.chunks(*pieces).collect::<Vec<_>>(), told);
        }
        // Every split of the small ones; the ends of the others were splits above.
        if len <= 300 && subject.effort == Effort::Full {
            for (cut, &told) in cuts(len, 300).into_iter().zip(told.iter().cycle()) {
                let (a, b) = sample.input.split_at(cut);
                check(sample, &[a, b], told);
            }
        }
    }
    for (name, input) in &subject.refused {
        let result = encode_stream(subject, &[input], None);
        subject.check(
            result.is_err(),
            "encoder",
            name,
            "it is taken as a stream",
            "an error, as in one shot",
        );
    }
}

/// A stream accepts what one shot accepts, whole, cut, extended or damaged, and with equal bytes, however few bytes
/// arrive or are asked for at a time. (It alone may refuse, with [`ErrorKind::Limit`], damage that asks for a large
/// window.)
pub fn decoder(subject: &Subject) {
    let random = &mut Random::new(6);
    let mut turn = 0;
    for sample in &subject.samples {
        // A call for each byte of the larger ones says no more than of the smaller.
        let is_small = sample.input.len() <= SMALL;
        for (step, room) in RATES.iter().filter(|(_, room)| is_small || *room >= 100) {
            agrees(subject, sample.name, &sample.encoded, *step, *room);
        }
        let (few, rounds) = if sample.encoded.len() <= 512 { (512, 64) } else { (0, 8) };
        let mut inputs: Vec<Vec<u8>> =
            cuts(sample.encoded.len(), few).iter().map(|&cut| sample.encoded[..cut].to_vec()).collect();
        inputs.push(sample.encoded.repeat(2));
        inputs.extend([0, b'\n', 0xff].map(|byte| [&sample.encoded[..], &[byte]].concat()));
        inputs.extend((0..rounds).map(|_| damaged(&sample.encoded, random)));
        inputs.truncate(subject.cases(1024));
        for input in inputs {
            let (step, room) = RATES[turn % RATES.len()];
            turn += 1;
            let (step, room) = if is_small { (step, room) } else { (step.max(100), room.max(100)) };
            agrees(subject, sample.name, &input, step, room);
        }
    }
    for len in 0..subject.cases(64) {
        let (step, room) = RATES[len % RATES.len()];
        agrees(subject, "random bytes", &random.bytes(len), step, room);
    }
}

/// How many bytes arrive at a time, and how many are asked for.
const RATES: &[(usize, usize)] =
    &[(1, 3), (7, 1), (usize::MAX, 4096), (1, 4096), (4096, 100), (usize::MAX, 1)];

const SMALL: usize = 8 << 10;

fn agrees(subject: &Subject, name: &str, encoded: &[u8], step: usize, room: usize) {
    let one_shot = subject.decode(encoded);
    let streamed = decode_stream(subject, encoded, step, room);
    let agrees = match (&one_shot, &streamed) {
        (Ok(one_shot), Ok(streamed)) => one_shot == streamed,
        (Ok(_), Err(error)) => error.kind() == ErrorKind::Limit,
        (Err(_), Err(_)) => true,
        (Err(_), Ok(_)) => false,
    };
    let step = if step == usize::MAX { "all".to_owned() } else { step.to_string() };
    let case = format_args!("{name}, as {}, {step} bytes at a time, read by {room}", Hex(encoded));
    let found = format_args!("streamed it gives {}", Outcome(&streamed));
    subject.check(agrees, "decoder", case, found, format_args!("{}, as in one shot", Outcome(&one_shot)));
}

/// A sink that is dropped and not finished does not finish the sink behind, and leaves bytes that do not decode, where
/// the codec detects truncation.
pub fn dropped_sink(subject: &Subject) {
    for sample in &subject.samples {
        for pieces in [vec![&sample.input[..]], vec![], sample.input.chunks(1000).collect()] {
            let (mut bytes, mut ends) = (Vec::new(), 0);
            let result = subject.guard("encodes a stream", &sample.input, || {
                let mut sink =
                    Arc::clone(&subject.codec).encoder(None, Collect::sink(&mut bytes, &mut ends))?;
                pieces.iter().try_for_each(|piece| sink.write(piece))
            });
            let case = format_args!("{}, dropped after {} pieces", sample.name, pieces.len());
            if let Err(error) = result {
                subject.fail("dropped_sink", case, format_args!("it fails: {error}"), ENCODES);
            }
            subject.check(ends == 0, "dropped_sink", case, "it finishes the sink behind", "that it does not");
            if subject.promises.detects_truncation {
                let decoded = subject.decode(&bytes);
                let what = format_args!("it leaves {}, which decode to {}", Hex(&bytes), Outcome(&decoded));
                subject.check(decoded.is_err(), "dropped_sink", case, what, "an error");
            }
        }
    }
}

/// The failure of the sink behind an encoder, or of the source under a decoder, comes through with its kind.
pub fn stream_errors(subject: &Subject) {
    let check = |sample: &Sample, way: &str, result: Result<Vec<u8>, CodecError>| {
        let is_passed_on = result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Io);
        let what = format_args!("the failure becomes {}", Outcome(&result));
        let case = format_args!("{}, {way}", sample.name);
        subject.check(is_passed_on, "stream_errors", case, what, "an error of kind `Io`");
    };
    for sample in subject.samples_within(80 << 10).filter(|sample| !sample.encoded.is_empty()) {
        for room in [0, sample.encoded.len() / 2] {
            let result = subject.guard("encodes a stream", &sample.input, || {
                let mut sink = Arc::clone(&subject.codec).encoder(None, Box::new(Full { room }))?;
                sample.input.chunks(1000).try_for_each(|piece| sink.write(piece))?;
                sink.finish()
            });
            check(sample, "written to a sink that fails", result.map(|()| Vec::new()));
            let source = Arrive { rest: &sample.encoded[..room], step: 100, then_fails: true };
            check(sample, "read from a source that fails", read_all(subject, source, &sample.encoded, 100));
        }
    }
}

/// Encodes pieces as a stream.
pub(super) fn encode_stream(
    subject: &Subject,
    pieces: &[&[u8]],
    len: Option<u64>,
) -> Result<Vec<u8>, CodecError> {
    let (mut bytes, mut ends) = (Vec::new(), 0);
    subject.guard("encodes a stream", &pieces.concat(), || {
        let mut sink = Arc::clone(&subject.codec).encoder(len, Collect::sink(&mut bytes, &mut ends))?;
        pieces.iter().try_for_each(|piece| sink.write(piece))?;
        sink.finish()
    })?;
    subject.check(
        ends == 1,
        "encoder",
        Hex(&bytes),
        format_args!("the sink behind is finished {ends} times"),
        "once",
    );
    Ok(bytes)
}

/// Decodes a stream that arrives by `step` bytes, asking for `room` bytes at a time.
fn decode_stream(subject: &Subject, encoded: &[u8], step: usize, room: usize) -> Result<Vec<u8>, CodecError> {
    read_all(subject, Arrive { rest: encoded, step, then_fails: false }, encoded, room)
}

fn read_all(
    subject: &Subject,
    source: Arrive<'_>,
    encoded: &[u8],
    room: usize,
) -> Result<Vec<u8>, CodecError> {
    subject.guard("decodes a stream", encoded, || {
        let limits = DecodeLimits::new().with_max_bytes(CEILING);
        let mut decoder = Arc::clone(&subject.codec).decoder(Box::new(source), &limits)?;
        let (mut bytes, mut buf) = (Vec::new(), vec![0; room]);
        loop {
            let n = decoder.read(&mut buf)?;
            if n == 0 {
                let more = decoder.read(&mut buf)?;
                subject.check(
                    more == 0,
                    "decoder",
                    Hex(encoded),
                    format_args!("{more} bytes come after the end"),
                    "0",
                );
                return Ok(bytes);
            }
            bytes.extend_from_slice(&buf[..n]);
            if bytes.len() > CEILING {
                // In a chain it is the chain that stops here.
                return Err(CodecError::new(ErrorKind::Limit, "the law's ceiling is passed"));
            }
        }
    })
}

/// A sink that keeps what is written to it.
struct Collect<'a> {
    bytes: &'a mut Vec<u8>,
    ends: &'a mut usize,
}

impl<'a> Collect<'a> {
    fn sink(bytes: &'a mut Vec<u8>, ends: &'a mut usize) -> BoxSink<'a> {
        Box::new(Self { bytes, ends })
    }
}

impl Sink for Collect<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), CodecError> {
        *self.ends += 1;
        Ok(())
    }
}

/// A sink that fails once it is full.
struct Full {
    room: usize,
}

impl Sink for Full {
    fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        let room = self.room.checked_sub(bytes.len());
        self.room = room.ok_or_else(|| CodecError::new(ErrorKind::Io, "the sink is full"))?;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), CodecError> {
        Err(CodecError::new(ErrorKind::Io, "the sink cannot be finished"))
    }
}

/// A source that gives at most `step` bytes at a time, then ends or fails.
struct Arrive<'a> {
    rest: &'a [u8],
    step: usize,
    then_fails: bool,
}

impl Source for Arrive<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let n = buf.len().min(self.step).min(self.rest.len());
        if n == 0 && self.then_fails {
            return Err(CodecError::new(ErrorKind::Io, "the source fails"));
        }
        let (now, later) = self.rest.split_at(n);
        buf[..n].copy_from_slice(now);
        self.rest = later;
        Ok(n)
    }
}
