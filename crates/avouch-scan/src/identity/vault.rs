//! Keeps the credentials and puts them into requests at the last moment.

use super::carried::{Slots, garbage_like, put};
use super::own_keys::OwnKeys;
use super::signer::Signer;
use super::token::{self, SignedInput};
use super::weak;
use crate::step::{Credential, Forgery, KeyTold, Misfit};
use crate::told::Webhook;
use avouch_model::data_class::DataClass;
use avouch_model::identity::{Carrier, IdentityFacts, WeakSecret, Who};
use avouch_model::secret::Secret;
use avouch_wire::redact::Redactor;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// Why a credential could not be put into a request.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ApplyError {
    /// The identity has none.
    #[error("there is no credential for `{0}`")]
    NoCredential(Who),
    /// A token was to be forged and is none.
    #[error("the credential of `{0}` is no JSON Web Token")]
    NoToken(Who),
    /// The user gave no such token.
    #[error("no {1} token was given for `{0}`")]
    NotKept(Who, &'static str),
}

/// The credentials of a scan.
#[derive(Debug)]
pub struct Vault {
    redactor: Arc<Redactor>,
    held: RwLock<BTreeMap<Who, Held>>,
    misfits: RwLock<BTreeMap<(Who, Misfit), Secret>>,
    signer: OnceLock<Signer>,
    own_keys: OwnKeys,
}

#[derive(Clone, Debug)]
struct Held {
    label: String,
    carrier: Carrier,
    credential: Secret,
    /// What travels besides.
    also: Vec<(Carrier, Secret)>,
    /// What its issuer said it is good for.
    scopes: Option<Vec<String>>,
    /// From when on another one is to be obtained, in seconds since 1970.
    renew_at: Option<i64>,
    weak_secret: Option<WeakSecret>,
    own_values: Vec<String>,
}

/// LIMIT: seconds before its end at which a credential is renewed; sooner when its life is short.
const RENEW_SECONDS_BEFORE: i64 = 60;

impl Vault {
    /// An empty vault. What it holds is redacted everywhere from then on.
    pub fn new(redactor: Arc<Redactor>) -> Self {
        Self {
            redactor,
            held: RwLock::default(),
            misfits: RwLock::default(),
            signer: OnceLock::new(),
            own_keys: OwnKeys::default(),
        }
    }

    /// Keeps a credential, replacing an earlier one of that identity.
    pub fn keep(&self, who: Who, label: &str, carrier: Carrier, credential: Secret) {
        self.redactor.know(&credential, who.name());
        let holder = token::holder(credential.danger_reveal());
        let own_values = holder.iter().map(|value| self.redactor.value(None, value)).collect();
        let held = Held {
            label: label.to_owned(),
            carrier,
            credential,
            also: Vec::new(),
            scopes: None,
            renew_at: None,
            weak_secret: None,
            own_values,
        };
        let mut all = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let weak_secret = all.get(&who).and_then(|earlier| earlier.weak_secret.clone());
        all.insert(who, Held { weak_secret, ..held });
    }

    /// Keeps what travels besides the identity's credential and is part of it.
    pub fn keep_besides(&self, who: Who, also: Vec<(Carrier, Secret)>) {
        for (_, secret) in &also {
            self.redactor.know(secret, who.name());
        }
        let mut all = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = all.get_mut(&who) {
            held.also = also;
        }
    }

    /// Notes what the identity's issuer said its credential is good for.
    pub fn note_scopes(&self, who: Who, scopes: Option<Vec<String>>) {
        let mut all = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = all.get_mut(&who) {
            held.scopes = scopes;
        }
    }

    /// Notes until when the identity's credential is good, so that it is renewed before: as its
    /// issuer said in seconds, else as it says itself.
    pub fn note_life(&self, who: Who, now: i64, seconds: Option<u64>) {
        let mut all = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let Some(held) = all.get_mut(&who) else { return };
        let own = token::facts(held.credential.danger_reveal(), |_, _| String::new())
            .and_then(|token| token.expires_at);
        let said = seconds.and_then(|seconds| now.checked_add(i64::try_from(seconds).ok()?));
        held.renew_at = said.into_iter().chain(own).min().map(|end| {
            let life = end.saturating_sub(now).max(0);
            end.saturating_sub((life / 4).min(RENEW_SECONDS_BEFORE))
        });
    }

    /// Whether the identity's credential should be renewed by now. Says so once.
    pub fn is_due(&self, who: Who, now: i64) -> bool {
        let mut all = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let Some(held) = all.get_mut(&who) else { return false };
        let due = held.renew_at.is_some_and(|at| at <= now);
        if due {
            held.renew_at = None;
        }
        due
    }

    /// Keeps a genuine token that must not open anything.
    pub fn keep_misfit(&self, of: Who, why: Misfit, token: Secret) {
        self.redactor.know(&token, &format!("{}-{}", of.name(), why.name()));
        self.misfits.write().unwrap_or_else(PoisonError::into_inner).insert((of, why), token);
    }

    fn misfit(&self, of: Who, why: Misfit) -> Option<Secret> {
        let all = self.misfits.read().unwrap_or_else(PoisonError::into_inner);
        all.get(&(of, why)).cloned()
    }

    /// The address that a forged token names, and what must be there for it to verify.
    pub fn published<'c>(&self, credential: &'c Credential) -> Option<(&'c str, String)> {
        let Credential::Forged { from, forgery: Forgery::OwnKey { told, .. } } = credential else {
            return None;
        };
        let algorithm =
            self.read(*from, |held| token::algorithm(held.credential.danger_reveal()))??;
        let signer = self.own_keys.signer(&algorithm)?;
        match told {
            KeyTold::KeyAddress(address) => Some((address, signer.key_set()?.to_string())),
            KeyTold::CertificateAddress(address) => {
                let base64 = signer.certificate()?;
                let lines: Vec<&str> = base64
                    .as_bytes()
                    .chunks(64)
                    .filter_map(|line| std::str::from_utf8(line).ok())
                    .collect();
                let text = lines.join("\n");
                let pem =
                    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
                Some((address, pem))
            }
            KeyTold::Key | KeyTold::Certificate => None,
        }
    }

    /// Looks for the identity's signing secret among those everybody knows. Takes seconds of
    /// computation and no request; call it off the scan's own threads.
    pub fn look_for_weak_secret(&self, who: Who) {
        let token = self.read(who, |held| held.credential.clone());
        let signed = token.as_ref().and_then(|token| SignedInput::of(token.danger_reveal()));
        let Some((secret, tried)) = signed.and_then(|signed| weak::find(&signed)) else { return };
        let shown = self.redactor.placeholder(DataClass::ApiSecret, &secret, "signing-secret");
        let length = u32::try_from(secret.len()).unwrap_or(u32::MAX);
        let mut all = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = all.get_mut(&who) {
            held.weak_secret = Some(WeakSecret { tried, length, shown });
        }
    }

    /// What may be known of an identity.
    pub fn facts(&self, who: Who) -> Option<IdentityFacts> {
        let shown = |name: &str, value: &str| self.redactor.value(Some(name), value);
        let misfit = |why| token::facts(self.misfit(who, why)?.danger_reveal(), shown);
        let (expired, other_audience) = (misfit(Misfit::Expired), misfit(Misfit::OtherAudience));
        self.read(who, |held| {
            let mut token = token::facts(held.credential.danger_reveal(), shown);
            if let Some(token) = &mut token {
                token.weak_secret.clone_from(&held.weak_secret);
            }
            // What a token says is what its verifier sees; its issuer may have said more or less.
            let said = token.as_ref().and_then(|token| token.scopes.clone());
            IdentityFacts {
                scopes: said.or_else(|| held.scopes.clone()),
                who,
                label: held.label.clone(),
                carrier: held.carrier.clone(),
                token,
                own_values: held.own_values.clone(),
                expired: expired.clone(),
                other_audience: other_audience.clone(),
            }
        })
    }

    /// Keeps the secret of a receiver of webhooks; the first stays.
    pub fn keep_webhook(&self, webhook: Webhook, secret: Secret) {
        self.redactor.know(&secret, "webhook");
        // A second one would be a second scan's.
        let _ = self.signer.set(Signer::new(webhook, secret));
    }

    /// Signs webhooks; `None` when the user told of none.
    pub fn signer(&self) -> Option<&Signer> {
        self.signer.get()
    }

    /// Puts what stands for a credential into a request. `salt` makes garbage differ between scans.
    pub fn apply(
        &self,
        credential: &Credential,
        salt: &[u8],
        mut into: Slots<'_>,
    ) -> Result<(), ApplyError> {
        let who = match credential {
            Credential::None | Credential::Signed { .. } => return Ok(()),
            other => other.who(),
        };
        let held = self.read(who, Clone::clone).ok_or(ApplyError::NoCredential(who))?;
        let genuine = held.credential.danger_reveal();
        let garbled = |genuine: &str, number: u32| {
            let seed = [salt, &number.to_be_bytes(), who.name().as_bytes()].concat();
            garbage_like(genuine, &seed)
        };
        for (carrier, besides) in &held.also {
            let besides = match credential {
                Credential::Garbage { salt: number, .. } => {
                    garbled(besides.danger_reveal(), *number)
                }
                _ => besides.danger_reveal().to_owned(),
            };
            put(carrier, &besides, &mut into);
        }
        let sent = match credential {
            Credential::Garbage { salt: number, .. } => garbled(genuine, *number),
            Credential::Forged { forgery, .. } => {
                self.forged(genuine, forgery, salt).ok_or(ApplyError::NoToken(who))?
            }
            Credential::Kept { of, why } => {
                let kept = self.misfit(*of, *why).ok_or(ApplyError::NotKept(*of, why.name()))?;
                kept.danger_reveal().to_owned()
            }
            Credential::None | Credential::Signed { .. } | Credential::Of(_) => genuine.to_owned(),
        };
        if matches!(credential, Credential::Garbage { .. } | Credential::Forged { .. }) {
            // A forgery is worth as much as a credential where it is accepted.
            self.redactor.know(&Secret::new(sent.clone()), &format!("{}-forged", who.name()));
        }
        put(&held.carrier, &sent, &mut into);
        Ok(())
    }

    fn forged(&self, genuine: &str, forgery: &Forgery, salt: &[u8]) -> Option<String> {
        let salt = [salt, forgery.note().as_bytes()].concat();
        token::forge(genuine, forgery, &salt, &self.own_keys)
    }

    fn read<T>(&self, who: Who, view: impl FnOnce(&Held) -> T) -> Option<T> {
        let all = self.held.read().unwrap_or_else(PoisonError::into_inner);
        all.get(&who).map(view)
    }
}

/// The credential of HTTP Basic (RFC 7617): what follows `Basic `.
pub fn basic(user: &str, password: &Secret) -> Secret {
    Secret::new(STANDARD.encode(format!("{user}:{}", password.danger_reveal())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(carrier: Carrier) -> Vault {
        let vault = Vault::new(Arc::new(Redactor::new([1; 32])));
        vault.keep(Who::A, "ann", carrier, Secret::new("abc-DEF-123456"));
        vault
    }

    fn sent(vault: &Vault, credential: &Credential) -> (String, Vec<(String, String)>) {
        let (mut target, mut headers) = ("/x?y=1".to_owned(), Vec::new());
        let slots = Slots { target: &mut target, headers: &mut headers };
        vault.apply(credential, b"salt", slots).unwrap();
        (target, headers)
    }

    #[test]
    fn a_credential_travels_where_it_belongs() {
        let header = Carrier::Header { name: "X-Key".into(), prefix: "Token ".into() };
        let (_, headers) = sent(&vault(header), &Credential::Of(Who::A));
        assert_eq!(headers, [("X-Key".to_owned(), "Token abc-DEF-123456".to_owned())]);
        let (target, _) = sent(&vault(Carrier::Query("key".into())), &Credential::Of(Who::A));
        assert_eq!(target, "/x?y=1&key=abc%2DDEF%2D123456");
        let (_, headers) = sent(&vault(Carrier::Cookie("sid".into())), &Credential::Of(Who::A));
        assert_eq!(headers, [("cookie".to_owned(), "sid=abc-DEF-123456".to_owned())]);
    }

    #[test]
    fn garbage_has_the_form_and_not_the_value() {
        let vault = vault(Carrier::Cookie("sid".into()));
        let (_, one) = sent(&vault, &Credential::Garbage { like: Who::A, salt: 0 });
        let (_, two) = sent(&vault, &Credential::Garbage { like: Who::A, salt: 1 });
        let (one, two) = (&one[0].1, &two[0].1);
        assert_ne!(one, two);
        assert_eq!(one.len(), "sid=abc-DEF-123456".len());
        assert_eq!(one.as_bytes()[7], b'-');
        assert!(!one.contains("123456"));
    }

    #[test]
    fn what_travels_besides_is_garbled_with_the_rest() {
        let vault = vault(Carrier::Cookie("sid".into()));
        let key = Carrier::Header { name: "X-Key".into(), prefix: String::new() };
        vault.keep_besides(Who::A, vec![(key, Secret::new("key-7788990"))]);
        let (_, headers) = sent(&vault, &Credential::Of(Who::A));
        assert!(headers.contains(&("X-Key".to_owned(), "key-7788990".to_owned())), "{headers:?}");
        let (_, headers) = sent(&vault, &Credential::Garbage { like: Who::A, salt: 0 });
        assert_eq!(headers.len(), 2);
        assert!(!format!("{headers:?}").contains("7788990"));
    }

    #[test]
    fn a_credential_is_due_before_its_end_and_once() {
        let vault = vault(Carrier::Cookie("sid".into()));
        assert!(!vault.is_due(Who::A, i64::MAX));
        vault.note_life(Who::A, 1_000, Some(3_600));
        assert!(!vault.is_due(Who::A, 4_539));
        assert!(vault.is_due(Who::A, 4_540));
        assert!(!vault.is_due(Who::A, 9_999));
        vault.note_life(Who::A, 1_000, Some(8));
        assert!(!vault.is_due(Who::A, 1_005));
        assert!(vault.is_due(Who::A, 1_006));
    }

    #[test]
    fn what_has_no_credential_is_not_sent_without() {
        let vault = vault(Carrier::Cookie("sid".into()));
        let (mut target, mut headers) = (String::new(), Vec::new());
        let slots = Slots { target: &mut target, headers: &mut headers };
        let refused = vault.apply(&Credential::Of(Who::B), b"", slots);
        assert_eq!(refused, Err(ApplyError::NoCredential(Who::B)));
    }
}
