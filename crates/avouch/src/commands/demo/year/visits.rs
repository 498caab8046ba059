//! Who asks for what when: decided by a seed, so that each telling has the same visits.

use super::edge::Visit;
use std::collections::BTreeMap;

const DAY_MS: u64 = 86_400_000;
const HOUR_MS: u64 = 3_600_000;

/// A generator of numbers that are the same each time (`SplitMix64`). Not for keys.
#[derive(Debug)]
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }
}

/// Which paths each integration asks for.
const ASKED: [(&str, &[&str]); 5] = [
    ("erp", &["/orders", "/orders/{order}", "/products"]),
    ("courier", &["/orders/{order}", "/orders"]),
    ("analytics", &["/products", "/me"]),
    ("juan", &["/orders", "/admin/users"]),
    ("oldpay", &["/orders"]),
];

/// The visits of a day. `keys` are the keys of integrations by their name: also one that was revoked goes
/// on to be sent until somebody takes it out.
pub(super) fn of_day(seed: u64, begin_ms: u64, keys: &BTreeMap<String, String>) -> Vec<Visit> {
    let day = begin_ms / DAY_MS;
    let mut numbers = Numbers(seed ^ day);
    // 1970 began on a Thursday.
    let is_weekend = matches!((day + 4) % 7, 0 | 6);
    let mut visits = Vec::new();
    for (at, (name, paths)) in ASKED.iter().enumerate() {
        let Some(key) = keys.get(*name) else { continue };
        let count = if is_weekend { numbers.below(2) } else { 1 + numbers.below(2) };
        for _ in 0..count {
            let path = numbers.below(paths.len() as u64);
            let path = usize::try_from(path).ok().and_then(|path| paths.get(path)).unwrap_or(&"/");
            visits.push(Visit {
                at_ms: begin_ms + 6 * HOUR_MS + numbers.below(14 * HOUR_MS),
                key: Some(key.clone()),
                path: (*path).to_owned(),
                address: [192, 0, 2, u8::try_from(10 + at).unwrap_or(10)],
                trace: None,
            });
        }
    }
    // Somebody without a key, who looks at the goods, and now and then at what is not theirs.
    let path = if numbers.below(4) == 0 { "/admin/users" } else { "/products" };
    let address = [198, 51, 100, u8::try_from(numbers.below(200)).unwrap_or(0)];
    let at_ms = begin_ms + numbers.below(DAY_MS);
    visits.push(Visit { at_ms, key: None, path: path.to_owned(), address, trace: None });
    visits.sort_by_key(|visit| visit.at_ms);
    visits
}

/// A marked request of the auditors: like that of anybody who looks at the goods, with the marker as the id
/// of its trace.
pub(super) fn of_auditors(at_ms: u64, marker: &str) -> Visit {
    let (path, trace) = ("/products".to_owned(), Some(marker.to_owned()));
    Visit { at_ms, key: None, path, address: [203, 0, 113, 20], trace }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_same_each_time_and_another_is_not() {
        let keys = [("erp".to_owned(), "k".to_owned())].into_iter().collect();
        let day = |day: u64| of_day(7, 20_000 * DAY_MS + day * DAY_MS, &keys);
        assert_eq!(day(1), day(1));
        assert_ne!(day(1).len() + day(2).len() + day(3).len(), 0);
        assert!(day(1).iter().all(|visit| visit.at_ms / DAY_MS == 20_001));
        assert!(day(1).windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms));
    }
}
