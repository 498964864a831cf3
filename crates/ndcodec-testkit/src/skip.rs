//! Tests that need what is not everywhere: they say in one line that they were skipped and why.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// Says that the calling test was skipped and why: `ndcodec-skip: <why>` on standard error, and a line in the file that
/// the variable `NDCODEC_SKIP_LOG` names, if it is set.
///
/// # Panics
/// If the variable `CI` is `true`: there, everything must run.
#[expect(clippy::print_stderr, reason = "it is what this function is for")]
pub fn skip(why: &str) {
    let is_ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
    assert!(!is_ci, "skipped under CI: {why}");
    let line = format!("ndcodec-skip: {why}\n");
    eprint!("{line}");
    if let Some(path) = std::env::var_os("NDCODEC_SKIP_LOG") {
        // One write of one line, so that tests in several processes do not tear each other's.
        let log = OpenOptions::new().create(true).append(true).open(&path);
        if let Err(error) = log.and_then(|mut log| log.write_all(line.as_bytes())) {
            panic!("cannot write to NDCODEC_SKIP_LOG, {}: {error}", PathBuf::from(path).display());
        }
    }
}

/// The packages that the corpus' `scripts/peer_read.py` imports.
const PACKAGES: &str = "numpy numcodecs zstandard lz4 imagecodecs h5py";

/// The Python that the variable `NDCODEC_PYTHON` names, with the packages of the corpus' `scripts/peer_read.py`.
/// If it is not set, [`skip`]s.
///
/// # Panics
/// If it is set to something that is not such a Python.
pub fn python_or_skip() -> Option<PathBuf> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    let python = PYTHON.get_or_init(|| {
        let python = PathBuf::from(std::env::var_os("NDCODEC_PYTHON")?);
        let script = "import sys, importlib.util as u; sys.exit(' '.join(p for p in sys.argv[1:] if not u.find_spec(p)) or 0)";
        match Command::new(&python).args(["-c", script]).args(PACKAGES.split(' ')).output() {
            Ok(output) if output.status.success() => Some(python),
            Ok(output) => {
                let missing = String::from_utf8_lossy(&output.stderr);
                panic!("NDCODEC_PYTHON, {}, lacks: {}", python.display(), missing.trim())
            }
            Err(error) => panic!("cannot run NDCODEC_PYTHON, {}: {error}", python.display()),
        }
    });
    if python.is_none() {
        skip(&format!("NDCODEC_PYTHON names no Python with {PACKAGES}"));
    }
    python.clone()
}
