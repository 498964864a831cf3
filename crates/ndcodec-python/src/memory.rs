//! Memory that is used again: of arrays that were decoded and thrown away, and of encoded bytes on their way out.
//!
//! Fresh memory of the operating system costs a page fault for every 4 KiB, which at 64 MiB takes longer than
//! decoding base64 into it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ndcodec::Buffer;
use pyo3::prelude::*;

/// The most that stays idle, in bytes: one array of 64 MiB, and the next one that is made before it goes.
const MOST: usize = 160 << 20;
/// The most idle buffers.
const COUNT: usize = 16;

static IDLE: Mutex<Vec<Buffer>> = Mutex::new(Vec::new());

fn idle() -> MutexGuard<'static, Vec<Buffer>> {
    // A poisoned lock only says that another thread panicked between two whole states of the list.
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An empty buffer: the smallest idle one that holds `wanted` bytes, else the largest, else one without memory.
pub(crate) fn take(wanted: usize) -> Buffer {
    let mut idle = idle();
    let fits = |buffer: &&Buffer| buffer.capacity() >= wanted;
    let best = idle.iter().filter(fits).map(Buffer::capacity).min();
    let best = best.or_else(|| idle.iter().map(Buffer::capacity).max());
    let Some(at) = best.and_then(|best| idle.iter().position(|buffer| buffer.capacity() == best)) else {
        return Buffer::new();
    };
    idle.swap_remove(at)
}

/// Gives a buffer back.
pub(crate) fn give(mut buffer: Buffer) {
    buffer.clear();
    let mut idle = idle();
    let sum: usize = idle.iter().map(Buffer::capacity).sum();
    if buffer.capacity() > 0 && sum.saturating_add(buffer.capacity()) <= MOST && idle.len() < COUNT {
        idle.push(buffer);
    }
}

/// What a decoded array's `base` is: the memory of its elements.
#[pyclass(frozen, module = "ndcodec._ndcodec")]
#[derive(Debug)]
pub(crate) struct Owner(Mutex<Buffer>);

impl Owner {
    /// Owns `buffer`, and returns where its bytes begin.
    pub(crate) fn new(mut buffer: Buffer) -> (Self, *mut u8) {
        let data = buffer.as_mut_ptr();
        (Self(Mutex::new(buffer)), data)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let buffer = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        give(std::mem::take(buffer));
    }
}
