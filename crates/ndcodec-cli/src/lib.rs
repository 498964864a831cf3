//! The program `ndcodec` as a library. The Python package uses it to run the program.
#![forbid(unsafe_code)]

mod archive;
mod args;
mod commands;
mod describe;
mod doubt;
mod failure;
mod files;
mod input;
mod interrupt;
mod line;
mod output;
mod progress;
mod terminal;
mod transfer;

use std::ffi::OsString;
use std::io::{self, Write};
use std::sync::OnceLock;

/// What starts this program once more, with arguments of another command behind it.
static PROGRAM: OnceLock<Vec<OsString>> = OnceLock::new();

/// Runs the program with these arguments, the first of which is its name, and returns the exit status.
///
/// `program` is what starts it once more, in a process of its own: `ndcodec`, or `python -m ndcodec`. The caller ends the
/// process after it, since Ctrl-C may have a handler by then, and the pools are full.
pub fn run(program: Vec<OsString>, args: Vec<OsString>) -> u8 {
    PROGRAM.set(program).ok();
    let status = match args::parse(args) {
        Ok(cli) => match commands::run(&cli.command) {
            Ok(()) => 0,
            Err(failure) => {
                terminal::report(&failure);
                failure.status().code()
            }
        },
        Err(status) => status,
    };
    // Whoever is not started by Rust's runtime has nobody who does it at the end. What must be written is flushed where it
    // is, with the error reported.
    io::stdout().flush().ok();
    status
}
