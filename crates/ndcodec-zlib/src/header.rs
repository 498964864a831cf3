//! What stands before the data: zlib's two bytes and gzip's member header, read in pieces of any size.

use ndcodec_core::{CodecError, ErrorKind};

use crate::Wrapper;

/// FLG bits of a gzip member.
const FHCRC: u8 = 1 << 1;
const FEXTRA: u8 = 1 << 2;
const FNAME: u8 = 1 << 3;
const FCOMMENT: u8 = 1 << 4;
/// RFC 1952, 2.3.1.2: what these would mean is unknown, so a decoder must give an error.
const RESERVED: u8 = 0b1110_0000;

/// The first byte of a gzip member: a byte after a member's end that is not this begins no further member.
pub(crate) const GZIP_FIRST: u8 = 0x1f;

/// What stands before data that are encoded at a level from 0 to 9.
pub(crate) fn bytes(wrapper: Wrapper, level: u32) -> &'static [u8] {
    match (wrapper, level) {
        (Wrapper::None, _) => &[],
        // FLEVEL is what zlib writes; the lower bits make the whole a multiple of 31.
        (Wrapper::Zlib, 0 | 1) => &[0x78, 0x01],
        (Wrapper::Zlib, 2..=5) => &[0x78, 0x5e],
        (Wrapper::Zlib, 6) => &[0x78, 0x9c],
        (Wrapper::Zlib, _) => &[0x78, 0xda],
        // No name, MTIME 0 ("not available") and OS 255 ("unknown"): nothing but the level shows, in XFL as
        // gzip has it.
        (Wrapper::Gzip, 0 | 1) => &[GZIP_FIRST, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255],
        (Wrapper::Gzip, 9) => &[GZIP_FIRST, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255],
        (Wrapper::Gzip, _) => &[GZIP_FIRST, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255],
    }
}

/// Checks CMF and FLG of RFC 1950.
pub(crate) fn check_zlib([cmf, flg]: [u8; 2]) -> Result<(), CodecError> {
    let (method, window) = (cmf & 15, (cmf >> 4) + 8);
    if u16::from_be_bytes([cmf, flg]) % 31 != 0 {
        return Err(CodecError::corrupt(format!("{cmf:02x} {flg:02x} is not a zlib header")));
    }
    if method != 8 {
        return Err(CodecError::unsupported(format!(
            "unknown compression method {method} in the zlib header; expected 8"
        )));
    }
    if window > 15 {
        return Err(CodecError::corrupt(format!(
            "the zlib header asks for a window of 2^{window} bytes; expected 2^15 at most"
        )));
    }
    if flg & 0x20 != 0 {
        return Err(CodecError::unsupported("the zlib stream needs a preset dictionary"));
    }
    Ok(())
}

/// A header that is being read.
#[derive(Debug)]
pub(crate) enum Header {
    Zlib(Fixed<2>),
    Gzip(GzipHeader),
}

impl Header {
    /// Takes bytes from the beginning of `input`; returns how many, and whether the header is complete.
    pub(crate) fn take(&mut self, input: &[u8]) -> Result<(usize, bool), CodecError> {
        let mut taken = 0;
        while let Some(byte) = input.get(taken) {
            let is_complete = match self {
                Self::Zlib(head) => match head.take(*byte) {
                    Some(head) => check_zlib(head).map(|()| true)?,
                    None => false,
                },
                Self::Gzip(header) => {
                    taken += header.take_text(&input[taken..])?;
                    let Some(byte) = input.get(taken) else { break };
                    header.take(*byte)?
                }
            };
            taken += 1;
            if is_complete {
                return Ok((taken, true));
            }
        }
        Ok((taken, false))
    }

    /// What the input ends inside, for the error.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Zlib(_) => "the zlib header",
            Self::Gzip(_) => "a gzip header",
        }
    }
}

/// So many bytes, collected.
#[derive(Debug)]
pub(crate) struct Fixed<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Fixed<N> {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; N], len: 0 }
    }

    fn take(&mut self, byte: u8) -> Option<[u8; N]> {
        self.bytes[self.len] = byte;
        self.len += 1;
        (self.len == N).then_some(self.bytes)
    }
}

/// The header of a gzip member: ten bytes, then what its flags say.
#[derive(Debug)]
pub(crate) struct GzipHeader {
    field: Field,
    flags: u8,
    /// CRC-32 of the header so far.
    crc: u32,
    /// The bytes of names and comments so far.
    text: usize,
}

/// The most bytes of a member's name and comment together. No file's name is as long.
const MAX_NAME: usize = 64 << 10;

#[derive(Debug)]
enum Field {
    Fixed(Fixed<10>),
    ExtraLen(Fixed<2>),
    Extra(u16),
    Name,
    Comment,
    Crc { stored: Fixed<2>, computed: u16 },
}

impl GzipHeader {
    pub(crate) const fn new() -> Self {
        Self { field: Field::Fixed(Fixed::new()), flags: 0, crc: 0, text: 0 }
    }

    /// Takes what of a name or a comment `input` begins with, but for the zero that ends it; returns how much.
    fn take_text(&mut self, input: &[u8]) -> Result<usize, CodecError> {
        if !matches!(self.field, Field::Name | Field::Comment) {
            return Ok(0);
        }
        let len = input.iter().position(|byte| *byte == 0).unwrap_or(input.len());
        self.text += len;
        if self.text > MAX_NAME {
            let message = format!("a gzip member's name and comment have more than {MAX_NAME} bytes");
            return Err(CodecError::new(ErrorKind::Refused, message));
        }
        self.crc = zlib_rs::crc32::crc32(self.crc, &input[..len]);
        Ok(len)
    }

    /// Takes a byte; returns whether it was the last.
    fn take(&mut self, byte: u8) -> Result<bool, CodecError> {
        self.crc = zlib_rs::crc32::crc32(self.crc, &[byte]);
        match &mut self.field {
            Field::Fixed(fixed) => {
                let Some(fixed) = fixed.take(byte) else { return Ok(false) };
                self.flags = check_gzip(fixed)?;
                Ok(self.next([FEXTRA, FNAME, FCOMMENT, FHCRC]))
            }
            Field::ExtraLen(len) => match len.take(byte).map(u16::from_le_bytes) {
                None => Ok(false),
                Some(0) => Ok(self.next([FNAME, FCOMMENT, FHCRC])),
                Some(len) => {
                    self.field = Field::Extra(len);
                    Ok(false)
                }
            },
            Field::Extra(left) => {
                *left -= 1;
                Ok(*left == 0 && self.next([FNAME, FCOMMENT, FHCRC]))
            }
            Field::Name => Ok(byte == 0 && self.next([FCOMMENT, FHCRC])),
            Field::Comment => Ok(byte == 0 && self.next([FHCRC])),
            Field::Crc { stored, computed } => match stored.take(byte).map(u16::from_le_bytes) {
                None => Ok(false),
                Some(stored) if stored == *computed => Ok(true),
                Some(stored) => Err(CodecError::new(
                    ErrorKind::Checksum,
                    format!(
                        "the gzip header's CRC-16 is {stored:#06x}, but the header gives {computed:#06x}"
                    ),
                )),
            },
        }
    }

    /// Goes on to the first of `fields` that the flags announce; returns whether there is none.
    fn next<const N: usize>(&mut self, fields: [u8; N]) -> bool {
        self.field = match fields.into_iter().find(|field| self.flags & field != 0) {
            Some(FEXTRA) => Field::ExtraLen(Fixed::new()),
            Some(FNAME) => Field::Name,
            Some(FCOMMENT) => Field::Comment,
            Some(_) => {
                let [low, high, ..] = self.crc.to_le_bytes();
                Field::Crc { stored: Fixed::new(), computed: u16::from_le_bytes([low, high]) }
            }
            None => return true,
        };
        false
    }
}

/// Checks the ten bytes that every member begins with; returns the flags. FTEXT, MTIME, XFL and OS say
/// nothing that a decoder needs.
fn check_gzip(head: [u8; 10]) -> Result<u8, CodecError> {
    let [id1, id2, method, flags, ..] = head;
    if [id1, id2] != [GZIP_FIRST, 0x8b] {
        return Err(CodecError::corrupt(format!(
            "{id1:02x} {id2:02x} is not the magic number of gzip; expected 1f 8b"
        )));
    }
    if method != 8 {
        return Err(CodecError::unsupported(format!(
            "unknown compression method {method} in the gzip header; expected 8"
        )));
    }
    if flags & RESERVED != 0 {
        return Err(CodecError::unsupported(format!(
            "the gzip header has the reserved flags {:#04x}",
            flags & RESERVED
        )));
    }
    Ok(flags)
}
