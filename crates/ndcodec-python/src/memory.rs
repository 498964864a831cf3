//! Memory that is used again: of arrays that were decoded and thrown away, and of encoded bytes on their way out.
//!
//! Fresh memory of the operating system costs a page fault for every 4 KiB, which at 64 MiB takes longer than
//! decoding base64 into it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ndcodec::stage::patient;
use ndcodec::{Buffer, memory};
use pyo3::prelude::*;

use crate::{options, raw};

/// The most that stays idle, in bytes: one array of 64 MiB, and the next one that is made before it goes.
const DEFAULT: usize = 160 << 20;
static MOST: AtomicUsize = AtomicUsize::new(DEFAULT);
/// The most idle buffers.
const COUNT: usize = 16;

static IDLE: Mutex<Vec<Buffer>> = Mutex::new(Vec::new());

fn idle() -> Option<MutexGuard<'static, Vec<Buffer>>> {
    patient(&IDLE)
}

/// An empty buffer: the smallest idle one that holds `wanted` bytes, else the largest, else one without memory.
pub(crate) fn take(wanted: usize) -> Buffer {
    let Some(mut idle) = idle() else { return Buffer::new() };
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
    let Some(mut idle) = idle() else { return };
    let sum: usize = idle.iter().map(Buffer::capacity).sum();
    if buffer.capacity() > 0
        && sum.saturating_add(buffer.capacity()) <= MOST.load(Ordering::Relaxed)
        && idle.len() < COUNT
    {
        idle.push(buffer);
    }
}

/// Give the memory that is kept for the next calls back to the system, and return how many bytes it was.
///
/// Kept is the memory of arrays that were thrown away, and what chains that are at rest work with. Nothing is lost but the
/// time that the next calls take to get memory again. Worth it after the last of some large arrays, and before a process forks.
///
/// >>> import ndcodec, numpy as np
/// >>> del_me = ndcodec.decode(ndcodec.encode(np.zeros(1 << 20), "npy|lz4"))
/// >>> del del_me
/// >>> ndcodec.release_memory() >= 8 << 20, ndcodec.release_memory()
/// (True, 0)
#[pyfunction]
pub(crate) fn release_memory(py: Python<'_>) -> usize {
    py.detach(|| {
        let buffers = idle().map_or_else(Vec::new, |mut idle| std::mem::take(&mut *idle));
        let bytes: usize = buffers.iter().map(Buffer::capacity).sum();
        let before = memory::kept();
        memory::trim();
        bytes + before.saturating_sub(memory::kept())
    })
}

/// Set the most bytes that are kept for the next calls: of arrays that were thrown away, and of chains that are at rest,
/// so much each. ``None`` is the default, 160 MiB and 256 MiB.
///
/// What is kept above it is given back at once; 0 keeps nothing.
///
/// >>> import ndcodec
/// >>> ndcodec.set_memory_budget(64 << 20)
/// >>> ndcodec.set_memory_budget(None)
#[pyfunction]
pub(crate) fn set_memory_budget(py: Python<'_>, max_bytes: Option<i64>) -> PyResult<()> {
    let given = max_bytes.map(|bytes| options::size(py, "max_bytes", bytes)).transpose()?;
    let most = given.unwrap_or(DEFAULT);
    MOST.store(most, Ordering::Relaxed);
    py.detach(|| {
        memory::set_budget(given.unwrap_or(memory::DEFAULT_BUDGET));
        if let Some(mut idle) = idle()
            && idle.iter().map(Buffer::capacity).sum::<usize>() > most
        {
            idle.clear();
        }
    });
    Ok(())
}

/// What a decoded array's `base` is: the memory of its elements.
#[pyclass(frozen, module = "ndcodec._ndcodec")]
#[derive(Debug)]
pub(crate) struct Owner(Mutex<Buffer>);

impl Owner {
    /// Owns `buffer`, and returns where its bytes begin.
    pub(crate) fn new(mut buffer: Buffer) -> (Self, *mut u8) {
        let data = buffer.as_mut_ptr();
        raw::track(data, buffer.capacity());
        (Self(Mutex::new(buffer)), data)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let buffer = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        raw::untrack(buffer.as_ptr());
        give(std::mem::take(buffer));
    }
}
