//! The checkout: its root, its files, and the corpus beside it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Outcome, process};

/// The checkout that this xtask belongs to.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    pub(crate) fn find() -> Outcome<Self> {
        // At run time, because a target folder that several checkouts share may hold another one's xtask.
        let here = std::env::var_os("CARGO_MANIFEST_DIR").ok_or("run this as `cargo xtask`")?;
        let root = Path::new(&here).parent().ok_or("xtask has no folder around it")?.to_owned();
        Ok(Self { root })
    }

    #[cfg(test)]
    pub(crate) fn at(root: PathBuf) -> Self {
        Self { root }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where cargo builds.
    pub(crate) fn target(&self) -> PathBuf {
        self.root.join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
    }

    /// A cargo command that runs at the root.
    pub(crate) fn cargo<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = process::cargo();
        command.args(args).current_dir(&self.root);
        command
    }

    /// A git command that runs at the root.
    pub(crate) fn git(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.args(args).current_dir(&self.root);
        command
    }

    /// Every file that is tracked, or would be by `git add .`, as paths from the root, sorted.
    pub(crate) fn files(&self) -> Outcome<Vec<String>> {
        let args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let listed = process::capture(&mut self.git(&args))?;
        let mut files: Vec<String> = listed
            .split_terminator('\0')
            .filter(|path| self.root.join(path).is_file())
            .map(str::to_owned)
            .collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// The corpus, from `NDCODEC_CORPUS` or `../shared/corpus`; an error says where it was looked for.
    pub(crate) fn corpus(&self) -> Outcome<PathBuf> {
        let (corpus, from) = match std::env::var_os("NDCODEC_CORPUS") {
            Some(given) => (self.root.join(given), "NDCODEC_CORPUS"),
            None => (self.root.join("../shared/corpus"), "the folder beside the checkout"),
        };
        match corpus.canonicalize() {
            Ok(found) if found.join("MANIFEST.tsv").is_file() => Ok(found),
            _ => Err(format!("no corpus: {from}, {}, has no MANIFEST.tsv", corpus.display())),
        }
    }
}

/// Whether this runs under continuous integration, where what is missing is a failure.
pub(crate) fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// Reads a text file; the error names it.
pub(crate) fn read(path: &Path) -> Outcome<String> {
    std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// Writes a file; the error names it.
pub(crate) fn write(path: &Path, text: &str) -> Outcome {
    std::fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Makes a folder and those above it; the error names it.
pub(crate) fn make_folder(path: &Path) -> Outcome {
    std::fs::create_dir_all(path)
        .map_err(|error| format!("cannot make the folder {}: {error}", path.display()))
}
