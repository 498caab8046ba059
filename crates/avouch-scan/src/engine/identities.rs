//! Logs identities in and tests them before anything rests on them.

use super::sender::Sender;
use crate::corpus::Corpus;
use crate::danger;
use crate::identity::login::{self, LoginError};
use crate::identity::spec::IdentitySpec;
use crate::oracle::caller::names_the_caller;
use crate::oracle::refusal::refuses;
use crate::oracle::similarity::alike;
use crate::step::{Credential, Request};
use avouch_catalog::Catalog;
use avouch_model::identity::{Carrier, IdentityFacts, Who};
use avouch_model::operation::{Method, Operation, Security};
use avouch_model::report::IdentityOutcome;
use avouch_model::secret::Secret;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// LIMIT: operations a self-test asks.
const TESTED_MAX: usize = 8;

/// The identities' ways in, and what became of them.
#[derive(Debug)]
pub struct Logins {
    specs: Vec<IdentitySpec>,
    default_carrier: Carrier,
    outcomes: Mutex<BTreeMap<Who, IdentityOutcome>>,
    /// What gets the next credential without signing in again.
    refresh: Mutex<BTreeMap<Who, Secret>>,
    /// Held while one is renewed: a refresh token must not be used twice.
    renewing: tokio::sync::Mutex<()>,
}

impl Logins {
    /// Nobody is logged in yet.
    pub fn new(specs: Vec<IdentitySpec>, default_carrier: Carrier) -> Self {
        Self {
            specs,
            default_carrier,
            outcomes: Mutex::default(),
            refresh: Mutex::default(),
            renewing: tokio::sync::Mutex::default(),
        }
    }

    /// Logs everybody in; those that could not be are noted with the reason.
    pub async fn log_in(&self, sender: &Sender) {
        for spec in &self.specs {
            let note = match self.obtain(spec, sender).await {
                Ok(()) => String::new(),
                Err(error) => explain(&error),
            };
            let facts = sender.vault().facts(spec.who);
            let carrier = facts.map_or_else(String::new, |facts| shown(&facts.carrier));
            self.note(spec.who, |_| IdentityOutcome {
                who: spec.who,
                label: spec.label.clone(),
                carrier,
                accepted: note.is_empty(),
                note,
                renewals: 0,
            });
        }
    }

    /// Logs one in again.
    pub async fn renew(&self, who: Who, sender: &Sender) -> Result<(), LoginError> {
        let spec = self.specs.iter().find(|spec| spec.who == who).ok_or(LoginError::Unknown)?;
        if !login::can_renew(&spec.source) {
            return Err(LoginError::NotRenewable);
        }
        let _one_at_a_time = self.renewing.lock().await;
        self.obtain(spec, sender).await?;
        self.note(who, |earlier| IdentityOutcome {
            renewals: earlier.as_ref().map_or(0, |e| e.renewals) + 1,
            ..earlier.unwrap_or_else(|| blank(spec))
        });
        Ok(())
    }

    /// Renews what is about to end, so that no answer is lost to it. One that cannot be renewed is
    /// left to the heartbeat.
    pub async fn renew_due(&self, sender: &Sender) {
        let now = sender.clock().now().as_second();
        for spec in self.specs.iter().filter(|spec| login::can_renew(&spec.source)) {
            if sender.vault().is_due(spec.who, now) {
                let _ = self.renew(spec.who, sender).await;
            }
        }
    }

    async fn obtain(&self, spec: &IdentitySpec, sender: &Sender) -> Result<(), LoginError> {
        let refresh =
            self.refresh.lock().unwrap_or_else(PoisonError::into_inner).get(&spec.who).cloned();
        let obtained = login::obtain(spec, &self.default_carrier, refresh.as_ref(), sender).await?;
        let vault = sender.vault();
        vault.keep(spec.who, &spec.label, obtained.carrier, obtained.credential);
        vault.keep_besides(spec.who, obtained.also);
        vault.note_scopes(spec.who, obtained.scopes);
        vault.note_life(spec.who, sender.clock().now().as_second(), obtained.seconds);
        for (why, token) in &spec.misfits {
            vault.keep_misfit(spec.who, *why, token.clone());
        }
        if let Some(next) = obtained.refresh {
            self.refresh.lock().unwrap_or_else(PoisonError::into_inner).insert(spec.who, next);
        }
        Ok(())
    }

    fn note(&self, who: Who, change: impl FnOnce(Option<IdentityOutcome>) -> IdentityOutcome) {
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = outcomes.remove(&who);
        outcomes.insert(who, change(earlier));
    }

    /// Tests everybody who has a credential: accepted where nobody is refused.
    pub async fn self_test(&self, sender: &Sender, catalog: &Catalog, base_path: &str) {
        let tests = tests(catalog, base_path);
        let mut strangers = Vec::new();
        for request in &tests {
            strangers.push(sender.send(request).await);
        }
        for who in self.accepted() {
            let mut refused = 0;
            let mut accepted_at = None;
            let mut open = 0;
            for (request, stranger) in tests.iter().zip(&strangers) {
                let exchange = sender.send(&request.clone().with(Credential::Of(who))).await;
                let (Some(answer), Some(stranger)) = (exchange.answer(), stranger.answer()) else {
                    continue;
                };
                if matches!(answer.status, 401 | 403) {
                    refused += 1;
                } else if answer.is_success()
                    && (refuses(stranger) || !answered_alike(answer, stranger))
                {
                    accepted_at.get_or_insert_with(|| request.path().to_owned());
                } else if answer.is_success() {
                    open += 1;
                }
            }
            let (accepted, note) = match (accepted_at, refused) {
                (Some(path), _) => (true, format!("accepted: GET {path} tells it from nobody")),
                (None, 0) if open > 0 => {
                    (true, "not told from nobody by any of the operations tried".to_owned())
                }
                (None, 0) => (true, "no operation to test it with".to_owned()),
                (None, refused) => {
                    (false, format!("refused by all {refused} operations that refuse anybody"))
                }
            };
            self.note(who, |earlier| match earlier {
                Some(outcome) => IdentityOutcome { accepted, note, ..outcome },
                None => IdentityOutcome {
                    who,
                    label: who.to_string(),
                    carrier: String::new(),
                    accepted,
                    note,
                    renewals: 0,
                },
            });
        }
    }

    /// Identities that are accepted, as far as is known.
    pub fn accepted(&self) -> Vec<Who> {
        let outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.values().filter(|outcome| outcome.accepted).map(|outcome| outcome.who).collect()
    }

    /// What became of everybody.
    pub fn outcomes(&self) -> Vec<IdentityOutcome> {
        let outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.values().cloned().collect()
    }

    /// Adds to what is known of an identity.
    pub fn remark(&self, who: Who, remark: &str) {
        self.note(who, |earlier| {
            let mut outcome = earlier.unwrap_or_else(|| IdentityOutcome {
                who,
                label: who.to_string(),
                carrier: String::new(),
                accepted: false,
                note: String::new(),
                renewals: 0,
            });
            if !outcome.note.is_empty() {
                outcome.note.push_str("; ");
            }
            outcome.note.push_str(remark);
            outcome
        });
    }
}

fn blank(spec: &IdentitySpec) -> IdentityOutcome {
    IdentityOutcome {
        who: spec.who,
        label: spec.label.clone(),
        carrier: String::new(),
        accepted: true,
        note: String::new(),
        renewals: 0,
    }
}

fn answered_alike(
    one: &avouch_model::exchange::Answer,
    other: &avouch_model::exchange::Answer,
) -> bool {
    alike(one, other, &std::collections::BTreeSet::new())
}

/// Operations to test identities with: reads without path parameters, those that name the caller or
/// declare security first.
pub(super) fn tests(catalog: &Catalog, base_path: &str) -> Vec<Request> {
    let simple = |operation: &&Operation| {
        operation.method == Method::Get
            && operation.path_parameters().next().is_none()
            && !operation.parameters.iter().any(|parameter| parameter.required)
            && danger::leave_alone(operation).is_none()
    };
    let mut operations: Vec<&Operation> = catalog.operations.iter().filter(simple).collect();
    operations.sort_by_key(|operation| {
        let guarded = matches!(operation.security, Security::Required(_));
        let personal = names_the_caller(&operation.path);
        (!personal, !guarded)
    });
    let requests = operations.into_iter().take(TESTED_MAX);
    requests.map(|operation| Request::read(format!("{base_path}{}", operation.path))).collect()
}

/// Whether A and B are seen to be different: an operation where both succeed and are told different
/// things that stand still.
pub fn differ(corpus: &Corpus, catalog: &Catalog) -> Option<String> {
    let both =
        catalog.operations.iter().filter(|operation| operation.path_parameters().next().is_none());
    both.filter(|operation| {
        let first = |who| corpus.of(&operation.id, who).find_map(|sample| sample.success());
        match (first(Who::A), first(Who::B)) {
            (Some(a), Some(b)) => !alike(a, b, &corpus.volatile(&operation.id)),
            _ => false,
        }
    })
    .map(|operation| operation.id.0.clone())
    .next()
}

/// Whether A and B are told apart by their names: what their tokens say of them, or what they log in
/// with. Where nothing lists what is the caller's, this is all there is.
pub fn have_other_names(facts: &[IdentityFacts]) -> bool {
    let names = |who| facts.iter().find(|facts| facts.who == who).map(|facts| &facts.own_values);
    let (Some(a), Some(b)) = (names(Who::A), names(Who::B)) else { return false };
    let has_own = |own: &[String], other: &[String]| own.iter().any(|name| !other.contains(name));
    has_own(a, b) && has_own(b, a)
}

fn explain(error: &LoginError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

fn shown(carrier: &Carrier) -> String {
    match carrier {
        Carrier::Header { name, prefix } => format!("header {name}: {}", prefix.trim_end()),
        Carrier::Query(name) => format!("query parameter {name}"),
        Carrier::Cookie(name) => format!("cookie {name}"),
    }
}
