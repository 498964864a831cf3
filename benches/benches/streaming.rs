//! Streams of up to 4 GiB in little memory: the memory's peak, and what a byte costs as the array grows.
//!
//! `cargo bench -p ndcodec-benches --bench streaming` starts two processes for each chain and size, joined by a pipe: one
//! makes the elements as it goes and encodes them to the pipe, the other decodes from it and compares each byte. A row
//! for each has the time that all its threads took on processors, without what the pipe waits for, and the most memory
//! it ever had resident, its code and the made elements included. A chain behind `--` measures that alone; `--quick`
//! ends at 256 MiB. Linux only, whose `/proc` tells the peak.
//!
//! With `--check` the run fails if a process had 64 MiB or more, or if a byte of the largest array costs more than
//! 1.25 times the median over the smaller ones from 16 MiB on.
#![expect(
    unsafe_code,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a bench asks the system for its clock, asserts and prints"
)]

use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};

use ndcodec::{Chain, DecodeLimits, Layout, Order};
use ndcodec_benches::{NamedArray, Record, Run, made, median};

const CHAINS: [&str; 2] = ["npy|zstd|base64", "chunked(shuffle|lz4)"];
const SIZES: [usize; 6] = [1 << 20, 16 << 20, 64 << 20, 256 << 20, 1 << 30, 4 << 30];
/// What no process may have resident.
const PEAK: u64 = 64 << 20;
/// What a byte of the largest array may cost at most, by the median of the smaller ones.
const GROWTH: f64 = 1.25;
/// The least size whose cost per byte is one of the stream's, and not of starting.
const STEADY: u64 = 16 << 20;
/// In the environment of a child: `encode` or `decode`. Its arguments are the chain and the bytes.
const DIRECTION: &str = "NDCODEC_STREAMING";

fn main() {
    if let Ok(direction) = std::env::var(DIRECTION) {
        let args: Vec<String> = std::env::args().skip(1).collect();
        return child(&direction, &args[0], args[1].parse().unwrap());
    }
    let mut run = Run::from_args("streaming");
    let sizes = if run.is_quick() { &SIZES[..4] } else { &SIZES };
    for text in CHAINS {
        for &bytes in sizes {
            if run.wants(&[text]) {
                measure(&mut run, text, bytes);
            }
        }
    }
    run.finish_within(over);
}

/// What takes too much memory, or costs more the longer it is.
fn over(records: &[Record]) -> Vec<String> {
    let mut over = Vec::new();
    for record in records {
        let what = format!("{}, {} of {} bytes", record.case, record.direction, record.bytes);
        let peak = record.ours_peak.unwrap();
        if peak >= PEAK {
            over.push(format!("{what}: {peak} bytes resident"));
        }
        let cost = |record: &Record| record.ours_seconds.unwrap() * 1e9 / record.bytes as f64;
        if records.iter().any(|other| other.bytes > record.bytes) {
            continue;
        }
        let is_smaller = |other: &&Record| {
            (&other.case, &other.direction) == (&record.case, &record.direction)
                && (STEADY..record.bytes).contains(&other.bytes)
        };
        let mut smaller: Vec<f64> = records.iter().filter(is_smaller).map(cost).collect();
        let (cost, before) = (cost(record), median(&mut smaller));
        // NaN if nothing is smaller.
        if cost > GROWTH * before {
            over.push(format!("{what}: {cost:.3} ns for each, and {before:.3} before"));
        }
    }
    over
}

/// One pair of processes for large arrays, and the median of five for small ones.
fn measure(run: &mut Run, text: &str, bytes: usize) {
    let times = if bytes <= 64 << 20 { 5 } else { 1 };
    let (encoded, decoded): (Vec<Cost>, Vec<Cost>) = (0..times).map(|_| stream(text, bytes)).unzip();
    for (direction, costs) in [("encode", encoded), ("decode", decoded)] {
        let mut seconds: Vec<f64> = costs.iter().map(|cost| cost.seconds).collect();
        let peak = costs.iter().map(|cost| cost.peak).max().unwrap();
        run.case(format!("{text} on made"), bytes, direction).alone(median(&mut seconds), peak);
    }
}

/// What a process took.
struct Cost {
    /// On processors, by all threads.
    seconds: f64,
    /// Resident bytes, the most at any time.
    peak: u64,
}

/// Encodes in one process, and decodes in another.
fn stream(text: &str, bytes: usize) -> (Cost, Cost) {
    let child = |direction: &str, stdin: Stdio, stdout: Stdio| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(DIRECTION, direction).args([text, &bytes.to_string()]);
        command.stdin(stdin).stdout(stdout).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut encoder = child("encode", Stdio::null(), Stdio::piped());
    let pipe = encoder.stdout.take().unwrap();
    let decoder = child("decode", pipe.into(), Stdio::null());
    (cost(encoder), cost(decoder))
}

/// Waits for a process, and reads what it says of itself.
fn cost(child: Child) -> Cost {
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    let (seconds, peak) = said.trim().split_once(' ').unwrap();
    Cost { seconds: seconds.parse().unwrap(), peak: peak.parse().unwrap() }
}

/// The work of one process, which says on standard error what it took.
fn child(direction: &str, text: &str, bytes: usize) {
    let chain = Chain::parse(text).unwrap();
    let elements = Elements::new();
    let start = processor_seconds();
    if direction == "encode" {
        let layout = Layout::new(elements.0.layout.dtype().clone(), [bytes / 4], Order::C).unwrap();
        // Not `Stdout`, which looks for lines.
        let pipe = File::from(std::io::stdout().as_fd().try_clone_to_owned().unwrap());
        let mut encoder = chain.encoder(&layout, pipe).unwrap();
        elements.pieces(bytes, |piece| encoder.push(piece).unwrap());
        encoder.finish().unwrap();
    } else {
        let pipe = File::from(std::io::stdin().as_fd().try_clone_to_owned().unwrap());
        let limits = DecodeLimits::new().with_max_bytes(bytes + (1 << 20));
        let mut decoder = chain.decoder_with(pipe, &limits.into()).unwrap();
        assert_eq!(decoder.nbytes(), Some(bytes));
        let mut read = vec![0; PIECE];
        elements.pieces(bytes, |piece| {
            decoder.read_exact(&mut read[..piece.len()]).unwrap();
            assert!(read[..piece.len()] == *piece, "other elements than were encoded");
        });
        assert_eq!(decoder.pull(&mut read).unwrap(), 0, "elements behind the end");
    }
    eprintln!("{} {}", processor_seconds() - start, peak());
}

/// As much as is written and read at once, in bytes.
const PIECE: usize = 256 << 10;

/// Made elements that are repeated. Their number has no divisor in common with pieces, chunks or windows, so that
/// swapped ones would be noticed; and they are more than a window of zstd's, which would find them again.
struct Elements(NamedArray);

impl Elements {
    fn new() -> Self {
        Self(made(4 * 2_000_003))
    }

    fn pieces(&self, bytes: usize, mut take: impl FnMut(&[u8])) {
        let payload = &self.0.payload;
        let (mut left, mut at) = (bytes, 0);
        while left > 0 {
            let n = left.min(PIECE).min(payload.len() - at);
            take(&payload[at..at + n]);
            left -= n;
            at = (at + n) % payload.len();
        }
    }
}

/// The time of all threads of this process on processors, for itself and for the system's work.
fn processor_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock is written to a value of its type.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) }, 0);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The most memory that this process ever had resident, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
}
