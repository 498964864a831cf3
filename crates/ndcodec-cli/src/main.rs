//! The program `ndcodec`: encodes, decodes and inspects arrays by a chain.
#![forbid(unsafe_code)]

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let program = env::current_exe().map(|path| vec![path.into_os_string()]).unwrap_or_default();
    ndcodec_cli::run(program, env::args_os().collect()).into()
}
