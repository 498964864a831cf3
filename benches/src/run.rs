//! A run of a bench: its options, the pairs it measures, and the record it leaves.

use std::path::PathBuf;

use ndcodec_measure::{Budget, COLUMNS, Pair, Record, pair, write_records};

/// A run, with what stands behind `--` on the command line.
///
/// `--quick` measures for a look, not for a record; `--csv FILE` writes the record there; `--check` is for the bench to
/// ask for; other words narrow the run down, see [`Run::wants`].
#[derive(Debug)]
pub struct Run {
    bench: &'static str,
    flags: Vec<String>,
    words: Vec<String>,
    csv: Option<PathBuf>,
    records: Vec<Record>,
}

impl Run {
    /// Reads the command line of the bench that is called so, and prints the columns' names.
    ///
    /// # Panics
    /// If `--csv` has no file behind it.
    #[must_use]
    #[expect(clippy::print_stdout, reason = "a bench prints its record")]
    pub fn from_args(bench: &'static str) -> Self {
        let mut run = Self { bench, flags: Vec::new(), words: Vec::new(), csv: None, records: Vec::new() };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            match arg.strip_prefix("--") {
                Some("csv") => {
                    let file = args.next();
                    assert!(file.is_some(), "`--csv` needs a file behind it");
                    run.csv = file.map(PathBuf::from);
                }
                // `--bench` comes from cargo.
                Some(flag) => run.flags.push(flag.to_owned()),
                None => run.words.push(arg),
            }
        }
        println!("{}", COLUMNS.join(","));
        run
    }

    /// Whether `--flag` was given.
    #[must_use]
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|given| given == flag)
    }

    /// Whether this is for a look only.
    #[must_use]
    pub fn is_quick(&self) -> bool {
        self.has("quick")
    }

    /// The words of the command line, for a bench that narrows down in its own way.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether each word of the command line is one of `names`; so without words, yes.
    #[must_use]
    pub fn wants(&self, names: &[&str]) -> bool {
        self.words.iter().all(|word| names.contains(&word.as_str()))
    }

    /// What each pair may take.
    #[must_use]
    pub fn budget(&self) -> Budget {
        if self.is_quick() { Budget::QUICK } else { Budget::FULL }
    }

    /// A case to measure: what, the length of its decoded bytes, and `encode` or `decode`.
    pub fn case(&mut self, case: impl Into<String>, bytes: usize, direction: &str) -> Case<'_> {
        let record = Record {
            bench: self.bench.to_owned(),
            case: case.into(),
            bytes: bytes as u64,
            direction: direction.to_owned(),
            ..Record::default()
        };
        Case { run: self, record }
    }

    /// The records so far.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// [`finish`](Self::finish)es, and with `--check` ends the program with what `bounds` finds over its bound in the
    /// records, if that is anything.
    ///
    /// # Panics
    /// As [`finish`](Self::finish).
    #[expect(clippy::print_stderr, reason = "a check says what does not hold")]
    pub fn finish_within(self, bounds: impl FnOnce(&[Record]) -> Vec<String>) {
        let check = self.has("check");
        let over = bounds(&self.finish());
        if check && !over.is_empty() {
            eprintln!("over the bound:\n{}", over.join("\n"));
            std::process::exit(1);
        }
    }

    /// Writes the record where `--csv` says.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn finish(self) -> Vec<Record> {
        if let Some(path) = &self.csv {
            let written = std::fs::write(path, write_records(&self.records));
            assert!(written.is_ok(), "cannot write {}: {written:?}", path.display());
        }
        self.records
    }
}

/// One row to be.
#[derive(Debug)]
#[must_use = "nothing is kept before `beside`"]
pub struct Case<'r> {
    run: &'r mut Run,
    record: Record,
}

impl Case<'_> {
    /// The threads that both sides may use.
    pub fn threads(mut self, threads: u32) -> Self {
        self.record.threads = Some(threads);
        self
    }

    /// The lengths of what ours and theirs encode to.
    pub fn sizes(mut self, ours: usize, theirs: usize) -> Self {
        self.record.ours_size = Some(ours as u64);
        self.record.rival_size = Some(theirs as u64);
        self
    }

    /// Prints and keeps the row of what was measured elsewhere of ours alone: seconds, and the most memory in bytes.
    pub fn alone(mut self, seconds: f64, peak: u64) {
        self.record.ours_seconds = Some(seconds);
        self.record.ours_peak = Some(peak);
        self.keep();
    }

    /// Measures ours beside theirs in turns, prints the row and keeps it.
    pub fn beside(self, rival: &str, ours: impl FnMut(), theirs: impl FnMut()) -> Pair {
        let measured = pair(&self.run.budget(), ours, theirs);
        self.record(rival, measured);
        measured
    }

    /// Prints and keeps the row of what was measured elsewhere.
    pub fn record(mut self, rival: &str, measured: Pair) {
        rival.clone_into(&mut self.record.rival);
        self.record.ours_seconds = Some(measured.ours);
        self.record.rival_seconds = Some(measured.theirs);
        self.record.ratio = Some(measured.ratio);
        self.keep();
    }

    #[expect(clippy::print_stdout, reason = "a bench prints its record")]
    fn keep(self) {
        println!("{}", self.record);
        self.run.records.push(self.record);
    }
}
