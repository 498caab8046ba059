//! What sign-ins amount to. They are counted, not kept: there may be very many.

use crate::assessment::ENTRIES_MAX;
use avouch_model::fact::authentication::{Authentication, AuthenticationEvent, Outcome};

/// LIMIT: sign-ins without a second factor that are named; all are counted.
pub const WEAK_NAMED_MAX: usize = 1_000;

/// A sign-in that shows no second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weak {
    /// The entry.
    pub index: u64,
    /// Where somebody signed in.
    pub service: String,
}

/// What the sign-ins within a period amount to that let somebody in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logins {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub entries: Vec<u64>,
    /// The last moment, in milliseconds since 1970.
    pub last_ms: Option<u64>,
    /// How many of them show no second factor.
    pub weak: u64,
    /// The first of these.
    pub named: Vec<Weak>,
}

impl Logins {
    /// Counts one.
    pub fn add(&mut self, index: u64, time_ms: u64, fact: &Authentication) {
        let is_login =
            matches!(fact.event, AuthenticationEvent::Login | AuthenticationEvent::StepUp);
        if !is_login || fact.outcome != Outcome::Success {
            return;
        }
        self.count += 1;
        self.last_ms = self.last_ms.max(Some(time_ms));
        if self.entries.len() < ENTRIES_MAX {
            self.entries.push(index);
        }
        if fact.second_factor != Some(true) {
            self.weak += 1;
            if self.named.len() < WEAK_NAMED_MAX {
                self.named.push(Weak { index, service: fact.service.clone() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::coding::Example;

    #[test]
    fn what_is_not_named_is_counted() {
        let mut logins = Logins::default();
        let weak = Authentication {
            event: AuthenticationEvent::Login,
            outcome: Outcome::Success,
            second_factor: None,
            ..Authentication::example()
        };
        for index in 0..20_000 {
            logins.add(index, index, &weak);
        }
        logins.add(20_000, 7, &Authentication { second_factor: Some(true), ..weak.clone() });
        logins.add(20_001, 9, &Authentication { outcome: Outcome::Failure, ..weak });
        assert_eq!((logins.count, logins.weak, logins.last_ms), (20_001, 20_000, Some(19_999)));
        assert_eq!((logins.entries.len(), logins.named.len()), (ENTRIES_MAX, WEAK_NAMED_MAX));
    }
}
