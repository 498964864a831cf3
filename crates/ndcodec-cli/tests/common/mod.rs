//! Runs the program in a folder of its own.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "only tests use it, and there an `unwrap` is an assertion")]

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use ndcodec::ArrayView;
use ndcodec::npz::NpzWriter;
use serde_json::Value;
use tempfile::TempDir;

/// The path of the program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_ndcodec");

/// A folder to run the program in.
pub(crate) struct Sandbox(TempDir);

/// What the program left.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) status: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// A sandbox with `x.npy`, whose content comes back too: a 2x3 array of `<f8`, 0.0 to 5.0.
    pub(crate) fn with_array() -> (Self, Vec<u8>) {
        let sandbox = Self::new();
        let bytes = array();
        sandbox.write("x.npy", &bytes);
        (sandbox, bytes)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// The names of the files that are there.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(args).current_dir(self.folder());
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Outcome {
        self.run_with(args, b"")
    }

    /// Runs the program with `stdin` piped into it.
    pub(crate) fn run_with(&self, args: &[&str], stdin: &[u8]) -> Outcome {
        finish(self.command(args), stdin)
    }

    /// Runs the program, which must succeed, and returns what is on standard output.
    pub(crate) fn succeed(&self, args: &[&str]) -> Vec<u8> {
        let outcome = self.run(args);
        assert_eq!(outcome.status, 0, "{args:?}: {}", outcome.stderr);
        outcome.stdout
    }

    /// Runs the program, which must fail with this status, and returns what is on standard error.
    pub(crate) fn fail(&self, status: i32, args: &[&str]) -> String {
        let outcome = self.run(args);
        assert_eq!(outcome.status, status, "{args:?}: {}", outcome.stderr);
        outcome.stderr
    }
}

pub(crate) fn finish(mut command: Command, stdin: &[u8]) -> Outcome {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let bytes = stdin.to_vec();
    // The program may end before it has read everything.
    let writer = thread::spawn(move || pipe.write_all(&bytes).ok());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Outcome {
        status: output.status.code().unwrap(),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A `.npy` file of version 1.0, as numpy writes it.
pub(crate) fn npy(descr: &str, shape: &str, payload: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let len = u16::try_from(header.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00".as_slice(), &len, header.as_bytes(), payload].concat()
}

/// The elements of [`array`].
pub(crate) fn payload() -> Vec<u8> {
    (0..6).flat_map(|i| f64::from(i).to_le_bytes()).collect()
}

/// A 2x3 array of `<f8`, 0.0 to 5.0, as a `.npy` file.
pub(crate) fn array() -> Vec<u8> {
    npy("<f8", "(2, 3)", &payload())
}

/// The JSON that a command printed, with a newline behind it.
pub(crate) fn parse(printed: &[u8]) -> Value {
    assert!(printed.ends_with(b"\n"));
    serde_json::from_slice(printed).unwrap()
}

/// The keys of an object, sorted.
pub(crate) fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// Writes `arrays.npz`, which holds the array `x`.
pub(crate) fn write_archive(sandbox: &Sandbox) {
    let mut archive = NpzWriter::new(Cursor::new(Vec::new()));
    archive.add("x", &ArrayView::from_slice(&[1.0, 2.0], &[2]).unwrap()).unwrap();
    sandbox.write("arrays.npz", archive.finish().unwrap().get_ref());
}
