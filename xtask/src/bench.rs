//! `cargo xtask bench`: the benchmarks.

use crate::workspace::Workspace;
use crate::{Command, Outcome, process};

pub(crate) const COMMAND: Command = Command {
    name: "bench",
    arguments: "[ARGUMENTS OF cargo bench]",
    about: "Runs the benchmarks of the package `ndcodec-benches`.",
    run,
};

fn run(workspace: &Workspace, args: &[String]) -> Outcome {
    let mut command = workspace.cargo(["bench", "-p", "ndcodec-benches"]);
    if let Ok(corpus) = workspace.corpus() {
        command.env("NDCODEC_CORPUS", corpus);
    }
    process::run(command.args(args))
}
