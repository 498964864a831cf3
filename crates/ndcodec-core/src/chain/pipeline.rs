//! [`Pipeline`]: codecs only, for bytes that are no array.

use std::fmt;
use std::io::{Read, Write};
use std::str::FromStr;
use std::sync::Arc;

use super::run::Run;
use super::stream::{ByteReader, ByteWriter};
use super::{DecodeOptions, EncodeOptions, give_back_slack};
use crate::error::Error;
use crate::lang::{self, ChainError, StageSpec};
use crate::stage::stream::{ReaderSource, WriterSink};
use crate::{Direction, Input, Output, Registry};

/// A checked run of codecs, such as `zstd|base64`. Cheap to clone; one value serves many threads.
#[derive(Debug, Clone)]
pub struct Pipeline {
    run: Arc<Run>,
}

impl Pipeline {
    /// Parses, checks and builds a pipeline of the stages that this program knows.
    ///
    /// # Errors
    /// What is wrong in the text, and where.
    pub fn parse(text: &str) -> Result<Self, ChainError> {
        Self::parse_in(&Registry::all(), text)
    }

    /// Parses, checks and builds a pipeline of the stages of `registry`.
    ///
    /// # Errors
    /// What is wrong in the text, and where.
    pub fn parse_in(registry: &Registry, text: &str) -> Result<Self, ChainError> {
        let run = Run::build(None, lang::parse_pipeline(text, registry)?)?;
        Ok(Self { run: Arc::new(run) })
    }

    /// The stages, in the order of encoding.
    pub fn stages(&self) -> impl Iterator<Item = &StageSpec> {
        self.run.specs()
    }

    /// Whether what it encodes is ASCII text.
    pub fn is_text(&self) -> bool {
        self.stages().last().is_some_and(|stage| stage.descriptor().is_text())
    }

    /// The most bytes that `len` bytes may become, if every codec has a bound.
    pub fn max_encoded_len(&self, len: usize) -> Option<usize> {
        self.run.max_encoded_len(len)
    }

    /// The encoded form of `bytes`.
    ///
    /// # Errors
    /// If a stage cannot encode them.
    pub fn encode(&self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let mut encoded = Vec::new();
        self.encode_into(bytes, &mut encoded)?;
        give_back_slack(&mut encoded);
        Ok(encoded)
    }

    /// Appends the encoded form of `bytes` to a `Vec<u8>` or [`Buffer`](crate::Buffer), or writes it to the
    /// beginning of a slice, and returns its length. On an error a `Vec` or `Buffer` is as it was.
    ///
    /// # Errors
    /// If a stage cannot encode them, or the slice is too small.
    pub fn encode_into<'o>(&self, bytes: &[u8], out: impl Into<Output<'o>>) -> Result<usize, Error> {
        self.encode_into_with(bytes, out, &EncodeOptions::new())
    }

    /// [`encode_into`](Self::encode_into) with options.
    ///
    /// # Errors
    /// As [`encode_into`](Self::encode_into).
    pub fn encode_into_with<'o>(
        &self,
        bytes: &[u8],
        out: impl Into<Output<'o>>,
        _: &EncodeOptions,
    ) -> Result<usize, Error> {
        let mut out = out.into();
        let encoded = self.run.encode(&Input::new(&[bytes]), &mut out);
        encoded.map_err(|error| self.run.lift(Direction::Encode, error))?;
        Ok(out.finish())
    }

    /// What `encoded` holds, within the default limits.
    ///
    /// # Errors
    /// If `encoded` is not exactly what this pipeline writes, or a limit is passed.
    pub fn decode(&self, encoded: &[u8]) -> Result<Vec<u8>, Error> {
        self.decode_with(encoded, DecodeOptions::DEFAULT)
    }

    /// [`decode`](Self::decode) with options.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_with(&self, encoded: &[u8], options: &DecodeOptions) -> Result<Vec<u8>, Error> {
        let mut decoded = Vec::new();
        self.decode_into_with(encoded, &mut decoded, options)?;
        give_back_slack(&mut decoded);
        Ok(decoded)
    }

    /// Appends what `encoded` holds to a `Vec<u8>` or [`Buffer`](crate::Buffer), or writes it to the beginning
    /// of a slice, and returns its length. On an error a `Vec` or `Buffer` is as it was.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and where the slice is too small.
    pub fn decode_into<'o>(&self, encoded: &[u8], out: impl Into<Output<'o>>) -> Result<usize, Error> {
        self.decode_into_with(encoded, out, DecodeOptions::DEFAULT)
    }

    /// [`decode_into`](Self::decode_into) with options.
    ///
    /// # Errors
    /// As [`decode_into`](Self::decode_into).
    pub fn decode_into_with<'o>(
        &self,
        encoded: &[u8],
        out: impl Into<Output<'o>>,
        options: &DecodeOptions,
    ) -> Result<usize, Error> {
        let mut out = out.into().with_limits(&options.limits);
        let mut decode = || {
            let inner = self.run.decode_outer(encoded, &options.limits)?;
            self.run.decode_first(inner.bytes(), &mut out)
        };
        decode().map_err(|error| self.run.lift(Direction::Decode, error))?;
        Ok(out.finish())
    }

    /// A writer that encodes what is written to it into `writer`. It must be finished.
    ///
    /// # Errors
    /// If a stage cannot start.
    pub fn encoder<'w>(&self, writer: impl Write + Send + 'w) -> Result<ByteWriter<'w>, Error> {
        let sink = self.run.encoder(None, Box::new(WriterSink(writer)));
        let sink = sink.map_err(|error| self.run.lift(Direction::Encode, error))?;
        Ok(ByteWriter::new(sink, self.run.clone()))
    }

    /// A reader of what the encoded form in `reader` holds. Takes options, or limits alone.
    ///
    /// # Errors
    /// If a stage cannot start.
    pub fn decoder<'r>(
        &self,
        reader: impl Read + Send + 'r,
        options: impl Into<DecodeOptions>,
    ) -> Result<ByteReader<'r>, Error> {
        let source = self.run.decoder(Box::new(ReaderSource(reader)), &options.into().limits);
        let source = source.map_err(|error| self.run.lift(Direction::Decode, error))?;
        Ok(ByteReader::new(source, self.run.clone()))
    }
}

impl fmt::Display for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        lang::print_stages(self.stages(), f)
    }
}

impl PartialEq for Pipeline {
    fn eq(&self, other: &Self) -> bool {
        self.stages().eq(other.stages())
    }
}

impl FromStr for Pipeline {
    type Err = ChainError;

    fn from_str(text: &str) -> Result<Self, ChainError> {
        Self::parse(text)
    }
}
