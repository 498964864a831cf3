//! [`Buffer`]: growable bytes, aligned to a cache line, that stay initialised when they are cleared.
//!
//! A `Vec<u8>` forgets that its spare room was ever written, so that handing it to a backend that wants
//! `&mut [u8]` costs a pass of zeroes each time. A `Buffer` remembers, which makes reuse free, without `unsafe`.

use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::fresh;

/// One cache line, the alignment that numpy and Arrow give to their data too.
pub const ALIGNMENT: usize = 64;

#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C, align(64))]
struct Line([u8; ALIGNMENT]);

/// Growable bytes whose first byte is aligned to 64 bytes.
#[derive(Clone, Default)]
pub struct Buffer {
    lines: Vec<Line>,
    len: usize,
}

impl Buffer {
    /// An empty buffer that holds no memory.
    pub const fn new() -> Self {
        Self { lines: Vec::new(), len: 0 }
    }

    /// An empty buffer with room for `bytes` bytes. Large ones come as untouched pages of the operating system.
    pub fn with_capacity(bytes: usize) -> Self {
        let mut buffer = Self::new();
        buffer.reserve(bytes);
        buffer
    }

    /// The bytes it holds without allocating again.
    pub fn capacity(&self) -> usize {
        self.lines.len() * ALIGNMENT
    }

    /// Forgets the content and keeps the memory.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Shortens the content to `len` bytes; does nothing where it is shorter already.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Appends `bytes`.
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        if self.len == 0 && bytes.len() > self.capacity() {
            *self = Self::from(bytes);
            return;
        }
        self.reserve(bytes.len());
        let end = self.len + bytes.len();
        self.storage_mut()[end - bytes.len()..end].copy_from_slice(bytes);
        self.len = end;
    }

    /// Makes the length `len`; bytes that come into view have any value that was there before, or zero.
    pub fn set_len(&mut self, len: usize) {
        if len > self.len {
            self.reserve(len - self.len);
        }
        self.len = len;
    }

    /// Makes room for `additional` more bytes, at least doubling when it must move.
    pub fn reserve(&mut self, additional: usize) {
        let needed = self.len.saturating_add(additional);
        if needed <= self.capacity() {
            return;
        }
        // At least twice as much, so that a run of small appends is linear; but no doubling for a first
        // allocation, whose size the caller usually knows.
        let wanted = needed.max(if self.len == 0 { 0 } else { self.capacity().saturating_mul(2) });
        let mut lines: Vec<Line> = fresh::zeroed(wanted.div_ceil(ALIGNMENT));
        bytemuck::cast_slice_mut::<Line, u8>(&mut lines)[..self.len].copy_from_slice(self);
        self.lines = lines;
    }

    /// The bytes after the content that are there without allocating.
    pub(crate) fn spare(&mut self) -> &mut [u8] {
        let len = self.len;
        &mut self.storage_mut()[len..]
    }

    /// All bytes it has memory for, beyond the content too.
    pub(crate) fn storage(&self) -> &[u8] {
        bytemuck::cast_slice(&self.lines)
    }

    fn storage_mut(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(&mut self.lines)
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
        let (whole, rest) = bytes.as_chunks::<ALIGNMENT>();
        let mut lines = Vec::new();
        fresh::reserve(&mut lines, bytes.len().div_ceil(ALIGNMENT));
        // Zeroed memory would be written twice.
        lines.extend(whole.iter().map(|line| Line(*line)));
        if !rest.is_empty() {
            let mut last = [0; ALIGNMENT];
            last[..rest.len()].copy_from_slice(rest);
            lines.push(Line(last));
        }
        Self { lines, len: bytes.len() }
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
    fn clear_keeps_the_memory() {
        let mut buffer = Buffer::from(&[7u8; 100][..]);
        let capacity = buffer.capacity();
        buffer.clear();
        assert!(buffer.is_empty());
        buffer.set_len(100);
        assert_eq!((buffer.capacity(), buffer[99]), (capacity, 7));
    }
}
