//! A third party's stages under the laws that every stage obeys, and in chains with built-in ones.
#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]

use ndcodec::{
    Array, ArrayView, Buffer, Chain, DType, DecodeLimits, DecodeOptions, Detected, Error, ErrorKind, Layout,
    Order, Registry, detect,
};
use ndcodec_conformance::laws;
use third_party::{HEADED, PACKED, PLANAR, RLE};

#[test]
fn they_obey_the_laws() {
    [&RLE, &PLANAR, &HEADED, &PACKED].into_iter().for_each(laws::check_stage);
    laws::check_format("packed(rle)");
    laws::check_format("packed(shuffle|zstd|crc32c)");
}

fn chain(text: &str) -> Chain {
    Chain::parse(text).unwrap()
}

/// Complex numbers in 10 rows, whose real parts are noise and whose imaginary parts are one value.
fn spectrum(order: Order) -> Array {
    let layout = Layout::new(DType::parse("<c8").unwrap(), [10, 30], order).unwrap();
    let noise = std::iter::successors(Some(1_u32), |word| Some(word.wrapping_mul(0x915f_77f5)));
    let bytes: Vec<u8> = noise.take(300).flat_map(|noise| [noise, 7]).flat_map(u32::to_le_bytes).collect();
    Array::new(layout, Buffer::from(&bytes[..])).unwrap()
}

fn kind_of(result: Result<Array, Error>) -> ErrorKind {
    result.unwrap_err().kind()
}

#[test]
fn the_word_is_there_as_soon_as_the_crate_is_linked() {
    let zeros = [0_u8; 1000];
    let text =
        chain("npy|rle|base64").encode_text(&ArrayView::from_slice(&zeros, &[10, 100]).unwrap()).unwrap();
    assert!(text.len() < 300, "{} characters", text.len());
    let decoded = chain("npy|rle|base64").decode(text.as_bytes()).unwrap();
    assert_eq!(decoded.as_slice::<u8>().unwrap(), zeros);
}

#[test]
fn it_is_suggested_for_a_misspelt_word() {
    let error = Chain::parse("npy|rel").unwrap_err();
    assert!(error.help().is_some_and(|help| help.starts_with("did you mean `rle`?")), "{error}");
}

#[test]
fn every_kind_works_beside_built_in_stages() {
    for order in [Order::C, Order::Fortran] {
        let array = spectrum(order);
        for text in [
            "headed",
            "headed|planar|rle",
            "headed|planar|shuffle|zstd|base64",
            "npy|planar|rle",
            "raw|planar|zstd",
            "packed(planar|rle)",
            "packed(planar|shuffle|zstd|crc32c)|hex",
            "chunked(planar|rle,size=1KiB)",
            "chunked(planar|shuffle|zstd)",
        ] {
            let encoded = chain(text).encode(&array.view()).unwrap();
            let resolved = chain(text).resolve(array.layout()).unwrap();
            let decoded = resolved.decode(&encoded).unwrap();
            assert_eq!(decoded.payload(), array.payload(), "{text}, order {order}");
        }
    }
}

#[test]
fn the_planes_of_a_filter_are_encoded_one_by_one() {
    let array = spectrum(Order::C);
    let [alone, planes] = ["chunked(zstd)", "chunked(planar|zstd)"]
        .map(|text| chain(text).encode(&array.view()).unwrap().len());
    assert!(planes < alone, "{planes} bytes with planes, {alone} without");
}

#[test]
fn a_header_names_what_it_takes_to_decode() {
    let array = spectrum(Order::Fortran);
    for (written, read) in [("headed|planar", "headed"), ("packed(planar|rle)", "packed")] {
        let encoded = chain(written).encode(&array.view()).unwrap();
        assert_eq!(chain(read).decode(&encoded).unwrap().payload(), array.payload(), "{read}");
        assert_eq!(chain(read).inspect(&encoded).unwrap().order, Order::Fortran);
    }
    let encoded = chain("headed|planar").encode(&array.view()).unwrap();
    assert_eq!(detect(&encoded), Detected::Chain(chain("headed|planar")));
    let encoded = chain("packed(planar|rle)").encode(&array.view()).unwrap();
    let inspected = chain("packed").inspect(&encoded).unwrap();
    assert_eq!(inspected.chain, "packed(planar|rle)");
}

#[test]
fn rows_are_read_from_every_kind_of_format() {
    let array = spectrum(Order::C);
    for text in ["headed", "headed|planar|rle", "packed(planar|rle)", "chunked(planar|rle,size=1KiB)"] {
        let encoded = chain(text).encode(&array.view()).unwrap();
        for rows in [0..0, 0..1, 3..7, 9..10, 0..10] {
            let decoded = chain(text).decode_rows(&encoded, rows.clone()).unwrap();
            assert_eq!(
                decoded.payload(),
                array.view().rows(rows.clone()).unwrap().payload(),
                "{text}, rows {rows:?}"
            );
        }
        assert!(matches!(chain(text).decode_rows(&encoded, 3..11), Err(Error::Array(_))), "{text}");
    }
}

#[test]
fn what_is_not_whole_is_refused() {
    let array = spectrum(Order::C);
    for text in ["headed", "headed|planar", "headed|planar|rle", "packed(planar|rle)", "packed(zstd|crc32c)"]
    {
        let encoded = chain(text).encode(&array.view()).unwrap();
        for cut in 0..encoded.len() {
            assert!(chain(text).decode(&encoded[..cut]).is_err(), "{text}, cut to {cut}");
        }
        for more in [&b"\0"[..], b"\x01\0", &encoded] {
            assert!(
                chain(text).decode(&[&encoded[..], more].concat()).is_err(),
                "{text}, {} more",
                more.len()
            );
        }
    }
}

/// The defaults of a container's body collect a stream, and decode the whole to give rows of a file.
#[test]
fn a_container_of_two_methods_streams_and_gives_rows_of_a_file() {
    let array = spectrum(Order::C);
    let chain = chain("packed(planar|shuffle|zstd)");
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/packed");
    chain.encode_to(&array.view(), std::fs::File::create(path).unwrap()).unwrap();
    let file = std::fs::File::open(path).unwrap();
    let mut opened = chain.open(file.try_clone().unwrap()).unwrap();
    assert_eq!(opened.rows(2..5).unwrap().payload(), array.view().rows(2..5).unwrap().payload());
    let bytes = chain.encode(&array.view()).unwrap();
    assert_eq!(chain.decode_from(&*bytes).unwrap().payload(), array.payload());
    let narrow = DecodeOptions::new().with_max_bytes(array.payload().len() - 1);
    for error in [
        chain.decode_with(&bytes, &narrow).unwrap_err(),
        chain.decode_from_with(&*bytes, &narrow).unwrap_err(),
        chain.decode_rows_with(file, 0..10, &narrow).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Limit, "{}", error.report());
    }
}

#[test]
fn what_an_inner_chain_gives_too_much_is_refused() {
    let long = b"PACK rle\t|u1 4 C\n\x05A";
    let error = chain("packed").decode(long).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Trailing, "{}", error.report());
    assert!(
        error.report().contains("its inner chain gives more than the 4 bytes of the array"),
        "{}",
        error.report()
    );
    let short = b"PACK rle\t|u1 4 C\n\x03A";
    assert_eq!(kind_of(chain("packed").decode(short)), ErrorKind::Truncated);
}

#[test]
fn a_damaged_header_is_refused() {
    let head = |magic: &str, text: &str| format!("{magic} {text}\n666666").into_bytes();
    let decode = |text: &str| chain("headed").decode(&head("HEAD", text));
    assert_eq!(decode("\t|u1 2x3 C").unwrap().shape(), [2, 3]);
    for text in [
        "",
        "|u1 2x3 C",
        "\t|u1 2x3",
        "\t|u1 2x3 C ",
        "\t|u9 2x3 C",
        "\t|u1 ?x3 C",
        "\t|u1 2y3 C",
        "\t|u1 2x3 A",
    ] {
        assert_eq!(kind_of(decode(text)), ErrorKind::Corrupt, "{text:?}");
    }
    assert_eq!(kind_of(decode("\t|u1 2x4 C")), ErrorKind::Truncated);
    assert_eq!(kind_of(decode("\t|u1 2x2 C")), ErrorKind::Trailing);
    assert_eq!(kind_of(decode("nothing\t|u1 2x3 C")), ErrorKind::Unsupported);
    assert_eq!(kind_of(decode(&"x".repeat(DecodeLimits::new().max_header + 1))), ErrorKind::Limit);
    let error = chain("headed").decode(&head("HAED", "\t|u1 2x3 C")).unwrap_err();
    assert!(error.report().contains("does not begin with the magic `HEAD `"), "{}", error.report());
    let not_text = chain("headed").decode(b"HEAD \xff\t|u1 2x3 C\n666666").unwrap_err();
    assert!(not_text.report().contains("not UTF-8"), "{}", not_text.report());
    let filtered = chain("packed").decode(&head("PACK", "planar\t|u1 2x3 C")).unwrap_err();
    assert_eq!(filtered.kind(), ErrorKind::Corrupt);
    assert!(filtered.report().ends_with("dtype `|u1` is not complex"), "{}", filtered.report());
}

#[test]
fn what_a_header_claims_is_not_trusted() {
    let claim = b"PACK \t|u1 1099511627776 C\n1".to_vec();
    assert_eq!(kind_of(chain("packed").decode(&claim)), ErrorKind::Limit);
    let options = DecodeLimits::none().into();
    assert_eq!(kind_of(chain("packed").decode_with(&claim, &options)), ErrorKind::Truncated);
}

#[test]
fn an_array_that_a_filter_does_not_take_is_an_error_of_the_array() {
    let floats = [1.0_f32; 4];
    let floats = ArrayView::from_slice(&floats, &[4]).unwrap();
    for text in ["headed|planar", "npy|planar", "packed(planar|rle)", "chunked(planar|rle)"] {
        let error = chain(text).encode(&floats).unwrap_err();
        assert!(matches!(error, Error::Array(_)), "{text}: {error:?}");
        assert!(error.report().contains("dtype `<f4` is not complex"), "{}", error.report());
    }
    let error = chain("packed").encode(&floats).unwrap_err();
    assert!(error.report().contains("no inner chain"), "{}", error.report());
}

#[test]
fn a_narrow_registry_holds_for_what_data_name_too() {
    let array = spectrum(Order::C);
    let zstd = &ndcodec::words::ZSTD;
    let narrow = Registry::only(&[&PACKED, &HEADED, &RLE]);
    let parse = |text| Chain::parse_in(&narrow, text);
    assert_eq!(
        parse("packed(zstd)").unwrap_err().to_string(),
        "the stage `zstd` is not allowed here\n  |  packed(zstd)\n  |         ^^^^\nhelp: allowed are: headed, packed, rle"
    );
    let plain = chain("packed(rle)").encode(&array.view()).unwrap();
    assert_eq!(parse("packed").unwrap().decode(&plain).unwrap().payload(), array.payload());
    for (written, read) in [("packed(zstd)", "packed"), ("headed|planar", "headed")] {
        let encoded = chain(written).encode(&array.view()).unwrap();
        let error = parse(read).unwrap().decode(&encoded).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{written}");
        assert!(error.report().contains("is not allowed here"), "{}", error.report());
    }
    let wider = Registry::only(&[&PACKED, zstd]);
    let encoded = chain("packed(zstd)").encode(&array.view()).unwrap();
    assert!(Chain::parse_in(&wider, "packed").unwrap().decode(&encoded).is_ok());
}
