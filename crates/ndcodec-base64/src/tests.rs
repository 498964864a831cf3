//! The codec's own tests; laws and corpus are in `tests/`.

mod engine;

use std::sync::Arc;

use ndcodec_core::stream::{BoxSource, CHUNK, Source};
use ndcodec_core::{Codec, CodecError, DecodeLimits, ErrorKind, Input, LenClaim, Output, Sample};

use crate::{Alphabet, Base64, Padding, sniff};

const PADDINGS: [Padding; 3] = [Padding::Required, Padding::Forbidden, Padding::Optional];

fn codec(alphabet: Alphabet, padding: Padding, skips_whitespace: bool) -> Arc<Base64> {
    Arc::new(Base64::new(alphabet, padding, skips_whitespace))
}

fn strict() -> Arc<Base64> {
    codec(Alphabet::Standard, Padding::Required, false)
}

fn encode(codec: &Base64, parts: &[&[u8]]) -> Vec<u8> {
    let mut vec = Vec::new();
    let mut out = Output::to_vec(&mut vec);
    codec.encode(&Input::new(parts), &mut out).unwrap();
    out.finish();
    vec
}

fn decode(codec: &Base64, text: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut vec = Vec::new();
    let mut out = Output::to_vec(&mut vec);
    codec.decode(text, &mut out)?;
    out.finish();
    Ok(vec)
}

/// Gives at most `step` bytes at a time.
struct Slowly<'a> {
    rest: &'a [u8],
    step: usize,
}

impl Source for Slowly<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let n = buf.len().min(self.step).min(self.rest.len());
        buf[..n].copy_from_slice(&self.rest[..n]);
        self.rest = &self.rest[n..];
        Ok(n)
    }
}

fn decode_stream(codec: &Arc<Base64>, text: &[u8], step: usize, room: usize) -> Result<Vec<u8>, CodecError> {
    let source: BoxSource<'_> = Box::new(Slowly { rest: text, step });
    let mut source = codec.clone().decoder(source, &DecodeLimits::new())?;
    let (mut bytes, mut buf) = (Vec::new(), vec![0; room]);
    loop {
        match source.read(&mut buf)? {
            0 => return Ok(bytes),
            n => bytes.extend_from_slice(&buf[..n]),
        }
    }
}

/// RFC 4648 by the letter and bit by bit.
fn naive_decode(
    text: &[u8],
    alphabet: Alphabet,
    padding: Padding,
    skips_whitespace: bool,
) -> Option<Vec<u8>> {
    let digits = match alphabet {
        Alphabet::Standard => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        Alphabet::Url => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    };
    let text = text.strip_suffix(b"\n").map_or(text, |text| text.strip_suffix(b"\r").unwrap_or(text));
    let text: Vec<u8> =
        text.iter().copied().filter(|byte| !(skips_whitespace && b" \t\n\r\x0c".contains(byte))).collect();
    let body: Vec<u8> = text.iter().copied().take_while(|byte| *byte != b'=').collect();
    let pads = &text[body.len()..];
    let missing = body.len().wrapping_neg() % 4;
    let is_padded = pads.len() == missing && pads.iter().all(|byte| *byte == b'=');
    let is_fine = match padding {
        Padding::Required => is_padded,
        Padding::Forbidden => pads.is_empty(),
        Padding::Optional => is_padded || pads.is_empty(),
    };
    if !is_fine || body.len() % 4 == 1 {
        return None;
    }
    let mut bits = Vec::new();
    for byte in &body {
        let value = digits.bytes().position(|digit| digit == *byte)?;
        bits.extend((0..6).rev().map(|bit| value >> bit & 1 == 1));
    }
    let whole = bits.len() / 8 * 8;
    if bits[whole..].contains(&true) {
        return None;
    }
    Some(
        bits[..whole]
            .chunks(8)
            .map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit)))
            .collect(),
    )
}

fn xorshift(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    (0..len).map(|_| xorshift(&mut state).to_le_bytes()[5]).collect()
}

#[test]
fn the_vectors_of_the_rfc() {
    let pairs = [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
    ];
    for (bytes, text) in pairs {
        assert_eq!(encode(&strict(), &[bytes.as_bytes()]), text.as_bytes());
        assert_eq!(decode(&strict(), text.as_bytes()).unwrap(), bytes.as_bytes());
    }
}

/// Every text of few characters, in every mode, in one shot and as a stream.
#[test]
fn agrees_with_a_naive_decoder_on_all_short_texts() {
    for alphabet in [Alphabet::Standard, Alphabet::Url] {
        for padding in PADDINGS {
            for skips_whitespace in [false, true] {
                let codec = codec(alphabet, padding, skips_whitespace);
                for len in 0..=6 {
                    for number in 0..6usize.pow(len) {
                        let text: Vec<u8> =
                            (0..len).map(|place| b"AQ+_=\n"[number / 6usize.pow(place) % 6]).collect();
                        let expected = naive_decode(&text, alphabet, padding, skips_whitespace);
                        assert_eq!(decode(&codec, &text).ok(), expected, "{codec:?} on {text:?}");
                        if number % 7 == 0 {
                            assert_eq!(
                                decode_stream(&codec, &text, 1, 2).ok(),
                                expected,
                                "{codec:?} on {text:?}"
                            );
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn agrees_with_a_naive_decoder_on_damaged_texts() {
    let mut state = 11;
    for round in 0..600usize {
        let codec = codec(Alphabet::Standard, PADDINGS[round % 3], round % 2 == 0);
        let mut text = encode(&codec, &[&noise(round, round as u64)]);
        let len = text.len();
        for _ in 0..round % 3 {
            let random = xorshift(&mut state);
            if let Some(byte) = text.get_mut(usize::try_from(random >> 32).unwrap() % len.max(1)) {
                *byte = b"A/=\n_\xff"[usize::from(random.to_le_bytes()[0]) % 6];
            }
        }
        let expected = naive_decode(&text, Alphabet::Standard, codec.rules.padding, codec.skips_whitespace);
        assert_eq!(decode(&codec, &text).ok(), expected, "{}", text.escape_ascii());
    }
}

#[test]
fn parts_and_streams_give_the_bytes_of_one_shot() {
    for len in [0, 1, 2, 3, 100, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK / 4, 1 << 20] {
        let bytes = noise(len, 5);
        for padding in PADDINGS {
            let codec = codec(Alphabet::Url, padding, false);
            let text = encode(&codec, &[&bytes]);
            for cut in [0, 1, 2, 3, 64, len / 2].map(|cut| cut.min(len)) {
                let (a, b) = bytes.split_at(cut);
                assert_eq!(encode(&codec, &[a, b]), text);
                assert_eq!(encode(&codec, &[&[], a, &[], &b[..b.len() / 2], &b[b.len() / 2..]]), text);
            }
            for (step, room) in [(1, 5000), (4099, 1), (usize::MAX, 1 << 20), (CHUNK, 100)] {
                assert!(decode_stream(&codec, &text, step, room).unwrap() == bytes);
            }
        }
    }
}

/// What a stream says of a fault, and where, is what one shot says, however far in it is.
#[test]
fn streams_report_what_one_shot_reports() {
    let digits = encode(&strict(), &[&noise(2 * CHUNK, 3)]);
    for at in [0, 5, CHUNK - 5, CHUNK - 4, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, digits.len() - 1] {
        for fault in [&b"="[..], b"==", b"\n", b"A===", b"!"] {
            for skips_whitespace in [false, true] {
                let codec = codec(Alphabet::Standard, Padding::Required, skips_whitespace);
                let text = [&digits[..at], fault, &digits[at..]].concat();
                let (whole, piecewise) = (decode(&codec, &text), decode_stream(&codec, &text, 4096, 4096));
                match (whole, piecewise) {
                    (Ok(a), Ok(b)) => assert!(a == b && skips_whitespace),
                    (Err(a), Err(b)) => {
                        assert_eq!((a.to_string(), a.kind()), (b.to_string(), b.kind()), "{fault:?} at {at}");
                    }
                    (a, b) => panic!("{fault:?} at {at}: {} but {}", a.is_ok(), b.is_ok()),
                }
            }
        }
    }
}

#[test]
fn whitespace_is_skipped_wherever_it_stands() {
    let bytes = noise(100_000, 9);
    let digits = encode(&strict(), &[&bytes]);
    let codec = codec(Alphabet::Standard, Padding::Required, true);
    for width in [1, 2, 3, 4, 5, 16, 64, 76, 77] {
        let text: Vec<u8> =
            digits.chunks(width).flat_map(|line| [line, &b" \r\n\t"[..1 + width % 4]].concat()).collect();
        assert!(decode(&codec, &text).unwrap() == bytes);
        assert!(decode_stream(&codec, &text, 1000, 1000).unwrap() == bytes);
        assert!(decode(&strict(), &text).is_err());
    }
    assert_eq!(decode(&codec, b" \n").unwrap(), b"");
    assert!(decode(&codec, "QUJD\u{a0}".as_bytes()).is_err(), "only ASCII whitespace is skipped");
    assert!(decode(&codec, b"QUJD\x0b").is_err(), "vertical tab is not ASCII whitespace");
}

#[test]
fn messages() {
    let lax = codec(Alphabet::Standard, Padding::Optional, true);
    let bare = codec(Alphabet::Url, Padding::Forbidden, false);
    for (codec, text, kind, message) in [
        (
            &strict(),
            "QUJD\n\n",
            ErrorKind::Corrupt,
            "the byte 0x0a is not a digit of the standard alphabet (at byte 4)",
        ),
        (&strict(), "QU-D", ErrorKind::Corrupt, "`-` is not a digit of the standard alphabet (at byte 2)"),
        (&strict(), "QUJ", ErrorKind::Truncated, "the input ends without its padding (at byte 3)"),
        (
            &strict(),
            "QUJDR",
            ErrorKind::Truncated,
            "the input ends after one digit of a group of four (at byte 5)",
        ),
        (&strict(), "QQ=", ErrorKind::Truncated, "the input ends inside the padding (at byte 3)"),
        (&strict(), "QQ=A", ErrorKind::Corrupt, "`A` stands inside the padding (at byte 3)"),
        (&strict(), "AAAA=", ErrorKind::Corrupt, "padding stands where a group of four begins (at byte 4)"),
        (
            &strict(),
            "A===",
            ErrorKind::Corrupt,
            "padding stands after one digit of a group of four (at byte 1)",
        ),
        (&strict(), "QQ==QQ==", ErrorKind::Trailing, "the text goes on after its padding (at byte 4)"),
        (
            &strict(),
            "Zh==",
            ErrorKind::Corrupt,
            "the last 4 bits of the last digit `h` are not zero (at byte 1)",
        ),
        (
            &lax,
            "Z\n\nm9",
            ErrorKind::Corrupt,
            "the last 2 bits of the last digit `9` are not zero (at byte 4)",
        ),
        (&bare, "QQ==", ErrorKind::Corrupt, "the text is padded, which `pad=false` refuses (at byte 2)"),
        (&bare, "Q+AA", ErrorKind::Corrupt, "`+` is not a digit of the url-safe alphabet (at byte 1)"),
    ] {
        let error = decode(codec, text.as_bytes()).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, message), "{text:?}");
    }
}

#[test]
fn claims_are_exact_but_for_whitespace() {
    assert_eq!(strict().claimed_len(b"Zm9vYg=="), LenClaim::Exact(4));
    assert_eq!(strict().claimed_len(b"Zm9vYg="), LenClaim::Unknown);
    let lax = codec(Alphabet::Standard, Padding::Required, true);
    assert_eq!(lax.claimed_len(b"Zm9v\nYg=="), LenClaim::AtMost(9));
}

#[test]
fn sniffs_the_parameters_that_decode() {
    let stage = |text: &str, is_whole| {
        let bytes = text.as_bytes();
        let sample = if is_whole { Sample::whole(bytes) } else { Sample::prefix(bytes) };
        sniff::sniff(&sample).map(|sniffed| sniffed.stage)
    };
    for (text, expected) in [
        ("Zm9vYg==", Some("base64")),
        ("Zm9vYg==\n", Some("base64")),
        ("Zm9vYg==\r\n", Some("base64")),
        ("Zm9vYg==\n\n", Some("base64(whitespace=true)")),
        ("Zm9vYg", Some("base64(pad=false)")),
        ("Zm9v\r\nYg", Some("base64(pad=false,whitespace=true)")),
        ("_m9vYg==", Some("base64(alphabet=url)")),
        ("_m9vYg", Some("base64(alphabet=url,pad=false)")),
        ("_m9v\nYg", Some("base64(alphabet=url,pad=false,whitespace=true)")),
        ("_m9v\nYg==", Some("base64(alphabet=url,whitespace=true)")),
        ("_/AA", None),
        ("Zm9vY", None),
        ("Zm=v", None),
        ("Zm9vY===", None),
        ("====", None),
        ("Zm9", None),
        ("{\"a\": 1}", None),
        ("\n\n\n\n", None),
        ("", None),
    ] {
        assert_eq!(stage(text, true), expected, "{text:?}");
    }
    assert_eq!(stage("Zm9vY", false), Some("base64"));
    assert_eq!(stage("_m9vY", false), Some("base64(alphabet=url,pad=optional)"));
}

/// What decides is the beginning and the end, and of letters alone also what is between; the time of it does not grow with
/// the text otherwise.
#[test]
fn long_text_is_sniffed_as_short_text_is() {
    let stage = |text: &[u8]| sniff::sniff(&Sample::whole(text)).map(|sniffed| sniffed.stage);
    let letters = [b'A'; 100_000];
    for (bytes, expected) in [
        ([&letters[..], b""].concat(), Some("base64")),
        ([&letters[..], b"\n"].concat(), Some("base64")),
        ([&letters[..], b"Zg=="].concat(), Some("base64")),
        ([&letters[..], b"Zg"].concat(), Some("base64(pad=false)")),
        ([&letters[..], b"Z"].concat(), None),
        ([&letters[..], b"Zg==="].concat(), None),
        ([&letters[..], b"+/aa", &letters[..]].concat(), Some("base64")),
        ([&letters[..], b"-_aa", &letters[..]].concat(), Some("base64(alphabet=url)")),
        ([&letters[..], b"-/aa", &letters[..]].concat(), None),
        ([b"aa-a", &letters[..], b"Zg"].concat(), Some("base64(alphabet=url,pad=false)")),
        ([b"aa\na", &letters[..], b"\na"].concat(), Some("base64(whitespace=true)")),
        ([b"aaaa\n", &letters[..], b"\nZg==\n\n"].concat(), Some("base64(whitespace=true)")),
        ([b"aa?a", &letters[..]].concat(), None),
        ([b"====", &letters[..]].concat(), None),
        ([&letters[..], b"{}"].concat(), None),
    ] {
        let end = String::from_utf8_lossy(&bytes[bytes.len() - 6..]).into_owned();
        assert_eq!(stage(&bytes), expected, "…{end:?}");
    }
}

/// Every byte in front of, inside and behind a text: it is one line end behind it, or passed over by a parameter that says
/// so, or it is an error; in one shot and as a stream alike, and never other data but for a further digit.
#[test]
fn every_byte_anywhere_is_read_or_refused_at_its_place() {
    for len in [4, 7, CHUNK] {
        let bytes = noise(len, 4);
        for skips_whitespace in [false, true] {
            let codec = codec(Alphabet::Standard, Padding::Required, skips_whitespace);
            let plain = encode(&codec, &[&bytes]);
            let padding = plain.iter().filter(|byte| **byte == b'=').count();
            for place in [0, plain.len() / 2, plain.len()] {
                for byte in 0..=255_u8 {
                    let text = [&plain[..place], &[byte], &plain[place..]].concat();
                    let (whole, streamed) = (decode(&codec, &text), decode_stream(&codec, &text, 5000, 5000));
                    let is_end = place == plain.len() && byte == b'\n';
                    let is_skipped = skips_whitespace && byte.is_ascii_whitespace();
                    match (whole, streamed) {
                        (Ok(a), Ok(b)) => {
                            assert!(is_end || is_skipped, "{byte:#04x} at {place} of {len} is passed over");
                            assert!(a == b && a == bytes);
                        }
                        (Err(a), Err(b)) => {
                            assert!(!is_end && !is_skipped, "{byte:#04x} at {place}: {a}");
                            assert_eq!((a.to_string(), a.kind()), (b.to_string(), b.kind()));
                            assert_eq!(a.help(), b.help(), "{byte:#04x} at {place}");
                            let is_digit = Alphabet::Standard.value(byte).is_some() || byte == b'=';
                            let is_in_digits = place < plain.len() - padding;
                            if !is_digit && (is_in_digits || padding == 0) {
                                assert_eq!(a.offset(), Some(place as u64), "{byte:#04x}: {a}");
                            }
                        }
                        (a, b) => {
                            panic!("{byte:#04x} at {place}: {} but as a stream {}", a.is_ok(), b.is_ok())
                        }
                    }
                }
            }
        }
    }
}

/// What surrounds and interrupts texts on their way, and what is said of it.
#[test]
fn help_names_what_happened_to_the_text() {
    let url = codec(Alphabet::Url, Padding::Required, false);
    for (codec, text, help) in [
        (&strict(), "QU-D", "`base64(alphabet=url)`"),
        (&strict(), "QU_DQQ", "`base64(alphabet=url,pad=optional)`"),
        (&url, "QU+D", "`base64`"),
        (&strict(), "Q+-D", "both alphabets"),
        (&strict(), "QUJ", "`base64(pad=optional)`"),
        (&strict(), "\"QUJD\"", "in quotes"),
        (&strict(), "'QUJD'", "in quotes"),
        (&strict(), "QUJD\"", "a quote ends the text"),
        (&strict(), "b'QUJD'", "`b'…'`"),
        (&strict(), "QU\\/D", "`\\/` is JSON's escape"),
        (&strict(), "QUJD\\n", "`\\n` is the escape of a line end"),
        (&strict(), "QU\\u002bD", "`\\u002b` is JSON's escape"),
        (&strict(), "QQ%3D%3D", "`%3D` is an escape of a URL"),
        (&strict(), "QQ%3d%3d", "`%3d` is an escape of a URL"),
        (&strict(), "QU&#43;D", "`&#43;` is an escape of HTML"),
        (&strict(), "QQ=3D=3D", "quoted-printable"),
        (&strict(), "QUJD=\nQUJD", "quoted-printable"),
        (&strict(), "\u{feff}QUJD", "byte-order mark"),
        (&strict(), "Q\0U\0J\0D\0", "UTF-16"),
        (&strict(), "QUJD\0\0", "NUL"),
        (&strict(), "QUJD QUJD", "`base64(whitespace=true)`"),
        (&strict(), "QUJD\n\n", "`base64(whitespace=true)`"),
        (&strict(), "QU D", "it was a `+`"),
        (&strict(), "QUJD...", "text that was cut"),
        (&strict(), "QUJD,QUJD", "separates texts"),
        (&strict(), "QQ==QQ==", "one behind the other"),
        (&strict(), "data:text/plain;base64,QUJD", "`dataurl`"),
        (&strict(), "-----BEGIN DATA-----\nQUJD\n", "PEM"),
        (&strict(), "{\"x\": \"QUJD\"}", "JSON"),
        (&strict(), "<a>QUJD</a>", "XML"),
        (&strict(), "data/x.npy", "a path"),
        (&strict(), "https://example.org/x", "an address"),
    ] {
        let (whole, streamed) =
            (decode(codec, text.as_bytes()), decode_stream(codec, text.as_bytes(), 1, 100));
        let (whole, streamed) = (whole.unwrap_err(), streamed.unwrap_err());
        assert!(whole.help().is_some_and(|found| found.contains(help)), "{text:?}: {:?}", whole.help());
        assert_eq!(whole.help(), streamed.help());
    }
    let utf16 = [0xff, 0xfe, b'Q', 0, b'U', 0];
    assert!(decode(&strict(), &utf16).unwrap_err().help().unwrap().contains("UTF-16"));
}
