//! [`Units`]: members, frames and blocks are counted, so that what holds next to nothing costs next to nothing.

use crate::{CodecError, ErrorKind};

/// So many units may hold what they like: more than anybody appends to one file without merging them.
const FREE: u64 = 1 << 16;
/// Beyond that each must hold so many bytes, on average.
const LEAST: u64 = 16;

/// Counts the units of an encoded form, such as gzip members, and refuses it once they are many and hold next to nothing.
///
/// A million empty members are 20 MB, and zstd makes those of 2 KB. Each costs time, and their number is bounded neither
/// by the input nor by the result.
#[derive(Debug, Clone, Copy, Default)]
pub struct Units(u64);

impl Units {
    /// No units yet.
    pub const fn new() -> Self {
        Self(0)
    }

    /// Counts one more of `what`, such as `gzip members`; all so far hold `held` bytes.
    ///
    /// # Errors
    /// If there are more than 65,536, and they hold fewer than 16 bytes each.
    #[inline]
    pub fn count(&mut self, what: &str, held: u64) -> Result<(), CodecError> {
        self.0 += 1;
        if self.0 > FREE && held / LEAST < self.0 - FREE { Err(self.refused(what, held)) } else { Ok(()) }
    }

    #[cold]
    fn refused(self, what: &str, held: u64) -> CodecError {
        let count = self.0;
        CodecError::new(
            ErrorKind::Refused,
            format!(
                "{count} {what} hold only {held} bytes; beyond {FREE}, expected {LEAST} bytes each on average"
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_that_hold_nothing_are_refused() {
        let mut units = Units::new();
        let refused = (0..FREE + 100).find_map(|at| Some((at, units.count("members", 0).err()?)));
        let (at, error) = refused.unwrap();
        assert_eq!((at, error.kind()), (FREE, ErrorKind::Refused));
        assert_eq!(
            error.to_string(),
            "65537 members hold only 0 bytes; beyond 65536, expected 16 bytes each on average"
        );
    }

    #[test]
    fn many_that_hold_something_are_not() {
        let mut units = Units::new();
        assert!((1..3 * FREE).all(|at| units.count("members", at * LEAST).is_ok()));
    }
}
