//! A token that was found good, and for how long that need not be found again.

use super::bound::Binding;
use super::claims::Times;
use crate::Principal;
use std::sync::Arc;

/// How long a verified token is remembered, in milliseconds. Its own end is looked at each time.
pub(super) const REMEMBERED_MS: u64 = 60_000;

/// The good token, without the token.
#[derive(Clone, Debug)]
pub(super) struct Verified {
    pub(super) principal: Arc<Principal>,
    pub(super) binding: Option<Arc<Binding>>,
    pub(super) times: Times,
    /// Whose it is, by the place in the settings.
    pub(super) issuer: usize,
    /// The set of keys it was verified with.
    pub(super) generation: u64,
    /// Until when it is remembered.
    pub(super) until_ms: u64,
}
