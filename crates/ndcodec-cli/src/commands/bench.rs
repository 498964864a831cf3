//! `ndcodec bench`: one array through many chains, to choose by measurement.

mod array;
mod measure;
mod memory;
mod report;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use ndcodec::{Array, Chain, DecodeOptions, EncodeOptions};

use crate::args::Limits;
use crate::failure::Failure;
use crate::output::{Content, Output, print, print_json};

pub(super) use memory::{Memory, run as run_memory};

/// Measure chains on an array: ratio, speed both ways, memory
///
/// Each chain encodes and decodes the array in turn, many times; what is printed are the medians. What a chain decodes to
/// is compared with the array before anything is measured.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Bench {
    /// The file with the array, `.npy`, `.npz` or encoded, or `-` for standard input
    #[arg(value_name = "FILE")]
    input: PathBuf,

    /// A chain to measure, as often as needed; a list of usual ones if left out
    #[arg(short, long, value_name = "CHAIN")]
    chain: Vec<String>,

    /// The chain that encoded the file; detected if left out
    #[arg(long, value_name = "CHAIN")]
    from: Option<String>,

    /// The array of a `.npz` archive; may be left out if it has only one
    #[arg(long, value_name = "NAME")]
    member: Option<String>,

    /// Seconds to measure for; every chain runs at least three times each way
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    time: Duration,

    /// The threads that a chain may use; all cores if left out
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,

    /// Measure nothing, and name the chain that suits the array for a goal, and why
    #[arg(long, value_name = "GOAL", value_enum, num_args = 0..=1, default_missing_value = "balanced")]
    recommend: Option<Goal>,

    /// Print one JSON object
    #[arg(long)]
    json: bool,

    /// Draw ratio against speed into an SVG file too
    #[arg(long, value_name = "OUT")]
    plot: Option<PathBuf>,

    #[command(flatten)]
    limits: Limits,
}

const AFTER_HELP: &str = "\
Speeds count bytes of the array, in millions a second, with memory that was used before.
Memory is what a first call adds to its input, the result included; it is known on Linux only.
A star marks the chains of the Pareto front: no other of the list is as good in ratio, encoding and decoding.

Examples:
  ndcodec bench array.npy
  ndcodec bench array.npy --time 1 -c 'npy|zstd' -c 'npy|shuffle|zstd(9)' --plot chains.svg
  ndcodec bench array.npy --recommend
  ndcodec bench arrays.npz --member x --time 1 --json";

/// What is measured where nobody says what: from fast to small, without, with and with our own container.
const USUAL: [&str; 14] = [
    "npy",
    "npy|lz4",
    "npy|bitshuffle|sparse",
    "npy|zstd",
    "npy|zstd(9)",
    "npy|shuffle|zstd",
    "npy|bitshuffle|zstd",
    "npy|zlib",
    "chunked(shuffle|lz4)",
    "chunked(shuffle|zstd(1))",
    "chunked(shuffle|zstd)",
    "auto(fast)",
    "auto",
    "auto(small)",
];

/// What to be good at.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Goal {
    Fast,
    Balanced,
    Small,
}

/// What `--recommend` prints as JSON.
#[derive(Debug, serde::Serialize)]
struct Recommended {
    chain: String,
    encoded_len: usize,
    reason: String,
}

fn recommend(name: &str, array: &Array, goal: Goal) -> Result<Recommended, Failure> {
    let goal = match goal {
        Goal::Fast => ndcodec::Goal::Fast,
        Goal::Balanced => ndcodec::Goal::Balanced,
        Goal::Small => ndcodec::Goal::Small,
    };
    let found =
        ndcodec::recommend(&array.view(), goal).map_err(|error| Failure::bad(name, error.report()))?;
    let chain = found.chain.to_string();
    Ok(Recommended { chain, encoded_len: found.encoded_len, reason: found.reason })
}

/// What all calls are told.
#[derive(Debug)]
struct Options {
    encode: EncodeOptions,
    decode: DecodeOptions,
}

pub(crate) fn run(args: &Bench) -> Result<(), Failure> {
    // Mistakes in a chain are told before a large file is read.
    let given: Vec<Chain> = args.chain.iter().map(|text| Chain::parse(text)).collect::<Result<_, _>>()?;
    let (name, array) = array::read(args)?;
    if array.payload().is_empty() {
        return Err(Failure::bad(&name, "the array has no elements, so there is nothing to measure"));
    }
    if let Some(goal) = args.recommend {
        let found = recommend(&name, &array, goal)?;
        if args.json {
            return print_json(&found);
        }
        return print(&format!("{}\n  {}\n", found.chain, found.reason));
    }
    let options = options(args.threads, args);
    let candidates = if given.is_empty() {
        usual(&array, &options)
    } else {
        measure::prepare(&name, given, &array, &options)?
    };
    // A file that cannot be written is known before the time is spent.
    let plot = args.plot.as_deref().map(|path| Output::open(Some(path), Content::Text)).transpose()?;
    let measured = measure::measure(&name, candidates, &array, &options, args.time)?;
    let report = report::Report::new(&name, &array, args.threads, measured);
    if let Some(mut plot) = plot {
        plot.push(report.svg().as_bytes())?;
        plot.finish(Content::Text)?;
    }
    if args.json { print_json(&report) } else { print(&report.table()) }
}

fn options(threads: Option<NonZeroUsize>, args: &Bench) -> Options {
    let (mut encode, mut decode) = (EncodeOptions::new(), DecodeOptions::new());
    if let Some(threads) = threads {
        (encode, decode) = (encode.with_threads(threads), decode.with_threads(threads));
    }
    Options { encode, decode: decode.with_limits(args.limits.decode_limits()) }
}

/// Those of the usual chains whose stages this build has and whose filters take the array's dtype.
fn usual(array: &Array, options: &Options) -> Vec<measure::Candidate> {
    let chains = USUAL.iter().filter_map(|text| Chain::parse(text).ok());
    chains.filter_map(|chain| measure::prepare_one(chain, array, options).ok()).collect()
}

fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a number of seconds from 0 to 86400, such as `10` or `0.5`".to_owned();
    let number: f64 = text.parse().map_err(|_| wrong())?;
    if !(0.0..=86400.0).contains(&number) {
        return Err(wrong());
    }
    Duration::try_from_secs_f64(number).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_chains_are_all_in_this_build() {
        for text in USUAL {
            assert!(Chain::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn seconds_are_finite() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(seconds("0"), Ok(Duration::ZERO));
        for wrong in ["", "-1", "nan", "inf", "1e9", "1s"] {
            assert!(seconds(wrong).unwrap_err().starts_with("expected a number of seconds"), "{wrong}");
        }
    }
}
