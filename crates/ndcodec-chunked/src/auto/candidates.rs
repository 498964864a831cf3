//! [`Candidate`]: the inner chains that `auto` chooses among, for each goal.

use std::sync::Arc;

use ndcodec_core::{InnerChain, Params};

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
    pub(crate) fn chunk_len(self) -> usize {
        match self {
            Self::Fast => 512 << 10,
            Self::Balanced => 1 << 20,
            Self::Small => 1 << 20,
        }
    }

    /// The bytes of a chunk that every candidate encodes, and those that the best of them do.
    pub(crate) fn sample_lens(self) -> [usize; 2] {
        match self {
            Self::Fast => [8 << 10, 24 << 10],
            Self::Balanced => [16 << 10, 64 << 10],
            Self::Small => [32 << 10, 192 << 10],
        }
    }

    /// How many candidates encode the second sample.
    pub(crate) fn finalists(self) -> usize {
        if self == Self::Fast { 2 } else { 3 }
    }

    /// Whether byte planes that a sample finds to be noise are stored without a second look. Where the whole chunk is noise,
    /// they are so in any case.
    pub(crate) fn trusts_samples(self) -> bool {
        self == Self::Fast
    }

    /// What is encoded in place of a sample's `zstd(9)`: level 19 takes twenty times as long.
    fn in_full(self, text: &str) -> String {
        text.replace("zstd(9)", "zstd(19)")
    }

    /// Inner chains, and what a thousand bytes of theirs count: more where decoding takes longer.
    fn texts(self) -> &'static [(&'static str, usize)] {
        match self {
            Self::Fast => &[
                ("lz4", 1000),
                ("shuffle|lz4", 1000),
                ("bitshuffle|lz4", 1020),
                ("delta|shuffle|lz4", 1030),
                ("predict(axis,axes=1)|bitshuffle|lz4", 1050),
                ("predict(up)|bitshuffle|lz4", 1050),
                ("dict|lz4", 1020),
                ("dict|bitshuffle|lz4", 1040),
                ("decimal|bitshuffle|lz4", 1050),
                ("decimal|predict(axis,axes=1)|bitshuffle|lz4", 1080),
            ],
            Self::Balanced => &[
                ("zstd", 1000),
                ("shuffle|zstd", 1000),
                ("bitshuffle|zstd", 1000),
                ("delta|shuffle|zstd", 1000),
                ("predict(axis,axes=1)|bitshuffle|zstd", 1000),
                ("dict|zstd", 1000),
                ("dict|pco(delta=none,mode=classic)", 1010),
                ("pco", 1010),
                ("predict(up)|pco(delta=none,mode=classic)", 1020),
                ("predict(lorenzo)|pco(delta=none,mode=classic)", 1020),
                ("predict(lorenzo,axes=3)|pco(delta=none,mode=classic)", 1030),
                ("predict(median)|pco(delta=none,mode=classic)", 1030),
                ("predict(median,channels=difference)|pco(delta=none,mode=classic)", 1030),
                ("decimal|shuffle|zstd", 1010),
                ("decimal|pco(mode=classic)", 1020),
                ("decimal|predict(up)|pco(delta=none,mode=classic)", 1030),
                ("decimal|predict(lorenzo)|pco(delta=none,mode=classic)", 1030),
            ],
            Self::Small => &[
                ("zstd(9)", 970),
                ("shuffle|zstd(9)", 970),
                ("bitshuffle|zstd(9)", 970),
                ("delta|shuffle|zstd(9)", 970),
                ("predict(axis,axes=1)|bitshuffle|zstd(9)", 970),
                ("predict(up)|shuffle|zstd(9)", 970),
                ("dict|zstd(9)", 970),
                ("dict|pco(12)", 1000),
                ("pco(12)", 1000),
                ("pco(12,delta=lookback)", 1000),
                ("predict(up)|pco(12)", 1000),
                ("predict(lorenzo)|pco(12)", 1000),
                ("predict(lorenzo,axes=3)|pco(12)", 1000),
                ("predict(median)|pco(12)", 1000),
                ("predict(median,channels=difference)|pco(12)", 1000),
                ("decimal|zstd(9)", 970),
                ("decimal|shuffle|zstd(9)", 970),
                ("decimal|pco(12)", 1000),
                ("decimal|predict(up)|pco(12)", 1000),
                ("decimal|predict(lorenzo)|pco(12)", 1000),
            ],
        }
    }
}

/// An inner chain that a part may go through.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) inner: Arc<InnerChain>,
    /// What samples go through: with the same filters, and quicker codecs.
    pub(crate) trial: Arc<InnerChain>,
    /// Whether it finds elements that came long before, which samples are too short to show.
    pub(crate) reaches_far: bool,
    /// What a thousand bytes of it count.
    pub(crate) weight: usize,
}

/// The candidates of a goal: those whose stages are built and allowed, and somebody's own.
pub(crate) fn candidates(goal: Goal, params: &Params, own: Option<&Arc<InnerChain>>) -> Vec<Candidate> {
    let built = |&(text, weight): &(&str, usize)| {
        let full = goal.in_full(text);
        let trial = params.inner_chain_of(text).ok()?;
        let inner = if full == text { trial.clone() } else { params.inner_chain_of(&full).ok()? };
        let reaches_far = ["zstd", "dict|zstd"].contains(&text.split('(').next().unwrap_or(text));
        Some(Candidate { inner, trial, reaches_far, weight })
    };
    let own =
        own.map(|own| Candidate { inner: own.clone(), trial: own.clone(), reaches_far: false, weight: 1000 });
    own.into_iter().chain(goal.texts().iter().filter_map(built)).collect()
}
