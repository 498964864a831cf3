//! Chains and pipelines that were parsed before, by their text, with what their last calls have shown.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use ndcodec::dtype::Kind;
use ndcodec::stage::{StageSpec, patient};
use ndcodec::{Chain, DType, Error, Layout, Order, Pipeline};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::options;
use crate::run::{self, Work};

/// A chain or a pipeline, and how calls of it are best made.
#[derive(Debug)]
pub(crate) struct Line<C> {
    pub(crate) checked: C,
    /// The canonical text.
    pub(crate) text: String,
    /// Whether a small message is over in no time and needs no other thread, so that the interpreter may be kept.
    pub(crate) is_light: bool,
    /// How many bytes may take so long that somebody wants to interrupt it.
    pub(crate) long_from: usize,
    /// Whether every bound was the length that was reached, so that `bytes` can be made before encoding.
    is_exact: AtomicBool,
    /// The bytes of the last result.
    last: AtomicUsize,
    /// The last array's.
    layout: Mutex<Option<Known>>,
}

impl<C> Line<C> {
    fn new(checked: C, text: String, is_light: bool) -> Self {
        Self {
            checked,
            is_light,
            long_from: long_from(is_light, &text),
            text,
            is_exact: AtomicBool::new(true),
            last: AtomicUsize::new(0),
            layout: Mutex::new(None),
        }
    }

    pub(crate) fn is_exact(&self) -> bool {
        self.is_exact.load(Ordering::Relaxed)
    }

    pub(crate) fn learn_exact(&self, is_exact: bool) {
        if !is_exact {
            self.is_exact.store(false, Ordering::Relaxed);
        }
    }

    /// About how much room the next result needs.
    pub(crate) fn expected(&self) -> usize {
        self.last.load(Ordering::Relaxed)
    }

    pub(crate) fn learn_expected(&self, bytes: usize) {
        self.last.store(bytes, Ordering::Relaxed);
    }
}

impl Line<Chain> {
    /// The layout of these parts, and what is known of it. That of the last array is kept: for small messages of one kind it is
    /// half of the work.
    pub(crate) fn layout(&self, dtype: DType, shape: &[usize], order: Order) -> Result<Known, Error> {
        let mut last = patient(&self.layout);
        if let Some(known) = last.as_deref().and_then(Option::as_ref)
            && known.layout.order() == order
            && known.layout.shape() == shape
            && *known.layout.dtype() == dtype
        {
            let mut known = known.clone();
            known.exact = known.exact.filter(|_| self.is_exact());
            return Ok(known);
        }
        let layout = Layout::new(dtype, shape, order)?;
        let exact = if self.is_exact() { self.checked.max_encoded_len(&layout)? } else { None };
        let void = self.stored_as_void(&layout);
        let known = Known { layout, exact, void };
        if let Some(last) = &mut last {
            **last = Some(known.clone());
        }
        Ok(known)
    }

    /// The stage that would give elements of this layout back, where `npy` gives void: its header has no words for them.
    fn stored_as_void(&self, layout: &Layout) -> Option<Arc<str>> {
        if !has_extension(layout.dtype()) {
            return None;
        }
        let format = self.checked.stages().next().filter(|stage| stage.descriptor().name() == "npy")?;
        let resolved = self.checked.resolve(layout).ok()?;
        let resolved = resolved.stages().next().filter(|resolved| *resolved != format)?;
        Some(resolved.to_string().into())
    }
}

/// Whether a dtype is of a package other than numpy, or has a field that is.
fn has_extension(dtype: &DType) -> bool {
    match dtype.kind() {
        Kind::Extension(_) => true,
        Kind::Struct(fields) => fields.iter().any(|field| has_extension(field.dtype())),
        _ => false,
    }
}

/// A layout, as a chain sees it.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) layout: Layout,
    /// The length of the encoded form, if the chain's bound has always been that so far.
    pub(crate) exact: Option<usize>,
    /// See [`Line::stored_as_void`].
    pub(crate) void: Option<Arc<str>>,
}

pub(crate) type ChainLine = Arc<Line<Chain>>;
pub(crate) type PipelineLine = Arc<Line<Pipeline>>;

/// The chain of this text.
pub(crate) fn chain(py: Python<'_>, text: &str) -> PyResult<ChainLine> {
    chain_of(py, text, None)
}

/// The chain of this text, of these stages and no others if they are given.
pub(crate) fn chain_of(py: Python<'_>, text: &str, stages: Option<&[String]>) -> PyResult<ChainLine> {
    static RECENT: Recent<Line<Chain>> = Recent::new();
    let Some(stages) = stages else {
        return RECENT.of(text, || parsed(py, text, || Ok(chain_line(Chain::parse(text)?))));
    };
    RECENT.of(&narrowed(text, stages), || {
        let registry = options::only(py, stages)?;
        parsed(py, text, || Ok(chain_line(Chain::parse_in(&registry, text)?)))
    })
}

/// The key of a text among some stages: no text holds such a character.
fn narrowed(text: &str, stages: &[String]) -> String {
    format!("{}\0{text}", stages.join("\0"))
}

/// Parses `text`, with the interpreter released if that takes long.
fn parsed<V: Send>(
    py: Python<'_>,
    text: &str,
    parse: impl FnOnce() -> Result<V, Error> + Send,
) -> PyResult<V> {
    run::run(py, Work { bytes: text.len(), is_light: true }, parse)
}

/// The line of a chain that was not made from text.
pub(crate) fn chain_line(chain: Chain) -> Line<Chain> {
    let is_light = chain.stages().all(is_light);
    let text = chain.to_string();
    Line::new(chain, text, is_light)
}

/// Stages whose work is a pass over bytes. A compressor may make a large array of a small message; a container works in
/// threads, which wait for the interpreter if a stage inside of it is written in Python.
const LIGHT: &[&str] = &[
    "adler32",
    "base64",
    "bitround",
    "bitshuffle",
    "columns",
    "crc32",
    "crc32c",
    "dataurl",
    "decimal",
    "delta",
    "dict",
    "fletcher32",
    "hex",
    "npy",
    "predict",
    "raw",
    "shuffle",
    "xor",
    "xxh3",
];

/// From how many bytes on a call may take a good part of a second, as the levels in the text let expect.
fn long_from(is_light: bool, text: &str) -> usize {
    /// The highest level that is mostly fast: zstd's 6 encodes about 80 MB a second, its 19 about 2.
    const FAST: i64 = 6;
    let level = |rest: &str| rest.split([',', ')']).next().and_then(|level| level.parse::<i64>().ok());
    let is_slow = text.split("level=").skip(1).filter_map(level).any(|level| level > FAST);
    let has_goal = |goal: &str| text.starts_with(&format!("auto(goal={goal}"));
    if is_light {
        1 << 30
    } else if is_slow || has_goal("small") {
        256 << 10
    } else if text.starts_with("auto") && !has_goal("fast") {
        // `balanced` encodes tables of decimals at 50 MB a second.
        4 << 20
    } else {
        16 << 20
    }
}

fn is_light(stage: &StageSpec) -> bool {
    LIGHT.contains(&stage.descriptor().name())
}

/// What pickles a chain or pipeline: the text, and the stages in it that are written in Python.
pub(crate) fn reduced<'py>(
    py: Python<'py>,
    class: Bound<'py, PyType>,
    text: &str,
) -> PyResult<Bound<'py, PyAny>> {
    static REDUCED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    REDUCED.import(py, "ndcodec._register", "reduced")?.call1((class, text))
}

/// The pipeline of this text.
pub(crate) fn pipeline(py: Python<'_>, text: &str) -> PyResult<PipelineLine> {
    pipeline_of(py, text, None)
}

/// The pipeline of this text, of these stages and no others if they are given.
pub(crate) fn pipeline_of(py: Python<'_>, text: &str, stages: Option<&[String]>) -> PyResult<PipelineLine> {
    static RECENT: Recent<Line<Pipeline>> = Recent::new();
    let Some(stages) = stages else {
        return RECENT.of(text, || parsed(py, text, || Ok(pipeline_line(Pipeline::parse(text)?))));
    };
    RECENT.of(&narrowed(text, stages), || {
        let registry = options::only(py, stages)?;
        parsed(py, text, || Ok(pipeline_line(Pipeline::parse_in(&registry, text)?)))
    })
}

fn pipeline_line(pipeline: Pipeline) -> Line<Pipeline> {
    let is_light = pipeline.stages().all(is_light);
    let canonical = pipeline.to_string();
    Line::new(pipeline, canonical, is_light)
}

/// The values that were asked for most recently.
struct Recent<V>(Mutex<Option<State<String, V>>>);

struct State<K, V> {
    values: HashMap<K, (u64, Arc<V>)>,
    clock: u64,
}

/// More lines than one program uses in turn; each keeps scratch memory and compression contexts.
const MOST: usize = 64;

impl<V> Recent<V> {
    const fn new() -> Self {
        Self(Mutex::new(None))
    }

    fn of(&self, text: &str, make: impl FnOnce() -> PyResult<V>) -> PyResult<Arc<V>> {
        if let Some(found) = patient(&self.0).and_then(|mut state| state.as_mut()?.find(text)) {
            return Ok(found);
        }
        let made = Arc::new(make()?);
        if let Some(mut state) = patient(&self.0) {
            let state = state.get_or_insert_with(|| State { values: HashMap::new(), clock: 0 });
            state.keep(text.to_owned(), Arc::clone(&made));
        }
        Ok(made)
    }
}

impl<K: Hash + Eq + Clone, V> State<K, V> {
    fn find<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<Arc<V>>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.clock += 1;
        let (used, value) = self.values.get_mut(key)?;
        *used = self.clock;
        Some(Arc::clone(value))
    }

    fn keep(&mut self, key: K, value: Arc<V>) {
        if self.values.len() >= MOST {
            let oldest = self.values.iter().min_by_key(|(_, (used, _))| *used).map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                self.values.remove(&oldest);
            }
        }
        self.clock += 1;
        self.values.insert(key, (self.clock, value));
    }
}
