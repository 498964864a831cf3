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

/// The word nearest to `wrong`, if any is near enough to have been meant.
pub(super) fn nearest<'w>(wrong: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let wrong = wrong.to_lowercase();
    words
        .map(|word| (strsim::damerau_levenshtein(&wrong, word), word))
        // A third of a word may be wrong, but not all of it.
        .filter(|(distance, word)| *distance < word.len() && *distance <= (word.len() / 3).clamp(1, 3))
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
    if ELSEWHERE.contains(&wrong.to_lowercase().as_str()) {
        return format!("there is no stage for it yet, but one of your own can be registered; {all}");
    }
    if ARCHIVES.contains(&wrong.to_lowercase().as_str()) {
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
