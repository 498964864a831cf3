//! The Pareto front: what nothing else beats in every respect.

/// Which of the points are on the front, where more is better in every coordinate.
///
/// A point is off the front if another is at least as good everywhere and better somewhere; so of equal points all are
/// on it, and NaN is beaten by nothing and beats nothing.
#[must_use]
pub fn front<const N: usize>(points: &[[f64; N]]) -> Vec<bool> {
    let beats = |a: &[f64; N], b: &[f64; N]| {
        a.iter().zip(b).all(|(a, b)| a >= b) && a.iter().zip(b).any(|(a, b)| a > b)
    };
    points.iter().map(|point| !points.iter().any(|other| beats(other, point))).collect()
}

/// The geometric mean; NaN of none.
#[must_use]
pub fn geometric_mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value.ln();
        count += 1.0;
    }
    f64::exp(sum / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_beats_is_on_the_front() {
        let points = [[1.0, 9.0], [5.0, 5.0], [9.0, 1.0], [4.0, 4.0], [5.0, 4.0]];
        assert_eq!(front(&points), [true, true, true, false, false]);
        // A third coordinate may save a point.
        assert_eq!(front(&[[1.0, 1.0, 2.0], [2.0, 2.0, 1.0]]), [true, true]);
        assert_eq!(front(&[[1.0], [1.0], [0.5]]), [true, true, false]);
        assert_eq!(front(&[[f64::NAN, 1.0], [2.0, 2.0]]), [true, true]);
        assert!(front::<2>(&[]).is_empty());
    }

    #[test]
    fn twice_and_half_cancel_out() {
        assert!((geometric_mean([2.0, 0.5]) - 1.0).abs() < 1e-12);
        assert!(geometric_mean([]).is_nan());
    }
}
