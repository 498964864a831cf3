//! Damage to headers.

use proptest::prelude::*;

/// One change to some bytes.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Flip(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Copy(prop::sample::Index, prop::sample::Index),
    Cut(prop::sample::Index),
}

pub(crate) fn changes() -> impl Strategy<Value = Vec<Change>> {
    let byte = || prop_oneof![any::<u8>(), prop::sample::select(b"'\"()[]{},:#\\0129L \n".to_vec())];
    let change = prop_oneof![
        (any::<prop::sample::Index>(), 1..=255_u8).prop_map(|(at, bits)| Change::Flip(at, bits)),
        (any::<prop::sample::Index>(), byte()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        any::<prop::sample::Index>().prop_map(Change::Remove),
        any::<(prop::sample::Index, prop::sample::Index)>().prop_map(|(from, to)| Change::Copy(from, to)),
        any::<prop::sample::Index>().prop_map(Change::Cut),
    ];
    prop::collection::vec(change, 1..6)
}

fn apply_one(change: &Change, bytes: &mut Vec<u8>) {
    let len = bytes.len();
    if len == 0 {
        return;
    }
    match change {
        Change::Flip(at, bits) => bytes[at.index(len)] ^= bits,
        Change::Insert(at, byte) => bytes.insert(at.index(len), *byte),
        Change::Remove(at) => drop(bytes.remove(at.index(len))),
        Change::Copy(from, to) => bytes[to.index(len)] = bytes[from.index(len)],
        Change::Cut(at) => bytes.truncate(at.index(len)),
    }
}

pub(crate) fn apply(changes: &[Change], bytes: &mut Vec<u8>) {
    changes.iter().for_each(|change| apply_one(change, bytes));
}
