//! `ndcodec detect`: which chain wrote this?

use std::path::PathBuf;

use clap::Args;
use ndcodec::Detected;
use serde::Serialize;

use crate::failure::Failure;
use crate::input::Input;
use crate::line;
use crate::output::{print, print_json};
use crate::terminal::{self, printable};

/// Name the chain that wrote a file, from its first bytes
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Detect {
    /// The file to look at, or `-` for standard input
    #[arg(value_name = "IN")]
    input: PathBuf,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
The exit status is 1 if nothing could be told for sure.

Examples:
  ndcodec detect array.txt
  ndcodec detect --json - < array.txt";

/// What is printed as JSON. All keys are always there.
#[derive(Debug, Serialize)]
struct Report {
    /// `chain`, `pipeline` or `unknown`.
    kind: &'static str,
    /// The chain or pipeline, if it is known.
    chain: Option<String>,
    /// What it may be, if it is not.
    guess: Option<String>,
    /// The first bytes of the innermost layer that could be told, in hexadecimal.
    begins: Option<String>,
    /// What the innermost layer is, if it is of other software that many have: `an HDF5 file`.
    inside: Option<&'static str>,
    /// What to do about that.
    advice: Option<&'static str>,
}

pub(crate) fn run(args: &Detect) -> Result<(), Failure> {
    let mut input = Input::open(&args.input)?;
    let detected = line::detect(&mut input)?;
    let text = |line: &dyn ToString| Some(line.to_string());
    let nothing =
        Report { kind: "unknown", chain: None, guess: None, begins: None, inside: None, advice: None };
    let (report, known) = match detected {
        Detected::Chain(chain) => (Report { kind: "chain", chain: text(&chain), ..nothing }, None),
        Detected::Pipeline { pipeline, inside, known, .. } => {
            let begins = Some(line::hex(&inside));
            (Report { kind: "pipeline", chain: text(&pipeline), begins, ..nothing }, known)
        }
        Detected::Unknown { guess, begins, known, .. } => {
            let guess = guess.as_ref().and_then(|guess| text(guess));
            (Report { guess, begins: Some(line::hex(&begins)), ..nothing }, known)
        }
        _ => (nothing, None),
    };
    let report =
        Report { inside: known.map(|known| known.name), advice: known.map(|known| known.advice), ..report };
    match (args.json, &report.chain) {
        (true, _) => print_json(&report)?,
        (false, Some(chain)) => {
            print(&format!("{}\n", printable(chain)))?;
            if let Some(known) = known {
                terminal::note(&format!("inside is {}: {}", known.name, known.advice));
            }
        }
        (false, None) => {}
    }
    match report.chain {
        Some(_) => Ok(()),
        None => {
            let (guess, begins) = (report.guess.as_deref(), report.begins.unwrap_or_default());
            Err(line::unknown(input.name(), guess, &begins, known, None))
        }
    }
}
