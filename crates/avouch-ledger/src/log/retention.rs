//! What may be purged, and what may not yet.

use super::fold::{Fold, FoldError};
use super::open::{OpenError, read_genesis};
use crate::format::Day;
use crate::format::control::Act;
use crate::note::VerifierKey;
use crate::storage::Storage;
use crate::view::{View, ViewError};
use std::ops::ControlFlow;
use std::sync::Arc;

/// The id of a hold, a purge or another approved act.
pub type ApprovalId = [u8; 16];

/// A period that is over and was not purged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiring {
    /// Its number.
    pub period: u32,
    /// Its retention class.
    pub class: String,
    /// The day it began.
    pub day: Day,
    /// Its records.
    pub records: u64,
    /// When it may be purged, in milliseconds since 1970; `None` when its class is no longer one, so
    /// that nobody knows.
    pub due_ms: Option<u64>,
    /// The holds that keep it.
    pub holds: Vec<ApprovalId>,
}

impl Expiring {
    /// Whether it may be purged at a time.
    pub fn is_due(&self, now_ms: u64) -> bool {
        self.holds.is_empty() && self.due_ms.is_some_and(|due_ms| due_ms <= now_ms)
    }
}

/// Why something must stay.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RetentionError {
    /// No period was named.
    #[error("no period was named")]
    Nothing,
    /// There is no such period, or it was purged.
    #[error("there is no period {0}, or it was purged already")]
    Unknown(u32),
    /// Records may still come into it.
    #[error("period {0} is open still: it is closed after its day, by the next writer")]
    Open(u32),
    /// Its records must be kept longer.
    #[error("period {period} must be kept until {}", until(*.due_ms))]
    Early {
        /// Which.
        period: u32,
        /// When it may be purged, if that is known.
        due_ms: Option<u64>,
    },
    /// A hold keeps it.
    #[error("period {period} is under the hold {}", crate::format::canonical::to_hex(.hold))]
    Held {
        /// Which.
        period: u32,
        /// The hold.
        hold: ApprovalId,
    },
    /// A hold keeps some of its days.
    #[error("some of its days are under the hold {}", crate::format::canonical::to_hex(.0))]
    HeldDays(ApprovalId),
    /// An entry cannot be taken out.
    #[error("the entry {0} is not a record that is there")]
    NotARecord(u64),
}

fn until(due_ms: Option<u64>) -> String {
    let ended = |due_ms: u64| format!("{} (UTC)", moment(due_ms));
    due_ms.map_or_else(|| "its retention class has rules again".to_owned(), ended)
}

/// A time as a person reads it: day, hours and minutes, UTC.
pub fn moment(time_ms: u64) -> String {
    let day = Day::of_ms(time_ms);
    let minutes = time_ms.saturating_sub(day.begin_ms()) / 60_000;
    format!("{day} {:02}:{:02}", minutes / 60, minutes % 60)
}

impl Fold {
    pub(crate) fn expiring(&self, period: u32) -> Option<Expiring> {
        let closed = self.closed.get(&period)?;
        let retention_s = self.policy.retention_s.get(&closed.class);
        let last = Day::of_ms(closed.closed_ms);
        let holds = |(id, (class, from, to)): (&ApprovalId, &(String, Day, Day))| {
            // A period covers the days from its opening to its close.
            let keeps =
                (class == "*" || *class == closed.class) && *from <= last && closed.day <= *to;
            keeps.then_some(*id)
        };
        Some(Expiring {
            period,
            class: closed.class.clone(),
            day: closed.day,
            records: closed.entries,
            due_ms: retention_s.map(|retention_s| {
                closed.closed_ms.saturating_add(retention_s.saturating_mul(1000))
            }),
            holds: self.holds.iter().filter_map(holds).collect(),
        })
    }

    /// All periods that are over and were not purged.
    pub(crate) fn all_expiring(&self) -> Vec<Expiring> {
        self.closed.keys().filter_map(|period| self.expiring(*period)).collect()
    }

    /// Whether an act keeps what must be kept.
    pub(crate) fn permits(&self, act: &Act, now_ms: u64) -> Result<(), RetentionError> {
        match act {
            Act::Purge { periods, .. } if periods.is_empty() => Err(RetentionError::Nothing),
            Act::Purge { periods, .. } => {
                periods.iter().try_for_each(|period| self.permits_purge(*period, now_ms))
            }
            Act::Redact { entry, .. } if *entry >= self.size => {
                Err(RetentionError::NotARecord(*entry))
            }
            _ => Ok(()),
        }
    }

    fn permits_purge(&self, period: u32, now_ms: u64) -> Result<(), RetentionError> {
        if self.open.contains_key(&period) {
            return Err(RetentionError::Open(period));
        }
        let expiring = self.expiring(period).ok_or(RetentionError::Unknown(period))?;
        if let Some(hold) = expiring.holds.first() {
            return Err(RetentionError::Held { period, hold: *hold });
        }
        let due_ms = expiring.due_ms;
        let early = RetentionError::Early { period, due_ms };
        if due_ms.is_some_and(|due_ms| due_ms <= now_ms) { Ok(()) } else { Err(early) }
    }
}

/// Why nothing can be said about what may be purged.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    /// The genesis cannot be read.
    #[error("the genesis cannot be read")]
    Genesis(#[from] OpenError),
    /// The entries cannot be read.
    #[error("the entries cannot be read")]
    View(#[from] ViewError),
    /// An entry cannot stand where it does.
    #[error("the entry {index} cannot stand where it does")]
    Entry {
        /// Which.
        index: u64,
        /// Why.
        source: FoldError,
    },
}

/// What there is to purge, now or later, without writing anything.
pub fn survey(
    storage: Arc<dyn Storage>,
    identity: &VerifierKey,
) -> Result<Vec<Expiring>, SurveyError> {
    let mut fold = Fold::new(&read_genesis(storage.as_ref(), identity)?);
    let mut failed = None;
    View::open(storage)?.walk_items(0, |index, item| match fold.take(item) {
        Ok(_) => ControlFlow::Continue(()),
        Err(source) => {
            failed = Some(SurveyError::Entry { index, source });
            ControlFlow::Break(())
        }
    })?;
    failed.map_or_else(|| Ok(fold.all_expiring()), Err)
}
