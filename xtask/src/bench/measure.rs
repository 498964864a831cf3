//! Running the benches, one after the other, each with a limit of time; what one leaves does not hang on the others.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ndcodec_measure::{Record, read_records, write_records};

use super::{criterion, machine};
use crate::json::Json;
use crate::python::{self, Python};
use crate::workspace::{Workspace, make_folder, read, write};
use crate::{Outcome, process, wheel};

/// The folder of the records, from the root.
pub(super) const RECORDS: &str = "docs/benchmarks/record";

/// What stands behind the date of a quick run's folder.
pub(super) const QUICK: &str = "-quick";
/// No bench takes so long unless it hangs.
const LIMIT: Duration = Duration::from_secs(15 * 60);
const RIVALS: &str = "benches/python/requirements.txt";

/// A bench, ready to be started.
struct Bench {
    name: String,
    command: Command,
    left: Left,
}

/// Where a bench leaves its record.
enum Left {
    /// The file that it was given with `--csv`.
    Csv(PathBuf),
    /// The folder that criterion writes to.
    Criterion(PathBuf),
}

/// Runs the benches of these names, or all, and writes their records.
pub(super) fn run(workspace: &Workspace, is_quick: bool, names: &[String]) -> Outcome {
    let scratch = workspace.target().join("bench-records");
    make_folder(&scratch)?;
    let folder = folder_of_today(workspace, is_quick)?;
    let mut failures = Vec::new();
    let python =
        python_with_rivals(workspace).map_err(|why| failures.push(format!("no Python benches: {why}"))).ok();
    let mut benches = rust(workspace, &scratch, is_quick, python.as_ref())?;
    benches.extend(python.iter().flat_map(|python| scripts(workspace, &scratch, is_quick, python)));
    let known: Vec<String> = benches.iter().map(|bench| bench.name.clone()).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(name)) {
        return Err(format!("no bench `{name}`; there are: {}", known.join(", ")));
    }
    benches.retain(|bench| names.is_empty() || names.contains(&bench.name));

    let before = machine::load();
    let start = Instant::now();
    for bench in &mut benches {
        println!("\n==== {} ====", bench.name);
        let begun = Instant::now();
        match one(bench) {
            Ok(records) => write(&folder.join(format!("{}.csv", bench.name)), &write_records(&records))?,
            Err(why) => failures.push(format!("{}: {why}", bench.name)),
        }
        println!("{}: {:.0} s", bench.name, begun.elapsed().as_secs_f64());
    }
    println!("\nall benches: {:.0} s", start.elapsed().as_secs_f64());
    let described = machine::describe(workspace, is_quick, &before, python.as_ref())?;
    write(&folder.join("machine.csv"), &described)?;
    if failures.is_empty() { Ok(()) } else { Err(format!("without a record:\n  {}", failures.join("\n  "))) }
}

/// A folder holds one kind of run: a look goes aside where a full run of the day is, and a full one takes a look's place.
/// A quick run has a folder of its own, so that it takes nothing away from a full one.
fn folder_of_today(workspace: &Workspace, is_quick: bool) -> Outcome<PathBuf> {
    let name = machine::today() + if is_quick { QUICK } else { "" };
    let folder = workspace.root().join(RECORDS).join(name);
    make_folder(&folder)?;
    Ok(folder)
}

fn one(bench: &mut Bench) -> Outcome<Vec<Record>> {
    // A record of an earlier run is not one of this.
    match &bench.left {
        Left::Csv(file) => fs::remove_file(file).ok(),
        Left::Criterion(folder) => fs::remove_dir_all(folder).ok(),
    };
    watched(&mut bench.command)?;
    let mut records = match &bench.left {
        Left::Csv(file) => read_records(&read(file)?)?,
        Left::Criterion(folder) => criterion::records(folder, &bench.name)?,
    };
    for record in &mut records {
        // A program in Python does not know how it is called here.
        record.bench.clone_from(&bench.name);
    }
    if records.is_empty() { Err("it measured nothing".to_owned()) } else { Ok(records) }
}

/// Runs a command whose output is shown. One that takes too long is ended.
fn watched(command: &mut Command) -> Outcome {
    let shown = process::display(command);
    println!("$ {shown}");
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
            Ok(line) => println!("{line}"),
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

/// Builds the Rust benches, and answers how each is run. The programs are run without cargo, so that the limit ends them.
fn rust(
    workspace: &Workspace,
    scratch: &Path,
    is_quick: bool,
    python: Option<&Python>,
) -> Outcome<Vec<Bench>> {
    let folder = workspace.root().join("benches");
    process::run(&mut build(workspace, python))?;
    let messages = process::capture(build(workspace, python).args(["--quiet", "--message-format=json"]))?;
    let mut benches = Vec::new();
    for (name, program) in messages.lines().filter_map(executable) {
        let source = read(&folder.join(format!("benches/{name}.rs")))?;
        let mut command = Command::new(program);
        command.arg("--bench").current_dir(&folder);
        if let Ok(corpus) = workspace.corpus() {
            command.env("NDCODEC_CORPUS", corpus);
        }
        if let Some(python) = python {
            command.env("NDCODEC_PYTHON", &python.executable);
        }
        let left = if source.contains("criterion_main!") {
            let folder = scratch.join(format!("criterion-{name}"));
            command.env("CRITERION_HOME", &folder);
            Left::Criterion(folder)
        } else {
            let file = scratch.join(format!("{name}.csv"));
            command.arg("--csv").arg(&file);
            Left::Csv(file)
        };
        if is_quick {
            command.arg("--quick");
        }
        benches.push(Bench { name, command, left });
    }
    benches.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(benches)
}

/// How the benches are built: with zlib-ng, for which the environment of the rivals has a `cmake`. In a target folder of
/// their own, since all crates are built anew for that flag.
fn build(workspace: &Workspace, python: Option<&Python>) -> Command {
    let mut cargo = workspace.cargo(["bench", "-p", "ndcodec-benches", "--benches", "--no-run"]);
    let cmake =
        python.map(|python| python.executable.with_file_name("cmake")).filter(|cmake| cmake.is_file());
    if let Some(cmake) = cmake {
        let flags = std::env::var("RUSTFLAGS").unwrap_or_default() + " --cfg ndcodec_zlib_ng";
        cargo.env("RUSTFLAGS", flags.trim_start()).env("CMAKE", cmake);
        cargo.env("CARGO_TARGET_DIR", workspace.target().join("bench"));
    }
    cargo
}

/// The name and the program of a bench, of a line that cargo prints.
fn executable(message: &str) -> Option<(String, PathBuf)> {
    let message = Json::parse(message).ok()?;
    let target = message.member("target")?;
    let is_bench = target.list("kind").contains(&Json::Text("bench".to_owned()));
    let program = message.text("executable").filter(|_| is_bench)?;
    Some((target.text("name")?.to_owned(), program.into()))
}

/// A Python with the rivals and with the package of this checkout, built as users get it.
fn python_with_rivals(workspace: &Workspace) -> Outcome<Python> {
    let base = python::base().or_else(|why| python::installed().pop().ok_or(why))?;
    let python = python::environment(workspace, &base, "venv-bench", RIVALS)?;
    wheel::install(&python, &wheel::build(workspace, wheel::RELEASE, &python)?)?;
    Ok(python)
}

/// The Python files of benches/python that are programs.
fn scripts(workspace: &Workspace, scratch: &Path, is_quick: bool, python: &Python) -> Vec<Bench> {
    let folder = workspace.root().join("benches/python");
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .map(|files| files.filter_map(|file| Some(file.ok()?.path())).collect())
        .unwrap_or_default();
    paths.sort();
    let mut benches = Vec::new();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "py")) {
        let source = fs::read_to_string(path).unwrap_or_default();
        if !source.contains("__main__") {
            continue;
        }
        let name = format!("python_{}", path.file_stem().unwrap_or_default().to_string_lossy());
        let csv = scratch.join(format!("{name}.csv"));
        let mut command = Command::new(&python.executable);
        command.arg("-u").arg(path).arg("--csv").arg(&csv).current_dir(workspace.root());
        if let Ok(corpus) = workspace.corpus() {
            command.env("NDCODEC_CORPUS", corpus);
        }
        if is_quick {
            command.arg("--quick");
        }
        benches.push(Bench { name, command, left: Left::Csv(csv) });
    }
    benches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_those_of_benches() {
        let line = |kind: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","target":{{"kind":["{kind}"],"name":"rivals"}},"executable":"/x/rivals-1"}}"#
            )
        };
        assert_eq!(executable(&line("bench")), Some(("rivals".to_owned(), PathBuf::from("/x/rivals-1"))));
        assert_eq!(executable(&line("lib")), None);
        assert_eq!(executable(r#"{"reason":"build-finished","success":true}"#), None);
    }

    #[test]
    fn a_failure_is_told() {
        assert_eq!(watched(Command::new("sh").args(["-c", "echo a; echo b"])), Ok(()));
        assert!(watched(Command::new("sh").args(["-c", "exit 3"])).unwrap_err().contains("exit status: 3"));
    }
}
