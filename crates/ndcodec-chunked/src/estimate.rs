//! What samples of a chunk say of it: which of its parts are worth encoding, and whether the filters do it good.

use ndcodec_core::{Buffer, CodecError, Content, DType};

use crate::parts::{filter, is_constant};
use crate::repeats::{FIRST, MANY, repeats};
use crate::uniform::UniformCoder;

/// A part is encoded in full only if a sample of it becomes smaller: an eighth, but no more than this.
const SAMPLE: usize = 8 << 10;

/// A part of which an eighth is shorter than this is encoded without a sample.
const MIN_SAMPLE: usize = 2 << 10;

/// The places in a chunk that its samples come from. The data of many arrays change in the course of it.
const PIECES: usize = 4;

/// A quarter of a sample is enough where encoding saves a byte in so many.
const CLEAR: usize = 16;

/// The filters of a chunk are left out if it is about to have less than this share of its filtered length without them: they
/// are what was asked for, and a sample proves nothing.
const LEAVE_OUT: f64 = 7.0 / 8.0;

/// The same for codecs that are quicker on planes, where more is worth the time.
const LEAVE_OUT_OF_QUICK_PLANES: f64 = 4.0 / 5.0;

/// If filtered chunks have no more than this share of their bytes, they are left so.
const LITTLE: f64 = 1.0 / 16.0;

/// What an element costs that came before, where a fresh one costs 1.
const REPEAT: f64 = 0.25;

/// What samples of the parts of a chunk say of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Estimate {
    /// The parts are too short for samples.
    Unknown,
    /// Of the parts that are worth encoding a bit each; and the bytes that the filtered chunk is about to have, where it
    /// is likely to have fewer unfiltered.
    Known { good: [u8; 32], filtered: Option<usize> },
}

impl Estimate {
    pub(crate) fn of_part(self, p: usize) -> bool {
        match self {
            Self::Unknown => true,
            Self::Known { good, .. } => good[p / 8] >> (p % 8) & 1 == 1,
        }
    }

    /// Whether nothing of the chunk is worth encoding.
    pub(crate) fn is_bad(self) -> bool {
        matches!(self, Self::Known { good, .. } if good == [0; 32])
    }

    /// Encodes samples of the parts, to leave alone what holds noise: before the whole chunk is filtered, which would be
    /// most of the work on one that is stored.
    pub(crate) fn of(
        coder: &UniformCoder<'_>,
        payload: &[u8],
        parts: usize,
        sample: &mut Buffer,
        filtered: &mut Buffer,
        room: &mut [u8],
    ) -> Result<Self, CodecError> {
        let Some(piece) = piece_len(coder.dtype, payload.len(), parts) else { return Ok(Self::Unknown) };
        let Some(filters) = coder.plan.of_sample(payload.len()) else { return Ok(Self::Unknown) };
        if !coder.parts().inner.has_codecs() {
            return Ok(Self::Unknown);
        }
        let unit = unit(coder.dtype);
        sample.clear();
        for i in 0..PIECES {
            let at = (2 * i + 1) * payload.len() / (2 * PIECES) / unit * unit;
            sample.extend_from_slice(&payload[at..][..piece]);
        }
        let bytes = filter(filters, sample, filtered)?;
        let part_len = (bytes.len() / parts).max(1);
        let (mut good, mut filtered_len) = ([0_u8; 32], 0);
        for (p, part) in bytes.chunks_exact(part_len).take(parts).enumerate() {
            let len = sampled(coder, part, filters.content(), room)?;
            if len.is_some() {
                good[p / 8] |= 1 << (p % 8);
            }
            filtered_len += len.unwrap_or(part.len());
        }
        let filtered_share = filtered_len as f64 / sample.len() as f64;
        // If the filters leave next to nothing, the rest is frames.
        let is_open = !filters.is_identity() && coder.parts().inner.is_lossless() && filtered_share > LITTLE;
        let leave_out =
            if coder.parts().inner.hints().has_plane_mode { LEAVE_OUT_OF_QUICK_PLANES } else { LEAVE_OUT };
        let is_better =
            is_open && unfiltered_share(coder, payload, sample, room)? < filtered_share * leave_out;
        let filtered = is_better.then(|| filtered_len.saturating_mul(payload.len()) / sample.len());
        Ok(Self::Known { good, filtered })
    }
}

/// Elements in eights: samples are whole numbers of these.
fn unit(dtype: &DType) -> usize {
    dtype.itemsize().max(1).saturating_mul(8)
}

/// The bytes of each piece of the sample of a chunk of `len` bytes, if it is long enough for one.
fn piece_len(dtype: &DType, len: usize, parts: usize) -> Option<usize> {
    let (unit, of_part) = (unit(dtype), (len / parts / 8).min(SAMPLE));
    let piece = of_part * parts / PIECES / unit * unit;
    (of_part >= MIN_SAMPLE && piece > 0).then_some(piece)
}

/// The bytes of the sample of a chunk of `len` bytes, if it is long enough for one.
pub(crate) fn sample_len(dtype: &DType, len: usize, parts: usize) -> Option<usize> {
    piece_len(dtype, len, parts).map(|piece| PIECES * piece)
}

/// The length that the sample of a part becomes, if that is less than its own.
fn sampled(
    coder: &UniformCoder<'_>,
    part: &[u8],
    content: Content,
    room: &mut [u8],
) -> Result<Option<usize>, CodecError> {
    if is_constant(part) {
        return Ok(Some(1));
    }
    // What a quarter shows clearly needs no more of it.
    let quarter = &part[..part.len() / 4];
    Ok(match coder.parts().try_encode(quarter, content, quarter.len() - quarter.len() / CLEAR, room)? {
        Some(len) => Some(4 * len),
        None => coder.parts().try_encode(part, content, part.len(), room)?,
    })
}

/// The share of its length that a payload is about to have, encoded without the filters: 1 if less than a share
/// of [`MANY`] of its elements come again.
fn unfiltered_share(
    coder: &UniformCoder<'_>,
    payload: &[u8],
    sample: &[u8],
    room: &mut [u8],
) -> Result<f64, CodecError> {
    let itemsize = coder.dtype.itemsize();
    let compared = if itemsize == 4 { 4 } else { 8 };
    let reaches_all = coder.parts().inner.hints().window.unwrap_or(usize::MAX) >= payload.len();
    let reach = if reaches_all { payload } else { &payload[..payload.len().min(FIRST)] };
    let repeats_in_all = repeats(reach, itemsize, compared, MANY);
    if repeats_in_all < MANY {
        return Ok(1.0);
    }
    let half = &sample[..sample.len() / 2];
    let share = coder.parts().try_encode(half, Content::Bytes, half.len(), room)?.unwrap_or(half.len())
        as f64
        / half.len() as f64;
    if !reaches_all {
        return Ok(share);
    }
    // The sample is too short for repeats that lie far apart, which a codec that reaches all over the chunk will find.
    let fresh = |repeats: f64| 1.0 - repeats + REPEAT * repeats;
    Ok(share * fresh(repeats_in_all) / fresh(repeats(half, itemsize, compared, MANY)))
}
