//! How much of a payload came before in it: whether a compressor would find whole elements again.

/// If so many of the elements of a payload came before in it, finding them again is worth a look: `chunked` may leave its
/// filters out, which hide them, and `auto` tries what finds them.
pub(crate) const MANY: f64 = 1.0 / 8.0;

/// The words that are remembered.
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_BITS: u32 = 12;

/// If so many bytes hold few repeats, the rest is not looked at.
pub(crate) const FIRST: usize = 32 << 10;

/// The share of the elements of `payload`, of `itemsize` bytes, that came before, from 0 to 1: of the first of them, where
/// that is less than `few`. The first `compared` bytes, 4 or 8, stand for an element; of shorter ones two neighbours are
/// looked at.
///
/// They are sampled by a hash of their value, so that an element and its repeat are both looked at or neither, however
/// far apart they lie. Runs of one element do not count: every filter leaves them runs.
pub(crate) fn repeats(payload: &[u8], itemsize: usize, compared: usize, few: f64) -> f64 {
    let step = itemsize.max(4);
    let words = payload.len() / step;
    // As many as there are slots, and at most one in sixteen.
    let class_bits = (words / SLOTS).max(16).ilog2();
    let mask = if compared == 4 { u64::from(u32::MAX) } else { u64::MAX };
    let mut count = Count { class_bits, mask, sampled: 0, repeats: 0, seen: [0; SLOTS] };
    let first = FIRST.next_multiple_of(step).min(payload.len());
    count.words(payload, (0..first).step_by(step));
    if count.share() >= few {
        count.words(payload, (first..payload.len()).step_by(step));
    }
    count.share()
}

struct Count {
    class_bits: u32,
    /// The bytes of a word that are compared.
    mask: u64,
    sampled: usize,
    repeats: usize,
    /// The hash of the word that was last in each slot.
    seen: [u64; SLOTS],
}

impl Count {
    fn share(&self) -> f64 {
        self.repeats as f64 / self.sampled.max(1) as f64
    }

    /// Looks at the words that begin at these places, and end in the payload.
    fn words(&mut self, payload: &[u8], places: impl Iterator<Item = usize>) {
        const AT_ONCE: usize = 256;
        let other_classes = u64::MAX << (u64::BITS - self.class_bits);
        // First those of the class are picked without a branch, which would be mispredicted for each of them.
        let mut picked = [0; AT_ONCE];
        let (mut len, mut before) = (0, 0);
        for word in places.map_while(|at| payload.get(at..)?.first_chunk()) {
            let word = u64::from_le_bytes(*word) & self.mask;
            // Fibonacci hashing: the upper bits depend on all of the word.
            let hash = word.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            picked[len] = hash;
            len += usize::from((hash & other_classes == 0) & (word != before));
            before = word;
            if len == AT_ONCE {
                self.picked(&picked);
                len = 0;
            }
        }
        self.picked(&picked[..len]);
    }

    fn picked(&mut self, hashes: &[u64]) {
        self.sampled += hashes.len();
        for &hash in hashes {
            #[expect(clippy::cast_possible_truncation, reason = "a few bits of it")]
            let slot = (hash >> (u64::BITS - self.class_bits - SLOT_BITS)) as usize % SLOTS;
            self.repeats += usize::from(self.seen[slot] == hash);
            self.seen[slot] = hash;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEW: f64 = 1.0 / 8.0;

    /// Words that never come again.
    fn fresh(words: usize) -> Vec<u8> {
        (1..=words as u64)
            .flat_map(|i| (i.wrapping_mul(0xd134_2543_de82_ef95) ^ i << 7).to_le_bytes())
            .collect()
    }

    #[test]
    fn fresh_words_and_runs_are_no_repeats() {
        assert_eq!(repeats(&fresh(32 << 10), 8, 8, FEW), 0.0);
        assert_eq!(repeats(&fresh(32 << 10), 24, 8, FEW), 0.0);
        assert_eq!(repeats(&vec![0; 256 << 10], 8, 8, FEW), 0.0);
        assert_eq!(repeats(&vec![7; 256 << 10], 1, 8, FEW), 0.0);
        assert_eq!(repeats(&[], 8, 8, FEW), 0.0);
        assert_eq!(repeats(&[1; 7], 0, 8, FEW), 0.0);
    }

    /// Each of five hundred words in a row four times.
    fn fourfold(words: usize) -> Vec<u8> {
        fresh(words / 4).chunks(500 * 8).flat_map(|words| words.repeat(4)).collect()
    }

    #[test]
    fn three_of_four_come_again() {
        for itemsize in [4, 8] {
            let share = repeats(&fourfold(64 << 10), itemsize, 8, FEW);
            assert!(
                (0.65..=0.75).contains(&share),
                "but for the slots that collide, not {share} of {itemsize} bytes"
            );
        }
        let share = repeats(
            &fourfold(64 << 10)
                .as_chunks()
                .0
                .iter()
                .flat_map(|word: &[u8; 8]| [*word; 3])
                .flatten()
                .collect::<Vec<_>>(),
            24,
            8,
            FEW,
        );
        assert!((0.65..=0.75).contains(&share), "{share}");
    }

    #[test]
    fn the_whole_counts_where_the_first_hold_a_few() {
        let (few, many) = (fourfold(8 << 10), fresh(8 << 10).split_off(16 << 10));
        let payload = [few, many.clone(), many.clone(), many].concat();
        let share = repeats(&payload, 8, 8, FEW);
        let right = (0.75 * 8.0 + 2.0 * 6.0) / (8.0 + 3.0 * 6.0);
        assert!((right - 0.1..=right + 0.05).contains(&share), "{share}, not {right}");
    }

    /// Of elements of a small table in any order hardly two neighbours come again together.
    #[test]
    fn short_elements_come_again_one_by_one() {
        let values = fresh(300);
        let mut state = 1_u64;
        let payload: Vec<u8> = (0..16 << 10)
            .flat_map(|_| {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                let at = usize::try_from(state >> 33).unwrap_or(0) % 300 * 8;
                [values[at], values[at + 1], values[at + 2], values[at + 3]]
            })
            .collect();
        assert!(repeats(&payload, 4, 4, FEW) > 0.5, "{}", repeats(&payload, 4, 4, FEW));
        assert!(repeats(&payload, 4, 8, FEW) < FEW);
    }
}
