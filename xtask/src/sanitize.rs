//! `cargo xtask sanitize`: the tests of the crates that have `unsafe`, and of threads that share chains, under
//! AddressSanitizer; these threads under ThreadSanitizer; a run of the program under valgrind.

mod threads;

use std::fs;
use std::path::PathBuf;
use std::process::Command as Process;

use lexopt::Arg::Value;
use lexopt::Parser;

use crate::workspace::{Workspace, in_ci, make_folder};
use crate::{Command, Outcome, fuzz, misused, process};

pub(crate) const COMMAND: Command = Command {
    name: "sanitize",
    arguments: "[PART …]",
    about: "Runs the tests of the crates that have `unsafe` under AddressSanitizer (`address`), and what the program does \
            with a few chains under valgrind, if that is installed (`valgrind`); sixteen threads that share chains under \
            ThreadSanitizer (`thread`).",
    run,
};

const PARTS: &[&str] = &["address", "thread", "valgrind"];

/// What has `unsafe`, of docs/unsafe.md, and is not a Python module.
const PACKAGES: &[&str] =
    &["ndcodec-core", "ndcodec-filters", "ndcodec-lz4", "ndcodec-npy", "ndcodec-sparse", "ndcodec-zlib"];
/// What valgrind watches: each chain once there and back.
const CHAINS: &[&str] = &[
    "npy|shuffle|zstd|base64",
    "npy|predict|lz4",
    "chunked(bitshuffle|lz4)",
    "auto",
    "npy|columns|pco|gzip",
];
const ARRAY: &str = "docs/examples/earth-orientation.npy";
/// So many of its 20,074 rows, 120 kB, since valgrind takes fifty times as long.
const ROWS: &str = "0..1500";

fn run(workspace: &Workspace, mut args: Parser) -> Outcome {
    let mut parts = Vec::new();
    while let Some(arg) = args.next().map_err(misused)? {
        match arg {
            Value(name) => parts.push(name.to_string_lossy().into_owned()),
            _ => return Err(misused(arg.unexpected())),
        }
    }
    if let Some(unknown) = parts.iter().find(|name| !PARTS.contains(&name.as_str())) {
        return Err(format!("no part `{unknown}`; there are: {}", PARTS.join(", ")));
    }
    let is_asked = |name: &str| parts.is_empty() || parts.iter().any(|part| part == name);
    if is_asked("address") {
        address(workspace)?;
    }
    if is_asked("thread") {
        threads::run(workspace)?;
    }
    if is_asked("valgrind") {
        valgrind(workspace)?;
    }
    Ok(())
}

fn address(workspace: &Workspace) -> Outcome {
    let host = fuzz::host()?;
    let scratch = workspace.target().join("sanitize");
    let cargo = |args: &[&str]| {
        let mut tests = workspace.cargo(["test", "--quiet", "--target", &host]);
        tests.arg("--target-dir").arg(&scratch).args(args);
        // A sanitizer is not stable yet: the installed compiler, which is, is told to take it.
        tests.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Zsanitizer=address");
        // Chains and contexts that a process keeps to its end are not leaks worth a report; and an allocation that is too
        // large fails, as it does elsewhere.
        tests.env("ASAN_OPTIONS", "detect_leaks=0:allocator_may_return_null=1");
        if in_ci() {
            tests.arg("--locked");
        }
        tests
    };
    let mut packages: Vec<&str> = PACKAGES.iter().flat_map(|package| ["-p", package]).collect();
    packages.extend(["--lib", "--tests"]);
    process::run(&mut cargo(&packages))?;
    process::run(&mut cargo(&[
        "-p",
        "ndcodec",
        "--features",
        "full",
        "--test",
        "threads",
        "--test",
        "faults",
    ]))
}

fn valgrind(workspace: &Workspace) -> Outcome {
    if process::output(Process::new("valgrind").arg("--version")).is_err() {
        println!("note: valgrind is not installed; the program is not run under it");
        return Ok(());
    }
    process::run(&mut workspace.cargo(["build", "--quiet", "-p", "ndcodec-cli"]))?;
    let folder = workspace.target().join("valgrind");
    make_folder(&folder)?;
    let executable = workspace.target().join("debug/ndcodec");
    let array = folder.join("array.npy");
    let mut rows = Process::new(&executable);
    rows.args(["decode", "--quiet", "--rows", ROWS]).arg(workspace.root().join(ARRAY)).arg("-o").arg(&array);
    process::run(&mut rows)?;
    let program = |args: &[&str]| {
        let mut watched = Process::new("valgrind");
        watched.args([
            "--quiet",
            "--error-exitcode=99",
            "--leak-check=full",
            "--show-leak-kinds=definite",
            "--errors-for-leak-kinds=definite",
        ]);
        watched.arg(&executable).args(args).current_dir(&folder);
        watched
    };
    for chain in CHAINS {
        process::run(program(&["encode", "--quiet", "--chain", chain, "-o", "encoded"]).arg(&array))?;
        process::run(&mut program(&["decode", "--quiet", "--chain", chain, "encoded", "-o", "decoded.npy"]))?;
        let read = |path: PathBuf| fs::read(&path).map_err(|error| format!("{}: {error}", path.display()));
        if read(folder.join("decoded.npy"))? != read(array.clone())? {
            return Err(format!("{chain}: the array that came back is another one"));
        }
    }
    Ok(())
}
