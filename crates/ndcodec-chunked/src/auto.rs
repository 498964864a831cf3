//! `auto`: the container that chooses. Each part of a chunk names the inner chain that made it.
//! Byte for byte it is described in `docs/formats/auto.md` of the repository.

use std::sync::Arc;

use ndcodec_core::{
    ArrayError, ArrayFormat, Frame, Header, HeaderContext, HeaderError, InnerChain, Layout, ParamError,
    ParamKind, ParamSpec, Params, Recent, StageDescriptor, Value,
};

use crate::chunks::{Chunks, Scheme, Shared};
use crate::format::LONGEST;
use crate::header::{self, Head, MAX_CHUNK};

mod candidates;
mod choose;
mod coder;
mod columns;
mod entropy;
mod record;
mod sample;
mod split;

use candidates::Goal;
pub(crate) use coder::{Chosen, ChosenCoder};
use coder::{Offer, chunk_len};

/// `auto(goal, size, try)`: chooses filters and codecs for each column of each chunk.
pub static AUTO: StageDescriptor = StageDescriptor::format("auto", env!("CARGO_PKG_NAME"), &build)
    .with_summary(
        "chunks, each column of each encoded by what suits it, in parallel, with an index and checksums",
    )
    .with_specification("docs/formats/auto.md")
    .with_params(&[
        ParamSpec::choice("goal", Goal::WORDS, "balanced", "what to be good at; decoding reads any"),
        ParamSpec::inferred(
            "size",
            ParamKind::Size { min: 1 << 10, max: 1 << 30 },
            "bytes of the array in a chunk, rounded to whole rows; depends on the goal if it is not given",
        ),
        ParamSpec::inferred(
            "try",
            ParamKind::Tail,
            "filters and codecs to try in addition to the built-in ones",
        ),
    ])
    .with_sniff(|sample| header::AUTO.sniff(sample.bytes))
    .container()
    .streaming();
#[cfg(feature = "auto")]
ndcodec_core::submit!(AUTO);

fn build(params: &Params) -> Result<Arc<dyn ArrayFormat>, ParamError> {
    let goal = Goal::of(params.word("goal"));
    let size = params.size("size").map(usize::try_from).transpose();
    let size = size.map_err(|_| ParamError::new("size", "is larger than memory can address"))?;
    Ok(Arc::new(Auto::new(goal, size, params.inner_chain("try")?, params)))
}

/// The format `auto`.
#[derive(Debug)]
pub struct Auto {
    offer: Arc<Offer>,
    /// The bytes of a chunk, if somebody said.
    size: Option<usize>,
    shared: Arc<Shared>,
    /// What was written last, and what was read last.
    written: Recent<Layout, Frame>,
    read: Recent<Box<[u8]>, Header>,
}

impl Auto {
    fn new(goal: Goal, size: Option<usize>, own: Option<Arc<InnerChain>>, params: &Params) -> Self {
        let offer = Arc::new(Offer::new(goal, own, params));
        Self { offer, size, shared: Arc::default(), written: Recent::new(), read: Recent::new() }
    }
}

impl Auto {
    fn size(&self, layout: &Layout) -> usize {
        self.size.unwrap_or_else(|| self.offer.goal.chunk_len(layout))
    }
}

impl ArrayFormat for Auto {
    fn frame(&self, layout: &Layout, _: Option<&str>) -> Result<Frame, ArrayError> {
        let make = || {
            let layout = layout.clone().canonical();
            let itemsize = layout.dtype().itemsize();
            if itemsize > MAX_CHUNK {
                let reason =
                    format!("its items of {itemsize} bytes are larger than the {MAX_CHUNK} bytes of a chunk");
                return Err(ArrayError::unsupported("auto", reason));
            }
            let chunk_len = chunk_len(&layout, self.size(&layout));
            let (head, bytes) = Head::new(&header::AUTO, &layout, chunk_len, self.offer.goal.word());
            let scheme = Chosen::new(&head, &self.offer, None);
            let chunks = Chunks::new(head, Scheme::Chosen(scheme), &self.shared);
            let frame = Frame::with_head(bytes).with_body(Arc::new(chunks));
            Ok(((frame.head.len() <= LONGEST).then(|| layout.clone()), frame))
        };
        self.written.get(|of| of == layout, make)
    }

    fn read_header(&self, prefix: &[u8], context: &HeaderContext<'_>) -> Result<Header, HeaderError> {
        let limits = context.limits();
        let read = || {
            let head = Head::read(&header::AUTO, prefix, limits)?;
            let (layout, len) = (head.layout.clone(), head.len);
            let named = context.inner_chains(self.offer.own.as_ref());
            let scheme = Chosen::new(&head, &self.offer, Some(named));
            let chunks = Chunks::new(head, Scheme::Chosen(scheme), &self.shared);
            let header = Header::from(layout).with_head(len).with_body(Arc::new(chunks));
            let key = prefix.get(..len).filter(|bytes| bytes.len() <= LONGEST).map(Box::from);
            Ok((key, header))
        };
        self.read.get(|bytes| prefix.starts_with(bytes) && bytes.len() <= limits.max_header, read)
    }

    fn resolve(&self, layout: &Layout, params: &mut Params) {
        params.set("size", Value::Size(self.size(layout) as u64));
    }
}
