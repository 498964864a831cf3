//! The page's tables and plots of `frontier`: ways that were measured all in turns, and not in pairs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use ndcodec_measure::{Plot, Point, Record, Scale, Series, geometric_mean};

use super::page::cell;
use super::record::float;

/// The name of the bench.
pub(super) const BENCH: &str = "python_frontier";

/// The columns of the table of arrays.
const GOALS: [&str; 3] = ["auto(small)", "auto(balanced)", "auto(fast)"];

/// What one way makes of one array.
#[derive(Debug, Clone, Copy, Default)]
struct Figure {
    ratio: f64,
    /// Megabytes a second.
    encode: f64,
    decode: f64,
}

/// All ways, by name; whether they are ours; what each makes of each array.
type Ways<'r> = BTreeMap<&'r str, (bool, BTreeMap<&'r str, Figure>)>;

fn ways(records: &[Record]) -> Ways<'_> {
    let mut ways = Ways::new();
    for record in records {
        let Some((chain, array)) = record.case.split_once("on ") else { continue };
        let is_ours = record.rival.is_empty();
        let (name, seconds, size) = match is_ours {
            true => (chain.trim_end(), record.ours_seconds, record.ours_size),
            false => (record.rival.as_str(), record.rival_seconds, record.rival_size),
        };
        let (Some(seconds), Some(size)) = (seconds, size.filter(|size| *size > 0)) else { continue };
        let figure =
            ways.entry(name).or_insert_with(|| (is_ours, BTreeMap::new())).1.entry(array).or_default();
        figure.ratio = float(record.bytes) / float(size);
        let speed = float(record.bytes) / 1e6 / seconds;
        *(if record.direction == "encode" { &mut figure.encode } else { &mut figure.decode }) = speed;
    }
    ways
}

fn arrays<'r>(ways: &Ways<'r>) -> BTreeSet<&'r str> {
    ways.values().flat_map(|(_, figures)| figures.keys().copied()).collect()
}

/// The geometric means of those ways that take every array.
fn means<'r>(ways: &Ways<'r>) -> Vec<(&'r str, bool, Figure)> {
    let count = arrays(ways).len();
    let of_all = ways.iter().filter(|(_, (_, figures))| figures.len() == count);
    let mut means: Vec<_> = of_all
        .map(|(name, (is_ours, figures))| {
            let mean = |of: fn(&Figure) -> f64| geometric_mean(figures.values().map(of));
            let ratio = mean(|figure| figure.ratio);
            let (encode, decode) = (mean(|figure| figure.encode), mean(|figure| figure.decode));
            (*name, *is_ours, Figure { ratio, encode, decode })
        })
        .collect();
    means.sort_by(|a, b| b.2.ratio.total_cmp(&a.2.ratio));
    means
}

/// Means over the arrays, and the ratios of each; empty if nothing was measured.
pub(super) fn tables(records: &[Record]) -> String {
    let ways = ways(records);
    if ways.is_empty() {
        return String::new();
    }
    let mut out = "Geometric means over the arrays, of one thread's time.\n\n\
                   | | ratio | encode MB/s | decode MB/s |\n| --- | ---: | ---: | ---: |\n"
        .to_owned();
    for (name, is_ours, figure) in means(&ways) {
        let name = if is_ours { cell(name) } else { name.to_owned() };
        let Figure { ratio, encode, decode } = figure;
        writeln!(out, "| {name} | {ratio:.3} | {encode:.0} | {decode:.0} |").ok();
    }
    let goals = GOALS.map(|goal| format!("`{goal}` | "));
    let goals = goals.concat();
    writeln!(out, "\nRatios of each array.\n\n| array | {goals}the best other | by |").ok();
    out.push_str("| --- | ---: | ---: | ---: | ---: | --- |\n");
    for array in arrays(&ways) {
        let ratio = |name: &str| Some(ways.get(name)?.1.get(array)?.ratio);
        let of_goal =
            GOALS.map(|goal| ratio(goal).map_or(" | ".to_owned(), |ratio| format!("{ratio:.2} | ")));
        let others = ways.iter().filter(|(_, (is_ours, _))| !is_ours);
        let best =
            others.filter_map(|(name, _)| Some((ratio(name)?, name))).max_by(|a, b| a.0.total_cmp(&b.0));
        let best = best.map_or(" | ".to_owned(), |(ratio, name)| format!("{ratio:.2} | {name}"));
        writeln!(out, "| `{array}` | {}{best} |", of_goal.concat()).ok();
    }
    out
}

/// Ratio against speed, of encoding and of decoding.
pub(super) fn plots(records: &[Record]) -> [Plot; 2] {
    let ways = ways(records);
    let means = means(&ways);
    ["encode", "decode"].map(|direction| Plot {
        title: format!("Ratio against speed, one thread: {direction}"),
        x_label: "MB/s".to_owned(),
        y_label: "ratio".to_owned(),
        x_scale: Scale::Log,
        y_scale: Scale::Linear,
        has_front: true,
        series: [("ndcodec", true), ("others", false)]
            .map(|(name, side)| Series {
                name: name.to_owned(),
                is_line: false,
                points: means
                    .iter()
                    .filter(|(_, is_ours, _)| *is_ours == side)
                    .map(|(name, _, figure)| Point {
                        x: if direction == "encode" { figure.encode } else { figure.decode },
                        y: figure.ratio,
                        label: (*name).to_owned(),
                    })
                    .collect(),
            })
            .to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A way on an array: a megabyte in so many seconds, to so many bytes.
    fn record(name: &str, is_ours: bool, array: &str, seconds: f64, size: u64) -> Record {
        let record = Record { bytes: 1_000_000, direction: "encode".to_owned(), ..Record::default() };
        match is_ours {
            true => Record {
                case: format!("{name} on {array}"),
                ours_seconds: Some(seconds),
                ours_size: Some(size),
                ..record
            },
            false => Record {
                case: format!("on {array}"),
                rival: name.to_owned(),
                rival_seconds: Some(seconds),
                rival_size: Some(size),
                ..record
            },
        }
    }

    fn records() -> Vec<Record> {
        vec![
            record("auto(small)", true, "a", 0.1, 500_000),
            record("auto(small)", true, "b", 0.1, 125_000),
            record("xz", false, "a", 1.0, 250_000),
            record("xz", false, "b", 4.0, 250_000),
            record("JPEG XL", false, "b", 1.0, 100_000),
        ]
    }

    #[test]
    fn means_are_over_all_arrays_and_each_array_names_its_best() {
        let text = tables(&records());
        assert!(text.contains("| `auto(small)` | 4.000 | 10 | 0 |"), "{text}");
        assert!(text.contains("| xz | 4.000 | 1 | 0 |") || text.contains("| xz | 4.000 | 0 | 0 |"), "{text}");
        assert!(!text.contains("\n| JPEG XL |"), "it does not take every array: {text}");
        assert!(text.contains("| `a` | 2.00 |  |  | 4.00 | xz |"), "{text}");
        assert!(text.contains("| `b` | 8.00 |  |  | 10.00 | JPEG XL |"), "{text}");
        assert_eq!(tables(&[]), "");
    }

    #[test]
    fn ours_and_others_are_two_series() {
        let [encode, _] = plots(&records());
        let labels = encode.series.iter().map(|series| series.points[0].label.as_str());
        assert_eq!(labels.collect::<Vec<_>>(), ["auto(small)", "xz"]);
    }
}
