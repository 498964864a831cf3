//! [`Input`]: the bytes of a file or of standard input, with a look at the first of them before they are read.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ndcodec::stream::RandomAccess;

use crate::failure::{Failure, named};
use crate::progress::Progress;

/// Bytes to be read.
pub(crate) struct Input {
    name: String,
    reader: Box<dyn Read + Send>,
    /// A regular file, which can be read at any place.
    file: Option<Arc<File>>,
    /// The size of a regular file.
    len: Option<u64>,
    /// Bytes that were looked at, of which `given` have been read.
    ahead: Vec<u8>,
    given: usize,
    is_at_end: bool,
    count: u64,
    progress: Option<Progress>,
}

impl Input {
    /// Opens a file, or standard input if `path` is `-`.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let is_stdin = path == Path::new("-");
        let name = if is_stdin { "standard input".to_owned() } else { format!("`{}`", path.display()) };
        let opened = if is_stdin {
            Ok((Box::new(io::stdin()) as Box<dyn Read + Send>, None))
        } else {
            open_file(path)
        };
        let (reader, regular) = opened.map_err(|error| Failure::io("read", &name, error))?;
        let (file, len) = regular.unzip();
        let (ahead, given, is_at_end, count, progress) = (Vec::new(), 0, false, 0, None);
        Ok(Self { name, reader, file, len, ahead, given, is_at_end, count, progress })
    }

    /// What to call it in a message.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The file that is read, if it is a regular one. It has one cursor.
    pub(crate) fn file(&self) -> Option<Arc<File>> {
        self.file.clone()
    }

    /// How many bytes there are, if that is known without reading them.
    pub(crate) fn len(&self) -> Option<u64> {
        self.len.or_else(|| self.is_at_end.then_some(self.ahead.len() as u64))
    }

    /// How many bytes have been read.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The first `len` bytes, or all if there are fewer; they will still be read.
    pub(crate) fn peek(&mut self, len: usize) -> Result<&[u8], Failure> {
        let missing = len.saturating_sub(self.ahead.len());
        if missing > 0 && !self.is_at_end {
            // Grown as it is filled it would have up to twice the room.
            self.ahead
                .try_reserve_exact(missing)
                .map_err(|_| Failure::io("read", &self.name, io::ErrorKind::OutOfMemory.into()))?;
            let read = self.reader.by_ref().take(missing as u64).read_to_end(&mut self.ahead);
            let n = read.map_err(|error| Failure::io("read", &self.name, error))?;
            self.is_at_end = n < missing;
        }
        Ok(&self.ahead[..len.min(self.ahead.len())])
    }

    /// Whether a look ahead has seen the end.
    pub(crate) fn is_seen_whole(&self) -> bool {
        self.is_at_end
    }

    /// Fills the beginning of `buf`; 0 means the end. Like `read`, with the program's own error.
    pub(crate) fn pull(&mut self, buf: &mut [u8]) -> Result<usize, Failure> {
        loop {
            match self.read(buf) {
                Ok(n) => return Ok(n),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Failure::named_io(&error)),
            }
        }
    }

    /// The bytes at any place, which counts what is read of them. What is not a regular file is read to its end for it.
    pub(crate) fn into_places(mut self) -> Result<Places, Failure> {
        let bytes = match (&self.file, self.len) {
            (Some(file), Some(len)) => Bytes::File(Mutex::new(Arc::clone(file)), len),
            _ => {
                let mut bytes = Vec::new();
                self.read_to_end(&mut bytes).map_err(|error| Failure::named_io(&error))?;
                Bytes::Read(bytes)
            }
        };
        Ok(Places { name: self.name, bytes, count: AtomicU64::new(self.count) })
    }

    /// From now on shows, on a terminal, how far reading has come.
    pub(crate) fn show_progress(&mut self) {
        self.progress = Progress::start(self.len);
    }

    /// Takes the progress bar away, for what is printed next.
    pub(crate) fn hide_progress(&mut self) {
        self.progress = None;
    }
}

/// A regular file and its size.
type Regular = (Arc<File>, u64);

/// What reads the file, and it and its size if it is a regular one.
fn open_file(path: &Path) -> io::Result<(Box<dyn Read + Send>, Option<Regular>)> {
    let file = Arc::new(File::open(path)?);
    let metadata = file.metadata()?;
    // Files under `/proc` are regular, and say 0.
    let is_regular = metadata.is_file() && metadata.len() > 0;
    Ok((Box::new(Arc::clone(&file)), is_regular.then_some((file, metadata.len()))))
}

impl Read for Input {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = if self.given < self.ahead.len() {
            let n = (&self.ahead[self.given..]).read(buf)?;
            self.given += n;
            n
        } else if self.is_at_end {
            0
        } else {
            // What was looked at is not needed twice, and may be large.
            self.ahead = Vec::new();
            self.given = 0;
            self.reader.read(buf).map_err(|error| named("read", &self.name, error))?
        };
        self.count += n as u64;
        if let Some(progress) = &mut self.progress {
            progress.set(self.count);
        }
        Ok(n)
    }
}

/// An input that is read at any place.
pub(crate) struct Places {
    name: String,
    bytes: Bytes,
    count: AtomicU64,
}

enum Bytes {
    /// The file and its size; reading moves its only cursor.
    File(Mutex<Arc<File>>, u64),
    Read(Vec<u8>),
}

impl Places {
    /// How many bytes have been read.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

impl RandomAccess for Places {
    fn size(&self) -> io::Result<u64> {
        Ok(match &self.bytes {
            Bytes::File(_, len) => *len,
            Bytes::Read(bytes) => bytes.len() as u64,
        })
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        match &self.bytes {
            Bytes::File(file, _) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                let read = file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_exact(buf));
                read.map_err(|error| named("read", &self.name, error))?;
                self.count.fetch_add(buf.len() as u64, Ordering::Relaxed);
                Ok(())
            }
            Bytes::Read(bytes) => bytes.as_slice().read_at(offset, buf),
        }
    }

    fn as_slice(&self) -> Option<&[u8]> {
        match &self.bytes {
            Bytes::File(..) => None,
            Bytes::Read(bytes) => Some(bytes),
        }
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").field("name", &self.name).field("count", &self.count).finish_non_exhaustive()
    }
}
