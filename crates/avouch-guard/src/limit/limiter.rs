//! The limits of one configuration.

use super::buckets::{Buckets, Rate};
use crate::refusal::Refusal;
use crate::settings::Mode;
use crate::settings::limit::{By, Limit};
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

/// The policy's name.
const POLICY: &str = "limit";

/// Who asks for what.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The client's address.
    pub address: IpAddr,
    /// Who asks; empty for anybody.
    pub principal: &'a str,
    /// The id of the API key.
    pub key: Option<&'a str>,
    /// The operation, by its place in the description.
    pub operation: Option<usize>,
}

/// What a client is told of the limit that it is nearest to (the `RateLimit` headers).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The limit's name.
    pub name: Arc<str>,
    /// What it allows at once.
    pub burst: u64,
    /// What is left.
    pub left: u64,
    /// Until more is, in seconds.
    pub wait_s: u64,
}

#[derive(Debug)]
struct Compiled {
    name: Arc<str>,
    mode: Mode,
    by: Vec<By>,
    rate: Rate,
    cost: u64,
    /// For which operations; all where it is `None`.
    operations: Option<Vec<bool>>,
    when: When,
}

/// When a limit is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before it is known who asks, and for what: so that asking for nothing, and with credentials that
    /// are none, has a limit too.
    Early,
    /// When that is known.
    Late,
}

/// The limits of one configuration, over buckets that outlive it.
#[derive(Debug)]
pub struct Limiter {
    limits: Vec<Compiled>,
    buckets: Arc<Buckets>,
    /// Keyed, so that nobody can choose addresses or names that share a bucket.
    hash: RandomState,
}

impl Limiter {
    /// `operations_of` says for patterns which operations they match.
    pub fn new<E>(
        limits: &[Limit],
        buckets: Arc<Buckets>,
        hash: RandomState,
        mut operations_of: impl FnMut(&[String]) -> Result<Vec<bool>, E>,
    ) -> Result<Self, E> {
        let limits = limits.iter().map(|limit| {
            let of_all = limit.matches.is_empty();
            let by_address = limit.by.iter().all(|by| *by == By::Address);
            Ok(Compiled {
                when: if of_all && by_address { When::Early } else { When::Late },
                name: limit.name.as_str().into(),
                mode: limit.mode,
                by: limit.by.clone(),
                rate: limit.rate(),
                cost: limit.cost,
                operations: if of_all { None } else { Some(operations_of(&limit.matches)?) },
            })
        });
        Ok(Self { limits: limits.collect::<Result<_, E>>()?, buckets, hash })
    }

    /// Buckets that had to make room although they were in use.
    pub fn evicted(&self) -> u64 {
        self.buckets.evicted()
    }

    /// Takes what a request costs from each bucket that it concerns and that is asked then. `observed` gets what limits that only
    /// watch would have refused. Time is in milliseconds since 1970.
    pub fn take(
        &self,
        when: When,
        asked: Asked<'_>,
        now_ms: u64,
        observed: &mut Vec<Refusal>,
    ) -> Result<Option<Told>, Refusal> {
        let now = now_ms.saturating_mul(1_000_000);
        let mut nearest: Option<Told> = None;
        for (number, limit) in self.limits.iter().enumerate() {
            if limit.when != when || !limit.concerns(asked.operation) {
                continue;
            }
            let key = self.key(number, limit, asked);
            let taken = self.buckets.take(key, limit.rate, limit.cost, now);
            let wait_s = taken.wait_ns.div_ceil(1_000_000_000);
            if !taken.enough {
                let refusal = refused(wait_s);
                match limit.mode {
                    Mode::Enforce => return Err(refusal),
                    Mode::Learn => observed.push(refusal),
                }
            }
            if nearest.as_ref().is_none_or(|told| taken.left < told.left) {
                let (name, burst) = (limit.name.clone(), limit.rate.burst);
                nearest = Some(Told { name, burst, left: taken.left, wait_s });
            }
        }
        Ok(nearest)
    }

    fn key(&self, number: usize, limit: &Compiled, asked: Asked<'_>) -> u64 {
        let mut hasher = self.hash.build_hasher();
        number.hash(&mut hasher);
        for by in &limit.by {
            match by {
                By::Address => network(asked.address).hash(&mut hasher),
                By::Operation => asked.operation.hash(&mut hasher),
                By::Key if asked.key.is_some() => asked.key.hash(&mut hasher),
                By::Principal | By::Key if asked.principal.is_empty() => {
                    network(asked.address).hash(&mut hasher);
                }
                By::Principal | By::Key => asked.principal.hash(&mut hasher),
            }
        }
        hasher.finish()
    }
}

impl Compiled {
    fn concerns(&self, operation: Option<usize>) -> bool {
        let Some(operations) = &self.operations else { return true };
        operation.and_then(|at| operations.get(at)).is_some_and(|is| *is)
    }
}

/// One client has a whole network of 64 bits in version 6.
fn network(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => u128::from(mapped.to_bits()),
            None => (address.to_bits() >> 64) << 64,
        },
    }
}

fn refused(wait_s: u64) -> Refusal {
    let detail = "More was asked for than is allowed in this time.";
    Refusal::new(POLICY, "limit-reached", 429, detail)
        .retry_after(u32::try_from(wait_s.max(1)).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(settings: &str) -> Limiter {
        #[derive(serde::Deserialize)]
        struct File {
            limit: Vec<Limit>,
        }
        let file: File = toml::from_str(settings).unwrap();
        let first = |_: &[String]| Ok::<_, String>(vec![true, false]);
        Limiter::new(&file.limit, Arc::new(Buckets::new(64)), RandomState::new(), first).unwrap()
    }

    fn asked(address: &str, principal: &'static str, operation: usize) -> Asked<'static> {
        let address = address.parse().unwrap();
        Asked { address, principal, key: None, operation: Some(operation) }
    }

    #[test]
    fn each_has_a_bucket_of_its_own() {
        let limiter = limiter("[[limit]]\nname = 'a'\nby = ['principal']\nrate = '2/s'");
        let take = |asked| {
            limiter.take(When::Late, asked, 1_000, &mut Vec::new()).map(|told| told.unwrap().left)
        };
        assert_eq!(take(asked("192.0.2.1", "anna", 0)), Ok(1));
        assert_eq!(take(asked("192.0.2.2", "anna", 0)), Ok(0));
        let refusal = take(asked("192.0.2.3", "anna", 0)).unwrap_err();
        assert_eq!((refusal.status, refusal.retry_after_s), (429, Some(1)));
        assert_eq!(take(asked("192.0.2.3", "otto", 0)), Ok(1));
        // Nobody is told apart by address, and a network of 64 bits is one.
        assert_eq!(take(asked("2001:db8::1", "", 0)), Ok(1));
        assert_eq!(take(asked("2001:db8::2", "", 0)), Ok(0));
        assert!(take(asked("2001:db8::3", "", 0)).is_err());
    }

    #[test]
    fn a_limit_that_only_watches_refuses_nothing() {
        let limiter = limiter("[[limit]]\nname = 'a'\nmode = 'learn'\nrate = '1/min'");
        let mut observed = Vec::new();
        for _ in 0..3 {
            limiter.take(When::Early, asked("192.0.2.1", "", 0), 1_000, &mut observed).unwrap();
        }
        assert_eq!(observed.len(), 2);
    }

    #[test]
    fn a_limit_concerns_its_operations_only() {
        let limiter = limiter("[[limit]]\nname = 'a'\nrate = '1/h'\nmatch = ['GET /a']");
        let take = |operation| {
            limiter.take(When::Late, asked("192.0.2.1", "", operation), 1_000, &mut Vec::new())
        };
        assert!(take(0).is_ok() && take(0).is_err());
        assert!(take(1).is_ok() && take(1).is_ok());
    }

    #[test]
    fn a_rate_is_tokens_in_a_time() {
        let read = |text: &str| crate::settings::limit::RateText::try_from(text.to_owned());
        assert_eq!(read("5/min").unwrap().per_ns, 60_000_000_000);
        for wrong in ["", "5", "5/", "/s", "0/s", "-1/s", "5/week", "1e9/s"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
