//! What frames say of themselves, read without decoding them.

use ndcodec_core::{CodecError, ErrorKind, Sample, Sniffed, Units};
use zstd_safe::is_error_kind;
use zstd_safe::zstd_sys::ZSTD_ErrorCode;

use crate::error;

/// The most that a block holds.
pub(crate) const BLOCK_MAX: u64 = 128 << 10;

/// The most that a byte of a frame can stand for: four bytes make a block that repeats one byte 128 Ki times
/// (RFC 8878, 3.1.1.2), and nothing is denser.
const MAX_RATIO: u64 = BLOCK_MAX / 4;

/// Up to so many bytes of room are made for frames that do not say what they hold, or up to 64 times their
/// own length: what most of them fill, since writers fill their blocks.
const DENSE: u64 = 1 << 20;
const DENSE_RATIO: u64 = 64;

/// What a run of frames holds, as far as they tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Contents {
    /// Bytes at most.
    pub(crate) most: u64,
    /// Whether every frame says its length; else it is what the blocks can hold.
    pub(crate) is_exact: bool,
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
        let mut contents = Self { most: 0, is_exact: true };
        let mut rest = encoded;
        let mut units = Units::new();
        while !rest.is_empty() {
            let at = (encoded.len() - rest.len()) as u64;
            units.count(UNITS, contents.most)?;
            // The backend walks over all blocks of a frame, so they are counted before.
            let mut held = contents.most;
            blocks_of(rest, |holds| {
                held = held.saturating_add(holds);
                units.count(UNITS, held)
            })?;
            let (frame, after) = first_frame(rest, at).map_err(|error| error.at(at))?;
            let len = zstd_safe::get_frame_content_size(frame)
                .map_err(|_| CodecError::corrupt("a frame's header is corrupt").at(at))?;
            contents.is_exact &= len.is_some();
            contents.most = contents.most.saturating_add(len.unwrap_or_else(|| most_of(frame)));
            rest = after;
        }
        Ok(contents)
    }

    /// Whether room for the most that there may be would likely stay empty, or is too much to make on the
    /// word of so few bytes.
    pub(crate) fn is_sparse(&self, encoded_len: usize) -> bool {
        !self.is_exact && self.most > DENSE.max((encoded_len as u64).saturating_mul(DENSE_RATIO))
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

/// The frame that `bytes` begin with, which stand at `at` of the input, and what follows it.
fn first_frame(bytes: &[u8], at: u64) -> Result<(&[u8], &[u8]), CodecError> {
    match zstd_safe::find_frame_compressed_size(bytes) {
        Ok(size) if (1..=bytes.len()).contains(&size) => Ok(bytes.split_at(size)),
        Ok(size) => {
            Err(CodecError::new(ErrorKind::Internal, format!("the backend finds a frame of {size} bytes")))
        }
        Err(code) if at > 0 && is_error_kind(code, ZSTD_ErrorCode::ZSTD_error_prefix_unknown) => {
            Err(CodecError::trailing(bytes.len(), "the last zstd frame"))
        }
        Err(code) => Err(error::decoding(code)),
    }
}

/// What is counted, for an error.
pub(crate) const UNITS: &str = "zstd frames and blocks";

/// The most that the blocks of a frame hold together (RFC 8878, 3.1.1). The backend has found it to be whole.
fn most_of(frame: &[u8]) -> u64 {
    let mut most = 0u64;
    // It ends by itself, as nothing here fails.
    blocks_of(frame, |holds| {
        most = most.saturating_add(holds);
        Ok(())
    })
    .ok();
    most
}

/// Gives the most that each block of the frame holds that `frame` begins with, as far as it is whole.
fn blocks_of(frame: &[u8], mut each: impl FnMut(u64) -> Result<(), CodecError>) -> Result<(), CodecError> {
    if !frame.starts_with(&MAGIC) {
        return Ok(());
    }
    let descriptor = frame.get(4).copied().unwrap_or_default();
    let is_single_segment = descriptor >> 5 & 1 == 1;
    let dictionary_id = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let content_size = [usize::from(is_single_segment), 2, 4, 8][usize::from(descriptor >> 6)];
    let header = 5 + usize::from(!is_single_segment) + dictionary_id + content_size;
    let mut blocks = frame.get(header..).unwrap_or_default();
    while let [a, b, c, rest @ ..] = blocks {
        let block = u32::from_le_bytes([*a, *b, *c, 0]);
        let (is_last, kind, size) = (block & 1 == 1, block >> 1 & 3, block >> 3);
        let (stored, holds) = match kind {
            0 => (size, u64::from(size)),
            1 => (1, u64::from(size)),
            _ => (size, BLOCK_MAX),
        };
        each(holds)?;
        blocks = match usize::try_from(stored).ok().and_then(|stored| rest.get(stored..)) {
            Some(after) if !is_last => after,
            _ => &[],
        };
    }
    Ok(())
}

/// The first bytes of a frame that is not skippable.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

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
