//! [`Buffer`]: growable bytes, aligned to a cache line, that stay initialised when they are cleared.
//!
//! A `Vec<u8>` forgets that its spare room was ever written, so that handing it to a backend that wants
//! `&mut [u8]` costs a pass of zeroes each time. A `Buffer` remembers, which makes reuse free, without `unsafe`.

use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::{CodecError, fresh};

/// One cache line, the alignment that numpy and Arrow give to their data too.
pub const ALIGNMENT: usize = 64;

/// Growable bytes whose first byte is aligned to 64 bytes.
///
/// The memory is a `Vec<u8>` with up to 63 bytes to skip, and not one of aligned lines: for these Rust's allocator has
/// no `calloc`, and writes the zeroes that fresh pages of the system hold already.
#[derive(Default)]
pub struct Buffer {
    /// Bytes to skip, then whole cache lines.
    memory: Vec<u8>,
    skipped: usize,
    len: usize,
}

impl Buffer {
    /// An empty buffer that holds no memory.
    pub const fn new() -> Self {
        Self { memory: Vec::new(), skipped: 0, len: 0 }
    }

    /// An empty buffer with room for `bytes` bytes. Large ones come as untouched pages of the operating system.
    pub fn with_capacity(bytes: usize) -> Self {
        let mut buffer = Self::new();
        buffer.reserve(bytes);
        buffer
    }

    /// The bytes it holds without allocating again.
    pub fn capacity(&self) -> usize {
        self.memory.len() - self.skipped
    }

    /// Forgets the content and keeps the memory.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Shortens the content to `len` bytes; does nothing if it is shorter already.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Makes the length `len`, for which there is memory already.
    #[inline]
    pub(crate) fn truncate_to(&mut self, len: usize) {
        debug_assert!(len <= self.capacity());
        self.len = len.min(self.capacity());
    }

    /// Appends `bytes`.
    ///
    /// # Panics
    /// If there is no memory for them: see [`try_extend_from_slice`](Self::try_extend_from_slice).
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.try_extend_from_slice(bytes).unwrap_or_else(|error| fresh::out_of_memory(&error));
    }

    /// Appends `bytes`.
    ///
    /// # Errors
    /// If there is no memory for them.
    pub fn try_extend_from_slice(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        if self.len == 0 && bytes.len() > self.capacity() {
            *self = Self::copied(bytes)?;
            return Ok(());
        }
        self.try_reserve(bytes.len())?;
        let end = self.len + bytes.len();
        self.storage_mut()[end - bytes.len()..end].copy_from_slice(bytes);
        self.len = end;
        Ok(())
    }

    /// Makes the length `len`; bytes that come into view have any value that was there before, or zero.
    ///
    /// # Panics
    /// If there is no memory for them: see [`try_set_len`](Self::try_set_len).
    pub fn set_len(&mut self, len: usize) {
        self.try_set_len(len).unwrap_or_else(|error| fresh::out_of_memory(&error));
    }

    /// Makes the length `len`; bytes that come into view have any value that was there before, or zero.
    ///
    /// # Errors
    /// If there is no memory for them.
    pub fn try_set_len(&mut self, len: usize) -> Result<(), CodecError> {
        if len > self.len {
            self.try_reserve(len - self.len)?;
        }
        self.len = len;
        Ok(())
    }

    /// Makes room for `additional` more bytes, at least doubling when it must move.
    ///
    /// # Panics
    /// If there is no memory for them: see [`try_reserve`](Self::try_reserve).
    #[inline]
    pub fn reserve(&mut self, additional: usize) {
        self.try_reserve(additional).unwrap_or_else(|error| fresh::out_of_memory(&error));
    }

    /// Makes room for `additional` more bytes, at least doubling when it must move.
    ///
    /// # Errors
    /// If there is no memory for them.
    #[inline]
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), CodecError> {
        let needed = self.len.saturating_add(additional);
        if needed > self.capacity() { self.grow(needed) } else { Ok(()) }
    }

    /// Moves to memory for `needed` bytes at least.
    #[cold]
    fn grow(&mut self, needed: usize) -> Result<(), CodecError> {
        // At least twice as much, so that a run of small appends is linear; but no doubling for a first
        // allocation, whose size the caller usually knows.
        let wanted = needed.max(if self.len == 0 { 0 } else { self.capacity().saturating_mul(2) });
        let lines = lines_for(wanted);
        let mut memory: Vec<u8> = fresh::zeroed(lines.saturating_add(ALIGNMENT - 1))?;
        let skipped = before_line(&memory);
        memory.truncate(skipped + lines);
        memory[skipped..skipped + self.len].copy_from_slice(self);
        (self.memory, self.skipped) = (memory, skipped);
        Ok(())
    }

    /// A buffer of these bytes.
    fn copied(bytes: &[u8]) -> Result<Self, CodecError> {
        if bytes.is_empty() {
            return Ok(Self::new());
        }
        let lines = lines_for(bytes.len());
        let mut memory = Vec::new();
        // Zeroed memory would be written twice.
        fresh::reserve(&mut memory, lines.saturating_add(ALIGNMENT - 1))?;
        let skipped = before_line(&memory);
        memory.resize(skipped, 0);
        memory.extend_from_slice(bytes);
        memory.resize(skipped + lines, 0);
        Ok(Self { memory, skipped, len: bytes.len() })
    }

    /// The bytes after the content that are there without allocating.
    pub(crate) fn spare(&mut self) -> &mut [u8] {
        let len = self.len;
        &mut self.storage_mut()[len..]
    }

    /// All bytes it has memory for, beyond the content too.
    pub(crate) fn storage(&self) -> &[u8] {
        if self.memory.is_empty() { nothing() } else { &self.memory[self.skipped..] }
    }

    fn storage_mut(&mut self) -> &mut [u8] {
        if self.memory.is_empty() { nothing() } else { &mut self.memory[self.skipped..] }
    }
}

/// The bytes of the whole cache lines that hold `bytes`.
fn lines_for(bytes: usize) -> usize {
    bytes.div_ceil(ALIGNMENT).saturating_mul(ALIGNMENT)
}

/// How many bytes stand before the first whole cache line.
fn before_line(memory: &[u8]) -> usize {
    memory.as_ptr().addr().wrapping_neg() % ALIGNMENT
}

/// No bytes, aligned all the same: elements of any type are viewed in them.
fn nothing() -> &'static mut [u8] {
    #[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
    #[repr(C, align(64))]
    struct Line([u8; ALIGNMENT]);

    bytemuck::cast_slice_mut::<Line, u8>(&mut [])
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        Self::from(&**self)
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.storage()[..self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        let len = self.len;
        &mut self.storage_mut()[..len]
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<&[u8]> for Buffer {
    fn from(bytes: &[u8]) -> Self {
        Self::copied(bytes).unwrap_or_else(|error| fresh::out_of_memory(&error))
    }
}

impl PartialEq for Buffer {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Buffer {}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} of {} bytes)", self.len, self.capacity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_aligned_and_keeps_its_content_when_it_grows() {
        let mut buffer = Buffer::new();
        let mut expected = Vec::new();
        for i in 0..1000u32 {
            buffer.extend_from_slice(&i.to_le_bytes());
            expected.extend_from_slice(&i.to_le_bytes());
        }
        assert_eq!(&*buffer, &*expected);
        assert_eq!(buffer.as_ptr() as usize % ALIGNMENT, 0);
    }

    #[test]
    fn every_way_to_make_one_is_aligned() {
        for len in [0, 1, 63, 64, 65, 5000, 5 << 20] {
            let bytes = vec![7; len];
            let made = Buffer::from(&*bytes);
            let mut grown = Buffer::with_capacity(len);
            assert!(grown.capacity() >= len && grown.storage().iter().all(|byte| *byte == 0), "{len}");
            grown.extend_from_slice(&bytes);
            for buffer in [&made, &made.clone(), &grown] {
                assert_eq!((buffer.as_ptr().addr() % ALIGNMENT, &**buffer), (0, &*bytes), "{len}");
                assert_eq!(buffer.capacity(), len.div_ceil(ALIGNMENT) * ALIGNMENT, "{len}");
            }
        }
    }

    #[test]
    fn clear_keeps_the_memory() {
        let mut buffer = Buffer::from(&[7u8; 100][..]);
        let capacity = buffer.capacity();
        buffer.clear();
        assert!(buffer.is_empty());
        buffer.set_len(100);
        assert_eq!((buffer.capacity(), buffer[99]), (capacity, 7));
    }
}
