//! The newest record of each bench, and means over its rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use ndcodec_measure::{Record, geometric_mean, read_records};

use super::{against, machine};
use crate::Outcome;
use crate::workspace::{Workspace, make_folder, read};

/// The folder of the records, from the root.
const RECORDS: &str = "docs/benchmarks/record";
/// What stands behind the date of a quick run's folder.
const QUICK: &str = "-quick";

/// A file of CSV.
pub(super) fn lines<R>(rows: impl IntoIterator<Item = R>) -> Outcome<String>
where
    R: IntoIterator<Item: AsRef<[u8]>>,
{
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(|why| why.to_string())?;
    }
    let bytes = writer.into_inner().map_err(|why| why.to_string())?;
    String::from_utf8(bytes).map_err(|why| why.to_string())
}

/// The folder that a run of today writes to.
///
/// A quick run has a folder of its own, so that it takes nothing away from a full one.
pub(super) fn folder_of_today(workspace: &Workspace, is_quick: bool) -> Outcome<PathBuf> {
    let name = machine::today() + if is_quick { QUICK } else { "" };
    let folder = workspace.root().join(RECORDS).join(name);
    make_folder(&folder)?;
    Ok(folder)
}

/// A bench's newest record.
#[derive(Debug)]
pub(super) struct Dated {
    pub(super) date: String,
    pub(super) records: Vec<Record>,
}

/// All that the pages are made of.
#[derive(Debug, Default)]
pub(super) struct Newest {
    pub(super) benches: BTreeMap<String, Dated>,
    /// What `machine.csv` says, by date.
    pub(super) machines: BTreeMap<String, Vec<(String, String)>>,
}

impl Newest {
    pub(super) fn read(workspace: &Workspace) -> Outcome<Self> {
        let mut newest = Self::default();
        let folder = workspace.root().join(RECORDS);
        let mut dates: Vec<_> =
            fs::read_dir(&folder).map(|dates| dates.filter_map(Result::ok).collect()).unwrap_or_default();
        // Of one day, a full record is newer than that of a look.
        dates.sort_by_key(|date| {
            let name = date.file_name().to_string_lossy().into_owned();
            let day = name.strip_suffix(QUICK).map(str::to_owned);
            (day.clone().unwrap_or_else(|| name.clone()), day.is_none())
        });
        for date in dates {
            let name = date.file_name().to_string_lossy().into_owned();
            let mut files: Vec<_> = fs::read_dir(date.path())
                .map(|files| files.filter_map(Result::ok).collect())
                .unwrap_or_default();
            files.sort_by_key(fs::DirEntry::file_name);
            for path in files
                .iter()
                .map(fs::DirEntry::path)
                .filter(|path| path.extension().is_some_and(|e| e == "csv"))
            {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                // Times of two commits are not compared with a rival.
                if stem == against::RECORD {
                    continue;
                }
                let text = read(&path)?;
                if stem == "machine" {
                    let mut reader = csv::Reader::from_reader(text.as_bytes());
                    let pairs: Result<Vec<_>, _> = reader.deserialize().collect();
                    let pairs = pairs.map_err(|why| format!("{}: {why}", path.display()))?;
                    newest.machines.insert(name.clone(), pairs);
                    continue;
                }
                let records = read_records(&text).map_err(|why| format!("{}: {why}", path.display()))?;
                newest.benches.insert(stem, Dated { date: name.clone(), records });
            }
        }
        Ok(newest)
    }

    pub(super) fn records(&self, bench: &str) -> &[Record] {
        self.benches.get(bench).map_or(&[], |dated| &dated.records)
    }

    /// The dates that any bench's newest record is of.
    pub(super) fn dates(&self) -> BTreeSet<&str> {
        self.benches.values().map(|dated| dated.date.as_str()).collect()
    }
}

/// Below this, calls count and not bytes.
const SMALL: u64 = 64 << 10;

/// The chain of a case, without the array behind ` on `.
pub(super) fn chain_of(case: &str) -> &str {
    case.split_once(" on ").map_or(case, |(chain, _)| chain)
}

/// What is put together in one row: a chain, a rival, threads, and whether the arrays are small.
type Key = (String, String, u32, bool);

/// A row of a table: many arrays, both directions.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) arrays: BTreeSet<String>,
    pub(super) bytes: Option<(u64, u64)>,
    /// How many times as fast as the rival, for each array.
    pub(super) encode: Vec<f64>,
    pub(super) decode: Vec<f64>,
    /// Our length by theirs.
    sizes: Vec<f64>,
}

impl Summary {
    /// Our length by theirs, in the mean.
    pub(super) fn size(&self) -> f64 {
        geometric_mean(self.sizes.iter().copied())
    }
}

/// The rows with a rival, put together over the arrays.
pub(super) fn summaries(records: &[Record]) -> BTreeMap<Key, Summary> {
    let mut rows: BTreeMap<Key, Summary> = BTreeMap::new();
    for record in records.iter().filter(|record| !record.rival.is_empty()) {
        let Some(ratio) = record.ratio.filter(|ratio| *ratio > 0.0) else { continue };
        let is_small = record.bytes < SMALL;
        let key =
            (chain_of(&record.case).to_owned(), record.rival.clone(), record.threads.unwrap_or(0), is_small);
        let row = rows.entry(key).or_default();
        row.arrays.insert(format!("{} {}", record.case, record.bytes));
        let (least, most) = row.bytes.unwrap_or((record.bytes, record.bytes));
        row.bytes = Some((least.min(record.bytes), most.max(record.bytes)));
        // Other directions, such as ways to read, stand with the one they begin like.
        let speeds = if record.direction.starts_with("enc") { &mut row.encode } else { &mut row.decode };
        speeds.push(1.0 / ratio);
        if let (Some(ours), Some(theirs)) = (record.ours_size, record.rival_size) {
            row.sizes.push(float(ours) / float(theirs));
        }
    }
    rows
}

#[expect(clippy::cast_precision_loss, reason = "lengths for people")]
pub(super) fn float(bytes: u64) -> f64 {
    bytes as f64
}

#[cfg(test)]
pub(super) fn example(case: &str, direction: &str, ratio: f64) -> Record {
    Record {
        bench: "rivals".to_owned(),
        case: case.to_owned(),
        bytes: 1 << 20,
        direction: direction.to_owned(),
        threads: Some(1),
        ours_seconds: Some(0.01 * ratio),
        rival: "zarrs".to_owned(),
        rival_seconds: Some(0.01),
        ratio: Some(ratio),
        ours_size: Some(1 << 19),
        rival_size: Some(1 << 18),
        ours_peak: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_of_commits_is_no_bench() {
        let root = std::env::temp_dir().join(format!("ndcodec-records-{}", std::process::id()));
        let folder = root.join(RECORDS).join("2026-11-23");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("against.csv"), "bench,old,new\nrivals,0123,4567\n").unwrap();
        fs::write(
            folder.join("rivals.csv"),
            ndcodec_measure::write_records(&[example("npy", "encode", 1.0)]),
        )
        .unwrap();
        let newest = Newest::read(&Workspace::at(root.clone()));
        fs::remove_dir_all(root).unwrap();
        assert_eq!(newest.unwrap().benches.into_keys().collect::<Vec<_>>(), ["rivals"]);
    }

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        assert_eq!(lines([["key", "value"], ["a, b", "\""]]).unwrap(), "key,value\n\"a, b\",\"\"\"\"\n");
        assert!(lines([vec!["one"], vec!["one", "two"]]).unwrap_err().contains("2 fields"));
    }

    #[test]
    fn arrays_are_put_together_by_chain_and_rival() {
        let records = [
            example("npy|zstd on a", "encode", 0.5),
            example("npy|zstd on b", "encode", 0.125),
            example("npy|zstd on a", "decode", 2.0),
            Record { bytes: 1024, ..example("npy|zstd on a", "decode", 1.0) },
        ];
        let rows = summaries(&records);
        assert_eq!(rows.len(), 2, "small arrays have a row of their own");
        let row = &rows[&("npy|zstd".to_owned(), "zarrs".to_owned(), 1, false)];
        assert_eq!(
            (row.arrays.len(), row.encode.as_slice(), row.decode.as_slice()),
            (2, &[2.0, 8.0][..], &[0.5][..])
        );
        assert!((row.size() - 2.0).abs() < 1e-9);
    }
}
