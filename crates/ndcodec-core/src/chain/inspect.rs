//! What an encoded array is, from its first bytes.

use super::{Chain, DecodeOptions};
use crate::error::Error;
use crate::stage::stream::SliceSource;
use crate::{DType, Header, Layout, Order, ParamKind, ShapePattern, Value};

/// What the first bytes of an encoded array say.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// The chain that decodes it, with what the header says filled in, as text.
    pub chain: String,
    /// The element type.
    pub dtype: DType,
    /// The shape; a dimension is open if only the whole data can tell.
    pub shape: ShapePattern,
    /// Which index varies fastest in memory.
    pub order: Order,
    /// The length of the elements in bytes, if the header tells.
    pub nbytes: Option<usize>,
    /// The length of the format's header in bytes.
    pub header_len: usize,
    /// The filters that the header names, or the chain.
    pub filters: String,
}

impl Chain {
    /// Reads the header of an encoded array from its first bytes, without the payload.
    ///
    /// A codec that does not stream needs all bytes.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// // A few hundred bytes are enough for most headers.
    /// let header = chain.inspect(&encoded[..encoded.len().min(512)])?;
    /// println!("{} {:?}", header.dtype, header.nbytes);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Of kind [`Truncated`](crate::ErrorKind::Truncated) if `prefix` ends before the header does; else if
    /// the data are not what this chain writes.
    pub fn inspect(&self, prefix: &[u8]) -> Result<Inspection, Error> {
        self.inspect_with(prefix, DecodeOptions::DEFAULT)
    }

    /// [`inspect`](Self::inspect) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>, encoded: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = DecodeOptions::new().with_max_bytes(64 << 20);
    /// let header = chain.inspect_with(encoded, &options)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`inspect`](Self::inspect).
    pub fn inspect_with(&self, prefix: &[u8], options: &DecodeOptions) -> Result<Inspection, Error> {
        let inner = options.limits.with_max_bytes(self.format_limit(&options.limits));
        let source = self.stages.run.decoder(Box::new(SliceSource::new(prefix)), &inner);
        let (header, _) = self.header_from(source.map_err(|error| self.undecoded(error))?, options)?;
        self.describe(&header)
    }

    pub(super) fn describe(&self, header: &Header) -> Result<Inspection, Error> {
        let layout = header.known_layout();
        let chain = match layout {
            Some(layout) => self.with_inner_of(header).filled_in(layout)?.to_string(),
            None => self.to_string(),
        };
        Ok(Inspection {
            chain,
            order: layout.map_or(header.order(), Layout::order),
            nbytes: layout.map(Layout::nbytes),
            filters: self.filter_text(header),
            dtype: header.dtype().clone(),
            shape: header.shape().clone(),
            header_len: header.head_len(),
        })
    }

    /// This chain with the inner chain that a container's header names, if it names none itself.
    fn with_inner_of(&self, header: &Header) -> Self {
        let spec = self.stages.spec.spec();
        let mut params = spec.descriptor().params().iter();
        let tail = params.find(|spec| spec.kind == ParamKind::Tail).map(|spec| spec.name);
        let inner = header.body().and_then(|body| body.inner_chain());
        let (Some(name), Some(inner)) = (tail, inner) else { return self.clone() };
        if spec.params().is_given(name) || inner.tail().is_empty() {
            return self.clone();
        }
        let mut params = spec.params().clone();
        params.set(name, Value::Tail(inner.tail().clone()));
        self.with_format_params(params).unwrap_or_else(|_| self.clone())
    }
}
