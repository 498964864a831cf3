//! What numcodecs, HDF5 and the bitshuffle library filtered: decoded, and encoded again to the same bytes.

use ndcodec_filters as _;
use ndcodec_testkit::replay::there_and_back;
use ndcodec_testkit::{Row, corpus_or_skip};
use serde_json::Value;

#[test]
fn filters_of_several_programs() {
    let Some(corpus) = corpus_or_skip() else { return };
    let count = corpus.check("filter", |row| {
        let stage = row.recipe.strip_prefix("raw|")?;
        let typed = if stage == "delta" { format!("delta({})", row.dtype_text) } else { stage.to_owned() };
        Some(there_and_back(&typed, row))
    });
    assert_eq!(count, corpus.of_kind("filter").count());
}

#[test]
fn shuffle_of_numcodecs() {
    let Some(corpus) = corpus_or_skip() else { return };
    corpus.check("numcodecs/shuffle", |row| {
        // An elementsize of 0 shuffles nothing, as one of 1.
        let itemsize = config(row)["elementsize"].as_u64().expect("the config has an elementsize").max(1);
        Some(there_and_back(&format!("shuffle({itemsize})"), row))
    });
}

#[test]
fn delta_of_numcodecs() {
    let Some(corpus) = corpus_or_skip() else { return };
    corpus.check("numcodecs/delta", |row| {
        let config = config(row);
        assert_eq!(config["dtype"], config["astype"], "{}", row.path);
        let dtype = config["dtype"].as_str().expect("the config has a dtype");
        Some(there_and_back(&format!("delta({dtype})"), row))
    });
}

/// The codec's configuration beside its data.
fn config(row: &Row) -> Value {
    let path = row.full_path().with_file_name("config.json");
    let text = std::fs::read(&path).expect("the configuration lies beside the data");
    serde_json::from_slice(&text).expect("the configuration is JSON")
}
