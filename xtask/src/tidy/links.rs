//! Every relative link in Markdown leads to a file of the repository, and its anchor to a heading there.

use super::{Tree, markdown};

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in tree.ending(".md") {
        for (number, to) in markdown::links(text) {
            if let Err(why) = follow(tree, path, &to) {
                problems.push(format!("{path}:{number}: link `{to}`: {why}"));
            }
        }
    }
    problems
}

fn follow(tree: &Tree, from: &str, to: &str) -> Result<(), String> {
    let (target, anchor) = match to.split_once('#') {
        Some((target, anchor)) => (target, Some(anchor)),
        None => (to, None),
    };
    if has_scheme(target) {
        return Ok(());
    }
    let path = if target.is_empty() { from.to_owned() } else { resolve(from, target)? };
    if !tree.paths.contains(&path) {
        let is_folder = tree.has_folder(&path);
        return if is_folder && anchor.is_none() {
            Ok(())
        } else {
            Err(format!("the repository has no file `{path}`"))
        };
    }
    match anchor {
        None => Ok(()),
        Some(anchor) if path.ends_with(".md") => {
            let anchors = markdown::anchors(tree.text(&path).unwrap_or_default());
            if anchors.contains(anchor) {
                Ok(())
            } else {
                Err(format!("`{path}` has no heading for `#{anchor}`"))
            }
        }
        Some(anchor) if anchor.starts_with('L') => {
            Err("a link to a line number goes stale; name the item".to_owned())
        }
        Some(_) => Err(format!("`{path}` is not Markdown and has no anchors")),
    }
}

/// `https:`, `mailto:` and the like.
fn has_scheme(target: &str) -> bool {
    target.split_once(':').is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

/// The path from the root of what `target` means in the file `from`.
fn resolve(from: &str, target: &str) -> Result<String, String> {
    if target.starts_with('/') {
        return Err("write it relative to this file".to_owned());
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop().ok_or("it leaves the repository")?),
            name => parts.push(name),
        }
    }
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        Tree::of(&[
            ("README.md", "# Top"),
            ("docs/a.md", "# One\n## Two words"),
            ("docs/x/b.md", ""),
            ("src/c.rs", ""),
        ])
    }

    #[test]
    fn links_that_lead_somewhere() {
        for to in [
            "a.md",
            "a.md#two-words",
            "#one",
            "../README.md#top",
            "x",
            "x/",
            "../src/c.rs",
            "https://e.org/#x",
            "mailto:a@b",
        ] {
            assert_eq!(follow(&tree(), "docs/a.md", to), Ok(()), "{to}");
        }
    }

    #[test]
    fn links_that_do_not_are_told_why() {
        for (to, why) in [
            ("b.md", "the repository has no file `docs/b.md`"),
            ("#three", "`docs/a.md` has no heading for `#three`"),
            ("../../x.md", "it leaves the repository"),
            ("/README.md", "write it relative to this file"),
            ("../src/c.rs#L10", "a link to a line number goes stale; name the item"),
            ("x#y", "the repository has no file `docs/x`"),
        ] {
            assert_eq!(follow(&tree(), "docs/a.md", to).unwrap_err(), why, "{to}");
        }
    }

    #[test]
    fn the_line_is_named() {
        let tree = Tree::of(&[("README.md", "# Top\n\n[gone](gone.md)\n")]);
        assert_eq!(check(&tree), ["README.md:3: link `gone.md`: the repository has no file `gone.md`"]);
    }
}
