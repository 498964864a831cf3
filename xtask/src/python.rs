//! Virtual environments, such as the one with other people's decoders: each is made once and kept until what it is made
//! of changes.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workspace::{Workspace, make_folder, read, write};
use crate::{Outcome, process};

/// An interpreter: one that is installed, or that of a virtual environment.
#[derive(Debug, Clone)]
pub(crate) struct Python {
    pub(crate) executable: PathBuf,
    pub(crate) version: String,
}

impl Python {
    /// The parts of its version.
    pub(crate) fn number(&self) -> Vec<u32> {
        self.version.split('.').map_while(|number| number.parse().ok()).collect()
    }
}

const REQUIREMENTS: &str = "xtask/python/requirements.txt";
const OLDEST: (u32, u32) = (3, 10);
/// Newest first: the newest decoders come with it.
const CANDIDATES: &[&str] = &["python3.13", "python3.12", "python3.11", "python3.10", "python3"];
/// Those without the global lock, newest first. PyO3 knows none before 3.14.
const FREE_THREADED: &[&str] = &["python3.15t", "python3.14t"];
/// Written last into a virtual environment, so that one that was cut short is made again.
const STAMP: &str = "ndcodec-made-of.txt";

/// Finds the virtual environment of other people's decoders in the target folder, or makes it.
pub(crate) fn prepare(workspace: &Workspace) -> Outcome<Python> {
    environment(workspace, &base()?, "venv", REQUIREMENTS)
}

/// The Python that virtual environments are made of: `NDCODEC_PYTHON_BASE`, else the newest on the PATH.
pub(crate) fn base() -> Outcome<Python> {
    match std::env::var_os("NDCODEC_PYTHON_BASE") {
        Some(given) => probe(&given).map_err(|why| format!("NDCODEC_PYTHON_BASE cannot be used: {why}")),
        None => first_usable(CANDIDATES),
    }
}

/// The newest Python without the global lock.
pub(crate) fn free_threaded() -> Outcome<Python> {
    first_usable(FREE_THREADED).map_err(|why| format!("no free-threaded Python is installed: {why}"))
}

/// Every Python that can be used, on the PATH or in pyenv's folder, one of each minor version, the oldest first.
pub(crate) fn installed() -> Vec<Python> {
    let mut names: Vec<OsString> = CANDIDATES.iter().map(OsString::from).collect();
    let home = |variable: &str| std::env::var_os(variable).map(PathBuf::from);
    let pyenv = home("PYENV_ROOT").or_else(|| Some(home("HOME")?.join(".pyenv")));
    if let Some(versions) = pyenv.and_then(|pyenv| fs::read_dir(pyenv.join("versions")).ok()) {
        let folders = versions.filter_map(|entry| Some(entry.ok()?.path()));
        names.extend(folders.map(|folder| folder.join("bin/python").into_os_string()));
    }
    let mut found: Vec<Python> = names.iter().filter_map(|name| probe(name).ok()).collect();
    found.sort_by_key(Python::number);
    found.dedup_by_key(|python| minor(&python.version).to_owned());
    found
}

/// The virtual environment `NAME-X.Y` of these requirements in the target folder, made if it is not there yet.
pub(crate) fn environment(
    workspace: &Workspace,
    base: &Python,
    name: &str,
    requirements: &str,
) -> Outcome<Python> {
    let file = workspace.root().join(requirements);
    let made_of = format!("{} {}\n{}", base.version, base.executable.display(), read(&file)?);
    let folder = workspace.target().join(format!("{name}-{}", minor(&base.version)));
    let executable = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let stamp = folder.join(STAMP);

    if fs::read_to_string(&stamp).is_ok_and(|text| text == made_of) && executable.is_file() {
        println!("{}: as it was, Python {}", folder.display(), base.version);
    } else {
        make(&base.executable, &folder, &executable, &file)
            .map_err(|why| format!("{why}; are the pins in {requirements} right for it?"))?;
        write(&stamp, &made_of)?;
    }
    Ok(Python { executable, version: base.version.clone() })
}

fn make(base: &Path, folder: &Path, executable: &Path, requirements: &Path) -> Outcome {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| format!("cannot remove {}: {error}", folder.display()))?;
    }
    make_folder(folder)?;
    process::run(Command::new(base).args(["-m", "venv"]).arg(folder))?;
    // Wheels only: a package that would have to be compiled is a pin that does not fit this Python.
    let pip = ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"];
    let mut install = Command::new(executable);
    install.args(pip).args(["--only-binary", ":all:", "--requirement"]).arg(requirements);
    process::run(&mut install)
}

/// The first candidate that runs, is recent, and can make a virtual environment.
fn first_usable(candidates: &[&str]) -> Outcome<Python> {
    let mut refused = Vec::new();
    for candidate in candidates {
        match probe(OsStr::new(candidate)) {
            Ok(python) => return Ok(python),
            Err(why) => refused.push(why),
        }
    }
    // The last one, `python3`, is what most people have; the others are mostly just not there.
    let last = refused.pop().unwrap_or_default();
    Err(format!("no Python {}.{} or later with venv and ensurepip: {last}", OLDEST.0, OLDEST.1))
}

/// Asks the interpreter itself: a name on the PATH may be a shim for one that is not installed.
fn probe(name: &OsStr) -> Outcome<Python> {
    let shown = name.to_string_lossy();
    let code =
        "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable); import venv, ensurepip";
    let output = process::output(Command::new(name).args(["-c", code]))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines = text.lines();
    let (Some(version), Some(executable)) = (lines.next(), lines.next()) else {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(format!(
            "`{shown}` does not run: {}",
            stderr.lines().next().unwrap_or("it printed nothing")
        ));
    };
    if !is_recent(version) {
        return Err(format!("`{shown}` is Python {version}"));
    }
    if !output.status.success() {
        return Err(format!(
            "`{shown}` (Python {version}) lacks venv or ensurepip; on Debian, install python3-venv"
        ));
    }
    Ok(Python { executable: OsString::from(executable).into(), version: version.to_owned() })
}

fn is_recent(version: &str) -> bool {
    let mut numbers = version.split('.').map_while(|number| number.parse::<u32>().ok());
    matches!((numbers.next(), numbers.next()), (Some(major), Some(minor)) if (major, minor) >= OLDEST)
}

/// `3.11` of `3.11.7`.
fn minor(version: &str) -> &str {
    version.rsplit_once('.').map_or(version, |(minor, _)| minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert!(is_recent("3.10.0") && is_recent("3.14.1") && is_recent("4.0.0"));
        assert!(!is_recent("3.9.18") && !is_recent("2.7.18") && !is_recent(""));
        assert_eq!(minor("3.11.7"), "3.11");
    }

    #[test]
    fn without_python_one_line_says_so() {
        let message = first_usable(&["ndcodec-no-such-python"]).unwrap_err();
        assert_eq!(message.lines().count(), 1);
        assert!(message.starts_with("no Python 3.10 or later"), "{message}");
    }
}
