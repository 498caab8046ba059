//! A token that was found good, and for how long that need not be found again.

use super::bound::Binding;
use super::cache::Print;
use super::claims::{self, Source, Times};
use super::faults::{Fault, Scheme};
use super::identifier::{Pending, Question, Stop};
use super::keyset::Look;
use super::shared_keys::SharedKeys;
use super::text::hexadecimal;
use super::token::Token;
use crate::Principal;
use crate::settings::identify::{IssuerSettings, Profile};
use serde_json::{Map, Value};
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

/// Verifies a token that its issuer signed. What it says of itself is looked at first: an old token, or
/// one for others, makes nobody fetch keys.
pub(super) fn signed(
    scheme: Scheme,
    (index, issuer): (usize, &IssuerSettings),
    keys: &SharedKeys,
    token: Token<'_>,
    print: &Print,
    now_ms: u64,
) -> Result<Verified, Stop> {
    let fault = |fault| Stop::from((fault, scheme));
    let types: &[&str] = match issuer.profile {
        Profile::Rfc9068 => &["at+jwt"],
        Profile::Any => &["at+jwt", "jwt", ""],
    };
    let head = token.head(&issuer.algorithms, types).map_err(fault)?;
    claims::check(&token.claims, issuer, Source::Signed).map_err(fault)?;
    let times = claims::times(&token.claims, issuer, Source::Signed).map_err(fault)?;
    times.hold(now_ms).map_err(fault)?;
    let mut look = keys.look(head.kid, now_ms);
    let generation = loop {
        look = match look {
            Look::Keys(set, generation) => {
                let signed = token.signed.as_bytes();
                if set.vouches(head.kid, head.algorithm, signed, &token.signature) {
                    break generation;
                }
                let newer = keys.distrust(generation, now_ms);
                newer.ok_or_else(|| fault(Fault::TokenSignature))?
            }
            Look::Fetch(ticket) => {
                return Err(Stop::Ask(Question::KeySet { issuer: index, ticket }));
            }
            Look::Wait => return Err(Stop::Wait(Pending::KeySet(index))),
            Look::Absent => return Err(fault(Fault::KeyUnknown)),
            Look::Undecided(after_s) => {
                return Err(Stop::Refuse(Fault::KeyUndecided.undecided(after_s)));
            }
            Look::Unavailable(after_s) => {
                return Err(Stop::Refuse(Fault::KeysUnavailable.undecided(after_s)));
            }
        };
    };
    let binding = Binding::of(&token.claims).map_err(fault)?.map(Arc::new);
    let named: String = hexadecimal(print).chars().take(16).collect();
    let principal =
        claims::principal(token.claims, issuer, Source::Signed, &named, times.expires_ms)
            .map_err(fault)?;
    Ok(Verified {
        principal: Arc::new(principal),
        binding,
        times,
        issuer: index,
        generation,
        until_ms: now_ms.saturating_add(REMEMBERED_MS),
    })
}

/// An introspected token, as its issuer described it.
pub(super) fn described(
    (index, issuer): (usize, &IssuerSettings),
    claims: Map<String, Value>,
    print: &Print,
    now_ms: u64,
) -> Result<Verified, Fault> {
    claims::check(&claims, issuer, Source::Asked)?;
    let times = claims::times(&claims, issuer, Source::Asked)?;
    times.hold(now_ms)?;
    let binding = Binding::of(&claims)?.map(Arc::new);
    let named: String = hexadecimal(print).chars().take(16).collect();
    let principal = claims::principal(claims, issuer, Source::Asked, &named, times.expires_ms)?;
    Ok(Verified {
        principal: Arc::new(principal),
        binding,
        times,
        issuer: index,
        generation: 0,
        until_ms: now_ms,
    })
}
