//! numpy's archives of arrays, `.npz`, which no chain writes.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndcodec::error::Limit;
use ndcodec::npz::{Npz, NpzError, NpzReader, relative_paths};
use ndcodec::stage::diagnosis;
use ndcodec::{Chain, DecodeLimits, EncodeOptions, Error, ErrorKind, Inspection};
use serde::Serialize;
use tempfile::SpooledTempFile;

use crate::args::Transfer;
use crate::failure::{Failure, raise};
use crate::files::Files;
use crate::input::Input;
use crate::output::{Content, Output};
use crate::terminal::{self, printable};
use crate::transfer::{pump, spool, spool_failure};

/// How a zip archive begins, with a member or without any.
const MAGIC: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// The archive in `input`, if it begins like one. An archive is read from its end, so what is not a file is kept first, up to
/// the limit.
pub(crate) fn open(input: &mut Input, limits: &DecodeLimits) -> Result<Option<Npz<Source>>, Failure> {
    let is_archive = MAGIC.contains(&input.peek(4)?);
    let name = input.name().to_owned();
    let source = match input.file() {
        // Something may stand in front of an archive, such as a program that unpacks it.
        Some(file) if is_archive || name.ends_with(".npz`") => Source::File(file),
        None if is_archive => Source::Kept(keep(input, limits)?),
        _ => return Ok(None),
    };
    match Npz::open_with(source, &(*limits).into()) {
        Ok(npz) => Ok(Some(npz)),
        Err(error) if is_archive => Err(Failure::npz(&name, &error)),
        Err(_) => Ok(None),
    }
}

/// Refuses an archive of other things than arrays, which begins with the bytes `begin`, and names it.
pub(crate) fn check_is_npz(
    npz: &Npz<Source>,
    name: &str,
    begin: &[u8],
    limits: &DecodeLimits,
) -> Result<(), Failure> {
    let is_array = |member: &ndcodec::npz::Member| {
        let options = (*limits).into();
        let is_other =
            |error: NpzError| matches!(error, NpzError::Array { .. }) && error.kind() == ErrorKind::Corrupt;
        member.file().ends_with(".npy") || !npz.inspect_with(member.name(), &options).is_err_and(is_other)
    };
    let members = npz.members();
    if members.is_empty() || members.iter().any(is_array) {
        return Ok(());
    }
    let count = members.len();
    let noun = if count == 1 { "member" } else { "members" };
    let problem = format!("the archive has {count} {noun} and no array");
    let failure = Failure::bad(name, problem);
    Err(match diagnosis::foreign(begin).filter(|known| !known.name.contains(".npz")) {
        Some(known) => failure.with_help(known.to_string()),
        None => failure.with_help("it is a zip archive, but not a `.npz`: unpack it first, as by `unzip`"),
    })
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
    /// Null, as what follows, if it is not an array.
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
    /// Why it is not an array; null if it is one.
    error: Option<String>,
}

/// What the archive's directory and the arrays' headers say.
pub(crate) fn inspect(npz: &Npz<Source>, len: u64, limits: &DecodeLimits) -> Report {
    let describe = |member: &ndcodec::npz::Member| {
        let empty = Member {
            name: member.name().to_owned(),
            encoding: member.encoding().as_str(),
            encoded_len: member.encoded_len(),
            dtype: None,
            shape: None,
            shape_text: String::new(),
            order: None,
            nbytes: None,
            error: None,
        };
        match npz.inspect_with(member.name(), &(*limits).into()) {
            Ok(Inspection { dtype, shape, order, nbytes, .. }) => Member {
                dtype: Some(dtype.to_string()),
                shape: Some(shape.dims().to_vec()),
                shape_text: shape.to_string(),
                order: Some(order.as_str()),
                nbytes,
                ..empty
            },
            Err(error) => Member { error: Some(error.reason()), ..empty },
        }
    };
    Report { kind: "archive", members: npz.members().iter().map(describe).collect(), encoded_len: len }
}

/// A line for each array: `x  <f8  2x3  C  48 bytes  stored`.
pub(crate) fn table(report: &Report) -> String {
    let cells = |member: &Member| match (&member.dtype, member.order, member.nbytes) {
        (Some(dtype), Some(order), Some(nbytes)) => vec![
            short(&member.name).into_owned(),
            dtype.clone(),
            member.shape_text.clone(),
            order.to_owned(),
            format!("{nbytes} {}", if nbytes == 1 { "byte" } else { "bytes" }),
            member.encoding.to_owned(),
        ],
        _ => vec![short(&member.name).into_owned(), member.error.clone().unwrap_or_default()],
    };
    let rows: Vec<Vec<String>> = report.members.iter().map(cells).collect();
    let rows: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(|cell| printable(cell)).collect()).collect();
    // What is not an array has its report in the second column, and that needs no column of its own.
    let width = |column: usize| {
        let cells = rows.iter().filter(|row| row.len() > 2 || column == 0).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..6).map(width).collect();
    let line = |row: &Vec<Cow<'_, str>>| {
        let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    match rows.is_empty() {
        true => "an archive without arrays\n".to_owned(),
        false => rows.iter().map(line).collect(),
    }
}

/// A name, of which one may have 65,535 bytes, at a length for people.
fn short(name: &str) -> Cow<'_, str> {
    const MOST: usize = 60;
    match name.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &name[..end]).into(),
        None => name.into(),
    }
}

/// Writes the array `member` to the file `-o`, or to standard output.
pub(crate) fn decode_member(
    npz: &Npz<Source>,
    name: &str,
    member: &str,
    args: &Transfer,
    limits: &DecodeLimits,
) -> Result<(), Failure> {
    let failure = |error: &NpzError| Failure::npz(name, error);
    let reader = npz.reader_with(member, &(*limits).into()).map_err(|error| failure(&error))?;
    let output = Output::open(args.output.as_deref(), Content::Binary)?;
    let nbytes = reader.layout().nbytes();
    copy(&Chain::parse("npy")?, reader, output, limits).map_err(|stop| match stop {
        Stop::Array(error) => failure(&error),
        Stop::Place(why) => Failure::bad(name, why),
        Stop::All(failure) => failure,
    })?;
    if !args.quiet {
        terminal::note(&format!("decoded `{member}` of {nbytes} bytes from {name}"));
    }
    Ok(())
}

/// Writes each array to a `.npy` file in the folder `-o`. One that cannot be decoded, or has no place there, is told of
/// and left out. Nothing is written where the others are more than the limit together.
pub(crate) fn decode(
    npz: &Npz<Source>,
    name: &str,
    args: &Transfer,
    limits: &DecodeLimits,
) -> Result<(), Failure> {
    let Some(folder) = args.output.as_deref().filter(|path| *path != Path::new("-")) else {
        let failure = Failure::usage("the arrays of an archive need a folder");
        return Err(
            failure.with_help("name it with `-o`, as in `-o arrays/`, or one of them with `--member`")
        );
    };
    let names: Vec<&str> = npz.names().collect();
    let mut left_out = LeftOut::default();
    let planned = plan(npz, &names, limits, &mut left_out).map_err(|error| Failure::npz(name, &error))?;
    let mut files = Files::default();
    planned.iter().for_each(|array| files.add(array.nbytes));
    files.check(name, limits.max_bytes)?;
    if !planned.is_empty() || names.is_empty() {
        fs::create_dir_all(folder)
            .map_err(|error| Failure::io("write", &format!("`{}`", folder.display()), error))?;
    }
    let npy = Chain::parse("npy")?;
    let (mut count, mut written) = (0, 0);
    for array in planned {
        match extract(&npy, npz, folder, &array, limits) {
            Ok(()) => (count, written) = (count + 1, written + array.nbytes),
            Err(Stop::Array(error)) if error.kind() != ErrorKind::Io => {
                left_out.push(array.name, &error);
            }
            Err(Stop::Array(error)) => return Err(Failure::npz(name, &error)),
            Err(Stop::Place(why)) => left_out.add(array.name, why, None),
            Err(Stop::All(failure)) => return Err(failure),
        }
    }
    left_out.tell();
    if !args.quiet && (count > 0 || names.is_empty()) {
        let noun = if count == 1 { "array" } else { "arrays" };
        terminal::note(&format!("decoded {count} {noun} of {written} bytes to `{}`", folder.display()));
    }
    match left_out.0.len() {
        0 => Ok(()),
        count => Err(Failure::left_out(name, count, names.len(), &left_out.limits())),
    }
}

/// An array on its way to a file.
#[derive(Debug)]
struct Planned<'n> {
    name: &'n str,
    path: PathBuf,
    nbytes: usize,
}

/// Where each array goes that has a header and a place, or why it goes nowhere. An error is one of reading.
fn plan<'n>(
    npz: &Npz<Source>,
    names: &[&'n str],
    limits: &DecodeLimits,
    left_out: &mut LeftOut<'n>,
) -> Result<Vec<Planned<'n>>, NpzError> {
    let mut found = Vec::new();
    for name in names {
        match npz.layout_with(name, &(*limits).into()) {
            // By itself: in a sum it would hide the others.
            Ok(layout) if layout.nbytes() > limits.max_bytes => {
                let (nbytes, max) = (layout.nbytes(), limits.max_bytes);
                let why = format!("it has {nbytes} bytes, more than the limit of {max}");
                left_out.add(name, why, Some(Limit::Bytes));
            }
            Ok(layout) => found.push((*name, layout.nbytes())),
            Err(error) if error.kind() == ErrorKind::Io => return Err(error),
            Err(error) => left_out.push(name, &error),
        }
    }
    let paths = relative_paths(found.iter().map(|(name, _)| *name));
    let mut planned = Vec::new();
    for ((name, nbytes), path) in found.into_iter().zip(paths) {
        match path {
            Ok(path) => planned.push(Planned { name, path, nbytes }),
            Err(error) => left_out.push(name, &error),
        }
    }
    Ok(planned)
}

/// The arrays that are not decoded: the name, why, and the limit that was passed, if that is why.
#[derive(Debug, Default)]
struct LeftOut<'n>(Vec<(&'n str, String, Option<Limit>)>);

impl<'n> LeftOut<'n> {
    fn add(&mut self, name: &'n str, why: String, limit: Option<Limit>) {
        self.0.push((name, why, limit));
    }

    fn push(&mut self, name: &'n str, error: &NpzError) {
        let limit = (error.kind() == ErrorKind::Limit).then(|| error.limit().unwrap_or(Limit::Bytes));
        self.add(name, error.reason(), limit);
    }

    /// The limits that were passed; none if something else is wrong as well.
    fn limits(&self) -> Vec<Limit> {
        self.0.iter().map(|(_, _, limit)| *limit).collect::<Option<_>>().unwrap_or_default()
    }

    fn tell(&self) {
        for (name, why, limit) in &self.0 {
            let cure = limit.map_or_else(String::new, |limit| format!("; {}", raise(limit)));
            terminal::note(&format!("not decoded: `{}`: {why}{cure}", short(name)));
        }
    }
}

/// Why an array is not written.
#[derive(Debug)]
enum Stop {
    /// It is this array.
    Array(NpzError),
    /// It is the place where it should go.
    Place(String),
    /// No other could be written either.
    All(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::All(failure)
    }
}

fn extract(
    npy: &Chain,
    npz: &Npz<Source>,
    folder: &Path,
    array: &Planned<'_>,
    limits: &DecodeLimits,
) -> Result<(), Stop> {
    let reader = npz.reader_with(array.name, &(*limits).into()).map_err(Stop::Array)?;
    let output = Output::below(folder, &array.path).map_err(|error| no_place(folder, array, error))?;
    copy(npy, reader, output, limits)
}

/// A file that cannot be made: for what its name is or what stands there, or as any other could not.
fn no_place(folder: &Path, array: &Planned<'_>, error: io::Error) -> Stop {
    use io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory};
    match error.kind() {
        NotADirectory | InvalidFilename | InvalidInput => {
            Stop::Place(format!("it has no place in `{}`: {error}", folder.display()))
        }
        _ => Failure::io("write", &format!("`{}`", folder.join(&array.path).display()), error).into(),
    }
}

fn copy(
    npy: &Chain,
    mut reader: NpzReader<'_>,
    mut output: Output,
    limits: &DecodeLimits,
) -> Result<(), Stop> {
    let write_failure = |error: Error| Stop::All(Failure::data("the output", &error));
    let options = EncodeOptions::new().with_max_header(limits.max_header);
    let mut writer = npy.encoder_with(reader.layout(), &mut output, &options).map_err(write_failure)?;
    pump(|buf| reader.pull(buf).map_err(Stop::Array), |bytes| writer.push(bytes).map_err(write_failure))?;
    writer.finish().map_err(write_failure)?;
    output.finish(Content::Binary)?;
    Ok(())
}
