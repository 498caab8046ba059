//! How many connections may be open at once: in all, and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The connections that are open.
#[derive(Debug)]
pub(crate) struct Seats {
    most: usize,
    most_per_address: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A connection's place; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Arc<Seats>,
    address: IpAddr,
}

impl Seats {
    pub(crate) fn new(most: usize, most_per_address: usize) -> Arc<Self> {
        Arc::new(Self { most, most_per_address, taken: Mutex::default() })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a connection from an address, if there is one.
    pub(crate) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        let mut taken = self.taken();
        if taken.all >= self.most {
            return None;
        }
        let here = taken.by_address.entry(address).or_default();
        if *here >= self.most_per_address {
            return None;
        }
        *here += 1;
        taken.all += 1;
        Some(Seat { seats: self.clone(), address })
    }

    /// Connections that are open.
    pub(crate) fn count(&self) -> usize {
        self.taken().all
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        taken.all = taken.all.saturating_sub(1);
        if let Some(here) = taken.by_address.get_mut(&self.address) {
            *here -= 1;
            if *here == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_back() {
        let seats = Seats::new(3, 2);
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let first = seats.take(one).unwrap();
        let second = seats.take(one).unwrap();
        assert!(seats.take(one).is_none());
        let third = seats.take(other).unwrap();
        assert!(seats.take(other).is_none());
        drop((first, second));
        assert_eq!(seats.count(), 1);
        assert!(seats.take(one).is_some());
        drop(third);
        assert!(seats.taken().by_address.is_empty());
    }
}
