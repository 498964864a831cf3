//! Records: one comparison a line, as CSV ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180)).

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// The columns, in order.
pub const COLUMNS: [&str; 12] = [
    "bench",
    "case",
    "bytes",
    "direction",
    "threads",
    "ours_seconds",
    "rival",
    "rival_seconds",
    "ratio",
    "ours_size",
    "rival_size",
    "ours_peak",
];

/// One comparison. Columns that do not apply are empty in the file: a row without a rival has a measurement of ours alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Record {
    /// The bench that measured it.
    pub bench: String,
    /// What was measured: a chain, mostly, and behind ` on ` the array.
    pub case: String,
    /// The length of the decoded bytes.
    pub bytes: u64,
    /// `encode`, `decode`, or what the bench says.
    pub direction: String,
    /// The threads that both may use.
    pub threads: Option<u32>,
    /// Seconds of one call of ours.
    #[serde(serialize_with = "seconds")]
    pub ours_seconds: Option<f64>,
    /// What it was measured beside, with its version if it is not pinned elsewhere.
    pub rival: String,
    /// Seconds of one call of theirs.
    #[serde(serialize_with = "seconds")]
    pub rival_seconds: Option<f64>,
    /// Ours divided by theirs, within one round: below 1, ours is faster.
    #[serde(serialize_with = "ratio")]
    pub ratio: Option<f64>,
    /// The length of what ours encodes to.
    pub ours_size: Option<u64>,
    /// The length of what theirs encodes to.
    pub rival_size: Option<u64>,
    /// The most memory that ours had resident, in bytes, where that was measured.
    pub ours_peak: Option<u64>,
}

/// Five digits: more than any machine repeats.
fn seconds<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(seconds) => serializer.collect_str(&format_args!("{seconds:.4e}")),
        None => serializer.serialize_none(),
    }
}

fn ratio<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(ratio) => serializer.collect_str(&format_args!("{ratio:.3}")),
        None => serializer.serialize_none(),
    }
}

/// The line of the file, without its end.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(lines(std::slice::from_ref(self)).trim_end_matches('\n'))
    }
}

/// The file: the columns' names, then a line for each record.
#[must_use]
pub fn write_records(records: &[Record]) -> String {
    COLUMNS.join(",") + "\n" + &lines(records)
}

fn lines(records: &[Record]) -> String {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    let written = records.iter().try_for_each(|record| writer.serialize(record));
    let bytes = written.ok().and_then(|()| writer.into_inner().ok());
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_else(|| unreachable!("memory takes any record"))
}

/// The records of a file, which may leave out columns that it has nothing for.
///
/// # Errors
/// The line and what is wrong in it, or an unknown column.
pub fn read_records(text: &str) -> Result<Vec<Record>, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().map_err(|why| why.to_string())?.clone();
    if columns.is_empty() {
        return Err("no line with the columns' names".to_owned());
    }
    reader.deserialize().map(|record| record.map_err(|why| problem(&why, &columns))).collect()
}

/// The line, the column, and what is wrong in it.
fn problem(error: &csv::Error, columns: &csv::StringRecord) -> String {
    let line = error.position().map_or(0, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("line {line}: {len} fields, but {expected_len} columns")
        }
        csv::ErrorKind::Deserialize { err, .. } => {
            let column = err.field().and_then(|field| columns.get(usize::try_from(field).ok()?));
            let column = column.map(|column| format!("`{column}`: ")).unwrap_or_default();
            format!("line {line}: {column}{}", err.kind())
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            bench: "rivals".to_owned(),
            case: "chunked(zstd(1),size=1MiB) on \"made\"".to_owned(),
            bytes: 1 << 20,
            direction: "encode".to_owned(),
            threads: Some(2),
            ours_seconds: Some(0.00125),
            rival: "blosc2 4.2".to_owned(),
            rival_seconds: Some(0.0025),
            ratio: Some(0.5),
            ours_size: Some(1000),
            rival_size: None,
            ours_peak: Some(4096),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let records = [record(), Record { case: "plain".to_owned(), ..Record::default() }];
        let text = write_records(&records);
        assert_eq!(
            text.lines().nth(1),
            Some(
                "rivals,\"chunked(zstd(1),size=1MiB) on \"\"made\"\"\",1048576,encode,2,1.2500e-3,blosc2 4.2,2.5000e-3,0.500,1000,,4096"
            )
        );
        assert_eq!(read_records(&text).unwrap(), records);
    }

    #[test]
    fn columns_may_be_left_out() {
        let text =
            "bench,case,bytes,direction,ours_seconds,rival,rival_seconds,ratio\nb,c,8,decode,0.5,r,1,0.5\n";
        let read = read_records(text).unwrap();
        assert_eq!((read[0].bytes, read[0].rival_seconds, read[0].threads), (8, Some(1.0), None));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let with = |line: &str| read_records(&format!("bench,bytes,ratio\n{line}\n")).unwrap_err();
        assert_eq!(with("a,1"), "line 2: 2 fields, but 3 columns");
        assert_eq!(with("a,x,1"), "line 2: `bytes`: invalid digit found in string");
        assert_eq!(with("a,,1"), "line 2: `bytes`: cannot parse integer from empty string");
        assert_eq!(with("a,1,fast"), "line 2: `ratio`: invalid float literal");
        assert_eq!(with("\"a,1,1"), "line 2: 1 fields, but 3 columns");
        assert_eq!(read_records("").unwrap_err(), "no line with the columns' names");
        let unknown = read_records("bench,speed\na,1\n").unwrap_err();
        assert!(unknown.starts_with("line 2: unknown field `speed`, expected one of `bench`"), "{unknown}");
        let threads = read_records("bench,threads\na,4294967296\n").unwrap_err();
        assert_eq!(threads, "line 2: `threads`: number too large to fit in target type");
    }
}
