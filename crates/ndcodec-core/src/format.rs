//! [`ArrayFormat`]: the stage that begins a chain, and turns an array into bytes.

use std::fmt;
use std::sync::Arc;

use crate::{ArrayError, CodecError, DType, DecodeLimits, Layout, Order, Params, ShapePattern};

/// A stage array → bytes, such as `npy` or `raw`: a head, the payload as it lies in memory, and a tail.
///
/// The payload is never handed to the format: the chain passes it to the filters and the first codec as it is.
/// So a format describes what stands around it, and reads that back from the first bytes.
pub trait ArrayFormat: fmt::Debug + Send + Sync {
    /// What stands around the payload of an array of this layout.
    ///
    /// `filters` is the text of the filters that rewrite the payload, such as `shuffle`, if there are any: a format
    /// with a header says so in it.
    ///
    /// # Errors
    /// Where the format cannot hold such an array.
    fn frame(&self, layout: &Layout, filters: Option<&str>) -> Result<Frame, ArrayError>;

    /// Reads the header at the beginning of `prefix`, which need not hold the payload.
    ///
    /// # Errors
    /// [`HeaderError::Incomplete`] where more bytes are needed to tell, and
    /// [`HeaderError::Invalid`] where no further bytes can make it right.
    fn read_header(&self, prefix: &[u8], limits: &DecodeLimits) -> Result<Header, HeaderError>;

    /// Fills in the parameters that were inferred from an array of this layout, for a resolved chain.
    fn resolve(&self, layout: &Layout, params: &mut Params) {
        let _ = (layout, params);
    }
}

/// The bytes before and after a payload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frame {
    /// Before the payload. Shared, as a format may give the same again and again.
    pub head: Arc<[u8]>,
    /// After the payload.
    pub tail: Vec<u8>,
}

/// What a format's header says. Cheap to clone and to move: the parts are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header(Arc<Said>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    dtype: DType,
    shape: ShapePattern,
    order: Order,
    head_len: usize,
    tail_len: usize,
    filters: Filters,
    /// Known unless a dimension is open. Made once, since a header may be used again and again.
    layout: Option<Layout>,
}

/// What a header knows of filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filters {
    /// The format has no place for them, so the chain's own text is all there is.
    Unknown,
    /// There are these; none where the text is empty.
    Listed(String),
}

impl Header {
    /// A header of these parts, of no bytes, by a format that has no place for filters.
    ///
    /// # Errors
    /// Where such an array is larger than memory can address.
    pub fn new(dtype: DType, shape: ShapePattern, order: Order) -> Result<Self, CodecError> {
        let dims: Option<Vec<usize>> = shape.dims().iter().copied().collect();
        let layout = dims.map(|dims| Layout::new(dtype.clone(), dims, order).map(Layout::canonical));
        let layout = layout.transpose().map_err(invalid)?;
        let filters = Filters::Unknown;
        Ok(Self(Arc::new(Said { dtype, shape, order, head_len: 0, tail_len: 0, filters, layout })))
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

    /// The element type.
    pub fn dtype(&self) -> &DType {
        &self.0.dtype
    }

    /// The shape; a dimension is open where the format does not store it.
    pub fn shape(&self) -> &ShapePattern {
        &self.0.shape
    }

    /// Which index varies fastest in memory.
    pub fn order(&self) -> Order {
        self.0.order
    }

    /// The bytes before the payload.
    pub fn head_len(&self) -> usize {
        self.0.head_len
    }

    /// The bytes after the payload.
    pub fn tail_len(&self) -> usize {
        self.0.tail_len
    }

    /// The filters that rewrote the payload, in the order of encoding.
    pub fn filters(&self) -> &Filters {
        &self.0.filters
    }

    /// The length of the whole, head and tail included, where the header tells.
    ///
    /// # Errors
    /// Where that is more than memory can address.
    pub fn total_len(&self) -> Result<Option<usize>, CodecError> {
        let Some(layout) = &self.0.layout else { return Ok(None) };
        let total = self.head_len().checked_add(layout.nbytes()).and_then(|n| n.checked_add(self.tail_len()));
        let too_large = || CodecError::corrupt("the header claims more bytes than memory can address");
        total.ok_or_else(too_large).map(Some)
    }

    /// The layout, where the header tells the whole shape.
    pub fn known_layout(&self) -> Option<&Layout> {
        self.0.layout.as_ref()
    }

    /// The layout of the array in `total` bytes, head and tail included.
    ///
    /// # Errors
    /// Where there are fewer or more bytes than the header says.
    pub fn layout(&self, total: usize) -> Result<Layout, CodecError> {
        if let (Some(layout), Some(expected)) = (&self.0.layout, self.total_len()?) {
            if total < expected {
                let message =
                    format!("the header announces {expected} bytes in all, but the data end after {total}");
                return Err(CodecError::new(crate::ErrorKind::Truncated, message));
            }
            if total > expected {
                return Err(CodecError::trailing(total - expected, "the array"));
            }
            return Ok(layout.clone());
        }
        let around = self.head_len().saturating_add(self.tail_len());
        let payload = total.checked_sub(around).ok_or_else(|| CodecError::truncated("the header"))?;
        let Said { dtype, shape, order, .. } = &*self.0;
        let shape = shape.infer(dtype.itemsize(), payload).map_err(CodecError::corrupt)?;
        Ok(Layout::new(dtype.clone(), shape, *order).map_err(invalid)?.canonical())
    }
}

impl From<Layout> for Header {
    /// The header of an array whose payload stands alone.
    fn from(layout: Layout) -> Self {
        let said = Said {
            dtype: layout.dtype().clone(),
            shape: layout.shape().into(),
            order: layout.order(),
            head_len: 0,
            tail_len: 0,
            filters: Filters::Unknown,
            layout: Some(layout),
        };
        Self(Arc::new(said))
    }
}

fn invalid(error: ArrayError) -> CodecError {
    CodecError::corrupt("the header describes an impossible array").with_source(error)
}

/// Why a header could not be read.
#[derive(Debug)]
pub enum HeaderError {
    /// `needed` bytes, at the least, must be there to read it.
    Incomplete {
        /// Bytes from the beginning.
        needed: usize,
    },
    /// It is no header of this format, or refused.
    Invalid(CodecError),
}

impl From<CodecError> for HeaderError {
    fn from(error: CodecError) -> Self {
        Self::Invalid(error)
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
