//! From what a bench leaves to records: the shared columns, the columns of benches that think in others, and criterion's
//! folders.

use std::fs;
use std::path::Path;

use ndcodec_measure::{COLUMNS, Record, read_records};

use crate::Outcome;
use crate::json::Json;
use crate::workspace::read;

/// The records in what a bench wrote or printed. Lines before the columns' names are no part of them.
pub(super) fn records(text: &str, bench: &str) -> Outcome<Vec<Record>> {
    let begin = text.lines().position(|line| line.contains(",direction,"));
    let lines: Vec<&str> = text.lines().skip(begin.ok_or("it left no record")?).collect();
    let head = lines[0];
    let mut records = if head.split(',').all(|column| COLUMNS.contains(&column)) {
        read_records(&lines.join("\n"))?
    } else {
        let columns: Vec<&str> = head.split(',').collect();
        let rows = lines[1..].iter().map(|line| line.split(',').collect::<Vec<_>>());
        rows.filter(|fields| fields.len() == columns.len())
            .map(|fields| other(&columns, &fields))
            .collect::<Outcome<_>>()?
    };
    for record in &mut records {
        record.bench = bench.to_owned();
    }
    Ok(records)
}

/// A row of nanoseconds, from a bench that names what it measures by its parts.
fn other(columns: &[&str], fields: &[&str]) -> Outcome<Record> {
    let field = |name: &str| columns.iter().position(|column| *column == name).map(|index| fields[index]);
    let number = |name: &str| match field(name) {
        None => Ok(None),
        Some(text) => text.parse::<f64>().map(Some).map_err(|_| format!("`{name}` is no number: `{text}`")),
    };
    let what =
        ["case", "chain", "stage", "inner", "dtype"].iter().find_map(|name| field(name)).unwrap_or_default();
    let case = match (field("inner"), field("memory")) {
        (Some(inner), _) => format!("chunked({inner})"),
        (None, Some(memory)) => format!("npy {what}, {memory}"),
        _ => what.to_owned(),
    };
    let case = field("array").map_or(case.clone(), |array| format!("{case} on {array}"));
    let bytes = number("bytes")?.ok_or("no column `bytes`")?;
    let theirs = number("theirs_ns")?.or(number("by_hand_ns")?);
    let by_ratio = |name: &str| Ok::<_, String>(number(name)?.map(|ratio| bytes / ratio));
    let (ours_size, rival_size) = (
        number("ours_bytes")?.or(by_ratio("our_ratio")?),
        number("theirs_bytes")?.or(by_ratio("their_ratio")?),
    );
    Ok(Record {
        bench: String::new(),
        case,
        bytes: whole(bytes),
        direction: field("direction").unwrap_or_default().to_owned(),
        threads: number("threads")?.map(|threads| u32::try_from(whole(threads)).unwrap_or(u32::MAX)),
        ours_seconds: number("ours_ns")?.map(|ns| ns / 1e9),
        rival: field("rival").unwrap_or("Blosc2").to_owned(),
        rival_seconds: theirs.map(|ns| ns / 1e9),
        ratio: number("ratio")?.or(number("speed")?.map(|speed| 1.0 / speed)),
        ours_size: ours_size.map(whole),
        rival_size: rival_size.map(whole),
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lengths of files, which are smaller"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

/// What criterion measured: a folder for each group, direction and length, with the median in nanoseconds.
pub(super) fn criterion(folder: &Path, bench: &str) -> Outcome<Vec<Record>> {
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
            let (id, estimates) = (Json::parse(&read(&measured)?)?, Json::parse(&read(&estimates)?)?);
            records
                .push(of_criterion(&id, &estimates, bench).ok_or("criterion's files are not as they were")?);
        }
        return Ok(());
    }
    let listed = fs::read_dir(folder).map_err(|why| format!("cannot read {}: {why}", folder.display()))?;
    for path in listed.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()) {
        walk(&path, bench, records)?;
    }
    Ok(())
}

fn of_criterion(id: &Json, estimates: &Json, bench: &str) -> Option<Record> {
    let number = |json: &Json| match json {
        Json::Number(text) => text.parse::<f64>().ok(),
        _ => None,
    };
    Some(Record {
        bench: bench.to_owned(),
        case: id.text("group_id")?.to_owned(),
        bytes: id.text("value_str")?.parse().ok()?,
        direction: id.text("function_id")?.to_owned(),
        threads: Some(1),
        ours_seconds: Some(number(estimates.member("median")?.member("point_estimate")?)? / 1e9),
        ..Record::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_all_kinds_become_one() {
        let own = "building\nbench,case,bytes,direction,ours_seconds,rival,rival_seconds,ratio\na,npy on x,8,encode,1,r,2,0.5\n";
        let read = records(own, "recipe").unwrap();
        assert_eq!(
            (read[0].bench.as_str(), read[0].ratio),
            ("recipe", Some(0.5)),
            "half the time is a ratio of a half"
        );
        let codecs = "stage,rival,array,bytes,direction,ours_ns,theirs_ns,ratio,ours_bytes,theirs_bytes\n\
                      zlib,libdeflate,photo,100,decode,10,20,0.5,50,60\n";
        let read = &records(codecs, "codecs").unwrap()[0];
        assert_eq!(
            (read.case.as_str(), read.rival.as_str(), read.ours_size),
            ("zlib on photo", "libdeflate", Some(50))
        );
        assert_eq!(read.rival_seconds, Some(2e-8));
        let chunked = "inner,array,bytes,direction,threads,ours_ns,theirs_ns,speed,our_ratio,their_ratio\n\
                       shuffle|lz4,photo,100,decode,2,10,20,2.0,4.0,2.0\n";
        let read = &records(chunked, "chunked").unwrap()[0];
        assert_eq!((read.case.as_str(), read.rival.as_str()), ("chunked(shuffle|lz4) on photo", "Blosc2"));
        assert_eq!(
            (read.ratio, read.ours_size, read.rival_size, read.threads),
            (Some(0.5), Some(25), Some(50), Some(2))
        );
        assert_eq!(records("nothing at all\n", "x").unwrap_err(), "it left no record");
    }

    #[test]
    fn criterion_says_group_direction_and_length() {
        let id = Json::parse(
            r#"{"group_id":"npy|zstd","function_id":"encode","value_str":"1024","throughput":{"Bytes":1024}}"#,
        );
        let estimates = Json::parse(r#"{"mean":{"point_estimate":9e3},"median":{"point_estimate":2.5e3}}"#);
        let record = of_criterion(&id.unwrap(), &estimates.unwrap(), "stages").unwrap();
        assert_eq!(
            (record.case.as_str(), record.bytes, record.ours_seconds),
            ("npy|zstd", 1024, Some(2.5e-6))
        );
        assert!(record.rival.is_empty());
    }
}
