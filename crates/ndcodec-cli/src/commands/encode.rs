//! `ndcodec encode`: a `.npy` file by a chain, or plain bytes by a pipeline.

use clap::Args;
use ndcodec::Chain;

use crate::args::{HeaderLimit, Threads, Transfer};
use crate::doubt::Doubt;
use crate::failure::Failure;
use crate::input::Input;
use crate::line::{ARCHIVE, Line, resolved};
use crate::output::Content;
use crate::transfer::{self, Work};

const NPY_MAGIC: [&[u8]; 2] = [b"\x93NUMPY", b"\x93NDNPY"];

/// Encode the array of a `.npy` file
///
/// By a chain that does not begin with a format, such as `zstd|base64`, plain bytes are encoded as they are.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Encode {
    /// The chain
    #[arg(short, long, value_name = "CHAIN", default_value = "npy|zstd|base64")]
    chain: String,

    #[command(flatten)]
    pub(crate) transfer: Transfer,

    #[command(flatten)]
    threads: Threads,

    #[command(flatten)]
    header: HeaderLimit,
}

const AFTER_HELP: &str = "\
Examples:
  ndcodec encode array.npy
  ndcodec encode array.npy -o array.txt
  ndcodec encode --chain 'npy|zstd(level=19)' array.npy -o array.npy.zst
  ndcodec encode --chain 'raw|zlib|base64' - < array.npy > mzml.txt
  ndcodec encode --chain 'gzip|base64' notes.txt -o notes.b64";

pub(crate) fn run(args: &Encode) -> Result<(), Failure> {
    let line = Line::parse(&args.chain)?;
    let content = Content::of(line.is_text());
    let mut input = Input::open(&args.transfer.input)?;
    match line {
        Line::Chain(chain) => {
            check_npy(&mut input)?;
            let name = input.name().to_owned();
            let mut output = transfer::open_output(&args.transfer, &mut input, content)?;
            let npy = Chain::parse("npy")?;
            let limits = args.header.decode_limits();
            let reader =
                npy.decoder_with(&mut input, &limits.into()).map_err(|error| Failure::npy(&name, &error))?;
            let layout = transfer::array(
                reader,
                Doubt::none(),
                &chain,
                &args.threads.encode_options(&limits),
                &mut output,
                |error| Failure::npy(&name, error),
                |error| Failure::data(&name, error),
            )?;
            transfer::finish(
                &args.transfer,
                input,
                output,
                content,
                Work::Encoded,
                &resolved(&chain, &layout),
            )
        }
        Line::Pipeline(pipeline) => {
            let name = input.name().to_owned();
            let mut output = transfer::open_output(&args.transfer, &mut input, content)?;
            let failure = |error| Failure::data(&name, &error);
            let mut writer = pipeline.encoder(&mut output).map_err(failure)?;
            transfer::pump(|buf| input.pull(buf), |bytes| writer.push(bytes).map_err(failure))?;
            writer.finish().map_err(failure)?;
            transfer::finish(&args.transfer, input, output, content, Work::Encoded, &pipeline.to_string())
        }
    }
}

/// What is not a `.npy` file from its first byte on was given by mistake, and the ways out are known.
fn check_npy(input: &mut Input) -> Result<(), Failure> {
    let begins = input.peek(NPY_MAGIC[0].len())?.to_vec();
    if !begins.is_empty() && NPY_MAGIC.iter().any(|magic| magic.starts_with(&begins)) {
        return Ok(());
    }
    let what = match begins.as_slice() {
        [] => "it is empty".to_owned(),
        _ => {
            let bytes: Vec<String> = begins.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("it begins with the bytes `{}`", bytes.join(" "))
        }
    };
    let is_archive = begins.starts_with(b"PK\x03\x04");
    let help = "to encode plain bytes, leave the format out of the chain, as in `--chain 'zstd|base64'`; \
                to go from another encoding to this one, use `ndcodec convert`";
    let (what, help) = if is_archive { ("it is a zip archive".to_owned(), ARCHIVE) } else { (what, help) };
    Err(Failure::bad(input.name(), format!("not a `.npy` file: {what}")).with_help(help))
}
