//! The memory of a first call, measured in a process of its own: allocators keep what they had, and pools do so on purpose.

use std::io::{Read, Write};
use std::num::NonZeroUsize;
use std::process::{Command, Stdio};
use std::{fs, io};

use clap::{Args, ValueEnum};
use ndcodec::{ArrayView, Buffer, Chain, DecodeLimits, DecodeOptions, EncodeOptions};

use super::Options;
use crate::failure::Failure;
use crate::output::print;

/// Print the memory of one call on what comes through standard input: a part of `bench`
#[derive(Debug, Args)]
pub(crate) struct Memory {
    direction: Direction,

    chain: String,

    #[arg(long)]
    threads: Option<NonZeroUsize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Direction {
    Encode,
    Decode,
}

pub(super) fn of_encoding(chain: &Chain, array: &ArrayView<'_>, options: &Options) -> Option<u64> {
    let npy = Chain::parse("npy").ok()?;
    let input = npy.encode(array).ok()?;
    measure("encode", chain, &input, options.encode.threads)
}

pub(super) fn of_decoding(chain: &Chain, encoded: &[u8], options: &Options) -> Option<u64> {
    measure("decode", chain, encoded, options.decode.threads)
}

/// Runs this program on `input`. If that fails, the memory is unknown, and the rest of the report stands.
fn measure(direction: &str, chain: &Chain, input: &[u8], threads: Option<NonZeroUsize>) -> Option<u64> {
    resident("VmHWM:")?;
    let (first, rest) = crate::PROGRAM.get()?.split_first()?;
    let mut command = Command::new(first);
    command.args(rest).args(["bench-memory", direction, &chain.to_string()]);
    if let Some(threads) = threads {
        command.args(["--threads", &threads.to_string()]);
    }
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = piped.spawn().ok()?;
    // Nothing comes back before all is read. Dropping the pipe ends the input.
    let written = child.stdin.take().map(|mut pipe| pipe.write_all(input));
    let output = child.wait_with_output().ok()?;
    let is_good = output.status.success() && matches!(written, Some(Ok(())));
    String::from_utf8(output.stdout).ok().filter(|_| is_good)?.trim().parse().ok()
}

pub(crate) fn run(args: &Memory) -> Result<(), Failure> {
    let chain = Chain::parse(&args.chain)?;
    let mut input = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut input)
        .map_err(|error| Failure::io("read", "standard input", error))?;
    let failure = |error| Failure::data("standard input", &error);
    let (mut encode, mut decode) =
        (EncodeOptions::new(), DecodeOptions::new().with_limits(DecodeLimits::none()));
    if let Some(threads) = args.threads {
        (encode, decode) = (encode.with_threads(threads), decode.with_threads(threads));
    }
    let mut result = Buffer::new();
    let added = match args.direction {
        Direction::Encode => {
            let array = Chain::parse("npy")?.decode_with(&input, &decode).map_err(failure)?;
            drop(input);
            let before = settled();
            chain.encode_into_with(&array.view(), &mut result, &encode).map_err(failure)?;
            added_to(before)
        }
        Direction::Decode => {
            let before = settled();
            chain.decode_into_with(&input, &mut result, &decode).map_err(failure)?;
            added_to(before)
        }
    };
    match added {
        Some(bytes) => print(&format!("{bytes}\n")),
        None => Err(Failure::usage("this system does not tell how much memory a process has")),
    }
}

/// The resident bytes now, from which on the peak counts anew.
fn settled() -> Option<u64> {
    // https://docs.kernel.org/filesystems/proc.html: 5 resets the peak.
    fs::write("/proc/self/clear_refs", "5").ok()?;
    resident("VmRSS:")
}

fn added_to(before: Option<u64>) -> Option<u64> {
    Some(resident("VmHWM:")?.saturating_sub(before?))
}

/// A line of `/proc/self/status`, in bytes.
fn resident(key: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    Some(kib * 1024)
}
