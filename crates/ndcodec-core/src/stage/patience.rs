//! [`patient`]: a lock that nobody waits for longer than anybody would hold it.

use std::sync::{Mutex, MutexGuard, TryLockError};
use std::thread;

/// How often it is tried. A thread holds such a lock for a push, or for a search among a few.
const TRIES: usize = 500;

/// The lock; `None` if nobody gives it back.
///
/// So it is in a process that was forked while another thread held it: that thread is not there any more, and whoever waited
/// would wait for ever. What such locks guard is kept to save work, and may be made again.
pub fn patient<T: ?Sized>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    for _ in 0..TRIES {
        match mutex.try_lock() {
            Ok(guard) => return Some(guard),
            // A thread that panicked between a push and its return left the list whole.
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => thread::yield_now(),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_never_given_back_is_passed_by() {
        let mutex = Mutex::new(7);
        let held = patient(&mutex);
        assert_eq!(held.as_deref(), Some(&7));
        assert!(patient(&mutex).is_none());
        drop(held);
        assert!(patient(&mutex).is_some());
    }
}
