//! Small stages to test the core with: a format, two filters, and codecs with and without streams.

use ndcodec_core::stream::{BoxSink, BoxSource, Sink, Source};
use ndcodec_core::{
    ArrayError, ArrayFilter, ArrayFormat, Codec, CodecError, DType, DecodeLimits, Frame, Header, HeaderError,
    Layout, LenClaim, Order, Output, ParamError, ParamKind, ParamSpec, Params, Sample, ShapePattern, Sniffed,
    StageDescriptor,
};

/// `toy`: a line `toy <dtype> <shape> <order> <filters>\n` before the payload, `.` behind it.
pub(crate) static TOY: StageDescriptor =
    StageDescriptor::format("toy", env!("CARGO_PKG_NAME"), &|_| Ok(Box::new(Toy)))
        .summary("a line of text before the payload, a full stop behind it")
        .sniff(|sample| {
            sample.bytes.starts_with(b"toy ").then_some(Sniffed { stage: "toy", is_certain: true })
        });
ndcodec_core::submit!(TOY);

#[derive(Debug)]
struct Toy;

impl ArrayFormat for Toy {
    fn frame(&self, layout: &Layout, filters: Option<&str>) -> Result<Frame, ArrayError> {
        let filters = filters.unwrap_or("-");
        let head = format!("toy {} {} {} {filters}\n", layout.dtype(), layout.shape_text(), layout.order());
        Ok(Frame { head: head.into_bytes().into(), tail: b".".to_vec() })
    }

    fn read_header(&self, prefix: &[u8], _: &DecodeLimits) -> Result<Header, HeaderError> {
        let Some(end) = prefix.iter().position(|b| *b == b'\n') else {
            return Err(HeaderError::Incomplete { needed: prefix.len() + 1 });
        };
        let bad = || CodecError::corrupt("this is no toy");
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
    StageDescriptor::filter("flip", env!("CARGO_PKG_NAME"), &|_| Ok(Box::new(Flip)))
        .summary("turns the bytes of each item around")
        .params(&[ParamSpec::inferred("type", ParamKind::ItemType, "the type of the elements")]);
ndcodec_core::submit!(FLIP);

#[derive(Debug)]
struct Flip;

impl ArrayFilter for Flip {
    fn check(&self, dtype: &DType) -> Result<(), ArrayError> {
        match dtype.itemsize() {
            0 => Err(ArrayError::Unsupported {
                stage: "flip".into(),
                reason: "items of no bytes have no sides".into(),
            }),
            _ => Ok(()),
        }
    }

    fn encode(&self, dtype: &DType, payload: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        out.copy_from_slice(payload);
        out.chunks_exact_mut(dtype.itemsize()).for_each(<[u8]>::reverse);
        Ok(())
    }

    fn decode(&self, dtype: &DType, filtered: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        self.encode(dtype, filtered, out)
    }
}

/// `rot(by)`: adds a number to each byte.
pub(crate) static ROT: StageDescriptor = StageDescriptor::filter("rot", env!("CARGO_PKG_NAME"), &build_rot)
    .summary("adds a number to each byte")
    .params(&[ParamSpec::int("by", 0, 255, 1, "the number")]);
ndcodec_core::submit!(ROT);

fn build_rot(params: &Params) -> Result<Box<dyn ArrayFilter>, ParamError> {
    let by = u8::try_from(params.int("by")).map_err(|_| ParamError::new("by", "does not fit a byte"))?;
    Ok(Box::new(Rot(by)))
}

#[derive(Debug)]
struct Rot(u8);

impl ArrayFilter for Rot {
    fn check(&self, _: &DType) -> Result<(), ArrayError> {
        Ok(())
    }

    fn encode(&self, _: &DType, payload: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        out.iter_mut().zip(payload).for_each(|(to, from)| *to = from.wrapping_add(self.0));
        Ok(())
    }

    fn decode(&self, _: &DType, filtered: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        out.iter_mut().zip(filtered).for_each(|(to, from)| *to = from.wrapping_sub(self.0));
        Ok(())
    }
}

/// `mark`: `<`, the bytes, `>`. Has nothing but the two methods a codec must have.
pub(crate) static MARK: StageDescriptor =
    StageDescriptor::codec("mark", env!("CARGO_PKG_NAME"), &|_| Ok(Box::new(Mark)))
        .summary("puts the bytes between `<` and `>`")
        .sniff(|sample: &Sample<'_>| {
            sample.bytes.starts_with(b"<").then_some(Sniffed { stage: "mark", is_certain: true })
        });
ndcodec_core::submit!(MARK);

#[derive(Debug)]
struct Mark;

impl Codec for Mark {
    fn encode(&self, input: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        out.push(b"<")?;
        out.push(input)?;
        out.push(b">")
    }

    fn decode(&self, encoded: &[u8], _: &DecodeLimits, out: &mut Output<'_>) -> Result<(), CodecError> {
        match encoded {
            [b'<', inside @ .., b'>'] => out.push(inside),
            _ => Err(CodecError::truncated("the marks")),
        }
    }
}

/// `liar(says)`: the bytes as they are, with a claim that may be false. Streams.
pub(crate) static LIAR: StageDescriptor = StageDescriptor::codec("liar", env!("CARGO_PKG_NAME"), &build_liar)
    .summary("leaves the bytes as they are and lies about them")
    .params(&[ParamSpec::int("says", 0, i64::MAX, 0, "the length it claims")])
    .streams();
ndcodec_core::submit!(LIAR);

fn build_liar(params: &Params) -> Result<Box<dyn Codec>, ParamError> {
    Ok(Box::new(Liar(params.int("says").unsigned_abs())))
}

#[derive(Debug)]
struct Liar(u64);

impl Codec for Liar {
    fn encode(&self, input: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        out.push(input)
    }

    fn decode(&self, encoded: &[u8], _: &DecodeLimits, out: &mut Output<'_>) -> Result<(), CodecError> {
        out.push(encoded)
    }

    fn claimed_len(&self, _: &[u8]) -> LenClaim {
        LenClaim::Exact(self.0)
    }

    fn encoder<'s>(&'s self, _: Option<u64>, next: BoxSink<'s>) -> Result<BoxSink<'s>, CodecError> {
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

    fn decoder<'s>(&'s self, source: BoxSource<'s>, _: &DecodeLimits) -> Result<BoxSource<'s>, CodecError> {
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
    StageDescriptor::codec("twin", "first-package", &|_| Ok(Box::new(Mark)));
ndcodec_core::submit!(TWIN);
pub(crate) static OTHER_TWIN: StageDescriptor =
    StageDescriptor::codec("twin", "second-package", &|_| Ok(Box::new(Mark)));
ndcodec_core::submit!(OTHER_TWIN);
