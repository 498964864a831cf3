//! `ndcodec completions`: what a shell needs to complete commands and options.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::args::Cli;
use crate::failure::Failure;
use crate::output::print;

/// Print the completion script of a shell
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

const AFTER_HELP: &str = "\
Examples:
  ndcodec completions bash > ndcodec.bash
  ndcodec completions zsh > _ndcodec
  ndcodec completions fish > ndcodec.fish";

pub(crate) fn run(args: &Completions) -> Result<(), Failure> {
    // To memory first: the generator panics where it cannot write, and a pipe may be closed.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ndcodec", &mut script);
    print(&String::from_utf8_lossy(&script))
}
