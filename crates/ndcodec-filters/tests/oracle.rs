//! The fast filters against the plainest ones, with every instruction set that this processor has.

use std::sync::{Mutex, PoisonError};

use ndcodec_core::{ArrayFilter, BoundFilter, CodecError, DType, Input, Layout, Order, Output, build_codec};
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

/// The filter bound to `count` elements; `None` if it leaves them as they lie.
fn bind(filter: &dyn ArrayFilter, itemsize: usize, count: usize) -> Option<Box<dyn BoundFilter>> {
    let dtype = DType::parse(&format!("|V{itemsize}")).expect("there is void of every size");
    let layout = Layout::new(dtype, [count], Order::C).expect("it fits in memory");
    filter.bind(&layout).expect("it takes every dtype")
}

/// With every set: the filter on an array if `payload` is whole elements, else `stage`, the same with its type given, which
/// takes any bytes. Also that nothing is written beside the result, which begins at an odd address, as what is decoded does.
fn check(filter: &dyn ArrayFilter, stage: &str, itemsize: usize, payload: &[u8], expected: &[u8]) {
    const AROUND: usize = 65;
    let odd = [&[0], expected].concat();
    let inside = AROUND..AROUND + payload.len();
    let codec = build_codec(stage).expect("the stage is linked");
    let count = payload.len().checked_div(itemsize).filter(|count| count * itemsize == payload.len());
    let bound = count.and_then(|count| bind(filter, itemsize, count));
    assert!(bound.is_some() || count.is_none() || payload == expected, "{stage}: it stays as it lies");
    let encode = |from: &[u8], out: &mut Output<'_>| match &bound {
        Some(bound) => bound.forward(from, out),
        None => codec.encode(&Input::new(&[from]), out),
    };
    let decode = |from: &[u8], out: &mut Output<'_>| match &bound {
        Some(bound) => {
            bound.backward(&[from], out.spare(from.len())?)?;
            out.commit(from.len())
        }
        None => codec.decode(from, out),
    };
    for set in InstructionSet::available() {
        set.use_at_most();
        let case = format!("{stage} by {set:?}, {} bytes in items of {itemsize}", payload.len());
        let is_right = |direction: Direction<'_>, from: &[u8], to: &[u8]| {
            let mut room = vec![0x55; payload.len() + 2 * AROUND];
            let mut out = Output::to_slice(&mut room[inside.clone()]);
            direction(from, &mut out).expect("it takes every payload");
            assert_eq!(out.finish(), payload.len(), "{case}");
            let mut around = room[..inside.start].iter().chain(&room[inside.end..]);
            assert!(around.all(|byte| *byte == 0x55), "{case}: written outside");
            room[inside.clone()] == *to
        };
        assert!(is_right(&encode, payload, expected), "{case}: encoded");
        assert!(is_right(&decode, &odd[1..], payload), "{case}: decoded");
    }
}

type Direction<'d> = &'d dyn Fn(&[u8], &mut Output<'_>) -> Result<(), CodecError>;

#[test]
fn shuffle_is_what_the_oracle_says() {
    let (_alone, noise) = (alone(), noise(1 << 20));
    for itemsize in ITEMSIZES {
        for count in counts(itemsize) {
            for tail in [0, itemsize / 2] {
                let payload = &noise[1..][..count * itemsize + tail];
                let stage = format!("shuffle({itemsize})");
                check(&Shuffle, &stage, itemsize, payload, &shuffle(itemsize, payload));
            }
        }
    }
}

#[test]
fn planes_apart_are_joined_as_planes_together() {
    let (_alone, noise) = (alone(), noise(1 << 20));
    for itemsize in 2..=17 {
        for count in counts(itemsize).into_iter().filter(|count| *count > 0) {
            let bound = bind(&Shuffle, itemsize, count).expect("several bytes are moved");
            assert_eq!(bound.planes(), itemsize);
            let payload = &noise[..count * itemsize];
            let planes = shuffle(itemsize, payload);
            let odd: Vec<Vec<u8>> = planes.chunks(count).map(|plane| [&[0], plane].concat()).collect();
            let planes: Vec<&[u8]> = odd.iter().map(|plane| &plane[1..]).collect();
            for set in InstructionSet::available() {
                set.use_at_most();
                let mut out = vec![0x55; payload.len()];
                bound.backward(&planes, &mut out).expect("it takes every payload");
                assert!(out == payload, "{set:?}, {count} items of {itemsize}");
            }
        }
    }
}

#[test]
fn bit_planes_apart_are_joined_as_bit_planes_together() {
    let (_alone, noise) = (alone(), noise(1 << 20));
    for itemsize in [1, 2, 4, 8] {
        for count in [8, 16, 1000, 1024, 4096, 8200, 20_008] {
            let bound = bind(&Bitshuffle::with_block(1 << 24).unwrap(), itemsize, count).unwrap();
            assert_eq!(bound.planes(), 8 * itemsize);
            let payload = &noise[1..][..count * itemsize];
            let planes = bitshuffle(itemsize, 1 << 24, payload);
            let odd: Vec<Vec<u8>> = planes.chunks(count / 8).map(|plane| [&[0], plane].concat()).collect();
            let planes: Vec<&[u8]> = odd.iter().map(|plane| &plane[1..]).collect();
            for set in InstructionSet::available() {
                set.use_at_most();
                let mut out = vec![0x55; payload.len()];
                bound.backward(&planes, &mut out).expect("it takes every payload");
                assert!(out == payload, "{set:?}, {count} items of {itemsize}");
            }
        }
    }
    // Several blocks, or elements beside the eights, do not make planes.
    for (itemsize, count, block) in [(2, 2000, 1992), (2, 2001, 1 << 24), (3, 2000, 1 << 24), (4, 0, 1 << 24)]
    {
        let bound = bind(&Bitshuffle::with_block(block).unwrap(), itemsize, count).unwrap();
        assert_eq!(bound.planes(), 1, "{count} items of {itemsize} in blocks of {block}");
    }
}

#[test]
fn bitshuffle_is_what_the_oracle_says() {
    let (_alone, noise) = (alone(), noise(1 << 20));
    for itemsize in ITEMSIZES {
        for count in counts(itemsize) {
            let payload = &noise[1..][..count * itemsize + itemsize / 2];
            let expected = bitshuffle(itemsize, default_block(itemsize), payload);
            check(&Bitshuffle::default(), &format!("bitshuffle({itemsize})"), itemsize, payload, &expected);
        }
        for block in [8, 24, 128, 1000, 4096, 8192] {
            for count in [8, 23, 24, 25, 1000, 1001, 4095, 5000, 9000] {
                let payload = &noise[..count * itemsize];
                let expected = bitshuffle(itemsize, block, payload);
                let stage = format!("bitshuffle({itemsize},block={block})");
                check(&Bitshuffle::with_block(block).unwrap(), &stage, itemsize, payload, &expected);
            }
        }
    }
}

#[test]
fn items_of_no_bytes_and_bytes_without_an_item_stay() {
    let _alone = alone();
    for (word, filter) in [("shuffle", &Shuffle as &dyn ArrayFilter), ("bitshuffle", &Bitshuffle::default())]
    {
        check(filter, &format!("{word}(|V0)"), 0, b"abc", b"abc");
        check(filter, &format!("{word}(4)"), 4, b"abc", b"abc");
        check(filter, &format!("{word}({})", 1 << 30), 1 << 30, b"abc", b"abc");
        check(filter, &format!("{word}(4)"), 4, b"", b"");
        assert!(bind(filter, 0, 3).is_none(), "{word}: items of no bytes");
    }
}
