//! The body of a chunk: texts of inner chains, a table of parts, and what is kept of each.

use ndcodec_core::CodecError;

use super::split::MAX_PARTS;

/// How a part is kept: as it is, as one element, or through the inner chain whose number follows.
const STORED: usize = 0;
const CONSTANT: usize = 1;
const FIRST_CHAIN: usize = 2;

/// The most bytes of an inner chain's text.
const MAX_TEXT: usize = 1 << 10;

/// Writes the parts of a chunk where they are to be: a chunk of noise is copied once.
#[derive(Debug)]
pub(crate) struct Writer<'r> {
    room: &'r mut [u8],
    parts: usize,
    texts: Vec<String>,
    table: Vec<u8>,
    /// What the texts and the table have at most, and in most chunks exactly. What is kept begins here.
    head: usize,
    /// Where it ends.
    end: usize,
}

impl<'r> Writer<'r> {
    /// Parts of so many bytes will follow, of which some may go through the inner chains of `texts`.
    pub(crate) fn new<'t>(
        lens: impl ExactSizeIterator<Item = usize>,
        texts: impl Iterator<Item = &'t str>,
        room: &'r mut [u8],
    ) -> Self {
        let parts = lens.len();
        let mut known = Vec::new();
        texts.for_each(|text| {
            number_of(text, &mut known);
        });
        let highest = FIRST_CHAIN + known.len();
        // Encoding makes them shorter, and nearly never by as much that their lengths have fewer digits.
        let entries: usize = lens.map(|len| varint_len(highest) + varint_len(len.saturating_sub(1))).sum();
        let head = head(&known, parts).len() + entries;
        Self { room, parts, texts: Vec::new(), table: Vec::new(), head, end: head }
    }

    /// What the texts and the table of any chunk can have.
    pub(crate) fn most_of_head<'t>(texts: impl Iterator<Item = &'t str>) -> usize {
        let texts: usize = texts.map(|text| MAX_VARINT + text.len()).sum();
        (2 + 2 * MAX_PARTS) * MAX_VARINT + texts
    }

    /// The room for what is kept of the next part.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        &mut self.room[self.end..]
    }

    /// The bytes that are kept so far.
    pub(crate) fn kept(&self) -> usize {
        self.end - self.head
    }

    pub(crate) fn stored(&mut self, bytes: &[u8]) {
        self.push(STORED, bytes);
    }

    pub(crate) fn constant(&mut self, element: &[u8]) {
        self.push(CONSTANT, element);
    }

    fn push(&mut self, how: usize, bytes: &[u8]) {
        push_varint(how, &mut self.table);
        self.room()[..bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    /// The inner chain `text` made a part of `len` bytes, which are in [`room`](Self::room).
    pub(crate) fn encoded(&mut self, text: &str, len: usize) {
        let at = number_of(text, &mut self.texts);
        push_varint(FIRST_CHAIN + at, &mut self.table);
        push_varint(len, &mut self.table);
        self.end += len;
    }

    /// Returns the length of the whole, which is now at the beginning of the room.
    pub(crate) fn finish(self) -> usize {
        let mut head = head(&self.texts, self.parts);
        head.extend_from_slice(&self.table);
        if head.len() < self.head {
            self.room.copy_within(self.head..self.end, head.len());
        }
        self.room[..head.len()].copy_from_slice(&head);
        self.end - self.head + head.len()
    }
}

/// The number of a text among those that are known, of which it is one from now on.
fn number_of(text: &str, known: &mut Vec<String>) -> usize {
    known.iter().position(|known| known == text).unwrap_or_else(|| {
        known.push(text.to_owned());
        known.len() - 1
    })
}

/// What lies before the table.
fn head(texts: &[String], parts: usize) -> Vec<u8> {
    let mut head = Vec::new();
    push_varint(texts.len(), &mut head);
    for text in texts {
        push_varint(text.len(), &mut head);
        head.extend_from_slice(text.as_bytes());
    }
    push_varint(parts, &mut head);
    head
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
        if count > MAX_PARTS {
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
        if parts == 0 || parts > MAX_PARTS {
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

/// The most bytes of a number.
const MAX_VARINT: usize = 5;

fn varint_len(value: usize) -> usize {
    (value | 1).ilog2() as usize / 7 + 1
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
    for shift in (0..7 * MAX_VARINT).step_by(7) {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever becomes of the parts, the head fits exactly before them.
    #[test]
    fn what_was_written_is_read() {
        let text = "shuffle|zstd".repeat(20);
        let data: Vec<u8> = (0..=u8::MAX).cycle().take(70_000).collect();
        for parts in [1, 2, 64, 255] {
            for len in [1, 64, 127, 128, 129, 16_383, 16_384, 16_385, 70_000] {
                for kept in [0, 1, len / 2, len - 1] {
                    let texts = [&text[..], "lz4", "lz4"];
                    let most = Writer::most_of_head(texts.into_iter());
                    let mut room = vec![0xee; most + parts * len];
                    let mut writer =
                        Writer::new(std::iter::repeat_n(len, parts), texts.into_iter(), &mut room);
                    let how = |part: usize| (part + len + kept) % 4;
                    for part in 0..parts {
                        match how(part) {
                            0 => writer.stored(&data[..len]),
                            1 => writer.constant(&data[..1]),
                            way => {
                                writer.room()[..kept].copy_from_slice(&data[..kept]);
                                writer.encoded(texts[way - 2], kept);
                            }
                        }
                    }
                    let whole = writer.finish();
                    assert!(whole <= room.len(), "{parts} parts of {len}");
                    let mut reader = Reader::new(&room[..whole]).unwrap();
                    assert_eq!(reader.parts(), parts);
                    for part in 0..parts {
                        let expected = match how(part) {
                            0 => How::Stored(&data[..len]),
                            1 => How::Constant(&data[..1]),
                            way => How::Encoded(texts[way - 2], &data[..kept]),
                        };
                        assert_eq!(reader.next(len, 1).unwrap(), expected, "part {part} of {parts}, {len}");
                    }
                    reader.end().unwrap();
                }
            }
        }
    }
}
