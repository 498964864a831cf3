//! [`Npz`]: reads arrays by name.

use std::fmt;
use std::io::{Read, Seek};

use ndcodec_core::{
    Array, ArrayError, Buffer, Chain, CodecError, DecodeOptions, ErrorKind, Inspection, Layout, Opened,
    Pipeline,
};
use rawzip::ZipArchive;

use crate::directory::{self, At, Directory};
use crate::error::shown;
use crate::unpack::{Fault, Unpacked};
use crate::{Member, MemberEncoding, NpzError};

/// The first look at a member; nearly all headers are shorter.
const FIRST_LOOK: usize = 256;
/// Deflate makes at most so many bytes of one.
const DEFLATE_RATIO: u64 = 1032;

/// The arrays of an archive, by name.
///
/// Opening reads the archive's directory and nothing else; an array is read when it is asked for, and what is wrong with
/// one hides no other. Several threads may read from one archive.
pub struct Npz<R> {
    zip: ZipArchive<At<R>>,
    members: Vec<Member>,
    /// The places of the members, sorted by the name, and by the place where they share one.
    by_name: Vec<usize>,
    npy: Chain,
    /// `None` in a build without it.
    zstd: Option<Pipeline>,
    len: u64,
    options: DecodeOptions,
}

impl<R: Read + Seek + Send> Npz<R> {
    /// Opens an archive.
    ///
    /// The directory is kept in memory. It may have an eighth of the bytes of `limits.max_bytes`, and 64 KiB in any case:
    /// 128 MiB by default, which hold over a million members.
    ///
    /// # Errors
    /// If there is no archive, its directory is damaged, or the directory is larger than the limits let it be.
    pub fn open(reader: R) -> Result<Self, NpzError> {
        Self::open_with(reader, &DecodeOptions::new())
    }

    /// [`open`](Self::open) with options, which hold for the arrays too.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(reader: R, options: &DecodeOptions) -> Result<Self, NpzError> {
        let limits = &options.limits;
        let Directory { zip, members, len } = directory::read(reader, limits)?;
        let mut by_name: Vec<usize> = (0..members.len()).collect();
        by_name.sort_by_key(|place| members[*place].name());
        // Constructors that did not run are made up for; whatever else has the word, parsing reports.
        ndcodec_core::register(&ndcodec_npy::NPY).ok();
        let npy = Chain::parse("npy").map_err(|error| NpzError::array("", error.into()))?;
        #[cfg(any(feature = "zstd", feature = "zstd-pure"))]
        let zstd = {
            ndcodec_core::register(&ndcodec_zstd::ZSTD).ok();
            Some(Pipeline::parse("zstd").map_err(|error| NpzError::array("", error.into()))?)
        };
        #[cfg(not(any(feature = "zstd", feature = "zstd-pure")))]
        let zstd = None;
        Ok(Self { zip, members, by_name, npy, zstd, len, options: *options })
    }

    /// What the header of the array `name` says, without its payload.
    ///
    /// # Errors
    /// If there is not exactly one such array, its member cannot be decoded, its header is not one of a `.npy`, or
    /// what that announces is not as long as the directory says.
    pub fn inspect(&self, name: &str) -> Result<Inspection, NpzError> {
        self.inspect_with(name, &self.options)
    }

    /// [`inspect`](Self::inspect) with other options than those of the archive.
    ///
    /// # Errors
    /// As [`inspect`](Self::inspect).
    pub fn inspect_with(&self, name: &str, options: &DecodeOptions) -> Result<Inspection, NpzError> {
        let member = self.member(name)?;
        let fault = Fault::default();
        let mut reader = Unpacked::open(&self.zip, member, self.zstd.as_ref(), &options.limits, &fault)?;
        let mut prefix = Vec::new();
        let mut look = FIRST_LOOK;
        loop {
            let missing = look - prefix.len();
            let read = reader.by_ref().take(missing as u64).read_to_end(&mut prefix);
            if let Some(error) = fault.take(member) {
                return Err(error);
            }
            read.map_err(|_| NpzError::member(member.file(), CodecError::corrupt("the data are damaged")))?;
            match self.npy.inspect_with(&prefix, options) {
                Err(error) if error.kind() == ErrorKind::Truncated && prefix.len() == look => look *= 4,
                Err(error) => return Err(NpzError::array(member.file(), error)),
                Ok(inspection) => return check_announced(member, inspection),
            }
        }
    }

    /// dtype, shape and order of the array `name`, without its payload.
    ///
    /// # Errors
    /// As [`inspect`](Self::inspect).
    pub fn layout(&self, name: &str) -> Result<Layout, NpzError> {
        self.layout_with(name, &self.options)
    }

    /// [`layout`](Self::layout) with other options than those of the archive.
    ///
    /// # Errors
    /// As [`layout`](Self::layout).
    pub fn layout_with(&self, name: &str, options: &DecodeOptions) -> Result<Layout, NpzError> {
        let Inspection { dtype, shape, order, .. } = self.inspect_with(name, options)?;
        // A `.npy` leaves no dimension open.
        let shape: Vec<usize> = shape.dims().iter().copied().flatten().collect();
        let file = self.member(name)?.file();
        Layout::new(dtype, shape, order).map_err(|error| NpzError::array(file, error.into()))
    }

    /// The array `name`.
    ///
    /// # Errors
    /// If there is not exactly one such array, its member is damaged or no `.npy`, or a limit is passed.
    pub fn read(&self, name: &str) -> Result<Array, NpzError> {
        self.read_with(name, &self.options)
    }

    /// [`read`](Self::read) with other options than those of the archive.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_with(&self, name: &str, options: &DecodeOptions) -> Result<Array, NpzError> {
        let mut reader = self.reader_with(name, options)?;
        let nbytes = reader.layout().nbytes();
        let most = usize::try_from(most(reader.member, self.len)).unwrap_or(usize::MAX);
        let mut payload = Buffer::new();
        // The header's claim is within the limits; beyond what the member can hold, room is made as bytes come.
        payload
            .try_set_len(nbytes.min(most))
            .map_err(|error| NpzError::member(reader.member.file(), error))?;
        let mut filled = 0;
        loop {
            if filled == payload.len() && filled < nbytes {
                let more = nbytes.min(filled.saturating_mul(2).max(FIRST_LOOK));
                payload.try_set_len(more).map_err(|error| NpzError::member(reader.member.file(), error))?;
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
    /// If there is not exactly one such array, its header is not one of a `.npy`, or a limit is passed.
    pub fn reader(&self, name: &str) -> Result<NpzReader<'_>, NpzError> {
        self.reader_with(name, &self.options)
    }

    /// [`reader`](Self::reader) with other options than those of the archive.
    ///
    /// # Errors
    /// As [`reader`](Self::reader).
    pub fn reader_with(&self, name: &str, options: &DecodeOptions) -> Result<NpzReader<'_>, NpzError> {
        let member = self.member(name)?;
        let fault = Fault::default();
        let unpacked = Unpacked::open(&self.zip, member, self.zstd.as_ref(), &options.limits, &fault)?;
        let opened =
            self.npy.decoder_with(unpacked, options).and_then(|reader| Ok((reader.layout()?, reader)));
        let (layout, reader) = opened.map_err(|error| fault.or(member, error))?;
        let Some(layout) = layout else {
            let error = ArrayError::unsupported("npy", "its header tells no shape");
            return Err(NpzError::array(member.file(), error.into()));
        };
        Ok(NpzReader { layout, reader, member, fault })
    }
}

impl<R> Npz<R> {
    /// The names of the arrays, in the order of the archive's directory, each once.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        let is_first = |at: &usize| {
            let before = at.checked_sub(1).map(|before| self.by_name[before]);
            before.is_none_or(|before| self.members[before].name() != self.members[self.by_name[*at]].name())
        };
        let mut places: Vec<usize> =
            (0..self.by_name.len()).filter(is_first).map(|at| self.by_name[at]).collect();
        places.sort_unstable();
        places.into_iter().map(|place| self.members[place].name())
    }

    /// What the archive's directory says, in its order. Folders are left out.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The only member for the array `name`. `x` and `x.npy` are one name to numpy, which would give either.
    fn member(&self, name: &str) -> Result<&Member, NpzError> {
        let name_at = |place: &usize| self.members[*place].name();
        let start = self.by_name.partition_point(|place| name_at(place) < name);
        let count = self.by_name[start..].partition_point(|place| name_at(place) == name);
        match count {
            0 => Err(NpzError::NoSuchArray { name: shown(name), has: listed(self.names()) }),
            1 => Ok(&self.members[self.by_name[start]]),
            count => Err(NpzError::DuplicateName { name: shown(name), count }),
        }
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
    reader: Opened<'z>,
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
    /// If the member is damaged.
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

/// A header that announces what its member does not have would stand for any size in a sum of all.
fn check_announced(member: &Member, inspection: Inspection) -> Result<Inspection, NpzError> {
    let announced = inspection.nbytes.map(|nbytes| nbytes as u64 + inspection.header_len as u64);
    let claimed = member.decoded_len();
    if announced.is_none_or(|announced| announced == claimed) {
        return Ok(inspection);
    }
    let announced = announced.unwrap_or_default();
    let kind = if announced > claimed { ErrorKind::Truncated } else { ErrorKind::Trailing };
    let message = format!("its header announces {announced} bytes in all, but the directory says {claimed}");
    Err(NpzError::member(member.file(), CodecError::new(kind, message)))
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
