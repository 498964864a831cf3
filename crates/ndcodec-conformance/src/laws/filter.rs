//! The laws of filters that take their type from the array.

use ndcodec_core::{ArrayFilter, BoundFilter, Buffer, CodecError, DType, Filtered, Layout, Order, Output};

use super::data::{Random, damaged};
use super::format::describe;
use super::subject::{DECODES, ENCODES, Hex, fail};

/// What is expected of output that held something else before.
const ALL: &str = "that all of them are, whatever stood there";

/// Every law of filters, on a filter in the chain language.
///
/// It may refuse some dtypes and shapes, not all.
///
/// # Panics
/// If a law is broken.
pub fn check(text: &str, is_lossy: bool) {
    let filter = super::built(text, ndcodec_core::build_filter(text));
    let layouts = layouts();
    let accepted: Vec<&Layout> = layouts.iter().filter(|layout| filter.bind(layout).is_ok()).collect();
    if accepted.is_empty() {
        fail(text, "round_trip", "every dtype and shape", "it is refused", "some that it takes");
    }
    for layout in accepted {
        round_trip(text, &*filter, layout, is_lossy);
        planes(text, &*filter, layout, is_lossy);
        front(text, &*filter, layout);
        foreign_bytes(text, &*filter, layout);
    }
}

/// A payload is filtered into what was promised, all of it written, and comes back. A filter that is bound to one layout
/// does not depend on what it was bound to before.
pub fn round_trip(text: &str, filter: &dyn ArrayFilter, layout: &Layout, is_lossy: bool) {
    const LAW: &str = "round_trip";
    let case = describe(layout);
    let Ok(Some(bound)) = filter.bind(layout) else { return };
    let payload = Random::new(10).bytes(layout.nbytes());
    // What stood in the output before must make no difference.
    let [filtered, again] = [0x55, 0xaa].map(|before| {
        let mut buffer = Buffer::from(&vec![before; 2 * layout.nbytes() + 64][..]);
        buffer.clear();
        let mut out = Output::to_buffer(&mut buffer);
        match bound.forward(&payload, &mut out) {
            Ok(()) => drop(out.finish()),
            Err(error) => fail(text, LAW, &case, format_args!("it does not encode: {error}"), ENCODES),
        }
        buffer
    });
    if filtered != again {
        fail(text, LAW, case, "not every byte is written in encoding", ALL);
    }
    let output = bound.output();
    let is_known = output.known_len().is_none_or(|known| filtered.len() == known);
    if !is_known || filtered.len() > output.max_len() {
        let (made, promised) = (filtered.len(), bound.output().max_len());
        fail(text, LAW, case, format_args!("it makes {made} bytes"), format_args!("{promised}, as promised"));
    }
    let parts = match parts(&*bound, &filtered) {
        Ok(parts) => parts,
        Err(error) => {
            fail(text, LAW, &case, format_args!("the front that it wrote is not read: {error}"), DECODES)
        }
    };
    comes_back(text, LAW, &case, &*bound, &parts, &payload, is_lossy);
}

/// What a filter is given to undo: one piece, each of several arrays, or front and array.
fn parts<'f>(bound: &dyn BoundFilter, filtered: &'f [u8]) -> Result<Vec<&'f [u8]>, CodecError> {
    let lens: Vec<usize> = match bound.output() {
        Filtered::Arrays(layouts) => layouts.iter().map(Layout::nbytes).collect(),
        Filtered::Fronted { .. } => {
            let front = bound.read_front(filtered)?;
            vec![front.len, front.layout.nbytes()]
        }
        _ => return Ok(vec![filtered]),
    };
    let (mut parts, mut rest) = (Vec::new(), filtered);
    for len in lens {
        let (part, after) = rest.split_at_checked(len).ok_or_else(|| CodecError::truncated("a part"))?;
        parts.push(part);
        rest = after;
    }
    if rest.is_empty() { Ok(parts) } else { Err(CodecError::trailing(rest.len(), "the parts")) }
}

/// A front tells its length and the layout of the array behind it, whatever follows it; a part of it is an error; and what
/// anyone may have made of it claims no more than the filter promised, makes no room for more, and does not panic.
pub fn front(text: &str, filter: &dyn ArrayFilter, layout: &Layout) {
    const LAW: &str = "front";
    let case = describe(layout);
    let Ok(Some(bound)) = filter.bind(layout) else { return };
    let Filtered::Fronted { at_most, widest } = bound.output() else { return };
    let random = &mut Random::new(14);
    // Noise, and few values, of which a filter may make more.
    for mask in [0xff, 0x01] {
        let payload: Vec<u8> = random.bytes(layout.nbytes()).iter().map(|byte| byte & mask).collect();
        let mut filtered = Vec::new();
        let mut out = Output::to_vec(&mut filtered);
        if let Err(error) = bound.forward(&payload, &mut out) {
            fail(text, LAW, &case, format_args!("it does not encode: {error}"), ENCODES);
        }
        out.finish();
        let front = match bound.read_front(&filtered) {
            Ok(front) => front,
            Err(error) => {
                fail(text, LAW, &case, format_args!("the front that it wrote is not read: {error}"), DECODES)
            }
        };
        let (len, array) = (front.len, front.layout.nbytes());
        if len.checked_add(array) != Some(filtered.len()) {
            let made = filtered.len();
            let message = format_args!("the front says {len} bytes, and {array} of the array");
            fail(text, LAW, &case, message, format_args!("{made} in all"));
        }
        if bound.read_front(&filtered[..len]).ok().as_ref() != Some(&front) {
            let found = "a front alone says something else than with its array";
            fail(text, LAW, &case, found, format_args!("{front:?}"));
        }
        if let Some(cut) =
            (0..len).find(|cut| bound.read_front(&filtered[..*cut]).is_ok_and(|it| it.len <= *cut))
        {
            fail(
                text,
                LAW,
                &case,
                format_args!("the first {cut} bytes of a front of {len} are taken for whole"),
                "an error",
            );
        }
        for _ in 0..200 {
            let front_bytes = damaged(&filtered[..len], random);
            let Ok(front) = bound.read_front(&[&*front_bytes, &filtered[len..]].concat()) else { continue };
            let (len, array) = (front.len, front.layout.nbytes());
            if len > at_most || array > widest.nbytes() {
                let case = format!("{case}, a front of {}", Hex(&front_bytes));
                let most = widest.nbytes();
                let message = format_args!("it claims {len} bytes and {array} of the array");
                fail(text, LAW, case, message, format_args!("{at_most} and {most} at most"));
            }
            let Some(front_bytes) = front_bytes.get(..len) else { continue };
            writes_all(text, &*bound, layout, &[front_bytes, &random.bytes(array)]);
        }
    }
}

/// The parts that a filter says its filtered form consists of are that many, of equal length, and undone from them the
/// payload comes back: a container that encodes them one by one would lose the array otherwise.
pub fn planes(text: &str, filter: &dyn ArrayFilter, layout: &Layout, is_lossy: bool) {
    const LAW: &str = "planes";
    let case = describe(layout);
    let Ok(Some(bound)) = filter.bind(layout) else { return };
    let planes = bound.planes();
    if planes == 0 {
        fail(text, LAW, case, "the filtered form consists of 0 parts", "1 at least");
    }
    let payload = Random::new(12).bytes(layout.nbytes());
    let mut filtered = Vec::new();
    let mut out = Output::to_vec(&mut filtered);
    if let Err(error) = bound.forward(&payload, &mut out) {
        fail(text, LAW, case, format_args!("it does not encode: {error}"), ENCODES);
    }
    out.finish();
    if planes == 1 || filtered.is_empty() {
        return;
    }
    if !matches!(bound.output(), Filtered::Array(_) | Filtered::Bytes { .. }) {
        fail(
            text,
            LAW,
            case,
            format_args!("several arrays, or one behind a front, cannot be {planes} planes"),
            "1 plane, an array, or bytes",
        );
    }
    if !filtered.len().is_multiple_of(planes) {
        let len = filtered.len();
        let found = format_args!("{len} bytes do not fall into {planes} parts of equal length");
        fail(text, LAW, case, found, format_args!("a multiple of {planes} bytes"));
    }
    let parts: Vec<&[u8]> = filtered.chunks(filtered.len() / planes).collect();
    comes_back(text, LAW, &format!("{case}, {planes} parts"), &*bound, &parts, &payload, is_lossy);
}

/// No bytes make a filter panic, and what does not fail is written in full.
pub fn foreign_bytes(text: &str, filter: &dyn ArrayFilter, layout: &Layout) {
    let Ok(Some(bound)) = filter.bind(layout) else { return };
    let random = &mut Random::new(13);
    for _ in 0..8 {
        let len = match bound.output().known_len() {
            Some(len) => len,
            None => random.below(bound.output().max_len() + 1),
        };
        let bytes = random.bytes(len);
        if let Ok(parts) = parts(&*bound, &bytes) {
            writes_all(text, &*bound, layout, &parts);
        }
    }
}

fn writes_all(text: &str, bound: &dyn BoundFilter, layout: &Layout, parts: &[&[u8]]) {
    let [a, b] = [0x55, 0xaa].map(|before| {
        let mut payload = vec![before; layout.nbytes()];
        bound.backward(parts, &mut payload).is_ok().then_some(payload)
    });
    if a != b {
        let case = format!("{}, undone from {}", describe(layout), Hex(&parts.concat()));
        fail(text, "foreign_bytes", case, "not every byte is written in decoding", ALL);
    }
}

fn comes_back(
    text: &str,
    law: &str,
    case: &str,
    bound: &dyn BoundFilter,
    parts: &[&[u8]],
    payload: &[u8],
    is_lossy: bool,
) {
    let decoded = [0x55, 0xaa].map(|before| {
        let mut decoded = vec![before; payload.len()];
        match bound.backward(parts, &mut decoded) {
            Ok(()) => decoded,
            Err(error) => fail(text, law, case, format_args!("it does not decode: {error}"), DECODES),
        }
    });
    if decoded[0] != decoded[1] {
        fail(text, law, case, "not every byte is written in decoding", ALL);
    }
    if !is_lossy && decoded[0] != payload {
        let is = Hex(&decoded[0]);
        fail(text, law, case, format_args!("{is} come back"), Hex(payload));
    }
}

/// Every kind of dtype, in runs of any length, and in some shapes and both orders.
fn layouts() -> Vec<Layout> {
    const DTYPES: &[&str] = &[
        "|b1",
        "|u1",
        "|i1",
        "<i2",
        ">u2",
        "<i4",
        ">u4",
        "<i8",
        ">u8",
        "<f2",
        "<f4",
        ">f8",
        "<c8",
        ">c16",
        "<M8[ns]",
        "|S3",
        "<U2",
        "|V5",
        "|V0",
        "[('a', '<i4'), ('', '|V1'), ('b', '>f8')]",
    ];
    let shapes: [&[usize]; 11] =
        [&[0], &[1], &[2], &[7], &[8], &[31], &[1000], &[], &[3, 5], &[4, 0, 2], &[2, 3, 4]];
    let mut layouts = Vec::new();
    for dtype in DTYPES {
        let dtype = DType::parse(dtype).expect("the laws' dtypes are right");
        for shape in shapes {
            for order in [Order::C, Order::Fortran] {
                if order == Order::C || shape.len() > 1 {
                    layouts.extend(Layout::new(dtype.clone(), shape, order));
                }
            }
        }
    }
    layouts
}
