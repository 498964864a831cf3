//! The laws themselves: what is sound passes, and each way to be broken is caught.

mod broken_arrays;
mod broken_codecs;
mod broken_fronts;
mod lined;
mod sound_stages;
mod toys;
