//! Whole chains that other software wrote (`chain/*` in the corpus), decoded by the chain that the manifest names.
#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]

use ndcodec::{Array, Chain, Detected, Error, detect};
use ndcodec_testkit::corpus::{Row, canonical_bytes};
use ndcodec_testkit::corpus_or_skip;

/// The manifest's recipe as a chain of ours.
fn chain_text(row: &Row) -> String {
    let shape = row.shape().unwrap();
    let shape = match shape.as_slice() {
        [] => "scalar".to_owned(),
        dims => dims.iter().map(usize::to_string).collect::<Vec<_>>().join("x"),
    };
    let stages = row.recipe.split('|').map(|stage| match stage {
        "raw" => format!("raw(\"{}\",{shape},order={})", row.dtype().unwrap(), row.order.unwrap()),
        // The manifest's word for a suffix, which is the default.
        "crc32c_end" => "crc32c".to_owned(),
        other => other.to_owned(),
    });
    stages.collect::<Vec<_>>().join("|")
}

#[test]
fn every_chain_that_others_wrote_decodes() {
    let Some(corpus) = corpus_or_skip() else { return };
    let mut seen = 0;
    for kind in ["chain/npy", "chain/raw"] {
        seen += corpus.check(kind, |row| {
            let chain =
                Chain::parse(&chain_text(row)).unwrap_or_else(|error| panic!("{}: {error}", row.path));
            let bytes = row.read();
            let decode = |array: Result<Array, Error>| {
                let array = array.map_err(|error| error.report())?;
                assert_eq!(array.shape(), row.shape().unwrap(), "{}", row.path);
                assert_eq!(*array.dtype(), row.dtype().unwrap(), "{}", row.path);
                assert_eq!(Some(array.layout().order()), row.order, "{}", row.path);
                Ok::<_, String>(canonical_bytes(&array.view()))
            };
            let memory = decode(chain.decode(&bytes));
            let stream = decode(chain.decode_from(&*bytes));
            assert_eq!(memory, stream, "{}", row.path);
            Some(memory)
        });
    }
    assert!(seen >= 60, "the corpus has {seen} chains only");
}

#[test]
fn detection_names_the_chains_of_npy() {
    let Some(corpus) = corpus_or_skip() else { return };
    for row in corpus.of_kind("chain/npy") {
        let bytes = row.read();
        // A checksum and a raw deflate stream have no magic number.
        let has_magic = !row.recipe.contains("crc32c") && !row.recipe.contains("deflate");
        let expected = Chain::parse(&row.recipe).ok().map(Detected::Chain);
        assert_eq!(Some(detect(&bytes)) == expected, has_magic, "{}: {:?}", row.path, detect(&bytes));
    }
}
