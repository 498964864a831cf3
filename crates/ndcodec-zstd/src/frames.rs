//! What frames say of themselves, read without decoding them.

use ndcodec_core::{CodecError, ErrorKind, LenClaim, Output, Sample, Sniffed, Units};

use crate::MAX_WINDOW;

/// The most that a block holds.
pub(crate) const BLOCK_MAX: u64 = 128 << 10;

/// The most that a byte of a frame can stand for: four bytes make a block that repeats one byte 128 Ki times
/// (RFC 8878, 3.1.1.2), and nothing is denser.
const MAX_RATIO: u64 = BLOCK_MAX / 4;

/// What a run of frames holds, as far as they tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Contents {
    /// Bytes at most.
    pub(crate) most: u64,
    /// Bytes at least: blocks of other kinds than the compressed one tell how many they hold.
    pub(crate) least: u64,
    /// Whether every frame says its length; else it is what the blocks can hold.
    pub(crate) is_exact: bool,
    /// Whether a frame allows its blocks fewer bytes than any block may have.
    pub(crate) has_small_blocks: bool,
}

impl Contents {
    /// Reads the headers of frames and blocks. Skippable frames hold nothing.
    ///
    /// # Errors
    /// If `encoded` is not a whole number of frames, and at least one.
    pub(crate) fn of(encoded: &[u8]) -> Result<Self, CodecError> {
        if encoded.is_empty() {
            return Err(empty());
        }
        let mut contents = Self { most: 0, least: 0, is_exact: true, has_small_blocks: false };
        let mut rest = encoded;
        let mut units = Units::new();
        while !rest.is_empty() {
            let at = (encoded.len() - rest.len()) as u64;
            units.count(UNITS, contents.most)?;
            let start = Start::of(rest).map_err(|error| match error.kind() {
                ErrorKind::Corrupt if at > 0 => CodecError::trailing(rest.len(), LAST).at(at),
                _ => error.at(at),
            })?;
            let truncated = || CodecError::truncated(FRAME).at(at);
            rest = match start.ok_or_else(truncated)? {
                Start::Skippable(len) => usize::try_from(len)
                    .ok()
                    .and_then(|len| rest.get(SKIPPABLE + len..))
                    .ok_or_else(truncated)?,
                Start::Frame(header) => {
                    contents.has_small_blocks |= !header.is_single_segment && header.block_max() < BLOCK_MAX;
                    let (mut most, mut least) = (0u64, 0u64);
                    let after = blocks_of(&rest[header.len..], |block| {
                        header.check(&block)?;
                        most = most.saturating_add(block.holds);
                        least = least.saturating_add(block.holds_at_least());
                        units.count(UNITS, contents.most.saturating_add(most))
                    });
                    let after = after.map_err(|error| error.at(at))?.ok_or_else(truncated)?;
                    let claim = header.content_size;
                    contents.is_exact &= claim.is_some();
                    contents.most = contents.most.saturating_add(claim.unwrap_or(most));
                    contents.least = contents.least.saturating_add(claim.unwrap_or(least));
                    after.get(header.checksum_len()..).ok_or_else(truncated)?
                }
            };
        }
        Ok(contents)
    }

    /// What `encoded` claims to hold.
    pub(crate) fn claim(encoded: &[u8]) -> LenClaim {
        match Self::of(encoded) {
            Ok(Self { most, is_exact: true, .. }) => LenClaim::Exact(most),
            Ok(Self { most, is_exact: false, .. }) => LenClaim::AtMost(most),
            Err(_) => LenClaim::Unknown,
        }
    }

    /// Whether room for the most that there may be would likely stay empty, or is too much to make on the
    /// word of so few bytes.
    #[cfg(feature = "c")]
    pub(crate) fn is_sparse(&self, encoded_len: usize) -> bool {
        // Up to so many bytes of room are made for frames that do not say what they hold, or up to 64 times their
        // own length: what most of them fill, since writers fill their blocks.
        !self.is_exact && self.most > (1 << 20).max((encoded_len as u64).saturating_mul(64))
    }

    /// Refuses frames of which it is known that `out` has no room for what they hold, before any block is decoded: a bomb is
    /// mostly blocks that repeat a byte, and costs no more than a look at their headers.
    pub(crate) fn check_room(&self, out: &Output<'_>) -> Result<(), CodecError> {
        if self.least > out.remaining() as u64 { Err(out.ceiling_error()) } else { Ok(()) }
    }

    /// Refuses a claim that so few bytes cannot make true, before room is made for it.
    pub(crate) fn check(&self, encoded_len: usize) -> Result<(), CodecError> {
        let most = (encoded_len as u64).saturating_mul(MAX_RATIO);
        if self.most <= most {
            return Ok(());
        }
        let claim = self.most;
        let message =
            format!("the frames claim {claim} bytes, but their {encoded_len} bytes hold {most} at most");
        Err(CodecError::corrupt(message))
    }
}

/// What a frame begins with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Start {
    /// A frame that holds nothing, of so many bytes behind its first [`SKIPPABLE`].
    Skippable(u32),
    Frame(Header),
}

/// The bytes that say how long a skippable frame is: its magic number and the length.
pub(crate) const SKIPPABLE: usize = 8;

/// The header of a frame (RFC 8878, 3.1.1.1).
#[derive(Debug, Clone, Copy)]
#[allow(dead_code, reason = "the backend in C reads the window and the dictionary by itself")]
pub(crate) struct Header {
    /// Its own bytes, with the magic number.
    pub(crate) len: usize,
    /// How far back matches reach, in bytes.
    pub(crate) window: u64,
    /// Whether the frame says no window, but is decoded to where all of it has room.
    pub(crate) is_single_segment: bool,
    /// The bytes that it holds, if it says so.
    pub(crate) content_size: Option<u64>,
    pub(crate) has_checksum: bool,
    /// 0 if it needs none.
    pub(crate) dictionary: u32,
}

impl Header {
    /// The most bytes that a block of the frame has, encoded or decoded (RFC 8878, 3.1.1.2.3).
    pub(crate) fn block_max(&self) -> u64 {
        self.window.min(BLOCK_MAX)
    }

    /// Refuses a block that says that it has more.
    pub(crate) fn check(&self, block: &Block) -> Result<(), CodecError> {
        let most = self.block_max();
        let size = if block.is_compressed { block.stored as u64 } else { block.holds };
        if size <= most {
            return Ok(());
        }
        let message = format!("a block of a zstd frame has {size} bytes; the frame's window allows {most}");
        Err(CodecError::corrupt(message))
    }

    /// The bytes behind the last block.
    pub(crate) fn checksum_len(&self) -> usize {
        if self.has_checksum { 4 } else { 0 }
    }
}

impl Start {
    /// Reads the start of a frame; `None` if `bytes` end within it.
    ///
    /// # Errors
    /// If it cannot become the start of a frame, however it goes on ([`ErrorKind::Corrupt`]), or it is one of a future
    /// format or has too large a window ([`ErrorKind::Unsupported`]).
    pub(crate) fn of(bytes: &[u8]) -> Result<Option<Self>, CodecError> {
        let may_begin_with =
            |magic: [u8; 4]| bytes.iter().zip(magic).all(|(&byte, expected)| byte == expected);
        let skippable = bytes.first().filter(|byte| **byte >> 4 == 5).map(|&byte| [byte, 0x2a, 0x4d, 0x18]);
        if skippable.is_some_and(may_begin_with) {
            let len = bytes.get(4..SKIPPABLE).and_then(|len| len.try_into().ok());
            return Ok(len.map(|len| Self::Skippable(u32::from_le_bytes(len))));
        }
        if !may_begin_with(MAGIC) {
            return Err(CodecError::corrupt("the input does not begin with a zstd frame"));
        }
        let Some(&descriptor) = bytes.get(4) else { return Ok(None) };
        if descriptor & 8 != 0 {
            return Err(CodecError::unsupported("a frame has an unknown format"));
        }
        let is_single_segment = descriptor >> 5 & 1 == 1;
        let mut rest = &bytes[5..];
        let mut number = |len: usize| {
            let (field, after) = rest.split_at_checked(len)?;
            rest = after;
            Some(field.iter().rev().fold(0u64, |number, &byte| number << 8 | u64::from(byte)))
        };
        let window = if is_single_segment { Some(0) } else { number(1) };
        let Some(window) = window else { return Ok(None) };
        let window_log = 10 + (window >> 3);
        if window_log > u64::from(MAX_WINDOW) {
            let message =
                format!("a frame needs a window of 2^{window_log} bytes; expected 2^{MAX_WINDOW} at most");
            return Err(CodecError::unsupported(message));
        }
        let Some(dictionary) = number([0, 1, 2, 4][usize::from(descriptor & 3)]) else { return Ok(None) };
        let size_len = [usize::from(is_single_segment), 2, 4, 8][usize::from(descriptor >> 6)];
        let Some(size) = number(size_len) else { return Ok(None) };
        let content_size = match size_len {
            0 => None,
            2 => Some(size + 256),
            _ => Some(size),
        };
        Ok(Some(Self::Frame(Header {
            len: bytes.len() - rest.len(),
            window: match content_size {
                Some(size) if is_single_segment => size,
                _ => (1 << window_log) + (1 << window_log >> 3) * (window & 7),
            },
            is_single_segment,
            content_size,
            has_checksum: descriptor >> 2 & 1 == 1,
            dictionary: u32::try_from(dictionary).unwrap_or(u32::MAX),
        })))
    }
}

/// What is counted, for an error.
pub(crate) const UNITS: &str = "zstd frames and blocks";

/// What the input may end within, for an error.
pub(crate) const FRAME: &str = "a zstd frame";

/// What nothing may follow, for an error.
const LAST: &str = "the last zstd frame";

/// The header of a block (RFC 8878, 3.1.1.2).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    pub(crate) is_last: bool,
    /// The bytes that follow its header.
    pub(crate) stored: usize,
    /// The bytes that it holds at most.
    pub(crate) holds: u64,
    is_compressed: bool,
}

/// The length of a block's header.
pub(crate) const BLOCK_HEADER: usize = 3;

impl Block {
    pub(crate) fn of([a, b, c]: [u8; BLOCK_HEADER]) -> Result<Self, CodecError> {
        let bits = u32::from_le_bytes([a, b, c, 0]);
        let size = bits >> 3;
        let (stored, holds) = match bits >> 1 & 3 {
            0 => (size, u64::from(size)),
            1 => (1, u64::from(size)),
            2 => (size, BLOCK_MAX),
            _ => return Err(CodecError::corrupt("a zstd frame has a block of the reserved type")),
        };
        let is_compressed = bits >> 1 & 3 == 2;
        Ok(Self { is_last: bits & 1 == 1, stored: stored as usize, holds, is_compressed })
    }

    /// The bytes that it holds at least.
    fn holds_at_least(&self) -> u64 {
        if self.is_compressed { 0 } else { self.holds }
    }
}

/// Gives each block that `blocks` begin with to `each`, up to the last of their frame; returns what follows it, or `None`
/// if they end before.
fn blocks_of(
    mut blocks: &[u8],
    mut each: impl FnMut(Block) -> Result<(), CodecError>,
) -> Result<Option<&[u8]>, CodecError> {
    while let Some((header, rest)) = blocks.split_first_chunk() {
        let block = Block::of(*header)?;
        each(block)?;
        let Some(after) = rest.get(block.stored..) else { break };
        if block.is_last {
            return Ok(Some(after));
        }
        blocks = after;
    }
    Ok(None)
}

/// The first bytes of a frame that is not skippable.
pub(crate) const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The error for an input without a frame.
pub(crate) fn empty() -> CodecError {
    CodecError::new(ErrorKind::Truncated, "the input has 0 bytes: there is no zstd frame")
}

/// Looks for a frame, behind skippable frames too, which lz4 has as well.
pub(crate) fn sniff(sample: &Sample<'_>) -> Option<Sniffed> {
    let found =
        |is_certain| Some(if is_certain { Sniffed::certain("zstd") } else { Sniffed::likely("zstd") });
    let mut rest = sample.bytes;
    loop {
        match *rest {
            [0x28, 0xb5, 0x2f, 0xfd, ..] => return found(true),
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d, ref content @ ..] => {
                let skipped = usize::try_from(u32::from_le_bytes([a, b, c, d])).ok()?;
                match content.get(skipped..) {
                    Some(after) => rest = after,
                    None if sample.is_whole => return None,
                    None => return found(false),
                }
            }
            // Nothing but skippable frames: empty, and as much zstd as lz4.
            [] if !sample.bytes.is_empty() => return found(false),
            _ => return None,
        }
    }
}
