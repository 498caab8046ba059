//! O8 for two groups: whether one takes longer than the other, by ranks (Mann and Whitney, 1947).

/// Measurements of each group that are needed.
pub const EACH_MIN: usize = 7;
/// The greatest U that is below one in a hundred, two-sided, for seven against seven.
const U_MAX: usize = 4;
/// Medians closer than this are the network's, in microseconds.
const DISTANCE_MIN_US: u64 = 5_000;

/// By how many microseconds the medians differ, when the groups differ at p < 0.01 and by more than
/// three median absolute deviations of either; `None` when they do not, or with too few to say.
pub fn apart(one: &[u64], other: &[u64]) -> Option<u64> {
    if one.len() != EACH_MIN || other.len() != EACH_MIN {
        return None;
    }
    // A tie counts as a win for both: it never makes the groups look further apart.
    let wins =
        |a: &[u64], b: &[u64]| a.iter().map(|x| b.iter().filter(|y| x >= y).count()).sum::<usize>();
    if wins(one, other).min(wins(other, one)) > U_MAX {
        return None;
    }
    let distance = median(one).abs_diff(median(other));
    let spread = deviation(one).max(deviation(other));
    (distance >= DISTANCE_MIN_US && distance > spread.saturating_mul(3)).then_some(distance)
}

/// The middle value.
pub fn median(values: &[u64]) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}

/// The median of the distances from the median.
fn deviation(values: &[u64]) -> u64 {
    let middle = median(values);
    median(&values.iter().map(|value| value.abs_diff(middle)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_groups_that_hardly_overlap_are_apart() {
        let slow = [81_000, 79_000, 80_500, 83_000, 80_000, 78_500, 90_000];
        let fast = [2_000, 2_400, 1_900, 3_000, 2_200, 2_100, 79_500];
        assert_eq!(apart(&slow, &fast), Some(78_300));
        let mixed = [2_000, 80_000, 2_100, 81_000, 2_200, 82_000, 2_300];
        assert_eq!(apart(&slow, &mixed), None);
        assert_eq!(apart(&slow[..5], &fast[..5]), None);
        assert_eq!(apart(&fast, &fast), None);
        let near = fast.map(|us| us + 900);
        assert_eq!(apart(&near, &fast), None);
    }
}
