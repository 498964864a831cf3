//! [`Output`]: standard output, or a file that comes into being, or is replaced, only once all of it is written.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::NamedTempFile;

use crate::failure::{Failure, named};
use crate::interrupt;

const BUFFER: usize = 256 << 10;
/// As many links in a row as Linux follows.
const MAX_LINKS: usize = 40;

/// Bytes to be written. [`finish`](Self::finish) puts them in place; one that is dropped leaves a file as it was.
#[derive(Debug)]
pub(crate) struct Output {
    name: String,
    target: Target,
    count: u64,
}

#[derive(Debug)]
enum Target {
    Stdout {
        writer: BufWriter<Stdout>,
        is_terminal: bool,
    },
    /// A pipe or a device: there is nothing to lose in it, and nothing to put in its place.
    Straight(BufWriter<File>),
    Replacing(Replacement),
}

/// A file under a temporary name, in the folder of the file it will replace.
#[derive(Debug)]
struct Replacement {
    writer: BufWriter<Temporary>,
    path: PathBuf,
    /// The permissions of the file that stands there.
    existing: Option<Permissions>,
    /// Dropped after the file under this name is moved or removed, for fields are dropped in their order.
    #[expect(dead_code, reason = "it is there to be dropped")]
    unfinished: Unfinished,
}

/// A file under a temporary name, which its errors do not tell: it is not the one that was asked for.
#[derive(Debug)]
struct Temporary(NamedTempFile);

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.as_file_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.as_file_mut().flush()
    }
}

/// The temporary name, for as long as it must be removed when the program is interrupted.
#[derive(Debug)]
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        interrupt::forget(&self.0);
    }
}

/// What is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Text,
    Binary,
}

impl Content {
    pub(crate) fn of(is_text: bool) -> Self {
        if is_text { Self::Text } else { Self::Binary }
    }
}

impl Output {
    /// Opens a file; or standard output if there is no `path`, or it is `-`.
    ///
    /// Binary data go to a terminal only where `path` says so.
    pub(crate) fn open(path: Option<&Path>, content: Content) -> Result<Self, Failure> {
        interrupt::survive_full_files();
        let path = match path {
            Some(path) if path != Path::new("-") && path != Path::new("/dev/stdout") => path,
            path => {
                let is_terminal = io::stdout().is_terminal();
                if is_terminal && path.is_none() && content == Content::Binary {
                    let failure = Failure::usage("binary data are not written to a terminal");
                    return Err(
                        failure.with_help("give a file with `-o`, or `-o -` to write them all the same")
                    );
                }
                let writer = BufWriter::with_capacity(BUFFER, io::stdout());
                let target = Target::Stdout { writer, is_terminal };
                return Ok(Self { name: "standard output".to_owned(), target, count: 0 });
            }
        };
        let name = format!("`{}`", path.display());
        match open_file(path) {
            Ok(target) => Ok(Self { name, target, count: 0 }),
            Err(error) => Err(Failure::io("write", &name, error)),
        }
    }

    /// Opens the file at `path` below `folder`, and makes the folders on the way.
    ///
    /// No link that stands below `folder` is followed: one on the way is an error, and one in place of the file is
    /// replaced itself. So nothing is written anywhere else.
    pub(crate) fn below(folder: &Path, path: &Path) -> io::Result<Self> {
        interrupt::survive_full_files();
        let mut at = folder.to_owned();
        for part in path.parent().unwrap_or(Path::new("")) {
            at.push(part);
            match fs::create_dir(&at) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    match fs::symlink_metadata(&at)? {
                        found if found.is_dir() => {}
                        found if found.is_symlink() => {
                            return Err(in_the_way(&at, "a link, and links are not followed"));
                        }
                        _ => return Err(in_the_way(&at, "not a folder")),
                    }
                }
                made => made?,
            }
        }
        let path = folder.join(path);
        let existing = match fs::symlink_metadata(&path) {
            Ok(found) if found.is_symlink() => None,
            Ok(found) if !found.is_file() => return Err(in_the_way(&path, "not a file")),
            Ok(found) if found.permissions().readonly() => return Err(io::ErrorKind::PermissionDenied.into()),
            Ok(found) => Some(found.permissions()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let name = format!("`{}`", path.display());
        let target = Target::Replacing(Replacement::new(path, existing)?);
        Ok(Self { name, target, count: 0 })
    }

    /// Whether what is written is seen at once.
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self.target, Target::Stdout { is_terminal: true, .. })
    }

    /// A folder on the file system that the output goes to, if it goes to one.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match &self.target {
            Target::Replacing(file) => Some(folder_of(&file.path)),
            _ => None,
        }
    }

    /// Writes all of `bytes`; like `write_all`, with the program's own error.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.write_all(bytes).map_err(|error| Failure::named_io(&error))
    }

    /// Puts what was written in place, and returns how many bytes it is.
    pub(crate) fn finish(mut self, content: Content) -> Result<u64, Failure> {
        let done = match self.target {
            Target::Stdout { ref mut writer, is_terminal } => {
                // The prompt of a shell should not stand behind the text. Files and pipes get no byte more than
                // the chain made.
                let end = if is_terminal && content == Content::Text { "\n" } else { "" };
                writer.write_all(end.as_bytes()).and_then(|()| writer.flush())
            }
            Target::Straight(mut writer) => writer.flush(),
            Target::Replacing(file) => file.put_in_place(),
        };
        done.map(|()| self.count).map_err(|error| Failure::io("write", &self.name, error))
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match &mut self.target {
            Target::Stdout { writer, .. } => writer.write(bytes),
            Target::Straight(writer) => writer.write(bytes),
            Target::Replacing(file) => file.writer.write(bytes),
        };
        let n = written.map_err(|error| named("write", &self.name, error))?;
        self.count += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = match &mut self.target {
            Target::Stdout { writer, .. } => writer.flush(),
            Target::Straight(writer) => writer.flush(),
            Target::Replacing(file) => file.writer.flush(),
        };
        flushed.map_err(|error| named("write", &self.name, error))
    }
}

impl Replacement {
    fn new(path: PathBuf, existing: Option<Permissions>) -> io::Result<Self> {
        let mut names = tempfile::Builder::new();
        names.prefix(".ndcodec-").suffix(".tmp");
        let temporary = names.make_in(folder_of(&path), |path| {
            interrupt::remember(path, || create(path, existing.as_ref()))
        })?;
        let unfinished = Unfinished(temporary.path().to_owned());
        let writer = BufWriter::with_capacity(BUFFER, Temporary(temporary));
        Ok(Self { writer, path, existing, unfinished })
    }

    fn put_in_place(self) -> io::Result<()> {
        let Temporary(temporary) = self.writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        if let Some(permissions) = self.existing {
            temporary.as_file().set_permissions(permissions)?;
            // Only where something stands can something be lost: after a power failure the file must be the old one or
            // the new one, and not the new name with blocks that were never written.
            temporary.as_file().sync_all()?;
        }
        temporary.persist(self.path).map_err(|failed| failed.error)?;
        Ok(())
    }
}

fn in_the_way(path: &Path, what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotADirectory, format!("`{}` is {what}", path.display()))
}

/// A new file. It may be read by whom the umask lets, or by those who may read the file it will replace; tempfile's
/// own files would be private.
fn create(path: &Path, existing: Option<&Permissions>) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if let Some(permissions) = existing {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        options.mode(permissions.mode());
    }
    #[cfg(not(unix))]
    let _ = existing;
    options.open(path)
}

fn open_file(path: &Path) -> io::Result<Target> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() && !is_of_the_system(path) => {
            // A file that may not be written could be replaced all the same; that is not what its owner meant.
            OpenOptions::new().write(true).open(path)?;
            // The file behind a link is replaced, not the link.
            let path = fs::canonicalize(path)?;
            Replacement::new(path, Some(metadata.permissions())).map(Target::Replacing)
        }
        Ok(_) => {
            let file = OpenOptions::new().append(true).open(path)?;
            Ok(Target::Straight(BufWriter::with_capacity(BUFFER, file)))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Replacement::new(end_of_links(path)?, None).map(Target::Replacing)
        }
        Err(error) => Err(error),
    }
}

/// `/dev/fd/3` may be a regular file that somebody else has open, perhaps to append to: it must stay that file.
fn is_of_the_system(path: &Path) -> bool {
    ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder))
}

/// The file that is to come into being where links lead to none.
fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&path) {
            Ok(to) => path = folder_of(&path).join(to),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::from(io::ErrorKind::NotFound))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Prints a report on standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    written.map_err(|error| Failure::io("write", "standard output", error))
}

/// Prints a report on standard output as JSON.
pub(crate) fn print_json(report: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(report);
    // Strings, numbers, lists and objects with string keys only: that this fails is not foreseen.
    let text = text.map_err(|error| Failure::io("write", "the report", error.into()))?;
    print(&(text + "\n"))
}
