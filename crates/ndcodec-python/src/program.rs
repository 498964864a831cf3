//! The program `ndcodec`, as `python -m ndcodec` and as the command of that name.

use std::ffi::OsString;
use std::panic::catch_unwind;

use pyo3::prelude::*;

/// What the program's own process ends with after a panic.
const PANICKED: u8 = 101;

/// Runs the program with these arguments, the first of which is its name, and returns its exit status; `program` starts it
/// in a process of its own.
#[pyfunction]
pub(crate) fn run_program(py: Python<'_>, program: Vec<OsString>, args: Vec<OsString>) -> u8 {
    // What was wrong has been printed by then.
    py.detach(|| catch_unwind(|| ndcodec_cli::run(program, args)).unwrap_or(PANICKED))
}
