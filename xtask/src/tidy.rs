//! `cargo xtask tidy`: what keeps the repository the same all over, as far as a program can see it.

mod commands;
mod files;
mod links;
mod markdown;
mod stages;
mod unsafety;
mod wording;

use std::collections::{BTreeMap, BTreeSet};

use lexopt::Arg::Long;
use lexopt::Parser;

use crate::workspace::{Workspace, read};
use crate::{Command, Outcome, bench, misused};

pub(crate) const COMMAND: Command = Command {
    name: "tidy",
    arguments: "[--check]",
    about: "Checks names at the top level, links and anchors in Markdown, commands named in docs, that no source file has \
            more than 600 lines and that each opens with what it is, that all stage crates begin alike, that `unsafe` stands \
            where docs/unsafe.md says, that sentences have none of the phrases that tidy/wording.rs lists, and that the pages \
            of benchmarks are what the records give. It changes nothing.",
    run,
};

fn run(workspace: &Workspace, mut args: Parser) -> Outcome {
    while let Some(arg) = args.next().map_err(misused)? {
        match arg {
            // What every generator understands; here it is all there is.
            Long("check") => {}
            _ => return Err(misused(arg.unexpected())),
        }
    }
    check(workspace)
}

pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let tree = Tree::read(workspace)?;
    let rules = [files::check, links::check, commands::check, stages::check, unsafety::check, wording::check];
    let mut problems: Vec<String> = rules.iter().flat_map(|rule| rule(&tree)).collect();
    problems.extend(bench::stale(workspace)?);
    if problems.is_empty() {
        println!("tidy: ok, {} files", tree.paths.len());
        return Ok(());
    }
    Err(format!("tidy found:\n  {}", problems.join("\n  ")))
}

/// The repository's files: the paths of all, and the texts of those that a rule reads.
#[derive(Debug, Default)]
struct Tree {
    paths: BTreeSet<String>,
    texts: BTreeMap<String, String>,
}

impl Tree {
    fn read(workspace: &Workspace) -> Outcome<Self> {
        let mut tree = Self { paths: workspace.files()?.into_iter().collect(), ..Self::default() };
        for path in &tree.paths {
            let is_read = [".md", ".rs", ".py", ".pyi", ".toml"].iter().any(|suffix| path.ends_with(suffix));
            if is_read || path == ".ci/run" {
                tree.texts.insert(path.clone(), read(&workspace.root().join(path))?);
            }
        }
        Ok(tree)
    }

    /// The texts of the files whose path ends like this.
    fn ending(&self, suffix: &str) -> impl Iterator<Item = (&str, &str)> {
        self.texts
            .iter()
            .filter(move |(path, _)| path.ends_with(suffix))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    fn has_folder(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        path.is_empty()
            || self.paths.range(inside.clone()..).next().is_some_and(|file| file.starts_with(&inside))
    }

    #[cfg(test)]
    fn of(files: &[(&str, &str)]) -> Self {
        let texts: BTreeMap<String, String> =
            files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Self { paths: texts.keys().cloned().collect(), texts }
    }
}
