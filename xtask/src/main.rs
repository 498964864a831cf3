//! `cargo xtask`: the project's own commands, one file for each.
//!
//! Std only, with `ndcodec-measure` which is so too, so that it builds in seconds and a fresh machine needs nothing but cargo to run it.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the commands talk to the person who runs them"
)]

mod args;
mod bench;
mod ci;
mod features;
mod json;
mod metadata;
mod msrv;
mod new_stage;
mod process;
mod python;
mod readme;
mod template;
mod test;
mod tidy;
mod wheel;
mod workspace;

use std::process::ExitCode;

use workspace::Workspace;

/// What a command ends with: nothing, or a message that says what failed and how to mend it.
type Outcome<T = ()> = Result<T, String>;

/// One word after `cargo xtask`.
struct Command {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    run: fn(&Workspace, &[String]) -> Outcome,
}

/// Every command, in the order in which `help` lists them.
const COMMANDS: &[Command] = &[
    test::COMMAND,
    wheel::COMMAND,
    ci::COMMAND,
    tidy::COMMAND,
    readme::COMMAND,
    new_stage::COMMAND,
    bench::COMMAND,
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> Outcome {
    let Some((name, rest)) = args.split_first() else {
        help();
        return Ok(());
    };
    if matches!(name.as_str(), "help" | "-h" | "--help") {
        help();
        return Ok(());
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        let names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
        return Err(format!("no command `{name}`; there are: help, {}", names.join(", ")));
    };
    if rest.iter().any(|arg| arg == "-h" || arg == "--help") {
        println!("cargo xtask {} {}\n    {}", command.name, command.arguments, command.about);
        return Ok(());
    }
    (command.run)(&Workspace::find()?, rest)
}

fn help() {
    println!("cargo xtask COMMAND\n");
    for command in COMMANDS {
        println!("  {} {}\n      {}\n", command.name, command.arguments, command.about);
    }
    println!("  help\n      This list.");
}
