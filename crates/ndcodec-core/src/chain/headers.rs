//! [`Inspections`]: what each of several arrays says that stand one behind the other, by their headers alone.

use std::fmt;

use super::open::LEAST;
use super::{Chain, DecodeOptions, EncodedData, Inspection};
use crate::error::{CodecError, Error, ErrorKind};
use crate::stage::stream::{BoxSource, ReaderSource};
use crate::{Header, RandomAccess};

/// What the headers of several arrays say that stand one behind the other: an iterator that reads one header at a time.
///
/// After an error it ends.
pub struct Inspections<'e> {
    chain: Chain,
    options: DecodeOptions,
    bytes: Bytes<'e>,
    state: State,
}

/// The format's bytes.
enum Bytes<'e> {
    /// Nothing encodes them, so that payloads are passed over without being read.
    Anywhere { data: Box<dyn RandomAccess + 'e>, at: u64, size: u64 },
    /// Codecs do, so that payloads are decoded and dropped. `ahead` was read with the header before.
    Stream { source: BoxSource<'e>, ahead: Vec<u8> },
}

enum State {
    Begin,
    /// A header was read, and the array that it begins has so many bytes.
    Behind(usize),
    End,
}

impl Chain {
    /// What the header of each array says, of arrays that stand one behind the other in `data`: see
    /// [`decode_all`](Self::decode_all).
    ///
    /// Payloads are not kept, and without codecs not even read, so this needs little memory however long `data` are. An
    /// array whose bytes are cut off is given, and then the error. If another array cannot follow the first one, as in a
    /// container, the first one is all that is given.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn show(chain: &Chain, file: std::fs::File) -> Result<(), Error> {
    /// for inspection in chain.inspect_all(file)? {
    ///     println!("{}", inspection?.shape);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the data cannot be read, of kind [`Io`](crate::ErrorKind::Io). For an invalid header the iterator gives an error of the
    /// kinds of [`inspect`](Self::inspect).
    pub fn inspect_all<'e>(&self, data: impl Into<EncodedData<'e>>) -> Result<Inspections<'e>, Error> {
        self.inspect_all_with(data, DecodeOptions::DEFAULT)
    }

    /// [`inspect_all`](Self::inspect_all) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn show(chain: &Chain, file: std::fs::File) -> Result<(), Error> {
    /// let options = DecodeOptions::new().with_max_bytes(64 << 20);
    /// let all: Result<Vec<_>, Error> = chain.inspect_all_with(file, &options)?.collect();
    /// # all.map(drop)
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`inspect_all`](Self::inspect_all).
    pub fn inspect_all_with<'e>(
        &self,
        data: impl Into<EncodedData<'e>>,
        options: &DecodeOptions,
    ) -> Result<Inspections<'e>, Error> {
        let run = &self.stages.run;
        let data: Box<dyn RandomAccess + 'e> = match data.into() {
            EncodedData::Slice(bytes) => Box::new(bytes),
            EncodedData::At(data) => data,
            EncodedData::Reader(reader) => return self.inspections(Box::new(ReaderSource(reader)), options),
        };
        if run.has_codecs() {
            return self.inspections(super::open::source_of(data), options);
        }
        let size = data.size().map_err(|error| self.undecoded(CodecError::io(error)))?;
        let bytes = Bytes::Anywhere { data, at: 0, size };
        Ok(Inspections { chain: self.clone(), options: *options, bytes, state: State::Begin })
    }

    fn inspections<'e>(
        &self,
        source: BoxSource<'e>,
        options: &DecodeOptions,
    ) -> Result<Inspections<'e>, Error> {
        let limits = options.limits.with_max_bytes(self.format_limit(&options.limits));
        let source = self.stages.run.decoder(source, &limits).map_err(|error| self.undecoded(error))?;
        let bytes = Bytes::Stream { source, ahead: Vec::new() };
        Ok(Inspections { chain: self.clone(), options: *options, bytes, state: State::Begin })
    }
}

impl Inspections<'_> {
    fn read(&mut self) -> Result<Option<Inspection>, Error> {
        match self.state {
            State::End => return Ok(None),
            State::Begin => {}
            State::Behind(total) => {
                let passed = self.bytes.pass(total);
                let passed = passed.map_err(|error| self.chain.undecoded(error))?;
                if passed < total {
                    let message =
                        format!("the header announces {total} bytes in all, but the data end after {passed}");
                    let error = CodecError::new(ErrorKind::Truncated, message);
                    return Err(self.chain.not_the_format(error));
                }
                if self.bytes.is_at_end().map_err(|error| self.chain.undecoded(error))? {
                    return Ok(None);
                }
            }
        }
        let header = self.header()?;
        let total = self.chain.expected_len(&header).map_err(|error| self.chain.not_the_format(error))?;
        self.state = total.filter(|_| self.chain.may_stand_in_row()).map_or(State::End, State::Behind);
        self.chain.describe(&header).map(Some)
    }

    /// Reads a header, and stays at the beginning of its array.
    fn header(&mut self) -> Result<Header, Error> {
        let Self { chain, options, bytes, .. } = self;
        let read =
            chain.header_reader(&options.limits).read(|prefix, step| bytes.append(prefix, step.max(LEAST)));
        let (header, prefix) = read.map_err(|error| chain.not_the_format(error))?;
        if let Bytes::Stream { ahead, .. } = bytes {
            *ahead = prefix;
        }
        Ok(header)
    }
}

impl Bytes<'_> {
    /// Appends at most `step` bytes to those of a header, and says whether there were any.
    fn append(&mut self, prefix: &mut Vec<u8>, step: usize) -> Result<bool, CodecError> {
        let before = prefix.len();
        match self {
            Self::Anywhere { data, at, size } => {
                let from = *at + before as u64;
                let n = usize::try_from(size.saturating_sub(from)).unwrap_or(usize::MAX).min(step);
                prefix.resize(before + n, 0);
                data.read_at(from, &mut prefix[before..]).map_err(CodecError::io)?;
            }
            Self::Stream { ahead, .. } if !ahead.is_empty() => prefix.append(ahead),
            Self::Stream { source, .. } => {
                prefix.resize(before + step, 0);
                let n = source.read(&mut prefix[before..])?;
                prefix.truncate(before + n);
            }
        }
        Ok(prefix.len() > before)
    }

    /// Passes over the next `total` bytes. Gives how many there are of them.
    fn pass(&mut self, total: usize) -> Result<usize, CodecError> {
        match self {
            Self::Anywhere { at, size, .. } => {
                let there = usize::try_from(size.saturating_sub(*at)).unwrap_or(usize::MAX).min(total);
                *at += there as u64;
                Ok(there)
            }
            Self::Stream { source, ahead } => {
                let mut passed = ahead.len().min(total);
                ahead.drain(..passed);
                let mut room = vec![0; (total - passed).min(64 << 10)];
                while passed < total {
                    let step = (total - passed).min(room.len());
                    match source.read(&mut room[..step])? {
                        0 => break,
                        n => passed += n,
                    }
                }
                Ok(passed)
            }
        }
    }

    fn is_at_end(&mut self) -> Result<bool, CodecError> {
        match self {
            Self::Anywhere { at, size, .. } => Ok(at >= size),
            Self::Stream { source, ahead } => {
                if ahead.is_empty() {
                    let mut byte = [0];
                    let n = source.read(&mut byte)?;
                    ahead.extend_from_slice(&byte[..n]);
                }
                Ok(ahead.is_empty())
            }
        }
    }
}

impl Iterator for Inspections<'_> {
    type Item = Result<Inspection, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.read().transpose();
        if !matches!(next, Some(Ok(_))) {
            self.state = State::End;
        }
        next
    }
}

impl fmt::Debug for Inspections<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspections").field("chain", &self.chain).finish_non_exhaustive()
    }
}
