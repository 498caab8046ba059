//! Drawing a sample that anyone can draw again, and what it tells.
//!
//! The seed is made of what the auditor chose in secret and of the root of the ledger's tree, so that
//! neither side alone can steer it.

use avouch_ledger::merkle::Hash;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How sure the bounds are, in per cent.
pub const CONFIDENCE_PERCENT: u64 = 95;

/// What keeps seeds apart from other digests.
const LABEL: &[u8] = b"soc2api-sample-v1";

/// Halvings of an interval until nothing is gained.
const HALVINGS: usize = 64;

/// What makes ranks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub Hash);

impl Seed {
    /// Of the root of the ledger's tree and the auditor's nonce.
    pub fn new(root: &Hash, nonce: &[u8; 16]) -> Self {
        let bytes = [LABEL, &[0], &root.0, nonce].concat();
        Self(Hash::of(&bytes))
    }

    /// The rank of an item: those with the smallest ranks are drawn.
    pub fn rank(&self, leaf: &Hash) -> Hash {
        Hash::of(&[self.0.0, leaf.0].concat())
    }
}

/// Draws items one after another, keeping no more than are wanted.
#[derive(Debug)]
pub struct Draw<T> {
    seed: Seed,
    most: usize,
    /// Items that were looked at.
    seen: u64,
    /// By rank and place: an item that stands twice, where it must not, is drawn twice, as by anyone else.
    drawn: BTreeMap<(Hash, u64), T>,
}

impl<T> Draw<T> {
    /// Of at most so many.
    pub fn new(seed: Seed, most: usize) -> Self {
        Self { seed, most, seen: 0, drawn: BTreeMap::new() }
    }

    /// Looks at an item.
    pub fn push(&mut self, leaf: &Hash, item: T) {
        self.drawn.insert((self.seed.rank(leaf), self.seen), item);
        self.seen += 1;
        if self.drawn.len() > self.most {
            self.drawn.pop_last();
        }
    }

    /// What was drawn, with its rank, the smallest first.
    pub fn finish(self) -> impl Iterator<Item = (Hash, T)> {
        self.drawn.into_iter().map(|((rank, _), item)| (rank, item))
    }
}

/// How many items a firm draws.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Occurrences to look at of a control that happens so often.
    pub frequencies: BTreeMap<String, u64>,
    /// Its short name.
    pub name: String,
    /// By the size of the population; the first that fits counts.
    pub rules: Vec<Rule>,
    /// Whose it is, and where it comes from.
    pub title: String,
}

/// How many items of a population of some size.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A share in per cent, rounded up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u64>,
    /// A number of items; all, if there is no share either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take: Option<u64>,
    /// The largest population it is for; any, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<u64>,
}

/// The tables that come with the program.
const TABLES: &str = include_str!("tables.json");

impl Table {
    /// The tables that come with the program.
    pub fn known() -> Result<Vec<Self>, serde_json::Error> {
        serde_json::from_str(TABLES)
    }

    /// The rule for a population of so many items.
    pub fn rule(&self, count: u64) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.up_to.is_none_or(|most| count <= most))
    }

    /// Items to draw of so many: all, if no rule says otherwise.
    pub fn size(&self, count: u64) -> u64 {
        let wanted = self.rule(count).map_or(count, |rule| match (rule.take, rule.percent) {
            (Some(take), _) => take,
            (None, Some(percent)) => count.saturating_mul(percent).div_ceil(100),
            (None, None) => count,
        });
        wanted.min(count)
    }
}

/// The largest rate, in parts per million and rounded up, at which so few of `looked_at` items or
/// fewer would deviate with a probability of 5 per cent: the exact one-sided bound of the binomial
/// distribution (Clopper and Pearson). Nothing was looked at: nothing is known.
pub fn bound_ppm(looked_at: u64, deviations: u64) -> Option<u64> {
    if looked_at == 0 {
        return None;
    }
    if deviations >= looked_at {
        return Some(1_000_000);
    }
    let risk = 1.0 - exact(CONFIDENCE_PERCENT) / 100.0;
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if at_most(looked_at, deviations, middle) > risk {
            low = middle;
        } else {
            high = middle;
        }
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and a million"
    )]
    let ppm = (high * 1e6).ceil() as u64;
    Some(ppm.min(1_000_000))
}

/// The probability that at most so many of `count` items deviate at a rate.
fn at_most(count: u64, deviations: u64, rate: f64) -> f64 {
    // In logarithms, so that large numbers do not vanish.
    let (log_rate, log_rest) = (rate.ln(), (-rate).ln_1p());
    let mut log_ways = 0.0;
    let mut sum = 0.0;
    for hit in 0..=deviations {
        if hit > 0 {
            log_ways += exact(count - hit + 1).ln() - exact(hit).ln();
        }
        sum += (log_ways + exact(hit) * log_rate + exact(count - hit) * log_rest).exp();
    }
    sum
}

#[expect(clippy::cast_precision_loss, reason = "counts of items are far below 2^53")]
fn exact(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vector of the format.
    fn drawn(most: usize) -> (Seed, Vec<u32>) {
        let root = Hash::of(b"example-root");
        let nonce: [u8; 16] = std::array::from_fn(|at| u8::try_from(at * 0x11).unwrap());
        let seed = Seed::new(&root, &nonce);
        let mut draw = Draw::new(seed, most);
        for number in 0..412_u32 {
            draw.push(&Hash::of(format!("\0leaf-{number}").as_bytes()), number);
        }
        (seed, draw.finish().map(|(_, number)| number).collect())
    }

    #[test]
    fn the_sample_is_the_one_of_the_vector() {
        let (seed, picks) = drawn(10);
        assert_eq!(
            seed.0.to_hex(),
            "8fd2f88f56d42221dbd7962877491d8c390ffa01b9fe854cc4107c3ba769c11d"
        );
        assert_eq!(picks, [389, 113, 141, 104, 121, 231, 87, 392, 84, 119]);
    }

    #[test]
    fn a_larger_sample_begins_with_the_smaller_one() {
        let (_, all) = drawn(412);
        assert_eq!(all.len(), 412);
        for most in [1, 7, 25, 60] {
            assert_eq!(drawn(most).1, all[..most]);
        }
    }

    #[test]
    fn an_item_that_stands_twice_is_drawn_twice() {
        let mut draw = Draw::new(drawn(1).0, 3);
        for leaf in [b"one", b"one", b"two"] {
            draw.push(&Hash::of(leaf), leaf);
        }
        assert_eq!(draw.finish().count(), 3);
    }

    #[test]
    fn the_bound_is_exact() {
        let per_mille = |count, bad| bound_ppm(count, bad).map(|ppm| (ppm + 500) / 1000);
        assert_eq!(per_mille(25, 0), Some(113));
        assert_eq!(per_mille(40, 0), Some(72));
        assert_eq!(per_mille(45, 0), Some(64));
        assert_eq!(per_mille(60, 0), Some(49));
        // The rule of three, and what one deviation does to it.
        assert_eq!(bound_ppm(300, 0), Some(9_937));
        assert_eq!(per_mille(300, 1), Some(16));
        assert_eq!(per_mille(10, 1), Some(394));
        assert_eq!((bound_ppm(0, 0), bound_ppm(3, 3)), (None, Some(1_000_000)));
        assert!(bound_ppm(10_000_000, 0).is_some_and(|ppm| ppm == 1));
    }

    #[test]
    fn tables_say_how_many() {
        let known = Table::known().unwrap();
        let table = known.iter().find(|table| table.name == "assurancelab").unwrap();
        let sizes = [0, 4, 5, 50, 51, 250, 251, 9000].map(|count| table.size(count));
        assert_eq!(sizes, [0, 4, 5, 5, 6, 25, 25, 25]);
        let wide = known.iter().find(|table| table.name == "wide").unwrap();
        assert_eq!([3, 60, 200, 900].map(|count| wide.size(count)), [3, 25, 40, 60]);
    }
}
