//! Numbers as they stand in a payload, into pco's files and back.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytemuck::Pod;
use half::f16;
use ndcodec_core::{Buffer, ByteOrder, CodecError, DType, ErrorKind, Extension, Kind, Output, Pool};
use pco::data_types::Number;
use pco::errors::{ErrorKind as PcoErrorKind, PcoError, PcoResult};
use pco::standalone::{
    ChunkDecompressor, DecompressorItem, FileDecompressor, guarantee, simple_compress_into,
};
use pco::{ChunkConfig, DEFAULT_MAX_PAGE_N, DeltaSpec, FULL_BATCH_N, ModeSpec};

use crate::claims;

/// What the elements of an array are to pco.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbers {
    kind: NumberKind,
    /// Whether their bytes stand in the other order than this machine's.
    is_swapped: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NumberKind {
    U8,
    I8,
    U16,
    I16,
    F16,
    U32,
    I32,
    F32,
    U64,
    I64,
    F64,
}

/// Calls a function of one type parameter with the type of some numbers.
macro_rules! with_type {
    ($kind:expr, $call:ident($($arg:expr),*)) => {
        match $kind {
            NumberKind::U8 => $call::<u8>($($arg),*),
            NumberKind::I8 => $call::<i8>($($arg),*),
            NumberKind::U16 => $call::<u16>($($arg),*),
            NumberKind::I16 => $call::<i16>($($arg),*),
            NumberKind::F16 => $call::<f16>($($arg),*),
            NumberKind::U32 => $call::<u32>($($arg),*),
            NumberKind::I32 => $call::<i32>($($arg),*),
            NumberKind::F32 => $call::<f32>($($arg),*),
            NumberKind::U64 => $call::<u64>($($arg),*),
            NumberKind::I64 => $call::<i64>($($arg),*),
            NumberKind::F64 => $call::<f64>($($arg),*),
        }
    };
}

impl Numbers {
    /// The numbers that elements of this dtype are, if they are any.
    pub(crate) fn of(dtype: &DType) -> Option<Self> {
        use NumberKind::{F16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};

        let kind = match (dtype.kind(), dtype.itemsize()) {
            (Kind::Bool, _) | (Kind::UInt, 1) => U8,
            (Kind::UInt, 2) | (Kind::Extension(Extension::BFloat16), _) => U16,
            (Kind::UInt, 4) => U32,
            (Kind::UInt, 8) => U64,
            (Kind::Int, 1) => I8,
            (Kind::Int, 2) => I16,
            (Kind::Int, 4) => I32,
            (Kind::Int, 8) | (Kind::DateTime(_) | Kind::TimeDelta(_), 8) => I64,
            (Kind::Float, 2) => F16,
            (Kind::Float, 4) | (Kind::Complex, 8) => F32,
            (Kind::Float, 8) | (Kind::Complex, 16) => F64,
            _ => return None,
        };
        let is_swapped = match dtype.byte_order() {
            ByteOrder::Little => cfg!(target_endian = "big"),
            ByteOrder::Big => cfg!(target_endian = "little"),
            _ => false,
        };
        Some(Self { kind, is_swapped })
    }

    /// The bytes of a number; a complex one is two.
    pub(crate) fn itemsize(self) -> usize {
        with_type!(self.kind, size_of())
    }

    /// The most bytes of the file of `len` bytes of numbers.
    pub(crate) fn max_encoded_len(self, len: usize) -> Option<usize> {
        with_type!(self.kind, file_size(len / self.itemsize()))
    }
}

/// As `guarantee::file_size`, which makes a list of all chunks to add them up.
fn file_size<T: Number>(count: usize) -> Option<usize> {
    let of_chunk = guarantee::chunk_size::<T::L>(count.min(DEFAULT_MAX_PAGE_N));
    let chunks = count.div_ceil(DEFAULT_MAX_PAGE_N).checked_mul(of_chunk)?;
    guarantee::header_size().checked_add(chunks)?.checked_add(1)
}

/// How much work goes into encoding. Decoding does not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Effort {
    /// From 0 to 12.
    pub level: usize,
    /// What numbers are compared with.
    pub delta: Delta,
    /// What numbers are taken for.
    pub mode: Mode,
}

/// What each number is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delta {
    /// What a sample suggests: looking for it is a third to half of the work.
    Auto,
    /// With nothing.
    None,
    /// The one before.
    Consecutive,
    /// Any of those before: slow to encode.
    Lookback,
}

/// What the numbers are taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// What a sample suggests: multiples of some number, numbers of few bits, or themselves.
    Auto,
    /// Themselves.
    Classic,
}

impl Effort {
    /// This level, from 0 to 12, of work on these.
    pub const fn new(level: usize, delta: Delta, mode: Mode) -> Self {
        Self { level, delta, mode }
    }

    fn config(self) -> ChunkConfig {
        let config = ChunkConfig::default().with_compression_level(self.level).with_enable_8_bit(true);
        let config = config.with_delta_spec(match self.delta {
            Delta::Auto => DeltaSpec::Auto,
            Delta::None => DeltaSpec::NoOp,
            Delta::Consecutive => DeltaSpec::TryConsecutive(1),
            Delta::Lookback => DeltaSpec::TryLookback,
        });
        match self.mode {
            Mode::Auto => config,
            Mode::Classic => config.with_mode_spec(ModeSpec::Classic),
        }
    }
}

/// Encoding and decoding of numbers of one type, with the memory for it.
#[derive(Debug)]
pub(crate) struct Work {
    numbers: Numbers,
    effort: Effort,
    aligned: Pool<Buffer>,
}

impl Work {
    pub(crate) fn new(numbers: Numbers, effort: Effort) -> Self {
        Self { numbers, effort, aligned: Pool::of_buffers() }
    }

    pub(crate) fn numbers(&self) -> Numbers {
        self.numbers
    }

    /// Appends the file of the numbers in `payload`, which are whole.
    pub(crate) fn encode(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let mut buffer = self.aligned.buffer();
        let is_aligned = !self.numbers.is_swapped && payload.as_ptr().align_offset(size_of::<u64>()) == 0;
        let payload = if is_aligned {
            payload
        } else {
            buffer.extend_from_slice(payload);
            self.swap(&mut buffer);
            &*buffer
        };
        let mut writer = Writer { out, failed: None };
        let config = self.effort.config();
        let done = guard(|| with_type!(self.numbers.kind, encode(payload, &config, &mut writer)));
        match (writer.failed, done) {
            (Some(error), _) => Err(error),
            (None, Err(error)) => {
                Err(CodecError::internal("pco cannot encode these numbers").with_source(error))
            }
            (None, Ok(())) => Ok(()),
        }
    }

    /// Appends the numbers of a file.
    pub(crate) fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let mut batch = self.aligned.buffer();
        batch.set_len(BATCH * self.numbers.itemsize());
        let before = out.len();
        let mut take = |numbers: &mut [u8]| {
            self.swap(numbers);
            out.push(numbers)
        };
        with_type!(self.numbers.kind, decode(encoded, &mut batch, &mut take))?;
        debug_assert!(out.len() >= before);
        Ok(())
    }

    /// Writes the numbers of a file to `payload`, which they fill.
    pub(crate) fn decode_exact(&self, encoded: &[u8], payload: &mut [u8]) -> Result<(), CodecError> {
        let is_aligned = payload.as_ptr().align_offset(size_of::<u64>()) == 0;
        if is_aligned {
            with_type!(self.numbers.kind, decode_exact(encoded, payload))?;
        } else {
            let mut buffer = self.aligned.buffer();
            buffer.set_len(payload.len());
            with_type!(self.numbers.kind, decode_exact(encoded, &mut buffer))?;
            payload.copy_from_slice(&buffer);
        }
        self.swap(payload);
        Ok(())
    }

    fn swap(&self, numbers: &mut [u8]) {
        if self.numbers.is_swapped {
            numbers.chunks_exact_mut(self.numbers.itemsize()).for_each(<[u8]>::reverse);
        }
    }
}

/// Numbers that are decoded at once where nobody knows how many there are.
const BATCH: usize = 16 * FULL_BATCH_N;

fn encode<T: Number + Pod>(
    payload: &[u8],
    config: &ChunkConfig,
    writer: &mut Writer<'_, '_>,
) -> PcoResult<()> {
    simple_compress_into::<T, _>(bytemuck::cast_slice(payload), config, writer)?;
    Ok(())
}

/// Decodes to `payload`, which is aligned, and which the numbers fill.
fn decode_exact<T: Number + Pod>(encoded: &[u8], payload: &mut [u8]) -> Result<(), CodecError> {
    let numbers: &mut [T] = bytemuck::cast_slice_mut(payload);
    let expected = numbers.len();
    let mut done = 0;
    chunks::<T>(encoded, |chunk| {
        let Some(place) = numbers.get_mut(done..).and_then(|rest| rest.get_mut(..chunk.n())) else {
            let n = chunk.n();
            let left = expected - done;
            return Err(CodecError::corrupt(format!("it holds {n} numbers; expected {left}")));
        };
        done += chunk.n();
        read(chunk, place)
    })?;
    match done {
        _ if done == expected => Ok(()),
        _ => Err(CodecError::corrupt(format!("it holds {done} numbers; expected {expected}"))),
    }
}

/// Decodes batch by batch to `batch`, which is aligned, and gives each to `take`.
fn decode<T: Number + Pod>(
    encoded: &[u8],
    batch: &mut [u8],
    take: &mut dyn FnMut(&mut [u8]) -> Result<(), CodecError>,
) -> Result<(), CodecError> {
    chunks::<T>(encoded, |chunk| {
        let mut left = chunk.n();
        while left > 0 {
            let n = left.min(BATCH);
            let numbers: &mut [T] = &mut bytemuck::cast_slice_mut(batch)[..n];
            read(chunk, numbers)?;
            take(bytemuck::cast_slice_mut(numbers))?;
            left -= n;
        }
        Ok(())
    })
}

/// Calls `read` with each chunk of a file, which must be whole and have nothing behind it.
fn chunks<T: Number>(
    encoded: &[u8],
    mut read: impl FnMut(&mut ChunkDecompressor<T, &[u8]>) -> Result<(), CodecError>,
) -> Result<(), CodecError> {
    let (file, mut rest) = guard(|| FileDecompressor::new(encoded)).map_err(damaged)?;
    loop {
        claims::check(rest, size_of::<T>(), file.format_version())?;
        match guard(|| file.chunk_decompressor::<T, _>(rest)).map_err(damaged)? {
            DecompressorItem::EndOfData(&[]) => return Ok(()),
            DecompressorItem::EndOfData(more) => return Err(CodecError::trailing(more.len(), "the numbers")),
            DecompressorItem::Chunk(mut chunk) => {
                read(&mut chunk)?;
                rest = chunk.into_src();
            }
        }
    }
}

/// Reads as many numbers as `numbers` takes.
fn read<T: Number>(chunk: &mut ChunkDecompressor<T, &[u8]>, numbers: &mut [T]) -> Result<(), CodecError> {
    let progress = guard(|| chunk.read(numbers)).map_err(damaged)?;
    if progress.n_processed != numbers.len() {
        let (expected, actual) = (numbers.len(), progress.n_processed);
        return Err(CodecError::corrupt(format!("a chunk gives {actual} numbers; expected {expected}")));
    }
    Ok(())
}

/// Runs code of pco's, of which a panic on damaged data is an error like any other.
fn guard<T>(run: impl FnOnce() -> PcoResult<T>) -> PcoResult<T> {
    // What is left half done is dropped with the error.
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        Err(PcoError { kind: PcoErrorKind::Corruption, message: "pco panicked".to_owned() })
    })
}

fn damaged(error: PcoError) -> CodecError {
    let kind = match error.kind {
        PcoErrorKind::InsufficientData => ErrorKind::Truncated,
        _ => ErrorKind::Corrupt,
    };
    CodecError::new(kind, "the numbers cannot be decoded").with_source(error)
}

/// An output as pco writes to it, which keeps the output's own error.
struct Writer<'w, 'o> {
    out: &'w mut Output<'o>,
    failed: Option<CodecError>,
}

impl io::Write for &mut Writer<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.out.push(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(error) => {
                self.failed = Some(error);
                Err(io::ErrorKind::WriteZero.into())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
