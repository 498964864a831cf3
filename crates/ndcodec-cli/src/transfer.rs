//! From a decoding stream to an encoding one, in bounded memory.

use std::io::{self, Read, Seek, Write};
use std::path::Path;

use ndcodec::{Chain, EncodeOptions, Error, Layout, Opened};
use tempfile::SpooledTempFile;

use crate::args::Transfer;
use crate::doubt::Doubt;
use crate::failure::Failure;
use crate::input::Input;
use crate::output::{Content, Output};
use crate::terminal;

/// How much is moved at a time.
const STEP: usize = 256 << 10;
/// A payload of unknown length goes to a file once it is larger than this.
const SPOOL: usize = 64 << 20;

/// Opens the output, and shows the progress of the input where that does not disturb what is written.
pub(crate) fn open_output(args: &Transfer, input: &mut Input, content: Content) -> Result<Output, Failure> {
    let output = Output::open(args.output.as_deref(), content)?;
    if !args.quiet && !output.is_terminal() {
        input.show_progress();
    }
    Ok(output)
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Encoded,
    Decoded,
    Converted,
}

/// Puts the output in place, and tells what was done: `encoded 4128 bytes to 1032 (ratio 4.000)`, and how.
pub(crate) fn finish(
    args: &Transfer,
    mut input: Input,
    output: Output,
    content: Content,
    work: Work,
    how: &str,
) -> Result<(), Failure> {
    let written = output.finish(content)?;
    input.hide_progress();
    if !args.quiet {
        terminal::note(&format!("{}: {how}", summary(work, input.count(), written)));
    }
    Ok(())
}

/// The ratio says how many times smaller the encoded form is, be it what came in or what went out.
fn summary(work: Work, from: u64, to: u64) -> String {
    let (verb, plain, encoded) = match work {
        Work::Encoded => ("encoded", from, to),
        Work::Decoded => ("decoded", to, from),
        Work::Converted => ("converted", from, to),
    };
    let noun = if from == 1 { "byte" } else { "bytes" };
    if encoded == 0 {
        return format!("{verb} {from} {noun} to {to}");
    }
    let thousandths = (u128::from(plain) * 1000 + u128::from(encoded) / 2) / u128::from(encoded);
    format!("{verb} {from} {noun} to {to} (ratio {}.{:03})", thousandths / 1000, thousandths % 1000)
}

/// Encodes the array that `reader` decodes by `chain` into `output`, and returns its layout.
///
/// `read_failure` says what an error of the reader means, `write_failure` one of the encoding side.
pub(crate) fn array(
    mut reader: Opened<'_>,
    mut doubt: Doubt<'_>,
    chain: &Chain,
    options: &EncodeOptions,
    output: &mut Output,
    read_failure: impl Fn(&Error) -> Failure,
    write_failure: impl Fn(&Error) -> Failure,
) -> Result<Layout, Failure> {
    let mut pull = |reader: &mut Opened<'_>, buf: &mut [u8]| {
        let n = reader.pull(buf).map_err(|error| read_failure(&error))?;
        doubt.count(n)?;
        Ok(n)
    };
    let read_failure = |error| read_failure(&error);
    let write_failure = |error| write_failure(&error);
    if let Some(layout) = reader.layout().map_err(read_failure)? {
        let mut writer = chain.encoder_with(&layout, output, options).map_err(write_failure)?;
        pump(|buf| pull(&mut reader, buf), |bytes| writer.push(bytes).map_err(write_failure))?;
        writer.finish().map_err(write_failure)?;
        return Ok(layout);
    }
    // The length of the payload tells the shape, and a header with the shape stands before the payload.
    let mut spool = spool(output.folder());
    pump(|buf| pull(&mut reader, buf), |bytes| spool.write_all(bytes).map_err(spool_failure))?;
    let Some(layout) = reader.layout().map_err(read_failure)? else {
        return Err(Failure::usage("the data do not say the shape").with_help("give it, as in `shape=2x3`"));
    };
    spool.rewind().map_err(spool_failure)?;
    let mut writer = chain.encoder_with(&layout, output, options).map_err(write_failure)?;
    pump(|buf| spool.read(buf).map_err(spool_failure), |bytes| writer.push(bytes).map_err(write_failure))?;
    writer.finish().map_err(write_failure)?;
    Ok(layout)
}

/// Moves bytes until `pull` returns 0.
pub(crate) fn pump<E>(
    mut pull: impl FnMut(&mut [u8]) -> Result<usize, E>,
    mut push: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut buf = vec![0; STEP];
    loop {
        match pull(&mut buf)? {
            0 => return Ok(()),
            n => push(&buf[..n])?,
        }
    }
}

/// The file system of the output has room for the payload, if any has.
pub(crate) fn spool(folder: Option<&Path>) -> SpooledTempFile {
    match folder {
        Some(folder) => tempfile::spooled_tempfile_in(SPOOL, folder),
        None => tempfile::spooled_tempfile(SPOOL),
    }
}

pub(crate) fn spool_failure(error: io::Error) -> Failure {
    Failure::io("use", "a temporary file", error)
}
