//! `ndcodec convert`: from one chain to another, without a file in between.

use clap::Args;
use ndcodec::Error;

use crate::args::{Limits, Threads, Transfer};
use crate::doubt::Doubt;
use crate::failure::Failure;
use crate::input::Input;
use crate::line::{Line, resolved};
use crate::output::Content;
use crate::transfer::{self, Work};

/// Decode by one chain and encode by another
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Convert {
    /// The chain that encoded it; detected if left out
    #[arg(long, value_name = "CHAIN")]
    from: Option<String>,

    /// The chain to encode by
    #[arg(long, value_name = "CHAIN")]
    to: String,

    #[command(flatten)]
    pub(crate) transfer: Transfer,

    #[command(flatten)]
    limits: Limits,

    #[command(flatten)]
    threads: Threads,
}

const AFTER_HELP: &str = "\
Examples:
  ndcodec convert --from 'npy|zstd|base64' --to 'npy|lz4' array.txt -o array.npy.lz4
  ndcodec convert --from 'raw(<f8)|zlib|base64' --to 'npy|zstd' mzml.txt -o mzml.npy.zst
  ndcodec convert --to 'raw|gzip' array.npy -o array.raw.gz";

pub(crate) fn run(args: &Convert) -> Result<(), Failure> {
    let to = Line::parse(&args.to)?;
    let registry = args.limits.registry()?;
    let given = args.from.as_deref().map(|text| Line::parse_in(&registry, text)).transpose()?;
    let mut input = Input::open(&args.transfer.input)?;
    let from = match given {
        Some(from) => from,
        None => Line::given_or_detected(None, "--from", &registry, &mut input)?,
    };
    let limits = args.limits.decode_limits();
    let content = Content::of(to.is_text());
    let name = input.name().to_owned();
    let read_failure = |error: &Error| from.decode_failure(&name, error);
    let write_failure = |error: &Error| Failure::data(&name, error);
    let options = args.threads.decode_options(limits);
    let mut doubt = Doubt::of(&mut input, &from, &options)?;
    let (output, how) = match (&from, &to) {
        (Line::Chain(from), Line::Chain(to)) => {
            let mut output = transfer::open_output(&args.transfer, &mut input, content)?;
            let reader = from.decoder_with(&mut input, &options).map_err(|error| read_failure(&error))?;
            let layout = transfer::array(
                reader,
                doubt,
                to,
                &args.threads.encode_options(&limits),
                &mut output,
                read_failure,
                write_failure,
            )?;
            (output, (resolved(from, &layout), resolved(to, &layout)))
        }
        (Line::Pipeline(from), Line::Pipeline(to)) => {
            let mut output = transfer::open_output(&args.transfer, &mut input, content)?;
            let mut reader = from.decoder_with(&mut input, &options).map_err(|error| read_failure(&error))?;
            let mut writer = to.encoder(&mut output).map_err(|error| write_failure(&error))?;
            transfer::pump(
                |buf| {
                    let n = reader.pull(buf).map_err(|error| read_failure(&error))?;
                    doubt.count(n)?;
                    Ok(n)
                },
                |bytes| writer.push(bytes).map_err(|error| write_failure(&error)),
            )?;
            writer.finish().map_err(|error| write_failure(&error))?;
            drop(reader);
            (output, (from.to_string(), to.to_string()))
        }
        (Line::Chain(from), Line::Pipeline(to)) => return Err(mixed(from, "an array", to, "plain bytes")),
        (Line::Pipeline(from), Line::Chain(to)) => return Err(mixed(from, "plain bytes", to, "an array")),
    };
    transfer::finish(
        &args.transfer,
        input,
        output,
        content,
        Work::Converted,
        &format!("{} to {}", how.0, how.1),
    )
}

fn mixed(from: impl std::fmt::Display, gives: &str, to: impl std::fmt::Display, takes: &str) -> Failure {
    let message = format!("`{from}` gives {gives}, and `{to}` takes {takes}");
    Failure::usage(message).with_help("begin both chains with a format such as `npy`, or none of them")
}
