//! The fast filters against the plainest ones.

use ndcodec_core::{ArrayFilter, DType};
use ndcodec_filters::{Bitshuffle, Shuffle};

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
    for edge in [64, 128, 256, 512, 1024, 4096, block, 2 * block] {
        counts.extend([edge - 8, edge - 1, edge, edge + 1, edge + 7, edge + 8, edge + 9]);
    }
    counts
}

fn check(filter: &dyn ArrayFilter, itemsize: usize, payload: &[u8], expected: &[u8]) {
    let dtype = DType::parse(&format!("|V{itemsize}")).expect("there is void of every size");
    let case = format!("{filter:?}, {} bytes in items of {itemsize}", payload.len());
    let mut out = vec![0x55; payload.len()];
    filter.encode(&dtype, payload, &mut out).expect("it takes every payload");
    assert!(out == expected, "{case}: encoded otherwise");
    out.fill(0x55);
    filter.decode(&dtype, expected, &mut out).expect("it takes every payload");
    assert!(out == payload, "{case}: decoded otherwise");
}

#[test]
fn shuffle_is_what_the_oracle_says() {
    let noise = noise(1 << 20);
    for itemsize in (1..=17).chain([32, 100]) {
        for count in counts(itemsize) {
            for tail in [0, itemsize / 2] {
                let payload = &noise[..count * itemsize + tail];
                check(&Shuffle, itemsize, payload, &shuffle(itemsize, payload));
            }
        }
    }
}

#[test]
fn bitshuffle_is_what_the_oracle_says() {
    let noise = noise(1 << 20);
    for itemsize in (1..=17).chain([32, 100]) {
        for count in counts(itemsize) {
            let payload = &noise[..count * itemsize + itemsize / 2];
            let expected = bitshuffle(itemsize, default_block(itemsize), payload);
            check(&Bitshuffle::default(), itemsize, payload, &expected);
        }
        for block in [8, 24, 128, 1000, 4096] {
            for count in [8, 23, 24, 25, 1000, 1001, 4095, 5000] {
                let payload = &noise[..count * itemsize];
                let expected = bitshuffle(itemsize, block, payload);
                check(&Bitshuffle::with_block(block).unwrap(), itemsize, payload, &expected);
            }
        }
    }
}

#[test]
fn items_of_no_bytes_and_bytes_without_an_item_stay() {
    for filter in [&Shuffle as &dyn ArrayFilter, &Bitshuffle::default()] {
        check(filter, 0, b"abc", b"abc");
        check(filter, 4, b"abc", b"abc");
        check(filter, 1 << 30, b"abc", b"abc");
        check(filter, 4, b"", b"");
    }
}
