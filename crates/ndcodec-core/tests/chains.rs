//! Chains of toy stages: what the core promises whatever the stages are.

#![expect(clippy::unwrap_used, reason = "in a test an `unwrap` is an assertion")]

mod toys;

use std::io::{Read, Write};

use ndcodec_core::*;

fn view(bytes: &[u8]) -> ArrayView<'_> {
    let layout = Layout::new(DType::parse(">i2").unwrap(), [bytes.len() / 2], Order::C).unwrap();
    ArrayView::new(layout, bytes).unwrap()
}

const ARRAY: &[u8] = &[1, 2, 3, 4, 5, 6];

#[test]
fn a_chain_writes_the_head_the_filtered_payload_and_the_tail() {
    let chain = Chain::parse("toy|flip|rot(by=2)|mark").unwrap();
    let encoded = chain.encode(&view(ARRAY)).unwrap();
    assert_eq!(encoded, b"<toy >i2 3 C flip|rot(by=2)\n\x04\x03\x06\x05\x08\x07.>");
    let array = chain.decode(&encoded).unwrap();
    assert_eq!((array.payload(), array.dtype().to_string()), (ARRAY, ">i2".to_owned()));
    assert_eq!(array.payload().as_ptr() as usize % ALIGNMENT, 0);
}

#[test]
fn the_header_names_the_filters_for_a_chain_that_does_not() {
    let encoded = Chain::parse("toy|flip|rot(by=7)|mark").unwrap().encode(&view(ARRAY)).unwrap();
    let plain = Chain::parse("toy|mark").unwrap();
    assert_eq!(plain.decode(&encoded).unwrap().payload(), ARRAY);
    assert_eq!(plain.decode_from(&*encoded).unwrap().payload(), ARRAY);
    let mut slice = [0; 6];
    plain.decode_into_slice(&encoded, &mut slice).unwrap();
    assert_eq!(slice, ARRAY);
    // Without codecs the same holds.
    let encoded = Chain::parse("toy|flip").unwrap().encode(&view(ARRAY)).unwrap();
    assert_eq!(Chain::parse("toy").unwrap().decode(&encoded).unwrap().payload(), ARRAY);
}

#[test]
fn other_filters_than_the_header_names_are_an_error() {
    let encoded = Chain::parse("toy|flip|mark").unwrap().encode(&view(ARRAY)).unwrap();
    let error = Chain::parse("toy|rot|mark").unwrap().decode(&encoded).unwrap_err();
    assert_eq!(
        error.report(),
        "cannot decode stage 0 `toy`: the chain filters with `rot`, but the header names `flip`"
    );
    let encoded = Chain::parse("toy|mark").unwrap().encode(&view(ARRAY)).unwrap();
    let error = Chain::parse("toy|rot|mark").unwrap().decode(&encoded).unwrap_err();
    assert_eq!(
        error.report(),
        "cannot decode stage 0 `toy`: the chain filters with `rot`, but the header names no filters"
    );
}

#[test]
fn a_header_can_name_filters_only() {
    for filters in ["mark", "toy", "flip(2)", "nothing", "", "(", "flip|"] {
        let encoded = format!("toy >i2 1 C {filters}\n\x01\x02.");
        let result = Chain::parse("toy").unwrap().decode(encoded.as_bytes());
        assert_eq!(result.is_ok(), filters.is_empty(), "{filters}");
    }
}

#[test]
fn a_filter_with_its_type_is_a_codec_on_any_bytes() {
    let pipeline = Pipeline::parse("mark|flip(4)").unwrap();
    // The tail that fills no item stays as this toy leaves it.
    assert_eq!(pipeline.encode(b"abcdefg").unwrap(), b"cba<gfed>");
    assert_eq!(pipeline.decode(b"cba<gfed>").unwrap(), b"abcdefg");
    assert_eq!(pipeline.to_string(), "mark|flip(4)");
    assert_eq!(Pipeline::parse("flip(<i4)").unwrap().to_string(), "flip(<i4)");
    // In a chain it then works on all bytes, the header too, and the header does not name it.
    let encoded = Chain::parse("toy|flip(2)").unwrap().encode(&view(ARRAY)).unwrap();
    assert_eq!(&encoded[..4], b"ot y");
}

#[test]
fn streams_and_memory_agree() {
    for text in ["toy", "toy|mark", "toy|flip", "toy|flip|mark", "toy|rot|liar|mark|liar"] {
        let chain = Chain::parse(text).unwrap();
        let encoded = chain.encode(&view(ARRAY)).unwrap();
        for step in [1, 2, 5, 6] {
            let mut streamed = Vec::new();
            let mut writer = chain.encoder(view(ARRAY).layout(), &mut streamed).unwrap();
            ARRAY.chunks(step).for_each(|part| writer.write_all(part).unwrap());
            writer.finish().unwrap();
            assert_eq!(streamed, encoded, "{text}");
        }
        let limits = DecodeLimits::none();
        let mut reader = chain.decoder_with(&*encoded, &limits.into()).unwrap();
        let mut payload = Vec::new();
        reader.read_to_end(&mut payload).unwrap();
        assert_eq!((&*payload, reader.layout().unwrap().unwrap().shape()), (ARRAY, &[3][..]), "{text}");
    }
}

#[test]
fn a_writer_wants_exactly_the_payload() {
    let chain = Chain::parse("toy|mark").unwrap();
    let mut out = Vec::new();
    let mut writer = chain.encoder(view(ARRAY).layout(), &mut out).unwrap();
    writer.push(&ARRAY[..5]).unwrap();
    let error = writer.finish().unwrap_err();
    assert_eq!(error.report(), "cannot encode stage 0 `toy`: 1 of the array's 6 bytes were never written");
    let mut writer = chain.encoder(view(ARRAY).layout(), &mut out).unwrap();
    let error = writer.push(&[0; 7]).unwrap_err();
    assert_eq!(error.report(), "cannot encode stage 0 `toy`: the array has 6 bytes, and more were written");
    drop(writer);
    assert!(out.is_empty(), "a codec that buffers must not have written");
}

#[test]
fn every_truncation_and_every_extra_byte_is_an_error() {
    for text in ["toy", "toy|mark", "toy|flip|mark", "toy|flip"] {
        let chain = Chain::parse(text).unwrap();
        let encoded = chain.encode(&view(ARRAY)).unwrap();
        let mut slice = [0; 6];
        for cut in 0..encoded.len() {
            assert!(chain.decode(&encoded[..cut]).is_err(), "{text} cut at {cut}");
            assert!(chain.decode_from(&encoded[..cut]).is_err(), "{text} cut at {cut}, streamed");
            assert!(
                chain.decode_into_slice(&encoded[..cut], &mut slice).is_err(),
                "{text} cut at {cut}, slice"
            );
        }
        let longer = [&*encoded, b">"].concat();
        assert!(chain.decode(&longer).is_err(), "{text}");
        assert!(chain.decode_from(&*longer).is_err(), "{text}");
        assert!(chain.decode_into_slice(&longer, &mut slice).is_err(), "{text}");
    }
}

#[test]
fn slices_must_have_the_payloads_length() {
    for text in ["toy", "toy|mark", "toy|flip|mark"] {
        let chain = Chain::parse(text).unwrap();
        let encoded = chain.encode(&view(ARRAY)).unwrap();
        for len in [0, 5, 7, 100] {
            let error = chain.decode_into_slice(&encoded, &mut vec![0; len]).unwrap_err();
            let expected = format!("the array has 6 bytes, but the buffer for it has {len}");
            assert_eq!(error.report(), expected, "{text}");
        }
        let mut slice = [0; 6];
        assert_eq!(chain.decode_into_slice(&encoded, &mut slice).unwrap().shape(), [3]);
        assert_eq!(slice, ARRAY);
    }
}

#[test]
fn the_limit_is_exact_and_no_claim_is_believed() {
    let chain = Chain::parse("toy|mark").unwrap();
    let encoded = chain.encode(&view(ARRAY)).unwrap();
    let total = encoded.len() - 2;
    let limit = |bytes| DecodeOptions::from(DecodeLimits::new().with_max_bytes(bytes));
    assert!(chain.decode_with(&encoded, &limit(total)).is_ok());
    let error = chain.decode_with(&encoded, &limit(total - 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error:?}");
    // A header that announces more than the limit fails before its payload is there.
    let huge = b"toy <f8 99999999x99999 C -\n";
    for result in [
        chain.decode(&[&b"<"[..], huge, b">"].concat()).map(|_| ()),
        Chain::parse("toy").unwrap().decoder(&huge[..]).map(|_| ()),
    ] {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Limit);
    }
    // A claim above the limit fails at once; one below the truth harms nobody.
    let liar = Pipeline::parse("liar(says=2000000000)").unwrap();
    let error = liar.decode(b"abc").unwrap_err();
    assert_eq!(
        error.report(),
        "cannot decode stage 0 `liar`: the data claim 2000000000 bytes, more than the limit of 1073741824 bytes"
    );
    assert_eq!(Pipeline::parse("liar(says=1)").unwrap().decode(b"abc").unwrap(), b"abc");
}

#[test]
fn into_replaces_and_append_appends() {
    let pipeline = Pipeline::parse("liar|mark").unwrap();
    let mut vec = b"before".to_vec();
    assert!(pipeline.decode_append(b"<no end", &mut vec).is_err());
    assert_eq!(vec, b"before");
    assert_eq!(pipeline.decode_append(b"<after>", &mut vec).unwrap(), 5);
    assert_eq!(vec, b"beforeafter");
    assert_eq!(pipeline.decode_into(b"<alone>", &mut vec).unwrap(), 5);
    assert_eq!(vec, b"alone");
    assert!(pipeline.decode_into(b"<no end", &mut vec).is_err());
    assert!(vec.is_empty());

    let chain = Chain::parse("toy|mark").unwrap();
    let encoded = chain.encode(&view(ARRAY)).unwrap();
    let mut buffer = Buffer::new();
    for _ in 0..2 {
        assert_eq!(chain.encode_into(&view(ARRAY), &mut vec).unwrap(), encoded.len());
        assert_eq!(chain.encode_into(&view(ARRAY), &mut buffer).unwrap(), encoded.len());
        assert_eq!((&vec, &*buffer), (&encoded, &*encoded));
    }
    chain.encode_append(&view(ARRAY), &mut vec).unwrap();
    assert_eq!(vec, [&*encoded, &*encoded].concat());

    let mut slice = [0; 4];
    let error = pipeline.encode_into(b"abc", &mut slice[..]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutputFull);
    assert_eq!(pipeline.encode_into(b"ab", &mut slice[..]).unwrap(), 4);
}

#[test]
fn errors_name_the_stage_they_come_from() {
    let chain = Chain::parse("toy|liar|mark").unwrap();
    let report = |bytes: &[u8]| {
        let (memory, stream) = (chain.decode(bytes).unwrap_err(), chain.decode_from(bytes).unwrap_err());
        assert_eq!(memory.report(), stream.report());
        memory.report()
    };
    assert_eq!(report(b"<toy"), "cannot decode stage 2 `mark`: the input ends inside the marks");
    assert_eq!(report(b"<no\n>"), "cannot decode stage 0 `toy`: this is not a toy");
    assert_eq!(
        report(b"<toy |u1 3 C -\nab.>"),
        "cannot decode stage 0 `toy`: the header announces 18 bytes in all, but the data end after 17"
    );
}

#[test]
fn errors_of_the_reader_and_writer_are_their_own() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::PermissionDenied.into())
        }
    }
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let chain = Chain::parse("toy|liar").unwrap();
    let error = chain.decode_from(Broken).unwrap_err();
    assert!(error.report().starts_with("cannot read the encoded data: "), "{}", error.report());
    let error = chain.encode_to(&view(ARRAY), Broken).unwrap_err();
    let Error::Io(error) = error else { panic!("{error:?}") };
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
}

#[test]
fn detection_peels_layers_and_reads_the_filters() {
    let encoded = Chain::parse("toy|flip|mark|mark").unwrap().encode(&view(ARRAY)).unwrap();
    assert_eq!(detect(&encoded), Detected::Chain(Chain::parse("toy|flip|mark|mark").unwrap()));
    let inspection = Chain::parse("toy|mark|mark").unwrap().inspect(&encoded).unwrap();
    assert_eq!((inspection.filters.as_str(), inspection.nbytes), ("flip", Some(6)));
    let Detected::Pipeline { pipeline, inside, .. } = detect(b"<<abc>>") else { panic!("not recognised") };
    assert_eq!((pipeline.to_string().as_str(), &*inside), ("mark|mark", &b"abc"[..]));
    let Detected::Unknown { guess: None, begins, .. } = detect(b"abcdefghij") else { panic!("recognised") };
    assert_eq!(begins, b"abcdefgh");
    // What the registry has not is not recognised, and a prefix may end anywhere.
    let toy = Registry::only(&[&toys::TOY]);
    assert!(matches!(detect_in(&toy, &Sample::whole(&encoded)), Detected::Unknown { .. }));
    let plain = Chain::parse("toy").unwrap();
    let head = &plain.encode(&view(ARRAY)).unwrap()[..20];
    assert_eq!(detect_prefix(head), Detected::Chain(plain));
}

#[test]
fn one_chain_serves_many_threads() {
    let chain = Chain::parse("toy|flip|mark|liar|mark").unwrap();
    let encoded = chain.encode(&view(ARRAY)).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..200 {
                    assert_eq!(chain.encode(&view(ARRAY)).unwrap(), encoded);
                    assert_eq!(chain.decode(&encoded).unwrap().payload(), ARRAY);
                }
            });
        }
    });
}

/// The chain writes this body; and from it, in every way, the array comes back, which has four elements.
fn check_filters(text: &str, array: &ArrayView<'_>, dtype: &str, body: &[u8]) {
    let (chain, itemsize) = (Chain::parse(text).unwrap(), array.dtype().itemsize());
    let encoded = chain.encode(array).unwrap();
    let head = format!("toy {dtype} 4 C {}\n", &text[4..]);
    assert_eq!(encoded, [head.as_bytes(), body, b"."].concat(), "{text}");
    assert!(encoded.len() <= chain.max_encoded_len(array.layout()).unwrap().unwrap());
    let mut streamed = Vec::new();
    chain.encode_to(array, &mut streamed).unwrap();
    assert_eq!(streamed, encoded);
    for chain in [&chain, &Chain::parse("toy").unwrap()] {
        let mut slice = vec![0; 4 * itemsize];
        chain.decode_into_slice(&encoded, &mut slice).unwrap();
        assert_eq!(slice, array.payload());
        assert_eq!(chain.decode_from(&*encoded).unwrap().payload(), array.payload());
        let rows = chain.decode_rows(&encoded, 1..3).unwrap();
        assert_eq!(rows.payload(), &array.payload()[itemsize..3 * itemsize]);
        for cut in 0..encoded.len() {
            assert!(chain.decode(&encoded[..cut]).is_err(), "{text} cut at {cut}");
            assert!(chain.decode_from(&encoded[..cut]).is_err(), "{text} cut at {cut}, streamed");
        }
    }
    let wrapped = Chain::parse(&format!("{text}|mark")).unwrap();
    let encoded = wrapped.encode(array).unwrap();
    assert_eq!(wrapped.decode(&encoded).unwrap().payload(), array.payload());
    assert_eq!(Chain::parse("toy|mark").unwrap().decode(&encoded).unwrap().payload(), array.payload());
}

#[test]
fn filters_may_make_several_arrays() {
    let elements = [1_u8, 0, 9, 2, 0, 9, 3, 0, 9, 4, 1, 9];
    let dtype = DType::parse("|V3").unwrap();
    let layout = Layout::new(dtype, [4], Order::C).unwrap();
    let array = ArrayView::new(layout, &elements).unwrap();
    for (text, body) in [
        ("toy|parted", &b"\x01\0\x02\0\x03\0\x04\x01\x09\x09\x09\x09"[..]),
        ("toy|parted|flip", b"\0\x01\0\x02\0\x03\x01\x04\x09\x09\x09\x09"),
        // Before what may have any length stands its length.
        ("toy|parted|narrow", b"\x09\0\0\0\0\0\0\0\x02\x01\0\x02\0\x03\0\x04\x01\x09\x09\x09\x09"),
        (
            "toy|parted|runs",
            b"\x10\0\0\0\0\0\0\0\x01\x01\x01\0\x01\x02\x01\0\x01\x03\x01\0\x01\x04\x01\x01\x02\0\0\0\0\0\0\0\x04\x09",
        ),
    ] {
        check_filters(text, &array, "|V3", body);
    }
    let chain = Chain::parse("toy|parted|runs|flip").unwrap();
    assert_eq!(
        chain.resolve(array.layout()).unwrap_err().report(),
        "`flip` cannot encode this array: `runs` before it gives bytes and not an array; only codecs may follow"
    );
}

#[test]
fn a_front_of_anyone_is_an_error_of_its_filter() {
    let chain = Chain::parse("toy|narrow|rot").unwrap();
    let report = |body: &[u8]| {
        let encoded = [b"toy <u2 4 C narrow|rot\n", body, b"."].concat();
        chain.decode(&encoded).unwrap_err().report()
    };
    assert_eq!(report(b"\x07abcd"), "cannot decode stage 1 `narrow`: a width of 7 bytes");
    assert_eq!(
        report(b"\x01abc"),
        "cannot decode stage 2 `rot`: the filtered form has 3 bytes, but the array needs 4"
    );
    assert_eq!(
        report(b"\x01abcde"),
        "cannot decode stage 2 `rot`: the filtered form has 5 bytes, but the array needs 4"
    );
}

#[test]
fn filters_may_change_dtype_and_length() {
    let array = [7_u8, 7, 7, 7, 7, 7, 7, 9];
    let layout = Layout::new(DType::parse(">i2").unwrap(), [4], Order::C).unwrap();
    let array = ArrayView::new(layout, &array).unwrap();
    for (text, body) in [
        ("toy|widen", &b"\x07\0\x07\0\x07\0\x07\0\x07\0\x07\0\x07\0\x09\0"[..]),
        ("toy|runs", b"\x07\x07\x01\x09"),
        ("toy|widen|narrow", b"\x01\x07\x07\x07\x07\x07\x07\x07\x09"),
        ("toy|widen|narrow|rot", b"\x01\x08\x08\x08\x08\x08\x08\x08\x0a"),
        ("toy|widen|narrow|runs", b"\x01\x07\x07\x01\x09"),
        ("toy|widen|flip|narrow|flip", b"\x02\x07\0\x07\0\x07\0\x07\0\x07\0\x07\0\x07\0\x09\0"),
        ("toy|widen|flip|runs", b"\x01\0\x01\x07\x01\0\x01\x07\x01\0\x01\x07\x01\0\x01\x07\x01\0\x01\x07\x01\0\x01\x07\x01\0\x01\x07\x01\0\x01\x09"),
    ] {
        check_filters(text, &array, ">i2", body);
    }
    let error = Chain::parse("toy|runs|flip").unwrap().encode(&array).unwrap_err();
    assert_eq!(
        error.report(),
        "`flip` cannot encode this array: `runs` before it gives bytes and not an array; only codecs may follow"
    );
}

#[test]
fn an_opened_array_reads_its_header_once() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    static READS: AtomicUsize = AtomicUsize::new(0);
    #[derive(Debug)]
    struct Counting(std::sync::Arc<dyn ArrayFormat>);
    impl ArrayFormat for Counting {
        fn frame(&self, layout: &Layout, filters: Option<&str>) -> Result<Frame, ArrayError> {
            self.0.frame(layout, filters)
        }
        fn read_header(&self, prefix: &[u8], context: &HeaderContext<'_>) -> Result<Header, HeaderError> {
            let header = self.0.read_header(prefix, context)?;
            READS.fetch_add(1, Ordering::Relaxed);
            Ok(header)
        }
    }
    static COUNTED: StageDescriptor = StageDescriptor::format("counted", "test", &|_| {
        let toy = build_format("toy").map_err(|error| ParamError::new("", error.message()))?;
        Ok(std::sync::Arc::new(Counting(toy)))
    });
    register(&COUNTED).unwrap();
    for text in ["counted", "counted|mark", "counted|flip", "counted|flip|mark", "counted|liar"] {
        let chain = Chain::parse(text).unwrap();
        let encoded = chain.encode(&view(ARRAY)).unwrap();
        let limits = DecodeLimits::none();
        let mut slice = [0; 6];
        let ways: [(&str, &mut dyn FnMut()); 7] = [
            ("memory", &mut || drop(chain.decode_with(&encoded, &limits.into()).unwrap())),
            ("slice", &mut || {
                drop(chain.decode_into_slice_with(&encoded, &mut slice, &limits.into()).unwrap());
            }),
            ("stream", &mut || {
                drop(chain.decoder_with(&*encoded, &limits.into()).unwrap().into_array().unwrap());
            }),
            ("inspect", &mut || drop(chain.inspect_with(&encoded, &limits.into()).unwrap())),
            ("rows", &mut || {
                let mut opened = chain.open_with(&*encoded, &limits.into()).unwrap();
                (0..3).for_each(|row| drop(opened.rows(row..row + 1).unwrap()));
            }),
            ("rows of a file", &mut || {
                let mut opened = chain.open_with(EncodedData::at(encoded.clone()), &limits.into()).unwrap();
                (0..3).for_each(|row| drop(opened.rows(row..row + 1).unwrap()));
            }),
            ("rows of a stream", &mut || {
                let mut opened = chain.open_with(EncodedData::reader(&*encoded), &limits.into()).unwrap();
                (0..3).for_each(|row| drop(opened.rows(row..row + 1).unwrap()));
            }),
        ];
        for (way, run) in ways {
            READS.store(0, Ordering::Relaxed);
            run();
            assert_eq!(READS.load(Ordering::Relaxed), 1, "{text}: {way}");
        }
    }
}

#[test]
fn bytes_after_the_array_are_the_formats_fault() {
    for codecs in ["", "|mark", "|liar", "|mark|mark", "|liar|mark", "|flip(4)"] {
        let chain = Chain::parse(&format!("toy{codecs}")).unwrap();
        let mut longer = Chain::parse("toy").unwrap().encode(&view(ARRAY)).unwrap();
        longer.push(b'!');
        if let Some(codecs) = codecs.strip_prefix('|') {
            longer = Pipeline::parse(codecs).unwrap().encode(&longer).unwrap();
        }
        let limits = DecodeOptions::from(DecodeLimits::none());
        for error in [
            chain.decode_with(&longer, &limits).unwrap_err(),
            chain.decoder_with(&*longer, &limits).unwrap().into_array().unwrap_err(),
            chain.decode_into_slice_with(&longer, &mut [0; 6], &limits).unwrap_err(),
        ] {
            let Error::Stage(error) = error else { panic!("{error:?}") };
            assert_eq!(
                (error.index(), error.name(), error.kind()),
                (0, "toy", ErrorKind::Trailing),
                "{codecs}"
            );
        }
    }
}

#[test]
fn streams_and_opened_arrays_can_go_to_another_thread() {
    fn is_send<T: Send + 'static>(value: T) -> T {
        value
    }
    let chain = Chain::parse("toy|flip|mark").unwrap();
    let encoded = chain.encode(&view(ARRAY)).unwrap();
    // The chain is gone before the stream is used.
    let opened = is_send(Chain::parse("toy|flip|mark").unwrap().open(encoded.clone()).unwrap());
    let array = std::thread::spawn(move || opened.into_array().unwrap()).join().unwrap();
    assert_eq!(array.payload(), ARRAY);
    let cursor = std::io::Cursor::new(encoded.clone());
    let opened = is_send(chain.decoder(cursor).unwrap());
    drop(chain);
    assert_eq!(std::thread::spawn(move || opened.into_array().unwrap()).join().unwrap().payload(), ARRAY);
}

#[test]
fn types_have_their_auto_traits_and_sizes() {
    fn is_free<T: Send + Sync + 'static>() {}
    fn moves<T: Send>() {}
    is_free::<Chain>();
    is_free::<Pipeline>();
    is_free::<Registry>();
    is_free::<Array>();
    is_free::<Buffer>();
    is_free::<Header>();
    is_free::<Layout>();
    is_free::<Error>();
    is_free::<ChainError>();
    is_free::<CodecError>();
    is_free::<InnerChain>();
    moves::<Opened<'_>>();
    moves::<ArrayWriter<'_>>();
    moves::<ByteReader<'_>>();
    moves::<ByteWriter<'_>>();
    moves::<Output<'_>>();
    // What a call returns by value stays small: a larger error would be copied up through every stage.
    assert_eq!(size_of::<CodecError>(), size_of::<usize>());
    assert_eq!(size_of::<ChainError>(), size_of::<usize>());
    assert_eq!((size_of::<Chain>(), size_of::<Pipeline>()), (size_of::<usize>(), size_of::<usize>()));
    assert_eq!((size_of::<Layout>(), size_of::<Header>()), (size_of::<usize>(), size_of::<usize>()));
    let word = size_of::<usize>();
    assert!(size_of::<Error>() <= 13 * word, "{}", size_of::<Error>());
    assert!(size_of::<Array>() <= 8 * word, "{}", size_of::<Array>());
}
