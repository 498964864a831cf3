//! `unsafe` stands in files that `docs/unsafe.md` gives a reason for, and in no other.

use super::Tree;

const PAGE: &str = "docs/unsafe.md";

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let Some(page) = tree.text(PAGE) else { return vec![format!("{PAGE}: there is no such page")] };
    let mut problems = Vec::new();
    let is_shipped = |path: &str| path.starts_with("crates/") && path.contains("/src/");
    let has = |text: &str| {
        text.lines().any(|line| line.contains("unsafe_code") && !line.contains("forbid(unsafe_code)"))
    };
    let listed: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    for (path, _) in tree.ending(".rs").filter(|(path, text)| is_shipped(path) && has(text)) {
        if !listed.contains(&path) {
            problems.push(format!("{path}: has `unsafe`, and {PAGE} does not say why"));
        }
    }
    for path in &listed {
        if !tree.text(path).is_some_and(has) {
            problems.push(format!("{PAGE}: {path} has no `unsafe`"));
        }
    }
    for (path, text) in tree.ending(".rs").filter(|(path, _)| is_root(path)) {
        let package = path.split("/src/").next().unwrap_or_default();
        let is_free = !listed.iter().any(|listed| listed.starts_with(package));
        if is_free && !text.contains("#![forbid(unsafe_code)]") {
            problems.push(format!("{path}: say `#![forbid(unsafe_code)]`, for this package needs none"));
        }
    }
    problems
}

/// The first file of a package of the workspace.
fn is_root(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts.as_slice(), ["crates", package, "src", "lib.rs" | "main.rs"] if *package != "ndcodec-fuzz")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_listed_is_found() {
        let mut tree = Tree::default();
        let mut add = |path: &str, text: &str| drop(tree.texts.insert(path.to_owned(), text.to_owned()));
        add(PAGE, "| `crates/a/src/raw.rs` | x | y |\n| `crates/b/src/gone.rs` | x | y |\n");
        add("crates/a/src/raw.rs", "#![expect(unsafe_code)]");
        add("crates/a/src/more.rs", "#[expect(unsafe_code)]");
        add("crates/a/src/lib.rs", "");
        add("crates/c/src/lib.rs", "");
        add("crates/d/src/lib.rs", "#![forbid(unsafe_code)]");
        assert_eq!(
            check(&tree),
            [
                "crates/a/src/more.rs: has `unsafe`, and docs/unsafe.md does not say why",
                "docs/unsafe.md: crates/b/src/gone.rs has no `unsafe`",
                "crates/c/src/lib.rs: say `#![forbid(unsafe_code)]`, for this package needs none",
            ]
        );
    }
}
