//! [`Pool`]: values that are expensive to make and may be used again, such as compression contexts and scratch buffers.

use std::borrow::Borrow;
use std::convert::Infallible;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use crossbeam_utils::atomic::AtomicCell;

use super::memory::{self, Sweep};
use super::patient;
use crate::Buffer;

/// Idle values, shared by all threads that use one stage or one chain. What they occupy counts towards the
/// [budget](crate::memory) of the process.
///
/// A fresh zstd context costs ten times the work of a 4 KiB payload, which is why stages hold one of these
/// and do not make a context per call.
pub struct Pool<T: Send + 'static>(Arc<Shared<T>>);

/// A value on loan from a [`Pool`]. It returns there when it is dropped.
pub type Pooled<'p, T> = Lease<T, &'p Arc<Shared<T>>>;

/// A value on loan that keeps its [`Pool`] alive, for streams.
pub type PooledOwned<T> = Lease<T, Arc<Shared<T>>>;

#[doc(hidden)]
pub struct Shared<T> {
    /// One value that is taken and given back by a swap, which is all that a single thread needs: two locks and
    /// unlocks are a tenth of the work on 4 KiB of base64.
    first: AtomicCell<Option<Box<Idle<T>>>>,
    others: Mutex<Vec<Box<Idle<T>>>>,
    size: fn(&T) -> usize,
    is_known: AtomicBool,
    /// Whether a value came back since the last sweep.
    is_used: AtomicBool,
}

impl<T> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// A value with the bytes that it is charged for.
struct Idle<T> {
    value: T,
    charged: usize,
}

impl<T> Drop for Idle<T> {
    fn drop(&mut self) {
        memory::release(self.charged);
    }
}

impl<T: Send + 'static> Pool<T> {
    /// A pool with nothing in it, for values that own no memory worth counting beside their own size.
    pub fn new() -> Self {
        Self::measured(|_| size_of::<T>())
    }

    /// A pool with nothing in it, for values that occupy `size` bytes.
    pub fn measured(size: fn(&T) -> usize) -> Self {
        Self(Arc::new(Shared {
            first: AtomicCell::new(None),
            others: Mutex::new(Vec::new()),
            size,
            is_known: AtomicBool::new(false),
            is_used: AtomicBool::new(false),
        }))
    }

    /// An idle value, or the one that `make` gives.
    #[inline]
    pub fn take(&self, make: impl FnOnce() -> T) -> Pooled<'_, T> {
        let Ok(value) = self.try_take(|| Ok::<_, Infallible>(make()));
        value
    }

    /// [`take`](Self::take) if making a value may fail.
    ///
    /// # Errors
    /// Whatever `make` fails with.
    #[inline]
    pub fn try_take<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<Pooled<'_, T>, E> {
        Ok(Lease { value: Some(self.0.idle_or(make)?), shared: &self.0 })
    }

    /// [`take`](Self::take) for a value that outlives this pool's owner, such as a stream's.
    pub fn take_owned(&self, make: impl FnOnce() -> T) -> PooledOwned<T> {
        let Ok(value) = self.try_take_owned(|| Ok::<_, Infallible>(make()));
        value
    }

    /// [`try_take`](Self::try_take) for a value that outlives this pool's owner.
    ///
    /// # Errors
    /// Whatever `make` fails with.
    pub fn try_take_owned<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<PooledOwned<T>, E> {
        Ok(Lease { value: Some(self.0.idle_or(make)?), shared: self.0.clone() })
    }
}

impl Pool<Buffer> {
    /// A pool of buffers, each of which counts with the memory that it holds.
    pub fn of_buffers() -> Self {
        Self::measured(Buffer::capacity)
    }

    /// An empty buffer, which may hold memory.
    #[inline]
    pub fn buffer(&self) -> Pooled<'_, Buffer> {
        let mut buffer = self.take(Buffer::new);
        buffer.clear();
        buffer
    }

    /// [`buffer`](Self::buffer) for a stream.
    pub fn buffer_owned(&self) -> PooledOwned<Buffer> {
        let mut buffer = self.take_owned(Buffer::new);
        buffer.clear();
        buffer
    }
}

impl<T: Send + 'static> Shared<T> {
    #[inline]
    fn idle_or<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<Box<Idle<T>>, E> {
        match self.first.take().or_else(|| self.others()?.pop()) {
            Some(idle) => Ok(idle),
            None => Ok(Box::new(Idle { value: make()?, charged: 0 })),
        }
    }

    #[inline]
    fn put(self: &Arc<Self>, mut idle: Box<Idle<T>>) {
        let size = (self.size)(&idle.value);
        if size != idle.charged && !self.recharge(&mut idle, size) {
            return;
        }
        if !self.is_used.load(Relaxed) {
            self.is_used.store(true, Relaxed);
        }
        if let Some(other) = self.first.swap(Some(idle)) {
            // Where there is no lock the value goes.
            if let Some(mut others) = self.others() {
                others.push(other);
            }
        }
    }

    /// Charges a value whose size changed. `false` if it must go.
    #[cold]
    fn recharge(self: &Arc<Self>, idle: &mut Idle<T>, size: usize) -> bool {
        if !memory::recharge(std::mem::take(&mut idle.charged), size) {
            return false;
        }
        idle.charged = size;
        if !self.is_known.swap(true, Relaxed) {
            let pool: Weak<Self> = Arc::downgrade(self);
            memory::add(pool);
        }
        true
    }

    fn others(&self) -> Option<MutexGuard<'_, Vec<Box<Idle<T>>>>> {
        patient(&self.others)
    }
}

impl<T: Send + 'static> Sweep for Shared<T> {
    fn sweep(&self, must: bool) {
        if self.is_used.swap(false, Relaxed) && !must {
            return;
        }
        // Dropped here, outside of the lock.
        let idle = (self.first.take(), self.others().map(|mut others| std::mem::take(&mut *others)));
        drop(idle);
    }
}

impl<T: Send + 'static> Default for Pool<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Send + 'static> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

/// A value on loan: see [`Pooled`] and [`PooledOwned`].
pub struct Lease<T: Send + 'static, S: Borrow<Arc<Shared<T>>>> {
    shared: S,
    // `None` only while it is being dropped.
    value: Option<Box<Idle<T>>>,
}

impl<T: Send + 'static, S: Borrow<Arc<Shared<T>>>> Deref for Lease<T, S> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.value.as_deref().expect("a loan holds its value until it is dropped").value
    }
}

impl<T: Send + 'static, S: Borrow<Arc<Shared<T>>>> DerefMut for Lease<T, S> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value.as_deref_mut().expect("a loan holds its value until it is dropped").value
    }
}

impl<T: Send + 'static, S: Borrow<Arc<Shared<T>>>> Drop for Lease<T, S> {
    #[inline]
    fn drop(&mut self) {
        // A panic in the middle of a backend's call may leave the value in any state.
        if let (Some(value), false) = (self.value.take(), std::thread::panicking()) {
            self.shared.borrow().put(value);
        }
    }
}

impl<T: Send + fmt::Debug + 'static, S: Borrow<Arc<Shared<T>>>> fmt::Debug for Lease<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.as_deref().map(|idle| &idle.value).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_comes_back_to_its_pool() {
        let pool = Pool::of_buffers();
        let first = {
            let mut buffer = pool.buffer();
            buffer.set_len(1000);
            buffer.as_ptr()
        };
        let mut again = pool.buffer_owned();
        assert!(again.is_empty());
        again.set_len(1000);
        assert_eq!(again.as_ptr(), first);
        assert_eq!(pool.buffer().capacity(), 0);
    }
}
