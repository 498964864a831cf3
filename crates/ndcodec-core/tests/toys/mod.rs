//! Small stages to test the core with: a format, filters of every kind, and codecs with and without streams.

use std::sync::Arc;

use ndcodec_core::stream::{BoxSink, BoxSource, Sink, Source};
use ndcodec_core::{
    ArrayError, ArrayFilter, ArrayFormat, BoundFilter, Codec, CodecError, DType, DecodeLimits, Filtered,
    Frame, Front, Header, HeaderContext, HeaderError, Input, Layout, LenClaim, Order, Output, ParamError,
    ParamKind, ParamSpec, Params, Sample, ShapePattern, Sniffed, StageDescriptor,
};

/// `toy`: a line `toy <dtype> <shape> <order> <filters>\n` before the payload, `.` behind it.
pub(crate) static TOY: StageDescriptor =
    StageDescriptor::format("toy", env!("CARGO_PKG_NAME"), &|_| Ok(Arc::new(Toy)))
        .with_summary("a line of text before the payload, a full stop behind it")
        .with_sniff(|sample| sample.bytes.starts_with(b"toy ").then_some(Sniffed::certain("toy")));
ndcodec_core::submit!(TOY);

#[derive(Debug)]
struct Toy;

impl ArrayFormat for Toy {
    fn frame(&self, layout: &Layout, filters: Option<&str>) -> Result<Frame, ArrayError> {
        let filters = filters.unwrap_or("-");
        let head = format!("toy {} {} {} {filters}\n", layout.dtype(), layout.shape_text(), layout.order());
        Ok(Frame::with_head(head.into_bytes()).with_tail(*b"."))
    }

    fn read_header(&self, prefix: &[u8], _: &HeaderContext<'_>) -> Result<Header, HeaderError> {
        let Some(end) = prefix.iter().position(|b| *b == b'\n') else {
            return Err(HeaderError::Incomplete { needed: prefix.len() + 1 });
        };
        let bad = || CodecError::corrupt("this is not a toy");
        let line = std::str::from_utf8(&prefix[..end]).map_err(|_| bad())?;
        let words: Vec<&str> = line.split(' ').collect();
        let ["toy", dtype, shape, order, filters] = words[..] else { return Err(bad().into()) };
        let dtype = DType::parse(dtype).map_err(|error| bad().with_source(error))?;
        let shape = ShapePattern::parse(shape).map_err(CodecError::corrupt)?;
        let order = if order == "F" { Order::Fortran } else { Order::C };
        let filters = if filters == "-" { "" } else { filters };
        Ok(Header::new(dtype, shape, order)?.with_head(end + 1).with_tail(1).with_filters(filters))
    }
}

/// `flip`: turns the bytes of each item around. `rot`: adds a number to each byte.
pub(crate) static FLIP: StageDescriptor =
    StageDescriptor::filter("flip", env!("CARGO_PKG_NAME"), &|_| Ok(Arc::new(Flip)))
        .with_summary("turns the bytes of each item around")
        .named_by_data()
        .with_params(&[ParamSpec::inferred("type", ParamKind::ItemType, "the type of the elements")]);
ndcodec_core::submit!(FLIP);

#[derive(Debug)]
struct Flip;

impl ArrayFilter for Flip {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        match layout.dtype().itemsize() {
            0 => Err(ArrayError::unsupported("flip", "items of no bytes have no sides")),
            1 => Ok(None),
            _ => Ok(Some(Box::new(BoundFlip(layout.clone())))),
        }
    }
}

#[derive(Debug)]
struct BoundFlip(Layout);

impl BoundFilter for BoundFlip {
    fn output(&self) -> Filtered {
        Filtered::Array(self.0.clone())
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let room = out.spare(payload.len())?;
        room.copy_from_slice(payload);
        room.chunks_exact_mut(self.0.dtype().itemsize()).for_each(<[u8]>::reverse);
        out.commit(payload.len())
    }

    fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        payload.copy_from_slice(&parts.concat());
        payload.chunks_exact_mut(self.0.dtype().itemsize()).for_each(<[u8]>::reverse);
        Ok(())
    }
}

/// `rot(by)`: adds a number to each byte.
pub(crate) static ROT: StageDescriptor = StageDescriptor::filter("rot", env!("CARGO_PKG_NAME"), &build_rot)
    .with_summary("adds a number to each byte")
    .named_by_data()
    .with_params(&[ParamSpec::int("by", 0, 255, 1, "the number")]);
ndcodec_core::submit!(ROT);

fn build_rot(params: &Params) -> Result<Arc<dyn ArrayFilter>, ParamError> {
    let by = u8::try_from(params.int("by")).map_err(|_| ParamError::new("by", "does not fit a byte"))?;
    Ok(Arc::new(Rot(by)))
}

#[derive(Debug)]
struct Rot(u8);

impl ArrayFilter for Rot {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        Ok(Some(Box::new(BoundRot { by: self.0, layout: layout.clone() })))
    }
}

#[derive(Debug)]
struct BoundRot {
    by: u8,
    layout: Layout,
}

impl BoundFilter for BoundRot {
    fn output(&self) -> Filtered {
        Filtered::Array(self.layout.clone())
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let room = out.spare(payload.len())?;
        room.iter_mut().zip(payload).for_each(|(to, from)| *to = from.wrapping_add(self.by));
        out.commit(payload.len())
    }

    fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        let filtered = parts.iter().flat_map(|part| part.iter());
        payload.iter_mut().zip(filtered).for_each(|(to, from)| *to = from.wrapping_sub(self.by));
        Ok(())
    }
}

/// `widen`: each byte as two, so that the filtered form is an array of another dtype.
pub(crate) static WIDEN: StageDescriptor =
    StageDescriptor::filter("widen", env!("CARGO_PKG_NAME"), &|_| Ok(Arc::new(Widen)))
        .with_summary("makes two bytes of each")
        .named_by_data();
ndcodec_core::submit!(WIDEN);

#[derive(Debug)]
struct Widen;

impl ArrayFilter for Widen {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        let wide = DType::parse("<u2").map_err(ArrayError::from)?;
        let output = Layout::new(wide, [layout.nbytes()], Order::C)?;
        Ok(Some(Box::new(BoundWiden(output))))
    }
}

#[derive(Debug)]
struct BoundWiden(Layout);

impl BoundFilter for BoundWiden {
    fn output(&self) -> Filtered {
        Filtered::Array(self.0.clone())
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        payload.iter().try_for_each(|byte| out.push(&[*byte, 0]))
    }

    fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        let wide = parts.concat();
        payload.iter_mut().zip(wide.chunks(2)).for_each(|(to, from)| *to = from[0]);
        Ok(())
    }
}

/// `runs`: pairs of a count and a byte, so that the filtered form is bytes whose number depends on the data.
pub(crate) static RUNS: StageDescriptor =
    StageDescriptor::filter("runs", env!("CARGO_PKG_NAME"), &|_| Ok(Arc::new(Runs)))
        .with_summary("pairs of a count and a byte")
        .named_by_data();
ndcodec_core::submit!(RUNS);

#[derive(Debug)]
struct Runs;

impl ArrayFilter for Runs {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        Ok(Some(Box::new(BoundRuns(layout.nbytes()))))
    }
}

#[derive(Debug)]
struct BoundRuns(usize);

impl BoundFilter for BoundRuns {
    fn output(&self) -> Filtered {
        Filtered::Bytes { at_most: 2 * self.0 }
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let runs = payload.chunk_by(|a, b| a == b).flat_map(|run| run.chunks(255));
        runs.map(|run| [u8::try_from(run.len()).unwrap_or(255), run[0]]).try_for_each(|run| out.push(&run))
    }

    fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        let mut rest = payload;
        for run in parts.concat().chunks(2) {
            let [count, byte] = run else { return Err(CodecError::truncated("a run")) };
            let (now, later) = rest
                .split_at_mut_checked(usize::from(*count))
                .ok_or_else(|| CodecError::corrupt("the runs are longer than the array"))?;
            now.fill(*byte);
            rest = later;
        }
        if rest.is_empty() { Ok(()) } else { Err(CodecError::truncated("the runs")) }
    }
}

/// `narrow`: arrays of `<u2` as the width of their elements and an array of that, so that the layout depends on the data.
pub(crate) static NARROW: StageDescriptor =
    StageDescriptor::filter("narrow", env!("CARGO_PKG_NAME"), &|_| Ok(Arc::new(Narrow)))
        .with_summary("takes one byte for each element, if that is enough")
        .named_by_data();
ndcodec_core::submit!(NARROW);

#[derive(Debug)]
struct Narrow;

impl ArrayFilter for Narrow {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        let is_wide = layout.dtype().to_string() == "<u2";
        Ok(if is_wide { Some(Box::new(BoundNarrow(layout.clone()))) } else { None })
    }
}

#[derive(Debug)]
struct BoundNarrow(Layout);

impl BoundFilter for BoundNarrow {
    fn output(&self) -> Filtered {
        Filtered::Fronted { at_most: 1, widest: self.0.clone() }
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let is_narrow = payload.chunks(2).all(|element| element[1] == 0);
        out.push(if is_narrow { &[1] } else { &[2] })?;
        if !is_narrow {
            return out.push(payload);
        }
        payload.chunks(2).try_for_each(|element| out.push(&element[..1]))
    }

    fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        let [[width], array] = parts else { return Err(CodecError::corrupt("the front is not a byte")) };
        payload.fill(0);
        let elements = array.chunks(usize::from(*width));
        payload.chunks_mut(2).zip(elements).for_each(|(to, from)| to[..from.len()].copy_from_slice(from));
        Ok(())
    }

    fn read_front(&self, filtered: &[u8]) -> Result<Front, CodecError> {
        let dtype = match filtered.first() {
            Some(1) => "|u1",
            Some(2) => "<u2",
            Some(other) => return Err(CodecError::corrupt(format!("a width of {other} bytes"))),
            None => return Err(CodecError::truncated("the width")),
        };
        let layout = DType::parse(dtype).map_err(ArrayError::from);
        let layout = layout.and_then(|dtype| Layout::new(dtype, self.0.shape(), self.0.order()));
        let layout = layout.map_err(|error| CodecError::internal("no layout").with_source(error))?;
        Ok(Front::new(1, layout))
    }
}

/// `parted`: of elements of three bytes, the first two and the third, each as an array of its own.
pub(crate) static PARTED: StageDescriptor =
    StageDescriptor::filter("parted", env!("CARGO_PKG_NAME"), &|_| Ok(Arc::new(Parted)))
        .with_summary("makes two arrays of elements of three bytes")
        .named_by_data();
ndcodec_core::submit!(PARTED);

#[derive(Debug)]
struct Parted;

impl ArrayFilter for Parted {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        if layout.dtype().itemsize() != 3 {
            return Ok(None);
        }
        let array = |dtype| Layout::new(DType::parse(dtype)?, layout.shape(), layout.order());
        let arrays = vec![array("<u2")?, array("|i1")?];
        Ok(Some(Box::new(BoundParted { itemsize: layout.dtype().itemsize(), arrays })))
    }
}

#[derive(Debug)]
struct BoundParted {
    itemsize: usize,
    arrays: Vec<Layout>,
}

impl BoundFilter for BoundParted {
    fn output(&self) -> Filtered {
        Filtered::Arrays(self.arrays.clone())
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let mut at = 0;
        for array in &self.arrays {
            let width = array.dtype().itemsize();
            payload.chunks(self.itemsize).try_for_each(|element| out.push(&element[at..at + width]))?;
            at += width;
        }
        Ok(())
    }

    fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        let mut at = 0;
        for (array, part) in self.arrays.iter().zip(parts) {
            let width = array.dtype().itemsize();
            for (to, from) in payload.chunks_mut(self.itemsize).zip(part.chunks(width)) {
                to[at..at + width].copy_from_slice(from);
            }
            at += width;
        }
        Ok(())
    }
}

/// `mark`: `<`, the bytes, `>`. Has nothing but the two methods a codec must have.
pub(crate) static MARK: StageDescriptor =
    StageDescriptor::codec("mark", env!("CARGO_PKG_NAME"), &|_| Ok(Arc::new(Mark)))
        .with_summary("puts the bytes between `<` and `>`")
        .with_sniff(|sample: &Sample<'_>| sample.bytes.starts_with(b"<").then_some(Sniffed::certain("mark")));
ndcodec_core::submit!(MARK);

#[derive(Debug)]
struct Mark;

impl Codec for Mark {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        out.push(b"<")?;
        input.parts().iter().try_for_each(|part| out.push(part))?;
        out.push(b">")
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        match encoded {
            [b'<', inside @ .., b'>'] => out.push(inside),
            _ => Err(CodecError::truncated("the marks")),
        }
    }
}

/// `liar(says)`: the bytes as they are, with a claim that may be false. Streams.
pub(crate) static LIAR: StageDescriptor = StageDescriptor::codec("liar", env!("CARGO_PKG_NAME"), &build_liar)
    .with_summary("leaves the bytes as they are and lies about them")
    .with_params(&[ParamSpec::int("says", 0, i64::MAX, 0, "the length it claims")])
    .streaming();
ndcodec_core::submit!(LIAR);

fn build_liar(params: &Params) -> Result<Arc<dyn Codec>, ParamError> {
    Ok(Arc::new(Liar(params.int("says").unsigned_abs())))
}

#[derive(Debug)]
struct Liar(u64);

impl Codec for Liar {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        out.push(&input.to_bytes())
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        out.push(encoded)
    }

    fn claimed_len(&self, _: &[u8]) -> LenClaim {
        LenClaim::Exact(self.0)
    }

    fn encoder<'s>(self: Arc<Self>, _: Option<u64>, next: BoxSink<'s>) -> Result<BoxSink<'s>, CodecError> {
        struct Through<'s>(BoxSink<'s>);
        impl Sink for Through<'_> {
            fn write(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
                self.0.write(bytes)
            }
            fn finish(self: Box<Self>) -> Result<(), CodecError> {
                self.0.finish()
            }
        }
        Ok(Box::new(Through(next)))
    }

    fn decoder<'s>(
        self: Arc<Self>,
        source: BoxSource<'s>,
        _: &DecodeLimits,
    ) -> Result<BoxSource<'s>, CodecError> {
        struct Through<'s>(BoxSource<'s>);
        impl Source for Through<'_> {
            fn read(&mut self, buf: &mut [u8]) -> Result<usize, CodecError> {
                self.0.read(buf)
            }
        }
        Ok(Box::new(Through(source)))
    }
}

/// Two stages of one name, as when two packages bring them.
pub(crate) static TWIN: StageDescriptor =
    StageDescriptor::codec("twin", "first-package", &|_| Ok(Arc::new(Mark)));
ndcodec_core::submit!(TWIN);
pub(crate) static OTHER_TWIN: StageDescriptor =
    StageDescriptor::codec("twin", "second-package", &|_| Ok(Arc::new(Mark)));
ndcodec_core::submit!(OTHER_TWIN);
