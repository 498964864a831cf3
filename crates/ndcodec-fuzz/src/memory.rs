//! What `docs/limits.md` promises of memory.

#[path = "../../ndcodec/tests/counting/mod.rs"]
mod counting;

/// Does `work` under a limit of `max_bytes`, which must take no more than three times that, and what programs, blocks and
/// contexts take.
pub fn within(max_bytes: usize, what: &str, work: impl FnOnce()) {
    let (peak, ()) = counting::peak_of(work);
    let most = 3 * max_bytes + (32 << 20);
    assert!(peak <= most, "{what}: {peak} bytes under a limit of {max_bytes}");
}
