//! What stands on the command line. Each command's own options are in its module.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use anstream::ColorChoice;
use clap::{Args, CommandFactory, Parser, ValueEnum};
use ndcodec::stage::StageDescriptor;
use ndcodec::{DecodeLimits, DecodeOptions, EncodeOptions, Registry};

use crate::commands::Command;
use crate::failure::Failure;

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "ndcodec", version, propagate_version = false, max_term_width = 110, after_help = AFTER_HELP)]
#[command(
    about = "Encodes arrays by a chain, one line of text such as `npy|zstd|base64`, and decodes them again"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Whether to colour error messages; `auto` obeys NO_COLOR and CLICOLOR_FORCE, and otherwise colours on a terminal
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

const AFTER_HELP: &str = "\
Exit status:
  0    done
  1    bad data
  2    a mistake on the command line or in a chain
  3    a limit was exceeded
  4    reading or writing failed
  130  interrupted; a file given with `-o` is unchanged

Examples:
  ndcodec encode array.npy -o array.txt
  ndcodec decode array.txt -o again.npy
  ndcodec inspect array.txt
  ndcodec list";

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

/// Where data come from and go to.
#[derive(Debug, Args)]
pub(crate) struct Transfer {
    /// The file to read, or `-` for standard input
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,

    /// The file to write, replaced only when all is done; standard output if left out; `-` is standard output too, and
    /// sends binary data even to a terminal
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,

    /// Leave out the summary and the progress bar
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// How much of the machine to use.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Threads {
    /// The most threads that a parallel stage may use, such as `chunked`; all cores if left out. The output does not depend
    /// on it
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
}

impl Threads {
    /// What is written may have as long a header as what is read.
    pub(crate) fn encode_options(self, limits: &DecodeLimits) -> EncodeOptions {
        let options = EncodeOptions::new().with_max_header(limits.max_header);
        self.threads.map_or(options, |n| options.with_threads(n))
    }

    pub(crate) fn decode_options(self, limits: DecodeLimits) -> DecodeOptions {
        let options = DecodeOptions::new().with_limits(limits);
        self.threads.map_or(options, |n| options.with_threads(n))
    }
}

/// Ceilings for decoding.
#[derive(Debug, Args)]
pub(crate) struct Limits {
    /// The most bytes to decode to, such as `64MiB` or `4GiB`; `none` lifts every limit, for trusted data only
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = ceiling)]
    max_bytes: Ceiling,

    /// The most characters that a header may have, or bytes if it is not text; 262144 if left out
    #[arg(long, value_name = "COUNT", value_parser = ceiling)]
    max_header: Option<Ceiling>,

    /// The most bytes of history that a zstd frame may ask a stream to keep; 128MiB if left out
    #[arg(long, value_name = "SIZE", value_parser = ceiling)]
    max_window: Option<Ceiling>,

    /// Run these stages and no others, such as `npy,zstd,base64`, whether a chain names them or the data do
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    stages: Option<Vec<String>>,
}

/// The ceiling for the header of a `.npy` that is encoded: its elements pass through as a stream, and need none.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct HeaderLimit {
    /// The most characters that the header of the `.npy` may have, and the header that is written; 262144 if left out, which
    /// is what readers take by default
    #[arg(long, value_name = "COUNT", value_parser = ceiling)]
    max_header: Option<Ceiling>,
}

impl HeaderLimit {
    pub(crate) fn decode_limits(self) -> DecodeLimits {
        let limits = DecodeLimits::new().with_max_bytes(usize::MAX);
        self.max_header.map_or(limits, |header| limits.with_max_header(header.count()))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ceiling {
    Bytes(usize),
    None,
}

impl Limits {
    pub(crate) fn decode_limits(&self) -> DecodeLimits {
        let mut limits = match self.max_bytes {
            Ceiling::Bytes(bytes) => DecodeLimits::new().with_max_bytes(bytes),
            Ceiling::None => DecodeLimits::none(),
        };
        if let Some(header) = self.max_header {
            limits = limits.with_max_header(header.count());
        }
        if let Some(window) = self.max_window {
            limits = limits.with_max_window(window.count());
        }
        limits
    }

    /// The stages that may run.
    pub(crate) fn registry(&self) -> Result<Registry, Failure> {
        let Some(names) = &self.stages else { return Ok(Registry::all()) };
        let all = ndcodec::stage::stages();
        let find = |name: &String| -> Result<&'static StageDescriptor, Failure> {
            all.iter().copied().find(|stage| stage.name() == name).ok_or_else(|| {
                let known: Vec<&str> = all.iter().map(|stage| stage.name()).collect();
                let failure = Failure::usage(format!("`--stages` names the unknown stage `{name}`"));
                failure.with_help(format!("this build has: {}", known.join(", ")))
            })
        };
        Ok(Registry::only(&names.iter().map(find).collect::<Result<Vec<_>, _>>()?))
    }
}

impl Ceiling {
    fn count(self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::None => usize::MAX,
        }
    }
}

fn ceiling(text: &str) -> Result<Ceiling, String> {
    if text == "none" {
        return Ok(Ceiling::None);
    }
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];
    let unit = units.iter().find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, *shift)));
    let (number, shift) = unit.unwrap_or((text, 0));
    let number = number.trim_end();
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err("expected a number of bytes such as `65536`, `64MiB` or `4GiB`, or `none`".to_owned());
    }
    let bytes = number.parse::<usize>().ok().and_then(|n| n.checked_mul(1_usize.checked_shl(shift)?));
    bytes.map(Ceiling::Bytes).ok_or_else(|| format!("more than the {} bytes that can be counted", usize::MAX))
}

/// Parses the command line. What is wrong in it is printed, as are help and version; then the exit status comes back.
pub(crate) fn parse(args: Vec<OsString>) -> Result<Cli, u8> {
    let parsed = Cli::try_parse_from(&args);
    // If the command line is wrong, `--color` may be right.
    let color = match &parsed {
        Ok(cli) => Some(cli.color),
        Err(_) => Cli::command()
            .ignore_errors(true)
            .try_get_matches_from(args)
            .ok()
            .and_then(|matches| matches.get_one("color").copied()),
    };
    color.map_or(ColorChoice::Auto, ColorChoice::from).write_global();
    parsed.map_err(|error| {
        // Nobody is left to be told that standard output or standard error is closed.
        error.print().ok();
        u8::try_from(error.exit_code()).unwrap_or(1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn ceilings_are_read_with_units() {
        assert_eq!(ceiling("none"), Ok(Ceiling::None));
        assert_eq!(ceiling("0"), Ok(Ceiling::Bytes(0)));
        assert_eq!(ceiling("3 KiB"), Ok(Ceiling::Bytes(3 << 10)));
        assert_eq!(ceiling("2GiB"), Ok(Ceiling::Bytes(2 << 30)));
        for wrong in ["", "KiB", "-1", "+1", "1.5MiB", "1KB", "1 GB"] {
            assert!(ceiling(wrong).unwrap_err().starts_with("expected a number of bytes"), "{wrong}");
        }
        for large in ["99999999999999999999", "99999999999TiB"] {
            assert!(ceiling(large).unwrap_err().starts_with("more than the "), "{large}");
        }
    }
}
