//! O8: delay that follows the delay that was asked for.
//!
//! One slow answer proves nothing. Delays are asked for in alternation and the answers' times must
//! lie on a line of slope one.

/// One measurement: what was asked for and what was taken, both in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Delay asked for.
    pub asked_ms: f64,
    /// Time taken.
    pub took_ms: f64,
}

/// Slope and correlation of a least-squares line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Milliseconds taken per millisecond asked for.
    pub slope: f64,
    /// Pearson's r.
    pub correlation: f64,
}

/// Points needed for a verdict.
pub const POINTS_MIN: usize = 4;

/// The line through the points; `None` with fewer than [`POINTS_MIN`] or when all asked the same.
pub fn line(points: &[Point]) -> Option<Line> {
    if points.len() < POINTS_MIN {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "a handful of points")]
    let n = points.len() as f64;
    let mean_x = points.iter().map(|p| p.asked_ms).sum::<f64>() / n;
    let mean_y = points.iter().map(|p| p.took_ms).sum::<f64>() / n;
    let sum = |f: &dyn Fn(&Point) -> f64| points.iter().map(f).sum::<f64>();
    let xx = sum(&|p| (p.asked_ms - mean_x).powi(2));
    let yy = sum(&|p| (p.took_ms - mean_y).powi(2));
    let xy = sum(&|p| (p.asked_ms - mean_x) * (p.took_ms - mean_y));
    (xx > 0.0 && yy > 0.0).then(|| Line { slope: xy / xx, correlation: xy / (xx * yy).sqrt() })
}

/// Whether time taken follows time asked for: slope from 0.8 to 1.2 and r above 0.9.
pub fn follows(points: &[Point]) -> bool {
    line(points).is_some_and(|line| (0.8..=1.2).contains(&line.slope) && line.correlation > 0.9)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(pairs: &[(f64, f64)]) -> Vec<Point> {
        pairs.iter().map(|&(asked_ms, took_ms)| Point { asked_ms, took_ms }).collect()
    }

    #[test]
    fn only_a_line_of_slope_one_counts() {
        assert!(follows(&points(&[(0.0, 20.0), (1000.0, 1030.0), (0.0, 25.0), (2000.0, 2019.0)])));
        assert!(!follows(&points(&[
            (0.0, 20.0),
            (1000.0, 1500.0),
            (0.0, 2500.0),
            (2000.0, 900.0)
        ])));
        assert!(!follows(&points(&[(0.0, 20.0), (1000.0, 220.0), (0.0, 21.0), (2000.0, 420.0)])));
        assert!(!follows(&points(&[(0.0, 20.0), (1000.0, 1020.0)])));
    }
}
