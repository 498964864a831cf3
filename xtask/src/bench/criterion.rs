//! Criterion's folders as records, for `stages`.

use std::fs;
use std::path::Path;

use ndcodec_measure::Record;
use serde_json::Value;

use crate::Outcome;
use crate::workspace::read;

/// What criterion measured: a folder for each group, direction and length, with the median in nanoseconds.
pub(super) fn records(folder: &Path, bench: &str) -> Outcome<Vec<Record>> {
    let mut records = Vec::new();
    walk(folder, bench, &mut records)?;
    records.sort_by(|a, b| (&a.case, a.bytes, &a.direction).cmp(&(&b.case, b.bytes, &b.direction)));
    Ok(records)
}

fn walk(folder: &Path, bench: &str, records: &mut Vec<Record>) -> Outcome {
    let (measured, estimates) = (folder.join("benchmark.json"), folder.join("estimates.json"));
    if measured.is_file() && estimates.is_file() {
        // `base` is a copy for the next comparison.
        if folder.file_name().is_some_and(|name| name == "new") {
            let record = of_criterion(&json(&measured)?, &json(&estimates)?, bench);
            records.push(record.ok_or("criterion's files are not as they were")?);
        }
        return Ok(());
    }
    let listed = fs::read_dir(folder).map_err(|why| format!("cannot read {}: {why}", folder.display()))?;
    for path in listed.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()) {
        walk(&path, bench, records)?;
    }
    Ok(())
}

fn json(path: &Path) -> Outcome<Value> {
    serde_json::from_str(&read(path)?).map_err(|why| format!("{}: {why}", path.display()))
}

fn of_criterion(id: &Value, estimates: &Value, bench: &str) -> Option<Record> {
    Some(Record {
        bench: bench.to_owned(),
        case: id["group_id"].as_str()?.to_owned(),
        bytes: id["value_str"].as_str()?.parse().ok()?,
        direction: id["function_id"].as_str()?.to_owned(),
        threads: Some(1),
        ours_seconds: Some(estimates["median"]["point_estimate"].as_f64()? / 1e9),
        ..Record::default()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn criterion_says_group_direction_and_length() {
        let id = json!({
            "group_id": "npy|zstd", "function_id": "encode", "value_str": "1024", "throughput": {"Bytes": 1024},
        });
        let estimates = json!({"mean": {"point_estimate": 9e3}, "median": {"point_estimate": 2.5e3}});
        let record = of_criterion(&id, &estimates, "stages").unwrap();
        assert_eq!(
            (record.case.as_str(), record.bytes, record.ours_seconds),
            ("npy|zstd", 1024, Some(2.5e-6))
        );
        assert!(record.rival.is_empty());
        assert_eq!(of_criterion(&json!({"group_id": "x"}), &estimates, "stages"), None);
    }
}
