//! Laws of encoding and decoding whole buffers.

use ndcodec_core::{Buffer, CodecError, Content, ErrorKind, Input, Output};

use crate::laws::Subject;
use crate::laws::data::{Random, damaged};
use crate::laws::subject::{CEILING, ENCODES, Hex, Outcome};

/// What was encoded decodes to the input, into a `Vec` and into a `Buffer`. An input that a codec refuses, it refuses
/// each time.
pub fn round_trip(subject: &Subject) {
    const LAW: &str = "round_trip";
    for sample in &subject.samples {
        let decoded = subject.decode(&sample.encoded);
        let is_same = decoded.as_ref().is_ok_and(|decoded| *decoded == sample.decoded);
        let expected = Hex(&sample.decoded);
        subject.check(
            is_same,
            LAW,
            sample.name,
            format_args!("it decodes to {}", Outcome(&decoded)),
            expected,
        );
        let mut buffer = Buffer::new();
        let result = subject.decode_into(&sample.encoded, Output::to_buffer(&mut buffer).limited(CEILING));
        let is_same = result.is_ok() && *buffer == *sample.decoded;
        subject.check(
            is_same,
            LAW,
            sample.name,
            format_args!("into a `Buffer` it decodes to {}", Hex(&buffer)),
            Hex(&sample.decoded),
        );
    }
    for (name, input) in &subject.refused {
        let is_refused = subject.encode(input).is_err_and(|error| error.kind() == ErrorKind::Input);
        subject.check(is_refused, LAW, name, "it is refused only once", "an error of kind `Input` each time");
    }
}

/// A codec that says it gives text gives printable ASCII that needs no escape in JSON, but for what a parameter asks for.
pub fn text(subject: &Subject) {
    if !subject.promises.is_text {
        return;
    }
    let is_escaped = |byte: u8| matches!(byte, b'"' | b'\\');
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && (!is_escaped(byte) || subject.asks_for(byte));
    for sample in &subject.samples {
        if let Some(at) = sample.encoded.iter().position(|&byte| !is_plain(byte)) {
            let found = format_args!("byte {at} is {:#04x}", sample.encoded[at]);
            subject.fail("text", sample.name, found, "printable ASCII without `\"` and `\\`");
        }
    }
}

/// What is in a `Vec` or `Buffer` before stays, and what is encoded or decoded follows it.
pub fn existing_bytes(subject: &Subject) {
    const BEFORE: &[u8] = b"bytes before";
    let check = |case: &str, way: &str, all: &[u8], added: &[u8], result: Result<usize, CodecError>| {
        let case = format_args!("{case}, {way}");
        match result {
            Ok(len) => subject.check(
                len == added.len() && all.starts_with(BEFORE) && all[BEFORE.len()..] == *added,
                "existing_bytes",
                case,
                format_args!("there is {}", Hex(all)),
                format_args!("`{}`, then {}", BEFORE.escape_ascii(), Hex(added)),
            ),
            Err(error) => subject.fail("existing_bytes", case, error, Hex(added)),
        }
    };
    for sample in subject.samples_within(8 << 10) {
        let mut vec = BEFORE.to_vec();
        let result = encode_into(subject, &sample.input, Output::to_vec(&mut vec));
        check(sample.name, "encoded into a `Vec`", &vec, &sample.encoded, result);
        let mut buffer = Buffer::from(BEFORE);
        let result = encode_into(subject, &sample.input, Output::to_buffer(&mut buffer));
        check(sample.name, "encoded into a `Buffer`", &buffer, &sample.encoded, result);
        let mut vec = BEFORE.to_vec();
        let result = subject.decode_into(&sample.encoded, Output::to_vec(&mut vec));
        check(sample.name, "decoded into a `Vec`", &vec, &sample.decoded, result);
        let mut buffer = Buffer::from(BEFORE);
        let result = subject.decode_into(&sample.encoded, Output::to_buffer(&mut buffer));
        check(sample.name, "decoded into a `Buffer`", &buffer, &sample.decoded, result);
    }
}

/// Decoding that fails leaves a `Vec` or `Buffer` as it was, and the codec fit for the next call.
pub fn failure(subject: &Subject) {
    const BEFORE: &[u8] = b"bytes before";
    let random = &mut Random::new(2);
    for sample in subject.samples_within(8 << 10) {
        let less = sample.decoded.len().saturating_sub(1);
        let damage = (0..subject.cases(32)).map(|_| (damaged(&sample.encoded, random), CEILING));
        for (encoded, limit) in damage.chain([(sample.encoded.clone(), less)]) {
            let mut vec = BEFORE.to_vec();
            let result = subject.decode_into(&encoded, Output::to_vec(&mut vec).limited(limit));
            let mut buffer = Buffer::from(BEFORE);
            let again = subject.decode_into(&encoded, Output::to_buffer(&mut buffer).limited(limit));
            let case = format_args!("{}, damaged to {}, limit {limit}", sample.name, Hex(&encoded));
            subject.check(
                result.is_ok() == again.is_ok(),
                "failure",
                case,
                "only one of two calls fails",
                "that both do or none",
            );
            if result.is_err() {
                subject.check(
                    vec == BEFORE,
                    "failure",
                    case,
                    format_args!("the `Vec` is left with {}", Hex(&vec)),
                    Hex(BEFORE),
                );
                subject.check(
                    *buffer == *BEFORE,
                    "failure",
                    case,
                    format_args!("the `Buffer` is left with {}", Hex(&buffer)),
                    Hex(BEFORE),
                );
            }
        }
        let decoded = subject.decode(&sample.encoded);
        let is_same = decoded.as_ref().is_ok_and(|decoded| *decoded == sample.decoded);
        subject.check(
            is_same,
            "failure",
            sample.name,
            format_args!("after failures it decodes to {}", Outcome(&decoded)),
            Hex(&sample.decoded),
        );
    }
}

/// An input that lies in parts is encoded as the joined one, byte for byte.
pub fn parts(subject: &Subject) {
    for sample in &subject.samples {
        for parts in partitions(&sample.input) {
            let encoded = encode_parts(subject, &parts);
            let lens = format_args!("{}, {} parts", sample.name, parts.len());
            let is_same = encoded.as_ref().is_ok_and(|encoded| *encoded == sample.encoded);
            let found = format_args!("it encodes to {}", Outcome(&encoded));
            subject.check(is_same, "parts", lens, found, Hex(&sample.encoded));
        }
    }
    for (name, input) in &subject.refused {
        let (a, b) = input.split_at(input.len() / 2);
        let result = encode_parts(subject, &[a, b]);
        subject.check(result.is_err(), "parts", name, "it is taken in parts", "an error, as for the whole");
    }
}

/// What is said to be a byte plane decodes to what it was, within the codec's bound, and a slice too short for it fails
/// with [`ErrorKind::OutputFull`]. A codec that gives no hint of a mode for planes encodes them as any bytes, and one that
/// does encodes some otherwise: a container relies on either.
pub fn planes(subject: &Subject) {
    const LAW: &str = "planes";
    let mut differs = false;
    for sample in &subject.samples {
        let mut plane = Vec::new();
        if let Err(error) = encode_plane_into(subject, &sample.input, Output::to_vec(&mut plane)) {
            subject.fail(LAW, sample.name, error, ENCODES);
        }
        differs |= plane != sample.encoded;
        let bound = subject.codec.max_encoded_len(sample.input.len());
        subject.check(
            bound.is_none_or(|bound| plane.len() <= bound),
            LAW,
            sample.name,
            format_args!("a plane of {} bytes", plane.len()),
            format_args!("the bound of {} bytes at most", bound.unwrap_or_default()),
        );
        let decoded = subject.decode(&plane);
        let is_same = decoded.as_ref().is_ok_and(|decoded| *decoded == sample.decoded);
        let expected = Hex(&sample.decoded);
        subject.check(
            is_same,
            LAW,
            sample.name,
            format_args!("it decodes to {}", Outcome(&decoded)),
            expected,
        );
        let mut short = vec![0; plane.len().saturating_sub(1)];
        let result = encode_plane_into(subject, &sample.input, Output::to_slice(&mut short));
        // What has no stable bytes may find a form that fits.
        let is_full = result.is_err_and(|error| error.kind() == ErrorKind::OutputFull);
        let may_pass = plane.is_empty() || !subject.promises.has_stable_bytes;
        subject.check(
            is_full || may_pass,
            LAW,
            sample.name,
            "a slice a byte too short is taken",
            "an error of kind `OutputFull`",
        );
    }
    for (name, input) in &subject.refused {
        let result = encode_plane_into(subject, input, Output::to_vec(&mut Vec::new()));
        subject.check(result.is_err(), LAW, name, "it is taken as a plane", "an error, as for any bytes");
    }
    let hinted = subject.codec.hints().has_plane_mode;
    let (found, expected) = if hinted {
        ("the codec hints at a mode for planes, but encodes them as any bytes", "other bytes for some plane")
    } else {
        (
            "the codec gives no hint of a mode for planes, but encodes them otherwise",
            "the bytes of other input",
        )
    };
    subject.check(hinted == differs, LAW, "every input", found, expected);
}

/// A codec that says how far back its matches reach does not find what lies further back: a container that trusts it would
/// choose worse filters.
pub fn window(subject: &Subject) {
    /// A window beyond this is as good as none, and would make the law slow.
    const WIDEST: usize = 1 << 20;
    const BLOCK: usize = 8 << 10;

    let Some(window) = subject.codec.hints().window.filter(|window| *window <= WIDEST) else { return };
    let random = &mut Random::new(11);
    let (block, between, other) =
        (random.bytes(BLOCK), random.bytes(window.saturating_add(BLOCK)), random.bytes(BLOCK));
    let len = |last: &[u8]| subject.encode(&[&block, &between, last].concat()).map(|encoded| encoded.len());
    let (Ok(repeated), Ok(fresh)) = (len(&block), len(&other)) else { return };
    subject.check(
        repeated + BLOCK / 8 >= fresh,
        "window",
        format_args!("{BLOCK} bytes again after {} others", between.len()),
        format_args!(
            "they make {repeated} bytes, and fresh ones {fresh}: matches reach further back than the window of {window}"
        ),
        format_args!("{} bytes at least", fresh.saturating_sub(BLOCK / 8)),
    );
}

/// One value serves many threads at once, and each gets what a single one gets.
pub fn threads(subject: &Subject) {
    const THREADS: usize = 8;
    let samples: Vec<_> = subject.samples_within(80 << 10).collect();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let samples = &samples;
            scope.spawn(move || {
                for round in 0..subject.cases(32) {
                    let sample = samples[(round + thread * 3) % samples.len()];
                    let encoded = subject.encode(&sample.input);
                    let is_same = encoded.as_ref().is_ok_and(|encoded| *encoded == sample.encoded);
                    subject.check(
                        is_same,
                        "threads",
                        sample.name,
                        format_args!("it encodes to {}", Outcome(&encoded)),
                        Hex(&sample.encoded),
                    );
                    let decoded = subject.decode(&sample.encoded);
                    let is_same = decoded.as_ref().is_ok_and(|decoded| *decoded == sample.decoded);
                    subject.check(
                        is_same,
                        "threads",
                        sample.name,
                        format_args!("it decodes to {}", Outcome(&decoded)),
                        Hex(&sample.decoded),
                    );
                }
            });
        }
    });
}

pub(super) fn encode_into(subject: &Subject, input: &[u8], mut out: Output<'_>) -> Result<usize, CodecError> {
    subject.guard("encodes", input, || {
        subject.codec.encode(&Input::new(&[input]), &mut out)?;
        Ok(out.finish())
    })
}

fn encode_plane_into(subject: &Subject, plane: &[u8], mut out: Output<'_>) -> Result<usize, CodecError> {
    subject.guard("encodes a plane", plane, || {
        subject.codec.encode(&Input::new(&[plane]).of(Content::BytePlane), &mut out)?;
        Ok(out.finish())
    })
}

pub(super) fn encode_parts(subject: &Subject, parts: &[&[u8]]) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    subject.guard("encodes parts", &parts.concat(), || {
        let mut out = Output::to_vec(&mut bytes);
        subject.codec.encode(&Input::new(parts), &mut out)?;
        out.finish();
        Ok(())
    })?;
    Ok(bytes)
}

/// `input` in pieces: as a whole, with empty ones around, a header before a payload, and in small ones.
pub(super) fn partitions(input: &[u8]) -> Vec<Vec<&[u8]>> {
    let mut partitions = vec![vec![input], vec![&[], input, &[], &[]]];
    if input.is_empty() {
        partitions.push(Vec::new());
        return partitions;
    }
    let at = |at: usize| input.split_at(at.min(input.len()));
    for (head, payload) in [at(1), at(3), at(64), at(128), at(input.len() / 2), at(input.len() - 1)] {
        partitions.push(vec![head, payload]);
        partitions.push(vec![head, &[], payload, &[]]);
    }
    let random = &mut Random::new(3);
    let mut rest = input;
    let mut uneven = Vec::new();
    while !rest.is_empty() {
        let (piece, later) = rest.split_at(rest.len().min(random.below(1 + input.len() / 4)));
        uneven.push(piece);
        rest = later;
        if uneven.len() == 64 {
            uneven.push(std::mem::take(&mut rest));
        }
    }
    partitions.push(uneven);
    if input.len() <= 8 << 10 {
        partitions.extend([1, 2, 7].map(|len| input.chunks(len).collect()));
    }
    partitions
}
