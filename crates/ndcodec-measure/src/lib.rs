//! Measuring ways of doing one thing beside each other: [in turns](in_turns), kept as [`Record`]s, compared on a
//! [Pareto front](front()), drawn as [plots](svg).
//!
//! The benches, `ndcodec bench` and `cargo xtask bench` share it. It knows no array and no backend, so that the
//! last builds in seconds.
#![forbid(unsafe_code)]

mod front;
mod plot;
mod record;
mod timing;

pub use front::{front, geometric_mean};
pub use plot::{Plot, Point, Scale, Series, svg};
pub use record::{COLUMNS, Record, read_records, write_records};
pub use timing::{Budget, Pair, in_turns, median, pair};
