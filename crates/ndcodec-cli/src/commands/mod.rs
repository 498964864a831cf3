//! The commands, one module each: its options, and what it does.

mod bench;
mod completions;
mod convert;
mod decode;
mod detect;
mod encode;
mod explain;
mod inspect;
mod list;

use clap::Subcommand;

use crate::failure::Failure;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Encode(encode::Encode),
    Decode(decode::Decode),
    Convert(convert::Convert),
    Inspect(inspect::Inspect),
    List(list::List),
    Explain(explain::Explain),
    Detect(detect::Detect),
    Bench(bench::Bench),
    #[command(hide = true)]
    BenchMemory(bench::Memory),
    Completions(completions::Completions),
}

pub(crate) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Encode(args) => {
            encode::run(args).map_err(|failure| failure.with_line_ends(&args.transfer.input))
        }
        Command::Decode(args) => {
            decode::run(args).map_err(|failure| failure.with_line_ends(&args.transfer.input))
        }
        Command::Convert(args) => {
            convert::run(args).map_err(|failure| failure.with_line_ends(&args.transfer.input))
        }
        Command::Inspect(args) => inspect::run(args),
        Command::List(args) => list::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Detect(args) => detect::run(args),
        Command::Bench(args) => bench::run(args),
        Command::BenchMemory(args) => bench::run_memory(args),
        Command::Completions(args) => completions::run(args),
    }
}
