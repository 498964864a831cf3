//! The calls of the library on real stages: everything that encodes agrees, and so does everything that decodes.
#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]

use std::collections::HashSet;
use std::io::{Read, Write};

use ndcodec::{ArrayView, Buffer, Chain, DecodeLimits, Error, ErrorKind, Order, Pipeline};

const CHAINS: &[&str] = &[
    "npy",
    "npy|base64",
    "npy|hex",
    "npy|zstd|base64",
    "npy|lz4",
    "npy|zlib|base64",
    "npy|gzip|hex",
    "raw(<f8,?x10)|deflate",
    "npy|shuffle|zstd|base64",
    "npy|bitshuffle|lz4|crc32c",
    "npy|xor|zlib",
    "raw(<f8,?x10)|shuffle|zstd",
    "raw(<f8,?x10)|shuffle(8)|zlib|fletcher32",
    "npy|predict|shuffle|zstd",
    "npy|columns|decimal|predict(axis)|dict|zstd",
    "npy|decimal|bitshuffle|lz4|base64",
    "npy|columns|dict|pco",
    "npy|decimal|bitshuffle|sparse|base64",
    "raw(<f8,?x10)|columns|predict|zlib",
    "chunked(decimal|dict|shuffle|lz4)",
    "chunked(shuffle|lz4)",
    "chunked(shuffle|zstd(level=1),size=16KiB)|base64",
];

fn measurements() -> Vec<f64> {
    let file = include_bytes!("../../../docs/examples/earth-orientation.npy");
    file[128..]
        .chunks_exact(8)
        .take(30_000)
        .map(|item| f64::from_le_bytes(item.try_into().unwrap()))
        .collect()
}

fn resolved_again(chain: &Chain, array: &ArrayView<'_>) -> Chain {
    Chain::parse(&chain.resolve(array.layout()).unwrap().to_string()).unwrap()
}

#[test]
fn an_open_shape_is_told_by_filters_that_keep_the_length_only() {
    let values = measurements();
    let array = ArrayView::from_slice(&values, &[3000, 10]).unwrap();
    let chain = Chain::parse("raw(<f8,?x10)|dict|zlib").unwrap();
    let encoded = chain.encode(&array).unwrap();
    let message = "cannot decode stage 0 `raw`: the filters `dict` change the length, which does not tell the `?` of \
                   the shape ?x10";
    assert_eq!(chain.decode(&encoded).unwrap_err().report(), message);
    assert_eq!(chain.decode_from(&*encoded).unwrap_err().report(), message);
    assert_eq!(chain.decode_rows(&encoded, 0..1).unwrap_err().report(), message);
    assert_eq!(resolved_again(&chain, &array).decode(&encoded).unwrap().payload(), array.payload());
}

#[test]
#[expect(clippy::mutable_key_type, reason = "the scratch memory of a chain is not part of its hash")]
fn every_way_to_encode_and_decode_agrees() {
    let values = measurements();
    let array = ArrayView::from_slice(&values, &[3000, 10]).unwrap();
    for text in CHAINS {
        let chain = Chain::parse(text).unwrap();
        let encoded = chain.encode(&array).unwrap();
        let bound = chain.max_encoded_len(array.layout()).unwrap().unwrap();
        assert!(encoded.len() <= bound, "{text}");
        assert_eq!(chain.encode_text(&array).is_ok(), chain.is_text(), "{text}");

        let mut appended = b"before".to_vec();
        assert_eq!(chain.encode_append(&array, &mut appended).unwrap(), encoded.len(), "{text}");
        assert_eq!(appended[6..], encoded, "{text}");
        let mut slice = vec![0; bound];
        let len = chain.encode_into(&array, &mut slice[..]).unwrap();
        assert_eq!(slice[..len], encoded, "{text}");
        let mut streamed = Vec::new();
        let mut writer = chain.encoder(array.layout(), &mut streamed).unwrap();
        array.payload().chunks(777).for_each(|part| writer.write_all(part).unwrap());
        writer.finish().unwrap();

        let mut buffer = Buffer::new();
        let mut payload = vec![0; array.payload().len()];
        let mut elements = vec![f64::NAN; 3];
        for encoded in [&encoded, &streamed] {
            assert_eq!(chain.decode(encoded).unwrap().payload(), array.payload(), "{text}");
            assert_eq!(chain.decode_from(&**encoded).unwrap().shape(), array.shape(), "{text}");
            let layout = chain.decode_into_vec(encoded, &mut elements).unwrap();
            assert_eq!(
                (&layout, bytemuck::cast_slice(&elements)),
                (array.layout(), array.payload()),
                "{text}"
            );
            assert_eq!(chain.decode_into(encoded, &mut buffer).unwrap().payload(), array.payload(), "{text}");
            payload.fill(0);
            assert_eq!(
                chain.decode_into_slice(encoded, &mut payload).unwrap().shape(),
                array.shape(),
                "{text}"
            );
            assert_eq!(payload, array.payload(), "{text}");
            let mut reader = chain.decoder(&**encoded).unwrap();
            let mut read = Vec::new();
            reader.read_to_end(&mut read).unwrap();
            assert_eq!(read, array.payload(), "{text}");
            let rows = chain.decode_rows(encoded, 100..110).unwrap();
            assert_eq!(rows.as_slice::<f64>().map(bits).unwrap(), bits(&values[1000..1100]), "{text}");
        }
        let resolved = chain.resolve(array.layout()).unwrap();
        assert_eq!(resolved.general(), chain.general(), "{text}");
        let known = HashSet::from([resolved]);
        assert!(known.contains(&resolved_again(&chain.general(), &array)), "{text}");
        let inspection = chain.inspect(&encoded).unwrap();
        // If a dimension is left open, only the whole data tell.
        let known = (!text.contains('?')).then_some(240_000);
        assert_eq!((inspection.nbytes, inspection.order), (known, Order::C), "{text}");
        let resolved = chain.resolve(array.layout()).unwrap();
        assert_eq!(resolved.decode(&encoded).unwrap().payload(), array.payload(), "{text}");
    }
}

/// NaN is unequal to itself, its bits are not.
fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn no_truncation_and_no_extra_byte_is_taken_for_whole() {
    let values = measurements();
    let array = ArrayView::from_slice(&values[..20], &[2, 10]).unwrap();
    for text in CHAINS.iter().filter(|text| !text.starts_with("raw")) {
        let chain = Chain::parse(text).unwrap();
        let encoded = chain.encode(&array).unwrap();
        for cut in 0..encoded.len() {
            assert!(chain.decode(&encoded[..cut]).is_err(), "{text} cut at {cut}");
            assert!(chain.decode_from(&encoded[..cut]).is_err(), "{text} cut at {cut}, as a stream");
        }
        for byte in [0, b'A', b'=', b'\n', 0xff] {
            let last = chain.stages().last().unwrap().descriptor();
            if byte == b'\n' && last.is_text() || byte == 0 && last.is_zero_padded() {
                // A line end behind a text, and the padding of a tape, are not data.
                continue;
            }
            let longer = [&*encoded, &[byte]].concat();
            assert!(chain.decode(&longer).is_err(), "{text} and {byte}");
            assert!(chain.decode_from(&*longer).is_err(), "{text} and {byte}, as a stream");
        }
    }
}

#[test]
fn limits_hold_in_every_chain() {
    let zeros = vec![0u8; 1 << 20];
    let array = ArrayView::from_slice(&zeros, &[1 << 20]).unwrap();
    for text in
        ["npy|zstd", "npy|zlib", "npy|lz4", "npy|zstd|zstd|base64", "npy|shuffle|zstd", "chunked(lz4)"]
    {
        let chain = Chain::parse(text).unwrap();
        let encoded = chain.encode(&array).unwrap();
        let limits = DecodeLimits::new().with_max_bytes(1 << 19);
        let memory = chain.decode_with(&encoded, &limits.into()).unwrap_err();
        assert_eq!(memory.kind(), ErrorKind::Limit, "{text}: {}", memory.report());
        let stream = chain.decoder_with(&*encoded, &limits.into()).map(|_| ()).unwrap_err();
        assert_eq!(stream.kind(), ErrorKind::Limit, "{text}: {}", stream.report());
    }
}

/// Short messages are decoded before their header is looked at, long ones while it is: the judgement must be the same.
#[test]
fn short_and_long_messages_fail_alike() {
    let base64 = Pipeline::parse("base64").unwrap();
    let chain = Chain::parse("npy|base64").unwrap();
    let failure = |bytes: &[u8], limits: DecodeLimits| {
        let text = base64.encode(bytes).unwrap();
        let mut buffer = Buffer::new();
        let error = chain.decode_into_with(&text, &mut buffer, &limits.into()).unwrap_err();
        assert!(buffer.is_empty(), "{error}");
        match error {
            Error::Stage(error) => (error.kind(), error.name()),
            other => panic!("not a stage's error: {other}"),
        }
    };
    let of = |elements: usize| {
        let payload: Vec<f64> = (0..elements).map(|i| i as f64).collect();
        let npy = Chain::parse("npy").unwrap();
        let whole = npy.encode(&ArrayView::from_slice(&payload, &[elements]).unwrap()).unwrap();
        assert_eq!(chain.decode(&base64.encode(&whole).unwrap()).unwrap().payload().len(), elements * 8);
        let none = DecodeLimits::none();
        [
            failure(&[&whole[..], b"!"].concat(), none),
            failure(&whole[..whole.len() - 1], none),
            failure(&whole[..100], none),
            failure(b"", none),
            failure(&[b"?", &whole[1..]].concat(), none),
            failure(&whole, none.with_max_bytes(elements * 8)),
            failure(&whole, none.with_max_header(50)),
        ]
    };
    let long = of(5_000);
    for elements in [0, 1, 128, 2_031, 2_032, 2_033] {
        assert_eq!(of(elements), long, "{elements} elements");
    }
}
