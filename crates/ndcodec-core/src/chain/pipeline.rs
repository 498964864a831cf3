//! [`Pipeline`]: codecs only, for bytes that are no array.

use std::fmt;
use std::io::{Read, Write};
use std::str::FromStr;
use std::sync::Arc;

use super::codecs::Codecs;
use super::stream::{ByteReader, ByteWriter};
use crate::error::Error;
use crate::lang::{self, Built, ChainError, StageSpec};
use crate::stream::{ReaderSource, WriterSink};
use crate::{DecodeOptions, Direction, EncodeOptions, Output};

/// A checked run of codecs, such as `zstd|base64`. Cheap to clone; one value serves many threads.
#[derive(Debug, Clone)]
pub struct Pipeline {
    codecs: Arc<Codecs>,
}

impl Pipeline {
    /// Parses, checks and builds a pipeline.
    ///
    /// # Errors
    /// What is wrong in the text, and where.
    pub fn parse(text: &str) -> Result<Self, ChainError> {
        let specs = lang::parse_stages(text)?;
        lang::check_pipeline(text, &specs)?;
        let mut stages = Vec::with_capacity(specs.len());
        for spec in specs {
            if let Built::Codec(codec) = spec.build(text)? {
                stages.push((spec, codec));
            }
        }
        Ok(Self { codecs: Arc::new(Codecs::new(Vec::new(), stages)) })
    }

    /// The stages, in the order of encoding.
    pub fn stages(&self) -> impl Iterator<Item = &StageSpec> {
        self.codecs.specs()
    }

    /// Whether what it encodes is ASCII text.
    pub fn is_text(&self) -> bool {
        self.stages().last().is_some_and(|stage| stage.descriptor().is_text())
    }

    /// The most bytes that `len` bytes may become, if every codec has a bound.
    pub fn max_encoded_len(&self, len: usize) -> Option<usize> {
        self.codecs.max_encoded_len(len)
    }

    /// The encoded form of `bytes`.
    ///
    /// # Errors
    /// Where a stage cannot encode them.
    pub fn encode(&self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let mut encoded = Vec::new();
        self.encode_into(bytes, &mut encoded)?;
        super::give_back_slack(&mut encoded);
        Ok(encoded)
    }

    /// Appends the encoded form of `bytes` to a `Vec<u8>` or [`Buffer`](crate::Buffer), or writes it to the
    /// beginning of a slice, and answers its length. On an error a `Vec` or `Buffer` is as it was.
    ///
    /// # Errors
    /// Where a stage cannot encode them, or the slice is too small.
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
        self.codecs.encode(&[bytes], &mut out)?;
        Ok(out.finish())
    }

    /// What `encoded` holds, within the default limits.
    ///
    /// # Errors
    /// Where `encoded` is not exactly what this pipeline writes, or a limit is passed.
    pub fn decode(&self, encoded: &[u8]) -> Result<Vec<u8>, Error> {
        self.decode_with(encoded, &DecodeOptions::new())
    }

    /// [`decode`](Self::decode) with options.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_with(&self, encoded: &[u8], options: &DecodeOptions) -> Result<Vec<u8>, Error> {
        let mut decoded = Vec::new();
        self.decode_into_with(encoded, &mut decoded, options)?;
        super::give_back_slack(&mut decoded);
        Ok(decoded)
    }

    /// Appends what `encoded` holds to a `Vec<u8>` or [`Buffer`](crate::Buffer), or writes it to the beginning
    /// of a slice, and answers its length. On an error a `Vec` or `Buffer` is as it was.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and where the slice is too small.
    pub fn decode_into<'o>(&self, encoded: &[u8], out: impl Into<Output<'o>>) -> Result<usize, Error> {
        self.decode_into_with(encoded, out, &DecodeOptions::new())
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
        let mut out = out.into().limited(options.limits.max_bytes);
        let inner = self.codecs.decode_outer(encoded, &options.limits)?;
        self.codecs.decode_first(inner.bytes(), &options.limits, &mut out)?;
        Ok(out.finish())
    }

    /// A writer that encodes what is written to it into `writer`. It must be finished.
    ///
    /// # Errors
    /// Where a stage cannot start.
    pub fn encoder<'s>(&'s self, writer: impl Write + 's) -> Result<ByteWriter<'s>, Error> {
        let sink = self.codecs.encoder(None, Box::new(WriterSink(writer)))?;
        Ok(ByteWriter::new(sink, move |error| self.codecs.lift_marked(Direction::Encode, error)))
    }

    /// A reader of what the encoded form in `reader` holds. Takes options, or limits alone.
    ///
    /// # Errors
    /// Where a stage cannot start.
    pub fn decoder<'s>(
        &'s self,
        reader: impl Read + 's,
        options: impl Into<DecodeOptions>,
    ) -> Result<ByteReader<'s>, Error> {
        let limits = options.into().limits;
        let source = self.codecs.decoder(Box::new(ReaderSource(reader)), &limits)?;
        Ok(ByteReader::new(source, move |error| self.codecs.lift_marked(Direction::Decode, error)))
    }
}

impl fmt::Display for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::print_stages(self.stages(), f)
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
