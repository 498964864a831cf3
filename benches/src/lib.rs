//! What the benches share: arrays, and a [`Run`] that measures two ways of doing one thing beside each other.

mod arrays;
mod run;

pub use arrays::{EARTH_ORIENTATION, HEADER, NamedArray, cut, grown, made, measurements, npy_files, real};
pub use ndcodec_measure::{Budget, Record, geometric_mean, in_turns, median};
pub use run::{Case, Run};
