//! numpy's archives of arrays, `.npz`, which no chain writes.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use ndcodec::npz::{Npz, NpzError, NpzReader};
use ndcodec::{Chain, DecodeLimits, Error, Inspection};
use serde::Serialize;
use tempfile::SpooledTempFile;

use crate::args::Transfer;
use crate::failure::Failure;
use crate::input::Input;
use crate::output::{Content, Output};
use crate::terminal::{self, printable};
use crate::transfer::{pump, spool, spool_failure};

/// How a zip archive begins, with a member or without any.
const MAGIC: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// The archive in `input`, if it begins like one. An archive is read from its end, so what is no file is kept first, up to
/// the limit.
pub(crate) fn open(input: &mut Input, limits: &DecodeLimits) -> Result<Option<Npz<Source>>, Failure> {
    let begin = input.peek(4)?;
    if !MAGIC.contains(&begin) {
        return Ok(None);
    }
    let name = input.name().to_owned();
    let source = match input.file() {
        Some(file) => Source::File(file),
        None => Source::Kept(keep(input, limits)?),
    };
    Npz::open(source).map(Some).map_err(|error| Failure::npz(&name, &error))
}

/// All of `input`, in memory or in a file without a name.
fn keep(input: &mut Input, limits: &DecodeLimits) -> Result<SpooledTempFile, Failure> {
    let mut kept = spool(None);
    let mut count = 0_usize;
    let name = input.name().to_owned();
    pump(
        |buf| input.pull(buf),
        |bytes| {
            count = count.saturating_add(bytes.len());
            if count > limits.max_bytes {
                return Err(Failure::archive_over_limit(&name, limits.max_bytes));
            }
            kept.write_all(bytes).map_err(spool_failure)
        },
    )?;
    Ok(kept)
}

/// Where an archive is.
#[derive(Debug)]
pub(crate) enum Source {
    File(Arc<File>),
    Kept(SpooledTempFile),
}

impl Read for Source {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buf),
            Self::Kept(kept) => kept.read(buf),
        }
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Kept(kept) => kept.seek(to),
        }
    }
}

/// What is printed of an archive as JSON. All keys are always there.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// `archive`.
    kind: &'static str,
    members: Vec<Member>,
    /// The bytes of the archive.
    encoded_len: u64,
}

#[derive(Debug, Serialize)]
struct Member {
    name: String,
    /// Null, as what follows, where it is no array.
    dtype: Option<String>,
    shape: Option<Vec<Option<usize>>>,
    #[serde(skip)]
    shape_text: String,
    /// `C` or `F`.
    order: Option<&'static str>,
    /// The bytes of the elements.
    nbytes: Option<usize>,
    /// `stored`, `deflated`, `zstd` or `unknown`.
    encoding: &'static str,
    /// The bytes that it takes in the archive.
    encoded_len: u64,
    /// Why it is no array; null where it is one.
    error: Option<String>,
}

/// What the archive's directory and the arrays' headers say.
pub(crate) fn inspect(npz: &mut Npz<Source>, len: u64, limits: &DecodeLimits) -> Report {
    let members = npz.members().iter().map(|member| {
        let (encoding, encoded_len) = (member.encoding().as_str(), member.encoded_len());
        (member.name().to_owned(), encoding, encoded_len)
    });
    let members: Vec<_> = members.collect();
    let describe = |(name, encoding, encoded_len): (String, _, _)| {
        let empty = Member {
            name,
            encoding,
            encoded_len,
            dtype: None,
            shape: None,
            shape_text: String::new(),
            order: None,
            nbytes: None,
            error: None,
        };
        match npz.inspect(&empty.name, limits) {
            Ok(Inspection { dtype, shape, order, nbytes, .. }) => Member {
                dtype: Some(dtype.to_string()),
                shape: Some(shape.dims().to_vec()),
                shape_text: shape.to_string(),
                order: Some(order.as_str()),
                nbytes,
                ..empty
            },
            Err(error) => Member { error: Some(error.report()), ..empty },
        }
    };
    Report { kind: "archive", members: members.into_iter().map(describe).collect(), encoded_len: len }
}

/// A line for each array: `x  <f8  2x3  C  48 bytes  stored`.
pub(crate) fn table(report: &Report) -> String {
    let cells = |member: &Member| match (&member.dtype, member.order, member.nbytes) {
        (Some(dtype), Some(order), Some(nbytes)) => vec![
            member.name.clone(),
            dtype.clone(),
            member.shape_text.clone(),
            order.to_owned(),
            format!("{nbytes} {}", if nbytes == 1 { "byte" } else { "bytes" }),
            member.encoding.to_owned(),
        ],
        _ => vec![member.name.clone(), member.error.clone().unwrap_or_default()],
    };
    let rows: Vec<Vec<String>> = report.members.iter().map(cells).collect();
    let rows: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(|cell| printable(cell)).collect()).collect();
    // What is no array has its report in the second column, and that needs no column of its own.
    let width = |column: usize| {
        let cells = rows.iter().filter(|row| row.len() > 2 || column == 0).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..6).map(width).collect();
    let line = |row: &Vec<std::borrow::Cow<'_, str>>| {
        let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    match rows.is_empty() {
        true => "an archive without arrays\n".to_owned(),
        false => rows.iter().map(line).collect(),
    }
}

/// Writes each array to a `.npy` file in the folder `-o`. Nothing is written where a name would lead elsewhere, a member
/// is no array, or all of them are more than the limit.
pub(crate) fn decode(
    mut npz: Npz<Source>,
    name: &str,
    args: &Transfer,
    limits: &DecodeLimits,
) -> Result<(), Failure> {
    let failure = |error: &NpzError| Failure::npz(name, error);
    let Some(folder) = args.output.as_deref().filter(|path| *path != Path::new("-")) else {
        let failure = Failure::usage("the arrays of an archive go to a folder");
        return Err(failure.with_help("name it with `-o`, as in `-o arrays/`"));
    };
    let paths = npz.relative_paths().map_err(|error| failure(&error))?;
    let names: Vec<String> = npz.names().map(str::to_owned).collect();
    let mut total = 0_usize;
    for array in &names {
        let layout = npz.layout(array, limits).map_err(|error| failure(&error))?;
        total = total.saturating_add(layout.nbytes());
    }
    if total > limits.max_bytes {
        return Err(Failure::over_limit(name, total, limits.max_bytes));
    }
    fs::create_dir_all(folder).map_err(|error| cannot_write(folder, error))?;
    let npy = Chain::parse("npy")?;
    for (array, path) in names.iter().zip(&paths) {
        let reader = npz.reader(array, limits).map_err(|error| failure(&error))?;
        write(&npy, reader, &folder.join(path), failure)?;
    }
    if !args.quiet {
        let noun = if names.len() == 1 { "array" } else { "arrays" };
        terminal::note(&format!("decoded {} {noun} of {total} bytes to `{}`", names.len(), folder.display()));
    }
    Ok(())
}

fn write(
    npy: &Chain,
    mut reader: NpzReader<'_>,
    path: &Path,
    failure: impl Fn(&NpzError) -> Failure,
) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| cannot_write(folder, error))?;
    }
    let mut output = Output::open(Some(path), Content::Binary)?;
    let write_failure = |error: Error| Failure::data(&format!("`{}`", path.display()), &error);
    let mut writer = npy.encoder(reader.layout(), &mut output).map_err(write_failure)?;
    pump(
        |buf| reader.pull(buf).map_err(|error| failure(&error)),
        |bytes| writer.push(bytes).map_err(write_failure),
    )?;
    writer.finish().map_err(write_failure)?;
    output.finish(Content::Binary).map(|_| ())
}

fn cannot_write(folder: &Path, error: std::io::Error) -> Failure {
    Failure::io("write", &format!("`{}`", folder.display()), error)
}
