//! What the fuzz targets share: containers that anybody may have written, streams in pieces, and memory that is counted.

pub mod container;
pub mod memory;
pub mod pieces;

/// The choice that a byte makes.
pub fn pick<T: Copy>(choices: &[T], by: u8) -> T {
    choices[usize::from(by) % choices.len()]
}
