//! `cargo xtask fuzz`: builds the fuzz targets with coverage and AddressSanitizer, seeds them from the corpus, and runs them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use lexopt::Arg::{Long, Value};
use lexopt::Parser;

use crate::workspace::{Workspace, make_folder, read};
use crate::{Command, Outcome, misused, process};

pub(crate) const COMMAND: Command = Command {
    name: "fuzz",
    arguments: "[--seconds N] [--check] [TARGET …]",
    about: "Runs the fuzz targets, or those named, each for N seconds (20 if left out), after the inputs that once failed. \
            Seeds are the corpus and what earlier runs found, in the target folder. --check only replays the \
            regressions. The first input that fails is written to crates/ndcodec-fuzz/regressions/TARGET, and ends the run.",
    run,
};

const FOLDER: &str = "crates/ndcodec-fuzz";
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
const LONGEST_SEED: u64 = 16 << 10;

#[derive(Debug)]
struct Plan {
    seconds: u32,
    only_regressions: bool,
    targets: Vec<String>,
}

fn run(workspace: &Workspace, mut args: Parser) -> Outcome {
    let mut plan = Plan { seconds: 20, only_regressions: false, targets: Vec::new() };
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

fn fuzz(workspace: &Workspace, plan: &Plan) -> Outcome {
    let folder = workspace.root().join(FOLDER);
    let all = targets(&folder)?;
    let chosen = if plan.targets.is_empty() { all.clone() } else { plan.targets.clone() };
    if let Some(unknown) = chosen.iter().find(|name| !all.contains(name)) {
        return Err(format!("no target `{unknown}`; there are: {}", all.join(", ")));
    }
    let scratch = workspace.target().join("fuzz");
    let host = host()?;
    let mut build = workspace.cargo(["build", "--quiet", "--release", "--target", &host]);
    build.arg("--manifest-path").arg(folder.join("Cargo.toml")).arg("--target-dir").arg(&scratch);
    // The installed compiler, which is a stable one, is told to take flags that are not.
    process::run(build.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", FLAGS.join(" ")))?;
    let seeds = seeds(workspace, &scratch)?;
    for target in &chosen {
        let program = scratch.join(&host).join("release").join(target);
        let regressions = folder.join("regressions").join(target);
        make_folder(&regressions)?;
        replay(&program, &regressions)?;
        if plan.only_regressions {
            continue;
        }
        let found = scratch.join("found").join(target);
        make_folder(&found)?;
        let mut fuzzer = Process::new(&program);
        fuzzer.arg(&found).arg(&seeds);
        fuzzer.arg(format!("-max_total_time={}", plan.seconds));
        fuzzer.args(["-timeout=25", "-rss_limit_mb=2048", "-malloc_limit_mb=300", "-print_final_stats=1"]);
        fuzzer.arg(format!("-artifact_prefix={}/", regressions.display()));
        process::run(&mut fuzzer)
            .map_err(|why| format!("{why}; the input is in {}", regressions.display()))?;
    }
    println!("cargo xtask fuzz: ok, {}", chosen.join(", "));
    Ok(())
}

/// Inputs that once failed.
fn replay(program: &Path, regressions: &Path) -> Outcome {
    let mut inputs = files(regressions)?;
    inputs.retain(|path| path.extension().is_none_or(|extension| extension != "md"));
    if inputs.is_empty() { Ok(()) } else { process::run(Process::new(program).args(inputs)) }
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
fn host() -> Outcome<String> {
    let about = process::capture(Process::new("rustc").arg("-vV"))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "`rustc -vV` names no host".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

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
