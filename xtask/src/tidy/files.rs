//! Names at the top level; the length and the first line of source files; examples whose tests would not run.

use super::Tree;

const TOP_LEVEL: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "rustfmt.toml",
    "clippy.toml",
    "deny.toml",
    "rust-toolchain.toml",
    "typos.toml",
    "crates",
    "benches",
    "docs",
    "xtask",
];
const MOST_LINES: usize = 600;

pub(super) fn check(tree: &Tree) -> Vec<String> {
    [top_level(tree), lengths(tree), first_lines(tree), example_tests(tree)].concat()
}

fn top_level(tree: &Tree) -> Vec<String> {
    let mut names: Vec<&str> = tree.paths.iter().filter_map(|path| path.split('/').next()).collect();
    names.dedup();
    names.retain(|name| !(TOP_LEVEL.contains(name) || name.starts_with('.') || name.starts_with("LICENSE-")));
    names.iter().map(|name| format!("{name}: nothing of this name belongs at the top level")).collect()
}

fn lengths(tree: &Tree) -> Vec<String> {
    let sources = [".rs", ".py", ".pyi"].into_iter().flat_map(|suffix| tree.ending(suffix));
    let long =
        sources.map(|(path, text)| (path, text.lines().count())).filter(|(_, lines)| *lines > MOST_LINES);
    long.map(|(path, lines)| format!("{path}: {lines} lines; split what is over {MOST_LINES}")).collect()
}

fn first_lines(tree: &Tree) -> Vec<String> {
    let silent = tree.ending(".rs").filter(|(_, text)| !text.starts_with("//!"));
    silent.map(|(path, _)| format!("{path}:1: open with `//!` and what the file is")).collect()
}

/// Cargo builds an example, but runs the tests in it only where its manifest says `test = true`.
fn example_tests(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, _) in tree.ending(".rs").filter(|(_, text)| text.lines().any(|line| line.trim() == "#[test]"))
    {
        let Some((package, inside)) = package_of(tree, path) else {
            continue;
        };
        let Some(example) = inside.strip_prefix("examples/").and_then(|rest| rest.split('/').next()) else {
            continue;
        };
        let name = example.trim_end_matches(".rs");
        let manifest = tree.text(&format!("{package}/Cargo.toml")).unwrap_or_default();
        let is_run = manifest.split("[[example]]").skip(1).any(|section| {
            let section = section.split("\n[").next().unwrap_or_default();
            section.contains(&format!("name = \"{name}\"")) && section.contains("test = true")
        });
        if !is_run {
            problems.push(format!(
                "{path}: its tests never run; {package}/Cargo.toml needs [[example]] name = \"{name}\", test = true"
            ));
        }
    }
    problems
}

/// The folder of the package that a file is in, and its path from there.
fn package_of<'a>(tree: &Tree, path: &'a str) -> Option<(&'a str, &'a str)> {
    let slashes = path.rmatch_indices('/').map(|(at, _)| (&path[..at], &path[at + 1..]));
    slashes.into_iter().find(|(folder, _)| tree.paths.contains(&format!("{folder}/Cargo.toml")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_at_the_top_are_named() {
        let tree = Tree::of(&[
            ("README.md", ""),
            ("LICENSE-MIT", ""),
            (".ci/run", ""),
            ("scripts/x.sh", ""),
            ("x", ""),
        ]);
        assert_eq!(
            top_level(&tree),
            ["scripts", "x"].map(|name| format!("{name}: nothing of this name belongs at the top level"))
        );
    }

    #[test]
    fn long_and_silent_files_are_named() {
        let long = "//! x\n".repeat(601);
        let most = "//! x\n".repeat(600);
        let tree = Tree::of(&[
            ("a.rs", &long),
            ("b.rs", "// x"),
            ("c.py", "x = 1"),
            ("d.rs", "//! x"),
            ("e.rs", &most),
            ("f.py", &long),
            ("g.pyi", &long),
            ("h.md", &long),
        ]);
        let named =
            ["a.rs", "f.py", "g.pyi"].map(|path| format!("{path}: 601 lines; split what is over 600"));
        assert_eq!(lengths(&tree), named);
        assert_eq!(first_lines(&tree), ["b.rs:1: open with `//!` and what the file is"]);
    }

    #[test]
    fn examples_with_tests_must_be_run() {
        let manifest = "[package]\n[[example]]\nname = \"a\"\ntest = true\n\n[[example]]\nname = \"b\"\n";
        let test = "//! x\n#[test]\nfn x() {}";
        let tree = Tree::of(&[
            ("crates/x/Cargo.toml", manifest),
            ("crates/x/examples/a.rs", test),
            ("crates/x/examples/b/main.rs", test),
            ("crates/x/examples/member/Cargo.toml", ""),
            ("crates/x/examples/member/src/lib.rs", test),
            ("crates/x/tests/t.rs", test),
        ]);
        let problems = example_tests(&tree);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("crates/x/examples/b/main.rs: its tests never run"), "{problems:?}");
    }
}
