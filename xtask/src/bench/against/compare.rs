//! Rows of two commits, put together by what they measure, and the verdict on each chain and direction.

use std::collections::BTreeMap;
use std::fmt;

use ndcodec_measure::{Record, geometric_mean, median};

use crate::Outcome;
use crate::bench::record::chain_of;

/// A group whose mean is below this has become slower. What two builds of one commit differ by is less.
pub(super) const BOUND: f64 = 0.98;

/// The two sides: the older commit, and this tree.
pub(super) const SIDES: [&str; 2] = ["old", "new"];

/// What both commits measured of one bench, and what only one of them did.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) rows: Vec<Row>,
    /// The rows without a partner, for each side.
    pub(super) alone: [Vec<Key>; 2],
}

/// A row that both sides have.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) key: Key,
    /// Of the case, what is before the array.
    chain: String,
    /// Seconds of one call of ours on each side, the median over the rounds.
    pub(super) seconds: [f64; 2],
    /// Old time divided by new time, one for each round: above 1, this tree is faster.
    pub(super) ratios: Vec<f64>,
    /// The same of the rival, if there is one: what of the difference is the machine's.
    rival_ratios: Vec<f64>,
}

impl Row {
    /// How many times as fast this tree is: the median over the rounds.
    pub(super) fn speed(&self) -> f64 {
        median(&mut self.ratios.clone())
    }

    /// The same of the rival, if there is one.
    pub(super) fn rival_speed(&self) -> Option<f64> {
        Some(median(&mut self.rival_ratios.clone())).filter(|speed| !speed.is_nan())
    }
}

/// What two rows must agree in to measure the same thing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) case: String,
    pub(super) direction: String,
    pub(super) threads: Option<u32>,
    pub(super) bytes: u64,
    pub(super) rival: String,
}

impl From<&Record> for Key {
    fn from(record: &Record) -> Self {
        Self {
            case: record.case.clone(),
            direction: record.direction.clone(),
            threads: record.threads,
            bytes: record.bytes,
            rival: record.rival.clone(),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}, {} bytes", self.case, self.direction, self.bytes)?;
        if let Some(threads) = self.threads {
            write!(f, ", {threads} thread{}", if threads == 1 { "" } else { "s" })?;
        }
        if !self.rival.is_empty() {
            write!(f, ", beside {}", self.rival)?;
        }
        Ok(())
    }
}

/// A chain and a direction, over all arrays and sizes.
#[derive(Debug, PartialEq)]
pub(super) struct Group {
    pub(super) chain: String,
    pub(super) direction: String,
    pub(super) threads: Option<u32>,
    pub(super) rows: usize,
    /// How many times as fast this tree is: the geometric mean over the rows of their medians.
    pub(super) speed: f64,
    /// The geometric mean of a round by itself, in the round where it was least and in that where it was greatest.
    pub(super) span: (f64, f64),
    /// The same as `speed` of the rivals, which are the same code on both sides; NaN if there are none.
    pub(super) rivals: f64,
}

impl Group {
    pub(super) fn is_slower(&self) -> bool {
        self.speed < BOUND
    }
}

impl Comparison {
    /// Puts the rows of each round together, which has a record of each of the [`SIDES`].
    ///
    /// It is an error if a side measures a row in one round only or twice in a round, if a time is not a time, or if no row is on
    /// both sides.
    pub(super) fn of(rounds: &[[Vec<Record>; 2]]) -> Outcome<Self> {
        let [old, new] = [0, 1].map(|side| times(rounds.iter().map(|round| &round[side]), SIDES[side]));
        let (old, mut new) = (old?, new?);
        let mut comparison = Self::default();
        for (key, before) in old {
            let Some(after) = new.remove(&key) else {
                comparison.alone[0].push(key);
                continue;
            };
            let ratio = |of: fn(&Time) -> Option<f64>| {
                let pairs = before.iter().zip(&after);
                pairs.filter_map(|(old, new)| Some(of(old)? / of(new)?)).collect::<Vec<f64>>()
            };
            comparison.rows.push(Row {
                chain: chain_of(&key.case).to_owned(),
                key,
                seconds: [&before, &after]
                    .map(|times| median(&mut times.iter().map(|time| time.ours).collect::<Vec<_>>())),
                ratios: ratio(|time| Some(time.ours)),
                rival_ratios: ratio(|time| time.rival),
            });
        }
        comparison.alone[1].extend(new.into_keys());
        if comparison.rows.is_empty() {
            let [old, new] = comparison.alone.map(|keys| keys.len());
            return Err(format!("no row is on both sides: {old} are old only, {new} are new only"));
        }
        Ok(comparison)
    }

    /// The rows by chain, direction and threads.
    pub(super) fn groups(&self) -> Vec<Group> {
        let mut groups: BTreeMap<_, Vec<&Row>> = BTreeMap::new();
        for row in &self.rows {
            groups.entry((&row.chain, &row.key.direction, row.key.threads)).or_default().push(row);
        }
        let group = |((chain, direction, threads), rows): ((&String, &String, Option<u32>), Vec<&Row>)| {
            let rounds = rows.iter().map(|row| row.ratios.len()).min().unwrap_or(0);
            let means = (0..rounds).map(|round| geometric_mean(rows.iter().map(|row| row.ratios[round])));
            Group {
                chain: chain.clone(),
                direction: direction.clone(),
                threads,
                rows: rows.len(),
                speed: geometric_mean(rows.iter().map(|row| row.speed())),
                rivals: geometric_mean(rows.iter().filter_map(|row| row.rival_speed())),
                span: means
                    .fold((f64::INFINITY, 0.0), |(least, most), mean| (mean.min(least), mean.max(most))),
            }
        };
        groups.into_iter().map(group).collect()
    }
}

/// Seconds of one call in one round.
struct Time {
    ours: f64,
    rival: Option<f64>,
}

/// The times of each row of a side, one for each round.
fn times<'r>(rounds: impl Iterator<Item = &'r Vec<Record>>, side: &str) -> Outcome<BTreeMap<Key, Vec<Time>>> {
    let is_time = |seconds: &f64| seconds.is_finite() && *seconds > 0.0;
    let mut times: BTreeMap<Key, Vec<Time>> = BTreeMap::new();
    let mut count = 0;
    for records in rounds {
        for record in records {
            let key = Key::from(record);
            let ours = record.ours_seconds.filter(is_time);
            let ours = ours.ok_or_else(|| format!("{side}: `{key}` has no time of ours"))?;
            times.entry(key).or_default().push(Time { ours, rival: record.rival_seconds.filter(is_time) });
        }
        count += 1;
        if let Some((key, of_row)) = times.iter().find(|(_, of_row)| of_row.len() != count) {
            return Err(format!("{side}: `{key}` has {} times after {count} rounds", of_row.len()));
        }
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(case: &str, bytes: u64, direction: &str, seconds: f64) -> Record {
        Record {
            case: case.to_owned(),
            bytes,
            direction: direction.to_owned(),
            threads: Some(1),
            rival: "zstd".to_owned(),
            ours_seconds: Some(seconds),
            ..Record::default()
        }
    }

    /// One round of one row on each side.
    fn round(old: f64, new: f64) -> [Vec<Record>; 2] {
        [old, new].map(|seconds| vec![row("npy|zstd on a", 4096, "encode", seconds)])
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn rows_meet_by_key_whatever_their_order() {
        let (a, b) = (row("npy|zstd on a", 1, "encode", 2.0), row("npy|zstd on b", 1, "encode", 3.0));
        let halved =
            |record: &Record| Record { ours_seconds: record.ours_seconds.map(|s| s / 2.0), ..record.clone() };
        let rounds = [[vec![a.clone(), b.clone()], vec![halved(&b), halved(&a)]]];
        let comparison = Comparison::of(&rounds).unwrap();
        assert_eq!(comparison.alone, [vec![], vec![]]);
        assert_eq!(
            comparison.rows.iter().map(|row| row.seconds).collect::<Vec<_>>(),
            [[2.0, 1.0], [3.0, 1.5]]
        );
        assert!(comparison.rows.iter().all(|row| close(row.speed(), 2.0)));
    }

    #[test]
    fn each_part_of_the_key_tells_rows_apart() {
        let a = row("npy|zstd on a", 1, "encode", 1.0);
        for other in [
            Record { case: "npy|zstd on b".to_owned(), ..a.clone() },
            Record { bytes: 2, ..a.clone() },
            Record { direction: "decode".to_owned(), ..a.clone() },
            Record { threads: Some(2), ..a.clone() },
            Record { threads: None, ..a.clone() },
            Record { rival: "zarrs".to_owned(), ..a.clone() },
        ] {
            let error = Comparison::of(&[[vec![a.clone()], vec![other]]]).unwrap_err();
            assert_eq!(error, "no row is on both sides: 1 are old only, 1 are new only");
        }
    }

    #[test]
    fn rows_of_one_side_are_listed() {
        let a = row("npy|zstd on a", 1, "encode", 1.0);
        let gone = row("npy|lz4 on a", 1, "decode", 1.0);
        let added =
            Record { threads: None, rival: String::new(), ..row("npy|zstd(9) on a", 1, "encode", 1.0) };
        let rounds = [[vec![a.clone(), gone], vec![added, a]]];
        let comparison = Comparison::of(&rounds).unwrap();
        let names = comparison.alone.map(|keys| keys.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(names[0], ["npy|lz4 on a, decode, 1 bytes, 1 thread, beside zstd"]);
        assert_eq!(names[1], ["npy|zstd(9) on a, encode, 1 bytes"]);
        assert_eq!(comparison.rows.len(), 1);
    }

    #[test]
    fn a_row_is_the_median_over_the_rounds_of_the_ratio_within_one() {
        // The machine was twice as slow in the second round, and something else ran during the third.
        let comparison = Comparison::of(&[round(1.1, 1.0), round(2.2, 2.0), round(9.0, 1.0)]).unwrap();
        assert!(close(comparison.rows[0].speed(), 1.1), "{comparison:?}");
        assert_eq!(comparison.rows[0].seconds, [2.2, 1.0]);
    }

    #[test]
    fn a_group_is_the_geometric_mean_over_arrays_and_sizes() {
        let both = |old: f64, new: f64, case: &str, bytes| {
            [old, new].map(|seconds| row(case, bytes, "encode", seconds))
        };
        let rows = [
            both(2.0, 1.0, "npy|zstd on a", 4096),
            both(1.0, 2.0, "npy|zstd on a", 1 << 20),
            both(4.0, 1.0, "npy|zstd on b", 4096),
            both(4.0, 1.0, "npy|zstd on b", 1 << 20),
            both(5.0, 5.0, "npy|lz4 on a", 4096),
        ];
        let round = [0, 1].map(|side| rows.iter().map(|row| row[side].clone()).collect::<Vec<_>>());
        let groups = Comparison::of(&[round]).unwrap().groups();
        assert_eq!(
            groups.iter().map(|group| (group.chain.as_str(), group.rows)).collect::<Vec<_>>(),
            [("npy|lz4", 1), ("npy|zstd", 4)]
        );
        assert!(close(groups[0].speed, 1.0) && close(groups[1].speed, 2.0), "{groups:?}");
        assert!(close(groups[1].span.0, 2.0) && close(groups[1].span.1, 2.0), "{groups:?}");
    }

    #[test]
    fn directions_and_threads_are_groups_of_their_own() {
        let a = row("npy|zstd on a", 1, "encode", 1.0);
        let rows = vec![
            a.clone(),
            Record { direction: "decode".to_owned(), ..a.clone() },
            Record { threads: Some(2), ..a },
        ];
        assert_eq!(Comparison::of(&[[rows.clone(), rows]]).unwrap().groups().len(), 3);
    }

    #[test]
    fn the_verdict_is_a_bound() {
        for (new, is_slower) in [(0.5, false), (1.0, false), (1.0 / 0.981, false), (1.0 / 0.979, true)] {
            let groups = Comparison::of(&[round(1.0, new)]).unwrap().groups();
            assert_eq!(groups[0].is_slower(), is_slower, "{groups:?}");
        }
    }

    #[test]
    fn the_span_is_that_of_the_rounds() {
        let groups = Comparison::of(&[round(1.0, 1.0), round(1.0, 2.0), round(3.0, 1.0)]).unwrap().groups();
        let Group { speed, span, .. } = &groups[0];
        assert!(close(*speed, 1.0) && close(span.0, 0.5) && close(span.1, 3.0), "{groups:?}");
    }

    #[test]
    fn the_rivals_say_how_quiet_the_machine_was() {
        let timed =
            |ours, rival| vec![Record { rival_seconds: rival, ..row("npy|zstd on a", 4096, "encode", ours) }];
        // Both were half as fast: that was the machine.
        let groups = Comparison::of(&[[timed(1.0, Some(3.0)), timed(2.0, Some(6.0))]]).unwrap().groups();
        assert!(close(groups[0].speed, 0.5) && close(groups[0].rivals, 0.5), "{groups:?}");
        let groups = Comparison::of(&[[timed(1.0, None), timed(1.0, Some(6.0))]]).unwrap().groups();
        assert!(groups[0].rivals.is_nan(), "{groups:?}");
    }

    #[test]
    fn what_cannot_be_compared_is_an_error() {
        let a = row("npy|zstd on a", 1, "encode", 1.0);
        let name = "`npy|zstd on a, encode, 1 bytes, 1 thread, beside zstd`";
        let error = |rounds: &[[Vec<Record>; 2]]| Comparison::of(rounds).unwrap_err();
        let (one, none) = (vec![a.clone()], vec![]);
        assert_eq!(
            error(&[[one.clone(), one.clone()], [one.clone(), none.clone()]]),
            format!("new: {name} has 1 times after 2 rounds")
        );
        assert_eq!(
            error(&[[none.clone(), one.clone()], [one.clone(), one.clone()]]),
            format!("old: {name} has 1 times after 2 rounds")
        );
        let twice = vec![a.clone(), a.clone()];
        assert_eq!(error(&[[twice, one.clone()]]), format!("old: {name} has 2 times after 1 rounds"));
        for seconds in [None, Some(0.0), Some(f64::NAN), Some(f64::INFINITY), Some(-1.0)] {
            let bad = vec![Record { ours_seconds: seconds, ..a.clone() }];
            assert_eq!(error(&[[one.clone(), bad]]), format!("new: {name} has no time of ours"));
        }
        assert_eq!(error(&[]), "no row is on both sides: 0 are old only, 0 are new only");
    }
}
