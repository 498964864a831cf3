//! Memory that is kept between calls: one budget for the whole process.
//!
//! Chains and stages keep scratch buffers and compression contexts in [`Pool`](crate::Pool)s, so that the next call
//! allocates nothing. All pools share one budget. A value that would exceed it is given back to the system, as is what
//! pools hold that nobody used for a while, so that the pools in use get the room.
//!
//! ```
//! use ndcodec_core::memory;
//!
//! memory::set_budget(64 << 20);
//! assert!(memory::kept() <= 64 << 20);
//! memory::trim();
//! # memory::set_budget(memory::DEFAULT_BUDGET);
//! ```

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, Weak};

use super::patient;

/// What may be kept unless somebody says otherwise: 256 MiB.
pub const DEFAULT_BUDGET: usize = 256 << 20;

static BUDGET: AtomicUsize = AtomicUsize::new(DEFAULT_BUDGET);
static CHARGED: AtomicUsize = AtomicUsize::new(0);
static POOLS: Mutex<Vec<Weak<dyn Sweep>>> = Mutex::new(Vec::new());

/// The most bytes that all chains and stages of this process keep between calls.
pub fn budget() -> usize {
    BUDGET.load(Relaxed)
}

/// Sets the most bytes that may be kept between calls. Memory above it is released at once.
pub fn set_budget(bytes: usize) {
    BUDGET.store(bytes, Relaxed);
    if kept() > bytes {
        trim();
    }
}

/// How many bytes are kept: those that are idle, and what values that are at work had when they were last idle.
pub fn kept() -> usize {
    CHARGED.load(Relaxed)
}

/// Gives all idle memory back to the allocator. The next calls allocate again.
pub fn trim() {
    live_pools().iter().for_each(|pool| pool.sweep(true));
}

/// A pool whose idle values can be dropped.
pub(crate) trait Sweep: Send + Sync {
    /// Drops the idle values if nobody used the pool since the last sweep, or if it `must`.
    fn sweep(&self, must: bool);
}

/// Makes a pool known, so that its idle values can be given back.
pub(crate) fn add(pool: Weak<dyn Sweep>) {
    let Some(mut pools) = patient(&POOLS) else { return };
    if pools.len() == pools.capacity() {
        // Each doubling first forgets the pools that are gone, so the list stays within twice the living ones.
        pools.retain(|pool| pool.strong_count() > 0);
    }
    pools.push(pool);
}

/// Charges a value that had `before` bytes when it was last idle and has `now`. `false` if that is more than the budget
/// leaves: nothing is charged for the value then.
pub(crate) fn recharge(before: usize, now: usize) -> bool {
    if now <= before {
        release(before - now);
        return true;
    }
    let more = now - before;
    if try_charge(more) {
        return true;
    }
    live_pools().iter().for_each(|pool| pool.sweep(false));
    if try_charge(more) {
        return true;
    }
    release(before);
    false
}

fn try_charge(bytes: usize) -> bool {
    let fits = |charged: usize| charged.checked_add(bytes).filter(|total| *total <= budget());
    CHARGED.fetch_update(Relaxed, Relaxed, fits).is_ok()
}

pub(crate) fn release(bytes: usize) {
    CHARGED.fetch_sub(bytes, Relaxed);
}

/// The pools, held by themselves: one that is dropped in the middle of a sweep would lock the list again otherwise.
fn live_pools() -> Vec<std::sync::Arc<dyn Sweep>> {
    patient(&POOLS).map_or_else(Vec::new, |pools| pools.iter().filter_map(Weak::upgrade).collect())
}
