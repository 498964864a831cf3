//! The LZ4 frame format, version 1.6: headers, heads of blocks, end marks and checksums.

use std::hash::Hasher as _;
use std::ops::RangeInclusive;

use ndcodec_core::{CodecError, ErrorKind, Units};
use twox_hash::XxHash32;

use crate::input::{Input, SliceInput};

/// The first four bytes of a frame, little-endian.
pub(crate) const MAGIC: u32 = 0x184D_2204;
/// Those of a frame of the user's own, which readers pass over.
pub(crate) const SKIPPABLE: RangeInclusive<u32> = 0x184D_2A50..=0x184D_2A5F;
/// Those of a frame of before 2013, which the Linux kernel still uses. It has no end mark.
const LEGACY: u32 = 0x184C_2102;

/// The head that ends a frame: a block of no bytes.
pub(crate) const END_MARK: [u8; 4] = [0; 4];
/// The bit of a block's head that says it is stored as it is.
const STORED: u32 = 1 << 31;

const VERSION: u8 = 0b01 << 6;
const INDEPENDENT: u8 = 1 << 5;
const BLOCK_CHECKSUMS: u8 = 1 << 4;
const CONTENT_SIZE: u8 = 1 << 3;
const CONTENT_CHECKSUM: u8 = 1 << 2;
const RESERVED: u8 = 1 << 1;
const DICTIONARY: u8 = 1;

/// The descriptor of a frame that `lz4` writes without parameters, and its checksum.
const COMMON: ([u8; 2], u8) = ([VERSION | INDEPENDENT, BlockSize::DEFAULT.0 << 4], 0xfb);

/// The largest block of a frame: one of the four sizes that its header can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BlockSize(u8);

impl BlockSize {
    /// 256 KiB.
    pub(crate) const DEFAULT: Self = Self(5);

    /// The size that a value of the parameter `block` names.
    pub(crate) fn of(word: &str) -> Self {
        Self(match word {
            "64KiB" => 4,
            "1MiB" => 6,
            "4MiB" => 7,
            _ => Self::DEFAULT.0,
        })
    }

    pub(crate) fn bytes(self) -> usize {
        1 << (8 + 2 * self.0)
    }

    /// How many blocks `len` bytes make. A division would be felt in the decoding of 1 KiB, for which it bounds what the
    /// stage behind may hold.
    fn count(self, len: usize) -> usize {
        (len >> (8 + 2 * self.0)) + usize::from(len & (self.bytes() - 1) != 0)
    }
}

/// The header of a frame that we write.
///
/// The content's size is left out, as one who writes a stream does not know it, and the two must not differ.
pub(crate) fn header(block: BlockSize, has_checksum: bool) -> [u8; 7] {
    let flags = VERSION | INDEPENDENT | if has_checksum { CONTENT_CHECKSUM } else { 0 };
    let descriptor = [flags, block.0 << 4];
    let [a, b, c, d] = MAGIC.to_le_bytes();
    [a, b, c, d, descriptor[0], descriptor[1], header_checksum(&descriptor)]
}

/// The head of a block of `len` bytes.
pub(crate) fn block_head(len: u32, is_stored: bool) -> [u8; 4] {
    (len | if is_stored { STORED } else { 0 }).to_le_bytes()
}

/// The most that a frame of ours takes: no block is larger than its content, but for its head.
pub(crate) fn max_encoded_len(input_len: usize, block: BlockSize) -> Option<usize> {
    let heads = block.count(input_len).checked_mul(4)?;
    input_len.checked_add(heads)?.checked_add(7 + END_MARK.len() + 4)
}

/// The checksum of a header. That of [`COMMON`] is known: in the decoding of 1 KiB, the hash would be felt.
#[inline]
fn header_checksum(descriptor: &[u8]) -> u8 {
    if let [flags, sizes] = *descriptor
        && [flags, sizes] == COMMON.0
    {
        return COMMON.1;
    }
    hashed_header(descriptor)
}

fn hashed_header(descriptor: &[u8]) -> u8 {
    let [_, second, ..] = XxHash32::oneshot(0, descriptor).to_le_bytes();
    second
}

/// What the header of a frame says.
#[derive(Debug)]
struct Header {
    is_linked: bool,
    has_block_checksums: bool,
    has_content_checksum: bool,
    content_size: Option<u64>,
    max_block: usize,
}

impl Header {
    /// Reads what follows the magic number.
    fn read<I: Input>(input: &mut I) -> Result<Self, CodecError> {
        const WHAT: &str = "the header of an lz4 frame";
        let at = input.at();
        let [flags, sizes] = input.take_array(WHAT)?;
        if flags >> 6 != VERSION >> 6 {
            return Err(CodecError::unsupported(format!(
                "unknown lz4 frame version {}; expected 1",
                flags >> 6
            ))
            .at(at));
        }
        if flags & RESERVED != 0 || sizes & 0b1000_1111 != 0 {
            let message =
                format!("reserved bits are set in the descriptor {flags:#04x} {sizes:#04x} of the frame");
            return Err(CodecError::corrupt(message).at(at));
        }
        let size = BlockSize(sizes >> 4);
        if size.0 < 4 {
            return Err(CodecError::corrupt(format!("unknown block size code {}; expected 4 to 7", size.0))
                .at(at + 1));
        }
        let mut content_size = None;
        let mut dictionary = None;
        let mut descriptor = [flags, sizes, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let mut len = 2;
        if flags & CONTENT_SIZE != 0 {
            let bytes = input.take_array(WHAT)?;
            descriptor[len..][..8].copy_from_slice(&bytes);
            content_size = Some(u64::from_le_bytes(bytes));
            len += 8;
        }
        if flags & DICTIONARY != 0 {
            let bytes = input.take_array(WHAT)?;
            descriptor[len..][..4].copy_from_slice(&bytes);
            dictionary = Some(u32::from_le_bytes(bytes));
            len += 4;
        }
        let [stored] = input.take_array(WHAT)?;
        let computed = header_checksum(&descriptor[..len]);
        if stored != computed {
            let message =
                format!("the header checksum is {stored:#04x}, but the header gives {computed:#04x}");
            return Err(CodecError::new(ErrorKind::Checksum, message).at(input.at() - 1));
        }
        if let Some(id) = dictionary {
            return Err(CodecError::unsupported(format!("the frame needs the dictionary {id:#010x}")).at(at));
        }
        Ok(Self {
            is_linked: flags & INDEPENDENT == 0,
            has_block_checksums: flags & BLOCK_CHECKSUMS != 0,
            has_content_checksum: flags & CONTENT_CHECKSUM != 0,
            content_size,
            max_block: size.bytes(),
        })
    }
}

/// The head of a block.
pub(crate) struct Block {
    /// Its length in the input, with its checksum.
    pub(crate) len: usize,
    /// Where its data begin.
    pub(crate) at: u64,
    pub(crate) is_stored: bool,
    /// Whether matches reach into the blocks before.
    pub(crate) is_linked: bool,
    /// Whether it begins a frame.
    pub(crate) is_first: bool,
    /// The most that it may decode to.
    pub(crate) max_decoded: usize,
    has_checksum: bool,
}

impl Block {
    /// What is left of `bytes`, all of the block, once the checksum is checked and cut off.
    pub(crate) fn checked<'a>(&self, bytes: &'a [u8]) -> Result<&'a [u8], CodecError> {
        match bytes.split_last_chunk() {
            Some((data, stored)) if self.has_checksum => {
                check("block checksum", *stored, XxHash32::oneshot(0, data), self.at + data.len() as u64)?;
                Ok(data)
            }
            _ => Ok(bytes),
        }
    }
}

fn check(name: &str, stored: [u8; 4], computed: u32, at: u64) -> Result<(), CodecError> {
    let stored = u32::from_le_bytes(stored);
    if stored == computed { Ok(()) } else { Err(CodecError::checksum(name, stored, computed).at(at)) }
}

/// The block of a frame that `lz4` writes without parameters, if it is the only one and nothing follows, and whether it is
/// stored: small messages, for which the [`Frames`] take a fifth of the time.
#[inline]
pub(crate) fn only_block(encoded: &[u8]) -> Option<(&[u8], bool)> {
    const HEADER: [u8; 7] = {
        let ([flags, sizes], checksum) = COMMON;
        let [a, b, c, d] = MAGIC.to_le_bytes();
        [a, b, c, d, flags, sizes, checksum]
    };
    let (head, rest) = encoded.strip_prefix(&HEADER)?.split_first_chunk()?;
    let (data, end) = rest.split_last_chunk()?;
    let head = u32::from_le_bytes(*head);
    let is_whole = (head & !STORED) as usize == data.len() && !data.is_empty() && *end == END_MARK;
    (is_whole && data.len() <= BlockSize::DEFAULT.bytes()).then_some((data, head & STORED != 0))
}

/// A walk over frames in a row.
#[derive(Default)]
pub(crate) struct Frames {
    frame: Option<Frame>,
    /// Whether a frame was read to its end.
    is_whole: bool,
    /// Frames and blocks so far, and the bytes that they hold.
    units: Units,
    held: u64,
}

/// What is counted, for an error.
const UNITS: &str = "lz4 frames and blocks";

struct Frame {
    header: Header,
    /// How much was decoded, and its hash.
    len: u64,
    hash: Option<XxHash32>,
    is_begun: bool,
}

impl Frames {
    /// The next block of this frame or the next; `None` at the end of the last. The caller takes it from `input`,
    /// decodes it, and tells [`accept`](Self::accept).
    pub(crate) fn advance<I: Input>(&mut self, input: &mut I) -> Result<Option<Block>, CodecError> {
        loop {
            let frame = match &mut self.frame {
                Some(frame) => frame,
                None => match open(input, self.is_whole, &mut self.units, self.held)? {
                    Some(header) => self.frame.insert(Frame::new(header)),
                    None => return Ok(None),
                },
            };
            if let Some(block) = frame.block(input)? {
                return Ok(Some(block));
            }
            frame.close(input)?;
            self.frame = None;
            self.is_whole = true;
        }
    }

    /// Takes note of what `block` was decoded to.
    pub(crate) fn accept(&mut self, block: &Block, decoded: &[u8]) -> Result<(), CodecError> {
        let Some(frame) = &mut self.frame else { return Ok(()) };
        frame.len += decoded.len() as u64;
        self.held += decoded.len() as u64;
        self.units.count(UNITS, self.held)?;
        if let Some(size) = frame.header.content_size.filter(|size| frame.len > *size) {
            let message = format!("the frame goes on after the {size} bytes that its header gives");
            return Err(CodecError::corrupt(message).at(block.at));
        }
        if let Some(hash) = &mut frame.hash {
            hash.write(decoded);
        }
        Ok(())
    }

    /// How much more the frame holds, if its header says so.
    pub(crate) fn claimed_rest(&self) -> Option<u64> {
        let frame = self.frame.as_ref()?;
        frame.header.content_size.map(|size| size.saturating_sub(frame.len))
    }
}

impl Frame {
    fn new(header: Header) -> Self {
        let hash = header.has_content_checksum.then(|| XxHash32::with_seed(0));
        Self { header, len: 0, hash, is_begun: false }
    }

    /// The next block, or `None` at the end mark.
    fn block<I: Input>(&mut self, input: &mut I) -> Result<Option<Block>, CodecError> {
        let Header { is_linked, has_block_checksums: has_checksum, max_block, .. } = self.header;
        let head = input.take_u32("an lz4 frame, before its end mark")?;
        if head.to_le_bytes() == END_MARK {
            return Ok(None);
        }
        let at = input.at();
        let len = usize::try_from(head & !STORED).unwrap_or(usize::MAX);
        if len > max_block {
            let message = format!("a block of {len} bytes is larger than the frame's maximum of {max_block}");
            return Err(CodecError::corrupt(message).at(at - 4));
        }
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        let len = len + if has_checksum { 4 } else { 0 };
        let is_stored = head & STORED != 0;
        Ok(Some(Block { len, at, is_stored, is_linked, is_first, max_decoded: max_block, has_checksum }))
    }

    /// Checks what follows the end mark.
    fn close<I: Input>(&self, input: &mut I) -> Result<(), CodecError> {
        let at = input.at();
        if let Some(size) = self.header.content_size.filter(|size| *size != self.len) {
            let message = format!("the frame ends after {} bytes, but its header gives {size}", self.len);
            return Err(CodecError::corrupt(message).at(at));
        }
        if let Some(hash) = &self.hash {
            let stored = input.take_array("the content checksum")?;
            check("content checksum", stored, hash.finish_32(), at)?;
        }
        Ok(())
    }
}

/// The header of the next frame, behind skippable ones; `None` at the end of the input, if a frame was there.
fn open<I: Input>(
    input: &mut I,
    has_frame: bool,
    units: &mut Units,
    held: u64,
) -> Result<Option<Header>, CodecError> {
    loop {
        let at = input.at();
        let bytes = input.take_up_to(4)?;
        let Some(magic) = bytes.first_chunk() else {
            return match bytes.len() {
                0 if has_frame => Ok(None),
                n if has_frame => Err(CodecError::trailing(n, "the frame").at(at)),
                // Skippable frames alone are not content: it may be cut off behind them.
                n => Err(CodecError::truncated("the magic number of an lz4 frame").at(at + n as u64)),
            };
        };
        let magic = u32::from_le_bytes(*magic);
        units.count(UNITS, held)?;
        if magic == MAGIC {
            return Header::read(input).map(Some);
        }
        if SKIPPABLE.contains(&magic) {
            let len = input.take_u32("a skippable frame")?;
            input.skip(len.into(), "a skippable frame")?;
            continue;
        }
        return Err(match (magic, has_frame) {
            (LEGACY, _) => CodecError::unsupported("a legacy lz4 frame, which does not say where it ends"),
            (_, true) => {
                let message = format!("{magic:#010x} follows the frame; expected another frame or the end");
                CodecError::new(ErrorKind::Trailing, message)
            }
            (_, false) => {
                CodecError::corrupt(format!("{magic:#010x} is not the magic number of an lz4 frame"))
            }
        }
        .at(at));
    }
}

/// The length of the content of all frames, if each says it and is there to its end.
pub(crate) fn content_size(encoded: &[u8]) -> Option<u64> {
    let mut input = SliceInput::new(encoded);
    let mut size = None;
    let mut units = Units::new();
    while let Some(header) = open(&mut input, size.is_some(), &mut units, size.unwrap_or(0)).ok()? {
        size = Some(size.unwrap_or(0u64).checked_add(header.content_size?)?);
        let checksum = if header.has_content_checksum { 4 } else { 0 };
        let mut frame = Frame::new(header);
        while let Some(block) = frame.block(&mut input).ok()? {
            units.count(UNITS, size.unwrap_or(0)).ok()?;
            input.take(block.len, "a block").ok()?;
        }
        input.take(checksum, "the content checksum").ok()?;
    }
    size
}

#[cfg(test)]
mod tests {
    use super::{BlockSize, COMMON, hashed_header, header};

    /// The known checksum is what the hash gives, and the header is the one without parameters.
    #[test]
    fn the_checksum_of_the_common_header_is_right() {
        assert_eq!(hashed_header(&COMMON.0), COMMON.1);
        let [_, _, _, _, descriptor @ .., checksum] = header(BlockSize::of(crate::DEFAULT_BLOCK), false);
        assert_eq!((descriptor, checksum), COMMON);
    }
}
