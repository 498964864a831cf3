//! What the benches share: data, and measuring two ways of doing one thing in one run.

use std::time::Instant;

/// A real measured array: [docs/examples](../../docs/examples/README.md).
pub static EARTH_ORIENTATION: &[u8] = include_bytes!("../../docs/examples/earth-orientation.npy");

/// The length of its header in bytes.
pub const HEADER: usize = 128;

/// `len` bytes of float64 measurements, repeated where the array is shorter.
pub fn measurements(len: usize) -> Vec<u8> {
    EARTH_ORIENTATION[HEADER..].iter().copied().cycle().take(len).collect()
}

/// The result of measuring two ways beside each other.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    /// Nanoseconds of one call of ours, the median over all rounds.
    pub ours: f64,
    /// Nanoseconds of one call of theirs, the median over all rounds.
    pub theirs: f64,
    /// Ours divided by theirs, the median over all rounds of the ratio within one round.
    pub ratio: f64,
}

/// Measures `ours` and `theirs` in turns, so that whatever else the machine does meets both.
///
/// A round is long enough for the clock (a millisecond at the least); the two take turns in going first.
pub fn pair(rounds: usize, mut ours: impl FnMut(), mut theirs: impl FnMut()) -> Pair {
    let calls = calls_per_round(&mut ours).max(calls_per_round(&mut theirs));
    let (mut a, mut b, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let (x, y) = if round % 2 == 0 {
            let x = time(calls, &mut ours);
            (x, time(calls, &mut theirs))
        } else {
            let y = time(calls, &mut theirs);
            (time(calls, &mut ours), y)
        };
        a.push(x);
        b.push(y);
        ratios.push(x / y);
    }
    Pair { ours: median(&mut a), theirs: median(&mut b), ratio: median(&mut ratios) }
}

fn calls_per_round(work: &mut impl FnMut()) -> u32 {
    let mut calls = 1;
    // The first calls also fill caches and pools.
    while calls < 1 << 20 && time(calls, work) * f64::from(calls) < 1e6 {
        calls *= 2;
    }
    calls
}

/// Nanoseconds per call.
fn time(calls: u32, work: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        work();
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}
