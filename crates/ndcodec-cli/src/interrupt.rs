//! Ctrl-C and its like: files that were not finished are removed before the program ends.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

/// What a shell reports of a program that Ctrl-C ended.
const STATUS: i32 = 130;

/// Files under temporary names.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Creates a file by `create` and has it removed if the program is interrupted, until [`forget`].
pub(crate) fn remember<F>(path: &Path, create: impl FnOnce() -> io::Result<F>) -> io::Result<F> {
    static HANDLER: Once = Once::new();
    HANDLER.call_once(|| {
        // If there is none, or one already, the file stays behind as it would without.
        ctrlc::set_handler(remove_and_exit).ok();
    });
    // The lock is held, so that there is no file that the handler does not know.
    let mut unfinished = unfinished();
    let file = create()?;
    unfinished.push(path.to_owned());
    Ok(file)
}

/// From now on a file that passes the limit on its size (`ulimit -f`) is an error of writing, as a full disk is, and does not
/// end the program, which could not remove the file then.
pub(crate) fn survive_full_files() {
    #[cfg(unix)]
    {
        use std::sync::Arc;
        use std::sync::atomic::AtomicBool;

        static HANDLER: Once = Once::new();
        let ignored =
            || signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false)));
        HANDLER.call_once(|| drop(ignored()));
    }
}

/// The file is in place or removed.
pub(crate) fn forget(path: &Path) {
    unfinished().retain(|known| known != path);
}

fn remove_and_exit() {
    // It is not given back: no file is put in place or made any more.
    let unfinished = unfinished();
    for path in unfinished.iter() {
        fs::remove_file(path).ok();
    }
    std::process::exit(STATUS);
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}
