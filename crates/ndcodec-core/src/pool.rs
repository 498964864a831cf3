//! [`Pool`]: values that are dear to make and may be used again, such as compression contexts and scratch buffers.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Idle values, shared by all threads that use one stage or one chain.
///
/// A fresh zstd context costs ten times the work of a 4 KiB payload, which is why stages hold one of these
/// in place of making a context per call.
pub struct Pool<T> {
    idle: Mutex<Vec<T>>,
}

impl<T> Pool<T> {
    /// A pool with nothing in it.
    pub const fn new() -> Self {
        Self { idle: Mutex::new(Vec::new()) }
    }

    /// An idle value, or the one that `make` gives. It returns to the pool when the guard is dropped.
    ///
    /// # Errors
    /// Whatever `make` fails with.
    pub fn take<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<Pooled<'_, T>, E> {
        // A poisoned lock only says that another thread panicked between a push and its return: the list is whole.
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let value = match idle {
            Some(value) => value,
            None => make()?,
        };
        Ok(Pooled { pool: self, value: Some(value) })
    }

    fn put(&self, value: T) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(value);
    }
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).len();
        write!(f, "Pool({idle} idle)")
    }
}

/// A value on loan from a [`Pool`].
pub struct Pooled<'p, T> {
    pool: &'p Pool<T>,
    // `None` only while it is being dropped.
    value: Option<T>,
}

impl<T> Deref for Pooled<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("a loan holds its value until it is dropped")
    }
}

impl<T> DerefMut for Pooled<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("a loan holds its value until it is dropped")
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
