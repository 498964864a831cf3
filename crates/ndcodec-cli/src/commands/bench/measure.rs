//! What is measured: that a chain gives the array back, how small it makes it, and how fast it is both ways.

use std::cell::RefCell;
use std::hint::black_box;
use std::time::Duration;

use ndcodec::{Array, ArrayView, Buffer, Chain, Error, Order};
use ndcodec_measure::{Budget, in_turns, median};

use super::{Options, memory};
use crate::describe::is_lossy;
use crate::failure::Failure;

/// The fewest rounds that a median is taken of.
const FEWEST_ROUNDS: usize = 3;
/// More do not make the median better.
const MOST_ROUNDS: usize = 101;

/// A chain that has shown that it gives the array back.
#[derive(Debug)]
pub(super) struct Candidate {
    /// As it was given.
    text: String,
    /// With what the array alone can tell, such as the dtype of `raw`.
    chain: Chain,
    encoded: Buffer,
    is_lossy: bool,
}

/// What was measured of a chain.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) chain: String,
    pub(super) is_lossy: bool,
    pub(super) encoded_len: usize,
    pub(super) encode_seconds: f64,
    pub(super) decode_seconds: f64,
    /// The bytes that a first call adds to its input; `None` if the system does not tell.
    pub(super) encode_memory: Option<u64>,
    pub(super) decode_memory: Option<u64>,
    pub(super) rounds: usize,
}

/// Encodes the array by each chain, decodes it and compares.
pub(super) fn prepare(
    name: &str,
    chains: Vec<Chain>,
    array: &Array,
    options: &Options,
) -> Result<Vec<Candidate>, Failure> {
    chains
        .into_iter()
        .map(|chain| {
            let text = chain.to_string();
            prepare_one(chain, array, options).map_err(|refused| match refused {
                Refused::Failed(error) => Failure::data(name, &error),
                Refused::Changed => {
                    Failure::bad(name, format!("`{text}` is not lossy, but decodes to another array"))
                }
            })
        })
        .collect()
}

/// Why a chain is not measured.
#[derive(Debug)]
pub(super) enum Refused {
    Failed(Error),
    /// What was decoded is not what was encoded.
    Changed,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

pub(super) fn prepare_one(chain: Chain, array: &Array, options: &Options) -> Result<Candidate, Refused> {
    let text = chain.to_string();
    let chain = chain.resolve(array.layout())?;
    let is_lossy = chain.stages().any(is_lossy);
    let (mut encoded, mut decoded) = (Buffer::new(), Buffer::new());
    chain.encode_into_with(&array.view(), &mut encoded, &options.encode)?;
    let back = chain.decode_into_with(&encoded, &mut decoded, &options.decode)?;
    if !is_like(&back, array, is_lossy) {
        return Err(Refused::Changed);
    }
    Ok(Candidate { text, chain, encoded, is_lossy })
}

/// Whether dtype, shape and, unless the chain is lossy, every bit of the elements are the same. A chain may store them
/// in another order.
fn is_like(back: &ArrayView<'_>, array: &Array, is_lossy: bool) -> bool {
    let is_same_kind = back.dtype() == array.dtype() && back.shape() == array.shape();
    is_same_kind && (is_lossy || back.to_order(Order::C).payload() == array.to_order(Order::C).payload())
}

/// Measures all chains, both ways, in turns.
pub(super) fn measure(
    name: &str,
    candidates: Vec<Candidate>,
    array: &Array,
    options: &Options,
    time: Duration,
) -> Result<Vec<Measured>, Failure> {
    let view = array.view();
    // Shared by all, so that none has the memory in its cache that another had to fetch.
    let (encoded, decoded) = (RefCell::new(Buffer::new()), RefCell::new(Buffer::new()));
    let failed: RefCell<Option<Error>> = RefCell::new(None);
    let keep = |result: Result<usize, Error>| {
        match black_box(result) {
            Ok(_) => {}
            Err(error) => *failed.borrow_mut() = Some(error),
        };
    };
    let mut ways: Vec<Box<dyn FnMut() + '_>> = Vec::new();
    for Candidate { chain, encoded: known, .. } in &candidates {
        ways.push(Box::new(|| {
            let mut encoded = encoded.borrow_mut();
            encoded.clear();
            keep(chain.encode_into_with(&view, &mut *encoded, &options.encode));
        }));
        ways.push(Box::new(|| {
            let mut decoded = decoded.borrow_mut();
            let back = chain.decode_into_with(known, &mut decoded, &options.decode);
            keep(back.map(|array| array.payload().len()));
        }));
    }
    let budget = Budget { time, fewest_rounds: FEWEST_ROUNDS, most_rounds: MOST_ROUNDS };
    let mut seconds = {
        let mut turns: Vec<&mut dyn FnMut()> =
            ways.iter_mut().map(|way| &mut **way as &mut dyn FnMut()).collect();
        in_turns(&budget, &mut turns)
    };
    drop(ways);
    if let Some(error) = failed.into_inner() {
        return Err(Failure::data(name, &error));
    }
    let measured = candidates.iter().zip(seconds.chunks_exact_mut(2)).map(|(candidate, seconds)| Measured {
        chain: candidate.text.clone(),
        is_lossy: candidate.is_lossy,
        encoded_len: candidate.encoded.len(),
        rounds: seconds[0].len(),
        encode_seconds: median(&mut seconds[0]),
        decode_seconds: median(&mut seconds[1]),
        encode_memory: memory::of_encoding(&candidate.chain, &view, options),
        decode_memory: memory::of_decoding(&candidate.chain, &candidate.encoded, options),
    });
    Ok(measured.collect())
}
