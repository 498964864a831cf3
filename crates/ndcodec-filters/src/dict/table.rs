//! Tables of distinct elements: made of an array, written in front of it, and looked up again.

use std::collections::HashMap;

use ndcodec_core::{CodecError, Output};

use super::known::{Ids, distinct};
use crate::front::width_of;
use crate::numbers::{Comb, Numbers, Sign, Word, gather, unfold};

/// Writes table and ranks, and returns true; or nothing, if there are more than `most` values.
pub(super) fn rank_numbers<T: Word<N> + Into<u64>, const N: usize>(
    numbers: Numbers,
    payload: &[u8],
    most: usize,
    out: &mut Output<'_>,
) -> Result<bool, CodecError> {
    if payload.is_empty() {
        return Ok(false);
    }
    let keys = Keys::<T, N>::new(numbers, payload);
    let Some(ranking) = Ranking::of_near(keys, most).or_else(|| Ranking::of(keys, most)) else {
        return Ok(false);
    };
    let count = ranking.values.len();
    write_head(count, out)?;
    // Differences are small, and the bytes of one place together.
    let mut before = T::default();
    let differences: Vec<[u8; N]> = ranking
        .values
        .iter()
        .map(|value| {
            let difference = value.minus(before).to_le();
            before = *value;
            difference
        })
        .collect();
    for place in 0..N {
        let plane: Vec<u8> = differences.iter().map(|bytes| bytes[place]).collect();
        out.push(&plane)?;
    }
    ranking.write(keys, out)?;
    Ok(true)
}

/// Numbers, each as an unsigned integer in their order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys<'p, T, const N: usize> {
    numbers: Numbers,
    payload: &'p [u8],
    /// What an integer differs by from its key.
    top: T,
}

impl<'p, T: Word<N>, const N: usize> Keys<'p, T, N> {
    /// The bytes of a block, which stay in the first-level cache.
    const BLOCK: usize = 4 << 10;

    fn new(numbers: Numbers, payload: &'p [u8]) -> Self {
        let top = if numbers.sign == Sign::Unsigned { T::default() } else { T::TOP };
        Self { numbers, payload, top }
    }

    #[inline]
    pub(super) fn count(self) -> usize {
        self.payload.len() / N
    }

    /// Those from number `first` on.
    pub(super) fn from(self, first: usize) -> Self {
        Self { payload: &self.payload[first * N..], ..self }
    }

    /// Calls `each` with the integers of one block after the other, until it returns `None`.
    #[inline]
    pub(super) fn blocks(self, mut each: impl FnMut(&[[u8; N]]) -> Option<()>) -> Option<()> {
        let mut blocks = self.payload.chunks(Self::BLOCK);
        if self.numbers.are_as_they_lie() {
            return blocks.try_for_each(|block| each(block.as_chunks().0));
        }
        let mut room = [0; 4 << 10];
        blocks.try_for_each(|block| {
            let integers = &mut room[..block.len()];
            gather(self.numbers, block, Comb { first: 0, step: 1 }, integers);
            each(integers.as_chunks().0)
        })
    }

    #[inline(always)]
    pub(super) fn key(self, integer: &[u8; N]) -> T {
        T::from_le(*integer) ^ self.top
    }
}

/// How far a key is above the least of them, which is known to be no more than a table has slots.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "no more than an index")]
fn above<T: Into<u64>>(key: T, least: u64) -> usize {
    (key.into() - least) as usize
}

/// The distinct keys in ascending order, and what their ranks are.
struct Ranking<T> {
    values: Vec<T>,
    /// Of each id; or, if there are no ids, of each number above the least key.
    ranks: Vec<u32>,
    /// Of each key.
    ids: Option<Ids>,
}

impl<T> Ranking<T> {
    /// Of any keys; `None` if there are more than `most` values.
    fn of<const N: usize>(keys: Keys<'_, T, N>, most: usize) -> Option<Self>
    where
        T: Word<N> + Into<u64>,
    {
        let (values, ids) = distinct(keys, most)?;
        // Ids are in the order in which values came.
        let mut sorted: Vec<(T, u32)> = values.into_iter().zip(0..).collect();
        sorted.sort_unstable();
        let mut ranks = vec![0; sorted.len()];
        for (rank, (_, id)) in (0..).zip(&sorted) {
            ranks[*id as usize] = rank;
        }
        Some(Self { values: sorted.into_iter().map(|(value, _)| value).collect(), ranks, ids: Some(ids) })
    }

    /// Of keys that lie near each other, each looked up by how far it is above the least. `None` if others are between the least
    /// and the greatest than there are keys, or more than `most` values.
    fn of_near<const N: usize>(keys: Keys<'_, T, N>, most: usize) -> Option<Self>
    where
        T: Word<N> + Into<u64>,
    {
        let (least, slots) = span(keys)?;
        let mut ranks = vec![0; slots];
        keys.blocks(|block| {
            block.iter().for_each(|integer| ranks[above(keys.key(integer), least)] = 1);
            Some(())
        })?;
        let mut values = Vec::new();
        for (above, rank) in (0..).zip(&mut ranks).filter(|(_, rank)| **rank > 0) {
            *rank = u32::try_from(values.len()).ok().filter(|_| values.len() < most)?;
            let mut bytes = [0; N];
            bytes.copy_from_slice(&(least + above).to_le_bytes()[..N]);
            values.push(T::from_le(bytes));
        }
        Some(Self { values, ranks, ids: None })
    }

    /// Writes the rank of each key.
    fn write<const N: usize>(&self, keys: Keys<'_, T, N>, out: &mut Output<'_>) -> Result<(), CodecError>
    where
        T: Word<N> + Into<u64>,
    {
        let mut writer = RankWriter::new(self.values.len(), keys.count(), out)?;
        let len = writer.room.len();
        match &self.ids {
            Some(Ids::Short(ids)) => writer.write(ids.iter().map(|id| self.ranks[usize::from(*id)])),
            Some(Ids::Long(ids)) => writer.write(ids.iter().map(|id| self.ranks[*id as usize])),
            None => {
                let least = self.values[0].into();
                let rank = |integer: &[u8; N]| self.ranks[above(keys.key(integer), least)];
                keys.blocks(|block| {
                    writer.write(block.iter().map(rank));
                    Some(())
                });
            }
        }
        out.commit(len)
    }
}

/// The least key, and how many numbers there are from it to the greatest; `None` if these are more than the keys.
fn span<T: Word<N> + Into<u64>, const N: usize>(keys: Keys<'_, T, N>) -> Option<(u64, usize)> {
    let (mut ends, mut slots) = (None, 0);
    keys.blocks(|block| {
        let first = keys.key(&block[0]);
        let (mut least, mut greatest) = ends.unwrap_or((first, first));
        for integer in block {
            let key = keys.key(integer);
            (least, greatest) = (least.min(key), greatest.max(key));
        }
        ends = Some((least, greatest));
        slots = usize::try_from(greatest.into() - least.into()).ok()?.checked_add(1)?;
        // Most keys that are far from each other are so from the beginning.
        (slots <= keys.count().max(usize::from(u8::MAX) + 1)).then_some(())
    })?;
    Some((ends?.0.into(), slots))
}

/// The same for elements without numbers.
pub(super) fn rank_bytes(
    itemsize: usize,
    payload: &[u8],
    most: usize,
    out: &mut Output<'_>,
) -> Result<bool, CodecError> {
    let mut known: HashMap<&[u8], u32> = HashMap::new();
    let mut ids = Vec::with_capacity(payload.len() / itemsize);
    for element in payload.chunks_exact(itemsize) {
        let Ok(next) = u32::try_from(known.len()) else { return Ok(false) };
        ids.push(*known.entry(element).or_insert(next));
        if known.len() > most {
            return Ok(false);
        }
    }
    if known.is_empty() {
        return Ok(false);
    }
    let mut values: Vec<(&[u8], u32)> = known.into_iter().collect();
    values.sort_unstable();
    let mut ranks = vec![0; values.len()];
    for (rank, (_, id)) in (0..).zip(&values) {
        ranks[*id as usize] = rank;
    }
    write_head(values.len(), out)?;
    values.iter().try_for_each(|(value, _)| out.push(value))?;
    let mut writer = RankWriter::new(values.len(), ids.len(), out)?;
    let len = writer.room.len();
    writer.write(ids.iter().map(|id| ranks[*id as usize]));
    out.commit(len)?;
    Ok(true)
}

fn write_head(values: usize, out: &mut Output<'_>) -> Result<(), CodecError> {
    let last = (values as u64).saturating_sub(1);
    let width = width_of(last);
    out.push(&[u8::try_from(width).unwrap_or(8)])?;
    out.push(&last.to_le_bytes()[..width])
}

/// Writes ranks in the width that the greatest has.
struct RankWriter<'o> {
    width: usize,
    /// What is not written yet.
    room: &'o mut [u8],
}

impl<'o> RankWriter<'o> {
    /// For `count` ranks in a table of so many values.
    fn new(values: usize, count: usize, out: &'o mut Output<'_>) -> Result<Self, CodecError> {
        let width = width_of((values as u64).saturating_sub(1));
        Ok(Self { width, room: out.spare(count * width)? })
    }

    fn write(&mut self, ranks: impl ExactSizeIterator<Item = u32>) {
        fn write<const W: usize>(ranks: impl Iterator<Item = u32>, room: &mut [u8]) {
            for (to, rank) in room.as_chunks_mut::<W>().0.iter_mut().zip(ranks) {
                to.copy_from_slice(&rank.to_le_bytes()[..W]);
            }
        }
        let (room, rest) = std::mem::take(&mut self.room).split_at_mut(ranks.len() * self.width);
        self.room = rest;
        match self.width {
            1 => write::<1>(ranks, room),
            2 => write::<2>(ranks, room),
            _ => write::<4>(ranks, room),
        }
    }
}

/// The elements of a table, as they lie in the array.
#[derive(Debug)]
pub(super) struct Table<'t> {
    itemsize: usize,
    bytes: &'t [u8],
}

/// Writes the numbers whose ranks in the table are `ranks`, of `width` bytes each.
pub(super) fn numbers_of_ranks<T: Word<N>, const N: usize>(
    numbers: Numbers,
    table: &[u8],
    width: usize,
    ranks: &[u8],
    payload: &mut [u8],
) -> Result<(), CodecError> {
    let count = table.len() / N;
    let top = if numbers.sign == Sign::Unsigned { T::default() } else { T::TOP };
    let mut value = T::default();
    let mut values = vec![0; count * N];
    for (at, to) in values.as_chunks_mut::<N>().0.iter_mut().enumerate() {
        let mut difference = [0; N];
        difference.iter_mut().enumerate().for_each(|(place, byte)| *byte = table[place * count + at]);
        let next = value.plus(T::from_le(difference));
        if at > 0 && next <= value {
            return Err(unsorted(at));
        }
        value = next;
        *to = (value ^ top).to_le();
    }
    unfold(numbers, &mut values);
    let (values, payload) = (values.as_chunks::<N>().0, payload.as_chunks_mut::<N>().0);
    match width {
        1 => fill_by_bytes(values, ranks, payload),
        2 => fill::<2, N>(values, ranks, payload),
        4 => fill::<4, N>(values, ranks, payload),
        _ => fill::<8, N>(values, ranks, payload),
    }
}

fn unsorted(at: usize) -> CodecError {
    CodecError::corrupt(format!("value {at} of the table is not above the one before it"))
}

fn no_such_rank(rank: usize, values: usize) -> CodecError {
    CodecError::corrupt(format!("the rank {rank} is beyond the table of {values} values"))
}

/// With as many values as a byte can say, no rank has to be compared.
fn fill_by_bytes<const N: usize>(
    values: &[[u8; N]],
    ranks: &[u8],
    payload: &mut [[u8; N]],
) -> Result<(), CodecError> {
    let most = usize::from(ranks.iter().copied().max().unwrap_or(0));
    if most >= values.len() {
        return Err(no_such_rank(most, values.len()));
    }
    let mut table = [[0; N]; 256];
    table[..values.len().min(256)].copy_from_slice(&values[..values.len().min(256)]);
    for (to, rank) in payload.iter_mut().zip(ranks) {
        *to = table[usize::from(*rank)];
    }
    Ok(())
}

fn fill<const W: usize, const N: usize>(
    values: &[[u8; N]],
    ranks: &[u8],
    payload: &mut [[u8; N]],
) -> Result<(), CodecError> {
    for (to, rank) in payload.iter_mut().zip(ranks.as_chunks::<W>().0) {
        let rank = rank_of(rank);
        *to = *values.get(rank).ok_or_else(|| no_such_rank(rank, values.len()))?;
    }
    Ok(())
}

#[inline]
fn rank_of(bytes: &[u8]) -> usize {
    let mut rank = [0; 8];
    rank[..bytes.len()].copy_from_slice(bytes);
    usize::try_from(u64::from_le_bytes(rank)).unwrap_or(usize::MAX)
}

impl<'t> Table<'t> {
    /// The table of elements without numbers.
    pub(super) fn of_bytes(itemsize: usize, bytes: &'t [u8]) -> Result<Self, CodecError> {
        let values = || bytes.chunks_exact(itemsize);
        match values().zip(values().skip(1)).position(|(before, after)| before >= after) {
            Some(at) => Err(unsorted(at + 1)),
            None => Ok(Self { itemsize, bytes }),
        }
    }

    /// Writes the elements of these ranks, of `width` bytes each.
    pub(super) fn fill(&self, width: usize, ranks: &[u8], payload: &mut [u8]) -> Result<(), CodecError> {
        let count = self.bytes.len() / self.itemsize;
        for (to, rank) in payload.chunks_exact_mut(self.itemsize).zip(ranks.chunks_exact(width)) {
            let rank = rank_of(rank);
            if rank >= count {
                return Err(no_such_rank(rank, count));
            }
            to.copy_from_slice(&self.bytes[rank * self.itemsize..][..self.itemsize]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ndcodec_core::Buffer;

    use super::*;

    /// The table, and the rank of each key.
    fn ranked<T: Word<N> + Into<u64>, const N: usize>(
        ranking: &Ranking<T>,
        keys: Keys<'_, T, N>,
    ) -> (Vec<T>, Vec<u32>) {
        let mut bytes = Buffer::new();
        let mut out = Output::to_buffer(&mut bytes);
        ranking.write(keys, &mut out).unwrap();
        out.finish();
        let width = width_of(ranking.values.len() as u64 - 1);
        let ranks = bytes.chunks_exact(width).map(|rank| u32::try_from(rank_of(rank)).expect("few"));
        (ranking.values.clone(), ranks.collect())
    }

    /// Returns whether the keys lie near each other.
    fn check<T: Word<N> + Into<u64> + std::fmt::Debug, const N: usize>(keys: &[T], most: usize) -> bool {
        let numbers = Numbers { bytes: N, sign: Sign::Unsigned, is_big: false, parts: 1 };
        let payload: Vec<u8> = keys.iter().flat_map(|key| key.to_le()).collect();
        let of = Keys::<T, N>::new(numbers, &payload);
        let near = Ranking::of_near(of, most).map(|near| ranked(&near, of));
        let any = Ranking::of(of, most).map(|any| ranked(&any, of));
        let mut sorted = keys.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let span = sorted[sorted.len() - 1].into() - sorted[0].into();
        let is_near = span < (keys.len() as u64).max(256);
        let ranks = keys.iter().map(|key| sorted.binary_search(key).expect("a key"));
        let ranks = ranks.map(|rank| u32::try_from(rank).expect("few")).collect();
        let expected = (sorted.len() <= most).then_some((sorted, ranks));
        assert!(any == expected, "{} keys, at most {most}", keys.len());
        assert!(near == expected.filter(|_| is_near), "{} keys, at most {most}", keys.len());
        is_near
    }

    /// More than 16 bits count.
    #[test]
    fn many_values_are_ranked_too() {
        for (count, values) in [(65_535, 65_535), (65_536, 65_536), (150_000, 65_537), (200_000, 90_000)] {
            let keys: Vec<u64> =
                (0..count).map(|n: u64| (n % values).wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
            assert!(!check::<u64, 8>(&keys, usize::MAX), "far apart");
            assert!(!check::<u64, 8>(&keys, 65_535), "far apart");
            assert!(!check::<u64, 8>(&keys, 65_536), "far apart");
        }
    }

    /// At both ends of the numbers too.
    #[test]
    fn keys_near_each_other_are_ranked_as_any_keys_are() {
        let mut state = 1_u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            (state >> 33) % below
        };
        let mut were_near = [0; 2];
        for round in 0..2000 {
            let (count, width) = (1 + next(600), 1 + next(if round % 2 == 0 { 700 } else { 70_000 }));
            let least = [0, u64::MAX - next(2 * width), next(1 << 20)][round % 3];
            let most = if round % 5 == 0 { usize::try_from(next(300)).expect("few") } else { usize::MAX };
            let keys: Vec<u64> = (0..count).map(|_| least.saturating_add(next(width))).collect();
            were_near[usize::from(check::<u64, 8>(&keys, most))] += 1;
            let first = |key: &u64| *key.to_le_bytes().first_chunk().expect("eight bytes");
            check::<u32, 4>(&keys.iter().map(|key| u32::from_le_bytes(first(key))).collect::<Vec<_>>(), most);
            let first = |key: &u64| *key.to_le_bytes().first_chunk().expect("eight bytes");
            check::<u16, 2>(&keys.iter().map(|key| u16::from_le_bytes(first(key))).collect::<Vec<_>>(), most);
            check::<u8, 1>(&keys.iter().map(|key| key.to_le_bytes()[0]).collect::<Vec<_>>(), most);
        }
        assert!(were_near.iter().all(|count| *count > 300), "{were_near:?}");
    }
}
