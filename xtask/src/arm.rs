//! `cargo xtask arm`: tests that are compiled for aarch64, by qemu, so that kernels for NEON run on any machine.

use std::path::Path;

use crate::debian::{self, Compiler};
use crate::workspace::{Workspace, in_ci};
use crate::{Command, Outcome, misused, process};

pub(crate) const COMMAND: Command = Command {
    name: "arm",
    arguments: "[--all]",
    about: "Compiles the tests of the filters and of `sparse`, which have kernels for NEON, for aarch64, and runs them by \
            qemu. With --all those of the other crates that have kernels follow, and every word's golden files. Compiler, C \
            library and qemu are Debian's, unpacked into target/debian by apt-get and dpkg-deb.",
    run,
};

const TARGET: &str = "aarch64-unknown-linux-gnu";
/// What has kernels of our own, against their oracles.
const KERNELS: &[&[&str]] = &[
    &["-p", "ndcodec-filters", "--lib", "--test", "oracle", "--test", "predictions"],
    &["-p", "ndcodec-sparse", "--lib"],
];
/// What has kernels of others, and what all words make.
const OTHERS: &[&[&str]] = &[
    &[
        "-p",
        "ndcodec-base64",
        "-p",
        "ndcodec-checksum",
        "-p",
        "ndcodec-hex",
        "-p",
        "ndcodec-lz4",
        "--lib",
        "--tests",
    ],
    &["-p", "ndcodec", "--features", "full", "--test", "golden"],
];

fn run(workspace: &Workspace, mut args: lexopt::Parser) -> Outcome {
    let mut is_all = false;
    while let Some(arg) = args.next().map_err(misused)? {
        match arg {
            lexopt::Arg::Long("all") => is_all = true,
            _ => return Err(misused(arg.unexpected())),
        }
    }
    let machine = Machine::prepare(workspace)?;
    let others = if is_all { OTHERS } else { &[] };
    KERNELS.iter().chain(others).try_for_each(|tests| machine.test(workspace, tests))
}

/// What CI asks for: the kernels of our own. Without Debian's packages it says so.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    match debian::missing(&[]) {
        Some(program) if in_ci() => Err(format!("no `{program}`, which unpacks a compiler for {TARGET}")),
        Some(program) => {
            println!("note: no `{program}`; nothing is tested on aarch64");
            Ok(())
        }
        None => {
            let machine = Machine::prepare(workspace)?;
            KERNELS.iter().try_for_each(|tests| machine.test(workspace, tests))
        }
    }
}

/// A compiler for aarch64, and what runs its programs.
struct Machine {
    compiler: Compiler,
    /// Where C's library and headers are, and qemu.
    root: std::path::PathBuf,
}

impl Machine {
    fn prepare(workspace: &Workspace) -> Outcome<Self> {
        let compiler = Compiler::prepare(workspace)?;
        let root = workspace.target().join("debian/aarch64");
        // The lists of a machine that was made long ago may know none of them.
        let packages = packages().or_else(|_| debian::update().and_then(|()| packages()))?;
        debian::unpacked(&root, &packages)?;
        Ok(Self { compiler, root })
    }

    fn test(&self, workspace: &Workspace, tests: &[&str]) -> Outcome {
        let usr = self.root.join("usr");
        let target_flags = format!(
            "--target=aarch64-linux-gnu --sysroot={} --gcc-toolchain={}",
            self.root.display(),
            usr.display()
        );
        let library = usr.join("aarch64-linux-gnu/lib");
        let link = format!("{target_flags} -B{0} -L{0} -fuse-ld=lld", library.display());
        let mut flags: Vec<String> = link.split(' ').map(|flag| format!("-Clink-arg={flag}")).collect();
        // Then qemu needs no libraries of the other machine.
        flags.push("-Ctarget-feature=+crt-static".to_owned());

        let mut cargo = workspace.cargo(["test", "--quiet", "--locked", "--target", TARGET]);
        cargo.args(["--config", "profile.dev.package.\"*\".opt-level=1"]);
        cargo.arg("-Zbuild-std=std,panic_abort,test,proc_macro").args(tests);
        cargo.env("CARGO_TARGET_DIR", workspace.target().join("arm")).env("CARGO_INCREMENTAL", "0");
        // What qemu translates is ten times as slow, and so it pays to compile it well.
        cargo.env("CARGO_PROFILE_DEV_OPT_LEVEL", "1").env("CARGO_PROFILE_DEV_DEBUG", "0");
        self.compiler.set_variables(&mut cargo);
        cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", self.compiler.clang());
        cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS", flags.join(" "));
        cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", qemu(&usr)?);
        cargo.env("CC_aarch64_unknown_linux_gnu", self.compiler.clang());
        // Any archiver does: the linker reads the symbols of each member itself.
        cargo.env("AR_aarch64_unknown_linux_gnu", "ar");
        let headers = usr.join("aarch64-linux-gnu/include");
        cargo.env(
            "CFLAGS_aarch64_unknown_linux_gnu",
            format!("{target_flags} -isystem {}", headers.display()),
        );
        process::run(&mut cargo)
    }
}

/// C's library for aarch64, the beginnings and ends of its programs, and qemu: some have the version of gcc in their names.
fn packages() -> Outcome<Vec<String>> {
    let gcc = debian::dependency("gcc-aarch64-linux-gnu", "gcc-")?;
    let version = gcc.trim_start_matches("gcc-").trim_end_matches("-aarch64-linux-gnu");
    // Later Debians have the static program in the package of the other.
    let qemu = debian::dependency("qemu-user-static", "qemu-user");
    let qemu = qemu.unwrap_or_else(|_| "qemu-user-static".to_owned());
    let others =
        ["libc6-dev", "libc6", "linux-libc-dev", "libgcc-s1"].map(|name| format!("{name}-arm64-cross"));
    Ok([format!("libgcc-{version}-dev-arm64-cross"), qemu].into_iter().chain(others).collect())
}

fn qemu(usr: &Path) -> Outcome<String> {
    let found = ["qemu-aarch64-static", "qemu-aarch64"].map(|name| usr.join("bin").join(name));
    let found = found.iter().find(|program| program.is_file());
    found
        .map(|program| program.display().to_string())
        .ok_or_else(|| format!("Debian's package brought no `qemu-aarch64` into {}", usr.display()))
}
