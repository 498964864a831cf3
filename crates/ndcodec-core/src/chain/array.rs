//! [`Chain`]: a format, filters and codecs, for arrays.

use std::io::Write;
use std::sync::Arc;

use super::run::Run;
use super::stream::{ArrayWriter, ByteWriter};
use super::{EncodeOptions, give_back_slack};
use crate::error::{ArrayError, CodecError, Error, Place};
use crate::lang::{self, ChainError, ChainTree, FormatSpec, StageSpec};
use crate::stage::HeaderReader;
use crate::stage::stream::{BoxSink, BufferedSink, WriterSink};
use crate::{
    ArrayFormat, ArrayView, DecodeLimits, Destination, Direction, Filters, Frame, Header, HeaderContext,
    Input, Layout, Output, ParamDefault, Params, Registry,
};

/// A checked chain, such as `npy|zstd|base64`. Cheap to clone; one value serves many threads, and keeps its
/// compression contexts and scratch memory between calls, within the [budget](crate::memory) of the process.
#[derive(Debug, Clone)]
pub struct Chain {
    pub(super) stages: Arc<Stages>,
}

/// Where the payload of a stream goes, and the bytes that follow it.
type StreamEnds<'w> = (BoxSink<'w>, Option<Arc<[u8]>>);

#[derive(Debug)]
pub(super) struct Stages {
    pub(super) spec: FormatSpec,
    pub(super) format: Arc<dyn ArrayFormat>,
    /// Shared with the chains that were resolved from this one.
    pub(super) run: Arc<Run>,
}

impl Chain {
    /// Parses, checks and builds a chain of the stages that this program knows.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let chain = Chain::parse("npy|shuffle|zstd(level=9)|base64")?;
    /// assert_eq!(chain.stages().count(), 4);
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

    /// Parses, checks and builds a chain of the stages of `registry`. What data name, such as the inner chain in a header,
    /// comes from there too.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// // These words and no others, no matter who writes the line.
    /// let few: Vec<_> = stages().into_iter().filter(|stage| ["npy", "zstd"].contains(&stage.name())).collect();
    /// let chain = Chain::parse_in(&Registry::only(&few), "npy|zstd")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What is wrong in the text, and where: of kind [`Chain`](crate::ErrorKind::Chain) as an [`Error`], or
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for a word that this build does not have.
    pub fn parse_in(registry: &Registry, text: &str) -> Result<Self, ChainError> {
        let ChainTree { format: spec, tail } = lang::parse_chain(text, registry)?;
        let format = spec.build(text)?;
        let run = Arc::new(Run::build(Some(spec.spec().descriptor().name()), tail)?);
        Ok(Self { stages: Arc::new(Stages { spec, format, run }) })
    }

    /// The stages, in the order of encoding.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let words: Vec<&str> = chain.stages().map(|stage| stage.descriptor().name()).collect();
    /// # Ok(())
    /// # }
    /// ```
    pub fn stages(&self) -> impl Iterator<Item = &StageSpec> {
        std::iter::once(self.stages.spec.spec()).chain(self.stages.run.specs())
    }

    /// The stages that this chain was made of, and that data may name.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// // What else may be written wherever this chain was allowed.
    /// let pipeline = Pipeline::parse_in(chain.registry(), "zstd|base64")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn registry(&self) -> &Registry {
        self.stages.run.tail().registry()
    }

    /// Whether its first stage encodes the payload itself.
    pub(super) fn is_container(&self) -> bool {
        self.stages.spec.is_container()
    }

    /// Whether what it encodes is ASCII text.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let content_type = if chain.is_text() { "text/plain" } else { "application/octet-stream" };
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_text(&self) -> bool {
        self.stages().last().is_some_and(|stage| stage.descriptor().is_text())
    }

    /// This chain with every parameter filled in that was inferred from an array of this layout: what a reader
    /// needs who has only the encoded form.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// // `raw` becomes `raw(dtype=<f8,shape=(2,3))`, for example.
    /// let sent_along = chain.resolve(x.layout())?.to_string();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the chain cannot encode such an array: of kind [`Array`](crate::ErrorKind::Array) if the format or a filter
    /// does not take it, [`Input`](crate::ErrorKind::Input) if a codec cannot encode it, and
    /// [`NoMemory`](crate::ErrorKind::NoMemory).
    pub fn resolve(&self, layout: &Layout) -> Result<Self, Error> {
        self.check_layout(layout)?;
        self.filled_in(layout)
    }

    /// This chain without the parameters of its format that come from an array, such as dtype and shape: one that takes
    /// arrays of any layout again. The opposite of [`resolve`](Self::resolve).
    ///
    /// Other parameters stay as given, the inner chain of a container too.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// // Takes arrays of other shapes again.
    /// let chain = Chain::parse("raw(<f8,shape=(2,3))|zlib")?.general();
    /// # Ok(())
    /// # }
    /// ```
    pub fn general(&self) -> Self {
        let spec = self.stages.spec.spec();
        let mut params = spec.params().clone();
        for param in spec.descriptor().params() {
            if param.default == ParamDefault::FromArray {
                params.unset(param.name);
            }
        }
        // A format that needs such a parameter keeps what it has.
        self.with_format_params(params).unwrap_or_else(|_| self.clone())
    }

    /// Whether the format and the filters take an array of this layout.
    pub(super) fn check_layout(&self, layout: &Layout) -> Result<(), Error> {
        self.frame(layout)?;
        self.stages.run.bind(layout)?;
        Ok(())
    }

    /// [`resolve`](Self::resolve) for an array that was encoded already, so that nothing is to be checked: a chain may
    /// decode what it could not encode.
    pub(super) fn filled_in(&self, layout: &Layout) -> Result<Self, Error> {
        let mut params = self.stages.spec.spec().params().clone();
        self.stages.format.resolve(layout, &mut params);
        Ok(self.with_format_params(params)?)
    }

    /// This chain with other parameters of its format.
    pub(super) fn with_format_params(&self, params: Params) -> Result<Self, ChainError> {
        let Stages { spec, run, .. } = &*self.stages;
        let spec = spec.with_params(params);
        // The places of the parameters are those of the text as it was given.
        let format = spec.build(run.tail().text())?;
        Ok(Self { stages: Arc::new(Stages { spec, format, run: run.clone() }) })
    }

    /// The most bytes that an array of this layout may become, if every codec has a bound.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut room = vec![0; chain.max_encoded_len(x.layout())?.unwrap_or(1 << 20)];
    /// let len = chain.encode_into(x, &mut room[..])?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the chain cannot encode such an array: of kind [`Array`](crate::ErrorKind::Array) if the format or a filter
    /// does not take it, [`Input`](crate::ErrorKind::Input) if a codec cannot encode it, and
    /// [`NoMemory`](crate::ErrorKind::NoMemory).
    pub fn max_encoded_len(&self, layout: &Layout) -> Result<Option<usize>, Error> {
        let filtered = self.stages.run.bind(layout)?.output().max_len();
        let len = self.frame(layout)?.max_len(filtered);
        Ok(len.and_then(|len| self.stages.run.max_encoded_len(len)))
    }

    /// The encoded form of `array`.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let x = ArrayView::from_slice(&[1.0, 2.0, 3.0, 4.0], &[2, 2])?;
    /// let encoded = chain.encode(&x)?;
    /// assert_eq!(chain.decode(&encoded)?.to_vec::<f64>()?, [1.0, 2.0, 3.0, 4.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the chain cannot encode this array: of kind [`Array`](crate::ErrorKind::Array) if the format or a filter
    /// does not take it, [`Input`](crate::ErrorKind::Input) if a codec cannot encode it, and
    /// [`NoMemory`](crate::ErrorKind::NoMemory).
    pub fn encode(&self, array: &ArrayView<'_>) -> Result<Vec<u8>, Error> {
        self.encode_with(array, EncodeOptions::DEFAULT)
    }

    /// [`encode`](Self::encode) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = EncodeOptions::new().with_threads(std::num::NonZeroUsize::MIN);
    /// let encoded = chain.encode_with(x, &options)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn encode_with(&self, array: &ArrayView<'_>, options: &EncodeOptions) -> Result<Vec<u8>, Error> {
        let mut encoded = Vec::new();
        self.encode_append_with(array, &mut encoded, options)?;
        give_back_slack(&mut encoded);
        Ok(encoded)
    }

    /// The encoded form of `array` as text.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let field: String = chain.encode_text(x)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`encode`](Self::encode), and if the chain does not end in text.
    pub fn encode_text(&self, array: &ArrayView<'_>) -> Result<String, Error> {
        self.encode_text_with(array, EncodeOptions::DEFAULT)
    }

    /// [`encode_text`](Self::encode_text) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = EncodeOptions::new().with_threads(std::num::NonZeroUsize::MIN);
    /// let field = chain.encode_text_with(x, &options)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`encode_text`](Self::encode_text).
    pub fn encode_text_with(&self, array: &ArrayView<'_>, options: &EncodeOptions) -> Result<String, Error> {
        let bytes = self.encode_with(array, options)?;
        String::from_utf8(bytes).map_err(|_| self.not_text())
    }

    /// Replaces the content of a `Vec<u8>` or [`Buffer`](crate::Buffer) by the encoded form of `array`, or writes it to the
    /// beginning of a slice, and returns its length. On an error a `Vec` or `Buffer` is empty.
    ///
    /// Nothing is allocated once the capacity is enough. [`encode_append`](Self::encode_append) keeps what is there.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut message = Vec::new();
    /// for x in [x, x] {
    ///     let len = chain.encode_into(x, &mut message)?;
    ///     assert_eq!(message.len(), len);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the chain cannot encode this array: of kind [`Array`](crate::ErrorKind::Array) if the format or a filter
    /// does not take it, [`Input`](crate::ErrorKind::Input) if a codec cannot encode it, and
    /// [`NoMemory`](crate::ErrorKind::NoMemory), or [`OutputFull`](crate::ErrorKind::OutputFull) if the slice is too
    /// small.
    pub fn encode_into<'o>(&self, array: &ArrayView<'_>, out: impl Destination<'o>) -> Result<usize, Error> {
        self.encode_append_with(array, out.emptied(), EncodeOptions::DEFAULT)
    }

    /// [`encode_into`](Self::encode_into) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = EncodeOptions::new().with_threads(std::num::NonZeroUsize::MIN);
    /// let mut message = Buffer::new();
    /// chain.encode_into_with(x, &mut message, &options)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`encode_into`](Self::encode_into).
    pub fn encode_into_with<'o>(
        &self,
        array: &ArrayView<'_>,
        out: impl Destination<'o>,
        options: &EncodeOptions,
    ) -> Result<usize, Error> {
        self.encode_append_with(array, out.emptied(), options)
    }

    /// Appends the encoded form of `array` to a `Vec<u8>` or [`Buffer`](crate::Buffer), and returns its length. On an error
    /// nothing was appended.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut message = b"x=".to_vec();
    /// let len = chain.encode_append(x, &mut message)?;
    /// assert_eq!(message.len(), 2 + len);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`encode_into`](Self::encode_into).
    pub fn encode_append<'o>(
        &self,
        array: &ArrayView<'_>,
        out: impl Into<Output<'o>>,
    ) -> Result<usize, Error> {
        self.encode_append_with(array, out, EncodeOptions::DEFAULT)
    }

    /// [`encode_append`](Self::encode_append) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = EncodeOptions::new().with_threads(std::num::NonZeroUsize::MIN);
    /// let mut message = b"x=".to_vec();
    /// chain.encode_append_with(x, &mut message, &options)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`encode_append`](Self::encode_append).
    pub fn encode_append_with<'o>(
        &self,
        array: &ArrayView<'_>,
        out: impl Into<Output<'o>>,
        options: &EncodeOptions,
    ) -> Result<usize, Error> {
        let mut out = out.into();
        let run = &self.stages.run;
        let frame = self.frame_within(array.layout(), options)?;
        if frame.body.is_none() && !run.has_filters() {
            let parts = [&frame.head, array.payload(), frame.tail_bytes()];
            run.encode(&Input::new(&parts), &mut out).map_err(|error| self.lift(Direction::Encode, error))?;
            return Ok(out.finish());
        }
        // The filters say what they think of the array before a byte of it is written.
        let filters = run.bind(array.layout())?;
        let mut encode = || {
            let mut scratch = run.scratch();
            if frame.body.is_some() {
                if !run.has_codecs() {
                    return self.encode_body(&frame, array, options, &mut out);
                }
                let mut between = Output::to_buffer(&mut scratch);
                self.encode_body(&frame, array, options, &mut between)?;
                between.finish();
                return run.encode(&Input::new(&[&scratch]), &mut out);
            }
            let payload = if filters.is_identity() {
                array.payload()
            } else {
                let mut between = Output::to_buffer(&mut scratch).limited(filters.output().max_len());
                filters.forward(array.payload(), &mut between, run.pool())?;
                between.finish();
                &scratch
            };
            run.encode(&Input::new(&[&frame.head, payload, frame.tail_bytes()]), &mut out)
        };
        encode().map_err(|error| self.lift(Direction::Encode, error))?;
        Ok(out.finish())
    }

    /// Writes all of a format that encodes the payload itself.
    fn encode_body(
        &self,
        frame: &Frame,
        array: &ArrayView<'_>,
        options: &EncodeOptions,
        out: &mut Output<'_>,
    ) -> Result<(), CodecError> {
        let Some(body) = &frame.body else { return out.push(array.payload()) };
        if let Some(most) = frame.max_len(array.payload().len()) {
            out.reserve_room(most)?;
        }
        out.push(&frame.head)?;
        body.encode(array.payload(), options, out).map_err(|error| error.placed(self.format_place()))?;
        out.push(frame.tail_bytes())
    }

    /// A writer that takes the payload of an array of this layout, in bounded memory if the codecs can and
    /// there are no filters.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let layout = Layout::new(DType::parse("<f8")?, [1000, 3], Order::C)?;
    /// let mut writer = chain.encoder(&layout, std::fs::File::create("x.bin")?)?;
    /// for row in 0..1000 {
    ///     std::io::Write::write_all(&mut writer, &[0; 24])?;
    /// }
    /// writer.finish()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the chain cannot encode such an array, of kind [`Array`](crate::ErrorKind::Array), or a stage cannot start,
    /// of kind [`NoMemory`](crate::ErrorKind::NoMemory).
    pub fn encoder<'w>(
        &self,
        layout: &Layout,
        writer: impl Write + Send + 'w,
    ) -> Result<ArrayWriter<'w>, Error> {
        self.encoder_with(layout, writer, EncodeOptions::DEFAULT)
    }

    /// [`encoder`](Self::encoder) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = EncodeOptions::new().with_threads(std::num::NonZeroUsize::MIN);
    /// let writer = chain.encoder_with(x.layout(), std::io::stdout(), &options)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`encoder`](Self::encoder).
    pub fn encoder_with<'w>(
        &self,
        layout: &Layout,
        writer: impl Write + Send + 'w,
        options: &EncodeOptions,
    ) -> Result<ArrayWriter<'w>, Error> {
        let frame = self.frame_within(layout, options)?;
        let filters = self.stages.run.bind(layout)?;
        let payload_len = filters.output().known_len().filter(|_| frame.body.is_none());
        let len = payload_len.and_then(|len| frame.max_len(len));
        let start = || -> Result<StreamEnds<'w>, CodecError> {
            let mut sink =
                self.stages.run.encoder(len.map(|len| len as u64), Box::new(WriterSink(writer)))?;
            sink.write(&frame.head)?;
            if let Some(body) = frame.body {
                return Ok((body.encoder(options, sink).map_err(|e| e.placed(self.format_place()))?, None));
            }
            if filters.is_identity() {
                return Ok((sink, frame.tail));
            }
            // A filter sees the whole payload, so it is collected.
            let run = self.stages.run.clone();
            let filter = move |payload: &[u8], out: &mut Output<'_>| {
                filters.forward(payload, out, run.pool())?;
                out.push(frame.tail_bytes())
            };
            Ok((Box::new(BufferedSink::new(sink, filter)), None))
        };
        let (sink, tail) = start().map_err(|error| self.lift(Direction::Encode, error))?;
        let payload = ByteWriter::new(sink, self.stages.run.clone());
        Ok(ArrayWriter::new(payload, layout.nbytes(), tail))
    }

    /// Encodes `array` into `writer` as a stream.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// chain.encode_to(x, std::fs::File::create("x.bin")?)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the chain cannot encode this array: of kind [`Array`](crate::ErrorKind::Array) if the format or a filter
    /// does not take it, [`Input`](crate::ErrorKind::Input) if a codec cannot encode it, and
    /// [`NoMemory`](crate::ErrorKind::NoMemory), or [`Io`](crate::ErrorKind::Io) if the writer fails.
    pub fn encode_to(&self, array: &ArrayView<'_>, writer: impl Write + Send) -> Result<(), Error> {
        self.encode_to_with(array, writer, EncodeOptions::DEFAULT)
    }

    /// [`encode_to`](Self::encode_to) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = EncodeOptions::new().with_threads(std::num::NonZeroUsize::MIN);
    /// chain.encode_to_with(x, std::io::stdout(), &options)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`encode_to`](Self::encode_to).
    pub fn encode_to_with(
        &self,
        array: &ArrayView<'_>,
        writer: impl Write + Send,
        options: &EncodeOptions,
    ) -> Result<(), Error> {
        let mut encoder = self.encoder_with(array.layout(), writer, options)?;
        encoder.push(array.payload())?;
        encoder.finish()
    }

    pub(super) fn frame(&self, layout: &Layout) -> Result<Frame, ArrayError> {
        self.stages.format.frame(layout, self.stages.run.filter_text())
    }

    /// The frame of what is written now: its header is one that is read by default, or as long as the caller allows.
    fn frame_within(&self, layout: &Layout, options: &EncodeOptions) -> Result<Frame, ArrayError> {
        let frame = self.frame(layout)?;
        let (len, max) = (frame.head.len(), options.max_header);
        if len > max {
            let stage = self.format_place().name;
            return Err(ArrayError::HeaderLength { stage, len, max });
        }
        Ok(frame)
    }

    pub(super) fn lift(&self, direction: Direction, error: CodecError) -> Error {
        self.stages.run.lift(direction, error)
    }

    pub(super) fn format_place(&self) -> Place {
        self.stages.run.first_place()
    }

    /// The loop that reads a header of this chain's format.
    pub(super) fn header_reader<'c>(&'c self, limits: &'c DecodeLimits) -> HeaderReader<'c> {
        HeaderReader::new(&*self.stages.format, HeaderContext::new(limits, self.registry()))
    }

    /// The text of the filters in use: the header's if it names them, else the chain's own.
    pub(super) fn filter_text(&self, header: &Header) -> String {
        match header.filters() {
            Filters::Listed(listed) => listed.clone(),
            Filters::Unknown => self.stages.run.filter_text().unwrap_or_default().to_owned(),
        }
    }

    fn not_text(&self) -> Error {
        let text = self.to_string();
        let stage = self.stages().last().map_or("", |stage| stage.descriptor().name());
        let known = self.registry().stages();
        let help = known.iter().find(|stage| stage.is_text());
        let help = help.map_or(String::new(), |stage| format!("; put `{}` at its end", stage.name()));
        let reason = format!("`{text}` does not end in text{help}");
        ArrayError::Unsupported { stage: stage.to_owned(), reason }.into()
    }
}
