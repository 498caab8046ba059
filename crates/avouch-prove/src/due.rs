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

/// What holds today and will not in thirty days.
fn expiring(
    assessed: &[Assessed],
    history: &History,
    settings: &Settings,
    now_ms: u64,
) -> Vec<Due> {
    let until_ms = now_ms.saturating_add(SOON_DAYS * DAY_MS);
    let fresh_ms = settings.limits.fresh_days * DAY_MS;
    let soon = |at_ms: u64| (now_ms..until_ms).contains(&at_ms);
    let mut all: Vec<Due> = Vec::new();
    let mut add = |control: &'static str,
                   owner: Option<String>,
                   because: String,
                   entries: Vec<u64>,
                   at_ms: u64| {
        if soon(at_ms) {
            let owner = owner.or_else(|| {
                crate::controls::find(control)
                    .and_then(|control| settings.owner(control))
                    .map(str::to_owned)
            });
            all.push(Due {
                what: What::Expires,
                control: Some(control),
                owner,
                because,
                entries,
                at_ms: Some(at_ms),
            });
        }
    };
    for state in policies::fold(history).iter().filter(|state| !state.is_retired()) {
        let Some((entry, at_ms)) = state.published else { continue };
        let looked_ms = state.reviewed.map_or(at_ms, |(_, reviewed)| reviewed.max(at_ms));
        let due_ms = state.review_due_ms.unwrap_or_else(|| looked_ms.saturating_add(fresh_ms));
        add(
            "GOV-1",
            state.author.clone(),
            format!("policy `{}` is to be looked at again", state.id),
            vec![entry],
            due_ms,
        );
    }
    for state in risks::fold(history).iter().filter(|state| state.closed.is_none()) {
        let due_ms =
            state.review_due_ms.unwrap_or_else(|| state.looked_at.1.saturating_add(fresh_ms));
        add(
            "GOV-2",
            state.owner.clone(),
            format!("risk `{}` is to be looked at again", state.id),
            vec![state.looked_at.0],
            due_ms,
        );
    }
    for state in vendors::fold(history).iter().filter(|state| state.ended.is_none()) {
        let Some((entry, at_ms)) = state.reviewed else { continue };
        let due_ms = state.review_due_ms.unwrap_or_else(|| at_ms.saturating_add(fresh_ms));
        add(
            "GOV-4",
            state.owner.clone(),
            format!("vendor `{}` is to be looked at again", state.id),
            vec![entry],
            due_ms,
        );
    }
    for state in exceptions::fold(history).iter().filter(|state| state.at(now_ms)) {
        if let Some(until_ms) = state.until_ms {
            add(
                "GOV-6",
                state.requested_by.clone(),
                format!("exception `{}` ends", state.id),
                state.entries.clone(),
                until_ms,
            );
        }
    }
    for course in people::courses(history) {
        let lasts = |done: u64| course.expires_ms.unwrap_or_else(|| done.saturating_add(fresh_ms));
        if let Some(at_ms) = course.completed_ms.map(lasts) {
            add(
                "GOV-3",
                Some(course.person.clone()),
                format!("the course `{}` has to be done again", course.course),
                vec![course.index],
                at_ms,
            );
        }
    }
    for one in assessed.iter().filter(|one| one.excluded.is_none()) {
        let slow = |due: &u64| *due >= now_ms.saturating_add(7 * DAY_MS);
        for procedure in &one.procedures {
            if let Some(at_ms) = procedure.due_ms.filter(slow) {
                let what = &procedure.what;
                add(
                    one.control.id,
                    one.owner.clone(),
                    format!("{what}: due again by {}", date(at_ms)),
                    Vec::new(),
                    at_ms,
                );
            }
        }
    }
    all
}
