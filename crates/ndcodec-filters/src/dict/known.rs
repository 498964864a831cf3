//! [`distinct`]: which values there are, by a hash table.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use super::table::Keys;
use crate::numbers::Word;

/// Most tables are small, and half of the memory is found sooner.
pub(super) enum Ids {
    Short(Vec<u16>),
    Long(Vec<u32>),
}

/// The distinct keys in the order in which they came, and for each key which of them it is; `None` if there are more than
/// `most`, or more than 32 bits count.
pub(super) fn distinct<T: Word<N> + Into<u64>, const N: usize>(
    keys: Keys<'_, T, N>,
    most: usize,
) -> Option<(Vec<T>, Ids)> {
    let mut known = Known::<T, u16>::new(Vec::new());
    let mut ids = vec![0; keys.count()];
    let done = match known.look_up(keys, &mut ids, most) {
        Ok(()) => return Some((known.values, Ids::Short(ids))),
        Err(Stop::TooMany) => return None,
        Err(Stop::NoId(done)) => done,
    };
    let mut known = Known::<T, u32>::new(known.values);
    let mut long: Vec<u32> = ids[..done].iter().map(|id| u32::from(*id)).collect();
    drop(ids);
    long.resize(keys.count(), 0);
    known.look_up(keys.from(done), &mut long[done..], most).ok()?;
    Some((known.values, Ids::Long(long)))
}

/// A number of a value, in the order in which they came.
trait Id: Copy + Eq + Default {
    /// What stands in a free slot.
    const FREE: Self;

    /// `None` if there are more values than numbers.
    fn new(at: usize) -> Option<Self>;

    fn index(self) -> usize;
}

macro_rules! ids {
    ($($id:ty)*) => {$(
        impl Id for $id {
            const FREE: Self = Self::MAX;

            #[inline]
            fn new(at: usize) -> Option<Self> {
                Self::try_from(at).ok().filter(|id| *id != Self::FREE)
            }

            #[inline]
            fn index(self) -> usize {
                self as usize
            }
        }
    )*};
}

ids! { u16 u32 }

/// The distinct keys in the order in which they came, and which of them is in which slot.
struct Known<T, I> {
    factor: u64,
    values: Vec<T>,
    slots: Vec<I>,
}

/// Why keys were not looked up to the last.
#[derive(Debug, Clone, Copy)]
enum Stop {
    /// There are more values than a table may have.
    TooMany,
    /// There are more values than ids, from the key with this number on.
    NoId(usize),
}

impl<T: Into<u64> + Copy + Eq, I: Id> Known<T, I> {
    fn new(values: Vec<T>) -> Self {
        let mut known = Self { factor: secret(), values, slots: Vec::new() };
        known.fill(((known.values.len() + 1) * 2).next_power_of_two().max(1 << 10));
        known
    }

    /// Puts all that is known in so many slots.
    fn fill(&mut self, len: usize) {
        self.slots = vec![I::FREE; len];
        for (at, value) in self.values.iter().enumerate() {
            let mut slot = slot(self.factor, *value, len);
            while self.slots[slot] != I::FREE {
                slot = (slot + 1) & (len - 1);
            }
            self.slots[slot] = I::new(at).unwrap_or(I::FREE);
        }
    }

    /// Writes the id of each key.
    fn look_up<const N: usize>(
        &mut self,
        keys: Keys<'_, T, N>,
        ids: &mut [I],
        most: usize,
    ) -> Result<(), Stop>
    where
        T: Word<N>,
    {
        let (mut done, mut result) = (0, Ok(()));
        keys.blocks(|block| {
            let mut rest = block;
            loop {
                let (count, free) = self.ids(keys, rest, &mut ids[done..]);
                done += count;
                let Some(slot) = free else { return Some(()) };
                match self.add(keys.key(&rest[count]), slot, most, done) {
                    Ok(id) => ids[done] = id,
                    Err(stop) => {
                        result = Err(stop);
                        return None;
                    }
                }
                (done, rest) = (done + 1, &rest[count + 1..]);
            }
        });
        result
    }

    /// Writes the ids of keys up to the first that is new, and returns how many these are and the slot that is free for that.
    /// It changes nothing, so that the compiler keeps the places of both tables.
    #[inline]
    fn ids<const N: usize>(
        &self,
        keys: Keys<'_, T, N>,
        block: &[[u8; N]],
        ids: &mut [I],
    ) -> (usize, Option<usize>)
    where
        T: Word<N>,
    {
        let (slots, values) = (&self.slots[..], &self.values[..]);
        for (n, (integer, to)) in block.iter().zip(ids).enumerate() {
            let key = keys.key(integer);
            let mut at = slot(self.factor, key, slots.len());
            *to = loop {
                let found = slots[at];
                if found == I::FREE {
                    return (n, Some(at));
                }
                if values[found.index()] == key {
                    break found;
                }
                at = (at + 1) & (slots.len() - 1);
            };
        }
        (block.len(), None)
    }

    /// Puts a new key, the one with number `n`, in its slot.
    fn add(&mut self, key: T, slot: usize, most: usize, n: usize) -> Result<I, Stop> {
        if self.values.len() == most {
            return Err(Stop::TooMany);
        }
        let id = I::new(self.values.len()).ok_or(Stop::NoId(n))?;
        self.values.push(key);
        self.slots[slot] = id;
        // No processor foresees which key meets another in its slot, and a wrong guess takes longer than a key does. So slots are
        // plenty while they fit the caches.
        let room = if self.slots.len() < 1 << 16 { 8 } else { 2 };
        if self.values.len() * room > self.slots.len() {
            self.fill(self.slots.len() * 4);
        }
        Ok(id)
    }
}

/// The process's own secret, so that nobody can choose keys that all fall on one slot.
fn secret() -> u64 {
    static FACTOR: OnceLock<u64> = OnceLock::new();
    *FACTOR.get_or_init(|| RandomState::new().hash_one(0x9e37_79b9_u32) | 1)
}

/// Where to look for a key in `len` slots, a power of two.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the halves of a product")]
fn slot<T: Into<u64>>(factor: u64, key: T, len: usize) -> usize {
    let product = u128::from(key.into()) * u128::from(factor);
    let (high, low) = ((product >> 64) as u64, product as u64);
    // The highest of the low bits depend on all bits of the key. By them alone numbers at equal distances share slots for some
    // factors, but then the high half differs.
    ((low >> (64 - len.trailing_zeros())) ^ high) as usize & (len - 1)
}
