//! [`Unpacked`]: the bytes of a member, decoded and checked, in bounded memory.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::read::DeflateDecoder;
use ndcodec_core::{ByteReader, CodecError, DecodeLimits, Error, ErrorKind, Pipeline};
use rawzip::{CompressionMethod, RangeReader, ReaderAt, ZipArchive, ZipLocalFileHeader};

use crate::directory::decoded;
use crate::error::{io_failure, raw_failure};
use crate::{Member, MemberEncoding, NpzError};

/// Nearly all local headers' names and extra fields are shorter.
const LOCAL_HEADER: usize = 512;

/// The decoded bytes of a member. The end is reached only if length and CRC-32 are those of the directory; what is wrong
/// goes to the [`Fault`], for an `io::Error` says too little.
pub(crate) struct Unpacked<'z, R> {
    decoder: Decoder<'z, R>,
    crc: flate2::Crc,
    count: u64,
    member: &'z Member,
    fault: Fault,
}

type Raw<'z, R> = RangeReader<&'z R>;

enum Decoder<'z, R> {
    Stored(Raw<'z, R>),
    Deflated(DeflateDecoder<Raw<'z, R>>),
    Zstd(ByteReader<'z>),
}

impl<'z, R: ReaderAt + Sync> Unpacked<'z, R> {
    /// Nothing is decoded yet. `zstd` is the pipeline of that stage, if there is one, which asks the limits for its window.
    pub(crate) fn open(
        zip: &'z ZipArchive<R>,
        member: &'z Member,
        zstd: Option<&Pipeline>,
        limits: &DecodeLimits,
        fault: &Fault,
    ) -> Result<Self, NpzError> {
        let failure = |error| NpzError::member(member.file(), error);
        let raw = raw(zip, member).map_err(failure)?;
        let decoder = match member.encoding() {
            MemberEncoding::Stored => Decoder::Stored(raw),
            MemberEncoding::Deflated => Decoder::Deflated(DeflateDecoder::new(raw)),
            MemberEncoding::Zstd => {
                let Some(zstd) = zstd else { return Err(failure(CodecError::unsupported(WITHOUT_ZSTD))) };
                // What is decoded is counted against the directory, and held against the limit by `npy`.
                let limits = limits.with_max_bytes(usize::MAX);
                Decoder::Zstd(
                    zstd.decoder_with(raw, &limits.into()).map_err(|error| failure(stage_failure(&error)))?,
                )
            }
            MemberEncoding::Unknown(method) => return Err(failure(unknown(method))),
        };
        Ok(Self { decoder, crc: flate2::Crc::new(), count: 0, member, fault: fault.clone() })
    }

    fn pull(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
        let n = match &mut self.decoder {
            Decoder::Stored(raw) => raw.read(buf).map_err(io_failure)?,
            Decoder::Deflated(decoder) => decoder.read(buf).map_err(io_failure)?,
            Decoder::Zstd(reader) => reader.pull(buf).map_err(|error| stage_failure(&error))?,
        };
        self.crc.update(&buf[..n]);
        self.count += n as u64;
        let (count, claimed) = (self.count, self.member.decoded_len());
        if count > claimed {
            let message = format!("it has more than the {claimed} bytes that the directory says");
            return Err(CodecError::new(ErrorKind::Trailing, message));
        }
        if n == 0 && !buf.is_empty() {
            self.check_end()?;
        }
        Ok(n)
    }

    fn check_end(&self) -> Result<(), CodecError> {
        let (count, claimed) = (self.count, self.member.decoded_len());
        if count != claimed {
            let message = format!("it has {count} bytes, but the directory says {claimed}");
            return Err(CodecError::new(ErrorKind::Truncated, message));
        }
        if let Decoder::Deflated(decoder) = &self.decoder {
            let more = self.member.encoded_len().saturating_sub(decoder.total_in());
            if more > 0 {
                return Err(CodecError::trailing(
                    usize::try_from(more).unwrap_or(usize::MAX),
                    "the deflate stream",
                ));
            }
        }
        let (stored, computed) = (self.member.crc, self.crc.sum());
        if stored != computed {
            return Err(CodecError::checksum("CRC-32", stored, computed));
        }
        Ok(())
    }
}

impl<R: ReaderAt + Sync> Read for Unpacked<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.pull(buf).map_err(|error| {
            self.fault.set(error);
            io::ErrorKind::InvalidData.into()
        })
    }
}

/// The member's bytes as they lie in the archive, if what stands before them is what the directory says: else another
/// reader may see another member here than this one.
fn raw<'z, R: ReaderAt>(zip: &'z ZipArchive<R>, member: &Member) -> Result<Raw<'z, R>, CodecError> {
    if member.is_encrypted {
        return Err(CodecError::unsupported("it is encrypted"));
    }
    if member.header_at >= member.border {
        let message = format!("it should begin at byte {}, behind the archive's end", member.header_at);
        return Err(CodecError::corrupt(message));
    }
    let entry = zip.get_entry(member.at).map_err(raw_failure)?;
    let mut short = [0; LOCAL_HEADER];
    let mut long;
    let local = match entry.local_header(&mut short) {
        Ok(local) => local,
        Err(error) => match *error.kind() {
            rawzip::ErrorKind::BufferTooSmall { required } => {
                // Two fields of at most 65,535 bytes.
                long = vec![0; required];
                entry.local_header(&mut long).map_err(raw_failure)?
            }
            _ => return Err(raw_failure(error)),
        },
    };
    if let Some(what) = difference(&local, member) {
        let message =
            format!("its {what} in the archive's directory differs from that in front of its bytes");
        return Err(CodecError::corrupt(message));
    }
    let (start, end) = entry.compressed_data_range();
    if end > member.border {
        let (len, border) = (end - start, member.border);
        let message = format!("its {len} bytes from {start} on reach beyond {border}, where others begin");
        return Err(CodecError::corrupt(message));
    }
    if member.encoding() == MemberEncoding::Stored && member.encoded_len() != member.decoded_len() {
        let (stored, claimed) = (member.encoded_len(), member.decoded_len());
        let message = format!("it is stored in {stored} bytes, but the directory says that it has {claimed}");
        return Err(CodecError::corrupt(message));
    }
    Ok(RangeReader::new(zip.get_ref(), start..end))
}

/// What the local header has otherwise than the directory.
fn difference(local: &ZipLocalFileHeader<'_>, member: &Member) -> Option<&'static str> {
    // A writer that could not seek back left zeros here, and the numbers behind the bytes.
    let is_open = local.flags().has_data_descriptor();
    let differs = |here: u64, there: u64| here != there && !(is_open && here == 0);
    if decoded(local.file_path().as_bytes()) != member.file() {
        Some("name")
    } else if MemberEncoding::from(local.compression_method()) != member.encoding() {
        Some("compression method")
    } else if local.flags().is_encrypted() != member.is_encrypted {
        Some("encryption flag")
    } else if differs(local.crc32().into(), member.crc.into()) {
        Some("CRC-32")
    } else if differs(local.compressed_size_hint(), member.encoded_len())
        || differs(local.uncompressed_size_hint(), member.decoded_len())
    {
        Some("length")
    } else {
        None
    }
}

/// What a build says that has no zstd.
pub(crate) const WITHOUT_ZSTD: &str =
    "it is compressed by zstd, and this build has neither the feature `zstd` nor `zstd-pure`";

fn unknown(method: u16) -> CodecError {
    let name = CompressionMethod::new(method).name().map(str::to_ascii_lowercase);
    let name = name.unwrap_or_else(|| "an unknown method".to_owned());
    CodecError::unsupported(format!(
        "it is compressed by {name} (number {method} of zip), which cannot be read; stored, deflate and zstd can"
    ))
}

/// What the pipeline of one stage reports, without the place in a chain that nobody wrote.
fn stage_failure(error: &Error) -> CodecError {
    match error {
        Error::Stage(stage) => match stage.limit() {
            Some(limit) => CodecError::over(limit, stage.error().to_string()),
            None => CodecError::new(stage.kind(), stage.error().to_string()),
        },
        Error::Io(_) => CodecError::new(ErrorKind::Io, error.report()),
        other => CodecError::new(ErrorKind::Internal, other.report()),
    }
}

/// What is wrong with a member's bytes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fault(Arc<Mutex<Option<CodecError>>>);

impl Fault {
    fn set(&self, error: CodecError) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    fn get(&self) -> Option<CodecError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The fault if there is one, else `error` of the `.npy` in the member.
    pub(crate) fn or(&self, member: &Member, error: Error) -> NpzError {
        match self.get() {
            Some(source) => NpzError::member(member.file(), source),
            None => NpzError::array(member.file(), error),
        }
    }

    /// The fault, if there is one.
    pub(crate) fn take(&self, member: &Member) -> Option<NpzError> {
        self.get().map(|source| NpzError::member(member.file(), source))
    }
}
