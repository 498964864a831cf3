//! 64 bytes at a time, by the instructions that compress and expand the bytes of a vector (VBMI2).

use std::arch::x86_64::*;

use bytemuck::must_cast;

use super::words::walk;
use crate::block::{BLOCK, DENSE, ROOM, is_dense, write_dense};

walk!("avx512f,avx512bw,avx512vl,avx512vbmi2,popcnt");

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,popcnt")]
fn encode_block(block: &[u8; BLOCK], common: u8, out: &mut [u8; ROOM]) -> usize {
    let common = _mm512_set1_epi8(common.cast_signed());
    let groups: &[[u8; 64]] = block.as_chunks().0;
    let (mut lower, mut kept) = ([0_u64; 8], 0);
    for (map, group) in lower.iter_mut().zip(groups) {
        *map = _mm512_cmpneq_epi8_mask(must_cast(*group), common);
        kept += map.count_ones();
    }
    if kept == 0 {
        out[0] = 0;
        return 1;
    }
    let maps: __m512i = must_cast(lower);
    let upper = _mm512_test_epi8_mask(maps, maps);
    let words: __m128i = must_cast([upper, 0]);
    let [top, _] = _mm_test_epi8_mask(words, words).to_le_bytes();
    if is_dense(top, upper, kept) {
        return write_dense(block, out);
    }
    out[0] = top;
    let mut at = 1;
    let packed: [u8; 16] = must_cast(_mm_maskz_compress_epi8(top.into(), words));
    out[at..][..16].copy_from_slice(&packed);
    at += top.count_ones() as usize;
    put(out, &mut at, maps, upper);
    for (group, map) in groups.iter().zip(lower) {
        put(out, &mut at, _mm512_xor_si512(must_cast(*group), common), map);
    }
    at
}

/// Appends the bytes of a vector whose bit is set.
#[inline]
#[target_feature(enable = "avx512f,avx512vbmi2,popcnt")]
fn put(out: &mut [u8; ROOM], at: &mut usize, bytes: __m512i, map: u64) {
    let packed: [u8; 64] = must_cast(_mm512_maskz_compress_epi8(map, bytes));
    out[*at..][..64].copy_from_slice(&packed);
    *at += map.count_ones() as usize;
}

/// Decodes a block, unless it is not valid, and returns how many bytes it has.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,popcnt")]
fn decode_block(source: &[u8; ROOM], common: u8, block: &mut [u8; BLOCK]) -> Option<usize> {
    let common = _mm512_set1_epi8(common.cast_signed());
    let groups: &mut [[u8; 64]] = block.as_chunks_mut().0;
    let top = source[0];
    if top == 0 {
        groups.fill(must_cast(common));
        return Some(1);
    }
    let mut at = 1;
    let mut words = [0; 16];
    words.copy_from_slice(&source[at..][..16]);
    let words = _mm_maskz_expand_epi8(top.into(), must_cast(words));
    if _mm_test_epi8_mask(words, words) != top.into() {
        let (_, dense) = source.split_first_chunk().filter(|(head, _)| **head == DENSE)?;
        block.copy_from_slice(&dense[..BLOCK]);
        return Some(DENSE.len() + BLOCK);
    }
    at += top.count_ones() as usize;
    let [upper, _]: [u64; 2] = must_cast(words);
    let maps = take(source, &mut at, upper);
    if _mm512_test_epi8_mask(maps, maps) != upper {
        return None;
    }
    let lower: [u64; 8] = must_cast(maps);
    let mut wrong = 0;
    for (group, map) in groups.iter_mut().zip(lower) {
        let kept = take(source, &mut at, map);
        wrong |= _mm512_test_epi8_mask(kept, kept) ^ map;
        *group = must_cast(_mm512_xor_si512(kept, common));
    }
    (wrong == 0).then_some(at)
}

/// A vector whose bytes are those of the source where a bit is set, and zero elsewhere.
#[inline]
#[target_feature(enable = "avx512f,avx512vbmi2,popcnt")]
fn take(source: &[u8; ROOM], at: &mut usize, map: u64) -> __m512i {
    let mut bytes = [0; 64];
    bytes.copy_from_slice(&source[*at..][..64]);
    *at += map.count_ones() as usize;
    _mm512_maskz_expand_epi8(map, must_cast(bytes))
}
