//! `cargo xtask field`: the files that people met, through Rust, the program and Python, and docs/field.md of what came out.
//!
//! The cases stand in `crates/ndcodec-testkit/data/field.txt`, one a line under the reports they are made after. The tests
//! `field` of the program and `test_field.py` of the package judge them, and log each by the variable `NDCODEC_FIELD_LOG`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use lexopt::Arg::Long;
use lexopt::Parser;
use serde_json::Value;

use crate::test::TestEnvironment;
use crate::wheel::{self, Plan};
use crate::workspace::{Workspace, read, write};
use crate::{Command, Outcome, misused, process};

pub(crate) const COMMAND: Command = Command {
    name: "field",
    arguments: "[--check]",
    about: "Runs the files that people met through Rust, the program and Python, and writes docs/field.md of what came out; \
            --check only compares it.",
    run,
};

const CASES: &str = "crates/ndcodec-testkit/data/field.txt";
const PAGE: &str = "docs/field.md";
const RUNNERS: [&str; 3] = ["Rust", "CLI", "Python"];

fn run(workspace: &Workspace, mut args: Parser) -> Outcome {
    let mut check = false;
    while let Some(arg) = args.next().map_err(misused)? {
        match arg {
            Long("check") => check = true,
            _ => return Err(misused(arg.unexpected())),
        }
    }
    let log = workspace.target().join("field.jsonl");
    write(&log, "")?;
    let tests = TestEnvironment::prepare(workspace)?;
    let mut rust = workspace.cargo(["test", "--quiet", "-p", "ndcodec-cli", "--test", "field"]);
    tests.set_variables(&mut rust);
    let by_rust = process::run(rust.env("NDCODEC_FIELD_LOG", &log));
    let by_python = wheel::pytest_file(workspace, Plan::usual(), &tests, "tests/test_field.py", &log);

    let page = page(&read(&workspace.root().join(CASES))?, &results(&read(&log)?)?)?;
    let path = workspace.root().join(PAGE);
    if !check {
        write(&path, &page)?;
        println!("{PAGE}: written");
    } else if fs::read_to_string(&path).is_ok_and(|found| found == page) {
        println!("{PAGE}: as it should be");
    } else {
        return Err(format!("{PAGE} is not what came out; `cargo xtask field` writes it"));
    }
    by_rust.and(by_python)
}

/// Whether a case was right, by runner, folder, input and chain.
type Results = BTreeMap<(String, String, String, String), bool>;

fn results(log: &str) -> Outcome<Results> {
    log.lines()
        .map(|line| {
            let entry: Value =
                serde_json::from_str(line).map_err(|error| format!("the log: {error}: {line}"))?;
            let text = |key: &str| entry[key].as_str().unwrap_or("-").to_owned();
            let is_right = entry["is_right"].as_bool().unwrap_or(false);
            Ok(((text("runner"), text("folder"), text("input"), text("chain")), is_right))
        })
        .collect()
}

const HEAD: &str = "\
# What people met

Files rebuilt after public reports, with the software that wrote them, and what must come out of them: through the Rust library, \
the program and the Python package.
`cargo xtask field` runs them and writes this page; the files stand beside the checkout, in `../shared/field`, or in \
`crates/ndcodec-testkit/data/field`.
If a file is refused, the message must have the words that are quoted; *no stage yet* says that a codec is missing, and the \
message says so too.

";

fn page(cases: &str, results: &Results) -> Outcome<String> {
    let mut page = HEAD.to_owned();
    let mut folder = String::new();
    let mut counts = BTreeMap::<&str, usize>::new();
    for line in cases.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some((name, reports)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            folder = name.to_owned();
            let reports: Vec<&str> = reports.trim().split(", ").filter(|report| !report.is_empty()).collect();
            let title = name.split_once('-').map_or(name, |(_, title)| title).replace('-', " ");
            let _ = write!(page, "## {title}\n\n");
            if !reports.is_empty() {
                let _ = write!(page, "After {}.\n\n", reports.join(", "));
            }
            page.push_str("| file | chain | what comes out | Rust | CLI | Python |\n| --- | --- | --- | --- | --- | --- |\n");
            continue;
        }
        let columns: Vec<&str> =
            line.split("  ").map(str::trim).filter(|column| !column.is_empty()).collect();
        let [input, chain, outcome] = columns[..] else { return Err(format!("{CASES}: {line}")) };
        let (kind, told) = told(outcome);
        *counts.entry(kind).or_default() += 1;
        let only = match chain {
            _ if chain.starts_with("$ ") => Some("CLI"),
            _ if chain.starts_with(">>> ") => Some("Python"),
            _ => None,
        };
        let marks: Vec<&str> = RUNNERS
            .iter()
            .map(|runner| {
                if only.is_some_and(|only| only != *runner) {
                    return "–";
                }
                let key = [runner, folder.as_str(), input, chain].map(str::to_owned);
                let [runner, folder, input, chain] = key;
                match results.get(&(runner, folder, input, chain)) {
                    Some(true) => "yes",
                    Some(false) => "**no**",
                    None => "not run",
                }
            })
            .collect();
        let chain =
            if chain == "-" { "detected".to_owned() } else { format!("`{}`", chain.replace('|', "\\|")) };
        let _ = writeln!(page, "| {input} | {chain} | {told} | {} |", marks.join(" | "));
    }
    let count = |kind| counts.get(kind).copied().unwrap_or(0);
    let (right, refused, missing) = (count("right"), count("refused"), count("missing"));
    let sum = right + refused + missing;
    let summary = format!(
        "Of {sum} cases {right} are read, {refused} are refused with the cure, and {missing} want a stage.\n\n"
    );
    page.insert_str(HEAD.len(), &summary);
    // Tables are followed by a blank line, as Markdown needs it.
    let page = page.replace(" |\n## ", " |\n\n## ");
    Ok(page)
}

/// The kind of an outcome, and how the page tells it.
fn told(outcome: &str) -> (&'static str, String) {
    let quoted = |words: &str| words.trim().replace('|', "\\|");
    match outcome.split_at(1) {
        ("!", words) => ("refused", format!("refused: “{}”", quoted(words))),
        ("~", words) => ("missing", format!("*no stage yet*: “{}”", quoted(words))),
        ("@", member) => match member.split_once(" ! ") {
            Some((name, words)) => ("refused", format!("`{name}` is refused: “{}”", quoted(words))),
            None => ("right", format!("the array `{}`", member.split(" = ").next().unwrap_or(member))),
        },
        ("%", _) => ("right", "each file as numpy reads it, or refused as numpy refuses it".to_owned()),
        (":", words) => ("right", format!("prints “{}”", quoted(words))),
        (_, keys) => match keys.split_once(" or ") {
            Some((_, words)) => ("right", format!("the array; of a pipe refused: “{}”", quoted(words))),
            None if keys.split_whitespace().count() > 1 => {
                ("right", "the arrays, one after the other".to_owned())
            }
            None => ("right", "the array".to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_tells_each_case_and_each_runner() {
        let cases =
            "# format\n[01-a-b] x/y#1, x/z#2\nf.txt  raw(<f4)|hex  = v\ng.txt  -  ! cure\nh  npy|xz  ~ xz\n";
        let key = |runner: &str, input: &str, chain: &str| {
            [runner, "01-a-b", input, chain].map(str::to_owned).into()
        };
        let results = Results::from([
            (key("Rust", "f.txt", "raw(<f4)|hex"), true),
            (key("CLI", "f.txt", "raw(<f4)|hex"), false),
            (key("Python", "g.txt", "-"), true),
        ]);
        let page = page(cases, &results).unwrap();
        assert!(
            page.contains("Of 3 cases 1 are read, 1 are refused with the cure, and 1 want a stage."),
            "{page}"
        );
        assert!(page.contains("## a b\n\nAfter x/y#1, x/z#2.\n"), "{page}");
        assert!(
            page.contains("| f.txt | `raw(<f4)\\|hex` | the array | yes | **no** | not run |\n"),
            "{page}"
        );
        assert!(
            page.contains("| g.txt | detected | refused: “cure” | not run | not run | yes |\n"),
            "{page}"
        );
        assert!(page.contains("*no stage yet*: “xz”"), "{page}");
        assert!(super::page("a  b", &results).unwrap_err().contains("field.txt"));
    }
}
