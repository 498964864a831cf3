//! `cargo xtask words`: the page of all words with their parameters, made from the descriptors.

use lexopt::Arg::Long;
use lexopt::Parser;

use crate::workspace::Workspace;
use crate::{Command, Outcome, features, misused, process};

pub(crate) const COMMAND: Command = Command {
    name: "words",
    arguments: "[--check]",
    about: "Writes crates/ndcodec/words.md, the words with their parameters and promises, from the stages' descriptors; \
            --check only compares it, as the facade's tests do.",
    run,
};

/// The test that makes the page: the descriptors are there, and not here.
const TEST: [&str; 7] = ["test", "--quiet", "-p", features::FACADE, "--features=full", "--test", "words"];

fn run(workspace: &Workspace, mut args: Parser) -> Outcome {
    let mut cargo = workspace.cargo(TEST);
    cargo.env("NDCODEC_WRITE_WORDS", "1");
    while let Some(arg) = args.next().map_err(misused)? {
        match arg {
            Long("check") => cargo.env_remove("NDCODEC_WRITE_WORDS"),
            _ => return Err(misused(arg.unexpected())),
        };
    }
    process::run(&mut cargo)
}
