//! What the module `common` leaves to the other one.

use ndcodec::stage::StageSpec;

use crate::error::Outcome;
#[cfg(not(feature = "full"))]
use crate::error::unsupported;

/// The highest level of zstd whose strategies `common` is built with: `cargo xtask web` leaves the others out.
#[cfg(not(feature = "full"))]
const MOST_ZSTD: i64 = 3;

/// Fails if a chain asks for more than this module has. Decoding never does.
#[cfg(not(feature = "full"))]
pub(crate) fn check<'s>(mut stages: impl Iterator<Item = &'s StageSpec>) -> Outcome<()> {
    let level = stages
        .find(|stage| stage.descriptor().name() == "zstd")
        .map(|stage| stage.params().int("level"))
        .filter(|level| *level > MOST_ZSTD);
    level.map_or(Ok(()), |level| {
        Err(unsupported(&format!(
            "`zstd` encodes at levels up to {MOST_ZSTD} in the common words, not {level}"
        )))
    })
}

/// The full module has everything.
#[cfg(feature = "full")]
#[expect(clippy::unnecessary_wraps, reason = "as in the other module")]
pub(crate) fn check<'s>(_stages: impl Iterator<Item = &'s StageSpec>) -> Outcome<()> {
    Ok(())
}
