//! `cargo xtask ci`: everything that must hold before a change lands, each step run whether the others failed or not.

use std::ffi::OsString;
use std::process::{Command as Process, ExitCode};
use std::time::Instant;

use lexopt::Arg::Value;
use lexopt::Parser;

use crate::test::TestEnvironment;
use crate::workspace::Workspace;
use crate::{
    Command, Outcome, api, arm, features, fuzz, licences, misused, msrv, new_stage, package, process, readme,
    test, tidy, web,
};

pub(crate) const COMMAND: Command = Command {
    name: "ci",
    arguments: "[STEP …]",
    about: "Runs all that .ci/run asks for, or only the steps named: \
            test, fmt, clippy, doc, features, no-features, pure, licences, package, api, tidy, msrv, new-stage, fuzz, \
            web, arm, readme. \
            `package` packs each package that is published, builds it from its archive, and runs the tests that are in the \
            archives, in target/unpacked.",
    run,
};

/// A step's name and what it does.
type Step = (&'static str, fn(&Workspace) -> Outcome);

const STEPS: &[Step] = &[
    ("test", |workspace| test::check(workspace, &[])),
    ("fmt", fmt),
    ("clippy", clippy),
    ("doc", doc),
    ("features", features::check),
    ("no-features", no_features),
    ("pure", features::pure),
    ("licences", licences::check),
    ("package", package::check),
    ("api", api::check),
    ("tidy", tidy::check),
    ("msrv", msrv::check),
    ("new-stage", new_stage::check),
    ("fuzz", fuzz::check),
    ("web", web::check),
    ("arm", arm::check),
    // What `test` runs is the README's second command already.
    ("readme", |workspace| readme::check(workspace, readme::Part::First, readme::Target::Shared)),
];

fn run(workspace: &Workspace, mut args: Parser) -> Outcome {
    let mut names = Vec::new();
    while let Some(arg) = args.next().map_err(misused)? {
        match arg {
            Value(name) => names.push(name.to_string_lossy().into_owned()),
            _ => return Err(misused(arg.unexpected())),
        }
    }
    let steps = chosen(&names)?;
    let mut rows = Vec::new();
    for (name, step) in steps {
        println!("\n==== {name} ====");
        let start = Instant::now();
        let outcome = step(workspace);
        if let Err(message) = &outcome {
            println!("{message}");
        }
        rows.push(Row { name, outcome, seconds: start.elapsed().as_secs_f64() });
    }
    println!("\n{}", table(&rows));
    let failed: Vec<&str> = rows.iter().filter(|row| row.outcome.is_err()).map(|row| row.name).collect();
    if failed.is_empty() {
        println!("cargo xtask ci: ok, {} of {} steps", rows.len(), STEPS.len());
        return Ok(());
    }
    let again = failed.join(" ");
    Err(format!("{} of {} steps failed; to run them again: cargo xtask ci {again}", failed.len(), rows.len()))
}

fn chosen(names: &[String]) -> Outcome<Vec<Step>> {
    if names.is_empty() {
        return Ok(STEPS.to_vec());
    }
    let find = |name: &String| {
        let known = || STEPS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        STEPS
            .iter()
            .find(|(step, _)| step == name)
            .copied()
            .ok_or_else(|| format!("no step `{name}`; there are: {}", known()))
    };
    names.iter().map(find).collect()
}

struct Row {
    name: &'static str,
    outcome: Outcome,
    seconds: f64,
}

/// One line for each step, and below it what failed, so that the end of the log says all.
fn table(rows: &[Row]) -> String {
    let mut text = format!("{:<12} {:<7} {:>8}\n", "step", "result", "seconds");
    for row in rows {
        let result = if row.outcome.is_ok() { "ok" } else { "FAILED" };
        text.push_str(&format!("{:<12} {result:<7} {:>8.1}\n", row.name, row.seconds));
    }
    for row in rows {
        if let Err(message) = &row.outcome {
            text.push_str(&format!("\n{}: {message}\n", row.name));
        }
    }
    text
}

fn fmt(workspace: &Workspace) -> Outcome {
    process::run(&mut workspace.cargo(["fmt", "--all", "--check"]))?;
    process::run(&mut workspace.cargo(["fmt", "--check", "--manifest-path", test::THIRD_PARTY]))
}

fn clippy(workspace: &Workspace) -> Outcome {
    let args =
        ["clippy", "--quiet", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    process::run(&mut workspace.cargo(args))?;
    let args = ["--quiet", "--all-targets", "--", "-D", "warnings"];
    process::run(test::third_party(workspace, "clippy").args(args))
}

fn doc(workspace: &Workspace) -> Outcome {
    let args = ["doc", "--quiet", "--workspace", "--no-deps", "--all-features"];
    process::run(workspace.cargo(args).env("RUSTDOCFLAGS", "-D warnings"))?;
    // As docs.rs does it: each item says which feature it needs.
    let args = [
        "rustdoc",
        "--quiet",
        "-p",
        features::FACADE,
        "--all-features",
        "--",
        "--cfg",
        "docsrs",
        "-D",
        "warnings",
    ];
    // rustdoc alone hears of it: build scripts ask for this variable, and cargo would build anew all that depends on one.
    let this = std::env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
    let rustdoc = std::env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into());
    process::run(workspace.cargo(args).env("RUSTDOC", this).env(UNSTABLE_RUSTDOC, rustdoc))
}

/// Set to a rustdoc, this variable makes the program that one with unstable features allowed.
const UNSTABLE_RUSTDOC: &str = "NDCODEC_UNSTABLE_RUSTDOC";

/// What rustdoc returns, if this program was started in its place.
pub(crate) fn as_rustdoc() -> Option<ExitCode> {
    let rustdoc = std::env::var_os(UNSTABLE_RUSTDOC)?;
    let mut command = Process::new(rustdoc);
    command.args(std::env::args_os().skip(1)).env("RUSTC_BOOTSTRAP", "1").env_remove(UNSTABLE_RUSTDOC);
    match command.status() {
        Ok(status) if status.success() => Some(ExitCode::SUCCESS),
        Ok(_) => Some(ExitCode::FAILURE),
        Err(error) => {
            eprintln!("error: cannot start {command:?}: {error}");
            Some(ExitCode::FAILURE)
        }
    }
}

/// The facade's tests with no word built in: what a third party sees that brings its own.
fn no_features(workspace: &Workspace) -> Outcome {
    let environment = TestEnvironment::prepare(workspace)?;
    let args = ["-p", features::FACADE, "--no-default-features"].map(OsString::from);
    environment.cargo_test(workspace, &args)?;
    environment.check_skips()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_chosen_by_name() {
        assert_eq!(chosen(&[]).unwrap().len(), STEPS.len());
        assert_eq!(chosen(&["fmt".to_owned()]).unwrap()[0].0, "fmt");
        assert!(chosen(&["fnt".to_owned()]).unwrap_err().starts_with("no step `fnt`; there are: test, fmt,"));
    }

    #[test]
    fn help_names_every_step() {
        for (name, _) in STEPS {
            assert!(COMMAND.about.contains(name), "{name}");
        }
    }

    #[test]
    fn the_table_ends_with_what_failed() {
        let rows = [
            Row { name: "fmt", outcome: Ok(()), seconds: 0.52 },
            Row { name: "tidy", outcome: Err("README.md:3: no such file".to_owned()), seconds: 12.0 },
        ];
        assert_eq!(
            table(&rows),
            "step         result   seconds\n\
             fmt          ok           0.5\n\
             tidy         FAILED      12.0\n\
             \n\
             tidy: README.md:3: no such file\n"
        );
    }
}
