//! [`NpzWriter`]: writes arrays by name.

use std::collections::HashSet;
use std::fmt;
use std::io::{self, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use ndcodec_core::{ArrayView, Chain, CodecError, EncodeOptions, Error};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::error::{shown, zip_failure};
use crate::{MemberEncoding, NpzError, SUFFIX};

/// What a build says that does not write zstd.
#[cfg(not(feature = "zstd"))]
const UNWRITTEN: &str = "it would be compressed by zstd, which this build, without the feature `zstd`, does not write; \
                         `deflated` and `stored` it does";

/// From here on a member gets the long length fields of zip64: less than their limit, for deflate lengthens noise.
const LARGE: usize = 0xF000_0000;
/// zip's limit is 65,535 bytes for the name and the fields beside it.
const MAX_NAME: usize = 65_000;

/// Writes arrays, by name, to an archive. One that is dropped before it was [finished](Self::finish) leaves none.
///
/// The same arrays give the same bytes: members have no time of their own, but zip's first, 1980-01-01.
pub struct NpzWriter<W: Write + Seek> {
    /// Until it is finished.
    zip: Option<ZipWriter<Gate<W>>>,
    state: Arc<AtomicU8>,
    names: HashSet<String>,
    encoding: MemberEncoding,
    level: Option<i32>,
    npy: Option<Chain>,
    options: EncodeOptions,
}

impl<W: Write + Seek + Send> NpzWriter<W> {
    /// An archive that begins where `writer` stands. Members are stored, as by `numpy.savez`.
    pub fn new(writer: W) -> Self {
        let state = Arc::new(AtomicU8::new(OPEN));
        let gate = Gate { inner: writer, state: Arc::clone(&state), at: 0, end: 0 };
        let (names, encoding, options) = (HashSet::new(), MemberEncoding::Stored, EncodeOptions::new());
        Self { zip: Some(ZipWriter::new(gate)), state, names, encoding, level: None, npy: None, options }
    }

    /// This writer with another encoding for the members that follow, at its usual level.
    #[must_use]
    pub fn with_encoding(mut self, encoding: MemberEncoding) -> Self {
        self.encoding = encoding;
        self.level = None;
        self
    }

    /// This writer with another level for the members that follow, of those that their encoding
    /// [has](MemberEncoding::levels).
    #[must_use]
    pub fn with_level(mut self, level: i32) -> Self {
        self.level = Some(level);
        self
    }

    /// This writer with another ceiling for the headers of the members that follow, in bytes. Readers need as large a
    /// [`max_header`](ndcodec_core::DecodeLimits::max_header).
    #[must_use]
    pub fn with_max_header(mut self, bytes: usize) -> Self {
        self.options = self.options.with_max_header(bytes);
        self
    }

    /// Adds an array as the member `name.npy`.
    ///
    /// # Errors
    /// If the name is taken, empty, too long or holds a NUL; where the encoding has no such level; where a `.npy` cannot
    /// hold the array; or where the writer fails. The archive is without this array then.
    pub fn add(&mut self, name: &str, array: &ArrayView<'_>) -> Result<(), NpzError> {
        let file = format!("{name}{SUFFIX}");
        if name.is_empty() || name.contains('\0') || name.len() > MAX_NAME {
            return Err(NpzError::name(name, "a member's name has 1 to 65000 bytes, none of them NUL"));
        }
        if self.names.contains(name) {
            return Err(NpzError::DuplicateName { name: shown(name), count: 2 });
        }
        let failure = |error| NpzError::member(&file, error);
        let method = match self.encoding {
            MemberEncoding::Stored => CompressionMethod::Stored,
            MemberEncoding::Deflated => CompressionMethod::Deflated,
            #[cfg(feature = "zstd")]
            MemberEncoding::Zstd => CompressionMethod::Zstd,
            #[cfg(not(feature = "zstd"))]
            MemberEncoding::Zstd => {
                return Err(failure(CodecError::unsupported(UNWRITTEN)));
            }
            MemberEncoding::Unknown(method) => {
                return Err(failure(CodecError::unsupported(format!(
                    "unknown zip method {method}; expected 0 (stored), 8 (deflate) or 93 (zstd)"
                ))));
            }
        };
        if let Some(level) = self.level
            && !self.encoding.levels().is_some_and(|levels| levels.contains(&level))
        {
            return Err(failure(no_level(self.encoding, level)));
        }
        self.check_writer().map_err(failure)?;
        let npy = self.npy(&file)?;
        let as_array = |error: Error| NpzError::array(&file, error);
        let len = npy.max_encoded_len(array.layout()).map_err(as_array)?;
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .compression_level(self.level.map(i64::from))
            .large_file(len.is_none_or(|len| len >= LARGE));
        let Some(zip) = &mut self.zip else {
            return Err(failure(CodecError::new(ndcodec_core::ErrorKind::Io, "the archive is finished")));
        };
        zip.start_file(&file, options).map_err(|error| failure(zip_failure(error)))?;
        if let Err(error) = npy.encode_to_with(array, &mut *zip, &self.options) {
            // If this fails too, so will what follows.
            zip.abort_file().ok();
            return Err(as_array(error));
        }
        self.names.insert(name.to_owned());
        Ok(())
    }

    /// Writes the archive's directory, and gives the writer back.
    ///
    /// # Errors
    /// If the writer fails.
    pub fn finish(mut self) -> Result<W, NpzError> {
        self.check_writer().map_err(NpzError::Archive)?;
        let finished = self.zip.take().map(ZipWriter::finish);
        match finished {
            Some(Ok(gate)) => Ok(gate.inner),
            Some(Err(error)) => Err(NpzError::Archive(zip_failure(error))),
            None => Err(NpzError::Archive(CodecError::new(
                ndcodec_core::ErrorKind::Io,
                "the archive is finished",
            ))),
        }
    }

    /// Whether the writer took all so far: behind a gap nothing is of use.
    fn check_writer(&self) -> Result<(), CodecError> {
        match self.state.load(Ordering::Relaxed) {
            OPEN => Ok(()),
            _ => Err(CodecError::new(ndcodec_core::ErrorKind::Io, "the writer failed before")),
        }
    }

    fn npy(&mut self, file: &str) -> Result<Chain, NpzError> {
        if let Some(npy) = &self.npy {
            return Ok(npy.clone());
        }
        ndcodec_core::register(&ndcodec_npy::NPY).ok();
        let npy = Chain::parse("npy").map_err(|error| NpzError::array(file, error.into()))?;
        self.npy = Some(npy.clone());
        Ok(npy)
    }
}

fn no_level(encoding: MemberEncoding, level: i32) -> CodecError {
    let name = encoding.as_str();
    let message = match encoding.levels() {
        Some(levels) => {
            format!(
                "level {level} is out of range for `{name}`; expected {} to {}",
                levels.start(),
                levels.end()
            )
        }
        None => format!("`{name}` takes no level, but {level} was given"),
    };
    CodecError::new(ndcodec_core::ErrorKind::Input, message)
}

impl<W: Write + Seek> Drop for NpzWriter<W> {
    fn drop(&mut self) {
        // The zip crate's writer finishes the archive when it is dropped, which would make a whole of a part.
        self.state.store(CLOSED, Ordering::Relaxed);
    }
}

impl<W: Write + Seek> fmt::Debug for NpzWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NpzWriter").field("names", &self.names).finish_non_exhaustive()
    }
}

/// What stands between the zip crate and a writer. Once closed, or once the writer failed, it takes everything and passes on
/// nothing: the zip crate finishes an archive when it is dropped, which would make a whole of a part, and reckons with
/// positions that a writer that failed does not have.
struct Gate<W> {
    inner: W,
    state: Arc<AtomicU8>,
    /// Where the next byte would stand, and the end.
    at: u64,
    end: u64,
}

const OPEN: u8 = 0;
const FAILED: u8 = 1;
const CLOSED: u8 = 2;

impl<W> Gate<W> {
    fn is_open(&self) -> bool {
        self.state.load(Ordering::Relaxed) == OPEN
    }

    /// What the writer did; from an error on the gate is closed. The zip crate may have been in a header before the end then,
    /// and goes on from the end.
    fn noted<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if result.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted) {
            self.state.store(FAILED, Ordering::Relaxed);
            self.at = self.end;
        }
        result
    }

    fn moved(&mut self, to: u64) -> u64 {
        self.at = to;
        self.end = self.end.max(to);
        to
    }
}

impl<W: Write> Write for Gate<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut taken = bytes.len();
        if self.is_open() {
            let result = self.inner.write(bytes);
            let result = result.and_then(|n| match n {
                0 if !bytes.is_empty() => Err(io::ErrorKind::WriteZero.into()),
                n => Ok(n),
            });
            taken = self.noted(result)?;
        }
        self.moved(self.at.saturating_add(taken as u64));
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.is_open() {
            return Ok(());
        }
        let result = self.inner.flush();
        self.noted(result)
    }
}

impl<W: Seek> Seek for Gate<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if self.is_open() {
            let result = self.inner.seek(to);
            let at = self.noted(result)?;
            return Ok(self.moved(at));
        }
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
        };
        to.map(|to| self.moved(to)).ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }
}
