//! `cargo xtask test`: everything that tests the project.
//!
//! Tests that need the corpus or Python find them in `NDCODEC_CORPUS` and `NDCODEC_PYTHON`. A test that must do without
//! says why by `ndcodec_testkit::skip`, which appends a line to the file that `NDCODEC_SKIP_LOG` names: a test
//! that passes has its output swallowed, so a line on standard error alone would go unseen.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command as Process;

use crate::workspace::{Workspace, in_ci, make_folder, write};
use crate::{Command, Outcome, misused, process, python, web, wheel};

pub(crate) const COMMAND: Command = Command {
    name: "test",
    arguments: "[ARGUMENTS OF cargo test]",
    about: "Runs every test: Rust, docs, a third party's crate, the Python package and the npm package, with the corpus and with \
            other people's decoders in a virtual environment. Arguments narrow it down to a `cargo test` with them in place of \
            `--workspace --all-features`.",
    run,
};

fn run(workspace: &Workspace, mut args: lexopt::Parser) -> Outcome {
    // They are cargo's to read.
    let args: Vec<OsString> = args.raw_args().map_err(misused)?.collect();
    check(workspace, &args)
}

/// Runs every test, or those that `args` of `cargo test` narrow it down to.
pub(crate) fn check(workspace: &Workspace, args: &[OsString]) -> Outcome {
    let environment = TestEnvironment::prepare(workspace)?;
    let mut results = vec![environment.cargo_test(workspace, args)];
    if args.is_empty() {
        results.push(process::run(third_party(workspace, "test").arg("--no-fail-fast")));
        results.push(wheel::test(workspace, wheel::Plan::usual(), &environment));
        if !in_ci() {
            // There it is a step of its own.
            results.push(web::test(workspace, &environment));
        }
    }
    results.push(environment.check_skips());

    let failures: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    if !failures.is_empty() {
        return Err(format!("cargo xtask test: FAILED: {}", failures.join("; ")));
    }
    println!("cargo xtask test: ok{}", environment.summary(!args.is_empty()));
    Ok(())
}

/// The manifest of the third party's crate, which the workspace excludes.
pub(crate) const THIRD_PARTY: &str = "crates/ndcodec/examples/third-party/Cargo.toml";

/// A cargo command on the third party's crate, which is a workspace of its own.
pub(crate) fn third_party(workspace: &Workspace, command: &str) -> Process {
    let mut cargo = workspace.cargo([command, "--locked", "--manifest-path", THIRD_PARTY]);
    cargo.env("CARGO_TARGET_DIR", workspace.target());
    cargo
}

/// What the tests run with, and what they had to do without.
pub(crate) struct TestEnvironment {
    corpus: Option<PathBuf>,
    python: Option<python::Python>,
    missing: Vec<String>,
    skip_log: PathBuf,
}

impl TestEnvironment {
    /// Finds the corpus and Python, and says in one line each what is not there.
    pub(crate) fn prepare(workspace: &Workspace) -> Outcome<Self> {
        let mut missing = Vec::new();
        let mut found = |what: String| {
            eprintln!("note: {what}; the tests that need it say that they were skipped");
            missing.push(what);
        };
        let corpus = workspace.corpus().map_err(&mut found).ok();
        let python = python::prepare(workspace).map_err(&mut found).ok();
        make_folder(&workspace.target())?;
        let skip_log = workspace.target().join("skips.txt");
        write(&skip_log, "")?;
        Ok(Self { corpus, python, missing, skip_log })
    }

    /// Runs `cargo test` with `args`, or on everything.
    pub(crate) fn cargo_test(&self, workspace: &Workspace, args: &[OsString]) -> Outcome {
        let mut command = workspace.cargo(["test"]);
        if args.is_empty() {
            // Without `--no-fail-fast` the first failing crate hides the others.
            command.args(["--workspace", "--all-features", "--no-fail-fast"]);
        }
        self.set_variables(&mut command);
        process::run(command.args(args))
    }

    pub(crate) fn set_variables(&self, command: &mut Process) {
        command.env("NDCODEC_SKIP_LOG", &self.skip_log);
        match &self.corpus {
            Some(corpus) => command.env("NDCODEC_CORPUS", corpus),
            None => command.env_remove("NDCODEC_CORPUS"),
        };
        match &self.python {
            Some(python) => command.env("NDCODEC_PYTHON", &python.executable),
            None => command.env_remove("NDCODEC_PYTHON"),
        };
    }

    /// Prints what was skipped. Under CI, anything skipped or missing is a failure.
    pub(crate) fn check_skips(&self) -> Outcome {
        let skips = self.skips();
        for (why, count) in &skips {
            println!(
                "skipped{}: {why}",
                if *count > 1 { format!(" ({count} times)") } else { String::new() }
            );
        }
        if !in_ci() || (skips.is_empty() && self.missing.is_empty()) {
            return Ok(());
        }
        let mut reasons = self.missing.clone();
        if !skips.is_empty() {
            reasons.push(format!("{} skipped", count_of(skips.values().sum(), "test")));
        }
        Err(format!("under CI nothing may be missing or skipped, but {}", reasons.join("; ")))
    }

    fn skips(&self) -> BTreeMap<String, usize> {
        tally(&fs::read_to_string(&self.skip_log).unwrap_or_default())
    }

    fn summary(&self, is_part: bool) -> String {
        let with = |what: &str, found: Option<String>| match found {
            Some(found) => format!("; {what}: {found}"),
            None => format!("; NO {what}"),
        };
        let skipped = self.skips().values().sum();
        let skipped = if skipped == 0 { "nothing".to_owned() } else { count_of(skipped, "test") };
        format!(
            "{}{}{}; skipped: {skipped}",
            if is_part { " for the part asked for" } else { "" },
            with("corpus", self.corpus.as_ref().map(|path| path.display().to_string())),
            with("peers", self.python.as_ref().map(|python| format!("Python {}", python.version))),
        )
    }
}

/// How often each line stands in the log.
fn tally(log: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in log.lines().map(str::trim).filter(|line| !line.is_empty()) {
        *counts.entry(line.to_owned()).or_insert(0) += 1;
    }
    counts
}

fn count_of(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_skips_are_counted() {
        let counts = tally("no corpus\nno python\n\nno corpus\n");
        assert_eq!(counts, BTreeMap::from([("no corpus".to_owned(), 2), ("no python".to_owned(), 1)]));
    }

    #[test]
    fn the_summary_says_what_was_missing() {
        let log = std::env::temp_dir().join(format!("ndcodec-skips-{}.txt", std::process::id()));
        fs::write(&log, "no python\n").unwrap();
        let without = TestEnvironment {
            corpus: Some("/c".into()),
            python: None,
            missing: vec!["no python".to_owned()],
            skip_log: log.clone(),
        };
        assert_eq!(without.summary(false), "; corpus: /c; NO peers; skipped: 1 test");
        fs::remove_file(log).unwrap();
    }
}
