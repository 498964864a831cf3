//! Which of the framings of lz4 data have that were taken for another.

use std::borrow::Cow;

use ndcodec_core::{CodecError, Sample};

use crate::frame;

pub(crate) fn of(sample: &Sample<'_>, _: &CodecError) -> Option<Cow<'static, str>> {
    let bytes = sample.bytes;
    let is_frame =
        |at: usize| bytes.get(at..).is_some_and(|rest| rest.starts_with(&frame::MAGIC.to_le_bytes()));
    if is_frame(0) {
        // Of a frame that is damaged, its own error says all.
        return None;
    }
    if is_frame(4) || is_frame(8) {
        let at = if is_frame(4) { 4 } else { 8 };
        return Some(
            format!("an lz4 frame begins at byte {at}: a length stands in front; cut these {at} bytes off")
                .into(),
        );
    }
    let (size, block) = bytes.split_first_chunk::<4>()?;
    let (little, big) = (u32::from_le_bytes(*size), u32::from_be_bytes(*size));
    let holds = |block: &[u8], len: u64| match walk(block, sample.is_whole) {
        Some(found) if sample.is_whole => found == len,
        Some(found) => found <= len && found > 0,
        None => false,
    };
    if is_hdf5(bytes) {
        return Some(
            "the filter 32004 of HDF5 wrote it, it seems: lengths stand before its blocks, and there is no stage for it \
             yet"
                .into(),
        );
    }
    // Of a part of the data both may do; then the smaller one is meant.
    let (is_little, is_big) = (holds(block, little.into()), holds(block, big.into()));
    if is_little && (!is_big || little <= big) {
        return Some("a length of 4 bytes stands in front: decode it by `lz4(framing=sized)`".into());
    }
    if is_big {
        return Some(
            "a big-endian length stands in front: cut these 4 bytes off, and decode the rest by `lz4(framing=block)`".into(),
        );
    }
    if let Some((size, block)) = bytes.split_first_chunk::<8>()
        && (holds(block, u64::from_le_bytes(*size)) || holds(block, u64::from_be_bytes(*size)))
    {
        return Some(
            "a length stands in front, of 8 bytes: cut these off, and decode the rest by `lz4(framing=block)`".into(),
        );
    }
    let is_block =
        walk(bytes, sample.is_whole).is_some_and(|len| len > bytes.len() as u64 || !sample.is_whole);
    is_block.then(|| "it is a bare block, it seems: decode it by `lz4(framing=block)`".into())
}

/// Whether it begins as HDF5's chunks do: the length of all, that of a block, and that of the first block as it is
/// encoded, all big-endian.
fn is_hdf5(bytes: &[u8]) -> bool {
    let Some((total, rest)) = bytes.split_first_chunk::<8>() else { return false };
    let Some((block, rest)) = rest.split_first_chunk::<4>() else { return false };
    let Some((first, _)) = rest.split_first_chunk::<4>() else { return false };
    let (total, block, first) = (
        u64::from_be_bytes(*total),
        u32::from_be_bytes(*block).into(),
        u64::from(u32::from_be_bytes(*first)),
    );
    (1..1 << 40).contains(&total) && (1..=total.max(1 << 30)).contains(&block) && (1..=block).contains(&first)
}

/// How many bytes a block decodes to, if its matches reach no further back than its data: of a part of one, up to where it
/// ends, if a match was seen.
fn walk(block: &[u8], is_whole: bool) -> Option<u64> {
    let (mut at, mut len, mut has_match) = (0, 0_u64, false);
    let cut = |len, has_match| (!is_whole && has_match).then_some(len);
    loop {
        let Some(token) = block.get(at) else { return cut(len, has_match) };
        at += 1;
        let Some(literals) = length(block, &mut at, token >> 4) else { return cut(len, has_match) };
        len += literals;
        at = at.checked_add(usize::try_from(literals).ok()?)?;
        if at == block.len() {
            return Some(len);
        }
        let Some([low, high]) = block.get(at..at + 2) else { return cut(len, has_match) };
        let offset = u64::from(u16::from_le_bytes([*low, *high]));
        if offset == 0 || offset > len {
            return None;
        }
        at += 2;
        has_match = true;
        let Some(matched) = length(block, &mut at, token & 15) else { return cut(len, has_match) };
        len += matched + 4;
    }
}

/// A length of which a token holds the first four bits.
fn length(block: &[u8], at: &mut usize, nibble: u8) -> Option<u64> {
    let mut length = u64::from(nibble);
    if nibble < 15 {
        return Some(length);
    }
    loop {
        let more = *block.get(*at)?;
        *at += 1;
        length += u64::from(more);
        if more < 255 {
            return Some(length);
        }
    }
}
