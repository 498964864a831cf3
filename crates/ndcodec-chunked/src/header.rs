//! The header: dtype, shape, order, chunk length and inner chain, with a checksum.

use ndcodec_core::{
    CodecError, DType, DecodeLimits, ErrorKind, HeaderError, Layout, Limit, MAX_NDIM, Order, Sniffed,
};

use crate::checksum::crc32c;

/// What tells one of our containers from another: they are framed alike, and their chunks differ.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Brand {
    /// The word in a chain.
    pub(crate) name: &'static str,
    /// Begins every container. As in PNG, the line ends notice a transfer that took the data for text.
    pub(crate) magic: [u8; 8],
    /// Ends every container.
    pub(crate) end: [u8; 8],
}

pub(crate) static CHUNKED: Brand = Brand { name: "chunked", magic: *b"\x89NDCH\r\n\x1a", end: *b"NDCHEND\n" };

pub(crate) static AUTO: Brand = Brand { name: "auto", magic: *b"\x89NDAU\r\n\x1a", end: *b"NDAUEND\n" };

impl Brand {
    pub(crate) fn sniff(&'static self, bytes: &[u8]) -> Option<Sniffed> {
        bytes.starts_with(&self.magic).then_some(Sniffed::certain(self.name))
    }
}

const VERSION: u8 = 1;

/// Chunks of fewer bytes cost more time than their bytes are worth. No writer of ours makes them.
const SHORT: usize = 256;
/// More short chunks than this are refused.
const MANY: usize = 1 << 16;

/// The most bytes of a chunk: it must fit into memory, and its record's length into four bytes.
pub(crate) const MAX_CHUNK: usize = 1 << 30;

/// The part of the header whose length is fixed.
const FIXED: usize = 32;

/// What the header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) brand: &'static Brand,
    pub(crate) layout: Layout,
    /// The bytes of the payload in every chunk but the last.
    pub(crate) chunk_len: usize,
    /// The inner chain of `chunked`; what `auto` was asked for.
    pub(crate) text: String,
    /// The length of the header itself, its checksum included.
    pub(crate) len: usize,
    /// The header's checksum, which goes into those of the chunks and the index: they belong to this header.
    pub(crate) crc: u32,
}

impl Head {
    /// A header for arrays of this layout, whose items are no larger than a chunk may be, in chunks of `chunk_len` bytes; and
    /// its bytes.
    pub(crate) fn new(
        brand: &'static Brand,
        layout: &Layout,
        chunk_len: usize,
        text: &str,
    ) -> (Self, Vec<u8>) {
        // One way to write an array whose rows and columns lie alike.
        let layout = layout.clone().canonical();
        let dtype = layout.dtype().to_string();
        // Neither text comes near 4 GiB: both were read from the text of a chain, or from a header.
        let length = |len: usize| u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes();
        let mut bytes = Vec::with_capacity(FIXED + 8 * layout.ndim() + dtype.len() + text.len() + 4);
        bytes.extend_from_slice(&brand.magic);
        bytes.push(VERSION);
        bytes.push(u8::from(layout.order() == Order::Fortran));
        // No layout has more than 64 dimensions.
        bytes.extend_from_slice(&u16::try_from(layout.ndim()).unwrap_or(u16::MAX).to_le_bytes());
        bytes.extend_from_slice(&length(dtype.len()));
        bytes.extend_from_slice(&length(text.len()));
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&(chunk_len as u64).to_le_bytes());
        for dim in layout.shape() {
            bytes.extend_from_slice(&(*dim as u64).to_le_bytes());
        }
        bytes.extend_from_slice(dtype.as_bytes());
        bytes.extend_from_slice(text.as_bytes());
        let crc = crc32c(&[&bytes]);
        bytes.extend_from_slice(&crc.to_le_bytes());
        let len = bytes.len();
        (Self { brand, layout, chunk_len, text: text.to_owned(), len, crc }, bytes)
    }

    /// Reads a header at the beginning of `prefix`.
    pub(crate) fn read(
        brand: &'static Brand,
        prefix: &[u8],
        limits: &DecodeLimits,
    ) -> Result<Self, HeaderError> {
        let (name, there) = (brand.name, prefix.len().min(brand.magic.len()));
        if prefix[..there] != brand.magic[..there] {
            let error = CodecError::corrupt(format!("the magic number is not that of `{name}`")).at(0);
            return Err(error.with_help_if_any(ndcodec_core::diagnosis::help(prefix)).into());
        }
        let Some(fixed) = prefix.first_chunk::<FIXED>() else {
            return Err(HeaderError::Incomplete { needed: FIXED });
        };
        if fixed[8] != VERSION {
            let message = format!("unknown version {} of `{name}`; expected {VERSION}", fixed[8]);
            return Err(CodecError::unsupported(message).at(8).into());
        }
        let ndim = usize::from(u16::from_le_bytes([fixed[10], fixed[11]]));
        if ndim > MAX_NDIM {
            let message = format!("{ndim} dimensions are more than the {MAX_NDIM} that numpy allows");
            return Err(CodecError::corrupt(message).at(10).into());
        }
        let (dtype_len, inner_len) = (u32_at(fixed, 12), u32_at(fixed, 16));
        let needed = FIXED
            .saturating_add(8 * ndim)
            .saturating_add(dtype_len)
            .saturating_add(inner_len)
            .saturating_add(4);
        if needed > limits.max_header {
            let max = limits.max_header;
            let message = format!("the header claims {needed} bytes, more than the limit of {max} bytes");
            return Err(CodecError::over(Limit::Header, message).at(12).into());
        }
        let Some(header) = prefix.get(..needed) else { return Err(HeaderError::Incomplete { needed }) };
        let (covered, stored) = header.split_at(needed - 4);
        let (stored, crc) = (u32_at(stored, 0), crc32c(&[covered]));
        if stored != crc as usize {
            return Err(CodecError::checksum("header's crc32c", stored, crc).at(covered.len() as u64).into());
        }
        Ok(Self::read_checked(brand, covered, ndim, dtype_len, crc)?)
    }

    /// Reads a header that its checksum has shown to be what a writer wrote.
    fn read_checked(
        brand: &'static Brand,
        covered: &[u8],
        ndim: usize,
        dtype_len: usize,
        crc: u32,
    ) -> Result<Self, CodecError> {
        let order = match covered[9] {
            0 => Order::C,
            1 => Order::Fortran,
            other => return Err(CodecError::corrupt(format!("unknown order {other}; expected 0 or 1")).at(9)),
        };
        if covered[20..24] != [0; 4] {
            return Err(CodecError::unsupported("reserved bytes of the header are not zero").at(20));
        }
        let too_large = |_| CodecError::corrupt("a length is larger than memory can address").at(24);
        let chunk_len = usize::try_from(u64_at(covered, 24)).map_err(too_large)?;
        let mut shape = Vec::with_capacity(ndim);
        for axis in 0..ndim {
            shape.push(usize::try_from(u64_at(covered, FIXED + 8 * axis)).map_err(too_large)?);
        }
        let texts = &covered[FIXED + 8 * ndim..];
        let (dtype, text) = texts.split_at(dtype_len);
        let utf8 = |bytes| {
            std::str::from_utf8(bytes)
                .map_err(|error| CodecError::corrupt("a text is not UTF-8").with_source(error))
        };
        let (dtype, text) = (utf8(dtype)?, utf8(text)?);
        let dtype = DType::parse(dtype)
            .map_err(|error| CodecError::corrupt("the dtype is invalid").with_source(error))?;
        let itemsize = dtype.itemsize();
        let layout = Layout::new(dtype, shape, order).map_err(|error| {
            CodecError::corrupt("the header describes an impossible array").with_source(error)
        })?;
        if chunk_len == 0 || (itemsize > 0 && !chunk_len.is_multiple_of(itemsize)) {
            let message = format!(
                "chunks of {chunk_len} bytes do not hold a whole number of items of {itemsize} bytes"
            );
            return Err(CodecError::corrupt(message).at(24));
        }
        if chunk_len > MAX_CHUNK {
            let message =
                format!("chunks of {chunk_len} bytes are larger than the {MAX_CHUNK} that are allowed");
            return Err(CodecError::corrupt(message).at(24));
        }
        let count = layout.nbytes().div_ceil(chunk_len);
        if chunk_len < SHORT && count > MANY {
            let message = format!(
                "{count} chunks of {chunk_len} bytes; expected at most {MANY} chunks of fewer than {SHORT} bytes"
            );
            return Err(CodecError::new(ErrorKind::Refused, message).at(24));
        }
        Ok(Self {
            brand,
            layout: layout.canonical(),
            chunk_len,
            text: text.to_owned(),
            len: covered.len() + 4,
            crc,
        })
    }

    /// How many chunks there are.
    pub(crate) fn count(&self) -> usize {
        self.layout.nbytes().div_ceil(self.chunk_len)
    }

    /// How many of these chunks are worth a thread each: a few elements that are left over are not.
    pub(crate) fn tasks(&self, chunks: std::ops::RangeInclusive<usize>) -> usize {
        let rest = self.chunk_range(*chunks.end()).len();
        chunks.count() - usize::from(rest < self.chunk_len / 64)
    }

    /// The bytes of the payload in chunk `i`.
    pub(crate) fn chunk_range(&self, i: usize) -> std::ops::Range<usize> {
        let nbytes = self.layout.nbytes();
        let start = i.saturating_mul(self.chunk_len).min(nbytes);
        start..start.saturating_add(self.chunk_len).min(nbytes)
    }
}

/// Chunks of about `size` bytes, in whole items, eight at a time where that fits, since `bitshuffle` works on groups of
/// eight.
pub(crate) fn chunk_len(itemsize: usize, size: usize) -> usize {
    let itemsize = itemsize.max(1);
    let unit = if itemsize.saturating_mul(8) <= size { itemsize * 8 } else { itemsize };
    (size / unit * unit).max(unit)
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> usize {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(four) as usize
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(eight)
}
