//! `cargo xtask`: the project's own commands, one file for each.
//!
//! Its dependencies are few and small, so that it builds in seconds, and a fresh machine needs nothing but cargo to run it.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the commands talk to the person who runs them"
)]

mod api;
mod arm;
mod attacks;
mod bench;
mod ci;
mod debian;
mod features;
mod field;
mod fuzz;
mod licences;
mod metadata;
mod msrv;
mod new_stage;
mod package;
mod peers;
mod process;
mod python;
mod readme;
mod release;
mod sanitize;
mod template;
mod test;
mod tidy;
mod web;
mod weight;
mod wheel;
mod words;
mod workspace;

use std::process::ExitCode;

use lexopt::Arg::{Long, Short, Value};
use workspace::Workspace;

/// What a command ends with: nothing, or a message that says what failed and how to mend it.
type Outcome<T = ()> = Result<T, String>;

/// One word after `cargo xtask`.
struct Command {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    run: fn(&Workspace, lexopt::Parser) -> Outcome,
}

/// Every command, in the order in which `help` lists them.
const COMMANDS: &[Command] = &[
    test::COMMAND,
    wheel::COMMAND,
    web::COMMAND,
    ci::COMMAND,
    tidy::COMMAND,
    readme::COMMAND,
    release::COMMAND,
    api::COMMAND,
    field::COMMAND,
    words::COMMAND,
    weight::COMMAND,
    peers::COMMAND,
    new_stage::COMMAND,
    bench::COMMAND,
    attacks::COMMAND,
    fuzz::COMMAND,
    sanitize::COMMAND,
    arm::COMMAND,
];

fn main() -> ExitCode {
    if let Some(code) = ci::as_rustdoc() {
        return code;
    }
    match dispatch(lexopt::Parser::from_env()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(mut args: lexopt::Parser) -> Outcome {
    let name = match args.next().map_err(misused)? {
        None | Some(Long("help") | Short('h')) => {
            help();
            return Ok(());
        }
        Some(Value(name)) => name,
        Some(option) => return Err(misused(option.unexpected())),
    };
    if name == "help" {
        help();
        return Ok(());
    }
    let Some(command) = COMMANDS.iter().find(|command| name == command.name) else {
        let names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
        return Err(format!("no command `{}`; there are: help, {}", name.display(), names.join(", ")));
    };
    let rest = args.raw_args().map_err(misused)?;
    if rest.as_slice().iter().any(|arg| arg == "-h" || arg == "--help") {
        println!("cargo xtask {} {}\n    {}", command.name, command.arguments, command.about);
        return Ok(());
    }
    (command.run)(&Workspace::find()?, args)
}

/// What is said of arguments that a command does not take.
fn misused(error: lexopt::Error) -> String {
    format!("{error}; `cargo xtask help` says what each command takes")
}

fn help() {
    println!("cargo xtask COMMAND\n");
    for command in COMMANDS {
        println!("  {} {}\n      {}\n", command.name, command.arguments, command.about);
    }
    println!("  help\n      This list.");
}
