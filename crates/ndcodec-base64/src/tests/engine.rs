//! The fast engine beside the package `base64`: the same texts, the same bytes, the same verdicts.

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose};

use super::{PADDINGS, noise};
use crate::engine::Engine;
use crate::{Alphabet, Padding};

const ALPHABETS: [(Alphabet, &base64::alphabet::Alphabet); 2] =
    [(Alphabet::Standard, &base64::alphabet::STANDARD), (Alphabet::Url, &base64::alphabet::URL_SAFE)];

/// Bytes behind the room, which nobody may touch.
const GUARD: usize = 64;

fn oracle(alphabet: &base64::alphabet::Alphabet, is_padded: bool) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_encode_padding(is_padded)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, config)
}

/// Decodes `text` by the engine alone that is under test, in a room of `room` bytes.
fn decode_fast(engine: &Engine, text: &[u8], room: usize) -> Option<Vec<u8>> {
    let mut memory = vec![0xa5; room + GUARD];
    let len = engine.decode_fast(text, &mut memory[..room]);
    assert!(memory[room..].iter().all(|byte| *byte == 0xa5), "bytes behind the room were touched");
    memory.truncate(len?);
    Some(memory)
}

#[test]
fn every_length_is_the_same_both_ways() {
    for len in (0..520).chain([4095, 4096, 4097, 70_000]) {
        let bytes = noise(len, len as u64 + 1);
        for (alphabet, table) in ALPHABETS {
            for padding in PADDINGS {
                let engine = Engine::new(alphabet, padding);
                let oracle = oracle(table, padding != Padding::Forbidden);
                let expected = oracle.encode(&bytes);
                let mut text = vec![0; expected.len()];
                assert_eq!(engine.encode(&bytes, &mut text).unwrap(), expected.len());
                assert!(text == expected.as_bytes(), "{alphabet:?} {padding:?} {len}");
                for room in [len, len + 1, Engine::best_room(text.len()), len + 500] {
                    let decoded = decode_fast(&engine, &text, room);
                    assert!(decoded.is_some_and(|decoded| decoded == bytes), "{alphabet:?} {len} in {room}");
                }
            }
        }
    }
}

/// What the fast engine takes, `base64` takes too, for the same bytes; and it takes all that is sound.
#[test]
fn damaged_texts_get_the_same_verdict() {
    let damage = b"=-_+/\0\x7f\x80\xff \n!Aa0";
    let engine = Engine::new(Alphabet::Standard, Padding::Required);
    let oracle = oracle(&base64::alphabet::STANDARD, true);
    let (mut taken, mut refused) = (0, 0);
    for len in (1..200).chain([255, 256, 257, 1000]) {
        let sound = oracle.encode(noise(len, 9)).into_bytes();
        for at in 0..sound.len() {
            let mut text = sound.clone();
            text[at] = damage[(at * 7 + len) % damage.len()];
            let expected = oracle.decode(&text).ok();
            for room in [len, Engine::best_room(text.len())] {
                let found = decode_fast(&engine, &text, room);
                // A text with more padding than it had is shorter; one with less does not fit.
                assert!(
                    found == expected || expected.as_ref().is_some_and(|decoded| decoded.len() > room),
                    "{} in {room}",
                    text.escape_ascii()
                );
            }
            *if expected.is_some() { &mut taken } else { &mut refused } += 1;
        }
    }
    assert!(taken > 1000 && refused > 1000, "{taken} and {refused}");
}

#[test]
fn bits_that_belong_to_no_byte_are_refused() {
    let engine = Engine::new(Alphabet::Standard, Padding::Optional);
    for prefix in ["", "AAAA", &"A".repeat(64), &"A".repeat(1000)] {
        for last in ["AB==", "AP==", "AAB=", "AAD=", "AB", "AAB"] {
            let text = format!("{prefix}{last}");
            let room = Engine::best_room(text.len());
            assert_eq!(decode_fast(&engine, text.as_bytes(), room), None, "{text}");
            assert!(general_purpose::STANDARD.decode(&text).is_err());
        }
    }
}

/// Larger than the last-level cache of most machines: then the engine writes past it.
#[test]
fn what_is_larger_than_the_cache_is_the_same() {
    let bytes = noise(48 << 20, 2);
    let engine = Engine::new(Alphabet::Standard, Padding::Required);
    let expected = general_purpose::STANDARD.encode(&bytes);
    // At an odd place, as streaming stores want an even one.
    let mut text = vec![0; expected.len() + 1];
    assert_eq!(engine.encode(&bytes, &mut text[1..]).unwrap(), expected.len());
    assert!(text[1..] == *expected.as_bytes());
    let mut decoded = vec![0; bytes.len() + 3];
    assert!(engine.decode(&text[1..], bytes.len(), &mut decoded[3..]));
    assert!(decoded[3..] == bytes);
}
