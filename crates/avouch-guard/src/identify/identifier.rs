//! Says who asks.

use super::asked::{Answered, Asked, Next};
use super::bound::Binding;
use super::cache::{Cache, Print};
use super::credential::{CarriedBy, Carriers, Presented, by_authorization};
use super::faults::{Fault, Scheme};
use super::keys::Keys;
use super::keyset::Ticket;
use super::proof::{self, Replays};
use super::shared_keys::{KeySetState, SharedKeys};
use super::text::sha256;
use super::token::{self, Token};
use super::verified::{Verified, signed};
use crate::request::Request;
use crate::settings::identify::{
    CertificatePart, IdentifySettings, IdentifySettingsError, IssuerSettings,
};
use crate::{Principal, Refusal};
use avouch_model::fact::request::ProvenBy;
use avouch_model::secret::Secret;
use std::sync::{Arc, PoisonError, RwLock};

/// What became of a request's credential.
#[derive(Clone, Debug)]
pub enum Identified {
    /// It is known who asks.
    Known {
        /// Who.
        principal: Arc<Principal>,
        /// The headers to leave out of what is forwarded.
        carried_by: CarriedBy,
    },
    /// No credential was sent. Where one is needed: [`Identifier::missing`].
    Nobody,
    /// What was sent is refused, for public operations too: who shows a credential wants to be known.
    Refused(Refusal),
    /// Somebody else knows. Ask, give the answer to [`Identifier::answer`], and identify again. The
    /// asking must not end with the request, because others wait for it too.
    Ask(Question),
    /// The same was asked for another request. Identify again once it was answered, or say
    /// [`Identifier::give_up`] when that takes too long.
    Wait(Pending),
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pending {
    /// The keys of the issuer at that place of the settings.
    KeySet(usize),
    /// What the issuer at that place says of a token.
    Introspection(usize),
}

/// What only the network, or a file, knows.
#[derive(Clone, Debug)]
pub enum Question {
    /// The keys of an issuer: its `jwks_url`, or its `jwks_file`.
    KeySet {
        /// Its place in the settings.
        issuer: usize,
        /// The right to fetch, which nobody else has meanwhile.
        ticket: Ticket,
    },
    /// Whether a token is active: a POST to the issuer's `introspection.url` (RFC 7662, section 2.1).
    Introspect {
        /// Its place in the settings.
        issuer: usize,
        /// The token, for the body of the question and nothing else.
        token: Secret,
        /// What the answer is kept by.
        print: [u8; 32],
    },
}

impl Question {
    /// What others wait for until it is answered.
    pub fn pending(&self) -> Pending {
        match self {
            Self::KeySet { issuer, .. } => Pending::KeySet(*issuer),
            Self::Introspect { issuer, .. } => Pending::Introspection(*issuer),
        }
    }
}

/// Why it is not known yet who asks.
pub(super) enum Stop {
    Refuse(Refusal),
    Ask(Question),
    Wait(Pending),
}

impl From<(Fault, Scheme)> for Stop {
    fn from((fault, scheme): (Fault, Scheme)) -> Self {
        Self::Refuse(fault.refusal(scheme))
    }
}

/// An issuer of tokens.
#[derive(Debug)]
pub(super) struct Issuer {
    pub(super) settings: IssuerSettings,
    /// `None` when its tokens are asked about, never verified here.
    pub(super) keys: Option<Arc<SharedKeys>>,
}

/// Knows whom to believe, and remembers whom it believed. Shared between threads.
#[derive(Debug)]
pub struct Identifier {
    pub(super) settings: IdentifySettings,
    carriers: Carriers,
    pub(super) issuers: Vec<Issuer>,
    keys: RwLock<Option<Arc<Keys>>>,
    verified: Cache<Verified>,
    pub(super) asked: Asked,
    replays: Arc<Replays>,
}

impl Identifier {
    /// One that has no keys of issuers yet: [`Identifier::due`] says which to fetch. The seed is random
    /// and spreads fetches over time; it is no secret.
    pub fn new(
        settings: IdentifySettings,
        keys: Option<Keys>,
        seed: u64,
    ) -> Result<Self, IdentifySettingsError> {
        settings.check()?;
        if settings.keys.is_some() != keys.is_some() {
            return Err(IdentifySettingsError {
                key: "guard.identify.keys".to_owned(),
                because: "the keys of its file are not there".to_owned(),
            });
        }
        let issuer = |(index, issuer): (u64, &IssuerSettings)| {
            let verifies = issuer.jwks_url.is_some() || issuer.jwks_file.is_some();
            let keys = verifies.then(|| Arc::new(SharedKeys::new(seed.wrapping_add(index))));
            Issuer { settings: issuer.clone(), keys }
        };
        Ok(Self {
            carriers: Carriers::of(&settings),
            issuers: (0..).zip(&settings.issuer).map(issuer).collect(),
            keys: RwLock::new(keys.map(Arc::new)),
            verified: Cache::new(settings.cached_tokens_max),
            asked: Asked::new(settings.cached_tokens_max),
            replays: Arc::new(Replays::new()),
            settings,
        })
    }

    /// Takes over what the one before it learnt and new settings do not change: keys of issuers, proofs
    /// that were used, when API keys were used. So reading settings anew refuses nobody.
    #[must_use]
    pub fn taking_over(mut self, before: &Self) -> Self {
        let place = |issuer: &IssuerSettings| {
            (issuer.issuer.clone(), issuer.jwks_url.clone(), issuer.jwks_file.clone())
        };
        for issuer in &mut self.issuers {
            let same = |old: &&Issuer| place(&old.settings) == place(&issuer.settings);
            if let Some(old) = before.issuers.iter().find(same) {
                issuer.keys.clone_from(&old.keys);
            }
        }
        self.replays = Arc::clone(&before.replays);
        if let (Some(keys), Some(old)) = (self.keys(), before.keys()) {
            keys.remember(&old);
        }
        self
    }

    /// The settings it was made of.
    pub fn settings(&self) -> &IdentifySettings {
        &self.settings
    }

    /// The API keys.
    pub fn keys(&self) -> Option<Arc<Keys>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts other API keys in their place, from the next request on.
    pub fn set_keys(&self, keys: Keys) {
        let mut held = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(old) = held.as_ref() {
            keys.remember(old);
        }
        *held = Some(Arc::new(keys));
    }

    /// How the keys of the issuer at that place stand; `None` when it has none.
    pub fn key_set(&self, issuer: usize) -> Option<KeySetState> {
        Some(self.issuers.get(issuer)?.keys.as_ref()?.state())
    }

    /// The refusal of a request that needs a credential and has none.
    pub fn missing(&self) -> Refusal {
        let (code, status, detail) = Fault::CredentialMissing.row();
        let proofs: Vec<&str> =
            self.settings.proof.algorithms.iter().map(|algorithm| algorithm.word()).collect();
        let challenge = self.carriers.challenge(!self.issuers.is_empty(), &proofs.join(" "));
        Refusal::new(super::faults::POLICY, code, status, detail).challenge(challenge)
    }

    /// The refusal of a request that waited too long. It is we who cannot tell.
    pub fn give_up(&self, pending: Pending) -> Refusal {
        match pending {
            Pending::KeySet(_) => Fault::KeysUnavailable.undecided(1),
            Pending::Introspection(_) => Fault::IntrospectionUnavailable.undecided(1),
        }
    }

    /// Says who asks. Time is in milliseconds since 1970.
    pub fn identify(&self, request: &Request<'_>, now_ms: u64) -> Identified {
        let known = match self.carriers.find(request) {
            Err((fault, scheme)) => Err(Stop::from((fault, scheme))),
            Ok(Presented::Nothing) => return self.certificate(request),
            Ok(Presented::Key { text, carried_by }) => {
                self.api_key(text, now_ms).map(|principal| (principal, carried_by))
            }
            Ok(Presented::Token { scheme, text }) => {
                let carried_by = match scheme {
                    Scheme::Dpop => by_authorization().proof_too(),
                    _ => by_authorization(),
                };
                self.token(request, scheme, text, now_ms).map(|principal| (principal, carried_by))
            }
        };
        match known {
            Ok((principal, carried_by)) => Identified::Known { principal, carried_by },
            Err(Stop::Refuse(refusal)) => Identified::Refused(refusal),
            Err(Stop::Ask(question)) => Identified::Ask(question),
            Err(Stop::Wait(pending)) => Identified::Wait(pending),
        }
    }

    fn certificate(&self, request: &Request<'_>) -> Identified {
        let settings = &self.settings.certificate;
        let shown = request.peer.tls.and_then(|tls| tls.client.as_ref());
        let Some(certificate) = shown.filter(|_| settings.accept) else {
            return Identified::Nobody;
        };
        let id = match settings.principal {
            CertificatePart::Subject => Some(&certificate.subject),
            CertificatePart::Name => certificate.names.first(),
        };
        let Some(id) = id.filter(|id| !id.is_empty()) else {
            return Identified::Refused(Fault::CertificateNameless.refusal(Scheme::Bearer));
        };
        let principal = Principal {
            id: id.clone(),
            proven_by: ProvenBy::Certificate,
            roles: settings.roles.clone(),
            ..Principal::anybody()
        };
        Identified::Known { principal: Arc::new(principal), carried_by: CarriedBy::default() }
    }

    fn api_key(&self, text: &str, now_ms: u64) -> Result<Arc<Principal>, Stop> {
        let unknown = Stop::from((Fault::ApiKeyUnknown, Scheme::ApiKey));
        let keys = self.keys().ok_or(unknown)?;
        keys.check(text, now_ms).map_err(|fault| Stop::from((fault, Scheme::ApiKey)))
    }

    fn token(
        &self,
        request: &Request<'_>,
        scheme: Scheme,
        text: &str,
        now_ms: u64,
    ) -> Result<Arc<Principal>, Stop> {
        let fault = |fault| Stop::from((fault, scheme));
        if text.len() > self.settings.token_bytes_max {
            return Err(fault(Fault::TokenTooLong));
        }
        let print = sha256(text.as_bytes());
        let remembered = self.verified.find(&print).filter(|known| self.still(known, now_ms));
        let verified = match remembered {
            Some(verified) => verified,
            None => self.verify(scheme, text, &print, now_ms)?,
        };
        verified.times.hold(now_ms).map_err(fault)?;
        self.bound(request, scheme, &verified, &print, now_ms).map_err(fault)?;
        Ok(verified.principal)
    }

    fn still(&self, verified: &Verified, now_ms: u64) -> bool {
        let keys = self.issuers.get(verified.issuer).and_then(|issuer| issuer.keys.as_ref());
        now_ms < verified.until_ms
            && keys.is_some_and(|keys| keys.still(verified.generation, now_ms))
    }

    fn verify(
        &self,
        scheme: Scheme,
        text: &str,
        print: &Print,
        now_ms: u64,
    ) -> Result<Verified, Stop> {
        let fault = |fault| Stop::from((fault, scheme));
        if !token::speaks(text) {
            let asked =
                self.issuers.iter().position(|known| known.settings.introspection.is_some());
            let issuer = asked.ok_or_else(|| fault(Fault::TokenMalformed))?;
            return self.ask(scheme, issuer, text, print, now_ms);
        }
        let token = Token::parse(text).ok_or_else(|| fault(Fault::TokenMalformed))?;
        let said = token.text("iss").ok_or_else(|| fault(Fault::IssuerUnknown))?;
        let found = self.issuers.iter().enumerate();
        let mut found = found.filter(|(_, issuer)| issuer.settings.issuer == said);
        let (index, issuer) = found.next().ok_or_else(|| fault(Fault::IssuerUnknown))?;
        let Some(keys) = &issuer.keys else {
            return self.ask(scheme, index, text, print, now_ms);
        };
        let verified = signed(scheme, (index, &issuer.settings), keys, token, print, now_ms)?;
        self.verified.keep(*print, verified.clone());
        Ok(verified)
    }

    fn ask(
        &self,
        scheme: Scheme,
        issuer: usize,
        text: &str,
        print: &Print,
        now_ms: u64,
    ) -> Result<Verified, Stop> {
        match self.asked.next(print, now_ms) {
            Next::Known(Answered::Good(verified)) => Ok(verified),
            Next::Known(Answered::Bad(fault)) => Err(Stop::from((fault, scheme))),
            Next::Known(Answered::Failed) | Next::Busy => {
                Err(Stop::Refuse(Fault::IntrospectionUnavailable.undecided(1)))
            }
            Next::Wait => Err(Stop::Wait(Pending::Introspection(issuer))),
            Next::Ask => Err(Stop::Ask(Question::Introspect {
                issuer,
                token: Secret::new(text),
                print: *print,
            })),
        }
    }

    /// Whether the request shows what the token is bound to.
    fn bound(
        &self,
        request: &Request<'_>,
        scheme: Scheme,
        verified: &Verified,
        print: &Print,
        now_ms: u64,
    ) -> Result<(), Fault> {
        let issuer = self.issuers.get(verified.issuer).ok_or(Fault::IssuerUnknown)?;
        let binding = verified.binding.as_deref();
        if !Binding::satisfies(binding, issuer.settings.require_bound) {
            return Err(Fault::TokenUnbound);
        }
        let key = binding.and_then(|binding| binding.key.as_ref());
        match (key, scheme) {
            // RFC 9449, section 7.1: one with a key is not taken as one without, nor the other way.
            (Some(_), Scheme::Bearer) => return Err(Fault::ProofMissing),
            (None, Scheme::Dpop) => return Err(Fault::TokenUnbound),
            _ => (),
        }
        if binding.is_some_and(|binding| !binding.certificate_shown(request)) {
            return Err(Fault::TokenBinding);
        }
        match key {
            Some(key) => {
                proof::check(request, key, print, &self.settings.proof, &self.replays, now_ms)
            }
            None => Ok(()),
        }
    }
}
