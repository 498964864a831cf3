//! Field cases: files as people met them, with what must come out, in a folder for each kind.

use std::path::{Path, PathBuf};

/// What the cases are, one a line: the format stands at its head.
const CASES: &str = include_str!("../data/field.txt");

/// A file that people met, and what must come out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldCase {
    /// The folder: `18-npy-descr-aliases`.
    pub folder: &'static str,
    /// The file in it.
    pub input: &'static str,
    /// The chain; `None` if it is detected.
    pub chain: Option<&'static str>,
    /// What must come out.
    pub outcome: FieldOutcome,
}

/// What must come out of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldOutcome {
    /// These arrays, by their keys in `expected.json`.
    Arrays(Vec<&'static str>),
    /// The array of this name in an archive, by its key.
    Member(&'static str, &'static str),
    /// A refusal of the array of this name in an archive.
    BadMember(&'static str, &'static str),
    /// A refusal whose message has these words.
    Refused(&'static str),
    /// The array of this key, or a refusal whose message has these words.
    Either(&'static str, &'static str),
    /// What numpy makes of each file that the input is a pattern of: an array or a refusal.
    AsNumpy,
    /// These words in what is printed.
    Printed(&'static str),
}

impl FieldCase {
    /// The arguments of the program, if that is what is run in place of a chain.
    pub fn command(&self) -> Option<&'static str> {
        self.chain?.strip_prefix("$ ")
    }

    /// Whether only Python runs it.
    pub fn is_python(&self) -> bool {
        self.chain.is_some_and(|chain| chain.starts_with(">>> "))
    }
}

/// All cases, in the order of the list.
///
/// # Panics
/// If the list cannot be read.
pub fn field_cases() -> Vec<FieldCase> {
    let mut folder = "";
    let mut cases = Vec::new();
    for line in CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(rest) = line.strip_prefix('[') {
            folder = rest.split_once(']').map_or(rest, |(folder, _)| folder);
            continue;
        }
        let columns: Vec<&str> =
            line.split("  ").map(str::trim).filter(|column| !column.is_empty()).collect();
        let [input, chain, outcome] = columns[..] else { panic!("three columns, not {columns:?}: {line}") };
        let chain = Some(chain).filter(|chain| *chain != "-");
        cases.push(FieldCase { folder, input, chain, outcome: outcome_of(outcome) });
    }
    cases
}

fn outcome_of(text: &'static str) -> FieldOutcome {
    let words = |text: &'static str| text.trim_start();
    match text.split_at(1) {
        ("=", text) if text.contains(" or ") => match text.split_once(" or ") {
            Some((key, words)) => FieldOutcome::Either(key.trim(), words),
            None => panic!("no outcome: {text}"),
        },
        ("=", keys) => FieldOutcome::Arrays(keys.split_whitespace().collect()),
        ("!" | "~", message) => FieldOutcome::Refused(words(message)),
        (":", message) => FieldOutcome::Printed(words(message)),
        ("%", _) => FieldOutcome::AsNumpy,
        ("@", member) => match (member.split_once(" = "), member.split_once(" ! ")) {
            (Some((name, key)), _) => FieldOutcome::Member(name, key.trim()),
            (_, Some((name, message))) => FieldOutcome::BadMember(name, words(message)),
            _ => panic!("no outcome of a member: {text}"),
        },
        _ => panic!("no outcome: {text}"),
    }
}

/// The folder of this name: in `field`, the folder of all cases, or among those that the test kit has.
pub fn field_place(field: &Path, folder: &str) -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/field").join(folder);
    if own.is_dir() { own } else { field.join(folder) }
}

/// The folder of all cases, `../shared/field` beside the workspace of the package under test; if there is none,
/// [`skip`](crate::skip)s.
///
/// # Panics
/// As [`skip`](crate::skip).
pub fn field_folder_or_skip() -> Option<PathBuf> {
    let folder = crate::corpus::shared().map(|shared| shared.join("field")).filter(|folder| folder.is_dir());
    if folder.is_none() {
        crate::skip("no field cases: no ../shared/field is beside the checkout");
    }
    folder
}

/// The folder of a case, `18-npy-descr-aliases`, in `../shared/field` beside the workspace of the package under test;
/// if there is none, [`skip`](crate::skip)s.
///
/// # Panics
/// As [`skip`](crate::skip).
pub fn field_or_skip(case: &str) -> Option<PathBuf> {
    field_folder_or_skip().map(|folder| folder.join(case)).filter(|folder: &PathBuf| Path::is_dir(folder))
}
