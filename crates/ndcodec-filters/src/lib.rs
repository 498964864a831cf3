//! `shuffle`, `bitshuffle`, `delta`, `xor`, `columns`, `predict`, `decimal`, `dict`, `bitround`: filters that rewrite an
//! array so that the codecs after them make it smaller.
//!
//! `shuffle` is that of [HDF5](https://github.com/HDFGroup/hdf5/blob/develop/src/H5Zshuffle.c) and
//! [numcodecs](https://numcodecs.readthedocs.io/en/stable/filter/shuffle.html), `bitshuffle` that of the
//! [bitshuffle library](https://github.com/kiyo-masui/bitshuffle), `delta` and `bitround` are those of
//! [numcodecs](https://numcodecs.readthedocs.io/en/stable/filter/delta.html), and `xor`, `columns`, `predict`,
//! `decimal` and `dict` are ours.
//!
//! `shuffle` and `bitshuffle` choose between SSE2, AVX2, AVX2 with GFNI, and AVX-512 at run time, or use NEON. `cargo bench
//! -p ndcodec-benches --bench filters` compares their speed with that of a copy.

mod bitround;
mod bitshuffle;
mod columns;
mod decimal;
mod delta;
mod dict;
mod front;
mod kernels;
mod numbers;
mod predict;
mod scalars;
mod shuffle;
mod strips;
mod transform;
mod xor;

use std::sync::Arc;

use ndcodec_core::{ArrayFilter, ParamError, ParamKind, ParamSpec, Params, StageDescriptor};

pub use crate::bitround::BitRound;
pub use crate::bitshuffle::Bitshuffle;
pub use crate::columns::Columns;
pub use crate::decimal::Decimal;
pub use crate::delta::Delta;
pub use crate::dict::Dict;
#[doc(hidden)]
pub use crate::kernels::InstructionSet;
pub use crate::predict::{Channels, Predict, Predictor};
pub use crate::shuffle::Shuffle;
pub use crate::xor::Xor;

const TYPE: ParamSpec = ParamSpec::inferred("type", ParamKind::ItemType, "the type of the elements");

/// `shuffle`: the first bytes of all elements, then their second bytes, and so on.
pub static SHUFFLE: StageDescriptor =
    StageDescriptor::filter("shuffle", env!("CARGO_PKG_NAME"), &|_| Ok(Arc::new(Shuffle)))
        .with_summary("puts together the bytes that have the same position in their elements")
        .named_by_data()
        .with_specification("https://numcodecs.readthedocs.io/en/stable/filter/shuffle.html")
        .with_params(&[TYPE])
        .stable_bytes();
#[cfg(feature = "shuffle")]
ndcodec_core::submit!(SHUFFLE);

/// `bitshuffle`: the same for single bits, in blocks.
pub static BITSHUFFLE: StageDescriptor =
    StageDescriptor::filter("bitshuffle", env!("CARGO_PKG_NAME"), &build_bitshuffle)
        .with_summary("puts together the bits that have the same position in their elements, block by block")
        .named_by_data_if(|params| params.int("block") == 0 || params.int("block") >= LEAST_BLOCK)
        .with_specification("https://github.com/kiyo-masui/bitshuffle")
        .with_params(&[
            TYPE,
            ParamSpec::int("block", 0, 1 << 30, 0, "elements to a block, in eights; 0: 8 KiB of them"),
        ])
        .stable_bytes();
#[cfg(feature = "bitshuffle")]
ndcodec_core::submit!(BITSHUFFLE);

/// Blocks of fewer elements are of no use, and take ten times as long: data cannot ask for them.
const LEAST_BLOCK: i64 = 128;

/// `delta`: the first element, then differences.
pub static DELTA: StageDescriptor = StageDescriptor::filter("delta", env!("CARGO_PKG_NAME"), &build_delta)
    .with_summary("takes the difference of each integer from the one before")
    .named_by_data()
    .with_specification("https://numcodecs.readthedocs.io/en/stable/filter/delta.html")
    .with_params(&[TYPE])
    .stable_bytes();
#[cfg(feature = "delta")]
ndcodec_core::submit!(DELTA);

/// `xor`: the first element, then the bits in which each differs from the one before.
pub static XOR: StageDescriptor =
    StageDescriptor::filter("xor", env!("CARGO_PKG_NAME"), &|_| Ok(Arc::new(Xor)))
        .with_summary("takes the exclusive or of each element, of floats too, with the one before")
        .named_by_data()
        .with_specification("https://docs.rs/ndcodec-filters")
        .with_params(&[TYPE])
        .stable_bytes();
#[cfg(feature = "xor")]
ndcodec_core::submit!(XOR);

/// `columns`: fields, parts, or a narrow last axis, each as an array of its own.
pub static COLUMNS: StageDescriptor =
    StageDescriptor::filter("columns", env!("CARGO_PKG_NAME"), &|_| Ok(Arc::new(Columns)))
        .with_summary(
            "makes of each field of a struct, or each index of a narrow last axis, an array of its own",
        )
        .named_by_data()
        .with_specification("https://docs.rs/ndcodec-filters")
        .stable_bytes();
#[cfg(feature = "columns")]
ndcodec_core::submit!(COLUMNS);

/// `predict`: what neighbours along the axes do not tell of a number.
pub static PREDICT: StageDescriptor = StageDescriptor::filter(
    "predict",
    env!("CARGO_PKG_NAME"),
    &build_predict,
)
.with_summary("takes the difference of each number from a prediction by its neighbours along the axes")
.named_by_data()
.with_specification("https://docs.rs/ndcodec-filters")
.with_params(&[
    ParamSpec::choice(
        "by",
        &["axis", "up", "lorenzo", "median", "mean"],
        "lorenzo",
        "from the one before, the row above, all axes, the median of these, or the mean of the first two",
    ),
    ParamSpec::int("axes", 0, 3, 0, "how many of the last axes; 0: as many as suit"),
    ParamSpec::choice(
        "channels",
        &["together", "apart", "difference"],
        "together",
        "whether the last axis is channels, each by itself, and whether green is taken off red and blue",
    ),
])
.stable_bytes();
#[cfg(feature = "predict")]
ndcodec_core::submit!(PREDICT);

/// `decimal`: floats that were decimal numbers as integers.
pub static DECIMAL: StageDescriptor =
    StageDescriptor::filter("decimal", env!("CARGO_PKG_NAME"), &|_| Ok(Arc::new(Decimal)))
        .with_summary(
            "takes floats that were decimal numbers as integers by a power of ten, column by column",
        )
        .named_by_data()
        .with_specification("https://docs.rs/ndcodec-filters")
        .stable_bytes();
#[cfg(feature = "decimal")]
ndcodec_core::submit!(DECIMAL);

/// `dict`: a sorted table of values, and the rank of each element in it.
pub static DICT: StageDescriptor =
    StageDescriptor::filter("dict", env!("CARGO_PKG_NAME"), &|_| Ok(Arc::new(Dict)))
        .with_summary("takes the rank of each element in a sorted table of the values that there are")
        .named_by_data()
        .with_specification("https://docs.rs/ndcodec-filters")
        .stable_bytes();
#[cfg(feature = "dict")]
ndcodec_core::submit!(DICT);

/// `bitround(bits)`: floats rounded to so many bits of mantissa.
pub static BITROUND: StageDescriptor =
    StageDescriptor::filter("bitround", env!("CARGO_PKG_NAME"), &build_bitround)
        .with_summary("rounds floats to a number of bits of their mantissa")
        .named_by_data()
        .with_specification("https://numcodecs.readthedocs.io/en/stable/filter/bitround.html")
        .with_params(&[
            ParamSpec::required("bits", ParamKind::Int { min: 0, max: 52 }, "bits of the mantissa to keep"),
            TYPE,
        ])
        .lossy()
        .stable_bytes();
#[cfg(feature = "bitround")]
ndcodec_core::submit!(BITROUND);

fn build_bitshuffle(params: &Params) -> Result<Arc<dyn ArrayFilter>, ParamError> {
    let block = params.int("block");
    match usize::try_from(block).ok().and_then(Bitshuffle::with_block) {
        Some(filter) => Ok(Arc::new(filter)),
        None => Err(ParamError::new("block", format!("a block of {block} elements is not a multiple of 8"))),
    }
}

fn build_delta(params: &Params) -> Result<Arc<dyn ArrayFilter>, ParamError> {
    Ok(Arc::new(if params.is_given("type") { Delta::of_bytes() } else { Delta::of_arrays() }))
}

fn build_bitround(params: &Params) -> Result<Arc<dyn ArrayFilter>, ParamError> {
    let bits = u32::try_from(params.int("bits")).map_err(|_| ParamError::new("bits", "is negative"))?;
    Ok(Arc::new(BitRound::new(bits)))
}

fn build_predict(params: &Params) -> Result<Arc<dyn ArrayFilter>, ParamError> {
    let by = match params.word("by") {
        "axis" => Predictor::Axis,
        "up" => Predictor::Up,
        "median" => Predictor::Median,
        "mean" => Predictor::Mean,
        _ => Predictor::Lorenzo,
    };
    let channels = match params.word("channels") {
        "apart" => Channels::Apart,
        "difference" => Channels::Difference,
        _ => Channels::Together,
    };
    let axes = params.int("axes");
    match usize::try_from(axes).ok().and_then(|axes| Predict::new(by, axes, channels)) {
        Some(filter) => Ok(Arc::new(filter)),
        None => {
            let by = params.word("by");
            Err(ParamError::new("axes", format!("`{by}` predicts over 2 or 3 axes, not {axes}")))
        }
    }
}
