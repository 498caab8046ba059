//! What stands between today and the end of a period: what would fail, what is missing, who owes it.

use crate::assessment::{Assessed, Assessment, GapKind};
use crate::conclude::{Conclusion, conclude};
use crate::history::History;
use crate::period::date;
use crate::registers::{exceptions, people, policies, risks, vendors};
use crate::settings::Settings;

const DAY_MS: u64 = 86_400_000;

/// What runs out within this time is told.
pub const SOON_DAYS: u64 = 30;

/// What kind of thing is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// A control has exceptions.
    Fails,
    /// A control had no occurrence in the period: its operation cannot be tested.
    NoOccurrence,
    /// A control could not be concluded about.
    Untested,
    /// Somebody has to say or hand in something.
    PersonOwes,
    /// Something runs out soon.
    Expires,
}

impl What {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fails => "fails",
            Self::NoOccurrence => "no-occurrence",
            Self::Untested => "untested",
            Self::PersonOwes => "person-owes",
            Self::Expires => "expires",
        }
    }

    /// Whether the audit could not end well with it.
    pub fn would_fail(self) -> bool {
        self != Self::Expires
    }
}

/// Something that is owed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// What kind of thing.
    pub what: What,
    /// The control, when it is about one.
    pub control: Option<&'static str>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What it is.
    pub because: String,
    /// The entries that show it.
    pub entries: Vec<u64>,
    /// When it runs out, in milliseconds since 1970.
    pub at_ms: Option<u64>,
}

/// All that is owed at a moment, the gravest first.
pub fn due(assessed: &[Assessed], history: &History, settings: &Settings, now_ms: u64) -> Vec<Due> {
    let mut all: Vec<Due> =
        assessed.iter().filter(|one| one.excluded.is_none()).flat_map(of_control).collect();
    for one in conclude(assessed, history, settings) {
        if one.conclusion == Conclusion::NeedsPeople {
            let (id, manual) = (one.criterion.id, one.criterion.manual.unwrap_or_default());
            all.push(Due {
                what: What::PersonOwes,
                control: None,
                owner: None,
                because: format!("{id}: its controls hold; people have to say: {manual} (`avouch control attest {id} --says …`)"),
                entries: Vec::new(),
                at_ms: None,
            });
        }
    }
    all.extend(expiring(assessed, history, settings, now_ms));
    all.sort_by_key(|item| (item.what, item.at_ms));
    all
}

fn of_control(one: &Assessed) -> Vec<Due> {
    let due = |what, because: &str, entries: &[u64]| Due {
        what,
        control: Some(one.control.id),
        owner: one.owner.clone(),
        because: because.to_owned(),
        entries: entries.to_vec(),
        at_ms: None,
    };
    let mut all = Vec::new();
    if let Assessment::Exceptions(exceptions) = &one.assessment {
        all.extend(exceptions.iter().map(|e| due(What::Fails, &e.because, &e.entries)));
    }
    for gap in &one.gaps {
        let what = match gap.kind {
            GapKind::NoEvent => continue,
            GapKind::NoOccurrence | GapKind::OutsidePeriod => What::NoOccurrence,
            GapKind::ManualMissing => What::PersonOwes,
            _ => What::Untested,
        };
        all.push(due(what, &gap.because, &[]));
    }
    all
}

/// What runs out soon, and whose it is.
struct Soon<'a> {
    settings: &'a Settings,
    now_ms: u64,
    all: Vec<Due>,
}

impl Soon<'_> {
    fn fresh_ms(&self) -> u64 {
        self.settings.limits.fresh_days * DAY_MS
    }

    /// Adds what runs out within thirty days. What is nobody's is its control's owner's.
    fn add(
        &mut self,
        control: &'static str,
        owner: Option<&String>,
        because: String,
        entries: &[u64],
        at_ms: u64,
    ) {
        let until_ms = self.now_ms.saturating_add(SOON_DAYS * DAY_MS);
        if !(self.now_ms..until_ms).contains(&at_ms) {
            return;
        }
        let of_control = || {
            let control = crate::controls::find(control)?;
            self.settings.owner(control).map(str::to_owned)
        };
        let owner = owner.cloned().or_else(of_control);
        let (what, entries) = (What::Expires, entries.to_vec());
        self.all.push(Due {
            what,
            control: Some(control),
            owner,
            because,
            entries,
            at_ms: Some(at_ms),
        });
    }
}

/// What holds today and will not in thirty days.
fn expiring(
    assessed: &[Assessed],
    history: &History,
    settings: &Settings,
    now_ms: u64,
) -> Vec<Due> {
    let mut soon = Soon { settings, now_ms, all: Vec::new() };
    of_registers(history, &mut soon);
    of_people(history, &mut soon);
    for one in assessed.iter().filter(|one| one.excluded.is_none()) {
        // What comes round within a week is no news.
        let slow = |due: &u64| *due >= now_ms.saturating_add(7 * DAY_MS);
        for procedure in &one.procedures {
            if let Some(at_ms) = procedure.due_ms.filter(slow) {
                let because = format!("{}: due again by {}", procedure.what, date(at_ms));
                soon.add(one.control.id, one.owner.as_ref(), because, &[], at_ms);
            }
        }
    }
    soon.all
}

fn of_registers(history: &History, soon: &mut Soon<'_>) {
    let fresh_ms = soon.fresh_ms();
    for state in policies::fold(history).iter().filter(|state| !state.is_retired()) {
        let Some((entry, at_ms)) = state.published else { continue };
        let looked_ms = state.reviewed.map_or(at_ms, |(_, reviewed)| reviewed.max(at_ms));
        let due_ms = state.review_due_ms.unwrap_or_else(|| looked_ms.saturating_add(fresh_ms));
        let because = format!("policy `{}` is to be looked at again", state.id);
        soon.add("GOV-1", state.author.as_ref(), because, &[entry], due_ms);
    }
    for state in risks::fold(history).iter().filter(|state| state.closed.is_none()) {
        let (entry, looked_ms) = state.looked_at;
        let due_ms = state.review_due_ms.unwrap_or_else(|| looked_ms.saturating_add(fresh_ms));
        let because = format!("risk `{}` is to be looked at again", state.id);
        soon.add("GOV-2", state.owner.as_ref(), because, &[entry], due_ms);
    }
    for state in vendors::fold(history).iter().filter(|state| state.ended.is_none()) {
        let Some((entry, at_ms)) = state.reviewed else { continue };
        let due_ms = state.review_due_ms.unwrap_or_else(|| at_ms.saturating_add(fresh_ms));
        let because = format!("vendor `{}` is to be looked at again", state.id);
        soon.add("GOV-4", state.owner.as_ref(), because, &[entry], due_ms);
    }
}

fn of_people(history: &History, soon: &mut Soon<'_>) {
    let (fresh_ms, now_ms) = (soon.fresh_ms(), soon.now_ms);
    for state in exceptions::fold(history).iter().filter(|state| state.at(now_ms)) {
        if let Some(until_ms) = state.until_ms {
            let because = format!("exception `{}` ends", state.id);
            soon.add("GOV-6", state.requested_by.as_ref(), because, &state.entries, until_ms);
        }
    }
    for course in people::courses(history) {
        let lasts = |done: u64| course.expires_ms.unwrap_or_else(|| done.saturating_add(fresh_ms));
        if let Some(at_ms) = course.completed_ms.map(lasts) {
            let because = format!("the course `{}` has to be done again", course.course);
            soon.add("GOV-3", Some(&course.person), because, &[course.index], at_ms);
        }
    }
}
