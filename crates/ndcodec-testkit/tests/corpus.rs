//! The corpus' manifest is understood as a whole.

use ndcodec_testkit::{Outcome, corpus_or_skip};

#[test]
fn every_row_is_understood() {
    let Some(corpus) = corpus_or_skip() else { return };
    assert!(!corpus.rows().is_empty());
    for row in corpus.rows() {
        assert!(row.full_path().exists(), "{}", row.path);
        row.shape();
        if row.outcome == Outcome::Decode && row.dtype_text != "|O" {
            row.dtype();
        }
    }
}

#[test]
fn a_family_is_not_a_prefix_of_a_name() {
    let Some(corpus) = corpus_or_skip() else { return };
    assert!(corpus.of_kind("container/lz4").all(|row| row.kind == "container/lz4"));
    assert!(corpus.of_kind("npy").any(|row| row.kind == "npy/basic"));
}
