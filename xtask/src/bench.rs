//! `cargo xtask bench`: measures everything beside everything else, keeps the record by date, and makes the page from it.

mod against;
mod criterion;
mod frontier;
mod machine;
mod measure;
mod page;
mod plots;
mod program;
mod record;

use lexopt::Arg::{Long, Value};
use lexopt::{Parser, ValueExt};

pub(crate) use machine::today;

use crate::workspace::{Workspace, write};
use crate::{Command, Outcome, misused};

pub(crate) const COMMAND: Command = Command {
    name: "bench",
    arguments: "[--quick] [--against REV [--same-benches]] [[--check] NAME …] | --page | --check",
    about: "Measures all of benches/, or the benches named, in Rust and in Python, which it sets up; writes \
            docs/benchmarks/record/DATE and makes docs/benchmarks/ from the newest records. --quick takes less than five \
            minutes once all is built, and its figures are no more than a look. --against measures `chunked` and `overhead`, \
            or the benches named (Rust's, and Python's as `python_NAME`), of the commit REV and of this tree in turns, and fails if a chain has become slower \
            in a direction, in the mean; --same-benches runs this tree's bench programs on both sides, if the older commit can \
            build them. With names, --check holds these benches to their bounds. --page makes the pages alone, \
            --check without names fails if they are not what the records give.",
    run,
};

/// What the command line asks for.
#[derive(Debug, Default, PartialEq)]
struct Options {
    is_quick: bool,
    against: Option<String>,
    has_same_benches: bool,
    /// Whether the benches that are named are held to their bounds.
    has_bounds: bool,
    /// `page` or `check`, neither of which measures.
    without_measuring: Option<String>,
    names: Vec<String>,
}

impl Options {
    fn parse(mut args: Parser) -> Result<Self, lexopt::Error> {
        let mut options = Self::default();
        while let Some(arg) = args.next()? {
            match arg {
                Long("quick") => options.is_quick = true,
                Long("against") => options.against = Some(args.value()?.string()?),
                Long("same-benches") => options.has_same_benches = true,
                Long(made @ ("page" | "check")) => options.without_measuring = Some(made.to_owned()),
                Value(name) => options.names.push(name.string()?),
                _ => return Err(arg.unexpected()),
            }
        }
        if options.has_same_benches && options.against.is_none() {
            return Err("`--same-benches` says what `--against` runs, so that is said with it".into());
        }
        if options.without_measuring.as_deref() == Some("check") && !options.names.is_empty() {
            options.without_measuring = None;
            options.has_bounds = true;
        }
        if options.has_bounds && options.against.is_some() {
            return Err("`--check` holds bounds, and `--against` compares; say one of them".into());
        }
        match &options.without_measuring {
            Some(made) if options.is_quick || options.against.is_some() || !options.names.is_empty() => {
                Err(format!("`--{made}` measures nothing, so nothing else is said with it").into())
            }
            _ => Ok(options),
        }
    }
}

fn run(workspace: &Workspace, args: Parser) -> Outcome {
    let Options { is_quick, against, has_same_benches, has_bounds, without_measuring, names } =
        Options::parse(args).map_err(misused)?;
    if let Some(revision) = against {
        return against::run(workspace, &revision, is_quick, has_same_benches, &names);
    }
    if without_measuring.as_deref() == Some("check") {
        let problems = stale(workspace)?;
        return if problems.is_empty() { Ok(()) } else { Err(problems.join("\n  ")) };
    }
    let measured = if without_measuring.is_some() {
        Ok(())
    } else {
        measure::run(workspace, is_quick, has_bounds, &names)
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(Parser::from_args(line.split_whitespace())).map_err(misused)
    }

    #[test]
    fn options_and_names_in_any_order() {
        let options = parse("stages --against HEAD~5 --quick rivals").unwrap();
        assert_eq!(options.names, ["stages", "rivals"]);
        assert_eq!((options.is_quick, options.against.as_deref()), (true, Some("HEAD~5")));
        assert!(parse("--same-benches --against HEAD overhead").unwrap().has_same_benches);
        assert_eq!(parse("--check").unwrap().without_measuring.as_deref(), Some("check"));
        let bounds = parse("frontier --check").unwrap();
        assert_eq!((bounds.has_bounds, bounds.without_measuring), (true, None));
        assert_eq!(parse("").unwrap(), Options::default());
    }

    #[test]
    fn mistakes_are_named() {
        let said = |line| parse(line).unwrap_err();
        assert!(
            said("--quik").starts_with("invalid option '--quik'; `cargo xtask help`"),
            "{}",
            said("--quik")
        );
        assert!(said("--against").starts_with("missing argument for option '--against'"));
        assert!(said("--same-benches").contains("so that is said with it"));
        for line in ["--page --quick", "rivals --page", "--check --against HEAD"] {
            assert!(
                said(line).contains("measures nothing, so nothing else is said with it"),
                "{}",
                said(line)
            );
        }
    }
}
