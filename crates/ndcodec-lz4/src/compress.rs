//! Compression of one block by matches that are not short.
//!
//! A match of four bytes takes three of the encoded form, so finding it saves one byte, and costs both sides a jump that no
//! processor foresees. `lz4_flex` takes each that it meets, as the C library does; here only longer ones are looked for.
#![expect(
    clippy::cast_possible_truncation,
    reason = "places are below the length of a block, which is a u32, offsets below the window, and what goes to a byte was \
              compared"
)]

use ndcodec_core::Content;

use crate::WINDOW;

/// The places where sequences of bytes were seen last, kept from block to block.
///
/// Emptying it would take as long as compressing a short block does. So each block counts on from where the one before ended,
/// and what is lower is of other blocks.
pub(crate) struct Places {
    seen: Box<[u32; 1 << PLACE_BITS]>,
    /// What the first byte of the next block is counted as.
    first: u32,
}

const PLACE_BITS: u32 = 12;

impl Places {
    pub(crate) fn new() -> Self {
        Self { seen: Box::new([0; 1 << PLACE_BITS]), first: 0 }
    }

    /// After blocks of so many bytes, for tests.
    #[cfg(test)]
    pub(crate) fn counted_to(first: u32) -> Self {
        Self { first, ..Self::new() }
    }

    /// Begins a block of `len` bytes, and returns what its first byte is counted as.
    fn begin(&mut self, len: u32) -> u32 {
        if self.first.checked_add(len).is_none() {
            self.seen.fill(0);
            self.first = 0;
        }
        let first = self.first;
        self.first += len;
        first
    }
}

/// No match begins in the last bytes of a block, nor reaches the very last
/// ([end of block conditions](https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md#end-of-block-conditions)).
const LAST_START: usize = 12;
const LAST_LITERALS: usize = 5;

/// The bytes that are compared at once.
const WORD: usize = size_of::<u64>();

/// The shortest that the format knows.
const SHORTEST: usize = 4;

/// What a token has no room for follows it.
const NIBBLE: usize = 15;

/// Matches of at least so many bytes are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MinMatch(usize);

impl MinMatch {
    /// All that the format has, which the library finds.
    const SHORTEST: Self = Self(SHORTEST);

    /// Byte planes of the measured arrays become no larger by it than by 4 or 5, since what is found is longer.
    const OF_PLANES: Self = Self(6);

    /// `None` if the format has no matches as short, or a word does not hold as many bytes.
    pub(crate) fn new(bytes: i64) -> Option<Self> {
        usize::try_from(bytes).ok().filter(|bytes| (SHORTEST..=WORD).contains(bytes)).map(Self)
    }

    /// What was given, or else what suits the content.
    pub(crate) fn of(given: Option<Self>, content: Content) -> Self {
        given.unwrap_or(match content {
            Content::BytePlane => Self::OF_PLANES,
            _ => Self::SHORTEST,
        })
    }

    pub(crate) fn is_shortest(self) -> bool {
        self == Self::SHORTEST
    }
}

/// Compresses `block`, of less than 4 GiB, into `room`, and returns how many bytes it takes; `None` if the room is too small.
///
/// What it writes depends on `block` and `min` alone.
pub(crate) fn compress(block: &[u8], room: &mut [u8], places: &mut Places, min: MinMatch) -> Option<usize> {
    match min.0 {
        4 => compress_by::<4>(block, room, places),
        5 => compress_by::<5>(block, room, places),
        6 => compress_by::<6>(block, room, places),
        7 => compress_by::<7>(block, room, places),
        _ => compress_by::<8>(block, room, places),
    }
}

/// The same, with what is done for each byte known to the compiler.
fn compress_by<const MIN: usize>(block: &[u8], room: &mut [u8], places: &mut Places) -> Option<usize> {
    let first = places.begin(u32::try_from(block.len()).ok()?);
    let seen = &mut *places.seen;
    let unused = 64 - 8 * MIN as u32;
    // The log2 of the bytes without a match after which the search takes longer steps.
    let patience = if MIN > 6 { 4 } else { 5 };
    let place = |word: u64| {
        // Fibonacci hashing, of the bytes that are to be equal.
        let hash = (word << unused).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (hash >> (64 - PLACE_BITS)) as usize
    };
    // Where a match may begin there is a whole word before the last literals.
    let searched = &block[..block.len().saturating_sub(LAST_START - WORD + 1)];
    let mut out = Sequences { block, room, len: 0, written: 0 };
    // No match begins at the first byte.
    let mut at = 1;
    loop {
        let mut steps = 1 << patience;
        let mut next = at;
        let mut from = loop {
            at = next;
            next += steps >> patience;
            steps += 1;
            let Some(word) = word_at(searched, at) else { return out.finish() };
            let place = &mut seen[place(word)];
            // If no such bytes were seen, the beginning is compared, which is as good as any other place.
            let from = place.saturating_sub(first) as usize;
            *place = first + at as u32;
            let Some(before) = word_at(searched, from) else { return out.finish() };
            // Compared at once: in noise nobody foresees whether what was seen last is near enough.
            if (word ^ before) << unused | ((at - from) / WINDOW) as u64 == 0 {
                break from;
            }
        };
        // What lies before may be the same too.
        let mut start = at;
        while from > 0 && start > out.written && block[start - 1] == block[from - 1] {
            start -= 1;
            from -= 1;
        }
        let len = MIN + at - start;
        let len = len + equal(block, from + len, start + len);
        out.push(start, start - from, len)?;
        at = start + len;
        // As the C library does: the end of a match often comes again, with what follows it.
        if let Some(word) = word_at(block, at - 2) {
            seen[place(word)] = first + (at - 2) as u32;
        }
    }
}

/// Eight bytes, of which the first are the lowest.
#[inline(always)]
fn word_at(block: &[u8], at: usize) -> Option<u64> {
    block.get(at..)?.first_chunk().map(|word| u64::from_le_bytes(*word))
}

/// How many bytes from `at` on are those from `from` on, without the last of the block.
#[inline(always)]
fn equal(block: &[u8], from: usize, at: usize) -> usize {
    let mut len = 0;
    let most = (block.len() - LAST_LITERALS).saturating_sub(at);
    while len < most {
        let (Some(a), Some(b)) = (word_at(block, at + len), word_at(block, from + len)) else { break };
        if a != b {
            return (len + ((a ^ b).trailing_zeros() / 8) as usize).min(most);
        }
        len += WORD;
    }
    // The last bytes of a block are not a whole word.
    len = len.min(most);
    while len < most && block[at + len] == block[from + len] {
        len += 1;
    }
    len
}

/// The sequences of a block as they are written.
struct Sequences<'b, 'r> {
    block: &'b [u8],
    room: &'r mut [u8],
    /// The bytes of `room` that are filled.
    len: usize,
    /// The bytes of `block` that they stand for.
    written: usize,
}

impl Sequences<'_, '_> {
    /// Appends the literals up to `start`, and a match of `len` bytes.
    #[inline(always)]
    fn push(&mut self, start: usize, offset: usize, len: usize) -> Option<()> {
        let more = len - SHORTEST;
        self.literals(start, more.min(NIBBLE))?;
        let offset = (offset as u16).to_le_bytes();
        *self.room.get_mut(self.len..)?.first_chunk_mut()? = offset;
        self.len += offset.len();
        if more >= NIBBLE {
            self.length(more - NIBBLE)?;
        }
        self.written = start + len;
        Some(())
    }

    /// Appends a token whose lower half is `low`, and the literals up to `end`.
    #[inline(always)]
    fn literals(&mut self, end: usize, low: usize) -> Option<()> {
        let run = self.block.get(self.written..end)?;
        *self.room.get_mut(self.len)? = (run.len().min(NIBBLE) << 4 | low) as u8;
        self.len += 1;
        if run.len() >= NIBBLE {
            self.length(run.len() - NIBBLE)?;
        }
        let room = self.room.get_mut(self.len..)?;
        // A copy of fixed length is a move, where one of any length is a call.
        match (self.block[self.written..].first_chunk::<64>(), room.first_chunk_mut::<64>()) {
            (Some(block), Some(room)) if run.len() <= 16 => room[..16].copy_from_slice(&block[..16]),
            (Some(block), Some(room)) if run.len() <= 64 => *room = *block,
            _ => room.get_mut(..run.len())?.copy_from_slice(run),
        }
        self.len += run.len();
        Some(())
    }

    /// Appends what a token has no room for.
    #[inline(always)]
    fn length(&mut self, mut rest: usize) -> Option<()> {
        while rest >= 255 {
            *self.room.get_mut(self.len)? = 255;
            self.len += 1;
            rest -= 255;
        }
        *self.room.get_mut(self.len)? = rest as u8;
        self.len += 1;
        Some(())
    }

    fn finish(mut self) -> Option<usize> {
        self.literals(self.block.len(), 0)?;
        Some(self.len)
    }
}
