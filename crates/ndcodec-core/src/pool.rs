//! [`Pool`]: values that are dear to make and may be used again, such as compression contexts and scratch buffers.

use std::convert::Infallible;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crossbeam_utils::atomic::AtomicCell;

/// Idle values, shared by all threads that use one stage or one chain.
///
/// A fresh zstd context costs ten times the work of a 4 KiB payload, which is why stages hold one of these
/// in place of making a context per call.
pub struct Pool<T> {
    /// One value that is taken and given back by a swap, which is all that a single thread needs: two locks and
    /// unlocks are a tenth of the work on 4 KiB of base64.
    first: AtomicCell<Option<Box<T>>>,
    others: Mutex<Vec<Box<T>>>,
}

impl<T> Pool<T> {
    /// A pool with nothing in it.
    pub const fn new() -> Self {
        Self { first: AtomicCell::new(None), others: Mutex::new(Vec::new()) }
    }

    /// An idle value, or the one that `make` gives. It returns to the pool when the guard is dropped.
    pub fn take(&self, make: impl FnOnce() -> T) -> Pooled<'_, T> {
        let Ok(value) = self.try_take(|| Ok::<_, Infallible>(make()));
        value
    }

    /// [`take`](Self::take) where making a value may fail.
    ///
    /// # Errors
    /// Whatever `make` fails with.
    pub fn try_take<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<Pooled<'_, T>, E> {
        let idle = self.first.take().or_else(|| self.others().pop());
        let value = match idle {
            Some(value) => value,
            None => Box::new(make()?),
        };
        Ok(Pooled { pool: self, value: Some(value) })
    }

    fn put(&self, value: Box<T>) {
        if let Some(other) = self.first.swap(Some(value)) {
            self.others().push(other);
        }
    }

    fn others(&self) -> MutexGuard<'_, Vec<Box<T>>> {
        // A poisoned lock only says that another thread panicked between a push and its return: the list is whole.
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

/// A value on loan from a [`Pool`].
pub struct Pooled<'p, T> {
    pool: &'p Pool<T>,
    // `None` only while it is being dropped.
    value: Option<Box<T>>,
}

impl<T> Deref for Pooled<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_deref().expect("a loan holds its value until it is dropped")
    }
}

impl<T> DerefMut for Pooled<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_deref_mut().expect("a loan holds its value until it is dropped")
    }
}

impl<T> Drop for Pooled<'_, T> {
    fn drop(&mut self) {
        // A panic in the middle of a backend's call may leave the value in any state.
        if let (Some(value), false) = (self.value.take(), std::thread::panicking()) {
            self.pool.put(value);
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Pooled<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}
