//! What the benches share: arrays, and a [`Run`] that measures two ways of doing one thing beside each other.

use std::time::Duration;

mod arrays;
mod run;

pub use arrays::{EARTH_ORIENTATION, HEADER, NamedArray, cut, grown, made, measurements, real};
pub use ndcodec_measure::{Budget, Record, geometric_mean, in_turns, median};
pub use run::{Case, Run};

/// The result of measuring two ways beside each other, in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    /// Nanoseconds of one call of ours, the median over all rounds.
    pub ours: f64,
    /// Nanoseconds of one call of theirs, the median over all rounds.
    pub theirs: f64,
    /// Ours divided by theirs, the median over all rounds of the ratio within one round.
    pub ratio: f64,
}

/// Measures two ways in turns, in at most so many rounds, and five where those take long. [`Run`] does so too, and keeps
/// the record.
pub fn pair(rounds: usize, ours: impl FnMut(), theirs: impl FnMut()) -> Pair {
    let budget =
        Budget { time: Duration::from_millis(500), fewest_rounds: rounds.min(5), most_rounds: rounds };
    let pair = ndcodec_measure::pair(&budget, ours, theirs);
    Pair { ours: pair.ours * 1e9, theirs: pair.theirs * 1e9, ratio: pair.ratio }
}
