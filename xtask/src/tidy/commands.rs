//! Every `cargo xtask …` that a doc or a comment names exists.

use super::Tree;
use crate::COMMANDS;

const CALL: &str = "cargo xtask ";

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let docs = tree.ending(".md").chain(tree.ending(".toml")).chain(tree.ending(".ci/run"));
    let mut problems: Vec<String> = docs.flat_map(|(path, text)| unknown(path, text, |_| true)).collect();
    for suffix in [".rs", ".py"] {
        let is_comment =
            |line: &str| line.trim_start().starts_with("//") || line.trim_start().starts_with('#');
        problems.extend(tree.ending(suffix).flat_map(|(path, text)| unknown(path, text, is_comment)));
    }
    problems
}

fn unknown(path: &str, text: &str, is_read: impl Fn(&str) -> bool) -> Vec<String> {
    let mut problems = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| is_read(line)) {
        for (at, _) in line.match_indices(CALL) {
            let after = &line[at + CALL.len()..];
            let end = after.find(|c: char| !(c.is_ascii_lowercase() || c == '-')).unwrap_or(after.len());
            let name = &after[..end];
            // A name in capitals, or none, is prose about the commands in general.
            if !name.is_empty() && name != "help" && COMMANDS.iter().all(|command| command.name != name) {
                problems.push(format!("{path}:{}: there is no `{CALL}{name}`", index + 1));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_exists_may_be_named() {
        let tree = Tree::of(&[
            ("README.md", "Run `cargo xtask test`, `cargo xtask COMMAND` or\n    cargo xtask tset -p x"),
            (
                "a.rs",
                "//! `cargo xtask new-stage NAME`\nlet x = \"cargo xtask not-read\";\n// cargo xtask gone",
            ),
            (".ci/run", "cargo xtask ci\ncargo xtask cj"),
        ]);
        assert_eq!(
            check(&tree),
            [
                "README.md:2: there is no `cargo xtask tset`",
                ".ci/run:2: there is no `cargo xtask cj`",
                "a.rs:3: there is no `cargo xtask gone`",
            ]
        );
    }
}
