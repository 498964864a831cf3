//! `cargo xtask bench`: measures everything beside everything else, keeps the record by date, and makes the page from it.

mod against;
mod criterion;
mod machine;
mod measure;
mod page;
mod plots;
mod program;
mod record;

use crate::args::Args;
use crate::workspace::{Workspace, write};
use crate::{Command, Outcome};

pub(crate) const COMMAND: Command = Command {
    name: "bench",
    arguments: "[--quick] [--against REV] [NAME …] | --page | --check",
    about: "Measures all of benches/, or the benches named, in Rust and in Python, which it sets up; writes \
            docs/benchmarks/record/DATE and makes docs/benchmarks/ from the newest records. --quick takes less than five \
            minutes once all is built, and its figures are no more than a look. --against measures `chunked` and `overhead`, \
            or the Rust benches named, of the commit REV and of this tree in turns, and fails if a chain has become slower \
            in a direction, in the mean. --page makes the pages alone, --check fails where they are not what the records \
            give.",
    run,
};

fn run(workspace: &Workspace, args: &[String]) -> Outcome {
    let args = Args::parse(args, &["--quick", "--page", "--check"], &["--against"])?;
    let is_quick = args.has("--quick");
    if args.has("--page") || args.has("--check") {
        args.no_words()?;
        if args.value("--against").is_some() || is_quick {
            return Err(
                "`--page` and `--check` measure nothing, so nothing else is said with them".to_owned()
            );
        }
    }
    if let Some(revision) = args.value("--against") {
        return against::run(workspace, revision, is_quick, args.words());
    }
    if args.has("--check") {
        let problems = stale(workspace)?;
        return if problems.is_empty() { Ok(()) } else { Err(problems.join("\n  ")) };
    }
    let measured = if args.has("--page") { Ok(()) } else { measure::run(workspace, is_quick, args.words()) };
    // What was measured is worth a page, even where something else failed.
    for (path, text) in page::files(workspace)? {
        write(&workspace.root().join(&path), &text)?;
        println!("{path}: made");
    }
    measured
}

/// The generated files that are not what the records give, for `cargo xtask tidy`.
pub(crate) fn stale(workspace: &Workspace) -> Outcome<Vec<String>> {
    let files = page::files(workspace)?;
    let is_stale = |path: &str, text: &str| {
        std::fs::read_to_string(workspace.root().join(path)).map_or(true, |is| is != text)
    };
    let stale = files.iter().filter(|(path, text)| is_stale(path, text));
    Ok(stale
        .map(|(path, _)| format!("{path}: not what the records give; run `cargo xtask bench --page`"))
        .collect())
}
