//! Every stage crate begins alike, so that knowing one is knowing all.

use super::Tree;

/// What it is called, and whether a line is its beginning.
type Part = (&'static str, fn(&str) -> bool);

/// What the first screen of a stage crate's `lib.rs` holds, in this order. To change the shape, change this list.
const FIRST_SCREEN: &[Part] = &[
    ("a module doc with a link to the specification, `https://…`", |line| {
        line.starts_with("//!") && line.contains("https://")
    }),
    ("`pub static NAME: StageDescriptor`", |line| static_name(line).is_some()),
    ("`ndcodec_core::submit!(NAME);`", |line| submitted_name(line).is_some()),
    ("`fn build…`", |line| line.starts_with("fn build")),
];

/// The crates under `crates/` that bring no words.
const NOT_STAGES: &[&str] = &[
    "ndcodec",
    "ndcodec-core",
    "ndcodec-conformance",
    "ndcodec-derive",
    "ndcodec-cli",
    "ndcodec-python",
    "ndcodec-fuzz",
    "ndcodec-http",
    "ndcodec-measure",
    "ndcodec-testkit",
    "ndcodec-npz",
    "ndcodec-wasm",
];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in tree.ending("/src/lib.rs") {
        let package = path.strip_prefix("crates/").and_then(|rest| rest.strip_suffix("/src/lib.rs"));
        if package.is_some_and(|name| {
            name.starts_with("ndcodec") && !name.contains('/') && !NOT_STAGES.contains(&name)
        }) {
            problems.extend(
                order(text).into_iter().chain(unsubmitted(text)).map(|what| format!("{path}: {what}")),
            );
        }
    }
    problems
}

/// The first thing that is missing, or comes too early.
fn order(text: &str) -> Option<String> {
    let mut previous: Option<(usize, &str)> = None;
    for (what, is_it) in FIRST_SCREEN {
        let Some(line) = text.lines().position(is_it) else {
            return Some(format!("a stage crate begins with {what}; there is none"));
        };
        match previous {
            Some((before, earlier)) if line < before => {
                return Some(format!(
                    "{what} (line {}) comes after {earlier} (line {})",
                    line + 1,
                    before + 1
                ));
            }
            _ => previous = Some((line, what)),
        }
    }
    None
}

/// Descriptors that no chain would find.
fn unsubmitted(text: &str) -> Vec<String> {
    let submitted: Vec<&str> = text.lines().filter_map(submitted_name).collect();
    let statics = text.lines().filter_map(static_name).filter(|name| !submitted.contains(name));
    statics.map(|name| format!("the descriptor `{name}` is never given to `submit!`")).collect()
}

/// `ZSTD` of `pub static ZSTD: StageDescriptor = …`.
fn static_name(line: &str) -> Option<&str> {
    let (name, type_name) = line.strip_prefix("pub static ")?.split_once(':')?;
    type_name.trim_start().starts_with("StageDescriptor").then_some(name)
}

/// `ZSTD` of `ndcodec_core::submit!(ZSTD);`.
fn submitted_name(line: &str) -> Option<&str> {
    line.split_once("submit!(")
        .filter(|_| !line.starts_with("//"))
        .and_then(|(_, after)| after.strip_suffix(");"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "//! `foo`: [Foo](https://example.org/foo).\n\n/// Foo.\npub static FOO: StageDescriptor = x;\n\
                        ndcodec_core::submit!(FOO);\n\nfn build(_: &Params) {}\n\npub struct Foo;\n";

    #[test]
    fn a_stage_in_order_passes() {
        assert_eq!(order(GOOD), None);
        let two = GOOD.replace(
            "fn build",
            "pub static BAR: StageDescriptor = x;\nndcodec_core::submit!(BAR);\nfn build_foo",
        );
        assert_eq!((order(&two), unsubmitted(&two)), (None, vec![]));
    }

    #[test]
    fn what_is_missing_or_misplaced_is_named() {
        let without_link = GOOD.replace("https", "http");
        assert!(order(&without_link).unwrap().contains("link to the specification"));
        let late = format!("fn build() {{}}\n{GOOD}");
        assert_eq!(
            order(&late).unwrap(),
            "`fn build…` (line 1) comes after `ndcodec_core::submit!(NAME);` (line 6)"
        );
        let forgotten = GOOD.replace("fn build", "pub static BAR: StageDescriptor = x;\nfn build");
        assert_eq!(unsubmitted(&forgotten), ["the descriptor `BAR` is never given to `submit!`"]);
    }

    #[test]
    fn only_stage_crates_are_looked_at() {
        let tree = Tree::of(&[
            ("crates/ndcodec-core/src/lib.rs", "//! core"),
            ("crates/ndcodec/src/lib.rs", "//! facade"),
            ("crates/ndcodec-foo/src/lib.rs", GOOD),
            ("crates/ndcodec-bar/src/lib.rs", "//! bar"),
        ]);
        let problems = check(&tree);
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].starts_with("crates/ndcodec-bar/src/lib.rs: a stage crate begins with a module doc")
        );
    }
}
