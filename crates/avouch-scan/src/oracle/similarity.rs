//! O2: similarity that tunes itself.
//!
//! Two equal requests show which places move on their own (times, request ids); those lose their
//! weight. What is left is compared by status, kind, shape and values.

use crate::oracle::leaves::leaves;
use avouch_model::exchange::Answer;
use std::collections::{BTreeMap, BTreeSet};

/// From here two answers are the same for our purposes.
pub const SAME: f64 = 0.9;

/// Places whose values differ between two answers to equal requests.
pub fn moving_paths(first: &Answer, second: &Answer) -> BTreeSet<String> {
    let (first, second) = (by_path(first), by_path(second));
    let paths: BTreeSet<&String> = first.keys().chain(second.keys()).collect();
    paths.into_iter().filter(|path| first.get(*path) != second.get(*path)).cloned().collect()
}

fn by_path(answer: &Answer) -> BTreeMap<String, BTreeSet<String>> {
    let mut map: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for leaf in leaves(answer) {
        map.entry(leaf.path).or_default().insert(leaf.value);
    }
    map
}

/// How alike two answers are, from 0 to 1, leaving moving places out. Answers of different status or
/// kind have nothing in common.
pub fn similarity(one: &Answer, other: &Answer, moving: &BTreeSet<String>) -> f64 {
    if one.status != other.status || one.json().is_some() != other.json().is_some() {
        return 0.0;
    }
    let still = |answer: &Answer| -> BTreeMap<String, BTreeSet<String>> {
        let mut map = by_path(answer);
        map.retain(|path, _| !moving.contains(path) || path.is_empty());
        map
    };
    let (one, other) = (still(one), still(other));
    let shape = overlap(&one.keys().collect(), &other.keys().collect());
    let pairs = |map: &BTreeMap<String, BTreeSet<String>>| -> BTreeSet<(String, String)> {
        map.iter().flat_map(|(p, vs)| vs.iter().map(move |v| (p.clone(), v.clone()))).collect()
    };
    let values = overlap(&pairs(&one), &pairs(&other));
    0.3 * shape + 0.7 * values
}

/// Whether two answers are the same for our purposes.
pub fn alike(one: &Answer, other: &Answer, moving: &BTreeSet<String>) -> bool {
    similarity(one, other, moving) >= SAME
}

/// Whether two JSON answers have the same shape: the same places, values aside. Lists of different
/// length have the same shape; an error object and a record have not.
pub fn same_shape(one: &Answer, other: &Answer) -> bool {
    if one.json().is_none() || other.json().is_none() {
        return one.media_type() == other.media_type();
    }
    let (one, other) = (by_path(one), by_path(other));
    overlap(&one.keys().collect(), &other.keys().collect()) >= 0.7
}

/// Common part of two sets over their union; two empty sets are equal.
fn overlap<T: Ord>(one: &BTreeSet<T>, other: &BTreeSet<T>) -> f64 {
    let all = one.union(other).count();
    if all == 0 {
        return 1.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of leaves are far below 2^52")]
    {
        one.intersection(other).count() as f64 / all as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;

    #[test]
    fn what_moves_on_its_own_has_no_weight() {
        let first = answer(200, r#"{"id":7,"note":"blue lamp","at":"10:00:01"}"#);
        let second = answer(200, r#"{"id":7,"note":"blue lamp","at":"10:00:02"}"#);
        let moving = moving_paths(&first, &second);
        assert_eq!(moving.iter().collect::<Vec<_>>(), ["/at"]);
        assert!(alike(&first, &second, &moving));
        assert!(!alike(&first, &second, &BTreeSet::new()));
    }

    #[test]
    fn an_error_is_not_like_a_record() {
        let record = answer(200, r#"{"id":7,"note":"blue lamp"}"#);
        let error = answer(200, r#"{"error":"no such order"}"#);
        assert!(!alike(&record, &error, &BTreeSet::new()));
        assert!(!same_shape(&record, &error));
        assert!(same_shape(&record, &answer(200, r#"{"id":9,"note":"red chair"}"#)));
    }
}
