//! `cargo xtask bench --against REV`: the benches of an older commit and those of this tree, in turns.
//!
//! The older commit is built in a work tree of its own, with its own benches, since what they call may have changed, or with
//! this tree's, which may have rows that it lacks. A Python bench is this tree's, and runs with the wheel of either side. Each side's time is what its bench measures of ours. The times of the rivals, which are the same code on both sides, only
//! say how quiet the machine was.

mod compare;
mod report;

use std::collections::BTreeSet;
use std::path::PathBuf;

use ndcodec_measure::Record;

use super::machine;
use super::measure::{self, rivals};
use super::program::{self, Bench, Settings, Tree};
use super::record::folder_of_today;
use crate::workspace::{Workspace, make_folder, write};
use crate::{Outcome, process, wheel};
use compare::{BOUND, Comparison, SIDES};
use report::Report;

/// The name of the record.
pub(super) const RECORD: &str = "against";
/// What is compared if no bench is named.
const BENCHES: [&str; 2] = ["chunked", "overhead"];
/// The benches whose cases are `CHAIN on ARRAY`, and which words narrow down to such.
const NARROWED: [&str; 5] = ["chunked", "codecs", "overhead", "python_calls", "rivals"];
/// How often each side runs. A look has shorter ones, which need more of them.
const ROUNDS: usize = 5;
const ROUNDS_OF_A_LOOK: usize = 9;

/// Measures `names`, or the usual benches, on both sides, writes the record, and fails if a chain has become slower in a
/// direction.
pub(super) fn run(
    workspace: &Workspace,
    revision: &str,
    is_quick: bool,
    has_same_benches: bool,
    names: &[String],
) -> Outcome {
    let commits = [commit(workspace, revision)?, machine::commit(workspace)?];
    let trees = [check_out(workspace, &commits[0])?, Tree::of(workspace)];
    if has_same_benches {
        copy_benches(workspace, &trees[0])?;
    }
    let usual = BENCHES.map(str::to_owned);
    let names = if names.is_empty() { usual.as_slice() } else { names };
    let python = rivals(workspace)
        .map_err(|why| println!("note: {why}; a bench that needs a library from Python fails"))
        .ok();
    let (scripts, programs): (Vec<_>, Vec<_>) = names.iter().partition(|name| name.starts_with("python_"));
    let build = |side: usize| {
        let scratch = folder(workspace).join(SIDES[side]);
        make_folder(&scratch)?;
        let corpus = workspace.corpus().ok();
        let settings = Settings { scratch: &scratch, is_quick, corpus, python: python.as_ref() };
        let which: Vec<&str> = programs.iter().flat_map(|name| ["--bench", name]).collect();
        let mut benches =
            if which.is_empty() { Vec::new() } else { program::of_tree(&trees[side], &which, &settings)? };
        if !scripts.is_empty() {
            benches.extend(with_wheel_of(workspace, &trees[side], &scripts, &settings)?);
        }
        benches.sort_by(|a, b| a.name.cmp(&b.name));
        Ok::<_, String>(benches)
    };
    let build = |side: usize| build(side).map_err(|why| format!("{}: {why}", SIDES[side]));
    let (old, new) = (build(0)?, build(1)?);

    let load = machine::load();
    let rounds = if is_quick { ROUNDS_OF_A_LOOK } else { ROUNDS };
    let (mut report, mut failures) = (Report::new(commits), Vec::new());
    // Both lists are sorted by name.
    for (old, new) in old.into_iter().zip(new) {
        let name = new.name.clone();
        match in_rounds([old, new], rounds).and_then(|rounds| Comparison::of(&rounds)) {
            Ok(comparison) => report.add(&name, &comparison),
            Err(why) => failures.push(format!("{name}: {why}")),
        }
    }
    if !report.is_empty() {
        let folder = folder_of_today(workspace, is_quick)?;
        write(&folder.join(format!("{RECORD}.csv")), &report.csv()?)?;
        let machine = folder.join("machine.csv");
        // That of a run of all benches on the same day stays.
        if !machine.exists() {
            write(&machine, &machine::describe(workspace, is_quick, &load, python.as_ref())?)?;
        }
    }
    println!("\n{report}");
    failures.extend(report.slower().map(|group| format!("slower, with a bound of {BOUND}: {group}")));
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n  ")) }
}

/// Python benches of this tree, which run with the package of `tree` as users get it; for a look, as it is built faster.
fn with_wheel_of(
    workspace: &Workspace,
    tree: &Tree,
    names: &[&String],
    settings: &Settings<'_>,
) -> Outcome<Vec<Bench>> {
    let python = settings.python.ok_or("there is no Python with the libraries that its benches need")?;
    let profile = if settings.is_quick { "release" } else { "dist" };
    let wheel = wheel::build_of(&tree.root, &tree.target, profile, python)?;
    let packages = settings.scratch.join("packages");
    wheel::install_into(python, &wheel, &packages)?;
    let mut benches = measure::scripts(workspace, python, settings);
    benches.retain(|bench| names.iter().any(|name| **name == bench.name));
    if benches.len() < names.len() {
        return Err(format!("there is no bench of one of these names: {names:?}"));
    }
    for bench in &mut benches {
        // Before the packages of the environment, of which ours may be one.
        bench.command.env("PYTHONPATH", &packages);
    }
    Ok(benches)
}

/// A record of each side for each round.
///
/// The first round runs each side whole, which also tells what cases there are. If words narrow the bench down to one, a
/// further round runs case by case, so that the two sides of one are seconds apart and not minutes. The side that begins
/// changes, so that a machine that becomes slower in the meantime does so for both.
fn in_rounds(mut sides: [Bench; 2], count: usize) -> Outcome<Vec<[Vec<Record>; 2]>> {
    let mut rounds = vec![whole(&mut sides, 0)?];
    let is_narrowed = NARROWED.contains(&sides[0].name.as_str());
    let cases =
        rounds[0].each_ref().map(|records| records.iter().map(|record| record.case.clone()).collect());
    for round in 1..count {
        rounds.push(if is_narrowed { by_case(&sides, &cases, round)? } else { whole(&mut sides, round)? });
    }
    Ok(rounds)
}

/// A round of one side after the other.
fn whole(sides: &mut [Bench; 2], round: usize) -> Outcome<[Vec<Record>; 2]> {
    let mut records = [Vec::new(), Vec::new()];
    for turn in 0..2 {
        let side = (round + turn) % 2;
        println!("\n==== {}, round {}, {} ====", sides[side].name, round + 1, SIDES[side]);
        records[side] = tried(side, &mut sides[side], program::one)?;
    }
    Ok(records)
}

/// A round of one case after the other, each on both sides if both have it.
fn by_case(sides: &[Bench; 2], cases: &[BTreeSet<String>; 2], round: usize) -> Outcome<[Vec<Record>; 2]> {
    println!("\n==== {}, round {}, case by case ====", sides[0].name, round + 1);
    let mut records = [Vec::new(), Vec::new()];
    for (index, case) in cases[0].union(&cases[1]).enumerate() {
        println!("{case}");
        let words: Vec<&str> = case.split(" on ").collect();
        for turn in 0..2 {
            let side = (round + index + turn) % 2;
            if cases[side].contains(case) {
                let found = tried(side, &mut sides[side].narrowed(&words), program::one_silent)?;
                // A word may be a part of another name.
                records[side].extend(found.into_iter().filter(|record| record.case == *case));
            }
        }
    }
    Ok(records)
}

/// Runs a bench, and if it fails once more: an older one cannot be mended, and that of `chunked` crashed once in a hundred
/// runs when it ended.
fn tried(
    side: usize,
    bench: &mut Bench,
    run: fn(&mut Bench) -> Outcome<Vec<Record>>,
) -> Outcome<Vec<Record>> {
    let mut found = run(bench);
    if let Err(why) = &found {
        println!("{}: {why}; once more", SIDES[side]);
        found = run(bench);
    }
    found.map_err(|why| format!("{}: {why}", SIDES[side]))
}

/// Where the older commit's tree and all that is built of it are kept.
fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("against")
}

/// Puts this tree's bench programs in place of the older ones, which the next check-out brings back.
fn copy_benches(workspace: &Workspace, old: &Tree) -> Outcome {
    let folder = workspace.root().join("benches/benches");
    let failed = |why: std::io::Error| format!("{}: {why}", folder.display());
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default();
        if old.root.join("benches/benches").join(name).is_file() {
            std::fs::copy(&path, old.root.join("benches/benches").join(name)).map_err(failed)?;
        }
    }
    Ok(())
}

/// The commit that a revision means.
fn commit(workspace: &Workspace, revision: &str) -> Outcome<String> {
    let peeled = format!("{revision}^{{commit}}");
    let args = ["rev-parse", "--short=12", "--verify", "--end-of-options", &peeled];
    let commit = process::capture(&mut workspace.git(&args));
    commit
        .map(|commit| commit.trim().to_owned())
        .map_err(|why| format!("`{revision}` is not a commit of this repository: {why}"))
}

/// The tree of a commit, in the one work tree that all are checked out in, so that what did not change is not built again.
fn check_out(workspace: &Workspace, commit: &str) -> Outcome<Tree> {
    let root = folder(workspace).join("tree");
    let shown = root.display().to_string();
    if root.join(".git").is_file() {
        process::run(
            &mut workspace.git(&["-C", &shown, "checkout", "--quiet", "--force", "--detach", commit]),
        )?;
    } else {
        make_folder(&folder(workspace))?;
        // `--force`: git may still know of one that was removed with the target folder.
        let args = ["worktree", "add", "--quiet", "--force", "--detach", &shown, commit];
        process::run(&mut workspace.git(&args))?;
    }
    let target = folder(workspace).join("build");
    // Its benches as they were, with the versions of then.
    Ok(Tree { root, target, variables: Vec::new(), flags: &["--locked"] })
}
