//! The body of a chunk: texts of inner chains, a table of parts, and what is kept of each.

use ndcodec_core::{CodecError, Pooled};

use crate::parts::Scratch;

/// How a part is kept: as it is, as one element, or through the inner chain whose number follows.
const STORED: usize = 0;
const CONSTANT: usize = 1;
const FIRST_CHAIN: usize = 2;

/// The most bytes of an inner chain's text.
const MAX_TEXT: usize = 1 << 10;

/// Collects the parts of a chunk.
#[derive(Debug)]
pub(crate) struct Writer<'s> {
    parts: usize,
    texts: Vec<String>,
    table: Vec<u8>,
    /// In memory that is used again: it is as large as a chunk.
    scratch: Pooled<'s, Scratch>,
}

impl<'s> Writer<'s> {
    pub(crate) fn new(mut scratch: Pooled<'s, Scratch>) -> Self {
        scratch.kept.clear();
        Self { parts: 0, texts: Vec::new(), table: Vec::new(), scratch }
    }

    /// So many parts will follow.
    pub(crate) fn begin(&mut self, parts: usize) {
        self.parts = parts;
    }

    pub(crate) fn stored(&mut self, bytes: &[u8]) {
        push_varint(STORED, &mut self.table);
        self.scratch.kept.extend_from_slice(bytes);
    }

    pub(crate) fn constant(&mut self, element: &[u8]) {
        push_varint(CONSTANT, &mut self.table);
        self.scratch.kept.extend_from_slice(element);
    }

    pub(crate) fn encoded(&mut self, text: &str, bytes: &[u8]) {
        let at = self.texts.iter().position(|known| known == text).unwrap_or_else(|| {
            self.texts.push(text.to_owned());
            self.texts.len() - 1
        });
        push_varint(FIRST_CHAIN + at, &mut self.table);
        push_varint(bytes.len(), &mut self.table);
        self.scratch.kept.extend_from_slice(bytes);
    }

    fn head(&self) -> Vec<u8> {
        let mut head = Vec::new();
        push_varint(self.texts.len(), &mut head);
        for text in &self.texts {
            push_varint(text.len(), &mut head);
            head.extend_from_slice(text.as_bytes());
        }
        push_varint(self.parts, &mut head);
        head
    }

    /// The bytes of the whole.
    pub(crate) fn len(&self) -> usize {
        self.head().len() + self.table.len() + self.scratch.kept.len()
    }

    /// Writes the whole to the beginning of `room`, and returns its length.
    pub(crate) fn write(&self, room: &mut [u8]) -> usize {
        let mut end = 0;
        for bytes in [&self.head()[..], &self.table, &self.scratch.kept] {
            room[end..end + bytes.len()].copy_from_slice(bytes);
            end += bytes.len();
        }
        end
    }
}

/// How a part is kept, and what is kept of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How<'r> {
    Stored(&'r [u8]),
    Constant(&'r [u8]),
    /// The text of the inner chain, and what it made.
    Encoded(&'r str, &'r [u8]),
}

/// Gives the parts of a chunk.
#[derive(Debug)]
pub(crate) struct Reader<'r> {
    texts: Vec<&'r str>,
    parts: usize,
    table: &'r [u8],
    data: &'r [u8],
}

impl<'r> Reader<'r> {
    pub(crate) fn new(mut body: &'r [u8]) -> Result<Self, CodecError> {
        let count = varint(&mut body)?;
        if count > super::split::MAX_PARTS {
            return Err(CodecError::corrupt(format!("a chunk names {count} inner chains")));
        }
        let mut texts = Vec::with_capacity(count);
        for _ in 0..count {
            let len = varint(&mut body)?;
            if len > MAX_TEXT {
                return Err(CodecError::corrupt(format!("the text of an inner chain has {len} bytes")));
            }
            let text = take(&mut body, len)?;
            texts.push(std::str::from_utf8(text).map_err(|error| {
                CodecError::corrupt("the text of an inner chain is not UTF-8").with_source(error)
            })?);
        }
        let parts = varint(&mut body)?;
        if parts == 0 || parts > super::split::MAX_PARTS {
            return Err(CodecError::corrupt(format!("a chunk has {parts} parts")));
        }
        // The table is read twice: its length is that of its entries.
        let mut data = body;
        for _ in 0..parts {
            if varint(&mut data)? >= FIRST_CHAIN {
                varint(&mut data)?;
            }
        }
        Ok(Self { texts, parts, table: body, data })
    }

    /// How many parts there are.
    pub(crate) fn parts(&self) -> usize {
        self.parts
    }

    /// The next part, of `len` bytes, whose elements have `itemsize`.
    pub(crate) fn next(&mut self, len: usize, itemsize: usize) -> Result<How<'r>, CodecError> {
        match varint(&mut self.table)? {
            STORED => take(&mut self.data, len).map(How::Stored),
            CONSTANT if itemsize > 0 && len.is_multiple_of(itemsize) => {
                take(&mut self.data, itemsize).map(How::Constant)
            }
            CONSTANT => {
                Err(CodecError::corrupt(format!("{len} bytes are not whole elements of {itemsize} bytes")))
            }
            chain => {
                let Some(text) = self.texts.get(chain - FIRST_CHAIN) else {
                    let (count, at) = (self.texts.len(), chain - FIRST_CHAIN);
                    return Err(CodecError::corrupt(format!("a part names inner chain {at} of {count}")));
                };
                let kept = varint(&mut self.table)?;
                Ok(How::Encoded(text, take(&mut self.data, kept)?))
            }
        }
    }

    /// Nothing may follow the last part.
    pub(crate) fn end(&self) -> Result<(), CodecError> {
        match self.data.len() {
            0 => Ok(()),
            more => Err(CodecError::trailing(more, "its parts")),
        }
    }
}

/// Seven bits to a byte, the lowest first; the highest bit says that more follow.
fn push_varint(mut value: usize, into: &mut Vec<u8>) {
    while value >= 0x80 {
        into.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    into.push(value.to_le_bytes()[0]);
}

fn varint(bytes: &mut &[u8]) -> Result<usize, CodecError> {
    let mut value = 0_u64;
    for shift in (0..35).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or_else(|| CodecError::truncated("its table"))?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return usize::try_from(value)
                .map_err(|_| CodecError::corrupt("a length is larger than memory can address"));
        }
    }
    Err(CodecError::corrupt("a number of its table has more than 5 bytes"))
}

fn take<'r>(bytes: &mut &'r [u8], len: usize) -> Result<&'r [u8], CodecError> {
    let (taken, rest) = bytes.split_at_checked(len).ok_or_else(|| CodecError::truncated("its parts"))?;
    *bytes = rest;
    Ok(taken)
}
