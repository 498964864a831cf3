//! [`Pipeline`]: codecs only, for bytes that are not an array.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::io::{Read, Write};
use std::str::FromStr;
use std::sync::Arc;

use super::run::Run;
use super::stream::{ByteReader, ByteWriter};
use super::{DecodeOptions, EncodeOptions, give_back_slack};
use crate::error::Error;
use crate::lang::{self, ChainError, StageSpec};
use crate::stage::stream::{ReaderSource, WriterSink};
use crate::{DecodeLimits, Destination, Direction, Input, Output, Registry};

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
        self.encode_with(bytes, EncodeOptions::DEFAULT)
    }

    /// [`encode`](Self::encode) with options.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn encode_with(&self, bytes: &[u8], options: &EncodeOptions) -> Result<Vec<u8>, Error> {
        let mut encoded = Vec::new();
        self.encode_append_with(bytes, &mut encoded, options)?;
        give_back_slack(&mut encoded);
        Ok(encoded)
    }

    /// Replaces the content of a `Vec<u8>` or [`Buffer`](crate::Buffer) by the encoded form of `bytes`, or writes it to the
    /// beginning of a slice, and returns its length. On an error a `Vec` or `Buffer` is empty.
    ///
    /// # Errors
    /// If a stage cannot encode them, or the slice is too small.
    pub fn encode_into<'o>(&self, bytes: &[u8], out: impl Destination<'o>) -> Result<usize, Error> {
        self.encode_append_with(bytes, out.emptied(), EncodeOptions::DEFAULT)
    }

    /// [`encode_into`](Self::encode_into) with options.
    ///
    /// # Errors
    /// As [`encode_into`](Self::encode_into).
    pub fn encode_into_with<'o>(
        &self,
        bytes: &[u8],
        out: impl Destination<'o>,
        options: &EncodeOptions,
    ) -> Result<usize, Error> {
        self.encode_append_with(bytes, out.emptied(), options)
    }

    /// Appends the encoded form of `bytes` to a `Vec<u8>` or [`Buffer`](crate::Buffer), and returns its length. On an error
    /// nothing was appended.
    ///
    /// # Errors
    /// As [`encode_into`](Self::encode_into).
    pub fn encode_append<'o>(&self, bytes: &[u8], out: impl Into<Output<'o>>) -> Result<usize, Error> {
        self.encode_append_with(bytes, out, EncodeOptions::DEFAULT)
    }

    /// [`encode_append`](Self::encode_append) with options.
    ///
    /// # Errors
    /// As [`encode_append`](Self::encode_append).
    pub fn encode_append_with<'o>(
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
        self.decode_append_with(encoded, &mut decoded, options)?;
        give_back_slack(&mut decoded);
        Ok(decoded)
    }

    /// Replaces the content of a `Vec<u8>` or [`Buffer`](crate::Buffer) by what `encoded` holds, or writes it to the
    /// beginning of a slice, and returns its length. On an error a `Vec` or `Buffer` is empty.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and if the slice is too small.
    pub fn decode_into<'o>(&self, encoded: &[u8], out: impl Destination<'o>) -> Result<usize, Error> {
        let out = out.emptied();
        match out.slice_len() {
            // The memory is there already, so its length is the limit.
            Some(len) if len > DecodeOptions::DEFAULT.limits.max_bytes => {
                let limits = DecodeLimits::new().with_max_bytes(len);
                self.decode_append_with(encoded, out, &limits.into())
            }
            _ => self.decode_append_with(encoded, out, DecodeOptions::DEFAULT),
        }
    }

    /// [`decode_into`](Self::decode_into) with options.
    ///
    /// # Errors
    /// As [`decode_into`](Self::decode_into).
    pub fn decode_into_with<'o>(
        &self,
        encoded: &[u8],
        out: impl Destination<'o>,
        options: &DecodeOptions,
    ) -> Result<usize, Error> {
        self.decode_append_with(encoded, out.emptied(), options)
    }

    /// Appends what `encoded` holds to a `Vec<u8>` or [`Buffer`](crate::Buffer), and returns its length. On an error
    /// nothing was appended.
    ///
    /// # Errors
    /// As [`decode_into`](Self::decode_into).
    pub fn decode_append<'o>(&self, encoded: &[u8], out: impl Into<Output<'o>>) -> Result<usize, Error> {
        self.decode_append_with(encoded, out, DecodeOptions::DEFAULT)
    }

    /// [`decode_append`](Self::decode_append) with options.
    ///
    /// # Errors
    /// As [`decode_append`](Self::decode_append).
    pub fn decode_append_with<'o>(
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
        self.encoder_with(writer, EncodeOptions::DEFAULT)
    }

    /// [`encoder`](Self::encoder) with options.
    ///
    /// # Errors
    /// As [`encoder`](Self::encoder).
    pub fn encoder_with<'w>(
        &self,
        writer: impl Write + Send + 'w,
        _: &EncodeOptions,
    ) -> Result<ByteWriter<'w>, Error> {
        let sink = self.run.encoder(None, Box::new(WriterSink(writer)));
        let sink = sink.map_err(|error| self.run.lift(Direction::Encode, error))?;
        Ok(ByteWriter::new(sink, self.run.clone()))
    }

    /// A reader of what the encoded form in `reader` holds, within the default limits.
    ///
    /// # Errors
    /// If a stage cannot start.
    pub fn decoder<'r>(&self, reader: impl Read + Send + 'r) -> Result<ByteReader<'r>, Error> {
        self.decoder_with(reader, DecodeOptions::DEFAULT)
    }

    /// [`decoder`](Self::decoder) with options.
    ///
    /// # Errors
    /// As [`decoder`](Self::decoder).
    pub fn decoder_with<'r>(
        &self,
        reader: impl Read + Send + 'r,
        options: &DecodeOptions,
    ) -> Result<ByteReader<'r>, Error> {
        let source = self.run.decoder(Box::new(ReaderSource(reader)), &options.limits);
        let source = source.map_err(|error| self.run.lift(Direction::Decode, error))?;
        Ok(ByteReader::new(source, self.run.clone()))
    }
}

impl fmt::Display for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        lang::print_stages(self.stages(), f)
    }
}

/// Pipelines are equal if their stages and parameters are, whatever registries they were parsed with.
impl PartialEq for Pipeline {
    fn eq(&self, other: &Self) -> bool {
        self.stages().eq(other.stages())
    }
}

impl Eq for Pipeline {}

impl Hash for Pipeline {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.stages().for_each(|stage| stage.hash(state));
    }
}

impl FromStr for Pipeline {
    type Err = ChainError;

    fn from_str(text: &str) -> Result<Self, ChainError> {
        Self::parse(text)
    }
}
