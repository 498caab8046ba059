//! What came, for the tokens that are expected, within limits.

use avouch_model::exchange::Hit;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;

/// Tokens that can be expected. // LIMIT: tokens
const TOKENS_MAX: usize = 100_000;
/// Visits kept for one token; more prove nothing more. // LIMIT: visits
const VISITS_MAX: usize = 32;
/// Characters kept of one visit's request. // LIMIT: characters
const REQUEST_CHARS_MAX: usize = 4096;

/// Expected tokens in lower case, each with its visits.
#[derive(Default)]
pub(super) struct Visits {
    by_token: Mutex<HashMap<String, Vec<Hit>>>,
    came: Notify,
}

impl Visits {
    /// Visits with this token will be kept from now on.
    pub(super) fn expect(&self, token: &str) {
        let mut by_token = self.by_token.lock().unwrap_or_else(PoisonError::into_inner);
        if by_token.len() < TOKENS_MAX {
            by_token.entry(token.to_ascii_lowercase()).or_default();
        }
    }

    /// The first of these texts that is an expected token. Names are case-insensitive and some
    /// resolvers mix their case on purpose, so tokens are compared without it.
    pub(super) fn expected<'t>(&self, candidates: impl Iterator<Item = &'t str>) -> Option<String> {
        let by_token = self.by_token.lock().unwrap_or_else(PoisonError::into_inner);
        candidates.map(str::to_ascii_lowercase).find(|token| by_token.contains_key(token))
    }

    /// Keeps a visit; one with a token nobody expects is dropped, so that strangers cost nothing.
    pub(super) fn keep(&self, mut hit: Hit) {
        hit.request = hit.request.chars().take(REQUEST_CHARS_MAX).collect();
        let mut by_token = self.by_token.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(visits) = by_token.get_mut(&hit.token).filter(|v| v.len() < VISITS_MAX) {
            visits.push(hit);
            self.came.notify_waiters();
        }
    }

    pub(super) fn of(&self, token: &str) -> Vec<Hit> {
        let by_token = self.by_token.lock().unwrap_or_else(PoisonError::into_inner);
        by_token.get(&token.to_ascii_lowercase()).cloned().unwrap_or_default()
    }

    /// The visits with that token, as soon as there is one.
    pub(super) async fn first_of(&self, token: &str) -> Vec<Hit> {
        loop {
            // Listening begins before looking, so that no visit falls between.
            let came = self.came.notified();
            tokio::pin!(came);
            came.as_mut().enable();
            let visits = self.of(token);
            if !visits.is_empty() {
                return visits;
            }
            came.await;
        }
    }
}
