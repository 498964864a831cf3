//! `cargo xtask release-check`: what must be filled in and hold before a release.

use crate::metadata::metadata;
use crate::workspace::{Workspace, read};
use crate::{Command, Outcome, licences};

pub(crate) const COMMAND: Command = Command {
    name: "release-check",
    arguments: "",
    about: "Lists what has to be filled in before a release, such as the repository's address, and checks each package's \
            metadata, README and licence texts.",
    run: |workspace, _| check(workspace),
};

/// What the root manifest has one place for, and is empty as long as there is no public address.
const TO_FILL_IN: [&str; 3] = ["repository", "security-contact", "homepage"];

fn check(workspace: &Workspace) -> Outcome {
    let mut problems = empty(&read(&workspace.root().join("Cargo.toml"))?);
    problems.extend(incomplete(workspace)?);
    problems.extend(without_urls(&read(&workspace.root().join(PYPROJECT))?));
    problems.extend(licences::check(workspace).err());
    let changes = read(&workspace.root().join("CHANGELOG.md"))?;
    if changes.contains(", unreleased") {
        problems.push("CHANGELOG.md: a version is `unreleased`; put its date there".to_owned());
    }
    if problems.is_empty() {
        println!("cargo xtask release-check: ok");
        return Ok(());
    }
    Err(format!("before a release:\n{}", problems.join("\n")))
}

/// Keys of `[workspace.metadata.release]` that hold nothing.
fn empty(manifest: &str) -> Vec<String> {
    let section = manifest.split_once("[workspace.metadata.release]").map_or("", |(_, rest)| rest);
    let section = section.split("\n[").next().unwrap_or_default();
    let value = |key: &str| {
        let line = section.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='))?;
        Some(line.trim().trim_matches('"').to_owned())
    };
    let is_empty = |key: &&str| value(key).is_none_or(|value| value.is_empty());
    let missing = TO_FILL_IN.into_iter().filter(is_empty);
    missing.map(|key| format!("Cargo.toml: fill in `{key}` of `[workspace.metadata.release]`")).collect()
}

const PYPROJECT: &str = "crates/ndcodec-python/pyproject.toml";

/// The addresses that a package index shows beside the package, and that are not there.
fn without_urls(pyproject: &str) -> Vec<String> {
    let section = pyproject.split_once("[project.urls]\n").map_or("", |(_, rest)| rest);
    let section = section.split("\n[").next().unwrap_or_default();
    let is_missing = |key: &&str| !section.lines().any(|line| line.starts_with(&format!("{key} = \"http")));
    let missing = ["Homepage", "Repository", "Documentation", "Changelog"].into_iter().filter(is_missing);
    missing.map(|key| format!("{PYPROJECT}: fill in `{key}` of `[project.urls]`")).collect()
}

/// What packages that are published lack.
pub(crate) fn incomplete(workspace: &Workspace) -> Outcome<Vec<String>> {
    let metadata = metadata(workspace)?;
    let mut problems = Vec::new();
    for package in metadata.workspace_packages() {
        if package.publish.as_ref().is_some_and(Vec::is_empty) {
            continue;
        }
        let Some(folder) = package.manifest_path.parent() else { continue };
        let mut lacks = |what: &str| problems.push(format!("{folder}: {what}"));
        if package.description.is_none() || package.license.is_none() || package.rust_version.is_none() {
            lacks("its manifest needs `description`, `license` and `rust-version`");
        }
        if package.keywords.is_empty() || package.categories.is_empty() {
            lacks("its manifest needs `keywords` and `categories`");
        }
        for file in ["README.md", "LICENSE-MIT", "LICENSE-APACHE"] {
            match read(folder.join(file).as_std_path()) {
                Err(_) => lacks(&format!("there is no {file}")),
                Ok(text) if file == "README.md" && has_relative_link(&text) => {
                    lacks("README.md has a relative link, which leads nowhere on a registry's page");
                }
                Ok(_) => {}
            }
        }
    }
    Ok(problems)
}

/// Whether a Markdown link leads to a file.
fn has_relative_link(markdown: &str) -> bool {
    markdown.split("](").skip(1).any(|rest| !rest.starts_with("http") && !rest.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_is_listed() {
        let manifest = "[workspace.metadata.release]\nrepository = \"\"\nhomepage = \"https://example.org\"\n\n[profile.dist]\n";
        assert_eq!(
            empty(manifest),
            [
                "Cargo.toml: fill in `repository` of `[workspace.metadata.release]`",
                "Cargo.toml: fill in `security-contact` of `[workspace.metadata.release]`"
            ]
        );
    }

    #[test]
    fn addresses_of_the_python_package_are_missed() {
        let pyproject =
            "[project.urls]\nHomepage = \"https://example.org\"\nRepository = \"\"\n\n[project.scripts]\n";
        let problems = without_urls(pyproject);
        assert_eq!(problems.len(), 3);
        assert!(problems[0].ends_with("fill in `Repository` of `[project.urls]`"), "{problems:?}");
        assert_eq!(without_urls("").len(), 4);
    }

    #[test]
    fn links_to_files_are_seen() {
        assert!(has_relative_link("see [this](docs/x.md)"));
        assert!(!has_relative_link("see [this](https://docs.rs/x) and [that](#part)"));
    }
}
