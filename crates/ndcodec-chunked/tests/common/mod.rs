//! What the tests share: arrays by formula, a third party's stages, readers that give few bytes at a time.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a test; no file of it uses all of this"
)]

use std::sync::Arc;

use ndcodec_core::*;
use {
    ndcodec_base64 as _, ndcodec_chunked as _, ndcodec_filters as _, ndcodec_lz4 as _, ndcodec_pco as _,
    ndcodec_sparse as _, ndcodec_zstd as _,
};

/// How an array's bytes come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Low bytes of noise, high bytes that repeat, as measured numbers.
    Measured,
    Noise,
    Zeros,
}

/// `len` bytes of a kind. Integers only, so that they are the same everywhere.
pub fn bytes(kind: Kind, len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    match kind {
        Kind::Zeros => vec![0; len],
        Kind::Noise => std::iter::repeat_with(|| next().to_be_bytes()[0]).take(len).collect(),
        Kind::Measured => {
            let words = (0..u64::MAX).map(|i| 0x4008_0000_0000_0000 | ((i / 5) << 24) | (next() & 0xff_ffff));
            words.flat_map(u64::to_le_bytes).take(len).collect()
        }
    }
}

pub fn layout(dtype: &str, shape: &[usize], order: Order) -> Layout {
    Layout::new(DType::parse(dtype).unwrap(), shape, order).unwrap()
}

pub fn array(dtype: &str, shape: &[usize], order: Order, kind: Kind) -> Array {
    let layout = layout(dtype, shape, order);
    let payload = Buffer::from(&bytes(kind, layout.nbytes())[..]);
    Array::new(layout, payload).unwrap()
}

pub fn chain(text: &str) -> Chain {
    Chain::parse(text).unwrap()
}

/// A reader that gives at most so many bytes at a time.
pub struct Few<'a>(pub &'a [u8], pub usize);

impl std::io::Read for Few<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let len = buf.len().min(self.1);
        self.0.read(&mut buf[..len])
    }
}

/// A third party's filter: bytes at even places, then those at odd places, as two planes.
#[derive(Debug)]
struct Halves;

static HALVES: StageDescriptor = StageDescriptor::filter("halves", "toys", &|_| Ok(Arc::new(Halves)))
    .with_summary("bytes at even places, then those at odd places")
    .with_specification("none")
    .named_by_data();

impl ArrayFilter for Halves {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        match layout.dtype().itemsize() % 2 {
            0 => Ok(Some(Box::new(BoundHalves(layout.clone())))),
            _ => Err(ArrayError::unsupported("halves", "an odd itemsize")),
        }
    }
}

#[derive(Debug)]
struct BoundHalves(Layout);

impl BoundFilter for BoundHalves {
    fn output(&self) -> Filtered {
        Filtered::Array(self.0.clone())
    }

    fn planes(&self) -> usize {
        2
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let even = payload.iter().step_by(2).chain(payload.iter().skip(1).step_by(2));
        out.push(&even.copied().collect::<Vec<u8>>())
    }

    fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        let filtered = parts.concat();
        let (even, odd) = filtered.split_at(filtered.len().div_ceil(2));
        for (i, to) in payload.iter_mut().enumerate() {
            *to = if i % 2 == 0 { even[i / 2] } else { odd[i / 2] };
        }
        Ok(())
    }
}

/// A third party's codec: runs of equal bytes.
#[derive(Debug)]
struct Runs;

pub const RUNS_STAGE: &StageDescriptor = &RUNS;

static RUNS: StageDescriptor = StageDescriptor::codec("runs", "toys", &|_| Ok(Arc::new(Runs)))
    .with_summary("pairs of a count and a byte")
    .with_specification("none")
    .named_by_data();

impl Codec for Runs {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        input
            .to_bytes()
            .chunk_by(|a, b| a == b)
            .flat_map(|run| run.chunks(255))
            .try_for_each(|run| out.push(&[u8::try_from(run.len()).unwrap(), run[0]]))
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let (runs, []) = encoded.as_chunks::<2>() else { return Err(CodecError::truncated("a run")) };
        runs.iter().try_for_each(|[count, byte]| out.push(&vec![*byte; usize::from(*count)]))
    }
}

/// A third party's filters that give another array, or bytes of any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rewrite {
    /// Each byte as two.
    Widen,
    /// Pairs of a count and a byte.
    Count,
}

static WIDEN: StageDescriptor = StageDescriptor::filter("widen", "toys", &|_| Ok(Arc::new(Rewrite::Widen)))
    .with_summary("each byte as two")
    .named_by_data();
static COUNT: StageDescriptor = StageDescriptor::filter("count", "toys", &|_| Ok(Arc::new(Rewrite::Count)))
    .with_summary("pairs of a count and a byte")
    .named_by_data();

impl ArrayFilter for Rewrite {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        let wide = Layout::new(DType::parse("<u2")?, [layout.nbytes()], Order::C)?;
        Ok(Some(Box::new(BoundRewrite { rewrite: *self, wide })))
    }
}

#[derive(Debug)]
struct BoundRewrite {
    rewrite: Rewrite,
    wide: Layout,
}

impl BoundFilter for BoundRewrite {
    fn output(&self) -> Filtered {
        match self.rewrite {
            Rewrite::Widen => Filtered::Array(self.wide.clone()),
            Rewrite::Count => Filtered::Bytes { at_most: self.wide.nbytes() },
        }
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        match self.rewrite {
            Rewrite::Widen => payload.iter().try_for_each(|byte| out.push(&[*byte, 0])),
            Rewrite::Count => Runs.encode(&Input::new(&[payload]), out),
        }
    }

    fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        let filtered = parts.concat();
        if self.rewrite == Rewrite::Widen {
            payload.iter_mut().zip(filtered.chunks(2)).for_each(|(to, from)| *to = from[0]);
            return Ok(());
        }
        let len = payload.len();
        let mut out = Output::to_slice(payload);
        Runs.decode(&filtered, &mut out)?;
        if out.finish() == len { Ok(()) } else { Err(CodecError::truncated("the runs")) }
    }
}

/// A third party's codec that panics on one byte, in encoding or, behind a mark, in decoding.
#[derive(Debug)]
struct Panics;

static PANICS: StageDescriptor = StageDescriptor::codec("panics", "toys", &|_| Ok(Arc::new(Panics)))
    .with_summary("panics on what it does not like")
    .named_by_data();

/// What `panics` does not like to encode, and to decode.
pub const DISLIKED: [u8; 2] = [0xee, 0xdd];

impl Codec for Panics {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        let input = input.to_bytes();
        assert!(!input.contains(&DISLIKED[0]), "a byte that it does not like");
        let runs = input.chunk_by(|a, b| a == b).flat_map(|run| run.chunks(255));
        runs.map(|run| [u8::try_from(run.len()).unwrap(), run[0]]).try_for_each(|run| out.push(&run))
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        assert!(!encoded.contains(&DISLIKED[1]), "a byte that it does not like");
        Runs.decode(encoded, out)
    }
}

pub fn register_toys() {
    [&HALVES, &RUNS, &WIDEN, &COUNT, &PANICS].into_iter().for_each(|stage| register(stage).unwrap());
}
