//! All that a ledger says that controls are judged by, in its order.

use crate::entry::{Entry, Said};
use crate::logins::Logins;
use crate::period::Period;
use crate::requests::Requests;
use avouch_model::coding::Later;
use avouch_model::fact::administration::Administration;
use avouch_model::fact::configuration::Configuration;
use avouch_model::fact::control_run::ControlRun;
use avouch_model::fact::decision::Decision;
use avouch_model::fact::disclosure::Disclosure;
use avouch_model::fact::evidence::Evidence;
use avouch_model::fact::export::Export;
use avouch_model::fact::finding::Finding;
use avouch_model::fact::incident::Incident;
use avouch_model::fact::key::Key;
use avouch_model::fact::ledger::{Ledger, LedgerEvent};
use avouch_model::fact::person::Person;
use avouch_model::fact::policy::Policy;
use avouch_model::fact::risk::Risk;
use avouch_model::fact::scan::Scan;
use avouch_model::fact::training::Training;
use avouch_model::fact::vendor::Vendor;

/// LIMIT: unreadable entries that are named; all are counted.
const UNREADABLE_NAMED_MAX: usize = 100;

/// LIMIT: facts that are kept, besides requests and sign-ins, which are counted. What comes behind them
/// is left out, and no control is effective then.
pub const FACTS_MAX: usize = 1_000_000;

/// Facts that are left out, because there are too many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: Option<u64>,
}

/// Records that cannot be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unreadable {
    /// How many there are within the period.
    pub count: u64,
    /// The first of them.
    pub entries: Vec<u64>,
}

macro_rules! history {
    ($($(#[doc = $doc:literal])+ $field:ident: $kind:ident,)+) => {
        /// The facts of a ledger up to the end of a period, ascending by index. What happened before
        /// the period is kept too: it is the state in which the period began. What the ledger took
        /// after its end is left out, so that a later act changes nothing about the past.
        #[derive(Clone, Debug)]
        pub struct History {
            /// The period.
            pub period: Period,
            $($(#[doc = $doc])+ pub $field: Vec<Entry<$kind>>,)+
            /// What the requests within the period amount to.
            pub requests: Requests,
            /// What the sign-ins within the period amount to.
            pub logins: Logins,
            /// What cannot be read.
            pub unreadable: Unreadable,
            /// What there was no room for.
            pub left_out: LeftOut,
            /// How many facts are kept.
            kept: usize,
            /// How many may be.
            facts_max: usize,
        }

        impl History {
            /// A history with nothing in it yet.
            pub fn new(period: Period) -> Self {
                Self {
                    period,
                    $($field: Vec::new(),)+
                    requests: Requests::default(),
                    logins: Logins::default(),
                    unreadable: Unreadable::default(),
                    left_out: LeftOut::default(),
                    kept: 0,
                    facts_max: FACTS_MAX,
                }
            }

            /// Adds the next entry. They come in the order of the ledger.
            pub fn add(&mut self, entry: Entry) {
                let Entry { index, time_ms, fact } = entry;
                if time_ms >= self.period.to_ms {
                    return;
                }
                let holds = self.period.holds(time_ms);
                match fact {
                    Said::Request(request) if holds => {
                        self.requests.add(index, time_ms, &request);
                    }
                    Said::Authentication(login) if holds => self.logins.add(index, time_ms, &login),
                    // The request that opened a tunnel is counted; no control asks for its end. What
                    // an auditor asks for is about controls and no evidence for them. What a gateway counted is
                    // held against what it recorded by whoever reconciles the two.
                    Said::Request(_)
                    | Said::Authentication(_)
                    | Said::Tunnel(_)
                    | Said::Engagement(_)
                    | Said::Tally(_) => (),
                    _ if self.kept >= self.facts_max => {
                        self.left_out.count += 1;
                        self.left_out.first.get_or_insert(index);
                    }
                    $(Said::$kind(fact) => {
                        self.kept += 1;
                        self.$field.push(Entry { index, time_ms, fact: *fact });
                    })+
                }
            }
        }
    };
}

history! {
    /// Scans.
    scans: Scan,
    /// Findings.
    findings: Finding,
    /// Decisions.
    decisions: Decision,
    /// Acts in the life of keys.
    keys: Key,
    /// Configurations.
    configurations: Configuration,
    /// Acts on policies.
    policies: Policy,
    /// Acts on risks.
    risks: Risk,
    /// Trainings.
    trainings: Training,
    /// Acts on incidents.
    incidents: Incident,
    /// Tests of controls and checks.
    runs: ControlRun,
    /// Pieces of evidence.
    evidence: Evidence,
    /// Exports.
    exports: Export,
    /// Acts of administrators.
    administrations: Administration,
    /// What happened to ledgers.
    ledgers: Ledger,
    /// Acts on vendors.
    vendors: Vendor,
    /// People.
    people: Person,
    /// Disclosures.
    disclosures: Disclosure,
}

impl History {
    /// Notes a record that cannot be read: it is sealed with a key that is not at hand, or no fact of
    /// a kind that this version knows. It may hold anything.
    pub fn unreadable(&mut self, index: u64, time_ms: u64) {
        if !self.period.holds(time_ms) {
            return;
        }
        self.unreadable.count += 1;
        if self.unreadable.entries.len() < UNREADABLE_NAMED_MAX {
            self.unreadable.entries.push(index);
        }
    }

    /// Notes that the ledger itself says how many records it lost. To the controls that is a gap like one that
    /// people report.
    pub fn missed(&mut self, index: u64, time_ms: u64, count: u64, because: &str) {
        let fact = Ledger {
            origin: String::new(),
            event: LedgerEvent::Gap,
            verdict: None,
            size: None,
            root: None,
            findings: Vec::new(),
            counted_here: None,
            counted_there: None,
            first: None,
            end: None,
            place: None,
            actor: None,
            version: None,
            because: Some(format!("{count} records were lost: {because}")),
            later: Later::default(),
        };
        self.add(Entry { index, time_ms, fact: fact.into() });
    }

    /// The entries that the ledger took within the period.
    pub fn within<'a, F>(&self, entries: &'a [Entry<F>]) -> impl Iterator<Item = &'a Entry<F>> {
        let period = self.period;
        entries.iter().filter(move |entry| period.holds(entry.time_ms))
    }
}

#[cfg(test)]
impl History {
    /// The same with less room.
    pub(crate) fn with_room_for(mut self, facts: usize) -> Self {
        self.facts_max = facts;
        self
    }
}

impl Extend<Entry> for History {
    fn extend<I: IntoIterator<Item = Entry>>(&mut self, entries: I) {
        for entry in entries {
            self.add(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assess::{assess, assess_all};
    use crate::assessment::Assessment;
    use crate::controls;
    use crate::examples::said;
    use crate::settings::Settings;

    #[test]
    fn what_the_ledger_says_it_lost_is_an_exception() {
        let mut history = History::new(Period::new(0, 10_000).unwrap());
        history.missed(7, 5_000, 12, "the disk was full");
        let control = controls::find("LOG-4").unwrap();
        let judged = assess(control, &history, &Settings::default());
        let Assessment::Exceptions(all) = &judged.assessment else { panic!("{judged:?}") };
        assert_eq!(all[0].entries, [7]);
        assert!(all[0].because.contains("12 records were lost"), "{all:?}");
    }

    #[test]
    fn what_there_is_no_room_for_leaves_every_control_untested() {
        let period = Period::of_days("2026-01-01", "2026-03-31").unwrap();
        let report = r#"{"id":"T-1","event":"received","evidence_kind":"report","controls":["TST-3"],"actor":"anna"}"#;
        let effective = |room: usize| {
            let mut history = History::new(period).with_room_for(room);
            for index in 0..3 {
                let (time_ms, fact) = (period.from_ms + index, said("evidence", report));
                history.add(Entry { index, time_ms, fact });
                let fact = said("authentication", "{}");
                history.add(Entry { index, time_ms, fact });
            }
            let assessed = assess_all(&history, &Settings::default());
            let all = assessed.iter().filter(|one| one.assessment == Assessment::Effective).count();
            (all, history.left_out)
        };
        assert_eq!(effective(3), (1, LeftOut::default()));
        assert_eq!(effective(1), (0, LeftOut { count: 2, first: Some(1) }));
    }
}
