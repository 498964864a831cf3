//! Laws of input that no encoder wrote.

use ndcodec_core::{CodecError, LenClaim, Output};

use crate::laws::data::{Random, cuts, damaged};
use crate::laws::subject::{Hex, Outcome, Sample};
use crate::laws::{Effort, Subject};

/// An encoded form that is cut anywhere fails to decode, where the codec says that it detects this; elsewhere it fails
/// or decodes to the beginning of the data, never to all of them. (A filter, to fewer bytes; a text codec may do without
/// the padding at the end, and so give them all.)
pub fn truncation(subject: &Subject) {
    for sample in &subject.samples {
        let all = if subject.effort == Effort::Full { 2048 } else { 512 };
        for cut in cuts(sample.encoded.len(), all) {
            if cut == sample.encoded.len() {
                continue;
            }
            let result = subject.decode(&sample.encoded[..cut]);
            let holds = match &result {
                Err(_) => true,
                Ok(_) if subject.promises.detects_truncation => false,
                Ok(part) if subject.promises.is_filter => part.len() < sample.decoded.len(),
                Ok(part) if *part == sample.decoded => {
                    subject.promises.is_text && sample.encoded.len() - cut <= 2
                }
                Ok(part) => sample.decoded.starts_with(part),
            };
            let case = format_args!("{}, {} cut to {cut}", sample.name, Hex(&sample.encoded));
            let expected = if subject.promises.detects_truncation {
                "an error, since the codec promises to detect it"
            } else {
                "an error, or a beginning of the data"
            };
            let found = format_args!("it decodes to {}", Outcome(&result));
            subject.check(holds, "truncation", case, found, expected);
        }
    }
}

/// Bytes after the end fail to decode or decode to other data, as a further member does; they are never ignored. Only
/// a text codec may ignore a line end, or a blank, and then before the text too; and a codec that says so may ignore zeros,
/// with nothing behind them.
pub fn trailing(subject: &Subject) {
    for sample in &subject.samples {
        let some = [0, b'\n', b' ', b'=', b'A', 0xff, sample.encoded.first().copied().unwrap_or(1)];
        let every: Vec<u8> = (0..=255).collect();
        let tails = if sample.encoded.len() <= 512 && subject.cases(8) == 8 { &every[..] } else { &some };
        for &byte in tails {
            let result = subject.decode(&[&sample.encoded[..], &[byte]].concat());
            let is_blank = subject.promises.is_text && byte.is_ascii_whitespace();
            let holds = match &result {
                Ok(decoded) if *decoded == sample.decoded && byte == 0 && subject.promises.is_zero_padded => {
                    subject.decode(&[&sample.encoded[..], &[0, 1]].concat()).is_err()
                }
                Ok(decoded) if *decoded == sample.decoded && byte == b'\n' && subject.promises.is_text => {
                    true
                }
                Ok(decoded) if *decoded == sample.decoded => {
                    let before = subject.decode(&[&[byte], &sample.encoded[..]].concat());
                    is_blank && before.is_ok_and(|before| before == sample.decoded)
                }
                _ => true,
            };
            let case = format_args!("{}, {}", sample.name, Hex(&sample.encoded));
            let found = format_args!("a byte {byte:#04x} after it is ignored");
            subject.check(holds, "trailing", case, found, "an error, or other data");
        }
        let twice = subject.decode(&sample.encoded.repeat(2));
        let is_ignored = twice.is_ok_and(|twice| twice == sample.decoded) && !sample.decoded.is_empty();
        subject.check(
            !is_ignored,
            "trailing",
            sample.name,
            "a second copy of it is ignored",
            "an error, or other data",
        );
    }
}

/// A claimed length is right for all that decodes, and not trusted: a few bytes that claim gigabytes do not make
/// the codec take the memory.
pub fn claims(subject: &Subject) {
    /// More than any codec makes of so few bytes, and less than a claim of 32 bits may say.
    const FEW: usize = 512;
    const MUCH: usize = 64 << 20;
    for sample in &subject.samples {
        claim_is_right(subject, sample.name, &sample.encoded, &sample.decoded);
        let twice = sample.encoded.repeat(2);
        if let Ok(decoded) = subject.decode(&twice) {
            claim_is_right(subject, sample.name, &twice, &decoded);
        }
    }
    let random = &mut Random::new(4);
    for sample in subject.samples_within(FEW) {
        for encoded in
            header_damage(sample).chain((0..subject.cases(64)).map(|_| damaged(&sample.encoded, random)))
        {
            let mut vec = Vec::new();
            let result = subject.decode_into(&encoded, Output::to_vec(&mut vec).limited(1 << 30));
            let (taken, case) = (vec.capacity(), format_args!("{}", Hex(&encoded)));
            let what = format_args!("{taken} bytes of memory are taken for it");
            subject.check(taken <= MUCH, "claims", case, what, format_args!("{MUCH} at most"));
            if result.is_ok() {
                claim_is_right(subject, sample.name, &encoded, &vec);
            }
        }
    }
}

fn claim_is_right(subject: &Subject, name: &str, encoded: &[u8], decoded: &[u8]) {
    let claim = subject.guard("reads its claim", encoded, || subject.codec.claimed_len(encoded));
    let len = decoded.len() as u64;
    let is_right = match claim {
        LenClaim::Exact(claim) => claim == len,
        LenClaim::AtMost(claim) => claim >= len,
        LenClaim::Unknown => true,
        // These laws do not hold a claim that they do not know.
        _ => false,
    };
    let case = format_args!("{name}, {}", Hex(encoded));
    let found = format_args!("it claims {claim:?} and decodes to {len} bytes");
    subject.check(is_right, "claims", case, found, "a claim that is right");
}

/// Random bytes and damaged input never make a codec panic or pass a limit.
pub fn garbage(subject: &Subject) {
    const LIMIT: usize = 1 << 20;
    let random = &mut Random::new(5);
    let decode = |encoded: &[u8]| -> Result<usize, CodecError> {
        subject.guard("reads its claim", encoded, || subject.codec.claimed_len(encoded));
        let mut vec = Vec::new();
        let result = subject.decode_into(encoded, Output::to_vec(&mut vec).limited(LIMIT));
        let len = *result.as_ref().unwrap_or(&0);
        let what = format_args!("{len} bytes pass the limit of {LIMIT}");
        let holds = vec.len() <= LIMIT && vec.len() == len;
        subject.check(holds, "garbage", Hex(encoded), what, format_args!("{LIMIT} at most"));
        result
    };
    for round in 0..subject.cases(512) {
        let len = random.below(1 + round);
        // An error is as good as a result here.
        drop(decode(&random.bytes(len)));
    }
    for sample in subject.samples_within(80 << 10) {
        let rounds = if sample.encoded.len() <= 512 { 256 } else { 16 };
        for _ in 0..subject.cases(rounds) {
            let once = damaged(&sample.encoded, random);
            drop(decode(&once));
            drop(decode(&damaged(&once, random)));
        }
    }
    for sample in subject.samples_within(8 << 10) {
        header_damage(sample).for_each(|encoded| drop(decode(&encoded)));
    }
}

/// The first bytes of a sample made small, large and as large as they can be, alone and with their neighbours: lengths
/// stand there.
fn header_damage(sample: &Sample) -> impl Iterator<Item = Vec<u8>> {
    let places = (0..sample.encoded.len().min(24)).flat_map(|at| [1, 4, 8].map(|len| (at, len)));
    places.flat_map(|(at, len)| {
        [0x00, 0x10, 0x7f, 0xff].map(|byte| {
            let mut encoded = sample.encoded.clone();
            let end = encoded.len().min(at + len);
            encoded[at..end].fill(byte);
            encoded
        })
    })
}
