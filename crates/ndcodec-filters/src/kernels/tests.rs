//! Every kernel that this processor has, against the portable one.

use super::choice::{InstructionSet, Kernels, of};
use super::{Place, gather, portable, scatter};

/// Rows of all lengths around the widths of vectors, in the middle of longer ones, from the beginning and from further on.
fn check<const S: usize, const BITS: bool>() {
    let noise: Vec<u8> =
        (0_u32..).take(S * 700).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    for len in (0..35).chain([63, 64, 65, 127, 128, 129, 190, 255, 256, 300]) {
        let place = Place { stride: len + 5, at: 3, len };
        // Two runs of tiles, as with the planes of elements of two bytes.
        let tiles = &noise[..len * S * 2];
        let empty = vec![0x55; place.stride * S * 2];
        let mut expected = empty.clone();
        if len > 0 {
            portable::split::<S, BITS>(tiles, &mut expected, place, 0);
        }
        for set in InstructionSet::available().filter(|set| *set != InstructionSet::Portable) {
            let Kernels { split, join, join_apart } = of::<S, BITS>(set).expect("every set has kernels");
            for done in [0, len / 3] {
                let case = format!("{set:?}, S = {S}, BITS = {BITS}, {len} bytes from {done} on");
                let mut rows = empty.clone();
                let mut back = tiles.to_vec();
                if len > 0 {
                    let end = split(tiles, &mut rows, place, done);
                    assert!(end <= len && len - end < 64, "{case}: it ends at {end}");
                    portable::split::<S, BITS>(tiles, &mut rows, place, end);
                    for (at, (is, should)) in rows.iter().zip(&expected).enumerate() {
                        let column = at % place.stride;
                        let is_ours = column >= place.at + done && column < place.at + len;
                        assert_eq!(*is, if is_ours { *should } else { 0x55 }, "{case}: byte {at}");
                    }
                    back.fill(0x55);
                    let end = join(&expected, place, &mut back, 0);
                    portable::join::<S, BITS>(&expected, place, &mut back, end);
                }
                assert!(back == tiles, "{case}: not undone");
                if !BITS && len > 0 {
                    let rows: [&[u8]; S] =
                        std::array::from_fn(|row| &expected[row * place.stride + place.at..][..len]);
                    let mut back = tiles[..len * S].to_vec();
                    back[done * S..].fill(0x55);
                    let end = join_apart(&rows, &mut back, done);
                    assert!(end <= len && len - end < 64, "{case}: rows apart end at {end}");
                    portable::join_apart(&rows, &mut back, end);
                    assert!(back == tiles[..len * S], "{case}: rows apart not undone");
                }
            }
        }
    }
}

#[test]
fn every_kernel_is_the_portable_one() {
    check::<2, false>();
    check::<4, false>();
    check::<8, false>();
    check::<16, false>();
    check::<8, true>();
}

fn check_combs<const N: usize>() {
    let noise: Vec<[u8; N]> = (0_u32..1000)
        .map(|i| std::array::from_fn(|byte| i.wrapping_mul(2_654_435_761).to_be_bytes()[byte % 3]))
        .collect();
    for step in 1..6 {
        for len in (0..100).chain([500, 901]) {
            for first in 0..step {
                let items = &noise[..len];
                let mine = |at: usize| first + at * step;
                let mut together = vec![[0x55; N]; len.saturating_sub(first).div_ceil(step)];
                let done = gather(items, first, step, &mut together);
                assert!((0..done).all(|at| together[at] == items[mine(at)]), "{N} bytes, {step}: gathered");
                let is_avx2 = InstructionSet::available().any(|set| set == InstructionSet::Avx2);
                let should = if is_avx2 && matches!(step, 2..5) { len * N / 16 / step * (16 / N) } else { 0 };
                assert!(done >= should, "{done} of {len} items of {N} bytes are done in steps of {step}");
                let mut back = vec![[0x55; N]; len];
                assert_eq!(scatter(&together[..done], first, step, &mut back), done);
                for (at, item) in back.iter().enumerate() {
                    let is_ours = at % step == first && at / step < done;
                    assert_eq!(*item, if is_ours { items[at] } else { [0x55; N] }, "{N} bytes, {step}: {at}");
                }
            }
        }
    }
}

#[test]
fn items_are_taken_together_and_put_back() {
    check_combs::<1>();
    check_combs::<2>();
    check_combs::<4>();
    check_combs::<8>();
}
