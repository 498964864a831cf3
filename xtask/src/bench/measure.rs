//! Running the benches, one after the other, each with a limit of time; what one leaves does not hang on the others.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ndcodec_measure::{Record, write_records};

use super::{import, machine};
use crate::json::Json;
use crate::python::{self, Python};
use crate::workspace::{Workspace, make_folder, read, write};
use crate::{Outcome, process, wheel};

/// The folder of the records, from the root.
pub(super) const RECORDS: &str = "docs/benchmarks/record";
/// No bench takes so long unless it hangs.
const LIMIT: Duration = Duration::from_secs(15 * 60);
const RIVALS: &str = "benches/python/requirements.txt";
/// How a Rust bench shows that it understands `--csv` and `--quick`.
const UNDERSTANDS: &str = "Run::from_args";

/// A bench, ready to be started.
struct Bench {
    name: String,
    command: Command,
    /// Where it was told to leave its record, if it understands that; else it prints one.
    csv: Option<PathBuf>,
    /// Where criterion leaves what it measured.
    criterion: Option<PathBuf>,
}

/// Runs the benches of these names, or all, and writes their records.
pub(super) fn run(workspace: &Workspace, is_quick: bool, names: &[String]) -> Outcome {
    let scratch = workspace.target().join("bench-records");
    make_folder(&scratch)?;
    let folder = folder_of_today(workspace, &scratch, is_quick)?;
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
fn folder_of_today(workspace: &Workspace, scratch: &Path, is_quick: bool) -> Outcome<PathBuf> {
    let folder = workspace.root().join(RECORDS).join(machine::today());
    let described = fs::read_to_string(folder.join("machine.csv")).unwrap_or_default();
    let is_there = |run: &str| described.lines().any(|line| line == format!("run,{run}"));
    if is_quick && is_there("full") {
        let aside = scratch.join("quick");
        println!("there is a full record of today: this one goes to {}", aside.display());
        make_folder(&aside)?;
        return Ok(aside);
    }
    if !is_quick && is_there("quick") {
        fs::remove_dir_all(&folder).map_err(|why| format!("cannot remove {}: {why}", folder.display()))?;
    }
    make_folder(&folder)?;
    Ok(folder)
}

fn one(bench: &mut Bench) -> Outcome<Vec<Record>> {
    if let Some(folder) = &bench.criterion {
        fs::remove_dir_all(folder).ok();
    }
    if let Some(csv) = &bench.csv {
        // A record of an earlier run is not one of this.
        fs::remove_file(csv).ok();
    }
    let printed = watched(&mut bench.command)?;
    let records = match (&bench.criterion, &bench.csv) {
        (Some(folder), _) => import::criterion(folder, &bench.name)?,
        (None, Some(csv)) => import::records(&read(csv)?, &bench.name)?,
        (None, None) => import::records(&printed, &bench.name)?,
    };
    if records.is_empty() { Err("it measured nothing".to_owned()) } else { Ok(records) }
}

/// Runs a command whose output is shown and kept. One that takes too long is ended.
fn watched(command: &mut Command) -> Outcome<String> {
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
    let mut printed = String::new();
    loop {
        match lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                println!("{line}");
                printed.push_str(&line);
                printed.push('\n');
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                child.kill().ok();
                child.wait().ok();
                return Err(format!("ended after {} minutes", LIMIT.as_secs() / 60));
            }
        }
    }
    let status = child.wait().map_err(failed)?;
    if status.success() { Ok(printed) } else { Err(format!("`{shown}` failed: {status}")) }
}

/// Builds the Rust benches, and answers how each is run. The programs are run without cargo, so that the limit ends them.
fn rust(
    workspace: &Workspace,
    scratch: &Path,
    is_quick: bool,
    python: Option<&Python>,
) -> Outcome<Vec<Bench>> {
    let folder = workspace.root().join("benches");
    let args = ["bench", "-p", "ndcodec-benches", "--benches", "--no-run"];
    process::run(&mut workspace.cargo(args))?;
    let messages = process::capture(workspace.cargo(args).args(["--quiet", "--message-format=json"]))?;
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
        let is_criterion = source.contains("criterion_main!");
        let criterion = is_criterion.then(|| scratch.join(format!("criterion-{name}")));
        let csv = source.contains(UNDERSTANDS).then(|| scratch.join(format!("{name}.csv")));
        if let Some(folder) = &criterion {
            command.env("CRITERION_HOME", folder);
        }
        if let Some(csv) = &csv {
            command.arg("--csv").arg(csv);
        }
        if is_quick && (is_criterion || csv.is_some()) {
            command.arg("--quick");
        } else if is_quick {
            println!("{name}: left out, for it has no short form");
            continue;
        }
        benches.push(Bench { name, command, csv, criterion });
    }
    benches.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(benches)
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
        // Those that hold claims have sizes of their own, and are told only how long a pair takes.
        match (source.contains("Run("), is_quick) {
            (true, true) => command.arg("--quick"),
            (true, false) => &mut command,
            (false, true) => {
                println!("{name}: left out, for it has no short form");
                continue;
            }
            (false, false) => command.args(["--seconds", "0.25"]),
        };
        benches.push(Bench { name, command, csv: Some(csv), criterion: None });
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
    fn a_failure_is_told_and_what_was_printed_is_kept() {
        assert_eq!(watched(Command::new("sh").args(["-c", "echo a; echo b"])).unwrap(), "a\nb\n");
        assert!(watched(Command::new("sh").args(["-c", "exit 3"])).unwrap_err().contains("exit status: 3"));
    }
}
