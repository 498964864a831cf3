//! Running the benches, one after the other, each with a limit of time; what one leaves does not hang on the others.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use ndcodec_measure::write_records;

use super::machine;
use super::program::{self, Bench, Left, Settings, Tree};
use super::record::folder_of_today;
use crate::python::{self, Python};
use crate::workspace::{Workspace, make_folder, write};
use crate::{Outcome, wheel};

const RIVALS: &str = "benches/python/requirements.txt";

/// Runs the benches of these names, or all, and writes their records.
///
/// A Python bench goes by its name with or without `python_`, if there is no Rust one of that name.
pub(super) fn run(workspace: &Workspace, is_quick: bool, has_bounds: bool, names: &[String]) -> Outcome {
    let scratch = workspace.target().join("bench-records");
    make_folder(&scratch)?;
    let folder = folder_of_today(workspace, is_quick)?;
    let mut failures = Vec::new();
    let python =
        python_with_rivals(workspace).map_err(|why| failures.push(format!("no Python benches: {why}"))).ok();
    let settings =
        Settings { scratch: &scratch, is_quick, corpus: workspace.corpus().ok(), python: python.as_ref() };
    let scripts: Vec<Bench> =
        python.iter().flat_map(|python| scripts(workspace, python, &settings)).collect();
    let is_script = |name: &String| {
        let is_rust = workspace.root().join(format!("benches/benches/{name}.rs")).is_file();
        scripts.iter().any(|of| of.name == *name || (!is_rust && of.name == format!("python_{name}")))
    };
    // Building the Rust benches takes longer than most Python ones run.
    let mut benches = match !names.is_empty() && names.iter().all(is_script) {
        true => Vec::new(),
        false => {
            program::of_tree(&Tree::with_zlib_ng(workspace, python.as_ref()), &["--benches"], &settings)?
        }
    };
    benches.extend(scripts);
    let known: Vec<String> = benches.iter().map(|bench| bench.name.clone()).collect();
    let full = |name: &String| {
        let of_python = format!("python_{name}");
        [name, &of_python]
            .into_iter()
            .find(|name| known.contains(name))
            .cloned()
            .ok_or_else(|| format!("no bench `{name}`; there are: {}", known.join(", ")))
    };
    let names = names.iter().map(full).collect::<Outcome<Vec<_>>>()?;
    benches.retain(|bench| names.is_empty() || names.contains(&bench.name));
    if has_bounds {
        benches.iter_mut().for_each(|bench| *bench = bench.narrowed(&["--check"]));
    }

    let before = machine::load();
    let start = Instant::now();
    for bench in &mut benches {
        println!("\n==== {} ====", bench.name);
        let begun = Instant::now();
        match program::one(bench) {
            Ok(records) => write(&folder.join(format!("{}.csv", bench.name)), &write_records(&records))?,
            Err(why) => {
                // What was measured before a bound was found broken is kept.
                if let (true, Ok(records)) = (has_bounds, bench.records()) {
                    write(&folder.join(format!("{}.csv", bench.name)), &write_records(&records))?;
                }
                failures.push(format!("{}: {why}", bench.name));
            }
        }
        println!("{}: {:.0} s", bench.name, begun.elapsed().as_secs_f64());
    }
    println!("\nall benches: {:.0} s", start.elapsed().as_secs_f64());
    let described = machine::describe(workspace, is_quick, &before, python.as_ref())?;
    write(&folder.join("machine.csv"), &described)?;
    if failures.is_empty() { Ok(()) } else { Err(format!("failed:\n  {}", failures.join("\n  "))) }
}

/// A Python with the rivals and with the package of this checkout, built as users get it.
fn python_with_rivals(workspace: &Workspace) -> Outcome<Python> {
    let python = rivals(workspace)?;
    wheel::install(&python, &wheel::build(workspace, wheel::RELEASE, &python)?)?;
    Ok(python)
}

/// A Python with the rivals.
pub(super) fn rivals(workspace: &Workspace) -> Outcome<Python> {
    let base = python::base().or_else(|why| python::installed().pop().ok_or(why))?;
    python::environment(workspace, &base, "venv-bench", RIVALS)
}

/// The Python files of benches/python that are programs.
pub(super) fn scripts(workspace: &Workspace, python: &Python, settings: &Settings<'_>) -> Vec<Bench> {
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
        let csv = settings.scratch.join(format!("{name}.csv"));
        let mut command = Command::new(&python.executable);
        command.arg("-u").arg(path).arg("--csv").arg(&csv).current_dir(workspace.root());
        settings.apply(&mut command);
        benches.push(Bench { name, command, left: Left::Csv(csv) });
    }
    benches
}
