//! Measuring ways of doing one thing beside each other: [in turns](in_turns), kept as [`Record`]s.
//!
//! The benches, `ndcodec bench` and `cargo xtask bench` share it. Std only, so that the last builds in seconds.

mod record;
mod timing;

pub use record::{COLUMNS, Record, read_records, write_records};
pub use timing::{Budget, Pair, in_turns, median, pair};
