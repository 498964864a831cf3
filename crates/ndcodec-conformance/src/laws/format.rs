//! The laws of formats.

use ndcodec_core::{
    Array, ArrayFormat, ArrayView, Buffer, Chain, DType, DecodeLimits, DecodeOptions, EncodedData, Error,
    ErrorKind, Filters, HeaderContext, HeaderError, Layout, Order, RandomAccess, Registry,
};

use super::data::{Random, cuts, damaged};
use super::subject::{DECODES, ENCODES, Hex, fail};
use super::{chain, container};

/// Every law of formats, on a format in the chain language.
///
/// A format is asked to write arrays of every kind of dtype and shape. It may refuse some, not all.
///
/// # Panics
/// If a law is broken.
pub fn check(text: &str) {
    let given = chain(text);
    let mut accepted = 0;
    for layout in layouts() {
        let Ok(resolved) = given.resolve(&layout) else { continue };
        accepted += 1;
        let resolved_text = resolved.to_string();
        let format = super::built(&resolved_text, ndcodec_core::build_format(&resolved_text));
        header(&resolved_text, &*format, &layout);
        let payload = Random::new(7).bytes(layout.nbytes());
        let array = match ArrayView::new(layout, &payload) {
            Ok(array) => array,
            Err(error) => fail(text, "array", "a layout of the laws", error, "an array"),
        };
        round_trip(&resolved_text, &resolved, &array);
        let is_container = format.frame(array.layout(), None).is_ok_and(|frame| frame.body.is_some());
        if is_container {
            container::check(&resolved_text, &resolved, &array);
        } else {
            decode_limit(&resolved_text, &resolved, &array);
        }
        opened(&resolved_text, &resolved, &array);
        ends(&resolved_text, &resolved, &array);
    }
    if accepted == 0 {
        fail(text, "round_trip", "every dtype and shape", "it is refused", "some that it takes");
    }
}

/// A header that was written is read back: dtype, shape, order, filters and the lengths around the payload. Every
/// beginning of it is incomplete and says so with a length that is greater than what there is, and not greater than
/// what there will be. Damage to it never makes the format panic.
pub fn header(text: &str, format: &dyn ArrayFormat, layout: &Layout) {
    const LAW: &str = "header";
    let (limits, registry) = (DecodeLimits::new(), Registry::all());
    let context = HeaderContext::new(&limits, &registry);
    for filters in [None, Some("shuffle")] {
        let case = describe(layout);
        let fault = |found: String, expected: String| -> ! {
            fail(text, LAW, format_args!("{case}, filters {filters:?}"), found, expected)
        };
        let Ok(frame) = format.frame(layout, filters) else {
            if filters.is_none() {
                fault("the format refuses the array".to_owned(), "a frame, as the chain takes it".to_owned());
            }
            continue;
        };
        let header = match format.read_header(&frame.head, &context) {
            Ok(header) => header,
            Err(error) => {
                fault(format!("it is not read: {error:?}"), "the header that was written".to_owned())
            }
        };
        let expected = layout.clone().canonical();
        let is_same = *header.dtype() == *expected.dtype() && header.shape().matches(expected.shape());
        let is_same = is_same && (header.order() == expected.order() || expected.is_both_orders());
        let is_same =
            is_same && (header.head_len(), header.tail_len()) == (frame.head.len(), frame.tail_bytes().len());
        if !is_same {
            let lens = (frame.head.len(), frame.tail_bytes().len());
            let expected =
                format!("{}, with {} bytes before and {} after it", describe(&expected), lens.0, lens.1);
            fault(format!("it is read as {header:?}"), expected);
        }
        match header.filters() {
            Filters::Listed(listed) if *listed != filters.unwrap_or_default() => {
                let expected = format!("`{}`", filters.unwrap_or_default());
                fault(format!("the filters are read as `{listed}`"), expected);
            }
            Filters::Listed(_) | Filters::Unknown => {}
            other => fault(format!("the filters are {other:?}"), "what these laws know".to_owned()),
        }
        if header.body().is_some() != frame.body.is_some() {
            let found = format!("the header has a body: {}", header.body().is_some());
            fault(found, format!("{}, as the frame has", frame.body.is_some()));
        }
        let total = frame.head.len() + layout.nbytes() + frame.tail_bytes().len();
        match header.layout(total) {
            Ok(found) if found == expected || header.shape().is_open() => {}
            other => fault(format!("of {total} bytes in all it says {other:?}"), describe(&expected)),
        }
        for len in 0..frame.head.len() {
            match format.read_header(&frame.head[..len], &context) {
                Err(HeaderError::Incomplete { needed }) if needed > len && needed <= frame.head.len() => {}
                other => {
                    let found = format!("of its {} bytes the first {len} give {other:?}", frame.head.len());
                    fault(found, format!("`Incomplete`, with {} to {} needed", len + 1, frame.head.len()));
                }
            }
        }
        let random = &mut Random::new(8);
        for _ in 0..64 {
            // An error is as good as a header here.
            drop(format.read_header(&damaged(&frame.head, random), &context));
            drop(format.read_header(&random.bytes(random.clone().below(300)), &context));
        }
    }
}

/// An array comes back with its dtype, shape, order and bytes, in one shot and as a stream, into memory of the caller's
/// too.
pub fn round_trip(text: &str, chain: &Chain, array: &ArrayView<'_>) {
    const LAW: &str = "round_trip";
    let case = describe(array.layout());
    let fault = |way: &str, found: &str, expected: &str| -> ! {
        fail(text, LAW, format_args!("{case}, {way}"), found, expected)
    };
    let same = |way: &str, result: Result<Array, ndcodec_core::Error>| match result {
        Ok(decoded) if *decoded.layout() != array.layout().clone().canonical() => {
            fault(way, &format!("it comes back as {}", describe(decoded.layout())), &case);
        }
        Ok(decoded) if decoded.payload() != array.payload() => {
            fault(way, &Hex(decoded.payload()).to_string(), &Hex(array.payload()).to_string());
        }
        Ok(_) => {}
        Err(error) => fault(way, &error.report(), DECODES),
    };
    let encoded = chain.encode(array).unwrap_or_else(|error| fault("encoded", &error.report(), ENCODES));
    let mut streamed = Vec::new();
    if let Err(error) = chain.encode_to(array, &mut streamed) {
        fault("encoded as a stream", &error.report(), ENCODES);
    }
    if streamed != encoded {
        let [found, expected] = [&streamed, &encoded].map(|bytes| Hex(bytes).to_string());
        fault("encoded as a stream", &found, &format!("{expected}, as in one shot"));
    }
    same("decoded", chain.decode(&encoded));
    same("decoded as a stream", chain.decode_from(&*encoded));
    same("decoded as a stream by one byte", chain.decode_from(ByOne(&encoded)));
    let mut buffer = Buffer::new();
    let mut slice = vec![0; array.payload().len()];
    match (chain.decode_into(&encoded, &mut buffer), chain.decode_into_slice(&encoded, &mut slice)) {
        (Ok(view), Ok(_)) if view.payload() == array.payload() && slice == array.payload() => {}
        (Ok(_), Ok(_)) => fault("decoded into a buffer and a slice", "other elements come back", "the array"),
        (Err(error), _) => fault("decoded into a buffer", &error.report(), DECODES),
        (_, Err(error)) => fault("decoded into a slice", &error.report(), DECODES),
    }
}

/// An opened array gives the same payload whichever way its data come, and rows again and again: what slicing the array
/// gives. Rows that do not exist are an error of the array.
pub fn opened(text: &str, chain: &Chain, array: &ArrayView<'_>) {
    let Ok(encoded) = chain.encode(array) else { return };
    let count = array.shape().first().copied().unwrap_or(0);
    let some = count.min(1 << 20);
    let ranges =
        [(0, 0), (0, some), (some / 2, some), (some / 3, some / 2), (1, 0), (0, count + 1), (0, some)];
    let ways: [(&str, Way); 3] = [
        ("from a slice", |bytes| EncodedData::Slice(bytes)),
        ("from what can be read at any place", |bytes| EncodedData::at(AtAnyPlace(bytes))),
        ("from a stream", |bytes| EncodedData::reader(ByOne(bytes))),
    ];
    for (way, data) in ways {
        let case = format!("{}, {way}", describe(array.layout()));
        let open = || match chain.open(data(&encoded)) {
            Ok(opened) => opened,
            Err(error) => fail(text, "opened", &case, error.report(), "that it opens"),
        };
        match open().into_array() {
            Ok(whole) if whole.payload() == array.payload() => {}
            Ok(whole) => fail(text, "opened", &case, Hex(whole.payload()), Hex(array.payload())),
            Err(error) => fail(text, "opened", &case, error.report(), DECODES),
        }
        let mut opened = open();
        for (start, end) in ranges {
            let case = format!("{case}, rows {start}..{end}");
            match (opened.rows(start..end), array.rows(start..end)) {
                (Ok(decoded), Ok(expected))
                    if decoded.layout() == &expected.layout().clone().canonical()
                        && decoded.payload() == expected.payload() => {}
                (Err(Error::Array(_)), Err(_)) => {}
                (Ok(decoded), Ok(expected)) => {
                    let [found, expected] =
                        [(decoded.layout(), decoded.payload()), (expected.layout(), expected.payload())]
                            .map(|(layout, payload)| format!("{}, {}", describe(layout), Hex(payload)));
                    fail(text, "opened", case, found, expected)
                }
                (Ok(_), Err(error)) => fail(text, "opened", case, "they decode", error),
                (Err(error), Ok(_)) => fail(text, "opened", case, error.report(), DECODES),
                (Err(error), Err(expected)) => fail(text, "opened", case, error.report(), expected),
            }
        }
    }
}

/// A way in which encoded data come.
type Way = fn(&[u8]) -> EncodedData<'_>;

/// Bytes as a file gives them: never as a slice.
struct AtAnyPlace<'a>(&'a [u8]);

impl RandomAccess for AtAnyPlace<'_> {
    fn size(&self) -> std::io::Result<u64> {
        self.0.size()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<()> {
        self.0.read_at(offset, buf)
    }
}

/// An array decodes under a limit of its length with the bytes around it, and one below fails with [`ErrorKind::Limit`].
pub fn decode_limit(text: &str, chain: &Chain, array: &ArrayView<'_>) {
    let Ok(encoded) = chain.encode(array) else { return };
    for limit in [Some(encoded.len()), encoded.len().checked_sub(1)].into_iter().flatten() {
        let limits = DecodeLimits::new().with_max_bytes(limit);
        let result = chain.decode_with(&encoded, &DecodeOptions::new().with_limits(limits));
        let holds = match &result {
            Ok(_) => limit == encoded.len(),
            Err(error) => limit < encoded.len() && error.kind() == ErrorKind::Limit,
        };
        if !holds {
            let case =
                format!("{}, {} bytes under a limit of {limit}", describe(array.layout()), encoded.len());
            let found = result.map_or_else(|error| error.report(), |_| "it passes".to_owned());
            let expected = if limit < encoded.len() { "an error of kind `Limit`" } else { DECODES };
            fail(text, "decode_limit", case, found, expected);
        }
    }
}

/// With the shape known, what is cut anywhere or goes on after its end fails, in one shot and as a stream; damage never
/// makes the chain panic.
pub fn ends(text: &str, chain: &Chain, array: &ArrayView<'_>) {
    let case = describe(array.layout());
    let Ok(encoded) = chain.encode(array) else { return };
    let fails = |bytes: &[u8], what: &str| {
        let (one_shot, streamed) = (chain.decode(bytes), chain.decode_from(ByOne(bytes)));
        if one_shot.is_ok() || streamed.is_ok() {
            let way = if one_shot.is_ok() { "in one shot" } else { "as a stream" };
            fail(text, "ends", format_args!("{case}, {what}"), format_args!("it decodes {way}"), "an error");
        }
    };
    for cut in cuts(encoded.len(), 300) {
        if cut < encoded.len() {
            fails(&encoded[..cut], &format!("{} bytes cut to {cut}", encoded.len()));
        }
    }
    for byte in [0, b'\n', 0xff] {
        fails(&[&encoded[..], &[byte]].concat(), &format!("with a byte {byte:#04x} after it"));
    }
    let random = &mut Random::new(9);
    for _ in 0..32 {
        let bytes = damaged(&encoded, random);
        // An error is as good as an array here, if both ways agree.
        let one_shot = chain.decode(&bytes).is_ok();
        if one_shot != chain.decode_from(ByOne(&bytes)).is_ok() {
            let outcome = |is_ok| if is_ok { "it decodes" } else { "an error" };
            let found = format_args!("as a stream: {}", outcome(!one_shot));
            let case = format_args!("{case}, damaged to {}", Hex(&bytes));
            fail(text, "ends", case, found, format_args!("as in one shot: {}", outcome(one_shot)));
        }
    }
}

/// Layouts of every kind: dtypes, byte orders, structs with padding; no dimension, no element, as many dimensions as
/// there may be; both orders.
fn layouts() -> Vec<Layout> {
    const DTYPES: &[&str] = &[
        "|b1",
        "|i1",
        "|u1",
        "<i2",
        ">i2",
        "<u4",
        ">u4",
        "<i8",
        ">u8",
        "<f2",
        "<f4",
        ">f8",
        "<c8",
        ">c16",
        "<M8[25s]",
        ">m8[ns]",
        "<M8",
        "|S3",
        "<U2",
        ">U1",
        "|V5",
        "[('a', '<i4'), ('b', '>f8')]",
        "[('a', '|u1'), ('', '|V3'), ('b', [('c', '<f4', (2,)), ('d', '|S2')])]",
    ];
    let mut deep = vec![1; 64];
    (deep[3], deep[40]) = (2, 3);
    let shapes: [&[usize]; 11] =
        [&[], &[0], &[1], &[7], &[2, 3], &[3, 1], &[0, 3], &[4, 0, 2], &[2, 3, 4], &[1 << 40, 0], &deep];
    let mut layouts = Vec::new();
    for (index, dtype) in DTYPES.iter().enumerate() {
        let dtype = DType::parse(dtype).expect("the laws' dtypes are right");
        for (at, shape) in shapes.iter().enumerate() {
            // Every shape with three of the dtypes, three of the shapes with every dtype.
            if [2, 10, 22].contains(&index) || (at + index) % 4 == 0 {
                for order in [Order::C, Order::Fortran] {
                    layouts.extend(Layout::new(dtype.clone(), *shape, order));
                }
            }
        }
    }
    layouts
}

pub(super) fn describe(layout: &Layout) -> String {
    format!("`{}` of shape {} in order {}", layout.dtype(), layout.shape_text(), layout.order())
}

/// A reader that gives one byte at a time.
struct ByOne<'a>(&'a [u8]);

impl std::io::Read for ByOne<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let len = buf.len().min(1);
        self.0.read(&mut buf[..len])
    }
}
