//! Which certificates listeners show, until when, and what became of renewals: told, and recorded as facts.

use super::log::{Level, Log};
use avouch_gateway::{AcmeState, Gateway, Origin, ShownCertificate};
use avouch_ledger::format::canonical::to_hex;
use avouch_model::coding::{Digest, Later};
use avouch_model::fact::key::{Key, KeyEvent, KeyKind};
use serde_json::json;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

/// LIMIT: facts that wait for a ledger that takes none; of more the oldest are lost, which is told.
const WAITING_MAX: usize = 1_000;

/// What was known of certificates at the last look.
#[derive(Debug)]
pub(super) struct Certificates<'g> {
    gateway: &'g Gateway,
    log: Log,
    /// What each listener showed, by its place.
    shown: BTreeMap<usize, Arc<ShownCertificate>>,
    /// Listeners whose certificate was told to be over.
    over: BTreeMap<usize, [u8; 32]>,
    /// Attempts that failed, by listener.
    failed: BTreeMap<SocketAddr, u64>,
    /// Facts that the ledger did not take yet.
    waiting: VecDeque<Key>,
    is_refused: bool,
}

impl<'g> Certificates<'g> {
    /// Records what is shown since the start.
    pub(super) fn begin(gateway: &'g Gateway, log: Log, now_ms: u64) -> Self {
        let mut this = Self {
            gateway,
            log,
            shown: BTreeMap::new(),
            over: BTreeMap::new(),
            failed: BTreeMap::new(),
            waiting: VecDeque::new(),
            is_refused: false,
        };
        this.look(now_ms);
        this
    }

    /// Tells and records what is another than before.
    pub(super) fn look(&mut self, now_ms: u64) {
        for (place, (listener, shown)) in self.gateway.shown().into_iter().enumerate() {
            let Some(shown) = shown else { continue };
            if self.shown.get(&place).is_none_or(|before| before.digest != shown.digest) {
                let before = self.shown.insert(place, shown.clone());
                self.took_its_place(listener, before.as_deref(), &shown);
            }
            if shown.not_after_ms <= now_ms && self.over.get(&place) != Some(&shown.digest) {
                self.over.insert(place, shown.digest);
                self.is_over(listener, &shown);
            }
        }
        for state in self.gateway.acme() {
            let before = self.failed.insert(state.listener, state.failed).unwrap_or(0);
            if state.failed > before {
                self.is_not_had(&state);
            }
        }
        self.record();
    }

    fn took_its_place(
        &mut self,
        listener: SocketAddr,
        before: Option<&ShownCertificate>,
        shown: &ShownCertificate,
    ) {
        let (names, until) = (named(shown), day(shown.not_after_ms));
        // The first one is not `issued`: that is a credential that somebody gets, with an approval.
        let event = match (shown.origin, before) {
            (Origin::Issued, Some(_)) => KeyEvent::Rotated,
            _ => KeyEvent::Seen,
        };
        if shown.origin == Origin::Issued {
            let sentence = format!(
                "the listener at {listener} shows a new certificate for {names}, until {until}"
            );
            let more = json!({ "listener": listener, "names": shown.names, "until": until });
            self.log.say(Level::Info, "certificate-issued", &sentence, more);
        }
        let replaces = before.map(id);
        self.waiting.push_back(Key { replaces, ..fact(shown, event, listener) });
    }

    fn is_over(&mut self, listener: SocketAddr, shown: &ShownCertificate) {
        let sentence = format!(
            "the certificate of the listener at {listener} for {} is over since {}",
            named(shown),
            day(shown.not_after_ms)
        );
        let more = json!({ "listener": listener, "names": shown.names });
        self.log.say(Level::Warning, "certificate-over", &sentence, more);
        self.waiting.push_back(fact(shown, KeyEvent::Expired, listener));
    }

    fn is_not_had(&mut self, state: &AcmeState) {
        let AcmeState { listener, directory, names, .. } = state;
        let why = state.trouble.clone().unwrap_or_default();
        let place = self.gateway.shown().iter().position(|(address, _)| address == listener);
        let kept = place.and_then(|place| self.shown.get(&place));
        let until = kept.map(|kept| day(kept.not_after_ms));
        let stays = match &until {
            Some(until) => format!("the one it has stays, until {until}"),
            None => "it has none, and clients are turned away".to_owned(),
        };
        let next = moment(state.next_ms);
        let sentence = format!(
            "no new certificate for {} at the listener {listener}: {why}; {stays}; the authority is asked again at {next}",
            names.join(", ")
        );
        let more = json!({
            "listener": listener,
            "names": names,
            "directory": directory,
            "until": until,
            "next": next,
        });
        self.log.say(Level::Warning, "certificate-not-issued", &sentence, more);
        // Where there is none, there is nothing that a fact could be about yet.
        if let Some(kept) = kept {
            let still = fact(kept, KeyEvent::Seen, *listener);
            self.waiting.push_back(Key { because: Some(format!("not renewed: {why}")), ..still });
        }
    }

    /// Records what waits for it, in its order. What is not taken waits on.
    fn record(&mut self) {
        if !self.gateway.records() {
            self.waiting.clear();
        }
        while let Some(fact) = self.waiting.front() {
            if let Err(error) = self.gateway.record(fact) {
                if !self.is_refused {
                    let sentence =
                        format!("what became of certificates is not recorded yet: {error}");
                    self.log.say(Level::Warning, "certificate-not-recorded", &sentence, json!({}));
                }
                self.is_refused = true;
                break;
            }
            self.is_refused = false;
            self.waiting.pop_front();
        }
        if self.waiting.len() > WAITING_MAX {
            self.waiting.pop_front();
            let sentence = "a fact about a certificate is lost: the ledger takes none for too long";
            self.log.say(Level::Warning, "certificate-not-recorded", sentence, json!({}));
        }
    }
}

/// The id of a certificate: the beginning of its digest.
fn id(shown: &ShownCertificate) -> String {
    format!("certificate-{}", to_hex(shown.digest.get(..8).unwrap_or_default()))
}

/// What happened to the certificate of a listener.
fn fact(shown: &ShownCertificate, event: KeyEvent, listener: SocketAddr) -> Key {
    Key {
        id: id(shown),
        event,
        key_kind: KeyKind::Certificate,
        owner: None,
        actor: None,
        approved_by: Vec::new(),
        request: None,
        scopes: shown.names.iter().cloned().collect(),
        print: Some(Digest(shown.digest)),
        replaces: None,
        not_before_ms: Some(shown.not_before_ms),
        expires_ms: Some(shown.not_after_ms),
        because: Some(format!("shown by the listener at {listener}")),
        later: Later::default(),
    }
}

fn named(shown: &ShownCertificate) -> String {
    let names: Vec<&str> = shown.names.iter().map(String::as_str).collect();
    if names.is_empty() { "no name".to_owned() } else { names.join(", ") }
}

/// A moment as people read it, to the day.
pub(in crate::commands) fn day(at_ms: u64) -> String {
    let text = moment(at_ms);
    text.split('T').next().unwrap_or_default().to_owned()
}

/// A moment to the second, in UTC.
fn moment(at_ms: u64) -> String {
    let at = i64::try_from(at_ms / 1_000).ok();
    let at = at.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    at.map_or_else(|| "an unknown time".to_owned(), |at| at.to_string())
}
