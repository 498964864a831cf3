//! `ndcodec decode`: an array comes out as a `.npy` file, anything else as its bytes.

use std::fs;
use std::ops::Range;
use std::path::Path;

use clap::Args;
use ndcodec::stage::diagnosis;
use ndcodec::{Chain, DecodeLimits, EncodeOptions, EncodedData, Error};

use crate::archive;
use crate::args::{Limits, Threads, Transfer};
use crate::doubt::Doubt;
use crate::failure::Failure;
use crate::files::Files;
use crate::input::Input;
use crate::line::{Line, resolved};
use crate::output::{Content, Output};
use crate::terminal;
use crate::transfer::{self, Work};

/// How a `.npy` begins.
const NPY_MAGIC: &[u8] = b"\x93NUMPY";

/// How much of an archive shows what it is.
const BEGIN: usize = 128;

/// Decode an array to a `.npy` file
///
/// By a chain that does not begin with a format, such as `zstd|base64`, plain bytes are decoded. Of a `.npz` archive
/// every array goes to a file of its own in the folder that `-o` names, or one to a file by `--member`. An array that
/// cannot be decoded is told of, and hides no other.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Decode {
    /// The chain that encoded it; detected if left out
    #[arg(short, long, value_name = "CHAIN")]
    chain: Option<String>,

    /// Decode only the rows A to B-1 of an array, counted from 0 along its first dimension. If a file's chain is only `npy`
    /// or `chunked(...)`, only the needed part of the file is read
    #[arg(long, value_name = "A..B", value_parser = rows)]
    rows: Option<Range<usize>>,

    /// Decode this array of a `.npz` archive only, to the file that `-o` names
    #[arg(long, value_name = "NAME", conflicts_with_all = ["chain", "rows"])]
    member: Option<String>,

    /// Decode all arrays that follow each other in one file, as several calls of `np.save` write them, to `0.npy`, `1.npy`
    /// and so on in the folder that `-o` names
    #[arg(long, conflicts_with_all = ["rows", "member"])]
    all: bool,

    #[command(flatten)]
    pub(crate) transfer: Transfer,

    #[command(flatten)]
    limits: Limits,

    #[command(flatten)]
    threads: Threads,
}

const AFTER_HELP: &str = "\
Standard output gets bytes before the whole input is checked. Look at the exit status to see whether they are valid.
A file given with `-o` is written only if they are valid.
All arrays of an archive that can be decoded are written. If one cannot be decoded, it is named and the status is 1.

Examples:
  ndcodec decode array.txt -o again.npy
  ndcodec decode --chain 'raw(<f8)|zlib|base64' mzml.txt -o mzml.npy
  ndcodec decode --rows 1..2 array.txt -o row.npy
  ndcodec decode arrays.npz -o arrays/
  ndcodec decode --member x arrays.npz -o x.npy
  ndcodec decode --all several.npy -o arrays/
  ndcodec decode --max-bytes 16MiB - < array.txt > again.npy
  ndcodec decode --chain 'gzip|base64' notes.b64 -o notes.txt";

pub(crate) fn run(args: &Decode) -> Result<(), Failure> {
    let mut input = Input::open(&args.transfer.input)?;
    // What is looked at first is the first that a stage sees, so a chain that is given gets its own look.
    let begin = if args.chain.is_none() { input.peek(BEGIN)?.to_vec() } else { Vec::new() };
    if args.chain.is_none()
        && let Some(npz) = archive::open(&mut input, &args.limits.decode_limits())?
    {
        if args.rows.is_some() {
            return Err(Failure::usage("`--rows` is for one array, not for an archive")
                .with_help("leave `--rows` out"));
        }
        let limits = args.limits.decode_limits();
        archive::check_is_npz(&npz, input.name(), &begin, &limits)?;
        return match &args.member {
            Some(member) => archive::decode_member(&npz, input.name(), member, &args.transfer, &limits),
            None => archive::decode(&npz, input.name(), &args.transfer, &limits),
        };
    }
    if args.member.is_some() {
        let message = format!("{} is not a `.npz` archive, so it has no members", input.name());
        return Err(Failure::usage(message).with_help("leave `--member` out"));
    }
    let line =
        Line::given_or_detected(args.chain.as_deref(), "--chain", &args.limits.registry()?, &mut input)?;
    if args.all {
        return decode_all(args, input, &line);
    }
    if let Some(rows) = &args.rows {
        return decode_rows(args, rows.clone(), input, &line);
    }
    let limits = args.limits.decode_limits();
    let options = args.threads.decode_options(limits);
    let mut doubt = Doubt::of(&mut input, &line, &options)?;
    let mut output = transfer::open_output(&args.transfer, &mut input, Content::Binary)?;
    let name = input.name().to_owned();
    let failure = |error: &Error| line.decode_failure(&name, error);
    let how = match &line {
        Line::Chain(chain) => {
            let npy = Chain::parse("npy")?;
            let reader = chain.decoder_with(&mut input, &options).map_err(|error| failure(&error))?;
            let write_failure = |error: &Error| Failure::data(&name, error);
            let layout =
                transfer::array(reader, doubt, &npy, &as_wide(&limits), &mut output, failure, write_failure)?;
            resolved(chain, &layout)
        }
        Line::Pipeline(pipeline) => {
            let mut reader = pipeline.decoder_with(&mut input, &options).map_err(|error| failure(&error))?;
            let begin = beginning(|buf| reader.pull(buf).map_err(|error| failure(&error)))?;
            check_ending(&args.transfer, &name, &line, &begin)?;
            output.push(&begin)?;
            transfer::pump(
                |buf| {
                    let n = reader.pull(buf).map_err(|error| failure(&error))?;
                    doubt.count(n)?;
                    Ok(n)
                },
                |bytes| output.push(bytes),
            )?;
            line.to_string()
        }
    };
    transfer::finish(&args.transfer, input, output, Content::Binary, Work::Decoded, &how)
}

/// What is written may have as long a header as what is read.
fn as_wide(limits: &DecodeLimits) -> EncodeOptions {
    EncodeOptions::new().with_max_header(limits.max_header)
}

/// The first bytes of what `pull` gives.
fn beginning(mut pull: impl FnMut(&mut [u8]) -> Result<usize, Failure>) -> Result<Vec<u8>, Failure> {
    let mut begin = vec![0; 512];
    let mut filled = 0;
    while filled < begin.len() {
        match pull(&mut begin[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    begin.truncate(filled);
    Ok(begin)
}

/// Plain bytes go to no file that is called `.npy`, unless they are one.
fn check_ending(args: &Transfer, name: &str, line: &Line, begin: &[u8]) -> Result<(), Failure> {
    let ending = args.output.as_deref().and_then(Path::extension);
    let is_npy = ending.is_some_and(|ending| ending.eq_ignore_ascii_case("npy"));
    if !is_npy || begin.starts_with(NPY_MAGIC) {
        return Ok(());
    }
    let inside = match diagnosis::foreign(begin) {
        Some(foreign) => format!(": {}", foreign.name),
        None => String::new(),
    };
    let failure =
        Failure::bad(name, format!("`{line}` gives plain bytes, not an array for a `.npy`{inside}"));
    let named = format!("raw(<f4)|{line}");
    Err(failure.with_help(format!(
        "name the chain with the dtype, as in `--chain '{named}'`, or write the bytes to a file of another ending"
    )))
}

/// Writes each array of a sequence to a file of its own.
fn decode_all(args: &Decode, mut input: Input, line: &Line) -> Result<(), Failure> {
    let Line::Chain(chain) = line else {
        let message = format!("`{line}` does not hold arrays");
        return Err(Failure::usage(message).with_help("leave `--all` out"));
    };
    let Some(folder) = args.transfer.output.as_deref().filter(|path| *path != Path::new("-")) else {
        let failure = Failure::usage("several arrays need a folder");
        return Err(failure.with_help("name it with `-o`, as in `-o arrays/`"));
    };
    let folder_name = format!("`{}`", folder.display());
    let name = input.name().to_owned();
    let options = args.threads.decode_options(args.limits.decode_limits());
    let npy = Chain::parse("npy")?;
    let read_failure = |error: &Error| line.decode_failure(&name, error);
    let write_failure = |error: Error| Failure::data("the output", &error);
    let arrays = chain.decode_all_with(EncodedData::reader(&mut input), &options);
    let (mut count, mut bytes) = (0_usize, 0_usize);
    let mut files = Files::default();
    for array in arrays.map_err(|error| read_failure(&error))? {
        let array = array.map_err(|error| match count {
            0 => read_failure(&error),
            _ => read_failure(&error).in_array(count),
        })?;
        files.add(array.payload().len());
        let fits = files.check(&name, options.limits.max_bytes);
        fits.map_err(|failure| if count == 0 { failure } else { failure.in_array(count) })?;
        if count == 0 {
            fs::create_dir_all(folder).map_err(|error| Failure::io("write", &folder_name, error))?;
        }
        let output = Output::below(folder, Path::new(&format!("{count}.npy")));
        let mut output = output.map_err(|error| Failure::io("write", &folder_name, error))?;
        let writer = npy.encoder_with(array.layout(), &mut output, &as_wide(&options.limits));
        let mut writer = writer.map_err(write_failure)?;
        writer.push(array.payload()).map_err(write_failure)?;
        writer.finish().map_err(write_failure)?;
        output.finish(Content::Binary)?;
        (count, bytes) = (count + 1, bytes + array.payload().len());
    }
    if !args.transfer.quiet {
        let noun = if count == 1 { "array" } else { "arrays" };
        terminal::note(&format!("decoded {count} {noun} of {bytes} bytes to {folder_name}: {chain}"));
    }
    Ok(())
}

fn decode_rows(args: &Decode, rows: Range<usize>, mut input: Input, line: &Line) -> Result<(), Failure> {
    let Line::Chain(chain) = line else {
        let message = format!("`{line}` does not hold an array, so it has no rows");
        return Err(Failure::usage(message).with_help("leave `--rows` out"));
    };
    let options = args.threads.decode_options(args.limits.decode_limits());
    let mut output = transfer::open_output(&args.transfer, &mut input, Content::Binary)?;
    let name = input.name().to_owned();
    let places = input.into_places()?;
    let array = chain.decode_rows_with(EncodedData::at(&places), rows.clone(), &options);
    let array = array.map_err(|error| line.decode_failure(&name, &error))?;
    let write_failure = |error: Error| Failure::data(&name, &error);
    let npy = Chain::parse("npy")?;
    let writer = npy.encoder_with(array.layout(), &mut output, &as_wide(&options.limits));
    let mut writer = writer.map_err(write_failure)?;
    writer.push(array.payload()).map_err(write_failure)?;
    writer.finish().map_err(write_failure)?;
    let written = output.finish(Content::Binary)?;
    if !args.transfer.quiet {
        let (start, end, read) = (rows.start, rows.end, places.count());
        terminal::note(&format!("decoded rows {start}..{end} from {read} bytes to {written}: {chain}"));
    }
    Ok(())
}

fn rows(text: &str) -> Result<Range<usize>, String> {
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    let range = text.split_once("..").and_then(|(start, end)| Some(number(start)?..number(end)?));
    let range = range.ok_or("expected two row numbers such as `100..200`")?;
    if range.start > range.end {
        return Err(format!("it ends at {}, before it begins at {}", range.end, range.start));
    }
    Ok(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_two_numbers_in_order() {
        assert_eq!(rows("100..200"), Ok(100..200));
        assert_eq!(rows("7..7"), Ok(7..7));
        for wrong in ["", "..", "1..", "..2", "1", "1...2", "-1..2", "1..=2", "+1..2", "1 ..2", "a..b"] {
            assert_eq!(rows(wrong).unwrap_err(), "expected two row numbers such as `100..200`", "{wrong}");
        }
        assert_eq!(rows("5..2").unwrap_err(), "it ends at 2, before it begins at 5");
        assert!(rows("0..99999999999999999999999").is_err());
    }
}
