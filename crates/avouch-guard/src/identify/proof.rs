//! Proofs that who sends a token has the key it is bound to (RFC 9449).

use super::cache::Print;
use super::claims::milliseconds;
use super::credential::DPOP;
use super::faults::Fault;
use super::jwk::PublicKey;
use super::text::{digits, same, sha256};
use super::token::Token;
use crate::request::Request;
use crate::settings::identify::ProofSettings;
use http::Uri;
use http::uri::Scheme;
use serde_json::Value;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// LIMIT: bytes of a proof.
const PROOF_BYTES_MAX: usize = 4 * 1024;
/// LIMIT: bytes of the id of a proof.
const JTI_BYTES_MAX: usize = 256;
/// Milliseconds that a client's clock may be ahead of ours.
const AHEAD_MS: u64 = 5_000;

/// Checks the proof of a request; the key it must be of is named by its thumbprint.
pub(super) fn check(
    request: &Request<'_>,
    key: &str,
    token: &Print,
    settings: &ProofSettings,
    replays: &Replays,
    now_ms: u64,
) -> Result<(), Fault> {
    let mut values = request.headers.get_all(DPOP).iter();
    let value = values.next().ok_or(Fault::ProofMissing)?;
    // RFC 9449, section 4.3: not more than one.
    if values.next().is_some() || value.len() > PROOF_BYTES_MAX {
        return Err(Fault::ProofInvalid);
    }
    let text = value.to_str().map_err(|_| Fault::ProofInvalid)?;
    let proof = Token::parse(text).ok_or(Fault::ProofInvalid)?;
    let head = proof.head(&settings.algorithms, &["dpop+jwt"]).map_err(|_| Fault::ProofInvalid)?;
    let signer = proof.head.get("jwk").and_then(Value::as_object).ok_or(Fault::ProofInvalid)?;
    let signer = PublicKey::parse(signer).map_err(|_| Fault::ProofInvalid)?;
    let age_ms = u64::from(settings.age_s) * 1_000;
    let for_this = proof.text("htm") == Some(request.method)
        && proof.text("htu").is_some_and(|address| is_here(address, request, settings))
        && proof.text("ath").is_some_and(|hash| same(hash.as_bytes(), digits(token).as_bytes()))
        && proof.claims.get("iat").and_then(milliseconds).is_some_and(|made| {
            made <= now_ms.saturating_add(AHEAD_MS) && now_ms <= made.saturating_add(age_ms)
        });
    if !for_this {
        return Err(Fault::ProofInvalid);
    }
    if !same(signer.thumbprint().as_bytes(), key.as_bytes()) {
        return Err(Fault::TokenBinding);
    }
    if !signer.vouches(head.algorithm, proof.signed.as_bytes(), &proof.signature) {
        return Err(Fault::ProofInvalid);
    }
    let jti = proof.text("jti").filter(|jti| !jti.is_empty() && jti.len() <= JTI_BYTES_MAX);
    let jti = jti.ok_or(Fault::ProofInvalid)?;
    replays.first(key, jti, age_ms.saturating_add(AHEAD_MS), now_ms)
}

/// Whether the address is that of the request, without its query (RFC 9449, section 4.3).
fn is_here(address: &str, request: &Request<'_>, settings: &ProofSettings) -> bool {
    let Ok(uri) = address.parse::<Uri>() else { return false };
    let Some(said) = Origin::of(&uri) else { return false };
    if plain(uri.path()) != plain(request.path) {
        return false;
    }
    if settings.origins.is_empty() {
        let scheme = if request.peer.tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP };
        let asked = format!("{scheme}://{}/", request.host).parse::<Uri>();
        return asked.is_ok_and(|asked| Origin::of(&asked) == Some(said));
    }
    let own = |origin: &String| {
        origin.parse::<Uri>().is_ok_and(|uri| Origin::of(&uri) == Some(said.clone()))
    };
    settings.origins.iter().any(own)
}

/// Scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Origin(String, String, u16);

impl Origin {
    fn of(uri: &Uri) -> Option<Self> {
        let scheme = uri.scheme_str()?.to_ascii_lowercase();
        let usual = if scheme == "https" { 443 } else { 80 };
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?;
        let host = authority.host().to_ascii_lowercase();
        Some(Self(scheme, host, authority.port_u16().unwrap_or(usual)))
    }
}

/// A path with one spelling of each character: what needs no percent sign has none, and the digits
/// behind the others are large (RFC 3986, section 6.2.2).
fn plain(path: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let mut digit = || ahead.next().and_then(|byte| char::from(byte).to_digit(16));
        let read = match (byte, digit(), digit()) {
            (b'%', Some(high), Some(low)) => u8::try_from(high * 16 + low).ok(),
            _ => None,
        };
        match read {
            Some(meant) => {
                bytes = ahead;
                if meant.is_ascii_alphanumeric() || b"-._~".contains(&meant) {
                    out.push(meant);
                } else {
                    out.extend_from_slice(format!("%{meant:02X}").as_bytes());
                }
            }
            None => out.push(byte),
        }
    }
    if out.is_empty() { vec![b'/'] } else { out }
}

const SHARDS: usize = 64;
/// LIMIT: proofs remembered for the keys of one shard in one span of time.
const PROOFS_MAX: usize = 16_384;

/// Proofs that were used, for as long as they could be used again. Who floods it fills the shard of the
/// own key only. What would not fit is refused: forgetting would let a proof pass twice.
#[derive(Debug)]
pub(super) struct Replays([Mutex<Spans>; SHARDS]);

#[derive(Debug, Default)]
struct Spans {
    now: HashSet<[u8; 16]>,
    before: HashSet<[u8; 16]>,
    turn_ms: u64,
}

impl Replays {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }

    /// Remembers a proof; it must be the first of its key with that id.
    fn first(&self, key: &str, jti: &str, keep_ms: u64, now_ms: u64) -> Result<(), Fault> {
        let owner = sha256(key.as_bytes());
        let shard = owner.first().map_or(0, |first| usize::from(*first) % SHARDS);
        let print = sha256(&[&owner[..], jti.as_bytes()].concat());
        let print = print.first_chunk::<16>().copied().unwrap_or_default();
        let mut spans = match self.0.get(shard) {
            Some(spans) => spans.lock().unwrap_or_else(PoisonError::into_inner),
            None => return Err(Fault::ProofsFull),
        };
        spans.turn(keep_ms, now_ms);
        if spans.now.contains(&print) || spans.before.contains(&print) {
            return Err(Fault::ProofReplayed);
        }
        if spans.now.len() >= PROOFS_MAX {
            return Err(Fault::ProofsFull);
        }
        spans.now.insert(print);
        Ok(())
    }
}

impl Spans {
    /// What was remembered in a span is kept through the whole of the next.
    fn turn(&mut self, keep_ms: u64, now_ms: u64) {
        if now_ms < self.turn_ms {
            return;
        }
        let long_ago = now_ms >= self.turn_ms.saturating_add(keep_ms);
        let ended = std::mem::take(&mut self.now);
        self.before = if long_ago { HashSet::new() } else { ended };
        self.turn_ms = now_ms.saturating_add(keep_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_character_has_one_spelling() {
        assert_eq!(plain("/a%2fb%7E%41"), b"/a%2Fb~A");
        assert_eq!(plain("/a%2"), b"/a%2");
        assert_eq!(plain(""), b"/");
    }

    #[test]
    fn a_full_shard_refuses_and_others_do_not() {
        let replays = Replays::new();
        let flood = (0..=PROOFS_MAX).map(|n| replays.first("a", &n.to_string(), 60_000, 1));
        let ends: Vec<Result<(), Fault>> = flood.collect();
        assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), PROOFS_MAX);
        assert_eq!(ends.last(), Some(&Err(Fault::ProofsFull)));
        assert_eq!(replays.first("b", "0", 60_000, 1), Ok(()));
        assert_eq!(replays.first("a", "new", 60_000, 120_001), Ok(()), "room again");
    }

    proptest! {
        #[test]
        fn no_proof_passes_twice_while_it_could(
            steps in proptest::collection::vec((0_u64..40_000, 0_u8..6), 1..80)
        ) {
            let replays = Replays::new();
            let keep_ms = 65_000;
            let mut passed: Vec<(u64, u8)> = Vec::new();
            let mut now_ms = 1_000_000;
            for (wait, jti) in steps {
                now_ms += wait;
                if replays.first("k", &jti.to_string(), keep_ms, now_ms).is_ok() {
                    let again = passed.iter().any(|(at, id)| *id == jti && now_ms < at + keep_ms);
                    prop_assert!(!again, "{jti} passed twice");
                    passed.push((now_ms, jti));
                }
            }
        }
    }
}
