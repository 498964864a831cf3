//! `auto` gives back what it was given by every way, its bytes do not depend on the way, and damage is noticed.

#![allow(missing_docs, clippy::cast_possible_truncation, clippy::unwrap_used, reason = "a test")]

mod common;

use std::num::NonZeroUsize;

use common::{Few, Kind, array, chain, register_toys};
use ndcodec_core::{
    Array, Buffer, Chain, DecodeLimits, DecodeOptions, EncodeOptions, ErrorKind, Order, Registry,
};
use ndcodec_pco as _;

const STRUCT: &str = "[('id', '<u4'), ('', '|V4'), ('xyz', '<f4', (3,)), ('name', '|S4'), ('z', '>c8')]";

fn chains() -> Vec<Chain> {
    [
        "auto(fast,size=1KiB)",
        "auto(size=2KiB)",
        "auto(small,size=4KiB)",
        "auto(size=1KiB,try=\"halves|runs\")",
    ]
    .map(chain)
    .into()
}

fn arrays() -> Vec<Array> {
    use Kind::{Measured, Noise, Zeros};
    use Order::{C, Fortran};
    let mut arrays = vec![
        array("<f8", &[], C, Measured),
        array("<f8", &[0], C, Measured),
        array("<f8", &[3, 0, 2], Fortran, Measured),
        array("<f8", &[129], C, Measured),
        array("<f8", &[1000], C, Noise),
        array("<f8", &[1000], C, Zeros),
        array("<i8", &[50, 41], C, Measured),
        array("<i8", &[50, 41], Fortran, Measured),
        array("<i4", &[300, 4], C, Measured),
        array(">u2", &[40, 30, 3], C, Measured),
        array("|u1", &[3, 50, 60], Fortran, Measured),
        array("<f4", &[2, 5000], C, Measured),
        array("<f4", &[1, 1, 700, 1], C, Measured),
        array("|b1", &[3000], C, Zeros),
        array("<f2", &[7, 11, 13], C, Measured),
        array(">c16", &[31, 9], C, Measured),
        array("<M8[s]", &[500, 2], C, Measured),
        array("<U3", &[500], C, Measured),
        array("|V300", &[20], C, Measured),
        array("|V5000", &[7], C, Noise),
        array("bfloat16", &[900], C, Measured),
        array("[('a', [('b', '<i2'), ('c', '|V3')], (2,)), ('d', '<f8')]", &[90], C, Measured),
        array(
            "{'names': ['a', 'b'], 'formats': ['<i4', '<i4'], 'offsets': [4, 12], 'itemsize': 17}",
            &[90],
            C,
            Measured,
        ),
    ];
    arrays.extend([0, 1, 60, 1000].map(|len| array(STRUCT, &[len], C, Measured)));
    for nothing in ["|V0", "|S0"] {
        arrays.push(array(nothing, &[1 << 40, 1 << 20], C, Zeros));
    }
    arrays
}

#[test]
fn arrays_come_back_by_every_way() {
    register_toys();
    for chain in chains() {
        for array in &arrays() {
            check(&chain, array);
        }
    }
}

fn check(chain: &Chain, array: &Array) {
    let case = format!("{chain}, {} of shape {}", array.dtype(), array.layout().shape_text());
    let view = array.view();
    let encoded = chain.encode(&view).unwrap();
    let bound = chain.max_encoded_len(array.layout()).unwrap().unwrap();
    assert!(encoded.len() <= bound, "{case}: {} > {bound}", encoded.len());
    for threads in [1, 2, 8].map(|n| NonZeroUsize::new(n).unwrap()) {
        let options = EncodeOptions::new().with_threads(threads);
        let mut again = Vec::new();
        chain.encode_append_with(&view, &mut again, &options).unwrap();
        assert!(again == encoded, "{case}: {threads} threads");
        for step in [7, 1023, 1 << 20] {
            let mut streamed = Vec::new();
            let mut encoder = chain.encoder_with(array.layout(), &mut streamed, &options).unwrap();
            for part in array.payload().chunks(step) {
                encoder.push(part).unwrap();
            }
            encoder.finish().unwrap();
            assert!(streamed == encoded, "{case}: streamed by {step}, {threads} threads");
        }
        let options = DecodeOptions::new().with_threads(threads);
        same(&case, array, &chain.decode_with(&encoded, &options).unwrap());
    }
    for step in [7, 1025] {
        same(&case, array, &chain.decode_from(Few(&encoded, step)).unwrap());
    }
    let mut buffer = Buffer::new();
    assert_eq!(chain.decode_into(&encoded, &mut buffer).unwrap().payload(), array.payload(), "{case}");
    if let Some(n) = array.layout().shape().first().copied().filter(|n| (3..10_000).contains(n)) {
        let rows = chain.decode_rows(&encoded, n / 3..n - 1).unwrap();
        assert_eq!(rows.payload(), view.rows(n / 3..n - 1).unwrap().payload(), "{case}");
    }
}

fn same(case: &str, expected: &Array, decoded: &Array) {
    assert_eq!(*decoded.layout(), expected.layout().clone().canonical(), "{case}");
    assert!(decoded.payload() == expected.payload(), "{case}");
}

/// Whatever it was written for, `auto` reads it: the goal is the writer's.
#[test]
fn any_goal_is_read() {
    let array = array("<i4", &[700, 3], Order::C, Kind::Measured);
    for written in ["auto(fast)", "auto", "auto(small,size=1KiB)"] {
        let encoded = chain(written).encode(&array.view()).unwrap();
        for read in ["auto", "auto(fast)", "auto(small)"] {
            same(written, &array, &chain(read).decode(&encoded).unwrap());
        }
    }
}

/// Every bit counts, in memory and as a stream.
#[test]
fn every_flipped_bit_is_noticed() {
    let chain = chain("auto(size=1KiB)");
    let array = array("<i4", &[150, 4], Order::C, Kind::Measured);
    let encoded = chain.encode(&array.view()).unwrap();
    for at in 0..encoded.len() {
        for bit in 0..8 {
            let mut damaged = encoded.clone();
            damaged[at] ^= 1 << bit;
            assert!(chain.decode(&damaged).is_err(), "byte {at}, bit {bit}");
            assert!(chain.decode_from(Few(&damaged, 1000)).is_err(), "byte {at}, bit {bit}, streamed");
        }
        assert!(chain.decode(&encoded[..at]).is_err(), "cut at {at}");
    }
    let longer = [&encoded[..], &[0]].concat();
    assert_eq!(chain.decode(&longer).unwrap_err().kind(), ErrorKind::Trailing);
}

/// A body that no writer made, behind a checksum that is right, is an error and no panic.
#[test]
fn foreign_bodies_are_errors() {
    let chain = chain("auto(size=1KiB)");
    let array = array("<i4", &[64, 4], Order::C, Kind::Measured);
    let encoded = chain.encode(&array.view()).unwrap();
    let head = chain.inspect(&encoded).unwrap().header_len;
    let crc: [u8; 4] = encoded[head - 4..head].try_into().unwrap();
    let body_len = u32::from_le_bytes(encoded[head..head + 4].try_into().unwrap()) as usize;
    let body = encoded[head + 4..][..body_len].to_vec();
    let forged = |body: &[u8]| {
        let mut bytes = encoded[..head].to_vec();
        let record = [&(body.len() as u32).to_le_bytes()[..], body].concat();
        bytes.extend(&record);
        bytes.extend(crc32c::crc32c(&[&0_u64.to_le_bytes()[..], &crc, &record].concat()).to_le_bytes());
        let begin = bytes.len() as u64;
        let index = (head as u64).to_le_bytes();
        bytes.extend(index);
        bytes.extend(crc32c::crc32c(&[&crc[..], &index].concat()).to_le_bytes());
        let total = bytes.len() as u64 + 24;
        bytes.extend(begin.to_le_bytes());
        bytes.extend(total.to_le_bytes());
        bytes.extend(b"NDAUEND\n");
        bytes
    };
    assert_eq!(chain.decode(&forged(&body)).unwrap().payload(), array.payload());
    let texts: [&[u8]; 12] = [
        b"",
        b"\x02",
        b"\x01",
        b"\x01\xff\xff\xff\xff\xff\x01",
        b"\x01\xff\x7f",
        b"\x01\x00\x00",
        b"\x01\x00\x05",
        b"\x01\x00\x01\x00",
        b"\x01\x00\x01\x01\x00\x00\x00",
        b"\x01\x00\x01\x02\x01",
        b"\x01\x01\x03zst\x01\x02\x01a",
        b"\x01\x01\x02\xff\xff\x01\x02\x01a",
    ];
    for text in texts {
        assert!(chain.decode(&forged(text)).is_err(), "{text:?}");
    }
    for at in 0..body.len() {
        for with in [0, 1, 2, 0x7f, 0x80, 0xff] {
            let mut body = body.clone();
            body[at] = with;
            let _ = chain.decode(&forged(&body));
        }
        assert!(chain.decode(&forged(&body[..at])).is_err(), "cut at {at}");
    }
}

/// What a registry does not allow is neither tried nor read.
#[test]
fn a_narrowed_registry_holds_for_what_is_chosen() {
    let array = array("<i4", &[5000], Order::C, Kind::Measured);
    let few = Registry::only(&[&ndcodec_chunked::AUTO, &ndcodec_filters::SHUFFLE, &ndcodec_lz4::LZ4]);
    let narrow = Chain::parse_in(&few, "auto(fast)").unwrap();
    let encoded = narrow.encode(&array.view()).unwrap();
    assert!(encoded.len() < array.payload().len());
    assert_eq!(chain("auto").decode(&encoded).unwrap().payload(), array.payload());
    let error = narrow.decode(&chain("auto").encode(&array.view()).unwrap()).unwrap_err();
    assert!(error.report().contains("is not allowed here"), "{}", error.report());

    // Without any candidate, everything is stored.
    let none = Chain::parse_in(&Registry::only(&[&ndcodec_chunked::AUTO]), "auto").unwrap();
    let encoded = none.encode(&array.view()).unwrap();
    assert_eq!(none.decode(&encoded).unwrap().payload(), array.payload());
}

/// Of numbers that are near those above them, most bits of the differences are zero.
#[test]
fn bit_planes_are_kept_by_what_is_not_zero() {
    let noise = common::bytes(Kind::Noise, 300 * 256);
    let mut above = [40_000_i64; 256];
    let walk = noise.iter().zip((0..256).cycle()).map(|(noise, column)| {
        above[column] += i64::from(*noise == 0) - i64::from(*noise == 1);
        above[column]
    });
    let payload: Vec<u8> = walk.flat_map(i64::to_le_bytes).collect();
    let array = Array::new(common::layout("<i8", &[300, 256], Order::C), payload[..].into()).unwrap();
    let without = Registry::only(&[
        &ndcodec_chunked::AUTO,
        &ndcodec_filters::SHUFFLE,
        &ndcodec_filters::BITSHUFFLE,
        &ndcodec_filters::PREDICT,
        &ndcodec_filters::DELTA,
        &ndcodec_filters::DICT,
        &ndcodec_lz4::LZ4,
        &ndcodec_zstd::ZSTD,
    ]);
    for (goal, expected) in [("fast", "bitshuffle(block=16777216)|sparse"), ("balanced", "|sparse|zstd")] {
        let text = format!("auto({goal})");
        let encoded = chain(&text).encode(&array.view()).unwrap();
        let choices = chain(&text).open(&encoded[..]).unwrap().choices().unwrap();
        assert!(choices.iter().all(|choice| choice.chain.contains(expected)), "{choices:?}");
        same(goal, &array, &chain(&text).decode(&encoded).unwrap());
        let other = Chain::parse_in(&without, &text).unwrap().encode(&array.view()).unwrap();
        assert!(encoded.len() < other.len(), "{goal}: {} and {}", encoded.len(), other.len());
    }
}

/// Somebody's own stage is tried, and runs only if it is named or says that data may name it.
#[test]
fn own_stages_are_tried() {
    register_toys();
    let payload: Vec<u8> = (0..4000_u32).flat_map(|i| (i / 1000).to_le_bytes()).collect();
    let array = Array::new(common::layout("<u4", &[4000], Order::C), payload[..].into()).unwrap();
    let few = Registry::only(&[&ndcodec_chunked::AUTO, &ndcodec_filters::SHUFFLE, common::RUNS_STAGE]);
    let own = Chain::parse_in(&few, "auto(try=shuffle|runs)").unwrap();
    let encoded = own.encode(&array.view()).unwrap();
    assert!(encoded.len() < 1000, "{}", encoded.len());
    assert!(encoded.windows(12).any(|bytes| bytes == b"shuffle|runs"));
    assert_eq!(own.decode(&encoded).unwrap().payload(), array.payload());
    assert_eq!(chain("auto").decode(&encoded).unwrap().payload(), array.payload());
}

/// Also where `fast` leaves out its own codecs alone, since none of the numbers comes again.
#[test]
fn own_codecs_alone_are_tried_for_fast() {
    register_toys();
    let noise = common::bytes(Kind::Noise, 2 * 4000);
    let payload: Vec<u8> = noise.chunks(2).flat_map(|pair| [[pair[0]; 4], [pair[1]; 4]].concat()).collect();
    let array = Array::new(common::layout("<u8", &[4000], Order::C), payload[..].into()).unwrap();
    let few = Registry::only(&[&ndcodec_chunked::AUTO, common::RUNS_STAGE]);
    let own = Chain::parse_in(&few, "auto(fast,try=runs)").unwrap();
    let encoded = own.encode(&array.view()).unwrap();
    assert!(encoded.len() < payload.len() / 8 * 5, "{} of {}", encoded.len(), payload.len());
    assert_eq!(own.decode(&encoded).unwrap().payload(), array.payload());
}

/// The axis is too long for columns, whatever a sample of it looks like.
#[test]
fn a_long_last_axis_is_no_table() {
    let noise = common::bytes(Kind::Noise, 2 * 300);
    let payload = noise.repeat(12 * 40);
    let array = Array::new(common::layout("<u2", &[12, 40, 300], Order::C), payload[..].into()).unwrap();
    for goal in ["fast", "balanced", "small"] {
        let chain = chain(&format!("auto({goal})"));
        let encoded = chain.encode(&array.view()).unwrap();
        assert!(encoded.len() < payload.len() / 20, "{goal}: {}", encoded.len());
        same(goal, &array, &chain.decode(&encoded).unwrap());
    }
}

/// Limits hold for what is decoded, and for every way.
#[test]
fn limits_hold() {
    let array = array("<f4", &[100, 1000], Order::C, Kind::Measured);
    let chain = chain("auto");
    let encoded = chain.encode(&array.view()).unwrap();
    let len = array.payload().len();
    for (limit, is_enough) in [(len, true), (len - 1, false), (0, false)] {
        let options = DecodeOptions::from(DecodeLimits::new().with_max_bytes(limit));
        let whole = chain.decode_with(&encoded, &options);
        assert_eq!(whole.is_ok(), is_enough, "{limit}");
        if let Err(error) = whole {
            assert_eq!(error.kind(), ErrorKind::Limit);
        }
    }
}

/// Columns that hold different things do not become larger together than apart.
#[test]
fn columns_are_chosen_for_each() {
    let noise = common::bytes(Kind::Noise, 8 * 8000);
    let rows = (0..8000_u64).zip(noise.chunks(8));
    let payload: Vec<u8> = rows
        .flat_map(|(i, noise)| [&(1_000_000 + 3 * i).to_le_bytes()[..], noise, &7_u64.to_le_bytes()].concat())
        .collect();
    let array = Array::new(common::layout("<u8", &[8000, 3], Order::C), payload[..].into()).unwrap();
    for goal in ["fast", "balanced", "small"] {
        let encoded = chain(&format!("auto({goal})")).encode(&array.view()).unwrap();
        // The noise, and little else.
        assert!(encoded.len() < 8 * 8000 * 11 / 10, "{goal}: {}", encoded.len());
    }
}

/// What a sample says of planes holds for chunks that have as many. Elements beside the eights are a chunk of their own.
#[test]
fn noisy_planes_are_stored_and_the_others_are_not() {
    let noise = common::bytes(Kind::Noise, 2 * 700_003);
    let payload: Vec<u8> = noise
        .chunks(2)
        .flat_map(|pair| (u16::from_le_bytes([pair[0], pair[1]]) & 0x3ff).to_le_bytes())
        .collect();
    let mut lens = Vec::new();
    for count in [700_000, 700_003] {
        let layout = common::layout("<u2", &[count], Order::C);
        let array = Array::new(layout, payload[..2 * count].into()).unwrap();
        let chain = chain("auto(fast)");
        let encoded = chain.encode(&array.view()).unwrap();
        // Ten bits of sixteen are noise.
        assert!(encoded.len() < 2 * count * 10 / 16 + 2 * count / 50, "{count}: {}", encoded.len());
        same("planes", &array, &chain.decode(&encoded).unwrap());
        lens.push(encoded.len());
    }
    assert!(lens[1] < lens[0] + 64, "three elements more: {lens:?}");
}

#[test]
fn what_is_left_over_comes_back_by_every_way() {
    for (dtype, shape) in
        [("<f4", &[70_001][..]), ("|u1", &[100_007]), (">f8", &[9_001, 4]), ("<i2", &[301, 257])]
    {
        for goal in ["fast", "balanced"] {
            check(&chain(&format!("auto({goal})")), &array(dtype, shape, Order::C, Kind::Measured));
            check(&chain(&format!("auto({goal})")), &array(dtype, shape, Order::Fortran, Kind::Measured));
        }
    }
}

/// The columns of a table have as many elements as it has rows.
#[test]
fn rows_beside_the_eights_are_a_chunk_of_their_own() {
    let noise = common::bytes(Kind::Noise, 5 * 2 * 40_007);
    let payload: Vec<u8> = noise
        .chunks(2)
        .flat_map(|pair| (u16::from_le_bytes([pair[0], pair[1]]) & 0x3ff).to_le_bytes())
        .collect();
    let lens = [40_000, 40_007].map(|rows| {
        let layout = common::layout("<u2", &[rows, 5], Order::C);
        let array = Array::new(layout, payload[..2 * 5 * rows].into()).unwrap();
        let chain = chain("auto(fast)");
        let encoded = chain.encode(&array.view()).unwrap();
        same("a table", &array, &chain.decode(&encoded).unwrap());
        let last = chain.decode_rows(&encoded, rows - 9..rows).unwrap();
        assert_eq!(last.payload(), &array.payload()[2 * 5 * (rows - 9)..], "{rows} rows");
        encoded.len()
    });
    assert!(lens[1] < lens[0] + 7 * 5 * 2 + 64, "seven rows more: {lens:?}");
}
