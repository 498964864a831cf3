//! Long calls: they work in a thread of their own, while the caller's hears Ctrl-C and tells the progress.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use ndcodec::{Buffer, Error};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::run;

/// How often Python is asked whether somebody pressed Ctrl-C, and told how far the work is.
const TICK: Duration = Duration::from_millis(100);
/// How much a stream is given at once.
pub(crate) const PIECE: usize = 256 << 10;

/// What a call's thread says of its work, and is told.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    done: AtomicUsize,
    is_cancelled: AtomicBool,
}

impl Watch {
    pub(crate) fn add(&self, bytes: usize) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }

    /// An error that nobody sees, once the caller has gone.
    pub(crate) fn check(&self) -> io::Result<()> {
        if self.is_cancelled.load(Ordering::Relaxed) { Err(io::Error::other("cancelled")) } else { Ok(()) }
    }
}

/// Whether a call over so many bytes should be [`run`]: it has somebody to tell the progress, or it takes long and is made
/// by the thread that hears signals.
pub(crate) fn is_due(
    progress: Option<&Bound<'_, PyAny>>,
    bytes: usize,
    long_from: usize,
    py: Python<'_>,
) -> bool {
    progress.is_some() || (bytes >= long_from && is_main_thread(py).unwrap_or(false))
}

/// Only this one runs Python's handlers of signals.
fn is_main_thread(py: Python<'_>) -> PyResult<bool> {
    static MAIN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static CURRENT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let main = MAIN.import(py, "threading", "main_thread")?.call0()?;
    main.getattr("ident")?.eq(CURRENT.import(py, "threading", "get_ident")?.call0()?)
}

/// Runs `work` in a thread of its own, and calls `progress` with the bytes that are done and all there are.
///
/// Where a signal's handler or `progress` raises, that comes back at once, and `work` is left to itself: it owns all that it
/// reads and writes. It ends at its next look at the watch, or with its result, which nobody gets.
pub(crate) fn run<T: Send + 'static>(
    py: Python<'_>,
    progress: Option<&Bound<'_, PyAny>>,
    total: usize,
    work: impl FnOnce(&Watch) -> T + Send + 'static,
) -> PyResult<T> {
    let watch = Arc::new(Watch::default());
    let result: Arc<Awaited<T>> = Arc::default();
    let task = {
        let (watch, result) = (Arc::clone(&watch), Arc::clone(&result));
        move || result.set(catch_unwind(AssertUnwindSafe(|| run::in_this_process(|| work(&watch)))))
    };
    // A system that gives no thread has the work done in this one.
    let task = Arc::new(Mutex::new(Some(task)));
    let start = {
        let task = Arc::clone(&task);
        move || {
            let task = task.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(task) = task {
                task();
            }
        }
    };
    if thread::Builder::new().name("ndcodec".to_owned()).spawn(start.clone()).is_err() {
        py.detach(start);
    }
    loop {
        if let Some(outcome) = py.detach(|| result.wait(TICK)) {
            let value = outcome.map_err(|panic| run::internal(py, &*panic))?;
            return Ok(value);
        }
        let done = watch.done.load(Ordering::Relaxed);
        let heard = py.check_signals().and_then(|()| tell(progress, done, total));
        if let Err(error) = heard {
            watch.is_cancelled.store(true, Ordering::Relaxed);
            return Err(error);
        }
    }
}

/// Calls `progress`, if there is one.
pub(crate) fn tell(progress: Option<&Bound<'_, PyAny>>, done: usize, total: usize) -> PyResult<()> {
    progress.map_or(Ok(()), |progress| progress.call1((done.min(total), total)).map(drop))
}

/// What comes out of a thread, or how it panicked.
struct Awaited<T> {
    slot: Mutex<Option<thread::Result<T>>>,
    filled: Condvar,
}

impl<T> Default for Awaited<T> {
    fn default() -> Self {
        Self { slot: Mutex::new(None), filled: Condvar::new() }
    }
}

impl<T> Awaited<T> {
    fn set(&self, outcome: thread::Result<T>) {
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        self.filled.notify_one();
    }

    fn wait(&self, patience: Duration) -> Option<thread::Result<T>> {
        let slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.filled.wait_timeout_while(slot, patience, |slot| slot.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.take()
    }
}

/// The end of a stream: encoded bytes go to the buffer, until nobody wants them any more.
pub(crate) struct Collected<'a> {
    pub(crate) buffer: &'a mut Buffer,
    pub(crate) watch: &'a Watch,
}

impl io::Write for Collected<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.watch.check()?;
        self.buffer.try_extend_from_slice(bytes).map_err(|_| io::ErrorKind::OutOfMemory)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The beginning of a stream: encoded bytes, of which it is counted what was read.
pub(crate) struct Counted<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) watch: &'a Watch,
}

impl io::Read for Counted<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.watch.check()?;
        let room = buf.len().min(PIECE);
        let n = self.bytes.read(&mut buf[..room])?;
        self.watch.add(n);
        Ok(n)
    }
}

/// Gives `payload` to `push` piece by piece, and counts it.
pub(crate) fn in_pieces(
    payload: &[u8],
    watch: &Watch,
    mut push: impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    payload.chunks(PIECE).try_for_each(|piece| {
        push(piece)?;
        watch.add(piece.len());
        Ok(())
    })
}
