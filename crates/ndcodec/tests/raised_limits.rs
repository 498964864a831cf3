//! Every limit that an error names is raised by the option of that name, and by no more than that, in every way in.

#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test an `unwrap` is an assertion")]

use std::io::{Cursor, Read};

use ndcodec::error::Limit;
use ndcodec::npz::{MemberEncoding, Npz, NpzError, NpzWriter};
use ndcodec::{
    Array, Buffer, Chain, DType, DecodeLimits, DecodeOptions, EncodedData, Error, ErrorKind, Layout, Order,
    Pipeline,
};

/// What a call failed with.
type Failed = (ErrorKind, Option<Limit>, String);

fn failed(error: &Error) -> Failed {
    let limit = if let Error::Stage(stage) = error { stage.limit() } else { None };
    (error.kind(), limit, error.report())
}

fn npz_failed(error: &NpzError) -> Failed {
    (error.kind(), error.limit(), error.report())
}

/// Calls with a limit of `low`, which must be passed, and then with more and more of that limit, until nothing fails.
fn raise(what: &str, limit: Limit, low: usize, call: impl Fn(&DecodeOptions) -> Result<(), Failed>) {
    let mut max = low;
    loop {
        let limits = DecodeLimits::new();
        let limits = match limit {
            Limit::Bytes => limits.with_max_bytes(max),
            Limit::Header => limits.with_max_header(max),
            Limit::Window => limits.with_max_window(max),
            other => panic!("no option for {other:?}"),
        };
        match call(&limits.into()) {
            Ok(()) => break,
            Err((kind, passed, report)) => {
                assert_eq!((kind, passed), (ErrorKind::Limit, Some(limit)), "{what} of {max}: {report}");
                assert!(report.contains("more than") || report.contains("larger than"), "{what}: {report}");
                assert!(max < 1 << 32, "{what}: nothing helps: {report}");
                max *= 2;
            }
        }
    }
    assert!(max > low, "{what}: the limit of {low} does not hold");
}

/// Calls in each way that decodes an array.
fn raise_in_every_way(text: &str, encoded: &[u8], limit: Limit, low: usize) {
    let chain = Chain::parse(text).unwrap();
    let what = |way: &str| format!("{text}: {way}");
    let done = |result: Result<Array, Error>| result.map(drop).map_err(|error| failed(&error));
    raise(&what("decode"), limit, low, |options| done(chain.decode_with(encoded, options)));
    raise(&what("decode_from"), limit, low, |options| done(chain.decode_from_with(encoded, options)));
    raise(&what("decode_into"), limit, low, |options| {
        let mut buffer = Buffer::new();
        chain.decode_into_with(encoded, &mut buffer, options).map(drop).map_err(|error| failed(&error))
    });
    raise(&what("open at"), limit, low, |options| {
        let opened = chain.open_with(encoded.to_vec(), options);
        done(opened.and_then(ndcodec::Opened::into_array))
    });
    // Rows take no more than they have, or the chunks that hold them; only codecs around the format decode the whole.
    if text.contains(")|") || text.starts_with("npy|") || limit != Limit::Bytes {
        raise(&what("rows"), limit, low, |options| done(chain.decode_rows_with(encoded, 0..3, options)));
    }
    raise(&what("stream"), limit, low, |options| {
        let opened = chain.open_with(EncodedData::reader(encoded), options);
        done(opened.and_then(ndcodec::Opened::into_array))
    });
    if text.starts_with("npy") {
        raise(&what("decode_all"), limit, low, |options| {
            let mut arrays = chain.decode_all_with(encoded, options).map_err(|error| failed(&error))?;
            arrays.try_for_each(done)
        });
    }
}

fn numbers(count: usize) -> Array {
    let mut state = 1_u64;
    let payload: Vec<u8> = (0..count * 8)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        })
        .collect();
    array("<i8", count, &payload)
}

fn array(dtype: &str, count: usize, payload: &[u8]) -> Array {
    let mut buffer = Buffer::new();
    buffer.extend_from_slice(payload);
    Array::new(Layout::new(DType::parse(dtype).unwrap(), [count], Order::C).unwrap(), buffer).unwrap()
}

/// An array of a header with many characters.
fn wide() -> Array {
    let fields: Vec<String> = (0..500).map(|i| format!("('column{i}', '<f4')")).collect();
    array(&format!("[{}]", fields.join(", ")), 4, &[1; 4 * 500 * 4])
}

#[test]
fn max_bytes_is_raised_wherever_it_is_named() {
    let array = numbers(5000);
    for text in [
        "npy",
        "npy|zstd",
        "npy|lz4",
        "npy|gzip",
        "npy|deflate",
        "npy|base64",
        "npy|zstd|base64",
        "npy|crc32c",
        "npy|prefix",
        "npy|shuffle|zlib",
        "chunked(zstd)",
        "chunked(shuffle|lz4,size=64KiB)",
        "auto",
        "raw(<i8,5000)|zstd",
    ] {
        let encoded = Chain::parse(text).unwrap().encode(&array.view()).unwrap();
        raise_in_every_way(text, &encoded, Limit::Bytes, 1000);
    }
    for text in ["zstd", "gzip|base64", "hex", "xxh3|lz4"] {
        let pipeline = Pipeline::parse(text).unwrap();
        let encoded = pipeline.encode(array.payload()).unwrap();
        raise(text, Limit::Bytes, 1000, |options| {
            pipeline.decode_with(&encoded, options).map(drop).map_err(|error| failed(&error))
        });
        raise(text, Limit::Bytes, 1000, |options| {
            let mut reader = pipeline.decoder_with(&encoded[..], options).map_err(|error| failed(&error))?;
            let mut room = [0; 4096];
            loop {
                match reader.pull(&mut room) {
                    Ok(0) => return Ok(()),
                    Ok(_) => {}
                    Err(error) => return Err(failed(&error)),
                }
            }
        });
    }
}

#[test]
fn max_header_is_raised_wherever_it_is_named() {
    let array = wide();
    for text in ["npy", "npy|zstd", "npy|zlib|base64", "npy|shuffle|zstd", "chunked(lz4)", "auto"] {
        let chain = Chain::parse(text).unwrap();
        let encoded = chain.encode(&array.view()).unwrap();
        raise_in_every_way(text, &encoded, Limit::Header, 100);
        raise(text, Limit::Header, 100, |options| {
            chain.inspect_with(&encoded, options).map(drop).map_err(|error| failed(&error))
        });
        raise(text, Limit::Header, 100, |options| {
            let mut all = chain.inspect_all_with(&encoded, options).map_err(|error| failed(&error))?;
            all.try_for_each(|one| one.map(drop).map_err(|error| failed(&error)))
        });
    }
}

#[test]
fn max_window_is_raised_wherever_it_is_named() {
    let array = numbers(3 << 17);
    for text in ["npy|zstd(1,window=21)", "raw(<i8)|zstd(1,window=21)|base64"] {
        let chain = Chain::parse(text).unwrap();
        let encoded = chain.encode(&array.view()).unwrap();
        raise(text, Limit::Window, 1 << 20, |options| {
            chain.decode_from_with(&encoded[..], options).map(drop).map_err(|error| failed(&error))
        });
    }
}

#[test]
fn limits_of_archives_are_raised() {
    let written = |encoding: MemberEncoding, array: &Array, count: usize| {
        let mut writer = NpzWriter::new(Cursor::new(Vec::new())).with_encoding(encoding);
        for index in 0..count {
            writer.add(&index.to_string(), &array.view()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    let read = |bytes: &[u8], options: &DecodeOptions| -> Result<(), Failed> {
        let npz = Npz::open_with(Cursor::new(bytes), options).map_err(|error| npz_failed(&error))?;
        npz.read("0").map(drop).map_err(|error| npz_failed(&error))
    };
    for encoding in [MemberEncoding::Stored, MemberEncoding::Deflated, MemberEncoding::Zstd] {
        let bytes = written(encoding, &numbers(5000), 1);
        raise("a member", Limit::Bytes, 1000, |options| read(&bytes, options));
        let bytes = written(encoding, &wide(), 1);
        raise("a member's header", Limit::Header, 100, |options| read(&bytes, options));
    }
    let bytes = written(MemberEncoding::Stored, &numbers(1), 2000);
    raise("the directory", Limit::Bytes, 1000, |options| read(&bytes, options));
}

/// An archive's writer has the same ceiling for headers as its reader.
#[test]
fn headers_of_archives_are_written_when_raised() {
    let fields: Vec<String> = (0..20_000).map(|i| format!("('c{i:05}', '<f4')")).collect();
    let array = array(&format!("[{}]", fields.join(", ")), 1, &[1; 80_000]);
    let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
    let error = writer.add("x", &array.view()).unwrap_err();
    assert_eq!((error.kind(), error.limit()), (ErrorKind::Limit, Some(Limit::Header)), "{}", error.report());
    assert!(error.help().is_some_and(|help| help.contains("`max_header`")), "{}", error.report());
    let mut writer = writer.with_max_header(1 << 20);
    writer.add("x", &array.view()).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    raise("a member's header", Limit::Header, 100, |options| {
        let npz = Npz::open_with(Cursor::new(&bytes), options).map_err(|error| npz_failed(&error))?;
        npz.read("x").map(drop).map_err(|error| npz_failed(&error))
    });
}

/// `none` is what lifts all of them.
#[test]
fn none_lifts_every_limit() {
    let options = DecodeOptions::from(DecodeLimits::none());
    for (text, array) in [("npy|zstd(1,window=21)", numbers(3 << 17)), ("npy|shuffle|zstd", wide())] {
        let chain = Chain::parse(text).unwrap();
        let encoded = chain.encode(&array.view()).unwrap();
        assert_eq!(chain.decode_with(&encoded, &options).unwrap().payload(), array.payload());
        let mut payload = Vec::new();
        chain.decoder_with(&encoded[..], &options).unwrap().read_to_end(&mut payload).unwrap();
        assert_eq!(payload, array.payload());
    }
}
