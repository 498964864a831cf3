//! Timing in turns, so that whatever else the machine does meets every way alike.

use std::time::{Duration, Instant};

/// How much time and how many rounds a comparison may take.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// No further round is begun after this, once there are the fewest.
    pub time: Duration,
    /// Measured even where they take longer.
    pub fewest_rounds: usize,
    /// Never passed.
    pub most_rounds: usize,
}

impl Budget {
    /// For a record.
    pub const FULL: Self = Self { time: Duration::from_millis(250), fewest_rounds: 5, most_rounds: 41 };
    /// For a look.
    pub const QUICK: Self = Self { time: Duration::from_millis(60), fewest_rounds: 3, most_rounds: 11 };

    /// Exactly so many rounds.
    #[must_use]
    pub const fn rounds(rounds: usize) -> Self {
        Self { time: Duration::ZERO, fewest_rounds: rounds, most_rounds: rounds }
    }
}

/// The shortest turn that the clock is trusted with, in seconds.
const TURN: f64 = 1e-3;

/// Calls each way in turns; returns seconds per call, one list of rounds for each way.
///
/// A turn is as many calls as last a millisecond. Each round begins with another way.
pub fn in_turns(budget: &Budget, ways: &mut [&mut dyn FnMut()]) -> Vec<Vec<f64>> {
    let calls: Vec<u32> = ways.iter_mut().map(|way| calls_per_turn(way)).collect();
    let mut seconds = vec![Vec::new(); ways.len()];
    let start = Instant::now();
    for round in 0..budget.most_rounds {
        if round >= budget.fewest_rounds && start.elapsed() >= budget.time {
            break;
        }
        for turn in 0..ways.len() {
            let way = (round + turn) % ways.len();
            seconds[way].push(time(calls[way], ways[way]));
        }
    }
    seconds
}

/// The result of measuring two ways beside each other.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    /// Seconds of one call of ours, the median over all rounds.
    pub ours: f64,
    /// Seconds of one call of theirs, the median over all rounds.
    pub theirs: f64,
    /// Ours divided by theirs, the median over all rounds of the ratio within one round.
    pub ratio: f64,
}

/// Measures two ways [in turns](in_turns).
pub fn pair(budget: &Budget, mut ours: impl FnMut(), mut theirs: impl FnMut()) -> Pair {
    let mut seconds = in_turns(budget, &mut [&mut ours, &mut theirs]);
    let mut ratios: Vec<f64> = seconds[0].iter().zip(&seconds[1]).map(|(a, b)| a / b).collect();
    let ratio = median(&mut ratios);
    Pair { ours: median(&mut seconds[0]), theirs: median(&mut seconds[1]), ratio }
}

/// The first calls also fill caches and pools.
fn calls_per_turn(work: &mut dyn FnMut()) -> u32 {
    let mut calls = 1;
    while calls < 1 << 20 && time(calls, work) * f64::from(calls) < TURN {
        calls *= 2;
    }
    calls
}

/// Seconds per call.
fn time(calls: u32, work: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        work();
    }
    start.elapsed().as_secs_f64() / f64::from(calls)
}

/// The middle of the values, which are put in order for it; NaN of none.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert!(median(&mut []).is_nan());
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn rounds_stay_between_their_bounds_and_rotate() {
        let turns = std::cell::RefCell::new(Vec::new());
        let wait = |name: char| {
            turns.borrow_mut().push(name);
            std::thread::sleep(Duration::from_millis(2));
        };
        let budget = Budget { time: Duration::ZERO, fewest_rounds: 2, most_rounds: 9 };
        let seconds = in_turns(&budget, &mut [&mut || wait('a'), &mut || wait('b')]);
        assert_eq!(seconds.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
        assert!(seconds.iter().flatten().all(|&seconds| seconds >= 2e-3));
        // The first of each is the trial that finds out how many calls a turn takes.
        assert_eq!(turns.into_inner(), ['a', 'b', 'a', 'b', 'b', 'a']);
    }

    #[test]
    fn what_takes_twice_as_long_has_twice_the_ratio() {
        let sleep = |ms| move || std::thread::sleep(Duration::from_millis(ms));
        let pair = pair(&Budget::rounds(5), sleep(10), sleep(5));
        assert!((1.5..2.5).contains(&pair.ratio), "{pair:?}");
        assert!(pair.ours > pair.theirs);
    }
}
