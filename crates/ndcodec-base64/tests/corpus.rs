//! Texts that other programs wrote, and texts that must be refused.

use ndcodec_base64 as _;
use ndcodec_core::stream::without_line_end;
use ndcodec_core::{Error, Pipeline};
use ndcodec_testkit::replay::decode_every_way;
use ndcodec_testkit::{Row, corpus_or_skip};
use serde_json::Value;

fn decode(stage: &str, text: &[u8]) -> Result<Vec<u8>, Error> {
    decode_every_way(&Pipeline::parse(stage).expect("the stage is linked"), text)
}

fn text_of(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).expect("ASCII"), 16).expect("hex"))
        .collect()
}

#[test]
fn a_strict_decoder_accepts_the_vectors_it_must() {
    let Some(corpus) = corpus_or_skip() else { return };
    let mut counts = (0, 0);
    for row in corpus.of_kind("base64/vectors") {
        let vectors: Value = serde_json::from_slice(&row.read()).unwrap();
        for vector in vectors.as_array().unwrap() {
            let text = text_of(vector["text_hex"].as_str().unwrap());
            let result = decode("base64", &text);
            // One line end behind a text is passed over, whatever other strict decoders do.
            let body = without_line_end(&text);
            if body.len() < text.len() {
                let expected = decode("base64", body).ok().filter(|_| !body.ends_with(b"\n"));
                assert_eq!(result.ok(), expected, "{vector}");
                continue;
            }
            if vector["strict_standard"] == "accept" {
                assert_eq!(result.unwrap(), text_of(vector["decoded_hex"].as_str().unwrap()), "{vector}");
                counts.0 += 1;
            } else {
                assert!(result.is_err(), "{vector}");
                counts.1 += 1;
            }
        }
    }
    assert!(counts.0 > 0 && counts.1 > 0, "{counts:?}");
}

#[test]
fn a_strict_decoder_rejects_malformed_texts() {
    let Some(corpus) = corpus_or_skip() else { return };
    let mut count = 0;
    for row in corpus.of_kind("base64/malformed") {
        let texts: Vec<String> = serde_json::from_slice(&row.read()).unwrap();
        for text in texts {
            // The strings are Latin-1: a character is a byte.
            let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
            if without_line_end(&bytes).is_empty() {
                continue;
            }
            assert!(decode("base64", &bytes).is_err(), "{text:?}");
            count += 1;
        }
    }
    assert!(count > 0);
}

/// The parameters that the row says are needed; of the url-safe alphabet it does not say whether it is padded.
fn chain_of(row: &Row) -> String {
    let mut args = Vec::new();
    if row.recipe.contains("base64url") {
        args.push("alphabet=url");
    }
    if row.recipe.contains("base64url") || row.proves.contains("[needs optional padding]") {
        args.push("pad=optional");
    }
    if row.proves.contains("[needs whitespace skipping]") {
        args.push("whitespace=true");
    }
    format!("base64({})", args.join(",")).replace("()", "")
}

#[test]
fn payloads_of_other_programs() {
    let Some(corpus) = corpus_or_skip() else { return };
    corpus.check("base64/payload", |row| Some(decode(&chain_of(row), &row.read())));
    corpus.check("numcodecs/base64", |row| Some(decode("base64", &row.read())));
}
