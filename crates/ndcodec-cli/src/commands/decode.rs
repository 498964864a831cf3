//! `ndcodec decode`: an array comes out as a `.npy` file, anything else as its bytes.

use clap::Args;
use ndcodec::{Chain, Error};

use crate::args::{Limits, Transfer};
use crate::failure::Failure;
use crate::input::Input;
use crate::line::{Line, resolved};
use crate::output::Content;
use crate::transfer::{self, Work};

/// Decode an array to a `.npy` file
///
/// By a chain that does not begin with a format, such as `zstd|base64`, plain bytes are decoded.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Decode {
    /// The chain that encoded it; detected if left out
    #[arg(short, long, value_name = "CHAIN")]
    chain: Option<String>,

    #[command(flatten)]
    transfer: Transfer,

    #[command(flatten)]
    limits: Limits,
}

const AFTER_HELP: &str = "\
Standard output gets bytes before the whole input is checked: there the exit status says whether they are good.
A file given with `-o` is written only if they are.

Examples:
  ndcodec decode array.txt -o again.npy
  ndcodec decode --chain 'raw(<f8)|zlib|base64' mzml.txt -o mzml.npy
  ndcodec decode --max-bytes 16MiB - < array.txt > again.npy
  ndcodec decode --chain 'gzip|base64' notes.b64 -o notes.txt";

pub(crate) fn run(args: &Decode) -> Result<(), Failure> {
    let mut input = Input::open(&args.transfer.input)?;
    let line = Line::given_or_detected(args.chain.as_deref(), "--chain", &mut input)?;
    let limits = args.limits.decode_limits();
    let mut output = transfer::open_output(&args.transfer, &mut input, Content::Binary)?;
    let name = input.name().to_owned();
    let failure = |error: &Error| line.decode_failure(&name, error);
    let how = match &line {
        Line::Chain(chain) => {
            let npy = Chain::parse("npy")?;
            let reader = chain.decoder(&mut input, limits).map_err(|error| failure(&error))?;
            let write_failure = |error: &Error| Failure::data(&name, error);
            let layout = transfer::array(reader, &npy, &mut output, failure, write_failure)?;
            resolved(chain, &layout)
        }
        Line::Pipeline(pipeline) => {
            let mut reader = pipeline.decoder(&mut input, limits).map_err(|error| failure(&error))?;
            transfer::pump(
                |buf| reader.pull(buf).map_err(|error| failure(&error)),
                |bytes| output.push(bytes),
            )?;
            line.to_string()
        }
    };
    transfer::finish(&args.transfer, input, output, Content::Binary, Work::Decoded, &how)
}
