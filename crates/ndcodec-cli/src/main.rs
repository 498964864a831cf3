//! The program `ndcodec`: encodes, decodes and inspects arrays by a chain.
#![forbid(unsafe_code)]

mod archive;
mod args;
mod commands;
mod describe;
mod failure;
mod input;
mod interrupt;
mod line;
mod output;
mod progress;
mod terminal;
mod transfer;

use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match args::parse() {
        Ok(cli) => cli,
        Err(status) => return status,
    };
    match commands::run(&cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::report(&failure);
            failure.status().into()
        }
    }
}
