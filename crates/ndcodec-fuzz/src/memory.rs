//! An allocator that counts: what `docs/limits.md` promises of memory is held by it.

use std::alloc::{GlobalAlloc, Layout as Wanted, System};
use std::sync::atomic::{AtomicUsize, Ordering};

struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn count(bytes: usize) {
    let held = HELD.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(held, Ordering::Relaxed);
}

// SAFETY: what it gives is the system's; the counts are beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, wanted: Wanted) -> *mut u8 {
        count(wanted.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(wanted) }
    }

    unsafe fn alloc_zeroed(&self, wanted: Wanted) -> *mut u8 {
        count(wanted.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(wanted) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, wanted: Wanted) {
        HELD.fetch_sub(wanted.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(memory, wanted) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Does `work` under a limit of `max_bytes`, which must take no more than three times that, and what programs, blocks and
/// contexts take.
pub fn within(max_bytes: usize, what: &str, work: impl FnOnce()) {
    let before = HELD.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    work();
    let peak = PEAK.load(Ordering::Relaxed).saturating_sub(before);
    let most = 3 * max_bytes + (32 << 20);
    assert!(peak <= most, "{what}: {peak} bytes under a limit of {max_bytes}");
}
