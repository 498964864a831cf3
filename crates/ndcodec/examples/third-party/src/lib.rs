//! Stages of somebody else's, one file each. `docs/custom-stage.md` walks through them.

mod headed;
mod packed;
mod planar;
mod rle;

pub use headed::HEADED;
pub use packed::PACKED;
pub use planar::PLANAR;
pub use rle::RLE;

/// The examples of the page are tests of this crate: they see what a third party sees.
#[cfg(doctest)]
#[doc = include_str!("../../../../../docs/custom-stage.md")]
mod page {}
