//! The sentences of `docs/limits.md`, in its order, each held by a test that no other file has.
#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]
#![cfg(feature = "full")]

use std::io::Cursor;

use ndcodec::error::Limit;
use ndcodec::npz::{Npz, NpzWriter, relative_path};
use ndcodec::stage::{MAX_NESTING, MAX_STAGES, MAX_TEXT};
use ndcodec::{
    Array, ArrayView, Chain, DecodeLimits, DecodeOptions, Detected, Error, ErrorKind, Opened, Pipeline,
    detect, memory,
};

fn within(max_bytes: usize) -> DecodeOptions {
    DecodeOptions::new().with_limits(DecodeLimits::new().with_max_bytes(max_bytes))
}

/// A `.npy` of version 1 with this header, whose payload is zeros.
fn npy(header: &str, nbytes: usize) -> Vec<u8> {
    let mut header = header.to_owned();
    while !(10 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let len = u16::try_from(header.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\0", &len[..], header.as_bytes(), &vec![0; nbytes]].concat()
}

fn encode(text: &str, bytes: &[u8]) -> Vec<u8> {
    Pipeline::parse(text).unwrap().encode(bytes).unwrap()
}

fn decode(text: &str, bytes: &[u8], options: &DecodeOptions) -> Result<Vec<u8>, Error> {
    let pipeline = Pipeline::parse(text).unwrap();
    let whole = pipeline.decode_with(bytes, options);
    let mut streamed = Vec::new();
    let read = pipeline.decoder_with(bytes, options).and_then(|mut reader| {
        let mut part = [0; 5000];
        loop {
            match reader.pull(&mut part)? {
                0 => return Ok(()),
                n => streamed.extend_from_slice(&part[..n]),
            }
        }
    });
    assert_eq!(whole.is_ok(), read.is_ok(), "{text}: memory and stream differ");
    if let (Err(error), Err(read)) = (&whole, &read) {
        assert_eq!(error.kind(), read.kind(), "{text}: {} and {}", error.report(), read.report());
    }
    whole
}

/// The limit that was passed is named, and raising that one, and no other, helps.
#[test]
fn raising_the_limit_that_an_error_names_helps() {
    let values = vec![0.5; 100_000];
    let array = ArrayView::from_slice(&values, &[100_000]).unwrap();
    let fields: Vec<String> = (0..2000).map(|i| format!("('column{i}', '<f4')")).collect();
    let wide =
        npy(&format!("{{'descr': [{}], 'fortran_order': False, 'shape': (1,), }}", fields.join(", ")), 8000);
    let small = DecodeLimits::new().with_max_bytes(1000).with_max_header(100).with_max_window(1 << 10);
    let mut named = Vec::new();
    for (text, encoded) in [
        ("npy|zstd", Chain::parse("npy|zstd").unwrap().encode(&array).unwrap()),
        ("chunked(lz4)", Chain::parse("chunked(lz4)").unwrap().encode(&array).unwrap()),
        ("auto", Chain::parse("auto").unwrap().encode(&array).unwrap()),
        ("npy|lz4", encode("lz4", &wide)),
        ("raw(<f8)|zstd", encode("zstd(1,window=17)", &npy("{'descr': '<f8'}", 800_000 - 64))),
    ] {
        let chain = Chain::parse(text).unwrap();
        for streams in [false, true] {
            let mut limits = small;
            let run = |limits: DecodeLimits| -> Result<Array, Error> {
                let options = DecodeOptions::new().with_limits(limits);
                if streams {
                    chain.decoder_with(&encoded[..], &options).and_then(Opened::into_array)
                } else {
                    chain.decode_with(&encoded, &options)
                }
            };
            let mut raised = 0;
            while let Err(error) = run(limits) {
                let limit = error.limit().unwrap_or_else(|| panic!("{text}: {}", error.report()));
                named.push(limit);
                limits = match limit {
                    Limit::Bytes => limits.with_max_bytes(1 << 20),
                    Limit::Header => limits.with_max_header(1 << 18),
                    Limit::Window => limits.with_max_window(1 << 20),
                    other => panic!("{text}: {other:?}"),
                };
                raised += 1;
                assert!(raised <= 3, "{text}: raising `{limit:?}` does not help: {}", error.report());
            }
        }
    }
    for limit in [Limit::Bytes, Limit::Header] {
        assert!(named.contains(&limit), "{limit:?} was never passed");
    }
}

#[test]
fn the_caller_s_memory_is_the_limit() {
    let array = ArrayView::from_slice(&[1.5f64; 1000], &[1000]).unwrap();
    let encoded = Chain::parse("npy|zstd").unwrap().encode(&array).unwrap();
    let mut room = vec![0; 8000];
    let chain = Chain::parse("npy|zstd").unwrap();
    chain.decode_into_slice(&encoded, &mut room).unwrap();
    assert_eq!(room, array.payload());
    assert!(chain.decode_into_slice(&encoded, &mut room[..7999]).is_err());
    let bomb = encode("zstd", &vec![0; 1 << 24]);
    assert!(Pipeline::parse("zstd").unwrap().decode_into(&bomb, &mut room[..]).is_err());
}

/// A stage in the middle gives no more than the stages before it could need to encode `max_bytes`.
#[test]
fn stages_in_the_middle_have_a_ceiling() {
    for (words, factor) in [("hex", 2), ("base64", 2), ("crc32c", 1)] {
        let max_bytes = 1 << 20;
        let chain = format!("raw(|u1)|{words}|zstd");
        let most = encode(words, &vec![7; max_bytes]);
        let fits = Chain::parse(&chain).unwrap().decode_with(&encode("zstd", &most), &within(max_bytes));
        assert_eq!(fits.unwrap().payload().len(), max_bytes, "{words}");
        let bomb = encode("zstd", &vec![b'0'; factor * 20 * max_bytes]);
        let error = Chain::parse(&chain).unwrap().decode_with(&bomb, &within(max_bytes)).unwrap_err();
        assert_eq!(error.limit(), Some(Limit::Bytes), "{words}: {}", error.report());
    }
}

/// Beyond 65,536 of them, members, frames and blocks must hold 16 bytes each.
#[test]
fn units_that_hold_nothing_are_counted() {
    let lz4_head = b"\x04\x22\x4d\x18\x60\x70\x73";
    let gzip = encode("gzip", b"");
    let zstd = encode("zstd", b"");
    for (text, many) in [
        ("gzip", gzip.repeat(70_000)),
        ("zstd", zstd.repeat(70_000)),
        ("zstd", [&b"\x50\x2a\x4d\x18\0\0\0\0".repeat(70_000), &zstd[..]].concat()),
        ("zstd", [&b"\x28\xb5\x2f\xfd\x00\x88"[..], &[0; 3 * 140_000], &[1, 0, 0]].concat()),
        ("lz4", [&lz4_head[..], &[0; 4]].concat().repeat(70_000)),
    ] {
        let error = decode(text, &many, &DecodeOptions::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{text}: {}", error.report());
        assert!(error.report().contains("expected 16 bytes each on average"), "{text}: {}", error.report());
    }
    for text in ["gzip", "zstd", "lz4"] {
        let member = encode(text, &[7; 40]);
        let held = decode(text, &member.repeat(100_000), &DecodeOptions::new()).unwrap();
        assert_eq!(held.len(), 4_000_000, "{text}");
    }
}

#[test]
fn a_gzip_member_s_name_has_a_limit() {
    let whole = encode("gzip", b"x");
    let named =
        |len: usize| [&whole[..3], &[8], &whole[4..10], &vec![b'a'; len], &[0], &whole[10..]].concat();
    assert_eq!(decode("gzip", &named(64 << 10), &DecodeOptions::new()).unwrap(), b"x");
    let error = decode("gzip", &named((64 << 10) + 1), &DecodeOptions::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{}", error.report());
}

#[test]
fn eight_layers_are_peeled() {
    let array = ArrayView::from_slice(&[1.5f64; 4], &[4]).unwrap();
    for (count, is_found) in [(7, true), (8, false), (12, false)] {
        let text = format!("npy{}", "|zstd".repeat(count));
        let encoded = Chain::parse(&text).unwrap().encode(&array).unwrap();
        match detect(&encoded) {
            Detected::Chain(chain) => assert!(is_found && chain == Chain::parse(&text).unwrap(), "{chain}"),
            Detected::Pipeline { pipeline, .. } => {
                assert_eq!((is_found, pipeline.stages().count()), (false, 8), "{pipeline}");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Of each layer detection decodes 6 MiB at most.
#[test]
fn a_layer_that_shows_nothing_is_left() {
    let empty = encode("gzip", b"");
    let inside = encode("zlib", &npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", 1));
    for (count, is_seen) in [(1000, true), ((8 << 20) / empty.len(), false)] {
        let member = encode("gzip", &inside);
        let layers = encode("zstd", &[empty.repeat(count), member].concat());
        let found = match detect(&layers) {
            Detected::Chain(chain) => chain.to_string(),
            Detected::Pipeline { pipeline, .. } => pipeline.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(found, if is_seen { "npy|zlib|gzip|zstd" } else { "gzip|zstd" }, "{count}");
    }
}

/// Data name stages from few, and only those that allow it.
#[test]
fn stages_that_data_name_are_few() {
    let header = |filters: &str| {
        let text =
            format!("{{'descr': '<f8', 'filters': '{filters}', 'fortran_order': False, 'shape': (64,), }}");
        npy(&text, 512)
    };
    let chain = Chain::parse("npy").unwrap();
    let run = |filters: &str| chain.decode(&header(filters));
    assert!(run("xor|shuffle|xor|shuffle").is_ok());
    for filters in [
        "xor|shuffle|xor|shuffle|xor",
        "bitshuffle(block=8)",
        "bitshuffle(block=120)",
        "zstd",
        "nothing",
        "npy",
    ] {
        let error = run(filters).unwrap_err();
        assert_ne!(error.kind(), ErrorKind::Internal, "{filters}: {}", error.report());
    }
    assert!(run("bitshuffle(block=128)").is_ok());

    // Of an inner chain as many as eight, and none but the caller's where the caller named some.
    let array = ArrayView::from_slice(&[1.5f64; 100], &[100]).unwrap();
    let inner = |count: usize| vec!["crc32c"; count].join("|");
    let packed = |count| Chain::parse(&format!("chunked({})", inner(count))).unwrap().encode(&array).unwrap();
    let any = Chain::parse("chunked").unwrap();
    assert!(any.decode(&packed(8)).is_ok());
    let error = any.decode(&packed(9)).unwrap_err();
    assert!(error.report().contains("more than the 8"), "{}", error.report());
    assert!(Chain::parse(&format!("chunked({})", inner(9))).unwrap().decode(&packed(9)).is_ok());
    assert!(Chain::parse("chunked(zstd)").unwrap().decode(&packed(1)).is_err());
}

/// In a test of its own, since the budget is the process's: no other test of this file looks at it.
#[test]
fn memory_that_stays_has_one_budget() {
    let values = vec![0.25f64; 1 << 20];
    let array = ArrayView::from_slice(&values, &[1 << 20]).unwrap();
    memory::set_budget(20 << 20);
    let chains: Vec<Chain> = (0..16)
        .map(|i| Chain::parse(&format!("npy|shuffle|zstd(1)|lz4|hex|zlib({})", i % 10)).unwrap())
        .collect();
    for chain in &chains {
        let encoded = chain.encode(&array).unwrap();
        drop(chain.decode(&encoded).unwrap());
        assert!(memory::kept() <= 20 << 20, "{}", memory::kept());
    }
    memory::set_budget(memory::DEFAULT_BUDGET);
    assert_eq!(memory::DEFAULT_BUDGET, 256 << 20);
}

#[test]
fn a_chain_s_text_has_limits() {
    let complaint = |text: &str| Chain::parse(text).unwrap_err().to_string();
    let long = format!("npy|{}", " ".repeat(MAX_TEXT));
    assert!(complaint(&long).contains("more than the 65536"), "{}", complaint(&long));
    let many = |count: usize| format!("npy{}", "|crc32c".repeat(count));
    assert!(Chain::parse(&many(MAX_STAGES - 1)).is_ok());
    assert!(Chain::parse(&many(MAX_STAGES)).is_err());
    let deep = |count: usize| format!("{}lz4{}", "chunked(".repeat(count), ")".repeat(count));
    assert!(Chain::parse(&deep(MAX_NESTING + 1)).is_err());
    assert!(Chain::parse(&format!("npy|{}", "zstd|".repeat(200_000))).is_err());
}

#[test]
fn an_archive_has_limits() {
    let one = ArrayView::from_slice(&[1u8], &[1]).unwrap();
    let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
    for i in 0..2000 {
        writer.add(&format!("a name of some length, so that the directory has a size: {i}"), &one).unwrap();
    }
    let archive = writer.finish().unwrap().into_inner();
    let open =
        |max_bytes| Npz::open_with(Cursor::new(&archive), &within(max_bytes)).map(|npz| npz.members().len());
    assert_eq!(open(8 << 20).unwrap(), 2000);
    let error = open(1 << 20).unwrap_err();
    assert_eq!((error.kind(), error.limit()), (ErrorKind::Limit, Some(Limit::Bytes)), "{}", error.report());
    for (name, is_right) in [
        ("a".repeat(255 - 4), true),
        ("a".repeat(256), false),
        (["a"; 255].join("/"), true),
        (["a"; 256].join("/"), false),
        (vec!["a".repeat(200); 21].join("/"), false),
    ] {
        assert_eq!(relative_path(&name).is_ok(), is_right, "{} bytes", name.len());
    }
}

/// What the page says is not bounded: an array in layers of text holds several times its bytes.
#[test]
fn layers_of_text_need_a_larger_limit() {
    let array = vec![1u8; 8 << 20];
    let array = ArrayView::from_slice(&array, &[8 << 20]).unwrap();
    let chain = Chain::parse("npy|hex|hex|hex|zstd").unwrap();
    let encoded = chain.encode(&array).unwrap();
    let error = chain.decode_with(&encoded, &within((8 << 20) + 128)).unwrap_err();
    assert_eq!(error.limit(), Some(Limit::Bytes), "{}", error.report());
    assert!(chain.decode_with(&encoded, &within(40 << 20)).is_ok());
}
