//! `cargo xtask bench --against REV`: the benches of an older commit and those of this tree, in turns.
//!
//! The older commit is built in a work tree of its own, with its own benches, since what they call may have changed. So each
//! side's time is what its own bench measures of ours; the times of the rivals are not used.

mod compare;
mod report;

use std::path::PathBuf;
use std::time::Instant;

use ndcodec_measure::Record;

use super::machine;
use super::measure::rivals;
use super::program::{self, Bench, Settings, Tree};
use super::record::folder_of_today;
use crate::workspace::{Workspace, make_folder, write};
use crate::{Outcome, process};
use compare::{BOUND, Comparison, SIDES};
use report::Report;

/// The name of the record.
pub(super) const RECORD: &str = "against";
/// What is compared if no bench is named.
const BENCHES: [&str; 2] = ["chunked", "overhead"];
/// How often each side runs.
const ROUNDS: usize = 5;

/// Measures `names`, or the usual benches, on both sides, writes the record, and fails if a chain has become slower in a
/// direction.
pub(super) fn run(workspace: &Workspace, revision: &str, is_quick: bool, names: &[String]) -> Outcome {
    let commits = [commit(workspace, revision)?, machine::commit(workspace)?];
    let trees = [check_out(workspace, &commits[0])?, Tree::of(workspace)];
    let usual = BENCHES.map(str::to_owned);
    let names = if names.is_empty() { usual.as_slice() } else { names };
    let python = rivals(workspace)
        .map_err(|why| println!("note: {why}; a bench that needs a library from Python fails"))
        .ok();
    let build = |side: usize| {
        let scratch = folder(workspace).join(SIDES[side]);
        make_folder(&scratch)?;
        let corpus = workspace.corpus().ok();
        let settings = Settings { scratch: &scratch, is_quick, corpus, python: python.as_ref() };
        let which: Vec<&str> = names.iter().flat_map(|name| ["--bench", name]).collect();
        program::of_tree(&trees[side], &which, &settings).map_err(|why| format!("{}: {why}", SIDES[side]))
    };
    let (old, new) = (build(0)?, build(1)?);

    let load = machine::load();
    let (mut report, mut failures) = (Report::new(commits), Vec::new());
    // Both lists are sorted by the names that were asked for.
    for (old, new) in old.into_iter().zip(new) {
        let name = new.name.clone();
        match measure([old, new]).and_then(|rounds| Comparison::of(&rounds)) {
            Ok(comparison) => report.add(&name, &comparison),
            Err(why) => failures.push(format!("{name}: {why}")),
        }
    }
    if let Some(csv) = report.csv() {
        let folder = folder_of_today(workspace, is_quick)?;
        write(&folder.join(format!("{RECORD}.csv")), &csv)?;
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

/// A record of each side for each round. Rounds begin with another side, so that a machine that becomes slower in the meantime
/// does so for both.
fn measure(mut sides: [Bench; 2]) -> Outcome<Vec<[Vec<Record>; 2]>> {
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let mut records = [Vec::new(), Vec::new()];
        for turn in 0..2 {
            let side = (round + turn) % 2;
            println!("\n==== {}, round {} of {ROUNDS}, {} ====", sides[side].name, round + 1, SIDES[side]);
            let begun = Instant::now();
            records[side] =
                program::one(&mut sides[side]).map_err(|why| format!("{}: {why}", SIDES[side]))?;
            println!("{}: {:.0} s", SIDES[side], begun.elapsed().as_secs_f64());
        }
        rounds.push(records);
    }
    Ok(rounds)
}

/// Where the older commit's tree and all that is built of it are kept.
fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("against")
}

/// The commit that a revision means.
fn commit(workspace: &Workspace, revision: &str) -> Outcome<String> {
    let peeled = format!("{revision}^{{commit}}");
    let args = ["rev-parse", "--short=12", "--verify", "--end-of-options", &peeled];
    let commit = process::capture(&mut workspace.git(&args));
    commit
        .map(|commit| commit.trim().to_owned())
        .map_err(|why| format!("`{revision}` is no commit of this repository: {why}"))
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
