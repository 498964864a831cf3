//! One block of 512 bytes: how long it becomes, the last one, and the decoder that says what is wrong.

use ndcodec_core::CodecError;

use crate::kernels::Kernels;

/// The bytes of the input that a block holds.
pub(crate) const BLOCK: usize = 512;

/// The most bytes that a block becomes.
pub(crate) const MOST: usize = 2 + BLOCK;

/// The room that a kernel wants for a block, and the bytes that it reads of one: maps, content, and one vector too many.
pub(crate) const ROOM: usize = 1 + 8 + 64 + BLOCK + 64;

/// What a dense block begins with: a highest map with a bit for a byte that is zero. No map has that.
pub(crate) const DENSE: [u8; 2] = [1, 0];

/// Whether a block with these maps, and so many bytes to keep, is shorter as it is.
#[inline]
pub(crate) fn is_dense(top: u8, upper: u64, kept: u32) -> bool {
    (1 + top.count_ones() + upper.count_ones() + kept) as usize > MOST
}

/// Writes a dense block, and returns how long it is.
#[inline]
pub(crate) fn write_dense(block: &[u8], out: &mut [u8; ROOM]) -> usize {
    out[..DENSE.len()].copy_from_slice(&DENSE);
    out[DENSE.len()..][..block.len()].copy_from_slice(block);
    DENSE.len() + block.len()
}

/// Encodes a block that may be shorter than others, and returns how long it is.
pub(crate) fn encode_last(kernels: Kernels, block: &[u8], common: u8, out: &mut [u8; ROOM]) -> usize {
    let mut whole = [common; BLOCK];
    whole[..block.len()].copy_from_slice(block);
    let (_, len) = (kernels.encode)(&[whole], common, out);
    if len > DENSE.len() + block.len() { write_dense(block, out) } else { len }
}

/// Decodes blocks at the end of the data, of which a kernel would read more than there is, and returns how many bytes it read,
/// and how many blocks are done.
pub(crate) fn decode_end(
    kernels: Kernels,
    source: &[u8],
    common: u8,
    blocks: &mut [[u8; BLOCK]],
) -> (usize, usize) {
    // Zeroes behind the end look like blocks of nothing: whoever reads them reads too much.
    let mut padded = [0; 2 * ROOM];
    match padded.get_mut(..source.len()) {
        Some(place) if source.len() <= ROOM => place.copy_from_slice(source),
        _ => return (0, 0),
    }
    let (read, done) = (kernels.decode)(&padded, common, blocks);
    if read > source.len() { (0, 0) } else { (read, done) }
}

/// Decodes the last block, which is shorter than others, and returns how many bytes of `source` it had.
pub(crate) fn decode_last(
    kernels: Kernels,
    source: &[u8],
    common: u8,
    block: &mut [u8],
) -> Result<usize, CodecError> {
    let mut whole = [[common; BLOCK]];
    if !source.starts_with(&DENSE)
        && let (read, 1) = decode_end(kernels, source, common, &mut whole)
        && let (bytes, behind) = whole[0].split_at(block.len())
        // What is kept differs from the commonest byte.
        && behind.iter().all(|byte| *byte == common)
    {
        block.copy_from_slice(bytes);
        return Ok(read);
    }
    decode_checked(source, common, block)
}

/// Decodes the block at the beginning of `source` to `block`, which may be shorter than others, and returns how many bytes of
/// `source` it had. Every byte is checked.
pub(crate) fn decode_checked(source: &[u8], common: u8, block: &mut [u8]) -> Result<usize, CodecError> {
    let truncated = || CodecError::truncated("a block");
    if let Some(rest) = source.strip_prefix(&DENSE) {
        block.copy_from_slice(rest.get(..block.len()).ok_or_else(truncated)?);
        return Ok(DENSE.len() + block.len());
    }
    let mut rest = source;
    let mut next = || {
        let (byte, behind) = rest.split_first().ok_or_else(truncated)?;
        rest = behind;
        Ok::<u8, CodecError>(*byte)
    };
    let mut lower = [0_u8; BLOCK / 8];
    let mut upper = [0_u8; BLOCK / 64];
    let top = [next()?];
    fill(&top, &mut upper, &mut next)?;
    fill(&upper, &mut lower, &mut next)?;
    block.fill(common);
    for (at, map) in lower.into_iter().enumerate() {
        for bit in (0..8).filter(|bit| map >> bit & 1 == 1) {
            let place = block.get_mut(8 * at + bit);
            let place =
                place.ok_or_else(|| CodecError::corrupt("a map names bytes beyond the end of the block"))?;
            let kept = next()?;
            if kept == 0 {
                return Err(CodecError::corrupt("a kept byte is the commonest one, which is never kept"));
            }
            *place ^= kept;
        }
    }
    Ok(source.len() - rest.len())
}

/// The bytes that a map says are not zero.
fn fill(
    map: &[u8],
    into: &mut [u8],
    mut next: impl FnMut() -> Result<u8, CodecError>,
) -> Result<(), CodecError> {
    for (at, byte) in into.iter_mut().enumerate().filter(|(at, _)| map[at / 8] >> (at % 8) & 1 == 1) {
        *byte = next()?;
        if *byte == 0 {
            return Err(CodecError::corrupt(format!(
                "byte {at} of a map is zero, and the map above it says that it is not"
            )));
        }
    }
    Ok(())
}
