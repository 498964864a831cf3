//! What the tests share: arrays by formula, a third party's stages, readers that give few bytes at a time.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a test; no file of it uses all of this"
)]

use ndcodec_core::*;
use {ndcodec_base64 as _, ndcodec_chunked as _, ndcodec_filters as _, ndcodec_lz4 as _, ndcodec_zstd as _};

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

static HALVES: StageDescriptor = StageDescriptor::filter("halves", "toys", &|_| Ok(Box::new(Halves)))
    .summary("bytes at even places, then those at odd places")
    .specification("none");

impl ArrayFilter for Halves {
    fn check(&self, dtype: &DType) -> Result<(), ArrayError> {
        match dtype.itemsize() % 2 {
            0 => Ok(()),
            _ => Err(ArrayError::Unsupported { stage: "halves".into(), reason: "an odd itemsize".into() }),
        }
    }

    fn planes(&self, _: &DType) -> usize {
        2
    }

    fn encode(&self, _: &DType, payload: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        let even = payload.iter().step_by(2).chain(payload.iter().skip(1).step_by(2));
        out.iter_mut().zip(even).for_each(|(to, from)| *to = *from);
        Ok(())
    }

    fn decode(&self, _: &DType, filtered: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        let (even, odd) = filtered.split_at(filtered.len().div_ceil(2));
        for (i, to) in out.iter_mut().enumerate() {
            *to = if i % 2 == 0 { even[i / 2] } else { odd[i / 2] };
        }
        Ok(())
    }
}

/// A third party's codec: runs of equal bytes.
#[derive(Debug)]
struct Runs;

static RUNS: StageDescriptor = StageDescriptor::codec("runs", "toys", &|_| Ok(Box::new(Runs)))
    .summary("pairs of a count and a byte")
    .specification("none");

impl Codec for Runs {
    fn encode(&self, input: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        input
            .chunk_by(|a, b| a == b)
            .flat_map(|run| run.chunks(255))
            .try_for_each(|run| out.push(&[u8::try_from(run.len()).unwrap(), run[0]]))
    }

    fn decode(&self, encoded: &[u8], _: &DecodeLimits, out: &mut Output<'_>) -> Result<(), CodecError> {
        let (runs, []) = encoded.as_chunks::<2>() else { return Err(CodecError::truncated("a run")) };
        runs.iter().try_for_each(|[count, byte]| out.push(&vec![*byte; usize::from(*count)]))
    }
}

pub fn register_toys() {
    register(&HALVES).unwrap();
    register(&RUNS).unwrap();
}
