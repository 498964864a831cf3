//! One attack through the library, in a process of its own, for `cargo xtask attacks`:
//! `attacked OP FILE CHAIN-FILE|- LIMIT|default|none ROWS|-` prints what happened, and what it cost, as JSON.
#![expect(clippy::print_stdout, reason = "it reports to the program that runs it")]

use std::error::Error as StdError;
use std::fs;
use std::ops::Range;

use ndcodec::npz::Npz;
use ndcodec::{Chain, DecodeLimits, DecodeOptions, Detected, Pipeline};

type Outcome<T> = Result<T, Box<dyn StdError>>;

fn main() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [op, file, chain, limit, rows] = args.as_slice() else {
        return Err("usage: attacked OP FILE CHAIN-FILE LIMIT ROWS".into());
    };
    let limits = match limit.as_str() {
        "default" => DecodeLimits::new(),
        "none" => DecodeLimits::none(),
        bytes => DecodeLimits::new().with_max_bytes(bytes.parse()?),
    };
    let chain = if chain == "-" { None } else { Some(fs::read_to_string(chain)?) };
    let data = fs::read(file)?;
    fs::write("/proc/self/clear_refs", "5")?;
    let (before, start) = (memory("VmRSS:")?, processor_seconds()?);
    let done = run(op, &data, chain.as_deref(), limits, rows);
    let (peak, seconds) = (memory("VmHWM:")?.saturating_sub(before), processor_seconds()? - start);
    let (outcome, message, result) = match done {
        Ok(result) => ("ok", String::new(), result),
        Err(error) => ("error", error.to_string(), 0),
    };
    let message = message.escape_debug().to_string().replace("\\'", "'");
    let message: String = message.chars().take(500).filter(|c| *c != '\\' && *c != '"').collect();
    println!(
        "{{\"outcome\": \"{outcome}\", \"message\": \"{message}\", \"result\": {result}, \"peak\": {peak}, \
         \"seconds\": {seconds}}}"
    );
    Ok(())
}

/// The bytes of the result.
fn run(op: &str, data: &[u8], chain: Option<&str>, limits: DecodeLimits, rows: &str) -> Outcome<usize> {
    let options = DecodeOptions::new().with_limits(limits);
    let report = |error: ndcodec::Error| error.report();
    if op == "npz" {
        let npz = Npz::open_with(std::io::Cursor::new(data), &options).map_err(|error| error.report())?;
        if npz.members().len() > 1000 {
            return Ok(npz.names().map(str::len).sum());
        }
        let mut sum = 0;
        for name in npz.names() {
            sum += npz.read_with(name, &options).map_err(|error| error.report())?.layout().nbytes();
        }
        return Ok(sum);
    }
    if op == "detect" {
        return Ok(format!("{:?}", ndcodec::detect(data)).len());
    }
    if let "bytes" | "bytes-stream" = op {
        let pipeline = Pipeline::parse(chain.unwrap_or_default())?;
        if op == "bytes" {
            return Ok(pipeline.decode_with(data, &options).map_err(report)?.len());
        }
        let mut reader = pipeline.decoder_with(data, &options).map_err(report)?;
        return counted(|buf| reader.pull(buf).map_err(report));
    }
    let chain = match chain {
        Some(text) => Chain::parse(text)?,
        None => match ndcodec::detect(data) {
            Detected::Chain(chain) => chain,
            other => return Err(format!("no chain: {other:?}").into()),
        },
    };
    match op {
        "all" => {
            // As a caller who keeps them.
            let arrays = chain.decode_all_with(data, &options).map_err(report)?;
            let arrays = arrays.collect::<Result<Vec<_>, _>>().map_err(report)?;
            Ok(arrays.iter().map(|array| array.layout().nbytes()).sum())
        }
        "into" => {
            let mut room = vec![0; limits.max_bytes];
            Ok(chain.decode_into_slice(data, &mut room).map_err(report)?.nbytes())
        }
        "inspect" => Ok(chain.inspect_with(data, &options).map_err(report)?.header_len),
        "rows" => Ok(chain.decode_rows_with(data, range(rows)?, &options).map_err(report)?.layout().nbytes()),
        "decode-stream" => {
            let mut reader = chain.decoder_with(data, &options).map_err(report)?;
            counted(|buf| reader.pull(buf).map_err(report))
        }
        _ => Ok(chain.decode_with(data, &options).map_err(report)?.layout().nbytes()),
    }
}

fn counted(mut pull: impl FnMut(&mut [u8]) -> Result<usize, String>) -> Outcome<usize> {
    let (mut buf, mut sum) = (vec![0; 64 << 10], 0);
    loop {
        match pull(&mut buf)? {
            0 => return Ok(sum),
            n => sum += n,
        }
    }
}

fn range(text: &str) -> Outcome<Range<usize>> {
    let (start, end) = text.split_once("..").ok_or("rows are `A..B`")?;
    Ok(start.parse()?..end.parse()?)
}

/// A line of this process's status, in bytes.
fn memory(key: &str) -> Outcome<usize> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(key)).ok_or("no such line")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<usize>()? << 10)
}

/// What all threads have used of the processor: a tick is a hundredth of a second.
fn processor_seconds() -> Outcome<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let after = stat.rsplit_once(')').ok_or("no name in stat")?.1;
    let fields: Vec<&str> = after.split_whitespace().collect();
    let ticks = |at: usize| -> Outcome<f64> { Ok(fields.get(at).ok_or("a short stat")?.parse()?) };
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}
