//! The kernel beside `lz4_flex`: the same verdict and the same bytes on sound and damaged blocks, in rooms that fit
//! and in others, with and without history, and never a byte outside of the room.

use lz4_flex::block::{compress, compress_with_dict, decompress_into_with_dict};

use super::{mixed, noise};
use crate::kernel;

/// Bytes around the room that nobody may touch.
const GUARD: usize = 64;
const UNTOUCHED: u8 = 0xa5;

/// What the library says of `block` in a room of `room` bytes behind `history`.
fn by_library(block: &[u8], history: &[u8], room: usize) -> Option<Vec<u8>> {
    let mut out = vec![0; room];
    let len = decompress_into_with_dict(block, &mut out, history).ok()?;
    out.truncate(len);
    Some(out)
}

fn by_kernel(block: &[u8], history: &[u8], room: usize) -> Option<Vec<u8>> {
    let whole = GUARD + history.len() + room + GUARD;
    let mut memory = vec![UNTOUCHED; whole];
    let inside = GUARD..whole - GUARD;
    let out = &mut memory[inside.clone()];
    out[..history.len()].copy_from_slice(history);
    let found = kernel::decode(block, out, history.len());
    assert_eq!(&out[..history.len()], history, "the history was touched");
    let result = found.map(|len| out[history.len()..][..len].to_vec());
    let outside = memory[..inside.start].iter().chain(&memory[inside.end..]);
    assert!(outside.copied().all(|byte| byte == UNTOUCHED), "a byte outside of the room was touched");
    result
}

#[track_caller]
fn assert_same(block: &[u8], history: &[u8], room: usize) -> bool {
    let expected = by_library(block, history, room);
    let found = by_kernel(block, history, room);
    assert!(found == expected, "{} bytes of history, a room of {room}: {block:02x?}", history.len());
    expected.is_some()
}

/// Periods of every length that has a way of its own, runs of literals, and noise.
fn periodic(len: usize, seed: u64) -> Vec<u8> {
    let random = noise(4096, seed);
    let mut out = Vec::with_capacity(len + 600);
    for pair in random.chunks_exact(2).cycle() {
        if out.len() >= len {
            break;
        }
        let period = usize::from(pair[0] % 70) + 1;
        let unit = &random[usize::from(pair[1])..][..period];
        let times = 1 + usize::from(pair[1] % 9) * usize::from(pair[0] % 4);
        (0..times).for_each(|_| out.extend_from_slice(unit));
    }
    out.truncate(len);
    out
}

#[test]
fn sound_blocks_in_every_room() {
    for len in (0..300).chain([1000, 4096, 70_000]) {
        for bytes in [periodic(len, len as u64), mixed(len), noise(len, 3), vec![7; len]] {
            let block = compress(&bytes);
            for room in [len, len + 1, len + 31, len + 32, len + 63, len + 64, len + 65, len + 1000] {
                assert!(by_kernel(&block, &[], room).is_some_and(|decoded| decoded == bytes));
            }
            for room in [len / 2, len.saturating_sub(65), len.saturating_sub(1)] {
                assert_eq!(by_kernel(&block, &[], room).is_some(), room == len);
            }
        }
    }
}

#[test]
fn matches_reach_into_the_history() {
    for seed in 0..200 {
        let bytes = periodic(3000, seed);
        let (history, rest) = bytes.split_at(usize::try_from(seed).unwrap() * 13);
        let block = compress_with_dict(rest, history);
        assert!(by_kernel(&block, history, rest.len()).is_some_and(|decoded| decoded == rest));
        // Without it, some do not decode.
        assert_same(&block, &[], rest.len());
        assert_same(&block, &history[history.len() / 2..], rest.len() + 50);
    }
}

#[test]
fn damaged_blocks() {
    let mut random = noise(1 << 16, 99).into_iter().cycle();
    let mut next = move || usize::from(random.next().unwrap()) << 8 | usize::from(random.next().unwrap());
    let mut sound = 0;
    for round in 0..20_000 {
        let bytes = periodic(next() % 900, round);
        let history = &noise(300, round)[..next() % 300];
        let mut block = if round % 2 == 0 { compress(&bytes) } else { compress_with_dict(&bytes, history) };
        for _ in 0..1 + next() % 3 {
            let at = next() % block.len();
            match next() % 5 {
                0 => block[at] = u8::try_from(next() % 256).unwrap(),
                1 => block[at] = [0, 1, 15, 0x1f, 0xf0, 0xff][next() % 6],
                2 => block[at] ^= 1 << (next() % 8),
                // An offset of zero, if it is one.
                3 => block[at..].iter_mut().take(2).for_each(|byte| *byte = 0),
                _ => block.truncate(at.max(1)),
            }
        }
        let room = [bytes.len(), bytes.len() + 100, next() % 1000, 3000][next() % 4];
        sound += usize::from(assert_same(&block, history, room));
    }
    assert!((2000..18_000).contains(&sound), "{sound} of 20000 blocks decode");
}

#[test]
fn an_offset_of_zero_is_refused_in_the_middle() {
    let bytes = periodic(2000, 4);
    let block = compress(&bytes);
    // The first sequence's offset, behind its literals, which are fewer than 15 + 255.
    let literals = usize::from(block[0] >> 4);
    let at = if literals < 15 { 1 + literals } else { 2 + 15 + usize::from(block[1]) };
    let mut damaged = block.clone();
    damaged[at..at + 2].fill(0);
    assert_ne!(damaged, block);
    assert_eq!(by_kernel(&damaged, &[], bytes.len()), None);
    assert_eq!(by_library(&damaged, &[], bytes.len()), None);
}
