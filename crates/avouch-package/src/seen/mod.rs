//! What the facts of a period show of the API itself, for people to read: which operations there are and
//! what protects them, what went wrong, what was changed, and what is missing in the record.
//!
//! It draws no conclusion about controls: that is `avouch-prove`'s. What nothing shows is not known, and
//! is said to be.

mod changes;
mod gaps;
mod incidents;
mod inventory;

pub(crate) use changes::Change;
pub(crate) use gaps::Gap;
pub(crate) use incidents::Case;
pub(crate) use inventory::{Inventory, Operation};

use avouch_prove::history::History;

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) inventory: Inventory,
    pub(crate) incidents: Vec<Case>,
    pub(crate) changes: Vec<Change>,
    pub(crate) gaps: Vec<Gap>,
}

impl Seen {
    /// What is seen once all facts were read.
    pub(crate) fn of(mut inventory: Inventory, history: &History) -> Self {
        inventory.close(history);
        Self {
            inventory,
            incidents: incidents::of(history),
            changes: changes::of(history),
            gaps: gaps::of(history),
        }
    }
}
