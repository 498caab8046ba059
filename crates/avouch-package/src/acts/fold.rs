//! How each request stands, folded from the acts about it.

use super::signing::{self, Signed};
use crate::populations::Row;
use avouch_model::coding::Fact;
use avouch_model::fact::engagement::{Engagement as Act, EngagementEvent, Side};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing answers it.
    Open,
    /// It is answered, and the auditor has not closed it.
    Answered,
    /// The auditor has what was asked for.
    Closed,
}

impl Standing {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Closed => "closed",
        }
    }
}

/// Whether what an answer refers to is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// It was found and counted again.
    Yes,
    /// It is not there, or is something else.
    No,
    /// It is no answer.
    Nothing,
}

/// An act about a request.
#[derive(Clone, Debug)]
pub struct Spoken {
    /// Its entry in the ledger.
    pub index: u64,
    /// When the ledger took it, in milliseconds since 1970.
    pub time_ms: u64,
    /// What it says.
    pub act: Act,
    /// Whether the auditor's key signed it.
    pub signed: Signed,
    /// Whether what it refers to is there.
    pub holds: Holds,
}

impl Spoken {
    /// Reads an act of a row; `key` is the auditor's.
    pub fn of(
        row: &Row,
        key: Option<&[u8; 32]>,
        holds: &mut impl FnMut(&Act) -> bool,
    ) -> Option<Self> {
        let act = read(&row.fact)?;
        let holds = match act.event {
            EngagementEvent::Answered if holds(&act) => Holds::Yes,
            EngagementEvent::Answered => Holds::No,
            _ => Holds::Nothing,
        };
        let signed = signing::judge(&row.fact, key);
        Some(Self { index: row.index, time_ms: row.time_ms, act, signed, holds })
    }

    /// Whether it is an act of the auditor: one that the auditor's key signed, where there is a key.
    fn is_auditors(&self, has_key: bool) -> bool {
        self.act.side == Side::Auditor
            && match self.signed {
                Signed::Yes => true,
                Signed::No => !has_key,
                Signed::Wrong => false,
            }
    }
}

/// Reads an act.
fn read(fact: &Map<String, Value>) -> Option<Act> {
    Act::of_json(&Value::Object(fact.clone())).ok()
}

/// A request with all that was said about it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its id.
    pub id: String,
    /// How it stands.
    pub standing: Standing,
    /// What was said, in the order of the ledger; first of all the request itself.
    pub said: Vec<Spoken>,
}

impl Asked {
    /// The request itself, if it was asked.
    pub fn request(&self) -> Option<&Spoken> {
        self.said.iter().find(|spoken| spoken.act.event == EngagementEvent::Asked)
    }
}

/// How each request stands, ascending by id; `has_key` says whether the auditor's acts are signed.
/// Only the auditor closes a request and opens it again; an answer whose reference does not hold is none.
pub fn fold(acts: Vec<Spoken>, has_key: bool) -> Vec<Asked> {
    let mut all: BTreeMap<String, Asked> = BTreeMap::new();
    for spoken in acts {
        let Some(id) = spoken.act.request.clone() else { continue };
        let fresh = || Asked { id: id.clone(), standing: Standing::Open, said: Vec::new() };
        let asked = all.entry(id.clone()).or_insert_with(fresh);
        let by_auditor = spoken.is_auditors(has_key);
        asked.standing = match spoken.act.event {
            EngagementEvent::Answered if spoken.holds == Holds::Yes => match asked.standing {
                Standing::Closed => Standing::Closed,
                _ => Standing::Answered,
            },
            EngagementEvent::Closed if by_auditor => Standing::Closed,
            EngagementEvent::Reopened if by_auditor => Standing::Open,
            _ => asked.standing,
        };
        asked.said.push(spoken);
    }
    all.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::coding::Example;

    fn spoken(event: EngagementEvent, side: Side, signed: Signed, holds: Holds) -> Spoken {
        let act = Act { event, side, ..Act::example() };
        Spoken { index: 0, time_ms: 0, act, signed, holds }
    }

    fn standing(acts: &[Spoken], has_key: bool) -> Standing {
        fold(acts.to_vec(), has_key)[0].standing
    }

    #[test]
    fn only_the_auditor_closes_a_request() {
        use EngagementEvent::{Answered, Asked, Closed, Commented, Reopened};
        use Side::{Auditor, Management};
        let act = |event, side| spoken(event, side, Signed::No, Holds::Yes);
        let asked = act(Asked, Auditor);
        assert_eq!(standing(std::slice::from_ref(&asked), false), Standing::Open);
        assert_eq!(standing(&[asked.clone(), act(Commented, Management)], false), Standing::Open);
        let answered = act(Answered, Management);
        assert_eq!(standing(&[asked.clone(), answered.clone()], false), Standing::Answered);
        let closed = |side| [asked.clone(), answered.clone(), act(Closed, side)];
        assert_eq!(standing(&closed(Management), false), Standing::Answered);
        assert_eq!(standing(&closed(Auditor), false), Standing::Closed);
        assert_eq!(standing(&closed(Auditor), true), Standing::Answered);
        let signed = spoken(Closed, Auditor, Signed::Yes, Holds::Nothing);
        assert_eq!(standing(&[asked.clone(), signed.clone()], true), Standing::Closed);
        let again = spoken(Reopened, Auditor, Signed::Yes, Holds::Nothing);
        assert_eq!(standing(&[asked.clone(), signed, again], true), Standing::Open);
    }

    #[test]
    fn an_answer_that_refers_to_nothing_is_none() {
        let asked = spoken(EngagementEvent::Asked, Side::Auditor, Signed::No, Holds::Nothing);
        let empty = spoken(EngagementEvent::Answered, Side::Management, Signed::No, Holds::No);
        assert_eq!(standing(&[asked, empty], false), Standing::Open);
    }
}
