//! What an answer of the API says about an owner.

use super::pointer::Pointer;
use serde_json::Value;

/// What the API said about whose an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It belongs to whoever asks.
    Theirs,
    /// It does not, or is not there for them.
    NotTheirs,
    /// It did not say.
    Unknown,
}

/// Where an answer says it.
#[derive(Clone, Debug)]
pub(super) enum Where {
    /// It names the owner.
    Owner(Pointer),
    /// It lists what belongs to whoever asks.
    Item(Pointer),
}

impl Where {
    /// Reads an answer: whether it names, or lists, what is wanted.
    pub(super) fn read(&self, wanted: &str, status: u16, body: &[u8]) -> Told {
        match status {
            200..=299 => (),
            // The API itself shows it to nobody who asks so.
            401 | 403 | 404 | 410 => return Told::NotTheirs,
            _ => return Told::Unknown,
        }
        // The reader's own bound on depth holds.
        let Ok(value) = serde_json::from_slice::<Value>(body) else { return Told::Unknown };
        let (Self::Owner(pointer) | Self::Item(pointer)) = self;
        let texts = pointer.texts(&value);
        match self {
            // Of two owners nobody knows which one counts.
            Self::Owner(_) => match texts.as_slice() {
                [] => Told::Unknown,
                owners if owners.iter().all(|owner| *owner == wanted) => Told::Theirs,
                _ => Told::NotTheirs,
            },
            Self::Item(_) if texts.iter().any(|item| *item == wanted) => Told::Theirs,
            Self::Item(_) => Told::NotTheirs,
        }
    }
}
