//! Labels beside points, each where it covers the least.

use std::fmt::Write;

use super::{count, escaped};

/// The width of a letter of 11 pixels in a font of fixed width.
const LETTER: f64 = 6.65;
const LINE: f64 = 13.0;
/// From the middle of a point to its label.
const GAP: f64 = 9.0;
/// Half of a point.
const MARK: f64 = 6.0;

/// Left, top, right and bottom.
type Box4 = [f64; 4];

/// The labels of a plot, placed one after the other.
#[derive(Debug)]
pub(super) struct Labels {
    frame: Box4,
    taken: Vec<Box4>,
    placed: Vec<Placed>,
}

#[derive(Debug)]
struct Placed {
    text: String,
    place: Box4,
    point: (f64, f64),
}

impl Labels {
    pub(super) fn within(frame: Box4) -> Self {
        Self { frame, taken: Vec::new(), placed: Vec::new() }
    }

    /// A point that no label should cover.
    pub(super) fn keep_clear(&mut self, x: f64, y: f64) {
        self.taken.push([x - MARK, y - MARK, x + MARK, y + MARK]);
    }

    /// Finds the place for a label: the nearest that covers nothing, else the one that covers the least.
    pub(super) fn add(&mut self, x: f64, y: f64, text: &str) {
        let width = LETTER * count(text.chars().count());
        let mut best: Option<(f64, Box4)> = None;
        for ring in 0..5 {
            let step = GAP + f64::from(ring) * LINE;
            let lifts = [0.0, -step, step];
            for lift in lifts {
                for left in [x + GAP, x - GAP - width, x - width / 2.0] {
                    // Straight above or below, the label needs no gap to the side, and level with the point it does.
                    if lift == 0.0 && (left - (x - width / 2.0)).abs() < 1e-9 {
                        continue;
                    }
                    let middle = y + lift;
                    let place = [left, middle - LINE / 2.0, left + width, middle + LINE / 2.0];
                    let cost = self.cost(&place) + 2.0 * lift.abs();
                    if best.is_none_or(|(least, _)| cost < least) {
                        best = Some((cost, place));
                    }
                }
            }
        }
        if let Some((_, place)) = best {
            self.taken.push(place);
            self.placed.push(Placed { text: text.to_owned(), place, point: (x, y) });
        }
    }

    /// The area that is covered, and, weighed more, that which lies outside.
    fn cost(&self, place: &Box4) -> f64 {
        let covered: f64 = self.taken.iter().map(|taken| common(place, taken)).sum();
        let area = (place[2] - place[0]) * (place[3] - place[1]);
        10.0 * covered + 100.0 * (area - common(place, &self.frame))
    }

    pub(super) fn draw(&self, out: &mut String) {
        for Placed { text, place, point: (x, y) } in &self.placed {
            let middle = f64::midpoint(place[1], place[3]);
            if (middle - y).abs() > 1.5 * LINE {
                // A label that had to move away is tied to its point.
                let to = x.clamp(place[0], place[2]);
                writeln!(
                    out,
                    "<line class=\"leader\" x1=\"{x:.1}\" y1=\"{y:.1}\" x2=\"{to:.1}\" y2=\"{middle:.1}\"/>"
                )
                .ok();
            }
            let text = escaped(text);
            let (x, y) = (place[0], middle + 4.0);
            // The halo is a text of its own: a renderer that does not know `paint-order` draws a stroke over the letters.
            for class in ["halo", "label"] {
                writeln!(out, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>").ok();
            }
        }
    }
}

/// The area that two boxes share.
fn common(a: &Box4, b: &Box4) -> f64 {
    let width = (a[2].min(b[2]) - a[0].max(b[0])).max(0.0);
    let height = (a[3].min(b[3]) - a[1].max(b[1])).max(0.0);
    width * height
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_near_points_do_not_cover_each_other() {
        let mut labels = Labels::within([0.0, 0.0, 500.0, 300.0]);
        for offset in 0..6 {
            labels.keep_clear(250.0 + f64::from(offset), 150.0);
        }
        for offset in 0..6 {
            labels.add(250.0 + f64::from(offset), 150.0, "npy|shuffle|zstd");
        }
        for (index, a) in labels.placed.iter().enumerate() {
            for b in &labels.placed[index + 1..] {
                assert!(common(&a.place, &b.place) == 0.0, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn a_halo_lies_under_its_label_and_nothing_else_is_stroked() {
        let mut labels = Labels::within([0.0, 0.0, 500.0, 300.0]);
        labels.add(250.0, 150.0, "npy|zstd");
        let mut out = String::new();
        labels.draw(&mut out);
        let (halo, label) = (out.find("class=\"halo\""), out.find("class=\"label\""));
        assert!(halo.is_some() && halo < label, "{out}");
        assert_eq!(out.matches(">npy|zstd</text>").count(), 2);
    }

    #[test]
    fn a_label_stays_inside() {
        let mut labels = Labels::within([0.0, 0.0, 500.0, 300.0]);
        labels.add(495.0, 5.0, "npy|shuffle|zstd");
        let place = labels.placed[0].place;
        assert!(place[2] <= 500.0 && place[1] >= 0.0 - 7.0, "{place:?}");
    }
}
