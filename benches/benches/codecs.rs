//! Our stages beside the packages that a user would pick instead: the same data, contexts and buffers used again on
//! both sides, in turns within one run.
//!
//! `cargo bench -p ndcodec-benches --bench codecs` prints a row for each stage, rival, array and direction, as CSV;
//! words behind `--` are the stages, rivals and arrays to measure alone. The arrays are a measured one, repeated, in
//! four lengths, and those of the corpus' `real/` where `NDCODEC_CORPUS` names it. `RUSTFLAGS='--cfg ndcodec_zlib_ng'` brings
//! zlib-ng, which needs `cmake` to build.
//!
//! With `--check` the run fails where a rival of [`BARS`] is faster than it may be: by the geometric mean over all
//! arrays, or by more than a tenth on one of them.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench asserts and prints"
)]

#[path = "codecs/rivals.rs"]
mod rivals;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use ndcodec::{Buffer, Pipeline};
use ndcodec_benches::measurements;

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
    let check = std::env::args().any(|arg| arg == "--check");
    let only: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let arrays = arrays();
    let mut ratios: BTreeMap<_, Vec<(String, f64)>> = BTreeMap::new();
    println!("stage,rival,array,bytes,direction,ours_ns,theirs_ns,ratio,ours_bytes,theirs_bytes");
    for make in rivals() {
        let Rival { stage, name, .. } = make();
        for (array, payload) in &arrays {
            let is_wanted = |only: &String| [stage, name, array.as_str()].contains(&only.as_str());
            if !only.iter().all(is_wanted) {
                continue;
            }
            let rows = measure(make(), payload);
            for Row { direction, ours, theirs, lens } in rows {
                let ratio = ours / theirs;
                let len = payload.len();
                let (a, b) = lens;
                println!("{stage},{name},{array},{len},{direction},{ours:.0},{theirs:.0},{ratio:.3},{a},{b}");
                ratios.entry((stage, name, direction)).or_default().push((array.clone(), ratio));
            }
        }
    }
    let mut over = Vec::new();
    for ((stage, name, direction), ratios) in &ratios {
        let mean = (ratios.iter().map(|(_, ratio)| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp();
        let what = format!("{stage} beside {name}, {direction}");
        eprintln!("{what}: {mean:.3} of their time, the geometric mean of {}", ratios.len());
        let is_meant = |bar: &&(&str, &str, &str, f64)| (bar.0, bar.1, bar.2) == (*stage, *name, *direction);
        let Some((.., bar)) = BARS.iter().find(is_meant) else { continue };
        if mean > *bar {
            over.push(format!("{what}: {mean:.3} > {bar:.3}"));
        }
        let slow = ratios.iter().filter(|(_, ratio)| *ratio > 1.0 / 0.9);
        over.extend(slow.map(|(array, ratio)| format!("{what}, {array}: {ratio:.3} > 1.111")));
    }
    if check && !over.is_empty() {
        eprintln!("slower than it must be:\n{}", over.join("\n"));
        std::process::exit(1);
    }
}

/// Names and bytes.
fn arrays() -> Vec<(String, Vec<u8>)> {
    let mut arrays: Vec<_> = SIZES.map(|size| (format!("made-{size}"), measurements(size))).into();
    let Some(corpus) = std::env::var_os("NDCODEC_CORPUS") else {
        eprintln!("NDCODEC_CORPUS is not set: the measured arrays are left out");
        return arrays;
    };
    let real = std::path::Path::new(&corpus).join("real");
    let mut paths: Vec<_> = real.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "npy"));
    paths.sort();
    for path in paths {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        arrays.push((name, std::fs::read(path).unwrap()));
    }
    arrays
}

struct Row {
    direction: &'static str,
    /// Nanoseconds of one call, the least of all rounds.
    ours: f64,
    theirs: f64,
    /// How long the encoded forms are, ours and theirs.
    lens: (usize, usize),
}

fn measure(mut rival: Rival, payload: &[u8]) -> [Row; 2] {
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
    let encode = best(
        || {
            ours.clear();
            pipeline.encode_into(black_box(payload), &mut ours).unwrap();
        },
        || {
            black_box((rival.encode)(black_box(payload), &mut theirs));
        },
    );
    let decode = best(
        || {
            decoded.clear();
            pipeline.decode_into(black_box(&encoded), &mut decoded).unwrap();
        },
        || {
            black_box((rival.decode)(black_box(&encoded), &mut decoded_by_rival, payload.len()));
        },
    );
    [("encode", encode), ("decode", decode)].map(|(direction, (ours, theirs))| Row {
        direction,
        ours,
        theirs,
        lens,
    })
}

/// Nanoseconds of a call of each, in turns, and of each the least: what a machine that others use too cannot make
/// larger, where a median of few rounds is of the others as much.
fn best(mut ours: impl FnMut(), mut theirs: impl FnMut()) -> (f64, f64) {
    const LEAST_ROUNDS: u32 = 3;
    const MOST_ROUNDS: u32 = 2000;
    const BUDGET: Duration = Duration::from_millis(500);
    // Calls that take a moment together, so that the clock does not count; fewer than a time slice.
    let mut calls = 1;
    while calls < 1 << 14 && time(calls, &mut ours) * f64::from(calls) < 5e4 {
        calls *= 2;
    }
    let begun = Instant::now();
    let (mut a, mut b) = (f64::MAX, f64::MAX);
    let mut round = 0;
    while round < LEAST_ROUNDS || (round < MOST_ROUNDS && begun.elapsed() < BUDGET) {
        if round % 2 == 0 {
            a = a.min(time(calls, &mut ours));
            b = b.min(time(calls, &mut theirs));
        } else {
            b = b.min(time(calls, &mut theirs));
            a = a.min(time(calls, &mut ours));
        }
        round += 1;
    }
    (a, b)
}

/// Nanoseconds per call.
fn time(calls: u32, work: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        work();
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
}
