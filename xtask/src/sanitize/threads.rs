//! `cargo xtask sanitize thread`: sixteen threads that share chains, under ThreadSanitizer.
//!
//! The standard library is not compiled with it, so the few of its functions that order threads and are not inlined are
//! told to it by `xtask/sanitize/locks.c`, and what the fence in `Arc`'s drop orders is left out by `xtask/sanitize/std.supp`.
//! `xtask/sanitize/race.rs` shows that a race is found all the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use crate::workspace::{Workspace, in_ci, make_folder};
use crate::{Outcome, fuzz, process};

const FLAGS: &[&str] = &["-Zsanitizer=thread", "-Cunsafe-allow-abi-mismatch=sanitizer"];

/// The library's functions that are wrapped: how `locks.c` calls them, and how their mangled names end.
const WRAPPED: &[(&str, &str)] = &[
    ("MUTEX", "5Mutex14lock_contended"),
    ("READ", "6RwLock14read_contended"),
    ("WRITE", "6RwLock15write_contended"),
    ("WAIT", "7Condvar4wait"),
    ("ONCE", "4Once4call"),
];

/// The status of a program in which something was found.
const FOUND: i32 = 66;

pub(super) fn run(workspace: &Workspace) -> Outcome {
    let host = fuzz::host()?;
    let sources = workspace.root().join("xtask/sanitize");
    let scratch = workspace.target().join("sanitize-thread");
    make_folder(&scratch)?;
    let link = wrapped(&host, &sources, &scratch)?;
    let suppressions = sources.join("std.supp");
    let options = format!("suppressions={} exitcode={FOUND} second_deadlock_stack=1", suppressions.display());
    shows_races(&host, &sources, &scratch, &link, &options)?;
    let flags: Vec<&str> = FLAGS.iter().copied().chain(link.iter().map(String::as_str)).collect();
    let mut test = workspace.cargo(["test", "--quiet", "--target", &host]);
    test.arg("--target-dir").arg(&scratch);
    test.args(["-p", "ndcodec", "--features", "full", "--test", "threads"]);
    test.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", flags.join(" ")).env("TSAN_OPTIONS", &options);
    if in_ci() {
        test.arg("--locked");
    }
    process::run(&mut test)
}

/// Compiles `locks.c`, and gives what the linker is told.
fn wrapped(host: &str, sources: &Path, scratch: &Path) -> Outcome<Vec<String>> {
    let library = standard_library(host)?;
    let object = scratch.join("locks.o");
    let mut cc = Process::new("cc");
    cc.args(["-O1", "-c"]).arg(sources.join("locks.c")).arg("-o").arg(&object);
    let mut link = vec![format!("-Clink-arg={}", object.display())];
    for (name, end) in WRAPPED {
        let symbol = symbol(&library, end)?;
        cc.arg(format!("-D{name}={symbol}"));
        link.push(format!("-Clink-arg=-Wl,--wrap={symbol}"));
    }
    process::run(&mut cc)?;
    Ok(link)
}

/// The bytes of the compiled standard library, whose table of symbols is plain text.
fn standard_library(host: &str) -> Outcome<Vec<u8>> {
    let sysroot = process::capture(Process::new("rustc").args(["--print", "sysroot"]))?;
    let folder = PathBuf::from(sysroot.trim()).join("lib/rustlib").join(host).join("lib");
    let unreadable = |error| format!("{}: {error}", folder.display());
    let is_library = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    };
    let mut files = fs::read_dir(&folder).map_err(unreadable)?.filter_map(|entry| Some(entry.ok()?.path()));
    let file = files.find(is_library).ok_or_else(|| format!("{}: no `libstd-….rlib`", folder.display()))?;
    fs::read(file).map_err(unreadable)
}

/// The one symbol of the standard library that ends so.
fn symbol(library: &[u8], end: &str) -> Outcome<String> {
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let words = library.split(|byte| !is_of_name(byte));
    let mut found: Vec<&[u8]> =
        words.filter(|word| word.starts_with(b"_R") && word.ends_with(end.as_bytes())).collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [symbol] => Ok(String::from_utf8_lossy(symbol).into_owned()),
        many => {
            Err(format!("the standard library has {} functions `{end}`, and one was expected", many.len()))
        }
    }
}

/// Runs the program that has a race, which must be found, and that has none.
fn shows_races(host: &str, sources: &Path, scratch: &Path, link: &[String], options: &str) -> Outcome {
    let program = scratch.join("race");
    let mut rustc = Process::new("rustc");
    rustc.args(["--edition", "2024", "-g", "--target", host]).args(FLAGS).args(link);
    rustc.arg(sources.join("race.rs")).arg("-o").arg(&program).env("RUSTC_BOOTSTRAP", "1");
    process::run(&mut rustc)?;
    let run = |what: &str| process::output(Process::new(&program).arg(what).env("TSAN_OPTIONS", options));
    let race = run("race")?;
    let said = String::from_utf8_lossy(&race.stderr);
    if race.status.code() != Some(FOUND) || !said.contains("data race") {
        return Err(format!("the race in `race.rs` was not found: {}: {said}", race.status));
    }
    let locks = run("locks")?;
    if !locks.status.success() {
        let said = String::from_utf8_lossy(&locks.stderr);
        return Err(format!("the locks in `race.rs` are taken for a race: {}: {said}", locks.status));
    }
    println!("a race is found, and locks are not taken for one");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_the_only_one_that_ends_so() {
        let library =
            b"\0_RNv3std4Once4call\0x_RNv4Once4call\n\0_RNv3std4Once4call\0_RNv5Mutex14lock_contended\xff";
        assert_eq!(symbol(library, "5Mutex14lock_contended").unwrap(), "_RNv5Mutex14lock_contended");
        assert_eq!(symbol(library, "4Once4call").unwrap(), "_RNv3std4Once4call");
        let two = [&library[..], b"_RNv4core4Once4call"].concat();
        assert!(symbol(&two, "4Once4call").unwrap_err().contains("has 2 functions `4Once4call`"));
        assert!(symbol(library, "nothing").unwrap_err().contains("has 0 functions"));
    }
}
