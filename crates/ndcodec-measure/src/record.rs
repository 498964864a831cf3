//! Records: one comparison a line, as CSV ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180)).

use std::fmt;

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

/// One comparison. What does not apply is empty in the file: a row without a rival has a measurement of ours alone.
#[derive(Debug, Clone, Default, PartialEq)]
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
    pub ours_seconds: Option<f64>,
    /// What it was measured beside, with its version where it is not pinned elsewhere.
    pub rival: String,
    /// Seconds of one call of theirs.
    pub rival_seconds: Option<f64>,
    /// Ours divided by theirs, within one round: below 1, ours is faster.
    pub ratio: Option<f64>,
    /// The length of what ours encodes to.
    pub ours_size: Option<u64>,
    /// The length of what theirs encodes to.
    pub rival_size: Option<u64>,
    /// The most memory that ours had resident, in bytes, where that was measured.
    pub ours_peak: Option<u64>,
}

impl Record {
    fn fields(&self) -> [String; 12] {
        let seconds = |value: Option<f64>| value.map(|s| format!("{s:.4e}")).unwrap_or_default();
        let count = |value: Option<u64>| value.map(|n| n.to_string()).unwrap_or_default();
        [
            self.bench.clone(),
            self.case.clone(),
            self.bytes.to_string(),
            self.direction.clone(),
            count(self.threads.map(u64::from)),
            seconds(self.ours_seconds),
            self.rival.clone(),
            seconds(self.rival_seconds),
            self.ratio.map(|ratio| format!("{ratio:.3}")).unwrap_or_default(),
            count(self.ours_size),
            count(self.rival_size),
            count(self.ours_peak),
        ]
    }

    fn from_fields(columns: &[String], fields: &[String]) -> Result<Self, String> {
        let mut record = Self::default();
        if columns.len() != fields.len() {
            return Err(format!("{} fields, but {} columns", fields.len(), columns.len()));
        }
        for (column, field) in columns.iter().zip(fields) {
            let number = || {
                let bad = |_| format!("`{column}` is no number: `{field}`");
                Some(field)
                    .filter(|field| !field.is_empty())
                    .map(|field| field.parse().map_err(bad))
                    .transpose()
            };
            let count = || {
                let bad = |_| format!("`{column}` is no whole number: `{field}`");
                Some(field)
                    .filter(|field| !field.is_empty())
                    .map(|field| field.parse().map_err(bad))
                    .transpose()
            };
            match column.as_str() {
                "bench" => record.bench.clone_from(field),
                "case" => record.case.clone_from(field),
                "bytes" => record.bytes = count()?.ok_or("`bytes` is empty")?,
                "direction" => record.direction.clone_from(field),
                "threads" => {
                    let bad = |_| format!("`threads` is too large: `{field}`");
                    record.threads = count()?.map(u32::try_from).transpose().map_err(bad)?;
                }
                "ours_seconds" => record.ours_seconds = number()?,
                "rival" => record.rival.clone_from(field),
                "rival_seconds" => record.rival_seconds = number()?,
                "ratio" => record.ratio = number()?,
                "ours_size" => record.ours_size = count()?,
                "rival_size" => record.rival_size = count()?,
                "ours_peak" => record.ours_peak = count()?,
                _ => return Err(format!("unknown column `{column}`; there are: {}", COLUMNS.join(", "))),
            }
        }
        Ok(record)
    }
}

/// The line of the file, without its end.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, field) in self.fields().iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            if field.contains([',', '"', '\n', '\r']) {
                write!(f, "\"{}\"", field.replace('"', "\"\""))?;
            } else {
                f.write_str(field)?;
            }
        }
        Ok(())
    }
}

/// The file: the columns' names, then a line for each record.
#[must_use]
pub fn write_records(records: &[Record]) -> String {
    let lines = records.iter().map(Record::to_string);
    std::iter::once(COLUMNS.join(",")).chain(lines).map(|line| line + "\n").collect()
}

/// The records of a file, which may leave out columns that it has nothing for.
///
/// # Errors
/// The line and what is wrong in it, or an unknown column.
pub fn read_records(text: &str) -> Result<Vec<Record>, String> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty());
    let (_, head) = lines.next().ok_or("no line with the columns' names")?;
    let columns = split(head)?;
    lines
        .map(|(index, line)| {
            split(line)
                .and_then(|fields| Record::from_fields(&columns, &fields))
                .map_err(|why| format!("line {}: {why}", index + 1))
        })
        .collect()
}

/// The fields of a line. No field of ours goes over a line's end.
fn split(line: &str) -> Result<Vec<String>, String> {
    let (mut fields, mut rest) = (Vec::new(), line);
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
            Some(quoted) => unquote(quoted)?,
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None if after.is_empty() => return Ok(fields),
            None => return Err(format!("`{after}` behind a closing quote")),
        }
    }
}

/// What stands before the closing quote, and what comes after it.
fn unquote(text: &str) -> Result<(String, &str), String> {
    let (mut field, mut rest) = (String::new(), text);
    while let Some((part, after)) = rest.split_once('"') {
        field.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                field.push('"');
                rest = more;
            }
            None => return Ok((field, after)),
        }
    }
    Err("a quote is not closed".to_owned())
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
        assert_eq!(with("a,x,1"), "line 2: `bytes` is no whole number: `x`");
        assert_eq!(with("a,1,fast"), "line 2: `ratio` is no number: `fast`");
        assert_eq!(with("\"a,1,1"), "line 2: a quote is not closed");
        assert_eq!(with("\"a\"b,1,1"), "line 2: `b,1,1` behind a closing quote");
        assert_eq!(read_records("").unwrap_err(), "no line with the columns' names");
        assert!(
            read_records("bench,speed\na,1\n").unwrap_err().starts_with("line 2: unknown column `speed`")
        );
    }
}
