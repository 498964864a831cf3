//! The nearest word to a misspelt one.

use crate::{ParamSpec, Registry, StageKind};

/// What other software encodes arrays by, and no stage does: not a misspelling of any.
const ELSEWHERE: &[&str] = &[
    "aec",
    "astype",
    "blosc",
    "blosc2",
    "brotli",
    "bslz4",
    "bz2",
    "bzip2",
    "categorize",
    "cramjam",
    "density",
    "fixedscaleoffset",
    "fpzip",
    "jenkins",
    "jenkins_lookup3",
    "lerc",
    "lz77",
    "lzf",
    "lzfse",
    "lzham",
    "lzma",
    "lzma2",
    "lzo",
    "lzw",
    "mgard",
    "nbit",
    "numpress",
    "packbits",
    "pcodec",
    "pickle",
    "quantize",
    "rle",
    "scaleoffset",
    "snappy",
    "spdp",
    "sz",
    "sz3",
    "szip",
    "vlen",
    "vlen_utf8",
    "xz",
    "zfp",
    "zopfli",
    "zpaq",
];

/// What people call a stage, or files of it, and the stage.
const SYNONYMS: &[(&str, &str)] =
    &[("b64", "base64"), ("base16", "hex"), ("gz", "gzip"), ("numpy", "npy"), ("zz", "zlib")];

/// What is an archive of arrays, and no stage.
const ARCHIVES: &[&str] = &["npz", "zip"];

/// The most letters of a word that may be wrong, and the most that a word has that is somebody's slip.
const MOST_WRONG: usize = 3;
const LONGEST: usize = 64;

/// The word nearest to `wrong`, if any is near enough to have been meant.
pub(super) fn nearest<'w>(wrong: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    // A third of a word may be wrong, but not all of it.
    let allowed = |word: &str| (word.len() / 3).clamp(1, MOST_WRONG);
    // A distance takes time and memory by the product of both lengths, and is no less than their difference.
    if wrong.chars().nth(LONGEST).is_some() {
        return None;
    }
    let wrong = wrong.to_ascii_lowercase();
    let len = wrong.chars().count();
    words
        .filter(|word| word.chars().count().abs_diff(len) <= allowed(word))
        .map(|word| (strsim::damerau_levenshtein(&wrong, word), word))
        .filter(|(distance, word)| *distance < word.len() && *distance <= allowed(word))
        .min()
        .map(|(_, word)| word)
}

/// Help for an unknown stage: the nearest name, and all there are.
pub(super) fn stage(wrong: &str, registry: &Registry) -> String {
    let has = if registry.is_narrowed() { "allowed are" } else { "this build has" };
    let all = match names(registry) {
        names if names.is_empty() => "this build has no stages".to_owned(),
        names => format!("{has}: {names}"),
    };
    if ELSEWHERE.contains(&wrong.to_ascii_lowercase().as_str()) {
        return format!("there is no stage for it yet, but one of your own can be registered; {all}");
    }
    if ARCHIVES.contains(&wrong.to_ascii_lowercase().as_str()) {
        return format!("an archive of arrays is read without a chain, array by array; {all}");
    }
    let stages = registry.stages();
    let synonym = SYNONYMS.iter().find(|(known, _)| known.eq_ignore_ascii_case(wrong)).map(|(_, word)| *word);
    let synonym = synonym.filter(|word| stages.iter().any(|stage| stage.name() == *word));
    match synonym.or_else(|| nearest(wrong, stages.iter().map(|stage| stage.name()))) {
        Some(word) => format!("did you mean `{word}`? {all}"),
        None => all,
    }
}

/// The formats that could begin a chain as they are.
pub(super) fn formats(registry: &Registry) -> String {
    let stages = registry.stages();
    let formats = stages.iter().filter(|stage| stage.kind() == StageKind::Format && !stage.is_container());
    let names: Vec<String> = formats.map(|stage| format!("`{}`", stage.name())).collect();
    if names.is_empty() { "a format".to_owned() } else { names.join(" or ") }
}

/// The names of all stages of a registry.
pub(super) fn names(registry: &Registry) -> String {
    let mut names: Vec<&str> = registry.stages().iter().map(|stage| stage.name()).collect();
    names.dedup();
    names.join(", ")
}

/// Help for an unknown parameter: the nearest name, and all there are.
pub(super) fn param(wrong: &str, specs: &[ParamSpec]) -> String {
    if specs.is_empty() {
        return "it takes no parameters".to_owned();
    }
    let names: Vec<String> = specs.iter().map(|spec| format!("`{}`", spec.name)).collect();
    let all = format!("its parameters are {}", names.join(", "));
    match nearest(wrong, specs.iter().map(|spec| spec.name)) {
        Some(word) => format!("did you mean `{word}`? {all}"),
        None => all,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WORDS: &[&str] = &["zstd", "zlib", "shuffle", "bitshuffle", "crc32", "crc32c", "base64", "npy"];

    proptest! {
        /// No word is left out that the distance alone would find.
        #[test]
        fn the_nearest_is_the_nearest_of_all(wrong in "[a-z0-9]{0,14}") {
            let near = |word: &&&str| {
                let distance = strsim::damerau_levenshtein(&wrong, word);
                distance < word.len() && distance <= (word.len() / 3).clamp(1, 3)
            };
            let expected =
                WORDS.iter().filter(near).min_by_key(|word| (strsim::damerau_levenshtein(&wrong, word), **word));
            prop_assert_eq!(nearest(&wrong, WORDS.iter().copied()), expected.copied());
        }

        /// Names of stages are lower case, and who writes `ZSDT` means one.
        #[test]
        fn case_makes_no_difference(wrong in "[a-zA-Z0-9É]{0,14}") {
            let found = nearest(&wrong, WORDS.iter().copied());
            prop_assert_eq!(nearest(&wrong.to_ascii_lowercase(), WORDS.iter().copied()), found);
            prop_assert_eq!(nearest(&wrong.to_ascii_uppercase(), WORDS.iter().copied()), found);
        }
    }

    #[test]
    fn a_long_word_is_compared_with_none() {
        // A table of distances for each word takes time and memory by the product of both lengths.
        let long = "z".repeat(10 << 20);
        assert_eq!(nearest(&long, WORDS.iter().copied()), None);
    }
}
