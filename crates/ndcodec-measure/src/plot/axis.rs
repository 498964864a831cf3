//! Axes: from values to places, and where the ticks stand.

/// How an axis is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps are equally long. Begins at 0 where the values are not far from it.
    Linear,
    /// Equal factors are equally long.
    Log,
    /// Like [`Scale::Log`], with ticks in bytes: `1 KiB`, `1 MiB`.
    LogBytes,
}

impl Scale {
    pub(super) fn can_show(self, value: f64) -> bool {
        value.is_finite() && (self == Self::Linear || value > 0.0)
    }

    fn position(self, value: f64) -> f64 {
        if self == Self::Linear { value } else { value.log10() }
    }
}

/// An axis from `low` to `high`, drawn from `start` to `end`.
#[derive(Debug)]
pub(super) struct Axis {
    scale: Scale,
    low: f64,
    high: f64,
    start: f64,
    end: f64,
}

impl Axis {
    /// An axis with all values on it and a little room around them.
    pub(super) fn over(scale: Scale, values: impl Iterator<Item = f64>, start: f64, end: f64) -> Self {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(scale.position(value)), high.max(scale.position(value)))
        });
        let (mut low, mut high) = if low <= high { (low, high) } else { (0.0, 1.0) };
        if scale == Scale::Linear && low > 0.0 && low < high * 0.25 {
            low = 0.0;
        }
        let room = if high > low { (high - low) * 0.06 } else { 0.5 };
        if low != 0.0 || scale != Scale::Linear {
            low -= room;
        }
        high += room;
        Self { scale, low, high, start, end }
    }

    /// Where a value stands.
    pub(super) fn place(&self, value: f64) -> f64 {
        let part = (self.scale.position(value) - self.low) / (self.high - self.low);
        self.start + part * (self.end - self.start)
    }

    /// The places and texts of the ticks.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let values = match self.scale {
            Scale::Linear => self.linear_ticks(),
            Scale::Log => self.decimal_ticks(),
            Scale::LogBytes => self.binary_ticks(),
        };
        let text = if self.scale == Scale::LogBytes { bytes } else { number };
        values.into_iter().map(|value| (self.place(value), text(value))).collect()
    }

    fn linear_ticks(&self) -> Vec<f64> {
        let rough = (self.high - self.low) / 6.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * power).find(|step| *step >= rough);
        let step = step.unwrap_or(power * 10.0);
        let mut ticks = Vec::new();
        let mut at = (self.low / step).ceil();
        while at * step <= self.high {
            ticks.push(at * step);
            at += 1.0;
        }
        ticks
    }

    /// 1, 2 and 5 of each power of ten; over more than three of them, the powers alone.
    fn decimal_ticks(&self) -> Vec<f64> {
        let digits: &[f64] = if self.high - self.low > 3.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let mut ticks = Vec::new();
        let mut power = self.low.floor();
        while power <= self.high {
            let values = digits.iter().map(|digit| digit * 10_f64.powf(power));
            ticks.extend(values.filter(|value| (self.low..=self.high).contains(&value.log10())));
            power += 1.0;
        }
        ticks
    }

    /// Powers of two, at most ten of them.
    fn binary_ticks(&self) -> Vec<f64> {
        let (low, high) = (self.low / 2_f64.log10(), self.high / 2_f64.log10());
        let step = ((high - low) / 10.0).ceil().max(1.0);
        let mut ticks = Vec::new();
        let mut power = (low / step).ceil() * step;
        while power <= high {
            ticks.push(2_f64.powf(power));
            power += step;
        }
        ticks
    }
}

/// With as many digits as a tick needs.
fn number(value: f64) -> String {
    let text = if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.3}") };
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn bytes(value: f64) -> String {
    let units = [(1_073_741_824.0, "GiB"), (1_048_576.0, "MiB"), (1024.0, "KiB")];
    let found = units.into_iter().find(|(factor, _)| value >= *factor);
    found.map_or_else(
        || format!("{} B", number(value)),
        |(factor, unit)| format!("{} {unit}", number(value / factor)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(scale: Scale, values: &[f64]) -> Vec<String> {
        let axis = Axis::over(scale, values.iter().copied(), 0.0, 100.0);
        axis.ticks().into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(texts(Scale::Linear, &[0.5, 4.0]), ["0", "1", "2", "3", "4"]);
        assert_eq!(texts(Scale::Linear, &[0.8, 0.9])[..2], ["0.8", "0.82"]);
        assert_eq!(texts(Scale::Log, &[20.0, 900.0]), ["20", "50", "100", "200", "500", "1000"]);
        assert_eq!(texts(Scale::LogBytes, &[1024.0, 65536.0])[0], "1 KiB");
        // One value, or none, has room around it all the same.
        assert!(!texts(Scale::Linear, &[7.0]).is_empty());
        assert!(!texts(Scale::Log, &[]).is_empty());
    }

    #[test]
    fn the_axis_holds_all_values() {
        let axis = Axis::over(Scale::Log, [1.0, 1000.0].into_iter(), 100.0, 0.0);
        assert!((0.0..100.0).contains(&axis.place(1.0)) && axis.place(1.0) > axis.place(1000.0));
    }
}
