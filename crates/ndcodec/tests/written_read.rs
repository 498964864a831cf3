//! What any chain writes, the same words read by the limits that hold by default: in memory, as a stream, and written out
//! in full.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test an `unwrap` is an assertion")]
#![cfg(feature = "full")]

use ndcodec::error::Limit;
use ndcodec::stage::{ParamKind, StageDescriptor, StageKind, stages};
use ndcodec::{ArrayView, Chain, DType, DecodeLimits, EncodeOptions, ErrorKind, Layout, Opened, Order};

const DTYPES: &[&str] = &[
    "<f8",
    ">f4",
    "<f2",
    "|u1",
    "|i1",
    "<i2",
    ">u4",
    "<i8",
    "|b1",
    "<c8",
    ">c16",
    "|S3",
    "<U2",
    "|V5",
    "<M8[ns]",
    "<m8[s]",
    "[('a', '<f4'), ('b', '|u1')]",
];
const SHAPES: &[&[usize]] =
    &[&[], &[0], &[1], &[7], &[3, 4], &[2, 0, 5], &[1, 1, 1], &[5, 3, 2], &[300, 4], &[1, 40], &[40, 1]];

/// Every value worth a try of every parameter of a word, the others as they are.
fn spellings(stage: &StageDescriptor) -> Vec<String> {
    let name = stage.name();
    let mut texts = vec![name.to_owned()];
    for param in stage.params() {
        let values: Vec<String> = match param.kind {
            ParamKind::Int { min, max } => {
                let between = [min, min + 1, 1, 3, max - 1, max];
                between.iter().filter(|value| (min..=max).contains(*value)).map(ToString::to_string).collect()
            }
            ParamKind::Size { min, max } => vec![min.to_string(), (max / 2).to_string(), max.to_string()],
            ParamKind::Flag => vec!["true".to_owned(), "false".to_owned()],
            ParamKind::Choice(choices) => choices.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        };
        texts.extend(values.into_iter().map(|value| format!("{name}({}={value})", param.name)));
    }
    texts
}

fn elements(layout: &Layout, salt: u64) -> Vec<u8> {
    let bools = layout.dtype().to_string() == "|b1";
    let mut state = salt | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..layout.nbytes())
        .map(|i| {
            if bools {
                next() & 1
            } else if salt.is_multiple_of(2) {
                (i % 7).to_le_bytes()[0]
            } else {
                next()
            }
        })
        .collect()
}

#[derive(Default)]
struct Counts {
    written: usize,
    refused: usize,
}

/// Encodes, and holds that everything that was written is read.
fn check(text: &str, thin: usize, counts: &mut Counts) {
    let Ok(chain) = Chain::parse(text) else { return };
    for (i, dtype) in DTYPES.iter().enumerate() {
        for (j, shape) in SHAPES.iter().enumerate() {
            // A part of all combinations, so that the words together meet every dtype in every shape.
            if (i + j) % thin != text.len() % thin {
                continue;
            }
            let order = if (i + j).is_multiple_of(2) { Order::C } else { Order::Fortran };
            let layout = Layout::new(DType::parse(dtype).unwrap(), shape.to_vec(), order).unwrap();
            let payload = elements(&layout, (i * 31 + j) as u64);
            let array = ArrayView::new(layout, &payload).unwrap();
            let what = || format!("{text} of {dtype} {shape:?} {order:?}");
            let mut streamed = Vec::new();
            let (encoded, written) = (chain.encode(&array), chain.encode_to(&array, &mut streamed));
            assert_eq!(encoded.is_ok(), written.is_ok(), "{}: memory and stream differ", what());
            let Ok(encoded) =
                encoded.inspect_err(|error| assert_ne!(error.kind(), ErrorKind::Internal, "{}", what()))
            else {
                counts.refused += 1;
                continue;
            };
            counts.written += 1;
            // What `raw` leaves out, the resolved chain says.
            let resolved = Chain::parse(&chain.resolve(array.layout()).unwrap().to_string()).unwrap();
            for bytes in [&encoded, &streamed] {
                let read =
                    resolved.decode(bytes).unwrap_or_else(|error| panic!("{}: {}", what(), error.report()));
                assert_eq!(read.shape(), array.shape(), "{}", what());
                let again = resolved.decoder(&bytes[..]).and_then(Opened::into_array);
                let again =
                    again.unwrap_or_else(|error| panic!("{}, as a stream: {}", what(), error.report()));
                assert_eq!(again.payload(), read.payload(), "{}", what());
                if !text.contains("bitround") {
                    assert_eq!(read.payload(), array.payload(), "{}", what());
                }
            }
        }
    }
}

#[test]
fn what_is_written_is_read() {
    let (mut counts, mut words) = (Counts::default(), 0);
    for stage in stages() {
        words += 1;
        for spelled in spellings(stage) {
            let texts = match stage.kind() {
                StageKind::Format => vec![spelled.clone(), format!("{spelled}|zstd")],
                StageKind::Filter => ["npy", "raw"].map(|head| format!("{head}|{spelled}|lz4")).to_vec(),
                _ => ["npy", "raw", "auto"].map(|head| format!("{head}|{spelled}")).to_vec(),
            };
            let inner = match stage.kind() {
                StageKind::Format => None,
                StageKind::Filter => Some(format!("chunked({spelled}|zstd,size=1KiB)")),
                _ => Some(format!("chunked(shuffle|{spelled})")),
            };
            texts.iter().chain(&inner).for_each(|text| check(text, 3, &mut counts));
        }
    }
    println!("{words} words: {} arrays were written and read, {} refused", counts.written, counts.refused);
    assert!(
        words > 20 && counts.written > 5 * counts.refused.max(100),
        "{} {}",
        counts.written,
        counts.refused
    );
}

#[test]
fn pairs_of_words_are_read() {
    let of = |kind: StageKind| {
        stages().into_iter().filter(move |stage| stage.kind() == kind).map(StageDescriptor::name)
    };
    let mut counts = Counts::default();
    for first in of(StageKind::Filter) {
        of(StageKind::Filter).for_each(|second| check(&format!("npy|{first}|{second}"), 10, &mut counts));
    }
    for first in of(StageKind::Codec) {
        of(StageKind::Codec).for_each(|second| check(&format!("npy|{first}|{second}"), 10, &mut counts));
    }
    println!("{} arrays were written and read, {} refused", counts.written, counts.refused);
    assert!(counts.written > 3_000);
}

/// An array of one row is C-ordered and Fortran-ordered at once. A header says one of them, whichever the writer was told,
/// and filters that know of axes undid what they had not done.
#[test]
fn one_row_in_either_order_is_read() {
    let filters: Vec<&str> = stages()
        .into_iter()
        .filter(|stage| stage.kind() == StageKind::Filter)
        .map(StageDescriptor::name)
        .collect();
    let mut texts: Vec<String> = ["predict(axis)", "predict(lorenzo)", "predict(median)", "predict(up)"]
        .iter()
        .chain(&filters)
        .flat_map(|filter| {
            [format!("npy|{filter}"), format!("raw|{filter}"), format!("chunked({filter}|lz4)")]
        })
        .collect();
    texts.push("auto".to_owned());
    let mut counts = 0;
    for text in texts.iter().filter(|text| !text.contains("bitround")) {
        for shape in [&[1, 110][..], &[110, 1], &[1, 55, 2], &[1, 1, 110], &[5, 1, 22], &[110]] {
            for dtype in [">u2", "<f8", "<c8", "|u1"] {
                for order in [Order::C, Order::Fortran] {
                    let layout = Layout::new(DType::parse(dtype).unwrap(), shape.to_vec(), order).unwrap();
                    let payload = elements(&layout, 3);
                    let array = ArrayView::new(layout, &payload).unwrap();
                    let Ok(chain) = Chain::parse(text) else { continue };
                    let Ok(encoded) = chain.encode(&array) else { continue };
                    let resolved = Chain::parse(&chain.resolve(array.layout()).unwrap().to_string()).unwrap();
                    let read = resolved.decode(&encoded).unwrap();
                    assert_eq!(read.payload(), array.payload(), "{text} of {dtype} {shape:?} {order:?}");
                    counts += 1;
                }
            }
        }
    }
    assert!(counts > 500, "{counts}");
}

/// In memory, as a stream and as text, with the same limit for the reader.
fn written_when_raised(chain: &Chain, array: &ArrayView<'_>) {
    let options = EncodeOptions::new().with_max_header(4 << 20);
    let limits = DecodeLimits::new().with_max_header(4 << 20);
    let encoded = chain.encode_with(array, &options).unwrap();
    let mut streamed = Vec::new();
    assert_eq!(chain.encode_to(array, &mut streamed).unwrap_err().limit(), Some(Limit::Header));
    chain.encode_to_with(array, &mut streamed, &options).unwrap();
    for bytes in [&encoded, &streamed] {
        let error = chain.decode(bytes).unwrap_err();
        assert_eq!(error.limit(), Some(Limit::Header), "{error:?}");
        assert_eq!(chain.decode_with(bytes, &limits.into()).unwrap().payload(), array.payload());
    }
}

/// A header has a limit on reading, so it has the same on writing; the option that the message names raises both.
#[test]
fn headers_are_written_as_long_as_they_are_read() {
    let mut longest = 0;
    for count in [1_000, 10_000, 13_000, 14_000, 15_000, 30_000] {
        let fields: Vec<String> = (0..count).map(|i| format!("('c{i:05}', '<f4')")).collect();
        let dtype = DType::parse(&format!("[{}]", fields.join(", "))).unwrap();
        let layout = Layout::new(dtype, vec![1], Order::C).unwrap();
        let payload = elements(&layout, 1);
        let array = ArrayView::new(layout, &payload).unwrap();
        for text in ["npy", "npy|zstd", "chunked(lz4)", "auto(fast)", "npy|xor|zstd"] {
            let chain = Chain::parse(text).unwrap();
            match chain.encode(&array) {
                Ok(encoded) => {
                    let read = chain
                        .decode(&encoded)
                        .unwrap_or_else(|error| panic!("{text}, {count}: {}", error.report()));
                    assert_eq!(read.payload(), array.payload());
                    longest = longest.max(count);
                }
                Err(error) => {
                    assert!(count > 10_000, "{text}, {count}: {}", error.report());
                    assert_eq!((error.kind(), error.limit()), (ErrorKind::Limit, Some(Limit::Header)));
                    assert!(error.help().is_some_and(|help| help.contains("`max_header`")), "{error:?}");
                    if count == 30_000 {
                        written_when_raised(&chain, &array);
                    }
                }
            }
        }
    }
    assert!((10_000..30_000).contains(&longest), "{longest}");
}
