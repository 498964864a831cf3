//! `ndcodec list`: the stages that this build has.

use clap::Args;
use serde::Serialize;

use crate::describe::{Param, Stage};
use crate::failure::Failure;
use crate::output::{print, print_json};

/// List the stages that chains can be made of
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct List {
    /// Print a JSON list, with the parameters of each stage
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
`ndcodec explain STAGE` says what parameters a stage has.

Examples:
  ndcodec list
  ndcodec list --json
  ndcodec explain zstd";

/// What is printed of a stage as JSON.
#[derive(Debug, Serialize)]
struct Entry {
    #[serde(flatten)]
    stage: Stage,
    params: Vec<Param>,
}

pub(crate) fn run(args: &List) -> Result<(), Failure> {
    let entries: Vec<Entry> = ndcodec::stage::stages()
        .into_iter()
        .map(|stage| Entry {
            stage: Stage::from(stage),
            params: stage.params().iter().map(Param::from).collect(),
        })
        .collect();
    if args.json { print_json(&entries) } else { print(&table(&entries)) }
}

const COLUMNS: [&str; 6] = ["NAME", "KIND", "OUTPUT", "STREAMS", "LOSSY", "SUMMARY"];

fn table(entries: &[Entry]) -> String {
    let yes_or_no = |is: bool| if is { "yes" } else { "no" };
    let cells = |entry: &'_ Entry| {
        let stage = &entry.stage;
        let output = if stage.text { "text" } else { "binary" };
        [stage.name, &stage.kind, output, yes_or_no(stage.streams), yes_or_no(stage.lossy), stage.summary]
            .map(str::to_owned)
    };
    let mut rows = vec![COLUMNS.map(str::to_owned)];
    rows.extend(entries.iter().map(cells));
    let widths: Vec<usize> = (0..COLUMNS.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in &rows {
        let line: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(line.join("  ").trim_end());
        text.push('\n');
    }
    text
}
