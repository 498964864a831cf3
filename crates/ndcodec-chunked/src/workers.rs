//! Work on many chunks at once.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use ndcodec_core::CodecError;

/// How many threads to use, at most one for each of `tasks`.
pub(crate) fn count(threads: Option<NonZeroUsize>, tasks: usize) -> usize {
    let wanted = threads.map_or_else(rayon::current_num_threads, NonZeroUsize::get);
    wanted.min(tasks).max(1)
}

/// The most bytes of an array that are worked on at once, where chunks are so small that each thread gets several.
const AT_ONCE: usize = 64 << 20;

/// How many chunks of `chunk_len` bytes to work on at once: `wanted` for each thread, or one if they are large.
pub(crate) fn wave(threads: usize, wanted: usize, chunk_len: usize) -> usize {
    (AT_ONCE / chunk_len).clamp(threads, threads.saturating_mul(wanted))
}

/// Runs `work` on every item, on so many threads, and returns the error of the first item (not the first in time)
/// that failed, so that what is reported does not depend on the threads.
pub(crate) fn run<T: Send>(
    threads: usize,
    items: impl Iterator<Item = T> + Send,
    work: impl Fn(usize, T) -> Result<(), CodecError> + Sync,
) -> Result<(), CodecError> {
    if threads <= 1 {
        return items.enumerate().try_for_each(|(i, item)| work(i, item));
    }
    let items = Mutex::new(items.enumerate());
    let failed: Mutex<Option<(usize, CodecError)>> = Mutex::new(None);
    let lane = || {
        loop {
            let next = items.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((i, item)) = next else { return };
            // Items before a failed one must still be tried: one of them may be the first that fails.
            if failed.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|(at, _)| *at < i) {
                continue;
            }
            if let Err(error) = work(i, item) {
                let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                if failed.as_ref().is_none_or(|(at, _)| i < *at) {
                    *failed = Some((i, error));
                }
            }
        }
    };
    rayon::in_place_scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|_| lane());
        }
        lane();
    });
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}
