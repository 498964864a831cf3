//! The pages: the generated parts of docs/benchmarks/README.md and BIAS.md, and the plots.

use std::fmt::Write;

use ndcodec_measure::{Record, geometric_mean, svg};

use super::record::{Newest, Summary, chain_of, float, summaries};
use super::{frontier, plots};
use crate::Outcome;
use crate::workspace::{Workspace, read};

const README: &str = "docs/benchmarks/README.md";
const BIAS: &str = "docs/benchmarks/BIAS.md";
const BEGIN: &str = "<!-- Made by `cargo xtask bench --page` from the records; do not edit. -->";
const END: &str = "<!-- End of what is made. -->";
/// A single case below this is a loss, even if the mean is not: above, two runs differ by as much.
const LOSS: f64 = 0.9;

/// What a bench measures, for its heading; a bench that is not here has its name alone.
const ABOUT: [(&str, &str); 15] = [
    (
        "overhead",
        "Chains beside hand-written calls of the same backends, with contexts and buffers used again",
    ),
    ("codecs", "Codecs beside other packages in Rust and C"),
    ("chunked", "`chunked` beside Blosc2's C library"),
    ("filters", "Filters beside a memory copy, by instruction set"),
    ("npy", "`npy` beside copying, `ndarray-npy` and `npyz`"),
    ("rivals", "Whole arrays beside what a Rust program would use"),
    ("cores", "Further threads beside one"),
    ("python_rivals", "Whole arrays beside what a Python program would use"),
    (frontier::BENCH, "`auto` beside what makes arrays small or fast"),
    ("python_recipe", "Beside the recipe `np.save`, `zlib`, `base64`"),
    ("python_same_work", "The same work by other Python packages, by size"),
    ("python_threads", "Threads of Python beside one"),
    ("python_calls", "One call of Python at 1 KiB, beside numpy's copy of the array"),
    ("stages", "Each stage and some chains by themselves, on one thread"),
    (
        "streaming",
        "Streams: the time of all processors for a byte, and the most memory resident in a process",
    ),
];

/// Paths from the root, and what they must hold.
pub(super) fn files(workspace: &Workspace) -> Outcome<Vec<(String, String)>> {
    let newest = Newest::read(workspace)?;
    let drawn = plots::all(&newest);
    let page = |path: &str, made: &str| {
        let text = read(&workspace.root().join(path))?;
        Ok::<_, String>((
            path.to_owned(),
            with(&text, made).ok_or_else(|| format!("{path}: no lines `{BEGIN}` and `{END}`"))?,
        ))
    };
    let mut files = vec![page(README, &readme(&newest, &drawn))?, page(BIAS, &losses(&newest))?];
    files.extend(drawn.iter().map(|figure| (format!("docs/benchmarks/{}", figure.file), svg(&figure.plots))));
    Ok(files)
}

/// The text with `made` between the two lines.
fn with(text: &str, made: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{made}\n{END}{after}"))
}

fn readme(newest: &Newest, drawn: &[plots::Figure]) -> String {
    let mut out = String::new();
    for figure in drawn {
        writeln!(out, "## {}\n\n{}\n\n![{}]({})\n", figure.title, figure.about, figure.title, figure.file)
            .ok();
    }
    let known = ABOUT.iter().map(|(name, _)| *name).filter(|name| newest.benches.contains_key(*name));
    let others =
        newest.benches.keys().map(String::as_str).filter(|name| ABOUT.iter().all(|(known, _)| known != name));
    for name in known.chain(others) {
        let records = newest.records(name);
        let table = if name == frontier::BENCH {
            frontier::tables(records)
        } else if records.iter().any(|record| record.ours_peak.is_some()) {
            streams(records)
        } else {
            beside(records)
        };
        if table.is_empty() {
            continue;
        }
        let about = ABOUT.iter().find(|(known, _)| *known == name).map_or(name, |(_, about)| about);
        let date = newest.benches.get(name).map_or("", |dated| dated.date.as_str());
        writeln!(out, "## {about}\n\nRecord: [{name}.csv of {date}](record/{date}/{name}.csv).\n\n{table}")
            .ok();
    }
    out.push_str(&machines(newest));
    out
}

/// The table of what has rivals; empty if nothing has.
fn beside(records: &[Record]) -> String {
    let rows = summaries(records);
    if rows.is_empty() {
        return String::new();
    }
    let mut out = "| ours | beside | threads | arrays | bytes | encode | worst | decode | worst | size |\n\
                   | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        .to_owned();
    for ((chain, rival, threads, _), row) in &rows {
        let threads = if *threads == 0 { String::new() } else { threads.to_string() };
        let (chain, rival) = (cell(chain), cell(rival));
        let arrays = row.arrays.len();
        let (encode, decode) = (speeds(&row.encode), speeds(&row.decode));
        let size = if row.size().is_nan() { String::new() } else { format!("{:.3}", row.size()) };
        let bytes = row.bytes.map_or(String::new(), span);
        writeln!(
            out,
            "| {chain} | {rival} | {threads} | {arrays} | {bytes} | {encode} | {decode} | {size} |"
        )
        .ok();
    }
    out
}

/// The table of what was measured of ours alone, with its memory.
fn streams(records: &[Record]) -> String {
    let mut out =
        "| ours | bytes | direction | ns for each | MiB resident |\n| --- | ---: | --- | ---: | ---: |\n"
            .to_owned();
    for record in records {
        let (Some(seconds), Some(peak)) = (record.ours_seconds, record.ours_peak) else { continue };
        let (chain, bytes) = (cell(chain_of(&record.case)), size(record.bytes));
        let (cost, peak) = (seconds * 1e9 / float(record.bytes), float(peak) / float(1 << 20));
        writeln!(out, "| {chain} | {bytes} | {} | {cost:.2} | {peak:.1} |", record.direction).ok();
    }
    out
}

/// The mean and the worst, as two cells.
fn speeds(values: &[f64]) -> String {
    let bold =
        |value: f64, is_bad: bool| if is_bad { format!("**{value:.2}×**") } else { format!("{value:.2}×") };
    let mean = geometric_mean(values.iter().copied());
    let worst = values.iter().copied().fold(f64::INFINITY, f64::min);
    if mean.is_nan() {
        return " | ".to_owned();
    }
    format!("{} | {}", bold(mean, mean < 1.0), bold(worst, worst < LOSS))
}

pub(super) fn cell(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

fn span((least, most): (u64, u64)) -> String {
    if least == most { size(least) } else { format!("{} to {}", size(least), size(most)) }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{} MiB", bytes.div_ceil(1 << 20)),
    }
}

/// What it was measured on.
fn machines(newest: &Newest) -> String {
    let mut out = "## Machines and versions\n\n".to_owned();
    for date in newest.dates() {
        let Some(pairs) = newest.machines.get(date) else { continue };
        let value =
            |key: &str| pairs.iter().find(|(known, _)| known == key).map_or("unknown", |(_, value)| value);
        writeln!(
            out,
            "{date}, a {} run of commit {}: {}, {} cores, {} of memory, {}; {}; load before {}.\nAll versions: \
             [machine.csv](record/{date}/machine.csv).\n",
            value("run"),
            value("commit"),
            value("processor"),
            value("cores"),
            value("memory"),
            value("system"),
            value("rustc"),
            value("load before"),
        )
        .ok();
    }
    out
}

/// Where a rival is faster, the worst first.
fn losses(newest: &Newest) -> String {
    let mut rows = Vec::new();
    for (name, dated) in &newest.benches {
        // Threads beside one, filters beside a copy, and our calls beside the backends' own, are not rivals.
        if ["cores", "filters", "overhead", "python_calls", "python_threads"].contains(&name.as_str()) {
            continue;
        }
        for ((chain, rival, threads, _), row) in summaries(&dated.records) {
            for (direction, values) in [("encode", &row.encode), ("decode", &row.decode)] {
                let mean = geometric_mean(values.iter().copied());
                if mean < 1.0 {
                    rows.push((mean, loss(name, &chain, &rival, threads, direction, &row, values)));
                }
            }
        }
    }
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    if rows.is_empty() {
        return "No mean of the newest records is below 1.\n".to_owned();
    }
    let head = "| bench | ours | beside | threads | direction | bytes | speed | size |\n\
                | --- | --- | --- | ---: | --- | ---: | ---: | ---: |\n";
    rows.iter().fold(head.to_owned(), |out, (_, row)| out + row)
}

fn loss(
    bench: &str,
    chain: &str,
    rival: &str,
    threads: u32,
    direction: &str,
    row: &Summary,
    values: &[f64],
) -> String {
    let threads = if threads == 0 { String::new() } else { threads.to_string() };
    let size = if row.size().is_nan() { String::new() } else { format!("{:.3}", row.size()) };
    let mean = geometric_mean(values.iter().copied());
    let bytes = row.bytes.map_or(String::new(), span);
    let (chain, rival) = (cell(chain), cell(rival));
    format!("| {bench} | {chain} | {rival} | {threads} | {direction} | {bytes} | {mean:.2}× | {size} |\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::record::{Dated, example};
    use super::*;

    fn newest() -> Newest {
        let records = vec![
            example("npy|zstd on a", "encode", 0.5),
            example("npy|zstd on b", "encode", 0.5),
            example("npy|zstd on a", "decode", 2.0),
        ];
        let dated = Dated { date: "2026-11-23".to_owned(), records };
        let machine = vec![("run".to_owned(), "full".to_owned()), ("cores".to_owned(), "2".to_owned())];
        Newest {
            benches: BTreeMap::from([("rivals".to_owned(), dated)]),
            machines: BTreeMap::from([("2026-11-23".to_owned(), machine)]),
        }
    }

    #[test]
    fn a_row_says_how_many_times_as_fast() {
        let text = readme(&newest(), &[]);
        assert!(text.contains("## Whole arrays beside what a Rust program would use"), "{text}");
        assert!(text.contains("record/2026-11-23/rivals.csv"), "{text}");
        let row =
            "| `npy\\|zstd` | `zarrs` | 1 | 2 | 1 MiB | 2.00× | 2.00× | **0.50×** | **0.50×** | 2.000 |\n";
        assert!(text.contains(row), "{text}");
        assert!(text.contains("2026-11-23, a full run of commit unknown: unknown, 2 cores"), "{text}");
    }

    #[test]
    fn streams_have_a_cost_and_a_peak() {
        let alone = Record {
            bytes: 1 << 20,
            ours_seconds: Some(f64::from(1 << 21) / 1e9),
            ours_peak: Some(3 << 19),
            rival: String::new(),
            ratio: None,
            ..example("npy|zstd on made", "encode", 1.0)
        };
        assert!(streams(&[alone]).ends_with("| `npy\\|zstd` | 1 MiB | encode | 2.00 | 1.5 |\n"));
    }

    #[test]
    fn what_is_slower_is_listed() {
        let text = losses(&newest());
        let row = "| rivals | `npy\\|zstd` | `zarrs` | 1 | decode | 1 MiB | 0.50× | 2.000 |\n";
        assert!(text.ends_with(row) && text.lines().count() == 3, "{text}");
        assert_eq!(losses(&Newest::default()), "No mean of the newest records is below 1.\n");
    }

    #[test]
    fn only_what_is_made_is_replaced() {
        let text = format!("# Title\n\n{BEGIN}\nold\n{END}\n\nbelow\n");
        assert_eq!(with(&text, "new\n"), Some(format!("# Title\n\n{BEGIN}\n\nnew\n\n{END}\n\nbelow\n")));
        assert_eq!(with("# Title\n", "new\n"), None);
    }
}
