//! `cargo xtask readme`: the README's two commands, run in a fresh clone as a newcomer would.
//!
//! The convention: README.md has a section `## Two commands` with exactly two blocks fenced as ```` ```sh ````. The first
//! does the main job on real input and fails if the result is wrong; the second is `cargo xtask test`. Each runs by
//! `sh -eu` in the root of the clone. What is not committed is not in a clone.

use std::fs;
use std::path::PathBuf;
use std::process::Command as Process;

use lexopt::Arg::Long;
use lexopt::Parser;

use crate::workspace::{Workspace, read};
use crate::{Command, Outcome, misused, process};

pub(crate) const COMMAND: Command = Command {
    name: "readme",
    arguments: "[--all] [--share-target]",
    about: "Runs the README's first command in a fresh clone; with --all, its test command too. \
            --share-target lets the clone build in this checkout's target folder.",
    run,
};

const SECTION: &str = "## Two commands";
const FENCE: &str = "```sh";
const TEST: &str = "cargo xtask test";

/// Which of the two commands to run.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Part {
    First,
    Both,
}

/// Where the clone builds.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Target {
    Fresh,
    Shared,
}

fn run(workspace: &Workspace, mut args: Parser) -> Outcome {
    let (mut part, mut target) = (Part::First, Target::Fresh);
    while let Some(arg) = args.next().map_err(misused)? {
        match arg {
            Long("all") => part = Part::Both,
            Long("share-target") => target = Target::Shared,
            _ => return Err(misused(arg.unexpected())),
        }
    }
    check(workspace, part, target)
}

pub(crate) fn check(workspace: &Workspace, part: Part, target: Target) -> Outcome {
    let clone = Clone::make(workspace)?;
    let [first, second] = commands(&read(&clone.folder.join("README.md"))?)?;
    let blocks = match part {
        Part::First => vec![first],
        Part::Both => vec![first, second],
    };
    for block in blocks {
        let mut shell = Process::new("sh");
        shell.args(["-eu", "-c", &block]).current_dir(&clone.folder);
        leave_cargo(&mut shell);
        if target == Target::Shared {
            shell.env("CARGO_TARGET_DIR", workspace.target());
        }
        if let Ok(corpus) = workspace.corpus() {
            shell.env("NDCODEC_CORPUS", corpus);
        }
        process::run(&mut shell)?;
    }
    println!(
        "README.md: {} in a fresh clone",
        if part == Part::Both { "both commands pass" } else { "the first command passes" }
    );
    Ok(())
}

/// The two shell blocks of the section `## Two commands`.
fn commands(readme: &str) -> Outcome<[String; 2]> {
    let mut lines = readme.lines();
    if !lines.any(|line| line.trim_end() == SECTION) {
        return Err(format!("README.md has no section `{SECTION}`"));
    }
    let mut blocks = Vec::new();
    while let Some(line) = lines.next() {
        if line.starts_with("## ") {
            break;
        }
        if line.trim_end() == FENCE {
            let block: Vec<&str> = lines.by_ref().take_while(|line| line.trim_end() != "```").collect();
            blocks.push(block.join("\n"));
        }
    }
    let blocks: [String; 2] = blocks.try_into().map_err(|blocks: Vec<_>| {
        format!("`{SECTION}` of README.md has {} blocks ```sh, not 2", blocks.len())
    })?;
    if blocks[1].trim() != TEST {
        return Err(format!("the second block of `{SECTION}` in README.md is not `{TEST}`"));
    }
    Ok(blocks)
}

/// Takes away what the cargo around this xtask set, or the clone's cargo would see this checkout.
fn leave_cargo(command: &mut Process) {
    for (key, _) in std::env::vars_os() {
        let name = key.to_string_lossy();
        let is_of_package = name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        if is_of_package || ["CARGO", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"].contains(&&*name) {
            command.env_remove(&key);
        }
    }
}

/// A clone of the last commit in a temporary folder, removed when it goes out of scope.
struct Clone {
    above: PathBuf,
    folder: PathBuf,
}

impl Clone {
    fn make(workspace: &Workspace) -> Outcome<Self> {
        process::capture(&mut workspace.git(&["rev-parse", "--verify", "HEAD"]))
            .map_err(|why| format!("there is no commit to clone: {why}"))?;
        let above = std::env::temp_dir().join(format!("ndcodec-readme-{}", std::process::id()));
        if above.starts_with(workspace.root()) {
            return Err(format!(
                "the temporary folder {} is inside the checkout; set TMPDIR",
                above.display()
            ));
        }
        fs::create_dir(&above)
            .map_err(|error| format!("cannot make the folder {}: {error}", above.display()))?;
        let clone = Self { folder: above.join("ndcodec"), above };
        if !process::capture(&mut workspace.git(&["status", "--porcelain"]))?.is_empty() {
            println!("note: the clone is of the last commit; the work tree has changes that are not in it");
        }
        let mut git = Process::new("git");
        git.args(["clone", "--quiet", "--no-hardlinks"]).arg(workspace.root()).arg(&clone.folder);
        process::run(&mut git)?;
        Ok(clone)
    }
}

impl Drop for Clone {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.above) {
            eprintln!("note: cannot remove {}: {error}", self.above.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_blocks_of_the_section_are_taken() {
        let readme = "# x\n```sh\nnot this\n```\n## Two commands\nFirst:\n```sh\na\nb\n```\n```text\nout\n```\n\
                      ```sh\ncargo xtask test\n```\n## Next\n```sh\nnor this\n```\n";
        assert_eq!(commands(readme).unwrap(), ["a\nb", "cargo xtask test"]);
    }

    #[test]
    fn a_readme_that_breaks_the_convention_is_told_how() {
        let cases = [
            ("# x\n", "README.md has no section `## Two commands`"),
            ("## Two commands\n```sh\na\n```\n", "`## Two commands` of README.md has 1 blocks ```sh, not 2"),
            (
                "## Two commands\n```sh\na\n```\n```sh\nb\n```\n",
                "the second block of `## Two commands` in README.md is not `cargo xtask test`",
            ),
        ];
        for (readme, message) in cases {
            assert_eq!(commands(readme).unwrap_err(), message);
        }
    }
}
