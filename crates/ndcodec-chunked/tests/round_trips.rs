//! Arrays come back by every way, and their bytes do not depend on the way.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod common;

use std::num::NonZeroUsize;

use common::{Few, Kind, array, chain, register_toys};
use ndcodec_core::{Array, Buffer, Chain, DecodeLimits, DecodeOptions, EncodeOptions, Order, Pipeline};

const INNER: &[&str] =
    &["lz4", "shuffle|lz4", "shuffle|zstd(level=1)", "zstd", "shuffle", "delta|shuffle|zstd", "runs"];

/// Chunks have 1 KiB, so 128 items of eight bytes are exactly one.
fn arrays() -> Vec<Array> {
    use Kind::{Measured, Noise, Zeros};
    use Order::{C, Fortran};
    let mut arrays = vec![
        array("<f8", &[], C, Measured),
        array("<f8", &[0], C, Measured),
        array("<f8", &[3, 0, 2], Fortran, Measured),
        array("<f8", &[1], C, Measured),
        array("<f8", &[128], C, Measured),
        array("<f8", &[127], C, Measured),
        array("<f8", &[129], C, Measured),
        array("<f8", &[1000], C, Noise),
        array("<f8", &[1000], C, Zeros),
        array("<i8", &[50, 41], C, Measured),
        array("<i8", &[50, 41], Fortran, Measured),
        array("|b1", &[3000], C, Zeros),
        array("<i2", &[7, 11, 13], Fortran, Measured),
        array(">c16", &[31, 9], C, Measured),
        array("<U3", &[500], C, Measured),
    ];
    for nothing in ["|V0", "|S0"] {
        arrays.push(array(nothing, &[1 << 40, 1 << 20], C, Zeros));
    }
    arrays
}

fn structs() -> Vec<Array> {
    let dtype = "[('a', '<i4'), ('b', '>f8'), ('c', '|u1', (3,))]";
    let mut arrays: Vec<_> =
        [0, 1, 68, 69, 1000].map(|len| array(dtype, &[len], Order::C, Kind::Measured)).into();
    // Items larger than a chunk, and of more bytes than there may be parts.
    arrays.push(array("|V300", &[20], Order::C, Kind::Measured));
    arrays.push(array("|V5000", &[7], Order::C, Kind::Measured));
    arrays
}

#[test]
fn arrays_come_back_by_every_way() {
    register_toys();
    for inner in INNER.iter().chain(&["halves|runs"]) {
        let chain = chain(&format!("chunked({inner},size=1KiB)"));
        for array in arrays().iter().chain(&structs()) {
            if chain.max_encoded_len(array.layout()).is_err() {
                // `delta` refuses what is not a number, `halves` what has no halves.
                assert!(["delta|shuffle|zstd", "halves|runs"].contains(inner), "{inner}");
                continue;
            }
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
        let mut appended = b"before".to_vec();
        chain.encode_append_with(&view, &mut appended, &options).unwrap();
        assert!(appended[6..] == encoded, "{case}: {threads} threads");
        for step in [1, 7, 1023, 1025, 1 << 20] {
            if array.payload().len() / step > 20_000 {
                continue;
            }
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
    let mut into = vec![0xaa; bound];
    let len = chain.encode_into(&view, &mut into[..]).unwrap();
    assert!(into[..len] == encoded, "{case}: into a slice");

    for step in [1, 7, 1023, 1025, 1 << 20] {
        same(&case, array, &chain.decode_from(Few(&encoded, step)).unwrap());
    }
    let mut slice = vec![0; array.payload().len()];
    let layout = chain.decode_into_slice(&encoded, &mut slice).unwrap();
    assert_eq!(layout, array.layout().clone().canonical(), "{case}");
    assert!(slice == array.payload(), "{case}");
    let mut buffer = Buffer::new();
    assert_eq!(chain.decode_into(&encoded, &mut buffer).unwrap().payload(), array.payload(), "{case}");
}

fn same(case: &str, expected: &Array, decoded: &Array) {
    assert_eq!(*decoded.layout(), expected.layout().clone().canonical(), "{case}");
    assert!(decoded.payload() == expected.payload(), "{case}");
}

#[test]
fn codecs_behind_the_container_wrap_its_bytes() {
    let array = array("<f4", &[700, 3], Order::C, Kind::Measured);
    let plain = chain("chunked(shuffle|lz4,size=1KiB)");
    for codecs in ["base64", "zstd", "lz4|base64"] {
        let wrapped = chain(&format!("chunked(shuffle|lz4,size=1KiB)|{codecs}"));
        let encoded = wrapped.encode(&array.view()).unwrap();
        let inside = Pipeline::parse(codecs).unwrap().decode(&encoded).unwrap();
        assert!(inside == plain.encode(&array.view()).unwrap(), "{codecs}");
        let rows = wrapped.decode_rows(&encoded, 300..302).unwrap();
        assert_eq!(rows.payload(), array.view().rows(300..302).unwrap().payload());
        if codecs == "base64" {
            check(&wrapped, &array);
        }
    }
}

/// The header names the inner chain, so a bare `chunked` decodes what any other wrote. An inner chain that the caller
/// names is what runs: the data choose no other, though they may have been written with other parameters.
#[test]
fn the_header_names_the_inner_chain() {
    let array = array("<f8", &[1000], Order::C, Kind::Measured);
    let encoded = chain("chunked(shuffle|zstd(level=1),size=2KiB)").encode(&array.view()).unwrap();
    for reader in ["chunked", "chunked(shuffle|zstd)", "chunked(shuffle|zstd(level=1))"] {
        same(reader, &array, &chain(reader).decode(&encoded).unwrap());
        same(reader, &array, &chain(reader).decode_from(&*encoded).unwrap());
    }
    let error = chain("chunked(lz4)").decode(&encoded).unwrap_err();
    assert_eq!(
        error.report(),
        "cannot decode stage 0 `chunked`: the header names the inner chain `shuffle|zstd(level=1)`, but the chain says `lz4`"
    );
    let error = chain("chunked").encode(&array.view()).unwrap_err();
    assert_eq!(
        error.report(),
        "`chunked` cannot encode this array: `chunked` has no inner chain to encode with, as in `chunked(shuffle|lz4)`"
    );
}

#[test]
fn noise_is_stored_and_constants_cost_a_few_bytes() {
    let chain = chain("chunked(shuffle|lz4,size=64KiB)");
    let noise = array("<f8", &[80_000], Order::C, Kind::Noise);
    let encoded = chain.encode(&noise.view()).unwrap();
    let around = encoded.len() - noise.payload().len();
    // A header, and 17 bytes for each of ten chunks: four of length, one of kind, four of checksum, eight of index.
    assert!(around < 100 + 10 * 17, "{around}");

    let zeros = array("<f8", &[80_000], Order::C, Kind::Zeros);
    let encoded = chain.encode(&zeros.view()).unwrap();
    assert!(encoded.len() < 100 + 10 * 66, "{}", encoded.len());

    let measured = array("<f8", &[80_000], Order::C, Kind::Measured);
    let encoded = chain.encode(&measured.view()).unwrap();
    // Three planes of noise, as they are; the others are nearly nothing.
    let noisy = measured.payload().len() * 3 / 8;
    assert!((noisy..noisy + noisy / 10).contains(&encoded.len()), "{} and {noisy}", encoded.len());
}

#[test]
fn limits_hold() {
    let array = array("<f8", &[1000], Order::C, Kind::Noise);
    let chain = chain("chunked(lz4,size=1KiB)");
    let encoded = chain.encode(&array.view()).unwrap();
    let decode = |max| {
        let options = DecodeOptions::new().with_limits(DecodeLimits::new().with_max_bytes(max));
        chain.decode_with(&encoded, &options)
    };
    same("at the limit", &array, &decode(8000).unwrap());
    assert_eq!(
        decode(7999).unwrap_err().report(),
        "cannot decode stage 0 `chunked`: the header announces 8000 bytes, more than the limit of 7999"
    );
}
