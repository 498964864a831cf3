//! Packages of Debian that are unpacked into the target folder and not installed: its Rust with the standard library's source,
//! clang and lld, for targets that the machine's own Rust has no library for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::workspace::{Workspace, make_folder, write};
use crate::{Outcome, process};

/// What Debian calls the compiler that it builds browsers with, which is as new as theirs.
const COMPILER: &str = "rustc-web";
/// The sources of the same.
const SOURCES: &str = "rust-web-src";
/// The oldest minor version that has what we ask of it for WebAssembly, and that our packages build with.
const LEAST: u32 = 93;
/// How the package of the compiler's standard library is called, before its version.
const LIBRARY: &str = "libstd-rust-web-";
/// Written last, so that a folder that was cut short is made again.
const STAMP: &str = "ndcodec-made-of.txt";

/// The first of these programs that is not there, or of those that packages come by.
pub(crate) fn missing<'p>(others: &[&'p str]) -> Option<&'p str> {
    let needed = ["apt-get", "apt-cache", "dpkg-deb"].iter().chain(others);
    needed.copied().find(|name| process::output(Command::new(name).arg("--version")).is_err())
}

/// A compiler that builds the standard library too, by `-Zbuild-std`.
pub(crate) struct Compiler {
    root: PathBuf,
    /// The version of LLVM that it is made of.
    llvm: String,
}

impl Compiler {
    /// The one in the target folder, unpacked there if it is not yet.
    pub(crate) fn prepare(workspace: &Workspace) -> Outcome<Self> {
        let packages = Packages::resolve()?;
        let root = workspace.target().join("debian/rust");
        unpacked(&root, &packages.names)?;
        Ok(Self { root, llvm: packages.llvm })
    }

    /// Lets a cargo command build by this compiler.
    pub(crate) fn set_variables(&self, cargo: &mut Command) {
        let library = format!("lib/{}-linux-gnu", std::env::consts::ARCH);
        cargo.env("LD_LIBRARY_PATH", self.root.join("usr").join(library));
        cargo.env("RUSTC", self.root.join("usr/bin/rustc"));
        // To build the standard library is unstable; nothing else of ours is.
        cargo.env("RUSTC_BOOTSTRAP", "1");
    }

    pub(crate) fn clang(&self) -> PathBuf {
        self.root.join(format!("usr/lib/llvm-{}/bin/clang", self.llvm))
    }

    /// The linker for WebAssembly.
    pub(crate) fn wasm_ld(&self) -> PathBuf {
        self.root.join(format!("usr/bin/wasm-ld-{}", self.llvm))
    }
}

/// Unpacks these packages into the folder, if they are not there yet.
pub(crate) fn unpacked(folder: &Path, packages: &[String]) -> Outcome {
    let made_of = packages.join("\n");
    let stamp = folder.join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|text| text == made_of) {
        println!("{}: as it was", folder.display());
        return Ok(());
    }
    unpack(folder, packages)?;
    write(&stamp, &made_of)
}

/// The packages of one compiler.
struct Packages {
    names: Vec<String>,
    llvm: String,
}

impl Packages {
    /// Their names, some of which have versions in them. Fetches Debian's lists if they know no compiler that is new enough:
    /// the lists of a machine that was made long ago are as old.
    fn resolve() -> Outcome<Self> {
        if Self::named().is_err() {
            update()?;
        }
        Self::named()
    }

    fn named() -> Outcome<Self> {
        let library = dependency("libstd-rust-web-dev", LIBRARY)?;
        if minor_of(&library).is_none_or(|minor| minor < LEAST) {
            return Err(format!("Debian's lists know `{library}`; expected version 1.{LEAST} or later"));
        }
        let llvm = dependency(&library, "libllvm")?;
        let llvm = llvm.trim_start_matches("libllvm").to_owned();
        let mut names =
            vec![COMPILER.to_owned(), "libstd-rust-web-dev".to_owned(), SOURCES.to_owned(), library];
        let of_llvm = ["libllvm*", "clang-*", "libclang-cpp*", "libclang-common-*-dev", "lld-*"];
        names.extend(of_llvm.map(|name| name.replace('*', &llvm)));
        Ok(Self { names, llvm })
    }
}

/// Fetches Debian's lists of packages.
pub(crate) fn update() -> Outcome {
    process::run(Command::new("apt-get").args(["update", "--quiet=2"]))
}

/// The package that `package` depends on and whose name begins so.
pub(crate) fn dependency(package: &str, begin: &str) -> Outcome<String> {
    let listed = process::capture(Command::new("apt-cache").args(["depends", "--important", package]))?;
    first_named(&listed, begin)
        .ok_or_else(|| format!("Debian's `{package}` depends on no `{begin}…`; is this Debian 12 or later?"))
}

/// 96 of `libstd-rust-web-1.96`.
fn minor_of(library: &str) -> Option<u32> {
    library.strip_prefix(LIBRARY)?.strip_prefix("1.")?.parse().ok()
}

fn first_named(listed: &str, begin: &str) -> Option<String> {
    let names = listed.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
    names.map(str::trim).find(|name| name.starts_with(begin)).map(str::to_owned)
}

fn unpack(folder: &Path, packages: &[String]) -> Outcome {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| format!("cannot remove {}: {error}", folder.display()))?;
    }
    let archives = folder.join("archives");
    make_folder(&archives)?;
    let download = || {
        let mut apt = Command::new("apt-get");
        apt.current_dir(&archives).args(["download", "--quiet=2", "-oAPT::Sandbox::User=root"]);
        process::run(apt.args(packages))
    };
    // Lists that are older than the archive name files that it has no more.
    download().or_else(|_| update().and_then(|()| download()))?;
    let entries =
        fs::read_dir(&archives).map_err(|error| format!("cannot read {}: {error}", archives.display()))?;
    for archive in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        extract(&archive, folder)?;
    }
    fs::remove_dir_all(&archives).map_err(|error| format!("cannot remove {}: {error}", archives.display()))
}

/// Extracts a package; of the compiler's own source only the standard library, which is a tenth of it.
fn extract(archive: &Path, folder: &Path) -> Outcome {
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    if !name.starts_with(SOURCES) {
        return process::run(Command::new("dpkg-deb").arg("-x").arg(archive).arg(folder));
    }
    let mut files = Command::new("dpkg-deb");
    let mut files = files
        .arg("--fsys-tarfile")
        .arg(archive)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start `dpkg-deb`: {error}"))?;
    let mut tar = Command::new("tar");
    tar.arg("-x").arg("-C").arg(folder).args(["--wildcards", "./usr/lib/*", "./usr/src/*/library*"]);
    if let Some(piped) = files.stdout.take() {
        tar.stdin(piped);
    }
    process::run(&mut tar)?;
    let status = files.wait().map_err(|error| format!("`dpkg-deb` is lost: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`dpkg-deb --fsys-tarfile {name}` failed: {status}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_names() {
        let listed = "libstd-rust-web-dev\n  Depends: libstd-rust-web-1.96\n  Conflicts: <rustup>\n";
        assert_eq!(first_named(listed, "libstd-rust-web-").as_deref(), Some("libstd-rust-web-1.96"));
        assert_eq!(first_named(listed, "libllvm"), None);
        assert_eq!(minor_of("libstd-rust-web-1.96"), Some(96));
        assert_eq!(minor_of("libstd-rust-web-dev"), None);
    }
}
