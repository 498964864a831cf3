//! Plots as SVG, written by hand: points and lines on linear or logarithmic axes, legible on light and dark pages.

mod axis;
mod labels;

use std::fmt::Write;

pub use axis::Scale;

use crate::front;
use axis::Axis;
use labels::Labels;

/// Points over two axes.
#[derive(Debug, Clone)]
pub struct Plot {
    /// What it shows.
    pub title: String,
    /// What the horizontal axis counts.
    pub x_label: String,
    /// What the vertical axis counts.
    pub y_label: String,
    /// How the horizontal axis is divided.
    pub x_scale: Scale,
    /// How the vertical axis is divided.
    pub y_scale: Scale,
    /// Whether the points that no other beats in both coordinates are joined.
    pub has_front: bool,
    /// What is drawn.
    pub series: Vec<Series>,
}

/// Points of one colour and shape.
#[derive(Debug, Clone)]
pub struct Series {
    /// What it is called in the legend.
    pub name: String,
    /// Whether the points are joined, in their order.
    pub is_line: bool,
    /// What is drawn. A point that is not finite, or not above 0 on a logarithmic axis, is left out.
    pub points: Vec<Point>,
}

/// A point, and what is written beside it.
#[derive(Debug, Clone)]
pub struct Point {
    /// The horizontal coordinate.
    pub x: f64,
    /// The vertical coordinate.
    pub y: f64,
    /// Nothing is written if it is empty.
    pub label: String,
}

const WIDTH: f64 = 820.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 84.0;
const BOTTOM: f64 = 46.0;
/// The colours that people with most kinds of colour blindness tell apart (Okabe and Ito), on light and on dark.
const COLOURS: [(&str, &str); 8] = [
    ("#0060a8", "#56b4e9"),
    ("#c04a00", "#ff8f4a"),
    ("#00795a", "#2fc79a"),
    ("#a3457f", "#e79ac6"),
    ("#8a6d00", "#f0c843"),
    ("#555555", "#bbbbbb"),
    ("#6a3fb5", "#b79cf0"),
    ("#9b1c1c", "#ff7b7b"),
];

/// The plots below one another, as the text of an SVG file.
#[must_use]
pub fn svg(plots: &[Plot]) -> String {
    let height = HEIGHT * count(plots.len());
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"12\">\n{}<rect class=\"page\" width=\"100%\" \
         height=\"100%\"/>\n",
        style()
    );
    for (index, plot) in plots.iter().enumerate() {
        // A `String` takes all that is written to it.
        writeln!(out, "<g transform=\"translate(0 {})\">", HEIGHT * count(index)).ok();
        plot.draw(&mut out);
        out.push_str("</g>\n");
    }
    out + "</svg>\n"
}

#[expect(clippy::cast_precision_loss, reason = "numbers of plots and labels are small")]
fn count(n: usize) -> f64 {
    n as f64
}

/// Plain rules first, for readers that know neither variables nor media queries.
fn style() -> String {
    let light = ["#ffffff", "#1c2024", "#5b636b", "#e3e6e9"];
    let dark = ["#0f1318", "#e8eaed", "#a2aab2", "#2b323a"];
    format!(
        "<style>\n\
         .line,.front{{fill:none;stroke-width:2}} .front{{stroke-width:1.5;stroke-dasharray:5 4}} .mark{{stroke-width:1}}\n\
         .label,.halo{{font:11px ui-monospace, monospace}} .halo{{stroke-width:3;stroke-linejoin:round}} .leader{{stroke-width:.75}}\n\
         {}@media (prefers-color-scheme: dark){{\n{}}}\n\
         </style>\n",
        colours(light, COLOURS.map(|(on_light, _)| on_light)),
        colours(dark, COLOURS.map(|(_, on_dark)| on_dark)),
    )
}

/// The page's own colour is drawn too: a page that is dark by its own choice would swallow dark text.
fn colours([page, ink, faint, grid]: [&str; 4], series: [&str; 8]) -> String {
    let mut rules = format!(
        ".page{{fill:{page}}} text{{fill:{ink}}} .faint{{fill:{faint}}} .grid{{stroke:{grid}}} \
         .mark,.halo{{stroke:{page}}} .halo{{fill:{page}}} .front,.leader{{stroke:{faint}}}\n"
    );
    for (index, colour) in series.iter().enumerate() {
        // A `String` takes all that is written to it.
        write!(rules, ".mark.s{index}{{fill:{colour}}} .line.s{index}{{stroke:{colour}}} ").ok();
    }
    rules + "\n"
}

impl Plot {
    fn draw(&self, out: &mut String) {
        let drawn = |point: &&Point| self.x_scale.can_show(point.x) && self.y_scale.can_show(point.y);
        let all: Vec<&Point> = self.series.iter().flat_map(|series| &series.points).filter(drawn).collect();
        let x = Axis::over(self.x_scale, all.iter().map(|point| point.x), LEFT, WIDTH - RIGHT);
        let y = Axis::over(self.y_scale, all.iter().map(|point| point.y), HEIGHT - BOTTOM, TOP);
        self.draw_frame(&x, &y, out);
        if self.has_front {
            draw_front(&all, &x, &y, out);
        }
        let mut labels = Labels::within([LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM]);
        for point in &all {
            labels.keep_clear(x.place(point.x), y.place(point.y));
        }
        for (index, series) in self.series.iter().enumerate() {
            let class = index % COLOURS.len();
            let places: Vec<(f64, f64, &Point)> = series
                .points
                .iter()
                .filter(drawn)
                .map(|point| (x.place(point.x), y.place(point.y), point))
                .collect();
            if series.is_line {
                let path: Vec<String> = places.iter().map(|(x, y, _)| format!("{x:.1},{y:.1}")).collect();
                writeln!(out, "<polyline class=\"line s{class}\" points=\"{}\"/>", path.join(" ")).ok();
            }
            for (x, y, point) in places {
                let title = if point.label.is_empty() { &series.name } else { &point.label };
                draw_mark(index, x, y, Some(title), out);
                if !point.label.is_empty() {
                    labels.add(x, y, &point.label);
                }
            }
        }
        labels.draw(out);
        self.draw_legend(out);
    }

    fn draw_frame(&self, x: &Axis, y: &Axis, out: &mut String) {
        let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
        for (at, text) in x.ticks() {
            writeln!(
                out,
                "<line class=\"grid\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{TOP}\" y2=\"{bottom}\"/>"
            )
            .ok();
            writeln!(
                out,
                "<text class=\"faint\" x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{text}</text>",
                bottom + 16.0
            )
            .ok();
        }
        for (at, text) in y.ticks() {
            writeln!(
                out,
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>"
            )
            .ok();
            let (x, y) = (LEFT - 6.0, at + 4.0);
            writeln!(out, "<text class=\"faint\" x=\"{x}\" y=\"{y:.1}\" text-anchor=\"end\">{text}</text>")
                .ok();
        }
        let (middle_x, middle_y) = (f64::midpoint(LEFT, right), f64::midpoint(TOP, bottom));
        let (title, x_label, y_label) =
            (escaped(&self.title), escaped(&self.x_label), escaped(&self.y_label));
        writeln!(out, "<text x=\"{LEFT}\" y=\"24\" font-size=\"15\" font-weight=\"600\">{title}</text>").ok();
        writeln!(
            out,
            "<text x=\"{middle_x}\" y=\"{}\" text-anchor=\"middle\">{x_label}</text>",
            HEIGHT - 10.0
        )
        .ok();
        writeln!(
            out,
            "<text transform=\"translate(16 {middle_y}) rotate(-90)\" text-anchor=\"middle\">{y_label}</text>"
        )
        .ok();
    }

    /// Two lines below the title. A single series says its name in the title.
    fn draw_legend(&self, out: &mut String) {
        let (mut x, mut y) = (LEFT + 6.0, 46.0);
        if self.series.len() > 1 {
            for (index, series) in self.series.iter().enumerate() {
                let width = 32.0 + 6.6 * count(series.name.chars().count());
                if x + width > WIDTH - RIGHT {
                    (x, y) = (LEFT + 6.0, y + 18.0);
                }
                draw_mark(index, x, y, None, out);
                let (text_x, text_y) = (x + 10.0, y + 4.0);
                writeln!(out, "<text x=\"{text_x:.1}\" y=\"{text_y}\">{}</text>", escaped(&series.name)).ok();
                x += width;
            }
        }
        if self.has_front {
            let (end, text_x, text_y) = (x + 26.0, x + 32.0, y + 4.0);
            writeln!(
                out,
                "<line class=\"front\" x1=\"{x:.1}\" x2=\"{end:.1}\" y1=\"{y}\" y2=\"{y}\"/>\
                 <text x=\"{text_x:.1}\" y=\"{text_y}\">Pareto front</text>",
            )
            .ok();
        }
    }
}

fn draw_front(points: &[&Point], x: &Axis, y: &Axis, out: &mut String) {
    let coordinates: Vec<[f64; 2]> = points.iter().map(|point| [point.x, point.y]).collect();
    let is_on_front = front(&coordinates);
    let mut best: Vec<[f64; 2]> =
        coordinates.iter().zip(is_on_front).filter(|(_, is)| *is).map(|(point, _)| *point).collect();
    best.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let path: Vec<String> =
        best.iter().map(|[a, b]| format!("{:.1},{:.1}", x.place(*a), y.place(*b))).collect();
    writeln!(out, "<polyline class=\"front\" points=\"{}\"/>", path.join(" ")).ok();
}

/// Each series has a shape of its own, for who cannot tell the colours apart.
fn draw_mark(series: usize, x: f64, y: f64, title: Option<&str>, out: &mut String) {
    let class = series % COLOURS.len();
    let title = title.map(|title| format!("<title>{}</title>", escaped(title))).unwrap_or_default();
    let polygon = |corners: &[(f64, f64)]| {
        let points: Vec<String> =
            corners.iter().map(|(dx, dy)| format!("{:.1},{:.1}", x + dx, y + dy)).collect();
        format!("<polygon class=\"mark s{class}\" points=\"{}\">{title}</polygon>", points.join(" "))
    };
    let shape = match series % 4 {
        0 => format!("<circle class=\"mark s{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\">{title}</circle>"),
        1 => polygon(&[(-5.0, -5.0), (5.0, -5.0), (5.0, 5.0), (-5.0, 5.0)]),
        2 => polygon(&[(0.0, -6.0), (5.5, 4.5), (-5.5, 4.5)]),
        _ => polygon(&[(0.0, -6.5), (6.5, 0.0), (0.0, 6.5), (-6.5, 0.0)]),
    };
    out.push_str(&shape);
    out.push('\n');
}

/// XML has no way to write most control characters.
fn escaped(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot() -> Plot {
        let point = |x, y, label: &str| Point { x, y, label: label.to_owned() };
        Plot {
            title: "Ratio & speed".to_owned(),
            x_label: "MB/s".to_owned(),
            y_label: "ratio".to_owned(),
            x_scale: Scale::Log,
            y_scale: Scale::Linear,
            has_front: true,
            series: vec![
                Series {
                    name: "ours".to_owned(),
                    is_line: false,
                    points: vec![point(100.0, 3.0, "raw(<f8)|zlib"), point(50.0, 2.0, "npy|lz4")],
                },
                Series {
                    name: "theirs".to_owned(),
                    is_line: true,
                    points: vec![point(1000.0, 1.5, ""), point(0.0, 9.0, "left out")],
                },
            ],
        }
    }

    #[test]
    fn points_labels_and_the_front_are_drawn() {
        let text = svg(&[plot()]);
        assert!(text.starts_with("<svg xmlns=") && text.ends_with("</svg>\n"));
        assert!(text.contains(">Ratio &amp; speed</text>"), "{text}");
        assert!(text.contains("<title>raw(&lt;f8)|zlib</title>"), "{text}");
        assert!(!text.contains("paint-order"), "not every renderer knows it");
        // 0 has no place on a logarithmic axis.
        assert!(!text.contains("left out"), "{text}");
        let front = text.split("<polyline class=\"front\" points=\"").nth(1).unwrap();
        let joined: Vec<&str> = front.split('"').next().unwrap().split(' ').collect();
        assert_eq!(joined.len(), 2, "two of three points are on the front: {joined:?}");
        assert_eq!(text.matches("<circle").count(), 3, "two points and the legend");
    }

    #[test]
    fn every_tag_is_closed_and_every_number_finite() {
        for plots in [vec![], vec![plot(), plot()], vec![Plot { series: vec![], ..plot() }]] {
            let text = svg(&plots);
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
            for tag in ["svg", "g", "text", "title", "polygon", "circle", "style"] {
                let opened =
                    text.matches(&format!("<{tag} ")).count() + text.matches(&format!("<{tag}>")).count();
                assert_eq!(opened, text.matches(&format!("</{tag}>")).count(), "{tag}");
            }
        }
    }
}
