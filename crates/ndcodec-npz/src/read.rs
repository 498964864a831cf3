//! [`Npz`]: reads arrays by name.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::rc::Rc;

use ndcodec_core::{
    Array, ArrayError, ArrayReader, Buffer, Chain, CodecError, DecodeLimits, Error, ErrorKind, Inspection,
    Layout,
};
use zip::{ZipArchive, ZipReadOptions};

use crate::error::{io_failure, shown, zip_failure};
use crate::{Member, MemberEncoding, NpzError, relative_path};

/// The first look at a member; nearly all headers are shorter.
const FIRST_LOOK: usize = 256;
/// Deflate makes at most so many bytes of one.
const DEFLATE_RATIO: u64 = 1032;

/// The arrays of an archive, by name.
///
/// Opening reads the archive's directory and what stands before each member; an array is read when it is asked for.
pub struct Npz<R> {
    zip: ZipArchive<R>,
    members: Vec<Member>,
    /// The place of each name among the members.
    places: HashMap<String, usize>,
    npy: Chain,
    len: u64,
}

impl<R: Read + Seek> Npz<R> {
    /// Opens an archive.
    ///
    /// # Errors
    /// Where there is no valid archive, two members have one name, or a member contradicts the directory.
    pub fn open(mut reader: R) -> Result<Self, NpzError> {
        let archive = |error| NpzError::Archive(zip_failure(error));
        let len = reader.seek(SeekFrom::End(0)).map_err(|error| NpzError::Archive(io_failure(error)))?;
        let mut zip = ZipArchive::new(reader).map_err(archive)?;
        // Else another reader may see other members than this one.
        zip.validate_header_consistency().map_err(archive)?;
        let mut members: Vec<Member> = Vec::with_capacity(zip.len());
        let mut places = HashMap::new();
        for index in 0..zip.len() {
            let Some(member) = Member::new(index, &zip.by_index_data(index).map_err(archive)?)? else {
                continue;
            };
            // `x` and `x.npy` are one name to numpy, which would give either.
            if places.insert(member.name().to_owned(), members.len()).is_some() {
                return Err(NpzError::DuplicateName { name: shown(member.name()) });
            }
            members.push(member);
        }
        // Constructors that did not run are made up for; whatever else has the word, parsing reports.
        ndcodec_core::register(&ndcodec_npy::NPY).ok();
        let npy = Chain::parse("npy").map_err(|error| NpzError::array("", error.into()))?;
        Ok(Self { zip, members, places, npy, len })
    }

    /// What the header of the array `name` says, without its payload.
    ///
    /// # Errors
    /// Where there is no such array, or its header is not one of a `.npy`.
    pub fn inspect(&mut self, name: &str, limits: &DecodeLimits) -> Result<Inspection, NpzError> {
        let place = self.place(name)?;
        let fault = Fault::default();
        let Self { zip, members, npy, .. } = self;
        let member = &members[place];
        let mut reader = Checked::open(zip, member, &fault)?;
        let mut prefix = Vec::new();
        let mut look = FIRST_LOOK;
        loop {
            let missing = look - prefix.len();
            let read = reader.by_ref().take(missing as u64).read_to_end(&mut prefix);
            if read.is_err() || fault.is_set() {
                return Err(fault.take(member));
            }
            match npy.inspect(&prefix, limits) {
                Err(error) if error.kind() == Some(ErrorKind::Truncated) && prefix.len() == look => look *= 4,
                result => return result.map_err(|error| NpzError::array(member.file(), error)),
            }
        }
    }

    /// dtype, shape and order of the array `name`, without its payload.
    ///
    /// # Errors
    /// As [`inspect`](Self::inspect).
    pub fn layout(&mut self, name: &str, limits: &DecodeLimits) -> Result<Layout, NpzError> {
        let Inspection { dtype, shape, order, .. } = self.inspect(name, limits)?;
        // A `.npy` leaves no dimension open.
        let shape: Vec<usize> = shape.dims().iter().copied().flatten().collect();
        let file = self.members[self.place(name)?].file();
        Layout::new(dtype, shape, order).map_err(|error| NpzError::array(file, error.into()))
    }

    /// The array `name`.
    ///
    /// # Errors
    /// Where there is no such array, its member is damaged or no `.npy`, or a limit is passed.
    pub fn read(&mut self, name: &str, limits: &DecodeLimits) -> Result<Array, NpzError> {
        let archive_len = self.len;
        let mut reader = self.reader(name, limits)?;
        let nbytes = reader.layout().nbytes();
        let most = usize::try_from(most(reader.member, archive_len)).unwrap_or(usize::MAX);
        let mut payload = Buffer::new();
        // The header's claim is within the limits; beyond what the member can hold, room is made as bytes come.
        payload.set_len(nbytes.min(most));
        let mut filled = 0;
        loop {
            if filled == payload.len() && filled < nbytes {
                payload.set_len(nbytes.min(filled.saturating_mul(2).max(FIRST_LOOK)));
            }
            let n = match filled == nbytes {
                true => reader.pull(&mut [0])?,
                false => reader.pull(&mut payload[filled..])?,
            };
            if n == 0 {
                break;
            }
            filled += n;
        }
        Array::new(reader.layout, payload)
            .map_err(|error| NpzError::array(reader.member.file(), error.into()))
    }

    /// The array `name`, to be read part by part in bounded memory.
    ///
    /// # Errors
    /// Where there is no such array, its header is not one of a `.npy`, or a limit is passed.
    pub fn reader(&mut self, name: &str, limits: &DecodeLimits) -> Result<NpzReader<'_>, NpzError> {
        let place = self.place(name)?;
        let Self { zip, members, npy, .. } = self;
        let member = &members[place];
        let fault = Fault::default();
        let checked = Checked::open(zip, member, &fault)?;
        let opened = npy.decoder(checked, *limits).and_then(|reader| Ok((reader.layout()?, reader)));
        let (layout, reader) = opened.map_err(|error| fault.or(member, error))?;
        let Some(layout) = layout else {
            let (stage, reason) = ("npy".to_owned(), "its header tells no shape".to_owned());
            let error = ArrayError::Unsupported { stage, reason };
            return Err(NpzError::array(member.file(), error.into()));
        };
        Ok(NpzReader { layout, reader, member, fault })
    }
}

impl<R> Npz<R> {
    /// The names of the arrays, in the order of the archive's directory.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.members.iter().map(Member::name)
    }

    /// What the archive's directory says, in its order. Folders are left out.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Where each array would go in a folder ([`relative_path`]), in the order of the directory.
    ///
    /// # Errors
    /// As [`relative_path`], and where two arrays would meet in one place.
    pub fn relative_paths(&self) -> Result<Vec<PathBuf>, NpzError> {
        let paths: Vec<PathBuf> = self.names().map(relative_path).collect::<Result<_, _>>()?;
        let mut taken: HashMap<PathBuf, usize> = HashMap::new();
        for (i, path) in paths.iter().enumerate() {
            if taken.insert(one_case(path), i).is_some() {
                let name = self.members[i].name();
                return Err(NpzError::name(name, "its file is that of another array on this system"));
            }
        }
        for (path, member) in paths.iter().zip(&self.members) {
            if path.ancestors().skip(1).any(|folder| taken.contains_key(&one_case(folder))) {
                return Err(NpzError::name(member.name(), "its folder is the file of another array"));
            }
        }
        Ok(paths)
    }

    fn place(&self, name: &str) -> Result<usize, NpzError> {
        self.places
            .get(name)
            .copied()
            .ok_or_else(|| NpzError::NoSuchArray { name: shown(name), has: listed(self.names()) })
    }
}

impl<R> fmt::Debug for Npz<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Npz").field("members", &self.members).finish_non_exhaustive()
    }
}

/// An array of an archive that is read part by part: [`Npz::reader`].
pub struct NpzReader<'z> {
    layout: Layout,
    reader: ArrayReader<'z>,
    member: &'z Member,
    fault: Fault,
}

impl NpzReader<'_> {
    /// dtype, shape and order.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Fills the beginning of `buf` with the next bytes of the elements. 0 means the end, where length and CRC-32 were
    /// found right: what came before it is good only then.
    ///
    /// # Errors
    /// Where the member is damaged.
    pub fn pull(&mut self, buf: &mut [u8]) -> Result<usize, NpzError> {
        self.reader.pull(buf).map_err(|error| self.fault.or(self.member, error))
    }
}

impl fmt::Debug for NpzReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NpzReader")
            .field("member", self.member)
            .field("layout", &self.layout)
            .finish_non_exhaustive()
    }
}

/// The most bytes that a member can have decoded, by what it can take in an archive of `archive_len` bytes.
fn most(member: &Member, archive_len: u64) -> u64 {
    let encoded = member.encoded_len().min(archive_len);
    match member.encoding() {
        MemberEncoding::Stored => encoded,
        _ => encoded.saturating_mul(DEFLATE_RATIO).min(member.decoded_len()),
    }
}

/// Up to ten names, for a message.
fn listed<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    let count = names.len();
    if count == 0 {
        return "none".to_owned();
    }
    let mut text = names.take(10).map(|name| format!("`{}`", shown(name))).collect::<Vec<_>>().join(", ");
    if count > 10 {
        text.push_str(&format!(" and {} more", count - 10));
    }
    text
}

/// Two paths that are one file on this system become equal.
fn one_case(path: &std::path::Path) -> PathBuf {
    if cfg!(any(windows, target_os = "macos")) {
        PathBuf::from(path.to_string_lossy().to_lowercase())
    } else {
        path.to_owned()
    }
}

/// What is wrong with a member's bytes, for the `io::Error` that comes out of the decoder says too little.
#[derive(Debug, Clone, Default)]
struct Fault(Rc<RefCell<Option<CodecError>>>);

impl Fault {
    fn is_set(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// The fault if there is one, else `error` of the `.npy` in the member.
    fn or(&self, member: &Member, error: Error) -> NpzError {
        match self.0.borrow_mut().take() {
            Some(source) => NpzError::member(member.file(), source),
            None => NpzError::array(member.file(), error),
        }
    }

    fn take(&self, member: &Member) -> NpzError {
        let source =
            self.0.borrow_mut().take().unwrap_or_else(|| CodecError::corrupt("the data are damaged"));
        NpzError::member(member.file(), source)
    }
}

/// The decoded bytes of a member. Its end is reached only if length and CRC-32 are those of the directory; what is
/// wrong goes to `fault`.
struct Checked<R> {
    inner: R,
    crc: flate2::Crc,
    count: u64,
    claimed_len: u64,
    claimed_crc: u32,
    fault: Fault,
}

impl Checked<io::Empty> {
    fn open<'z, R: Read + Seek>(
        zip: &'z mut ZipArchive<R>,
        member: &'z Member,
        fault: &Fault,
    ) -> Result<Checked<impl Read + use<'z, R>>, NpzError> {
        let failure = |error| NpzError::member(member.file(), zip_failure(error));
        // Ours says both checksums.
        let options = ZipReadOptions::new().ignore_crc32(true);
        let (claimed_len, claimed_crc) = (member.decoded_len(), member.crc);
        if member.encoding() == MemberEncoding::Stored && member.encoded_len() != claimed_len {
            let stored = member.encoded_len();
            let message =
                format!("it is stored in {stored} bytes, but the directory says that it has {claimed_len}");
            let source = CodecError::corrupt(message);
            return Err(NpzError::member(member.file(), source));
        }
        let inner = zip.by_index_with_options(member.index, options).map_err(failure)?;
        Ok(Checked {
            inner,
            crc: flate2::Crc::new(),
            count: 0,
            claimed_len,
            claimed_crc,
            fault: fault.clone(),
        })
    }
}

impl<R> Checked<R> {
    fn fail(&self, error: CodecError) -> io::Error {
        *self.fault.0.borrow_mut() = Some(error);
        io::ErrorKind::InvalidData.into()
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = match self.inner.read(buf) {
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => return Err(self.fail(io_failure(error))),
        };
        let (stored, computed) = (self.claimed_crc, self.crc.sum());
        if n == 0 && !buf.is_empty() {
            if self.count != self.claimed_len {
                let (count, claimed) = (self.count, self.claimed_len);
                let message = format!("it has {count} bytes, but the directory says {claimed}");
                return Err(self.fail(CodecError::new(ErrorKind::Truncated, message)));
            }
            if stored != computed {
                return Err(self.fail(CodecError::checksum("CRC-32", stored, computed)));
            }
        }
        self.crc.update(&buf[..n]);
        self.count += n as u64;
        Ok(n)
    }
}
