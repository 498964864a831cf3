//! When a result whose length nobody knows is measured before it is kept.

/// A result of unknown length that is longer than this, and so many times as long as what the caller gave, is measured before
/// more memory is taken for it. Zeros take a tenth longer so, and a bomb neither memory nor the time that its pages cost.
const UNMEASURED: usize = 32 << 20;
const DENSE: usize = 64;
/// Beyond this the pages cost so much time that a quarter of that density is enough.
const LARGE: usize = 256 << 20;

/// How much is made of `given` bytes before it is measured.
pub(super) fn unmeasured(given: usize) -> usize {
    let dense = given.saturating_mul(DENSE);
    dense.min(given.saturating_mul(DENSE / 4).max(LARGE)).max(UNMEASURED)
}

#[cfg(test)]
mod tests {
    use super::unmeasured;

    #[test]
    fn what_is_large_is_measured_sooner() {
        const MIB: usize = 1 << 20;
        for (given, made) in [(0, 32), (1, 64), (4, 256), (8, 256), (16, 256), (32, 512), (1024, 16 * 1024)] {
            assert_eq!(unmeasured(given * MIB), made * MIB, "{given} MiB");
        }
        assert_eq!(unmeasured(usize::MAX), usize::MAX);
    }
}
