//! [`Files`]: what the files that data make take of the limit, however little is in them.

use crate::failure::Failure;

/// So many files count as the bytes that they hold.
const FREE: usize = 256;
/// Each further one counts as a block of a disk at least: it takes one there, and as much time as decoding so many bytes.
const BLOCK: usize = 4096;

/// The files that a command makes, each for an array.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Files {
    count: usize,
    taken: usize,
}

impl Files {
    /// One more, of `len` bytes.
    pub(crate) fn add(&mut self, len: usize) {
        self.count += 1;
        let least = if self.count > FREE { BLOCK } else { 0 };
        self.taken = self.taken.saturating_add(len.max(least));
    }

    /// Whether they keep to the limit `max`. `name` is that of the data.
    pub(crate) fn check(&self, name: &str, max: usize) -> Result<(), Failure> {
        let Self { count, taken } = *self;
        if taken <= max {
            return Ok(());
        }
        let how = if count > FREE {
            format!(
                "the arrays take {taken} bytes in {count} files, of which those beyond {FREE} count as {BLOCK} or more"
            )
        } else {
            format!("the arrays have {taken} bytes together")
        };
        Err(Failure::over_limit(name, &how, max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_count_as_what_they_hold() {
        let mut files = Files::default();
        (0..FREE).for_each(|_| files.add(1));
        assert!(files.check("x", FREE).is_ok() && files.check("x", FREE - 1).is_err());
    }

    #[test]
    fn many_count_as_blocks() {
        let mut files = Files::default();
        (0..FREE + 2).for_each(|_| files.add(1));
        files.add(5000);
        let most = FREE + 2 * BLOCK + 5000;
        assert!(files.check("x", most).is_ok() && files.check("x", most - 1).is_err());
        (0..3).for_each(|_| files.add(usize::MAX));
        assert!(files.check("x", usize::MAX - 1).is_err());
    }
}
