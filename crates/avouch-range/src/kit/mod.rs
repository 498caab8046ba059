//! What the APIs of the range have in common: people, sessions, the front every request passes,
//! serving. None of it is vulnerable: mistakes are made in the APIs.

pub(crate) mod calling;
pub(crate) mod clock;
pub(crate) mod counters;
pub(crate) mod front;
pub(crate) mod people;
pub(crate) mod random;
pub(crate) mod serving;
pub(crate) mod sessions;
pub(crate) mod socket;
pub(crate) mod store;
