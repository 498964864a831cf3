//! `cargo xtask fuzz`: builds the fuzz targets with coverage and AddressSanitizer, seeds them from the corpus, and runs them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use lexopt::Arg::{Long, Value};
use lexopt::Parser;

use crate::workspace::{Workspace, in_ci, make_folder, read};
use crate::{Command, Outcome, misused, process, python, wheel};

pub(crate) const COMMAND: Command = Command {
    name: "fuzz",
    arguments: "[--seconds N] [--check] [TARGET …]",
    about: "Runs the fuzz targets, or those named, each for N seconds (20 if left out), after the inputs that once failed. \
            `python` is the package, by atheris. Seeds are the corpus and what earlier runs found, in the target folder. \
            As many run at once as there are processors. --check only replays the regressions. The first input of a \
            target that fails is written to crates/ndcodec-fuzz/regressions/TARGET, and ends that target.",
    run,
};

const FOLDER: &str = "crates/ndcodec-fuzz";
/// The target that is not a program of Rust's.
const PYTHON: &str = "python";
const REQUIREMENTS: &str = "xtask/python/fuzz.txt";
const SECONDS: u32 = 20;
/// What cargo-fuzz passes too: counters of coverage and of comparisons, and AddressSanitizer.
const FLAGS: &[&str] = &[
    "--cfg=fuzzing",
    "-Zsanitizer=address",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
];
/// Seeds of one file are no longer than this: small inputs are many.
const LONGEST_SEED: u64 = 4 << 10;

#[derive(Debug)]
struct Plan {
    seconds: u32,
    only_regressions: bool,
    targets: Vec<String>,
}

fn run(workspace: &Workspace, mut args: Parser) -> Outcome {
    let mut plan = Plan { seconds: SECONDS, only_regressions: false, targets: Vec::new() };
    while let Some(arg) = args.next().map_err(misused)? {
        match arg {
            Long("seconds") => {
                let value = args.value().map_err(misused)?;
                let seconds = value.to_str().and_then(|value| value.parse().ok());
                plan.seconds = seconds.ok_or("--seconds takes a number")?;
            }
            Long("check") => plan.only_regressions = true,
            Value(name) => plan.targets.push(name.to_string_lossy().into_owned()),
            _ => return Err(misused(arg.unexpected())),
        }
    }
    fuzz(workspace, &plan)
}

/// Every target for as long as it has if nothing else is said.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    fuzz(workspace, &Plan { seconds: SECONDS, only_regressions: false, targets: Vec::new() })
}

fn fuzz(workspace: &Workspace, plan: &Plan) -> Outcome {
    let folder = workspace.root().join(FOLDER);
    let mut all = targets(&folder)?;
    all.push(PYTHON.to_owned());
    let chosen = if plan.targets.is_empty() { all.clone() } else { plan.targets.clone() };
    if let Some(unknown) = chosen.iter().find(|name| !all.contains(name)) {
        return Err(format!("no target `{unknown}`; there are: {}", all.join(", ")));
    }
    let scratch = workspace.target().join("fuzz");
    let seeds = seeds(workspace, &scratch)?;
    let mut programs = Vec::new();
    if chosen.iter().any(|name| name != PYTHON) {
        let built = build(workspace, &folder, &scratch)?;
        programs
            .extend(chosen.iter().filter(|name| *name != PYTHON).map(|name| (name, vec![built.join(name)])));
    }
    if let Some(name) = chosen.iter().find(|name| *name == PYTHON) {
        match python_target(workspace, &folder) {
            Ok(program) => programs.push((name, program)),
            Err(why) if in_ci() || !plan.targets.is_empty() => return Err(why),
            Err(why) => println!("note: {why}; the Python package is not fuzzed"),
        }
    }
    // A target has one thread, so as many run side by side as there are processors.
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(programs.len());
    let queue = Mutex::new(programs.into_iter());
    let rows = Mutex::new(Vec::new());
    let work = || {
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some((target, program)) = next() {
            let row = run_target(&folder, &scratch, &seeds, plan, target, &program);
            if let Ok(row) = &row {
                println!("{target:<12} {row}");
            }
            rows.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(row.map(|row| format!("{target:<12} {row}")));
        }
    };
    std::thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    let rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (rows, failed): (Vec<_>, Vec<_>) = rows.into_iter().partition(Result::is_ok);
    println!("\n{}", rows.into_iter().flatten().collect::<Vec<_>>().join("\n"));
    if !failed.is_empty() {
        return Err(failed.into_iter().filter_map(Result::err).collect::<Vec<_>>().join("\n"));
    }
    println!("cargo xtask fuzz: ok, {}", chosen.join(", "));
    Ok(())
}

/// Runs what once failed, and then the fuzzer; returns how much it did.
fn run_target(
    folder: &Path,
    scratch: &Path,
    seeds: &Path,
    plan: &Plan,
    target: &str,
    program: &[PathBuf],
) -> Outcome<String> {
    let regressions = folder.join("regressions").join(target);
    make_folder(&regressions)?;
    replay(program, &regressions)?;
    if plan.only_regressions {
        return Ok("as it should be".to_owned());
    }
    let found = scratch.join("found").join(target);
    make_folder(&found)?;
    let mut fuzzer = command(program);
    fuzzer.arg(&found).arg(seeds);
    fuzzer.arg(format!("-max_total_time={}", plan.seconds));
    fuzzer.args(["-timeout=60", "-rss_limit_mb=2048", "-malloc_limit_mb=300", "-print_final_stats=1"]);
    // Chains keep memory for the next call, which looks like a leak; to look for leaks after each input took half of the time.
    fuzzer.arg("-detect_leaks=0");
    fuzzer.arg(format!("-artifact_prefix={}/", regressions.display()));
    fuzzed(&mut fuzzer, &scratch.join(format!("{target}.log")))
        .map_err(|why| format!("{target}: {why}; the input is in {}", regressions.display()))
}

/// Builds the targets, and returns the folder of their programs.
fn build(workspace: &Workspace, folder: &Path, scratch: &Path) -> Outcome<PathBuf> {
    let host = host()?;
    let mut build = workspace.cargo(["build", "--quiet", "--release", "--target", &host]);
    if in_ci() {
        build.arg("--locked");
    }
    build.arg("--manifest-path").arg(folder.join("Cargo.toml")).arg("--target-dir").arg(scratch);
    // The installed compiler, which is a stable one, is told to take flags that are not.
    process::run(build.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", FLAGS.join(" ")))?;
    Ok(scratch.join(host).join("release"))
}

/// The package as the tests have it, in an environment with a fuzzer of its own.
fn python_target(workspace: &Workspace, folder: &Path) -> Outcome<Vec<PathBuf>> {
    let environment = python::environment(workspace, &python::base()?, "venv-fuzz", REQUIREMENTS)?;
    let wheel = wheel::build(workspace, wheel::Plan::usual(), &environment)?;
    wheel::install(&environment, &wheel)?;
    Ok(vec![environment.executable, folder.join("python/boundary.py")])
}

fn command(program: &[PathBuf]) -> Process {
    let mut command = Process::new(&program[0]);
    command.args(&program[1..]);
    command
}

/// Inputs that once failed.
fn replay(program: &[PathBuf], regressions: &Path) -> Outcome {
    let mut inputs = files(regressions)?;
    inputs.retain(|path| path.extension().is_none_or(|extension| extension != "md"));
    if inputs.is_empty() { Ok(()) } else { process::run(command(program).args(inputs)) }
}

/// Runs the fuzzer, with what it says in a file, and returns how much it did.
fn fuzzed(fuzzer: &mut Process, log: &Path) -> Outcome<String> {
    println!("$ {}", process::display(fuzzer));
    let file = fs::File::create(log).map_err(|error| format!("{}: {error}", log.display()))?;
    let both = file.try_clone().map_err(|error| format!("{}: {error}", log.display()))?;
    let start = Instant::now();
    let status =
        fuzzer.stdin(Stdio::null()).stdout(file).stderr(both).status().map_err(|error| error.to_string())?;
    let said =
        String::from_utf8_lossy(&fs::read(log).map_err(|error| format!("{}: {error}", log.display()))?)
            .into_owned();
    if !status.success() {
        let lines: Vec<&str> = said.lines().collect();
        let last = lines[lines.len().saturating_sub(60)..].join("\n");
        return Err(format!("{last}\nit failed: {status}"));
    }
    Ok(format!("{} executions in {:.0} s", executions(&said), start.elapsed().as_secs_f64()))
}

/// What a fuzzer that was asked for its statistics says last.
fn executions(said: &str) -> &str {
    let line = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    line.map_or("an unknown number of", str::trim)
}

/// The small files of the corpus, and those of the review, in one folder.
fn seeds(workspace: &Workspace, scratch: &Path) -> Outcome<PathBuf> {
    let seeds = scratch.join("seeds");
    make_folder(&seeds)?;
    let Ok(corpus) = workspace.corpus() else {
        println!("note: no corpus; the targets begin with what earlier runs found");
        return Ok(seeds);
    };
    let attacks = corpus.parent().map(|shared| shared.join("attacks"));
    let mut folders = vec![corpus];
    folders.extend(attacks.filter(|folder| folder.is_dir()));
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for path in files(&folder)? {
            let about = fs::metadata(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            if about.is_dir() {
                folders.push(path);
            } else if about.len() <= LONGEST_SEED {
                count += 1;
                let to = seeds.join(format!("{count:05}"));
                fs::copy(&path, &to).map_err(|error| format!("{}: {error}", to.display()))?;
            }
        }
    }
    Ok(seeds)
}

fn files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    Ok(paths)
}

/// The names of the targets, as their manifest has them.
fn targets(folder: &Path) -> Outcome<Vec<String>> {
    let manifest = read(&folder.join("Cargo.toml"))?;
    let of = |section: &str| Some(section.split("name = \"").nth(1)?.split('"').next()?.to_owned());
    Ok(manifest.split("[[bin]]").skip(1).filter_map(of).collect())
}

/// The machine's own target: a sanitizer must not run in build scripts, which it does if no target is named.
pub(crate) fn host() -> Outcome<String> {
    let about = process::capture(Process::new("rustc").arg("-vV"))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "`rustc -vV` names no host".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_read() {
        let said = "Done 7 runs\nstat::number_of_executed_units: 1234\nstat::average_exec_per_sec:     12\n";
        assert_eq!(executions(said), "1234");
    }

    #[test]
    fn targets_are_those_of_the_manifest() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(FOLDER);
        let targets = targets(&folder).unwrap();
        for target in &targets {
            assert!(folder.join(format!("fuzz_targets/{target}.rs")).is_file(), "{target}");
        }
        assert_eq!(targets.len(), files(&folder.join("fuzz_targets")).unwrap().len());
    }
}
