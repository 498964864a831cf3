//! Decoding of one block, as fast as the C library and as strict as `lz4_flex`.
//!
//! Neither of the two is both: the C library takes a match with the offset 0 for zeroes, and a look at every offset
//! beforehand costs as much as the decoding; `lz4_flex` copies a match that overlaps itself byte by byte, and needs
//! 1.8 times as long on blocks of the eleven measured arrays (`cargo bench -p ndcodec-benches --bench codecs`).
#![expect(
    unsafe_code,
    reason = "with its bounds checked once for a sequence, not for a copy, decoding is nearly twice as fast"
)]

/// How far from the end of the block the fast loop stops, and half as far as from that of the output: a short
/// sequence reads at most 17 bytes of the one and writes at most 32 of the other, and a copy overshoots by 31.
const MARGIN: usize = 32;

/// The longest match whose length its token holds.
const SHORT: usize = 18;

/// For each offset below 16: which bytes of a word are the period, what repeats it through the word, and how many
/// bytes of the word are whole periods.
const PERIODS: [(u128, u128, usize); 16] = {
    let mut periods = [(0, 0, 0); 16];
    let mut offset = 1;
    while offset < 16 {
        let mut factor = 0u128;
        let mut at = 0;
        while at < 16 {
            factor |= 1 << (8 * at);
            at += offset;
        }
        periods[offset] = (u128::MAX >> (128 - 8 * offset), factor, 16 / offset * offset);
        offset += 1;
    }
    periods
};

/// Decodes `block` behind the first `from` bytes of `out`, into which its matches may reach, and returns how many
/// bytes it holds; `None` if it does not decode into this room. The bytes behind them are then unspecified.
pub(crate) fn decode(block: &[u8], out: &mut [u8], from: usize) -> Option<usize> {
    let (at, to) = decode_inside(block, out, from);
    decode_rest(block, out, at, to).map(|to| to - from)
}

/// Decodes the sequences that end well inside `block` and `out`, and returns where the first other one begins, and
/// where it goes. Judges nothing: whatever is wrong is left to [`decode_rest`].
fn decode_inside(block: &[u8], out: &mut [u8], from: usize) -> (usize, usize) {
    let ends = (block.len().checked_sub(MARGIN), out.len().checked_sub(2 * MARGIN));
    let (Some(last_at), Some(last_to)) = ends else { return (0, from) };
    if from > last_to {
        return (0, from);
    }
    let source = block.as_ptr();
    let dest = out.as_mut_ptr();
    // SAFETY: every pointer into `block` is checked against `last_source` before more is read than `MARGIN` bytes
    // behind it, and every pointer into `out` against `last_dest` before more than twice as much is written: a short
    // run of literals ends 15 bytes behind these, a short match 18 more, and a copy overshoots by 31 at the most.
    // `offset_from_unsigned` is between pointers into one slice, of which the first is never behind the second.
    unsafe {
        let (last_source, last_dest) = (source.add(last_at), dest.add(last_to));
        let (mut at, mut to) = (source, dest.add(from));
        loop {
            let token = usize::from(*at);
            let (mut i, mut o) = (at.add(1), to);
            let literals = token >> 4;
            if literals < 15 {
                copy::<16>(i, o);
                i = i.add(literals);
                o = o.add(literals);
            } else {
                let Some((more, behind)) = length_at(block, i) else { break };
                let literals = more.saturating_add(15);
                let left = last_source.addr().saturating_sub(behind.addr());
                let room = last_dest.addr().saturating_sub(o.addr());
                if literals > left || literals > room {
                    break;
                }
                i = behind;
                let mut n = 0;
                while n < literals {
                    copy::<32>(i.add(n), o.add(n));
                    n += 32;
                }
                i = i.add(literals);
                o = o.add(literals);
            }
            let offset = usize::from(u16::from_le_bytes(i.cast::<[u8; 2]>().read()));
            i = i.add(2);
            let reach = o.offset_from_unsigned(dest);
            let mut matched = (token & 15) + 4;
            if matched <= SHORT && offset >= 8 && offset <= reach {
                // Nine matches in ten. Steps of 8, as a wider load would wait for the store that it laps over.
                let from = o.sub(offset).cast_const();
                copy::<8>(from, o);
                copy::<8>(from.add(8), o.add(8));
                copy::<2>(from.add(16), o.add(16));
            } else {
                if matched > SHORT {
                    let Some((more, behind)) = length_at(block, i) else { break };
                    matched = matched.saturating_add(more);
                    if matched > last_to + MARGIN - reach {
                        break;
                    }
                    i = behind;
                }
                if offset == 0 || offset > reach {
                    break;
                }
                copy_match(o, offset, matched);
            }
            at = i;
            to = o.add(matched);
            if at > last_source || to > last_dest {
                break;
            }
        }
        (at.offset_from_unsigned(source), to.offset_from_unsigned(dest))
    }
}

/// Copies `N` bytes.
///
/// # Safety
/// `from` must be valid for reading them, and `to` for writing.
#[inline(always)]
unsafe fn copy<const N: usize>(from: *const u8, to: *mut u8) {
    // SAFETY: as the caller promises; arrays of bytes have no alignment. They are read before any is written.
    unsafe { to.cast::<[u8; N]>().write(from.cast::<[u8; N]>().read()) };
}

/// The length whose bytes begin at `from`, and where they end.
///
/// # Safety
/// `from` must point into `block`.
#[inline(always)]
unsafe fn length_at(block: &[u8], from: *const u8) -> Option<(usize, *const u8)> {
    // SAFETY: as the caller promises; the other bytes are read through the slice.
    unsafe {
        let first = *from;
        if first < 255 {
            return Some((usize::from(first), from.add(1)));
        }
        let mut at = from.offset_from_unsigned(block.as_ptr());
        let sum = length(block, &mut at)?;
        Some((sum, block.as_ptr().add(at)))
    }
}

/// Repeats what stands `offset` bytes before `to`, for `len` bytes and up to 31 more.
///
/// Not inlined, so that the loop around the call keeps its registers: an eighth on blocks of short matches.
///
/// # Safety
/// `offset` must not be zero, and everything from `offset` bytes before `to` to `len + 31` behind it must be one
/// initialised allocation.
#[inline(never)]
unsafe fn copy_match(to: *mut u8, offset: usize, len: usize) {
    // SAFETY: no copy begins behind `len`, and none takes more than 32 bytes.
    unsafe {
        let from = to.sub(offset).cast_const();
        // By hand, as a division stands in `step_by`.
        let mut n = 0;
        if offset >= 32 {
            while n < len {
                copy::<32>(from.add(n), to.add(n));
                n += 32;
            }
        } else if offset >= 16 {
            while n < len {
                copy::<16>(from.add(n), to.add(n));
                n += 16;
            }
        } else {
            let (mask, factor, step) = PERIODS[offset];
            let period = u128::from_le_bytes(from.cast::<[u8; 16]>().read()) & mask;
            let word = period.wrapping_mul(factor).to_le_bytes();
            while n < len {
                to.add(n).cast::<[u8; 16]>().write(word);
                n += step;
            }
        }
    }
}

/// Decodes from the sequence at `at` to the end of `block`, with every bound checked, and returns where the output
/// ends.
fn decode_rest(block: &[u8], out: &mut [u8], mut at: usize, mut to: usize) -> Option<usize> {
    loop {
        let token = *block.get(at)?;
        at += 1;
        let mut literals = usize::from(token >> 4);
        if literals == 15 {
            literals = literals.checked_add(length(block, &mut at)?)?;
        }
        let run = block.get(at..)?;
        let room = out.get_mut(to..)?;
        match (run.first_chunk::<16>(), room.first_chunk_mut::<16>()) {
            // A copy of fixed length is a move, where one of any length is a call.
            (Some(run), Some(room)) if literals < 15 => *room = *run,
            _ => room.get_mut(..literals)?.copy_from_slice(run.get(..literals)?),
        }
        at += literals;
        to += literals;
        if at == block.len() {
            return Some(to);
        }
        let offset = usize::from(u16::from_le_bytes(*block[at..].first_chunk()?));
        at += 2;
        let mut matched = usize::from(token & 15) + 4;
        if matched > SHORT {
            matched = matched.checked_add(length(block, &mut at)?)?;
        }
        let start = to.checked_sub(offset).filter(|_| offset > 0 && matched <= out.len() - to)?;
        let end = to + matched;
        if matched <= 16 && offset >= 8 && out.len() - to >= 16 {
            copy_word(out, start, to);
            copy_word(out, start + 8, to + 8);
            to = end;
        }
        while to < end {
            // Whole periods, so that each copy doubles what the next one has.
            let n = (to - start).min(end - to);
            out.copy_within(start..start + n, to);
            to += n;
        }
    }
}

/// Copies eight bytes of `out`.
#[inline]
fn copy_word(out: &mut [u8], from: usize, to: usize) {
    let word: [u8; 8] = std::array::from_fn(|i| out[from + i]);
    out[to..to + 8].copy_from_slice(&word);
}

/// The bytes of a length behind its token, summed up.
#[inline]
fn length(block: &[u8], at: &mut usize) -> Option<usize> {
    let mut sum = 0usize;
    loop {
        let more = *block.get(*at)?;
        *at += 1;
        sum = sum.checked_add(usize::from(more))?;
        if more < 255 {
            return Some(sum);
        }
    }
}
