//! What a comparison of two commits says: a table for people, and the record.

use std::fmt;

use super::compare::{BOUND, Comparison, Group, SIDES};
use crate::Outcome;
use crate::bench::record::lines;

/// The columns of the record. `speed` is old time divided by new time, the median over the rounds;
/// `rival_speed` the same of the rival.
const COLUMNS: [&str; 13] = [
    "bench",
    "case",
    "bytes",
    "direction",
    "threads",
    "rival",
    "old",
    "new",
    "rounds",
    "old_seconds",
    "new_seconds",
    "speed",
    "rival_speed",
];

/// All that was compared, bench by bench.
#[derive(Debug)]
pub(super) struct Report {
    /// The commits of the two sides.
    commits: [String; 2],
    rows: Vec<[String; 13]>,
    benches: Vec<(String, Vec<Group>)>,
    /// The rows that only one side has.
    alone: Vec<String>,
}

impl Report {
    pub(super) fn new(commits: [String; 2]) -> Self {
        Self { commits, rows: Vec::new(), benches: Vec::new(), alone: Vec::new() }
    }

    pub(super) fn add(&mut self, bench: &str, comparison: &Comparison) {
        let [old, new] = &self.commits;
        self.rows.extend(comparison.rows.iter().map(|row| {
            [
                bench.to_owned(),
                row.key.case.clone(),
                row.key.bytes.to_string(),
                row.key.direction.clone(),
                row.key.threads.map(|threads| threads.to_string()).unwrap_or_default(),
                row.key.rival.clone(),
                old.clone(),
                new.clone(),
                row.ratios.len().to_string(),
                format!("{:.4e}", row.seconds[0]),
                format!("{:.4e}", row.seconds[1]),
                format!("{:.3}", row.speed()),
                row.rival_speed().map(|speed| format!("{speed:.3}")).unwrap_or_default(),
            ]
        }));
        for (keys, side) in comparison.alone.iter().zip(SIDES) {
            self.alone.extend(keys.iter().map(|key| format!("{side} only: {bench}: {key}")));
        }
        self.benches.push((bench.to_owned(), comparison.groups()));
    }

    /// What has become slower, as lines of the table.
    pub(super) fn slower(&self) -> impl Iterator<Item = String> {
        let of = |(bench, groups): &(String, Vec<Group>)| {
            let slower = groups.iter().filter(|group| group.is_slower());
            slower.map(|group| format!("{bench}: {group}")).collect::<Vec<_>>()
        };
        self.benches.iter().flat_map(of)
    }

    /// The record.
    pub(super) fn csv(&self) -> Outcome<String> {
        let head = COLUMNS.map(str::to_owned);
        lines(std::iter::once(&head).chain(&self.rows))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [old, new] = &self.commits;
        writeln!(
            f,
            "{new} beside {old}: old time divided by new time, so that above 1 is faster now.\n\
             The geometric mean over arrays and sizes of the medians over the rounds; in brackets, the least and the\n\
             greatest mean of one round. A mean below {BOUND} is a failure. Behind it stands the same of the rivals:\n\
             the further from 1, the less quiet the machine was."
        )?;
        for (bench, groups) in &self.benches {
            writeln!(f, "\n{bench}")?;
            for group in groups {
                writeln!(f, "  {group}{}", if group.is_slower() { "  SLOWER" } else { "" })?;
            }
        }
        if !self.alone.is_empty() {
            writeln!(f, "\nNot compared:")?;
        }
        self.alone.iter().try_for_each(|row| writeln!(f, "  {row}"))
    }
}

/// A line of the table.
impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threads = self.threads.map_or(String::new(), |threads| format!(" on {threads}"));
        let (least, most) = self.span;
        write!(
            f,
            "{:<26} {:<12} {:>4} rows  {:.3} [{least:.3}, {most:.3}]",
            self.chain,
            self.direction.clone() + &threads,
            self.rows,
            self.speed
        )?;
        if self.rivals.is_nan() { Ok(()) } else { write!(f, ", rivals {:.3}", self.rivals) }
    }
}

#[cfg(test)]
mod tests {
    use ndcodec_measure::Record;

    use super::*;

    fn row(case: &str, seconds: f64) -> Record {
        Record {
            case: case.to_owned(),
            bytes: 4096,
            direction: "encode".to_owned(),
            threads: Some(1),
            rival: "zstd, by hand".to_owned(),
            ours_seconds: Some(seconds),
            rival_seconds: Some(1.0),
            ..Record::default()
        }
    }

    fn report(old: Vec<Record>, new: Vec<Record>) -> Report {
        let mut report = Report::new(["0123".to_owned(), "4567 with changes".to_owned()]);
        report.add("overhead", &Comparison::of(&[[old, new]]).unwrap());
        report
    }

    #[test]
    fn the_record_has_both_commits_and_times() {
        let csv = report(vec![row("npy|zstd on a", 3e-6)], vec![row("npy|zstd on a", 2e-6)]).csv().unwrap();
        assert_eq!(
            csv,
            "bench,case,bytes,direction,threads,rival,old,new,rounds,old_seconds,new_seconds,speed,rival_speed\n\
             overhead,npy|zstd on a,4096,encode,1,\"zstd, by hand\",0123,4567 with changes,1,3.0000e-6,2.0000e-6,1.500,1.000\n"
        );
        assert!(Report::new([String::new(), String::new()]).is_empty());
    }

    #[test]
    fn what_is_slower_or_alone_is_named() {
        let old = vec![row("npy|zstd on a", 1.0), row("npy|lz4 on a", 1.0), row("npy|gone on a", 1.0)];
        let new = vec![row("npy|zstd on a", 1.1), row("npy|lz4 on a", 0.8), row("npy|added on a", 1.0)];
        let report = report(old, new);
        let slow = "npy|zstd                   encode on 1     1 rows  0.909 [0.909, 0.909], rivals 1.000";
        assert_eq!(report.slower().collect::<Vec<_>>(), [format!("overhead: {slow}")]);
        let text = report.to_string();
        assert!(text.starts_with("4567 with changes beside 0123: "), "{text}");
        let table = format!(
            "\noverhead\n  npy|lz4                    encode on 1     1 rows  1.250 [1.250, 1.250], rivals 1.000\n  {slow}  SLOWER\n\n\
             Not compared:\n  \
             old only: overhead: npy|gone on a, encode, 4096 bytes, 1 thread, beside zstd, by hand\n  \
             new only: overhead: npy|added on a, encode, 4096 bytes, 1 thread, beside zstd, by hand\n"
        );
        assert!(text.ends_with(&table), "{text}");
    }
}
