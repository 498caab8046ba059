//! Ids of requests: ULIDs, which sort by time.

use std::cell::Cell;

/// Makes ids that no other thread and no other run makes: each maker begins at a random number.
#[derive(Debug)]
pub(crate) struct Ids {
    maker: u64,
    next: Cell<u16>,
}

/// Crockford's base 32.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl Ids {
    /// From 64 random bits.
    pub(crate) fn new(random: u64) -> Self {
        Self { maker: random, next: Cell::new(0) }
    }

    /// The next one, at a time in milliseconds since 1970: 48 bits of time, 64 of the maker, 16 of a
    /// counter. A thread would have to take 65,536 requests in one millisecond to repeat one.
    pub(crate) fn next(&self, now_ms: u64) -> String {
        let count = self.next.get();
        self.next.set(count.wrapping_add(1));
        let number =
            (u128::from(now_ms) << 80) | (u128::from(self.maker) << 16) | u128::from(count);
        let digit = |at: u32| {
            let index = (number >> (5 * at)) & 31;
            DIGITS.get(usize::try_from(index).unwrap_or(0)).map_or('0', |&digit| char::from(digit))
        };
        (0..26).rev().map(digit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_sort_by_time() {
        let ids = Ids::new(0x0123_4567_89AB_CDEF);
        let (first, second, later) = (ids.next(1_000), ids.next(1_000), ids.next(2_000));
        assert_eq!(first.len(), 26);
        assert!(first < second && second < later, "{first} {second} {later}");
        assert_ne!(Ids::new(1).next(1_000), first);
    }
}
