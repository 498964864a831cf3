//! Our stages beside the packages that a user would pick instead: the same data, contexts and buffers used again on
//! both sides, in turns within one run.
//!
//! `cargo bench -p ndcodec-benches --bench codecs` prints a row for each stage, rival, array and direction, as CSV;
//! words behind `--` are the stages, rivals and arrays to measure alone. The arrays are a measured one, repeated, in
//! four lengths, and those of the corpus' `real/`; `--quick` takes fewer. `RUSTFLAGS='--cfg ndcodec_zlib_ng'` brings
//! zlib-ng, which needs `cmake` to build. The sizes are of what each encodes to.
//!
//! With `--check` the run fails if a rival of [`BARS`] is faster than it may be: by the geometric mean over all
//! arrays, or by more than a tenth on one of them.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a bench asserts and prints")]

#[path = "codecs/rivals.rs"]
mod rivals;

use std::collections::BTreeMap;
use std::hint::black_box;

use ndcodec::{Buffer, Pipeline};
use ndcodec_benches::{Record, Run, geometric_mean, measurements, npy_files};

use crate::rivals::{Rival, rivals};

const SIZES: [usize; 4] = [1 << 10, 64 << 10, 1 << 20, 64 << 20];

/// How much of a rival's time ours may take, by stage, rival and direction.
const BARS: [(&str, &str, &str, f64); 9] = [
    ("base64", "base64-turbo", "encode", 1.0),
    ("base64", "base64-turbo", "decode", 1.0),
    ("lz4", "lzzzz", "encode", 1.0),
    ("lz4", "lzzzz", "decode", 1.0),
    ("lz4(framing=block)", "lzzzz", "encode", 1.0),
    ("lz4(framing=block)", "lzzzz", "decode", 1.0),
    ("zlib", "zlib-ng", "encode", 1.0),
    ("zlib", "zlib-ng", "decode", 1.0),
    ("zlib", "libdeflater", "decode", 1.0 / 0.95),
];

fn main() {
    let mut run = Run::from_args("codecs");
    let payloads = payloads(run.is_quick());
    for make in rivals() {
        let Rival { stage, name, .. } = make();
        for (array, payload) in &payloads {
            if run.wants(&[stage, name, array]) {
                measure(&mut run, make(), array, payload);
            }
        }
    }
    run.finish_within(over);
}

/// Prints the geometric means, and returns what is over its bar.
fn over(records: &[Record]) -> Vec<String> {
    let mut rows: BTreeMap<_, Vec<(&str, f64)>> = BTreeMap::new();
    for record in records {
        let (stage, array) = record.case.split_once(" on ").unwrap();
        let key = (stage, record.rival.as_str(), record.direction.as_str());
        rows.entry(key).or_default().push((array, record.ratio.unwrap()));
    }
    let mut over = Vec::new();
    for ((stage, rival, direction), ratios) in &rows {
        let mean = geometric_mean(ratios.iter().map(|(_, ratio)| *ratio));
        let what = format!("{stage} beside {rival}, {direction}");
        eprintln!("{what}: {mean:.3} of their time, the geometric mean of {}", ratios.len());
        let is_meant = |bar: &&(&str, &str, &str, f64)| (bar.0, bar.1, bar.2) == (*stage, *rival, *direction);
        let Some((.., bar)) = BARS.iter().find(is_meant) else { continue };
        if mean > *bar {
            over.push(format!("{what}: {mean:.3} > {bar:.3}"));
        }
        let slow = ratios.iter().filter(|(_, ratio)| *ratio > 1.0 / 0.9);
        over.extend(slow.map(|(array, ratio)| format!("{what}, {array}: {ratio:.3} > 1.111")));
    }
    over
}

/// Names and bytes: a measured array in each size, and whole files of the corpus.
fn payloads(is_quick: bool) -> Vec<(String, Vec<u8>)> {
    let sizes = if is_quick { &SIZES[..3] } else { &SIZES };
    let mut payloads: Vec<_> =
        sizes.iter().map(|size| (format!("measured-{size}"), measurements(*size))).collect();
    let files = npy_files().unwrap();
    let files = files.iter().take(if is_quick { 1 } else { files.len() });
    payloads.extend(files.map(|path| {
        (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap())
    }));
    payloads
}

fn measure(run: &mut Run, mut rival: Rival, array: &str, payload: &[u8]) {
    let pipeline = Pipeline::parse(rival.stage).unwrap();
    let (mut ours, mut theirs) = (Buffer::new(), Vec::new());
    pipeline.encode_into(payload, &mut ours).unwrap();
    let len = (rival.encode)(payload, &mut theirs);
    let lens = (ours.len(), len);
    // Each decodes what the other wrote, so both did the same work.
    let (mut decoded, mut decoded_by_rival) = (Buffer::new(), vec![0; payload.len() + 64]);
    pipeline.decode_into(&theirs[..len], &mut decoded).unwrap();
    assert!(*decoded == *payload, "{} of {}", rival.stage, rival.name);
    let len = (rival.decode)(&ours, &mut decoded_by_rival, payload.len());
    assert!(decoded_by_rival[..len] == *payload, "{} of {}", rival.stage, rival.name);

    // The decoders get what the rival wrote: that is what must be read fast, and it is the same for both.
    let encoded = theirs[..lens.1].to_vec();
    let case = format!("{} on {array}", rival.stage);
    run.case(&case, payload.len(), "encode").threads(1).sizes(lens.0, lens.1).beside(
        rival.name,
        || {
            pipeline.encode_into(black_box(payload), &mut ours).unwrap();
        },
        || {
            black_box((rival.encode)(black_box(payload), &mut theirs));
        },
    );
    run.case(&case, payload.len(), "decode").threads(1).sizes(lens.0, lens.1).beside(
        rival.name,
        || {
            pipeline.decode_into(black_box(&encoded), &mut decoded).unwrap();
        },
        || {
            black_box((rival.decode)(black_box(&encoded), &mut decoded_by_rival, payload.len()));
        },
    );
}
