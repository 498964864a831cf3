//! A bench as a program: how the Rust ones are built, how one runs within a limit of time, and the record it leaves.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use cargo_metadata::{Message, TargetKind};
use ndcodec_measure::{Record, read_records};

use super::criterion;
use crate::python::Python;
use crate::workspace::{Workspace, read};
use crate::{Outcome, process};

/// No bench takes so long unless it hangs.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// A bench, ready to be started.
pub(super) struct Bench {
    pub(super) name: String,
    pub(super) command: Command,
    pub(super) left: Left,
}

/// Where a bench leaves its record.
#[derive(Clone)]
pub(super) enum Left {
    /// The file that it was given with `--csv`.
    Csv(PathBuf),
    /// The folder that criterion writes to.
    Criterion(PathBuf),
}

impl Bench {
    /// The same bench with further words on its command line.
    pub(super) fn narrowed(&self, words: &[&str]) -> Self {
        let mut command = Command::new(self.command.get_program());
        command.args(self.command.get_args()).args(words);
        command.envs(self.command.get_envs().filter_map(|(key, value)| Some((key, value?))));
        if let Some(folder) = self.command.get_current_dir() {
            command.current_dir(folder);
        }
        Self { name: self.name.clone(), command, left: self.left.clone() }
    }

    /// Takes away what an earlier run left.
    fn clear(&self) {
        match &self.left {
            Left::Csv(file) => fs::remove_file(file).ok(),
            Left::Criterion(folder) => fs::remove_dir_all(folder).ok(),
        };
    }

    pub(super) fn records(&self) -> Outcome<Vec<Record>> {
        let mut records = match &self.left {
            Left::Csv(file) => read_records(&read(file)?)?,
            Left::Criterion(folder) => criterion::records(folder, &self.name)?,
        };
        for record in &mut records {
            // A program in Python does not know how it is called here.
            record.bench.clone_from(&self.name);
        }
        if records.is_empty() { Err("it measured nothing".to_owned()) } else { Ok(records) }
    }
}

/// Runs a bench and returns the record that it leaves.
pub(super) fn one(bench: &mut Bench) -> Outcome<Vec<Record>> {
    bench.clear();
    println!("$ {}", process::display(&bench.command));
    watched(&mut bench.command, |line| println!("{line}"))?;
    bench.records()
}

/// Like [`one`], without showing what it prints.
pub(super) fn one_silent(bench: &mut Bench) -> Outcome<Vec<Record>> {
    bench.clear();
    watched(bench.command.stderr(Stdio::null()), |_| {})?;
    bench.records()
}

/// Runs a command, whose output is given to `show` line by line. One that takes too long is ended.
fn watched(command: &mut Command, show: impl Fn(&str)) -> Outcome {
    let shown = process::display(command);
    let failed = |error: std::io::Error| format!("cannot run `{shown}`: {error}");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    let (sender, lines) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
    }
    let end = Instant::now() + LIMIT;
    loop {
        match lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(line) => show(&line),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                child.kill().ok();
                child.wait().ok();
                return Err(format!("ended after {} minutes", LIMIT.as_secs() / 60));
            }
        }
    }
    let status = child.wait().map_err(failed)?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed: {status}")) }
}

/// What benches run with.
pub(super) struct Settings<'a> {
    /// Where they leave their records.
    pub(super) scratch: &'a Path,
    pub(super) is_quick: bool,
    pub(super) corpus: Option<PathBuf>,
    pub(super) python: Option<&'a Python>,
}

impl Settings<'_> {
    pub(super) fn apply(&self, command: &mut Command) {
        if let Some(corpus) = &self.corpus {
            command.env("NDCODEC_CORPUS", corpus);
        }
        if let Some(python) = self.python {
            command.env("NDCODEC_PYTHON", &python.executable);
        }
        if self.is_quick {
            command.arg("--quick");
        }
    }
}

/// Sources to build the benches of, and how.
pub(super) struct Tree {
    pub(super) root: PathBuf,
    pub(super) target: PathBuf,
    /// More than the defaults: variables for cargo.
    pub(super) variables: Vec<(&'static str, OsString)>,
    pub(super) flags: &'static [&'static str],
}

impl Tree {
    /// This checkout, with zlib-ng where the environment of the rivals has the `cmake` for it. In a target folder of its own,
    /// since all crates are built anew for that flag.
    pub(super) fn with_zlib_ng(workspace: &Workspace, python: Option<&Python>) -> Self {
        let mut tree = Self::of(workspace);
        let cmake = python.map(|python| python.executable.with_file_name("cmake"));
        if let Some(cmake) = cmake.filter(|cmake| cmake.is_file()) {
            let flags = std::env::var("RUSTFLAGS").unwrap_or_default() + " --cfg ndcodec_zlib_ng";
            tree.variables = vec![("RUSTFLAGS", flags.trim_start().into()), ("CMAKE", cmake.into())];
            tree.target.push("bench");
        }
        tree
    }

    /// This checkout, built as `cargo bench` does.
    pub(super) fn of(workspace: &Workspace) -> Self {
        let root = workspace.root().to_owned();
        Self { root, target: workspace.target(), variables: Vec::new(), flags: &[] }
    }

    fn build(&self, which: &[&str]) -> Command {
        let mut cargo = process::cargo();
        cargo.args(["bench", "-p", "ndcodec-benches", "--no-run"]).args(which).args(self.flags);
        cargo.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        cargo.envs(self.variables.iter().map(|(key, value)| (key, value)));
        cargo
    }
}

/// Builds Rust benches, all or some by cargo's arguments `which`, and returns how each is run. The programs are run without
/// cargo, so that the limit ends them.
pub(super) fn of_tree(tree: &Tree, which: &[&str], settings: &Settings<'_>) -> Outcome<Vec<Bench>> {
    let folder = tree.root.join("benches");
    process::run(&mut tree.build(which))?;
    let messages = process::capture(tree.build(which).args(["--quiet", "--message-format=json"]))?;
    let mut benches = Vec::new();
    for (name, program) in
        Message::parse_stream(messages.as_bytes()).map_while(Result::ok).filter_map(executable)
    {
        let source = read(&folder.join(format!("benches/{name}.rs")))?;
        let mut command = Command::new(program);
        command.arg("--bench").current_dir(&folder);
        let left = if source.contains("criterion_main!") {
            let folder = settings.scratch.join(format!("criterion-{name}"));
            command.env("CRITERION_HOME", &folder);
            Left::Criterion(folder)
        } else {
            let file = settings.scratch.join(format!("{name}.csv"));
            command.arg("--csv").arg(&file);
            Left::Csv(file)
        };
        settings.apply(&mut command);
        benches.push(Bench { name, command, left });
    }
    benches.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(benches)
}

/// The name and the program of a bench, of what cargo says that it did.
fn executable(message: Message) -> Option<(String, PathBuf)> {
    match message {
        Message::CompilerArtifact(artifact) if artifact.target.is_kind(TargetKind::Bench) => {
            Some((artifact.target.name, artifact.executable?.into()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_those_of_benches() {
        let line = |kind: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","package_id":"x","target":{{"kind":["{kind}"],"crate_types":["bin"],"name":"rivals","src_path":"/x.rs"}},"profile":{{"opt_level":"3","debug_assertions":false,"overflow_checks":false,"test":true}},"features":[],"filenames":[],"executable":"/x/rivals-1","fresh":true}}"#
            )
        };
        let text = [line("bench"), line("lib"), r#"{"reason":"build-finished","success":true}"#.to_owned()]
            .join("\n");
        let messages = Message::parse_stream(text.as_bytes()).map(Result::unwrap);
        let found: Vec<_> = messages.filter_map(executable).collect();
        assert_eq!(found, [("rivals".to_owned(), PathBuf::from("/x/rivals-1"))]);
    }

    #[test]
    fn a_failure_is_told() {
        let lines = std::cell::RefCell::new(Vec::new());
        let show = |line: &str| lines.borrow_mut().push(line.to_owned());
        assert_eq!(watched(Command::new("sh").args(["-c", "echo a; echo b"]), show), Ok(()));
        assert_eq!(lines.into_inner(), ["a", "b"]);
        let failed = watched(Command::new("sh").args(["-c", "exit 3"]), |_| {});
        assert!(failed.unwrap_err().contains("exit status: 3"));
    }

    #[test]
    fn further_words_come_last_and_the_rest_stays() {
        let mut command = Command::new("bench");
        command.args(["--csv", "x.csv"]).env("NDCODEC_CORPUS", "/c").current_dir("/d");
        let bench = Bench { name: "rivals".to_owned(), command, left: Left::Csv("x.csv".into()) };
        let narrowed = bench.narrowed(&["npy|zstd", "a"]).command;
        assert_eq!(process::display(&narrowed), "NDCODEC_CORPUS=/c bench --csv x.csv 'npy|zstd' a");
        assert_eq!(narrowed.get_current_dir(), Some(Path::new("/d")));
    }
}
