//! Every kernel that this processor has, against the portable one.

use super::choice::{InstructionSet, Kernels, of};
use super::{Place, portable};

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
