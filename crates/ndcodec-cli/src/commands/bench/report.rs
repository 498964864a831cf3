//! What is printed: a table, JSON, and a plot.

use std::num::NonZeroUsize;
use std::thread;

use ndcodec::Array;
use ndcodec_measure::{Plot, Point, Scale, Series, front, svg};
use serde::Serialize;

use super::measure::Measured;
use crate::terminal::printable;

/// What is printed as JSON. All keys are always there.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    #[serde(skip)]
    name: String,
    dtype: String,
    shape: Vec<usize>,
    #[serde(skip)]
    shape_text: String,
    /// `C` or `F`.
    order: &'static str,
    nbytes: usize,
    /// The threads that a chain might use.
    threads: usize,
    /// How often each chain ran each way; the figures are medians.
    rounds: usize,
    /// The smallest first.
    chains: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    chain: String,
    /// Whether no other chain is as good in ratio, encoding and decoding.
    front: bool,
    lossy: bool,
    encoded_len: usize,
    /// The bytes of the array divided by those of the encoded form.
    ratio: f64,
    encode_seconds: f64,
    decode_seconds: f64,
    /// The bytes that a first call adds to its input; null if the system does not tell.
    encode_memory: Option<u64>,
    decode_memory: Option<u64>,
}

impl Report {
    pub(super) fn new(
        name: &str,
        array: &Array,
        threads: Option<NonZeroUsize>,
        measured: Vec<Measured>,
    ) -> Self {
        let nbytes = array.payload().len();
        let rounds = measured.first().map_or(0, |measured| measured.rounds);
        let mut chains: Vec<Row> = measured.into_iter().map(|measured| Row::new(measured, nbytes)).collect();
        let points: Vec<[f64; 3]> =
            chains.iter().map(|row| [row.ratio, -row.encode_seconds, -row.decode_seconds]).collect();
        for (row, is_on_front) in chains.iter_mut().zip(front(&points)) {
            row.front = is_on_front;
        }
        chains.sort_by(|a, b| a.encoded_len.cmp(&b.encoded_len).then_with(|| a.chain.cmp(&b.chain)));
        let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let layout = array.layout();
        Self {
            name: name.to_owned(),
            dtype: layout.dtype().to_string(),
            shape: layout.shape().to_vec(),
            shape_text: shape_text(layout.shape()),
            order: layout.order().as_str(),
            nbytes,
            threads: threads.map_or_else(cores, NonZeroUsize::get),
            rounds,
            chains,
        }
    }

    pub(super) fn table(&self) -> String {
        let mut text = format!(
            "{}: {} {}, {} bytes; medians of {} rounds, {} {}\n\n",
            printable(self.name.trim_matches('`')),
            self.dtype,
            self.shape_text,
            self.nbytes,
            self.rounds,
            self.threads,
            if self.threads == 1 { "thread" } else { "threads" },
        );
        let mut rows = vec![COLUMNS.map(str::to_owned)];
        rows.extend(self.chains.iter().map(|row| row.cells(self.nbytes)));
        let widths: Vec<usize> = (0..COLUMNS.len())
            .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
            .collect();
        for row in &rows {
            let cells = row.iter().zip(&widths).enumerate();
            let cells = cells.map(|(column, (cell, width))| match column {
                0 | 1 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
            text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
            text.push('\n');
        }
        text
    }

    /// One plot for each direction.
    pub(super) fn svg(&self) -> String {
        let what = format!("{} of {} {}", self.name.trim_matches('`'), self.dtype, self.shape_text);
        let plot = |verb: &str, seconds: fn(&Row) -> f64| Plot {
            title: format!("{verb}: {what}"),
            x_label: "MB/s".to_owned(),
            y_label: "ratio".to_owned(),
            x_scale: Scale::Log,
            y_scale: Scale::Linear,
            has_front: true,
            series: vec![Series {
                name: verb.to_owned(),
                is_line: false,
                points: self.chains.iter().map(|row| row.point(self.nbytes, seconds(row))).collect(),
            }],
        };
        svg(&[plot("encode", |row| row.encode_seconds), plot("decode", |row| row.decode_seconds)])
    }
}

const COLUMNS: [&str; 7] = ["", "CHAIN", "RATIO", "ENCODE MB/s", "DECODE MB/s", "ENCODE MiB", "DECODE MiB"];

impl Row {
    fn new(measured: Measured, nbytes: usize) -> Self {
        Self {
            front: false,
            lossy: measured.is_lossy,
            ratio: float(nbytes) / float(measured.encoded_len),
            encoded_len: measured.encoded_len,
            encode_seconds: measured.encode_seconds,
            decode_seconds: measured.decode_seconds,
            encode_memory: measured.encode_memory,
            decode_memory: measured.decode_memory,
            chain: measured.chain,
        }
    }

    fn cells(&self, nbytes: usize) -> [String; 7] {
        let mebibytes = |bytes: Option<u64>| match bytes.and_then(|bytes| u32::try_from(bytes >> 10).ok()) {
            Some(kib) => format!("{:.1}", f64::from(kib) / 1024.0),
            None => "-".to_owned(),
        };
        [
            if self.front { "*" } else { "" }.to_owned(),
            self.label(),
            format!("{:.3}", self.ratio),
            format!("{:.0}", megabytes_a_second(nbytes, self.encode_seconds)),
            format!("{:.0}", megabytes_a_second(nbytes, self.decode_seconds)),
            mebibytes(self.encode_memory),
            mebibytes(self.decode_memory),
        ]
    }

    fn point(&self, nbytes: usize, seconds: f64) -> Point {
        Point { x: megabytes_a_second(nbytes, seconds), y: self.ratio, label: self.label() }
    }

    fn label(&self) -> String {
        if self.lossy { format!("{} (lossy)", self.chain) } else { self.chain.clone() }
    }
}

fn megabytes_a_second(nbytes: usize, seconds: f64) -> f64 {
    float(nbytes) / 1e6 / seconds
}

#[expect(clippy::cast_precision_loss, reason = "sizes for people, not for memory")]
fn float(bytes: usize) -> f64 {
    bytes as f64
}

/// As chains have it: `2x3`, or `scalar`.
fn shape_text(shape: &[usize]) -> String {
    if shape.is_empty() {
        return "scalar".to_owned();
    }
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join("x")
}
