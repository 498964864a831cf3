//! [`ArrayFormat`]: the stage that begins a chain, and turns an array into bytes.

use std::fmt;
use std::sync::Arc;

use super::body::Body;
use super::recent::Recent;
use super::registry::Registry;
use crate::chain::{InnerChain, InnerChainError, InnerChains};
use crate::{
    ArrayError, CodecError, DType, DecodeLimits, ErrorKind, Layout, Limit, Order, Params, ShapePattern,
};

/// A stage array → bytes, such as `npy`, `raw` or `chunked`: a head, the payload, and a tail.
///
/// Most formats keep the payload as it lies in memory. The chain passes it to the filters and the first codec as it is, so
/// such a format only describes what stands around it, and reads that back from the first bytes. A format that encodes the
/// payload itself, a *container*, gives a [`Body`] with its [`Frame`] and its [`Header`].
pub trait ArrayFormat: fmt::Debug + Send + Sync + 'static {
    /// What is written for an array of this layout.
    ///
    /// `filters` is the text of the filters that rewrite the payload, such as `shuffle`, if there are any: a format
    /// with a header names them in it.
    ///
    /// # Errors
    /// If the format cannot hold such an array.
    fn frame(&self, layout: &Layout, filters: Option<&str>) -> Result<Frame, ArrayError>;

    /// Reads the header at the beginning of `prefix`, which need not hold the payload.
    ///
    /// The chain calls this for one header until it is complete, and keeps what it gives.
    ///
    /// # Errors
    /// [`HeaderError::Incomplete`] if more bytes are needed to tell, and
    /// [`HeaderError::Invalid`] if no further bytes can make it right.
    fn read_header(&self, prefix: &[u8], context: &HeaderContext<'_>) -> Result<Header, HeaderError>;

    /// Fills in the parameters that were inferred from an array of this layout, for a resolved chain.
    fn resolve(&self, layout: &Layout, params: &mut Params) {
        let _ = (layout, params);
    }
}

/// What surrounds the reading of a header: the caller's limits, and the stages that data may name.
#[derive(Debug, Clone, Copy)]
pub struct HeaderContext<'c> {
    limits: &'c DecodeLimits,
    registry: &'c Registry,
}

impl<'c> HeaderContext<'c> {
    /// These limits and stages.
    pub const fn new(limits: &'c DecodeLimits, registry: &'c Registry) -> Self {
        Self { limits, registry }
    }

    /// The caller's limits.
    pub const fn limits(&self) -> &'c DecodeLimits {
        self.limits
    }

    /// A header that is one line of text behind `magic`: what stands between it and the line's end, which is a `\n`, and the
    /// length of the whole.
    ///
    /// # Errors
    /// [`HeaderError::Incomplete`] if `prefix` has no whole line yet; [`HeaderError::Invalid`] as soon as another magic is
    /// seen, the line passes the limit, or it is not UTF-8.
    pub fn line<'p>(&self, prefix: &'p [u8], magic: &str) -> Result<(&'p str, usize), HeaderError> {
        let magic = magic.as_bytes();
        if let Some(at) = prefix.iter().zip(magic).position(|(byte, expected)| byte != expected) {
            let expected = magic.escape_ascii();
            let message = format!("the header does not begin with the magic `{expected}`");
            return Err(CodecError::corrupt(message).at(at as u64).into());
        }
        let Some(text) = prefix.get(magic.len()..) else {
            return Err(HeaderError::Incomplete { needed: magic.len() + 1 });
        };
        let max = self.limits.max_header;
        let end = text.iter().position(|byte| *byte == b'\n');
        if end.unwrap_or(text.len()) > max {
            let message = format!("the header's line is longer than the limit of {max} characters");
            return Err(CodecError::over(Limit::Header, message).at(magic.len() as u64).into());
        }
        let Some(end) = end else { return Err(HeaderError::Incomplete { needed: prefix.len() + 1 }) };
        let is_text = |error| CodecError::corrupt("the header's line is not UTF-8").with_source(error);
        let line = str::from_utf8(&text[..end]).map_err(is_text)?;
        Ok((line, magic.len() + end + 1))
    }

    /// The inner chain that a header names. It is the only way from data to stages, so what the data may choose is
    /// checked here: stages of the chain's registry that data may name, and not more than
    /// [`MAX_STAGES_FROM_DATA`](crate::MAX_STAGES_FROM_DATA) of them.
    ///
    /// `own` is the inner chain that the caller named, if there is one. It is what runs then: a header with other stages is
    /// refused; other parameters are those of the writer.
    ///
    /// # Errors
    /// If the text is not an inner chain that may be used.
    pub fn inner_chain(
        &self,
        text: &str,
        own: Option<&Arc<InnerChain>>,
    ) -> Result<Arc<InnerChain>, InnerChainError> {
        InnerChain::from_data(self.registry, text, own)
    }

    /// The same for data that name inner chains behind the header, one for each part. `own` is one that the caller named,
    /// which is allowed beside those that data may name.
    pub fn inner_chains(&self, own: Option<&Arc<InnerChain>>) -> InnerChains {
        InnerChains::new(self.registry, own)
    }
}

/// What is written for an array: the bytes before and after its payload, and how the payload stands between them.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Frame {
    /// Before the payload. Shared, as a format may give the same again and again.
    pub head: Arc<[u8]>,
    /// After the payload, if there is anything.
    pub tail: Option<Arc<[u8]>>,
    /// How the payload is encoded; `None` if it stays as it lies.
    pub body: Option<Arc<dyn Body>>,
}

impl Frame {
    /// A head before a payload that stays as it lies, and nothing after it.
    pub fn with_head(head: impl Into<Arc<[u8]>>) -> Self {
        Self { head: head.into(), ..Self::default() }
    }

    /// This frame with bytes after the payload.
    #[must_use]
    pub fn with_tail(mut self, tail: impl Into<Arc<[u8]>>) -> Self {
        self.tail = Some(tail.into());
        self
    }

    /// The bytes after the payload.
    #[inline]
    pub fn tail_bytes(&self) -> &[u8] {
        self.tail.as_deref().unwrap_or_default()
    }

    /// This frame with a payload that the format encodes itself.
    #[must_use]
    pub fn with_body(mut self, body: Arc<dyn Body>) -> Self {
        self.body = Some(body);
        self
    }

    /// The most bytes of the whole, if there is a bound.
    pub(crate) fn max_len(&self, payload: usize) -> Option<usize> {
        let body = self.body.as_ref().map_or(Some(payload), |body| body.max_encoded_len())?;
        self.head.len().checked_add(body)?.checked_add(self.tail_bytes().len())
    }
}

/// What a format's header says. Cheap to clone and to move: the parts are shared.
#[derive(Debug, Clone, PartialEq)]
pub struct Header(Arc<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    dtype: DType,
    shape: ShapePattern,
    order: Order,
    head_len: usize,
    tail_len: usize,
    filters: Filters,
    body: Option<Arc<dyn Body>>,
    /// Known unless a dimension is open. Made once, since a header may be used again and again.
    layout: Option<Layout>,
    /// What an open dimension was inferred to last, from so many bytes.
    inferred: Recent<usize, Layout>,
}

impl PartialEq for Parts {
    fn eq(&self, other: &Self) -> bool {
        let of = |parts: &Self| (parts.order, parts.head_len, parts.tail_len);
        let inner = |parts: &Self| {
            let body = parts.body.as_ref()?;
            Some(body.inner_chain().map(|inner| inner.text().to_owned()))
        };
        of(self) == of(other)
            && (&self.dtype, &self.shape, &self.filters) == (&other.dtype, &other.shape, &other.filters)
            && inner(self) == inner(other)
    }
}

/// What a header knows of filters.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Filters {
    /// The format has no place for them, so the chain's own text is all there is.
    Unknown,
    /// There are these; none if the text is empty.
    Listed(String),
}

impl Header {
    /// A header of these parts, of no bytes, by a format that has no place for filters.
    ///
    /// # Errors
    /// If such an array is larger than memory can address.
    pub fn new(dtype: DType, shape: ShapePattern, order: Order) -> Result<Self, CodecError> {
        let dims: Option<Vec<usize>> = shape.dims().iter().copied().collect();
        let layout = dims.map(|dims| Layout::new(dtype.clone(), dims, order).map(Layout::canonical));
        let layout = layout.transpose().map_err(impossible)?;
        Ok(Self(Arc::new(Parts { layout, ..Parts::of(dtype, shape, order) })))
    }

    /// This header with so many bytes before the payload.
    #[must_use]
    pub fn with_head(mut self, len: usize) -> Self {
        Arc::make_mut(&mut self.0).head_len = len;
        self
    }

    /// This header with so many bytes after the payload.
    #[must_use]
    pub fn with_tail(mut self, len: usize) -> Self {
        Arc::make_mut(&mut self.0).tail_len = len;
        self
    }

    /// This header of a format that lists the filters that rewrote the payload.
    #[must_use]
    pub fn with_filters(mut self, listed: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).filters = Filters::Listed(listed.into());
        self
    }

    /// This header of a container, whose payload is decoded by `body`.
    #[must_use]
    pub fn with_body(mut self, body: Arc<dyn Body>) -> Self {
        Arc::make_mut(&mut self.0).body = Some(body);
        self
    }

    /// The element type.
    #[inline]
    pub fn dtype(&self) -> &DType {
        &self.0.dtype
    }

    /// The shape; a dimension is open if the format does not store it.
    #[inline]
    pub fn shape(&self) -> &ShapePattern {
        &self.0.shape
    }

    /// Which index varies fastest in memory.
    #[inline]
    pub fn order(&self) -> Order {
        self.0.order
    }

    /// The bytes before the payload.
    #[inline]
    pub fn head_len(&self) -> usize {
        self.0.head_len
    }

    /// The bytes after the payload, without those of a [body](Self::body).
    #[inline]
    pub fn tail_len(&self) -> usize {
        self.0.tail_len
    }

    /// The filters that rewrote the payload, in the order of encoding.
    #[inline]
    pub fn filters(&self) -> &Filters {
        &self.0.filters
    }

    /// How the payload is decoded; `None` if it stays as it lies.
    #[inline]
    pub fn body(&self) -> Option<&Arc<dyn Body>> {
        self.0.body.as_ref()
    }

    /// The layout, if the header tells the whole shape.
    #[inline]
    pub fn known_layout(&self) -> Option<&Layout> {
        self.0.layout.as_ref()
    }

    /// The length of the whole with a payload of `payload` bytes between head and tail.
    ///
    /// # Errors
    /// If that is more than memory can address.
    #[inline]
    pub(crate) fn total_len(&self, payload: usize) -> Result<usize, CodecError> {
        let total = self.head_len().checked_add(payload).and_then(|n| n.checked_add(self.tail_len()));
        total.ok_or_else(|| CodecError::corrupt("the header claims more bytes than memory can address"))
    }

    /// The layout of the array in `total` bytes, head and tail included, of a format that keeps the payload as it lies.
    ///
    /// # Errors
    /// If there are fewer or more bytes than the header says.
    pub fn layout(&self, total: usize) -> Result<Layout, CodecError> {
        if let Some(layout) = &self.0.layout {
            self.check_len(total, layout.nbytes())?;
            return Ok(layout.clone());
        }
        let around = self.head_len().saturating_add(self.tail_len());
        let payload = total.checked_sub(around).ok_or_else(|| CodecError::truncated("the header"))?;
        let Parts { dtype, shape, order, inferred, .. } = &*self.0;
        let infer = || {
            let shape = shape.infer(dtype.itemsize(), payload).map_err(CodecError::corrupt)?;
            let layout = Layout::new(dtype.clone(), shape, *order).map_err(impossible)?.canonical();
            Ok((Some(payload), layout))
        };
        inferred.get(|last| *last == payload, infer)
    }

    /// Whether `total` bytes hold head, tail and exactly `payload` bytes between them.
    #[inline]
    pub(crate) fn check_len(&self, total: usize, payload: usize) -> Result<(), CodecError> {
        let expected = self.total_len(payload)?;
        if total < expected {
            let message =
                format!("the header announces {expected} bytes in all, but the data end after {total}");
            return Err(CodecError::new(ErrorKind::Truncated, message));
        }
        if total > expected {
            return Err(CodecError::trailing(total - expected, "the array"));
        }
        Ok(())
    }
}

impl Parts {
    fn of(dtype: DType, shape: ShapePattern, order: Order) -> Self {
        let filters = Filters::Unknown;
        let (layout, inferred) = (None, Recent::new());
        Self { dtype, shape, order, head_len: 0, tail_len: 0, filters, body: None, layout, inferred }
    }
}

impl From<Layout> for Header {
    /// The header of an array whose payload stands alone.
    fn from(layout: Layout) -> Self {
        let parts = Parts::of(layout.dtype().clone(), layout.shape().into(), layout.order());
        Self(Arc::new(Parts { layout: Some(layout), ..parts }))
    }
}

fn impossible(error: ArrayError) -> CodecError {
    CodecError::corrupt("the header describes an impossible array").with_source(error)
}

/// Why a header could not be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum HeaderError {
    /// At least `needed` bytes must be there to read it.
    Incomplete {
        /// Bytes from the beginning.
        needed: usize,
    },
    /// It is not a header of this format, or refused.
    Invalid(CodecError),
}

impl From<CodecError> for HeaderError {
    fn from(error: CodecError) -> Self {
        Self::Invalid(error)
    }
}

impl From<InnerChainError> for HeaderError {
    fn from(error: InnerChainError) -> Self {
        Self::Invalid(error.to_codec_error())
    }
}

impl HeaderError {
    /// The error for data that end here, so that no more bytes will come.
    pub fn at_end(self) -> CodecError {
        match self {
            Self::Incomplete { needed } => {
                CodecError::truncated(format_args!("the header, which needs at least {needed} bytes"))
            }
            Self::Invalid(error) => error,
        }
    }
}

/// The loop that asks for more bytes of a header until it is complete: the same for slices, files, streams, and outputs
/// that a codec is writing to.
#[derive(Debug)]
pub(crate) struct HeaderReader<'c> {
    format: &'c dyn ArrayFormat,
    context: HeaderContext<'c>,
    /// How many bytes must be there before it is worth another look.
    needed: usize,
}

impl<'c> HeaderReader<'c> {
    pub(crate) fn new(format: &'c dyn ArrayFormat, context: HeaderContext<'c>) -> Self {
        Self { format, context, needed: 0 }
    }

    /// The header, if `prefix` is enough for it. A prefix that is known to be too short is not looked at.
    #[inline]
    pub(crate) fn offer(&mut self, prefix: &[u8]) -> Result<Option<Header>, CodecError> {
        if prefix.len() < self.needed {
            return Ok(None);
        }
        match self.format.read_header(prefix, &self.context) {
            Ok(header) => Ok(Some(header)),
            Err(HeaderError::Invalid(error)) => Err(error),
            Err(HeaderError::Incomplete { needed }) => {
                // A format that asks for no more would never come to an end.
                self.needed = needed.max(prefix.len() + 1);
                Ok(None)
            }
        }
    }

    /// Reads the header by `more`, which appends at most so many bytes to the prefix and says whether there were any.
    /// Gives the header and all that was read.
    pub(crate) fn read(
        mut self,
        mut more: impl FnMut(&mut Vec<u8>, usize) -> Result<bool, CodecError>,
    ) -> Result<(Header, Vec<u8>), CodecError> {
        /// `needed` comes from the data, so it is met in steps, each of which must have brought bytes.
        const STEP: usize = 64 << 10;

        let mut prefix = Vec::new();
        loop {
            if let Some(header) = self.offer(&prefix)? {
                return Ok((header, prefix));
            }
            let step = (self.needed - prefix.len()).min(STEP);
            if !more(&mut prefix, step)? {
                return Err(self.at_end(&prefix));
            }
        }
    }

    /// The error for data that end before their header does: it may be wrong already in what there is.
    pub(crate) fn at_end(&self, prefix: &[u8]) -> CodecError {
        match self.format.read_header(prefix, &self.context) {
            Err(error) => error.at_end(),
            Ok(_) => HeaderError::Incomplete { needed: self.needed }.at_end(),
        }
    }
}
