//! [`Recent`]: the value that was made last, for callers who ask for the same again and again.

use std::fmt;

use spin::mutex::SpinMutex;

/// One value with its key. A service sees the same few headers and layouts again and again, and what follows from them
/// costs more than a comparison.
///
/// A thread that finds another one at work makes its own value: waiting would cost more. As nobody waits, a lock that is
/// given back by a plain store is enough: with that of the standard library, 1 KiB of base64 takes a tenth longer.
pub struct Recent<K, V>(SpinMutex<Option<(K, V)>>);

impl<K, V: Clone> Recent<K, V> {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self(SpinMutex::new(None))
    }

    /// The last value, if `is_same` holds for its key; else what `make` gives, which is kept from then on if it comes with
    /// a key.
    ///
    /// # Errors
    /// Whatever `make` fails with.
    #[inline]
    pub fn get<E>(
        &self,
        is_same: impl FnOnce(&K) -> bool,
        make: impl FnOnce() -> Result<(Option<K>, V), E>,
    ) -> Result<V, E> {
        let Some(mut last) = self.0.try_lock() else { return make().map(|(_, value)| value) };
        if let Some((key, value)) = &*last
            && is_same(key)
        {
            return Ok(value.clone());
        }
        let (key, value) = make()?;
        if let Some(key) = key {
            *last = Some((key, value.clone()));
        }
        Ok(value)
    }
}

/// What was made for one owner need not serve its copy.
impl<K, V: Clone> Clone for Recent<K, V> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<K, V: Clone> Default for Recent<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> fmt::Debug for Recent<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recent").finish_non_exhaustive()
    }
}
