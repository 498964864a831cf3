//! `ndcodec inspect`: what is in an encoded array, from its first bytes.

use std::path::PathBuf;

use clap::Args;
use ndcodec::stage::Choice;
use ndcodec::{Chain, DecodeOptions, EncodedData, Error, ErrorKind, Inspection};
use serde::Serialize;

use crate::archive;
use crate::args::Limits;
use crate::failure::Failure;
use crate::input::Input;
use crate::line::{FIRST_LOOK, LOOK_FACTOR, Line, whole_groups};
use crate::output::{print, print_json};
use crate::terminal::{self, printable};

/// Say what an encoded array is, from its first bytes
///
/// Of a `.npz` archive every array is listed, or why it cannot be read; and so is each of several arrays that stand one
/// behind the other.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Inspect {
    /// The file to look at, or `-` for standard input
    #[arg(value_name = "IN")]
    input: PathBuf,

    /// The chain that encoded it; detected if left out
    #[arg(short, long, value_name = "CHAIN")]
    chain: Option<String>,

    /// Print one JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    limits: Limits,
}

const AFTER_HELP: &str = "\
Only headers are read of a `.npy`, so only `ndcodec decode` says whether the rest is whole.
Encoded data and pipes are read to their end, up to `--max-bytes`, to see whether another array follows.
Of a file by `auto` or `chunked` every chunk is read, to say what was chosen for each part.

Examples:
  ndcodec inspect array.txt
  ndcodec inspect array.npy
  ndcodec inspect arrays.npz
  ndcodec inspect --chain 'raw(<f8)|zlib|base64' mzml.txt
  head -c 1000 array.txt | ndcodec inspect --json -";

/// What is printed as JSON. All keys are always there.
#[derive(Debug, Serialize)]
struct Report {
    /// `array`, or `bytes` where the chain has no format.
    kind: &'static str,
    /// The chain with everything filled in that the header says.
    chain: String,
    dtype: Option<String>,
    /// A dimension that only the whole data can tell is null.
    shape: Option<Vec<Option<usize>>>,
    #[serde(skip)]
    shape_text: String,
    /// `C` or `F`.
    order: Option<&'static str>,
    /// The filters that the header or the chain names, such as `shuffle`; empty if there are none.
    filters: Option<String>,
    /// The bytes of the elements; null if only the whole data can tell.
    nbytes: Option<usize>,
    /// The bytes of the format's header.
    header_len: Option<usize>,
    /// The bytes of the encoded form; null if it comes through a pipe.
    encoded_len: Option<u64>,
    /// What a container such as `auto` chose for each part; null if the data are not a whole file of one.
    choices: Option<Vec<Chosen>>,
}

/// What was chosen for a part, in some of its chunks.
#[derive(Debug, Serialize)]
struct Chosen {
    /// The name of a field, the index of a column, or `all`.
    part: String,
    /// Filters and codecs; `(stored)` or `(constant)`.
    chain: String,
    chunks: usize,
    nbytes: u64,
    encoded_len: u64,
}

pub(crate) fn run(args: &Inspect) -> Result<(), Failure> {
    let mut input = Input::open(&args.input)?;
    if args.chain.is_none()
        && let Some(npz) = archive::open(&mut input, &args.limits.decode_limits())?
    {
        // What came through a pipe was read whole.
        let len = input.len().unwrap_or(input.count());
        let report = archive::inspect(&npz, len, &args.limits.decode_limits());
        return if args.json { print_json(&report) } else { print(&archive::table(&report)) };
    }
    let line =
        Line::given_or_detected(args.chain.as_deref(), "--chain", &args.limits.registry()?, &mut input)?;
    let report = match &line {
        Line::Chain(chain) => {
            let options = DecodeOptions::from(args.limits.decode_limits());
            let inspection = look(chain, &line, &mut input, &options)?;
            let choices = choices(chain, &input, &options);
            let (arrays, error) = several(chain, &mut input, &options);
            if arrays.len() > 1 {
                let failure = error.map(|error| line.decode_failure(input.name(), &error));
                return tell(args, arrays, input.len(), failure);
            }
            Report {
                choices,
                kind: "array",
                dtype: Some(inspection.dtype.to_string()),
                shape: Some(inspection.shape.dims().to_vec()),
                shape_text: inspection.shape.to_string(),
                order: Some(inspection.order.as_str()),
                filters: Some(inspection.filters),
                nbytes: inspection.nbytes,
                header_len: Some(inspection.header_len),
                chain: inspection.chain,
                encoded_len: input.len(),
            }
        }
        Line::Pipeline(pipeline) => Report {
            kind: "bytes",
            choices: None,
            chain: pipeline.to_string(),
            dtype: None,
            shape: None,
            shape_text: String::new(),
            order: None,
            filters: None,
            nbytes: None,
            header_len: None,
            encoded_len: input.len(),
        },
    };
    if args.json { print_json(&report) } else { print(&table(&report)) }
}

/// What is printed as JSON of several arrays that stand one behind the other. All keys are always there.
#[derive(Debug, Serialize)]
struct Sequence {
    /// `sequence`.
    kind: &'static str,
    arrays: Vec<Item>,
    encoded_len: Option<u64>,
    /// What is wrong behind the last of them; null if nothing is.
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct Item {
    dtype: String,
    shape: Vec<Option<usize>>,
    #[serde(skip)]
    shape_text: String,
    /// `C` or `F`.
    order: &'static str,
    nbytes: Option<usize>,
}

impl From<Inspection> for Item {
    fn from(inspection: Inspection) -> Self {
        Self {
            dtype: inspection.dtype.to_string(),
            shape: inspection.shape.dims().to_vec(),
            shape_text: inspection.shape.to_string(),
            order: inspection.order.as_str(),
            nbytes: inspection.nbytes,
        }
    }
}

/// Prints what a sequence holds. What is wrong behind its arrays is a note: that all is whole is for `decode` to say.
fn tell(
    args: &Inspect,
    arrays: Vec<Item>,
    encoded_len: Option<u64>,
    failure: Option<Failure>,
) -> Result<(), Failure> {
    let error = failure.map(|failure| failure.message().to_owned());
    let report = Sequence { kind: "sequence", arrays, encoded_len, error };
    if args.json {
        return print_json(&report);
    }
    print(&list(&report))?;
    if let Some(error) = &report.error {
        terminal::note(&format!("behind array {}: {error}", report.arrays.len() - 1));
    }
    Ok(())
}

/// The arrays that stand one behind the other, by their headers, and what is wrong behind them.
fn several(chain: &Chain, input: &mut Input, options: &DecodeOptions) -> (Vec<Item>, Option<Error>) {
    let file = input.file();
    let data = match &file {
        Some(file) => EncodedData::at(&**file),
        None => EncodedData::reader(&mut *input),
    };
    let (mut items, mut error) = (Vec::new(), None);
    for inspection in chain.inspect_all_with(data, options).into_iter().flatten() {
        match inspection {
            Ok(inspection) => items.push(Item::from(inspection)),
            Err(wrong) => error = Some(wrong),
        }
    }
    (items, error)
}

/// A line for each array: `0  <f8  2x3  C  48 bytes`.
fn list(report: &Sequence) -> String {
    let line = |(index, item): (usize, &Item)| {
        let Item { dtype, shape_text, order, nbytes, .. } = item;
        let nbytes = bytes(nbytes.map(|nbytes| nbytes as u64));
        format!("{index}  {}  {shape_text}  {order}  {nbytes}\n", printable(dtype))
    };
    report.arrays.iter().enumerate().map(line).collect()
}

/// Reads more and more of the beginning until the header is there.
fn look(
    chain: &Chain,
    line: &Line,
    input: &mut Input,
    options: &DecodeOptions,
) -> Result<Inspection, Failure> {
    let is_truncated = |error: &Error| error.kind() == ErrorKind::Truncated;
    let mut len = FIRST_LOOK;
    loop {
        let prefix = input.peek(len)?;
        match chain.inspect_with(prefix, options) {
            Err(error) if is_truncated(&error) && !input.is_seen_whole() => {
                len = len.saturating_mul(LOOK_FACTOR);
            }
            Err(error) if is_truncated(&error) => {
                let inspection = chain.inspect_with(whole_groups(input.peek(len)?), options);
                return inspection.map_err(|_| line.decode_failure(input.name(), &error));
            }
            result => return result.map_err(|error| line.decode_failure(input.name(), &error)),
        }
    }
}

/// What a container chose, of a regular file: that takes a look at every chunk.
fn choices(chain: &Chain, input: &Input, options: &DecodeOptions) -> Option<Vec<Chosen>> {
    let is_container = chain.stages().next().is_some_and(|stage| stage.descriptor().is_container());
    let file = input.file().filter(|_| is_container)?;
    let data = EncodedData::at(&*file);
    // The header is told in any case: that the rest is whole is for `decode` to say.
    let choices = chain.open_with(data, options).and_then(|opened| opened.choices()).ok()?;
    let chosen = |choice: Choice| Chosen {
        part: choice.part,
        chain: choice.chain,
        chunks: choice.chunks,
        nbytes: choice.nbytes,
        encoded_len: choice.encoded_len,
    };
    Some(choices.into_iter().map(chosen).collect())
}

fn bytes(count: Option<u64>) -> String {
    match count {
        Some(1) => "1 byte".to_owned(),
        Some(count) => format!("{count} bytes"),
        None => "unknown before its end".to_owned(),
    }
}

fn table(report: &Report) -> String {
    let mut rows = vec![("chain", report.chain.clone())];
    if let (Some(dtype), Some(order)) = (&report.dtype, report.order) {
        rows.push(("dtype", dtype.clone()));
        rows.push(("shape", report.shape_text.clone()));
        rows.push(("order", order.to_owned()));
        rows.push(("payload", bytes(report.nbytes.map(|n| n as u64))));
        rows.push(("header", bytes(report.header_len.map(|n| n as u64))));
    } else {
        rows.push(("holds", "plain bytes, or an array that its bytes do not describe".to_owned()));
    }
    rows.push(("encoded", bytes(report.encoded_len)));
    let mut text: String =
        rows.iter().map(|(key, value)| format!("{key:<8} {}\n", printable(value))).collect();
    for chosen in report.choices.iter().flatten() {
        let Chosen { part, chain, chunks, nbytes, encoded_len } = chosen;
        let noun = if *chunks == 1 { "chunk" } else { "chunks" };
        let line = format!("{part}: {nbytes} -> {encoded_len} bytes in {chunks} {noun} by {chain}");
        text.push_str(&format!("{:<8} {}\n", "part", printable(&line)));
    }
    text
}
