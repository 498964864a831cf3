//! An archive's directory: what it lists, within limits, before any member is looked at.
//!
//! The crate `rawzip` reads it entry by entry, so that two members of one name stay two, one that is wrong hides no
//! other, and nothing is kept that the limit did not let in.

use std::borrow::Cow;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use ndcodec_core::{CodecError, DecodeLimits, Limit};
use rawzip::{RangeReader, ReaderAt, ZipArchive, ZipLocator};

use crate::error::raw_failure;
use crate::{Member, NpzError};

/// The directory may take this part of `max_bytes`: in memory it becomes up to four times as large.
const DIRECTORY_PART: usize = 8;
/// A directory of so many bytes is always read, however low the limit.
const DIRECTORY_FREE: usize = 64 << 10;

/// The least bytes of an entry of the directory.
const ENTRY: u64 = 46;
/// The most bytes of a comment behind the archive's end, which may hold what looks like an end.
const MAX_COMMENT: u64 = 0xffff;
/// So many false ends are passed over.
const MAX_FALSE_ENDS: usize = 64;

/// An archive whose directory was read.
pub(crate) struct Directory<R> {
    pub(crate) zip: ZipArchive<At<R>>,
    pub(crate) members: Vec<Member>,
    /// The bytes of the archive.
    pub(crate) len: u64,
}

/// Finds the directory of the archive in `reader`, and reads all of it.
pub(crate) fn read<R: Read + Seek>(mut reader: R, limits: &DecodeLimits) -> Result<Directory<R>, NpzError> {
    let len = reader.seek(SeekFrom::End(0)).map_err(|error| failure(rawzip::Error::from(error)))?;
    let mut buffer = vec![0; rawzip::MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
    let zip = locate(At(Mutex::new(reader)), len, &mut buffer)?;
    check_len(&zip, limits)?;
    let members = entries(&zip, &mut buffer, len)?;
    Ok(Directory { zip, members, len })
}

/// Finds the archive's end. Only zeros may follow it, which is how some pad: so an archive inside of one that was cut off
/// is never taken for the whole.
fn locate<R: ReaderAt>(mut reader: R, len: u64, buffer: &mut [u8]) -> Result<ZipArchive<R>, NpzError> {
    let mut end = len;
    let mut first = None;
    for _ in 0..MAX_FALSE_ENDS {
        let error = match ZipLocator::new().locate_in_reader(reader, buffer, end) {
            Ok(zip) => {
                let count = trailing(&zip, len, buffer)?;
                return match first {
                    // An end inside of a comment is passed over only for the one whose comment that is.
                    Some(error) if zip.end_offset() != len => Err(failure(error)),
                    None if count > 0 => {
                        let count = usize::try_from(count).unwrap_or(usize::MAX);
                        Err(NpzError::Archive(CodecError::trailing(count, "the archive")))
                    }
                    _ => Ok(zip),
                };
            }
            Err((back, error)) => {
                reader = back;
                error
            }
        };
        match error.eocd_offset() {
            Some(at) if at < end && len - at <= MAX_COMMENT => end = at,
            _ => return Err(failure(first.unwrap_or(error))),
        }
        first.get_or_insert(error);
    }
    Err(NpzError::Archive(CodecError::corrupt(format!(
        "more than {MAX_FALSE_ENDS} places look like the end of an archive"
    ))))
}

/// How many bytes follow the archive's end; none if all of them are zero.
fn trailing<R: ReaderAt>(zip: &ZipArchive<R>, len: u64, buffer: &mut [u8]) -> Result<u64, NpzError> {
    let mut rest = RangeReader::new(zip.get_ref(), zip.end_offset().min(len)..len);
    loop {
        let n = rest.read(buffer).map_err(|error| failure(error.into()))?;
        if n == 0 {
            return Ok(0);
        }
        if buffer[..n].iter().any(|byte| *byte != 0) {
            return Ok(len - zip.end_offset());
        }
    }
}

fn check_len<R>(zip: &ZipArchive<R>, limits: &DecodeLimits) -> Result<(), NpzError> {
    let directory = zip.eocd_offset().saturating_sub(zip.directory_offset());
    let most = (limits.max_bytes / DIRECTORY_PART).max(DIRECTORY_FREE);
    if directory > most as u64 {
        let message = format!(
            "its directory has {directory} bytes for {} members, more than the limit of {most}, an eighth of the {} \
             bytes to decode to",
            zip.entries_hint(),
            limits.max_bytes
        );
        return Err(NpzError::Archive(CodecError::over(Limit::Bytes, message)));
    }
    Ok(())
}

fn entries<R: ReaderAt>(
    zip: &ZipArchive<R>,
    buffer: &mut [u8],
    archive_len: u64,
) -> Result<Vec<Member>, NpzError> {
    // The directory's length is within the limit, so this claim of its is too.
    let directory = zip.eocd_offset().saturating_sub(zip.directory_offset());
    let most = usize::try_from(zip.entries_hint().min(directory / ENTRY)).unwrap_or(0);
    let mut members = Vec::with_capacity(most);
    // Where something begins that no member may reach into.
    let mut borders = Vec::with_capacity(most + 2);
    borders.extend([zip.directory_offset(), archive_len]);
    let mut entries = zip.entries(buffer);
    while let Some(entry) = entries.next_entry().map_err(failure)? {
        borders.push(entry.local_header_offset());
        if !(entry.is_dir() && entry.uncompressed_size_hint() == 0) {
            members.push(Member::new(&entry));
        }
    }
    let (counted, claimed) = (borders.len() as u64 - 2, zip.entries_hint());
    if counted != claimed {
        let message = format!("its directory lists {counted} members, but its end says {claimed}");
        return Err(NpzError::Archive(CodecError::corrupt(message)));
    }
    borders.sort_unstable();
    for member in &mut members {
        let next = borders.partition_point(|border| *border <= member.header_at);
        member.border = borders.get(next).copied().unwrap_or(archive_len);
    }
    Ok(members)
}

fn failure(error: rawzip::Error) -> NpzError {
    NpzError::Archive(raw_failure(error))
}

/// The text of a name: UTF-8 if it is that, else in the code page 437 of zip's origin.
pub(crate) fn decoded(name: &[u8]) -> Cow<'_, str> {
    /// What the bytes from 128 on mean.
    const UPPER: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
                         αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
    std::str::from_utf8(name).map_or_else(
        |_| {
            let upper: Vec<char> = UPPER.chars().collect();
            let decode = |byte: &u8| match byte.checked_sub(128) {
                Some(at) => upper[usize::from(at)],
                None => char::from(*byte),
            };
            name.iter().map(decode).collect::<String>().into()
        },
        Cow::Borrowed,
    )
}

/// A seekable reader that is read at any place, also by several threads in turn.
#[derive(Debug)]
pub(crate) struct At<R>(Mutex<R>);

impl<R: Read + Seek> ReaderAt for At<R> {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        if i64::try_from(offset).is_err() {
            // No file is so long; a system would report a wrong argument, as if it were not the archive that is wrong.
            return Ok(0);
        }
        let mut reader = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reader.seek(SeekFrom::Start(offset))?;
        reader.read(buf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_utf_8_or_code_page_437() {
        assert_eq!(decoded("naïve ☃".as_bytes()), "naïve ☃");
        assert_eq!(decoded(b"na\x8bve"), "naïve");
        let all: Vec<u8> = (128..=255).collect();
        let text = decoded(&all);
        assert_eq!(
            (text.chars().count(), text.chars().next(), text.chars().last()),
            (128, Some('Ç'), Some('\u{a0}'))
        );
        assert_eq!(decoded(b"\xe1\xff\xff"), "ß\u{a0}\u{a0}");
    }
}
