//! `cargo xtask attacks`: what strangers may send, through Rust, the program and the Python package, with small limits.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command as Process;

use lexopt::Arg::{Long, Value};
use lexopt::Parser;

use crate::workspace::Workspace;
use crate::{Command, Outcome, misused, process, wheel};

pub(crate) const COMMAND: Command = Command {
    name: "attacks",
    arguments: "[--failures] [--way WAY] [WORD …]",
    about: "Runs the attacks of docs/attacks.md through Rust, the program and the Python package, and prints peak memory and \
            processor time beside what is promised; fails if one is beyond. Words choose the attacks whose name holds \
            one of them, --way one of rust, stream, cli and python; --failures prints only what fails.",
    run,
};

/// The cargo profile: fast, quickly built, and with checks for overflow.
pub(crate) const PROFILE: &str = "attacks";

fn run(workspace: &Workspace, mut args: Parser) -> Outcome {
    let mut passed_on: Vec<OsString> = Vec::new();
    while let Some(arg) = args.next().map_err(misused)? {
        match arg {
            Long("failures") => passed_on.push("--failures".into()),
            Long("way") => passed_on.extend(["--way".into(), args.value().map_err(misused)?]),
            Value(word) => passed_on.extend(["--only".into(), word]),
            _ => return Err(misused(arg.unexpected())),
        }
    }
    let cargo = ["build", "--quiet", "--profile", PROFILE];
    process::run(workspace.cargo(cargo).args(["-p", "ndcodec-cli"]))?;
    process::run(workspace.cargo(cargo).args([
        "-p",
        "ndcodec",
        "--features",
        "full",
        "--example",
        "attacked",
    ]))?;
    let python = wheel::installed(workspace, PROFILE)?;
    let built = workspace.target().join(PROFILE);
    let mut attacks = Process::new(&python.executable);
    attacks.arg(workspace.root().join("xtask/python/attacks/run.py"));
    attacks.arg("--cli").arg(built.join("ndcodec")).arg("--rust").arg(built.join("examples/attacked"));
    match reproducers(workspace) {
        Some(folder) => drop(attacks.arg("--reproducers").arg(folder)),
        None => println!("note: no folder of reproducers beside the checkout; only the battery runs"),
    }
    process::run(attacks.args(passed_on).env("PYTHONDONTWRITEBYTECODE", "1"))
}

/// The files of the security review, beside the corpus.
fn reproducers(workspace: &Workspace) -> Option<PathBuf> {
    let folder = workspace.corpus().ok()?.parent()?.join("attacks");
    folder.is_dir().then_some(folder)
}
