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
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let pipeline = Pipeline::parse("zstd|base64")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What is wrong in the text, and where: of kind [`Chain`](crate::ErrorKind::Chain) as an [`Error`], or
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for a word that this build does not have.
    pub fn parse(text: &str) -> Result<Self, ChainError> {
        Self::parse_in(&Registry::all(), text)
    }

    /// Parses, checks and builds a pipeline of the stages of `registry`.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let few: Vec<_> = stages().into_iter().filter(|stage| stage.name() == "base64").collect();
    /// let pipeline = Pipeline::parse_in(&Registry::only(&few), "base64(url)")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What is wrong in the text, and where: of kind [`Chain`](crate::ErrorKind::Chain) as an [`Error`], or
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for a word that this build does not have.
    pub fn parse_in(registry: &Registry, text: &str) -> Result<Self, ChainError> {
        let run = Run::build(None, lang::parse_pipeline(text, registry)?)?;
        Ok(Self { run: Arc::new(run) })
    }

    /// The stages, in the order of encoding.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let words: Vec<&str> = pipeline.stages().map(|stage| stage.descriptor().name()).collect();
    /// # Ok(())
    /// # }
    /// ```
    pub fn stages(&self) -> impl Iterator<Item = &StageSpec> {
        self.run.specs()
    }

    /// Whether what it encodes is ASCII text.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let may_stand_in_json = pipeline.is_text();
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_text(&self) -> bool {
        self.stages().last().is_some_and(|stage| stage.descriptor().is_text())
    }

    /// The most bytes that `len` bytes may become, if every codec has a bound.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut room = vec![0; pipeline.max_encoded_len(1000).unwrap_or(1 << 20)];
    /// let len = pipeline.encode_into(&[7; 1000], &mut room[..])?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_encoded_len(&self, len: usize) -> Option<usize> {
        self.run.max_encoded_len(len)
    }

    /// The encoded form of `bytes`.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let encoded = pipeline.encode(b"some bytes")?;
    /// assert_eq!(pipeline.decode(&encoded)?, b"some bytes");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If a stage cannot encode them, of kind [`Input`](crate::ErrorKind::Input), and of kind
    /// [`NoMemory`](crate::ErrorKind::NoMemory).
    pub fn encode(&self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        self.encode_with(bytes, EncodeOptions::DEFAULT)
    }

    /// [`encode`](Self::encode) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let encoded = pipeline.encode_with(b"some bytes", &EncodeOptions::new())?;
    /// # Ok(())
    /// # }
    /// ```
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
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut message = Vec::new();
    /// let len = pipeline.encode_into(b"some bytes", &mut message)?;
    /// assert_eq!(message.len(), len);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If a stage cannot encode them, of kind [`Input`](crate::ErrorKind::Input), or the slice is too small, of kind
    /// [`OutputFull`](crate::ErrorKind::OutputFull), and of kind [`NoMemory`](crate::ErrorKind::NoMemory).
    pub fn encode_into<'o>(&self, bytes: &[u8], out: impl Destination<'o>) -> Result<usize, Error> {
        self.encode_append_with(bytes, out.emptied(), EncodeOptions::DEFAULT)
    }

    /// [`encode_into`](Self::encode_into) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut message = Buffer::new();
    /// pipeline.encode_into_with(b"some bytes", &mut message, &EncodeOptions::new())?;
    /// # Ok(())
    /// # }
    /// ```
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
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut message = b"x=".to_vec();
    /// pipeline.encode_append(b"some bytes", &mut message)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`encode_into`](Self::encode_into).
    pub fn encode_append<'o>(&self, bytes: &[u8], out: impl Into<Output<'o>>) -> Result<usize, Error> {
        self.encode_append_with(bytes, out, EncodeOptions::DEFAULT)
    }

    /// [`encode_append`](Self::encode_append) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut message = b"x=".to_vec();
    /// pipeline.encode_append_with(b"some bytes", &mut message, &EncodeOptions::new())?;
    /// # Ok(())
    /// # }
    /// ```
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
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let bytes = pipeline.decode(encoded)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If `encoded` is not exactly what this pipeline writes, of kind [`Truncated`](crate::ErrorKind::Truncated),
    /// [`Trailing`](crate::ErrorKind::Trailing), [`Corrupt`](crate::ErrorKind::Corrupt),
    /// [`Checksum`](crate::ErrorKind::Checksum), [`Refused`](crate::ErrorKind::Refused) or
    /// [`Unsupported`](crate::ErrorKind::Unsupported); if a limit is passed, of kind
    /// [`Limit`](crate::ErrorKind::Limit); and of kind [`NoMemory`](crate::ErrorKind::NoMemory).
    pub fn decode(&self, encoded: &[u8]) -> Result<Vec<u8>, Error> {
        self.decode_with(encoded, DecodeOptions::DEFAULT)
    }

    /// [`decode`](Self::decode) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = DecodeOptions::new().with_max_bytes(64 << 20);
    /// let bytes = pipeline.decode_with(encoded, &options)?;
    /// # Ok(())
    /// # }
    /// ```
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
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut room = [0; 4096];
    /// let len = pipeline.decode_into(encoded, &mut room[..])?;
    /// let bytes = &room[..len];
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and if the slice is too small.
    pub fn decode_into<'o>(&self, encoded: &[u8], out: impl Destination<'o>) -> Result<usize, Error> {
        let out = out.emptied();
        match out.slice_len() {
            // It is the limit for what is decoded on the way too.
            Some(len) => self.decode_append_with(encoded, out, &DecodeLimits::of_memory(len).into()),
            None => self.decode_append_with(encoded, out, DecodeOptions::DEFAULT),
        }
    }

    /// [`decode_into`](Self::decode_into) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = DecodeOptions::new().with_max_bytes(64 << 20);
    /// let mut bytes = Vec::new();
    /// pipeline.decode_into_with(encoded, &mut bytes, &options)?;
    /// # Ok(())
    /// # }
    /// ```
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
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut both = Vec::new();
    /// pipeline.decode_append(encoded, &mut both)?;
    /// pipeline.decode_append(encoded, &mut both)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`decode_into`](Self::decode_into).
    pub fn decode_append<'o>(&self, encoded: &[u8], out: impl Into<Output<'o>>) -> Result<usize, Error> {
        self.decode_append_with(encoded, out, DecodeOptions::DEFAULT)
    }

    /// [`decode_append`](Self::decode_append) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = DecodeOptions::new().with_max_bytes(64 << 20);
    /// let mut bytes = Vec::new();
    /// pipeline.decode_append_with(encoded, &mut bytes, &options)?;
    /// # Ok(())
    /// # }
    /// ```
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
            self.run.decode_first(inner.to_decode(), &mut out)
        };
        decode().map_err(|error| self.run.lift(Direction::Decode, error))?;
        Ok(out.finish())
    }

    /// A writer that encodes what is written to it into `writer`. It must be finished.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut writer = pipeline.encoder(std::fs::File::create("x.bin")?)?;
    /// std::io::copy(&mut std::io::stdin(), &mut writer)?;
    /// writer.finish()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If a stage cannot start, of kind [`NoMemory`](crate::ErrorKind::NoMemory).
    pub fn encoder<'w>(&self, writer: impl Write + Send + 'w) -> Result<ByteWriter<'w>, Error> {
        self.encoder_with(writer, EncodeOptions::DEFAULT)
    }

    /// [`encoder`](Self::encoder) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let writer = pipeline.encoder_with(std::io::stdout(), &EncodeOptions::new())?;
    /// # Ok(())
    /// # }
    /// ```
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
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut reader = pipeline.decoder(std::fs::File::open("x.bin")?)?;
    /// std::io::copy(&mut reader, &mut std::io::stdout())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If a stage cannot start, of kind [`NoMemory`](crate::ErrorKind::NoMemory).
    pub fn decoder<'r>(&self, reader: impl Read + Send + 'r) -> Result<ByteReader<'r>, Error> {
        self.decoder_with(reader, DecodeOptions::DEFAULT)
    }

    /// [`decoder`](Self::decoder) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(pipeline: &Pipeline, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = DecodeOptions::new().with_max_bytes(64 << 20);
    /// let reader = pipeline.decoder_with(std::io::stdin(), &options)?;
    /// # Ok(())
    /// # }
    /// ```
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
