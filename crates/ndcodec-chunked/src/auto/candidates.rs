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
            Self::Fast => 256 << 10,
            Self::Balanced => 512 << 10,
            Self::Small => 1 << 20,
        }
    }

    /// The bytes of a chunk that are looked at to choose.
    pub(crate) fn sample_len(self) -> usize {
        match self {
            Self::Fast => 16 << 10,
            Self::Balanced => 64 << 10,
            Self::Small => 128 << 10,
        }
    }

    /// Inner chains, and what a thousand bytes of theirs count: more where decoding takes longer.
    fn texts(self) -> &'static [(&'static str, usize)] {
        match self {
            Self::Fast => &[
                ("lz4", 1000),
                ("shuffle|lz4", 1000),
                ("bitshuffle|lz4", 1020),
                ("delta|shuffle|lz4", 1030),
                ("xor|shuffle|lz4", 1030),
                ("predict(axis,axes=1)|bitshuffle|lz4", 1050),
                ("predict(up)|bitshuffle|lz4", 1050),
            ],
            Self::Balanced => &[
                ("pco", 1010),
                ("zstd", 1000),
                ("shuffle|zstd", 1000),
                ("bitshuffle|zstd", 1000),
                ("delta|shuffle|zstd", 1000),
                ("predict(up)|pco", 1020),
                ("predict(lorenzo)|pco", 1020),
                ("predict(median)|pco", 1020),
                ("predict(median,channels=difference)|pco", 1020),
            ],
            Self::Small => &[
                ("pco(12)", 1000),
                ("zstd(19)", 1000),
                ("shuffle|zstd(19)", 1000),
                ("bitshuffle|zstd(19)", 1000),
                ("delta|shuffle|zstd(19)", 1000),
                ("predict(axis,axes=1)|bitshuffle|zstd(19)", 1000),
                ("predict(up)|pco(12)", 1000),
                ("predict(up)|shuffle|zstd(19)", 1000),
                ("predict(lorenzo)|pco(12)", 1000),
                ("predict(median)|pco(12)", 1000),
                ("predict(median,channels=difference)|pco(12)", 1000),
            ],
        }
    }
}

/// An inner chain that a part may go through.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) inner: Arc<InnerChain>,
    /// What a thousand bytes of it count.
    pub(crate) weight: usize,
}

/// The candidates of a goal: those whose stages are built and allowed, and somebody's own.
pub(crate) fn candidates(goal: Goal, params: &Params, own: Option<&Arc<InnerChain>>) -> Vec<Candidate> {
    let built = |&(text, weight): &(&str, usize)| {
        Some(Candidate { inner: params.inner_chain_of(text).ok()?, weight })
    };
    let own = own.map(|own| Candidate { inner: own.clone(), weight: 1000 });
    own.into_iter().chain(goal.texts().iter().filter_map(built)).collect()
}
