//! The fast filters against the plainest ones, with every instruction set that this processor has.

use std::sync::{Mutex, PoisonError};

use ndcodec_core::{ArrayFilter, CodecError, DType};
use ndcodec_filters::{Bitshuffle, InstructionSet, Shuffle};

/// The set in use is one of the whole process.
static SET: Mutex<()> = Mutex::new(());

fn alone() -> impl Drop {
    SET.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One, those that are strips, those whose strips overlap, and a large one.
const ITEMSIZES: [usize; 11] = [1, 2, 3, 4, 5, 8, 12, 15, 16, 17, 100];

/// Byte `b` of element `i` goes to `b` × the number of elements + `i`.
fn shuffle(itemsize: usize, payload: &[u8]) -> Vec<u8> {
    let count = payload.len() / itemsize;
    let mut out = payload.to_vec();
    for i in 0..count {
        for b in 0..itemsize {
            out[b * count + i] = payload[i * itemsize + b];
        }
    }
    out
}

/// The same for the bits of each block, the lowest bit of a byte being the first.
fn bitshuffle(itemsize: usize, block: usize, payload: &[u8]) -> Vec<u8> {
    let mut out = payload.to_vec();
    let whole = payload.len() / itemsize / 8 * 8 * itemsize;
    for (from, to) in payload[..whole].chunks(block * itemsize).zip(out[..whole].chunks_mut(block * itemsize))
    {
        let count = from.len() / itemsize;
        to.fill(0);
        for (i, element) in from.chunks(itemsize).enumerate() {
            for bit in 0..itemsize * 8 {
                let value = element[bit / 8] >> (bit % 8) & 1;
                let at = bit * count + i;
                to[at / 8] |= value << (at % 8);
            }
        }
    }
    out
}

fn default_block(itemsize: usize) -> usize {
    (8192 / itemsize / 8 * 8).max(128)
}

fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..len).map(next).collect()
}

/// Numbers of elements around the widths of vectors, tiles, strips and blocks.
fn counts(itemsize: usize) -> Vec<usize> {
    let mut counts: Vec<usize> = (0..=41).collect();
    let block = default_block(itemsize);
    for edge in [64, 256, 1024, block, 2 * block] {
        counts.extend([edge - 8, edge - 1, edge, edge + 1, edge + 7, edge + 8, edge + 9]);
    }
    counts
}

/// With every set. Also that nothing is written beside the result, which begins at an odd address, as what is decoded does.
fn check(filter: &dyn ArrayFilter, itemsize: usize, payload: &[u8], expected: &[u8]) {
    const AROUND: usize = 65;
    let dtype = DType::parse(&format!("|V{itemsize}")).expect("there is void of every size");
    let odd = [&[0], expected].concat();
    let inside = AROUND..AROUND + payload.len();
    for set in InstructionSet::available() {
        set.use_at_most();
        let case = format!("{filter:?} by {set:?}, {} bytes in items of {itemsize}", payload.len());
        let is_right = |direction: Direction, from: &[u8], to: &[u8]| {
            let mut room = vec![0x55; payload.len() + 2 * AROUND];
            direction(filter, &dtype, from, &mut room[inside.clone()]).expect("it takes every payload");
            let mut around = room[..inside.start].iter().chain(&room[inside.end..]);
            assert!(around.all(|byte| *byte == 0x55), "{case}: written outside");
            room[inside.clone()] == *to
        };
        assert!(
            is_right(|filter, dtype, from, to| filter.encode(dtype, from, to), payload, expected),
            "{case}: encoded"
        );
        assert!(
            is_right(|filter, dtype, from, to| filter.decode(dtype, from, to), &odd[1..], payload),
            "{case}: decoded"
        );
    }
}

type Direction = fn(&dyn ArrayFilter, &DType, &[u8], &mut [u8]) -> Result<(), CodecError>;

#[test]
fn shuffle_is_what_the_oracle_says() {
    let (_alone, noise) = (alone(), noise(1 << 20));
    for itemsize in ITEMSIZES {
        for count in counts(itemsize) {
            for tail in [0, itemsize / 2] {
                let payload = &noise[1..][..count * itemsize + tail];
                check(&Shuffle, itemsize, payload, &shuffle(itemsize, payload));
            }
        }
    }
}

#[test]
fn planes_apart_are_joined_as_planes_together() {
    let (_alone, noise) = (alone(), noise(1 << 20));
    for itemsize in 2..=17 {
        let dtype = DType::parse(&format!("|V{itemsize}")).expect("there is void of every size");
        for count in counts(itemsize).into_iter().filter(|count| *count > 0) {
            let payload = &noise[..count * itemsize];
            let planes = shuffle(itemsize, payload);
            let odd: Vec<Vec<u8>> = planes.chunks(count).map(|plane| [&[0], plane].concat()).collect();
            let planes: Vec<&[u8]> = odd.iter().map(|plane| &plane[1..]).collect();
            for set in InstructionSet::available() {
                set.use_at_most();
                let mut out = vec![0x55; payload.len()];
                Shuffle.decode_parts(&dtype, &planes, &mut out).expect("it takes every payload");
                assert!(out == payload, "{set:?}, {count} items of {itemsize}");
            }
        }
    }
}

#[test]
fn bitshuffle_is_what_the_oracle_says() {
    let (_alone, noise) = (alone(), noise(1 << 20));
    for itemsize in ITEMSIZES {
        for count in counts(itemsize) {
            let payload = &noise[1..][..count * itemsize + itemsize / 2];
            let expected = bitshuffle(itemsize, default_block(itemsize), payload);
            check(&Bitshuffle::default(), itemsize, payload, &expected);
        }
        for block in [8, 24, 128, 1000, 4096, 8192] {
            for count in [8, 23, 24, 25, 1000, 1001, 4095, 5000, 9000] {
                let payload = &noise[..count * itemsize];
                let expected = bitshuffle(itemsize, block, payload);
                check(&Bitshuffle::with_block(block).unwrap(), itemsize, payload, &expected);
            }
        }
    }
}

#[test]
fn items_of_no_bytes_and_bytes_without_an_item_stay() {
    let _alone = alone();
    for filter in [&Shuffle as &dyn ArrayFilter, &Bitshuffle::default()] {
        check(filter, 0, b"abc", b"abc");
        check(filter, 4, b"abc", b"abc");
        check(filter, 1 << 30, b"abc", b"abc");
        check(filter, 4, b"", b"");
    }
}
