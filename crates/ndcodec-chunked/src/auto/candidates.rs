//! [`Candidate`]: the inner chains that `auto` chooses among, for each goal.

use std::sync::Arc;

use ndcodec_core::{DType, InnerChain, Kind, Layout, Order, Params};

use crate::parts::LEAST;

/// What somebody wants of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goal {
    Fast,
    Balanced,
    Small,
}

impl Goal {
    /// The words of the parameter.
    pub(crate) const WORDS: &'static [&'static str] = &["fast", "balanced", "small"];

    pub(crate) fn of(word: &str) -> Self {
        match word {
            "fast" => Self::Fast,
            "small" => Self::Small,
            _ => Self::Balanced,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Balanced => "balanced",
            Self::Small => "small",
        }
    }

    /// The bytes of a chunk, if nobody says.
    pub(crate) fn chunk_len(self, layout: &Layout) -> usize {
        match self {
            // Half as many choices as for 1 MiB: they take a quarter to a half of the time.
            Self::Fast if layout.nbytes() <= LARGE => 2 << 20,
            _ if is_table(layout) && *layout.dtype().kind() == Kind::Float => 512 << 10,
            // A few rows may need two chunks, and should be a small share of the array.
            _ if layout.nbytes() > LARGE => 1 << 20,
            // What comes again after half of such an array would not be found from the next chunk.
            Self::Balanced if is_table(layout) || layout.nbytes() <= 2 << 20 => 2 << 20,
            Self::Fast | Self::Balanced => 1 << 20,
            Self::Small => 4 << 20,
        }
    }

    /// The bytes of a chunk that every scout encodes, and those that the finalists do.
    pub(crate) fn sample_lens(self) -> [usize; 2] {
        match self {
            // Half a kibibyte of each bit plane of eight bytes, which is the least that a part has.
            Self::Fast => [8 << 10, 32 << 10],
            Self::Balanced => [12 << 10, 48 << 10],
            Self::Small => [32 << 10, 128 << 10],
        }
    }

    /// So many times as long are the samples of a chunk of which little is left.
    pub(crate) fn more(self) -> usize {
        if self == Self::Small { 8 } else { 4 }
    }

    /// How many scouts encode the second sample, with their heirs.
    pub(crate) fn finalists(self) -> usize {
        if self == Self::Small { 5 } else { 2 }
    }

    /// The second sample is for scouts that are no more than one in so many behind the best.
    pub(crate) fn close(self) -> usize {
        match self {
            Self::Fast => 16,
            Self::Balanced | Self::Small => 5,
        }
    }

    /// Short samples of columns may cost one byte in so many more than one of the whole, beside what frames take.
    pub(crate) fn columns_above(self) -> usize {
        if self == Self::Fast { 32 } else { 8 }
    }

    /// Whether byte planes that a sample finds to be noise are stored without a second look. If the whole chunk is noise,
    /// they are so in any case.
    pub(crate) fn trusts_samples(self) -> bool {
        self == Self::Fast
    }

    /// Whether scouts that entropy tells enough of encode a sample only if it promises them to be among the best.
    pub(crate) fn looks_at_entropy(self) -> bool {
        self == Self::Balanced
    }

    /// If more than so many eighths of the first elements of four bytes do not come again, tables of values are not looked for,
    /// nor what comes again: of other elements as many as the bytes of a table ask for. `None` if there is time for them.
    pub(crate) fn many_values(self) -> Option<usize> {
        match self {
            Self::Fast => Some(4),
            Self::Balanced => Some(7),
            Self::Small => None,
        }
    }

    /// Encoding one of several planes has to save a byte in so many.
    pub(crate) fn least_of_plane(self) -> usize {
        match self {
            // What saves less is decoded at half the speed of a copy.
            Self::Fast => 32,
            Self::Balanced | Self::Small => LEAST,
        }
    }

    /// The candidates that find elements that came long before, which samples are too short to show.
    fn reaching_far(self) -> &'static [&'static str] {
        match self {
            // Counting them takes longer than all else.
            Self::Fast => &[],
            Self::Balanced => &["zstd", "dict|zstd", "decimal|pco(delta=lookback,mode=classic)"],
            Self::Small => &[
                "zstd",
                "shuffle|zstd",
                "dict|zstd",
                "decimal|zstd",
                "decimal|pco(10,delta=lookback,mode=classic)",
            ],
        }
    }

    /// Whether what is nearly as good by samples gets a try with the whole chunk, and every finalist brings its heirs.
    pub(crate) fn is_patient(self) -> bool {
        self == Self::Small
    }

    fn scouts(self) -> &'static [Scout] {
        match self {
            Self::Fast => FAST,
            Self::Balanced => BALANCED,
            Self::Small => SMALL,
        }
    }
}

/// The bytes of an array whose chunks are no longer than 1 MiB.
const LARGE: usize = 64 << 20;

/// Whether an array is a table. Records come again far apart, but decimals of floats change from one stretch of rows to the
/// next.
fn is_table(layout: &Layout) -> bool {
    let shape = layout.shape();
    let fastest = if layout.order() == Order::Fortran { shape.first() } else { shape.last() };
    let is_narrow = shape.len() == 2 && fastest.is_some_and(|n| *n <= 64);
    is_narrow || matches!(layout.dtype().kind(), Kind::Struct(_))
}

/// An inner chain that every chunk is sampled by.
struct Scout {
    text: &'static str,
    /// What a thousand bytes of it count: more where decoding takes longer.
    weight: usize,
    /// The scout without which this one is not worth a look: decimals are the same decimals whatever follows.
    leader: Option<&'static str>,
    /// Whether it is for what becomes a third or less: elsewhere too few bytes are alike.
    is_for_little: bool,
    /// Whether the entropy of bytes tells what it is worth, before anything is encoded: what a prediction leaves hardly comes
    /// again.
    by_entropy: bool,
    /// What takes its place for noise.
    for_noise: Option<&'static str>,
    /// Slower inner chains that are worth a look where this one is among the best, and their weights.
    heirs: &'static [(&'static str, usize)],
}

const fn scout(text: &'static str, weight: usize) -> Scout {
    Scout { text, weight, leader: None, is_for_little: false, by_entropy: false, for_noise: None, heirs: &[] }
}

impl Scout {
    const fn behind(self, leader: &'static str) -> Self {
        Self { leader: Some(leader), ..self }
    }

    const fn for_little(self) -> Self {
        Self { is_for_little: true, ..self }
    }

    const fn by_entropy(self) -> Self {
        Self { by_entropy: true, ..self }
    }

    const fn or_for_noise(self, text: &'static str) -> Self {
        Self { for_noise: Some(text), ..self }
    }

    const fn with(self, heirs: &'static [(&'static str, usize)]) -> Self {
        Self { heirs, ..self }
    }
}

/// A block that no chunk fills makes a plane of each bit: most are noise, which is stored, or zeroes with few exceptions, which
/// `sparse` is for. Behind `dict` and `decimal`, whose output is one part, blocks stay short. lz4 is for elements and bytes
/// that come again; matches of few bytes cost more time, both ways, than they save bytes, but for elements in whole.
const FAST: &[Scout] = &[
    scout("lz4(min_match=6)", 1000),
    scout("bitshuffle(block=16777216)|sparse", 1000),
    scout("predict(axis,axes=1)|bitshuffle(block=16777216)|sparse", 1020),
    scout("predict(up)|bitshuffle(block=16777216)|sparse", 1020),
    scout("predict(lorenzo)|bitshuffle(block=16777216)|sparse", 1030)
        .behind("predict(up)|bitshuffle(block=16777216)|sparse"),
    scout("shuffle|lz4(min_match=8)", 1000),
    scout("dict|bitshuffle|sparse", 1020),
    scout("dict|bitshuffle|lz4(min_match=8)", 1040).behind("dict|bitshuffle|sparse"),
    scout("decimal|bitshuffle|sparse", 1060),
    scout("decimal|predict(axis,axes=1)|bitshuffle|sparse", 1080).behind("decimal|bitshuffle|sparse"),
    scout("decimal|predict(axis,axes=1)|bitshuffle|lz4(min_match=8)", 1100)
        .behind("decimal|bitshuffle|sparse"),
];

const BALANCED: &[Scout] = &[
    scout("zstd", 1000).with(&[("zstd(7)", 1040), ("pco", 1020)]),
    scout("shuffle|zstd", 1000).or_for_noise("shuffle|zstd(1,window=20)").with(&[("pco", 1020)]),
    scout("bitshuffle|zstd", 1000).behind("shuffle|zstd").with(&[("pco", 1020)]),
    scout("delta|shuffle|zstd", 1000).with(&[("pco", 1020)]),
    scout("predict(axis,axes=1)|shuffle|zstd(1)", 1000).by_entropy().with(&[("pco", 1020)]),
    scout("predict(axis,axes=1)|bitshuffle|zstd", 1000)
        .by_entropy()
        .behind("predict(axis,axes=1)|shuffle|zstd(1)")
        .with(&[("pco", 1020)]),
    scout("predict(axis,axes=1)|shuffle|sparse|zstd(1)", 1000)
        .behind("predict(axis,axes=1)|shuffle|zstd(1)")
        .for_little()
        .with(&[("pco", 1020)]),
    scout("predict(up)|shuffle|zstd(1)", 1000)
        .by_entropy()
        .with(&[("predict(up)|pco(delta=none,mode=classic)", 1020)]),
    scout("predict(up)|bitshuffle|sparse|zstd(1)", 1000)
        .behind("predict(up)|shuffle|zstd(1)")
        .for_little()
        .with(&[("predict(up)|pco(delta=none,mode=classic)", 1020)]),
    scout("predict(lorenzo)|shuffle|zstd(1)", 1000)
        .by_entropy()
        .behind("predict(up)|shuffle|zstd(1)")
        .with(&[("predict(lorenzo)|pco(delta=none,mode=classic)", 1020)]),
    scout("predict(lorenzo,axes=3)|shuffle|zstd(1)", 1000)
        .by_entropy()
        .behind("predict(lorenzo)|shuffle|zstd(1)")
        .with(&[("predict(lorenzo,axes=3)|pco(delta=none,mode=classic)", 1020)]),
    scout("predict(median)|shuffle|zstd(1)", 1010)
        .by_entropy()
        .behind("predict(up)|shuffle|zstd(1)")
        .with(&[("predict(median)|pco(delta=none,mode=classic)", 1020)]),
    scout("predict(mean)|shuffle|zstd(1)", 1010)
        .by_entropy()
        .behind("predict(up)|shuffle|zstd(1)")
        .with(&[("predict(mean)|pco(delta=none,mode=classic)", 1020)]),
    scout("predict(median,channels=difference)|shuffle|zstd(1)", 1010)
        .by_entropy()
        .behind("predict(up)|shuffle|zstd(1)"),
    scout("dict|zstd", 1000).with(&[("dict|pco(delta=none,mode=classic)", 1020)]),
    scout("dict|sparse|zstd", 1000)
        .behind("dict|zstd")
        .for_little()
        .with(&[("dict|pco(delta=none,mode=classic)", 1020)]),
    scout("dict|shuffle|zstd", 1000)
        .by_entropy()
        .behind("dict|zstd")
        .with(&[("dict|pco(delta=none,mode=classic)", 1020)]),
    scout("dict|predict(median)|shuffle|zstd(1)", 1010).by_entropy().behind("dict|zstd"),
    scout("decimal|shuffle|zstd", 1005).with(&[("decimal|pco(6,mode=classic)", 1020)]),
    scout("decimal|zstd", 1005).behind("decimal|shuffle|zstd"),
    scout("decimal|predict(axis,axes=1)|bitshuffle|zstd", 1005)
        .by_entropy()
        .behind("decimal|shuffle|zstd")
        .with(&[("decimal|pco(6,mode=classic)", 1020)]),
    scout("decimal|predict(axis,axes=1)|shuffle|zstd(1)", 1005)
        .by_entropy()
        .behind("decimal|shuffle|zstd")
        .with(&[("decimal|pco(6,mode=classic)", 1020)]),
    scout("decimal|predict(up)|shuffle|zstd(1)", 1005)
        .by_entropy()
        .behind("decimal|shuffle|zstd")
        .with(&[("decimal|predict(up)|pco(6,delta=none,mode=classic)", 1020)]),
    scout("decimal|predict(lorenzo)|shuffle|zstd(1)", 1005)
        .by_entropy()
        .behind("decimal|shuffle|zstd")
        .with(&[("decimal|predict(lorenzo)|pco(6,delta=none,mode=classic)", 1020)]),
    scout("decimal|predict(median)|shuffle|zstd(1)", 1010).by_entropy().behind("decimal|shuffle|zstd"),
];

const SMALL: &[Scout] = &[
    scout("zstd", 1000).with(&[("zstd(19)", 1015), ("pco(10)", 1005)]),
    scout("shuffle|zstd", 1000).with(&[("shuffle|zstd(19)", 1007), ("pco(10)", 1005)]),
    scout("bitshuffle|zstd", 1000)
        .behind("shuffle|zstd")
        .with(&[("bitshuffle|zstd(19)", 1007), ("pco(10)", 1005)]),
    scout("delta|shuffle|zstd", 1000).with(&[("delta|shuffle|zstd(19)", 1015), ("pco(10)", 1005)]),
    scout("predict(axis,axes=1)|shuffle|zstd(1)", 1000)
        .with(&[("predict(axis,axes=1)|shuffle|zstd(16)", 1010), ("pco(10)", 1005)]),
    scout("predict(axis,axes=1)|bitshuffle|zstd", 1000)
        .behind("predict(axis,axes=1)|shuffle|zstd(1)")
        .with(&[("predict(axis,axes=1)|bitshuffle|zstd(16)", 1010), ("pco(10)", 1005)]),
    scout("predict(up)|shuffle|zstd(1)", 1000)
        .with(&[("predict(up)|shuffle|zstd(16)", 1010), ("predict(up)|pco(10)", 1005)]),
    scout("predict(lorenzo)|shuffle|zstd(1)", 1000)
        .behind("predict(up)|shuffle|zstd(1)")
        .with(&[("predict(lorenzo)|shuffle|zstd(16)", 1010), ("predict(lorenzo)|pco(10)", 1005)]),
    scout("predict(lorenzo,axes=3)|shuffle|zstd(1)", 1000).behind("predict(lorenzo)|shuffle|zstd(1)").with(
        &[("predict(lorenzo,axes=3)|shuffle|zstd(16)", 1010), ("predict(lorenzo,axes=3)|pco(10)", 1005)],
    ),
    scout("predict(median)|shuffle|zstd(1)", 1000)
        .behind("predict(up)|shuffle|zstd(1)")
        .with(&[("predict(median)|shuffle|zstd(16)", 1010), ("predict(median)|pco(10)", 1005)]),
    scout("predict(mean)|shuffle|zstd(1)", 1000)
        .behind("predict(up)|shuffle|zstd(1)")
        .with(&[("predict(mean)|shuffle|zstd(16)", 1010), ("predict(mean)|pco(10)", 1005)]),
    scout("predict(mean,3)|shuffle|zstd(1)", 1000)
        .behind("predict(lorenzo)|shuffle|zstd(1)")
        .with(&[("predict(mean,3)|pco(10)", 1005)]),
    scout("predict(mean,channels=difference)|shuffle|zstd(1)", 1000)
        .behind("predict(up)|shuffle|zstd(1)")
        .with(&[("predict(mean,channels=difference)|shuffle|zstd(16)", 1010)]),
    scout("predict(median,channels=difference)|shuffle|zstd(1)", 1000)
        .behind("predict(up)|shuffle|zstd(1)")
        .with(&[("predict(median,channels=difference)|shuffle|zstd(16)", 1010)]),
    scout("dict|zstd", 1000).with(&[("dict|zstd(19)", 1007), ("dict|pco(10)", 1005)]),
    scout("dict|shuffle|zstd", 1000)
        .behind("dict|zstd")
        .with(&[("dict|shuffle|zstd(19)", 1007), ("dict|pco(10)", 1005)]),
    scout("dict|predict(median)|shuffle|zstd(1)", 1000)
        .behind("dict|zstd")
        .with(&[("dict|predict(median)|shuffle|zstd(16)", 1010)]),
    scout("decimal|shuffle|zstd", 1000)
        .with(&[("decimal|shuffle|zstd(19)", 1007), ("decimal|pco(10)", 1005)]),
    scout("decimal|zstd", 1000)
        .behind("decimal|shuffle|zstd")
        .with(&[("decimal|zstd(19)", 1007), ("decimal|pco(10)", 1005)]),
    scout("decimal|predict(axis,axes=1)|bitshuffle|zstd", 1000)
        .behind("decimal|shuffle|zstd")
        .with(&[("decimal|predict(axis,axes=1)|bitshuffle|zstd(16)", 1010), ("decimal|pco(10)", 1005)]),
    scout("decimal|predict(axis,axes=1)|shuffle|zstd(1)", 1000)
        .behind("decimal|shuffle|zstd")
        .with(&[("decimal|pco(10)", 1005)]),
    scout("decimal|predict(up)|shuffle|zstd(1)", 1000)
        .behind("decimal|shuffle|zstd")
        .with(&[("decimal|predict(up)|pco(10)", 1005)]),
    scout("decimal|predict(lorenzo)|shuffle|zstd(1)", 1000)
        .behind("decimal|shuffle|zstd")
        .with(&[("decimal|predict(lorenzo)|pco(10)", 1005)]),
    scout("decimal|predict(median)|shuffle|zstd(1)", 1000)
        .behind("decimal|shuffle|zstd")
        .with(&[("decimal|predict(median)|pco(10)", 1005)]),
];

/// An inner chain that a part may go through.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) inner: Arc<InnerChain>,
    /// The text of its first filter.
    pub(crate) first: Option<String>,
    /// Whether it is somebody's own, which is tried on every chunk.
    pub(crate) is_own: bool,
    /// Whether the entropy of bytes tells what it is worth, before anything is encoded.
    pub(crate) by_entropy: bool,
    /// Whether it finds elements that came long before, which samples are too short to show.
    pub(crate) reaches_far: bool,
    /// What a thousand bytes of it count.
    pub(crate) weight: usize,
    /// Whether every chunk is sampled by it.
    pub(crate) is_scout: bool,
    /// The candidate without which this one is not worth a look.
    pub(crate) leader: Option<usize>,
    /// Whether it is for what becomes a third or less.
    pub(crate) is_for_little: bool,
    /// The candidate that takes its place for noise.
    pub(crate) for_noise: Option<usize>,
    /// The candidates that are worth a look where this one is among the best.
    pub(crate) heirs: Vec<usize>,
}

impl Candidate {
    /// Whether it does with this dtype what no other candidate does: `decimal` leaves all but floats as they lie.
    pub(crate) fn takes(&self, dtype: &DType) -> bool {
        let is_float = *dtype.kind() == Kind::Float && matches!(dtype.itemsize(), 4 | 8);
        is_float || !self.inner.text().starts_with("decimal")
    }

    /// Whether it may find anything in numbers none of which comes again: a table does not; and a codec alone sees no more of
    /// numbers of several bytes than it sees of their planes.
    pub(crate) fn finds_without_repeats(&self, layout: &Layout) -> bool {
        match self.first.as_deref() {
            _ if self.is_own => true,
            Some(first) => first != "dict",
            None => layout.dtype().itemsize() == 1,
        }
    }

    fn scout(inner: Arc<InnerChain>, weight: usize) -> Self {
        let first = inner.filter_texts().next();
        Self {
            inner,
            first,
            is_own: false,
            by_entropy: false,
            reaches_far: false,
            weight,
            is_scout: true,
            leader: None,
            is_for_little: false,
            for_noise: None,
            heirs: Vec::new(),
        }
    }
}

/// The candidates of a goal: those whose stages are built and allowed, and somebody's own.
pub(crate) fn candidates(goal: Goal, params: &Params, own: Option<&Arc<InnerChain>>) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = own
        .map(|own| Candidate { is_own: true, ..Candidate::scout(own.clone(), 1000) })
        .into_iter()
        .collect();
    let mut known: Vec<(&str, usize)> = Vec::new();
    let find =
        |known: &[(&str, usize)], text: &str| known.iter().find(|(of, _)| *of == text).map(|(_, at)| *at);
    for scout in goal.scouts() {
        let Ok(inner) = params.inner_chain_of(scout.text) else { continue };
        let leader = scout.leader.and_then(|leader| find(&known, leader));
        let reaches_far = goal.reaching_far().contains(&scout.text);
        known.push((scout.text, all.len()));
        all.push(Candidate {
            leader,
            reaches_far,
            is_for_little: scout.is_for_little,
            by_entropy: scout.by_entropy,
            ..Candidate::scout(inner, scout.weight)
        });
    }
    for text in goal.reaching_far() {
        if find(&known, text).is_none()
            && let Ok(inner) = params.inner_chain_of(text)
        {
            all.push(Candidate { is_scout: false, reaches_far: true, ..Candidate::scout(inner, 1010) });
        }
    }
    for scout in goal.scouts() {
        let Some(at) = find(&known, scout.text) else { continue };
        let mut other = |text: &'static str, weight| {
            find(&known, text).or_else(|| {
                let inner = params.inner_chain_of(text).ok()?;
                known.push((text, all.len()));
                all.push(Candidate { is_scout: false, ..Candidate::scout(inner, weight) });
                Some(all.len() - 1)
            })
        };
        let heirs: Vec<usize> =
            scout.heirs.iter().filter_map(|(text, weight)| other(text, *weight)).collect();
        let for_noise = scout.for_noise.and_then(|text| other(text, scout.weight));
        all[at].heirs = heirs;
        all[at].for_noise = for_noise;
    }
    all
}
