//! The plots of the page: ratio against speed, throughput against size, and cores.

use std::collections::{BTreeMap, BTreeSet};

use ndcodec_measure::{Plot, Point, Record, Scale, Series, geometric_mean};

use super::frontier;
use super::record::{Newest, chain_of, float};

/// An SVG file and what stands above it.
pub(super) struct Figure {
    pub(super) file: &'static str,
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    pub(super) plots: Vec<Plot>,
}

/// From here on, an array and not a message.
const LARGE: u64 = 256 << 10;
/// As many lines as can be told apart.
const LINES: usize = 8;

/// Every figure that the records have something for.
pub(super) fn all(newest: &Newest) -> Vec<Figure> {
    let mut figures = vec![
        Figure {
            file: "ratio-speed.svg",
            title: "Ratio against speed",
            about: "Geometric means over the corpus' arrays and the made one; `chunked` and Blosc2 on all cores.\n\
                    Nothing beats what stands on the dashed line in both.",
            plots: ["encode", "decode"].map(|direction| ratio_speed(newest, direction)).to_vec(),
        },
        Figure {
            file: "frontier.svg",
            title: "The frontier of lossless arrays",
            about: "Geometric means over the corpus' arrays, on one thread; megabytes of the array a second of the processor.\n\
                    Nothing beats what stands on the dashed line in both.",
            plots: frontier::plots(newest.records(frontier::BENCH)).to_vec(),
        },
        Figure {
            file: "size-chains.svg",
            title: "Throughput of chains against size",
            about: "Bytes of the array a second on one thread, with buffers that are used again.",
            plots: against_size(newest.records("stages"), |case| case.contains('|')),
        },
        Figure {
            file: "size-stages.svg",
            title: "Throughput of each stage against size",
            about: "A codec by itself, a filter behind `npy`, a container with `shuffle` and `lz4` inside; bytes of the array \
                    a second on one thread.",
            plots: against_size(newest.records("stages"), |case| !case.contains('|')),
        },
        Figure {
            file: "cores.svg",
            title: "Cores",
            about: "`chunked` on more threads, on the made array, with buffers that are used again.",
            plots: ["encode", "decode"].map(|direction| cores(newest.records("cores"), direction)).to_vec(),
        },
    ];
    figures.retain(|figure| {
        figure.plots.iter().any(|plot| plot.series.iter().any(|series| !series.points.is_empty()))
    });
    figures
}

/// Megabytes a second and ratios of one way, over the arrays.
#[derive(Default)]
struct Way {
    speeds: Vec<f64>,
    ratios: Vec<f64>,
}

impl Way {
    fn add(&mut self, bytes: u64, seconds: Option<f64>, size: Option<u64>) {
        if let (Some(seconds), Some(size)) = (seconds, size.filter(|size| *size > 0)) {
            self.speeds.push(float(bytes) / 1e6 / seconds);
            self.ratios.push(float(bytes) / float(size));
        }
    }

    fn point(&self, label: &str) -> Point {
        let mean = |values: &[f64]| geometric_mean(values.iter().copied());
        Point { x: mean(&self.speeds), y: mean(&self.ratios), label: label.to_owned() }
    }
}

fn ratio_speed(newest: &Newest, direction: &str) -> Plot {
    let mut ours: BTreeMap<String, Way> = BTreeMap::new();
    let mut series = Vec::new();
    for (bench, name) in [("rivals", "in Rust"), ("python_rivals", "in Python")] {
        let records = newest.records(bench);
        let most = records.iter().filter_map(|record| record.threads).max();
        let mut rivals: BTreeMap<String, Way> = BTreeMap::new();
        let shown = records.iter().filter(|record| record.direction == direction && record.bytes >= LARGE);
        // Of what was measured on one thread and on all, all.
        for record in
            shown.filter(|record| !chain_of(&record.case).starts_with("chunked") || record.threads == most)
        {
            let theirs = rivals.entry(record.rival.clone()).or_default();
            theirs.add(record.bytes, record.rival_seconds, record.rival_size);
            let has_it = bench == "rivals"
                || !newest.records("rivals").iter().any(|r| chain_of(&r.case) == chain_of(&record.case));
            if has_it {
                let way = ours.entry(chain_of(&record.case).to_owned()).or_default();
                way.add(record.bytes, record.ours_seconds, record.ours_size);
            }
        }
        let points = rivals.iter().map(|(name, way)| way.point(name)).collect();
        series.push(Series { name: name.to_owned(), is_line: false, points });
    }
    let points = ours.iter().map(|(chain, way)| way.point(chain)).collect();
    series.insert(0, Series { name: "ndcodec".to_owned(), is_line: false, points });
    Plot {
        title: format!("Ratio against speed: {direction}"),
        x_label: "MB/s".to_owned(),
        y_label: "ratio".to_owned(),
        x_scale: Scale::Log,
        y_scale: Scale::Linear,
        has_front: true,
        series,
    }
}

/// A plot for each direction and for every eight lines.
fn against_size(records: &[Record], is_shown: fn(&str) -> bool) -> Vec<Plot> {
    let cases: BTreeSet<&str> =
        records.iter().map(|record| record.case.as_str()).filter(|case| is_shown(case)).collect();
    let cases: Vec<&str> = cases.into_iter().collect();
    let groups =
        cases.chunks(LINES).flat_map(|group| ["encode", "decode"].map(|direction| (group, direction)));
    let plot = |(group, direction): (&[&str], &str)| Plot {
        title: format!("Throughput against size: {direction}"),
        x_label: "bytes of the array".to_owned(),
        y_label: "MB/s".to_owned(),
        x_scale: Scale::LogBytes,
        y_scale: Scale::Log,
        has_front: false,
        series: group
            .iter()
            .map(|case| {
                let mut of: Vec<&Record> =
                    records.iter().filter(|r| r.case == *case && r.direction == direction).collect();
                of.sort_by_key(|record| record.bytes);
                let points = of.iter().filter_map(|record| Some((record.bytes, record.ours_seconds?)));
                line(case, points.map(|(bytes, seconds)| (float(bytes), float(bytes) / 1e6 / seconds)))
            })
            .collect(),
    };
    groups.map(plot).collect()
}

fn cores(records: &[Record], direction: &str) -> Plot {
    let of: Vec<&Record> = records.iter().filter(|record| record.direction == direction).collect();
    let chains: BTreeSet<&str> = of.iter().map(|record| chain_of(&record.case)).collect();
    Plot {
        title: format!("Cores: {direction}"),
        x_label: "threads".to_owned(),
        y_label: "MB/s".to_owned(),
        x_scale: Scale::Linear,
        y_scale: Scale::Linear,
        has_front: false,
        series: chains
            .into_iter()
            .map(|chain| {
                let of = of.iter().filter(|record| chain_of(&record.case) == chain);
                let points = of.filter_map(|record| Some((record, record.threads?, record.ours_seconds?)));
                line(
                    chain,
                    points.map(|(record, threads, seconds)| {
                        (f64::from(threads), float(record.bytes) / 1e6 / seconds)
                    }),
                )
            })
            .collect(),
    }
}

fn line(name: &str, points: impl Iterator<Item = (f64, f64)>) -> Series {
    let points = points.map(|(x, y)| Point { x, y, label: String::new() }).collect();
    Series { name: name.to_owned(), is_line: true, points }
}

#[cfg(test)]
mod tests {
    use super::super::record::{Dated, example};
    use super::*;

    #[test]
    fn points_are_means_over_the_arrays() {
        let records = vec![example("npy|zstd on a", "encode", 0.25), example("npy|zstd on b", "encode", 1.0)];
        let dated = Dated { date: "2026-11-23".to_owned(), records };
        let newest = Newest { benches: BTreeMap::from([("rivals".to_owned(), dated)]), ..Newest::default() };
        let plot = ratio_speed(&newest, "encode");
        let point = &plot.series[0].points[0];
        // 1 MiB in 2.5 and in 10 ms: 5 ms in the mean.
        assert!((point.x - 1.048_576 / 0.005).abs() < 1e-6 && (point.y - 2.0).abs() < 1e-9, "{point:?}");
        assert_eq!(plot.series[1].points[0].label, "zarrs");
        assert_eq!(all(&newest).len(), 1, "what was not measured is not drawn");
    }

    #[test]
    fn lines_go_from_small_to_large() {
        let at = |bytes| Record { bytes, ..example("zstd", "encode", 1.0) };
        let plots = against_size(&[at(1 << 20), at(1 << 10)], |case| !case.contains('|'));
        assert_eq!(plots.len(), 2);
        let xs: Vec<f64> = plots[0].series[0].points.iter().map(|point| point.x).collect();
        assert_eq!(xs, [1024.0, 1_048_576.0]);
    }
}
