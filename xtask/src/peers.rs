//! `cargo xtask peers`: the tests of numcodecs and zarr-python, with our codecs in place of theirs.
//!
//! Their tests come from their source distributions. Which of them fail is compared with the lists in `xtask/python/peers`, where
//! each failure has its reason; `in_place.py` there does it, as a plugin of pytest.

use std::fs;
use std::path::PathBuf;
use std::process::Command as Process;

use lexopt::Arg::{Long, Value};
use lexopt::Parser;

use crate::python::{self, Python};
use crate::workspace::{Workspace, make_folder, read};
use crate::{Command, Outcome, misused, process, wheel};

pub(crate) const COMMAND: Command = Command {
    name: "peers",
    arguments: "[--release] [numcodecs] [zarr]",
    about: "Runs the tests of numcodecs and of zarr-python with our codecs in place of theirs, and compares what fails with a \
            list that has a reason for each. --release tests the wheel that is shipped.",
    run,
};

const REQUIREMENTS: &str = "xtask/python/peers/requirements.txt";
/// What the newest of both need.
const OLDEST: [u32; 2] = [3, 12];

struct Peer {
    /// The package's name, and the list's.
    name: &'static str,
    /// What pytest is told beyond the plugin.
    arguments: &'static [&'static str],
}

const PEERS: &[Peer] = &[
    // Its own options measure coverage, and it has no test that waits.
    Peer { name: "numcodecs", arguments: &["-p", "no:asyncio", "-o", "addopts=", "tests"] },
    // Scripts that bring packages of their own, and benchmarks, are not about codecs.
    Peer {
        name: "zarr",
        arguments: &[
            "-n",
            "2",
            "-o",
            "addopts=--benchmark-disable",
            "--ignore=tests/benchmarks",
            "--ignore=tests/test_examples.py",
            // It fails now and then on a busy machine: it is about which of two tasks starts first, and not about codecs.
            "--deselect=tests/test_fused_pipeline.py::\
             test_encode_and_write_as_completed_cancels_stray_writes_on_failure",
            "tests",
        ],
    },
];

fn run(workspace: &Workspace, mut args: Parser) -> Outcome {
    let mut plan = wheel::Plan::usual();
    let mut named = Vec::new();
    while let Some(arg) = args.next().map_err(misused)? {
        match arg {
            Long("release") => plan = wheel::RELEASE,
            Value(name) => named.push(name.to_string_lossy().into_owned()),
            _ => return Err(misused(arg.unexpected())),
        }
    }
    if let Some(name) = named.iter().find(|name| PEERS.iter().all(|peer| peer.name != name.as_str())) {
        return Err(format!("no peer `{name}`; there are: numcodecs, zarr"));
    }
    let base = newest()?;
    let environment = python::environment(workspace, &base, "venv-peers", REQUIREMENTS)?;
    let wheel = wheel::build(workspace, plan, &environment)?;
    wheel::install(&environment, &wheel)?;
    let chosen = PEERS.iter().filter(|peer| named.is_empty() || named.iter().any(|name| name == peer.name));
    let failed: Vec<&str> = chosen
        .filter_map(|peer| {
            let why = test(workspace, &environment, peer).err()?;
            println!("{why}");
            Some(peer.name)
        })
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("what fails is not what xtask/python/peers lists: {}", failed.join(", ")))
}

fn newest() -> Outcome<Python> {
    let newest = python::installed().into_iter().next_back();
    newest.filter(|python| python.number().as_slice() >= OLDEST.as_slice()).ok_or_else(|| {
        format!("no Python {}.{} or later, which the newest numcodecs and zarr need", OLDEST[0], OLDEST[1])
    })
}

fn test(workspace: &Workspace, environment: &Python, peer: &Peer) -> Outcome {
    let sources = sources(workspace, environment, peer.name)?;
    let lists = workspace.root().join("xtask/python/peers");
    let mut pytest = Process::new(&environment.executable);
    pytest.current_dir(&sources).args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "in_place"]);
    pytest.arg("--expected").arg(lists.join(format!("{}.txt", peer.name))).args(peer.arguments);
    pytest.env("PYTHONPATH", &lists).env("PYTHONDONTWRITEBYTECODE", "1");
    pytest.env("HYPOTHESIS_STORAGE_DIRECTORY", workspace.target().join("python-scratch/hypothesis"));
    process::run(&mut pytest)
}

/// The folder of a package's source distribution, of the version that the requirements name.
fn sources(workspace: &Workspace, environment: &Python, name: &str) -> Outcome<PathBuf> {
    let requirements = read(&workspace.root().join(REQUIREMENTS))?;
    let pin =
        pin_of(&requirements, name).ok_or_else(|| format!("{REQUIREMENTS} has no version of {name}"))?;
    let folder = workspace.target().join("peers");
    let unpacked = folder.join(pin.replace("==", "-"));
    if unpacked.is_dir() {
        return Ok(unpacked);
    }
    make_folder(&folder)?;
    let mut pip = Process::new(&environment.executable);
    pip.args(["-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps"]);
    // What it is built by may come as wheels.
    pip.args(["--no-binary", name, &pin, "--dest"]).arg(&folder);
    process::run(&mut pip)?;
    let archive = folder.join(format!("{}.tar.gz", pin.replace("==", "-")));
    let mut tarfile = Process::new(&environment.executable);
    tarfile.args(["-m", "tarfile", "--filter", "data", "-e"]).arg(&archive).arg(&folder);
    process::run(&mut tarfile)?;
    fs::remove_file(&archive).map_err(|error| format!("cannot remove {}: {error}", archive.display()))?;
    Ok(unpacked)
}

/// `zarr==3.4.0` in a list of requirements.
fn pin_of(requirements: &str, name: &str) -> Option<String> {
    let line =
        requirements.lines().find(|line| line.split_once("==").is_some_and(|(found, _)| found == name))?;
    Some(line.split(';').next().unwrap_or(line).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_found_by_its_whole_name() {
        let text = "# zarr==1\nzarr-more==2\nzarr==3.4.0; python_version > \"3\"\nnumcodecs==0.17.1\n";
        assert_eq!(pin_of(text, "zarr").as_deref(), Some("zarr==3.4.0"));
        assert_eq!(pin_of(text, "numcodecs").as_deref(), Some("numcodecs==0.17.1"));
        assert_eq!(pin_of(text, "num"), None);
    }
}
