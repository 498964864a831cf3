//! Blocks: compression with reused tables, errors of decompression, and the framings that hold one block.

use lz4_flex::block::{
    CompressTable, DecompressError, compress_into_with_table, decompress_into, decompress_into_with_dict,
    get_maximum_output_size,
};
use ndcodec_core::{Buffer, Codec, CodecError, ErrorKind, Hints, Input, LenClaim, Limit, Output, Pool};

use crate::compress::{self, MinMatch, Places};
use crate::{WINDOW, kernel};

/// The most that the C library takes into a block, and with it every reader built on that.
const MAX_INPUT: usize = 0x7E00_0000;

/// The most that a byte of a block can mean: 255 more of a match.
const MAX_RATIO: usize = 255;

/// The tables in which the compressor looks for matches.
pub(crate) struct Tables {
    small: CompressTable,
    large: CompressTable,
    /// Made when it is needed: most compressors look for short matches alone, or for long ones.
    places: Option<Places>,
}

impl Tables {
    /// The bytes that all tables occupy: 4,096 places of two bytes, and twice as many of four.
    pub(crate) const SIZE: usize = 40 << 10;

    pub(crate) fn new() -> Self {
        Self { small: CompressTable::small(), large: CompressTable::large(), places: None }
    }

    /// Compresses `block` into `room`, which has [`bound`] bytes.
    pub(crate) fn compress(
        &mut self,
        block: &[u8],
        room: &mut [u8],
        min: MinMatch,
    ) -> Result<usize, CodecError> {
        if !min.is_shortest() {
            let places = self.places.get_or_insert_with(Places::new);
            return compress::compress(block, room, places, min).ok_or_else(|| does_not_fit(block, room));
        }
        // By the length alone, so that the bytes do not depend on what the tables were used for before.
        let table = if block.len() < usize::from(u16::MAX) { &mut self.small } else { &mut self.large };
        compress_into_with_table(block, room, table)
            .map_err(|error| does_not_fit(block, room).with_source(error))
    }
}

fn does_not_fit(block: &[u8], room: &[u8]) -> CodecError {
    let message = format!("a block of {} bytes does not fit {} bytes", block.len(), room.len());
    CodecError::new(ErrorKind::Internal, message)
}

/// The room that compressing `len` bytes, at most [`MAX_INPUT`], takes.
pub(crate) fn bound(len: usize) -> usize {
    get_maximum_output_size(len)
}

/// The most that `len` bytes of a block can decode to.
pub(crate) fn max_decoded(len: usize) -> usize {
    len.saturating_mul(MAX_RATIO)
}

/// Decompresses `block` into the beginning of `room`, and returns how many bytes it holds.
pub(crate) fn decompress(block: &[u8], room: &mut [u8]) -> Result<usize, DecompressError> {
    // What the kernel gives up on, the library judges: it can tell what is wrong.
    kernel::decode(block, room, 0).map_or_else(|| decompress_into(block, room), Ok)
}

/// Decompresses `block` behind the first `from` bytes of `room`, which its matches may reach, and returns how many
/// bytes it holds.
pub(crate) fn decompress_behind(
    block: &[u8],
    room: &mut [u8],
    from: usize,
) -> Result<usize, DecompressError> {
    kernel::decode(block, room, from).map_or_else(
        || {
            let (history, room) = room.split_at_mut(from);
            decompress_into_with_dict(block, room, history)
        },
        Ok,
    )
}

/// The error for a block that does not decode.
pub(crate) fn bad_block(error: DecompressError) -> CodecError {
    let message = match error {
        DecompressError::OffsetZero => "a match with the offset 0",
        DecompressError::OffsetOutOfBounds => "a match from before the beginning of the data",
        DecompressError::OutputTooSmall { .. } => "a block that holds more than it may",
        DecompressError::LiteralOutOfBounds | DecompressError::ExpectedAnotherByte => {
            "a block that ends inside a sequence"
        }
        _ => "a block that does not decode",
    };
    CodecError::corrupt(message).with_source(error)
}

/// How many bytes `block` decodes to, by the lengths of its sequences.
pub(crate) fn decoded_len(block: &[u8]) -> Result<usize, CodecError> {
    let mut at = 0;
    let mut len = 0usize;
    let cut = || CodecError::truncated("a sequence of the block").at(block.len() as u64);
    // Lengths are sums of bytes of `block`, each at most 255, so only a 32-bit machine could overflow.
    let too_long = || CodecError::over(Limit::Bytes, "the block is larger than memory can address");
    loop {
        let token = *block.get(at).ok_or_else(cut)?;
        at += 1;
        let literals = length(block, &mut at, token >> 4).ok_or_else(cut)?;
        at = at.checked_add(literals).filter(|at| *at <= block.len()).ok_or_else(cut)?;
        len = len.checked_add(literals).ok_or_else(too_long)?;
        if at == block.len() {
            return Ok(len);
        }
        at += 2;
        let matched = length(block, &mut at, token & 15).ok_or_else(cut)?;
        len = len.checked_add(matched).and_then(|len| len.checked_add(4)).ok_or_else(too_long)?;
    }
}

/// A length of which a token holds the first four bits; `None` if the bytes for the rest end.
fn length(block: &[u8], at: &mut usize, nibble: u8) -> Option<usize> {
    let mut length = usize::from(nibble);
    if nibble < 15 {
        return Some(length);
    }
    loop {
        let more = *block.get(*at)?;
        *at += 1;
        length = length.checked_add(more.into())?;
        if more < 255 {
            return Some(length);
        }
    }
}

/// One block, bare or behind its size.
///
/// A bare block says neither its length nor where it ends: cut behind any run of literals, it is whole.
#[derive(Debug)]
pub(crate) struct Lz4Block {
    is_sized: bool,
    min_match: Option<MinMatch>,
    tables: Pool<Tables>,
    scratch: Pool<Buffer>,
}

impl Lz4Block {
    pub(crate) fn new(is_sized: bool, min_match: Option<MinMatch>) -> Self {
        Self { is_sized, min_match, tables: Pool::measured(|_| Tables::SIZE), scratch: Pool::of_buffers() }
    }

    fn head_len(&self) -> usize {
        if self.is_sized { 4 } else { 0 }
    }

    /// Encodes `input`, of `size` bytes, into `room`.
    fn encode_to(
        &self,
        input: &[u8],
        size: u32,
        min: MinMatch,
        room: &mut [u8],
    ) -> Result<usize, CodecError> {
        let (head, body) = room.split_at_mut(self.head_len());
        head.copy_from_slice(&size.to_le_bytes()[..head.len()]);
        let mut tables = self.tables.take(Tables::new);
        Ok(head.len() + tables.compress(input, body, min)?)
    }

    fn decode_sized(encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let (head, block) = encoded
            .split_first_chunk()
            .ok_or_else(|| CodecError::truncated("the size before the block").at(encoded.len() as u64))?;
        let size = u32::from_le_bytes(*head);
        let len = usize::try_from(size).unwrap_or(usize::MAX);
        if len > max_decoded(block.len()) {
            let message = format!("a block of {} bytes cannot hold {size}", block.len());
            return Err(CodecError::corrupt(message).at(0));
        }
        let decoded = decompress(block, out.spare(len)?).map_err(|error| bad_block(error).at(4))?;
        if decoded != len {
            let message = format!("the block holds {decoded} bytes, but its size says {size}");
            return Err(CodecError::corrupt(message).at(0));
        }
        out.commit(len)
    }

    fn decode_bare(block: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let room = match out.expected() {
            Some(_) => out.spare_step(),
            None => {
                // A look at all lengths costs two thirds of the decoding, and room that is used again often does.
                let available = out.available();
                if available >= block.len()
                    && let Some(len) = kernel::decode(block, out.spare_at_most(available), 0)
                {
                    return out.commit(len);
                }
                out.spare(decoded_len(block)?)?
            }
        };
        match decompress(block, room) {
            Ok(len) => out.commit(len),
            Err(DecompressError::OutputTooSmall { .. }) => Err(out.ceiling_error()),
            Err(error) => Err(bad_block(error)),
        }
    }
}

impl Codec for Lz4Block {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        let min = MinMatch::of(self.min_match, input.content());
        let mut joined = self.scratch.buffer();
        let input = input.joined(&mut joined)?;
        let size = u32::try_from(input.len()).ok().filter(|_| input.len() <= MAX_INPUT).ok_or_else(|| {
            let message = format!("an lz4 block holds at most {MAX_INPUT} bytes, not {}", input.len());
            CodecError::new(ErrorKind::Input, message)
        })?;
        let bound = self.head_len() + bound(input.len());
        let room = out.spare_at_most(bound);
        if room.len() == bound {
            let len = self.encode_to(input, size, min, room)?;
            return out.commit(len);
        }
        let mut scratch = self.scratch.take(Buffer::new);
        scratch.try_set_len(bound)?;
        let len = self.encode_to(input, size, min, &mut scratch)?;
        out.push(&scratch[..len])
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        if self.is_sized { Self::decode_sized(encoded, out) } else { Self::decode_bare(encoded, out) }
    }

    fn hints(&self) -> Hints {
        Hints::new().with_window(WINDOW).with_plane_mode(self.min_match.is_none())
    }

    fn max_encoded_len(&self, input_len: usize) -> Option<usize> {
        // Longer inputs are refused.
        (input_len <= MAX_INPUT).then(|| self.head_len() + bound(input_len))
    }

    fn claimed_len(&self, encoded: &[u8]) -> LenClaim {
        match encoded.first_chunk() {
            Some(size) if self.is_sized => LenClaim::Exact(u32::from_le_bytes(*size).into()),
            _ => LenClaim::AtMost(max_decoded(encoded.len()) as u64),
        }
    }
}
