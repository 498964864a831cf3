//! Running the library: with the interpreter released, and with panics and forks kept from the program.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use ndcodec::Error;
use pyo3::prelude::*;
use rayon::ThreadPool;

use crate::errors;

/// Work on fewer bytes than this is done before another thread would have taken the interpreter.
const SMALL: usize = 4 << 10;

/// How to run a call of the library.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work {
    /// The bytes that go in or come out, roughly.
    pub(crate) bytes: usize,
    /// Whether so few bytes are little work, and no other thread is needed for it.
    pub(crate) is_light: bool,
}

/// Runs `work` with the interpreter released, unless it is over in no time.
pub(crate) fn run<T: Send>(
    py: Python<'_>,
    how: Work,
    work: impl FnOnce() -> Result<T, Error> + Send,
) -> PyResult<T> {
    let work = || catch_unwind(AssertUnwindSafe(|| in_this_process(work)));
    let outcome = if how.bytes < SMALL && how.is_light { work() } else { py.detach(work) };
    match outcome {
        Ok(done) => done.map_err(|error| errors::to_python(py, &error)),
        Err(panic) => Err(internal(py, &*panic)),
    }
}

/// Runs work that has an error of its own, in this thread and with the interpreter released.
pub(crate) fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    py.detach(|| catch_unwind(AssertUnwindSafe(work))).map_err(|panic| internal(py, &*panic))
}

/// Runs quick work that keeps the interpreter: parsing, looking at headers.
pub(crate) fn quick<T>(py: Python<'_>, work: impl FnOnce() -> Result<T, Error>) -> PyResult<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|error| errors::to_python(py, &error)),
        Err(panic) => Err(internal(py, &*panic)),
    }
}

pub(crate) fn internal(py: Python<'_>, panic: &(dyn Any + Send)) -> PyErr {
    let said = panic.downcast_ref::<&str>().copied();
    let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let said = said.unwrap_or("it gave no message");
    errors::plain(py, format!("internal error, which is a bug in ndcodec: {said}"))
}

/// Whether this process was forked from one that had loaded the module.
static IS_FORKED: AtomicBool = AtomicBool::new(false);
/// The threads of a forked process, made when the first are needed.
static THREADS: Mutex<Option<&'static ThreadPool>> = Mutex::new(None);

/// Called in the child after `os.fork`: the parent's worker threads do not exist here.
#[pyfunction]
pub(crate) fn after_fork() {
    IS_FORKED.store(true, Ordering::Relaxed);
    // The parent of this child may have been a child with threads of its own.
    if let Ok(mut threads) = THREADS.try_lock() {
        *threads = None;
    }
}

/// In a forked child the parent's threads never answer, so a child has its own.
pub(crate) fn in_this_process<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    if !IS_FORKED.load(Ordering::Relaxed) {
        return work();
    }
    let pool = {
        let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
        if threads.is_none() {
            // It lives as long as the process.
            *threads = rayon::ThreadPoolBuilder::new().build().ok().map(|pool| &*Box::leak(Box::new(pool)));
        }
        *threads
    };
    match pool {
        Some(pool) => pool.install(work),
        None => work(),
    }
}
