//! What an encoded array is, from its first bytes.

use super::Chain;
use crate::error::Error;
use crate::lang::StageSpec;
use crate::stream::SliceSource;
use crate::{DType, DecodeLimits, Header, Layout, Order, ParamKind, ShapePattern};

/// What the first bytes of an encoded array say.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// The chain that decodes it, with what the header says filled in, as text.
    pub chain: String,
    /// The element type.
    pub dtype: DType,
    /// The shape; a dimension is open where only the whole data can tell.
    pub shape: ShapePattern,
    /// Which index varies fastest in memory.
    pub order: Order,
    /// The length of the elements in bytes, where the header tells.
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
    /// # Errors
    /// Of kind [`Truncated`](crate::ErrorKind::Truncated) where `prefix` ends before the header does; else where
    /// the data are not what this chain writes.
    pub fn inspect(&self, prefix: &[u8], limits: &DecodeLimits) -> Result<Inspection, Error> {
        let source = self.stages.codecs.decoder(Box::new(SliceSource(prefix)), limits)?;
        let (header, inner) = self.stream_header(source, limits)?;
        self.describe(header, inner.as_deref())
    }

    fn describe(&self, header: Header, inner: Option<&str>) -> Result<Inspection, Error> {
        let layout = header.known_layout();
        let chain = match layout {
            Some(layout) => self.filled_in(layout)?.with_inner(inner).to_string(),
            None => self.to_string(),
        };
        Ok(Inspection {
            chain,
            order: layout.map_or(header.order(), Layout::order),
            nbytes: layout.map(Layout::nbytes),
            filters: self.filter_text(&header),
            dtype: header.dtype().clone(),
            shape: header.shape().clone(),
            header_len: header.head_len(),
        })
    }

    /// This chain with the inner chain that a container's header names, where it names none itself. What it cannot name
    /// (another program's stage, say) is left out, as it was.
    fn with_inner(self, inner: Option<&str>) -> Self {
        let first = &self.stages.first;
        let specs = first.descriptor().param_specs();
        let tail = specs.iter().find(|spec| spec.kind == ParamKind::Tail).map(|spec| spec.name);
        let (Some(name), Some(inner)) = (tail, inner.filter(|inner| !inner.is_empty())) else { return self };
        if first.params().is_given(name) {
            return self;
        }
        let named = Self::parse(&format!("{}({inner})", first.descriptor().name()));
        let Some(tail) = named.ok().and_then(|named| named.stages.first.params().value(name)) else {
            return self;
        };
        let mut params = first.params().clone();
        params.set(name, tail);
        let mut specs: Vec<StageSpec> = self.stages().cloned().collect();
        specs[0] = first.with_params(params);
        Self::build(&self.to_string(), specs).unwrap_or(self)
    }
}
