//! Checksums that other programs computed: verified, and written again to the same bytes.

use ndcodec_checksum as _;
use ndcodec_core::Pipeline;
use ndcodec_testkit::replay::there_and_back;
use ndcodec_testkit::{Outcome, corpus_or_skip};
use serde_json::Value;

#[test]
fn framed() {
    let Some(corpus) = corpus_or_skip() else { return };
    corpus.check("checksum/framed", |row| {
        let word = row.recipe.strip_prefix("bytes|")?;
        match (word, ["start", "end"].into_iter().find(|at| row.proves.contains(&format!("location={at}")))) {
            ("jenkins_lookup3", _) => None,
            (word, None) => Some(there_and_back(word, row)),
            (word, Some(at)) => Some(there_and_back(&format!("{word}(at={at})"), row)),
        }
    });
}

#[test]
fn numcodecs_defaults() {
    let Some(corpus) = corpus_or_skip() else { return };
    for word in ["crc32", "crc32c", "adler32"] {
        let count = corpus.check(&format!("numcodecs/{word}"), |row| Some(there_and_back(word, row)));
        assert_eq!(count, corpus.of_kind(&format!("numcodecs/{word}")).count());
    }
}

#[test]
fn chunks_of_hdf5() {
    let Some(corpus) = corpus_or_skip() else { return };
    let rows = corpus.of_kind("hdf5/raw-chunks").filter(|row| row.recipe == "fletcher32");
    let pipeline = Pipeline::parse("fletcher32").unwrap();
    for row in rows.filter(|row| row.outcome == Outcome::Decode) {
        let chunks = std::fs::read_dir(row.full_path()).unwrap();
        for chunk in chunks {
            let chunk = chunk.unwrap().path();
            let encoded = std::fs::read(&chunk).unwrap();
            let decoded = pipeline
                .decode(&encoded)
                .unwrap_or_else(|error| panic!("{}: {}", chunk.display(), error.report()));
            assert_eq!(decoded.len() + 4, encoded.len());
        }
    }
}

#[test]
fn vectors() {
    let Some(corpus) = corpus_or_skip() else { return };
    for row in corpus.of_kind("checksum/vectors") {
        let vectors: Value = serde_json::from_slice(&row.read()).unwrap();
        for vector in vectors.as_array().expect("the vectors are a list") {
            // Some are of the arrays in `real`, which are not single bytes strings but npy files.
            let Some(data) = vector["data_hex"].as_str().map(bytes_of_hex) else { continue };
            for word in ["crc32c", "crc32", "adler32"] {
                let Some(expected) = vector[word].as_str() else { continue };
                let sum = Pipeline::parse(&format!("{word}(at=end)")).unwrap().encode(&data).unwrap();
                let sum: Vec<u8> = sum[data.len()..].iter().rev().copied().collect();
                assert_eq!(sum, bytes_of_hex(expected), "{word} of {}", vector["name"]);
            }
        }
    }
}

fn bytes_of_hex(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).expect("hex is ASCII"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("it is hex")).collect()
}
