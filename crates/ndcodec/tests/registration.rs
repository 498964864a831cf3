//! Every feature's word is there, by constructors and by hand, and an absent one is named with its feature.
#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]

use ndcodec::error::ChainErrorKind;
use ndcodec::stage::stages;
use ndcodec::words::BUILT_IN;
use ndcodec::{Pipeline, init};

/// The features that add no word.
const NOT_WORDS: [&str; 13] = [
    "bytes",
    "default",
    "derive",
    "full",
    "half",
    "libdeflate",
    "mmap",
    "ndarray",
    "npz",
    "num-complex",
    "serde",
    "tokio",
    "zstd-pure",
];

/// The words among the features of the manifest, as it is here or as Cargo rewrites it for a registry.
fn words() -> Vec<&'static str> {
    let manifest = include_str!("../Cargo.toml");
    let features = manifest.split_once("[features]").unwrap().1.split("\n[").next().unwrap();
    let names = features.lines().filter_map(|line| line.split_once(" = [")).map(|(name, _)| name);
    names.filter(|name| !NOT_WORDS.contains(name)).collect()
}

#[test]
fn constructors_bring_every_built_in_stage_and_no_other() {
    let there: Vec<&str> = stages().iter().map(|stage| stage.name()).collect();
    let named: Vec<&str> = BUILT_IN.iter().map(|stage| stage.name()).collect();
    assert_eq!(there, named);
}

#[test]
fn every_feature_is_a_known_word_and_every_built_one_is_listed() {
    for word in words() {
        // Without its parameter a stage may be wrong, but never unknown.
        let kind = Pipeline::parse(word).err().map(|error| error.kind());
        assert_ne!(kind, Some(ChainErrorKind::UnknownStage), "{word}");
        let is_built = BUILT_IN.iter().any(|stage| stage.name() == word);
        assert_eq!(kind == Some(ChainErrorKind::NotBuilt), !is_built, "{word}");
    }
    assert!(BUILT_IN.iter().all(|stage| words().contains(&stage.name())));
    #[cfg(feature = "full")]
    assert_eq!(words().len(), BUILT_IN.len());
}

#[test]
fn registering_by_hand_changes_nothing_where_constructors_ran() {
    let before = stages().len();
    init().unwrap();
    init().unwrap();
    assert_eq!(stages().len(), before);
}

#[cfg(not(feature = "zstd"))]
#[test]
fn a_word_that_is_not_built_names_its_feature() {
    let error = Pipeline::parse("zstd").unwrap_err();
    assert_eq!(
        error.to_string(),
        "this build has no stage `zstd`\n  |  zstd\n  |  ^^^^\nhelp: enable the feature `zstd` of `ndcodec`"
    );
}
