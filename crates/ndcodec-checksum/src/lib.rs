//! `crc32c`, `crc32`, `adler32`, `fletcher32`, `xxh3`: codecs that add a checksum and verify it.
//!
//! CRC-32C is that of [RFC 3720](https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4), CRC-32 and Adler-32 those of
//! zlib ([RFC 1952](https://www.rfc-editor.org/rfc/rfc1952), [RFC 1950](https://www.rfc-editor.org/rfc/rfc1950)),
//! Fletcher-32 that of [HDF5](https://github.com/HDFGroup/hdf5/blob/develop/src/H5checksum.c), and
//! [XXH3](https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md) the one of 64 bits.
//!
//! The checksum is a little-endian integer of 4 bytes (8 for `xxh3`), before or after the data. By default it has the usual
//! place of each checksum.
#![forbid(unsafe_code)]

mod algorithm;
#[cfg(feature = "fletcher32")]
mod fletcher32;
mod stream;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use ndcodec_core::stream::{BoxSink, BoxSource};
use ndcodec_core::{
    Codec, CodecError, DecodeLimits, Input, LenClaim, Output, ParamError, ParamSpec, Params, StageDescriptor,
};

use crate::algorithm::{Algorithm, Sum};

const WORDS: &[&str] = &["start", "end"];
#[cfg(any(feature = "adler32", feature = "crc32"))]
const AT_START: &[ParamSpec] = &[ParamSpec::choice("at", WORDS, "start", "before the data or after them")];
#[cfg(any(feature = "crc32c", feature = "fletcher32", feature = "xxh3"))]
const AT_END: &[ParamSpec] = &[ParamSpec::choice("at", WORDS, "end", "before the data or after them")];

/// CRC-32C, after the data as in Zarr.
///
/// Of what is cut short, it takes one in 2³² for whole; and the first four bytes, if they are zero, for no data at all,
/// whose CRC-32C is zero. The same goes for `crc32(at=end)`.
#[cfg(feature = "crc32c")]
pub static CRC32C: StageDescriptor = codec("crc32c", &|params| build(Algorithm::Crc32c, params))
    .with_summary("CRC-32 of Castagnoli's polynomial, after the data")
    .with_specification("https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4")
    .with_params(AT_END)
    .streaming();
#[cfg(feature = "crc32c")]
ndcodec_core::submit!(CRC32C);

/// CRC-32, before the data as in numcodecs.
#[cfg(feature = "crc32")]
pub static CRC32: StageDescriptor = codec("crc32", &|params| build(Algorithm::Crc32, params))
    .with_summary("CRC-32 of zlib, gzip and PNG, before the data")
    .with_specification("https://www.rfc-editor.org/rfc/rfc1952")
    .with_params(AT_START);
#[cfg(feature = "crc32")]
ndcodec_core::submit!(CRC32);

/// Adler-32, before the data as in numcodecs.
///
/// It does not notice that 65,521 zeros, or a multiple, are missing.
#[cfg(feature = "adler32")]
pub static ADLER32: StageDescriptor = codec("adler32", &|params| build(Algorithm::Adler32, params))
    .with_summary("Adler-32 of zlib, before the data")
    .with_specification("https://www.rfc-editor.org/rfc/rfc1950")
    .with_params(AT_START);
#[cfg(feature = "adler32")]
ndcodec_core::submit!(ADLER32);

/// Fletcher-32, after the data as in HDF5 and numcodecs.
///
/// It does not notice that zeros are missing at the beginning, nor among nothing but zeros.
#[cfg(feature = "fletcher32")]
pub static FLETCHER32: StageDescriptor = codec("fletcher32", &|params| build(Algorithm::Fletcher32, params))
    .with_summary("Fletcher-32 of HDF5, after the data")
    .with_specification("https://github.com/HDFGroup/hdf5/blob/develop/src/H5checksum.c")
    .with_params(AT_END)
    .streaming();
#[cfg(feature = "fletcher32")]
ndcodec_core::submit!(FLETCHER32);

/// XXH3 of 64 bits, after the data, little-endian as the other words.
#[cfg(feature = "xxh3")]
pub static XXH3: StageDescriptor = codec("xxh3", &|params| build(Algorithm::Xxh3, params))
    .with_summary("XXH3 of 64 bits, after the data")
    .with_specification("https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md")
    .with_params(AT_END)
    .streaming()
    .truncation_detected();
#[cfg(feature = "xxh3")]
ndcodec_core::submit!(XXH3);

const fn codec(name: &'static str, build: ndcodec_core::BuildFn<dyn Codec>) -> StageDescriptor {
    StageDescriptor::codec(name, env!("CARGO_PKG_NAME"), build).named_by_data().stable_bytes()
}

fn build(algorithm: Algorithm, params: &Params) -> Result<Arc<dyn Codec>, ParamError> {
    let at = if params.word("at") == "start" { At::Start } else { At::End };
    Ok(Arc::new(Checksum { algorithm, at }))
}

/// Data with their checksum.
#[derive(Debug, Clone, Copy)]
struct Checksum {
    algorithm: Algorithm,
    at: At,
}

/// Where the checksum stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    End,
}

/// How much is copied, then summed: little enough that the sum reads it from the cache.
const STEP: usize = 16 << 10;

impl Checksum {
    /// Where the checksum and the data are in `len` bytes, which have room for the checksum.
    fn places(self, len: usize) -> (Range<usize>, Range<usize>) {
        let width = self.algorithm.width();
        match self.at {
            At::Start => (0..width, width..len),
            At::End => (len - width..len, 0..len - width),
        }
    }

    /// What there is to decode when there are not even enough bytes for a checksum.
    fn too_short(self, len: usize) -> CodecError {
        let width = self.algorithm.width();
        let what = format_args!("the {}: {len} bytes, fewer than its own {width}", self.algorithm.name());
        CodecError::truncated(what)
    }

    fn verify(self, stored: Sum, computed: Sum) -> Result<(), CodecError> {
        if stored == computed {
            return Ok(());
        }
        Err(CodecError::checksum(self.algorithm.name(), stored.value(), computed.value()))
    }

    /// Copies `parts` to `to`, which is as long as all of them, and sums them on the way.
    fn copy_and_sum(self, parts: &[&[u8]], mut to: &mut [u8]) -> Sum {
        if let [one] = parts
            && one.len() <= STEP
        {
            to.copy_from_slice(one);
            return self.algorithm.sum(one);
        }
        let mut state = self.algorithm.start();
        for step in parts.iter().flat_map(|part| part.chunks(STEP)) {
            let (now, later) = to.split_at_mut(step.len());
            now.copy_from_slice(step);
            state.update(step);
            to = later;
        }
        state.finish()
    }
}

impl Codec for Checksum {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        let len = input.len() + self.algorithm.width();
        let room = out.spare(len)?;
        let (sum_place, data_place) = self.places(len);
        let sum = self.copy_and_sum(input.parts(), &mut room[data_place]);
        room[sum_place].copy_from_slice(sum.bytes());
        out.commit(len)
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        if encoded.len() < self.algorithm.width() {
            return Err(self.too_short(encoded.len()));
        }
        let (sum_place, data_place) = self.places(encoded.len());
        let data = &encoded[data_place];
        let computed = self.copy_and_sum(&[data], out.spare(data.len())?);
        self.verify(Sum::of_bytes(&encoded[sum_place]), computed)?;
        out.commit(data.len())
    }

    fn max_encoded_len(&self, input_len: usize) -> Option<usize> {
        input_len.checked_add(self.algorithm.width())
    }

    fn claimed_len(&self, encoded: &[u8]) -> LenClaim {
        match encoded.len().checked_sub(self.algorithm.width()) {
            Some(len) => LenClaim::Exact(len as u64),
            None => LenClaim::Unknown,
        }
    }

    /// In bounded memory with the checksum at the end; at the start, the data must be seen before it is known.
    fn encoder<'s>(self: Arc<Self>, _: Option<u64>, next: BoxSink<'s>) -> Result<BoxSink<'s>, CodecError> {
        Ok(match self.at {
            At::Start => Box::new(stream::Collecting::new(*self, next)),
            At::End => Box::new(stream::Appending::new(*self, next)),
        })
    }

    fn decoder<'s>(
        self: Arc<Self>,
        source: BoxSource<'s>,
        _: &DecodeLimits,
    ) -> Result<BoxSource<'s>, CodecError> {
        Ok(match self.at {
            At::Start => Box::new(stream::SumFirst::new(*self, source)),
            At::End => Box::new(stream::SumLast::new(*self, source)),
        })
    }
}
