//! [`Arrays`]: several arrays one behind the other, as `np.save` puts them into one file.

use std::fmt;

use super::open::LEAST;
use super::{Chain, DecodeOptions, EncodedData};
use crate::error::{CodecError, Error};
use crate::stage::stream::{BoxSource, ReaderSource, SliceSource};
use crate::{Array, Buffer, DecodeLimits, Header, Output, Units};

/// Several encoded arrays, one behind the other: an iterator that decodes one at a time.
///
/// After an error it ends.
pub struct Arrays<'e> {
    chain: Chain,
    options: DecodeOptions,
    /// The format's bytes.
    source: BoxSource<'e>,
    /// Bytes that were read with the header before.
    ahead: Vec<u8>,
    /// How many bytes the arrays may still have together.
    left: usize,
    /// The arrays so far, and the bytes of their elements.
    units: Units,
    held: u64,
    is_begun: bool,
    is_ended: bool,
}

/// What an array takes in memory, however short it is, beside its elements.
const LEAST_CHARGED: usize = 256;

impl Chain {
    /// The arrays that stand one behind the other in `data`, as several calls of `np.save` leave them in one file. One
    /// array alone is such a sequence too.
    ///
    /// The ceiling [`max_bytes`](crate::DecodeLimits::max_bytes) holds for all of them together, of which each counts as 256
    /// bytes at least. What follows the last
    /// array and is not an array is an error.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn show(chain: &Chain, file: std::fs::File) -> Result<(), Error> {
    /// for array in chain.decode_all(file)? {
    ///     println!("{}", array?.dtype());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the data cannot be read, of kind [`Io`](crate::ErrorKind::Io). For an invalid array the iterator gives an error of the
    /// kinds of [`decode`](Self::decode).
    pub fn decode_all<'e>(&self, data: impl Into<EncodedData<'e>>) -> Result<Arrays<'e>, Error> {
        self.decode_all_with(data, DecodeOptions::DEFAULT)
    }

    /// [`decode_all`](Self::decode_all) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn show(chain: &Chain, file: std::fs::File) -> Result<(), Error> {
    /// let options = DecodeOptions::new().with_max_bytes(64 << 20);
    /// let all: Result<Vec<_>, Error> = chain.decode_all_with(file, &options)?.collect();
    /// # all.map(drop)
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`decode_all`](Self::decode_all).
    pub fn decode_all_with<'e>(
        &self,
        data: impl Into<EncodedData<'e>>,
        options: &DecodeOptions,
    ) -> Result<Arrays<'e>, Error> {
        let options = *options;
        let source: BoxSource<'e> = match data.into() {
            EncodedData::Slice(bytes) => Box::new(SliceSource::new(bytes)),
            EncodedData::Reader(reader) => Box::new(ReaderSource(reader)),
            EncodedData::At(data) => super::open::source_of(data),
        };
        let source =
            self.stages.run.decoder(source, &options.limits).map_err(|error| self.undecoded(error))?;
        let left = options.limits.max_bytes;
        let (chain, ahead) = (self.clone(), Vec::new());
        let units = Units::new();
        Ok(Arrays { chain, options, source, ahead, left, units, held: 0, is_begun: false, is_ended: false })
    }

    /// Whether another array may follow one: its header says where it ends, and another begins with a magic number.
    pub(super) fn may_stand_in_row(&self) -> bool {
        !self.is_container() && self.stages.spec.spec().descriptor().is_recognised()
    }
}

impl Arrays<'_> {
    /// The next array, if anything follows.
    fn read(&mut self) -> Result<Option<Array>, Error> {
        if self.is_begun && self.is_at_end()? {
            return Ok(None);
        }
        self.is_begun = true;
        let limits = self.options.limits.with_max_bytes(self.left);
        let header = self.header(&limits)?;
        let total = self.chain.expected_len(&header).map_err(|error| self.chain.not_the_format(error))?;
        let Some(total) = total.filter(|_| self.chain.may_stand_in_row()) else {
            let message = "its header does not say where the array ends, so that another cannot follow; decode it alone";
            return Err(self.chain.not_the_format(CodecError::unsupported(message)));
        };
        self.chain.check_announced(total, &limits)?;
        let bytes = self.format_bytes(total)?;
        self.left -= bytes.len().max(LEAST_CHARGED).min(self.left);
        let array = self.chain.array_of(&header, bytes, &self.options)?;
        self.held += array.layout().nbytes() as u64;
        let counted = self.units.count("arrays in a row", self.held);
        counted.map_err(|error| self.chain.not_the_format(error))?;
        Ok(Some(array))
    }

    /// Whether nothing follows.
    fn is_at_end(&mut self) -> Result<bool, Error> {
        if !self.ahead.is_empty() {
            return Ok(false);
        }
        let mut byte = [0];
        let n = self.source.read(&mut byte).map_err(|error| self.chain.undecoded(error))?;
        self.ahead.extend_from_slice(&byte[..n]);
        Ok(n == 0)
    }

    /// Reads a header. All that was read with it is kept.
    fn header(&mut self, limits: &DecodeLimits) -> Result<Header, Error> {
        let Self { chain, source, ahead, .. } = self;
        let read = chain.header_reader(limits).read(|prefix, step| {
            let before = prefix.len();
            if !ahead.is_empty() {
                prefix.append(ahead);
                return Ok(true);
            }
            prefix.resize(before + step.max(LEAST), 0);
            let n = source.read(&mut prefix[before..])?;
            prefix.truncate(before + n);
            Ok(n > 0)
        });
        let (header, prefix) = read.map_err(|error| chain.not_the_format(error))?;
        self.ahead = prefix;
        Ok(header)
    }

    /// The next `total` bytes, or as many as there are.
    fn format_bytes(&mut self, total: usize) -> Result<Buffer, Error> {
        let mut buffer = Buffer::new();
        let mut out = Output::to_buffer(&mut buffer).limited(total);
        let rest = self.ahead.split_off(self.ahead.len().min(total));
        let known = std::mem::replace(&mut self.ahead, rest);
        let mut fill = || -> Result<(), CodecError> {
            out.push(&known)?;
            while out.len() < total {
                let room = out.spare_step();
                let few = room.len().min(total);
                match self.source.read(&mut room[..few])? {
                    0 => break,
                    n => out.commit(n)?,
                }
            }
            Ok(())
        };
        fill().map_err(|error| self.chain.undecoded(error))?;
        out.finish();
        Ok(buffer)
    }
}

impl Iterator for Arrays<'_> {
    type Item = Result<Array, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_ended {
            return None;
        }
        let next = self.read().transpose();
        self.is_ended = !matches!(next, Some(Ok(_)));
        next
    }
}

impl fmt::Debug for Arrays<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrays").field("chain", &self.chain).finish_non_exhaustive()
    }
}
